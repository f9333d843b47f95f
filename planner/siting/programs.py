"""The models' equations as arrays for the solver; the free candidates are the first columns."""

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

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


def median_program(instance: Instance, costs: NDArray[np.float64], standing: NDArray[np.float64], p: int) -> Program:
    """Write `PMedian` pair by pair: columns x of the candidates, Z of the pairs, S of those whom what stands serves.

        min  sum_k c_k Z_k + sum_i s_i S_i                                                        (1)
        s.t. sum_{k of i} Z_k + S_i = 1,   Z_k <= x_j of the pair,   sum_j x_j <= p               (2)

    costs: by pair; standing: by demand, infinite where nothing stands; both in people-minutes. Demand of nobody
    is left out. Meant for what prices leave of an instance.

    Source: ReVelle and Swain (1970), Geographical Analysis 2.
    """
    n, rows = len(instance.candidates), instance.rows
    pairs = np.flatnonzero(instance.people[rows])
    served = np.flatnonzero(instance.people & np.isfinite(standing))
    asks = np.cumsum(instance.people) - 1
    z, k = n + np.arange(len(pairs)), int(instance.people.sum())
    once = [(asks[rows[pairs]], z), (asks[served], n + len(pairs) + np.arange(len(served)))]
    follows = k + np.arange(len(pairs))
    last = np.full(n, k + len(pairs))
    row = np.concatenate([once[0][0], once[1][0], follows, follows, last])
    column = np.concatenate([once[0][1], once[1][1], z, instance.indices[pairs], np.arange(n)])
    value = np.ones(len(row))
    value[len(pairs) + len(served) + len(pairs) :][: len(pairs)] = -1.0
    matrix = sparse.csr_matrix((value, (row, column)), shape=(k + len(pairs) + 1, n + len(pairs) + len(served)))
    lower = np.zeros(matrix.shape[1])
    lower[instance.required] = 1.0
    whole = bool(all((c == np.round(c)).all() for c in (costs[pairs], standing[served])))
    return Program(
        cost=np.concatenate([np.zeros(n), costs[pairs], standing[served]]),
        lower=lower,
        upper=np.ones(matrix.shape[1]),
        row_lower=np.concatenate([np.ones(k), np.full(len(pairs) + 1, -np.inf)]),
        row_upper=np.concatenate([np.ones(k), np.zeros(len(pairs)), [float(p)]]),
        indptr=matrix.indptr.astype(np.int64),
        indices=matrix.indices.astype(np.int32),
        values=matrix.data.astype(np.float64),
        n_integer=n,
        maximise=False,
        whole=whole,
    )
