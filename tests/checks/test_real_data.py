"""The checks on files as they are found. Expected numbers come from sources.csv or from independent counts."""

from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import pytest
import shapely
from pypinyin_dict.pinyin_data import ktghz2013

from planner.checks import CHECKS, road_fit, run_checks
from planner.checks.level import holes_of
from planner.layers import datums
from planner.layers.read import read_frame

from .toy import Toy

METRES = "EPSG:4549"
GEOD = pyproj.Geod(ellps="GRS80")


def borders(file) -> gpd.GeoDataFrame:
    """Read a file of cnmaps: the city and its counties."""
    frame = gpd.read_file(file)
    city = frame.loc[frame["level"] == "city", "code"].iloc[0]
    frame["name"] = frame["district"].fillna(frame["city"])
    frame["parent_id"] = np.where(frame["level"] == "city", None, city)
    frame["level"] = frame["level"].replace("district", "county")
    return frame.set_index("code").rename_axis("place_id").to_crs(METRES)


def dirty(shared_data) -> gpd.GeoDataFrame:
    frame = gpd.read_file(shared_data / "borders/nanjing_dirty_gcj02.geojson").rename(columns={"id": "place_id"})
    return frame.set_index("place_id").assign(level="county", parent_id=None).to_crs(METRES)


def test_the_dirty_file_has_ten_invalid_rings(shared_data):
    frame = dirty(shared_data)
    findings = run_checks(Toy(places=frame))
    # sources.csv: 10 of 11; the one that is right is 鼓楼区
    rings, gaps = (findings[findings["code"] == code] for code in ("BC-01", "BC-03"))
    assert (len(rings), len(gaps), len(findings)) == (10, 1, 11)
    assert set(frame.index) - set(rings["feature_id"]) == {"320106"}
    # sources.csv: one enclosed gap of 9,995 m2, which is its area in the zone of UTM it lies in (32650)
    assert gaps["feature_id"].item() == "320105"
    assert gaps.to_crs(32650).geometry.area.item() == pytest.approx(9995, abs=0.5)


def test_what_the_dirty_rings_leave_open_belongs_to_one_unit_each(shared_data):
    """However the rings are read, no hole of the union stands between two units: they are pinched bays."""
    frame = dirty(shared_data)
    for method in ("structure", "linework"):
        mended = shapely.make_valid(frame.geometry.to_numpy(), method=method, keep_collapsed=method == "linework")
        for hole in holes_of(shapely.union_all([_areas(shape) for shape in mended])):
            assert (shapely.distance(mended, hole) < 1e-6).sum() == 1


def _areas(shape):
    parts = shapely.get_parts(shapely.get_parts([shape]))
    return shapely.union_all([p for p in shapely.get_parts(parts) if p.geom_type == "Polygon"])


@pytest.mark.parametrize(
    "city", ["nanjing_wgs84", "nanjing_gcj02", "suzhou_gcj02", "huzhou_gcj02", "nantong_gcj02", "wuhan_wgs84"]
)
def test_clean_cities_are_clean(shared_data, city):
    frame = borders(shared_data / f"borders/{city}.geojson")
    found = run_checks(Toy(places=frame))
    if city == "wuhan_wgs84":  # 新洲区 surrounds ground that the file gives to nobody
        assert list(found.loc[found["code"] == "BC-03", "feature_id"]) == ["420117"]
        found = found[found["code"] != "BC-03"]
    assert set(found["code"]) <= {"BC-06"}
    assert set(found["severity"]) <= {"info"}
    assert sorted(found["feature_id"]) == exclaves(frame)


def exclaves(frame) -> list[str]:
    """Find, one by one, the counties of which a minor part borders on another county."""
    counties = frame[frame["level"] == "county"]
    found = []
    for code, shape in counties.geometry.items():
        parts = sorted(shapely.get_parts(shape), key=shapely.area)[:-1]
        others = counties.drop(code).geometry
        found += [code for part in parts if others.intersection(part.boundary).length.max() > 1.0]
    return sorted(found)


def test_the_enclave_of_huaibin_is_offered_and_vanishes(shared_data):
    frame = borders(shared_data / "borders/fuyang_wgs84.geojson")
    found = run_checks(Toy(places=frame))
    assert set(found["severity"]) == {"info"}
    assert sorted(found.loc[found["code"] == "BC-06", "feature_id"]) == exclaves(frame)
    found = found[found["code"] != "BC-06"]
    assert list(zip(found["code"], found["feature_id"], strict=True)) == [("BC-03", "341225")]  # 阜南县 surrounds it
    # sources.csv: at 115.5118E 32.4689N in GCJ-02
    lon, lat = datums.gcj02_to_wgs84(np.array([115.5118]), np.array([32.4689]))
    x, y = pyproj.Transformer.from_crs(4326, METRES, always_xy=True).transform(lon, lat)
    enclave = found.geometry.iloc[0]
    assert enclave.distance(shapely.Point(x[0], y[0])) < 100
    # the plane of 4549, 4.5 degrees off its meridian, stretches areas by (500 km / 6371 km)^2 = 0.4 %
    on_the_ellipsoid = abs(GEOD.geometry_area_perimeter(found.to_crs(4490).geometry.iloc[0])[0])
    assert found["measure"].iloc[0] == pytest.approx(on_the_ellipsoid, rel=0.006)
    huaibin = gpd.GeoDataFrame(
        {"name": ["淮滨县"], "level": ["county"], "parent_id": ["411500"]},
        index=["411527"],
        geometry=[enclave],
        crs=METRES,
    )
    whole = gpd.GeoDataFrame(pd.concat([frame, huaibin]), crs=METRES)
    assert "341225" not in set(run_checks(Toy(places=whole[whole["level"] == "county"]))["feature_id"])


def test_six_cities_have_no_faults(shared_data):
    frame = gpd.read_file(shared_data / "districts/six_cities_districts_wgs84.geojson")
    frame["place_id"] = frame["gb"].astype(str).str[3:]
    frame = frame.set_index("place_id").assign(level="county", parent_id=None).to_crs(METRES)
    found = run_checks(Toy(places=frame))
    assert set(found["severity"]) == {"info"}
    assert sorted(found.loc[found["code"] == "BC-06", "feature_id"]) == exclaves(frame)
    # 新洲区 of Wuhan surrounds ground that the file gives to nobody, as the detailed file does
    rest = found[found["code"] != "BC-06"]
    assert list(zip(rest["code"], rest["feature_id"], strict=True)) == [("BC-03", "420117")]


def codes(shared_data) -> pd.DataFrame:
    folder, suffix = shared_data / "codes", "nanjing_fuyang_nantong.csv"
    towns = pd.read_csv(folder / f"nbs_2023_streets_{suffix}", dtype=str, encoding="utf-8-sig")
    villages = pd.read_csv(folder / f"nbs_2023_villages_{suffix}", dtype=str, encoding="utf-8-sig")
    towns = towns.rename(columns={"areaCode": "parent_id"}).assign(level="town")
    villages = villages.rename(columns={"streetCode": "parent_id"}).assign(level="community")
    both = pd.concat([towns, villages])[["code", "name", "level", "parent_id"]]
    return both.set_index("code").rename_axis("place_id")


def test_names_of_three_cities(shared_data):
    frame = codes(shared_data)
    found = run_checks(Toy(places=frame), cap=1000)
    # PN-03: five villages with 垅, 濛, 庒, 謦; PN-25: farms that still bear 海安县, 海门市 and 高淳县
    assert set(found["code"]) == {"PN-03", "PN-13", "PN-14", "PN-25"}, "codes of real towns and villages break no rule"
    assert (found.loc[found["code"].isin(["PN-03", "PN-25"]), "severity"] == "info").all()
    assert not (found["severity"] == "error").any()
    # counted without the checks: same county, same name once the long words for a committee are short
    rows = frame.reset_index().assign(county=lambda f: f["place_id"].str[:6], town=lambda f: f["place_id"].str[6:9])
    real = rows[(rows["town"] < "400") & ~rows["name"].str.contains("虚拟社区|虚拟生活区")]
    villages = real[real["level"] == "community"]
    short = villages["name"].str.replace("民委员会$", "委会", regex=True)
    groups = villages.groupby(["county", short]).size()
    towns = real[real["level"] == "town"]
    offices = towns["name"].str.endswith("街道")  # the law compares towns and townships in a province, not these
    within = towns["place_id"].str[:6].where(offices, towns["place_id"].str[:2])
    pairs = towns.groupby([within, "name"]).size()
    assert (found["code"] == "PN-13").sum() == (groups > 1).sum() + (pairs > 1).sum()
    listed = found.loc[(found["code"] == "PN-13"), "feature_id"]
    assert listed.is_unique


def test_division_codes_of_the_ministry_fit(shared_data):
    """Every city, county and town of the country, as the ministry publishes them for the last day of 2025."""
    divisions = pd.read_json(shared_data / "codes/mca_2025_divisions.json", typ="series")
    table = next(v for v in divisions if isinstance(v, list) and len(v) > 10_000)
    frame = pd.DataFrame(table, columns=["depth", "place_id", "parent_id", "name"], dtype=object)
    frame = frame[frame["depth"].isin([2, 3, 4])]
    assert len(frame) > 40_000, "the country has some 2,800 counties and 38,000 towns"
    levels = frame["depth"].map({2: "city", 3: "county", 4: "town"})
    frame = frame.assign(level=levels).drop(columns="depth").set_index("place_id")
    judged = [one for one in CHECKS if one.code in ("BC-11", "BC-12")]
    assert run_checks(Toy(places=frame), checks=judged, on=date(2025, 12, 31)).empty


def _kind(row) -> str | None:
    """Return the class that OSM tags mean."""
    said = {k for k, v in row.items() if isinstance(v, str) and v}
    if said & {"railway", "public_transport", "route", "aeroway"} or row.get("highway") in ("bus_stop", "crossing"):
        return "交通运输设施"
    if row.get("building") in ("apartments", "residential") or row.get("landuse") == "residential":
        return "住宅区"
    kinds = {"highway": "街路巷", "building": "建筑物", "waterway": "陆地水系", "boundary": "行政区域"}
    kinds |= {"tourism": "纪念地旅游景点", "historic": "纪念地旅游景点", "amenity": "单位", "shop": "单位"}
    return next((kind for tag, kind in kinds.items() if tag in said), None)


def test_real_names_of_a_city_are_accused_only_where_they_are_wrong(shared_data):
    """OSM's names of central Nanjing as a gazetteer, each street once."""
    frame = gpd.GeoDataFrame(read_frame(shared_data / "nanjing/osm_centre.geojson")).to_crs(METRES)
    frame = frame[frame["name"].fillna("") != ""]
    frame = frame.assign(kind=[_kind(r) for r in frame.drop(columns="geometry").to_dict("records")], place_id="320104")
    ways = frame[frame["kind"] == "街路巷"].dissolve("name").reset_index()
    rest = frame[frame["kind"] != "街路巷"]
    names = gpd.GeoDataFrame(pd.concat([ways, rest])[["name", "kind", "place_id", "geometry"]], crs=METRES)
    names.index = pd.Index([f"n{i:04d}" for i in range(len(names))], name="name_id")
    found = run_checks(Toy(names=names), checks=[c for c in CHECKS if c.code.startswith("PN")], cap=1000)
    errors = found[found["severity"] == "error"]
    assert set(errors["code"]) == {"PN-03", "PN-04", "PN-17"}
    said = errors.assign(name=names["name"].reindex(errors["feature_id"]).to_numpy())
    # traditional characters (烏衣巷), Latin or two names in one (JianYe Road; 凤凰西街;莫愁湖东路), one record twice
    standard = set("".join(chr(c) for c in ktghz2013.pinyin_dict))
    for name in said.loc[said["code"] == "PN-03", "name"]:
        assert set(name) - standard
    assert said.loc[said["code"] == "PN-04", "name"].str.contains("[A-Za-z]{4}|;").all()
    for feature_id, name in said.loc[said["code"] == "PN-17", ["feature_id", "name"]].to_numpy():
        others = names[(names["name"] == name) & (names.index != feature_id)]
        assert others.distance(names.geometry[feature_id]).min() <= 50
    assert (found["severity"] == "warning").sum() < 0.005 * len(names)


@pytest.mark.slow
def test_no_official_name_of_the_country_is_accused(shared_data):
    """All 41,901 cities, counties and towns of the ministry: nothing but pairs, homophones and rare characters.

    Rare are characters outside the table of 8,105; a script count over the same file finds 48 such names of towns.
    """
    divisions = pd.read_json(shared_data / "codes/mca_2025_divisions.json", typ="series")["divisions"]
    frame = pd.DataFrame(divisions, columns=["depth", "place_id", "parent_id", "name"], dtype=object)
    levels = frame["depth"].map({2: "city", 3: "county", 4: "town"})
    frame = frame.assign(level=levels)[levels.notna()].drop(columns="depth").set_index("place_id")
    names = [c for c in CHECKS if c.code.startswith("PN")]
    found = run_checks(Toy(places=frame), cap=100_000, checks=names)
    assert set(found["code"]) == {"PN-03", "PN-13", "PN-14"}
    assert not (found["severity"] == "error").any()
    standard = set("".join(chr(c) for c in ktghz2013.pinyin_dict))
    rare = [i for i, name in frame["name"].items() if not set(name) <= standard]
    assert sorted(found.loc[found["code"] == "PN-03", "feature_id"]) == sorted(rare)


def test_real_amenities_and_buildings_are_not_accused(shared_data):
    frame = gpd.GeoDataFrame(read_frame(shared_data / "nanjing/osm_centre.geojson")).to_crs(METRES)
    streets = frame[frame["highway"].notna() & (frame.geom_type == "LineString")].geometry.to_numpy()
    for tag in ("amenity", "building"):
        points = frame[frame[tag].notna()].geometry.centroid.reset_index(drop=True)
        clean = road_fit.road_fit(points, streets)
        assert not clean.suspect
        assert not clean.sure
    amenities = frame[frame["amenity"].notna() & (frame.geom_type == "Point")].to_crs(4326).geometry
    lon, lat = datums.wgs84_to_bd09(amenities.x.to_numpy(), amenities.y.to_numpy())
    moved = gpd.GeoSeries(gpd.points_from_xy(lon, lat, crs=4326)).to_crs(METRES)
    found = road_fit.road_fit(moved, streets)
    assert (found.best, found.sure) == ("bd09", True)
