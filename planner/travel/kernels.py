"""Bounded shortest-path searches over arrays, compiled.

All work in float64 minutes on arcs in CSR form, label-correcting with buckets: nodes wait in buckets of
`width` minutes (doubly linked lists inside arrays), the lowest bucket is emptied first, and a node whose
label falls is taken up again. Within one bucket order does not matter, so no heap is needed.

Source: R. B. Dial, Algorithm 360, CACM 1969; U. Meyer and P. Sanders, delta-stepping, J. Algorithms 2003.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

_NONE = -1
Ints = NDArray[np.int32]
Floats = NDArray[np.float64]


@njit(cache=True, nogil=True)
def _unlink(node: int, slot: Ints, head: Ints, after: Ints, before: Ints) -> None:
    if before[node] == _NONE:
        head[slot[node]] = after[node]
    else:
        after[before[node]] = after[node]
    if after[node] != _NONE:
        before[after[node]] = before[node]
    slot[node] = _NONE


@njit(cache=True, nogil=True)
def _link(node: int, bucket: int, slot: Ints, head: Ints, after: Ints, before: Ints) -> None:
    after[node] = head[bucket]
    before[node] = _NONE
    if head[bucket] != _NONE:
        before[head[bucket]] = node
    head[bucket] = node
    slot[node] = bucket


@njit(cache=True, nogil=True)
def nearest(
    indptr: NDArray[np.int64],
    heads: NDArray[np.int32],
    costs: NDArray[np.float64],
    start_node: NDArray[np.int32],
    start_min: NDArray[np.float64],
    start_owner: NDArray[np.int32],
    cutoff: float,
    width: float,
) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
    """Return minutes to and position of the nearest start for every node; infinity and -1 beyond the cutoff.

    Of equally near starts the lower owner wins. Starts may repeat nodes.
    """
    n = len(indptr) - 1
    label = np.full(n, np.inf)
    owner = np.full(n, _NONE, np.int32)
    slot = np.full(n, _NONE, np.int32)
    after = np.empty(n, np.int32)
    before = np.empty(n, np.int32)
    head = np.full(int(cutoff / width) + 2, _NONE, np.int32)
    for s in range(len(start_node)):
        node, t, who = start_node[s], start_min[s], start_owner[s]
        if t <= cutoff and (t < label[node] or (t == label[node] and who < owner[node])):
            label[node] = t
            owner[node] = who
            if slot[node] != _NONE:
                _unlink(node, slot, head, after, before)
            _link(node, int(t / width), slot, head, after, before)
    for bucket in range(len(head)):
        while head[bucket] != _NONE:
            node = head[bucket]
            _unlink(node, slot, head, after, before)
            for a in range(indptr[node], indptr[node + 1]):
                t = label[node] + costs[a]
                to = heads[a]
                if t <= cutoff and (t < label[to] or (t == label[to] and owner[node] < owner[to])):
                    label[to] = t
                    owner[to] = owner[node]
                    if slot[to] != _NONE:
                        _unlink(to, slot, head, after, before)
                    _link(to, int(t / width), slot, head, after, before)
    return label, owner


@njit(cache=True, nogil=True)
def _reach(
    indptr: NDArray[np.int64],
    heads: Ints,
    costs: Floats,
    label: Floats,
    queue: tuple[Ints, Ints, Ints, Ints],
    touched: Ints,
    n_touched: int,
    cutoff: float,
    width: float,
) -> int:
    """Empty the buckets; return how many nodes are touched in all."""
    slot, head, after, before = queue
    for bucket in range(len(head)):
        while head[bucket] != _NONE:
            node = head[bucket]
            _unlink(node, slot, head, after, before)
            base = label[node]
            for a in range(indptr[node], indptr[node + 1]):
                t = base + costs[a]
                to = heads[a]
                if t <= cutoff and t < label[to]:
                    if label[to] == np.inf:
                        touched[n_touched] = to
                        n_touched += 1
                    label[to] = t
                    b = int(t / width)
                    if slot[to] != b:
                        if slot[to] != _NONE:
                            _unlink(to, slot, head, after, before)
                        _link(to, b, slot, head, after, before)
    return n_touched


@njit(cache=True, nogil=True)
def many_to_many(
    indptr: NDArray[np.int64],
    heads: NDArray[np.int32],
    costs: NDArray[np.float64],
    starts: tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float64]],
    legs: tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float64]],
    direct: tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float64]],
    n_points: int,
    cutoff: float,
    width: float,
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float64]]:
    """Return CSR rows, one a source: the points within the cutoff and their minutes, unsorted.

    Args:
        indptr, heads, costs: arcs to search along.
        starts: CSR by source: nodes it enters the network at, and the minutes until then.
        legs: CSR by node: points that can be left for from there, and the minutes of that last leg.
        direct: CSR by source: points on its own edge, and the minutes along it.
        n_points: how many points there are.
        cutoff, width: minutes; how far to search, and how wide a bucket is.
    """
    n = len(indptr) - 1
    n_sources = len(starts[0]) - 1
    label = np.full(n, np.inf)
    slot = np.full(n, _NONE, np.int32)
    after = np.empty(n, np.int32)
    before = np.empty(n, np.int32)
    head = np.full(int(cutoff / width) + 2, _NONE, np.int32)
    touched = np.empty(n, np.int32)
    best = np.full(n_points, np.inf)
    found = np.empty(n_points, np.int32)
    rows = np.zeros(n_sources + 1, np.int64)
    out_point = np.empty(1024, np.int32)
    out_min = np.empty(1024, np.float64)
    for s in range(n_sources):
        n_touched = 0
        for k in range(starts[0][s], starts[0][s + 1]):
            node, t = starts[1][k], starts[2][k]
            if t <= cutoff and t < label[node]:
                if label[node] == np.inf:
                    touched[n_touched] = node
                    n_touched += 1
                else:
                    _unlink(node, slot, head, after, before)
                label[node] = t
                _link(node, int(t / width), slot, head, after, before)
        n_touched = _reach(indptr, heads, costs, label, (slot, head, after, before), touched, n_touched, cutoff, width)
        n_found = 0
        for k in range(direct[0][s], direct[0][s + 1]):
            point, t = direct[1][k], direct[2][k]
            if t <= cutoff and t < best[point]:
                if best[point] == np.inf:
                    found[n_found] = point
                    n_found += 1
                best[point] = t
        for i in range(n_touched):
            node = touched[i]
            for k in range(legs[0][node], legs[0][node + 1]):
                t = label[node] + legs[2][k]
                point = legs[1][k]
                if t <= cutoff and t < best[point]:
                    if best[point] == np.inf:
                        found[n_found] = point
                        n_found += 1
                    best[point] = t
            label[node] = np.inf
        filled = rows[s]
        if filled + n_found > len(out_point):
            room = max(2 * len(out_point), filled + n_found)
            out_point = np.concatenate((out_point[:filled], np.empty(room - filled, np.int32)))
            out_min = np.concatenate((out_min[:filled], np.empty(room - filled, np.float64)))
        for i in range(n_found):
            out_point[filled + i] = found[i]
            out_min[filled + i] = best[found[i]]
            best[found[i]] = np.inf
        rows[s + 1] = filled + n_found
    return rows, out_point[: rows[-1]].copy(), out_min[: rows[-1]].copy()
