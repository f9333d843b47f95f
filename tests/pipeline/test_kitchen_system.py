"""Meals from central kitchens, from planner.toml to the rounds of the vans."""

import builtins
import json

import pandas as pd
import pytest

from planner import load_project, run, write_outputs
from planner.errors import PlannerError, ProjectError, TableError
from planner.report.pack import unpack

from .. import systems_project as city

SYSTEM = """
[[systems]]
kind = "kitchens"
kitchens = "kitchen"
points = "point"
within_min = 15
p = 1
van_meals = 70
round_min = 20
"""
DRIVE = 'mode = "drive"\nparking_min = 0'
SERVICES = {"kitchen": DRIVE + '\ncandidates = {path = "more.csv", datum = "wgs84"}', "point": ""}
# Unloading takes 5 minutes, so 10 are left for driving. k reaches a (2) and b (4); n, a candidate, reaches c and d
# (2 each) and cooks 60, which is not enough for both.
TABLES = {
    "kitchen": city.points("facility_id", k=(1, 1)).assign(capacity=100),
    "point": city.points("facility_id", a=(1, 3), b=(3, 3), c=(10, 10), d=(8, 8)).assign(capacity=[30, 40, 50, 20]),
    "more": city.points("candidate_id", n=(9, 9)).assign(capacity=60),
}


def study(folder, system=SYSTEM, **tables):
    return run(load_project(city.write(folder, system, SERVICES, **(TABLES | tables))))


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    folder = tmp_path_factory.mktemp("kitchens")
    one = study(folder)
    return one, write_outputs(one, folder / "out")


def test_who_is_supplied(found):
    plan = found[0].systems["kitchens"].plan
    assert (plan.objective, plan.bound, plan.status) == (120, 120, "optimal")
    assert plan.assignment["kitchen_id"].dropna().to_dict() == {"a": "k", "b": "k", "c": "n"}
    assert plan.unserved["cause"].to_dict() == {"d": "full"}


def test_the_rounds(found):
    rounds = found[0].systems["kitchens"].rounds
    # a and b fill a van; a lies on the way to b: 2 there, 5 to unload, 2 on. c has a round of its own.
    table = rounds.set_index("point_id")
    assert table["arrival_min"].to_dict() == {"a": 2, "b": 9, "c": 2}
    assert table["round"].to_dict() == {"a": 1, "b": 1, "c": 1}


def test_tables_chapter_and_record(found):
    points = pd.read_csv(found[1] / "tables/meal_points.csv", encoding="utf-8-sig").set_index("point_id")
    assert points.loc["c", ["place", "meals", "kitchen", "minutes"]].tolist() == ["东北村", 50, "n处", 2]
    kitchens = pd.read_csv(found[1] / "tables/kitchens.csv", encoding="utf-8-sig").set_index("kitchen_id")
    assert kitchens.loc["n", ["added", "meals", "points"]].tolist() == [True, 50, 1]
    rounds = pd.read_csv(found[1] / "tables/delivery_rounds.csv", encoding="utf-8-sig")
    assert rounds["name"].tolist() == ["a处", "b处", "c处"]
    page = (found[1] / "report.html").read_text("utf-8")
    assert "可按时送到85.7%（120/140份）" in page
    assert "a处→b处" in page
    record = json.loads((found[1] / "run.json").read_text("utf-8"))["systems"]["kitchens"]
    assert (record["objective"], record["new_kitchens"], record["rounds"]) == (120, ["n"], 2)
    snaps = pd.read_parquet(found[1] / "tables/snaps.parquet")
    assert {("facilities.point", "drive"), ("facilities.point", "walk")} <= set(
        zip(snaps["layer"], snaps["mode"], strict=True)
    )


def test_the_map_draws_rounds_from_kitchens_and_back(found):
    drawn = city.on_the_map(found[1])
    at = {name: (lat, lon) for lat, lon, _, name, _ in drawn["points"]}
    rounds = [[tuple(p) for p in line] for line in unpack(drawn["lines"])]
    stops = [["k处", "a处", "b处", "k处"], ["n处", "c处", "n处"]]
    assert rounds == [[pytest.approx(at[name], abs=1.1e-5) for name in names] for names in stops]
    assert drawn["told"][0] == "k处第 1 趟：2 处、70 份，出发后 9.0 分钟送完"
    role = {name: drawn["roles"][k][0] for *_, k, name, _ in drawn["points"]}
    assert role == dict.fromkeys(("a处", "b处", "c处"), "circle") | {"k处": "square", "n处": "star", "d处": "cross"}
    assert {name: told for *_, name, told in drawn["points"]}["d处"] == "每日 20 份，时限内的厨房产能已满"
    assert drawn["on"]  # no service proposes sites, so that this is the plan


def test_meals_of_the_people_near_by(tmp_path):
    short = SYSTEM.replace("p = 1\nvan_meals = 70\nround_min = 20", 'meals = "people"\nmeals_rate = 0.11')
    one = study(tmp_path, short, point=city.points("facility_id", a=(0, 0), c=(10, 10)))
    # six points of ten people each within five blocks of a corner: 6.6 meals, 7 in whole
    assert one.systems["kitchens"].plan.assignment["meals"].to_dict() == {"a": 7, "c": 7}
    assert one.systems["kitchens"].plan.unserved["cause"].to_dict() == {"c": "too_far"}
    assert one.systems["kitchens"].rounds is None


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("round_min = 20\n", "", "van_meals"),
        ("within_min = 15", "within_min = 5", "unload_min"),
        ('points = "point"', 'points = "points"', "point"),
        ("p = 1", 'p = 1\nmeals = "all"', "systems[1].meals"),
    ],
)
def test_bad_keys(tmp_path, old, new, said):
    with pytest.raises(ProjectError) as caught:
        load_project(city.write(tmp_path, SYSTEM.replace(old, new), SERVICES))
    assert said in caught.value.text("zh")


def test_capacities_are_needed(tmp_path):
    with pytest.raises(TableError, match=r"体系 kitchens：meals"):
        study(tmp_path, point=city.points("facility_id", a=(1, 3)))


def test_rounds_without_pyvrp_are_refused_before_any_work(tmp_path, monkeypatch):
    project, imported, done = load_project(city.write(tmp_path, SYSTEM, SERVICES, **TABLES)), builtins.__import__, []

    def without(name, *args, **more):
        if name == "pyvrp":
            raise ImportError(name)
        return imported(name, *args, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(PlannerError, match=r"planner\[rounds\]"):
        run(project, progress=done.append)
    assert done == []
