"""1+N from planner.toml to its tables, its chapter and its layer."""

import json

import geopandas as gpd
import pandas as pd
import pytest

from planner import load_project, run, write_outputs
from planner.errors import InfeasibleError, ProjectError
from planner.report.compare import compare_runs
from planner.report.pack import unpack
from planner.scenario import CloseFacility, Scenario

from .. import systems_project as city

SYSTEM = """
[[systems]]
kind = "hubs"
hubs = "centre"
stations = "station"
stations_max = 2
within_min = 6
p = 1
"""
# Hub h in the west. The stations a, b and c of the west are 1, 2 and 3 minutes from it; d and e stand in the east,
# 11 and 9 minutes away. Of the candidates k is 2 minutes from both d and e, m is 1 from c but in the west, too.
SERVICES = {"centre": 'candidates = {path = "more.csv", datum = "wgs84"}', "station": ""}
TABLES = {
    "centre": city.points("facility_id", h=(1, 1)),
    "station": city.points("facility_id", a=(0, 1), b=(1, 3), c=(4, 1), d=(10, 3), e=(8, 3)).assign(
        hub_id=["h", "h", "h", None, "x"]
    ),
    "more": city.points("candidate_id", k=(9, 2), m=(4, 2)),
}


def study(folder, system=SYSTEM, scenario=None, **tables):
    return run(load_project(city.write(folder, system, SERVICES, **(TABLES | tables))), scenario=scenario)


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hubs")
    one = study(folder)
    return one, write_outputs(one, folder / "out")


def test_the_one_new_hub_goes_east(found):
    plan = found[0].systems["hubs"].plan
    # the east must get a hub: it has a candidate and none (5). h leads two of a, b, c; the towns adjoin, so c may
    # belong to k, which is 6 away: (4, 1) to (9, 2). All five are then led: c, d, e would be three for k, so four.
    assert plan.opened == ("k",)
    assert (plan.objective, plan.status) == (4, "optimal")
    # among such, the shortest ways: a and b with h (1 + 2), d and e with k (2 + 2)
    assert plan.assignment["hub_id"].dropna().to_dict() == {"a": "h", "b": "h", "d": "k", "e": "k"}
    assert plan.orphans["cause"].to_dict() == {"c": "full"}
    assert found[0].systems["hubs"].overloaded.to_dict() == {"h": 3}


def test_the_tables_and_the_layer(found):
    folder = found[1]
    stations = pd.read_csv(folder / "tables/stations.csv", dtype=str, encoding="utf-8-sig").set_index("station_id")
    assert stations.loc["d", ["system", "hub", "place", "minutes"]].tolist() == ["hubs", "k处", "东镇", "2"]
    assert stations.loc["c", "cause"] == "full"
    hubs = pd.read_csv(folder / "tables/hubs.csv", encoding="utf-8-sig").set_index("hub_id")
    assert hubs["added"].to_dict() == {"h": False, "k": True}
    assert hubs["declared"].dropna().to_dict() == {"h": 3}
    links = gpd.read_file(folder / "layers.gpkg", layer="system_hubs_links")
    assert set(zip(links["from_id"], links["to_id"], strict=True)) == {("a", "h"), ("b", "h"), ("d", "k"), ("e", "k")}
    points = gpd.read_file(folder / "layers.gpkg", layer="system_hubs").set_index("index")
    assert points["role"].to_dict() == {"h": "lead", "k": "new", "c": "loose"} | dict.fromkeys("abde", "member")
    record = json.loads((folder / "run.json").read_text("utf-8"))["systems"]["hubs"]
    assert {k: record[k] for k in ("kind", "status", "objective", "bound", "gap", "new_hubs")} == {
        "kind": "hubs", "status": "optimal", "objective": 4, "bound": 4, "gap": 0, "new_hubs": ["k"],
    }  # fmt: skip


def test_the_map_says_who_leads_whom(found):
    drawn = city.on_the_map(found[1])
    told = {name: told for *_, name, told in drawn["points"]}
    assert told["k处"] == "所带站点 2 处，上限 2 处"
    assert told["d处"] == "归口k处，路程 2.0 分钟"
    assert told["c处"] == "时限内的中心已带满"
    assert len(unpack(drawn["lines"])) == 4  # a and b to h, d and e to k
    assert drawn["told"] == []


def test_the_report_says_so(found):
    page = (found[1] / "report.html").read_text("utf-8")
    assert "服务体系" in page
    assert "建议新增centre1处：k处。" in page
    assert "station有归口的占80.0%（4/5处）" in page
    assert "“1+N”服务网络·时限" in page  # among the parameters
    titles = pd.read_excel(found[1] / "annex.xlsx", sheet_name=None)
    assert {"中心", "站点归口"} <= set(titles)


def test_streets_that_do_not_adjoin_and_no_candidates(tmp_path):
    alone = study(tmp_path, SYSTEM.replace("p = 1", "adjoining = false"))
    one = alone.systems["hubs"]
    # h has room for a and b; c is full out; the east has no hub
    assert one.plan.orphans["cause"].to_dict() == {"c": "full", "d": "no_hub", "e": "no_hub"}
    assert one.bare == (city.EAST,)


def test_a_scenario_and_a_comparison(found, tmp_path):
    closed = study(tmp_path, scenario=Scenario(CloseFacility(facility_id="d"), name="关停d"))
    plan = closed.systems["hubs"].plan
    assert plan.objective == 4  # c joins e with k, 6 minutes away
    assert plan.assignment.loc["c", "hub_id"] == "k"
    after = write_outputs(closed, tmp_path / "after")
    assert compare_runs(found[1], after).services == ["centre", "station"]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('kind = "hubs"\n', "", "systems[1].kind"),
        ('kind = "hubs"', 'kind = "hub"', "systems[1].kind"),
        ("stations_max = 2", "stations_max = 0", "systems[1].stations_max"),
        ("stations_max = 2", "stations_most = 2", "systems[1].stations_most。您是不是要写 stations_max"),
        ('hubs = "centre"', 'hubs = "center"', "center"),
        ("within_min = 6", "within_min = true", "systems[1].within_min"),
        ("p = 1", 'p = 1\nid = "station"', "systems[1].id"),
        ("p = 1", 'p = 1\nlevel = "street"', "systems[1].level"),
        ("[[systems]]", "[systems]", "systems"),
        ('stations = "station"', 'stations = "centre"', "systems[1].stations 与 hubs"),
        (
            "p = 1",
            'p = 1\n[[systems]]\nkind = "hubs"\nhubs = "station"\nstations = "centre"\nstations_max = 1\np = 2',
            "systems[2].p",
        ),
    ],
)
def test_bad_keys_have_one_clear_error_each(tmp_path, old, new, said):
    with pytest.raises(ProjectError) as caught:
        load_project(city.write(tmp_path, SYSTEM.replace(old, new), SERVICES))
    assert said in caught.value.text("zh")
    assert caught.value.text("en")


def test_what_cannot_be_names_the_system(tmp_path):
    none = city.points("facility_id", h=(1, 1)).assign(status="closed")
    with pytest.raises(InfeasibleError, match=r"体系 hubs.*新增 2 个"):  # k and m stand in two towns, one may be built
        study(tmp_path, centre=none)
