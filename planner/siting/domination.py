"""Rows and candidates that a set cover can do without.

A row that is covered whenever another one is needs no asking, and a candidate that covers nothing but what a
cheaper one covers too is never needed. Leaving them out changes no least cost.

Source: Toregas and ReVelle (1973), Geographical Analysis 5, for reducing location set covering so.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..compiled import njit
from .covers import Cover
from .kernels import Mask

_ROUNDS = 5  # each may make room for the next


def essential(cover: Cover, costs: NDArray[np.float64]) -> Cover:
    """Return the rows and the pairs that decide a set cover at least cost; candidates keep their numbers.

    costs: of each candidate. Of rows or candidates that do the same the first is kept.
    """
    nobody = np.zeros(len(cover), np.float64)
    for _ in range(_ROUNDS):
        rows = _dominated((cover.indptr, cover.indices), cover.columns, nobody[: len(cover)], True)  # noqa: FBT003  compiled
        cover = _kept(cover, ~rows, np.ones(cover.size, bool))
        candidates = dominated(cover, costs)
        if not candidates.any():
            break
        cover = _kept(cover, np.ones(len(cover), bool), ~candidates)
    return cover


def dominated(cover: Cover, costs: NDArray[np.float64]) -> Mask:
    """Return the candidates that cover nothing but what one other covers for no more; of equal ones not the first."""
    gone: Mask = _dominated(cover.columns, (cover.indptr, cover.indices), costs, False)  # noqa: FBT003  compiled
    return gone


def _kept(cover: Cover, rows: Mask, candidates: Mask) -> Cover:
    lengths = np.diff(cover.indptr)
    keep = np.repeat(rows, lengths) & candidates[cover.indices]
    counts = np.bincount(np.repeat(np.arange(len(cover)), lengths)[keep], minlength=len(cover))[rows]
    indptr = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    return Cover(indptr=indptr, indices=cover.indices[keep], weights=cover.weights[rows], size=cover.size)


@njit(cache=True, nogil=True)
def _dominated(sets: Any, members: Any, costs: NDArray, larger: Any) -> NDArray:
    """Mark, of each two sets of which one contains the other, the `larger` or else the smaller where it costs as much.

    sets: indptr and sorted members of each set; members: indptr and sets of each member.
    """
    indptr, items = sets
    gone = np.zeros(len(indptr) - 1, np.bool_)
    for small in range(len(gone)):
        length = indptr[small + 1] - indptr[small]
        if length == 0 or gone[small]:
            continue
        rarest = _rarest(items[indptr[small] : indptr[small + 1]], members[0])
        for k in range(members[0][rarest], members[0][rarest + 1]):
            other = members[1][k]
            size = indptr[other + 1] - indptr[other]
            if other == small or gone[other] or size < length or not _inside(sets, small, other):
                continue
            if larger:
                gone[other] = size > length or small < other
            elif costs[other] < costs[small] or (costs[other] == costs[small] and (size > length or other < small)):
                gone[small] = True
                break
    return gone


@njit(cache=True, nogil=True)
def _rarest(items: NDArray, starts: NDArray) -> Any:
    best = items[0]
    for item in items:
        if starts[item + 1] - starts[item] < starts[best + 1] - starts[best]:
            best = item
    return best


@njit(cache=True, nogil=True)
def _inside(sets: Any, small: Any, other: Any) -> bool:
    """Say whether all members of one set are among those of another, both sorted."""
    indptr, items = sets
    at, stop = indptr[other], indptr[other + 1]
    for e in range(indptr[small], indptr[small + 1]):
        while at < stop and items[at] < items[e]:
            at += 1
        if at == stop or items[at] != items[e]:
            return False
    return True
