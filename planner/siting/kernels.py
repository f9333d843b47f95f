"""Compiled loops over covers and medians; `heuristic` says what they are for.

A graph is (indptr, candidates) by row, (indptr, rows) by candidate, and the weight of each row.
Columns are (indptr, demand, minutes) by candidate.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..compiled import njit

PASSES = 50  # of swapping; each pass goes once through the chosen sites
CLOSE = 1e-12  # people-minutes that differ by less, relatively, are the same

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


@njit(cache=True)
def two_nearest(columns: Graph, standing: NDArray, chosen: Mask) -> tuple[NDArray, NDArray, NDArray]:
    """Return each demand's least time, the open site that gives it (-1: what stands), and the time without it."""
    indptr, rows, minutes = columns
    near, which, second = standing.copy(), np.full(len(standing), -1, np.int64), standing.copy()
    for j in range(len(chosen)):
        if not chosen[j]:
            continue
        for e in range(indptr[j], indptr[j + 1]):
            i, t = rows[e], minutes[e]
            if t < near[i]:
                second[i] = near[i]
                near[i] = t
                which[i] = j
            elif t < second[i]:
                second[i] = t
    return near, which, second


@njit(cache=True)
def saved(columns: Graph, weights: NDArray, near: NDArray, j: int) -> float:
    """Return the people-minutes that opening `j` saves."""
    indptr, rows, minutes = columns
    saving = 0.0
    for e in range(indptr[j], indptr[j + 1]):
        i = rows[e]
        if minutes[e] < near[i]:
            saving += weights[i] * (near[i] - minutes[e])
    return saving


@njit(cache=True)
def best_to_open(columns: Graph, weights: NDArray, near: NDArray, chosen: Mask) -> tuple[int, float]:
    """Return the closed site that saves most, the first of equal ones, and what it saves."""
    close = CLOSE * (weights * near).sum()
    best, most = -1, 0.0
    for j in range(len(chosen)):
        if not chosen[j]:
            saving = saved(columns, weights, near, j)
            if best < 0 or saving > most + close:
                best, most = j, saving
    return best, most


@njit(cache=True)
def swap_median(columns: Graph, weights: NDArray, standing: NDArray, chosen: Mask, fixed: Mask, p: int) -> None:
    """Open up to `p`, then exchange single sites; see `heuristic.swap_median`."""
    for _ in range(p - chosen.sum()):
        near, _, _ = two_nearest(columns, standing, chosen)
        best, saving = best_to_open(columns, weights, near, chosen)
        if best < 0 or saving <= CLOSE * (weights * near).sum():
            break
        chosen[best] = True
    for _ in range(PASSES):
        changed = False
        for out in range(len(chosen) - 1, -1, -1):
            if not chosen[out] or fixed[out]:
                continue
            near, which, second = two_nearest(columns, standing, chosen)
            without = np.where(which == out, second, near)
            close = CLOSE * (weights * near).sum()
            lost = (weights * (without - near)).sum()
            best, saving = best_to_open(columns, weights, without, chosen)
            if best >= 0 and (saving > lost + close or (saving >= lost - close and best < out)):
                chosen[out], chosen[best] = False, True
                changed = True
        if not changed:
            break


@njit(cache=True, nogil=True)
def price_median(
    pairs: Graph,
    standing: NDArray[np.float64],
    fixed: Mask,
    free: int,
    price: NDArray[np.float64],
    upper: float,
    start: Mask,
    steps: int,
    patience: int,
) -> tuple[float, float, NDArray[np.float64], NDArray[np.float64], Mask]:
    """Raise the bound of `median_bound` eq. 1 by subgradient steps; also the best choice met on the way."""
    indptr, indices, costs = pairs
    n, m = len(indptr) - 1, len(fixed)
    best_price, best_saving, best_bound = price.copy(), np.zeros(m), -np.inf
    chosen, best_chosen = fixed.copy(), start.copy()
    scale, since = 1.5, 0
    for _ in range(steps):
        saving = np.zeros(m)
        bound = 0.0
        for i in range(n):
            bound += price[i] + min(0.0, standing[i] - price[i])
            for k in range(indptr[i], indptr[i + 1]):
                if costs[k] < price[i]:
                    saving[indices[k]] += costs[k] - price[i]
        order = np.argsort(np.where(fixed, np.inf, saving))
        chosen[:] = fixed
        for k in range(free):
            chosen[order[k]] = True
        for j in range(m):
            if chosen[j]:
                bound += saving[j]
        worth, square = 0.0, 0.0
        slope = np.ones(n)
        for i in range(n):
            least = standing[i]
            if standing[i] < price[i]:
                slope[i] -= 1.0
            for k in range(indptr[i], indptr[i + 1]):
                if chosen[indices[k]]:
                    least = min(least, costs[k])
                    if costs[k] < price[i]:
                        slope[i] -= 1.0
            worth += least
            square += slope[i] * slope[i]
        if worth < upper:
            upper = worth
            best_chosen[:] = chosen
        since += 1
        if bound > best_bound:
            if bound > best_bound + 1e-7 * abs(upper):
                since = 0
            best_bound = bound
            best_price[:] = price
            best_saving[:] = saving
        if since > patience:
            scale, since = scale / 2, 0
            price[:] = best_price
        if square == 0.0 or scale < 1e-3 or best_bound >= upper:
            break
        step = scale * (1.02 * upper - bound) / square
        for i in range(n):
            price[i] = max(0.0, price[i] + step * slope[i])
    return best_bound, upper, best_price, best_saving, best_chosen
