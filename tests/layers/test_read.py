"""Every format and every encoding gives the same table."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely
from pyproj import Transformer

from planner.errors import TableError
from planner.layers.cells import read_date, read_number
from planner.layers.conform import Layer, conform
from planner.layers.read import _dbf_encoding, encoding_of, read_frame
from planner.tables import DEMAND, FACILITIES, PLACES

CRS = "EPSG:4549"
NAMES = ["桠溪街道老年食堂", "竹镇镇日间照料中心", "𠮷祥社区站"]
LON, LAT = [118.797, 118.9, 119.0], [32.06, 32.1, 32.2]


def table() -> pd.DataFrame:
    return pd.DataFrame(
        {"设施编号": ["007", "8", "9"], "名称": NAMES, "经度": LON, "纬度": LAT, "床位": [12, None, 30]},
    )


def shapes() -> gpd.GeoDataFrame:
    frame = table().drop(columns=["经度", "纬度"])
    return gpd.GeoDataFrame(frame, geometry=gpd.points_from_xy(LON, LAT), crs=4326)


def write(path, frame, **options):
    """Write a frame as the suffix says."""
    match path.suffix:
        case ".csv":
            frame.to_csv(path, index=False, **options)
        case ".xlsx":
            frame.to_excel(path, index=False)
        case ".parquet":
            frame.to_parquet(path)
        case _:
            pyogrio.write_dataframe(frame, path, **options)
    return path


def facilities(path, **layer) -> gpd.GeoDataFrame:
    raw = read_frame(path).assign(service="day_care")
    given = {"datum": "wgs84", "columns": {}, "crs": CRS} | layer
    return conform(raw, FACILITIES, Layer(path=path, **given))


def expected() -> np.ndarray:
    return np.column_stack(Transformer.from_crs(4326, CRS, always_xy=True).transform(LON, LAT))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_csv_in_every_encoding(tmp_path, encoding):
    path = write(tmp_path / "f.csv", table(), encoding=encoding)
    found = facilities(path)
    assert found["name"].tolist() == NAMES
    assert found.index.tolist() == ["007", "8", "9"], "ids are texts, zeros before them stay"
    assert found["beds"].tolist()[::2] == [12, 30]
    assert np.isnan(found["beds"].iloc[1])
    assert shapely.get_coordinates(found.geometry.to_numpy()) == pytest.approx(expected(), abs=1e-6)


def test_gbk_and_gb2312_are_read_as_their_superset(tmp_path):
    for encoding in ("gbk", "gb2312"):
        path = tmp_path / f"{encoding}.csv"
        path.write_bytes("编号,名称\n1,南京\n".encode(encoding))
        assert encoding_of(path) == "gb18030"
        assert read_frame(path)["名称"].tolist() == ["南京"]


def test_excel(tmp_path):
    found = facilities(write(tmp_path / "f.xlsx", table()))
    assert (found["name"].tolist(), found.index.tolist()) == (NAMES, ["007", "8", "9"])
    assert shapely.get_coordinates(found.geometry.to_numpy()) == pytest.approx(expected(), abs=1e-6)


def test_a_sheet_by_its_name(tmp_path):
    with pd.ExcelWriter(tmp_path / "f.xlsx") as book:
        pd.DataFrame({"说明": ["见下页"]}).to_excel(book, sheet_name="说明", index=False)
        table().to_excel(book, sheet_name="设施", index=False)
    assert read_frame(tmp_path / "f.xlsx", sheet="设施")["名称"].tolist() == NAMES
    assert read_frame(tmp_path / "f.xlsx").columns.tolist() == ["说明"]


@pytest.mark.parametrize("suffix", [".geojson", ".gpkg", ".fgb", ".parquet"])
def test_vector_files(tmp_path, suffix):
    found = facilities(write(tmp_path / f"f{suffix}", shapes()), datum=None)
    found = found.loc[["007", "8", "9"]]  # FlatGeobuf sorts by place
    assert found["name"].tolist() == NAMES
    assert shapely.get_coordinates(found.geometry.to_numpy()) == pytest.approx(expected(), abs=1e-5)


@pytest.mark.parametrize("cpg", ["with", "without"])
@pytest.mark.parametrize("encoding", ["UTF-8", "GBK"])
def test_shapefiles_with_and_without_their_encoding(tmp_path, encoding, cpg):
    frame = shapes().assign(名称=["桠溪街道", "竹镇镇", "马鞍街道"]).rename(columns={"设施编号": "编号"})
    path = write(tmp_path / "f.shp", frame, encoding=encoding)
    if cpg == "without":
        path.with_suffix(".cpg").unlink()
        raw = bytearray(path.with_suffix(".dbf").read_bytes())
        raw[29] = 0  # nor does the language byte of the dbf tell
        path.with_suffix(".dbf").write_bytes(raw)
    found = facilities(path, datum=None)
    assert found["name"].tolist() == ["桠溪街道", "竹镇镇", "马鞍街道"]
    assert shapely.get_coordinates(found.geometry.to_numpy()) == pytest.approx(expected(), abs=1e-5)


def test_a_shapefile_whose_field_name_is_cut_within_a_character(tmp_path):
    # a name holds ten bytes: "养老机构" in UTF-8 is twelve, and GDAL cuts the last character in two
    frame = shapes().assign(名称=["桠溪街道", "竹镇镇", "马鞍街道"])[["名称", "geometry"]]
    path = write(tmp_path / "f.shp", frame, encoding="UTF-8")
    path.with_suffix(".cpg").unlink()
    raw = bytearray(path.with_suffix(".dbf").read_bytes())
    raw[29] = 0
    raw[32:43] = "养老机构".encode()[:10] + b"\0"
    path.with_suffix(".dbf").write_bytes(raw)
    assert _dbf_encoding(path) == "utf-8"


@pytest.mark.parametrize("kind", [shapely.Polygon, shapely.MultiPolygon])
def test_facilities_drawn_as_buildings_stand_inside_them(tmp_path, kind):
    ring = [(118.79, 32.05), (118.80, 32.05), (118.80, 32.07), (118.79, 32.07)]
    house = shapely.Polygon(ring)
    shape = house if kind is shapely.Polygon else shapely.MultiPolygon([house])
    frame = gpd.GeoDataFrame({"编号": ["1"], "名称": ["甲"]}, geometry=[shape], crs=4326)
    frame.to_file(tmp_path / "f.geojson")
    found = facilities(tmp_path / "f.geojson", datum=None)
    assert found.geometry.iloc[0].within(frame.to_crs(CRS).geometry.iloc[0])


@pytest.mark.parametrize(
    ("header", "ours"),
    [("区划代码,名称,级别", "place_id"), ("adcode,name,level", "place_id"), ("行政区划代码,地名,层级", "place_id")],
)
def test_usual_names_of_columns(tmp_path, header, ours):
    (tmp_path / "p.csv").write_text(f"{header}\n320116,六合区,county\n", encoding="utf-8")
    found = conform(
        read_frame(tmp_path / "p.csv"), PLACES, Layer(path=tmp_path / "p.csv", datum=None, columns={}, crs=CRS)
    )
    assert found.index.name == ours
    assert found.loc["320116", "name"] == "六合区"


def test_a_column_the_project_names_wins_over_the_usual_one(tmp_path):
    text = "编号,总人口,常住人口2025,经度,纬度\n1,5,7,118.8,32\n"
    (tmp_path / "d.csv").write_text(text, encoding="utf-8")
    layer = Layer(path=tmp_path / "d.csv", datum="wgs84", columns={"pop": "常住人口2025"}, crs=CRS)
    assert conform(read_frame(layer.path), DEMAND, layer)["pop"].tolist() == [7]


@pytest.mark.parametrize(
    ("text", "value"), [("１２３", 123), ("1,234.5", 1234.5), (" 7 ", 7), ("-3", -3), ("1e3", 1000)]
)
def test_numbers_as_people_type_them(text, value):
    assert read_number(text) == value


@pytest.mark.parametrize("text", ["", "十二", "inf", "nan", "12人"])
def test_what_is_no_number(text):
    assert np.isnan(read_number(text))


@pytest.mark.parametrize(
    "text", ["2020-01-05", "2020/1/5", "2020.01.05", "2020年1月5日", "2020-01-05 08:00:00", "43835"]
)
def test_dates_as_people_type_them(text):
    # Excel counts days from 1899-12-30: 43835 is 2020-01-05
    assert read_date(text).isoformat() == "2020-01-05"


@pytest.mark.parametrize("text", ["", "2020", "2020-02-30", "昨天"])
def test_what_is_no_date(text):
    assert read_date(text) is None


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf", b"a,b\n"])
def test_files_without_rows(tmp_path, content):
    (tmp_path / "e.csv").write_bytes(content)
    with pytest.raises(TableError):
        read_frame(tmp_path / "e.csv")
