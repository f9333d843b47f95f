"""Niches for twenty years from planner.toml to its tables and its chapter."""

import json

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from planner import load_project, run, write_outputs
from planner.errors import InfeasibleError, ProjectError, TableError
from planner.report.pack import unpack

from .. import small_project
from .. import systems_project as city

SYSTEM = """
[[systems]]
kind = "columbaria"
columbaria = "niche"
deaths = 0.01
p = 1
"""
MORE = 'mode = "drive"\nparking_min = 0\nexclusions = [{path = "zones.geojson", datum = "wgs84"}]\n'
SERVICES = {"niche": MORE + 'candidates = {path = "more.csv", datum = "wgs84"}'}
# 18 points of 100 people in each town: 1,800 x 0.01 x 20 x 0.5 = 180 niches a town. The west has 50 of which 5 are
# taken: 45 are free and last five years, at nine a year; 135 are missing there and 180 in the east. Of the candidates
# x lies in a zone, y in the west has 100 niches, z in the east 200.
TABLES = {
    "demand": small_project.demand().assign(pop=100),
    "niche": city.points("facility_id", a=(2, 2)).assign(niches=50, niches_used=5),
    "more": city.points("candidate_id", x=(9, 9), y=(3, 8), z=(8, 3)).assign(niches=[999, 100, 200]),
}


def study(folder, system=SYSTEM, **tables):
    zone = [shapely.Polygon(np.column_stack(small_project.degrees([8, 11, 11, 8], [8, 8, 11, 11])))]
    gpd.GeoDataFrame({"name": ["水源地"]}, geometry=zone, crs=4326).to_file(folder / "zones.geojson")
    return run(load_project(city.write(folder, system, SERVICES, **(TABLES | tables))))


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    folder = tmp_path_factory.mktemp("niches")
    one = study(folder)
    return one, write_outputs(one, folder / "out")


def test_what_is_needed_and_who_takes_it_in(found):
    one = found[0].systems["columbaria"]
    needs = one.needs.loc[[city.WEST, city.EAST], ["population", "need", "free", "shortfall", "years_left"]]
    assert needs.to_numpy().tolist() == [[1800, 180, 45, 135, 5], [1800, 180, 0, 180, 0]]
    assert one.bare == (city.EAST,)
    # z takes in 200 of the 315 that are missing, everybody being near; x, the largest, lies in the zone
    assert (list(one.sites.index), one.plan.objective, one.plan.status) == (["z"], 200, "optimal")
    assert one.needs["allotted"].sum() == 200


def test_tables_chapter_and_record(found):
    needs = pd.read_csv(found[1] / "tables/niche_needs.csv", encoding="utf-8-sig").set_index("place")
    assert needs.loc["西镇", ["need", "free", "shortfall", "years_left"]].tolist() == [180, 45, 135, 5]
    sites = pd.read_csv(found[1] / "tables/columbarium_sites.csv", encoding="utf-8-sig")
    assert sites[["candidate_id", "place", "niches", "given"]].to_numpy().tolist() == [["z", "东南村", 200, 200]]
    rejected = pd.read_csv(found[1] / "tables/rejected_candidates.csv", encoding="utf-8-sig")
    assert rejected[["candidate_id", "service", "reason"]].to_numpy().tolist() == [["x", "niche", "excluded"]]
    page = (found[1] / "report.html").read_text("utf-8")
    assert "2个街镇共需360个，现有空余45个；其中2个街镇不足，共缺315个。按现有空余，西镇最紧，约可用5.0年。" in page
    assert "可安放缺口的63.5%（200/315个），仍缺115个" in page
    assert "骨灰安放设施容量·年死亡率" in page
    record = json.loads((found[1] / "run.json").read_text("utf-8"))["systems"]["columbaria"]
    assert (record["shortfall"], record["allotted"], record["places_without"]) == (315, 200, [city.EAST])


def test_the_map_shows_where_nothing_may_be_built(found):
    drawn = city.on_the_map(found[1])
    (zone,) = unpack(drawn["zones"]["rings"])
    there = gpd.GeoSeries(found[0].layers.exclusions["niche"], crs=found[0].project.crs).to_crs(4326)
    assert shapely.Polygon(np.flip(zone, axis=1)).symmetric_difference(there.iloc[0]).area < 0.01 * there.iloc[0].area
    told = {name: told for *_, name, told in drawn["points"]}
    assert told["z处"].startswith("格位 200 个")
    assert "x处" not in told
    assert not drawn["lines"]


def test_one_in_each_town(tmp_path):
    each = study(tmp_path, SYSTEM + "one_each = true")
    assert list(each.systems["columbaria"].sites.index) == ["z"]  # the west has one
    with pytest.raises(InfeasibleError, match=r"体系 columbaria"):
        study(tmp_path, SYSTEM + "one_each = true", more=city.points("candidate_id", y=(3, 8)).assign(niches=9))


def test_only_the_need_is_counted_without_sites(tmp_path):
    one = study(tmp_path, SYSTEM.replace("p = 1\n", "")).systems["columbaria"]
    assert one.plan is None
    assert one.needs["shortfall"].sum() == 315


def test_what_is_wrong_is_said(tmp_path):
    for wrong, said in (("deaths = 7", "systems[1].deaths"), ("deaths = 0.01\nbudget = 5", "budget")):
        with pytest.raises(ProjectError) as caught:
            load_project(city.write(tmp_path, SYSTEM.replace("deaths = 0.01", wrong), SERVICES))
        assert said in caught.value.text("zh")
    with pytest.raises(TableError, match=r"体系 columbaria：.*niches"):
        study(tmp_path, niche=city.points("facility_id", a=(2, 2)))
