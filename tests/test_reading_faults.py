"""What a planner's files really look like when something is off: each is one sentence with its place and its remedy."""

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pytest
import shapely
from pyproj import Transformer

from planner.cli import _language_of
from planner.errors import PlannerError
from planner.layers import smallest_place
from planner.layers.places import with_parents
from planner.layers.read import read_frame
from planner.pipeline import run
from planner.project import load_project
from tests import small_project as small
from tests.small_project import TOML
from tests.test_bad_input import TOML_FAULTS, cell, demand_is, fault_of, raw, says, with_service


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("PLANNER_CACHE_DIR", str(tmp_path_factory.getbasetemp() / "cache"))


def layers_of(folder, toml=TOML, *, after=None, until="layers", **tables):
    file = small.write(folder, toml, **tables)
    if after is not None:
        after(folder)
    return run(load_project(file), until=until)


def table_of(*ids, level="county", **columns):
    given = {"name": list(ids), "level": level} | columns
    return gpd.GeoDataFrame(
        pd.DataFrame(given, index=pd.Index(ids, name="place_id")), geometry=[None] * len(ids), crs=small.CRS
    )


@pytest.mark.parametrize(
    ("code", "others", "parent"),
    [
        ("320102001003", ["320102001", "320102", "320100"], "320102001"),
        ("320102001003", ["320102", "320100"], "320102"),  # no table of towns: the county
        ("320102001003", ["320102001000", "320102"], "320102001000"),  # filled up with zeros
        ("320102001000", ["320102001003", "320102"], "320102"),
        ("320102", ["320100", "320000"], "320100"),
        ("320100", ["320102"], None),
        ("s-7", ["320102"], None),
    ],
)
def test_parents_by_code(code, others, parent):
    assert with_parents(table_of(code, *others))["parent_id"][code] == parent


def test_parents_that_are_told_stay():
    told = table_of("320102", "320100", parent_id=[None, "320102"])
    assert with_parents(told) is told


def test_the_lowest_and_then_the_smallest_place_holds_a_point():
    big, small_, same = shapely.box(0, 0, 9, 9), shapely.box(0, 0, 4, 4), shapely.box(0, 0, 4, 4)
    places = table_of("a", "b", "c", "d", level=["city", "county", "county", "county"], parent_id=None)
    places = places.set_geometry(gpd.GeoSeries([big, big, same, small_], index=places.index, crs=small.CRS))
    points = gpd.GeoSeries([shapely.Point(1, 1), shapely.Point(8, 8), shapely.Point(20, 20)], crs=small.CRS)
    # (1, 1) lies in all: the counties before the city, the two small ones before b, c before d by id
    found = smallest_place(points, places)
    assert (found[:2].tolist(), found[2:].isna().tolist()) == (["c", "b"], [True])


def test_real_borders_without_parents(shared_data):
    raw_places = gpd.read_file(shared_data / "borders/nanjing_wgs84.geojson").to_crs(small.CRS)
    places = raw_places.set_index("code").rename_axis("place_id")
    places = with_parents(places.assign(name=places["district"].fillna(places["city"])))
    counties = places.index[places["level"] != "city"]
    assert set(places.loc[counties, "parent_id"]) == {"320100"}
    middles = places.geometry[counties].representative_point()
    at = smallest_place(middles, places.assign(level=np.where(places["level"] == "city", "city", "county")))
    assert at.tolist() == list(counties)


def test_names_that_are_empty_are_called_by_their_id(tmp_path):
    places = small.places().assign(name=["甲区", None, "东社区"])
    found = layers_of(tmp_path, places=places, facilities=cell(small.facilities(), 2, "name", "")).layers
    assert found.places.loc["320102001001", "name"] == "320102001001"
    assert found.facilities.loc["f1", "name"] == "f1"


def without_polygons(folder):
    small.places().drop(columns="geometry").to_csv(folder / "places.csv", index=False)


BY_LIST = TOML.replace('"places.geojson"\ndatum = "wgs84"', '"places.csv"')


def test_no_declared_code_is_known(tmp_path):
    error = fault_of(tmp_path, BY_LIST, after=without_polygons, demand=small.demand().assign(place_id="999"))
    says(error, "demand.csv", "places.csv", "999", "320102")


def test_codes_that_excel_rounded(tmp_path):
    codes = cell(small.demand().assign(place_id="320102001001"), 4, "place_id", "3.20102E+11")
    says(fault_of(tmp_path, demand=codes), "demand.csv", "4", "place_id", "3.20102E+11", "Excel")


def test_a_code_that_matches_nothing_is_a_finding(tmp_path):
    some = cell(cell(small.demand().assign(place_id="320102001001"), 4, "place_id", "999"), 6, "place_id", "999")
    study = layers_of(tmp_path, until="check", demand=some, facilities=small.facilities().assign(place_id="777"))
    found = study.findings.loc[study.findings["code"] == "FA-06"].set_index("feature_id")
    # two points of ten people declare 999; two facilities declare 777
    assert (found.loc["999", "people"], found.loc["999", "measure"], found.loc["777", "measure"]) == (20, 2, 2)
    assert set(found["severity"]) == {"warning"}


WRONG_STREETS = {
    "a column that is not there": ("columns = {highway = 'fclas'}", ("streets.geojson", "fclas", "highway")),
    "a key that is no tag": ("columns = {higway = 'highway'}", ("streets.geojson", "columns.higway", "highway")),
}


@pytest.mark.parametrize("case", WRONG_STREETS)
def test_columns_of_streets(tmp_path, case):
    line, parts = WRONG_STREETS[case]
    says(fault_of(tmp_path, TOML.replace("[streets]", f"[streets]\n{line}")), *parts)


def test_streets_of_a_layer_of_a_geopackage(tmp_path):
    def save(folder):
        small.streets().iloc[:5].to_file(folder / "s.gpkg", layer="old")
        small.streets().to_file(folder / "s.gpkg", layer="roads", mode="a")

    toml = TOML.replace('"streets.geojson"', '"s.gpkg"\nsheet = "LAYER"')
    assert len(layers_of(tmp_path, toml.replace("LAYER", "roads"), after=save).layers.streets) == 24
    says(fault_of(tmp_path, toml.replace("LAYER", "none")), "s.gpkg", "none", "old, roads")


def test_one_file_of_streets(tmp_path):
    says(fault_of(tmp_path, TOML.replace('"streets.geojson"', '["a.geojson", "b.geojson"]')), "[streets] path", "a.geo")


def test_streets_without_a_class_are_a_finding(tmp_path):
    study = layers_of(tmp_path, until="check", streets=small.streets().drop(columns="highway"))
    assert study.findings.set_index("code").loc["NW-12", "measure"] == 24


CORRECTIONS = {
    "no such tag": ("way_id,key,value,reason\n100,foot,no,x\n101,fot,no,x\n", ("3", "fot", "foot")),
    "no value": ("way_id,key,value,reason\n\n100,foot\n", ("3", "value")),
    "no such way": ("way_id,key,value,reason\n7,foot,no,x\n", ("2", "7")),
    "no column": ("way_id,key,value\n7,foot,no\n", ("reason",)),
}


@pytest.mark.parametrize("case", CORRECTIONS)
def test_corrections(tmp_path, case):
    text, parts = CORRECTIONS[case]
    toml = TOML.replace("[streets]", '[streets]\ncorrections = "c.csv"')
    says(fault_of(tmp_path, toml, after=raw("c.csv", text)), "c.csv", *parts)


GRAPH = """<graphml xmlns="http://graphml.graphdrawing.org/xmlns"><key id="d0" for="node" attr.name="y"/>
<graph edgedefault="directed"><node id="1"/><node id="2"/><edge source="1" target="2"/></graph></graphml>"""
BROKEN = {
    "a workbook cut short": (demand_is('"demand.xlsx"'), raw("demand.xlsx", "PK\x03\x04 and no more"), "demand.xlsx"),
    "a graph that is no xml": (TOML.replace("streets.geojson", "s.graphml"), raw("s.graphml", "<gra"), "s.graphml"),
    "a graph without places": (TOML.replace("streets.geojson", "s.graphml"), raw("s.graphml", GRAPH), "s.graphml"),
    "a folder of streets": (TOML.replace("streets.geojson", "sub"), lambda d: (d / "sub").mkdir(), "sub"),
    "a folder of demand": (demand_is('"sub"'), lambda d: (d / "sub").mkdir(), "sub"),
    "a folder of corrections": (
        TOML.replace("[streets]", '[streets]\ncorrections = "sub"'),
        lambda d: (d / "sub").mkdir(),
        "sub",
    ),
}


@pytest.mark.parametrize("case", BROKEN)
def test_broken_files(tmp_path, case):
    toml, after, name = BROKEN[case]
    error = fault_of(tmp_path, toml, after=after)
    says(error, name)
    if "folder" in case:
        assert "文件夹" in error.text("zh")
        assert "找不到" not in error.text("zh")


def test_a_folder_for_the_project_file(tmp_path):
    with pytest.raises(PlannerError) as raised:
        load_project(tmp_path)
    says(raised.value, tmp_path.name)


def test_relative_paths_start_at_the_project_file(tmp_path):
    says(fault_of(tmp_path, demand_is('"nope.csv"')), "nope.csv", "planner.toml")


def test_control_characters_are_dropped(tmp_path):
    (tmp_path / "f.csv").write_text('编号,"名\n称"\n1,"甲\x07站\t"\n2,"Main\nRoad"\n', encoding="utf-8")
    frame = read_frame(tmp_path / "f.csv")
    assert frame["名称"].tolist() == ["甲站", "Main Road"]


def test_the_files_own_header_is_named(tmp_path):
    table = cell(small.demand().rename(columns={"pop60": "60岁以上"}), 5, "60岁以上", "x")
    error = fault_of(tmp_path, demand=table)
    assert "第 5 行，列 60岁以上(pop60)" in error.text("zh")
    assert "row 5, column 60岁以上(pop60)" in error.text("en")


def test_columns_that_are_there_are_the_files_own(tmp_path):
    table = small.facilities().rename(columns={"name": "站", "facility_id": "编号"})
    error = fault_of(tmp_path, facilities=table)
    said = error.text("zh")
    assert "现有：编号, 站, lon, lat" in said
    assert "service" not in said


def test_one_column_of_the_file_may_be_two_of_ours(tmp_path):
    toml = TOML.replace("standard_min = 5", 'columns = {facility_id = "id", name = "id"}\nstandard_min = 5')
    table = small.facilities().drop(columns="name").rename(columns={"facility_id": "id"})
    found = layers_of(tmp_path, toml, facilities=table).layers.facilities
    assert found["name"].to_dict() == {"f1": "f1", "f2": "f2"}


def test_a_key_of_columns_that_is_not_ours(tmp_path):
    toml = TOML.replace("[demand]", '[demand]\ncolumns = {pop6 = "pop60"}')
    says(fault_of(tmp_path, toml), "demand.csv", "columns.pop6", "pop60")


def workbook(folder, *, title=True):
    book = openpyxl.Workbook()
    if title:
        book.active.append(["江岸区需求点一览表"])
    for row in [list(small.demand()), *small.demand().to_numpy().tolist()]:
        book.active.append(row)
    book.active.title = "人口"
    book.create_sheet("说明")
    book.save(folder / "demand.xlsx")


def test_a_title_above_the_header(tmp_path):
    error = fault_of(tmp_path, demand_is('"demand.xlsx"'), after=workbook)
    assert len(error.faults) == 1
    assert "第 1 行" in error.text("zh")
    assert "row 1" in error.text("en")
    assert "Unnamed" not in error.text("zh")


def test_a_comma_too_many_in_the_header_is_no_title(tmp_path):
    text = small.demand().drop(columns="lat").assign(空=1).rename(columns={"空": ""}).to_csv(index=False)
    error = fault_of(tmp_path, after=raw("demand.csv", text))
    says(error, "demand.csv", "lat")
    assert [fault.key for fault in error.faults] == ["missing_column"]


def test_the_sheets_that_are_there(tmp_path):
    error = fault_of(tmp_path, demand_is('"demand.xlsx"', '\nsheet = "人"'), after=workbook)
    assert all("人口, 说明" in error.text(language) for language in ("zh", "en"))


def test_the_choices_are_told_in_chinese_too(tmp_path):
    error = fault_of(tmp_path, facilities=small.facilities().assign(status="?"))
    assert "在用(in_service) | 在建(building)" in error.text("zh")
    assert "in_service | building" in error.text("en")


def test_rows_count_inside_each_file(tmp_path):
    def split(folder):
        small.demand().iloc[:20].to_csv(folder / "a.csv", index=False)
        cell(small.demand().iloc[20:].reset_index(drop=True), 7, "lat", 39.9).to_csv(folder / "b.csv", index=False)

    error = fault_of(tmp_path, demand_is('["a.csv", "b.csv"]'), after=split)
    says(error, "b.csv", "7")
    assert "a.csv" not in error.text("zh")


def in_metres(crs, *, surveyor=False):
    """Return the demand in metres of a CRS, under the headers of surveyors."""
    there = Transformer.from_crs(4326, crs, always_xy=True)
    east, north = there.transform(small.demand()["lon"], small.demand()["lat"])
    columns = {"X": north, "Y": east} if surveyor else {"X": east, "Y": north}
    return small.demand().drop(columns=["lon", "lat"]).assign(**columns)


def metres(datum, more=""):
    return TOML.replace('"demand.csv"\ndatum = "wgs84"', f'"demand.csv"\ndatum = "{datum}"{more}')


def test_metres_under_x_and_y(tmp_path):
    usual = layers_of(tmp_path).layers.demand.geometry
    plain = layers_of(tmp_path, metres("EPSG:4549"), demand=in_metres("EPSG:4549")).layers.demand.geometry
    swap = '\ncolumns = {x = "Y", y = "X"}'
    turned = layers_of(tmp_path, metres("EPSG:4528", swap), demand=in_metres("EPSG:4528", surveyor=True))
    assert plain.geom_equals_exact(usual, 0.001).all()
    assert turned.layers.demand.geometry.geom_equals_exact(usual, 0.001).all()


AXES = {
    # Nanjing, 120E: zone 40 of 3 degrees; EPSG:4528 has the zone before its eastings, EPSG:4549 has not
    "swapped": ("EPSG:4549", "EPSG:4549", True, ("x = ", "y = "), 1),
    "a zone too many": ("EPSG:4549", "EPSG:4528", False, ("40", "EPSG:4528"), 1),
    "a zone too few": ("EPSG:4528", "EPSG:4549", False, ("40", "EPSG:4549"), 1),
    "swapped, a zone too many": ("EPSG:4549", "EPSG:4528", True, ("x = ", "40", "EPSG:4528"), 2),
    "said to be degrees": ("wgs84", "EPSG:4528", False, ("EPSG:4528",), 1),
    # 6 degrees: 118.8E is in zone 20, EPSG:4491 + 20 - 13
    "a zone of six degrees": ("EPSG:4509", "EPSG:4498", False, ("20", "EPSG:4498"), 1),
}


@pytest.mark.parametrize("case", AXES)
def test_axes(tmp_path, case):
    declared, real, surveyor, parts, n = AXES[case]
    error = fault_of(tmp_path, metres(declared), demand=in_metres(real, surveyor=surveyor))
    assert len(error.faults) == n
    says(error, "demand.csv", *parts)


def test_no_street_for_a_mode_names_the_service(tmp_path):
    error = fault_of(tmp_path, with_service('mode = "drive"'), until="check", streets=footways())
    says(error, "day_care", "drive")


def footways():
    return small.streets().assign(highway="footway")


def test_a_plan_that_cannot_be_names_the_service(tmp_path):
    toml = TOML.replace('model = "mclp", p = 2', 'model = "p_center", p = 1').replace(
        "cutoff_min = 10", "cutoff_min = 5"
    )
    says(fault_of(tmp_path, toml, until="sites"), "day_care")


VALUES = {
    "1,5": ("pop60", "1,5"),
    "1_0": ("pop60", "1_0"),
    "1,2345": ("pop60", "1,2345"),
    "more than all people": ("pop60", "20260101000000"),
}


@pytest.mark.parametrize("case", VALUES)
def test_numbers_that_are_none(tmp_path, case):
    column, value = VALUES[case]
    says(fault_of(tmp_path, demand=cell(small.demand(), 5, column, value)), "demand.csv", "5", column, value)


def test_thousands_commas_are_read(tmp_path):
    found = layers_of(tmp_path, demand=cell(small.demand(), 5, "pop60", "1,234,567.5")).layers.demand["pop60"]
    assert found.iloc[3] == 1234567.5


SETTINGS = {
    "covered before partial": (
        TOML + "\n[limits]\ncovered_from = 0.4\npartial_from = 0.5\n",
        ("limits.covered_from", "0.4", "0.5"),
    ),
    "the least number, and a number": (
        TOML.replace('model = "mclp"', 'model = "lscp"'),
        ("services[1].siting", "lscp", '{model = "lscp", p = 2}'),
    ),
    "a list for transit": (TOML + "\n[[transit]]\npath = 'x'\n", ("transit", "[{path =")),
    "a word for the circle": ('circle = "x"\n' + TOML, ("circle", "x")),
}


@pytest.mark.parametrize("case", SETTINGS)
def test_settings(tmp_path, case):
    toml, parts = SETTINGS[case]
    says(fault_of(tmp_path, toml), "planner.toml", *parts)


def test_the_language_of_a_file_that_is_no_toml(tmp_path):
    file = tmp_path / "planner.toml"
    file.write_text(TOML_FAULTS["broken"][0], encoding="utf-8")
    assert _language_of(["planner", "check", str(file)]) == "zh"
    file.write_text('[project]\nlanguage = "en"\n[streets\n', encoding="utf-8")
    assert _language_of(["planner", "check", str(file)]) == "en"
