"""Search beyond greedy and swap by simulated annealing, counted in work and not in seconds."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from .covers import Cover
from .kernels import Graph, Mask

_HOT, _COLD = 0.1, 0.002  # temperature at start and end, in people covered by an average site
_NEAR = 0.7  # part of the exchanges that stay among neighbours: candidates that share demand


def anneal(cover: Cover, costs: NDArray[np.float64], chosen: Mask, *, limit: float, work: float, seed: int) -> Mask:
    """Exchange single sites at random, better ones always and worse ones ever more seldom; return the best seen.

    work: cover entries to touch before it ends; about 10^8 a second.

    Source: Kirkpatrick, Gelatt and Vecchi (1983), Science 220; swaps on covers: Murray and Church (1996).
    """
    graph = (cover.indptr, cover.indices, *cover.columns, cover.weights)
    if chosen.all() or not chosen.any():
        return chosen.copy()
    best: Mask = _anneal(graph, costs, chosen, limit * (1 + 1e-12), work, np.random.default_rng(seed))
    return best


@njit(cache=True)
def _open(graph: Graph, j: int, count: NDArray) -> float:
    column, rows, weights = graph[2], graph[3], graph[4]
    won = 0.0
    for e in range(column[j], column[j + 1]):
        i = rows[e]
        if count[i] == 0:
            won += weights[i]
        count[i] += 1
    return won


@njit(cache=True)
def _close(graph: Graph, j: int, count: NDArray) -> float:
    column, rows, weights = graph[2], graph[3], graph[4]
    lost = 0.0
    for e in range(column[j], column[j + 1]):
        i = rows[e]
        count[i] -= 1
        if count[i] == 0:
            lost += weights[i]
    return lost


@njit(cache=True)
def _gain(graph: Graph, j: int, count: NDArray) -> float:
    column, rows, weights = graph[2], graph[3], graph[4]
    won = 0.0
    for e in range(column[j], column[j + 1]):
        if count[rows[e]] == 0:
            won += weights[rows[e]]
    return won


@njit(cache=True)
def _other(graph: Graph, out: int, size: int, rng: np.random.Generator) -> int:
    """Draw the candidate to open: a neighbour of `out`, or any."""
    indptr, indices, column, rows = graph[0], graph[1], graph[2], graph[3]
    if rng.random() < _NEAR and column[out + 1] > column[out]:
        i = rows[rng.integers(column[out], column[out + 1])]
        return int(indices[rng.integers(indptr[i], indptr[i + 1])])
    return rng.integers(0, size)


@njit(cache=True)
def _anneal(graph: Graph, costs: NDArray, start: Mask, limit: float, work: float, rng: np.random.Generator) -> Mask:
    column, chosen = graph[2], start.copy()
    sites = np.flatnonzero(chosen)
    count = np.zeros(len(graph[4]), np.int32)
    covered = 0.0
    for j in sites:
        covered += _open(graph, j, count)
    spent = costs[sites].sum()
    best, most = chosen.copy(), covered
    hot = _HOT * covered / len(sites)
    fall, done, heat = np.log(_COLD / _HOT), 0.0, hot
    turn = 0
    while done < work:
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
    return best
