"""What `propose_sites` promises beyond the optimum: ties, roles, bounds, reasons."""

import time

import numpy as np
import pandas as pd
import pytest
from spopt import locate

from planner.compiled import COMPILED, compiling_s, njit
from planner.errors import InfeasibleError, PlannerError, ProjectError, TableError
from planner.siting import LSCP, MCLP, PCenter, PMedian, propose_sites
from planner.siting.answer import Effort
from planner.travel import TravelTimes

FAR = np.nan


def times(rows, names="abcdefgh", cutoff_min=30):
    """Times from demand d0, d1 ... to candidates a, b ...; NaN is farther than the cutoff."""
    matrix = np.array(rows, float)
    origins = [f"d{i}" for i in range(len(matrix))]
    return TravelTimes.from_dense(
        matrix, cutoff_min=cutoff_min, origins=origins, destinations=list(names[: matrix.shape[1]])
    )


def people(*weights):
    return pd.Series(weights, index=[f"d{i}" for i in range(len(weights))])


# d0 and d1 lie at a, d2 at b, d3 between b and c, d4 at c; each weight 2^i names who is covered
LINE = times([[0, 20, FAR], [5, 20, FAR], [20, 0, 20], [FAR, 15, 15], [FAR, 20, 0]])
FOLK = people(1, 2, 4, 8, 16)


def test_standard_includes_its_end():
    # d3 is exactly 15 from c: 8 + 16
    assert propose_sites(MCLP(15, p=1), LINE, FOLK).objective == 24
    assert propose_sites(MCLP(14.99, p=1), LINE, FOLK).objective == 16


def test_rank_and_gain_are_marginal():
    plan = propose_sites(MCLP(15, p=3), LINE, FOLK)
    # c covers d3 and d4 (24), then b only adds d2 (4) because d3 is served, a adds d0 and d1 (3)
    assert plan.sites.to_dict("list") == {"rank": [1, 2, 3], "gain": [24, 4, 3]}
    assert list(plan.sites.index) == ["c", "b", "a"]
    assert plan.sites.index.name == "candidate_id"
    assert plan.assignment["candidate_id"].to_dict() == {"d0": "a", "d1": "a", "d2": "b", "d3": "c", "d4": "c"}
    assert plan.assignment.loc["d3", "minutes"] == 15


def test_gained_by_group():
    plan = propose_sites(MCLP(15, p=3), LINE, FOLK)
    groups = pd.Series({"d0": "west", "d1": "west", "d2": "west", "d3": "east", "d4": "east"})
    gained = plan.gained(groups)
    assert gained.to_numpy().tolist() == [["c", "east", 24], ["b", "west", 4], ["a", "west", 3]]


def test_existing_serve_free_and_are_never_proposed():
    plan = propose_sites(MCLP(15, p=1), LINE, FOLK, candidates=["a", "b", "c"], existing=["c"])
    # c stands and covers 24; a adds d0 and d1 (3), b adds d2 (4)
    assert list(plan.sites.index) == ["b"]
    assert (plan.before, plan.objective, plan.people) == (24, 28, 31)


def test_sites_that_add_nobody_are_left_out():
    plan = propose_sites(MCLP(20, p=3), LINE, FOLK)
    # b alone is within 20 of everybody
    assert list(plan.sites.index) == ["b"]
    kept = propose_sites(MCLP(20, p=3), LINE, FOLK, required=["a"])
    assert kept.sites["gain"].to_dict() == {"b": 31, "a": 0}


@pytest.mark.parametrize("model", [MCLP(15, p=1), MCLP(15, budget=7), LSCP(15), PMedian(1), PCenter(1)])
def test_ties_go_to_the_first_id(model):
    same = times([[5, 5, 5], [5, 5, 5]], names="zyx")
    assert list(propose_sites(model, same, people(3, 4), costs=pd.Series(7, index=list("xyz"))).sites.index) == ["x"]


def test_equal_cover_takes_the_cheaper():
    same = times([[5, 5]])
    plan = propose_sites(MCLP(15, budget=9), same, people(3), costs=pd.Series({"a": 9, "b": 8}))
    assert plan.sites["cost"].to_dict() == {"b": 8}


def test_weights_stay_whole_or_broken_as_they_came():
    whole = propose_sites(MCLP(15, p=1), LINE, FOLK)
    broken = propose_sites(MCLP(15, p=1), LINE, FOLK / 4)
    assert (type(whole.objective), type(broken.objective)) == (int, float)
    assert broken.objective == 6


def test_nothing_to_do():
    for model in (MCLP(15, p=2), LSCP(15), PMedian(2), PCenter(2)):
        plan = propose_sites(model, LINE, FOLK * 0)
        assert (len(plan.sites), plan.objective, plan.gap, plan.status) == (0, 0, 0, "optimal")
        assert plan.summary()
    none = propose_sites(MCLP(15, p=2), LINE, FOLK, candidates=[], existing=["c"])
    assert (len(none.sites), none.objective) == (0, 24)


def test_uncoverable_is_listed_and_the_rest_is_covered():
    island = times([[5, FAR], [FAR, 5], [FAR, FAR]])
    plan = propose_sites(LSCP(15), island, people(1, 2, 4))
    assert (plan.objective, plan.uncoverable) == (2, ("d2",))
    # half of 7 people is 4, but only 3 can be covered: all of them are
    assert propose_sites(LSCP(15, 0.5), island, people(1, 2, 4)).objective == 2


def test_center_spends_what_is_left_on_people_minutes():
    # c is 10 from d0 and 4 from d1; a is at d0 itself. One site makes d2's 12 the largest, whatever else stands.
    matrix = times([[0, 30, 10], [30, 0, 4], [30, 30, 12]])
    plan = propose_sites(PCenter(2), matrix, people(5, 1, 1))
    # left for the second site: a saves 5 x 10, b saves 1 x 4
    assert (plan.objective, sorted(plan.sites.index)) == (12, ["a", "c"])


def test_limit_gives_the_best_with_its_bound():
    rng = np.random.default_rng(1)
    matrix = np.where(rng.random((4000, 600)) < 0.02, 5.0, np.nan)
    folk = pd.Series(rng.integers(1, 100, 4000))
    plan = propose_sites(MCLP(15, p=40), TravelTimes.from_dense(matrix, cutoff_min=15), folk, time_limit_s=0.01)
    assert plan.status == "feasible"
    assert plan.objective < plan.bound <= folk.sum()
    assert 0 < plan.gap == (plan.bound - plan.objective) / plan.objective
    assert f"{plan.bound:,}".split(".")[0] in plan.summary("en")


def test_reruns_agree():
    rng = np.random.default_rng(2)
    matrix = np.where(rng.random((80, 30)) < 0.1, rng.integers(1, 20, (80, 30)), np.nan)
    folk = pd.Series(rng.integers(1, 100, 80))
    for model in (MCLP(15, p=6), LSCP(15, 0.8)):
        first, again = (propose_sites(model, TravelTimes.from_dense(matrix, cutoff_min=20), folk) for _ in range(2))
        pd.testing.assert_frame_equal(first.sites, again.sites)
        assert (first.objective, first.bound, first.summary()) == (again.objective, again.bound, again.summary())


def test_other_threads_in_the_process_do_no_harm():
    """HiGHS answers "Not Set" where an earlier model of the process used another number of threads."""
    import highspy

    other = highspy.Highs()
    for option, value in {"output_flag": False, "threads": 2}.items():
        other.setOptionValue(option, value)
    other.addVar(0.0, 1.0)
    other.run()
    rng = np.random.default_rng(2)
    matrix = np.where(rng.random((80, 30)) < 0.1, 5.0, np.nan)
    plan = propose_sites(MCLP(15, p=6), TravelTimes.from_dense(matrix, cutoff_min=20), pd.Series(1, index=range(80)))
    assert plan.status == "optimal"


@pytest.mark.parametrize(
    ("model", "options", "key"),
    [
        (PMedian(1), {"forbidden": ["a"]}, "siting_unreachable"),
        (PCenter(1), {"forbidden": ["a"]}, "siting_unreachable"),
        (PMedian(1), {"candidates": ["a", "c"]}, "siting_p_too_small"),
        (PCenter(1), {"candidates": ["a", "c"]}, "siting_p_too_small"),
        (PMedian(1), {"required": ["a", "b"]}, "siting_required_p"),
        (MCLP(15, p=1), {"required": ["a", "b"]}, "siting_required_p"),
        (MCLP(15, budget=1), {"required": ["a"], "costs": pd.Series(2, index=list("abc"))}, "siting_required_budget"),
    ],
)
def test_infeasible_says_why(model, options, key):
    apart = LINE if key != "siting_unreachable" else times([[0, FAR, FAR], [FAR, 1, 1]])
    with pytest.raises(InfeasibleError) as caught:
        propose_sites(model, apart, FOLK[: len(apart.origins)], **options)
    assert [fault.key for fault in caught.value.faults] == [key]
    assert "{" not in caught.value.text("zh") + caught.value.text("en")


def test_infeasible_says_what_would_do():
    with pytest.raises(InfeasibleError) as caught:
        propose_sites(PMedian(1), LINE, FOLK, candidates=["a", "c"])
    # a serves d0 and d1, c serves d3 and d4: two are needed and will do
    assert vars(caught.value.faults[0])["values"] == {"p": 1, "need": 2, "enough": 2, "cutoff": 30}


@pytest.mark.parametrize(
    ("options", "key"),
    [
        ({"candidates": ["a", "q"]}, "siting_unknown"),
        ({"existing": ["q"]}, "siting_unknown"),
        ({"required": ["a"], "forbidden": ["a"]}, "siting_clash"),
        ({"required": ["a"], "existing": ["a"]}, "siting_clash"),
        ({"required": ["a"], "existing": ["a"], "closing": ["a"]}, "siting_clash"),
        ({"costs": pd.Series({"a": 1})}, "siting_numbers"),
        ({"costs": pd.Series({"a": 1, "b": -1, "c": 1})}, "siting_numbers"),
        ({"costs": pd.Series([1, 1, 1, 1], index=list("abca"))}, "siting_twice"),
        ({"capacities": pd.Series({"a": 1})}, "siting_numbers"),
    ],
)
def test_wrong_wishes(options, key):
    with pytest.raises(TableError) as caught:
        propose_sites(MCLP(15, p=1), LINE, FOLK, **options)
    assert [fault.key for fault in caught.value.faults] == [key]
    assert "{" not in caught.value.text("zh") + caught.value.text("en")


@pytest.mark.parametrize("name", ["candidates", "existing", "required", "forbidden", "closing"])
def test_an_unknown_id_is_told_under_the_name_it_was_given_by(name):
    with pytest.raises(TableError) as caught:
        propose_sites(MCLP(15, p=1), LINE, FOLK, **{name: ["q"]})
    (fault,) = caught.value.faults
    told = vars(fault)["values"]
    assert (fault.key, told["what"], told["ids"]) == ("siting_unknown", name, "q")


@pytest.mark.parametrize(
    ("model", "demand", "key"),
    [
        (MCLP(15, p=1), pd.Series({"d0": 1, "nobody": 1}), "siting_unknown"),
        (MCLP(15, p=1), pd.Series({"d0": np.nan}), "siting_numbers"),
        (MCLP(15, p=1), pd.Series({"d0": -1}), "siting_numbers"),
        (MCLP(15, p=1), pd.Series([1, 1], index=["d0", "d0"]), "siting_twice"),
        (MCLP(31, p=1), FOLK, "siting_cutoff"),
        (LSCP(31), FOLK, "siting_cutoff"),
        (MCLP(15, budget=1), FOLK, "siting_no_costs"),
    ],
)
def test_wrong_tables(model, demand, key):
    with pytest.raises(TableError) as caught:
        propose_sites(model, LINE, demand)
    assert [fault.key for fault in caught.value.faults] == [key]
    assert "{" not in caught.value.text("zh") + caught.value.text("en")


@pytest.mark.parametrize(
    "build",
    [
        lambda: MCLP(15),
        lambda: MCLP(15, p=1, budget=1),
        lambda: MCLP(15, p=0),
        lambda: MCLP(15, p=1.5),
        lambda: MCLP(-1, p=1),
        lambda: MCLP(15, budget=-1),
        lambda: LSCP(15, 0),
        lambda: LSCP(15, 1.01),
        lambda: LSCP("15"),
        lambda: PMedian(0),
        lambda: PCenter(True),  # noqa: FBT003
    ],
)
def test_models_check_themselves(build):
    with pytest.raises(ProjectError) as caught:
        build()
    assert isinstance(caught.value, PlannerError)
    assert "{" not in caught.value.text("zh") + caught.value.text("en")


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_spopt_agrees():
    """Compare with spopt 0.7.0 and CBC on one dense instance."""
    from pulp import PULP_CBC_CMD

    rng = np.random.default_rng(3)
    matrix = rng.integers(1, 40, (40, 12)).astype(float)
    folk = pd.Series(rng.integers(1, 100, 40))
    ours = TravelTimes.from_dense(matrix, cutoff_min=40)
    solver = PULP_CBC_CMD(msg=False)
    theirs = locate.MCLP.from_cost_matrix(matrix, folk.to_numpy(), 10, p_facilities=3).solve(solver)
    assert propose_sites(MCLP(10, p=3), ours, folk).objective == round(theirs.problem.objective.value())
    median = locate.PMedian.from_cost_matrix(matrix, folk.to_numpy(), p_facilities=3).solve(solver)
    assert propose_sites(PMedian(3), ours, folk).objective == round(median.problem.objective.value())
    center = locate.PCenter.from_cost_matrix(matrix, p_facilities=3).solve(solver)
    assert propose_sites(PCenter(3), ours, folk).objective == round(center.problem.objective.value())
    cover = locate.LSCP.from_cost_matrix(matrix, 20).solve(solver)
    assert propose_sites(LSCP(20), ours, folk).objective == round(cover.problem.objective.value())


def test_a_plan_cut_short_by_the_clock_says_so():
    rng = np.random.default_rng(1)
    matrix = np.where(rng.random((4000, 600)) < 0.02, 5.0, np.nan)
    folk = pd.Series(rng.integers(1, 100, 4000))
    plan = propose_sites(MCLP(15, p=40), TravelTimes.from_dense(matrix, cutoff_min=15), folk, time_limit_s=0.01)
    assert plan.timed_out
    assert "clock" in plan.summary("en")
    assert "时限" in plan.summary("zh")
    assert not propose_sites(MCLP(15, p=1), LINE, FOLK).timed_out


@pytest.mark.skipif(not COMPILED, reason="nothing is compiled")
def test_compiling_takes_nothing_of_the_time_limit():
    before, effort, began = compiling_s(), Effort(time_limit_s=60, seed=0), time.monotonic()
    assert njit()(lambda x: x + 1)(1) == 2  # a new function, in no cache
    compiled = compiling_s() - before
    assert 0 < compiled <= time.monotonic() - began
    assert effort.left_s >= 60 - (time.monotonic() - began) + compiled - 1e-6
    with Effort(time_limit_s=0.05, seed=0).alarm() as alarm:
        assert wait_for(alarm)


def wait_for(alarm):
    """Wait until it rings, for ten seconds at most."""
    until = time.monotonic() + 10
    while not alarm[0] and time.monotonic() < until:
        time.sleep(0.01)
    return alarm[0]
