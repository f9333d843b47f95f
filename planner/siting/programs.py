"""The models' equations as arrays for the solver; the free candidates are the first columns."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .covers import Cover
from .highs import Program
from .instance import Instance

_NOISE = 1e-9  # of a sum of people, relative


def maximal_program(cover: Cover, costs: NDArray[np.float64], limit: float, *, whole: bool) -> Program:
    """Write eq. 1-3 of `MCLP`: columns x, then y of the rows that several candidates cover.

    A row of one candidate is covered exactly when that candidate is chosen: its people go to x.
    """
    lengths = np.diff(cover.indptr)
    several = np.flatnonzero(lengths > 1)
    alone = np.flatnonzero(lengths == 1)
    own = np.bincount(cover.indices[cover.indptr[alone]], weights=cover.weights[alone], minlength=cover.size)
    links = _linked(cover, several)
    used = np.diff(cover.columns[0]) > 0
    indptr = np.append(links[0], links[0][-1] + cover.size)
    return Program(
        cost=np.concatenate([own, cover.weights[several]]),
        upper=np.concatenate([used.astype(float), np.ones(len(several))]),
        row_lower=np.full(len(several) + 1, -np.inf),
        row_upper=np.append(np.zeros(len(several)), limit),
        indptr=indptr,
        indices=np.concatenate([links[1], np.arange(cover.size, dtype=np.int32)]),
        values=np.concatenate([links[2], costs]),
        n_integer=cover.size,
        maximise=True,
        whole=whole,
    )


def _linked(cover: Cover, rows: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float64]]:
    """Return the CSR rows y_i - sum_{j in N_i} x_j, where y follow the x."""
    lengths = np.diff(cover.indptr)[rows]
    indptr = np.concatenate([[0], np.cumsum(lengths + 1)]).astype(np.int64)
    last = indptr[1:] - 1
    indices, values = np.empty(indptr[-1], np.int32), np.full(indptr[-1], -1.0)
    values[last] = 1.0
    indices[last] = cover.size + np.arange(len(rows))
    is_x = np.ones(indptr[-1], bool)
    is_x[last] = False
    wanted = np.zeros(len(cover), bool)
    wanted[rows] = True
    indices[is_x] = cover.indices[np.repeat(wanted, np.diff(cover.indptr))]
    return indptr, indices, values


def set_program(cover: Cover, costs: NDArray[np.float64], most: float = np.inf) -> Program:
    """Write eq. 1-2 of `LSCP`, with at most `most` sites where that is finite."""
    used = np.diff(cover.columns[0]) > 0
    return Program(
        cost=costs,
        upper=used.astype(float),
        row_lower=np.append(np.ones(len(cover)), -np.inf),
        row_upper=np.append(np.full(len(cover), np.inf), most),
        indptr=np.append(cover.indptr, cover.indptr[-1] + cover.size),
        indices=np.concatenate([cover.indices, np.arange(cover.size, dtype=np.int32)]),
        values=np.ones(len(cover.indices) + cover.size),
        n_integer=cover.size,
        maximise=False,
        whole=bool((costs == np.round(costs)).all()),
    )


def partial_program(cover: Cover, costs: NDArray[np.float64], need: float) -> Program:
    """Write eq. 1, 3 and 4 of `LSCP`."""
    links = _linked(cover, np.arange(len(cover)))
    y = cover.size + np.arange(len(cover), dtype=np.int32)
    whole = bool((cover.weights == np.round(cover.weights)).all())
    least = need - 0.5 if whole else need * (1 - _NOISE)
    scale = cover.total
    return Program(
        cost=np.concatenate([costs, np.zeros(len(cover))]),
        upper=np.ones(cover.size + len(cover)),
        row_lower=np.append(np.full(len(cover), -np.inf), least / scale),
        row_upper=np.append(np.zeros(len(cover)), np.inf),
        indptr=np.append(links[0], links[0][-1] + len(cover)),
        indices=np.concatenate([links[1], y]),
        values=np.concatenate([links[2], cover.weights / scale]),
        n_integer=cover.size,
        maximise=False,
        whole=bool((costs == np.round(costs)).all()),
    )


@dataclass(frozen=True, kw_only=True)
class _Levels:
    """The distinct times of each demand, nearest first, and the pairs (candidate, level) that make them.

    `follows` says that the level has a nearer one of the same demand before it. `widths` is how much
    farther the next level is; NaN where there is no next one, so that this one must serve.
    """

    demand: NDArray[np.int64]
    time: NDArray[np.float64]
    follows: NDArray[np.bool_]
    widths: NDArray[np.float64]
    pair_candidate: NDArray[np.int32]
    pair_level: NDArray[np.int64]


def median_program(instance: Instance, p: int) -> tuple[Program | None, float]:
    """Write `PMedian` by radii, and return it with the constant part of the objective.

    A demand's distinct times D_1 < ... < D_K, ended by its time to what stands, make its levels;
    z_k says that no site is open within D_k. There is no pair of columns for each pair:

        min  sum_i w_i (D_i1 + sum_k (D_i,k+1 - D_ik) z_ik)      (1)
        s.t. z_ik >= z_i,k-1 - sum_{j: t_ij = D_ik} x_j          (2)  z_i0 = 1
             sum_j x_j = p                                       (3)

    Of n candidates p are open, so one of the n - p + 1 nearest is: farther levels are left out.
    The program is None where no candidate brings anybody nearer.

    Source: Elloumi (2010), Journal of Combinatorial Optimization 19(1), eq. 11-15.
    """
    standing, _ = instance.nearest(instance.required)
    levels = _levels(instance, standing, p)
    alone = instance.people.copy()
    alone[levels.demand] = False
    weights = instance.weights.astype(np.float64)
    constant = float((weights[alone] * standing[alone]).sum())
    if len(levels.demand) == 0:
        return None, constant
    first = ~levels.follows
    constant += float((weights[levels.demand[first]] * levels.time[first]).sum())
    return _radius_program(
        instance, levels, weights, min(p, len(instance.candidates)) - len(instance.required)
    ), constant


def _levels(instance: Instance, standing: NDArray[np.float64], p: int) -> _Levels:
    """Cut each demand's candidates into levels; those that are no nearer than what stands serve nobody."""
    free = np.ones(len(instance.candidates), bool)
    free[instance.required] = False
    rows = instance.rows
    pairs = np.flatnonzero(free[instance.indices] & instance.people[rows] & (instance.minutes < standing[rows]))
    pairs = pairs[np.lexsort((instance.minutes[pairs], rows[pairs]))]
    row, time = rows[pairs], instance.minutes[pairs]
    new = (np.diff(row, prepend=-1) != 0) | (np.diff(time, prepend=-1.0) != 0)
    level, starts = np.cumsum(new) - 1, np.flatnonzero(new)
    nearer = starts - np.searchsorted(row, row[starts])  # candidates nearer than the level
    enough = int(free.sum()) - (min(p, len(instance.candidates)) - len(instance.required)) + 1
    kept = nearer < enough
    demand, time = row[starts][kept], time[starts][kept]
    follows = np.diff(demand, prepend=-1) == 0
    reached = (nearer + np.diff(np.append(starts, len(row))))[kept]
    beyond = np.append(np.where(follows[1:], time[1:], standing[demand[:-1]]), standing[demand[-1:]])
    widths = np.where((reached < enough) & np.isfinite(beyond), beyond - time, np.nan)
    inside = kept[level]
    return _Levels(
        demand=demand,
        time=time,
        follows=follows,
        widths=widths,
        pair_candidate=instance.indices[pairs[inside]],
        pair_level=(np.cumsum(kept) - 1)[level[inside]],
    )


def _radius_program(instance: Instance, levels: _Levels, weights: NDArray[np.float64], free: int) -> Program:
    n, n_levels = len(instance.candidates), len(levels.demand)
    has_z = np.isfinite(levels.widths)
    z = n + np.cumsum(has_z) - 1
    own, after = np.flatnonzero(has_z), np.flatnonzero(levels.follows)
    row = np.concatenate([levels.pair_level, own, after, np.full(n, n_levels)])
    column = np.concatenate([levels.pair_candidate, z[own], z[after - 1], np.arange(n)]).astype(np.int32)
    value = np.concatenate([np.ones(len(levels.pair_level) + len(own)), -np.ones(len(after)), np.ones(n)])
    fixed = np.zeros(n)
    fixed[instance.required] = 1.0
    value[-n:] -= fixed  # required sites are not among the p that are still free
    order = np.argsort(row, kind="stable")
    indptr = np.concatenate([[0], np.cumsum(np.bincount(row, minlength=n_levels + 1))]).astype(np.int64)
    whole = instance.weights.dtype.kind == "i" and bool((levels.time == np.round(levels.time)).all())
    costs = (weights[levels.demand] * levels.widths)[has_z]
    return Program(
        cost=np.concatenate([np.zeros(n), costs]),
        upper=np.concatenate([1.0 - fixed, np.ones(len(own))]),
        row_lower=np.append(np.where(levels.follows, 0.0, 1.0), free),
        row_upper=np.append(np.full(n_levels, np.inf), free),
        indptr=indptr,
        indices=column[order],
        values=value[order],
        n_integer=n,
        maximise=False,
        whole=whole and bool((costs == np.round(costs)).all()),
    )
