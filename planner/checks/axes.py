"""Which axes are these numbers? Degrees or metres, in which order, and in which zone, told by their size.

Metres of the 3-degree Gauss-Krueger zones say their zone only where it stands before the easting; without it
the central meridian cannot be told by the numbers, and all that China has are named.
"""

from dataclasses import dataclass

import numpy as np
import pyproj
from numpy.typing import NDArray

from ..layers.crs import transformer

LON, LAT = (73.0, 136.0), (3.0, 54.0)  # China; the two do not overlap, so a swap shows
NORTHING = (331_000.0, 5_990_000.0)  # 3 to 54 degrees north, metres from the equator
EASTING = (140_000.0, 860_000.0)  # 500 km plus or minus half a zone of 6 degrees at 3 north
ZONES = {3: (25, 45), 6: (13, 23)}
MERIDIANS = tuple(range(75, 136, 3))
MOST = 0.9  # of the points must agree

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Axes:
    """What a pair of columns holds: `kind` is degrees, zone (prefixed), metres (no prefix) or unknown.

    `swapped` says that the first column is north. `crs` are the systems it may be, one where it is certain;
    none for degrees, whose datum numbers alone cannot tell.
    """

    kind: str
    swapped: bool = False
    zone: int | None = None
    crs: tuple[str, ...] = ()


def axes_of(first: Floats, second: Floats, *, near: tuple[float, float] | None = None) -> Axes:
    """Return what two columns of coordinates hold, by the size of nine in ten of their numbers.

    `near` is a longitude and latitude, degrees, that the points should lie around: with it the central meridian of
    metres without a prefix is the one that brings them there, within 100 km.
    Source: CGCS2000 zones of EPSG (4513 + zone - 25 and 4534 + (meridian - 75) / 3; 4491 + zone - 13).
    """
    pairs = (
        (np.asarray(first, float), np.asarray(second, float)),
        (np.asarray(second, float), np.asarray(first, float)),
    )
    for swapped, (x, y) in enumerate(pairs):
        if _most(_within(x, LON) & _within(y, LAT)):
            return Axes(kind="degrees", swapped=bool(swapped))
        if _most(_within(y, NORTHING)) and (found := _metres(x, y, near)):
            kind, zone, crs = found
            return Axes(kind=kind, swapped=bool(swapped), zone=zone, crs=crs)
    return Axes(kind="unknown")


def _metres(x: Floats, y: Floats, near: tuple[float, float] | None) -> tuple[str, int | None, tuple[str, ...]] | None:
    for zones in ZONES.values():
        zone = int(np.median(x // 1e6))
        if zones[0] <= zone <= zones[1] and _most((x // 1e6 == zone) & _within(x % 1e6, EASTING)):
            return "zone", zone, (f"EPSG:{4488 + zone if zones == ZONES[3] else 4478 + zone}",)
    if not _most(_within(x, EASTING)):
        return None
    known = tuple(f"EPSG:{4509 + meridian // 3}" for meridian in MERIDIANS)
    return "metres", None, known if near is None else tuple(c for c in known if _brings(c, x, y, near))


def _brings(crs: str, x: Floats, y: Floats, near: tuple[float, float]) -> bool:
    lon, lat = transformer(crs, 4490).transform(np.median(x), np.median(y))
    return bool(pyproj.Geod(ellps="GRS80").inv(lon, lat, *near)[2] <= 100_000.0)


def _within(values: Floats, bounds: tuple[float, float]) -> NDArray[np.bool_]:
    return (values > bounds[0]) & (values < bounds[1])


def _most(held: NDArray[np.bool_]) -> bool:
    return len(held) > 0 and float(held.mean()) >= MOST
