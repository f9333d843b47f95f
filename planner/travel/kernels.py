"""Bounded shortest-path searches over arrays, compiled.

All work in float64 minutes on arcs in CSR form, label-correcting with buckets: reached nodes wait in buckets
of a fixed width, the lowest bucket is emptied first, and a node whose label falls is put in again; the entry it
leaves behind no longer carries its label and is passed over. Within a bucket order does not matter, so there is
no heap, nothing is rounded, and arcs of no length are allowed.

Indices are unsigned, which spares the test for negative ones; entry 0 of a queue means "none".

Source: R. B. Dial, Algorithm 360, CACM 1969; U. Meyer and P. Sanders, delta-stepping, J. Algorithms 2003.
"""

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
from numba import njit
from numpy.typing import NDArray

from .times import SLACK_MIN

Positions = NDArray[np.uint64]
Nodes = NDArray[np.uint32]
Minutes = NDArray[np.float64]
Rows = tuple[Positions, Nodes, Minutes]
Queue = tuple[NDArray[np.uint32], NDArray[np.uint32], NDArray[np.uint32], NDArray[np.float64]]

Function = TypeVar("Function", bound=Callable[..., Any])

_ONE = np.uint64(1)


def inner(function: Function) -> Function:
    """Compile what only compiled functions call: into them, without an entrance from Python or a file of its own.

    Compiling is most of a first run. So a count that a loop raises begins as `np.int64(0)`: from a bare 0, whatever it
    is handed to is compiled twice, for the literal and for the number. And arrays are copied number by number
    (`copied`): copying from slice to slice brings with it, compiled, the text of its error message.
    """
    compiled: Function = njit(nogil=True, no_cpython_wrapper=True, no_cfunc_wrapper=True, error_model="numpy")(function)
    return compiled


@inner
def copied(source: NDArray, begin: int, end: int, target: NDArray, at: int) -> None:
    """Copy `source[begin:end]` to `target` from `at` on."""
    for i in range(end - begin):
        target[at + i] = source[begin + i]


@inner
def _new_queue(cutoff: float, per_bucket: float, room: int) -> Queue:
    """Return (first entry by bucket, next entry, node, minutes) for `room` entries."""
    first = np.zeros(int(cutoff * per_bucket) + 2, np.uint32)
    return first, np.zeros(room, np.uint32), np.zeros(room, np.uint32), np.zeros(room, np.float64)


@inner
def _push(queue: Queue, entry: int, bucket: int, node: int, t: float) -> None:
    first, after, item, key = queue
    item[entry] = node
    key[entry] = t
    after[entry] = first[bucket]
    first[bucket] = entry


@inner
def _sweep(
    indptr: Positions,
    heads: Nodes,
    costs: Minutes,
    label: Minutes,
    queue: Queue,
    touched: Nodes,
    counts: tuple[int, int],
    cutoff: float,
    per_bucket: float,
) -> int:
    """Empty the buckets; return how many nodes are touched in all, or 0 where the queue is full.

    `counts`: nodes touched and entries used so far.
    """
    first, after, item, key = queue
    n_touched, entry = np.uint64(counts[0]), np.uint64(counts[1])
    room = np.uint64(len(item) - 1)
    bucket, buckets = np.uint64(0), np.uint64(len(first))
    while bucket < buckets:
        e = first[bucket]
        if e == 0:
            bucket += _ONE
            continue
        first[bucket] = after[e]
        node = np.uint64(item[e])
        base = key[e]
        if base != label[node]:
            continue
        for a in range(indptr[node], indptr[node + _ONE]):
            t = base + costs[a]
            to = np.uint64(heads[a])
            old = label[to]
            if t < old and t <= cutoff:
                if entry == room:
                    return 0
                if old == np.inf:
                    touched[n_touched] = to
                    n_touched += _ONE
                label[to] = t
                b = np.uint64(t * per_bucket)
                item[entry] = to
                key[entry] = t
                after[entry] = first[b]
                first[b] = entry
                entry += _ONE
    return np.int64(n_touched)


@njit(cache=True, nogil=True)
def nearest(
    indptr: Positions,
    heads: Nodes,
    costs: Minutes,
    starts: tuple[Nodes, Minutes, Nodes],
    groups: NDArray[np.int64],
    cutoff: float,
    width: float,
    room: int,
) -> tuple[bool, Minutes, NDArray[np.int32]]:
    """Return whether there was room, and for every node minutes to and owner of the nearest start.

    Infinity and -1 beyond the cutoff. Of equally near starts the lower owner wins. Starts (node, minutes until
    there, owner) may repeat nodes. They are searched from group by group, `groups[i]` to `groups[i + 1]`, each
    improving on what is there: where groups lie apart, the memory a group works in stays small, and the answer is the
    same. `room` entries are set aside for a group; without room enough, ask again with more.
    """
    n = len(indptr) - 1
    label = np.full(n, np.inf)
    owner = np.full(n, -1, np.int32)
    per_bucket = 1.0 / width
    first = np.zeros(int(cutoff * per_bucket) + 2, np.uint32)
    after, item, key = np.empty(room, np.uint32), np.empty(room, np.uint32), np.empty(room, np.float64)
    last, buckets = np.uint64(room), np.uint64(len(first))
    for g in range(len(groups) - 1):
        entry = _ONE
        for s in range(groups[g], groups[g + 1]):
            node, t, who = np.uint64(starts[0][s]), starts[1][s], np.int32(starts[2][s])
            if t <= cutoff and (t < label[node] or (t == label[node] and who < owner[node])):
                label[node] = t
                owner[node] = who
                if entry == last:
                    return False, label, owner
                _push((first, after, item, key), entry, np.uint64(t * per_bucket), node, t)
                entry += _ONE
        bucket = np.uint64(0)
        while bucket < buckets:
            e = first[bucket]
            if e == 0:
                bucket += _ONE
                continue
            first[bucket] = after[e]
            node = np.uint64(item[e])
            base = key[e]
            if base != label[node]:
                continue
            who = owner[node]
            for a in range(indptr[node], indptr[node + _ONE]):
                t = base + costs[a]
                to = np.uint64(heads[a])
                old = label[to]
                if t <= cutoff and (t < old or (t == old and who < owner[to])):
                    if entry == last:
                        return False, label, owner
                    label[to] = t
                    owner[to] = who
                    b = np.uint64(t * per_bucket)
                    item[entry] = to
                    key[entry] = t
                    after[entry] = first[b]
                    first[b] = entry
                    entry += _ONE
    return True, label, owner


@njit(cache=True, nogil=True)
def keep_nearer(label: Minutes, owner: NDArray[np.int32], other: Minutes, other_owner: NDArray[np.int32]) -> None:
    """Take over what another search found nearer, or equally near with a lower owner."""
    for node in range(len(label)):
        if other[node] < label[node] or (other[node] == label[node] and other_owner[node] < owner[node]):
            label[node] = other[node]
            owner[node] = other_owner[node]


@njit(cache=True, nogil=True)
def rounded_up(minutes: float) -> np.float32:
    """Return what `times.round_up` does, for one number."""
    exact = minutes - SLACK_MIN
    if exact <= 0:
        return np.float32(0)
    near = np.float32(exact)
    if near < exact:
        return np.int32(near.view(np.int32) + np.int32(1)).view(np.float32)
    return near


@njit(cache=True, nogil=True)
def many_to_many(
    indptr: Positions,
    heads: Nodes,
    costs: Minutes,
    starts: Rows,
    legs: Rows,
    direct: Rows,
    n_points: int,
    cutoff: float,
    width: float,
    more: float,
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float32]]:
    """Return CSR rows, one a source: the points within the cutoff and their minutes, unsorted, rounded up.

    Args:
        indptr, heads, costs: arcs to search along.
        starts: CSR by source: nodes it enters the network at, and the minutes until then.
        legs: CSR by node: points that can be left for from there, and the minutes of that last leg.
        direct: CSR by source: points on its own edge, and the minutes along it.
        n_points: how many points there are.
        cutoff, width: minutes; how far to search, and how wide a bucket is.
        more: minutes added to what is found.
    """
    n, n_sources = len(indptr) - 1, len(starts[0]) - 1
    per_bucket = 1.0 / width
    label = np.full(n, np.inf)
    touched = np.empty(n, np.uint32)
    best = np.full(n_points, np.inf)
    found = np.empty(n_points, np.uint32)
    rows = np.zeros(n_sources + 1, np.int64)
    out_point, out_min = np.empty(1024, np.int32), np.empty(1024, np.float32)
    queue = _new_queue(cutoff, per_bucket, np.int64(1024))
    for s in range(n_sources):
        n_touched = _from_source(indptr, heads, costs, starts, s, label, queue, touched, cutoff, per_bucket)
        while n_touched < 0:
            queue = _new_queue(cutoff, per_bucket, 4 * len(queue[1]))
            for i in range(n):
                label[i] = np.inf
            n_touched = _from_source(indptr, heads, costs, starts, s, label, queue, touched, cutoff, per_bucket)
        n_found = _collect(legs, direct, s, label, touched, n_touched, best, found, cutoff)
        filled = rows[s]
        if filled + n_found > len(out_point):
            room = max(2 * len(out_point), filled + n_found)
            wider_point, wider_min = np.empty(room, np.int32), np.empty(room, np.float32)
            copied(out_point, 0, filled, wider_point, 0)
            copied(out_min, 0, filled, wider_min, 0)
            out_point, out_min = wider_point, wider_min
        for i in range(n_found):
            point = np.uint64(found[i])
            out_point[filled + i] = point
            out_min[filled + i] = rounded_up(best[point] + more)
            best[point] = np.inf
        rows[s + 1] = filled + n_found
    return rows, out_point[: rows[-1]].copy(), out_min[: rows[-1]].copy()


@inner
def _from_source(
    indptr: Positions,
    heads: Nodes,
    costs: Minutes,
    starts: Rows,
    s: int,
    label: Minutes,
    queue: Queue,
    touched: Nodes,
    cutoff: float,
    per_bucket: float,
) -> int:
    """Search from one source; return how many nodes are touched, or -1 where the queue was full."""
    n_touched, entry = np.uint64(0), np.uint64(1)
    for k in range(starts[0][s], starts[0][s + 1]):
        node, t = np.uint64(starts[1][k]), starts[2][k]
        if t <= cutoff and t < label[node]:
            if label[node] == np.inf:
                touched[n_touched] = node
                n_touched += _ONE
            label[node] = t
            _push(queue, entry, np.uint64(t * per_bucket), node, t)
            entry += _ONE
    if n_touched == 0:
        return 0
    swept = _sweep(indptr, heads, costs, label, queue, touched, (n_touched, entry), cutoff, per_bucket)
    return -1 if swept == 0 else swept


@inner
def _collect(
    legs: Rows,
    direct: Rows,
    s: int,
    label: Minutes,
    touched: Nodes,
    n_touched: int,
    best: Minutes,
    found: Nodes,
    cutoff: float,
) -> int:
    """Carry the labels over the last legs to the points, and clear them; return how many points are found."""
    n_found = np.uint64(0)
    for k in range(direct[0][s], direct[0][s + 1]):
        point, t = np.uint64(direct[1][k]), direct[2][k]
        if t <= cutoff and t < best[point]:
            if best[point] == np.inf:
                found[n_found] = point
                n_found += _ONE
            best[point] = t
    for i in range(n_touched):
        node = np.uint64(touched[i])
        base = label[node]
        for k in range(legs[0][node], legs[0][node + _ONE]):
            t = base + legs[2][k]
            point = np.uint64(legs[1][k])
            if t <= cutoff and t < best[point]:
                if best[point] == np.inf:
                    found[n_found] = point
                    n_found += _ONE
                best[point] = t
        label[node] = np.inf
    return np.int64(n_found)


@njit(cache=True, nogil=True)
def scatter(
    rows: NDArray[np.int64],
    row_of: NDArray[np.int64],
    points: NDArray[np.int32],
    held: NDArray[np.float32],
    cursor: NDArray[np.int64],
    indices: NDArray[np.int32],
    minutes: NDArray[np.float32],
) -> None:
    """Turn rows by destination into rows by point, destination by destination, so that these stay sorted.

    `row_of`: which row is that of each destination; `cursor`: where each point's row goes on.
    """
    for d in range(len(row_of)):
        for k in range(rows[row_of[d]], rows[row_of[d] + 1]):
            at = cursor[points[k]]
            indices[at] = d
            minutes[at] = held[k]
            cursor[points[k]] = at + 1


@njit(cache=True, nogil=True)
def row_order(row: NDArray[np.int64], n: int) -> tuple[Positions, NDArray[np.int64]]:
    """Return where each of `n` rows begins, and the positions of its entries one after another, in their order."""
    indptr = np.zeros(n + 1, np.uint64)
    for r in row:
        indptr[r + 1] += _ONE
    for r in range(n):
        indptr[r + 1] += indptr[r]
    cursor, order = indptr[:-1].copy(), np.empty(len(row), np.int64)
    for k in range(len(row)):
        order[cursor[row[k]]] = k
        cursor[row[k]] += _ONE
    return indptr, order
