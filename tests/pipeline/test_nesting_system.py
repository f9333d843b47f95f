"""County, town and village from planner.toml to its tables and its chapter."""

import json

import pandas as pd
import pytest

from planner import load_project, run, write_outputs
from planner.errors import ProjectError

from .. import systems_project as city

SYSTEM = """
[[systems]]
kind = "nesting"
county = "county_centre"
town = "town_centre"
village = "post"
"""
# The county centre stands in a village of the east, which has no town centre; the west has one. Of the posts, a and b
# stand in the west, b declares the county centre above it, c stands in the east.
SERVICES = {"county_centre": "", "town_centre": "", "post": 'weight = "pop60"'}
TABLES = {
    "county_centre": city.points("facility_id", C=(6, 4)),
    "town_centre": city.points("facility_id", T=(2, 2)),
    "post": city.points("facility_id", a=(2, 4), b=(2, 8), c=(8, 2)).assign(hub_id=[None, "C", None]),
}


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    folder = tmp_path_factory.mktemp("nesting")
    study = run(load_project(city.write(folder, SYSTEM, SERVICES, **TABLES)))
    return study, write_outputs(study, folder / "out")


def test_who_hangs_on_whom(found):
    one = found[0].systems["nesting"]
    # T hangs on C though C stands in a village of the other town, for both are in the county; what b declares is no
    # town centre
    assert one.nesting.links["parent_id"].dropna().to_dict() == {"T": "C", "a": "T"}
    assert one.nesting.broken["broken"].to_dict() == {"b": "elsewhere", "c": "no_parent"}
    assert one.lacking.to_numpy().tolist() == [["town", city.EAST, 1]]


def test_served_at_all_three_levels(found):
    cover = found[0].systems["nesting"].cover
    # points stand at even crossings; within 5 blocks (|dx| + |dy| <= 5) of C, of T, and of any post
    at = [(x, y) for x in range(0, 12, 2) for y in range(0, 12, 2)]

    def near(*posts):
        return {p for p in at if any(abs(p[0] - x) + abs(p[1] - y) <= 5 for x, y in posts)}

    levels = {"county": near((6, 4)), "town": near((2, 2)), "village": near((2, 4), (2, 8), (8, 2))}
    assert set.intersection(*levels.values())
    assert cover["people"].to_dict() == {k: 3 * len(v) for k, v in levels.items()} | {
        "all": 3 * len(set.intersection(*levels.values()))
    }


def test_tables_chapter_and_record(found):
    chains = pd.read_csv(found[1] / "tables/chains.csv", dtype=str, encoding="utf-8-sig").set_index("facility_id")
    assert chains.loc["a", ["level", "place", "parent"]].tolist() == ["community", "西南村", "T处"]
    assert chains.loc["c", "broken"] == "no_parent"
    lacking = pd.read_csv(found[1] / "tables/lacking_centres.csv", dtype=str, encoding="utf-8-sig")
    assert lacking[["level", "place_id", "place", "hanging"]].to_numpy().tolist() == [["town", city.EAST, "东镇", "1"]]
    page = (found[1] / "report.html").read_text("utf-8")
    assert "缺town_centre的街镇有1个：东镇；其中已有post1处，因此没有上级可归。" in page
    assert "每个区县都有county_centre。" in page
    record = json.loads((found[1] / "run.json").read_text("utf-8"))["systems"]["nesting"]
    assert record["status"] == "counted"
    assert record["units_without_centre"] == [city.EAST]


def test_a_level_is_needed(tmp_path):
    with pytest.raises(ProjectError, match=r"systems\[1\]\.county"):
        load_project(city.write(tmp_path, SYSTEM.replace('county = "county_centre"\n', ""), SERVICES))
