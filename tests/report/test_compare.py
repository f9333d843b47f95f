"""`planner compare`: two runs of one project side by side."""

import re

import pandas as pd
import pytest
from typer.testing import CliRunner

from planner import Scenario, load_project, run, write_outputs
from planner.cli import app
from planner.errors import TableError
from planner.report.compare import COLUMNS, compare_runs, write_comparison
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
    assert set(found.parameters["key"]) == {"scenario.1", "scenario.2", "scenario.3"}
    assert found.after.label == "建成两处"


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


def test_the_page_asks_for_no_network(folders, tmp_path):
    here, _ = folders
    out = write_comparison(compare_runs(here / "a", here / "b"), tmp_path / "new" / "folder")
    page = (out / "compare.html").read_text(encoding="utf-8")
    assert not re.search(r"""(src|href)\s*=\s*["']?https?:""", page)
    assert "建成两处" in page
    assert "西社区" in page
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
