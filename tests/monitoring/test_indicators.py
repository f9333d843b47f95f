"""The indicator register: each status by a straight line from base to target."""

from datetime import date

import pandas as pd
import pytest

from planner.errors import TableError
from planner.monitoring import indicator_status

# from 100 at the end of 2020 to 200 at the end of 2025: 1826 days; by 2023-12-31 1095 are over: 159.97
RISING = {"base": 100.0, "base_year": 2020.0, "target": 200.0, "year": 2025.0}
FALLING = {"base": 200.0, "base_year": 2020.0, "target": 100.0, "year": 2025.0}  # then 140.03
ON = date(2023, 12, 31)


def status(on: date = ON, **row) -> object:
    table = pd.DataFrame([{"name": "床位数"} | row], index=pd.Index(["a"], name="indicator_id"))
    return indicator_status(table, on=on)["status"].iloc[0]


@pytest.mark.parametrize(
    ("path", "actual", "wanted"),
    [
        (RISING, 160.0, "on_track"),
        (RISING, 159.9, "behind"),
        (RISING, 200.0, "done"),
        (FALLING, 140.0, "on_track"),
        (FALLING, 140.1, "behind"),
        (FALLING, 100.0, "done"),
    ],
)
def test_the_straight_line(path, actual, wanted):
    assert status(**path, actual=actual) == wanted


def test_when_the_year_is_over_it_is_done_or_missed():
    assert status(date(2025, 12, 31), **RISING, actual=199.0) == "behind"
    assert status(date(2026, 1, 1), **RISING, actual=199.0) == "missed"
    assert status(date(2026, 1, 1), **RISING, actual=200.0) == "done"


def test_what_cannot_be_told_is_missing():
    assert status(**RISING) is None
    assert status(target=200.0, year=2025.0, actual=150.0) is None
    assert status(actual=150.0) is None
    assert status(target=200.0, year=2025.0, actual=250.0) == "done"


def test_a_table_that_breaks_its_contract_is_refused():
    with pytest.raises(TableError):
        status(property="必须")
