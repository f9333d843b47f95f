"""Search beyond greedy and swap by simulated annealing, counted in work and not in seconds."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..compiled import njit
from .covers import Cover
from .kernels import Graph, Mask

HOT, _COLD = 0.1, 0.002  # temperature at start and end, in people covered by an average site
_RUNS = 2  # side by side, each with its own random numbers; the better one counts
_NEAR = 0.7  # part of the exchanges that stay among neighbours: candidates that share demand


@dataclass(frozen=True, kw_only=True)
class Search:
    """How to anneal: cover entries to touch before each of two runs ends, seed, and temperature at first as `HOT`.

    `alarm` is a flag that ends the work early.
    """

    work: float
    seed: int
    hot: float = HOT
    alarm: Mask = field(default_factory=lambda: np.zeros(1, bool))


def anneal(
    cover: Cover,
    costs: NDArray[np.float64],
    chosen: Mask,
    *,
    limit: float,
    search: Search,
) -> Mask:
    """Exchange single sites at random, better ones always and worse ones ever more seldom; return the best seen.

    Source: Kirkpatrick, Gelatt and Vecchi (1983), Science 220; swaps on covers: Murray and Church (1996).
    """
    if chosen.all() or not chosen.any():
        return chosen.copy()

    def run(stream: int) -> tuple[Mask, float]:
        rng = np.random.default_rng((search.seed, stream))
        most = limit * (1 + 1e-12)
        return _anneal(cover.graph, costs, chosen, most, (search.work, search.hot, search.alarm), rng)

    with ThreadPoolExecutor(_RUNS) as pool:
        runs = list(pool.map(run, range(_RUNS)))
    return max(runs, key=lambda result: result[1])[0]


@njit(cache=True, nogil=True)
def _open(graph: Graph, j: Any, count: NDArray) -> float:
    column, rows, weights = graph[2], graph[3], graph[4]
    won = 0.0
    for e in range(column[j], column[j + 1]):
        i = rows[e]
        if count[i] == 0:
            won += weights[i]
        count[i] += 1
    return won


@njit(cache=True, nogil=True)
def _close(graph: Graph, j: Any, count: NDArray) -> float:
    column, rows, weights = graph[2], graph[3], graph[4]
    lost = 0.0
    for e in range(column[j], column[j + 1]):
        i = rows[e]
        count[i] -= 1
        if count[i] == 0:
            lost += weights[i]
    return lost


@njit(cache=True, nogil=True)
def _gain(graph: Graph, j: Any, count: NDArray) -> float:
    column, rows, weights = graph[2], graph[3], graph[4]
    won = 0.0
    for e in range(column[j], column[j + 1]):
        if count[rows[e]] == 0:
            won += weights[rows[e]]
    return won


@njit(cache=True, nogil=True)
def _other(graph: Graph, out: Any, size: int, rng: np.random.Generator) -> Any:
    """Draw the candidate to open: a neighbour of `out`, or any."""
    indptr, indices, column, rows = graph[0], graph[1], graph[2], graph[3]
    if rng.random() < _NEAR and column[out + 1] > column[out]:
        i = rows[rng.integers(column[out], column[out + 1])]
        return indices[rng.integers(indptr[i], indptr[i + 1])]
    return rng.integers(0, size)


@njit(cache=True, nogil=True)
def _anneal(
    graph: Graph, costs: NDArray, start: Mask, limit: float, search: Graph, rng: np.random.Generator
) -> tuple[Mask, float]:
    work, heat_at_start, alarm = search
    column, chosen = graph[2], start.copy()
    sites = np.flatnonzero(chosen)
    count = np.zeros(len(graph[4]), np.int32)
    covered = 0.0
    for j in sites:
        covered += _open(graph, j, count)
    spent = costs[sites].sum()
    best, most = chosen.copy(), covered
    hot = heat_at_start * covered / len(sites)
    fall, done, heat = np.log(_COLD / heat_at_start), 0.0, hot
    turn = 0
    while done < work and not alarm[0]:
        turn += 1
        if turn % 64 == 0:
            heat = hot * np.exp(fall * done / work)
        at = rng.integers(0, len(sites))
        out = sites[at]
        new = _other(graph, out, len(costs), rng)
        done += 8
        if chosen[new] or spent - costs[out] + costs[new] > limit:
            continue
        lost = _close(graph, out, count)
        won = _gain(graph, new, count)
        done += column[out + 1] - column[out] + column[new + 1] - column[new]
        if won - lost < heat * np.log(rng.random()):
            _open(graph, out, count)
            done += column[out + 1] - column[out]
            continue
        _open(graph, new, count)
        sites[at] = new
        chosen[out], chosen[new] = False, True
        covered += won - lost
        spent += costs[new] - costs[out]
        if covered > most:
            most = covered
            best[:] = chosen
    return best, most


@njit(cache=True, nogil=True)
def _opened(graph: Graph, toll: NDArray, chosen: Mask, sites: NDArray, count: NDArray) -> tuple[float, float, np.int64]:
    """List the chosen in `sites` and count who they reach; return what they are worth, the mean toll, and how many."""
    worth, average, size = 0.0, 0.0, np.int64(0)
    for j in range(len(toll)):
        average += toll[j] / len(toll)
        if chosen[j]:
            worth += _open(graph, j, count) - toll[j]
            sites[size] = j
            size += 1
    return worth, average, size


@njit(cache=True, nogil=True)
def polish(graph: Graph, toll: NDArray, start: Mask, moves: int, rng: np.random.Generator) -> Mask:
    """Return the best choice seen for people covered less tolls: sites are exchanged, added and dropped at random."""
    n, column, chosen = len(toll), graph[2], start.copy()
    sites, count = np.empty(n, np.int64), np.zeros(len(graph[4]), np.int32)
    worth, average, size = _opened(graph, toll, chosen, sites, count)
    best, most = chosen.copy(), worth
    for turn in range(moves):
        heat = HOT * average * (_COLD / HOT) ** (turn / moves)
        kind = rng.random()
        at = np.int64(rng.integers(0, size)) if size > 0 else np.int64(-1)
        out, new = np.int64(-1), np.int64(-1)
        if at < 0 or kind < 0.15:
            new = rng.integers(0, n)
        elif kind < 0.3:
            out = sites[at]
        else:
            out, new = sites[at], _other(graph, sites[at], n, rng)
        if new >= 0 and (chosen[new] or column[new + 1] == column[new]):
            continue
        change = 0.0
        if out >= 0:
            change += toll[out] - _close(graph, out, count)
        if new >= 0:
            change += _gain(graph, new, count) - toll[new]
        if change < heat * np.log(rng.random()):
            if out >= 0:
                _open(graph, out, count)
            continue
        worth += change
        if out >= 0:
            chosen[out] = False
            size -= 1
            sites[at] = sites[size]
        if new >= 0:
            _open(graph, new, count)
            chosen[new] = True
            sites[size] = new
            size += 1
        if worth > most:
            most = worth
            best[:] = chosen
    return best
