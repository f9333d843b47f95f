"""The years' equations as arrays for the solver: `phase_plan` eq. 1-5."""

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from .calendar import Calendar, Phasing
from .calendar_bound import limits_of
from .highs import Program


def calendar_program(task: Phasing, *, whole: bool) -> Program:
    """Write eq. 1-5 of `phase_plan`: columns X_jy (j stands in year y), then Y_iy (row i is covered in year y)."""
    n, years = len(task.costs), task.horizon.never
    x, y = n * years, len(task.cover) * years
    blocks = [_covered(task), _stays(n, years, y), _money(task, y), _built(task, y)]
    matrix = sparse.vstack([rows for rows, _, _ in blocks], format="csr")
    return Program(
        cost=np.concatenate([np.zeros(x), np.repeat(task.cover.weights, years)]),
        upper=np.ones(x + y),
        row_lower=np.concatenate([lower for _, lower, _ in blocks]),
        row_upper=np.concatenate([upper for _, _, upper in blocks]),
        indptr=matrix.indptr.astype(np.int64),
        indices=matrix.indices.astype(np.int32),
        values=matrix.data.astype(np.float64),
        n_integer=x,
        maximise=True,
        whole=whole,
    )


def standing(calendar: Calendar, years: int) -> NDArray[np.float64]:
    """Return the columns X of a calendar."""
    return (calendar[:, None] <= np.arange(years)).astype(np.float64).ravel()


def calendar_of(columns: NDArray[np.float64], years: int) -> Calendar:
    """Return the calendar that columns X say."""
    stands = columns.reshape(-1, years) > 0.5
    return np.where(stands.any(axis=1), stands.argmax(axis=1), years).astype(np.int64)


_Rows = tuple[sparse.csr_matrix, NDArray[np.float64], NDArray[np.float64]]


def _covered(task: Phasing) -> _Rows:
    """Y_iy <= sum_{j in N_i} X_jy."""
    cover, years = task.cover, sparse.identity(task.horizon.never)
    shape = (len(cover), len(task.costs))
    links = sparse.csr_matrix((np.ones(len(cover.indices)), cover.indices, cover.indptr), shape=shape)
    rows = sparse.hstack([sparse.kron(-links, years), sparse.identity(len(cover) * task.horizon.never)])
    return rows, np.full(rows.shape[0], -np.inf), np.zeros(rows.shape[0])


def _stays(n: int, years: int, y: int) -> _Rows:
    """X_j,y-1 <= X_jy."""
    steps = sparse.eye(years - 1, years) - sparse.eye(years - 1, years, k=1)
    rows = _beside(sparse.kron(sparse.identity(n), steps), y)
    return rows, np.full(rows.shape[0], -np.inf), np.zeros(rows.shape[0])


def _money(task: Phasing, y: int) -> _Rows:
    """sum_j c_j (X_jy - X_j,y-1) <= B_y, or the sums to that year; each limit scaled to the dearest candidate."""
    spans, takes, limits = limits_of(task)
    years, rows = task.horizon.never, []
    scale = np.maximum(takes.max(axis=1, initial=0.0), 1e-300)
    for (lo, hi), take in zip(spans, takes / scale[:, None], strict=True):
        step = np.zeros(years)
        step[hi - 1] = 1.0
        if lo > 0:
            step[lo - 1] = -1.0
        rows.append(np.kron(take, step))
    matrix = _beside(sparse.csr_matrix(np.array(rows)), y)
    return matrix, np.full(len(limits), -np.inf), limits / scale


def _built(task: Phasing, y: int) -> _Rows:
    """X_jT = 1 where j is required."""
    last = np.zeros(task.horizon.never)
    last[-1] = 1.0
    which = np.flatnonzero(task.required)
    chosen = sparse.csr_matrix(
        (np.ones(len(which)), (np.arange(len(which)), which)), shape=(len(which), len(task.costs))
    )
    rows = _beside(sparse.kron(chosen, last), y)
    return rows, np.ones(len(which)), np.ones(len(which))


def _beside(rows: sparse.spmatrix, y: int) -> sparse.csr_matrix:
    return sparse.hstack([rows, sparse.csr_matrix((rows.shape[0], y))], format="csr")
