"""Budgets by year from planner.toml to sites.csv, phases.csv and the report."""

import json
import re
from dataclasses import replace

import networkx as nx
import openpyxl
import pandas as pd
import pytest

from planner import load_project, run, write_outputs
from planner.errors import ProjectError, TableError
from planner.report.blocks import Paragraph, Picture, Table
from planner.report.chapters.calendar import calendar
from planner.report.chapters.scene import Scene
from planner.report.facts import gather
from planner.report.story import tell
from planner.report.style import Words

from .small_project import TOML, candidates, facilities, write

YEARS = """siting = {model = "mclp", budgets = {2026 = 700000, 2027 = 1000000}, unit_cost = "renovation", area_m2 = 300, funds = {"市级福彩公益金" = 0.6, "区级财政" = 0.4}, milestones = {2026 = 0.3, 2027 = 0.99}}"""  # noqa: E501
PHASED = TOML.replace('siting = {model = "mclp", p = 2}', YEARS)


def listed():
    """Return the three candidates: one with a cost, one with an area, one with neither."""
    return candidates().assign(
        cost=[600_000, None, None], area_m2=[None, 200, None],
        责任单位=["甲街道", None, "乙街道"], person=["张三", None, None],
    )  # fmt: skip


@pytest.fixture(scope="module")
def outputs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("years")
    study = run(load_project(write(folder, PHASED, candidates=listed())))
    return study, write_outputs(study, folder / "out")


def test_sites_keep_the_money_of_their_year(outputs):
    study, out = outputs
    sites = pd.read_csv(out / "tables" / "sites.csv").set_index("candidate_id")
    # c2: 200 m2 renovated cost 200 * (2000 * 1.12 * 1.05 + 600) = 590,400; c3: 300 m2 885,600.
    assert dict(sites["cost"]) == {
        k: v for k, v in {"c1": 600_000, "c2": 590_400, "c3": 885_600}.items() if k in sites.index
    }
    spent = sites.groupby("phase")["cost"].sum()
    assert set(spent.index) == {2026, 2027}
    assert spent[2026] <= 700_000
    assert spent[2027] <= 1_000_000
    assert sites["responsible"].dropna().isin(["甲街道", "乙街道"]).all()
    assert study.plans["day_care"].status == "optimal"


def test_phases_csv_is_what_sites_csv_says(outputs):
    _, out = outputs
    phases = pd.read_csv(out / "tables" / "phases.csv").set_index("year")
    sites = pd.read_csv(out / "tables" / "sites.csv")
    for year, row in phases.iterrows():
        of_year = sites[sites["phase"] == year]
        assert (row["spent"], row["sites"], row["gain"]) == (of_year["cost"].sum(), len(of_year), of_year["gain"].sum())
        assert row["share"] == pytest.approx(row["covered"] / row["demand"], abs=1e-6)
    assert not phases["met"].all()  # nobody reaches 99 % with two sites


def reached_by(out):
    """Return from edges and snaps alone: who is within five minutes of each candidate and of each facility."""
    edges, snaps = (pd.read_parquet(out / "tables" / f"{n}.parquet") for n in ("edges", "snaps"))
    streets = nx.Graph()
    for e in edges.itertuples():
        streets.add_edge(e.from_id, e.to_id, length=e.length_m)
    ends = edges.set_index("edge_id")
    for p in snaps.itertuples():
        edge = ends.loc[p.edge_id]
        at = (p.layer, p.point_id)
        streets.add_edge(at, edge["from_id"], length=p.access_m + p.offset_m)
        streets.add_edge(at, edge["to_id"], length=p.access_m + edge["length_m"] - p.offset_m)
    speed = 800 / 15  # metres a minute; who shares an edge with a site lives at its end, so no way is along one edge
    reach = {}
    for layer, i in snaps.loc[snaps["layer"] != "demand", ["layer", "point_id"]].itertuples(index=False):
        near = nx.single_source_dijkstra_path_length(streets, (layer, i), 5 * speed, weight="length")
        reach[i] = sorted(point[1] for point in near if isinstance(point, tuple) and point[0] == "demand")
    return reach


def test_every_number_again_from_the_outputs_alone(outputs):
    """With the tables of a run and nothing of planner: minutes, who is newly covered, years, money and funds."""
    _, out = outputs
    tables = {n: pd.read_csv(out / "tables" / f"{n}.csv") for n in ("sites", "phases", "funds")}
    demand, reach = pd.read_parquet(out / "tables" / "demand.parquet"), reached_by(out)
    people, covered = demand.set_index("demand_id")["pop60"], demand.set_index("demand_id")["day_care_covered"]
    sites = tables["sites"].sort_values("rank")
    total, by_then = people[covered].sum(), {}
    for site in sites.itertuples():
        new = [d for d in reach[site.candidate_id] if not covered[d]]
        assert site.gain == site.newly == people[new].sum()
        covered[new] = True
        total += site.gain
        by_then[site.phase] = total
    budgets = {2026: 700_000, 2027: 1_000_000}
    for year in tables["phases"].itertuples():
        spent = sites.loc[sites["phase"] == year.year, "cost"].sum()
        assert (year.budget, year.spent, year.left) == (budgets[year.year], spent, budgets[year.year] - spent)
        assert (year.covered, year.demand) == (by_then[year.year], people.sum())
        assert year.met == (year.covered / year.demand >= {2026: 0.3, 2027: 0.99}[year.year])
        funds = tables["funds"][tables["funds"]["year"] == year.year].set_index("fund")["amount"]
        assert funds.sum() == spent
        assert funds["市级福彩公益金"] == pytest.approx(0.6 * spent, abs=100)
    parts = sites[["building", "equipment", "other", "reserve"]]
    assert (parts.sum(axis=1) == sites["cost"])[sites["estimated"]].all()
    assert (parts.notna().all(axis=1) == sites["estimated"]).all()


ENDS = """siting = {model = "mclp", p = 2, closing = ["f2"], required = ["c3"]}"""
ROOM = """siting = {model = "mclp", p = 2, closing = ["f2"], capacities = true}"""
NEAREST = """siting = {model = "p_median", p = 2, closing = ["f2"]}"""
BY_YEAR = """siting = {model = "mclp", budgets = {2026 = 5, 2027 = 5}, closing = ["f2"], capacities = true}"""


def with_room(people, reach, open_at, room):
    """Return how many people find room within five minutes: the largest flow, by networkx."""
    flow = nx.DiGraph()
    flow.add_node("end")
    for d, folk in people.items():
        flow.add_edge("start", ("d", d), capacity=int(folk))
    for place in open_at:
        flow.add_edge(place, "end", capacity=room[place])
        for d in reach[place]:
            flow.add_edge(("d", d), place)
    return nx.maximum_flow_value(flow, "start", "end")


@pytest.mark.parametrize("siting", [ENDS, ROOM, BY_YEAR, NEAREST])
def test_closing_and_capacities_are_counted_alike_everywhere(tmp_path, siting):
    """Summary, chapter, table, conclusion, map and run.json say what the tables do, and the tables what flows do."""
    there = {"candidates": candidates().assign(cost=5, capacity=[4, 30, 9])}
    there["facilities"] = facilities().assign(capacity=[8, 20])
    toml = TOML.replace('siting = {model = "mclp", p = 2}', siting)
    toml = toml.replace("cutoff_min = 10", "cutoff_min = 60")  # so that p-median reaches everybody
    out = write_outputs(run(load_project(write(tmp_path, toml, **there))), tmp_path / "out")
    demand, reach = pd.read_parquet(out / "tables" / "demand.parquet"), reached_by(out)
    people = demand.set_index("demand_id")["pop60"]
    sites = pd.read_csv(out / "tables" / "sites.csv").sort_values("rank")
    by_room = siting in (ROOM, BY_YEAR)
    room = {"f1": 8, "f2": 20, "c1": 4, "c2": 30, "c3": 9} if by_room else dict.fromkeys(reach, int(people.sum()))
    open_at, covered = ["f1"], []
    for site in sites["candidate_id"]:
        covered.append(with_room(people, reach, open_at, room))
        open_at.append(site)
    covered.append(with_room(people, reach, open_at, room))
    before, after = covered[0], covered[-1]
    assert sites["newly"].sum() == after - before
    # p-median: who has a new site nearest, most of them beyond five minutes
    assert (sites["newly"] == sites["gain"]).all() or (siting is NEAREST and sites["gain"].sum() > after - before)
    named = sites["communities"].str.findall(r"(\d+)人").map(lambda told: sum(map(int, told)))
    assert (named <= sites["newly"]).all()
    told = json.loads((out / "run.json").read_text(encoding="utf-8"))["plan"]["day_care"]
    today = int(people[demand.set_index("demand_id")["day_care_covered"]].sum())
    assert (told["covered_today"], told["covered_before"], told["covered_after"]) == (today, before, after)
    assert told["asked"]["closing"] == ["f2"]
    assert told["asked"].get("capacities", False) == by_room
    if siting is BY_YEAR:
        phases = pd.read_csv(out / "tables" / "phases.csv")
        assert phases["covered"].tolist()[-1] == after
        assert phases["gain"].sum() == after - before
        assert told["asked"]["budgets"] == {"2026": 5, "2027": 5}
        assert "budget" not in told["asked"]
        assert told["objective_unit"] == "people_summed_over_years"
    page = (out / "report.html").read_text(encoding="utf-8")
    whole, points = int(people.sum()), 100 * (after - before) / people.sum()
    reached = f"（{after}/{whole}人）"
    assert page.count(reached) >= 3  # summary, chapter, conclusion
    assert page.count(f"（{before}/{whole}人）") >= 2 + (not by_room)  # summary, the change, what it starts from
    assert page.count("关闭现有设施1处") == 3
    if by_room:
        assert page.count(f"新建点位服务{after - before}人") == 2
    else:
        assert f"提高{points:.1f}个百分点，新增{after - before}人" in page
    assert "现有设施继续运营的前提下" not in page
    assert ("按容量计" in page) == by_room
    assert reached in (out / "map.html").read_text(encoding="utf-8")


def test_the_report_tells_years_and_funds(outputs):
    _, out = outputs
    page = (out / "report.html").read_text(encoding="utf-8")
    for said in ("年度安排", "资金来源", "市级福彩公益金", "甲街道", "张三", "估算"):
        assert said in page
    run_json = (out / "run.json").read_text(encoding="utf-8")
    assert "siting.renovation.building" in run_json


def test_sentences_have_their_units(outputs):
    study, _ = outputs
    blocks = tell(study, gather(study)).blocks
    text = "\n".join(b.text for b in blocks if isinstance(b, Paragraph))
    spent = study.plans["day_care"].years["spent"]
    assert f"预算合计 170.00 万元，安排 2 处、支出 {spent.sum() / 10_000:,.2f} 万元" in text
    assert re.search(r"资金增加到[\d.]+万元时，可建\d处，覆盖率为", text)
    assert not re.search(r"\d{3},\d{3}(?!人|/)", text)  # no money in yuan
    built = [f"{year}年1处（{money / 10_000:,.2f}万元）" for year, money in spent.items()]
    assert f"投资{spent.sum() / 10_000:,.2f}万元，分年度安排：{'、'.join(built)}。" in text
    assert any(isinstance(b, Picture) and "资金与覆盖率" in b.caption for b in blocks)


def test_what_was_carried_over_adds_up(outputs):
    study, _ = outputs
    facts = gather(study)
    service = facts.services[0]
    kept = service.plan.years
    carried = kept.assign(
        budget=[700_000, 1_000_000], available=[700_000, 1_100_000], spent=[600_000, 1_050_000], left=[100_000, 50_000]
    )
    scene = Scene(study=study, facts=facts, words=Words("zh"))
    heads, total = [], []
    for years in (kept, carried):
        told = [*calendar(scene, replace(service, plan=replace(service.plan, years=years)))]
        table = next(b for b in told if isinstance(b, Table))
        assert all(len(row) == len(table.columns) == len(table.align) == len(table.widths) for row in table.rows)
        heads.append(table.columns[:5])
        total.append(table.rows[-1])
    assert heads[0] == ("年度", "预算", "支出", "结余", "新建（处）")
    assert heads[1] == ("年度", "预算", "可用资金", "支出", "结余")
    assert total[1][:5] == ("合计", "170.00", "", "165.00", "5.00")  # 5.00 万元 are left of all, as after the last year


def test_the_annex_says_no_codes(outputs):
    _, out = outputs
    book = openpyxl.load_workbook(out / "annex.xlsx", read_only=True)
    rows = {name: [*book[name].iter_rows(values_only=True)] for name in ("年度安排", "选址比选", "选址说明单")}
    values = {v for sheet in rows.values() for row in sheet for v in row}
    assert {"是", "否"} & values
    assert not {True, False} & {v for v in values if isinstance(v, bool)}
    assert not {"too_dear", "fewer", "same", "no_regret", "fragile"} & values
    sheet = dict(zip(rows["选址说明单"][0], rows["选址说明单"][1], strict=True))
    assert sheet["每服务一人（元）"] == pytest.approx(sheet["费用（元）"] / sheet["新增覆盖"], abs=0.01)
    assert sheet["其中60岁及以上"] == sheet["新增覆盖"]


@pytest.mark.parametrize(
    "siting",
    [
        '{model = "p_median", p = 2, budgets = {2026 = 1}}',
        "{budgets = {2026 = -1}}",
        "{budgets = {soon = 1}}",
        "{budgets = {2026 = 1}, milestones = {2027 = 0.5}}",
        '{budgets = {2026 = 1}, unit_cost = "palace"}',
        "{p = 1, funds = {a = 0.5}}",
        "{}",
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(tmp_path, siting):
    with pytest.raises(ProjectError):
        load_project(write(tmp_path, TOML.replace('{model = "mclp", p = 2}', siting)))


def test_candidates_without_any_cost_are_named(tmp_path):
    bare = PHASED.replace(", area_m2 = 300", "")
    with pytest.raises(TableError, match="c3"):
        run(load_project(write(tmp_path, bare, candidates=listed())))
