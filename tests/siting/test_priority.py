"""Priority weights, counted by hand."""

import numpy as np
import pandas as pd
import pytest

from planner.errors import TableError
from planner.siting import BCLP, LSCP, MCLP, PCenter, PMedian, propose_sites
from planner.siting.priority import Priority, propose_by_priority
from planner.travel import TravelTimes

DEMAND = pd.DataFrame(
    {"place_id": ["rich", "poor", "rich"], "pop60": [10, 8, 6], "child": [0, 1, 9]}, index=["d0", "d1", "d2"]
)
TIMES = TravelTimes.from_dense(
    np.where(np.eye(3, dtype=bool), 5.0, 31.0), cutoff_min=30.0, origins=DEMAND.index, destinations=["s0", "s1", "s2"]
)


def chosen(priority):
    return propose_by_priority(MCLP(15, p=1), TIMES, DEMAND, priority=priority, weight="pop60")


def test_without_weights_the_answer_is_the_unweighted_one():
    found = chosen(Priority(factors={"pop60": 1.0}, weak=("poor",), weak_factor=0.0))
    assert found.same
    assert list(found.weighted.sites.index) == ["s0"]


def test_the_young_and_the_weak_change_the_choice_and_both_are_told():
    # d2 counts 6 + 9 = 15 with children; d1 counts 8 * 1.5 = 12 where the poor count half as much again
    young = chosen(Priority(factors={"pop60": 1.0, "child": 1.0}))
    assert list(young.weighted.sites.index) == ["s2"]
    assert young.table.loc["pop60"].tolist() == [6, 10]
    assert young.table.loc["child"].tolist() == [9, 0]
    weak = chosen(Priority(factors={"pop60": 1.0}, weak=("poor",), weak_factor=0.5))
    assert list(weak.weighted.sites.index) == ["s1"]
    assert not weak.same


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
    options = {"existing": existing, "forbidden": [] if existing else ["old"], "capacities": room, "weight": "pop60"}
    found = propose_by_priority(
        model, times, DEMAND, priority=Priority(factors={"pop60": 1.0, "child": 1.0}), **options
    )
    assert found.weighted.sites.index[0] == "s2" if model != PMedian(2) else "s2" in found.weighted.sites.index
    assert "s0" in found.unweighted.sites.index
    taken = 0 if isinstance(model, BCLP) else 5 if full else 6  # people, not what they count; all have a first
    assert found.weighted.sites["gain"]["s2"] == taken
    assert found.weighted.people == DEMAND["pop60"].sum()
    if full and isinstance(model, MCLP):  # five of the six of d2, and so many of its nine children
        assert found.table["weighted"].to_dict() == pytest.approx({"pop60": 5, "child": 9 * 5 / 6})
    if not isinstance(model, PMedian):
        assert found.weighted.objective == pytest.approx(5 * 15 / 6 if full else 15)


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
        propose_by_priority(model, TIMES, DEMAND, priority=Priority(factors={"child": 1.0}), weight="pop60")
    assert error.value.faults[0].key == f"priority_{type(model).__name__.lower()}"


def test_what_cannot_be_is_refused_at_once():
    with pytest.raises(TableError) as error:
        Priority(factors={"cats": 1.0, "child": -1.0}, weak=("nowhere",)).weigh(DEMAND)
    assert len(error.value.faults) == 3
