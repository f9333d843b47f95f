"""What people type into cells: what is unmistakable is read and told, what is not stays an error."""

from pathlib import Path

import pandas as pd
import pytest

from planner.errors import TableError
from planner.layers.cells import read_cells
from planner.layers.conform import Layer, conform
from planner.tables import FACILITIES, LINES, NAMES, PLACES, STAKES, Column

COLUMNS = {c.name: c for table in (NAMES, LINES, STAKES, FACILITIES) for c in table.columns}
COLUMNS["lon"] = Column("lon", "number")


def read(column, text):
    cells = read_cells(COLUMNS[column], pd.Series([text]))
    value = cells.read.iloc[0]
    shown = None if pd.isna(value) else value.date().isoformat() if isinstance(value, pd.Timestamp) else value
    return ("bad" if cells.bad.iloc[0] else shown), cells.assumed.iloc[0]


@pytest.mark.parametrize(
    ("column", "text", "value", "how"),
    [
        ("beds", "20", 20.0, ""),
        ("beds", "20张", 20.0, "unit"),
        ("beds", "20 张", 20.0, "unit"),
        ("capacity", "120人/日", 120.0, "unit"),
        ("area_m2", "1,200㎡", 1200.0, "unit"),
        ("area_m2", "3亩", 2000.0, "unit"),  # 15 mu are a hectare
        ("length_m", "1.5公里", 1500.0, "unit"),
        ("map_scale", "1:10000", 10_000.0, "unit"),
        ("map_scale", "1:5万", 50_000.0, "unit"),
        ("opened", "2019年5月1号", "2019-05-01", ""),
        ("opened", "20190501", "2019-05-01", ""),
        ("opened", "2019年5月", "2019-05-01", "month"),
        ("opened", "2019-05", "2019-05-01", "month"),
        ("opened", "2019.5", "2019-05-01", "month"),
        ("opened", "2019年", "2019-01-01", "year"),
        ("closed", "2019年2月", "2019-02-28", "month"),
        ("closed", "2019年12月", "2019-12-31", "month"),
        ("closed", "2019", "2019-12-31", "year"),
        ("closed", "无", None, "blank"),
        ("beds", "—", None, "blank"),
        ("photo", "2张", "yes", ""),
        ("photo", "0", "no", ""),
        ("photo", "无", "no", ""),
        ("state", "缺失", "lost", ""),
        ("lon", "118°47′49″", 118 + 47 / 60 + 49 / 3600, "degrees"),
        ("lon", "118º47'49.0\"E", 118 + 47 / 60 + 49 / 3600, "degrees"),
        ("lon", "东经118度47分49秒", 118 + 47 / 60 + 49 / 3600, "degrees"),
    ],
)
def test_what_is_unmistakable_is_read(column, text, value, how):
    assert read(column, text) == (value if not isinstance(value, float) else pytest.approx(value, rel=1e-12), how)


@pytest.mark.parametrize(
    ("column", "text"),
    [
        ("beds", "20平方米"),  # the unit of another column
        ("beds", "约20张"),
        ("beds", "20-30张"),
        ("beds", "二十张"),
        ("beds", "无"),  # none, or not known
        ("beds", "-5张"),
        ("opened", "2019.1"),  # January, or October whose zero Excel dropped
        ("opened", "2019年13月"),
        ("opened", "19年5月"),
        ("opened", "20191301"),
        ("opened", "2019年上半年"),
        ("lon", "118°75′"),
        ("lon", "118 47"),
        ("state", "有点歪"),
    ],
)
def test_what_may_mean_two_things_stays_an_error(column, text):
    assert read(column, text) == ("bad", "")


def test_what_was_assumed_is_told_by_column_with_rows_and_an_example():
    frame = pd.DataFrame({"编号": list("abc"), "名称": list("甲乙丙"), "经度": ["118.8", "118.8", "118.9"]})
    frame = frame.assign(
        纬度=["32", "32.1", "32.1"], 床位=["20张", "30", "40张"], 启用日期=["2019年5月", "", "2020-01-01"]
    )
    said = []
    layer = Layer(path=Path("养老.csv"), datum="wgs84", columns={}, crs="EPSG:4549", given={"service": "day_care"})
    found = conform(frame, FACILITIES, layer, assumed=said.append)
    assert list(found["beds"]) == [20.0, 30.0, 40.0]
    told = {(one.column, one.how): (one.n, one.rows, one.text, one.read) for one in said}
    assert told == {
        ("床位(beds)", "unit"): (2, "2, 4", "20张", "20"),
        ("启用日期(opened)", "month"): (1, "2", "2019年5月", "2019-05-01"),
    }


def test_what_has_no_name_goes_by_its_id_and_that_is_told():
    frame = pd.DataFrame({"代码": ["320102", "320104"], "名称": ["玄武区", ""], "级别": ["county"] * 2})
    said = []
    layer = Layer(path=Path("区划.csv"), datum=None, columns={}, crs="EPSG:4549")
    assert list(conform(frame, PLACES, layer, assumed=said.append)["name"]) == ["玄武区", "320104"]
    assert [(one.column, one.how, one.rows, one.read) for one in said] == [("名称(name)", "nameless", "3", "320104")]


def test_an_error_beside_an_assumption_is_still_one_error():
    frame = pd.DataFrame({"编号": ["a", "b"], "经度": ["118.8"] * 2, "纬度": ["32"] * 2, "床位": ["20张", "若干"]})
    layer = Layer(path=Path("x.csv"), datum="wgs84", columns={}, crs="EPSG:4549", given={"service": "s"})
    with pytest.raises(TableError) as caught:
        conform(frame.assign(名称="甲"), FACILITIES, layer)
    assert len(caught.value.faults) == 1
    assert "第 3 行" in str(caught.value)
