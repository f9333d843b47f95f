"""What of every street is in an area, against networkx, and what must hold of areas whatever the streets."""

from dataclasses import replace

import numpy as np
import pandas as pd
import shapely
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from planner.network import StreetNetwork, snap
from planner.travel import service_areas, travel_times
from tests.properties.worlds import CRS, DRIVE_100, END_M, WALK_100, networks, oracle, points

EXAMPLES = settings(
    max_examples=100, deadline=None, suppress_health_check=list(HealthCheck), phases=set(Phase) - {Phase.explain}
)
FEWER = settings(EXAMPLES, max_examples=40)
modes = st.sampled_from([WALK_100, DRIVE_100])
bands = st.lists(st.sampled_from([0.5, 1.0, 1.7, 2.0, 3.5, 10.0]), min_size=1, max_size=3, unique=True).map(sorted)
directions = st.sampled_from(["to", "from"])


def within(areas, facility, edge, share, band):
    """Tell whether a place on a street is among the pieces of a band."""
    p = areas.pieces
    whole = (p.low == 0) & (p.high == 1)
    mine = (p.facility == facility) & (p.edge == edge) & np.where(whole, p.band <= band, p.band == band)
    return bool((mine & (p.low <= share) & (share <= p.high)).any())


@EXAMPLES
@given(st.data(), networks(), modes, bands, directions)
def test_a_place_is_reached_when_networkx_gets_there_in_time(data, network, mode, cutoffs, direction):
    spots, ends = data.draw(points(network, "o")), data.draw(points(network, "d", most=3))
    areas = service_areas(network, ends, mode=mode, bands_min=cutoffs, direction=direction)
    both = (spots, ends) if direction == "to" else (ends, spots)
    truth = oracle(network, *both, mode)
    truth = truth if direction == "to" else truth.T
    snaps = snap(network, spots, mode=mode)
    length = network.length_m[snaps.edge]
    for i in np.flatnonzero((snaps.offset_m > END_M) & (snaps.offset_m < length - END_M) & (snaps.access_m < 300)):
        for j in range(len(ends)):
            minutes = truth[i, j] - snaps.access_m[i] / mode.speed_mps / 60
            for band, cutoff in enumerate(cutoffs):
                if abs(minutes - cutoff) > 1e-6:
                    share = snaps.offset_m[i] / length[i]
                    assert within(areas, j, snaps.edge[i], share, band) == (minutes < cutoff)


@EXAMPLES
@given(st.data(), networks(), modes, bands)
def test_no_street_is_counted_twice(data, network, mode, cutoffs):
    ends = data.draw(points(network, "d", most=6))
    for dissolve in (False, True):
        areas = service_areas(network, ends, mode=mode, bands_min=cutoffs, dissolve=dissolve)
        p = pd.DataFrame(areas.pieces._asdict())
        whole = (p["low"] == 0) & (p["high"] == 1)
        for band in range(len(cutoffs)):
            mine = p[np.where(whole, p["band"] <= band, p["band"] == band)].sort_values(["facility", "edge", "low"])
            same = (mine["facility"] == mine["facility"].shift()) & (mine["edge"] == mine["edge"].shift())
            assert (mine["low"] >= mine["high"].shift())[same].all()


@FEWER
@given(st.data(), networks(), modes, bands)
def test_together_is_the_union_of_each(data, network, mode, cutoffs):
    """Streets of all together are the streets of each; and areas are valid and nest."""
    ends = data.draw(points(network, "d"))
    each = service_areas(network, ends, mode=mode, bands_min=cutoffs)
    joint = service_areas(network, ends, mode=mode, bands_min=cutoffs, dissolve=True)
    for areas in (each, joint):
        assert areas.polygons.is_valid.all()
        groups = areas.polygons.groupby("facility_id") if "facility_id" in areas.polygons else [("", areas.polygons)]
        for _, own in groups:
            for inner, outer in zip(own.geometry[:-1], own.geometry[1:], strict=True):
                assert outer.covers(inner)
    for band, cutoff in enumerate(cutoffs):
        for edge in range(len(network)):
            for share in (0.1, 0.37, 0.5, 0.81):
                apart = any(within(each, j, edge, share, band) for j in range(len(ends)))
                assert within(joint, 0, edge, share, band) == apart, cutoff


@FEWER
@given(st.data(), networks(), modes, st.floats(1, 3))
def test_faster_reaches_no_less_street(data, network, mode, factor):
    ends = data.draw(points(network, "d"))
    slow = service_areas(network, ends, mode=mode, bands_min=[3])
    fast = service_areas(network, ends, mode=replace(mode, speed_mps=mode.speed_mps * factor), bands_min=[3])
    assert (lengths(fast, ends) >= lengths(slow, ends) - 1e-6).all()


@FEWER
@given(st.data(), networks(), modes)
def test_an_added_street_takes_none_away(data, network, mode):
    """The new street is drawn far away, where no facility is nearer to it."""
    ends, mode = data.draw(points(network, "d")), replace(mode, slope=False)  # the frames below carry no heights
    a, b = (data.draw(st.sampled_from(list(network.node_id))) for _ in range(2))
    far = shapely.LineString([(9e3, 9e3), (9e3, 9.1e3)])
    edges = pd.DataFrame(
        {
            "from_id": [*network.node_id[network.from_node], a],
            "to_id": [*network.node_id[network.to_node], b],
            "length_m": [*network.length_m, 1.0],
            "oneway": [*((network.backward & DRIVE_100.bit) == 0), False],
            "speed_kmh": [*network.speed_kmh, np.nan],
            "geometry": [*network.lines, far],
        },
        index=[*network.edge_id, "new"],
    )
    nodes = pd.DataFrame(network.node_xy, columns=["x", "y"], index=network.node_id)
    wider = StreetNetwork.from_edges(nodes, edges, crs=CRS)
    before = service_areas(network, ends, mode=mode, bands_min=[3])
    after = service_areas(wider, ends, mode=mode, bands_min=[3])
    assert (lengths(after, ends) >= lengths(before, ends) - 1e-6).all()


@FEWER
@given(st.data(), networks(), modes, bands)
def test_areas_and_minutes_agree(data, network, mode, cutoffs):
    """Whoever stands on a street is within a band when the place is in the area's pieces."""
    spots, ends = data.draw(points(network, "o")), data.draw(points(network, "d", most=3))
    areas = service_areas(network, ends, mode=mode, bands_min=cutoffs)
    times = travel_times(network, spots, ends, mode=mode, cutoff_min=max(cutoffs))
    snaps = snap(network, spots, mode=mode)
    length = network.length_m[snaps.edge]
    for i, j, minutes in zip(times.rows, times.indices, times.minutes, strict=True):
        on = snaps.access_m[i] == 0 and END_M < snaps.offset_m[i] < length[i] - END_M
        for band, cutoff in enumerate(cutoffs):
            if on and abs(minutes - cutoff) > 1e-5:
                share = snaps.offset_m[i] / length[i]
                assert within(areas, j, snaps.edge[i], share, band) == (minutes < cutoff)


def lengths(areas, ends):
    return areas.polygons.set_index("facility_id")["street_m"].reindex(ends.index).fillna(0)
