"""Outlines become rings: followed from gate to gate, straightened, and holes given their shells; compiled.

A straightened outline still passes every gate it passed, no farther than a tolerance from where it did, and never at
a corner. Within a square of the lattice it cannot meet another outline, so polygons are valid as they are. The outline
of a band passes each gate outside the outline of the band before, so bands nest.

Source: the cone of directions is that of J. Sklansky and V. Gonzalez, Pattern Recognition 12 (1980).
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..compiled import inner, njit
from .contours import AFTER, BAND, BELOW, COLUMN, OPENED, ROW, TOWARDS, Gates

_EDGE = 0.01  # lattice spacings an outline keeps from corners
_APART = 0.004  # and from the outline of the band before: 2 cm at 5 m

Ints = NDArray[np.int64]


class Rings(NamedTuple):
    """Rings: xy (vertices, 2) in lattice spacings, where each begins, its band, and its shell (itself: a shell)."""

    xy: NDArray[np.float64]
    offsets: Ints
    band: Ints
    shell: Ints


@njit(cache=True, nogil=True)
def find_rings(gates: Gates, n: int, bands: int, tolerance: float) -> Rings:
    """Follow the first `n` gates and return the rings, open (the first vertex is not repeated)."""
    about, at = gates.about, gates.at
    xy, offsets = np.empty((n, 2), np.float64), np.zeros(n // 4 + 2, np.int64)
    band_of, opened = np.empty(n // 4 + 1, np.int64), np.empty(n // 4 + 1, np.int64)
    ring_of, windows, chain = np.full(n, -1, np.int64), np.empty((n + 1, 6), np.float64), np.empty(n + 1, np.int64)
    apart = min(_APART, 0.3 / bands)
    rings, filled = 0, np.int64(0)
    for band in range(bands):
        for start in range(n):
            if about[start, BAND] != band or ring_of[start] >= 0:
                continue
            gate, m = start, 0
            while m == 0 or gate != start:
                chain[m] = gate
                ring_of[gate] = rings
                m += 1
                gate = about[gate, AFTER]
            chain[m] = start
            _open_windows(gates, chain, m, apart, bands - 1 - band, tolerance, windows)
            end = _straighten(about, at, chain, windows, m, xy, filled)
            band_of[rings] = band
            opened[rings] = -1 if _twice_area(xy, filled, end) > 0 else _leftmost(about, chain, m)
            rings, filled = rings + 1, end
            offsets[rings] = filled
    shell = np.arange(rings)
    for r in range(rings):
        while opened[shell[r]] >= 0:
            shell[r] = ring_of[opened[shell[r]]]
    return Rings(xy[:filled].copy(), offsets[: rings + 1].copy(), band_of[:rings].copy(), shell)


@inner
def _open_windows(
    gates: Gates,
    chain: Ints,
    m: int,
    apart: float,
    later: int,
    tolerance: float,
    windows: NDArray[np.float64],
) -> None:
    """Write of each gate of a ring where the outline passes it, and the two ends of where it may: x, y of each."""
    about, at = gates.about, gates.at
    for k in range(m):
        gate = chain[k]
        below, towards = about[gate, BELOW], about[gate, TOWARDS]
        low, high = _EDGE if below < 0 else at[below] + apart, 1.0 - _EDGE - apart * later
        here = min(max(np.float64(at[gate]), low), high)
        at[gate] = here
        dx, dy = np.float64((towards == 0) - (towards == 2)), np.float64((towards == 1) - (towards == 3))
        x, y = about[gate, COLUMN] + dx, about[gate, ROW] + dy
        windows[k, 0], windows[k, 1] = x - here * dx, y - here * dy
        near, far = max(here - tolerance, low), min(here + tolerance, high)
        windows[k, 2], windows[k, 3] = x - near * dx, y - near * dy
        windows[k, 4], windows[k, 5] = x - far * dx, y - far * dy
    for i in range(6):
        windows[m, i] = windows[0, i]


@inner
def _straighten(
    about: NDArray[np.int32],
    at: NDArray[np.float32],
    chain: Ints,
    windows: NDArray[np.float64],
    m: int,
    xy: NDArray[np.float64],
    filled: int,
) -> int:
    """Write the vertices that are needed from `filled` on; return where they end. Gates move onto the outline."""
    anchor = np.int64(0)
    while anchor < m:
        x, y = windows[anchor, 0], windows[anchor, 1]
        xy[filled, 0], xy[filled, 1] = x, y
        filled += 1
        upto = _as_far_as_sight_goes(windows, m, anchor)
        dx, dy = windows[upto, 0] - x, windows[upto, 1] - y
        for k in range(anchor + 1, upto):
            gate = chain[k]
            towards = about[gate, TOWARDS]
            if towards & 1:
                at[gate] = abs(y + dy * (windows[k, 0] - x) / dx - about[gate, ROW] - (2 - towards))
            else:
                at[gate] = abs(x + dx * (windows[k, 1] - y) / dy - about[gate, COLUMN] - (1 - towards))
        anchor = upto
    return filled


@inner
def _as_far_as_sight_goes(windows: NDArray[np.float64], m: int, anchor: int) -> int:
    """Return the last gate that a straight line from the anchor reaches through all windows between."""
    best = anchor + 1
    x, y = windows[anchor, 0], windows[anchor, 1]
    lx, ly = windows[best, 2] - x, windows[best, 3] - y
    rx, ry = windows[best, 4] - x, windows[best, 5] - y
    for k in range(anchor + 2, m + 1):
        bx, by = windows[k, 0] - x, windows[k, 1] - y
        if bx * (lx + rx) + by * (ly + ry) <= 0:
            break
        if rx * by >= ry * bx and lx * by <= ly * bx:
            best = k
        ax, ay = windows[k, 2] - x, windows[k, 3] - y
        cx, cy = windows[k, 4] - x, windows[k, 5] - y
        if lx * ay < ly * ax:
            lx, ly = ax, ay
        if rx * cy > ry * cx:
            rx, ry = cx, cy
        if rx * ly < ry * lx:
            break
    return best


@inner
def _twice_area(xy: NDArray[np.float64], begin: int, end: int) -> float:
    total = 0.0
    x0, y0 = xy[begin, 0], xy[begin, 1]
    for k in range(begin + 1, end - 1):
        total += (xy[k, 0] - x0) * (xy[k + 1, 1] - y0) - (xy[k + 1, 0] - x0) * (xy[k, 1] - y0)
    return total


@inner
def _leftmost(about: NDArray[np.int32], chain: Ints, m: int) -> int:
    """Return where the inside to the left of a hole begins: no hole there lies farther right."""
    best = -1
    for k in range(m):
        gate = chain[k]
        if about[gate, TOWARDS] == 2 and (best < 0 or about[gate, COLUMN] < about[best, COLUMN]):
            best = gate
    return about[best, OPENED]
