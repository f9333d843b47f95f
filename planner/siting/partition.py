"""Cut candidates into nested blocks: those that share most demand come together first."""

import heapq
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ..compiled import njit
from .covers import Cover

_EVEN = 0.5  # exponent of the masses in the affinity: without it big blocks swallow all, leaving crumbs
_PAIRS = 2e7  # pairs of candidates to look at; of more demand every second, third ... row is enough


class _Links(NamedTuple):
    """Blocks and the demand they share.

    By candidate: `parent` (towards the candidate that stands for its block), and for the latter `mass`, `start`
    and `length` of its neighbours, `stamp` (how often it has grown). `total` and `seen` are for adding up, `used`
    says how many of the neighbours' places are taken.
    """

    parent: NDArray
    mass: NDArray
    start: NDArray
    length: NDArray
    stamp: NDArray
    total: NDArray
    seen: NDArray
    used: NDArray


def nested_blocks(cover: Cover, shares: NDArray[np.float64], masses: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the block of each candidate, one row a mass: blocks of which no two fit together into the mass.

    shares: how often the LP takes each candidate, above 0. The affinity of two blocks is the demand they share as
    far as the LP takes both, over the square root of both masses; the greatest is joined first.
    """
    matrix = _affinity(cover, shares)
    blocks: NDArray[np.int64] = _nested(matrix.indptr, matrix.indices, matrix.data, shares, masses)
    return blocks


def _affinity(cover: Cover, shares: NDArray[np.float64]) -> sparse.csr_matrix:
    """Return the people whom two candidates share, times the shares of both, estimated from a part of the rows."""
    lengths = np.diff(cover.indptr)
    every = int(np.ceil((lengths.astype(np.float64) ** 2).sum() / _PAIRS))
    shape = (len(cover), cover.size)
    rows = sparse.csr_matrix((shares[cover.indices], cover.indices, cover.indptr), shape=shape)[:: max(every, 1)]
    matrix = sparse.csr_matrix(rows.T @ rows.multiply(cover.weights[:: max(every, 1), None]).tocsr())
    matrix.setdiag(0)
    matrix.eliminate_zeros()
    matrix.sort_indices()
    return matrix


@njit(cache=True, nogil=True)
def _nested(indptr: NDArray, indices: NDArray, affinity: NDArray, shares: NDArray, masses: NDArray) -> NDArray:
    n = len(shares)
    links = _Links(
        np.arange(n),
        shares.copy(),
        indptr[:-1].astype(np.int64),
        np.diff(indptr).astype(np.int64),
        np.zeros(n, np.int64),
        np.zeros(n),
        np.empty(n, np.int64),
        np.array([len(indices)]),
    )
    near, much = indices.astype(np.int64), affinity.copy()
    blocks = np.empty((len(masses), n), np.int64)
    for turn in range(len(masses)):
        near, much = _joined(links, near, much, masses[turn])
        for j in range(n):
            blocks[turn, j] = _stands_for(links.parent, j)
    return blocks


@njit(cache=True, nogil=True)
def _joined(links: _Links, near: NDArray, much: NDArray, mass: float) -> tuple[NDArray, NDArray]:
    """Join blocks, the greatest affinity first, until none fit into `mass`; return the neighbours and affinities."""
    heap = [(0.0, np.int64(0), np.int64(0), np.int64(0), np.int64(0))]
    heap.pop()
    for j in range(len(links.parent)):
        if links.parent[j] == j:
            _offer(links, j, _added(links, near, much, j, 0), mass, heap, False)  # noqa: FBT003  compiled
    heapq.heapify(heap)
    while len(heap) > 0:
        _, a, b, stamp_a, stamp_b = heapq.heappop(heap)
        if links.parent[a] != a or links.parent[b] != b or links.stamp[a] != stamp_a or links.stamp[b] != stamp_b:
            continue
        links.parent[b] = a
        links.mass[a] += links.mass[b]
        links.stamp[a] += 1
        size = _added(links, near, much, b, _added(links, near, much, a, 0))
        used = links.used[0]
        if used + size > len(near):
            near, much = np.concatenate((near, near)), np.concatenate((much, much))
        links.start[a], links.length[a] = used, size
        links.used[0] += size
        for k in range(size):
            near[used + k], much[used + k] = links.seen[k], links.total[links.seen[k]]
        _offer(links, a, size, mass, heap, True)  # noqa: FBT003  compiled
    return near, much


@njit(cache=True, nogil=True)
def _added(links: _Links, near: NDArray, much: NDArray, a: Any, size: Any) -> Any:
    """Add up the affinities to the blocks beside `a`, behind `size` that are seen already; return how many are."""
    own = _stands_for(links.parent, a)
    for e in range(links.start[a], links.start[a] + links.length[a]):
        c = _stands_for(links.parent, near[e])
        if c == own:
            continue
        if links.total[c] == 0.0:
            links.seen[size] = c
            size += 1
        links.total[c] += much[e]
    return size


@njit(cache=True, nogil=True)
def _offer(links: _Links, a: Any, size: int, mass: float, heap: Any, both: Any) -> None:
    """Put the pairs of `a` with the blocks seen into the heap where they fit (`both`: not only later ones)."""
    for k in range(size):
        c = links.seen[k]
        heavy = links.mass[a] + links.mass[c]
        if heavy <= mass and (both or c > a):
            score = links.total[c] / (links.mass[a] * links.mass[c]) ** _EVEN
            first, second = min(a, c), max(a, c)
            heap_entry = (-score, first, second, links.stamp[first], links.stamp[second])
            if both:
                heapq.heappush(heap, heap_entry)
            else:
                heap.append(heap_entry)
        links.total[c] = 0.0


@njit(cache=True, nogil=True)
def _stands_for(parent: NDArray, j: Any) -> Any:
    while parent[j] != j:
        parent[j] = parent[parent[j]]
        j = parent[j]
    return j
