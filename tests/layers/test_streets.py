"""The same streets in every format are the same network, and osmium's files are read as osmium reads them."""

import gzip

import geopandas as gpd
import networkx as nx
import numpy as np
import osmium
import pytest
import shapely
from pyproj import Transformer

from planner.errors import PlannerError, TableError
from planner.layers import correct
from planner.layers.conform import Layer
from planner.layers.parts import TAGS
from planner.layers.streets import read_streets
from planner.network import DRIVE, build_network

CRS = "EPSG:4549"
NODES = {1: (118.79, 32.06), 2: (118.80, 32.06), 3: (118.81, 32.06), 4: (118.80, 32.07), 5: (118.80, 32.05)}
WAYS = {
    11: (
        [1, 2, 3],
        {"highway": "residential", "name": "中山路, 南=北 50% (a%b)", "maxspeed": "40", "surface": "asphalt"},
    ),
    12: ([4, 2], {"highway": "tertiary", "oneway": "-1"}),
    13: ([2, 5], {"highway": "footway", "layer": "-1", "tunnel": "yes"}),
}
NOT_STREETS = {21: ([1, 5], {"highway": "proposed"}), 22: ([1, 4], {"building": "yes"}), 23: ([3], {"highway": "path"})}


def osm(path, nodes=NODES, ways=WAYS):
    with osmium.SimpleWriter(str(path)) as out:
        for ref, place in nodes.items():
            out.add_node(osmium.osm.mutable.Node(id=ref, location=place, version=1))
        for way, (refs, tags) in ways.items():
            out.add_way(osmium.osm.mutable.Way(id=way, nodes=refs, tags=tags, version=1))
    return path


def lines() -> gpd.GeoDataFrame:
    rows = [{"osm_id": str(way), **{k: v for k, v in tags.items() if k in TAGS}} for way, (_, tags) in WAYS.items()]
    shapes = [shapely.LineString([NODES[r] for r in refs]) for refs, _ in WAYS.values()]
    return gpd.GeoDataFrame(rows, geometry=shapes, crs=4326).fillna("")


def read(path, datum=None, **layer):
    return read_streets(Layer(path=path, datum=datum, columns={}, **({"crs": CRS} | layer)))


def alike(streets, *, abs_m=1e-3):
    """Check the network of `WAYS`: nodes, lengths, and who may drive where."""
    network = build_network(streets)
    place = dict(zip(NODES, np.column_stack(Transformer.from_crs(4326, CRS, always_xy=True).transform(
        *np.array(list(NODES.values())).T)), strict=True))  # fmt: skip
    assert len(network.node_id) == 5
    for xy in place.values():
        assert np.hypot(*(network.node_xy - xy).T).min() <= abs_m
    straight = [np.hypot(*(place[a] - place[b])) for a, b in ((1, 2), (2, 3), (4, 2), (2, 5))]
    assert sorted(network.length_m) == pytest.approx(sorted(straight), abs=2 * abs_m)
    (edge,) = np.flatnonzero(network.highway == "tertiary")
    from_north = np.hypot(*(network.node_xy[network.from_node[edge]] - place[4])) < 1
    forth = network.forward[edge] if from_north else network.backward[edge]
    back = network.backward[edge] if from_north else network.forward[edge]
    assert (forth & DRIVE.bit, back & DRIVE.bit) == (0, DRIVE.bit)  # oneway=-1: against the drawing from 4 to 2
    return network


@pytest.mark.parametrize("suffix", ["osm.pbf", "osm", "osm.gz", "osm.bz2"])
def test_osm_files(tmp_path, suffix):
    path = osm(tmp_path / f"s.{suffix}", ways=dict(sorted((WAYS | NOT_STREETS).items())))
    streets = read(path)
    assert streets.way_id.tolist() == ["11", "12", "13"]
    for tag in TAGS:
        assert streets.tags[tag].tolist() == [tags.get(tag, "") for _, tags in WAYS.values()], tag
    alike(streets)


def test_nodes_that_the_file_lacks_are_left_out(tmp_path):
    # way 11 lacks its first node, way 13 its last: one vertex is no street
    streets = read(osm(tmp_path / "s.osm", nodes={k: v for k, v in NODES.items() if k not in (1, 5)}))
    assert streets.way_id.tolist() == ["11", "12"]
    assert np.diff(streets.offsets).tolist() == [2, 2]


def test_large_ids(tmp_path):
    moved = {ref + 10**13: place for ref, place in NODES.items()}
    ways = {10**12: ([ref + 10**13 for ref in (1, 2)], {"highway": "path"})}
    assert read(osm(tmp_path / "a.osm", nodes=moved, ways=ways)).way_id.tolist() == [str(10**12)]


def test_nodes_at_one_place_with_different_ids_do_not_meet(tmp_path):
    nodes = NODES | {6: NODES[2]}
    ways = {11: ([1, 2, 3], {"highway": "primary"}), 12: ([4, 6, 5], {"highway": "primary", "bridge": "yes"})}
    network = build_network(read(osm(tmp_path / "s.osm", nodes=nodes, ways=ways)))
    assert sorted(np.bincount(np.concatenate([network.from_node, network.to_node]))) == [1, 1, 1, 1]


@pytest.mark.parametrize("suffix", [".geojson", ".gpkg", ".shp", ".fgb", ".parquet"])
def test_line_files(tmp_path, suffix):
    path = tmp_path / f"s{suffix}"
    frame = lines().drop(columns="name") if suffix == ".shp" else lines()
    frame.to_parquet(path) if suffix == ".parquet" else frame.to_file(path)
    streets = read(path)
    assert sorted(streets.way_id) == ["11", "12", "13"]
    alike(streets, abs_m=0.02)


def test_lines_in_metres_and_in_another_system(tmp_path):
    for crs in ("EPSG:4549", "EPSG:32650", "EPSG:3857"):
        path = tmp_path / f"{crs[5:]}.parquet"
        lines().to_crs(crs).to_parquet(path)
        alike(read(path), abs_m=0.02)


def test_lines_in_the_datum_of_a_web_map(tmp_path):
    from planner.layers import datums

    moved = lines().set_geometry(
        shapely.transform(lines().geometry.to_numpy(), lambda c: np.column_stack(datums.wgs84_to_gcj02(*c.T))), crs=4326
    )
    moved.to_parquet(tmp_path / "s.parquet")
    alike(read(tmp_path / "s.parquet", datum="gcj02"), abs_m=0.02)


def test_a_graph_that_osmnx_saved(tmp_path):
    graph = nx.MultiDiGraph(crs="epsg:4326")
    for ref, (x, y) in NODES.items():
        graph.add_node(ref, x=x, y=y)
    arcs = [(1, 2, 11, "residential", False), (2, 1, 11, "residential", False), (2, 3, 11, "residential", False),
            (3, 2, 11, "residential", False), (2, 4, 12, "tertiary", True), (2, 5, 13, "footway", False)]  # fmt: skip
    for a, b, way, highway, oneway in arcs:
        graph.add_edge(a, b, osmid=way, highway=highway, oneway=oneway, length=1.0)
    nx.write_graphml(graph, tmp_path / "s.graphml")
    alike(read(tmp_path / "s.graphml"))


def test_plazas_count_with_their_outline_and_other_shapes_do_not(tmp_path):
    square = shapely.box(118.79, 32.05, 118.80, 32.06)
    frame = gpd.GeoDataFrame({"highway": ["pedestrian", "path"]}, geometry=[square, shapely.Point(118.8, 32)], crs=4326)
    frame.to_file(tmp_path / "s.geojson")
    streets = read(tmp_path / "s.geojson")
    assert (len(streets), np.diff(streets.offsets).tolist()) == (1, [5])


def test_corrections_set_and_remove_tags(tmp_path):
    path = tmp_path / "fixes.csv"
    path.write_text("way_id,key,value,reason\n11,foot,no,隧道\n12,oneway,,双向\n", encoding="utf-8-sig")
    fixed = correct(read(osm(tmp_path / "s.osm")), path)
    assert fixed.tags["foot"].tolist() == ["no", "", ""]
    assert fixed.tags["oneway"].tolist() == ["", "", ""]
    assert fixed.corrected == 2
    path.write_text("way_id,key,value,reason\n99,foot,no,x\n", encoding="utf-8")
    with pytest.raises(TableError):
        correct(read(tmp_path / "s.osm"), path)


@pytest.mark.parametrize("name", ["s.osm", "s.osm.pbf", "s.geojson", "s.graphml"])
def test_rubbish_is_one_clear_error(tmp_path, name):
    (tmp_path / name).write_bytes(b"rubbish")
    with pytest.raises(PlannerError):
        read(tmp_path / name)


def test_files_without_streets(tmp_path):
    with pytest.raises(TableError):
        read(osm(tmp_path / "s.osm.pbf", ways=NOT_STREETS))
    packed = tmp_path / "e.osm.gz"
    packed.write_bytes(gzip.compress(b"<osm version='0.6'></osm>"))
    with pytest.raises(TableError):
        read(packed)


def test_a_real_file_is_read_as_osmium_reads_it(shared_data):
    path = shared_data / "porto_alegre/poa_osm.pbf"
    streets = read(path, crs="EPSG:32722")
    row = {way: i for i, way in enumerate(streets.way_id)}
    back = Transformer.from_crs("EPSG:32722", 4326, always_xy=True)
    held = osmium.FileProcessor(str(path)).with_locations().with_filter(osmium.filter.EntityFilter(osmium.osm.WAY))
    seen = 0
    for way in held.with_filter(osmium.filter.KeyFilter("highway")):
        i = row.get(str(way.id))
        if i is None or seen >= 500:
            continue
        seen += 1
        assert streets.tags.iloc[i].to_dict() == {tag: way.tags.get(tag, "") for tag in TAGS}
        line = streets.xy[streets.vertex[streets.offsets[i] : streets.offsets[i + 1]]]
        lon, lat = back.transform(*line.T)
        assert np.column_stack([lon, lat]) == pytest.approx(np.array([(n.lon, n.lat) for n in way.nodes]), abs=1e-8)
    assert seen == 500
