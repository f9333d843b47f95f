"""Public transport in all three readings against networkx, and what must hold of any city."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.layers import Pattern
from planner.network import TRANSIT, WALK
from planner.travel import TravelTimes, held, transit_times, travel_times
from tests.properties import lines
from tests.properties.test_travel_times import dense

SOME = settings(deadline=None, max_examples=40)
FEWER = settings(deadline=None, max_examples=15)
READINGS = {
    r: replace(TRANSIT, speed_mps=100 / 60, transit_time=r, stop_walk_m=250.0, departures=4)
    for r in ("door_to_door", "in_vehicle", "timetable")
}
ORACLES = {"door_to_door": None, "in_vehicle": lines.in_vehicle, "timetable": lines.by_timetable}
cutoffs = st.sampled_from([6.0, 20.0])
every_reading = pytest.mark.parametrize("reading", READINGS)


def truth(joined, origins, ends, reading, cutoff):
    mode = READINGS[reading]
    if reading == "door_to_door":
        return lines.by_headways(joined, origins, ends, mode)
    return ORACLES[reading](joined, origins, ends, mode, cutoff)


@every_reading
@SOME
@given(lines.cities(), cutoffs)
def test_minutes_are_those_of_networkx(reading, city, cutoff):
    network, stops, made, origins, ends = city
    joined = lines.join(network, stops, made)
    found = dense(transit_times(joined, origins, ends, mode=READINGS[reading], cutoff_min=cutoff))
    expected = truth(joined, origins, ends, reading, cutoff)
    sure = np.abs(expected - cutoff) > 1e-5
    np.testing.assert_array_equal((found < np.inf)[sure], (expected <= cutoff)[sure])
    near = found < np.inf
    np.testing.assert_allclose(found[near], expected[near], atol=2e-5)


@every_reading
@FEWER
@given(lines.cities(), cutoffs)
def test_the_nearest_is_the_least_of_the_row_and_from_is_to_turned_round(reading, city, cutoff):
    network, stops, made, origins, ends = city
    joined, mode = lines.join(network, stops, made), READINGS[reading]
    for direction in ("to", "from"):
        options = {"mode": mode, "cutoff_min": cutoff, "direction": direction}
        whole = transit_times(joined, origins, ends, **options)
        least = transit_times(joined, origins, ends, nearest_only=True, **options)
        assert least.nearest_only
        np.testing.assert_allclose(least.nearest()["minutes"], whole.nearest()["minutes"], atol=1e-5)
    back = transit_times(joined, ends, origins, mode=mode, cutoff_min=cutoff)
    np.testing.assert_allclose(dense(whole), dense(back).T, atol=1e-5)


def never_slower(before: TravelTimes, after: TravelTimes):
    a, b = dense(before), dense(after)
    assert (b <= a + 1e-5).all()


@every_reading
@FEWER
@given(st.data(), lines.cities(), cutoffs)
def test_a_line_more_makes_nobody_slower(reading, data, city, cutoff):
    network, stops, made, origins, ends = city
    more = data.draw(lines.patterns(len(stops), stated=True))
    answers = (
        transit_times(lines.join(network, stops, some), origins, ends, mode=READINGS[reading], cutoff_min=cutoff)
        for some in (made, [*made, more])
    )
    never_slower(*answers)


@every_reading
@FEWER
@given(lines.cities(stated=True), cutoffs)
def test_half_the_headway_makes_nobody_slower(reading, city, cutoff):
    """Twice as many trips: each is followed by another half a headway later."""
    network, stops, made, origins, ends = city
    twice = [_twice(pattern) for pattern in made]
    answers = (
        transit_times(lines.join(network, stops, some), origins, ends, mode=READINGS[reading], cutoff_min=cutoff)
        for some in ([_even(p) for p in made], twice)
    )
    never_slower(*answers)


def _even(pattern: Pattern) -> Pattern:
    """Return the pattern with every trip as long as the first, as in a table of lines."""
    starts = pattern.depart[:1, :1] + pattern.headway_min * np.arange(len(pattern.depart))[:, None]
    return replace(
        pattern,
        arrive=starts + (pattern.arrive[:1] - pattern.depart[:1, :1]),
        depart=starts + (pattern.depart[:1] - pattern.depart[:1, :1]),
    )


def _twice(pattern: Pattern) -> Pattern:
    one, half = _even(pattern), pattern.headway_min / 2
    return replace(
        one,
        arrive=np.concatenate([one.arrive, one.arrive + half]),
        depart=np.concatenate([one.depart, one.depart + half]),
        headway_min=half,
    )


@every_reading
@FEWER
@given(lines.cities(), cutoffs)
def test_a_faster_pace_makes_nobody_slower(reading, city, cutoff):
    network, stops, made, origins, ends = city
    joined, mode = lines.join(network, stops, made), READINGS[reading]
    quick = replace(mode, speed_mps=1.5 * mode.speed_mps)
    never_slower(*(transit_times(joined, origins, ends, mode=m, cutoff_min=cutoff) for m in (mode, quick)))


@every_reading
@FEWER
@given(lines.cities(), cutoffs)
def test_a_ride_is_never_slower_than_walking_all_the_way(reading, city, cutoff):
    network, stops, made, origins, ends = city
    mode = READINGS[reading]
    walked = travel_times(network, origins, ends, mode=replace(WALK, speed_mps=mode.speed_mps), cutoff_min=cutoff)
    never_slower(walked, transit_times(lines.join(network, stops, made), origins, ends, mode=mode, cutoff_min=cutoff))


@every_reading
@FEWER
@given(lines.cities())
def test_a_longer_cutoff_adds_and_changes_nothing(reading, city):
    network, stops, made, origins, ends = city
    joined, mode = lines.join(network, stops, made), READINGS[reading]
    short, long = (transit_times(joined, origins, ends, mode=mode, cutoff_min=c) for c in (7.0, 19.0))
    a, b = dense(short), dense(long)
    np.testing.assert_allclose(a[a < np.inf], b[a < np.inf], atol=1e-5)
    assert (b[a == np.inf] > held(7.0) - 1e-5).all()
