"""Branch and bound on one block of a cover, compiled: sites at a toll each, without a limit.

    max over S of  sum of w_i over rows that S covers - sum_{j in S} toll_j                 (1)

Nodes are bounded by prices on rows, as in `volume`, improved by a few subgradient steps each; what the
bound settles is fixed, and the search branches on the candidate that most people still depend on.
"""

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from .kernels import Graph, Mask

_STEPS = 40  # subgradient steps a node
_STEPS_LARGE, _LARGE = 20, 10_000  # fewer where a block has many rows
_DEPTH = 120  # sites taken on one branch; leaving a candidate out costs no depth


@njit(cache=True, nogil=True)
def worth_of(graph: Graph, toll: NDArray, chosen: Mask) -> float:
    """Return (1) of one choice."""
    indptr, indices, weights = graph[0], graph[1], graph[4]
    total = 0.0
    for i in range(len(weights)):
        for k in range(indptr[i], indptr[i + 1]):
            if chosen[indices[k]]:
                total += weights[i]
                break
    for j in range(len(toll)):
        if chosen[j]:
            total -= toll[j]
    return total


@njit(cache=True, nogil=True)
def _open_rows(graph: Graph, fix: NDArray, prices: NDArray, is_open: Mask) -> float:
    """Mark rows that no fixed site covers, price those full that nobody can; return the weight of the others."""
    indptr, indices, weights = graph[0], graph[1], graph[4]
    base = 0.0
    for i in range(len(weights)):
        is_open[i], free = True, False
        for k in range(indptr[i], indptr[i + 1]):
            if fix[indices[k]] == 1:
                is_open[i] = False
                base += weights[i]
                break
            free |= fix[indices[k]] < 0
        if is_open[i] and not free:
            prices[i] = weights[i]
    return base


@njit(cache=True, nogil=True)
def _priced(graph: Graph, prices: NDArray, is_open: Mask, fix: NDArray, values: NDArray) -> None:
    column, rows = graph[2], graph[3]
    for j in range(len(values)):
        total = 0.0
        if fix[j] < 0:
            for e in range(column[j], column[j + 1]):
                if is_open[rows[e]]:
                    total += prices[rows[e]]
        values[j] = total


@njit(cache=True, nogil=True)
def branch(  # noqa: PLR0912, PLR0915
    graph: Graph, toll: NDArray, prices: NDArray, found: Mask, floor: float, work: float, alarm: NDArray
) -> tuple[Any, ...]:
    """Maximise (1) by depth-first branch and bound, until `work` is done or the `alarm` goes.

    What is not above `floor` is of no interest: the bound then proven is at least `floor`.
    Returns the proven bound, the best choice, the bound, values and prices of the root, and the work done.
    """
    column, rows, weights = graph[2], graph[3], graph[4]
    n, m, entries = len(toll), len(weights), len(graph[3])
    best, lower = found.copy(), worth_of(graph, toll, found)
    if lower < 0:
        best, lower = np.zeros(n, np.bool_), 0.0
    steps = _STEPS if m <= _LARGE else _STEPS_LARGE
    depth_limit = min(_DEPTH, n + 1)
    fix = np.full((depth_limit + 1, n), -1, np.int8)
    price = np.empty((depth_limit + 1, m))
    price[0] = np.minimum(prices, weights)
    bounds, branched = np.full(depth_limit + 1, np.inf), np.full(depth_limit + 1, -1)
    is_open, values, served, direction = np.empty(m, np.bool_), np.empty(n), np.empty(m), np.empty(m)
    often, choice, best_price, best_values = np.empty(n), np.empty(n, np.bool_), np.empty(m), np.empty(n)
    root, root_values, root_price = np.inf, np.empty(n), np.empty(m)
    open_bound, done, depth = -np.inf, 0.0, 0
    tolerance = 1e-9 * weights.sum()
    while depth >= 0:
        f, lam = fix[depth], price[depth]
        base = _open_rows(graph, f, lam, is_open)
        done += entries
        for j in range(n):
            if f[j] == 1:
                base -= toll[j]
        limit, step, stalls = np.inf, 0.7, 0
        direction[:] = 0.0
        often[:] = 0.0
        rounds = steps if depth > 0 else 5 * steps
        for turn in range(rounds):
            _priced(graph, lam, is_open, f, values)
            bound = base
            for i in range(m):
                if is_open[i]:
                    bound += weights[i] - lam[i]
                served[i] = -1.0
            for j in range(n):
                choice[j] = f[j] == 1
                if f[j] < 0 and values[j] > toll[j]:
                    bound += values[j] - toll[j]
                    choice[j] = True
                    for e in range(column[j], column[j + 1]):
                        served[rows[e]] += 1.0
            done += 1.5 * entries
            if bound < limit - 1e-12 * abs(bound):
                limit, stalls = bound, 0
                best_price[:] = lam
                best_values[:] = values
            else:
                stalls += 1
            if limit <= max(lower, floor) + tolerance:
                break
            if turn % 5 == 0:
                worth = worth_of(graph, toll, choice)
                done += entries
                if worth > lower:
                    lower = worth
                    best[:] = choice
            part = 1.0 if turn == 0 else 0.15
            norm = 0.0
            for j in range(n):
                often[j] += part * ((1.0 if choice[j] else 0.0) - often[j])
            for i in range(m):
                direction[i] += part * (served[i] - direction[i])
                held = (lam[i] <= 0 and direction[i] > 0) or (lam[i] >= weights[i] and direction[i] < 0)
                if is_open[i] and not held:
                    norm += direction[i] * direction[i]
            if norm < 1e-12:
                break
            if stalls >= 8:
                stalls = 0
                step *= 0.6
                lam[:] = best_price
                continue
            length = 0.6 * step * (bound - max(lower, floor)) / norm
            for i in range(m):
                if is_open[i]:
                    lam[i] = min(max(lam[i] - length * direction[i], 0.0), weights[i])
        if root == np.inf:
            root = limit
            root_values[:] = best_values
            root_price[:] = best_price
        closed = limit <= max(lower, floor) + tolerance
        if not closed and (done >= work or alarm[0]):
            open_bound = max(open_bound, limit)
            for d in range(depth):
                if branched[d] >= 0:
                    open_bound = max(open_bound, bounds[d])
            break
        at, score = -1, -np.inf
        if not closed:
            for j in range(n):
                if f[j] >= 0:
                    continue
                reduced = best_values[j] - toll[j]
                if reduced < 0 and limit + reduced <= max(lower, floor) + tolerance:
                    f[j] = 0
                elif reduced > 0 and limit - reduced <= max(lower, floor) + tolerance:
                    f[j] = 1
            for j in range(n):
                if f[j] >= 0:
                    continue
                whole = 0.0
                for e in range(column[j], column[j + 1]):
                    if is_open[rows[e]]:
                        whole += weights[rows[e]]
                merit = (whole - best_values[j]) * (often[j] + 0.5)
                if merit > score:
                    at, score = j, merit
            if at < 0:
                for j in range(n):
                    choice[j] = f[j] == 1
                worth = worth_of(graph, toll, choice)
                if worth > lower:
                    lower = worth
                    best[:] = choice
            elif depth == depth_limit:
                open_bound = max(open_bound, limit)
                at = -1
        if at >= 0:
            bounds[depth], branched[depth] = limit, at
            fix[depth + 1] = f
            fix[depth + 1, at] = 1
            price[depth] = best_price
            price[depth + 1] = best_price
            depth += 1
            continue
        depth -= 1
        while depth >= 0 and branched[depth] < 0:
            depth -= 1
        if depth >= 0:
            at = branched[depth]
            branched[depth] = -1
            fix[depth, at] = 0
    return max(lower, floor, open_bound) + tolerance, best, root, root_values, root_price, done
