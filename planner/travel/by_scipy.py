"""The searches of `kernels` by scipy's Dijkstra: the way where nothing can be compiled, and what they are checked by.

Starts, legs and points become arcs and nodes of one graph. So the same sums are taken in the same order, and the
minutes are the same to the last bit. Rows are searched a few at a time, since scipy writes every node for each.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from .kernels import Minutes, Nodes, Rows
from .times import round_up

_AT_ONCE = 1 << 22  # minutes written at a time: 32 MB
Owners = NDArray[np.int32]
Listed = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]


def nearest(arcs: Rows, starts: tuple[Nodes, Minutes, Owners], limit: float) -> tuple[NDArray[np.float64], Owners]:
    """Return minutes and owner by node, as `search.search_nearest` does."""
    n, k = len(arcs[0]) - 1, len(starts[0])
    if k == 0:
        return np.full(n, np.inf), np.full(n, -1, np.int32)
    places = n + np.arange(k)
    tail, head, minutes = _joined(_listed(arcs), (places, starts[0].astype(np.int64), starts[1]))
    graph = _graph(tail, head, minutes, n + k)
    label, _, found = dijkstra(graph, indices=places, min_only=True, return_predecessors=True, limit=limit)
    reached = np.isfinite(label)
    owner = np.append(starts[2], np.int32(-1))[np.where(reached, found - n, k)]
    shortest = reached[head] & (label[tail] + minutes == label[head])
    _hand_on(owner, tail[shortest], head[shortest])
    return label[:n], owner[:n]


def _hand_on(owner: Owners, tail: NDArray[np.int64], head: NDArray[np.int64]) -> None:
    """Hand owners on along arcs of shortest paths: of equally near starts the lower owner wins."""
    while (lower := owner[tail] < owner[head]).any():
        np.minimum.at(owner, head[lower], owner[tail[lower]])


def many_to_many(
    arcs: Rows, rows: tuple[Rows, Rows, Rows], n_points: int, limit: float, more: float
) -> list[tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float32]]]:
    """Return (ends of rows, points, minutes rounded up) of some rows after others; `rows` as the kernel takes them."""
    starts, legs, direct = rows
    n, k = len(arcs[0]) - 1, len(starts[0]) - 1
    source = n + n_points
    ways = _joined(_listed(arcs), _listed(legs, 0, n), _listed(starts, source), _listed(direct, source, n))
    graph, found = _graph(*ways, source + k), []
    step = max(1, _AT_ONCE // (source + k))
    for low in range(source, source + k, step):
        wide = dijkstra(graph, indices=range(low, min(low + step, source + k)), limit=limit)[:, n:source]
        row, point = np.nonzero(np.isfinite(wide))
        ends = np.cumsum(np.bincount(row, minlength=len(wide)))
        found.append((ends, point.astype(np.int32), round_up(wide[row, point] + more)))
    return found


def by_point(
    rows: NDArray[np.int64],
    pairs: tuple[NDArray[np.int32], NDArray[np.float32]],
    row_of: NDArray[np.int64],
    n_points: int,
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float32]]:
    """Turn rows by destination into rows by point, as `search.by_point` does."""
    destination = np.empty(len(row_of), np.int32)
    destination[row_of] = np.arange(len(row_of))
    of_pair = np.repeat(destination, np.diff(rows))
    order = np.lexsort((of_pair, pairs[0]))
    counts = np.bincount(pairs[0], minlength=n_points)
    return np.concatenate([[0], np.cumsum(counts)]), of_pair[order], pairs[1][order]


def _listed(rows: Rows, up: int = 0, over: int = 0) -> Listed:
    """Return rows as (tail, head, minutes); tails and heads are counted from `up` and `over`."""
    indptr = rows[0].astype(np.int64)
    tail = np.repeat(np.arange(len(indptr) - 1), indptr[1:] - indptr[:-1])
    return tail + up, rows[1].astype(np.int64) + over, rows[2]


def _joined(*ways: Listed) -> Listed:
    tail, head, minutes = (np.concatenate(column) for column in zip(*ways, strict=True))
    return tail, head, minutes


def _graph(tail: NDArray[np.int64], head: NDArray[np.int64], minutes: NDArray[np.float64], n: int) -> csr_array:
    """Return a graph that keeps arcs of no length and parallel ones: made of triples, scipy would add these up."""
    order = np.argsort(tail, kind="stable")
    indptr = np.searchsorted(tail[order], np.arange(n + 1)).astype(np.int32)
    return csr_array((minutes[order], head[order].astype(np.int32), indptr), shape=(n, n))
