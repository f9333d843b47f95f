"""Searches laid out for the machine: in threads, and near streets near in memory."""

import os
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from . import kernels
from .arcs import Csr, bucket_width

_CHUNK = 64  # destinations a thread takes at the least: each chunk sets up arrays as long as the network
_THREAD = 50_000  # nodes that are worth a thread of their own
TimesCsr = tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float32]]
Starts = tuple[NDArray[np.uint32], NDArray[np.float64], NDArray[np.uint32]]


def search_nearest(
    arcs: Csr, starts: Starts, limit: float, parts: int = 1
) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
    """Return minutes to, and owner of, the nearest start by node; infinity and -1 beyond the limit.

    Args:
        arcs: CSR by node (`search_arcs`), nodes numbered so that near ones have near numbers.
        starts: node, minutes until there, owner; of equally near ones the lower owner wins.
        limit: minutes.
        parts: into how many groups of near starts the search is split, in threads where there are several. The
            answer is the same; it pays where groups are wider than the limit.
    """
    order = np.argsort(starts[0], kind="stable")
    sorted_starts = starts[0][order], starts[1][order], starts[2][order]
    threads = min(parts, os.cpu_count() or 1, len(arcs[0]) // _THREAD + 1)
    bounds = np.linspace(0, len(order), max(parts, threads) + 1).astype(np.int64)
    width = bucket_width(arcs[2], limit)
    shares = [bounds[s] for s in _in_runs(len(bounds) - 1, threads)]
    with ThreadPoolExecutor(threads) as pool:
        found = list(pool.map(lambda groups: _with_room(arcs, sorted_starts, groups, limit, width), shares))
    label, owner = found[0]
    for other in found[1:]:
        kernels.keep_nearer(label, owner, *other)
    return label, owner


def _in_runs(n: int, runs: int) -> list[slice]:
    """Return slices of n + 1 bounds: runs of groups, as even as can be."""
    ends = np.linspace(0, n, runs + 1).astype(int)
    return [slice(int(a), int(b) + 1) for a, b in pairwise(ends)]


def _with_room(
    arcs: Csr, starts: Starts, groups: NDArray[np.int64], limit: float, width: float
) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
    """Search with room for one entry an arc, which nearly always does, and with more where it does not."""
    room = len(arcs[1]) + len(starts[0]) + 1
    while True:
        done, label, owner = kernels.nearest(*arcs, starts, groups, limit, width, room)
        if done:
            return label, owner
        room *= 4


def search_matrix(
    arcs: Csr, rows: tuple[Csr, Csr, Csr], row_of: NDArray[np.int64], n_points: int, limit: float, more: float = 0.0
) -> TimesCsr:
    """Return CSR by point of all minutes within the limit; chunks of destinations in threads.

    Args:
        arcs: CSR by node (`search_arcs`).
        rows: starts by row, last legs by node, and direct ways by row, as `kernels.many_to_many` takes them; a row is
            a destination, and rows near each other are searched one after another.
        row_of: which row is that of each destination.
        n_points: how many points there are.
        limit: minutes; `more` are added to what is found.
    """
    starts, legs, direct = rows
    n, width = len(row_of), bucket_width(arcs[2], limit)
    step = max(_CHUNK, n // (3 * (os.cpu_count() or 1)) + 1)

    def part(low: int) -> TimesCsr:
        high = min(low + step, n)
        parts = _slice(starts, low, high), legs, _slice(direct, low, high)
        found: TimesCsr = kernels.many_to_many(*arcs, *parts, n_points, limit, width, more)
        return found

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        parts = list(pool.map(part, range(0, n, step)))
    return by_point(parts, row_of, n_points)


def by_point(parts: list[TimesCsr], row_of: NDArray[np.int64], n_points: int) -> TimesCsr:
    """Turn rows by destination into rows by point. Parts are emptied on the way, so that memory is held twice only."""
    ends = np.cumsum([0, *(len(points) for _, points, _ in parts)])
    rows = np.concatenate([[0], *(found[1:] + end for (found, _, _), end in zip(parts, ends, strict=False))])
    points, held = np.empty(ends[-1], np.int32), np.empty(ends[-1], np.float32)
    for low in reversed(ends[:-1]):
        _, some, minutes = parts.pop()
        points[low : low + len(some)], held[low : low + len(some)] = some, minutes
    indptr = np.zeros(n_points + 1, np.int64)
    np.cumsum(np.bincount(points, minlength=n_points), out=indptr[1:])
    indices, minutes = np.empty(len(points), np.int32), np.empty(len(points), np.float32)
    kernels.scatter(rows, row_of, points, held, indptr[:-1].copy(), indices, minutes)
    return indptr, indices, minutes


def _slice(csr: Csr, low: int, high: int) -> Csr:
    indptr = csr[0][low : high + 1]
    return indptr - indptr[0], csr[1][indptr[0] : indptr[-1]], csr[2][indptr[0] : indptr[-1]]
