"""Divisions with their dates: what stands, what was abolished, what became of it."""

from datetime import date

import pandas as pd
import pytest

from planner.names import Divisions, official_divisions
from planner.names.divisions import level_of, stem


@pytest.mark.parametrize(
    ("code", "short", "level"),
    [
        ("320000", "32", "province"),
        ("320100", "3201", "city"),
        ("320116", "320116", "county"),
        ("320116101", "320116101", "town"),
        ("320116101200", "320116101200", "community"),
    ],
)
def test_codes(code, short, level):
    assert (stem(code), level_of(code)) == (short, level)


def test_the_official_table_has_the_counts_its_publisher_states():
    counts = {level: sum(d.until is None for d in official_divisions().of_level(level)) for level in _COUNTS}
    assert counts == _COUNTS


_COUNTS = {"province": 33, "city": 333, "county": 2845}  # metadata of the ministry's table of 2025-12-31


def test_a_division_of_the_past():
    """港闸区 of Nantong: until 2020, then part of 崇川区 (国函〔2020〕79号)."""
    known = official_divisions()
    (gone,) = known.named("港闸区", within="320600")
    assert (gone.code, gone.document) == ("320611", "国函〔2020〕79号")
    assert gone.stands(date(2019, 12, 31))
    assert not gone.stands(date(2021, 1, 1))
    assert [d.name for d in known.successors("320611")] == ["崇川区"]
    assert known.on(date(2019, 12, 31)).named("港闸区")
    assert not known.on(date(2021, 1, 1)).named("港闸区")


def test_chains_of_successors_end():
    """吴县 became 吴县市 in 1995, and 吴中区 in 2000."""
    known = official_divisions()
    assert [d.name for d in known.successors("320524")] == ["吴县市", "吴中区"]
    for division in known.all:
        assert len(known.successors(division.code)) < 6


def test_places_of_the_project_come_first_and_keep_their_dates():
    rows = {"name": ["六合区", "竹镇镇", "龙袍镇"], "level": ["county", "town", "town"]}
    places = pd.DataFrame(rows, index=["320116", "320116101", "320116102"])
    places["valid_to"] = pd.to_datetime([None, None, "2013-05-01"])
    known = official_divisions().joined(places)
    assert sum(d.code == "320116" and d.name == "六合区" for d in known.all) == 1
    (town,) = known.named("龙袍镇")
    assert town.until == date(2013, 5, 1)
    assert known.named("竹镇镇", within="320100")
    assert not known.named("竹镇镇", within="320600")
    assert isinstance(known, Divisions)
