"""The embedded demo city says the truth about itself and is clean."""

import hashlib
import importlib.util
import re
import sys
import tomllib
from pathlib import Path
from types import ModuleType

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pytest
import shapely
from pypinyin import lazy_pinyin

from planner.layers.datums import gcj02_to_wgs84
from planner.project import load_project
from planner.project.systems import KINDS

DATA = Path(__file__).resolve().parents[1] / "data"
METRES = "EPSG:4547"
LEVELS = ("city", "county", "town", "community")
CODE_DIGITS = {"city": 6, "county": 6, "town": 9, "community": 12}
DISTRICTS = {"420102": "江岸区", "420103": "江汉区", "420104": "硚口区", "420105": "汉阳区", "420106": "武昌区"}

# Bank to bank, degrees: a line down each river, long enough to be crossed by every bridge in the cut.
YANGTZE = [(114.266, 30.520), (114.277, 30.532), (114.2835, 30.553), (114.288, 30.565), (114.298, 30.575)]
YANGTZE += [(114.312, 30.590), (114.330, 30.614)]
OLD_BRIDGE = [(114.2795, 30.5520), (114.2855, 30.5535)]  # across the middle of the Yangtze bridge of 1957


@pytest.fixture(scope="module")
def places() -> gpd.GeoDataFrame:
    return gpd.read_file(DATA / "boundaries/places.geojson").set_index("place_id")


@pytest.fixture(scope="module")
def residents() -> pd.DataFrame:
    return pd.read_csv(DATA / "demand/residents.csv", dtype={"所属社区代码": str}, encoding="utf-8-sig")


@pytest.fixture(scope="module")
def streets() -> gpd.GeoDataFrame:
    return gpd.read_parquet(DATA / "streets/wuhan_core.parquet").set_index("way_id")


@pytest.fixture(scope="module")
def corrections() -> pd.DataFrame:
    return pd.read_csv(DATA / "streets/corrections.csv", encoding="utf-8")


@pytest.fixture(scope="module")
def facilities() -> dict[str, pd.DataFrame]:
    """Every point layer with lon and lat in WGS 84 and the declared community as text."""
    folder, code = DATA / "facilities", {"所属社区代码": str}
    day_care = pd.read_csv(folder / "day_care.csv", dtype=code, encoding="utf-8-sig")
    lon, lat = gcj02_to_wgs84(day_care["经度"].to_numpy(), day_care["纬度"].to_numpy())
    stations = gpd.read_file(folder / "social_work.geojson")
    return {
        "day_care": day_care.assign(经度=lon, 纬度=lat),
        "meal_point": pd.read_csv(folder / "meal_points.csv", dtype=code, encoding="gbk"),
        "columbarium": pd.read_excel(folder / "columbaria.xlsx", dtype=code),
        "social_work": stations.assign(经度=stations.geometry.x, 纬度=stations.geometry.y),
        "candidates": pd.read_csv(folder / "candidates.csv", dtype=code, encoding="utf-8-sig"),
    }


def test_every_level_is_one_coverage(places: gpd.GeoDataFrame) -> None:
    for level in LEVELS:
        level_shapes = places.geometry[places.level == level].to_numpy()
        assert shapely.coverage_is_valid(level_shapes), level
        assert (shapely.get_type_id(level_shapes) == shapely.GeometryType.POLYGON).all(), level


def test_children_tile_their_parents_to_a_square_metre(places: gpd.GeoDataFrame) -> None:
    shapes = places.geometry.to_crs(METRES)
    for parent, children in places[places.parent_id.notna()].groupby("parent_id"):
        whole = shapely.union_all(shapes[children.index].to_numpy())
        assert shapes[parent].symmetric_difference(whole).area < 1.0, parent


def test_codes_follow_their_level_and_parent(places: gpd.GeoDataFrame) -> None:
    for level, digits in CODE_DIGITS.items():
        assert (places.index[places.level == level].str.len() == digits).all()
    lower = places[places.level.isin(["town", "community"])]
    assert all(code.startswith(parent) for code, parent in lower.parent_id.items())
    assert set(lower.index.str[-3:].astype(int)) <= set(range(1, 100))  # street offices and residents' committees
    counties = places[places.level == "county"]
    assert counties["name"].to_dict() == DISTRICTS
    assert (counties.parent_id == "420100").all()


def test_there_are_as_many_places_as_a_city_core_has(places: gpd.GeoDataFrame) -> None:
    counts = places.level.value_counts()
    assert 12 <= counts["town"] <= 25
    assert 150 <= counts["community"] <= 220


def test_no_two_places_share_a_name_or_a_sound(places: gpd.GeoDataFrame) -> None:
    named = places[places.level.isin(["town", "community"])]["name"]
    specific = named.str.removesuffix("街道").str.removesuffix("社区")
    sounds = specific.map(lambda word: "".join(lazy_pinyin(word)))
    assert specific.is_unique
    assert sounds.is_unique


def test_everything_synthetic_says_so(
    places: gpd.GeoDataFrame, residents: pd.DataFrame, facilities: dict[str, pd.DataFrame]
) -> None:
    assert (residents["数据性质"] == "示例数据").all()
    assert all((layer["数据性质"] == "示例数据").all() for layer in facilities.values())
    synthetic = places[places.level.isin(["town", "community"])]
    assert synthetic["sample"].all()
    assert (synthetic["note"] == "示例数据").all()
    assert tomllib.loads((DATA / "planner.toml").read_text(encoding="utf-8"))["project"]["sample"] is True


def test_residents_live_in_the_community_they_name(places: gpd.GeoDataFrame, residents: pd.DataFrame) -> None:
    homes = shapely.points(residents[["经度", "纬度"]].to_numpy())
    declared = places.geometry[residents["所属社区代码"]].to_numpy()
    assert shapely.contains(declared, homes).all()
    assert residents["编号"].is_unique
    assert set(residents["所属社区代码"]) == set(places.index[places.level == "community"])


def test_parts_of_the_population_fit_into_the_whole(residents: pd.DataFrame) -> None:
    people = residents["总人口"]
    assert 8_000 <= len(residents) <= 10_000
    assert people.min() >= 5  # the finest cell that may be shown
    assert (residents["六十岁以上"] + residents["儿童"] <= people).all()
    assert (residents["八十岁以上"] <= residents["六十岁以上"]).all()
    assert residents["户数"].between(1, people).all()


def test_people_sum_to_the_census_of_2020(shared_data: Path, places: gpd.GeoDataFrame, residents: pd.DataFrame) -> None:
    """People of a clipped district = census count x clipped area / whole area, to the person."""
    census = pd.read_csv(shared_data / "census/population.csv", dtype={"CODE": str}).set_index("CODE").POPU
    whole = gpd.read_file(shared_data / "districts/six_cities_districts_wgs84.geojson")
    whole = whole.set_index(whole["gb"].astype(str).str[3:]).geometry.to_crs(METRES).area
    inside = places.geometry.to_crs(METRES).area
    counted = residents.groupby(residents["所属社区代码"].str[:6])["总人口"].sum()
    expected = pd.Series({code: census[code] * inside[code] / whole[code] for code in DISTRICTS})
    # Rounded to whole people once, so half a person off at most.
    assert (counted - expected).abs().max() <= 0.5


def test_ages_follow_the_census(shared_data: Path, residents: pd.DataFrame) -> None:
    ages = pd.read_csv(shared_data / "census/ages.csv", dtype={"CODE": str}).set_index("CODE")
    old = ages.loc[list(DISTRICTS), "AGES_60-64":"AGES_85P"].astype(float).sum(axis=1)
    summed = residents.groupby(residents["所属社区代码"].str[:6])[["总人口", "六十岁以上"]].sum()
    # Rounded to whole people once, so half a person off at most.
    assert (summed["六十岁以上"] - summed["总人口"] * old).abs().max() <= 0.5


def test_facilities_stand_in_the_community_they_declare(
    places: gpd.GeoDataFrame, facilities: dict[str, pd.DataFrame]
) -> None:
    for name, layer in facilities.items():
        declared = places.geometry[layer["所属社区代码"]].to_numpy()
        here = shapely.points(layer[["经度", "纬度"]].to_numpy())
        assert shapely.contains(declared, here).all(), name
        assert layer.iloc[:, 0].is_unique, name
        assert layer["名称"].is_unique, name


def test_day_care_is_stored_in_gcj02(facilities: dict[str, pd.DataFrame]) -> None:
    stored = pd.read_csv(DATA / "facilities/day_care.csv", encoding="utf-8-sig")
    shift = (stored[["经度", "纬度"]] - facilities["day_care"][["经度", "纬度"]]).abs()
    # In central Wuhan GCJ-02 lies some 520 m east and 250 m south of WGS 84; a few hundred metres tell them apart.
    assert np.hypot(shift["经度"] * 95_900, shift["纬度"] * 110_900).min() > 400


def test_meal_points_are_gbk_and_not_utf8() -> None:
    raw = (DATA / "facilities/meal_points.csv").read_bytes()
    assert "助餐点" in raw.decode("gbk")
    with pytest.raises(UnicodeDecodeError):
        raw.decode("utf-8")


def test_some_facilities_do_not_count(facilities: dict[str, pd.DataFrame]) -> None:
    for name in ("day_care", "meal_point"):
        layer = facilities[name]
        assert {"在用", "拟建", "停用"} == set(layer["状态"])
        assert (layer["停用日期"].notna() == (layer["状态"] == "停用")).all()
        assert (layer["启用日期"].isna() == (layer["状态"] == "拟建")).all()


def test_corrections_name_streets_that_exist(streets: gpd.GeoDataFrame, corrections: pd.DataFrame) -> None:
    assert list(corrections.columns) == ["way_id", "key", "value", "reason"]
    assert set(corrections.way_id) <= set(streets.index)
    closed = corrections[corrections.key == "foot"]
    assert closed.way_id.is_unique
    assert (closed.value == "no").all()


def test_streets_reach_a_kilometre_beyond_the_people(streets: gpd.GeoDataFrame, places: gpd.GeoDataFrame) -> None:
    west, south, east, north = streets.geometry.to_crs(METRES).total_bounds
    inner = places.geometry[places.level == "city"].to_crs(METRES).total_bounds
    assert np.min([inner[0] - west, inner[1] - south, east - inner[2], north - inner[3]]) >= 1000


def test_on_foot_the_yangtze_is_crossed_on_bridges_only(streets: gpd.GeoDataFrame, corrections: pd.DataFrame) -> None:
    """The six carriageways of three bridges stay open, the four bores of two tunnels are closed."""
    closed = set(corrections.way_id[corrections.key == "foot"])
    crossing = streets[streets.crosses(shapely.LineString(YANGTZE))]
    assert len(crossing[crossing.index.isin(closed)]) == 4
    assert set(crossing.highway[crossing.index.isin(closed)]) == {"primary"}
    assert len(crossing[~crossing.index.isin(closed)]) == 6
    assert set(crossing.highway[~crossing.index.isin(closed)]) == {"trunk"}


def test_the_old_bridge_stays_open_and_joins_the_banks(streets: gpd.GeoDataFrame, corrections: pd.DataFrame) -> None:
    closed = set(corrections.way_id[corrections.key == "foot"])
    on_foot = streets[~streets.index.isin(closed)]
    crossing = on_foot[on_foot.crosses(shapely.LineString(YANGTZE))]
    bridge = on_foot[on_foot.crosses(shapely.LineString(OLD_BRIDGE))]
    assert len(bridge) == 2
    others = crossing.index.difference(bridge.index)
    # The ramps of the second bridge hang on it alone at the edge of the cut: a dozen nodes of thirteen thousand.
    assert _largest_share(on_foot.drop(index=others)) > 0.999
    assert _largest_share(on_foot.drop(index=crossing.index)) < 0.8  # no way over the river is left


def test_on_foot_all_streets_hang_together(streets: gpd.GeoDataFrame, corrections: pd.DataFrame) -> None:
    closed = set(corrections.way_id[corrections.key == "foot"])
    assert _largest_share(streets) == 1.0
    assert _largest_share(streets[~streets.index.isin(closed)]) == 1.0


def test_sources_list_every_layer_with_its_digest() -> None:
    sources = pd.read_csv(DATA / "sources.csv").set_index("path")
    kinds = (".parquet", ".csv", ".geojson", ".xlsx")
    layers = {path.relative_to(DATA).as_posix() for path in DATA.glob("*/*") if path.suffix in kinds}
    assert set(sources.index) == {path for path in layers if not path.startswith(("faulty/", "systems/"))}  # own lists
    for path, row in sources.iterrows():
        assert hashlib.sha256((DATA / str(path)).read_bytes()).hexdigest() == row.sha256, path
    assert sources[["owner", "link", "licence", "date"]].notna().all(axis=None)


def test_the_systems_demo_asks_for_every_kind_and_lists_its_files() -> None:
    project = load_project(DATA / "systems/planner.toml")
    assert {system.kind for system in project.systems} == set(KINDS)
    assert project.about.sample
    sources = pd.read_csv(DATA / "systems/sources.csv").set_index("path")
    digests = {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in (DATA / "systems").glob("*.*son")}
    digests |= {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in (DATA / "systems").glob("*.csv")}
    assert sources["sha256"].to_dict() == {n: d for n, d in digests.items() if n != "sources.csv"}


def test_making_the_systems_again_gives_the_same_bytes(tmp_path: Path) -> None:
    _maker("make_systems").make_systems(DATA, tmp_path)
    assert [p.name for p in tmp_path.iterdir() if p.read_bytes() != (DATA / "systems" / p.name).read_bytes()] == []


def test_the_readme_names_ways_that_exist_and_closes_the_same(
    streets: gpd.GeoDataFrame, corrections: pd.DataFrame
) -> None:
    rows = [line for line in (DATA / "README.md").read_text(encoding="utf-8").splitlines() if "| w" in line]
    named = {way: "**closed**" in row for row in rows for way in re.findall(r"w\d{5}", row)}
    assert len(named) == 16  # eight crossings, two carriageways each
    assert set(named) <= set(streets.index)
    assert {way for way, shut in named.items() if shut} == set(named) & set(corrections.way_id)


def test_the_committed_data_is_small() -> None:
    files = [path for path in DATA.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    assert sum(path.stat().st_size for path in files) < 5_000_000


def test_the_project_file_names_files_and_columns_that_exist(facilities: dict[str, pd.DataFrame]) -> None:
    project = tomllib.loads((DATA / "planner.toml").read_text(encoding="utf-8"))
    for service in project["services"]:
        assert (DATA / service["facilities"]).is_file()
        assert set(service["columns"].values()) <= set(facilities[service["id"]].columns)
        if "candidates" in service:
            assert set(service["candidates"]["columns"].values()) <= set(facilities["candidates"].columns)
    assert (DATA / project["streets"]["path"]).is_file()
    assert (DATA / project["places"]["path"]).is_file()


def test_making_the_demo_again_gives_the_same_bytes(shared_data: Path, tmp_path: Path) -> None:
    maker = _maker()
    maker.make_demo(maker.Place(shared=shared_data, out=tmp_path))
    again = {path.relative_to(tmp_path).as_posix(): path for path in tmp_path.rglob("*.*")}
    different = [name for name, path in again.items() if path.read_bytes() != (DATA / name).read_bytes()]
    assert different == []


def _largest_share(streets: gpd.GeoDataFrame) -> float:
    """Return the share of street ends in the largest connected part."""
    lines = streets.geometry.to_numpy()
    starts = shapely.get_coordinates(shapely.get_point(lines, 0))
    ends = shapely.get_coordinates(shapely.get_point(lines, -1))
    graph = nx.Graph(zip(map(tuple, starts.tolist()), map(tuple, ends.tolist()), strict=True))
    return len(max(nx.connected_components(graph), key=len)) / graph.number_of_nodes()


def _maker(name: str = "make_demo") -> ModuleType:
    """Load a script of data/, which is no part of the package."""
    spec = importlib.util.spec_from_file_location(name, DATA / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.path.insert(0, str(DATA))
    try:
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(str(DATA))
    return module


def test_the_lines_are_sample_data_that_stop_at_streets(streets: gpd.GeoDataFrame) -> None:
    lines = pd.read_csv(DATA / "transit/lines.csv", encoding="utf-8-sig")
    assert (lines["数据性质"] == "示例数据").all()
    assert lines["线路"].str.startswith("示例").all()
    assert (lines.groupby("线路")["站序"].diff().dropna() == 1).all()
    stops = gpd.GeoSeries.from_xy(lines["经度"], lines["纬度"], crs=4326).to_crs(METRES)
    near = shapely.STRtree(streets.geometry.to_crs(METRES).to_numpy())
    _, off = near.query_nearest(stops.to_numpy(), return_distance=True, all_matches=False)
    assert off.max() < 150
