"""Registers as bureaus have them: titles, totals, notes, codes and coordinates of every shape, each with its word."""

import openpyxl
import pytest

from planner.errors import TableError
from planner.layers.conform import Layer, conform
from planner.layers.leftovers import read_sexagesimal
from planner.layers.read import read_frame
from planner.tables import FACILITIES

HEADER = ["序号", "设施编号", "名称", "所属社区代码", "经度", "纬度", "床位", "启用日期", "联系电话"]
ONE = [1, "YL001", "甲社区日间照料中心", "320102001001", 118.797, 32.06, 20, "2019年5月1日", 13900000001.0]
TWO = [2, "YL002", "乙社区日间照料中心", 320102001002.0, "118.80", "32.07", "30", 43586, None]
NOTHING = [None] * 9


def register(folder, *rows):
    """Write a workbook and read it as facilities."""
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.save(folder / "登记表.xlsx")
    said = Layer(path=folder / "登记表.xlsx", datum="wgs84", columns={}, crs="EPSG:4549", given={"service": "day_care"})
    return conform(read_frame(said.path), FACILITIES, said)


def changed(row, **cells):
    return [cells.get(name, cell) for name, cell in zip(HEADER, row, strict=True)]


def test_a_clean_one_is_read_whatever_its_cells_are(tmp_path):
    table = register(tmp_path, [" ".join(h) for h in HEADER], ONE, TWO, NOTHING)
    assert list(table.index) == ["YL001", "YL002"]
    assert list(table["place_id"]) == ["320102001001", "320102001002"]
    # day 43586 of Excel is 2019-05-01
    assert list(table["opened"].astype(str)) == ["2019-05-01"] * 2
    assert list(table["beds"]) == [20.0, 30.0]


TITLE = ["某区养老服务设施登记表", *[None] * 8]
DIRTY = {
    "a title and a line below it": ([TITLE, ["填报单位:某区民政局", *[None] * 8], HEADER, ONE], "表头像是不在第 1 行"),
    "a header of two lines": (
        [
            ["序号", "设施编号", "名称", "所属社区代码", "坐标", None, "床位", "启用日期", "电话"],
            [None, None, None, None, "经度", "纬度", None, None, None],
            ONE,
        ],
        "表头占了两行",
    ),
    "the header once more": ([HEADER, ONE, HEADER, TWO], "第 3 行又是一遍表头"),
    "a total": ([HEADER, ONE, TWO, ["合 计", *[None] * 5, 50, None, None]], "第 4 行是合计行"),
    "a total under the names": (
        [HEADER, ONE, TWO, [None, None, "总计:", *[None] * 3, 50, None, None]],
        "第 4 行是合计行",
    ),
    "empty lines": ([HEADER, ONE, NOTHING, TWO], "第 3 行是空行"),
    "a note": ([HEADER, ONE, ["注:数据截至2025年12月31日", *[None] * 8]], "第 3 行像是表下的说明"),
    "signatures": ([HEADER, ONE, ["填表人:甲", None, "审核人:乙", *[None] * 6]], "第 3 行像是表下的说明"),
    "codes as decimals": ([HEADER, changed(ONE, 所属社区代码="320102001001.0")], "的编号成了小数"),
    "swapped": ([HEADER, changed(ONE, 经度=32.06, 纬度=118.797)], "请对调两列"),
    "no coordinates but zeros": ([HEADER, ONE, changed(TWO, 经度=0, 纬度=0)], "第 3 行没有坐标"),
    "one cell for both": (
        [["编号", "名称", "经纬度"], ["a", "甲", "118.797,32.06"], ["b", "乙", "(118.80,32.07)"]],
        "请拆成“经度”“纬度”两列",
    ),
}


@pytest.mark.parametrize("case", DIRTY)
def test_what_is_no_record_is_said_with_what_to_do(tmp_path, case):
    rows, said = DIRTY[case]
    with pytest.raises(TableError) as caught:
        register(tmp_path, *rows)
    assert said in str(caught.value)


def test_what_is_wrong_with_the_records_is_said_at_once_and_by_their_rows(tmp_path):
    with pytest.raises(TableError) as caught:
        register(tmp_path, HEADER, ONE, NOTHING, changed(TWO, 床位="二十张"), ["合计", *[None] * 8])
    said = str(caught.value).splitlines()
    assert len(said) == 3
    assert all(part in " ".join(said) for part in ("第 3 行是空行", "第 5 行是合计行", "第 4 行,列 床位(beds)"))


@pytest.mark.parametrize(
    ("text", "degrees"),
    [
        ("118°47′49″", 118 + 47 / 60 + 49 / 3600),
        ("东经118度47分49秒", 118 + 47 / 60 + 49 / 3600),
        ("118°47.82′", 118.797),
        ("118.797E", 118.797),
        ("N32°3'36\"", 32.06),
        ("W0°30′", -0.5),
        ("118°75′", None),
        ("118 47", None),
        ("118°47", None),
        ("不详", None),
    ],
)
def test_degrees_minutes_and_seconds(text, degrees):
    assert read_sexagesimal(text) == (None if degrees is None else pytest.approx(degrees, abs=1e-9))


def merged(folder, cells, *rows):
    """Write a workbook with merged cells and read it as facilities, with what was assumed."""
    book, told = openpyxl.Workbook(), []
    for row in rows:
        book.active.append(row)
    book.active.merge_cells(cells)
    book.save(folder / "登记表.xlsx")
    said = Layer(path=folder / "登记表.xlsx", datum="wgs84", columns={}, crs="EPSG:4549", given={"service": "day_care"})
    return conform(read_frame(said.path), FACILITIES, said, assumed=told.append), told


def test_a_code_merged_down_is_that_of_every_row_and_is_told(tmp_path):
    three = changed(ONE, 设施编号="YL003", 序号=3, 所属社区代码="320102001009")
    table, told = merged(tmp_path, "D2:D3", HEADER, ONE, TWO, three)
    assert list(table["place_id"]) == ["320102001001", "320102001001", "320102001009"]
    assert [(one.how, one.n, one.rows) for one in told if one.how == "merged"] == [("merged", 1, "3")]


def test_a_number_merged_down_is_refused_for_it_may_be_a_sum(tmp_path):
    with pytest.raises(TableError, match=r"床位\(beds\) 有向下合并的单元格.*第 3 行"):
        merged(tmp_path, "G2:G3", HEADER, ONE, TWO)


def test_cells_merged_across_and_in_the_header_change_nothing(tmp_path):
    for cells in ("H2:I2", "A1:A2"):
        assert merged(tmp_path, cells, HEADER, ONE, TWO)[1] == []


def test_text_that_begins_like_a_geometry_and_is_none_is_named(tmp_path):
    header = [*HEADER[:4], "图形"]
    with pytest.raises(TableError, match=r"图形.*POINT"):
        register(tmp_path, header, [*ONE[:4], "POINT (118.797"], [*TWO[:4], "POINT (118.8 32.07)"])
    table = register(tmp_path, header, [*ONE[:4], "POINT (118.797 32.06)"], [*TWO[:4], "POINT (118.8 32.07)"])
    apart = table.geometry.iloc[0].distance(table.geometry.iloc[1])
    assert apart == pytest.approx(1144.49, rel=3e-4)  # the geodesic by pyproj's Geod; the plane is 1.6e-4 longer here
