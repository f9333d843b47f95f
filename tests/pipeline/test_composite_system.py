"""Several services in one building, from planner.toml to its tables and its chapter."""

import json

import pandas as pd
import pytest

from planner import load_project, run, write_outputs
from planner.errors import ProjectError, TableError

from .. import systems_project as city

SYSTEM = """
[[systems]]
kind = "composite"
services = ["care", "meal"]
buildings = {path = "buildings.csv", datum = "wgs84"}
budget = 100000
cost = {care = 30000, meal = 10000}
area_m2 = {care = 100, meal = 20}
shared = 0.8
"""
SERVICES = {"care": 'weight = "pop60"', "meal": 'weight = "pop60"'}
# Three people at each of six points within five blocks of a corner. One of each service serves the southwest. u stands
# in the northeast corner; two services need 0.8 x 120 = 96 m2 there. v, in the southeast, has room for a meal only.
TABLES = {
    "care": city.points("facility_id", a=(0, 0)),
    "meal": city.points("facility_id", b=(0, 0)),
    "buildings": city.points("candidate_id", u=(10, 10), v=(10, 0)).assign(cost=[40_000, 20_000], area_m2=[96, 30]),
}


def study(folder, system=SYSTEM, **tables):
    return run(load_project(city.write(folder, system, SERVICES, **(TABLES | tables))))


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    folder = tmp_path_factory.mktemp("composite")
    one = study(folder)
    return one, write_outputs(one, folder / "out")


def test_what_goes_where(found):
    one = found[0].systems["composite"]
    # u with both costs 80,000 and covers 36; v with a meal would cost 30,000 more, 10,000 too much. u with a meal and
    # v with a meal cost 80,000, too, and cover 36: care and meal are worth the same, so either answer is best.
    assert one.plan.objective == one.plan.bound == 36
    assert one.plan.buildings["cost"].sum() == 80_000


def test_tables_chapter_and_record(tmp_path):
    one = study(tmp_path, SYSTEM.replace("100000", "110000"))  # u with both, and v with a meal
    folder = write_outputs(one, tmp_path / "out")
    table = pd.read_csv(folder / "tables/shared_buildings.csv", encoding="utf-8-sig").set_index("candidate_id")
    assert table.loc["u", ["place", "services", "area_m2", "area_limit_m2", "cost"]].tolist() == [
        "东北村",
        2,
        96,
        96,
        80_000,
    ]
    assert table.loc["v", ["services", "area_m2", "cost"]].tolist() == [1, 20, 30_000]
    sites = pd.read_csv(folder / "tables/shared_services.csv", encoding="utf-8-sig")
    assert sites[["candidate_id", "service"]].to_numpy().tolist() == [["u", "care"], ["u", "meal"], ["v", "meal"]]
    page = (folder / "report.html").read_text("utf-8")
    assert "两项以上合用的占50.0%（1/2处），合用共节省面积24平方米。各项服务新增覆盖合计54人次。" in page
    assert "meal设置2处，新增覆盖36人，标准时间内的60岁及以上人口由16.7%（18/108人）变为50.0%（54/108人）。" in page
    record = json.loads((folder / "run.json").read_text("utf-8"))["systems"]["composite"]
    assert record["newly"] == {"care": 18, "meal": 36}
    snaps = pd.read_parquet(folder / "tables/snaps.parquet")
    assert "buildings.composite" in set(snaps["layer"])


def test_services_that_may_not_share(tmp_path):
    one = study(tmp_path, SYSTEM.replace("100000", "110000") + 'apart = [["care", "meal"]]')
    # one service in u (care 70,000 or meal 50,000) and a meal in v (30,000): 36
    assert one.systems["composite"].plan.objective == 36
    assert (one.systems["composite"].plan.buildings["services"] == 1).all()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("cost = {care = 30000, meal = 10000}", "cost = {care = 30000}", "systems[1].cost"),
        ("area_m2 = {care = 100, meal = 20}", "area_m2 = {care = 100, meal = 20, lunch = 3}", "systems[1].area_m2"),
        ("shared = 0.8", 'apart = [["care", "niche"]]', "systems[1].apart"),
        ("shared = 0.8", "shared = 8", "systems[1].shared"),
        ('datum = "wgs84"}', 'datums = "wgs84"}', "systems[1].buildings.datums。您是不是要写 datum？"),
    ],
)
def test_bad_keys(tmp_path, old, new, said):
    with pytest.raises(ProjectError) as caught:
        load_project(city.write(tmp_path, SYSTEM.replace(old, new, 1), SERVICES))
    assert said in caught.value.text("zh")


def test_buildings_need_area_and_cost(tmp_path):
    with pytest.raises(TableError, match=r"体系 composite：buildings"):
        study(tmp_path, buildings=city.points("candidate_id", u=(10, 10)))
