"""Years and money: `phase_plan` against the enumeration of all calendars, and what a plan says of itself."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.errors import InfeasibleError, TableError
from planner.siting import MCLP, PMedian, phase_plan
from planner.siting.calendar_bound import price
from planner.siting.calendar_solve import task_of
from planner.siting.instance import Wishes, read_instance
from planner.travel import TravelTimes

STANDARD = 15.0


def times_of(minutes):
    n, m = minutes.shape
    return TravelTimes.from_dense(
        minutes, cutoff_min=30.0, origins=[f"d{i}" for i in range(n)], destinations=[f"s{j}" for j in range(m)]
    )


@st.composite
def cases(draw):
    n, m, years = draw(st.integers(1, 6)), draw(st.integers(1, 4)), draw(st.integers(1, 3))
    minutes = st.sampled_from([0, 8, 15, 16, 31])  # 15 is within the standard, 16 is not, 31 is beyond the cutoff
    return {
        "minutes": np.array(draw(st.lists(st.lists(minutes, min_size=m, max_size=m), min_size=n, max_size=n)), float),
        "weights": draw(st.lists(st.integers(0, 9), min_size=n, max_size=n)),
        "costs": draw(st.lists(st.integers(0, 5), min_size=m, max_size=m)),
        "budgets": draw(st.lists(st.integers(0, 6), min_size=years, max_size=years)),
        "carry": draw(st.booleans()),
        "required": draw(st.booleans()),
        "p": draw(st.one_of(st.none(), st.integers(1, 3))),
    }


def paid(case, calendar):
    """Whether the money of every year suffices, counted site by site."""
    saved = 0
    for year, money in enumerate(case["budgets"]):
        cost = sum(c for c, y in zip(case["costs"], calendar, strict=True) if y == year)
        if cost > money + saved:
            return False
        saved = money + saved - cost if case["carry"] else 0
    return case["p"] is None or sum(y < len(case["budgets"]) for y in calendar) <= case["p"]


def worth(case, calendar):
    """People covered in each year, summed."""
    years = len(case["budgets"])
    total = 0
    for year in range(years):
        stands = [j for j, y in enumerate(calendar) if y <= year]
        for i, weight in enumerate(case["weights"]):
            total += weight * bool((case["minutes"][i, stands] <= STANDARD).any())
    return total


@settings(max_examples=120, deadline=None)
@given(cases())
def test_it_equals_the_enumeration_of_all_calendars(case):
    years = range(len(case["budgets"]) + 1)  # the last one: never
    calendars = [c for c in product(years, repeat=len(case["costs"])) if paid(case, c)]
    if case["required"]:
        calendars = [c for c in calendars if c[0] < len(case["budgets"])]
    demand = pd.Series(case["weights"], index=[f"d{i}" for i in range(len(case["weights"]))])
    costs = pd.Series(case["costs"], index=[f"s{j}" for j in range(len(case["costs"]))])
    model = MCLP(STANDARD, p=case["p"]) if case["p"] else MCLP(STANDARD, budget=sum(case["budgets"]))
    ask = {
        "budgets": {2026 + y: money for y, money in enumerate(case["budgets"])},
        "costs": costs,
        "carry_over": case["carry"],
        "required": ["s0"] if case["required"] else [],
    }
    if not calendars:
        with pytest.raises(InfeasibleError):
            phase_plan(model, times_of(case["minutes"]), demand, **ask)
        return
    plan = phase_plan(model, times_of(case["minutes"]), demand, **ask)
    assert plan.objective == max(worth(case, c) for c in calendars)
    assert (plan.status, plan.gap) == ("optimal", 0.0)
    # The plan's own sites keep the money and make the objective: recomputed from the table alone.
    last = len(case["budgets"])
    said = [plan.sites["phase"].get(f"s{j}", 2026 + last) - 2026 for j in range(len(case["costs"]))]
    assert paid(case, said)
    assert worth(case, said) == plan.objective == plan.years["covered"].sum()
    assert plan.sliced_objective <= plan.objective
    for year, row in plan.years.iterrows():
        of_year = plan.sites[plan.sites["phase"] == year]
        assert (row["spent"], row["sites"], row["gain"]) == (of_year["cost"].sum(), len(of_year), of_year["gain"].sum())
    assert (plan.years["covered"].diff().dropna() >= 0).all()


@settings(max_examples=60, deadline=None)
@given(cases())
def test_the_prices_bound_every_calendar(case):
    years = range(len(case["budgets"]) + 1)
    demand = pd.Series(case["weights"], index=[f"d{i}" for i in range(len(case["weights"]))])
    costs = pd.Series(case["costs"], index=[f"s{j}" for j in range(len(case["costs"]))])
    instance = read_instance(times_of(case["minutes"]), demand, Wishes(costs=costs))
    model = MCLP(STANDARD, p=case["p"]) if case["p"] else MCLP(STANDARD, budget=sum(case["budgets"]))
    task = task_of(model, instance, dict(enumerate(case["budgets"])), carry_over=case["carry"])
    if len(task.cover) == 0:
        return
    best = max(worth(case, c) for c in product(years, repeat=len(case["costs"])) if paid(case, c))
    tariff = price(task, 0.0)
    assert tariff.bound >= best * (1 - 1e-9)


def three_towns():
    """Return a big town A (100 people), and B and C (60 each) that one dear site reaches together."""
    minutes = np.array([[5, 31, 31, 31], [31, 5, 31, 5], [31, 31, 5, 5]], float)
    demand = pd.Series([100, 60, 60], index=["d0", "d1", "d2"])
    costs = pd.Series([10, 6, 6, 10], index=["s0", "s1", "s2", "s3"])
    return times_of(minutes), demand, costs


def test_money_left_over_may_be_carried_or_not():
    times, demand, costs = three_towns()
    ask = {"budgets": {2026: 4, 2027: 6, 2028: 10}, "costs": costs}
    # Not carried: nothing costs 4; 2027 pays for s1 (60), and then 2028 for s0 (100): 0 + 60 + 160.
    plain = phase_plan(MCLP(STANDARD, budget=20), times, demand, **ask)
    assert list(plain.years["covered"]) == [0, 60, 160]
    assert list(plain.years["left"]) == [4, 0, 0]
    # Carried: 4 + 6 pay for s3 in 2027 (120), 2028 for s0: 0 + 120 + 220.
    carried = phase_plan(MCLP(STANDARD, budget=20), times, demand, carry_over=True, **ask)
    assert list(carried.years["covered"]) == [0, 120, 220]
    assert list(carried.years["available"]) == [4, 10, 10]
    assert list(carried.years["left"]) == [4, 0, 0]
    assert list(carried.sites["phase"]) == [2027, 2028]
    assert list(carried.sites["gain"]) == [120, 100]


def test_a_ranking_cut_into_slices_does_less():
    # All the money (16) buys s3 (120) and s1 or s2 — or s0 and s1: 160. The ranking is s0 (100, cost 10), s1 (60, 6).
    # 2026 pays 6 only: the slice waits with s0 until 2027 and then has no money for s1, which would fit 2026.
    times, demand, costs = three_towns()
    plan = phase_plan(
        MCLP(STANDARD, budget=16), times, demand, budgets={2026: 6, 2027: 10}, costs=costs.drop("s3"),
        candidates=["s0", "s1", "s2"],
    )  # fmt: skip
    assert list(plan.years["covered"]) == [60, 160]
    assert list(plan.sliced["covered"]) == [0, 100]
    assert plan.differs
    assert "少 120" in plan.summary("zh")
    assert "120 fewer" in plan.summary("en")
    twice = phase_plan(
        MCLP(STANDARD, budget=16), times, demand, budgets={2026: 6, 2027: 10}, costs=costs.drop("s3"),
        candidates=["s0", "s1", "s2"], priority=2.0 * demand,
    )  # fmt: skip
    assert "加权目标合计会少 240，各年覆盖的实际人数合计由 220 变为 100 人次" in twice.summary("zh")
    assert "240 less of the weighted" in twice.summary("en")
    assert "would be 100 in place of 220" in twice.summary("en")


def test_milestones_are_reported_and_not_forced():
    times, demand, costs = three_towns()
    plan = phase_plan(
        MCLP(STANDARD, budget=20),
        times,
        demand,
        budgets={2026: 10, 2027: 10},
        costs=costs,
        milestones={2026: 0.6, 2027: 1},
    )
    # s3 first (120 of 220 = 54.5 %), then s0 (all).
    assert list(plan.years["met"]) == [False, True]


def test_existing_facilities_count_in_every_year():
    times, demand, costs = three_towns()
    plan = phase_plan(
        MCLP(STANDARD, budget=20), times, demand, budgets={2026: 10, 2027: 0}, costs=costs, existing=["s0"]
    )
    assert list(plan.years["covered"]) == [220, 220]
    assert (plan.before, plan.objective) == (100, 440)


@pytest.mark.parametrize(
    ("model", "budgets", "milestones", "key"),
    [
        (PMedian(2), {2026: 1}, None, "phase_model"),
        (MCLP(40, p=2), {2026: 1}, None, "siting_cutoff"),
        (MCLP(15, p=2), {}, None, "phase_years"),
        (MCLP(15, p=2), {2026: -1}, None, "phase_years"),
        (MCLP(15, p=2), {2026: float("nan")}, None, "phase_years"),
        (MCLP(15, p=2), {"2026": 5}, None, "phase_years"),
        (MCLP(15, p=2), {2026: 5}, {2027: 0.5}, "phase_milestone"),
        (MCLP(15, p=2), {2026: 5}, {2026: 50}, "phase_milestone"),
    ],
)
def test_what_cannot_be_is_refused(model, budgets, milestones, key):
    times, demand, costs = three_towns()
    with pytest.raises(TableError) as error:
        phase_plan(model, times, demand, budgets=budgets, costs=costs, milestones=milestones)
    assert [fault.key for fault in error.value.faults] == [key]


def town(n, m, seed):
    """Return a random plane of demand and candidates, 1 km of reach, costs of 2 to 6 million."""
    rng = np.random.default_rng(seed)
    demand, sites = rng.uniform(0, 12_000, (n, 2)), rng.uniform(0, 12_000, (m, 2))
    minutes = np.hypot(*(demand[:, None] - sites[None]).transpose(2, 0, 1)) * 15 / 1000
    ids = [f"d{i:05d}" for i in range(n)], [f"s{j:04d}" for j in range(m)]
    times = TravelTimes.from_dense(minutes, cutoff_min=15.0, origins=ids[0], destinations=ids[1])
    return (
        times,
        pd.Series(rng.integers(1, 40, n), index=ids[0]),
        pd.Series(rng.integers(2, 7, m) * 10**6, index=ids[1]),
    )


def test_a_town_is_planned_within_one_percent_and_alike_twice():
    times, demand, costs = town(3_000, 150, seed=1)
    ask = {"budgets": {2026 + y: 12_000_000 for y in range(5)}, "costs": costs, "time_limit_s": 10}
    plan = phase_plan(MCLP(15, budget=60_000_000), times, demand, **ask)
    assert plan.gap <= 0.01
    assert (plan.sites.groupby("phase")["cost"].sum() <= 12_000_000).all()
    again = phase_plan(MCLP(15, budget=60_000_000), times, demand.sample(frac=1, random_state=0), **ask)
    pd.testing.assert_frame_equal(plan.sites, again.sites)


def a_town():
    rng = np.random.default_rng(3)
    minutes = np.linalg.norm(rng.uniform(0, 60, (400, 1, 2)) - rng.uniform(0, 60, (1, 60, 2)), axis=2)
    times = times_of(minutes)
    people = pd.Series(rng.integers(1, 9, 400), index=times.origins)
    costs = pd.Series(rng.integers(3, 11, 60), index=times.destinations)
    return times, people, costs


def test_a_rerun_gives_the_same_bytes():
    times, people, costs = a_town()
    asked = {"budgets": {2026: 20, 2027: 20, 2028: 20}, "costs": costs}
    first, again = (phase_plan(MCLP(STANDARD, budget=60), times, people, **asked) for _ in range(2))
    assert not first.timed_out
    assert first.sites.to_csv() == again.sites.to_csv()
    assert (first.objective, first.bound) == (again.objective, again.bound)


def test_a_plan_that_the_clock_cut_short_says_so():
    times, people, costs = a_town()
    asked = {"budgets": {2026: 20, 2027: 20, 2028: 20}, "costs": costs, "time_limit_s": 0}
    plan = phase_plan(MCLP(STANDARD, budget=60), times, people, **asked)
    assert plan.timed_out
    assert plan.status == "feasible"
    assert plan.bound >= plan.objective
    assert "时限" in plan.summary()
