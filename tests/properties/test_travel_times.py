"""Every kernel against networkx, and what must hold of minutes whatever the streets."""

from dataclasses import replace
from unittest.mock import patch

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from planner.network import StreetNetwork, snap
from planner.travel import CAUSES, TravelTimes, by_scipy, search, travel_times
from planner.travel.kernels import rounded_up
from planner.travel.times import round_up
from tests.properties.worlds import BIKE_100, CRS, DRIVE_100, WALK_100, networks, oracle, points

EXAMPLES = settings(
    max_examples=120, deadline=None, suppress_health_check=list(HealthCheck), phases=set(Phase) - {Phase.explain}
)
FEWER = settings(EXAMPLES, max_examples=50)
modes = st.sampled_from([WALK_100, BIKE_100, DRIVE_100])
cutoffs = st.sampled_from([0.5, 1.0, 2.0, 3.5, 10.0, 60.0])


def dense(times):
    full = np.full((len(times.origins), len(times.destinations)), np.inf)
    full[times.rows, times.indices] = times.minutes
    return full


def same_within(found, truth, cutoff):
    """Within the cutoff the minutes agree to 1e-5; a pair may only differ in presence where it lies on the cutoff."""
    both = np.isfinite(found) & (truth <= cutoff)
    assert np.allclose(found[both], truth[both], atol=1e-5)
    apart = np.isfinite(found) != (truth <= cutoff)
    assert np.allclose(truth[apart], cutoff, atol=1e-6)


@EXAMPLES
@given(st.data(), networks(), modes, cutoffs)
def test_matrix_equals_networkx(data, network, mode, cutoff):
    origins, ends = data.draw(points(network, "o")), data.draw(points(network, "d"))
    times = travel_times(network, origins, ends, mode=mode, cutoff_min=cutoff)
    same_within(dense(times), oracle(network, origins, ends, mode), cutoff)


@EXAMPLES
@given(st.data(), networks(), modes, cutoffs, st.sampled_from(["to", "from"]), st.booleans())
def test_scipy_finds_the_same_to_the_last_bit(data, network, mode, cutoff, direction, nearest_only):
    """What is searched where numba cannot be loaded: the minutes, and which of equally near facilities."""
    origins, ends = data.draw(points(network, "o")), data.draw(points(network, "d", most=12))
    asked = {"mode": mode, "cutoff_min": cutoff, "direction": direction, "nearest_only": nearest_only}
    ours = travel_times(network, origins, ends, **asked)
    at_once = data.draw(st.sampled_from([1, 90]))
    with patch.object(search, "COMPILED", new=False), patch.object(by_scipy, "_AT_ONCE", at_once):
        theirs = travel_times(network, origins, ends, **asked)
    for column in ("indptr", "indices", "minutes", "causes"):
        mine, other = getattr(ours, column), getattr(theirs, column)
        assert mine.dtype == other.dtype
        assert np.array_equal(mine, other)


@FEWER
@given(st.data(), networks(), modes, cutoffs, st.sampled_from(["to", "from"]))
def test_few_origins_are_searched_from_and_find_the_same(data, network, mode, cutoff, direction):
    """One origin and three or more destinations are searched from the origin, the origin threefold from them."""
    one, ends = data.draw(points(network, "o")).iloc[:1], data.draw(points(network, "d", most=6))
    assume(len(ends) > 2)
    asked = {"mode": mode, "cutoff_min": cutoff, "direction": direction}
    from_one = dense(travel_times(network, one, ends, **asked))
    many = gpd.GeoSeries(list(one) * 3, index=list("abc"), crs=one.crs)
    assert np.allclose(dense(travel_times(network, many, ends, **asked)), from_one, atol=1e-6, equal_nan=True)


@EXAMPLES
@given(st.data(), networks(), modes, cutoffs)
def test_nearest_only_is_the_least_of_each_row(data, network, mode, cutoff):
    origins, ends = data.draw(points(network, "o")), data.draw(points(network, "d"))
    truth = oracle(network, origins, ends, mode).min(axis=1)
    times = travel_times(network, origins, ends, mode=mode, cutoff_min=cutoff, nearest_only=True)
    found = times.nearest()["minutes"].fillna(np.inf).to_numpy(dtype=float)
    same_within(found, truth, cutoff)
    whole = travel_times(network, origins, ends, mode=mode, cutoff_min=cutoff).nearest()
    assert (times.nearest()["minutes"].isna() == whole["minutes"].isna()).all()


@EXAMPLES
@given(st.data(), networks(), modes)
def test_snaps_are_what_brute_force_finds(data, network, mode):
    shapes = data.draw(points(network, "o", most=8))
    found = snap(network, shapes, mode=mode)
    usable = np.flatnonzero(network.open_to(mode))
    for i, point in enumerate(shapes):
        away = shapely.distance(network.lines[usable], point)
        assert found.access_m[i] == away.min()
        assert found.edge[i] == usable[np.flatnonzero(away == away.min())[0]]  # the first in the network
        line = network.lines[found.edge[i]]
        length = network.length_m[found.edge[i]]
        assert 0 <= found.offset_m[i] <= length
        if line.length > 0 and length > 0:
            foot = shapely.line_interpolate_point(line, found.offset_m[i] / length, normalized=True)
            assert abs(foot.distance(point) - away.min()) < 1e-6


@FEWER
@given(st.data(), networks(), modes, st.floats(0.5, 20), st.floats(1, 3))
def test_a_longer_cutoff_only_adds(data, network, mode, cutoff, factor):
    origins, ends = data.draw(points(network, "o")), data.draw(points(network, "d"))
    short = travel_times(network, origins, ends, mode=mode, cutoff_min=cutoff)
    far = travel_times(network, origins, ends, mode=mode, cutoff_min=cutoff * factor)
    a, b = dense(short), dense(far)
    assert (b[np.isfinite(a)] == a[np.isfinite(a)]).all()
    assert (dense(far.within(cutoff)) == a).all()  # and narrowing gives the short one back


@FEWER
@given(st.data(), networks(), modes, st.floats(1, 3))
def test_a_faster_mode_is_never_slower(data, network, mode, factor):
    origins, ends = data.draw(points(network, "o")), data.draw(points(network, "d"))
    slow = dense(travel_times(network, origins, ends, mode=mode, cutoff_min=15))
    quick = replace(mode, speed_mps=mode.speed_mps * factor)
    fast = dense(travel_times(network, origins, ends, mode=quick, cutoff_min=15))
    assert (fast <= slow + 1e-5).all()


@FEWER
@given(st.data(), networks(), modes)
def test_an_added_street_never_hurts(data, network, mode):
    """Points keep their snaps: the new street lies where no point is nearer to it (drawn far away)."""
    origins, ends = data.draw(points(network, "o")), data.draw(points(network, "d"))
    nodes = pd.DataFrame(network.node_xy, columns=["x", "y"], index=network.node_id)
    edges = _edges(network)
    a, b = (data.draw(st.sampled_from(list(network.node_id))) for _ in range(2))
    far = shapely.LineString([(9e5, 9e5), (9e5, 9.1e5)])
    more = pd.concat(
        [
            edges,
            pd.DataFrame({"from_id": a, "to_id": b, "length_m": 1.0, "oneway": False, "geometry": far}, index=["new"]),
        ]
    )
    wider = StreetNetwork.from_edges(nodes, more, crs=CRS)
    before = dense(travel_times(network, origins, ends, mode=mode, cutoff_min=15))
    after = dense(travel_times(wider, origins, ends, mode=mode, cutoff_min=15))
    assert (after <= before + 1e-5).all()


def _edges(network):
    return pd.DataFrame(
        {
            "from_id": network.node_id[network.from_node],
            "to_id": network.node_id[network.to_node],
            "length_m": network.length_m,
            "grade": network.grade,
            "oneway": (network.backward & DRIVE_100.bit) == 0,
            "speed_kmh": network.speed_kmh,
            "geometry": network.lines,
        },
        index=network.edge_id,
    )


@FEWER
@given(st.data(), networks(), modes)
def test_an_added_facility_never_hurts(data, network, mode):
    origins, ends = data.draw(points(network, "o")), data.draw(points(network, "d", most=6))
    assume(len(ends) > 1)
    few, all_of_them = (
        travel_times(network, origins, d, mode=mode, cutoff_min=15, nearest_only=True)
        .nearest()["minutes"]
        .fillna(np.inf)
        for d in (ends.iloc[:-1], ends)
    )
    assert (all_of_them <= few).all()


@FEWER
@given(st.data(), networks(), modes)
def test_the_order_of_points_does_not_matter(data, network, mode):
    origins, ends = data.draw(points(network, "o")), data.draw(points(network, "d"))
    there = travel_times(network, origins, ends, mode=mode, cutoff_min=15).to_frame()
    back = travel_times(network, origins.iloc[::-1], ends.iloc[::-1], mode=mode, cutoff_min=15).to_frame()
    keys = ["origin_id", "destination_id"]
    pd.testing.assert_frame_equal(
        there.sort_values(keys, ignore_index=True), back.sort_values(keys, ignore_index=True), rtol=1e-6
    )


@FEWER
@given(st.data(), networks(), modes, cutoffs)
def test_whoever_reaches_nothing_has_a_cause_and_nobody_else(data, network, mode, cutoff):
    origins, ends = data.draw(points(network, "o")), data.draw(points(network, "d"))
    truth = oracle(network, origins, ends, mode)
    times = travel_times(network, origins, ends, mode=mode, cutoff_min=cutoff)
    access = snap(network, origins, mode=mode).access_m
    for i, cause in enumerate(CAUSES[c] for c in times.causes):
        assert (cause == "") == (times.indptr[i + 1] > times.indptr[i])
        if cause in ("snapped_too_far", "outside_streets"):
            assert access[i] > 300
        if cause == "not_connected":
            assert np.isinf(truth[i]).all()
        if cause == "too_far":
            assert np.isfinite(truth[i]).any()


times_of_a_day = st.floats(0, 600, allow_nan=False)
standards = st.one_of(st.integers(1, 120).map(lambda k: k / 2), st.floats(0.01, 120))


@settings(deadline=None, max_examples=400)
@given(times_of_a_day, standards)
def test_rounded_up_minutes_compare_as_the_exact_ones_do(minute, standard):
    """What is within stays within; what is without by more than a float32 step (1e-6 at 15) stays without."""
    held = round_up(np.array([minute]))[0]
    assert rounded_up(minute) == held
    times = TravelTimes.from_dense([[minute]], cutoff_min=1000.0).within(standard)
    if minute <= standard:
        assert len(times) == 1
    if minute > standard + 1e-8 + 2 * np.spacing(np.float32(standard)):
        assert len(times) == 0
    assert held >= minute - 1e-8


@settings(deadline=None)
@given(st.integers(1, 120).map(lambda k: k / 2), st.floats(2e-9, 1e-3))
def test_a_hair_beyond_a_half_minute_standard_is_beyond(standard, more):
    assert len(TravelTimes.from_dense([[standard + more]], cutoff_min=1000.0).within(standard)) == 0


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 3), st.floats(0, 30)), unique_by=lambda t: t[:2]))
def test_frames_and_matrices_are_the_same_table(pairs):
    frame = pd.DataFrame(
        [(f"o{i}", f"d{j}", m) for i, j, m in pairs], columns=["origin_id", "destination_id", "minutes"]
    )
    names = {"origins": [f"o{i}" for i in range(5)], "destinations": [f"d{j}" for j in range(4)]}
    full = np.full((5, 4), np.nan)
    for i, j, m in pairs:
        full[i, j] = m
    one = TravelTimes.from_frame(frame, cutoff_min=15, **names)
    other = TravelTimes.from_dense(full, cutoff_min=15, **names)
    pd.testing.assert_frame_equal(one.to_frame(), other.to_frame())
    assert len(one) == sum(m <= 15 for *_, m in pairs)
    again = TravelTimes.from_frame(one.to_frame(), cutoff_min=15, **names)
    assert (again.indices == one.indices).all()


def test_points_at_a_crossing_are_at_the_crossing_whichever_edge_they_snap_to():
    """Two one-way streets leave c, two enter it; a point at c can use any of them and be reached by any."""
    nodes = pd.DataFrame({"x": [0, 100, -100, 0, 0], "y": [0, 0, 0, 100, -100]}, index=list("cenws"), dtype=float)
    rows = [("c", "e"), ("n", "c"), ("c", "w"), ("s", "c")]
    edges = pd.DataFrame(rows, columns=["from_id", "to_id"]).assign(length_m=100.0, oneway=True)
    at = gpd.GeoSeries(shapely.points(nodes[["x", "y"]].to_numpy()), index=nodes.index, crs=CRS)
    mode = replace(DRIVE_100, parking_min=0.0)
    for order in (edges, edges.iloc[::-1]):
        network = StreetNetwork.from_edges(nodes, order, crs=CRS)
        found = dense(travel_times(network, at, at, mode=mode, cutoff_min=10))
        c, e, n, w, s = found
        assert list(c) == [0, 1, np.inf, 1, np.inf]
        assert list(n) == [1, 2, 0, 2, np.inf]
        assert list(s) == [1, 2, np.inf, 2, 0]
        assert list(e) == [np.inf, 0, np.inf, np.inf, np.inf]
        assert list(w) == [np.inf, np.inf, np.inf, 0, np.inf]
