"""Every model against the enumeration of all choices on small random instances."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.errors import InfeasibleError
from planner.siting import LSCP, MCLP, PCenter, PMedian, propose_sites
from planner.travel import TravelTimes

STANDARD = 15.0
CUTOFF = 30.0


class Case:
    """A small instance with everything that can be said about sites, and its enumeration."""

    def __init__(self, minutes, weights, costs, roles):
        self.minutes = minutes
        self.demand = pd.Series(weights, index=[f"d{i}" for i in range(len(weights))])
        names = [f"s{j}" for j in range(minutes.shape[1])]
        self.costs = pd.Series(costs, index=names)
        self.by_role = {role: [n for n, r in zip(names, roles, strict=True) if r == role] for role in set(roles)}
        self.times = TravelTimes.from_dense(minutes, cutoff_min=CUTOFF, origins=self.demand.index, destinations=names)
        self.position = {name: j for j, name in enumerate(names)}
        self.free = self.role("free") + self.role("required")

    def role(self, role):
        return self.by_role.get(role, [])

    def propose(self, model, **more):
        named = {role: self.role(role) for role in ("existing", "required", "forbidden")}
        return propose_sites(model, self.times, self.demand, **named, **more)

    def choices(self):
        """All sets of candidates that contain the required ones."""
        for n in range(len(self.free) + 1):
            for chosen in combinations(self.free, n):
                if set(self.role("required")) <= set(chosen):
                    yield chosen

    def least(self, chosen):
        """Each demand's time to the nearest of `chosen` and the existing facilities; infinite beyond the cutoff."""
        open_at = [self.position[name] for name in (*chosen, *self.role("existing"))]
        least = self.minutes[:, open_at].min(axis=1, initial=np.inf)
        return np.where(least <= CUTOFF, least, np.inf)[self.demand.to_numpy() > 0]

    @property
    def weights(self):
        return self.demand.to_numpy()[self.demand.to_numpy() > 0]

    def covered(self, chosen):
        return int(self.weights[self.least(chosen) <= STANDARD].sum())


@st.composite
def cases(draw):
    n, m = draw(st.integers(1, 7)), draw(st.integers(1, 7))
    # 0 is a pair at no distance, 15 lies on the standard, 16 just beyond, 30 on the cutoff, 31 is unreachable
    minute = st.sampled_from([0, 3, 8, 14, 15, 16, 22, 30, 31])
    minutes = np.array(draw(st.lists(st.lists(minute, min_size=m, max_size=m), min_size=n, max_size=n)), float)
    weights = draw(st.lists(st.integers(0, 9), min_size=n, max_size=n))
    costs = draw(st.lists(st.integers(0, 5), min_size=m, max_size=m))
    roles = draw(
        st.lists(st.sampled_from(["free"] * 4 + ["existing", "required", "forbidden"]), min_size=m, max_size=m)
    )
    return Case(minutes, weights, costs, roles)


def common(case, plan):
    assert plan.status == "optimal"
    assert plan.gap == 0
    assert set(case.role("required")) <= set(plan.sites.index) <= set(case.free)
    assert list(plan.sites["rank"]) == list(range(1, len(plan.sites) + 1))
    gained = plan.assignment.groupby("candidate_id")["weight"].sum().reindex(plan.sites.index, fill_value=0)
    assert (gained == plan.sites["gain"]).all()
    assert (np.diff(plan.sites["gain"]) <= 0).all()
    assert (plan.assignment["minutes"] <= CUTOFF).all()


def cheapest(case, plan, as_good):
    """Of the choices that are as good the plan is the cheapest."""
    assert plan.sites["cost"].sum() == min(case.costs[list(c)].sum() for c in as_good)


@settings(deadline=None, max_examples=60)
@given(cases(), st.integers(1, 4))
def test_maximal_cover_with_p(case, p):
    if len(case.role("required")) > p:
        with pytest.raises(InfeasibleError):
            case.propose(MCLP(STANDARD, p=p))
        return
    plan = case.propose(MCLP(STANDARD, p=p), costs=case.costs)
    best = max(case.covered(chosen) for chosen in case.choices() if len(chosen) <= p)
    assert plan.objective == case.covered(plan.sites.index) == best
    assert plan.before + plan.sites["gain"].sum() == best
    assert len(plan.sites) <= p
    assert (plan.sites["cost"] == case.costs[plan.sites.index]).all()
    cheapest(case, plan, [c for c in case.choices() if len(c) <= p and case.covered(c) == best])
    common(case, plan)


@settings(deadline=None, max_examples=60)
@given(cases(), st.integers(0, 12))
def test_maximal_cover_with_budget(case, budget):
    if case.costs[case.role("required")].sum() > budget:
        with pytest.raises(InfeasibleError):
            case.propose(MCLP(STANDARD, budget=budget), costs=case.costs)
        return
    plan = case.propose(MCLP(STANDARD, budget=budget), costs=case.costs)
    best = max(case.covered(c) for c in case.choices() if case.costs[list(c)].sum() <= budget)
    assert plan.objective == case.covered(plan.sites.index) == best
    cheapest(case, plan, [c for c in case.choices() if case.covered(c) == best])
    more = case.propose(MCLP(STANDARD, budget=budget + 3), costs=case.costs)
    assert more.objective >= plan.objective
    common(case, plan)


@settings(deadline=None, max_examples=80)
@given(cases(), st.sampled_from([0.3, 0.5, 0.9, 0.95, 1.0]), st.booleans())
def test_set_cover(case, share, priced):
    plan = case.propose(LSCP(STANDARD, share), costs=case.costs if priced else None)
    most = case.covered(case.free)
    need = min(share * case.weights.sum() - 1e-9, most)
    price = (lambda chosen: int(case.costs[list(chosen)].sum())) if priced else len
    best = min(price(chosen) for chosen in case.choices() if case.covered(chosen) >= need)
    assert plan.objective == price(plan.sites.index) == best
    assert case.covered(plan.sites.index) >= need
    reached = case.minutes[:, [case.position[n] for n in (*case.free, *case.role("existing"))]].min(
        axis=1, initial=np.inf
    )
    assert list(plan.uncoverable) == list(case.demand.index[reached > STANDARD])
    common(case, plan)


@settings(deadline=None, max_examples=80)
@given(cases(), st.integers(1, 4))
def test_median_and_center(case, p):
    choices = [c for c in case.choices() if len(c) <= p and np.isfinite(case.least(c)).all()]
    for model, value in ((PMedian(p), lambda t: (case.weights * t).sum()), (PCenter(p), lambda t: t.max(initial=0))):
        if not choices:
            with pytest.raises(InfeasibleError):
                case.propose(model)
            continue
        plan = case.propose(model, costs=case.costs)
        best = min(value(case.least(c)) for c in choices)
        assert plan.objective == value(case.least(plan.sites.index)) == best
        minutes = (case.weights * case.least(plan.sites.index)).sum()  # what sites save that lower no largest time
        good = [c for c in choices if value(case.least(c)) <= best]
        assert minutes == min((case.weights * case.least(c)).sum() for c in good)
        cheapest(case, plan, [c for c in good if (case.weights * case.least(c)).sum() <= minutes])
        bare = case.least(case.propose(model).sites.index)  # without costs nothing else settles what is equally good
        assert (value(bare), (case.weights * bare).sum()) == (best, minutes)
        assert len(plan.sites) <= p
        common(case, plan)


@settings(deadline=None, max_examples=30)
@given(cases(), st.randoms(use_true_random=False))
def test_row_order_does_not_matter(case, random):
    rows, columns = list(case.demand.index), list(case.costs.index)
    random.shuffle(rows)
    random.shuffle(columns)
    pairs = case.times.to_frame().sample(frac=1, random_state=1)
    times = TravelTimes.from_frame(pairs, cutoff_min=CUTOFF, origins=rows, destinations=columns)
    for model in (MCLP(STANDARD, budget=6), LSCP(STANDARD, 0.9)):
        named = {role: case.role(role)[::-1] for role in ("existing", "forbidden")}
        a = propose_sites(model, case.times, case.demand, costs=case.costs, **named)
        b = propose_sites(model, times, case.demand[rows], costs=case.costs[columns], **named)
        pd.testing.assert_frame_equal(a.sites, b.sites)
        pd.testing.assert_frame_equal(a.assignment, b.assignment)
        assert (a.objective, a.bound) == (b.objective, b.bound)
