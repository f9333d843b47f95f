"""`planner compare`: two runs of one project side by side."""

import re
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from typer.testing import CliRunner

from planner import Scenario, load_project, run, write_outputs
from planner.cli import app
from planner.errors import TableError
from planner.project import Siting
from planner.report.compare import COLUMNS, compare_runs, write_comparison
from planner.report.compare_plans import plan_headline, plan_rows, system_rows
from planner.report.compare_wishes import wish_rows
from planner.report.provenance import NOT_WISHES
from planner.report.run_folder import RunFolder
from planner.report.style import Words
from planner.scenario import CloseFacility

from ..small_project import TOML, write


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """Return the folders of a baseline, of one with the plan built and f2 closed, and of another project."""
    here = tmp_path_factory.mktemp("compare")
    project = load_project(write(here, TOML))
    study = run(project)
    built = Scenario.from_plan(study.plans["day_care"], study.candidates["day_care"], service="day_care")
    after = Scenario(*built.edits, CloseFacility(facility_id="f2"), name="建成两处")
    write_outputs(study, here / "a")
    write_outputs(run(project, scenario=after), here / "b")
    (here / "other").mkdir()
    write_outputs(run(load_project(write(here / "other", TOML.replace('"small"', '"large"')))), here / "c")
    return here, study


def test_the_table_says_before_after_and_the_difference(folders):
    here, _ = folders
    found = compare_runs(here / "a", here / "b")
    assert tuple(found.table.columns) == COLUMNS
    for side, folder in (("before", "a"), ("after", "b")):
        told = pd.read_csv(here / folder / "tables" / "coverage_by_place.csv", dtype={"place_id": str})
        both = found.table.merge(told, on=["service", "mode", "place_id", "weight"])
        assert len(both) == len(told) == len(found.table)
        assert (both["covered"] == both[f"covered_{side}"]).all()
    points = 100 * (found.table["share_after"] - found.table["share_before"])
    assert found.table["points"].to_numpy() == pytest.approx(points.to_numpy(), abs=1e-4)
    assert set(zip(found.facilities["facility_id"], found.facilities["side"], strict=True)) == {
        ("f2", "before"),
        *((i, "after") for i in folders[1].plans["day_care"].sites.index),
    }
    assert found.parameters.empty
    assert found.labels == ("现状", "建成两处")
    assert found.before.scenario is None
    assert [e["do"] for e in found.after.scenario["edits"]] == ["add_facility", "add_facility", "close_facility"]


def test_every_output_of_a_scenario_says_so(folders):
    here, _ = folders
    for name in ("report.html", "map.html"):
        told, plain = ((here / side / name).read_text(encoding="utf-8") for side in ("b", "a"))
        assert "（情景：建成两处）" in told
        assert "关闭日间照料中心“二号”（f2）" in told
        assert "情景" not in plain
        assert not re.search(r"CloseFacility|facility_id=", told)


def test_places_that_changed_status_are_named(folders):
    here, _ = folders
    found = compare_runs(here / "a", here / "b")
    for _, row in found.changed.iterrows():
        for side in ("before", "after"):
            share = row[f"share_{side}"]
            assert row[f"status_{side}"] == ("covered" if share >= 0.9 else "partial" if share >= 0.5 else "uncovered")
    assert set(found.local["level"]) == {"community"}
    assert set(found.local["weight"]) == {"pop60"}


def test_a_run_beside_itself_is_the_same(folders):
    here, _ = folders
    found = compare_runs(here / "a", here / "a")
    assert (found.table["points"].fillna(0) == 0).all()
    assert found.changed.empty
    assert found.facilities.empty
    assert found.parameters.empty
    assert found.labels == ("a", "a")


def _side(covered: list[float], costs: list[float], demand: float, **systems: dict) -> RunFolder:
    """Return a run of two years, of which one site is built in each, with its systems."""
    record = {
        "language": "zh",
        "services": {"s": {"name": "助餐点", "weight": "pop60", "demand": demand}},
        "plan": {"s": {"sites": ["c"] * len(costs), "covered_after": covered[-1]}},
        "systems": systems,
    }
    years = pd.DataFrame({"service": "s", "year": [2026, 2027], "covered": covered, "spent": costs, "budget": 400_000})
    sites = pd.DataFrame({"service": "s", "cost": costs})
    none = gpd.GeoDataFrame(geometry=[])
    return RunFolder(
        path=Path(), record=record, coverage=years[:0], sites=sites, phases=years, places=none, facilities=none
    )


def test_plans_stand_beside_each_other_with_money_and_years():
    words = Words("zh")
    sides = _side([400, 500], [100_000, 250_000], 1000), _side([300, 660], [100_000, 300_000], 1200)
    # after both plans 500 of 1,000 and 660 of 1,200, 55 %; money 35 and 40 万元
    assert plan_rows(sides, ["s"], words) == [
        ("助餐点", "新建点位（处）", "2", "2", "0"),
        ("助餐点", "预算合计（万元）", "80.00", "80.00", "0"),
        ("助餐点", "费用合计（万元）", "35.00", "40.00", "+5.00"),
        ("助餐点", "实施后覆盖率", "50.0%（500/1,000人）", "55.0%（660/1,200人）", "+5.0个百分点"),
        ("助餐点", "2026年末覆盖率", "40.0%（400/1,000人）", "25.0%（300/1,200人）", "-15.0个百分点"),
        ("助餐点", "2026年支出（万元）", "10.00", "10.00", "0"),
        ("助餐点", "2027年末覆盖率", "50.0%（500/1,000人）", "55.0%（660/1,200人）", "+5.0个百分点"),
        ("助餐点", "2027年支出（万元）", "25.00", "30.00", "+5.00"),
    ]
    assert plan_headline(sides, "s", words) == (
        "助餐点：实施选址方案后，之前50.0%（500/1,000人），之后55.0%（660/1,200人），变化+5.0个百分点。"
    )


def test_wishes_are_told_where_they_differ():
    one, other = _side([1, 2], [1, 1], 9), _side([1, 2], [1, 1], 9)
    asked = {"standard_min": 15.0, "p": 5, "capacities": True, "required": ["a", "b"]}
    one.record["plan"]["s"] |= {"model": "mclp", "asked": asked}
    years = {"standard_min": 10.0, "required": ["a", "b"], "budgets": {"2026": 400_000.0, "2027": 200_000.0}}
    each = {"milestones": {"2027": 0.8}, "at_least": {"level": "town", "at_least": 2}}
    other.record["plan"]["s"] |= {"model": "mclp", "asked": years | each}
    assert {row[1:] for row in wish_rows((one, other), ["s"], Words("zh"))} == {
        ("标准时间（分钟）", "15", "10"),
        ("新建处数", "5", "—"),
        ("计入容量", "是", "—"),
        ("分年预算（万元）", "—", "2026 40.00、2027 20.00"),
        ("分年覆盖率目标", "—", "2027 80.0%"),
        ("各辖区最少处数", "—", "每个街镇2处"),
    }
    other.record["plan"]["s"] = {"model": "lscp", "asked": asked}
    assert wish_rows((one, other), ["s"], Words("en")) == [("助餐点", "Model", "maximal covering", "set covering")]
    assert wish_rows((one, one), ["s"], Words("zh")) == []


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_wish_has_a_name(language):
    asked = {"model", "standard_min", "p", "budget", "share", "first"} | set(Siting.model_fields) - set(NOT_WISHES)
    assert not [key for key in asked if Words(language).name("wish", key) == key]


def test_systems_stand_beside_each_other():
    one = {"name": "社区用房", "kind": "rooms", "status": "optimal", "rooms": ["a", "b"], "cost": 120_000.0}
    other = one | {"rooms": ["a"], "cost": 90_000.0}
    sides = _side([1, 2], [1, 1], 9, w=one, gone=one), _side([1, 2], [1, 1], 9, w=other)
    assert system_rows(sides, Words("zh")) == [
        ("社区用房", "选用用房（处）", "2", "1", "-1"),
        ("社区用房", "费用（万元）", "12.00", "9.00", "-3.00"),
    ]


def test_the_page_asks_for_no_network(folders, tmp_path):
    here, _ = folders
    out = write_comparison(compare_runs(here / "a", here / "b"), tmp_path / "new" / "folder")
    page = (out / "compare.html").read_text(encoding="utf-8")
    assert not re.search(r"""(src|href)\s*=\s*["']?https?:""", page)
    assert "建成两处" in page
    assert "西社区" in page
    assert "关闭日间照料中心“二号”（f2）" in page
    assert "实施后覆盖率" in page
    assert not re.search(r"scenario\.\d|speed_mps", page)
    assert (out / "compare.csv").read_bytes().startswith(b"\xef\xbb\xbf")


def test_the_command(folders, tmp_path):
    here, _ = folders
    result = CliRunner().invoke(app, ["compare", str(here / "a"), str(here / "b"), "-o", str(tmp_path)])
    assert result.exit_code == 0
    assert (tmp_path / "compare.html").exists()


def test_what_is_no_run_and_what_is_another_project_is_refused(folders, tmp_path):
    here, _ = folders
    with pytest.raises(TableError, match=r"run\.json"):
        compare_runs(tmp_path, here / "a")
    with pytest.raises(TableError, match="large"):
        compare_runs(here / "a", here / "c")
    for name in ("tables/coverage_by_place.csv", "tables/sites.csv", "layers.gpkg"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes((here / "a" / name).read_bytes())
    (tmp_path / "run.json").write_text("{}", encoding="utf-8")
    with pytest.raises(TableError):
        compare_runs(tmp_path, here / "a")
