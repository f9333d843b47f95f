"""Searches laid out for the machine: in threads, and near streets near in memory."""

import os
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import local

import numpy as np
from numpy.typing import NDArray

from ..compiled import COMPILED
from . import by_scipy, kernels
from .arcs import Csr, band_width
from .kernels import Room, Wave, new_wave

_CHUNK = 64  # destinations a thread takes at the least
_TURNING = 4  # threads that turn rows round at the most; each counts all points
_PAIRS = 1 << 18  # pairs a thread finds before they are handed on
TimesCsr = tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float32]]
Pairs = tuple[NDArray[np.int32], NDArray[np.float32]]
Starts = tuple[NDArray[np.uint32], NDArray[np.float64], NDArray[np.uint32]]


def search_nearest(
    arcs: Csr, starts: Starts, limit: float, parts: int = 1
) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
    """Return minutes to, and owner of, the nearest start by node; infinity and -1 beyond the limit.

    Args:
        arcs: CSR by node (`search_arcs`), nodes numbered so that near ones have near numbers.
        starts: node, minutes until there, owner; of equally near ones the lower owner wins.
        limit: minutes.
        parts: into how many groups of near starts the search is split. The answer is the same; it pays where groups
            are wider than the limit.
    """
    order = np.argsort(starts[0], kind="stable")
    by_place = starts[0][order], starts[1][order], starts[2][order].astype(np.int32)
    if not COMPILED:
        return by_scipy.nearest(arcs, by_place, limit)
    groups = np.linspace(0, len(order), parts + 1).astype(np.int64)
    wave = new_wave(arcs, len(order), limit)
    owner = kernels.nearest(arcs, by_place, groups, wave, band_width(arcs[2], limit))
    return wave.label, owner


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
    answer = _in_threads if COMPILED else by_scipy.many_to_many
    return by_point(answer(arcs, rows, n_points, limit, more), row_of, n_points)


def _in_threads(arcs: Csr, rows: tuple[Csr, Csr, Csr], n_points: int, limit: float, more: float) -> list[TimesCsr]:
    """Return (ends of rows, points, minutes) of some rows after others; chunks of rows in threads."""
    n, band, threads = len(rows[0][0]) - 1, band_width(arcs[2], limit), os.cpu_count() or 1
    step = max(_CHUNK, n // (8 * threads) + 1)
    own = local()

    def part(low: int) -> list[TimesCsr]:
        if not hasattr(own, "shop"):
            own.shop = _workshop(arcs, rows[0], n_points, limit)
        wave, room = own.shop
        found, source, high = [], low, min(low + step, n)
        while source < high:
            begin = source
            source, filled = kernels.many_to_many(arcs, rows, (begin, high), wave, room, band, more)
            found.append((room.ends[begin:source].copy(), room.points[:filled].copy(), room.minutes[:filled].copy()))
        return found

    with ThreadPoolExecutor(threads) as pool:
        return [one for some in pool.map(part, range(0, n, step)) for one in some]


def _workshop(arcs: Csr, starts: Csr, n_points: int, limit: float) -> tuple[Wave, Room]:
    """Return what a thread works in; it is set up once, since it is as large as the network."""
    wave = new_wave(arcs, int(np.diff(starts[0]).max(initial=0)), limit)
    size = max(_PAIRS, 2 * n_points)
    ends = np.empty(len(starts[0]), np.int64)
    room = Room(np.full(n_points, wave.far), ends, np.empty(size, np.int32), np.empty(size, np.float32))
    return wave, room


def by_point(parts: list[TimesCsr], row_of: NDArray[np.int64], n_points: int) -> TimesCsr:
    """Turn rows by destination into rows by point; `parts` are (ends of rows, points, minutes), one after another.

    Parts are emptied on the way, so that memory is held twice only. Each thread turns its share of the destinations,
    and begins in every point's row where the destinations before leave off.
    """
    threads = min(os.cpu_count() or 1, _TURNING)
    with ThreadPoolExecutor(threads) as pool:
        rows, pairs = _in_one(parts, pool)
        if not COMPILED:
            return by_scipy.by_point(rows, pairs, row_of, n_points)
        shares = np.linspace(0, len(row_of), threads + 1).astype(np.int64)
        cursor = np.zeros((threads, n_points), np.uint32 if len(pairs[0]) < 1 << 32 else np.uint64)
        turned = np.empty_like(pairs[0]), np.empty_like(pairs[1])
        list(pool.map(partial(kernels.tally, rows, row_of, pairs[0]), shares[:-1], shares[1:], cursor))
        indptr = kernels.begin_rows(cursor)
        list(pool.map(partial(kernels.scatter, rows, row_of, pairs, turned), shares[:-1], shares[1:], cursor))
    return indptr, *turned


def _in_one(parts: list[TimesCsr], pool: ThreadPoolExecutor) -> tuple[NDArray[np.int64], Pairs]:
    """Join parts and empty them; return where rows begin, and (points, minutes)."""
    bounds = np.cumsum([0, *(len(points) for _, points, _ in parts)])
    rows = np.concatenate([[0], *(ends + low for (ends, _, _), low in zip(parts, bounds, strict=False))])
    pairs = np.empty(bounds[-1], np.int32), np.empty(bounds[-1], np.float32)

    def put(k: int) -> None:
        for whole, part in zip(pairs, parts[k][1:], strict=True):
            whole[bounds[k] : bounds[k + 1]] = part
        parts[k] = parts[k][0][:0], pairs[0][:0], pairs[1][:0]

    list(pool.map(put, range(len(parts))))
    return rows, pairs
