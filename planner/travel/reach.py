"""What of every street lies within the bands of a facility: streets cut where the time is up, compiled.

A street is reached from its two ends and, where a facility stands on it, from there. What is reached of it is kept
as shares of its length, each share once: a street that is reached whole is listed with the first band it is whole
in, a part with the band it is the part of. So band `b` is what is whole in `b` or before, and the parts in `b`.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..compiled import inner, njit
from .kernels import Minutes, Nodes, Positions, Rows, Wave, copied, from_source

Pieces = tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float64], NDArray[np.float64], NDArray[np.int8]]
"""rows (CSR by facility), edge, low, high (shares of the edge's length from its first node), band."""


class Streets(NamedTuple):
    """Streets as a search along them needs them.

    Arcs in CSR by node: heads, costs (minutes), edge, and side: whether the row's node is the edge's first (0) or
    last (1). By edge: first and last node, minutes when explored from either, and whether it can be
    explored from its first and last node.
    """

    indptr: Positions
    heads: Nodes
    costs: Minutes
    edge: NDArray[np.int32]
    side: NDArray[np.int8]
    first: NDArray[np.int32]
    last: NDArray[np.int32]
    into_first: Minutes
    into_last: Minutes
    from_first: NDArray[np.bool_]
    from_last: NDArray[np.bool_]


class Standing(NamedTuple):
    """Facilities on their edges, CSR by source and sorted by edge: edge, share, minutes already gone."""

    rows: NDArray[np.int64]
    edge: NDArray[np.int32]
    share: NDArray[np.float64]
    gone: Minutes


class _Reached(NamedTuple):
    """Minutes to every node, and the nodes that have any."""

    label: Minutes
    touched: Nodes


@njit(cache=True, nogil=True)
def reach(streets: Streets, starts: Rows, standing: Standing, cutoffs: Minutes, wave: Wave, band: float) -> Pieces:
    """Return the pieces of street within each cutoff (ascending) of each source.

    Of a facility that time is left for, at least the point it stands at is returned. `wave` reaches to the last cutoff.
    """
    n_sources = len(starts[0]) - 1
    arcs, label, touched = (streets.indptr, streets.heads, streets.costs), wave.label, wave.touched
    own = np.zeros(len(streets.first), np.bool_)
    spans = np.empty((8, 2), np.float64)
    rows = np.zeros(n_sources + 1, np.int64)
    out = _room(np.int64(1024))
    for s in range(n_sources):
        n_touched = from_source(arcs, starts, s, wave, band)
        begin, end = standing.rows[s], standing.rows[s + 1]
        if 2 * (end - begin) + 6 > len(spans):
            spans = np.empty((2 * (end - begin) + 6, 2), np.float64)
        arcs_out = 0
        for i in range(n_touched):
            arcs_out += np.int64(streets.indptr[touched[i] + 1] - streets.indptr[touched[i]])
        needed = rows[s] + len(cutoffs) * (2 * arcs_out + 4 * (end - begin))
        if needed > len(out[0]):
            out = _grown(out, rows[s], needed)
        here = Standing(rows, standing.edge[begin:end], standing.share[begin:end], standing.gone[begin:end])
        filled = _streets(streets, _Reached(label, touched[:n_touched]), here, own, cutoffs, out, rows[s])
        rows[s + 1] = _own_streets(streets, label, here, cutoffs, spans, out, filled)
        for i in range(n_touched):
            label[touched[i]] = wave.far
    filled = rows[-1]
    return rows, out[0][:filled].copy(), out[1][:filled].copy(), out[2][:filled].copy(), out[3][:filled].copy()


@inner
def _room(n: int) -> tuple:
    return np.empty(n, np.int32), np.empty(n, np.float64), np.empty(n, np.float64), np.empty(n, np.int8)


@inner
def _grown(out: tuple, filled: int, needed: int) -> tuple:
    wide = _room(max(2 * len(out[0]), needed))
    copied(out[0], 0, filled, wide[0], 0)
    copied(out[1], 0, filled, wide[1], 0)
    copied(out[2], 0, filled, wide[2], 0)
    copied(out[3], 0, filled, wide[3], 0)
    return wide


@inner
def _emit(out: tuple, at: int, edge: int, low: float, high: float, band: int) -> int:
    out[0][at] = edge
    out[1][at] = low
    out[2][at] = high
    out[3][at] = band
    return at + 1


@inner
def _left(streets: Streets, label: Minutes, edge: int, cutoff: float) -> tuple[float, float]:
    """Return the minutes left to go into an edge from its first and its last node; below 0: not from there."""
    first, last = label[streets.first[edge]], label[streets.last[edge]]
    a = cutoff - first if streets.from_first[edge] else -1.0
    b = cutoff - last if streets.from_last[edge] else -1.0
    return a, b


@inner
def _streets(
    streets: Streets,
    reached: _Reached,
    here: Standing,
    own: NDArray[np.bool_],
    cutoffs: Minutes,
    out: tuple,
    at: int,
) -> int:
    """List the pieces of streets that no facility of the source stands on; return how many are listed in all."""
    label, touched = reached
    for k in range(len(here.edge)):
        own[here.edge[k]] = True
    for i in range(len(touched)):
        for k in range(streets.indptr[touched[i]], streets.indptr[touched[i] + 1]):
            edge = streets.edge[k]
            if own[edge]:
                continue
            if streets.side[k] == 1 and _left(streets, label, edge, cutoffs[-1])[0] >= 0:
                continue  # seen from its first node
            first, last = streets.into_first[edge], streets.into_last[edge]
            for band in range(len(cutoffs)):
                a, b = _left(streets, label, edge, cutoffs[band])
                if a < 0 and b < 0:
                    continue
                if a >= first or b >= last or (a >= 0 and b >= 0 and a * last + b * first >= first * last):
                    at = _emit(out, at, edge, 0.0, 1.0, band)
                    break
                if a > 0:
                    at = _emit(out, at, edge, 0.0, a / first, band)
                if b > 0:
                    at = _emit(out, at, edge, 1.0 - b / last, 1.0, band)
    for k in range(len(here.edge)):
        own[here.edge[k]] = False
    return at


@inner
def _own_streets(
    streets: Streets,
    label: Minutes,
    here: Standing,
    cutoffs: Minutes,
    spans: NDArray[np.float64],
    out: tuple,
    at: int,
) -> int:
    """List the pieces of streets that facilities of the source stand on; return how many are listed in all."""
    low = np.int64(0)
    while low < len(here.edge):
        high = low
        edge = here.edge[low]
        while high < len(here.edge) and here.edge[high] == edge:
            high += 1
        for band in range(len(cutoffs)):
            n = _spans_of(streets, label, here, low, high, cutoffs[band], spans)
            n = _joined(spans, n)
            for k in range(n):
                at = _emit(out, at, edge, spans[k, 0], spans[k, 1], band)
            if n == 1 and spans[0, 0] <= 0.0 and spans[0, 1] >= 1.0:
                break
        low = high
    return at


@inner
def _spans_of(
    streets: Streets,
    label: Minutes,
    standing: Standing,
    low: int,
    high: int,
    cutoff: float,
    spans: NDArray[np.float64],
) -> int:
    edge = standing.edge[low]
    first, last, n = streets.into_first[edge], streets.into_last[edge], 0
    a, b = _left(streets, label, edge, cutoff)
    if a >= 0:
        spans[n, 0], spans[n, 1] = 0.0, 1.0 if a >= first else a / first
        n += 1
    if b >= 0:
        spans[n, 0], spans[n, 1] = 0.0 if b >= last else 1.0 - b / last, 1.0
        n += 1
    for k in range(low, high):
        left = cutoff - standing.gone[k]
        if left >= 0:
            share = standing.share[k]
            down = left / last if last > 0 else 1.0
            up = left / first if first > 0 else 1.0
            spans[n, 0] = max(share - down, 0.0) if streets.from_last[edge] else share
            spans[n, 1] = min(share + up, 1.0) if streets.from_first[edge] else share
            n += 1
    return n


@inner
def _joined(spans: NDArray[np.float64], n: int) -> int:
    """Sort spans and join those that meet; return how many are left."""
    if n < 2:
        return n
    for i in range(1, n):
        low, high, j = spans[i, 0], spans[i, 1], i
        while j > 0 and spans[j - 1, 0] > low:
            spans[j, 0], spans[j, 1] = spans[j - 1, 0], spans[j - 1, 1]
            j -= 1
        spans[j, 0], spans[j, 1] = low, high
    kept = 0
    for i in range(1, n):
        if spans[i, 0] <= spans[kept, 1]:
            spans[kept, 1] = max(spans[kept, 1], spans[i, 1])
        else:
            kept += 1
            spans[kept, 0], spans[kept, 1] = spans[i, 0], spans[i, 1]
    return kept + 1
