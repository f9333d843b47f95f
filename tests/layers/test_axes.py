"""Coordinates in another system than declared: which one, told by where the other layers are."""

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pytest
import shapely
from pyproj import Transformer

from planner.errors import TableError
from planner.layers.axes import meant
from planner.layers.conform import Layer, conform
from planner.layers.read import read_frame
from planner.tables import PLACES, STAKES

CRS = "EPSG:4549"
SUZHOU = (520_000.0, 3_440_000.0, 580_000.0, 3_490_000.0)  # around 555695.36, 3464272.78 (domain research §2.1)
NEAR = np.random.default_rng(0).uniform(SUZHOU[:2], SUZHOU[2:], (20, 2))


def in_system(code):
    """The points of NEAR as another system writes them, by pyproj."""
    return np.column_stack(Transformer.from_crs(CRS, code, always_xy=True).transform(*NEAR.T))


# the 6-degree zone 21 (meridian 123, EPSG:4499) and the 3-degree zone of 123 east differ by the prefix alone
@pytest.mark.parametrize("code", ["EPSG:4490", "EPSG:4528", "EPSG:4527", "EPSG:4499", "EPSG:4549", "EPSG:4548"])
@pytest.mark.parametrize("swapped", [False, True])
def test_the_system_is_the_one_in_which_they_lie_where_the_others_are(code, swapped):
    x, y = in_system(code).T[:: -1 if swapped else 1]
    found = meant(x, y, near=SUZHOU, crs=CRS)
    assert (found.code, found.swapped) == (code, swapped)


def test_numbers_that_fit_nowhere_are_left_alone():
    assert meant(NEAR[:, 0] + 4e5, NEAR[:, 1], near=SUZHOU, crs=CRS) is None
    assert meant(np.array([5.0]), np.array([5.0]), near=SUZHOU, crs=CRS) is None


def write(path, xy):
    """Write a register of stakes as csv or xlsx."""
    frame = pd.DataFrame(
        {"序号": range(len(xy)), "界桩编号": [f"{i}号" for i in range(len(xy))], "x": xy.T[0], "y": xy.T[1]}
    )
    if path.suffix == ".csv":
        frame.to_csv(path, index=False, encoding="gb18030")
        return
    book = openpyxl.Workbook()
    for row in [list(frame.columns), *frame.to_numpy(dtype=object).tolist()]:
        book.active.append(row)
    book.save(path)


def refusal(path, datum):
    with pytest.raises(TableError) as caught:
        conform(read_frame(path), STAKES, Layer(path=path, datum=datum, columns={}, crs=CRS, near=SUZHOU))
    return str(caught.value)


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_a_register_in_another_zone_is_refused_with_the_right_one(tmp_path, suffix):
    path = tmp_path / f"界桩{suffix}"
    write(path, in_system("EPSG:4548"))
    said = refusal(path, "EPSG:4549")
    assert "全部 20 处" in said
    assert "当作 EPSG:4548 的米制坐标" in said


# a fifth of the rows: the first and every fifth after it, on lines 2, 7, 12 and 17 of the file
@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("EPSG:4528", "当作 EPSG:4528 的米制坐标"),
        ("EPSG:4548", "当作 EPSG:4548 的米制坐标"),
        ("EPSG:4490", "当作经纬度"),
    ],
)
@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_a_fifth_in_another_system_is_said_with_its_rows(tmp_path, suffix, code, said):
    xy = NEAR.copy()
    xy[::5] = in_system(code)[::5]
    path = tmp_path / f"界桩{suffix}"
    write(path, xy)
    told = refusal(path, "EPSG:4549")
    assert "20 处中有 4 处（第 2, 7, 12 … (4) 行）" in told
    assert said in told


def test_swapped_degrees_of_the_far_west_are_known_by_the_other_layers(tmp_path):
    # Urumqi lies at 87.6E 43.8N: swapped, 87.6 is still a latitude
    near = Transformer.from_crs(4326, "EPSG:4541", always_xy=True).transform_bounds(87.4, 43.7, 87.8, 43.95)
    frame = pd.DataFrame({"界桩编号": ["1"], "经度": ["43.8"], "纬度": ["87.6"]})
    layer = Layer(path=tmp_path / "x.csv", datum="wgs84", columns={}, crs="EPSG:4541", near=near)
    with pytest.raises(TableError, match="两列对调"):
        conform(frame, STAKES, layer)


@pytest.mark.parametrize(
    ("datum", "move", "said"),
    [
        ("wgs84", lambda xy: in_degrees(xy)[:, ::-1], "填反了"),
        ("wgs84", lambda xy: np.add(xy, (40e6, 0)), "很可能是 EPSG:4528"),
        ("EPSG:4549", lambda xy: np.add(xy, (40e6, 0)), "带带号的 EPSG:4528"),
        ("EPSG:4528", lambda xy: xy, "不带带号的 EPSG:4549"),
        ("EPSG:4549", lambda xy: xy[:, ::-1], "坐标两列对调了"),
    ],
)
def test_polygons_are_judged_as_points_are(tmp_path, datum, move, said):
    square = shapely.box(555_000, 3_464_000, 556_000, 3_465_000)
    shape = shapely.transform(square, move)
    frame = gpd.GeoDataFrame({"place_id": ["1"], "name": ["甲镇"], "level": ["town"]}, geometry=[shape])
    with pytest.raises(TableError, match=said):
        conform(frame, PLACES, Layer(path=tmp_path / "x.shp", datum=datum, columns={}, crs=CRS))


def in_degrees(xy):
    return np.column_stack(Transformer.from_crs(CRS, 4326, always_xy=True).transform(*xy.T))
