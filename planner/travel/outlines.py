"""From pieces of street to the rings around them, one set for each facility."""

import numpy as np
from numpy.typing import NDArray

from ..compiled import inner, njit
from .contours import find_gates, new_gates, new_lattice, rows_at_once
from .reach import Pieces
from .rings import find_rings

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def outlines(
    coords: Floats, offsets: Ints, pieces: Pieces, bands: int, *, radius: float, spacing: float, tolerance: float
) -> tuple[Floats, Ints, Ints, Ints, Ints]:
    """Return rings around everything within `radius` of the pieces of each source.

    Args:
        coords, offsets: edge `e` is drawn through `coords[offsets[e]:offsets[e + 1]]`, in metres.
        pieces: what `reach` returned.
        bands: how many bands.
        radius, spacing, tolerance: metres: how far the outline lies from the streets, of the lattice, and how far
            a straightened outline may lie from where it was.

    Returns:
        xy (vertices, 2) in metres, rings open; where each ring begins; its source, band, and shell (itself: a shell).
    """
    gates, lattice = new_gates(1024), new_lattice(8, 8, bands)
    nothing = np.zeros(0, np.int64)
    found = [(np.zeros((0, 2)), nothing, nothing, nothing, nothing)]
    n_rings = 0
    for source in np.flatnonzero(np.diff(pieces[0])):
        begin, end = pieces[0][source], pieces[0][source + 1]
        segments, band_of, corner, size = _segments(coords, offsets, pieces, begin, end, radius, spacing)
        cells = size[0] * rows_at_once(*size)
        if cells > len(lattice.field) or size[0] * bands > len(lattice.seam):
            lattice = new_lattice(2 * max(cells, len(lattice.field)), 2 * size[0], bands)
        gates, n = find_gates(segments, band_of, size, radius / spacing, bands, lattice, gates)
        rings = find_rings(gates, n, bands, tolerance / spacing)
        counts, who = np.diff(rings.offsets), np.full(len(rings.band), source)
        found.append(((rings.xy + corner) * spacing, counts, who, rings.band, rings.shell + n_rings))
        n_rings += len(who)
    xy, counts, source_of, band, shell = map(np.concatenate, zip(*found, strict=True))
    return xy, np.concatenate([[0], np.cumsum(counts)]), source_of, band, shell


@njit(cache=True, nogil=True)
def _segments(
    coords: Floats, offsets: Ints, pieces: Pieces, begin: int, end: int, radius: float, spacing: float
) -> tuple[NDArray[np.float32], NDArray[np.int8], tuple[float, float], tuple[int, int]]:
    """Return the straight parts of pieces on the lattice, their bands, the lattice's corner and its size."""
    room = 0
    for p in range(begin, end):
        edge = pieces[1][p]
        room += offsets[edge + 1] - offsets[edge] - 1
    parts, band_of = np.empty((room, 4), np.float64), np.empty(room, np.int8)
    n = np.int64(0)
    for p in range(begin, end):
        upto = _cut(coords, offsets, pieces[1][p], pieces[2][p], pieces[3][p], parts, n)
        band_of[n:upto] = pieces[4][p]
        n = upto
    west, south, east, north = np.inf, np.inf, -np.inf, -np.inf
    for i in range(n):
        west, east = min(west, parts[i, 0], parts[i, 2]), max(east, parts[i, 0], parts[i, 2])
        south, north = min(south, parts[i, 1], parts[i, 3]), max(north, parts[i, 1], parts[i, 3])
    x, y = np.floor((west - radius) / spacing) - 2.0, np.floor((south - radius) / spacing) - 2.0
    width, height = int(np.ceil((east + radius) / spacing) - x) + 3, int(np.ceil((north + radius) / spacing) - y) + 3
    local = np.empty((n, 4), np.float32)
    for i in range(n):
        local[i, 0], local[i, 1] = parts[i, 0] / spacing - x, parts[i, 1] / spacing - y
        local[i, 2], local[i, 3] = parts[i, 2] / spacing - x, parts[i, 3] / spacing - y
    return local, band_of[:n], (x, y), ((width + 7) // 8 * 8, height)


@inner
def _cut(coords: Floats, offsets: Ints, edge: int, low: float, high: float, parts: Floats, n: int) -> int:
    """Write the straight parts of an edge between two shares of its drawn length; return where they end."""
    begin, end = offsets[edge], offsets[edge + 1]
    whole = 0.0
    for v in range(begin, end - 1):
        whole += np.hypot(coords[v + 1, 0] - coords[v, 0], coords[v + 1, 1] - coords[v, 1])
    first, last, gone, written = low * whole, high * whole, 0.0, n
    for v in range(begin, end - 1):
        dx, dy = coords[v + 1, 0] - coords[v, 0], coords[v + 1, 1] - coords[v, 1]
        step = np.hypot(dx, dy)
        if gone <= last and gone + step >= first:
            a = (first - gone) / step if first > gone else 0.0
            b = (last - gone) / step if last < gone + step else 1.0
            parts[n, 0], parts[n, 1] = coords[v, 0] + a * dx, coords[v, 1] + a * dy
            parts[n, 2], parts[n, 3] = coords[v, 0] + b * dx, coords[v, 1] + b * dy
            n += 1
        gone += step
    if n == written:  # rounding left nothing of a piece at the very end
        parts[n, 0], parts[n, 1] = coords[end - 1, 0], coords[end - 1, 1]
        parts[n, 2], parts[n, 3] = coords[end - 1, 0], coords[end - 1, 1]
        n += 1
    return n


@njit(cache=True, nogil=True)
def cut_lines(coords: Floats, offsets: Ints, edge: NDArray[np.int32], low: Floats, high: Floats) -> tuple[Floats, Ints]:
    """Return the vertices of edges between two shares of their drawn length, and where each of them begins."""
    ends = np.zeros(len(edge) + 1, np.int64)
    for p in range(len(edge)):
        ends[p + 1] = ends[p] + offsets[edge[p] + 1] - offsets[edge[p]]
    xy, parts = np.empty((ends[-1], 2), np.float64), np.empty((ends[-1], 4), np.float64)
    filled = 0
    for p in range(len(edge)):
        n = _cut(coords, offsets, edge[p], low[p], high[p], parts, np.int64(0))
        xy[filled, 0], xy[filled, 1] = parts[0, 0], parts[0, 1]
        for i in range(n):
            xy[filled + 1 + i, 0], xy[filled + 1 + i, 1] = parts[i, 2], parts[i, 3]
        filled += n + 1
        ends[p + 1] = filled
    return xy[:filled].copy(), ends
