"""Streets that go up and down: Tobler's function, each direction by itself, exact wherever a street is cut."""

import math
from dataclasses import replace

import geopandas as gpd
import numpy as np
import osmium
import pandas as pd
import pytest
import shapely

from planner.layers.conform import Layer
from planner.layers.streets import read_streets
from planner.network import BIKE, StreetNetwork, build_network
from planner.network.cut import cut_at
from planner.travel import service_areas, travel_times
from tests.network.test_modes import ways
from tests.toy_city import CRS, WALK_1, points

HILL = ((0, 0, 0.0), (100, 0, 10.0), (300, 0, 0.0))  # up a tenth for 100 m, then down a twentieth for 200 m


def times(*parts):
    """Return minutes over (blocks, grade), at a block a minute on the level."""
    return sum(blocks * math.exp(3.5 * (abs(grade + 0.05) - 0.05)) for blocks, grade in parts)


def hill(tmp_path, shape=HILL, **tags):
    frame = gpd.GeoDataFrame({"highway": ["path"]} | {k: [v] for k, v in tags.items()}, crs=CRS,
                             geometry=[shapely.LineString(shape)])  # fmt: skip
    frame.to_file(tmp_path / "hill.gpkg")
    return build_network(read_streets(Layer(path=tmp_path / "hill.gpkg", datum=None, columns={}, crs=CRS)))


def walk(network, a, b, mode=WALK_1, **options):
    found = travel_times(network, points(a=(a, 0)), points(b=(b, 0)), mode=mode, cutoff_min=999, **options)
    return float(found.minutes[0])


def test_up_and_down_take_their_own_time(tmp_path):
    network = hill(tmp_path)
    # Tobler 1993: 6 exp(-3.5 |i + 0.05|): a tenth uphill exp(-0.35) of the level pace, a twentieth downhill exp(0.175)
    assert walk(network, 0, 3) == pytest.approx(math.exp(0.35) + 2 * math.exp(-0.175), rel=1e-6)
    assert walk(network, 3, 0) == pytest.approx(times((2, 0.05), (1, -0.1)), rel=1e-6)
    assert walk(network, 3, 0, direction="from") == pytest.approx(walk(network, 0, 3))
    assert walk(network, 0, 3, mode=replace(WALK_1, slope=False)) == pytest.approx(3)
    assert walk(network, 0, 3, mode=replace(BIKE, speed_mps=WALK_1.speed_mps)) == pytest.approx(3)


@pytest.mark.parametrize(("a", "b"), [(0.25, 0.75), (0.75, 0.25), (0.5, 2.5), (2.5, 0.5), (1.2, 2.9), (2.9, 1.2)])
def test_exact_wherever_one_stands(tmp_path, a, b):
    low, high = sorted((a, b))
    up, down = max(min(high, 1) - low, 0), max(high - max(low, 1), 0)
    sign = 1 if a < b else -1
    truth = times((up, sign * 0.1), (down, -sign * 0.05))
    network = hill(tmp_path)
    assert walk(network, a, b) == pytest.approx(truth, rel=1e-6)
    cut, _ = cut_at(network, np.array([0, 0, 1]), network.length_m[[0, 0, 1]] * [0.3, 0.9, 0.5])
    assert walk(cut.network, a, b) == pytest.approx(truth, rel=1e-6)


def test_areas_reach_as_far_as_one_walks(tmp_path):
    network = hill(tmp_path)
    middle = points(top=(1, 0))
    for direction, sign in (("to", 1), ("from", -1)):  # both streets go down from the top, and up to it
        paces = [times((1, sign * 0.1)), times((1, sign * 0.05))]
        areas = service_areas(network, middle, mode=WALK_1, bands_min=[0.5], direction=direction)
        assert areas.polygons["street_m"].tolist() == pytest.approx([100 * sum(0.5 / p for p in paces)])


@pytest.mark.parametrize(
    ("incline", "grade"),
    [("10%", 0.1), ("-5 %", -0.05), ("+2.5%", 0.025), ("45°", 1.0), ("up", 0), ("down", 0), ("", 0), ("steep", 0)],
)
def test_inclines_are_read_where_there_are_no_heights(tmp_path, incline, grade):
    network = hill(tmp_path, [xy[:2] for xy in HILL], incline=incline)
    assert walk(network, 0, 3) == pytest.approx(times((3, grade)), rel=1e-6)
    assert walk(network, 3, 0) == pytest.approx(times((3, -grade)), rel=1e-6)
    assert network.hilly == bool(grade)
    told = hill(tmp_path, HILL, incline="50%")  # heights come first
    assert sorted(told.grade) == pytest.approx([-0.05, 0.1])


def test_heights_of_points_in_osm_files_and_what_lies_between_them(tmp_path):
    with osmium.SimpleWriter(str(tmp_path / "hill.osm")) as out:
        for ref, (x, ele) in {1: (0.0, "10"), 2: (0.001, None), 3: (0.002, "30 ft"), 4: (0.003, "40")}.items():
            tags = {} if ele is None else {"ele": ele}
            out.add_node(osmium.osm.mutable.Node(id=ref, location=(120 + x, 32.0), tags=tags, version=1))
        out.add_way(osmium.osm.mutable.Way(id=1, nodes=[1, 2, 3, 4], tags={"highway": "path"}, version=1))
    streets = read_streets(Layer(path=tmp_path / "hill.osm", datum=None, columns={}, crs=CRS))
    assert streets.heights[streets.vertex].tolist() == pytest.approx([10, np.nan, np.nan, 40], nan_ok=True)
    network = build_network(streets)
    assert len(network) == 1  # one grade from end to end
    assert abs(network.grade[0]) == pytest.approx(30 / network.length_m[0], rel=1e-4)


def test_a_frame_of_nodes_may_say_how_high_they_are():
    nodes = pd.DataFrame({"x": [0.0, 100.0, 200.0], "y": 0.0, "z": [0.0, 10.0, np.nan]}, index=["a", "b", "c"])
    edges = pd.DataFrame({"from_id": ["a", "b"], "to_id": ["b", "c"], "length_m": 100.0})
    network = StreetNetwork.from_edges(nodes, edges, crs=CRS)
    assert network.grade.tolist() == [0.1, 0.0]  # an end of no known height: level
    assert StreetNetwork.from_edges(nodes, edges.assign(grade=0.2), crs=CRS).grade.tolist() == [0.2, 0.2]


def test_level_streets_are_joined_and_reckoned_as_ever():
    flat = build_network(ways(([0, 1, 2], {}), ([2, 3], {})))
    assert (len(flat), flat.hilly, flat.grade.tolist()) == (1, False, [0.0])
