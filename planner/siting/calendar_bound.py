"""A proven upper bound on what any calendar is worth, by prices on demand in each year and on money.

With a price 0 <= l_iy <= w_i on each row and year, and mu_k >= 0 on each limit k (a year's money, or
all money up to a year, or the total), candidate j opened in year y brings

    V_jy = sum_{y' >= y} sum_{i in rows of j} l_iy'  -  sum_{k that y counts in} mu_k c_jk     (1)
    U(l, mu) = sum_iy (w_i - l_iy) + sum_k mu_k L_k + sum_j max(0, max_y V_jy)                 (2)

and U bounds every calendar, because w min(1, n) <= (w - l) + l n for whole n >= 0. The mu are set by
turns to what makes U least, the l by averaged subgradients; any values give a bound.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..compiled import njit
from .calendar import Phasing
from .kernels import Graph

_SMOOTH = 0.1  # part of the new direction in the averaged one
_PATIENCE = 30  # rounds without progress before the step shrinks
_SHRINK = 0.66
_LEAST_STEP = 1e-3
_ROUNDS = 1500
_FAR = 0.05  # gap to the calendar at hand beyond which other aims are tried


@dataclass(frozen=True, kw_only=True)
class Tariff:
    """The best prices found: the bound (2), and by candidate max_y V_jy (1) and how often it is built, averaged."""

    bound: float
    profits: NDArray[np.float64]
    often: NDArray[np.float64]

    def hopeless(self, least: float) -> NDArray[np.bool_]:
        """Return the candidates that no calendar worth more than `least` contains: taking one lowers (2) by -V."""
        return (self.profits < 0) & (self.bound + self.profits <= least)


class Limits(NamedTuple):
    """The limits on money: first and last-but-one year that count, what each candidate takes, and how much there is."""

    spans: NDArray[np.int64]
    takes: NDArray[np.float64]
    money: NDArray[np.float64]


def limits_of(task: Phasing) -> Limits:
    """Return the limit of each year, or of all years up to it, and the total where there is one."""
    horizon = task.horizon
    years = np.arange(horizon.never)
    first = np.zeros_like(years) if horizon.carry_over else years
    spans, takes = np.column_stack([first, years + 1]), np.tile(task.costs, (horizon.never, 1))
    money = horizon.saved if horizon.carry_over else horizon.budgets
    if not np.isfinite(horizon.total):
        return Limits(spans, takes, money)
    whole = np.array([[0, horizon.never]])
    return Limits(np.vstack([spans, whole]), np.vstack([takes, horizon.takes]), np.append(money, horizon.total))


def price(task: Phasing, known: float) -> Tariff:
    """Lower the bound (2) by averaged subgradients, given a calendar worth `known`.

    The first steps go by what the bound is aimed at, and may overshoot where that is nearly right already; a bound
    that stays far from `known` is therefore tried again with lower aims.

    Source: Barahona and Anbil (2000), Mathematical Programming 87, applied to (2).
    """
    limits = limits_of(task)
    best: Tariff | None = None
    for aim in (known, known / 2, 0.0):
        bound, profits, often = _price(task.graph, limits, task.required, task.horizon.never, aim)
        if best is None or bound < best.bound:
            best = Tariff(bound=bound, profits=profits, often=often[:, -1])
        if best.bound <= known * (1 + _FAR):
            break
    assert best is not None
    return best


@njit(cache=True)
def _sums(graph: Graph, prices: NDArray, values: NDArray) -> None:
    column, rows = graph[2], graph[3]
    values[:] = 0.0
    for j in range(len(values)):
        for e in range(column[j], column[j + 1]):
            for y in range(values.shape[1]):
                values[j, y] += prices[rows[e], y]


@njit(cache=True)
def _settle(worth: NDArray, limits: Limits, mu: NDArray, part: NDArray) -> None:
    """Lower (2) over each mu_k in turn; `worth` is V without mu, `part` is set where a limit cuts a candidate."""
    spans, takes, money = limits
    size, years = worth.shape
    part[:] = 1.0
    inside, outside, ratio = np.empty(size), np.empty(size), np.empty(size)
    for k in range(len(money)):
        mu[k] = 0.0
        for j in range(size):
            inside[j], outside[j] = -np.inf, 0.0
            for y in range(years):
                here = worth[j, y]
                for m in range(len(money)):
                    if spans[m, 0] <= y < spans[m, 1]:
                        here -= mu[m] * takes[m, j]
                if spans[k, 0] <= y < spans[k, 1]:
                    inside[j] = max(inside[j], here)
                else:
                    outside[j] = max(outside[j], here)
            more = inside[j] - outside[j]
            ratio[j] = 0.0 if more <= 0 else more / takes[k, j] if takes[k, j] > 0 else np.inf
        left = money[k]
        for j in np.argsort(-ratio, kind="mergesort"):
            if ratio[j] <= 0:
                break
            if takes[k, j] > left and np.isfinite(ratio[j]):
                part[j] = left / takes[k, j]
                mu[k] = ratio[j]
                break
            left -= takes[k, j]


@njit(cache=True)
def _choose(
    worth: NDArray, limits: Limits, mu: NDArray, part: NDArray, required: NDArray, take: NDArray, best: NDArray
) -> float:
    """Fill `take` with the best year of each candidate, `best` with what it brings then; return the last sum of (2)."""
    spans, takes, _ = limits
    size, years = worth.shape
    take[:] = 0.0
    total = 0.0
    for j in range(size):
        best[j], which = -np.inf, -1
        for y in range(years):
            here = worth[j, y]
            for m in range(len(mu)):
                if spans[m, 0] <= y < spans[m, 1]:
                    here -= mu[m] * takes[m, j]
            if here > best[j]:
                best[j], which = here, y
        cut = part[j] < 1.0 and best[j] >= -1e-9 * worth[j, 0]
        if best[j] > 0 or required[j] or cut:
            take[j, which] = part[j]
            total += best[j] if required[j] else max(best[j], 0.0)
    return total


@njit(cache=True)
def _reach(graph: Graph, take: NDArray, served: NDArray) -> None:
    """Add up `take` over the years; fill `served` with how often a year serves a row, less the once that it needs."""
    column, rows = graph[2], graph[3]
    served[:] = -1.0
    for j in range(len(take)):
        stands = 0.0
        for y in range(take.shape[1]):
            stands += take[j, y]
            take[j, y] = stands
        if stands > 0:
            for e in range(column[j], column[j + 1]):
                for y in range(take.shape[1]):
                    served[rows[e], y] += take[j, y]


@njit(cache=True)
def _turn(direction: NDArray, served: NDArray, share: float, prices: NDArray, weights: NDArray) -> float:
    """Lean `direction` towards `served`; return the square of its length, where prices may still move."""
    norm = 0.0
    for i in range(len(weights)):
        for y in range(prices.shape[1]):
            direction[i, y] += share * (served[i, y] - direction[i, y])
            d, p = direction[i, y], prices[i, y]
            if not ((p <= 0 and d > 0) or (p >= weights[i] and d < 0)):
                norm += d * d
    return norm


@njit(cache=True)
def _price(graph: Graph, limits: Limits, required: NDArray, years: int, known: float) -> tuple[float, NDArray, NDArray]:
    weights = graph[4]
    n, m = len(required), len(weights)
    prices = np.empty((m, years))
    for i in range(m):
        prices[i, :] = weights[i]
    values, worth, take = np.empty((n, years)), np.empty((n, years)), np.empty((n, years))
    often, direction, served = np.zeros((n, years)), np.zeros((m, years)), np.empty((m, years))
    mu, part, profits = np.zeros(len(limits.money)), np.ones(n), np.empty(n)
    best, best_prices, best_profits = np.inf, prices.copy(), profits.copy()
    step, stalls = 1.0, 0
    for turn in range(_ROUNDS):
        _sums(graph, prices, values)
        worth[:, years - 1] = values[:, years - 1]
        for y in range(years - 2, -1, -1):
            worth[:, y] = worth[:, y + 1] + values[:, y]
        _settle(worth, limits, mu, part)
        bound = _choose(worth, limits, mu, part, required, take, profits) + (mu * limits.money).sum()
        for i in range(m):
            for y in range(years):
                bound += weights[i] - prices[i, y]
        stalls = 0 if bound < best - 1e-7 * abs(best) or turn == 0 else stalls + 1
        if bound < best:
            best = bound
            best_prices[:] = prices
            best_profits[:] = profits
        _reach(graph, take, served)
        share = 1.0 if turn == 0 else _SMOOTH
        norm = _turn(direction, served, share, prices, weights)
        often += share * (take - often)
        if stalls >= _PATIENCE:
            stalls = 0
            step *= _SHRINK
            prices[:] = best_prices
        if step < _LEAST_STEP or norm < 1e-12 or best <= known:
            break
        length = step * (bound - known) / norm
        for i in range(m):
            for y in range(years):
                prices[i, y] = min(max(prices[i, y] - length * direction[i, y], 0.0), weights[i])
    return best, best_profits, often
