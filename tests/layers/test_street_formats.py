"""The same streets out of files of other kinds take as long as out of the .osm, for everybody."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from pyproj import Transformer

from planner.layers.conform import Layer
from planner.layers.parts import TAGS
from planner.layers.streets import read_streets
from planner.network import BIKE, DRIVE, WALK, build_network
from planner.travel import travel_times

from .test_streets import osm

CRS = "EPSG:4549"
AT = {5 * i + j + 1: (118.79 + 0.002 * i, 32.05 + 0.002 * j) for i in range(5) for j in range(5)}
SAID = {
    "oneway": ("yes", "-1", "no"),
    "oneway:bicycle": ("no", "yes"),
    "oneway:foot": ("yes",),
    "cycleway:left": ("opposite_lane",),
    "motor_vehicle": ("no", "destination"),
    "bicycle": ("dismount", "no"),
    "foot": ("yes", "no"),
    "access": ("private", "no"),
    "name": ("中山路", "珠江路"),
}
KINDS = ("residential", "footway", "cycleway", "steps", "trunk", "service")
TURNED = {"yes": "-1", "-1": "yes"}


def drawn(seed):
    """Return ways over a lattice of 25 crossings, with tags at random: (places, tags) by id."""
    rng, ways = np.random.default_rng(seed), {}
    for number in range(1, 31):
        refs = [int(rng.integers(1, 26))]
        for _ in range(int(rng.integers(2, 6))):  # from neighbour to neighbour; may cross itself
            near = [n for n in AT if abs(AT[n][0] - AT[refs[-1]][0]) + abs(AT[n][1] - AT[refs[-1]][1]) < 0.003]
            refs.append(int(rng.choice([n for n in near if n != refs[-1]])))
        tags = {key: str(rng.choice(words)) for key, words in SAID.items() if rng.random() < 0.2}
        ways[number] = refs, {"highway": str(rng.choice(KINDS))} | tags
    return ways


def minutes(path, **layer):
    """Return minutes between all crossings, for each mode."""
    network = build_network(read_streets(Layer(path=path, datum=None, **({"columns": {}, "crs": CRS} | layer))))
    xy = Transformer.from_crs(4326, CRS, always_xy=True).transform(*np.array(list(AT.values())).T)
    spots = gpd.GeoSeries(gpd.points_from_xy(*xy), index=[str(n) for n in AT], crs=CRS)
    took = {m.name: travel_times(network, spots, spots, mode=m, cutoff_min=999).to_frame() for m in (WALK, BIKE, DRIVE)}
    return pd.concat(took).set_index(["origin_id", "destination_id"], append=True)["minutes"].droplevel(1)


def frame(ways):
    rows = [{"osm_id": str(n)} | {tag: tags.get(tag, "") for tag in TAGS} for n, (_, tags) in ways.items()]
    shapes = [shapely.LineString([AT[r] for r in refs]) for refs, _ in ways.values()]
    return gpd.GeoDataFrame(rows, geometry=shapes, crs=4326)


def only(ways, keys):
    return {n: (refs, {k: v for k, v in tags.items() if k in keys}) for n, (refs, tags) in ways.items()}


def as_geojson(lines, path):
    lines.to_file(path / "s.geojson")
    return path / "s.geojson"


def as_lines_with_heights(lines, path):
    lines.set_geometry(shapely.force_3d(lines.geometry.to_numpy(), 7.0), crs=4326).to_file(path / "s.gpkg")
    return path / "s.gpkg"


def as_multilines(lines, path):
    """Each line in two parts, cut at its second vertex."""
    parts = [shapely.MultiLineString([line.coords[:2], line.coords[1:]]) for line in lines.geometry]
    lines.set_geometry(gpd.GeoSeries(parts, crs=4326)).to_file(path / "s.gpkg")
    return path / "s.gpkg"


def as_shapefile(lines, path):
    """Names of ten letters, as every writer of shapefiles makes them, and Chinese in GBK."""
    short = lines.rename(columns={c: c[:10] for c in lines.columns if c != "geometry"})
    assert "motor_vehi" in short
    assert short.columns.is_unique
    short.to_file(path / "s.shp", encoding="GBK")
    return path / "s.shp"


def as_drawn_the_other_way(lines, path):
    """Every other line against its direction, with what is said of directions turned round."""
    turn = np.arange(len(lines)) % 2 == 0
    for tag in ("oneway", "oneway:bicycle", "oneway:foot"):
        lines[tag] = lines[tag].mask(turn, lines[tag].replace(TURNED))
    shapes = np.where(turn, shapely.reverse(lines.geometry.to_numpy()), lines.geometry.to_numpy())
    lines.set_geometry(gpd.GeoSeries(shapes, crs=4326)).to_parquet(path / "s.parquet")
    return path / "s.parquet"


def as_other_metres(lines, path):
    lines.to_crs(32650).to_file(path / "s.gpkg")
    return path / "s.gpkg"


FORMS = (as_geojson, as_lines_with_heights, as_multilines, as_shapefile, as_drawn_the_other_way, as_other_metres)


@pytest.mark.filterwarnings("ignore:Normalized/laundered field name")
@pytest.mark.parametrize("form", FORMS)
def test_another_form_takes_as_long(tmp_path, form):
    for seed in (1, 2):
        ways = drawn(seed)
        told = minutes(osm(tmp_path / f"{seed}.osm", AT, ways))
        assert told.groupby(level=0).size().min() > 100  # somebody gets somewhere, in each mode
        pd.testing.assert_series_equal(told, minutes(form(frame(ways), tmp_path)), rtol=1e-4, atol=1e-3)


def test_lines_without_tags_are_open_to_all(tmp_path):
    ways = {n: (refs, {"highway": "unclassified"}) for n, (refs, _) in drawn(3).items()}
    told = minutes(osm(tmp_path / "s.osm", AT, ways))
    pd.testing.assert_series_equal(told, minutes(as_geojson(frame(ways)[["geometry"]], tmp_path)), rtol=1e-4, atol=1e-3)


def test_a_shapefile_of_geofabrik_says_its_directions_in_letters(tmp_path):
    plain = only(drawn(4), ("highway", "oneway"))
    lines = frame(plain)
    lines["oneway"] = lines["oneway"].map({"yes": "F", "-1": "T", "no": "B", "": "B"})
    lines = lines[["osm_id", "highway", "oneway", "geometry"]].rename(columns={"highway": "fclass"})
    lines.assign(bridge="F", tunnel="F", fclass=lines["fclass"]).to_file(tmp_path / "s.shp", encoding="UTF-8")
    told = minutes(osm(tmp_path / "s.osm", AT, plain))
    pd.testing.assert_series_equal(told, minutes(tmp_path / "s.shp"), rtol=1e-4, atol=1e-3)


@pytest.mark.parametrize("simplify", [False, True])
def test_a_graph_of_osmnx_takes_as_long(tmp_path, simplify):
    """Where OSMnx simplifies it joins ways of different tags and keeps a list of words; of one kind nothing is lost."""
    import osmnx

    ways = only(drawn(5), ("highway", "oneway"))
    if simplify:
        ways = {n: (refs, {"highway": "residential"}) for n, (refs, _) in ways.items()}
    path = osm(tmp_path / "s.osm", AT, ways)
    osmnx.save_graphml(osmnx.graph_from_xml(path, simplify=simplify, retain_all=True), tmp_path / "s.graphml")
    told, found = minutes(path), minutes(tmp_path / "s.graphml")
    pd.testing.assert_series_equal(told, found, rtol=1e-4, atol=1e-3)
