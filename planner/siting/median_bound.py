"""Prices on demand bound the p-median from below, and branching on candidates proves which plan is best.

Everyone's need to be served exactly once is relaxed with a price 0 <= l_i <= s_i each, where s_i are the
people-minutes to what stands already; what is left falls apart by candidate:

    L(l) = sum_i l_i + sum over the p least of  min(0, r_j)                              (1)
    r_j  = sum_i min(0, c_ij - l_i),   c_ij = w_i t_ij                                   (2)

L(l) is a bound for every l; subgradient steps raise it. With U the worth of a plan at hand, a plan that is better

    opens no j    with L + r_j - (p-th least r) > U                                      (3)
    opens every j with L - r_j + (p+1-th least r) > U                                    (4)
    uses no pair  with L + c_ij - l_i > U                                                (5)

A site that branching opens stands from then on: it lowers s. With one site left to open, (1) at l = s is exact.

Source: Narula, Ogbu and Samuelsson (1977), Operations Research 25(4); Held, Wolfe and Crowder (1974), Mathematical
Programming 6; Christofides and Beasley (1982), EJOR 10, for (3), (4) and branching.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from . import highs, programs
from .answer import Effort, mask_of
from .instance import Instance
from .kernels import Mask
from .median_prices import Pace, Priced, raise_prices, worth_of
from .median_rows import Rows, kept, rows_of
from .median_swaps import improve, shaken

_ROOT, _NODE, _ONCE = Pace(3000, 60), Pace(60, 8), Pace(1, 1)  # steps, and without progress
_NOISE = 1e-9  # of people-minutes, relative
_RATE = 1e8  # pairs looked at in a second, for turning the time limit into work; a cautious round number
_FEW_SITES, _FEW_PAIRS = 20, 10_000  # HiGHS is faster where more sites are to be opened over fewer pairs
_SHAKE = 0.1  # part of the time limit for random exchanges
_MEMORY = 2e8  # bytes of waiting nodes, beyond which the last one is looked at first


@dataclass(frozen=True, kw_only=True)
class Searched:
    """The best choice, the bound on people-minutes, and whether the clock came before the counted work was done."""

    chosen: Mask
    bound: float
    timed_out: bool = False


@dataclass(frozen=True, kw_only=True)
class _Ground:
    """What all nodes share; `whole` says that people-minutes are whole numbers."""

    rows: Rows
    whole: bool
    alarm: Mask


@dataclass(frozen=True, kw_only=True)
class _Best:
    """The best choice so far and its people-minutes."""

    chosen: Mask
    worth: float
    whole: bool

    @property
    def target(self) -> float:
        """What no better plan is worth more than: less by one, where all are whole numbers."""
        return self.worth - 1 + 1e-6 if self.whole else self.worth * (1 - _NOISE)

    def offered(self, chosen: Mask, worth: float) -> "_Best":
        """Return the better of this and another choice."""
        return replace(self, chosen=chosen, worth=worth) if worth < self.worth else self


@dataclass(frozen=True, kw_only=True)
class _Node:
    """What is decided: sites `opened` (they lower `standing`), candidates `closed`, and how many more may be opened."""

    opened: Mask
    closed: Mask
    standing: NDArray[np.float64]
    free: int
    priced: Priced

    @property
    def bound(self) -> float:
        """People-minutes that no plan of this node falls below."""
        return float(self.priced.bound)

    @property
    def choice(self) -> Mask:
        """The sites that the prices favour."""
        return self.opened | self.priced.taken


def search_median(instance: Instance, start: Mask, p: int, *, whole: bool, effort: Effort) -> Searched:
    """Branch on the candidate that saves most, each node bounded by prices (eq. 1), by counted work.

    start: a choice that reaches everyone; p: sites to open, required ones counted. whole: people-minutes are whole
    numbers. The work is pairs looked at, about as many as the time limit allows.
    """
    rows, standing = rows_of(instance)
    with effort.alarm() as alarm:
        ground = _Ground(rows=rows, whole=whole, alarm=alarm)
        root = _root(ground, standing, mask_of(instance, instance.required), start, p)
        best = _Best(chosen=start, worth=worth_of(rows, standing, start), whole=whole)
        best = _shaken(ground, standing, root, best, effort)
        best, bound = _decided(ground, root, best, effort)
        if bound < best.target:
            pairs, _ = _settled(rows, root, best.target)
            best, bound = _branched(replace(ground, rows=pairs), root, best, _RATE * effort.time_limit_s)
    bound = np.ceil(bound - 1e-6) if whole and np.isfinite(bound) else bound
    open_ = bound < best.target
    return Searched(chosen=best.chosen, bound=float(bound) if open_ else best.worth, timed_out=bool(open_ and alarm[0]))


def _root(ground: _Ground, standing: NDArray[np.float64], required: Mask, start: Mask, p: int) -> _Node:
    """Return the node with only the required sites open, priced at length from what `start` is worth to each."""
    near = ground.rows.opened(standing, np.flatnonzero(start))
    standing = ground.rows.opened(standing, np.flatnonzero(required))
    free = min(p, ground.rows.size) - int(required.sum())
    rows = kept(ground.rows, standing, required)
    priced = raise_prices(rows, standing, free, near, float(near.sum()), _ROOT, ground.alarm)
    return _Node(opened=required, closed=required, standing=standing, free=free, priced=priced)


def _shaken(ground: _Ground, standing: NDArray[np.float64], root: _Node, best: _Best, effort: Effort) -> _Best:
    """Return the best of many choices near the best one and the one that the prices favour."""
    choice, fixed, near = root.choice.copy(), root.opened, np.minimum(standing, 1e3 * best.worth)
    improve(ground.rows, near, choice, fixed, int(fixed.sum()) + root.free)
    best = best.offered(choice, worth_of(ground.rows, standing, choice))
    if root.bound < best.target:
        work = _SHAKE * _RATE * effort.time_limit_s
        choice = shaken(
            ground.rows, near, best.chosen, fixed, work=work, seed=effort.seed, alarm=ground.alarm
        )  # fmt: skip
        best = best.offered(choice, worth_of(ground.rows, standing, choice))
    return best


def _branched(ground: _Ground, root: _Node, best: _Best, work: float) -> tuple[_Best, float]:
    """Branch until nothing better can be left or the work is done; return the best and the bound of what is open."""
    waiting, many = [root], int(_MEMORY / (16 * len(root.standing) + 11 * ground.rows.size + 1))
    while waiting:
        node = waiting.pop(_next(waiting, many))
        if node.bound >= best.target:
            continue
        if work < 0 or ground.alarm[0]:
            return best, min([node.bound, *(other.bound for other in waiting)])
        for child, rows in _children(ground, node, best):
            work -= child.priced.work + len(rows.indices)
            best = best.offered(child.choice, worth_of(rows, child.standing, child.priced.taken))
            if child.bound < best.target and child.free > 0:
                waiting.append(child)
    return best, np.inf


def _next(waiting: list[_Node], many: int) -> int:
    """Return which node comes next: of the least bound, or the last where too many wait."""
    return -1 if len(waiting) > many else min(range(len(waiting)), key=lambda n: waiting[n].bound)


def _children(ground: _Ground, node: _Node, best: _Best) -> list[tuple[_Node, Rows]]:
    """Return the node with a candidate closed and with it open, priced, with their rows; none that leaves one out."""
    rows, node = _settled(ground.rows, node, best.target)
    useful = np.zeros(rows.size, bool)
    useful[rows.indices] = True
    if node.free < 0:
        return []
    if not useful.any() or node.free == 0:
        return _priced(ground, rows, replace(node, free=0), best.target)
    j = np.arange(rows.size) == int(np.argmin(np.where(useful, node.priced.savings, np.inf)))
    shut = replace(node, closed=node.closed | j)
    return [child for one in (shut, _built(rows, node, j)) for child in _priced(ground, rows, one, best.target)]


def _built(rows: Rows, node: _Node, sites: Mask) -> _Node:
    """Return the node with some sites open."""
    return replace(
        node,
        opened=node.opened | sites,
        closed=node.closed | sites,
        standing=rows.opened(node.standing, np.flatnonzero(sites)),
        free=node.free - int(sites.sum()),
    )


def _priced(ground: _Ground, rows: Rows, node: _Node, target: float) -> list[tuple[_Node, Rows]]:
    """Return the node with its own bound and rows, nothing where somebody is left out."""
    rows = kept(rows, node.standing, node.closed)
    reached = np.isfinite(node.standing)
    if not (reached | (np.diff(rows.indptr) > 0)).all():
        return []
    exact = node.free <= 1 and bool(reached.all())
    prices, pace = (node.standing, _ONCE) if exact else (node.priced.prices, _NODE)
    priced = raise_prices(rows, node.standing, node.free, prices, target, pace, ground.alarm)
    return [(replace(node, free=0 if exact else node.free, priced=priced), rows)]


def _settled(rows: Rows, node: _Node, target: float) -> tuple[Rows, _Node]:
    """Return the rows that a better plan of the node can use, and the node with what each of them does (eq. 3-5)."""
    prices, savings, slack = node.priced.prices, node.priced.savings, target - node.bound
    order, closed, taken = np.sort(savings[~node.closed]), node.closed, np.zeros(rows.size, bool)
    if 0 < node.free < len(order):
        closed = closed | (np.minimum(savings, 0) - min(order[node.free - 1], 0.0) > slack)
        taken = ~node.closed & (min(order[node.free], 0.0) - savings > slack)
    built = _built(rows, replace(node, closed=closed), taken)
    most = np.minimum(built.standing, (prices + slack) * (1 + _NOISE))
    return kept(rows, most, built.closed), built


def _decided(ground: _Ground, root: _Node, best: _Best, effort: Effort) -> tuple[_Best, float]:
    """Let HiGHS decide what prices leave of many sites, where that is little; return the best and the bound."""
    rows, rest = _settled(ground.rows, root, best.target)
    if root.bound >= best.target or rest.free <= _FEW_SITES or len(rows.indices) > _FEW_PAIRS:
        return best, root.bound
    solved = highs.solve(programs.median_program(rows, rest.standing, rest.free), **effort.for_highs())
    if solved.values is not None:
        taken = solved.values > 0.5
        best = best.offered(rest.opened | taken, worth_of(ground.rows, rest.standing, taken))
    return best, best.worth if solved.outcome in {"optimal", "infeasible"} else root.bound
