"""Priority weights, counted by hand."""

import numpy as np
import pandas as pd
import pytest

from planner.errors import TableError
from planner.siting import MCLP
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


def test_what_cannot_be_is_refused_at_once():
    with pytest.raises(TableError) as error:
        Priority(factors={"cats": 1.0, "child": -1.0}, weak=("nowhere",)).weigh(DEMAND)
    assert len(error.value.faults) == 3
