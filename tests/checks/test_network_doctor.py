"""The network doctor: what it measures on toys that can be counted, and what it says of real streets."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from planner.checks import CHECKS, Reach, Settings, blocking, run_checks
from planner.checks.speeds import read_kmh
from planner.layers import Ways
from planner.layers.conform import Layer
from planner.layers.streets import read_streets
from planner.network import StreetNetwork, build_network, repair_streets

from .toy import CRS, Toy, built, demand, facilities, grid, network, places, square, street_grid, towns, ways


def found(streets: Ways, **tables) -> pd.DataFrame:
    return run_checks(Toy(streets=streets, **tables), network=build_network(streets))


def test_the_share_of_crossings_without_a_vertex_is_counted():
    # 5 x 5 crossings without a vertex; the frame's are of three arms, and do not count: 25 of 25
    one = found(ways(*street_grid(5, noded=False))).set_index("code").loc["NW-05"]
    assert one["measure"] == 1.0
    assert shapely.get_num_geometries(one.geometry) == 25
    assert len(blocking(found(ways(*street_grid(5, noded=False))), CHECKS)) == 1


def test_few_open_crossings_are_information():
    streets = [*street_grid(5), [(-50.0, 50.0), (50.0, 50.0), (50.0, 650.0)]]
    # a way that crosses the frame's west side and five streets east and the north side, 7 places; 25 are noded
    one = found(ways(*streets)).set_index("code").loc["NW-05"]
    assert (one["severity"], one["measure"]) == ("info", pytest.approx(7 / 32))


@pytest.mark.parametrize(
    ("tags", "crossings"),
    [
        ({}, 1),
        ({"bridge": ["yes", ""]}, 0),
        ({"tunnel": ["", "yes"]}, 0),
        ({"layer": ["1", ""]}, 0),
        ({"bridge": ["yes", "yes"]}, 0),  # two bridges: nobody says which is above
        ({"bridge": ["yes", "yes"], "layer": ["2", "2"]}, 1),
        ({"bridge": ["yes", "yes"], "layer": ["1", "2"]}, 0),
        ({"bridge": ["no", ""]}, 1),
        ({"highway": ["primary", "residential"]}, 0),  # no level is told of any way: it may be a viaduct
        ({"highway": ["primary", "residential"], "layer": ["0", ""]}, 1),
    ],
)
def test_levels(tags, crossings):
    cross = ways([(0, 0), (100, 0)], [(50, -50), (50, 50)], **tags)
    _, edits = repair_streets(cross, node_crossings=True)
    assert (edits["kind"] == "node_crossing").sum() == 2 * crossings  # one row a way


def test_a_street_that_ends_on_another_without_a_vertex_is_a_crossing():
    _, edits = repair_streets(ways([(0, 0), (100, 0)], [(50, 0), (50, 50)]), node_crossings=True)
    assert list(edits["way_id"]) == ["w0"]
    assert list(edits["vertices_after"]) == [3]


@pytest.mark.parametrize(("pieces", "severity"), [(1, "error"), (5, "warning")])
def test_a_network_in_pieces(pieces, severity):
    # main: 4 x 4 blocks, 40 streets; beside it islands of a block, 4 streets each, or one of 24: 40/64 and 40/44
    side = (
        [grid(3, x=2000, tag="a")] if pieces == 1 else [grid(1, x=2000 + 300 * i, tag=f"i{i}") for i in range(pieces)]
    )
    main = grid(2) if pieces == 1 else grid(4)
    net = network(main, *side, *([grid(3, x=4000, tag="b"), grid(3, x=6000, tag="c")] if pieces == 1 else []))
    homes = demand(("d1", 2050, 5, 7), ("d2", 100, 5, 10))
    one = run_checks(Toy(demand=homes), network=net).set_index("code").loc["NW-04"]
    # severe: 24 of 12 + 3 x 24 = 84 streets hang together; else 40 of 60
    assert one["measure"] == pytest.approx(24 / 84 if pieces == 1 else 40 / 60)
    assert one["severity"] == severity
    assert one["people"] == (10 if pieces == 1 else 7)  # who lives off the largest piece


def test_edges_of_frames_are_looked_at_too():
    nodes, links = grid(1)
    frame = pd.DataFrame(links, columns=["from_id", "to_id"])
    frame = pd.concat([frame, frame.iloc[[0]]], ignore_index=True)
    frame["speed_kmh"] = [30.0, 200.0, np.nan, np.nan, np.nan]
    lines = [shapely.LineString([nodes[a], nodes[b]]) for a, b in zip(frame["from_id"], frame["to_id"], strict=True)]
    frame["length_m"] = shapely.length(lines)
    net = StreetNetwork.from_edges(pd.DataFrame(nodes, index=["x", "y"]).T, frame, crs=CRS)
    one = run_checks(Toy(), network=net).set_index("code")
    assert one.loc["NW-07", "measure"] == 1
    assert (one.loc["NW-09", "severity"], one.loc["NW-09", "measure"]) == ("error", 200)


@pytest.mark.parametrize(
    ("text", "kmh"),
    [("50", 50), ("50 km/h", 50), ("30 mph", 30 * 1.609344), ("0", 0), ("-5", -5), ("10 knots", 18.52)],
)
def test_speeds_are_read(text, kmh):
    assert read_kmh(text) == pytest.approx(kmh)


def test_speeds_that_are_words():
    assert all(np.isnan(read_kmh(word)) for word in ("none", "signals", "walk", "CN:urban", "DE:rural"))
    assert all(read_kmh(word) is None for word in ("fast", "50 bananas", ""))


@pytest.mark.parametrize(
    ("text", "severities"),
    [
        ("120", []),
        ("131", ["warning"]),
        ("0", ["warning"]),
        ("30;200", ["warning"]),
        ("fast", ["info"]),
        ("50|none", []),
    ],
)
def test_speeds_are_judged(text, severities):
    streets, net = built(ways([(0, 0), (100, 0)], maxspeed=[text]))
    assert list(run_checks(streets, network=net)["severity"]) == severities


def test_people_near_the_rim_are_counted_by_service():
    # a square of 1,000 m; d1 is 100 m from its rim, d2 500 m; a facility stands 300 m from d1
    homes = demand(("d1", 100, 500, 10), ("d2", 500, 500, 90))
    sites = facilities(("f1", "甲中心", 400, 500))
    net = network(grid(10))
    layers = Toy(demand=homes, facilities=sites)
    far = run_checks(layers, network=net, settings=Settings(reach_m={"day_care": Reach(200.0, 400.0, "托老所")}))
    # 300 m x 1.4 is beyond the standard of 200 m, and the rim is nearer than the facility
    assert (far["people"].tolist(), far["measure"].tolist()) == ([10], [pytest.approx(0.1)])
    assert run_checks(layers, network=net, settings=Settings(reach_m={"day_care": Reach(420.0, 840.0)})).empty
    assert run_checks(layers, network=net, settings=Settings(reach_m={"day_care": Reach(50.0, 99.0)})).empty
    assert far["message_zh"].str.startswith("服务 托老所：").all()  # by its name, where it has one
    none = run_checks(layers, network=net, settings=Settings(reach_m={"social_work": Reach(200.0, 400.0)}))
    assert none["people"].tolist() == [10]  # no facility of that service at all


def test_a_place_without_polygon_is_judged_by_distances():
    homes = demand(("d1", 500, -150, 60), ("d2", 500, 5, 40), place_id="c1")
    named = places({"place_id": "c1", "name": "甲村", "level": "community", "geometry": None})
    one = run_checks(Toy(places=named, demand=homes), network=network(grid(10))).set_index("code").loc["NW-11"]
    assert (one["measure"], one["people"]) == (0.6, 60)
    assert "km2" not in one["message_en"]


def test_without_places_all_people_are_judged_together():
    homes = demand(("far", 500, -150, 6.0), *((f"d{i}", 50 * i, 5, 4 / 19) for i in range(19)))
    one = run_checks(Toy(demand=homes), network=network(grid(10))).set_index("code").loc["NW-11"]
    assert (one["measure"], one["people"]) == (pytest.approx(0.6), 6)
    homes.loc["far", "pop"] = 3.9  # less than the 4 near
    few = homes.iloc[:19].assign(pop=[100.0, *[1.0] * 18])  # too few points to tell
    for these in (homes, few):
        assert "NW-11" not in set(run_checks(Toy(demand=these), network=network(grid(10)))["code"])


def test_a_thin_place_needs_fewer_far_homes():
    # one street of 1,000 m along 4 km2 is 0.25 km a km2; a quarter of the people are 150 m off
    homes = demand(("d1", 500, 150, 25), ("d2", 500, 5, 75), place_id="t1")
    net = network(({"a": (500_000.0, 3_540_000.0), "b": (501_000.0, 3_540_000.0)}, [("a", "b")]))
    thin = run_checks(Toy(places=towns(square(0, 0, 2000.0)), demand=homes), network=net).set_index("code")
    assert thin.loc["NW-11", "measure"] == 0.25
    # the same street in a quarter of a km2 is 4 km a km2
    dense = run_checks(Toy(places=towns(square(0, 0, 1000.0, 250.0)), demand=homes), network=net)
    assert "NW-11" not in set(dense["code"])


def _chengdu(folder) -> gpd.GeoDataFrame:
    """Read the streets as found: id, from, to, n, then latitude and longitude of each vertex."""
    kinds = dict(line.split()[:2] for line in (folder / "Chengdu_wayTypeOSM.txt").read_text().splitlines() if line)
    rows = [line.split() for line in (folder / "Chengdu_edgeOSM.txt").read_text().splitlines()]
    lines = [shapely.LineString(np.array(row[4:], float).reshape(-1, 2)[:, ::-1]) for row in rows]
    data = {"way_id": [row[0] for row in rows], "highway": [kinds[row[0]] for row in rows]}
    return gpd.GeoDataFrame(data, geometry=lines, crs=4326)


def test_the_streets_of_chengdu_are_refused_and_can_be_repaired(shared_data, tmp_path):
    _chengdu(shared_data / "unnoded").to_parquet(tmp_path / "chengdu.parquet")
    streets = read_streets(Layer(path=tmp_path / "chengdu.parquet", datum=None, columns={}, crs="EPSG:32648"))
    before = found(streets)
    assert list(blocking(before, CHECKS)["code"]) == ["NW-05"]
    mended, edits = repair_streets(streets, node_crossings=True, drop_duplicates=True)
    after = found(mended)
    assert blocking(after, CHECKS).empty
    assert "NW-05" not in set(after["code"])
    assert set(edits["kind"]) == {"node_crossing", "drop_duplicate"}
    gone = edits[edits["kind"] == "drop_duplicate"]
    assert len(mended) == len(streets) - len(gone)
    assert set(edits["way_id"]) <= set(streets.way_id)


def test_the_nodes_of_chengdu_by_their_own_numbers_fall_to_pieces(shared_data):
    folder = shared_data / "unnoded"
    rows = [line.split() for line in (folder / "Chengdu_edgeOSM.txt").read_text().splitlines()]
    edges = pd.DataFrame([row[1:3] for row in rows], columns=["from_id", "to_id"])
    lines = gpd.GeoSeries([shapely.LineString(np.array(r[4:], float).reshape(-1, 2)[:, ::-1]) for r in rows], crs=4326)
    edges["geometry"] = lines.to_crs(32648).to_numpy()
    edges["length_m"] = shapely.length(edges["geometry"].to_numpy())
    ends = {}
    for (a, b), line in zip(edges[["from_id", "to_id"]].to_numpy(), edges["geometry"], strict=True):
        ends |= {a: line.coords[0], b: line.coords[-1]}
    nodes = pd.DataFrame(ends, index=["x", "y"]).T
    findings = run_checks(Toy(), network=StreetNetwork.from_edges(nodes, edges, crs="EPSG:32648"))
    assert "NW-04" in set(blocking(findings, CHECKS)["code"])


def test_the_there_and_back_ways_of_shanghai_are_told_and_nothing_else_is_wrong(shared_data):
    path = shared_data / "shanghai/shanghai.osm"
    findings = found(read_streets(Layer(path=path, datum=None, columns={}, crs="EPSG:32651")))
    assert set(findings["code"]) == {"NW-06"}
    assert set(findings["severity"]) == {"info"}


@pytest.mark.parametrize(
    ("file", "crs"),
    [
        ("gothenburg/ways.geojson", "EPSG:32632"),
        ("nanjing/osm_centre.geojson", "EPSG:4549"),
        ("wuhan/streets.parquet", "EPSG:32650"),
        ("porto_alegre/poa_osm.pbf", "EPSG:32722"),
    ],
)
def test_sound_real_streets_are_not_accused(shared_data, file, crs):
    streets = read_streets(Layer(path=shared_data / file, datum=None, columns={}, crs=crs))
    findings = found(streets)
    assert "error" not in set(findings["severity"])
    # some ends are short of a street in every one of them, and tags that are no speed; whole-network faults are not
    assert set(findings.loc[findings["severity"] == "warning", "code"]) <= {"NW-08"}
    assert (findings["code"] == "NW-08").sum() < 30


def test_the_record_of_a_built_network_has_lost_its_levels_so_nothing_is_said_without_the_ways():
    streets = ways([(0, 0), (100, 0)], [(50, -50), (50, 50)], bridge=["yes", ""])
    net = build_network(streets)
    assert "NW-05" not in set(run_checks(Toy(), network=net)["code"])
