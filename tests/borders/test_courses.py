"""Lines in several pieces: put in order, gone along, and gone round."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import LineString, MultiLineString

from planner.borders import along, border_lines, describe, stake_register
from planner.borders.courses import courses

CRS = "EPSG:4549"
ORIGIN = np.array([5e5, 3.54e6])  # on the central meridian, where the plane is true to scale

steps = st.tuples(st.floats(100, 900), st.floats(1, 90), st.floats(-40, 40))  # a piece, the gap after it, its rise


@given(st.lists(steps, min_size=1, max_size=8), st.randoms(use_true_random=False))
def test_pieces_are_put_in_the_order_in_which_they_were_cut(rows, random):
    x, y, pieces = 0.0, 0.0, []
    for length, gap, rise in rows:
        pieces.append(LineString([(x, y), (x + length, y + rise)]))
        x, y = x + length + gap, y + rise
    drawn = [p if random.random() < 0.5 else p.reverse() for p in pieces]
    random.shuffle(drawn)
    (course,) = courses(MultiLineString(drawn))
    if len(rows) == 1:
        assert shapely.equals_exact(course.pieces[0], drawn[0]), "one piece stays as it was drawn"
    else:
        assert [p.coords[:] for p in course.pieces] == [p.coords[:] for p in pieces], "from west to east"
    assert list(course.gaps) == pytest.approx([gap for _, gap, _ in rows[:-1]])


def test_rings_are_courses_of_their_own():
    ring = LineString([(0, 0), (9, 0), (9, 9), (0, 0)])
    found = courses(MultiLineString([ring, LineString([(50, 0), (60, 0)]), LineString([(80, 0), (61, 0)])]))
    assert [(len(c.pieces), c.ring) for c in found] == [(2, False), (1, True)]
    assert courses(None) == []
    assert courses(LineString()) == []


def lines(*pieces):
    shape = MultiLineString([np.add(p, ORIGIN) for p in pieces])
    return border_lines(gpd.GeoDataFrame({"units": "320106;320111"}, index=["L1"], geometry=[shape], crs=CRS), None)


def stakes(*xy, letters="Q"):
    numbers = [f"320106320111{i // len(letters) + 1:03d}{letters[i % len(letters)]}" for i in range(len(xy))]
    at = gpd.points_from_xy(*np.add(xy, ORIGIN).T)
    return gpd.GeoDataFrame({"number": numbers}, geometry=at, crs=CRS)


def stand(where, drawn):
    return along(stake_register(where, drawn), drawn)


CUT = lines([(3000, 0), (1120, 0)], [(0, 0), (1000, 0)])
"""From 0 to 1,000 m and, drawn the other way, from 1,120 to 3,000 m east."""


def test_metres_go_on_behind_a_gap_and_its_width_does_not_count():
    at = stand(stakes((500, 4), (1000, 0), (1060, 8), (1620, -9)), CUT)
    assert list(at["along_m"]) == pytest.approx([500, 1000, 1000, 1500], rel=1e-5)
    # the third stands in the gap: how far the line is from it nobody knows
    assert list(at["off_m"].round(6).fillna(-1)) == [4, -1, -1, 9]
    assert list(at["side"].fillna(0)) == [1, 0, 0, -1], "left of a line that runs east is north"


def test_a_stake_farther_off_an_end_than_the_gap_is_wide_is_off_the_line():
    at = stand(stakes((1060, 500), (-30, 0), (3000, 40)), CUT)
    # 500 m north and 60 m from either end; the other two stand off the ends of the whole line
    assert list(at["off_m"]) == pytest.approx([np.hypot(60, 500), 30, 40])


@pytest.mark.parametrize("clockwise", [True, False])
@pytest.mark.parametrize("turn", range(4))
def test_a_ring_is_gone_round_from_its_first_stake_the_way_of_the_numbers(clockwise, turn):
    corners = [(0, 0), (1000, 0), (1000, 1000), (0, 1000)]
    corners = corners[turn:] + corners[:turn]
    where = stakes((500, 0), (1000, 500), (500, 1000), (0, 500))
    at = stand(where, lines([*corners, corners[0]][:: -1 if clockwise else 1]))
    assert list(at["along_m"]) == pytest.approx([0, 1000, 2000, 3000], rel=1e-5)
    assert at["ring"].all()


def test_partners_of_the_first_stake_of_a_ring_stand_on_either_side_of_its_beginning():
    corners = [(0, 0), (1000, 0), (1000, 1000), (0, 1000), (0, 0)]
    where = stakes((500, -9), (496, 9), (1009, 500), (991, 500), (500, 1009), (500, 991), letters="AB")
    at = stand(where, lines(corners))
    assert list(at["along_m"]) == pytest.approx([0, -4, 1000, 1000, 2000, 2000], rel=1e-5)


def test_the_description_of_a_line_in_pieces_stops_at_the_gap():
    register = stake_register(stakes((3000, 0), (2000, 0), (500, 0), (0, 0)), CUT)
    legs = describe(CUT, register, crs=CRS)
    # numbered from east to west, so told that way round
    assert list(legs["direction"]) == ["w"] * 4
    assert list(legs["length_m"]) == pytest.approx([1000, 880, 500, 500], abs=0.2)
    assert list(legs["piece"]) == [1, 1, 2, 2]
    assert [s if isinstance(s, str) else "" for s in legs["end"].str[-4:]] == ["002Q", "", "003Q", "004Q"]
    assert list(legs["leg"]) == [1, 2, 3, 4]
