"""Declared datums become the project's CRS, exactly or not at all."""

from functools import cache
from pathlib import Path

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS, Proj, Transformer
from pyproj.exceptions import CRSError
from pyproj.transformer import TransformerGroup

from ..errors import TableError
from . import datums

DATUMS = ("wgs84", "cgcs2000", "gcj02", "bd09")
FAR_M = 100_000.0  # a point this far from what the other layers cover is a mistake, not a neighbour
_SAME_WITHIN_A_METRE = ("World Geodetic System 1984", "China 2000")
_UNSHIFT = {"gcj02": datums.gcj02_to_wgs84, "bd09": datums.bd09_to_wgs84}


def declared_crs(datum: str, path: Path) -> CRS:
    """Return the CRS that a declared datum's numbers are in; GCJ-02 and BD-09 count as WGS 84 degrees.

    Raises:
        TableError: neither one of `DATUMS` nor a code that PROJ knows.
    """
    try:
        return CRS.from_user_input({"cgcs2000": 4490}.get(datum, 4326) if datum in DATUMS else datum)
    except CRSError as error:
        raise TableError("unknown_datum", path=path, datum=datum, known=", ".join(DATUMS)) from error


def convert(shapes: NDArray, *, datum: str, crs: str, path: Path) -> NDArray:
    """Return geometries moved from their declared datum into the project CRS.

    Raises:
        TableError: PROJ knows no real transformation between the two (Xian 80, Beijing 54 to CGCS2000).
    """
    moved: NDArray = shapely.transform(shapes, lambda xy: convert_xy(xy, datum=datum, crs=crs, path=path))
    return moved


def convert_xy(xy: NDArray[np.float64], *, datum: str, crs: str, path: Path) -> NDArray[np.float64]:
    """Return coordinates, shape (n, 2), moved as `convert` moves geometries."""
    transform = _transformer(declared_crs(datum, path), CRS.from_user_input(crs), datum, path)
    unshift = _UNSHIFT.get(datum)
    x, y = xy.T if unshift is None else unshift(*xy.T)
    return np.column_stack(transform.transform(x, y))


def to_degrees(x: NDArray[np.float64], y: NDArray[np.float64], *, crs: str) -> tuple[NDArray, NDArray]:
    """Return WGS 84 longitude and latitude of project coordinates."""
    lon, lat = transformer(crs, 4326).transform(x, y)
    return np.asarray(lon), np.asarray(lat)


def off_m(
    x: NDArray[np.float64], y: NDArray[np.float64], bounds: tuple[float, float, float, float]
) -> NDArray[np.float64]:
    """Return how far points are from bounds (west, south, east, north), all in metres; 0 inside."""
    west, south, east, north = bounds
    metres: NDArray[np.float64] = np.hypot(
        np.maximum(np.maximum(west - x, x - east), 0), np.maximum(np.maximum(south - y, y - north), 0)
    )
    return metres


@cache
def transformer(source: CRS | str | int, target: CRS | str | int) -> Transformer:
    """Return the transformer, x before y, kept: making one takes a tenth of a second, using it none."""
    return Transformer.from_crs(source, target, always_xy=True)


def length_scale(x: float, y: float, *, crs: str) -> float:
    """Return how many metres of the project CRS one metre on the ground is, at a point; infinite off the map.

    The factor that differs most from 1, along the meridian or the parallel.
    """
    lon, lat = to_degrees(np.array([x]), np.array([y]), crs=crs)
    factors = Proj(crs).get_factors(lon, lat)
    scales = np.array([factors.meridional_scale, factors.parallel_scale], dtype=np.float64).ravel()
    return float(scales[np.argmax(np.abs(scales - 1))])


@cache
def _transformer(source: CRS, target: CRS, datum: str, path: Path) -> Transformer:
    """Return PROJ's best transformation, refusing one whose accuracy it does not know."""
    if not (_modern(source) and _modern(target)):
        best = TransformerGroup(source, target, always_xy=True).transformers
        if not best or best[0].accuracy < 0:
            raise TableError("ballpark", path=path, datum=datum, crs=target.to_string())
    return transformer(source, target)


def _modern(crs: CRS) -> bool:
    names = f"{crs.geodetic_crs.datum} {crs.geodetic_crs}" if crs.geodetic_crs else ""
    return any(name in names for name in _SAME_WITHIN_A_METRE) or "WGS 84" in names or "CGCS2000" in names
