"""Budgets by year from planner.toml to sites.csv, phases.csv and the report."""

import pandas as pd
import pytest

from planner import load_project, run, write_outputs
from planner.errors import ProjectError, TableError

from .small_project import TOML, candidates, write

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


def test_the_report_tells_years_and_funds(outputs):
    _, out = outputs
    page = (out / "report.html").read_text(encoding="utf-8")
    for said in ("年度安排", "资金来源", "市级福彩公益金", "甲街道", "张三", "估算"):
        assert said in page
    run_json = (out / "run.json").read_text(encoding="utf-8")
    assert "siting.renovation.building" in run_json


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
