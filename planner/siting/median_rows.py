"""The p-median as its search sees it: the pairs of each demand with the cheapest first, and what stands."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..compiled import njit
from .instance import Instance


class Rows(NamedTuple):
    """Pairs by demand, those of fewest people-minutes first; `size` is the number of candidates, used or not.

    The candidates of demand `i` are `indices[indptr[i]:indptr[i+1]]`, with `costs` beside them.
    """

    indptr: NDArray[np.int64]
    indices: NDArray[np.int32]
    costs: NDArray[np.float64]
    size: int

    def of(self, j: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Return whom candidate `j` reaches, and their people-minutes."""
        pairs = np.flatnonzero(self.indices == j)
        return np.searchsorted(self.indptr, pairs, side="right") - 1, self.costs[pairs]

    def opened(self, standing: NDArray[np.float64], sites: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return `standing` once `sites` stand too."""
        standing = standing.copy()
        for j in sites:
            rows, costs = self.of(j)
            standing[rows] = np.minimum(standing[rows], costs)
        return standing


def rows_of(instance: Instance) -> tuple[Rows, NDArray[np.float64]]:
    """Return the pairs of everyone in people-minutes, and those to what stands, infinite where nothing does."""
    people = instance.people
    counts = np.where(people, np.diff(instance.indptr), 0)
    indptr = np.concatenate([[0], np.cumsum(counts[people])]).astype(np.int64)
    kept = people[instance.rows]
    weights = instance.weights[people].astype(np.float64)
    costs = np.repeat(weights, counts[people]) * instance.minutes[kept]
    indices = instance.indices[kept].copy()
    _sort(indptr, indices, costs)
    return Rows(indptr, indices, costs, len(instance.candidates)), weights * instance.standing_min[people]


@njit(cache=True, nogil=True)
def _sort(indptr: NDArray, indices: NDArray, costs: NDArray) -> None:
    for i in range(len(indptr) - 1):
        start, stop = indptr[i], indptr[i + 1]
        order = np.argsort(costs[start:stop], kind="mergesort")
        own, dear = indices[start:stop].copy(), costs[start:stop].copy()
        for k in range(len(order)):
            indices[start + k], costs[start + k] = own[order[k]], dear[order[k]]


@njit(cache=True, nogil=True)
def kept(rows: Rows, most: NDArray, closed: NDArray) -> Any:
    """Return the rows without `closed` candidates and without pairs of as many people-minutes as `most` or more."""
    indptr, indices, costs, size = rows
    starts = np.zeros(len(indptr), np.int64)
    own, cheap, at = np.empty(len(indices), np.int32), np.empty(len(indices)), 0
    for i in range(len(indptr) - 1):
        for k in range(indptr[i], indptr[i + 1]):
            if costs[k] >= most[i]:
                break
            if not closed[indices[k]]:
                own[at], cheap[at] = indices[k], costs[k]
                at += 1
        starts[i + 1] = at
    return Rows(starts, own[:at].copy(), cheap[:at].copy(), size)
