"""Running costs, counted by hand."""

import pandas as pd
import pytest

from planner import presets
from planner.errors import TableError
from planner.siting.running import RunningRates, running_costs, spent_on_running


def test_what_a_candidate_says_counts_and_rates_fill_in():
    candidates = pd.DataFrame(
        {
            "tenure": ["owned", None, "rented"],
            "area_m2": [100, 200, None],
            "rent": [None, None, 9_000],
            "staff": [None, 70_000, None],
            "beds": [10, 4, None],
            "meals": [None, 1_000, 2_000],
        },
        index=list("abc"),
    )
    rates = RunningRates(tenure="rented", rent_m2=360, staff=50_000, subsidy_bed=1_000, subsidy_meal=3)
    found = running_costs(candidates, rates)
    assert list(found["tenure"]) == ["owned", "rented", "rented"]
    # b: 200 m2 at 360; subsidies 4 beds at 1,000 and 1,000 meals at 3; a owns its room
    assert found["rent"].fillna(-1).tolist() == [-1, 72_000, 9_000]
    assert found["subsidy"].tolist() == [10_000, 7_000, 6_000]
    assert found["running"].tolist() == [60_000, 149_000, 65_000]
    assert found["unsaid"].tolist() == ["meals", "", "beds"]


def test_nothing_is_made_up_where_nothing_is_said():
    found = running_costs(pd.DataFrame({"beds": [3], "area_m2": [50]}, index=["a"]), RunningRates())
    assert found.drop(columns="unsaid").isna().all(axis=None)
    assert found["unsaid"].tolist() == [""]
    aid = running_costs(pd.DataFrame({"subsidy": [5, None]}, index=["a", "b"]), RunningRates(subsidy_bed=1_000))
    assert aid["unsaid"].tolist() == ["", "beds"]  # a says its subsidy; nobody knows the beds of b
    with pytest.raises(TableError) as error:
        running_costs(pd.DataFrame(index=["a"]), RunningRates(tenure="rented", rent_m2=1))
    assert error.value.faults[0].key == "rent_area"


def test_a_site_costs_from_its_year_on():
    running, phase = pd.Series([10, 7], index=["a", "b"]), pd.Series([2026, 2028], index=["a", "b"])
    assert spent_on_running(running, phase, [2026, 2027, 2028]).sum().tolist() == [10, 10, 17]
    assert spent_on_running(running, pd.Series([None, None], index=["a", "b"]), [2026]).sum().tolist() == [17]


def test_every_number_says_where_it_is_from():
    known = presets.load("running")
    for group in (known["rates"], *known["unit"].values()):
        for number in group.values():
            assert number["source"]
            assert number["confidence"] in "SLV"
            assert number["low"] <= number["value"] <= number["high"]
