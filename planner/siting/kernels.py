"""Compiled loops over covers; `heuristic` says what they are for.

A graph is (indptr, candidates) by row, (indptr, rows) by candidate, and the weight of each row.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..compiled import njit

PASSES = 50  # of swapping; each pass goes once through the chosen sites

Graph = tuple[Any, ...]
Mask = NDArray[np.bool_]


@njit(cache=True, nogil=True)
def sum_at(amounts: NDArray, entries: NDArray, start: Any, stop: Any) -> float:
    """Return the sum of amounts at some entries, four sums side by side: one would wait for each addition."""
    a, b, c, d = 0.0, 0.0, 0.0, 0.0
    e = start
    while e + 3 < stop:
        a += amounts[entries[e]]
        b += amounts[entries[e + 1]]
        c += amounts[entries[e + 2]]
        d += amounts[entries[e + 3]]
        e += 4
    while e < stop:
        a += amounts[entries[e]]
        e += 1
    return (a + b) + (c + d)


@njit(cache=True)
def start(graph: Graph, chosen: Mask, count: NDArray, gains: NDArray) -> float:
    """Fill `gains` with all weights, then put the chosen sites down; return the weight covered."""
    indptr, indices, _, _, weights = graph
    gains[:] = 0.0
    count[:] = 0
    for i in range(len(weights)):
        for k in range(indptr[i], indptr[i + 1]):
            gains[indices[k]] += weights[i]
    covered = 0.0
    for j in range(len(chosen)):
        if chosen[j]:
            covered += put(graph, j, count, gains)
    return covered


@njit(cache=True)
def put(graph: Graph, j: int, count: NDArray, gains: NDArray) -> float:
    """Open `j` and return the people it newly covers; `gains` keep what each site would add."""
    indptr, indices, column, rows, weights = graph
    won = 0.0
    for e in range(column[j], column[j + 1]):
        i = rows[e]
        if count[i] == 0:
            won += weights[i]
            for k in range(indptr[i], indptr[i + 1]):
                gains[indices[k]] -= weights[i]
        count[i] += 1
    return won


@njit(cache=True)
def take(graph: Graph, j: int, count: NDArray, gains: NDArray) -> float:
    """Close `j` and return the people who lose their cover."""
    indptr, indices, column, rows, weights = graph
    lost = 0.0
    for e in range(column[j], column[j + 1]):
        i = rows[e]
        count[i] -= 1
        if count[i] == 0:
            lost += weights[i]
            for k in range(indptr[i], indptr[i + 1]):
                gains[indices[k]] += weights[i]
    return lost


@njit(cache=True)
def greedy(graph: Graph, costs: NDArray, chosen: Mask, limit: float, need: float, noise: float) -> None:
    """Open the site with the most new people for its cost until nothing is missing or affordable."""
    count, gains = np.zeros(len(graph[4]), np.int32), np.zeros(len(chosen))
    covered = start(graph, chosen, count, gains)
    grow(graph, costs, (chosen, count, gains), limit, need - covered, noise)


@njit(cache=True)
def grow(graph: Graph, costs: NDArray, state: Graph, limit: float, missing: float, noise: float) -> None:
    """Open the best sites on top of a state (chosen, count, gains) that `start` has set; equal ones by id."""
    chosen, count, gains = state
    spent = 0.0
    for j in range(len(chosen)):
        if chosen[j]:
            spent += costs[j]
    while missing > 0:
        best: Any = np.int64(-1)  # a bare -1 would have `put` compiled a second time
        for j in range(len(chosen)):
            if chosen[j] or gains[j] <= noise or spent + costs[j] > limit:
                continue
            if best < 0 or gains[j] * costs[best] > gains[best] * costs[j] * (1 + 1e-12):
                best = j
        if best < 0:
            break
        chosen[best] = True
        spent += costs[best]
        missing -= put(graph, best, count, gains)


@njit(cache=True)
def swap(graph: Graph, costs: NDArray, chosen: Mask, limit: float, noise: float) -> None:
    """Exchange single sites; see `heuristic.swap_cover`."""
    count, gains = np.zeros(len(graph[4]), np.int32), np.zeros(len(chosen))
    for _ in range(PASSES):
        start(graph, chosen, count, gains)
        grow(graph, costs, (chosen, count, gains), limit, np.inf, noise)
        spent = 0.0
        for j in range(len(chosen)):
            if chosen[j]:
                spent += costs[j]
        changed = False
        for r in range(len(chosen) - 1, -1, -1):
            if not chosen[r]:
                continue
            take(graph, r, count, gains)
            chosen[r] = False
            spent -= costs[r]
            best = r
            for b in range(len(chosen)):
                if chosen[b] or b == best or spent + costs[b] > limit:
                    continue
                more = gains[b] - gains[best]
                same = abs(more) <= noise
                if more > noise or (same and (costs[b] < costs[best] or (costs[b] == costs[best] and b < best))):
                    best = b
            if gains[best] > noise:
                put(graph, best, count, gains)
                chosen[best] = True
                spent += costs[best]
            changed |= best != r
        if not changed:
            break


@njit(cache=True)
def tidy(graph: Graph, costs: NDArray, chosen: Mask, need: float, noise: float) -> None:
    """Drop and exchange single sites; see `heuristic.tidy_cover`."""
    count, gains = np.zeros(len(graph[4]), np.int32), np.zeros(len(chosen))
    for _ in range(PASSES):
        covered = start(graph, chosen, count, gains)
        changed = False
        for r in range(len(chosen) - 1, -1, -1):
            if not chosen[r]:
                continue
            covered -= take(graph, r, count, gains)
            chosen[r] = False
            if covered >= need - noise:
                changed = True
                continue
            best = r
            for b in range(len(chosen)):
                earlier = costs[b] < costs[best] or (costs[b] == costs[best] and b < best)
                if earlier and not chosen[b] and covered + gains[b] >= need - noise:
                    best = b
            covered += put(graph, best, count, gains)
            chosen[best] = True
            changed |= best != r
        if not changed:
            break
