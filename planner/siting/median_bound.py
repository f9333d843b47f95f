"""Prices on demand bound the p-median from below, and tell which candidates and pairs no better plan can use.

Everyone's need to be served exactly once is relaxed with a price l_i each; what is left falls apart by candidate:

    L(l) = sum_i l_i + sum_i min(0, s_i - l_i) + sum over the p least of  r_j            (1)
    r_j  = sum_i min(0, c_ij - l_i),   c_ij = w_i t_ij,   s_i = w_i times what stands   (2)

L(l) is a bound for every l; subgradient steps raise it. With U the worth of a plan at hand, a plan that is better

    opens no j    with L + r_j - (p-th least r) > U                                      (3)
    opens every j with L - r_j + (p+1-th least r) > U                                    (4)
    uses no pair  with L + c_ij - l_i > U                                                (5)

Source: Narula, Ogbu and Samuelsson (1977), Operations Research 25(4); Held, Wolfe and Crowder (1974), Mathematical
Programming 6; Christofides and Beasley (1982), EJOR 10, for (3) and (4).
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from . import highs, kernels, programs
from .answer import Effort
from .instance import Instance

_STEPS, _PATIENCE = 3000, 40  # steps at most, and how many without a better bound until they become shorter
_FEW, _HASTE = 120, 8  # the same below the root, where the prices are near already
_NOISE = 1e-9  # of people-minutes, relative
_RATE = 2e8  # pairs a second, on a machine of 2026
_GUESSES = (0.02, 0.05, 0.1, 0.2, 0.4, 0.7, 1.0)  # of the way from the bound to the plan at hand
_FEW_PAIRS = 3_000  # that HiGHS decides in about a second


@dataclass(frozen=True, kw_only=True)
class Prices:
    """A bound on people-minutes with the prices that prove it, and the best choice met on the way.

    price: by demand. saving: r_j by candidate. chosen: candidates open, worth: their people-minutes.
    """

    bound: float
    worth: float
    price: NDArray[np.float64]
    saving: NDArray[np.float64]
    chosen: NDArray[np.bool_]


def price_median(
    instance: Instance, start: NDArray[np.bool_], p: int, upper: float, *, after: Prices | None = None
) -> Prices:
    """Return prices that bound the p-median (eq. 1), by counted steps.

    start: a choice that reaches everyone; upper: its people-minutes; p: sites to open, required ones counted.
    after: prices of nearly the same instance, from which fewer steps do.
    """
    weights = np.where(instance.people, instance.weights, 0).astype(np.float64)
    costs, standing = _people_minutes(instance)
    first, _ = instance.nearest(np.flatnonzero(start))
    near = np.where(weights > 0, weights * np.where(np.isfinite(first), first, 0.0), 0.0)
    price = near if after is None else after.price.copy()
    steps, patience = (_STEPS, _PATIENCE) if after is None else (_FEW, _HASTE)
    fixed = np.zeros(len(instance.candidates), bool)
    fixed[instance.required] = True
    free = min(p, len(instance.candidates)) - len(instance.required)
    pairs = instance.indptr, instance.indices.astype(np.int64), costs
    bound, worth, price, saving, chosen = kernels.price_median(
        pairs, standing, fixed, free, price, upper, start, steps, patience
    )
    return Prices(bound=float(bound), worth=float(worth), price=price, saving=saving, chosen=chosen)


def reduced(instance: Instance, prices: Prices, p: int, upper: float, *, whole: bool) -> Instance:
    """Return the instance without what no plan better than `upper` can use (eq. 3-5).

    whole: people-minutes are whole numbers, so that better means better by one.
    """
    least = upper - 1 + 1e-6 if whole else upper * (1 + _NOISE)
    open_, closed = _settled(instance, prices, p, least)
    costs, _ = _people_minutes(instance)
    useless = prices.bound + costs - prices.price[instance.rows] > least
    keep = ~(useless & instance.people[instance.rows]) & ~closed[instance.indices]
    indptr = np.concatenate([[0], np.cumsum(np.bincount(instance.rows[keep], minlength=len(instance.demand)))])
    return replace(
        instance,
        required=np.union1d(instance.required, np.flatnonzero(open_)).astype(np.int64),
        indptr=indptr.astype(np.int64),
        indices=instance.indices[keep],
        minutes=instance.minutes[keep],
    )


def _settled(instance: Instance, prices: Prices, p: int, least: float) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return which candidates every better plan opens, and which none does."""
    free = np.ones(len(instance.candidates), bool)
    free[instance.required] = False
    n = min(p, len(instance.candidates)) - len(instance.required)
    saving, settled = prices.saving, np.zeros(len(free), bool)
    order = np.sort(saving[free])
    if n <= 0 or n >= len(order):
        return settled, settled
    closed = free & (prices.bound + saving - order[n - 1] > least)
    open_ = free & (prices.bound - saving + order[n] > least)
    return open_, closed


@dataclass(frozen=True, kw_only=True)
class Searched:
    """The best choice, its people-minutes, the bound, and whether the clock came before the counted work was done."""

    chosen: NDArray[np.bool_]
    worth: float
    bound: float
    timed_out: bool = False


def search_median(
    instance: Instance, start: NDArray[np.bool_], p: int, upper: float, *, whole: bool, effort: Effort
) -> Searched:
    """Branch on the candidate that saves most, depth first, each node bounded by prices (eq. 1), by counted work.

    start: a choice that reaches everyone, of `upper` people-minutes. The work is pairs looked at, about as many as
    the time limit allows.

    Source: Christofides and Beasley (1982), EJOR 10.
    """
    root = price_median(instance, start, p, upper)
    guessed = _guessed(instance, root, p, whole=whole, effort=effort)
    waiting, best, upper = [(instance, replace(root, bound=guessed.bound))], guessed.chosen, guessed.worth
    work, open_bound = _RATE * effort.time_limit_s, np.inf
    while waiting:
        node, prices = waiting.pop()
        if prices.bound > _target(upper, whole=whole):
            continue
        if work < 0 or effort.out_of_time():
            open_bound = min([prices.bound, *(other.bound for _, other in waiting)])
            break
        for child in _children(reduced(node, prices, p, upper, whole=whole), prices, p):
            work -= _FEW * (2 * len(child.indices) + len(child.demand))
            tried = price_median(child, best, p, upper, after=prices)
            best, upper = tried.chosen, tried.worth
            waiting += [(child, tried)] if _undecided(child, p).any() else []
    bound = np.ceil(open_bound - 1e-6) if whole and np.isfinite(open_bound) else open_bound
    return Searched(
        chosen=best, worth=upper, bound=min(upper, float(bound)), timed_out=bool(np.isfinite(open_bound)) and work >= 0
    )


def _guessed(instance: Instance, root: Prices, p: int, *, whole: bool, effort: Effort) -> Searched:
    """Guess what the best plan is worth, ever more: prices leave little to decide then, and HiGHS decides it.

    Where the guess is too low, it is proven so. Guesses end where too much would be left.
    """
    chosen, upper, bound = root.chosen, root.worth, root.bound
    for part in _GUESSES:
        guess = min(upper, root.bound + part * (root.worth - root.bound))
        guess = min(upper, np.ceil(guess) + 1) if whole else guess  # whole numbers below it are whole steps below it
        if bound > _target(upper, whole=whole) or effort.out_of_time():
            break
        rest = reduced(instance, root, p, guess, whole=whole)
        if len(rest.indices) > _FEW_PAIRS:
            break
        solved = _solved(rest, p, effort)
        if solved.outcome not in {"optimal", "infeasible"}:
            break
        found = root.chosen if solved.values is None else solved.values > 0.5
        worth = _worth(instance, found)
        if worth < upper:
            chosen, upper = found, worth
        bound = max(bound, min(guess, upper))
    return Searched(chosen=chosen, worth=upper, bound=bound)


def _solved(rest: Instance, p: int, effort: Effort) -> highs.Solved:
    if _short(rest) or len(rest.required) > p:
        return highs.Solved(outcome="infeasible", values=None, bound=np.nan)
    return highs.solve(programs.median_program(rest, *_people_minutes(rest), p), **effort.for_highs())


def _worth(instance: Instance, chosen: NDArray[np.bool_]) -> float:
    least, _ = instance.nearest(np.flatnonzero(chosen))
    return float((instance.weights[instance.people] * least[instance.people]).sum())


def _people_minutes(instance: Instance) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return c_ij by pair and s_i by demand (eq. 2); nobody's is 0."""
    weights = np.where(instance.people, instance.weights, 0).astype(np.float64)
    with np.errstate(invalid="ignore"):
        standing = np.where(weights > 0, weights * instance.standing_min, 0.0)
    return weights[instance.rows] * instance.minutes, standing


def _target(upper: float, *, whole: bool) -> float:
    """Return what a plan must not be above to be better than one of `upper`: by one, where all are whole numbers."""
    return upper - 1 + 1e-6 if whole else upper * (1 - _NOISE)


def _children(node: Instance, prices: Prices, p: int) -> list[Instance]:
    """Return the node with a candidate closed, then with it open (looked at first); none that leaves somebody out.

    Where nothing is left to decide it is the node itself, whose one choice is still to be weighed.
    """
    free = _undecided(node, p)
    if len(node.required) > p or not free.any():
        return [] if len(node.required) > p or _short(node) else [_without(node, ~_required(node))]
    j = np.arange(len(free)) == int(np.argmin(np.where(free, prices.saving, np.inf)))
    opened = replace(node, required=np.union1d(node.required, np.flatnonzero(j)).astype(np.int64))
    return [child for child in (_without(node, j), opened) if not _short(child)]


def _undecided(node: Instance, p: int) -> NDArray[np.bool_]:
    """Return the candidates that may still be opened and would serve somebody."""
    free = np.zeros(len(node.candidates), bool)
    if len(node.required) < p:
        free[node.indices] = True
        free[node.required] = False
    return free


def _required(node: Instance) -> NDArray[np.bool_]:
    mask = np.zeros(len(node.candidates), bool)
    mask[node.required] = True
    return mask


def _without(node: Instance, shut: NDArray[np.bool_]) -> Instance:
    """Return the node without the pairs of some candidates."""
    keep = ~shut[node.indices]
    counts = np.bincount(node.rows[keep], minlength=len(node.demand))
    indptr = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    return replace(node, indptr=indptr, indices=node.indices[keep], minutes=node.minutes[keep])


def _short(node: Instance) -> bool:
    """Return whether nothing reaches somebody any more."""
    return bool((node.people & np.isinf(node.standing_min) & (np.diff(node.indptr) == 0)).any())
