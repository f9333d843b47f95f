"""Branch and bound on one block of a cover, compiled: sites at a toll each, without a limit.

    max over S of  sum of w_i over rows that S covers - sum_{j in S} toll_j                 (1)

Nodes are bounded by prices on rows, as in `volume`, improved by a few subgradient steps each; what the
bound settles is fixed, and the search branches on the candidate that most people still depend on. A node
works on what is left to decide: rows that a taken site covers and rows that nobody can cover any more are
gone, and a row of one open candidate is that candidate's own, at its full weight.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..compiled import njit
from . import branching_node
from .branching_node import Node
from .kernels import Graph, Mask

_STEPS = 40  # subgradient steps a node
_STEPS_LARGE, _LARGE = 20, 10_000  # fewer where a block has many rows
_ROOT = 5  # times as many at the root
_DEPTH = 120  # sites taken on one branch; leaving a candidate out costs no depth
_SMOOTH = 0.15  # part of the new direction in the averaged one
_SCALE, _SHRINK, _PATIENCE = 0.15, 0.7, 8  # the step at first, what it shrinks by, and after how many in vain


class _Incumbent(NamedTuple):
    """The best choice, and in `score` what it is worth, what is of no interest, and the tolerance."""

    best: Mask
    score: NDArray


class _Tree(NamedTuple):
    """By depth: `fix` (1 taken, 0 left out, -1 open), `prices`, `bounds`, and what was `branched` on (-1: done)."""

    fix: NDArray
    prices: NDArray
    bounds: NDArray
    branched: NDArray


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
def branch(
    graph: Graph, toll: NDArray, prices: NDArray, found: Mask, floor: float, work: float, alarm: NDArray
) -> tuple[Any, ...]:
    """Maximise (1) by depth-first branch and bound, until `work` is done or the `alarm` goes.

    What is not above `floor` is of no interest: the bound then proven is at least `floor`.
    Returns the proven bound, the best choice, the bound, values and prices of the root, and the work done.
    """
    n, m = len(toll), len(graph[4])
    incumbent = _begin(graph, toll, found, floor)
    node, tree, count = (
        branching_node.new_node(n, m, len(graph[3])),
        _new_tree(n, m, prices, graph[4]),
        np.empty(m, np.int32),
    )
    root, root_values, root_prices = np.inf, np.empty(n), np.empty(m)
    open_bound, done, depth = -np.inf, 0.0, 0
    steps = _STEPS if m <= _LARGE else _STEPS_LARGE
    while depth >= 0:
        sizes, base, swept = branching_node.left(graph, toll, tree.fix[depth], count, node)
        branching_node.begin(sizes, node, tree.prices[depth])
        limit, stepped = _descend(sizes, base, node, tree.fix[depth], incumbent, steps if depth > 0 else _ROOT * steps)
        done += swept + stepped
        branching_node.remember(sizes, node, tree.prices[depth])
        if root == np.inf:
            root = limit
            branching_node.tell(sizes, node, tree.fix[0], root_values)
            root_prices[:] = tree.prices[0]
        closed = limit <= _needed(incumbent)
        if not closed and (done >= work or alarm[0]):
            open_bound = max(open_bound, limit, _open(tree, depth))
            break
        at = -1 if closed else _settle(sizes, limit, node, tree.fix[depth], incumbent)
        if not closed and at < 0:
            _weigh(graph, toll, tree.fix[depth], incumbent)
        elif at >= 0 and depth == len(tree.bounds) - 1:
            open_bound, at = max(open_bound, limit), -1
        depth = _back(tree, depth) if at < 0 else _down(tree, depth, at, limit)
    bound = max(incumbent.score[0], floor, open_bound) + incumbent.score[2]
    return bound, incumbent.best, root, root_values, root_prices, done


@njit(cache=True, nogil=True)
def _begin(graph: Graph, toll: NDArray, found: Mask, floor: float) -> _Incumbent:
    best, score = found.copy(), np.array([worth_of(graph, toll, found), floor, 1e-9 * graph[4].sum()])
    if score[0] < 0:
        best[:] = False
        score[0] = 0.0
    return _Incumbent(best, score)


@njit(cache=True, nogil=True)
def _needed(incumbent: _Incumbent) -> float:
    """Return what a node must be above to be of interest."""
    score: NDArray[np.float64] = incumbent.score
    return float(max(score[0], score[1]) + score[2])


@njit(cache=True, nogil=True)
def _new_tree(n: int, m: int, prices: NDArray, weights: NDArray) -> _Tree:
    depths = min(_DEPTH, n + 1) + 1
    tree = _Tree(
        np.full((depths, n), -1, np.int8), np.empty((depths, m)), np.full(depths, np.inf), np.full(depths, -1, np.int64)
    )
    for i in range(m):
        tree.prices[0, i] = min(prices[i], weights[i])
    return tree


@njit(cache=True, nogil=True)
def _descend(
    sizes: Any, base: float, node: Node, fix: NDArray, incumbent: _Incumbent, rounds: int
) -> tuple[float, float]:
    """Lower the bound of a node by averaged subgradients, noting better choices on the way; return it and the work."""
    limit, step, stalls, done = np.inf, _SCALE, 0, 0.0
    for turn in range(rounds):
        bound, worth, chosen = branching_node.relaxed(sizes, base, node)
        done += node.indptr[sizes[0]] + chosen + 4 * sizes[1]
        if worth > incumbent.score[0]:
            _note(sizes, node, fix, incumbent, worth)
        stalls += 1
        if bound < limit - 1e-12 * abs(bound):
            limit, stalls = bound, 0
            node.best_values[: sizes[0]] = node.values[: sizes[0]]
            node.best_prices[: sizes[1]] = node.prices[: sizes[1]]
        if limit <= _needed(incumbent):
            break
        norm = branching_node.turn(sizes, node, 1.0 if turn == 0 else _SMOOTH)
        if norm < 1e-12:
            break
        if stalls >= _PATIENCE:
            step, stalls = _SHRINK * step, 0
            node.prices[: sizes[1]] = node.best_prices[: sizes[1]]
        else:
            branching_node.move(sizes, node, step * (bound - _needed(incumbent)) / norm)
    return limit, done


@njit(cache=True, nogil=True)
def _note(sizes: Any, node: Node, fix: NDArray, incumbent: _Incumbent, worth: float) -> None:
    incumbent.score[0] = worth
    for j in range(len(fix)):
        incumbent.best[j] = fix[j] == 1
    for c in range(sizes[0]):
        incumbent.best[node.ids[c]] = node.chosen[c]


@njit(cache=True, nogil=True)
def _settle(sizes: Any, limit: float, node: Node, fix: NDArray, incumbent: _Incumbent) -> Any:
    """Fix what the bound settles; return the candidate to branch on, -1 where all are fixed."""
    at, most, needed = np.int64(-1), -np.inf, _needed(incumbent)
    for c in range(sizes[0]):
        reduced = node.best_values[c] - node.toll[c]
        if reduced < 0 and limit + reduced <= needed:
            fix[node.ids[c]] = 0
        elif reduced > 0 and limit - reduced <= needed:
            fix[node.ids[c]] = 1
        else:
            merit = (node.whole[c] - node.best_values[c]) * (node.often[c] + 0.5)
            if merit > most:
                at, most = node.ids[c], merit
    return at


@njit(cache=True, nogil=True)
def _weigh(graph: Graph, toll: NDArray, fix: NDArray, incumbent: _Incumbent) -> None:
    """Note the one choice that is left, where it is better."""
    chosen = fix == 1
    worth = worth_of(graph, toll, chosen)
    if worth > incumbent.score[0]:
        incumbent.score[0] = worth
        incumbent.best[:] = chosen


@njit(cache=True, nogil=True)
def _open(tree: _Tree, depth: int) -> float:
    """Return the greatest bound of what waits above a node."""
    most = -np.inf
    for d in range(depth):
        if tree.branched[d] >= 0:
            most = max(most, tree.bounds[d])
    return most


@njit(cache=True, nogil=True)
def _down(tree: _Tree, depth: int, at: Any, limit: float) -> int:
    """Take a candidate; leaving it out waits."""
    tree.bounds[depth], tree.branched[depth] = limit, at
    tree.fix[depth + 1] = tree.fix[depth]
    tree.fix[depth + 1, at] = 1
    tree.prices[depth + 1] = tree.prices[depth]
    return depth + 1


@njit(cache=True, nogil=True)
def _back(tree: _Tree, depth: int) -> int:
    """Return to the nearest branching that waits, and leave its candidate out; -1 where none waits."""
    depth -= 1
    while depth >= 0 and tree.branched[depth] < 0:
        depth -= 1
    if depth >= 0:
        tree.fix[depth, tree.branched[depth]] = 0
        tree.branched[depth] = -1
    return depth
