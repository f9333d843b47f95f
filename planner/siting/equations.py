"""Rows of a program, written group by group and stacked into one matrix."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .highs import Program, Solved


@dataclass(frozen=True, kw_only=True)
class Rows:
    """Some rows lower <= A x <= upper; the entries of A as (row within the group, column, value)."""

    row: NDArray[np.int64]
    column: NDArray[np.int64]
    value: NDArray[np.float64]
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]


def rows(
    entries: Sequence[tuple[ArrayLike, ArrayLike, ArrayLike]], *, n: int, lower: ArrayLike, upper: ArrayLike
) -> Rows:
    """Return `n` rows from entries (rows, columns, values), each of which may be one number for all."""
    parts = [np.broadcast_arrays(*(np.atleast_1d(np.asarray(part)) for part in entry)) for entry in entries]
    row, column, value = (np.concatenate([part[k] for part in parts]) for k in range(3))
    return Rows(
        row=row.astype(np.int64),
        column=column.astype(np.int64),
        value=value.astype(np.float64),
        lower=np.broadcast_to(np.asarray(lower, np.float64), n),
        upper=np.broadcast_to(np.asarray(upper, np.float64), n),
    )


def stacked(
    groups: Sequence[Rows],
    *,
    cost: NDArray[np.float64],
    bounds: tuple[NDArray[np.float64], NDArray[np.float64]],
    n_integer: int,
    maximise: bool,
    whole: bool,
) -> Program:
    """Return the program of all rows; `bounds` are the least and the most of each column."""
    starts = np.cumsum([0] + [len(group.lower) for group in groups])
    row = np.concatenate([group.row + start for group, start in zip(groups, starts, strict=False)])
    order = np.argsort(row, kind="stable")
    indptr = np.zeros(starts[-1] + 1, np.int64)
    np.cumsum(np.bincount(row, minlength=int(starts[-1])), out=indptr[1:])
    return Program(
        cost=cost,
        lower=bounds[0],
        upper=bounds[1],
        row_lower=np.concatenate([group.lower for group in groups]),
        row_upper=np.concatenate([group.upper for group in groups]),
        indptr=indptr,
        indices=np.concatenate([group.column for group in groups])[order].astype(np.int32),
        values=np.concatenate([group.value for group in groups])[order],
        n_integer=n_integer,
        maximise=maximise,
        whole=whole,
    )


def value_of(program: Program, solved: Solved) -> float:
    """Return the objective of an answer."""
    assert solved.values is not None
    assert solved.rest is not None
    return float(program.cost @ np.concatenate([solved.values, solved.rest]))


def next_best(program: Program, best: float, cost: NDArray[np.float64]) -> Program:
    """Return the program that, among answers as good as `best`, makes another cost least."""
    slack = 0.5 if program.whole else 1e-9 * abs(best)
    low, high = (best - slack, np.inf) if program.maximise else (-np.inf, best + slack)
    used = np.flatnonzero(program.cost)
    return replace(
        program,
        cost=cost,
        row_lower=np.append(program.row_lower, low),
        row_upper=np.append(program.row_upper, high),
        indptr=np.append(program.indptr, program.indptr[-1] + len(used)),
        indices=np.append(program.indices, used.astype(np.int32)),
        values=np.append(program.values, program.cost[used]),
        maximise=False,
        whole=bool((cost == np.round(cost)).all()) and not cost[program.n_integer :].any(),
    )
