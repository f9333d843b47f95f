"""Which unit a register means by a name."""

import pandas as pd
import pytest

from planner.borders import Units, border_lines
from planner.borders.lines import may_mean
from planner.borders.units import unit_words

PLACES = pd.DataFrame(
    {
        "name": ["玄武区", "栖霞区", "鼓楼区", "玄武湖街道", "东山村委会"],
        "parent_id": ["320100", "320100", "320100", "320102", "320102003"],
    },
    index=["320102", "320113", "320106", "320102003", "320102003201"],
)
OF = Units.of(PLACES)


@pytest.mark.parametrize("said", ["玄武区;栖霞区", "玄武区、栖霞区", "玄武区—栖霞区", "玄武区/栖霞区", "玄武区 栖霞区"])
def test_units_by_name(said):
    assert [OF.code(word) for word in unit_words(said)] == ["320102", "320113"]


@pytest.mark.parametrize(
    ("word", "code"),
    [
        ("320102", "320102"),
        ("玄武", "320102"),  # short
        ("南京市玄武区", "320102"),
        ("江苏省南京市玄武区", "320102"),
        ("鼓楼区", "320106"),  # four cities have one; the project's is meant
        ("玄武区玄武湖街道", "320102003"),
        ("南京市", "320100"),  # official, though not in the table
        ("徐州市鼓楼区", "320302"),
        ("安徽省", "340000"),
        ("石湫区", None),  # nobody's name
    ],
)
def test_a_name_means_one_unit(word, code):
    assert OF.code(word) == code


def test_a_name_that_several_bear_means_none():
    assert Units.of(None).code("鼓楼区") is None
    assert Units.of(None).code("玄武区") == "320102"


@pytest.mark.parametrize(
    ("said", "code", "inside"),
    [
        ("玄武区民政局", "320102", True),
        ("玄武民政局区划地名科", "320102", True),
        ("南京市玄武区民政局", "320102", True),
        ("江苏南京玄武区", "320102", True),
        ("320102", "320102", True),
        ("栖霞区民政局", "320102", False),
        ("南京市民政局", "320102", False),  # of the city, who may be meant by any of its lines
        ("浦口区民政局", "320000", True),  # in the province
        ("320111", "320000", True),
        ("蜀山区民政局", "320000", False),
    ],
)
def test_who_is_a_unit_or_in_it(said, code, inside):
    assert OF.within(said, code) == inside


def lines(*units):
    return border_lines(pd.DataFrame({"units": units}, index=[f"L{i}" for i, _ in enumerate(units)]), None, known=OF)


def test_lines_hold_codes_where_two_units_are_known():
    found = lines("栖霞区;玄武区", "320102;320106;320113", "320102", "甲区;玄武区", "320102;320102", None)
    assert list(found["units"].iloc[:2]) == ["320102;320113", "320102;320106;320113"]
    assert list(found["a"].fillna("")) == ["320102", "", "", "", "", ""]


@pytest.mark.parametrize(
    ("units", "pair", "may"),
    [
        ("320102;320106;320113", ("320106", "320113"), True),
        ("320102;320106;320113", ("320106", "320111"), False),
        ("玄武区", ("320102", "320106"), True),  # the other one is anybody
        ("玄武区", ("320111", "320106"), False),
        ("甲区;玄武区", ("320102", "320106"), True),
        ("甲区;乙区", ("320111", "320106"), True),  # who knows
        ("320102;320113", ("320102", "320113"), False),  # it is: nothing is open
    ],
)
def test_a_line_of_units_unknown_may_be_another(units, pair, may):
    assert may_mean(lines(units), pair, OF) == may
