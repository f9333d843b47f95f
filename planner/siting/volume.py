"""A proven upper bound on maximal covering by prices on demand, and what the prices settle.

With a price 0 <= l_i <= w_i on each row and nu >= 0 on the limit (sites or money),

    U(l) = sum_i (w_i - l_i) + max {sum_j v_j x_j : sum_j c_j x_j <= limit, 0 <= x_j <= 1}   (1)
    v_j  = sum_{i in rows of j} l_i                                                         (2)

bounds every plan, because w min(1, n) <= (w - l) + l n for whole n >= 0. The least U is the LP bound.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..compiled import njit
from .covers import Cover
from .kernels import Graph, Mask, sum_at

_SMOOTH = 0.1  # part of the new direction in the averaged one
_STEP = 1.0  # at first: part of the way to the known plan
_PATIENCE = 30  # rounds without progress before the step shrinks
_SHRINK = 0.66
_LEAST_STEP = 1e-3
_ROUNDS = 2500


@dataclass(frozen=True, kw_only=True)
class Prices:
    """The best prices found: the bound (1), its prices by row, values (2) by candidate, and nu.

    `often` is how often each candidate was chosen, averaged: near what the LP would choose.
    """

    bound: float
    rows: NDArray[np.float64]
    values: NDArray[np.float64]
    nu: float
    often: NDArray[np.float64]

    def settled(self, costs: NDArray[np.float64], least: float) -> tuple[Mask, Mask]:
        """Return the candidates that no plan above `least` people contains, and those that every one does.

        Taking j against the prices lowers the bound (1) by |v_j - nu c_j|.
        """
        reduced = self.values - self.nu * costs
        return (reduced < 0) & (self.bound + reduced <= least), (reduced > 0) & (self.bound - reduced <= least)


def volume(
    cover: Cover, costs: NDArray[np.float64], limit: float, known: float, *, alarm: Mask | None = None
) -> Prices:
    """Lower the bound (1) by averaged subgradients, given a plan that covers `known` people.

    alarm: a flag that ends the work early.

    Source: Barahona and Anbil (2000), Mathematical Programming 87; Galvao and ReVelle (1996), EJOR 88 for (1).
    """
    alarm = np.zeros(1, bool) if alarm is None else alarm
    bound, rows, values, nu, often = _volume(cover.graph, costs, limit, known, alarm)
    return Prices(bound=bound, rows=rows, values=values, nu=nu, often=often)


@njit(nogil=True)
def _copy(source: NDArray, target: NDArray) -> None:
    """Copy number by number: `target[:] = source` has the text of its error compiled too, which takes seconds."""
    for i in range(len(source)):
        target[i] = source[i]


@njit(nogil=True)
def _unpriced(weights: NDArray, prices: NDArray) -> float:
    total = 0.0
    for i in range(len(weights)):
        total += weights[i] - prices[i]
    return total


@njit(nogil=True)
def _average(mean: NDArray, new: NDArray, part: float) -> None:
    for j in range(len(mean)):
        mean[j] += part * (new[j] - mean[j])


@njit(nogil=True)
def _value(graph: Graph, prices: NDArray, values: NDArray) -> None:
    column, rows = graph[2], graph[3]
    for j in range(len(values)):
        values[j] = sum_at(prices, rows, column[j], column[j + 1])


@njit(nogil=True)
def _fill(values: NDArray, costs: NDArray, limit: float, take: NDArray) -> tuple[float, float]:
    """Solve the knapsack of (1) with a last part; return its value and nu."""
    ratio = np.empty(len(values))
    for j in range(len(values)):
        ratio[j] = values[j] / costs[j] if costs[j] > 0 else np.inf
    take[:] = 0.0
    left, total, nu = limit, 0.0, 0.0
    for j in np.argsort(-ratio, kind="mergesort"):
        if values[j] <= 0:
            continue
        if costs[j] <= left:
            take[j] = 1.0
            left -= costs[j]
            total += values[j]
            continue
        take[j] = left / costs[j]
        total += values[j] * take[j]
        nu = ratio[j]
        break
    return total, nu


@njit(cache=True, nogil=True)
def _volume(
    graph: Graph, costs: NDArray, limit: float, known: float, alarm: Mask
) -> tuple[float, NDArray, NDArray, float, NDArray]:
    column, rows, weights = graph[2], graph[3], graph[4]
    n, m = len(costs), len(weights)
    prices, values, take = weights.copy(), np.empty(n), np.empty(n)
    often, direction, served = np.zeros(n), np.zeros(m), np.empty(m)
    best, best_prices, best_values, best_nu = np.inf, prices.copy(), values.copy(), 0.0
    step, stalls = _STEP, 0
    for turn in range(_ROUNDS):
        _value(graph, prices, values)
        total, nu = _fill(values, costs, limit, take)
        bound = _unpriced(weights, prices) + total
        if bound < best - 1e-7 * abs(best) or turn == 0:
            stalls = 0
        else:
            stalls += 1
        if bound < best:
            best, best_nu = bound, nu
            _copy(prices, best_prices)
            _copy(values, best_values)
        served[:] = -1.0
        for j in range(n):
            if take[j] > 0:
                for e in range(column[j], column[j + 1]):
                    served[rows[e]] += take[j]
        part = 1.0 if turn == 0 else _SMOOTH
        norm = 0.0
        for i in range(m):
            direction[i] += part * (served[i] - direction[i])
            held = (prices[i] <= 0 and direction[i] > 0) or (prices[i] >= weights[i] and direction[i] < 0)
            if not held:
                norm += direction[i] * direction[i]
        _average(often, take, part)
        if stalls >= _PATIENCE:
            stalls = 0
            step *= _SHRINK
            _copy(best_prices, prices)
        if step < _LEAST_STEP or norm < 1e-12 or best <= known or alarm[0]:
            break
        length = step * (bound - known) / norm
        for i in range(m):
            prices[i] = min(max(prices[i] - length * direction[i], 0.0), weights[i])
    return best, best_prices, best_values, best_nu, often
