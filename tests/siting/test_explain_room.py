"""Grounds of plans for which room or a second facility counts, or side conditions hold: against enumeration."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from planner.errors import InfeasibleError
from planner.siting import BCLP, LSCP, MCLP, PCenter, PMedian, Quota, Rules, propose_sites
from planner.siting.curve import coverage_curve
from planner.siting.explain import site_sheets
from planner.siting.robustness import Grid, measure_robustness
from planner.siting.terms import Terms
from planner.travel import TravelTimes

CUTOFF = 30.0


@st.composite
def worlds(draw):
    """Minutes, people, room and costs of a few points and candidates, the last of which stands already."""
    n, m = draw(st.integers(2, 6)), draw(st.integers(3, 5))
    minute = st.sampled_from([0, 8, 15, 16, 31])
    minutes = np.array(draw(st.lists(st.lists(minute, min_size=m, max_size=m), min_size=n, max_size=n)), float)
    people = draw(st.lists(st.integers(1, 9), min_size=n, max_size=n))
    room = draw(st.lists(st.integers(1, 25), min_size=m, max_size=m))
    return minutes, np.array(people), np.array(room), draw(st.lists(st.integers(1, 4), min_size=m, max_size=m))


def asked(case, *, room=True, rules=None):
    minutes, people, capacity, costs = case
    points, sites = [f"d{i}" for i in range(len(people))], [f"s{j}" for j in range(len(capacity))]
    times = TravelTimes.from_dense(minutes, cutoff_min=CUTOFF, origins=points, destinations=sites)
    terms = {
        "existing": [sites[-1]],
        "costs": pd.Series(costs, index=sites),
        "capacities": pd.Series(capacity, index=sites) if room else None,
        "rules": rules or Rules(),
    }
    return times, pd.Series(people, index=points), terms


def carried(case, model, chosen):
    """Return the people with room by scipy, or the minutes of a p-median; None where somebody is left out."""
    minutes, people, room, _ = case
    limit = CUTOFF if isinstance(model, PMedian) else 15
    pairs = [(i, j) for i in range(len(people)) for j in chosen if minutes[i, j] <= limit]
    if not pairs:
        return None if isinstance(model, PMedian) else 0
    rows = np.zeros((len(people) + len(room), len(pairs)))
    for k, (i, j) in enumerate(pairs):
        rows[i, k] = rows[len(people) + j, k] = 1
    far = 1000 if isinstance(model, PMedian) else 1
    cost = [-(far - minutes[i, j] * (far > 1)) for i, j in pairs]
    found = linprog(cost, A_ub=rows, b_ub=[*people, *room])
    if far == 1:
        return round(-found.fun)
    sent = round(found.x.sum())
    return far * sent + found.fun if sent == people.sum() else None  # minutes


def twice(case, chosen):
    near = (case[0][:, list(chosen)] <= 15).sum(axis=1)
    return int(case[1][near >= 2].sum()), int(case[1][near >= 1].sum())


@settings(max_examples=40, deadline=None)
@given(worlds(), st.integers(1, 2), st.sampled_from([MCLP, PMedian]))
def test_room_is_lost_and_gained_as_a_linear_program_says(case, p, kind):
    model = MCLP(15, p=p) if kind is MCLP else PMedian(p)
    times, demand, terms = asked(case)
    try:
        plan = propose_sites(model, times, demand, **terms)
    except InfeasibleError:
        return
    sheets, sign = site_sheets(plan, times, demand, terms=Terms(**terms)), 1 if kind is MCLP else -1
    m = len(case[2])
    chosen = [int(i[1:]) for i in plan.sites.index]
    now = carried(case, model, [*chosen, m - 1])
    assert sign * now == pytest.approx(sign * plan.objective)
    for candidate in plan.sites.index:
        rest = [j for j in [*chosen, m - 1] if f"s{j}" != candidate]
        without = carried(case, model, rest)
        lost = sheets.sites.loc[candidate, "lost"]
        assert np.isnan(lost) if without is None else lost == pytest.approx(sign * (now - without))
        losses = {k: carried(case, model, [*rest, k]) for k in range(m - 1) if k not in chosen}
        losses = {k: np.inf if worth is None else sign * (now - worth) for k, worth in losses.items()}
        told = sheets.rivals[sheets.rivals["candidate_id"] == candidate]
        assert [*told["loss"].fillna(np.inf)] == pytest.approx(sorted(losses.values())[:2])
        for row in told.itertuples():
            loss = losses[int(row.rival_id[1:])]
            worse = "fewer" if kind is MCLP else "farther"
            assert row.why == ("unreached" if np.isinf(loss) else "same" if loss < 1e-6 else worse)


@settings(max_examples=40, deadline=None)
@given(worlds(), st.integers(1, 3), st.sampled_from([0.0, 0.5, 1.0]))
def test_a_second_facility_is_lost_and_gained_as_counted(case, p, first):
    times, demand, terms = asked(case, room=False)
    try:
        plan = propose_sites(BCLP(15, p=p, first=first), times, demand, **terms)
    except InfeasibleError:
        return
    sheets, m = site_sheets(plan, times, demand, terms=Terms(**terms), weights=demand.to_frame("pop")), len(case[2])
    chosen = [*(int(i[1:]) for i in plan.sites.index), m - 1]
    need = first * twice(case, range(m))[1]
    assert sheets.sites["newly_twice"].sum() == plan.objective - twice(case, [m - 1])[0]
    assert list(sheets.sites["newly_pop"]) == list(sheets.sites["newly_twice"])
    assert list(sheets.sites["gain"]) == list(plan.sites["gain"])
    for candidate in plan.sites.index:
        rest = [j for j in chosen if f"s{j}" != candidate]
        assert sheets.sites.loc[candidate, "lost"] == plan.objective - twice(case, rest)[0]
        worths = {k: twice(case, [*rest, k]) for k in range(m) if k not in chosen}
        losses = {k: plan.objective - worth[0] if worth[1] >= need else np.inf for k, worth in worths.items()}
        told = sheets.rivals[sheets.rivals["candidate_id"] == candidate]
        assert [*told["loss"].fillna(np.inf)] == sorted(losses.values())[:2]
        assert all((row.why == "first") == np.isinf(losses[int(row.rival_id[1:])]) for row in told.itertuples())


RULES = Rules(
    places=pd.Series(["a", "a", "b", "b"], index=["s0", "s1", "s2", "s3"]),
    apart=(("s0", "s2"),),
    quotas=(Quota(places=("a", "b"), share=1.0),),
)


@settings(max_examples=40, deadline=None)
@given(worlds(), st.sampled_from(["cover", "room", "twice", "median"]), st.booleans())
def test_every_step_of_a_curve_is_the_best_that_keeps_the_terms(case, kind, forced):
    model = {"cover": MCLP(15, p=2), "room": MCLP(15, p=2), "twice": BCLP(15, p=2, first=0.5), "median": PMedian(2)}
    times, demand, terms = asked(case, room=kind == "room", rules=RULES)
    terms |= {"required": ["s1"]} if forced else {"forbidden": ["s1"]}
    try:
        plan = propose_sites(model[kind], times, demand, **terms)
    except InfeasibleError:
        return
    m, rows = len(case[2]), coverage_curve(plan, times, demand, terms=Terms(**terms))
    inside = [j for j in range(m - 1) if forced or j != 1]
    index = pd.Index([f"s{j}" for j in range(m)])
    for row in rows.itertuples():
        values = []
        for size in range(int(row.step) + 1):
            for sites in combinations(inside, size):
                built = np.isin(np.arange(m), [*sites, m - 1])
                if (forced and not built[1]) or not RULES.kept(index, built, np.arange(m) == m - 1):
                    continue
                values.append(worth_of(case, kind, [*sites, m - 1], [*inside, m - 1]))
        best = max(v for v in values if v is not None)
        told = -row.minutes * case[1].sum() if kind == "median" else row.covered
        assert told == pytest.approx(best)
    assert 2 in list(rows["step"]) or rows["covered"].max() == rows["covered"].iloc[-1]


def worth_of(case, kind, sites, allowed):
    """Return what a choice is worth; None where somebody is left out, of those whom the allowed sites can reach."""
    if kind == "room":
        return carried(case, MCLP(15, p=1), sites)
    if kind == "twice":
        second, first = twice(case, sites)
        return second if first >= 0.5 * twice(case, allowed)[1] else None
    near = case[0][:, sites].min(axis=1)
    if kind == "median":
        return -(case[1] * near).sum() if (near <= CUTOFF).all() else None
    return twice(case, sites)[1]


GRID = Grid(
    speed=(0.8, 1.0, 1.2), standard=(1.0,), population_draws=3, population_spread=0.1, cost_draws=1, cost_spread=0.2,
    no_regret=0.8, fragile=0.5,
)  # fmt: skip


@pytest.mark.parametrize(
    "model", [MCLP(15, p=2), LSCP(15, share=0.9), BCLP(15, p=2, first=0.0), PMedian(2), PCenter(2)]
)
def test_sites_that_always_win_have_no_regret(model):
    # Two towns of 50 people, each with its own site; s2 and what stands have room for 2, s2 is 14 minutes from one.
    # So both sites are needed for anybody's room, and for a second facility beside the one that stands.
    minutes = np.array([[5, 29, 14, 6], [29, 5, 29, 6]])
    times, demand, terms = asked((minutes, np.array([50, 50]), np.array([60, 60, 2, 2]), [1, 1, 1, 1]))
    terms |= {"capacities": None if isinstance(model, BCLP) else terms["capacities"]}
    plan = propose_sites(model, times, demand, **terms)
    found = measure_robustness(plan, times, demand, terms=Terms(**terms), grid=replace(GRID, cost_draws=2))
    assert found.cases == (9 if isinstance(model, PMedian | PCenter) else 18)
    assert found.share.to_dict() == {"s0": 1.0, "s1": 1.0}
