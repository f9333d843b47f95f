"""Datums: exact to the tenth of a millimetre there and back, as another program has them, and PROJ for the rest."""

from pathlib import Path

import geocoordinates_ffi as peer
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod, Transformer

from planner.errors import TableError
from planner.layers import datums
from planner.layers.crs import convert, convert_xy, length_scale

# domain notes, computed with PROJ: lon, lat -> EPSG, east, north
VECTORS = [
    (120.585, 31.299, "EPSG:4549", 555695.36, 3464272.78),
    (120.585, 31.299, "EPSG:4528", 40555695.36, 3464272.78),
    (118.797, 32.06, "EPSG:4549", 386395.17, 3549138.79),
    (115.814, 32.89, "EPSG:4548", 389023.88, 3641172.43),
]
MILLIMETRE = 1e-3
_GEOD = Geod(ellps="WGS84")
lon, lat = st.floats(75, 133), st.floats(19, 52)
shifts = [
    (datums.wgs84_to_gcj02, datums.gcj02_to_wgs84),
    (datums.gcj02_to_bd09, datums.bd09_to_gcj02),
    (datums.wgs84_to_bd09, datums.bd09_to_wgs84),
]


def metres(a, b) -> float:
    return _GEOD.inv(a[0], a[1], b[0], b[1])[2]


@pytest.mark.parametrize(("there", "back"), shifts)
@settings(max_examples=100, deadline=None)
@given(lon, lat)
def test_there_and_back_is_within_a_tenth_of_a_millimetre(there, back, x, y):
    home = back(*there(x, y))
    assert metres((x, y), home) < 1e-4


@settings(max_examples=50, deadline=None)
@given(lon, lat)
def test_web_map_datums_move_by_tens_to_hundreds_of_metres_and_not_by_kilometres(x, y):
    assert 10 < metres((x, y), datums.wgs84_to_gcj02(x, y)) < 1200
    assert 500 < metres((x, y), datums.wgs84_to_bd09(x, y)) < 2500


def test_outside_china_nothing_is_shifted():
    assert datums.wgs84_to_gcj02(11.97, 57.71) == (11.97, 57.71)


@pytest.mark.parametrize(("x", "y", "crs", "east", "north"), VECTORS)
@pytest.mark.parametrize("datum", ["wgs84", "cgcs2000"])
def test_published_vectors(x, y, crs, east, north, datum):
    moved = convert_xy(np.array([[x, y]]), datum=datum, crs=crs, path=Path("f"))
    assert moved[0] == pytest.approx([east, north], abs=0.006)


@pytest.mark.parametrize("datum", ["gcj02", "bd09"])
def test_a_declared_web_map_datum_lands_where_the_point_is(datum):
    shift = datums.wgs84_to_gcj02 if datum == "gcj02" else datums.wgs84_to_bd09
    there = np.column_stack(shift(np.array([118.797]), np.array([32.06])))
    moved = convert(shapely.points(there), datum=datum, crs="EPSG:4549", path=Path("f"))
    wanted = Transformer.from_crs(4326, "EPSG:4549", always_xy=True).transform(118.797, 32.06)
    assert shapely.get_coordinates(moved)[0] == pytest.approx(wanted, abs=MILLIMETRE)


def test_old_datums_without_known_parameters_are_refused():
    with pytest.raises(TableError):
        convert_xy(np.array([[118.8, 32.0]]), datum="EPSG:4610", crs="EPSG:4549", path=Path("f"))
    with pytest.raises(TableError):
        convert_xy(np.array([[118.8, 32.0]]), datum="nowhere", crs="EPSG:4549", path=Path("f"))


def test_scale_at_the_meridian_and_of_web_mercator():
    assert length_scale(500_000, 3_540_000, crs="EPSG:4549") == pytest.approx(1.0, abs=1e-6)
    x, y = Transformer.from_crs(4326, 3857, always_xy=True).transform(118.8, 32.0)
    # Mercator stretches by 1 / cos(latitude)
    assert length_scale(x, y, crs="EPSG:3857") == pytest.approx(1 / np.cos(np.radians(32.0)), rel=5e-3)


@settings(max_examples=50, deadline=None)
@given(lon, lat)
def test_another_program_shifts_alike(x, y):
    here = peer.Wgs84(lat=y, lon=x)
    gcj, bd = peer.wgs84_to_gcj02(here), peer.wgs84_to_bd09(here)
    assert metres(datums.wgs84_to_gcj02(x, y), (gcj.lon, gcj.lat)) < MILLIMETRE
    assert metres(datums.wgs84_to_bd09(x, y), (bd.lon, bd.lat)) < MILLIMETRE
