"""Priority weights, counted by hand."""

import numpy as np
import pandas as pd
import pytest

from planner.errors import TableError
from planner.siting import BCLP, LSCP, MCLP, PCenter, PMedian, propose_sites
from planner.siting.curve import coverage_curve
from planner.siting.priority import Priority
from planner.siting.terms import Terms
from planner.travel import TravelTimes

DEMAND = pd.DataFrame(
    {"place_id": ["rich", "poor", "rich"], "pop60": [10, 8, 6], "child": [0, 1, 9]}, index=["d0", "d1", "d2"]
)
TIMES = TravelTimes.from_dense(
    np.where(np.eye(3, dtype=bool), 5.0, 31.0), cutoff_min=30.0, origins=DEMAND.index, destinations=["s0", "s1", "s2"]
)


def chosen(priority):
    return propose_sites(MCLP(15, p=1), TIMES, DEMAND["pop60"], priority=priority.weigh(DEMAND))


def test_without_weights_the_answer_is_the_unweighted_one():
    found = chosen(Priority(factors={"pop60": 1.0}, weak=("poor",), weak_factor=0.0))
    assert list(found.sites.index) == ["s0"]
    assert found.sites.equals(propose_sites(MCLP(15, p=1), TIMES, DEMAND["pop60"]).sites)


def test_the_young_and_the_weak_change_the_choice():
    # d2 counts 6 + 9 = 15 with children; d1 counts 8 * 1.5 = 12 where the poor count half as much again
    young = chosen(Priority(factors={"pop60": 1.0, "child": 1.0}))
    assert young.sites["gain"].to_dict() == {"s2": 6}
    weak = chosen(Priority(factors={"pop60": 1.0}, weak=("poor",), weak_factor=0.5))
    assert weak.sites["gain"].to_dict() == {"s1": 8}


@pytest.mark.parametrize("model", [MCLP(15, p=1), BCLP(15, p=1, first=0.0), PMedian(2)])
@pytest.mark.parametrize("full", [False, True])
def test_every_model_that_weighs_people_goes_by_priority(model, full):
    # By people s0 comes first (10 of d0), by children s2 (9 of d2, where 6 old people live); one facility stands in
    # the middle, 14 minutes from all, for backup. With room for 5 each a person of d2 counts (9 + 6) / 6.
    minutes = np.where(np.eye(3, dtype=bool), 5.0, 20.0)
    times = TravelTimes.from_dense(
        np.column_stack([minutes, np.full(3, 14.0)]), cutoff_min=30, origins=DEMAND.index,
        destinations=["s0", "s1", "s2", "old"],
    )  # fmt: skip
    if full and isinstance(model, BCLP):
        return  # takes no capacities
    room = pd.Series({"s0": 5, "s1": 5, "s2": 5, "old": 24}) if full else None
    existing = ["old"] if not isinstance(model, MCLP) else []
    options = {"existing": existing, "forbidden": [] if existing else ["old"], "capacities": room}
    counts = Priority(factors={"pop60": 1.0, "child": 1.0}).weigh(DEMAND)
    found = propose_sites(model, times, DEMAND["pop60"], priority=counts, **options)
    assert found.sites.index[0] == "s2" if model != PMedian(2) else "s2" in found.sites.index
    assert "s0" in propose_sites(model, times, DEMAND["pop60"], **options).sites.index
    taken = 0 if isinstance(model, BCLP) else 5 if full else 6  # people, not what they count; all have a first
    assert found.sites["gain"]["s2"] == taken
    assert found.people == DEMAND["pop60"].sum()
    if not isinstance(model, PMedian):
        assert found.objective == pytest.approx(5 * 15 / 6 if full else 15)


@pytest.mark.parametrize("full", [False, True])
def test_minutes_are_those_of_people(full):
    # By priority s2 is chosen (the 6 of d2 count 19 each; by people it is s0). The people walk 20, 20 and 5 minutes.
    minutes = np.where(np.eye(3, dtype=bool), 5.0, 20.0)
    times = TravelTimes.from_dense(minutes, cutoff_min=30, origins=DEMAND.index, destinations=["s0", "s1", "s2"])
    people, counts = DEMAND["pop60"], pd.Series([10.0, 8.0, 114.0], index=DEMAND.index)
    terms = Terms(capacities=pd.Series(100, index=["s0", "s1", "s2"]) if full else None, priority=counts)
    plan = propose_sites(PMedian(1), times, people, **vars(terms))
    walked = float((people.to_numpy() * minutes[:, 2]).sum())
    assert list(plan.sites.index) == ["s2"]
    assert plan.objective == pytest.approx(float(counts.to_numpy() @ minutes[:, 2]))
    assert plan.unweighted == pytest.approx(walked)
    assert f"人均 {walked / people.sum():.1f} 分钟，合计 {walked:.0f} 人·分钟" in plan.summary("zh")
    assert f"{walked / people.sum():.1f} min on average, {walked:.0f} people-minutes" in plan.summary("en")
    curve = coverage_curve(plan, times, people, terms=terms)
    assert curve["covered"].tolist() == [people.sum()] * len(curve)
    assert (curve["share"] == 1).all()
    assert curve["minutes"].iloc[0] == pytest.approx(float(counts.to_numpy() @ minutes[:, 2]) / counts.sum())


@pytest.mark.parametrize("model", [MCLP(2, p=1), BCLP(2, p=1, first=0.0), PMedian(1)])
@pytest.mark.parametrize("room", [None, 1e6])
def test_priority_where_nobody_is_counts_nothing(model, room):
    # X is next to a, where nobody of the weight lives and nine others do; Y is next to b with its five people.
    minutes = [[1.0, 9.0, 1.0], [9.0, 1.0, 1.0]]
    ids = ["X", "Y", "old"]
    times = TravelTimes.from_dense(minutes, cutoff_min=10, origins=["a", "b"], destinations=ids)
    if room and isinstance(model, BCLP):
        return  # takes no capacities
    existing = {"existing" if isinstance(model, BCLP) else "forbidden": ["old"]}  # a second one needs a first
    plan = propose_sites(
        model, times, pd.Series([0, 5], index=["a", "b"]), priority=pd.Series([9, 5], index=["a", "b"]), **existing,
        capacities=room and pd.Series(room, index=ids),
    )  # fmt: skip
    assert list(plan.sites.index) == ["Y"]
    assert plan.objective == 5  # people, or minutes of five people for 1 min each


@pytest.mark.parametrize("model", [LSCP(15), PCenter(1)])
def test_models_that_do_not_weigh_people_say_so(model):
    with pytest.raises(TableError) as error:
        propose_sites(model, TIMES, DEMAND["pop60"], priority=Priority(factors={"child": 1.0}).weigh(DEMAND))
    assert error.value.faults[0].key == f"priority_{type(model).__name__.lower()}"


def test_what_cannot_be_is_refused_at_once():
    with pytest.raises(TableError) as error:
        Priority(factors={"cats": 1.0, "child": -1.0}, weak=("nowhere",)).weigh(DEMAND)
    assert len(error.value.faults) == 3
