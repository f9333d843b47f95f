"""The models' equations as arrays for the solver; the free candidates are the first columns."""

import numpy as np
from numpy.typing import NDArray

from . import equations
from .covers import Cover
from .highs import Program
from .median_rows import Rows

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


def median_program(rows: Rows, standing: NDArray[np.float64], p: int) -> Program:
    """Write `PMedian` pair by pair: columns x of the candidates, Z of the pairs, S of those whom what stands serves.

        min  sum_k c_k Z_k + sum_i s_i S_i                                                        (1)
        s.t. sum_{k of i} Z_k + S_i = 1,   Z_k <= x_j of the pair,   sum_j x_j <= p               (2)

    standing: people-minutes by demand, infinite where nothing stands. Meant for what prices leave of an instance.

    Source: ReVelle and Swain (1970), Geographical Analysis 2.
    """
    n, n_pairs, n_rows = rows.size, len(rows.indices), len(standing)
    served = np.flatnonzero(np.isfinite(standing))
    pairs, z = np.arange(n_pairs), n + np.arange(n_pairs)
    of = np.repeat(np.arange(n_rows), np.diff(rows.indptr))
    cost = np.concatenate([np.zeros(n), rows.costs, standing[served]])
    once = equations.rows([(of, z, 1), (served, n + n_pairs + np.arange(len(served)), 1)], n=n_rows, lower=1, upper=1)
    follows = equations.rows([(pairs, z, 1), (pairs, rows.indices, -1)], n=n_pairs, lower=-np.inf, upper=0)
    sites = equations.rows([(0, np.arange(n), 1)], n=1, lower=-np.inf, upper=p)
    return equations.stacked(
        [once, follows, sites],
        cost=cost,
        bounds=(np.zeros(len(cost)), np.ones(len(cost))),
        n_integer=n,
        maximise=False,
        whole=bool((cost == np.round(cost)).all()),
    )
