"""Areas by buffering every piece of street: the way where nothing can be compiled, and what outlines are checked by."""

import numpy as np
import shapely
from numpy.typing import NDArray

from .outlines import cut_lines
from .reach import Pieces

_APART_M = 0.005  # that a band reaches beyond the one before, so that bands nest whatever is rounded
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def buffers(
    coords: Floats, offsets: Ints, pieces: Pieces, bands: int, *, radius: float, **_: float
) -> tuple[Floats, Ints, Ints, Ints, Ints]:
    """Return what `outlines` does, exact but for round corners, which have 8 chords to a quarter of a circle."""
    rows, edge, low, high, band_of = pieces
    xy, starts = cut_lines(coords, offsets, edge, low, high)
    lines = shapely.linestrings(xy, indices=np.repeat(np.arange(len(edge)), np.diff(starts)))
    wide = shapely.buffer(lines, radius, quad_segs=8)
    areas, owners = [], []
    for source in np.flatnonzero(np.diff(rows)):
        own, area = slice(rows[source], rows[source + 1]), shapely.Polygon()
        for band in range(bands):
            before = shapely.buffer(area, _APART_M, join_style="mitre")
            area = shapely.union_all([before, *wide[own][band_of[own] == band]])
            areas.append(area)
            owners.append((source, band))
    return _rings(np.array(areas, object), np.array(owners, np.int64).reshape(-1, 2))


def _rings(areas: NDArray[np.object_], owners: Ints) -> tuple[Floats, Ints, Ints, Ints, Ints]:
    """Return the rings of areas, which belong to (source, band), without the vertices that close them."""
    polygons, area = shapely.get_parts(areas, return_index=True)
    rings, polygon = shapely.get_rings(polygons, return_index=True)
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    ends = np.cumsum(np.bincount(ring, minlength=len(rings)))
    source, band = owners[area[polygon]].T
    starts = np.concatenate([[0], ends - np.arange(1, len(ends) + 1)])
    return np.delete(xy, ends - 1, axis=0), starts, source, band, np.searchsorted(polygon, polygon)
