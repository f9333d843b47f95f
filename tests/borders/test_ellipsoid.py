"""Areas, lengths and directions on the ellipsoid, against formulas and figures of others."""

import numpy as np
import pyproj
import pytest
import shapely

from planner.borders import area_m2, length_m
from planner.borders.description import DIRECTIONS, direction
from planner.borders.ellipsoid import bearings

CRS = "EPSG:4549"
TO_PLANE = pyproj.Transformer.from_crs(4490, CRS, always_xy=True)


def plane(*lonlat):
    return np.column_stack(TO_PLANE.transform(*np.array(lonlat, dtype=float).T))


def test_a_degree_of_meridian():
    # GRS 80: the meridian arc from 31 to 32 degrees north is 110,870 m (1:1 of 111,132.95 - 559.85 cos 63 deg + ...)
    phi = np.radians(31.5)
    arc = 111_132.953 - 559.849 * np.cos(2 * phi) + 1.175 * np.cos(4 * phi)
    line = shapely.LineString(plane((118.0, 31.0), (118.0, 32.0)))
    assert length_m(np.array([line]), crs=CRS)[0] == pytest.approx(arc, rel=1e-5)


def test_an_area_is_that_of_an_equal_area_projection():
    ring = [(118.0, 31.0), (118.3, 31.05), (118.25, 31.4), (117.9, 31.3)]
    square = shapely.Polygon(plane(*ring), [plane((118.05, 31.1), (118.1, 31.1), (118.1, 31.15))])
    # the same vertices in Lambert's azimuthal equal-area projection: an independent way to the area
    albers = pyproj.Transformer.from_crs(CRS, "+proj=laea +lat_0=31.2 +lon_0=118.1 +ellps=GRS80", always_xy=True)
    flat = shapely.transform(square, lambda xy: np.column_stack(albers.transform(*xy.T)))
    assert area_m2(np.array([square]), crs=CRS)[0] == pytest.approx(flat.area, rel=2e-5)


@pytest.mark.parametrize(
    ("degrees", "name"),
    [(0, "n"), (11.24, "n"), (11.26, "nne"), (348.74, "nnw"), (348.76, "n"), (45, "ne"), (90, "e"), (202.5, "ssw")],
)
def test_sixteen_directions(degrees, name):
    assert direction(np.array([float(degrees)])) == [name]


def test_directions_are_opposite_eight_apart():
    azimuth = np.arange(0.0, 360.0, 22.5)
    assert direction(azimuth) == list(DIRECTIONS)


def test_bearings_are_from_true_north_not_grid_north():
    # along the meridian 118 E, two degrees west of the central meridian, grid north is one degree off
    azimuth, _ = bearings(plane((118.0, 31.0), (118.0, 31.5)), crs=CRS)
    assert azimuth[0] % 360 == pytest.approx(0.0, abs=1e-6)
