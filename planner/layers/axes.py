"""Surveyors' coordinates in metres: X north and Y east, with or without the number of the zone before Y.

Source: GB/T 22021 and CH/T 2014: Gauss-Krueger, zones of 3 degrees (25 to 45, central meridian three times the number)
and of 6 degrees (13 to 23), easting + 500 km, the zone's number before it in full coordinates. EPSG:4491 to 4501 are
the 6-degree zones of CGCS2000 with the number, 4513 to 4533 those of 3 degrees; 4502 to 4512 and 4534 to 4554 without.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pyproj import CRS

from ..errors import Fault
from .crs import transformer

_NORTH_M = (1.8e6, 6.0e6)  # from Hainan to Heilongjiang
_EAST_M = (1.0e5, 9.0e5)  # of a central meridian at 500 km
_DEGREES = "EPSG:4490"
_ZONES = ((25, 45, 4513, 4534), (13, 23, 4491, 4502))  # first, last, EPSG with the number, and without
_DEGREES_EAST, _DEGREES_NORTH = (73.0, 136.0), (3.0, 54.0)  # China; the two do not overlap, so a swap shows
_HOME = 0.9  # of the points must lie where the other layers are

Bounds = tuple[float, float, float, float]
Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Meant:
    """The system in which coordinates lie where the other layers are; `swapped`: the first number is north."""

    code: str
    swapped: bool

    @property
    def said(self) -> Fault:
        """What it is, for a message."""
        straight, turned = ("meant_metres", "meant_metres_swapped")
        if self.code == _DEGREES:
            straight, turned = ("meant_degrees", "meant_degrees_swapped")
        return Fault(turned if self.swapped else straight, {"code": self.code})


def meant(x: Floats, y: Floats, *, near: Bounds, crs: str) -> Meant | None:
    """Return in which degrees or metres of CGCS2000 coordinates are, both orders tried; None where none fits.

    It fits where nine in ten lie within the bounds `near`, in the project's `crs`. Metres without the zone before them
    are tried in all 3-degree zones of China; those of 6 degrees have the same meridians.
    """
    for swapped, (east, north) in enumerate(((x, y), (y, x))):
        middle = float(np.median(east)), float(np.median(north))
        for code in _codes(*middle):
            there = transformer(code, crs).transform(east, north)
            if np.mean(_inside(*there, near)) >= _HOME:
                return Meant(code=code, swapped=bool(swapped))
    return None


def _codes(east: float, north: float) -> list[str]:
    """Return the systems that a pair of numbers may be in."""
    if _DEGREES_EAST[0] < east < _DEGREES_EAST[1] and _DEGREES_NORTH[0] < north < _DEGREES_NORTH[1]:
        return [_DEGREES]
    if not (_is_east(east) and _is_north(north)):
        return []
    if east >= 1e6:
        return [f"EPSG:{_code(int(east // 1e6), told=True)}"]
    first, last, _, bare = _ZONES[0]
    return [f"EPSG:{bare + zone - first}" for zone in range(first, last + 1)]


def _inside(x: Floats, y: Floats, bounds: Bounds) -> NDArray[np.bool_]:
    west, south, east, north = bounds
    return np.asarray((x >= west) & (x <= east) & (y >= south) & (y <= north))


def axis_faults(x: NDArray[np.float64], y: NDArray[np.float64], crs: CRS, path: Path) -> Iterator[Fault]:
    """Say what is wrong with metres that a projected datum in China cannot mean.

    `x` is taken as east and `y` as north. The middle of the layer decides. Nothing is said of what fits neither way.
    """
    projection = crs.coordinate_operation if crs.is_projected else None
    false_east = next((p.value for p in projection.params if p.name == "False easting"), None) if projection else None
    if false_east is None or not len(x):
        return
    east, north = float(np.nanmedian(x)), float(np.nanmedian(y))
    swapped = _is_north(east) and _is_east(north)
    if swapped:
        east, north = north, east
    if not (_is_east(east) and _is_north(north)):
        return
    said, meant = int(float(false_east) // 1e6), int(east // 1e6)
    if swapped:
        yield Fault("axes_swapped", {"path": path, "north": f"{north:.0f}", "east": f"{east:.0f}"})
    if said != meant and (meant or _zone(said)):
        code = _code(meant or said, told=bool(meant))
        shown = {
            "path": path,
            "zone": meant or said,
            "east": f"{east:.0f}",
            "datum": crs.to_string(),
            "code": f"EPSG:{code}",
        }
        yield Fault("zone_told" if meant else "zone_not_told", shown)


def zoned_code(x: NDArray[np.float64], y: NDArray[np.float64]) -> int | None:
    """Return the EPSG code of CGCS2000 that metres with a zone before them are in; None where they have none."""
    for one in (float(np.nanmedian(x)), float(np.nanmedian(y))):
        if _is_east(one) and one >= 1e6:
            return _code(int(one // 1e6), told=True)
    return None


def _is_north(metres: float) -> bool:
    return _NORTH_M[0] <= metres <= _NORTH_M[1]


def _is_east(metres: float) -> bool:
    zone, rest = divmod(metres, 1e6)
    return (zone == 0 or _zone(int(zone)) is not None) and _EAST_M[0] <= rest <= _EAST_M[1]


def _zone(number: int) -> tuple[int, int, int, int] | None:
    return next((zone for zone in _ZONES if zone[0] <= number <= zone[1]), None)


def _code(number: int, *, told: bool) -> int:
    """Return the EPSG code of a zone, with its number before the eastings or without."""
    zone = _zone(number)
    assert zone is not None
    return number - zone[0] + (zone[2] if told else zone[3])
