"""The indicator register: each status by a straight line from base to target."""

from datetime import date

import pandas as pd
import pytest

from planner.checks import run_checks
from planner.errors import TableError
from planner.monitoring import indicator_status, indicator_verdicts

from ..checks.toy import Toy

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


# 230 + 120 = 350; 2527 / 62,000 = 4.076 %, said as 40.8, which is 40.76 per mille; 14,500 / 10 M = 14.5 per 10,000;
# (1045 / 750) ** (1 / 5) - 1 = 6.86 % a year
MADE_OF = pd.DataFrame(
    [
        {"id": "all", "name": "合计", "unit": "万㎡", "target": 360.0, "parts": "old;new"},
        {"id": "old", "name": "存量", "unit": "万㎡", "target": 230.0},
        {"id": "new", "name": "新增", "unit": "万㎡", "target": 120.0},
        {"id": "beds", "name": "床位占比", "unit": "%", "actual": 40.8, "part": "2527", "whole": "62000"},
        {"id": "work", "name": "每万人社工", "unit": "/万", "target": 17.0, "part": "staff", "whole": "1000万"},
        {"id": "staff", "name": "社工", "unit": "人", "target": 14_500.0},
        {"id": "grow", "name": "低保标准年均增幅", "unit": "%", "target": 7.87, "growth_of": "aid"},
        {"id": "aid", "name": "低保标准", "base": 750.0, "base_year": 2020.0, "target": 1045.0, "year": 2025.0},
        {"id": "lost", "name": "无从核对", "unit": "%", "target": 50.0, "part": "nobody", "whole": "100"},
    ]
).set_index("id")


def test_figures_are_held_against_what_they_are_made_of():
    found = {i: (figure, v.word, v.recomputed.value) for i, figure, v in indicator_verdicts(MADE_OF)}
    assert {i: word for i, (_, word, _) in found.items()} == {
        "all": "unlike",
        "beds": "unit",
        "work": "unlike",
        "grow": "simple",
    }
    assert found["all"][2] == 350.0
    assert found["work"][2] == pytest.approx(14.5)
    assert found["grow"][2] == pytest.approx(6.86, abs=0.005)
    assert found["beds"][0] == "actual"


def test_indicators_that_contradict_themselves():
    rows = {
        "i1": {"name": "覆盖率", "unit": "%", "target": 120.0},
        "i2": {"name": "社工", "unit": "万人", "base": 1.2, "target": 15_000.0},  # 12,500 times
        "i3": {"name": "床位", "unit": "张", "year": 2025.0, "target": 100.0},
        "i4": {"name": "床位", "unit": "张", "year": 2025.0, "target": 110.0},
        "i5": {"name": "床位", "unit": "张", "year": 2030.0, "target": 120.0},
        "i6": {"name": "床位", "unit": "张", "year": 2025.0, "target": 300.0, "place_id": "p"},
    }
    table = pd.DataFrame.from_dict(rows, orient="index").rename_axis("indicator_id")
    found = run_checks(Toy(indicators=table))
    said = sorted(zip(found["feature_id"], found["severity"], strict=True))
    assert said == [("i1", "warning"), ("i2", "warning"), ("i4", "error")]
    assert "12,500 倍" in found.set_index("feature_id").loc["i2", "message_zh"]
