"""Years with side conditions, capacities and milestones against the enumeration of all calendars."""

from itertools import permutations, product

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from planner.errors import InfeasibleError, Money
from planner.siting import MCLP, Quota, Rules, phase_plan, phasing_ruled, too_near
from planner.travel import TravelTimes

from .test_phasing import town
from .test_ruled import STANDARD, Case, asked, rules_of

YEAR = 2026


@st.composite
def cases(draw):
    """A few candidates with everything that can be said about them, and budgets of one to three years."""
    n, m, years = draw(st.integers(1, 5)), draw(st.integers(2, 4)), draw(st.integers(1, 3))

    def many(strategy, size):
        return draw(st.lists(strategy, min_size=size, max_size=size))

    minute = st.sampled_from([0, 8, 15, 16, 31])
    minutes = np.array([many(minute, m) for _ in range(n)], float)
    roles = many(st.sampled_from(["free"] * 4 + ["existing", "required"]), m)
    pairs = st.sampled_from([(a, b) for a in range(m) for b in range(a)])
    apart = draw(st.lists(pairs, max_size=2, unique=True))
    places, room = many(st.sampled_from("uvw"), m), many(st.integers(0, 12), m)
    case = Case(minutes, many(st.integers(0, 9), n), roles, places, apart, room)
    yuan, short = draw(st.sampled_from([(1, 0), (200_000, 0), (200_000, 1)]))  # real money, and one yuan too little
    case.costs = {name: yuan * cost for name, cost in zip(case.names, many(st.integers(0, 5), m), strict=True)}
    case.budgets = {YEAR + y: max(yuan * money - short, 0) for y, money in enumerate(many(st.integers(0, 7), years))}
    case.carry = draw(st.booleans())
    case.goals = draw(
        st.dictionaries(st.sampled_from(list(case.budgets)), st.sampled_from([0.3, 0.6, 1.0]), max_size=2)
    )
    return case


def calendars(case, rules, budgets, p=99):
    """All choices of a year for each candidate, or none, that keep the money of every year and the side conditions."""
    for years in product([*budgets, None], repeat=len(case.free)):
        built = {n: y for n, y in zip(case.free, years, strict=True) if y is not None}
        if (
            set(case.required) <= set(built)
            and len(built) <= p
            and case.keeps(rules, built)
            and paid(case, built, budgets)
        ):
            yield built


def paid(case, built, budgets):
    saved = 0
    for year, money in budgets.items():
        spent = sum(case.costs[n] for n, y in built.items() if y == year)
        if spent > money + saved:
            return False
        saved = money + saved - spent if case.carry else 0
    return True


def by_year(case, built, full):
    """People covered in each year, by a maximum flow where capacities count."""
    count = case.taken_in if full else case.covered
    return {year: count([n for n, y in built.items() if y <= year]) for year in case.budgets}


def met(case, covered, until=9999):
    return all(covered[y] >= share * case.demand.sum() - 1e-9 for y, share in case.goals.items() if y <= until)


def ask(case, rules, full, hard, p=None):
    model = MCLP(STANDARD, p=p) if p else MCLP(STANDARD, budget=sum(case.budgets.values()))
    return phase_plan(
        model, case.times, case.demand, budgets=case.budgets, costs=pd.Series(case.costs), carry_over=case.carry,
        milestones=case.goals, milestones_hard=hard, candidates=case.free, existing=case.existing,
        required=case.required, rules=rules, capacities=case.capacities if full else None,
    )  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(cases(), asked(), st.booleans(), st.booleans(), st.one_of(st.none(), st.integers(1, 3)))
def test_it_equals_the_enumeration(case, wish, full, hard, p):
    rules = rules_of(case, wish)
    values = [by_year(case, built, full) for built in calendars(case, rules, case.budgets, p or 99)]
    values = [covered for covered in values if not hard or met(case, covered)]
    if not values:
        with pytest.raises(InfeasibleError) as caught:
            ask(case, rules, full, hard, p)
        assert "{" not in caught.value.text("zh") + caught.value.text("en")
        for fault in caught.value.faults if p is None else ():
            what_would_do(case, rules, full, fault)
        return
    plan = ask(case, rules, full, hard, p)
    assert plan.objective == max(sum(covered.values()) for covered in values)
    assert (plan.status, plan.gap) == ("optimal", 0)
    # Everything again from the plan's table alone.
    built = plan.sites["phase"].to_dict()
    assert paid(case, built, case.budgets)
    assert case.keeps(rules, built)
    assert by_year(case, built, full) == plan.years["covered"].to_dict()
    for year, row in plan.years.iterrows():
        of_year = plan.sites[plan.sites["phase"] == year]
        assert (row["spent"], row["sites"], row["gain"]) == (of_year["cost"].sum(), len(of_year), of_year["gain"].sum())
    assert plan.before + plan.sites["gain"].sum() == plan.years["covered"].iloc[-1]
    gained = plan.assignment.groupby("candidate_id")["weight"].sum().reindex(plan.sites.index, fill_value=0)
    assert (gained == plan.sites["gain"]).all()
    if full:
        assert (gained <= case.capacities[gained.index]).all()
    assert plan.differs or plan.sliced_objective == plan.objective


def what_would_do(case, rules, full, fault):
    """The money that the message names is enough, and a unit less is not."""
    if fault.key not in ("phase_rules", "phase_goal"):
        return
    said = vars(fault)["values"]
    year, need = said["year"], round(said["need"].yuan)
    for money, enough in ((need, True), (need - 1, False)):
        budgets = case.budgets | {year: money}
        found = (by_year(case, built, full) for built in calendars(case, rules, budgets))
        goals = year if fault.key == "phase_goal" else 0
        assert any(met(case, covered, goals) for covered in found) == enough


def test_a_forced_milestone_changes_the_plan_and_a_plain_one_is_only_told():
    # One site a year. s0: 10 people; s1 and s2: 6 people each. Both orders that begin with s0 give 10 + 16.
    minutes = np.where(np.eye(3, dtype=bool), 5.0, 31.0)
    times = TravelTimes.from_dense(minutes, cutoff_min=30, destinations=["s0", "s1", "s2"])
    people, costs = pd.Series([10, 6, 6]), pd.Series([4, 3, 3], index=["s0", "s1", "s2"])
    asked_ = {"budgets": {2026: 6, 2027: 0}, "costs": costs, "milestones": {2026: 0.5}}
    # 6 buys s0 (10) or s1 and s2 (12 of 22 = 54.5 %): 12 is better anyway; with 5 only s0 or one of the others.
    plan = phase_plan(MCLP(15, budget=6), times, people, **asked_, milestones_hard=True)
    assert list(plan.years["covered"]) == [12, 12]
    poor = asked_ | {"budgets": {2026: 5, 2027: 9}}
    told = phase_plan(MCLP(15, budget=14), times, people, **poor)
    assert list(told.years["met"]) == [False, None]
    with pytest.raises(InfeasibleError) as caught:
        phase_plan(MCLP(15, budget=14), times, people, **poor, milestones_hard=True)
    (fault,) = caught.value.faults
    said = dict(vars(fault)["values"])
    assert (fault.key, said["year"], said["need"], said["best"]) == ("phase_goal", 2026, Money(6), "45.45")
    far = poor | {"milestones": {2027: 1.0}}
    with pytest.raises(InfeasibleError) as caught:
        phase_plan(MCLP(15, budget=14), times, people, **far, candidates=["s0", "s1"], milestones_hard=True)
    assert caught.value.faults[0].key == "phase_goal_far"
    assert "72.72%" in caught.value.text("zh")  # 16 of 22, rounded down


@pytest.mark.parametrize("money", [500_000, 999_999])
def test_the_money_that_would_do_is_what_whole_sites_cost(money):
    # one site of a million: a yuan less does not build it, however near to whole the solver takes it
    times = TravelTimes.from_dense([[5.0]], cutoff_min=30, destinations=["s0"])
    asked_ = {"costs": pd.Series({"s0": 1_000_000}), "milestones": {2027: 0.5}, "milestones_hard": True}
    for more in ({}, {"required": ["s0"]}):
        with pytest.raises(InfeasibleError) as caught:
            phase_plan(MCLP(15, p=1), times, pd.Series([10]), budgets={2026: 0, 2027: money}, **asked_, **more)
        (fault,) = caught.value.faults
        assert (fault.key, vars(fault)["values"]["need"]) == ("phase_rules" if more else "phase_goal", Money(1_000_000))
    plan = phase_plan(MCLP(15, p=1), times, pd.Series([10]), budgets={2026: 0, 2027: 1_000_000}, **asked_)
    assert list(plan.sites["phase"]) == [2027]


def test_a_priority_decides_and_people_are_told():
    minutes = np.where(np.eye(2, dtype=bool), 5.0, 31.0)
    times = TravelTimes.from_dense(minutes, cutoff_min=30, destinations=["s0", "s1"])
    people, costs = pd.Series([10, 6]), pd.Series([1, 1], index=["s0", "s1"])
    plan = phase_plan(
        MCLP(15, budget=1), times, people, budgets={2026: 1}, costs=costs, priority=pd.Series([10.0, 18.0])
    )
    assert list(plan.sites.index) == ["s1"]
    assert (plan.objective, plan.sites["gain"].sum(), plan.years["covered"].iloc[0]) == (18, 6, 6)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(1, 9), min_size=3, max_size=3), st.lists(st.integers(0, 3), min_size=3, max_size=3))
def test_a_priority_goes_with_room_and_forced_milestones(people, each):
    """Two years of one site each: of all pairs of sites by year that reach the milestone the one that counts most."""
    minutes = np.array([[5.0, 31.0, 5.0], [31.0, 5.0, 5.0], [31.0, 31.0, 5.0]])
    times = TravelTimes.from_dense(minutes, cutoff_min=30, destinations=["s0", "s1", "s2"])
    room, costs = pd.Series([9, 9, 6], index=["s0", "s1", "s2"]), pd.Series(1, index=["s0", "s1", "s2"])
    weights = np.array(people) * each
    goal = 0.3

    def served(sites, values):
        """Fill the rooms with those who count most, by scipy."""
        found = linprog(
            -np.repeat(values, len(sites)),
            A_ub=np.vstack([np.kron(np.eye(3), np.ones(len(sites))), np.tile(np.eye(len(sites)), 3)]),
            b_ub=[*people, *(room.iloc[j] for j in sites)],
            bounds=[(0, None if minutes[i, j] <= 15 else 0) for i in range(3) for j in sites],
        )
        return -found.fun

    best = -1.0
    for first, second in permutations(range(3), 2):
        if served([first], np.ones(3)) >= goal * sum(people):
            worth = served([first], np.array(each)) + served([first, second], np.array(each))
            best = max(best, worth)
    asked_ = {"budgets": {2026: 1, 2027: 1}, "costs": costs, "capacities": room, "priority": pd.Series(weights)}
    asked_ |= {"milestones": {2026: goal}, "milestones_hard": True}
    plan = phase_plan(MCLP(15, budget=2), times, pd.Series(people), **asked_)
    assert plan.objective == pytest.approx(best)
    assert plan.years["covered"].iloc[0] >= goal * sum(people) - 1e-9


@pytest.mark.parametrize("full", [False, True])
def test_a_large_question_is_searched_under_a_bound(monkeypatch, full):
    """A town of 3,000 points by search: the rules and the money are kept, and the bound is not below what is found."""
    times, demand, costs = town(3_000, 150, seed=1)
    rng = np.random.default_rng(1)
    rng.uniform(0, 12_000, (3_000, 2))
    sites = gpd.GeoSeries.from_xy(*rng.uniform(0, 12_000, (150, 2)).T, index=costs.index)
    quarter = pd.Series(np.where(sites.x < 6000, "west", "east"), index=sites.index)
    rules = Rules(
        places=quarter, at_least={"east": 5}, apart=too_near(sites, spacing_m=900),
        quotas=(Quota(places=("west", "east"), share=1.0),),
    )  # fmt: skip
    monkeypatch.setattr(phasing_ruled, "_PROGRAM", 1_000)
    ask_ = {"budgets": {2026 + y: 6_000_000 for y in range(4)}, "costs": costs, "rules": rules, "time_limit_s": 8}
    room = pd.Series(rng.integers(300, 2_000, 150), index=costs.index) if full else None
    plan = phase_plan(MCLP(15, budget=24_000_000), times, demand, **ask_, capacities=room)
    assert (plan.sites.groupby("phase")["cost"].sum() <= 6_000_000).all()
    assert (quarter[plan.sites.index] == "east").sum() >= 5
    assert not any({a, b} <= set(plan.sites.index) for a, b in rules.apart)
    assert plan.objective <= plan.bound
    assert plan.gap <= 0.02
