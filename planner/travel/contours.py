"""The outline of everything within a distance of some pieces of street, compiled.

The distance to the nearest piece is painted on a square lattice, a few rows at a time. Where a lattice edge joins a
corner inside to a corner outside, a gate is put at the distance between; the gates of a square are linked in the order
in which the outline passes them, with the inside on its left. Where two insides meet corner to corner they are kept
apart. The lattice lies at whole multiples of the spacing, so all outlines share it.

Lengths are in lattice spacings. Directions: 0 east, 1 north, 2 west, 3 south.

Source: W. E. Lorensen and H. E. Cline, Marching cubes, SIGGRAPH 1987, in the plane.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..compiled import inner, njit
from .kernels import copied

Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]
Ints = NDArray[np.int32]

_STRIP = 1 << 18  # lattice corners painted at a time: they fit the cache of a core
_FAR = np.float32(1e12)  # squared; not infinite, with which fast arithmetic may not reckon


class Gates(NamedTuple):
    """Where outlines cross lattice edges.

    Columns of `about`: column and row of the corner outside, the direction from there to the corner inside, the next
    gate along the outline, the gate of the band before on the same lattice edge or -1, the gate a row's inside began
    at (of gates where it ends, direction 2), and the band. `at`: how far from the inside corner the outline crosses.
    """

    about: Ints
    at: Floats


COLUMN, ROW, TOWARDS, AFTER, BELOW, OPENED, BAND = range(7)


class Lattice(NamedTuple):
    """Some rows of the lattice while they are painted: squared distances, inside or not, edges crossed, gates there.

    `crossed`: bit 1 where the edge to the corner in the east is, bit 2 to the one in the north; `east` and `north` the
    gates there. Of the last three there are two: of this band and of the one before. `seam`: by band, distances and
    gates of the last row of the rows before.
    """

    field: Floats
    inside: Bytes
    crossed: Bytes
    east: Ints
    north: Ints
    seam: Floats
    seam_gate: Ints


class _Strip(NamedTuple):
    """Rows of the lattice painted at a time: the first, how many, and how many corners each has."""

    low: int
    count: int
    width: int


@njit(cache=True, nogil=True)
def new_gates(n: int) -> Gates:
    """Return room for `n` gates."""
    return Gates(np.empty((n, 8), np.int32), np.empty(n, np.float32))


@inner
def more_gates(gates: Gates, used: int, needed: int) -> Gates:
    """Return wider room with the gates used so far."""
    wide = new_gates(max(2 * len(gates.at), needed))
    copied(gates.about.ravel(), 0, 8 * used, wide.about.ravel(), 0)
    copied(gates.at, 0, used, wide.at, 0)
    return wide


@njit(cache=True, nogil=True)
def new_lattice(n: int, width: int, bands: int) -> Lattice:
    """Return room for `n` corners, a multiple of 8, at most `width` in a row."""
    return Lattice(
        np.empty(n, np.float32),
        np.empty(n, np.uint8),
        np.zeros(2 * n, np.uint8),
        np.empty(2 * n, np.int32),
        np.empty(2 * n, np.int32),
        np.empty(bands * width, np.float32),
        np.empty(bands * width, np.int32),
    )


@njit(cache=True, nogil=True)
def rows_at_once(width: int, height: int) -> int:
    """Return how many rows are painted at a time."""
    return min(height, max(16, _STRIP // width))


@njit(cache=True, nogil=True)
def find_gates(
    segments: Floats,
    band_of: NDArray[np.int8],
    size: tuple[int, int],
    radius: float,
    bands: int,
    lattice: Lattice,
    gates: Gates,
) -> tuple[Gates, int]:
    """Return the gates of all bands, linked, and how many there are.

    Args:
        segments: (segments, 4): x0, y0, x1, y1 from the lattice's corner, at least `radius` + 2 inside it.
        band_of: the first band each is in.
        size: columns (a multiple of 8) and rows.
        radius: how far the outline lies from the segments.
        bands: how many bands.
        lattice: room for at least `rows_at_once` rows.
        gates: room, which grows.
    """
    width, height = size
    rows = rows_at_once(width, height)
    begins, listed = _by_strip(segments, rows, height, radius + 1.01)
    n = np.int64(0)
    for k in range(len(begins) - 1):
        low = k * (rows - 1)
        strip = _Strip(low, min(low + rows, height) - low, width)
        cells = strip.count * width
        near = listed[begins[k] : begins[k + 1]]
        if len(near) == 0:  # nothing here, and nothing reaches over from the rows before
            lattice.seam[: bands * width] = _FAR
            continue
        lattice.field[:cells] = _FAR
        for band in range(bands):
            _paint(segments, band_of, near, band, strip, radius + 1.01, lattice.field)
            if low > 0:
                copied(lattice.seam, band * width, (band + 1) * width, lattice.field, 0)
            side = (band & 1) * (len(lattice.field))
            crossings = _mark(lattice, strip, radius, side)
            if n + crossings > len(gates.at):
                gates = more_gates(gates, n, n + crossings)
            begun, n = n, _place(lattice, gates, n, strip, radius, band, side)
            _link(lattice, gates, begun, n, strip, side)
            if low > 0:
                _link_seam(lattice, gates, width, side)
            last = cells - width
            copied(lattice.field, last, cells, lattice.seam, band * width)
            copied(lattice.east, side + last, side + cells, lattice.seam_gate, band * width)
    return gates, n


@inner
def _by_strip(segments: Floats, rows: int, height: int, reach: float) -> tuple[NDArray[np.int64], Ints]:
    """Return CSR by strip of rows (which share their border rows): the segments within reach of it."""
    n = max((height - 2) // (rows - 1) + 1, 1)
    span = np.empty((len(segments), 2), np.int64)
    begins = np.zeros(n + 1, np.int64)
    for s in range(len(segments)):
        bottom = min(segments[s, 1], segments[s, 3]) - reach
        top = max(segments[s, 1], segments[s, 3]) + reach
        span[s, 0] = max((int(np.floor(bottom)) - 1) // (rows - 1), 0)
        span[s, 1] = min(int(np.ceil(top)) // (rows - 1) + 1, n)
        for strip in range(span[s, 0], span[s, 1]):
            begins[strip + 1] += 1
    for strip in range(n):
        begins[strip + 1] += begins[strip]
    cursor, listed = begins[:-1].copy(), np.empty(begins[-1], np.int32)
    for s in range(len(segments)):
        for strip in range(span[s, 0], span[s, 1]):
            listed[cursor[strip]] = s
            cursor[strip] += 1
    return begins, listed


@njit(cache=True, nogil=True, fastmath=True, error_model="numpy")
def _paint(
    segments: Floats,
    band_of: NDArray[np.int8],
    near: Ints,
    band: int,
    strip: _Strip,
    reach: float,
    field: Floats,
) -> None:
    """Lower the squared distances of corners within `reach` of the band's segments; `near`: those near these rows."""
    low, count, width = strip
    one, none, far = np.float32(1), np.float32(0), np.float32(reach)
    for s in near:
        if band_of[s] != band:
            continue
        x0, y0, x1, y1 = segments[s, 0], segments[s, 1], segments[s, 2], segments[s, 3]
        begin = max(np.int32(np.ceil(min(y0, y1) - far)) - low, 0)
        end = min(np.int32(np.floor(max(y0, y1) + far)) - low + 1, count)
        dx, dy = x1 - x0, y1 - y0
        squared = dx * dx + dy * dy
        ux = dx / squared if squared > none else none
        uy = dy / squared if squared > none else none
        for j in range(begin, end):
            y = np.float32(low + j) - y0
            first, last = none, one
            if dy != none:
                t0, t1 = (y - far) / dy, (y + far) / dy
                first, last = max(none, min(t0, t1)), min(one, max(t0, t1))
            xa, xb = x0 + first * dx, x0 + last * dx
            left = max(np.int32(np.floor(min(xa, xb) - far)), 0)
            right = min(np.int32(np.ceil(max(xa, xb) + far)) + 1, width)
            row = field[j * width + left : j * width + right]
            x, along = np.float32(left) - x0, y * uy
            for i in range(np.int32(len(row))):
                px = x + np.float32(i)
                t = min(max(px * ux + along, none), one)
                ex, ey = px - t * dx, y - t * dy
                row[i] = min(row[i], ex * ex + ey * ey)


@inner
def _mark(lattice: Lattice, strip: _Strip, radius: float, side: int) -> int:
    """Note which corners are inside and which lattice edges are crossed; return how many are."""
    width, limit, cells = strip.width, np.float32(radius * radius), strip.count * strip.width
    field, inside, crossed = lattice.field[:cells], lattice.inside[:cells], lattice.crossed[side : side + cells]
    for c in range(cells):
        inside[c] = np.uint8(field[c] <= limit)
    here, east, north = inside[: cells - width], inside[1 : cells - width + 1], inside[width:]
    for c in range(cells - width):
        crossed[c] = np.uint8((here[c] ^ east[c]) | ((here[c] ^ north[c]) << 1))
    for c in range(cells - width, cells - 1):
        crossed[c] = inside[c] ^ inside[c + 1]
    crossed[cells - 1] = 0
    words, n = crossed.view(np.uint64), 0
    for w in range(len(words)):
        if words[w] != 0:
            for c in range(8 * w, 8 * w + 8):
                n += (crossed[c] & 1) + (crossed[c] >> 1)
    return n


@inner
def _place(lattice: Lattice, gates: Gates, n: int, strip: _Strip, radius: float, band: int, side: int) -> int:
    """Put a gate on every crossed edge; the edges of a seam row have theirs. Return how many gates there are."""
    low, count, width = strip
    cells, other = count * width, len(lattice.field) - side
    field, inside = lattice.field, lattice.inside
    crossed, before = lattice.crossed[side : side + cells], lattice.crossed[other : other + cells]
    words = crossed.view(np.uint64)
    about, at = gates.about, gates.at
    if low > 0:
        copied(lattice.seam_gate, band * width, (band + 1) * width, lattice.east, side)
    first = width if low > 0 else 0  # the lattice edges along a seam row have their gates
    for j in range(count):
        opened = -1
        for w in range(j * (width // 8), (j + 1) * (width // 8)):
            if words[w] == 0:
                continue
            for c in range(8 * w, 8 * w + 8):
                for way in range(2):
                    bit = way + 1
                    if not crossed[c] & bit or (way == 0 and c < first):
                        continue
                    step, here = (width, lattice.north) if way else (1, lattice.east)
                    out, inner, towards = (c + step, c, way + 2) if inside[c] else (c, c + step, way)
                    near, far = np.sqrt(field[inner]), np.sqrt(field[out])
                    at[n] = (radius - near) / (far - near)
                    if way == 0 and towards == 0:
                        opened = n
                    about[n, COLUMN] = c - j * width + (out != c and way == 0)
                    about[n, ROW] = low + j + (out != c and way == 1)
                    about[n, TOWARDS] = towards
                    about[n, AFTER] = -1
                    about[n, BELOW] = here[other + c] if band > 0 and before[c] & bit else -1
                    about[n, OPENED] = opened
                    about[n, BAND] = band
                    here[side + c] = n
                    n += 1
    return n


@inner
def _link(lattice: Lattice, gates: Gates, begin: int, end: int, strip: _Strip, side: int) -> None:
    """Say of each gate which one follows; those whose square lies beyond the last row wait for the next rows."""
    low, count, width = strip
    about, inside = gates.about, lattice.inside
    east, north = lattice.east[side:], lattice.north[side:]
    for g in range(begin, end):
        row = about[g, ROW] - low
        if not (about[g, TOWARDS] == 2 and row == count - 1):
            out = row * width + about[g, COLUMN]
            about[g, AFTER] = _next(inside, east, north, width, out, about[g, TOWARDS])


@inner
def _link_seam(lattice: Lattice, gates: Gates, width: int, side: int) -> None:
    """Link the gates that waited."""
    about, inside = gates.about, lattice.inside
    east, north = lattice.east[side:], lattice.north[side:]
    for c in range(width):
        if lattice.crossed[side + c] & 1:
            g = east[c]
            if about[g, TOWARDS] == 2:
                about[g, AFTER] = _next(inside, east, north, width, np.int64(about[g, COLUMN]), about[g, TOWARDS])


@inner
def _next(inside: Bytes, east: Ints, north: Ints, width: int, out: int, towards: int) -> int:
    """Return the gate after that from corner `out` in direction `towards`: the inside stays on the left."""
    ahead = (towards + 3) & 3
    steps = (1, width, -1, -width)
    out_next, inner_next = out + steps[ahead], out + steps[towards] + steps[ahead]
    if inside[inner_next]:
        if inside[out_next]:
            towards = ahead
        else:
            out = out_next
    else:
        out, towards = inner_next, (ahead + 2) & 3
    if towards == 0:
        return east[out]
    if towards == 2:
        return east[out - 1]
    return north[out] if towards == 1 else north[out - width]
