"""Areas, lengths and directions on the CGCS2000 ellipsoid: official figures are never those of a plane."""

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Geod
from shapely.geometry.base import BaseGeometry

from ..layers.crs import to_degrees

CGCS2000 = Geod(a=6378137.0, rf=298.257222101)


def area_m2(shapes: NDArray[np.object_], *, crs: str) -> NDArray[np.float64]:
    """Return the areas in square metres of polygons in a project CRS; holes are left out."""
    return np.array([abs(CGCS2000.geometry_area_perimeter(s)[0]) for s in _oriented(_degrees(shapes, crs))])


def ground_m2(ground: BaseGeometry, *, crs: str) -> float:
    """Return the area in square metres of one piece of ground in a project CRS."""
    held = np.empty(1, dtype=object)
    held[0] = ground
    return float(area_m2(held, crs=crs)[0])


def length_m(shapes: NDArray[np.object_], *, crs: str) -> NDArray[np.float64]:
    """Return the lengths in metres of lines in a project CRS."""
    return np.array([CGCS2000.geometry_length(s) for s in _degrees(shapes, crs)])


def bearings(xy: NDArray[np.float64], *, crs: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return azimuth (degrees from true north, 0 to 360) and length (m) from each point to the next."""
    lon, lat = to_degrees(xy[:, 0], xy[:, 1], crs=crs)
    azimuth, _, length = CGCS2000.inv(lon[:-1], lat[:-1], lon[1:], lat[1:])
    return np.mod(np.asarray(azimuth), 360.0), np.asarray(length)


def _degrees(shapes: NDArray[np.object_], crs: str) -> NDArray[np.object_]:
    moved: NDArray[np.object_] = shapely.transform(
        np.asarray(shapes, dtype=object), lambda xy: np.column_stack(to_degrees(xy[:, 0], xy[:, 1], crs=crs))
    )
    return moved


def _oriented(shapes: NDArray[np.object_]) -> NDArray[np.object_]:
    """Return polygons whose holes run against their shells, as Geod wants them."""
    oriented: NDArray[np.object_] = shapely.orient_polygons(shapes)
    return oriented
