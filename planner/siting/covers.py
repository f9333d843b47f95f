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
    merged = _merge(rows, columns, instance.weights.astype(np.float64), len(instance.candidates))
    if not counted:
        return merged
    return Cover(indptr=merged.indptr, indices=merged.indices, weights=np.ones(len(merged)), size=merged.size)


def _merge(rows: NDArray[np.int64], columns: NDArray[np.int32], weights: NDArray[np.float64], size: int) -> Cover:
    """Merge rows of the same cover set, told apart by 128 bits of hash; the first row stays."""
    starts = np.flatnonzero(np.diff(rows, prepend=-1))
    if len(starts) == 0:
        return Cover(indptr=np.zeros(1, np.int64), indices=columns, weights=np.zeros(0), size=size)
    marks = np.random.default_rng(0).integers(0, 2**64, size=(2, size), dtype=np.uint64)
    keys = np.stack([np.add.reduceat(mark[columns], starts) for mark in marks], axis=1)
    _, first, group = np.unique(keys, axis=0, return_index=True, return_inverse=True)
    summed = np.bincount(group.ravel(), weights=weights[rows[starts]], minlength=len(first))
    order = np.argsort(first)
    first = first[order]
    lengths = np.diff(np.append(starts, len(rows)))
    indptr = np.concatenate([[0], np.cumsum(lengths[first])]).astype(np.int64)
    keep = np.repeat(starts[first] - indptr[:-1], lengths[first]) + np.arange(indptr[-1])
    return Cover(indptr=indptr, indices=columns[keep], weights=summed[order].astype(np.float64), size=size)
