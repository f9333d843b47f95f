from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from planner.errors import NetworkError, TableError
from planner.network import TRANSIT, StreetNetwork
from planner.travel import CAUSES, search, search_arcs, search_nearest, travel_times, travel_times_in_parts
from tests.toy_city import DRIVE_1, WALK_1, grid, points


def minutes(times):
    return {(o, d): m for o, d, m in times.to_frame().itertuples(index=False)}


def test_blocks_are_minutes():
    times = travel_times(grid(5), points(a=(0, 0), b=(4, 4)), points(f=(1, 2)), mode=WALK_1, cutoff_min=10)
    assert minutes(times) == {("a", "f"): 3.0, ("b", "f"): 5.0}  # |1-0|+|2-0| and |4-1|+|4-2| blocks


def test_exactly_the_cutoff_is_within():
    times = travel_times(grid(16), points(a=(0, 0), b=(15, 1)), points(f=(15, 0)), mode=WALK_1, cutoff_min=15)
    assert minutes(times) == {("a", "f"): 15.0, ("b", "f"): 1.0}
    assert len(times.within(14.99)) == 1


def test_access_and_egress_legs_are_walked():
    # a: 0.2 blocks off the row y=0 at x=0.5; f: 0.3 blocks off it at x=2 -> 0.2 + 1.5 + 0.3
    times = travel_times(grid(4), points(a=(0.5, -0.2)), points(f=(2, -0.3)), mode=WALK_1, cutoff_min=10)
    assert minutes(times)["a", "f"] == pytest.approx(2.0, abs=1e-6)


def test_two_points_on_one_edge_go_along_it():
    times = travel_times(grid(3), points(a=(0.25, 0)), points(f=(0.75, 0)), mode=WALK_1, cutoff_min=10)
    assert minutes(times)["a", "f"] == pytest.approx(0.5, abs=1e-6)


def test_wheels_keep_to_one_way_rows_and_feet_do_not():
    net = grid(2, one_way_rows=True)  # both rows run east, so nobody drives back west
    ends = points(west=(0, 0), east=(1, 0))
    drive = minutes(travel_times(net, ends, ends, mode=DRIVE_1, cutoff_min=10))
    assert drive == {("west", "west"): 0, ("west", "east"): 1, ("east", "east"): 0}
    assert minutes(travel_times(net, ends, ends, mode=WALK_1, cutoff_min=10))["east", "west"] == 1


def test_one_way_on_the_same_edge():
    net = grid(2, one_way_rows=True)
    times = travel_times(net, points(a=(0.75, 0)), points(f=(0.25, 0)), mode=DRIVE_1, cutoff_min=10)
    assert len(times) == 0  # it would have to drive against the arrow


def test_nearest_only_equals_the_matrix():
    net = grid(9)
    origins = points(a=(0, 0), b=(3.5, 2), c=(8, 8), d=(4, 4.4))
    facilities = points(f=(0, 3), g=(3, 0), h=(8, 0.5))
    matrix = travel_times(net, origins, facilities, mode=WALK_1, cutoff_min=7)
    nearest = travel_times(net, origins, facilities, mode=WALK_1, cutoff_min=7, nearest_only=True)
    assert nearest.nearest().equals(matrix.nearest())
    assert nearest.nearest().loc["a", "destination_id"] == "f"  # f and g are 3 away; the first wins


def test_causes_name_what_is_wrong():
    net = grid(3)
    origins = points(near=(0, 0), far=(2, 2), off=(1, 5.5), away=(90, 90))
    times = travel_times(net, origins, points(f=(0, 0)), mode=WALK_1, cutoff_min=3)
    named = dict(zip(origins.index, (CAUSES[c] for c in times.causes), strict=True))
    # off lies 350 m north of the grid's edge, beyond snap_max_m and its bounds
    assert named == {"near": "", "far": "too_far", "off": "outside_streets", "away": "outside_streets"}


def test_parking_is_added_once():
    times = travel_times(
        grid(3), points(a=(0, 0)), points(f=(1, 0)), mode=replace(DRIVE_1, parking_min=2), cutoff_min=3
    )
    assert minutes(times) == {("a", "f"): 3.0}


@pytest.mark.parametrize("cutoff", [0, -1, np.nan, np.inf])
def test_a_cutoff_must_be_above_zero(cutoff):
    with pytest.raises(NetworkError, match="cutoff_min"):
        travel_times(grid(2), points(a=(0, 0)), points(f=(0, 0)), mode=WALK_1, cutoff_min=cutoff)


def test_a_direction_is_to_or_from():
    ends = points(w=(0, 0), e=(1, 0))
    with pytest.raises(NetworkError, match="form"):
        travel_times(grid(2, one_way_rows=True), ends, ends, mode=DRIVE_1, cutoff_min=5, direction="form")


def test_public_transport_needs_lines():
    ends = points(w=(0, 0), e=(1, 0))
    with pytest.raises(NetworkError, match="join_transit"):
        travel_times(grid(2), ends, ends, mode=TRANSIT, cutoff_min=5)


def test_deliveries_travel_the_other_way():
    net = grid(2, one_way_rows=True)  # rows run east: the van gets from west to east, not back
    west, east = points(w=(0, 0)), points(e=(1, 0))
    out = travel_times(net, east, west, mode=DRIVE_1, cutoff_min=10, direction="from")
    assert minutes(out) == {("e", "w"): 1.0}
    assert len(travel_times(net, west, east, mode=DRIVE_1, cutoff_min=10, direction="from")) == 0


def test_deliveries_on_one_edge():
    net = grid(2, one_way_rows=True)
    ahead, behind = points(a=(0.75, 0)), points(f=(0.25, 0))
    assert minutes(travel_times(net, ahead, behind, mode=DRIVE_1, cutoff_min=9, direction="from"))["a", "f"] == 0.5


def test_classes_have_speeds_of_their_own():
    net = replace(grid(2), highway=np.array(["steps", "", "", ""]))  # the row y=0 is a flight of steps
    slow = replace(WALK_1, kmh={"steps": WALK_1.speed_mps * 3.6 / 4})
    times = travel_times(net, points(a=(0, 0)), points(f=(1, 0)), mode=slow, cutoff_min=10)
    assert minutes(times)["a", "f"] == 3.0  # round the block in 3 rather than 4 up the steps


def test_points_in_another_crs_are_refused():
    there = points(a=(0, 0)).set_crs("EPSG:4548", allow_override=True)
    with pytest.raises(TableError, match="EPSG:4548"):
        travel_times(grid(2), there, points(f=(0, 0)), mode=WALK_1, cutoff_min=5)


def test_repeated_ids_are_refused():
    twice = points(a=(0, 0), b=(1, 0)).set_axis(["a", "a"])
    with pytest.raises(TableError, match="a"):
        travel_times(grid(2), twice, points(f=(0, 0)), mode=WALK_1, cutoff_min=5)


def test_nobody_and_nothing():
    none = points(a=(0, 0)).iloc[:0]
    assert len(travel_times(grid(2), none, points(f=(0, 0)), mode=WALK_1, cutoff_min=5)) == 0
    alone = travel_times(grid(2), points(a=(0, 0)), none, mode=WALK_1, cutoff_min=5)
    assert len(alone) == 0
    assert CAUSES[alone.causes[0]] == "too_far"  # there is nothing that the streets could fail to lead to
    assert len(travel_times(grid(2), points(a=(0, 0)), none, mode=WALK_1, cutoff_min=5, nearest_only=True)) == 0


@pytest.mark.parametrize("at_once", [1, 2, 5])
def test_parts_are_the_columns_of_the_whole(at_once):
    net = grid(9)
    origins = points(a=(0, 0), b=(3.5, 2), c=(8, 8), d=(4, 4.4))
    ends = points(f=(8, 0.5), g=(3, 0), h=(0, 3), i=(8, 8))
    whole = travel_times(net, origins, ends, mode=WALK_1, cutoff_min=7)
    parts = list(travel_times_in_parts(net, origins, ends, mode=WALK_1, cutoff_min=7, at_once=at_once))
    assert [i for part in parts for i in part.destinations] == list(ends.index)
    assert {pair: m for part in parts for pair, m in minutes(part).items()} == minutes(whole)


@pytest.mark.parametrize(("parts", "compiled"), [(1, True), (2, True), (3, True), (7, True), (60, True), (1, False)])
def test_a_search_split_by_place_finds_the_same(monkeypatch, parts, compiled):
    """Ties go to the lower owner, whichever way the search goes."""
    monkeypatch.setattr(search, "COMPILED", compiled)
    net = grid(40)
    indptr, heads, costs = search_arcs(net, WALK_1, "to")
    arcs = indptr, heads, costs.round()  # one minute a block to the last bit, so that ties are ties
    rng = np.random.default_rng(0)
    starts = rng.integers(0, 1600, 60).astype(np.uint32), rng.integers(0, 3, 60) / 2, np.arange(60, dtype=np.uint32)
    label, owner = search_nearest(arcs, starts, 9.0, parts)
    graph = csr_array((arcs[2], arcs[1].astype(np.int32), arcs[0].astype(np.int32)), shape=(1600, 1600))
    each = dijkstra(graph, indices=starts[0], limit=9.0) + starts[1][:, None]  # scipy, one search a start
    each[each > 9.0] = np.inf
    assert np.array_equal(label, each.min(axis=0))
    assert np.array_equal(owner, np.where(np.isfinite(label), each.argmin(axis=0), -1))


@pytest.mark.parametrize("room", [1 << 18, 1])
def test_the_matrix_equals_scipy(monkeypatch, room):
    """With room for one pair, it is widened to hold two sources, and the search goes on after each."""
    monkeypatch.setattr(search, "_PAIRS", room)
    net = grid(30, one_way_rows=True)
    rng = np.random.default_rng(1)
    at = rng.choice(900, 40, replace=False)
    places = points(**{f"p{k}": tuple(net.node_xy[k] / 100) for k in at})
    times = travel_times(net, places, places, mode=DRIVE_1, cutoff_min=12)
    arcs = search_arcs(net, DRIVE_1, "from")
    graph = csr_array((arcs[2], arcs[1].astype(np.int32), arcs[0].astype(np.int32)), shape=(900, 900))
    truth = dijkstra(graph, indices=at)[:, at]
    found = np.full(truth.shape, np.inf)
    found[times.rows, times.indices] = times.minutes
    assert np.allclose(found, np.where(truth <= 12 + 1e-9, truth, np.inf), atol=1e-5)


def test_a_link_much_longer_than_the_rest_is_waited_for():
    """Streets of a minute a block, and one link of 200 minutes, of which no search looks ahead as far at a time."""
    nodes = pd.DataFrame({"x": [0.0, 100, 200, 300], "y": 0.0}, index=list("abcd"))
    edges = pd.DataFrame(
        {"from_id": list("abc"), "to_id": list("bcd"), "length_m": [100.0, 20_000, 100]}, index=[*"pqr"]
    )
    net = StreetNetwork.from_edges(nodes, edges, crs="EPSG:4549")
    ends = points(a=(0, 0), d=(3, 0))
    whole = minutes(travel_times(net, ends, ends, mode=WALK_1, cutoff_min=202))
    assert whole == {("a", "a"): 0, ("a", "d"): 202, ("d", "a"): 202, ("d", "d"): 0}
    assert len(travel_times(net, ends, ends, mode=WALK_1, cutoff_min=201.9)) == 2
