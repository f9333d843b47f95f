"""Lines small enough for a page: zigzag varints of coordinate steps, in base64.

A line is its number of vertices and then, for each, the step from the vertex before (across lines too) in units of
1e-5 degree, about a metre: latitude first. The page's script unpacks the same way.
"""

import base64

import numpy as np
import shapely
from numpy.typing import NDArray

from ..layers.crs import to_degrees

PER_DEGREE = 1e5


def pack(lines: NDArray, *, crs: str) -> str:
    """Return lines (or rings) in metres of `crs` as text; empty ones are not allowed."""
    xy, line = shapely.get_coordinates(lines, return_index=True)
    lon, lat = to_degrees(xy[:, 0], xy[:, 1], crs=crs)
    whole = np.rint(np.column_stack([lat, lon]) * PER_DEGREE).astype(np.int64)
    steps = np.diff(whole, axis=0, prepend=np.zeros((1, 2), np.int64))
    counts = np.bincount(line, minlength=len(lines))
    numbers = np.empty(len(lines) + 2 * len(whole), np.uint64)
    at = line + 1 + 2 * np.arange(len(whole))
    numbers[at], numbers[at + 1] = _zigzag(steps[:, 0]), _zigzag(steps[:, 1])
    numbers[np.arange(len(lines)) + 2 * (np.cumsum(counts) - counts)] = counts
    return base64.b64encode(_varints(numbers).tobytes()).decode("ascii")


def unpack(text: str) -> list[NDArray[np.float64]]:
    """Return each line's latitudes and longitudes: the inverse of `pack`, as the page does it."""
    values, value, shift = [], 0, 0
    for byte in base64.b64decode(text):
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            values.append(value)
            value, shift = 0, 0
    lines, i, lat, lon = [], 0, 0, 0
    while i < len(values):
        line = np.empty((values[i], 2))
        for k in range(values[i]):
            lat += _unzigzag(values[i + 1 + 2 * k])
            lon += _unzigzag(values[i + 2 + 2 * k])
            line[k] = lat / PER_DEGREE, lon / PER_DEGREE
        lines.append(line)
        i += 1 + 2 * len(line)
    return lines


def _zigzag(steps: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Return 0, -1, 1, -2 … as 0, 1, 2, 3 …"""
    return ((steps << 1) ^ (steps >> 63)).astype(np.uint64)


def _unzigzag(value: int) -> int:
    return (value >> 1) ^ -(value & 1)


def _varints(numbers: NDArray[np.uint64]) -> NDArray[np.uint8]:
    """Return seven bits a byte, the lowest first; the high bit says that more follow."""
    size = np.ones(len(numbers), np.int64)
    for k in range(1, 5):
        size += numbers >= np.uint64(1 << (7 * k))
    start = np.cumsum(size) - size
    result = np.zeros(int(size.sum()), np.uint8)
    for k in range(5):
        has = size > k
        part = (numbers[has] >> np.uint64(7 * k)) & np.uint64(127)
        result[start[has] + k] = part.astype(np.uint8) | np.where(size[has] > k + 1, 128, 0).astype(np.uint8)
    return result
