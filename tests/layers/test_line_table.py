"""A table of lines as planners have it: what it means, and what is said of a bad one."""

import numpy as np
import pandas as pd
import pytest

from planner.errors import MissingFileError, TableError
from planner.layers import read_transit
from planner.layers.conform import Layer
from planner.layers.line_table import read_clock
from tests.small_project import CRS, degrees
from tests.toy_city import BLOCK_M

ON = pd.Timestamp("2026-01-05").date()


def table(**changes):
    """Return line 1 over three stops two blocks apart, both ways, and line 2 one way."""
    lon, lat = degrees([0, 2, 4, 0, 0], [0, 0, 0, 1, 3])
    rows = {
        "线路": ["1路", "1路", "1路", "2号线", "2号线"],
        "方向": ["", "", "", "上行", "上行"],
        "类型": ["", "", "", "地铁", "地铁"],
        "站序": [1, 2, 3, 1, 2],
        "站名": ["甲", "乙", "丙", "丁", "戊"],
        "经度": lon,
        "纬度": lat,
        "首班": ["6:30", "", "", "23:00", "23:00"],
        "末班": ["07:00", "", "", "00:30", "00:30"],
        "发车间隔(分钟)": ["10", "", "", "30", "30"],
        "到下一站(分钟)": ["3", "2.5", "", "", ""],
    }
    return pd.DataFrame(rows | changes)


def read(tmp_path, frame=None, *, name="lines.csv", datum="wgs84"):
    file = tmp_path / name
    (table() if frame is None else frame).to_csv(file, index=False, encoding="utf-8-sig")
    return read_transit([Layer(path=file, datum=datum, columns={}, crs=CRS)], on=ON)


def test_a_line_without_direction_runs_back_the_same_way(tmp_path):
    found = read(tmp_path)
    names = found.stops["name"].to_numpy()
    called = [[names[s] for s in found.pattern(p).stops] for p in range(len(found.line))]
    assert list(zip(found.line, called, strict=True)) == [
        ("1路", ["甲", "乙", "丙"]),
        ("1路", ["丙", "乙", "甲"]),
        ("2号线", ["丁", "戊"]),
    ]
    there, back = found.pattern(0), found.pattern(1)
    # 6:30, 6:40, 6:50 and 7:00 itself; 3 then 2.5 minutes there, 2.5 then 3 back
    assert there.depart[:, 0].tolist() == [390, 400, 410, 420]
    assert there.arrive[0].tolist() == [390, 393, 395.5]
    assert back.arrive[0].tolist() == [390, 392.5, 395.5]
    assert found.headway_min.tolist() == [10, 10, 30]


def test_after_midnight_and_by_the_usual_speed(tmp_path):
    metro = read(tmp_path).pattern(2)
    assert metro.depart[:, 0].tolist() == [1380, 1410, 1440, 1470]  # 23:00 to 00:30 of the next day
    # 200 m x 1.2 at 9.2 m/s (presets: transit, metro); the project CRS keeps lengths to a millimetre here
    assert metro.arrive[0, 1] - metro.arrive[0, 0] == pytest.approx(2 * BLOCK_M * 1.2 / 9.2 / 60, rel=1e-3)


def test_a_speed_of_the_table_comes_before_the_usual_one(tmp_path):
    slow = read(tmp_path, table(时速=["", "", "", "12", ""])).pattern(2)
    assert slow.arrive[0, 1] - slow.arrive[0, 0] == pytest.approx(0.2 * 1.2 / 12 * 60, rel=1e-3)


def test_stops_of_one_name_and_place_are_one(tmp_path):
    lon, lat = degrees([0, 2, 4, 2, 9], [0, 0, 0, 0, 0])
    found = read(tmp_path, table(站名=["甲", "乙", "丙", "乙", "甲"], 经度=lon, 纬度=lat))
    assert sorted(found.stops["name"]) == ["丙", "乙", "甲", "甲"]  # 乙 is shared; the two 甲 lie far apart


def test_a_workbook_reads_as_the_csv(tmp_path):
    file = tmp_path / "lines.xlsx"
    table().to_excel(file, index=False)
    found = read_transit([Layer(path=file, datum="wgs84", columns={}, crs=CRS)], on=ON)
    np.testing.assert_array_equal(found.arrive, read(tmp_path).arrive)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"首班": ["6点半", "", "", "23:00", "23:00"]}, "6点半"),
        ({"首班": ["", "", "", "23:00", "23:00"]}, "1路.*first"),
        ({"首班": ["6:30", "6:40", "", "23:00", "23:00"]}, "1路.*first"),
        ({"发车间隔(分钟)": ["", "", "", "30", "30"]}, "1路.*headway_min"),
        ({"发车间隔(分钟)": ["0", "", "", "30", "30"]}, "1路.*headway_min"),
        ({"发车间隔(分钟)": ["十", "", "", "30", "30"]}, "十"),
        ({"站序": [1, 2, 2, 1, 2]}, "1路.*order"),
        ({"站序": [1, "", 2, 1, 2]}, "1路.*order"),
        ({"线路": ["1路", "1路", "1路", "2号线", "3号线"]}, "2号线.*stop"),
        ({"类型": ["公交", "飞机", "", "", ""]}, "飞机"),
        ({"到下一站(分钟)": ["-3", "", "", "", ""]}, "-3"),
    ],
)
def test_what_cannot_run_is_said_with_line_and_column(tmp_path, changes, says):
    with pytest.raises(TableError, match=says):
        read(tmp_path, table(**changes))


def test_missing_things_are_named(tmp_path):
    with pytest.raises(TableError, match="headway_min"):
        read(tmp_path, table().drop(columns="发车间隔(分钟)"))
    with pytest.raises(TableError, match="datum"):
        read(tmp_path, datum=None)
    with pytest.raises(MissingFileError, match=r"none\.csv"):
        read_transit([Layer(path=tmp_path / "none.csv", datum="wgs84", columns={}, crs=CRS)], on=ON)
    both = [Layer(path=tmp_path / n, datum="wgs84", columns={}, crs=CRS) for n in ("lines.csv", "feed.zip")]
    with pytest.raises(TableError, match="transit"):
        read_transit(both, on=ON)


def test_clocks_as_people_write_them():
    assert [read_clock(t) for t in ("6:30", "06:30:30", "6：30", "24:10")] == [390, 390.5, 390, 1450]
    assert all(np.isnan(read_clock(t)) for t in ("", "6", "6:60", "六点", None))
