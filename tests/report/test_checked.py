"""A project that is only checked, without people, streets or services, writes what its clerk needs."""

import re
from pathlib import Path

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pytest
import shapely

from planner.errors import ProjectError
from planner.pipeline import run
from planner.project import load_project
from planner.report import write_outputs

from ..small_project import CRS, N, degrees, places
from .test_webmap import CHROMIUM, _browser, _data

TOML = """
[project]
name = "borders"
title = "甲区界线检查"
crs = "EPSG:4549"
date = 2026-01-01
[places]
path = "places.geojson"
datum = "wgs84"
[borders]
lines = {path = "lines.xlsx", datum = "wgs84"}
"""
CODE = "320102001001320102001002"


def project(folder: Path, toml: str = TOML) -> Path:
    """Write two communities, the western one a block too wide, and a register with their common line as WKT."""
    held = places()
    west = np.column_stack(degrees([-0.5, 6.5, 6.5, -0.5], [-0.5, -0.5, N - 0.5, N - 0.5]))
    held.loc[1, "geometry"] = shapely.Polygon(west)
    held.to_file(folder / "places.geojson")
    line = shapely.LineString(np.column_stack(degrees([5.5, 5.5], [-0.5, N - 0.5])))
    row = {"界线编号": [CODE], "名称": ["西东线"], "两侧单位": ["320102001001;320102001002"]}
    row |= {"last_joint_inspection": ["2019-06-30"], "WKT": [line.wkt]}
    pd.DataFrame(row).to_excel(folder / "lines.xlsx", index=False)
    (folder / "planner.toml").write_text(toml, encoding="utf-8")
    return folder / "planner.toml"


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("checked")
    return write_outputs(run(load_project(project(folder)), until="check"), folder / "out")


def map_of(out: Path) -> dict:
    return _data((out / "map.html").read_text(encoding="utf-8"))


def test_the_map_shows_all_places_and_lists_every_finding_the_worst_first(checked: Path):
    data = map_of(checked)
    table = pd.read_csv(checked / "tables/findings.csv", encoding="utf-8-sig")
    assert (data["measured"], data["services"]) == (False, [])
    assert [f[3] for f in data["findings"]] == list(table["code"])
    ranks = [("error", "warning", "info").index(f[2]) for f in data["findings"]]
    assert ranks == sorted(ranks)
    overlap = next(f for f in data["findings"] if f[3] == "BC-02")
    # the strip that both have is between columns 5.5 and 6.5
    west, east = degrees([5.5, 6.5], [0, 0])[0]
    assert west < overlap[1] < east
    (south, left), (north, right) = data["bounds"]
    lon, lat = degrees([-0.5, N - 0.5], [-0.5, N - 0.5])
    assert left < lon[0] < lon[1] < right
    assert south < lat[0] < lat[1] < north
    assert right - left < 1.2 * (lon[1] - lon[0])


def test_lines_of_a_register_are_read_from_wkt_and_drawn_only_where_they_are_open(checked: Path, tmp_path: Path):
    assert map_of(checked)["lines"] == ""
    found = pd.read_csv(checked / "tables/findings.csv", encoding="utf-8-sig")
    assert found.loc[found["layer"] == "lines", "lon_wgs84"].isna().all()
    study = run(load_project(project(tmp_path, TOML.replace("[borders]", "[borders]\nsecret = false"))), until="check")
    line = study.layers.borders["lines"].geometry.iloc[0]
    assert line.length == pytest.approx(100 * N, rel=1e-6)  # from half a block before the first row to half behind
    assert map_of(write_outputs(study, tmp_path / "out"))["lines"]


def test_the_report_tells_of_checks_and_lines_and_not_of_siting(checked: Path):
    page = (checked / "report.html").read_text(encoding="utf-8")
    assert "数据检查报告" in page
    assert "设施覆盖评估与选址报告" not in page
    # inspected in June 2019, due in June 2024
    assert "登记界线1条。按联检周期推算，逾期未检（含无联检记录）1条" in page
    assert "2024-06-30" in page
    tables = re.findall(r"<table.*?</table>", page, re.DOTALL)
    assert all(len(re.findall("<tr", table)) > 1 for table in tables)


def test_no_sheet_of_the_annex_is_empty_and_findings_keep_their_columns(checked: Path):
    book = openpyxl.load_workbook(checked / "annex.xlsx")
    assert all(sheet.max_row > 1 for sheet in book)
    assert "界线联检任务表" in book.sheetnames
    assert "建议点位" not in book.sheetnames
    assert "accepted" in gpd.read_file(checked / "layers.gpkg", layer="findings").columns


def test_points_that_nothing_holds_still_have_a_map(tmp_path: Path):
    lon, lat = degrees([3], [4])
    pd.DataFrame({"name_id": ["n1"], "name": ["胜利路"], "kind": ["street"], "lon": lon, "lat": lat}).to_csv(
        tmp_path / "n.csv"
    )
    names = '[names]\npath = "n.csv"\ndatum = "wgs84"\n'
    (tmp_path / "planner.toml").write_text(TOML.split("[places]", maxsplit=1)[0] + names, encoding="utf-8")
    study = run(load_project(tmp_path / "planner.toml"), until="check")
    (south, west), (north, east) = map_of(write_outputs(study, tmp_path / "out"))["bounds"]
    assert west < lon[0] < east
    assert south < lat[0] < north
    assert str(study.layers.names.crs) == CRS


def test_what_is_accepted_must_be_a_check_and_is_told_where_nothing_matches(tmp_path: Path):
    word = '[[accept]]\ncode = "{}"\nfeature_id = "x"\nreason = "已核"\ndate = 2026-01-01\n'
    with pytest.raises(ProjectError, match="PN-77"):
        run(load_project(project(tmp_path, TOML + word.format("PN-77"))), until="check")
    study = run(load_project(project(tmp_path, TOML + word.format("BC-02"))), until="check")
    assert study.unmatched == ("BC-02 x",)
    assert "BC-02 x" in (write_outputs(study, tmp_path / "out") / "report.html").read_text(encoding="utf-8")


@pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine")
def test_a_browser_lists_what_was_found(checked: Path):
    shown = _browser(checked / "map.html", "--dump-dom")
    listed = re.search(r'<details class="findings.*?</details>', shown, re.DOTALL)[0]
    placed = [f for f in map_of(checked)["findings"] if f[0] is not None]
    assert listed.count("<button") == len(placed) > 0
