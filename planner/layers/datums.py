"""GCJ-02 and BD-09: the two obfuscated datums of Chinese web maps, to and from WGS 84.

Neither has an EPSG code, so pyproj cannot help. The forward formulas are the public ones;
the inverses are fixed-point iterations that stop below a tenth of a millimetre.

Source: formula as published in eviltransform (2013) with the radius 6 378 245 m that AMap uses;
residuals measured in shared research: 0.07 mm after three steps, 1.5 nm after five.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Degrees = NDArray[np.float64]
Shift = Callable[[Degrees, Degrees], tuple[Degrees, Degrees]]

_RADIUS_M = 6378245.0  # Krassovsky 1940, as the published formula has it
_E2 = 0.00669342162296594323
_BD_TURN = np.pi * 3000.0 / 180.0
_STEPS = 8  # each step divides the error by about 10^3; eight leave nothing a float64 can hold


def wgs84_to_gcj02(lon: Degrees, lat: Degrees) -> tuple[Degrees, Degrees]:
    """Shift WGS 84 degrees to GCJ-02 degrees; points outside China's frame stay where they are."""
    lon, lat = np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
    d_lat, d_lon = _offset(lon - 105.0, lat - 35.0)
    phi = np.radians(lat)
    w = 1.0 - _E2 * np.sin(phi) ** 2
    d_lat = np.degrees(d_lat / (_RADIUS_M * (1.0 - _E2) / w**1.5))
    d_lon = np.degrees(d_lon / (_RADIUS_M / np.sqrt(w) * np.cos(phi)))
    inside = (lon > 72.004) & (lon < 137.8347) & (lat > 0.8293) & (lat < 55.8271)
    return lon + np.where(inside, d_lon, 0.0), lat + np.where(inside, d_lat, 0.0)


def gcj02_to_wgs84(lon: Degrees, lat: Degrees) -> tuple[Degrees, Degrees]:
    """Invert `wgs84_to_gcj02` to less than a tenth of a millimetre."""
    return _invert(wgs84_to_gcj02, lon, lat)


def gcj02_to_bd09(lon: Degrees, lat: Degrees) -> tuple[Degrees, Degrees]:
    """Shift GCJ-02 degrees to BD-09 degrees (Baidu's longitude and latitude)."""
    lon, lat = np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
    radius = np.hypot(lon, lat) + 2e-5 * np.sin(lat * _BD_TURN)
    angle = np.arctan2(lat, lon) + 3e-6 * np.cos(lon * _BD_TURN)
    return radius * np.cos(angle) + 0.0065, radius * np.sin(angle) + 0.006


def bd09_to_gcj02(lon: Degrees, lat: Degrees) -> tuple[Degrees, Degrees]:
    """Invert `gcj02_to_bd09` to less than a tenth of a millimetre."""
    return _invert(gcj02_to_bd09, lon, lat)


def wgs84_to_bd09(lon: Degrees, lat: Degrees) -> tuple[Degrees, Degrees]:
    """Shift WGS 84 degrees to BD-09 degrees."""
    return gcj02_to_bd09(*wgs84_to_gcj02(lon, lat))


def bd09_to_wgs84(lon: Degrees, lat: Degrees) -> tuple[Degrees, Degrees]:
    """Shift BD-09 degrees to WGS 84 degrees."""
    return gcj02_to_wgs84(*bd09_to_gcj02(lon, lat))


def _offset(x: Degrees, y: Degrees) -> tuple[Degrees, Degrees]:
    """Return the published shift in metres, (north, east), at degrees east and north of 105E 35N."""
    ripple = 20.0 * np.sin(6.0 * np.pi * x) + 20.0 * np.sin(2.0 * np.pi * x)
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y**2 + 0.1 * x * y + 0.2 * np.sqrt(np.abs(x))
    north = north + (ripple + _waves(y, 20.0, 40.0, 3.0)) * 2.0 / 3.0
    north = north + (160.0 * np.sin(np.pi * y / 12.0) + 320.0 * np.sin(np.pi * y / 30.0)) * 2.0 / 3.0
    east = 300.0 + x + 2.0 * y + 0.1 * x**2 + 0.1 * x * y + 0.1 * np.sqrt(np.abs(x))
    east = east + (ripple + _waves(x, 20.0, 40.0, 3.0)) * 2.0 / 3.0
    east = east + (150.0 * np.sin(np.pi * x / 12.0) + 300.0 * np.sin(np.pi * x / 30.0)) * 2.0 / 3.0
    return north, east


def _waves(v: Degrees, short: float, long: float, period: float) -> Degrees:
    return short * np.sin(np.pi * v) + long * np.sin(np.pi * v / period)


def _invert(forward: Shift, lon: Degrees, lat: Degrees) -> tuple[Degrees, Degrees]:
    lon, lat = np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
    x, y = lon, lat
    for _ in range(_STEPS):
        fx, fy = forward(x, y)
        x, y = x + (lon - fx), y + (lat - fy)
    return x, y
