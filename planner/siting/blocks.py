"""A sharper bound on maximal covering: blocks of candidates solved exactly, tied together by prices.

Cut the candidates into blocks b; a row is border if candidates of several blocks cover it. With the
prices l and nu of `volume`,

    U = sum_border (w_i - l_i) + nu * limit + sum_b F_b                                     (1)
    F_b = max over S within b of  cov_b(S) - nu * sum_{j in S} c_j                          (2)

bounds every plan; in (2) a border row weighs l_i, any other w_i. Single candidates as blocks give the
LP bound, one block for all gives the optimum at nu; blocks between are solved by branch and bound.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy import sparse

from .annealing import polish
from .covers import Cover, restricted
from .kernels import Graph, Mask
from .volume import Prices

_TRACE = 1e-3  # so that candidates which the LP never takes still join their neighbours
_MOVES = 60_000  # random exchanges that look for a good choice in a block
_EVEN = 0.5  # exponent of the masses in the affinity: without it big blocks swallow all, leaving crumbs
_STEPS = 40  # subgradient steps a node
_STEPS_LARGE, _LARGE = 20, 10_000  # fewer where a block has many rows
_DEPTH = 120  # sites taken on one branch; leaving a candidate out costs no depth
_THREADS = 2  # blocks are independent: the answer does not depend on it


@dataclass(frozen=True, kw_only=True)
class Blocks:
    """The bound (1), and the union of the best choices in the blocks, which need not keep the limit."""

    bound: float
    union: Mask


def block_bound(
    cover: Cover, costs: NDArray[np.float64], limit: float, prices: Prices, *, found: Mask, mass: float, work: float
) -> Blocks:
    """Solve blocks in which the LP would place up to `mass` sites; `found` starts each block's search.

    work: cover entries to touch in all; a block that is not closed by then counts with what is proven of it.
    """
    block = _agglomerate(_affinity(cover, prices.often), prices.often + _TRACE, mass)
    border = _border(cover, block)
    weights = np.where(border, prices.rows, cover.weights)
    used = np.flatnonzero(np.diff(cover.columns[0]) > 0)
    members = [used[block[used] == b] for b in np.unique(block[used])]
    sizes = np.array([float(np.diff(cover.columns[0])[inside].sum()) for inside in members])
    toll = prices.nu * costs

    def solve(inside: NDArray[np.int64], share: float) -> tuple[float, Mask]:
        part, rows = restricted(cover, inside, weights, prices.rows)
        return _solve_block(part, rows, toll[inside], found[inside], share)

    with ThreadPoolExecutor(_THREADS) as pool:
        shares = work * sizes / max(sizes.sum(), 1.0)
        solved = list(pool.map(solve, members, shares))
    union = np.zeros(cover.size, bool)
    for inside, (_, chosen) in zip(members, solved, strict=True):
        union[inside[chosen]] = True
    slack = float((cover.weights - prices.rows)[border].sum())
    return Blocks(bound=slack + prices.nu * limit + sum(value for value, _ in solved), union=union)


def _solve_block(
    part: Cover, rows: NDArray[np.float64], toll: NDArray[np.float64], found: Mask, work: float
) -> tuple[float, Mask]:
    """Return the proven bound on (2) of one block and its best choice: polish, root, reduce, branch."""
    if len(part) == 0:
        return 0.0, np.zeros(part.size, bool)
    lower = polish(_graph(part), toll, found, _MOVES, np.random.default_rng(0))
    bound, best, root, values, prices = _branch(_graph(part), toll, rows, lower, 0.0)
    reduced = values - toll
    worth = _worth(_graph(part), toll, best)
    kept = np.flatnonzero((reduced >= 0) | (root + reduced > worth))
    if bound <= worth * (1 + 1e-9) or len(kept) == 0:
        return float(bound), best
    rest, fewer = restricted(part, kept, part.weights, prices)
    if best[kept].sum() < best.sum():
        rest, fewer, kept = part, prices, np.arange(part.size)
    bound, choice, *_ = _branch(_graph(rest), toll[kept], fewer, best[kept], work)
    union = np.zeros(part.size, bool)
    union[kept[choice]] = True
    return float(max(bound, worth)), union


def _graph(cover: Cover) -> Graph:
    return cover.indptr, cover.indices, *cover.columns, cover.weights


def _affinity(cover: Cover, often: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how many people two candidates share, as far as the LP takes both."""
    share = often + _TRACE
    matrix = sparse.csr_matrix((share[cover.indices], cover.indices, cover.indptr), shape=(len(cover), cover.size))
    dense: NDArray[np.float64] = (matrix.T @ matrix.multiply(cover.weights[:, None])).toarray()
    return dense


def _border(cover: Cover, block: NDArray[np.int64]) -> Mask:
    of = block[cover.indices]
    starts = cover.indptr[:-1]
    return np.asarray(np.minimum.reduceat(of, starts) != np.maximum.reduceat(of, starts))


@njit(cache=True)
def _agglomerate(affinity: NDArray, often: NDArray, mass: float) -> NDArray:
    """Join the two blocks of the greatest affinity for their masses, together at most `mass`, until there are none."""
    n = len(often)
    block, heavy, alive = np.arange(n), often.copy(), np.ones(n, np.bool_)
    mate, most = np.full(n, -1), np.zeros(n)
    stale = np.ones(n, np.bool_)
    while True:
        best = -1
        for a in range(n):
            if not alive[a]:
                continue
            if stale[a]:
                stale[a], mate[a], most[a] = False, -1, 0.0
                for b in range(n):
                    if (
                        b != a
                        and alive[b]
                        and affinity[a, b] / (heavy[a] * heavy[b]) ** _EVEN > most[a]
                        and heavy[a] + heavy[b] <= mass
                    ):
                        mate[a], most[a] = b, affinity[a, b] / (heavy[a] * heavy[b]) ** _EVEN
            if mate[a] >= 0 and (best < 0 or most[a] > most[best]):
                best = a
        if best < 0:
            return block
        a, b = best, mate[best]
        alive[b] = False
        heavy[a] += heavy[b]
        for c in range(n):
            if block[c] == b:
                block[c] = a
            affinity[a, c] += affinity[b, c]
            affinity[c, a] = affinity[a, c]
            stale[c] |= mate[c] == a or mate[c] == b
            if alive[c] and c != a and heavy[c] + heavy[a] <= mass:
                score = affinity[c, a] / (heavy[c] * heavy[a]) ** _EVEN
                if score > most[c]:
                    mate[c], most[c] = a, score
        stale[a] = True


@njit(cache=True, nogil=True)
def _worth(graph: Graph, toll: NDArray, chosen: Mask) -> float:
    """Return (2) of one choice."""
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
def _branch(graph: Graph, toll: NDArray, prices: NDArray, found: Mask, work: float) -> tuple[Any, ...]:  # noqa: PLR0912, PLR0915
    """Maximise (2) by depth-first branch and bound, until `work` is done.

    Returns the proven bound, the best choice, and the bound, values and prices of the root.
    """
    column, rows, weights = graph[2], graph[3], graph[4]
    n, m, entries = len(toll), len(weights), len(graph[3])
    best, lower = found.copy(), _worth(graph, toll, found)
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
            if limit <= lower + tolerance:
                break
            if turn % 5 == 0:
                worth = _worth(graph, toll, choice)
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
            length = 0.6 * step * (bound - lower) / norm
            for i in range(m):
                if is_open[i]:
                    lam[i] = min(max(lam[i] - length * direction[i], 0.0), weights[i])
        if root == np.inf:
            root = limit
            root_values[:] = best_values
            root_price[:] = best_price
        closed = limit <= lower + tolerance
        if not closed and done >= work:
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
                if reduced < 0 and limit + reduced <= lower + tolerance:
                    f[j] = 0
                elif reduced > 0 and limit - reduced <= lower + tolerance:
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
                worth = _worth(graph, toll, choice)
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
    return max(lower, open_bound) + tolerance, best, root, root_values, root_price
