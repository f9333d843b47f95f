"""What is left to decide at a node of branch and bound on a block of a cover, and its relaxation; compiled.

Rows that a taken site covers and rows that nobody can cover any more are gone, and a row of one open candidate is that
candidate's own, at its full weight. Prices on the other rows bound what any choice of the open candidates is worth.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..compiled import njit
from .kernels import Graph, sum_at

_COVERED, _ALONE = -1, -2  # in place of a number: a row that is settled, one of a single open candidate


class Node(NamedTuple):
    """What is left to decide, numbered anew; longer than is in use.

    By candidate: `ids`, `indptr`, `own` (people whom it alone can cover), `whole` (all it would add), `toll`,
    `values` (own people and priced ones), `often` (how often it was chosen, averaged), `chosen`.
    By row: `rows`, `weights`, `prices`, `times` (chosen candidates less one), `direction`.
    `entries` are the rows of each candidate. `best_*` belong to the least bound.
    """

    ids: NDArray
    indptr: NDArray
    entries: NDArray
    own: NDArray
    whole: NDArray
    toll: NDArray
    values: NDArray
    often: NDArray
    chosen: NDArray
    rows: NDArray
    weights: NDArray
    prices: NDArray
    times: NDArray
    direction: NDArray
    best_values: NDArray
    best_prices: NDArray


@njit(cache=True, nogil=True)
def new_node(n: int, m: int, entries: int) -> Node:
    """Return an empty node for so many candidates, rows and entries."""
    return Node(
        np.empty(n, np.int64),
        np.zeros(n + 1, np.int64),
        np.empty(entries, np.uint32),
        np.empty(n),
        np.empty(n),
        np.empty(n),
        np.empty(n),
        np.empty(n),
        np.empty(n, np.bool_),
        np.empty(m, np.int64),
        np.empty(m),
        np.empty(m),
        np.empty(m),
        np.empty(m),
        np.empty(n),
        np.empty(m),
    )


@njit(cache=True, nogil=True)
def left(graph: Graph, toll: NDArray, fix: NDArray, count: NDArray, node: Node) -> tuple[Any, float, float]:
    """Fill `node` with what is left to decide; return how many candidates and rows, what is sure, and the work.

    A candidate whose own people are worth its toll is taken, one that adds no more than its toll is left out.
    """
    column, rows, weights = graph[2], graph[3], graph[4]
    base = _counted(graph, toll, fix, count)
    for j in range(len(toll)):
        if fix[j] >= 0:
            continue
        own, whole = 0.0, 0.0
        for e in range(column[j], column[j + 1]):
            times = count[rows[e]]
            if times > 0:
                whole += weights[rows[e]]
                own += weights[rows[e]] if times == 1 else 0.0
        if own >= toll[j]:
            base += _take(graph, j, count) - toll[j]
            fix[j] = 1
        elif whole <= toll[j]:
            _leave(graph, j, count)
            fix[j] = 0
    sizes = _numbered(graph, toll, fix, count, node)
    return sizes, base, 2.0 * len(rows)


@njit(cache=True, nogil=True)
def _counted(graph: Graph, toll: NDArray, fix: NDArray, count: NDArray) -> float:
    """Count the open candidates of each row that no taken one covers; return what the taken ones are worth."""
    column, rows, weights = graph[2], graph[3], graph[4]
    count[:] = 0
    base = 0.0
    for j in range(len(toll)):
        if fix[j] == 1:
            base -= toll[j]
            for e in range(column[j], column[j + 1]):
                if count[rows[e]] == 0:
                    count[rows[e]] = _COVERED
                    base += weights[rows[e]]
    for j in range(len(toll)):
        if fix[j] < 0:
            for e in range(column[j], column[j + 1]):
                if count[rows[e]] != _COVERED:
                    count[rows[e]] += 1
    return base


@njit(cache=True, nogil=True)
def _take(graph: Graph, j: Any, count: NDArray) -> float:
    column, rows, weights = graph[2], graph[3], graph[4]
    won = 0.0
    for e in range(column[j], column[j + 1]):
        if count[rows[e]] != _COVERED:
            count[rows[e]] = _COVERED
            won += weights[rows[e]]
    return won


@njit(cache=True, nogil=True)
def _leave(graph: Graph, j: Any, count: NDArray) -> None:
    column, rows = graph[2], graph[3]
    for e in range(column[j], column[j + 1]):
        if count[rows[e]] != _COVERED:
            count[rows[e]] -= 1


@njit(cache=True, nogil=True)
def _numbered(graph: Graph, toll: NDArray, fix: NDArray, count: NDArray, node: Node) -> tuple[int, int]:
    """Number the open candidates and the rows of several of them; afterwards `count` is the number of a row."""
    column, rows, weights = graph[2], graph[3], graph[4]
    m = _rows_numbered(weights, count, node)
    n, at = 0, 0
    for j in range(len(toll)):
        if fix[j] >= 0:
            continue
        own, whole = 0.0, 0.0
        for e in range(column[j], column[j + 1]):
            number = count[rows[e]]
            if number >= 0:
                node.entries[at] = number
                at += 1
                whole += weights[rows[e]]
            elif number == _ALONE:
                own += weights[rows[e]]
        node.ids[n], node.toll[n], node.own[n], node.whole[n] = j, toll[j], own, whole + own
        n += 1
        node.indptr[n] = at
    return n, m


@njit(cache=True, nogil=True)
def _rows_numbered(weights: NDArray, count: NDArray, node: Node) -> int:
    m = 0
    for i in range(len(weights)):
        if count[i] > 1:
            node.rows[m], node.weights[m] = i, weights[i]
            count[i] = m
            m += 1
        else:
            count[i] = _ALONE if count[i] == 1 else _COVERED
    return m


@njit(cache=True, nogil=True)
def begin(sizes: Any, node: Node, prices: NDArray) -> None:
    """Start the prices, the direction and the choices of a node."""
    for c in range(sizes[0]):
        node.often[c] = 0.0
    for i in range(sizes[1]):
        node.prices[i] = node.best_prices[i] = prices[node.rows[i]]
        node.direction[i] = 0.0


@njit(cache=True, nogil=True)
def relaxed(sizes: Any, base: float, node: Node) -> tuple[float, float, float]:
    """Choose what pays at the prices; return the bound, what the choice is worth, and its entries."""
    bound, worth, chosen = base, base, 0.0
    for i in range(sizes[1]):
        bound += node.weights[i] - node.prices[i]
        node.times[i] = -1.0
    for c in range(sizes[0]):
        total = node.own[c] + sum_at(node.prices, node.entries, node.indptr[c], node.indptr[c + 1])
        node.values[c] = total
        node.chosen[c] = total > node.toll[c]
        if node.chosen[c]:
            bound += total - node.toll[c]
            worth += node.own[c] - node.toll[c]
            chosen += node.indptr[c + 1] - node.indptr[c]
            for e in range(node.indptr[c], node.indptr[c + 1]):
                node.times[node.entries[e]] += 1.0
    for i in range(sizes[1]):
        if node.times[i] >= 0:
            worth += node.weights[i]
    return bound, worth, chosen


@njit(cache=True, nogil=True)
def turn(sizes: Any, node: Node, part: float) -> float:
    """Average the direction and the choices; return the square of the direction where prices can follow it."""
    norm = 0.0
    for c in range(sizes[0]):
        node.often[c] += part * ((1.0 if node.chosen[c] else 0.0) - node.often[c])
    for i in range(sizes[1]):
        d = node.direction[i] + part * (node.times[i] - node.direction[i])
        node.direction[i] = d
        held = (node.prices[i] <= 0 and d > 0) or (node.prices[i] >= node.weights[i] and d < 0)
        norm += 0.0 if held else d * d
    return norm


@njit(cache=True, nogil=True)
def move(sizes: Any, node: Node, length: float) -> None:
    """Move the prices against the direction, within 0 and the people of each row."""
    for i in range(sizes[1]):
        node.prices[i] = min(max(node.prices[i] - length * node.direction[i], 0.0), node.weights[i])


@njit(cache=True, nogil=True)
def remember(sizes: Any, node: Node, prices: NDArray) -> None:
    """Keep the prices of the least bound, by row of the whole block."""
    for i in range(sizes[1]):
        prices[node.rows[i]] = node.best_prices[i]


@njit(cache=True, nogil=True)
def tell(sizes: Any, node: Node, fix: NDArray, values: NDArray) -> None:
    """Give the values of the root by candidate; what is settled has infinite ones."""
    for j in range(len(fix)):
        values[j] = np.inf if fix[j] == 1 else -np.inf
    for c in range(sizes[0]):
        values[node.ids[c]] = node.best_values[c]
