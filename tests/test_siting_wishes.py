"""What planner.toml may wish of a plan, from the file to sites.csv."""

import json

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from planner.errors import InfeasibleError, PlannerError, ProjectError, TableError
from planner.pipeline import run
from planner.pipeline.travel import mode_of, times_of
from planner.project import load_project
from planner.report import write_outputs
from planner.report.plan_facts import plan_facts
from planner.siting import BCLP, MCLP

from . import small_project as small

ASKED = 'siting = {model = "mclp", p = 2}'


def study(folder, siting, extra="", minutes=(5, 10), **tables):
    toml = small.TOML.replace(ASKED, f"siting = {{{siting}}}\n{extra}")
    toml = toml.replace("standard_min = 5\ncutoff_min = 10", "standard_min = {}\ncutoff_min = {}".format(*minutes))
    return run(load_project(small.write(folder, toml, **tables)), until="sites")


def sites(folder, siting, **tables):
    return sorted(study(folder, siting, **tables).plans["day_care"].sites.index)


def test_required_forbidden_closing(tmp_path):
    # c1, c2 and c3 each cover nine points or so in a corner of their own
    assert sites(tmp_path, 'p = 1, required = ["c3"]') == ["c3"]
    assert sites(tmp_path, 'p = 2, forbidden = ["c3"]') == ["c1", "c2"]
    stands, closes = (study(tmp_path, wish).plans["day_care"] for wish in ("p = 1", 'p = 1, closing = ["f1", "f2"]'))
    assert stands.before == 24  # eight points of three people, see test_bad_input
    assert closes.before == 0


def test_at_least_one_a_community(tmp_path):
    # c1 and c3 stand east, c2 west; both facilities that stand are west, so only the east is in need
    plan = study(tmp_path, 'p = 1, at_least = {level = "community", at_least = 1}').plans["day_care"]
    assert plan.sites.index[0] in ("c1", "c3")
    three = 'p = 3, at_least = {level = "community", at_least = 3}'
    with pytest.raises(InfeasibleError, match="320102001002"):  # the east has two candidates
        study(tmp_path, three)
    kept = study(tmp_path, 'p = 3, at_least = {level = "community", at_least = 2}').plans["day_care"]
    assert {"c1", "c3"} <= set(kept.sites.index)


def test_the_report_tells_the_terms_of_a_plan(tmp_path):
    words = small.candidates().assign(name=["甲院", "乙院", None])
    wished = 'p = 2, required = ["c1"], forbidden = ["c3"], spacing_m = 400, at_least = {level = "community"}'
    found = study(tmp_path, wished, candidates=words)
    page = (write_outputs(found, tmp_path / "out") / "report.html").read_text("utf-8")
    assert "选点须满足：必选点位：甲院 c1；不选点位：c3；点位间距（米）：400；各辖区最少处数：每个社区1处。" in page


def test_quotas_of_urban_and_rural(tmp_path):
    places = small.places().assign(urban_rural=[None, "rural", "urban"])
    urban = 'p = 1, quotas = [{level = "community", urban_rural = "urban", share = 1.0}]'
    assert sites(tmp_path, urban, places=places)[0] in ("c1", "c3")


def test_spacing_and_area(tmp_path):
    rooms = small.candidates().assign(area_m2=[400, 40, 400])
    found = study(tmp_path, "p = 3, area_min_m2 = 50", candidates=rooms)
    assert list(found.rejected["day_care"]["reason"]) == ["too_small"]
    assert sorted(found.plans["day_care"].sites.index) == ["c1", "c3"]
    # c1 (10, 10) and c3 (9, 2) are 806 m apart, c2 (1, 9) is 906 m from c1 and 1,063 m from c3
    assert sites(tmp_path, "p = 3, spacing_m = 400") == ["c1", "c2", "c3"]
    assert len(sites(tmp_path, "p = 3, spacing_m = 850")) == 1  # c3 is 500 m from f2: out; c1 and c2 remain


def test_backup_and_capacities(tmp_path):
    found = study(tmp_path, 'model = "bclp", p = 2, first = 0.5', minutes=(8, 16))
    assert found.plans["day_care"].model == BCLP(8, p=2, first=0.5)
    out = write_outputs(found, tmp_path / "out")
    assert json.loads((out / "run.json").read_text("utf-8"))["plan"]["day_care"]["model"] == "bclp"
    sheets = pd.read_csv(out / "tables" / "site_sheets.csv")
    service, stands = found.project.services[0], found.facilities("day_care").geometry
    near = times_of(found, stands, mode_of(service, found.project), 8).to_frame()["origin_id"].value_counts()
    had = found.layers.demand["pop60"][near.index[near == 2]].sum()
    gains = int(found.plans["day_care"].objective - had)
    assert gains > 0
    assert sheets["newly_twice"].sum() == sheets["newly_pop60"].sum() == gains
    table = pd.read_csv(out / "tables" / "sites.csv")
    assert table["newly_twice"].tolist() == sheets["newly_twice"].tolist()
    assert table["gain"].tolist() == sheets["gain"].tolist()
    assert f"有两处以上设施可去的人由{had:.0f}人增至{gains + had:.0f}人" in (out / "report.html").read_text("utf-8")
    assert pd.read_csv(out / "tables" / "curve.csv")["covered"].iloc[-1] == gains + had
    room = small.candidates().assign(capacity=[6, 9, 3])
    stands = small.facilities().assign(capacity=[12, 12])
    full = study(tmp_path, "p = 3, capacities = true", candidates=room, facilities=stands).plans["day_care"]
    assert full.model == MCLP(5, p=3)
    # eight points of three people find room in f1 and f2 (24); the new ones fill up
    assert full.objective == 24 + 6 + 9 + 3
    with pytest.raises(TableError):
        study(tmp_path, "p = 3, capacities = true", candidates=room)


def test_running_costs_are_told_by_site_and_year(tmp_path):
    rooms = small.candidates().assign(
        area_m2=[100, 200, 300], cost=[10, 10, 10], tenure=["自有", "租赁", "租赁"], beds=[5, 0, 0]
    )
    rule = 'running = {preset = "day_care", rent_m2 = 100, subsidy_bed = 1000, staff = 20000, funds = {"区级" = 1.0}}'
    found = study(tmp_path, f"budgets = {{2026 = 10, 2027 = 20}}, {rule}", candidates=rooms)
    table = pd.read_csv(write_outputs(found, tmp_path / "out") / "tables" / "sites.csv").set_index("candidate_id")
    assert table["tenure"].to_dict() == {"c1": "owned", "c2": "rented", "c3": "rented"}
    # c1 pays no rent and has five beds, c2 and c3 rent 200 and 300 m2
    running = {"c1": 25_000, "c2": 40_000, "c3": 50_000}
    assert table["running"].to_dict() == running
    years = {c: 2028 - table["phase"][c] for c in running}
    assert table["running_total"].to_dict() == {c: running[c] * n for c, n in years.items()}
    page = (tmp_path / "out" / "report.html").read_text("utf-8")
    assert "未计床位补贴" not in page
    assert "尚未指定" not in page
    funds = pd.read_csv(tmp_path / "out" / "tables" / "funds.csv")
    assert set(funds["purpose"]) == {"running"}  # nobody said who pays for building
    assert funds["amount"].sum() == table["running_total"].sum()
    assert "运行费用" in page
    silent = study(
        tmp_path,
        'budgets = {2026 = 10, 2027 = 20}, running = {preset = "day_care", tenure = "owned"}',
        candidates=rooms.drop(columns=["beds", "tenure"]),
    )
    page = (write_outputs(silent, tmp_path / "silent") / "report.html").read_text("utf-8")
    assert "3处点位未给床位数（beds），运行费用未计床位补贴" in page
    assert "运行费用的资金来源尚未指定" in page


def test_gains_are_counted_as_the_report_says(tmp_path):
    def recounted(siting):
        found = study(tmp_path, siting, minutes=(5, 20))
        service = found.project.services[0]
        facts, mode = plan_facts(found, service), mode_of(service, found.project)
        minutes = [
            times_of(found, points.geometry, mode, service.cutoff_min).to_frame().pivot_table(
                index="origin_id", columns="destination_id", values="minutes"
            ).reindex(found.layers.demand.index).fillna(np.inf)
            for points in (found.candidates["day_care"].loc[facts.sites.index], found.facilities("day_care"))
        ]  # fmt: skip
        return facts, minutes[0][facts.sites.index], minutes[1].min(axis=1), found.layers.demand[service.weight]

    facts, new, old, people = recounted('model = "p_median", p = 2')
    assert facts.counted == "nearest"
    fresh = (new.min(axis=1) <= 5) & (old > 5)
    assert facts.sites["newly"].to_dict() == people[fresh].groupby(new[fresh].idxmin(axis=1)).sum().to_dict()
    facts, new, old, people = recounted("p = 3")
    assert facts.counted == "ranked"
    left = old > 5
    for site, gained in facts.sites["newly"].items():
        assert gained == people[left & (new[site] <= 5)].sum()
        left &= new[site] > 5


def test_a_priority_stands_beside_the_equal_count(tmp_path):
    # c2 (west) reaches four new points of three people, c1 (east) three; where the east counts double 2 * 9 > 12
    rule = 'p = 1, priority = {factors = {pop60 = 1}, weak = ["320102001002"], weak_factor = 1}'
    found = study(tmp_path, rule)
    plan = found.plans["day_care"]
    assert (list(plan.sites.index), plan.sites["gain"].sum(), plan.before) == (["c1"], 9, 24)
    assert list(found.unweighted["day_care"].sites.index) == ["c2"]
    out = write_outputs(found, tmp_path / "out")
    table = pd.read_csv(out / "tables" / "priority.csv", dtype={"place_id": str}).set_index("area")
    assert table.loc["all", ["weighted", "unweighted", "difference"]].tolist() == [9, 12, -3]
    assert table.loc["weak", ["weighted", "unweighted"]].tolist() == [9, 0]
    places = table.loc["place"].set_index("place_id")["difference"]
    assert places.to_dict() == {"320102001001": -12, "320102001002": 9}
    page = (out / "report.html").read_text("utf-8")
    assert "优先权重" in page
    assert "按序号逐处累计" in page
    same = study(tmp_path, 'p = 1, priority = {weak = ["320102001002"]}')  # a factor of 0 counts all alike
    assert list(same.plans["day_care"].sites.index) == ["c2"]
    with pytest.raises(TableError, match="nowhere"):
        study(tmp_path, 'p = 1, priority = {weak = ["nowhere"]}')


def test_rejected_candidates_are_listed(tmp_path):
    zone = gpd.GeoDataFrame(
        {"name": ["水源地"]},
        geometry=[shapely.Polygon(np.column_stack(small.degrees([0, 2, 2, 0], [8, 8, 10, 10])))],
        crs=4326,
    )
    zone.to_file(tmp_path / "zones.geojson")
    found = study(tmp_path, "p = 2, spacing_m = 600", 'exclusions = [{path = "zones.geojson", datum = "wgs84"}]')
    write_outputs(found, tmp_path / "out")
    table = pd.read_csv(tmp_path / "out" / "tables" / "rejected_candidates.csv", encoding="utf-8-sig")
    assert table[["candidate_id", "service", "reason"]].to_numpy().tolist() == [
        ["c2", "day_care", "excluded"],
        ["c3", "day_care", "near_existing"],
    ]
    assert table.loc[1, "message"] == "距现有设施 f2 仅 500 米，不足 600 米"
    assert table[["lon_wgs84", "lat_wgs84"]].notna().all(axis=None)


@pytest.mark.parametrize(
    "siting",
    [
        'model = "bclp"',
        "p = 1, spacing_m = 0",
        'p = 1, at_least = {level = "street"}',
        "p = 1, quotas = [{share = 0.5}]",
        'p = 1, priority = {weak = "east"}',
    ],
)
def test_wrong_wishes(tmp_path, siting):
    with pytest.raises(ProjectError) as caught:
        study(tmp_path, siting)
    said = "bclp" if "bclp" in siting else siting.split("= 1, ")[1].split(" =")[0]
    assert said in caught.value.text("zh")
    assert said in caught.value.text("en")


def refused(folder, siting, **tables):
    with pytest.raises(PlannerError) as caught:
        study(folder, siting, **tables)
    assert "{" not in caught.value.text("zh") + caught.value.text("en")
    return caught.value.text("zh").splitlines()


def test_each_id_that_is_not_there_is_named_with_its_key(tmp_path):
    wish = 'p = 1, required = ["c9", "f1"], forbidden = ["x"], closing = ["f7", "c1"]'
    said = refused(tmp_path, wish)
    told = [("closing 所写的 f7", "f"), ("closing 所写的 c1", "f"), ("required 所写的 c9", "c"), ("f1 是现有设施", "")]
    for line, (what, near) in zip(said, [*told, ("forbidden 所写的 x", "c1, c2, c3")], strict=True):
        assert what in line
        assert near in line
        assert "standing/" not in line


def test_a_screened_candidate_may_be_forbidden_but_not_required(tmp_path):
    rooms = small.candidates().assign(area_m2=[400, 40, 400])
    (said,) = refused(tmp_path, 'p = 1, area_min_m2 = 50, required = ["c2"]', candidates=rooms)
    assert "c2" in said
    assert "面积 40 平方米，不足 50 平方米" in said
    assert sites(tmp_path, 'p = 2, area_min_m2 = 50, forbidden = ["c2"]', candidates=rooms) == ["c1", "c3"]


def test_rules_about_places_that_there_are_none_of(tmp_path):
    for rule in ('at_least = {level = "city"}', 'quotas = [{level = "city"}]'):
        (said,) = refused(tmp_path, f"p = 1, {rule}")
        assert "city" in said
        assert rule.split(" =")[0] in said
    (said,) = refused(tmp_path, 'p = 1, quotas = [{level = "community", urban_rural = "urban"}]')
    assert "urban_rural" in said


def test_money_that_pays_for_nothing(tmp_path):
    dear = small.candidates().assign(cost=[30, 20, 40])
    (said,) = refused(tmp_path, "budget = 19", candidates=dear)
    assert "c2 需 20 元" in said
    years = "budgets = {2026 = 12, 2028 = 13}"
    (said,) = refused(tmp_path, years, candidates=dear)
    assert "carry_over" in said  # 25 in all, and 13 at most in one year
    (said,) = refused(tmp_path, "budgets = {2026 = 9, 2028 = 10}, carry_over = true", candidates=dear)
    assert "至多 19 元" in said
    plan = study(tmp_path, f"{years}, carry_over = true, budget = 22", candidates=dear).plans["day_care"]
    assert list(plan.sites.index) == ["c2"]
    assert "2026、2028 年" in plan.summary()
    assert "另有总上限：各年合计至多支出" in plan.summary()
