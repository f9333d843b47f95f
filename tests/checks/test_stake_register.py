"""A register of stakes as a county keeps it: numbered along its line, dates in five writings, units in cells."""

import geopandas as gpd
import numpy as np
import openpyxl
import pytest
import shapely
from pyproj import Transformer

from planner import load_project, run, write_outputs
from planner.layers import datums

CRS = "EPSG:4549"
LINE = shapely.LineString([(500_000, 3_570_000), (501_500, 3_560_000), (500_000, 3_550_000)])
HEADER = ["序号", "界桩编号", "所属界线", "经度", "纬度", "桩况", "方位物", "巡查日期", "照片"]
DATES = ("2025-9-1", "2025/09/01", "2025年9月1日", "20250901", "2025年9月")
DEGREES = Transformer.from_crs(CRS, 4490, always_xy=True)
PROJECT = """
[project]
name = "jiezhuang"
title = "界桩检查"
crs = "EPSG:4549"
date = 2026-01-01
[borders.lines]
path = "lines.geojson"
datum = "wgs84"
[borders.stakes]
path = "登记表.xlsx"
datum = "cgcs2000"
"""


def register(n=20, shift=lambda lon, lat: (lon, lat)):
    """Return n rows of stakes on the line, evenly from north to south."""
    at = [LINE.interpolate((i + 0.5) / n, normalized=True) for i in range(n)]
    lon, lat = shift(*DEGREES.transform(np.array([p.x for p in at]), np.array([p.y for p in at])))
    return [[i + 1, f"{i + 1}号", "甲乙线", lon[i], lat[i], "完好", "3个", DATES[i % 5], "2张"] for i in range(n)]


def checked(folder, rows):
    """Write the project and return its findings by code."""
    frame = {"line_id": ["320106320111"], "units": ["320106;320111"], "name": ["甲乙线"]}
    gpd.GeoDataFrame(frame, geometry=[LINE], crs=CRS).to_crs(4326).to_file(folder / "lines.geojson", engine="pyogrio")
    book = openpyxl.Workbook()
    for row in [HEADER, *rows]:
        book.active.append(row)
    book.save(folder / "登记表.xlsx")
    (folder / "planner.toml").write_text(PROJECT, encoding="utf-8")
    found = run(load_project(folder / "planner.toml"), until="check").findings
    return dict(list(found.groupby("code")))


def test_a_sound_register_in_local_writing_is_understood_and_told_once(tmp_path):
    found = checked(tmp_path, register())
    assert {code: len(group) for code, group in found.items()} == {"BC-20": 1, "FA-07": 2}
    assert "甲乙线(320106320111)有 20 根界桩只编了沿线序号（如 甲乙线 1号）" in found["BC-20"]["message_zh"].iloc[0]
    said = " ".join(found["FA-07"]["message_zh"])
    assert "20 格写了单位" in said
    assert "4 格只写到月" in said  # every fifth of twenty
    assert "“2025年9月”读作 2025-09-01" in said


def test_each_fault_is_told_with_the_stake_and_its_line(tmp_path):
    rows = register()
    rows[4][1] = "4号"  # instead of 5号
    rows[7][5], rows[8][5] = "倾斜", "缺失"
    rows[9][6], rows[10][8] = "1个", "无"
    rows[11][7] = "2023年5月"
    rows[12][3] += 0.0005  # some 47 m east
    found = checked(tmp_path, rows)
    told = {code: sorted(g["feature_id"]) for code, g in found.items() if code not in ("FA-07", "BC-20")}
    assert told == {
        "BC-21": ["甲乙线 4号"],
        "BC-22": ["320106320111"],
        "BC-25": ["甲乙线 13号"],
        "BC-28": ["甲乙线 8号", "甲乙线 9号"],
        "BC-30": ["甲乙线 10号", "甲乙线 11号"],
        "BC-31": ["甲乙线 12号"],
    }
    assert "缺序号 005" in found["BC-22"]["message_zh"].iloc[0]


@pytest.mark.parametrize(
    ("shift", "said"), [(datums.wgs84_to_gcj02, "GCJ-02（火星坐标）"), (datums.wgs84_to_bd09, "BD-09（百度坐标）")]
)
def test_stakes_that_all_lean_by_a_datum_are_told_once_and_which_one(tmp_path, shift, said):
    found = checked(tmp_path, register(shift=shift))["BC-25"]
    assert len(found) == 1
    assert said in found["message_zh"].iloc[0]
    assert "20 根单立桩中有 20 根" in found["message_zh"].iloc[0]


def test_a_common_lean_within_the_tolerance_is_none_and_one_of_300_m_names_no_map_datum(tmp_path):
    step = 1 / (111_320 * np.cos(np.radians(32.2)))  # degrees a metre east, at the line
    assert "BC-25" not in checked(tmp_path, register(shift=lambda lon, lat: (lon + 2 * step, lat)))
    found = checked(tmp_path, register(shift=lambda lon, lat: (lon + 300 * step, lat)))["BC-25"]
    assert len(found) == 1
    assert "1980 西安" in found["message_zh"].iloc[0]


def test_coordinates_in_minutes_and_seconds_are_read_and_not_quoted(tmp_path):
    rows = register()
    for row in rows:
        row[3:5] = (_sexagesimal(value) for value in row[3:5])
    found = checked(tmp_path, rows)
    assert "BC-25" not in found
    said = [text for text in found["FA-07"]["message_zh"] if "度分秒" in text]
    assert len(said) == 2
    assert not any("°" in text for text in said)


def test_a_project_that_is_only_checked_writes_its_report_without_stakes_and_its_table(tmp_path):
    checked(tmp_path, register(shift=datums.wgs84_to_gcj02))
    write_outputs(run(load_project(tmp_path / "planner.toml"), until="check"), tmp_path / "out")
    assert "甲乙线 1号" not in (tmp_path / "out/report.html").read_text(encoding="utf-8")
    table = (tmp_path / "out/tables/findings.csv").read_text(encoding="utf-8-sig")
    assert "GCJ-02（火星坐标）" in table
    assert (tmp_path / "out/tables/facilities_moving.csv").is_file()


def _sexagesimal(degrees):
    minutes = (degrees % 1) * 60
    return f"{int(degrees)}°{int(minutes):02d}′{(minutes % 1) * 60:06.3f}″"
