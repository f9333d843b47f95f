"""Points find the nearest street the mode may use; brute force over all streets is the judge."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.errors import NetworkError, TableError
from planner.network import DRIVE, WALK, build_network, snap

from .drawings import CRS, drawings, ways


def points(*places):
    return gpd.GeoSeries([shapely.Point(p) for p in places], index=[f"p{i}" for i in range(len(places))], crs=CRS)


def test_the_nearest_edge_and_not_the_nearest_node():
    # the point stands 10 m beside the middle of a street of 200 m; the nearest crossing is 90 m away, on another
    network = build_network(ways([(0, 0), (200, 0)], [(100, 100), (200, 100)]))
    found = snap(network, points((100, 10)), mode=WALK)
    assert found.access_m == pytest.approx([10])
    assert found.offset_m == pytest.approx([100])
    assert network.length_m[found.edge] == pytest.approx([200])


def test_the_leg_of_a_mode_ends_at_a_street_of_that_mode():
    network = build_network(ways([(0, 0), (100, 0)], [(0, 50), (100, 50)], highway=["footway", "residential"]))
    at = points((50, 10))
    assert snap(network, at, mode=WALK).access_m == pytest.approx([10])
    assert snap(network, at, mode=DRIVE).access_m == pytest.approx([40])


def test_beyond_an_end_the_leg_goes_to_the_end():
    found = snap(build_network(ways([(0, 0), (30, 40)])), points((33, 44), (-3, -4)), mode=WALK)
    assert found.access_m == pytest.approx([5, 5])
    assert sorted(found.offset_m) == pytest.approx([0, 50])


def test_of_equally_near_streets_the_first():
    network = build_network(ways([(0, 0), (100, 0)], [(0, 20), (100, 20)]))
    assert snap(network, points((50, 10)), mode=WALK).edge.tolist() == [0]


def test_points_of_another_crs_or_with_repeated_ids_are_refused():
    network = build_network(ways([(0, 0), (100, 0)]))
    with pytest.raises(TableError):
        snap(network, points((0, 0)).set_crs(32650, allow_override=True), mode=WALK)
    with pytest.raises(TableError):
        snap(network, points((0, 0), (1, 1)).set_axis(["a", "a"]), mode=WALK)
    lines = gpd.GeoSeries(
        [shapely.LineString([(0, 0), (1, 1)]), shapely.Point(), None, shapely.Point(0, np.inf)], crs=CRS
    )
    with pytest.raises(TableError, match="1, 2, 3"):
        snap(network, lines.set_axis(list("0123")).iloc[1:], mode=WALK)
    with pytest.raises(TableError, match="0"):
        snap(network, lines.iloc[:1], mode=WALK)


@settings(max_examples=100, deadline=None)
@given(drawings(), st.lists(st.tuples(st.floats(-30, 130), st.floats(-30, 130)), min_size=1, max_size=5))
def test_no_street_is_nearer_and_the_offset_is_there(streets, places):
    try:
        network = build_network(streets)
    except NetworkError:
        return
    at = points(*places)
    found = snap(network, at, mode=WALK)
    for point, edge, offset, access in zip(at, found.edge, found.offset_m, found.access_m, strict=True):
        usable = network.lines[network.open_to(WALK)]
        assert access == pytest.approx(min(shapely.distance(usable, point)), abs=1e-9)
        there = shapely.line_interpolate_point(network.lines[edge], offset)
        assert shapely.distance(there, point) == pytest.approx(access, abs=1e-6)
        assert 0 <= offset <= network.length_m[edge] * (1 + 1e-12)
    assert found.to_frame(network, "demand")["edge_id"].tolist() == np.asarray(network.edge_id)[found.edge].tolist()


def test_points_asked_for_again_are_remembered_by_place_and_mode_and_not_by_id():
    network = build_network(ways([(0, 0), (100, 0)], [(0, 50), (100, 50)], highway=["footway", "residential"]))
    first, again = points((50, 10), (20, 30)), points((50, 10), (20, 30)).rename(index={"p0": "a", "p1": "b"})
    once, twice = snap(network, first, mode=WALK), snap(network, again, mode=WALK)
    assert list(twice.ids) == ["a", "b"]
    assert twice.access_m is once.access_m
    assert snap(network, first, mode=DRIVE).access_m == pytest.approx([40, 20])
    assert snap(network, first.iloc[::-1], mode=WALK).access_m == pytest.approx(once.access_m[::-1])
    assert snap(network, points((50, 10.5), (20, 30)), mode=WALK).access_m == pytest.approx([10.5, 20])


def test_only_so_many_points_are_remembered(monkeypatch):
    monkeypatch.setattr("planner.network.nearest.REMEMBERED", 3)
    network = build_network(ways([(0, 0), (100, 0)]))
    first, second = (snap(network, points((x, 1), (x, 2)), mode=WALK).access_m for x in (0, 1))
    assert first == pytest.approx([1, 2])
    assert snap(network, points((1, 1), (1, 2)), mode=WALK).access_m is second
    again = snap(network, points((0, 1), (0, 2)), mode=WALK).access_m
    assert again is not first  # two points of three were held; two more would be four
    assert again.tolist() == first.tolist()
