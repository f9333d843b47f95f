"""Which boxes overlap: the one search behind crossings and loose ends."""

import numpy as np
from numpy.typing import NDArray

from ..compiled import njit

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def overlapping(low: Floats, high: Floats, group: NDArray[np.uint8] | None = None) -> tuple[Ints, Ints]:
    """Return the pairs (i, j), i < j, of boxes that touch or overlap.

    Args:
        low, high: lower left and upper right corners, shape (n, 2), metres.
        group: with it, only pairs of different groups are returned.

    A sweep along x: n log n, and one comparison for each pair that overlaps in x.
    """
    order = np.argsort(low[:, 0], kind="stable")
    labels = np.zeros(len(low), np.uint8) if group is None else group
    first, second = _sweep(low[order], high[order], labels[order], group is not None)
    i, j = order[first], order[second]
    return np.minimum(i, j), np.maximum(i, j)


@njit(cache=True, nogil=True)
def _sweep(low: Floats, high: Floats, group: NDArray[np.uint8], across: bool) -> tuple[Ints, Ints]:
    """Return pairs of boxes sorted by their west side: the first pass counts, the second writes."""
    n = len(low)
    first, second = np.empty(0, np.int64), np.empty(0, np.int64)
    for write in range(2):
        found = 0
        for i in range(n):
            east, south, north = high[i, 0], low[i, 1], high[i, 1]
            for j in range(i + 1, n):
                if low[j, 0] > east:
                    break
                if low[j, 1] <= north and high[j, 1] >= south and (not across or group[i] != group[j]):
                    if write:
                        first[found], second[found] = i, j
                    found += 1
        if not write:
            first, second = np.empty(found, np.int64), np.empty(found, np.int64)
    return first, second
