"""Prices on the demand of a p-median, raised step by step; compiled. `median_bound` says what they prove.

Rows hold what is still open to choice: what a demand has already, `standing`, is at least as near as no pair of it.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..compiled import njit
from .kernels import Mask
from .median_rows import Rows

_SMOOTH = 0.6  # part of the new direction in the averaged one
_LEAST_STEP = 1e-2  # part of the way to the target at which steps end
_CLOSE = 1e-7  # progress, relative to the target, that is none


class Pace(NamedTuple):
    """How many steps at most, and how many without progress until they become half as long."""

    steps: int
    patience: int


class Priced(NamedTuple):
    """The bound with its `prices` by demand and `savings` r_j by candidate, the choice there, and pairs looked at."""

    bound: float
    prices: NDArray[np.float64]
    savings: NDArray[np.float64]
    taken: Mask
    work: float


@njit(cache=True, nogil=True)
def raise_prices(
    rows: Rows, standing: NDArray, free: Any, prices: NDArray, target: float, pace: Pace, alarm: Mask
) -> Priced:
    """Raise the bound (`median_bound` eq. 1) from `prices` until it reaches `target` or the pace ends it.

    free: sites that may be opened. alarm: a flag that ends the work early.

    Source: Held, Wolfe and Crowder (1974), Mathematical Programming 6; the averaged direction is that of
    Barahona and Anbil (2000), Mathematical Programming 87.
    """
    prices = np.minimum(prices, standing)
    savings, taken, direction = np.zeros(rows.size), np.zeros(rows.size, np.bool_), np.zeros(len(prices))
    best, best_prices, best_savings, best_taken = -np.inf, prices.copy(), savings.copy(), taken.copy()
    scale, stalls, work = 1.0, 0, 0.0
    for turn in range(pace.steps):
        bound = _save(rows, prices, savings) + _take(savings, free, taken)
        work += len(prices) + rows.size
        stalls = 0 if bound > best + _CLOSE * abs(target) else stalls + 1
        if bound > best:
            best = bound
            _copy(prices, best_prices)
            _copy(savings, best_savings)
            _copy(taken, best_taken)
        if best >= target or alarm[0]:
            break
        work += _turn(rows, prices, taken, direction, 1.0 if turn == 0 else _SMOOTH)
        square = _square(direction, prices, standing)
        if stalls >= pace.patience:
            stalls, scale = 0, scale / 2
            _copy(best_prices, prices)
        if square < 1e-12 or scale < _LEAST_STEP:
            break
        length = scale * (target - bound) / square
        for i in range(len(prices)):
            prices[i] = min(max(prices[i] + length * direction[i], 0.0), standing[i])
    return Priced(best, best_prices, best_savings, best_taken, work)


@njit(nogil=True)
def _copy(source: NDArray, target: NDArray) -> None:
    for i in range(len(source)):
        target[i] = source[i]


@njit(nogil=True)
def _save(rows: Rows, prices: NDArray, savings: NDArray) -> float:
    """Fill in r_j, eq. 2; return the sum of prices."""
    total = 0.0
    for j in range(len(savings)):
        savings[j] = 0.0
    for i in range(len(prices)):
        price = prices[i]
        total += price
        for k in range(rows.indptr[i], rows.indptr[i + 1]):
            if rows.costs[k] >= price:
                break
            savings[rows.indices[k]] += rows.costs[k] - price
    return total


@njit(nogil=True)
def _take(savings: NDArray, free: int, taken: Mask) -> float:
    """Take the `free` candidates that save most; return their sum of r_j."""
    total = 0.0
    for j in range(len(taken)):
        taken[j] = False
    if free == 0:
        return total
    order = np.argpartition(savings, min(free, len(savings)) - 1)
    for k in range(min(free, len(savings))):
        if savings[order[k]] < 0:
            taken[order[k]] = True
            total += savings[order[k]]
    return total


@njit(nogil=True)
def _turn(rows: Rows, prices: NDArray, taken: Mask, direction: NDArray, part: float) -> float:
    """Turn the direction towards demand that nothing serves at its price; return how many pairs were looked at."""
    work = 0.0
    for i in range(len(prices)):
        slope = 1.0
        for k in range(rows.indptr[i], rows.indptr[i + 1]):
            if rows.costs[k] >= prices[i]:
                break
            work += 1
            if taken[rows.indices[k]]:
                slope -= 1.0
        direction[i] += part * (slope - direction[i])
    return 2 * work


@njit(nogil=True)
def _square(direction: NDArray, prices: NDArray, standing: NDArray) -> float:
    """Return the squared length of the direction, without prices that cannot go where it leads."""
    square = 0.0
    for i in range(len(prices)):
        held = (prices[i] >= standing[i] and direction[i] > 0) or (prices[i] <= 0 and direction[i] < 0)
        if not held:
            square += direction[i] * direction[i]
    return square


@njit(cache=True, nogil=True)
def worth_of(rows: Rows, standing: NDArray, taken: Mask) -> float:
    """Return the people-minutes with the sites `taken` and what stands; infinite where somebody is left out."""
    total = 0.0
    for i in range(len(standing)):
        least = standing[i]
        for k in range(rows.indptr[i], rows.indptr[i + 1]):
            if taken[rows.indices[k]]:
                least = min(least, rows.costs[k])
                break
        total += least
    return total
