"""Which candidates cover which demand, with demand of one cover set merged into one row."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from .instance import Instance


@dataclass(frozen=True, kw_only=True)
class Cover:
    """Rows of demand that still wait to be covered, by the candidates that could cover them.

    The candidates of row `i` are `indices[indptr[i]:indptr[i+1]]`, at least one; no two rows have the
    same. `weights` are the people of a row. `size` is the number of candidates, used or not.
    """

    indptr: NDArray[np.int64]
    indices: NDArray[np.int32]
    weights: NDArray[np.float64]
    size: int

    def __len__(self) -> int:
        """Return how many rows there are."""
        return len(self.weights)

    @cached_property
    def columns(self) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """The rows of each candidate: indptr and row positions."""
        rows = np.repeat(np.arange(len(self), dtype=np.int32), np.diff(self.indptr))
        indptr = np.zeros(self.size + 1, np.int64)
        np.cumsum(np.bincount(self.indices, minlength=self.size), out=indptr[1:])
        return indptr, rows[np.argsort(self.indices, kind="stable")]

    @property
    def graph(self) -> tuple[NDArray, ...]:
        """The candidates of each row, the rows of each candidate and the weights, for compiled loops."""
        return self.indptr, self.indices, *self.columns, self.weights

    @property
    def total(self) -> float:
        """People in all rows."""
        return float(self.weights.sum())


def cover_within(instance: Instance, limit_min: float, *, counted: bool = False) -> Cover:
    """Return the rows that no existing facility and no required site covers within `limit_min`.

    Demand that nobody lives at, or that no candidate covers, is left out. With `counted` a row
    weighs 1, as if each had to be covered alike.
    """
    pairs = np.flatnonzero(instance.minutes <= limit_min)
    rows, columns = instance.rows[pairs], instance.indices[pairs]
    waiting = instance.people & (instance.standing_min > limit_min)
    waiting[rows[np.isin(columns, instance.required)]] = False
    keep = waiting[rows]
    rows, columns = rows[keep], columns[keep]
    indptr, indices, (people,) = _merge(rows, columns, instance.weights.astype(np.float64))
    weights = np.ones(len(people)) if counted else people
    return Cover(indptr=indptr, indices=indices, weights=weights, size=len(instance.candidates))


def without(cover: Cover, dropped: NDArray[np.bool_], taken: NDArray[np.bool_]) -> Cover:
    """Return what is left to cover once `taken` candidates are built and `dropped` ones are not."""
    rows = np.repeat(np.arange(len(cover)), np.diff(cover.indptr))
    waiting = np.ones(len(cover), bool)
    waiting[rows[taken[cover.indices]]] = False
    keep = waiting[rows] & ~dropped[cover.indices]
    indptr, indices, (people,) = _merge(rows[keep], cover.indices[keep], cover.weights)
    return Cover(indptr=indptr, indices=indices, weights=people, size=cover.size)


def restricted(
    cover: Cover, inside: NDArray[np.int64], prices: NDArray[np.float64]
) -> tuple[Cover, NDArray[np.float64]]:
    """Return the cover of some candidates only, numbered anew, and the prices of its rows."""
    number = np.full(cover.size, -1, np.int32)
    number[inside] = np.arange(len(inside))
    rows = np.repeat(np.arange(len(cover)), np.diff(cover.indptr))
    keep = number[cover.indices] >= 0
    return merged(rows[keep], number[cover.indices[keep]], len(inside), cover.weights, prices)


def merged(
    rows: NDArray[np.int64],
    columns: NDArray[np.int32],
    size: int,
    weights: NDArray[np.float64],
    prices: NDArray[np.float64],
) -> tuple[Cover, NDArray[np.float64]]:
    """Return the cover that pairs make, sorted by row, without rows of weight 0; and the prices of its rows."""
    keep = weights[rows] > 0
    indptr, indices, (people, priced) = _merge(rows[keep], columns[keep], weights, prices)
    return Cover(indptr=indptr, indices=indices, weights=people, size=size), priced


def reached(
    rows: NDArray[np.int64],
    columns: NDArray[np.int32],
    size: int,
    amounts: tuple[NDArray[np.float64], NDArray[np.float64]],
    *,
    merge: bool = True,
) -> tuple[Cover, NDArray[np.float64]]:
    """Return the cover that pairs make, sorted by row, and of each of its rows the second amount.

    amounts: by demand; the first are the weights of the cover. Without `merge` every demand stays a row of its own.
    """
    if merge:
        indptr, indices, (people, second) = _merge(rows, columns, *amounts)
    else:
        starts, indices = np.flatnonzero(np.diff(rows, prepend=-1)), columns
        indptr = np.append(starts, len(rows)).astype(np.int64)
        people, second = (amount[rows[starts]] for amount in amounts)
    return Cover(indptr=indptr, indices=indices, weights=people, size=size), second


def _merge(
    rows: NDArray[np.int64], columns: NDArray[np.int32], *amounts: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.int32], list[NDArray[np.float64]]]:
    """Merge rows of the same candidates, told apart by 128 bits of hash, and add up their amounts."""
    starts = np.flatnonzero(np.diff(rows, prepend=-1))
    if len(starts) == 0:
        return np.zeros(1, np.int64), columns, [np.zeros(0) for _ in amounts]
    marks = np.random.default_rng(0).integers(0, 2**64, size=(2, int(columns.max()) + 1), dtype=np.uint64)
    keys = np.add.reduceat(marks[:, columns], starts, axis=1)
    order = np.lexsort(keys)
    new = np.ones(len(order), bool)
    new[1:] = (np.diff(keys[:, order], axis=1) != 0).any(axis=0)
    group = np.empty(len(order), np.int64)
    group[order] = np.cumsum(new) - 1
    first = np.sort(order[new])  # lexsort is stable: the first row of each group, in their old order
    rank = np.empty(len(first), np.int64)
    rank[group[first]] = np.arange(len(first))
    summed = [np.bincount(rank[group], weights=a[rows[starts]]).astype(np.float64) for a in amounts]
    lengths = np.diff(np.append(starts, len(rows)))
    indptr = np.concatenate([[0], np.cumsum(lengths[first])]).astype(np.int64)
    keep = np.repeat(starts[first] - indptr[:-1], lengths[first]) + np.arange(indptr[-1])
    return indptr, columns[keep], summed
