"""Maximal covering at any size: good choices first, then bounds, until they meet or the effort is spent.

    dominated candidates out -> greedy and swap -> volume bound -> annealing -> what the prices settle ->
    HiGHS on the rest, or, where the rest is large, blocks of growing size.

All but HiGHS stop by counted work, so reruns agree; the time limit is looked at between them.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..errors import InfeasibleError, Money
from . import heuristic, highs, programs
from .annealing import HOT, Search, anneal
from .answer import Answer, Effort, answer_of, costs_of, nothing, refuse_required, served
from .blocks import block_bounds
from .covers import Cover, cover_within, without
from .domination import dominated
from .instance import Instance
from .kernels import Mask
from .least_cost import cheaper
from .models import MCLP
from .volume import Prices, volume

_NOISE = 1e-9  # of a sum of people or money, relative
_RATE = 1e8  # cover entries a second, for turning the time limit into work; a cautious round number
_SHORT, _LONG = 400, 5_000  # annealing: cover entries touched for each entry there is,
_PART, _PART_NEAR = 0.3, 0.05  # and at most this part of the time limit: at first, and after each round of blocks
_WARM = 0.02  # temperature at the start of a search that is to stay near
_KERNEL = 10  # candidates for annealing, for each site
_TINY = 10_000  # cover entries that HiGHS proves at once, with nothing before it but greedy and swap
_SMALL = 30_000  # cover entries that HiGHS usually proves in seconds
_BLOCKS = 10.0  # work for blocks, in the same measure: their loops run fast, on two threads


@dataclass(frozen=True, kw_only=True)
class _State:
    """The best choice so far, the people it covers, and the proven bound."""

    found: Mask
    people: float
    bound: float
    whole: bool
    timed_out: bool = False

    @property
    def closed(self) -> bool:
        """Whether no choice can cover more."""
        return self.least > self.bound

    @property
    def least(self) -> float:
        """People that a better choice covers at least."""
        return self.people + 1 - 1e-6 if self.whole else self.people * (1 + _NOISE)

    def bounded(self, bound: float) -> "_State":
        """Return the state with the bound lowered to `bound` where that is lower."""
        return replace(self, bound=min(self.bound, bound))


@dataclass(frozen=True, kw_only=True)
class _Task:
    """A cover, what the candidates take of the limit, and how hard to try."""

    cover: Cover
    costs: NDArray[np.float64]
    limit: float
    effort: Effort
    alarm: Mask

    def annealed(self, state: "_State", inside: Mask, *, length: int, part: float, hot: float = HOT) -> "_State":
        """Return the state after annealing among the candidates `inside`."""
        cover = without(self.cover, ~inside, np.zeros(self.cover.size, bool))
        work = min(float(length * len(cover.indices)), part * _RATE * self.effort.time_limit_s)
        search = Search(work=work, seed=self.effort.seed, hot=hot, alarm=self.alarm)
        return self.offered(state, anneal(cover, self.costs, state.found, limit=self.limit, search=search))

    def offered(self, state: _State, choice: Mask) -> _State:
        """Return the state with `choice`, improved by swaps, where that covers more."""
        choice = heuristic.swap_cover(self.cover, self.costs, choice, limit=self.limit)
        people = covered(self.cover, choice)
        return replace(state, found=choice, people=people) if people > state.people else state


def maximal_cover(model: MCLP, instance: Instance, effort: Effort) -> Answer:
    """Solve `MCLP` eq. 1-3; the bound counts everyone who is covered, by existing facilities too."""
    limit, costs = _left(model, instance)
    cover = cover_within(instance, model.standard_min)
    before = served(instance, model.standard_min)
    whole = instance.weights.dtype.kind == "i"
    state = _State(found=nothing(instance), people=0.0, bound=cover.total, whole=whole)
    if len(cover) and limit > 0:
        needed = without(cover, dominated(cover, costs), nothing(instance))
        with effort.alarm() as alarm:
            state = _search(_Task(cover=needed, costs=costs, limit=limit, effort=effort, alarm=alarm), state)
        # among all candidates again: cheaper or earlier sites that cover as many
        takes, most = (costs, limit) if model.budget is not None else _with_money(instance, limit)
        found = heuristic.swap_cover(cover, takes, state.found, limit=most)
        if model.budget is not None:
            found = cheaper(cover, costs, found, covered(cover, found))
        state = replace(state, found=found)
    elif len(cover):
        found = heuristic.greedy_cover(cover, costs, state.found, limit=limit)
        state = _State(found=found, people=covered(cover, found), bound=covered(cover, found), whole=whole)
    bound = np.floor(state.bound + 1e-6) if whole else state.bound
    cut = state.timed_out and not state.closed
    return answer_of(instance, state.found, before + bound, proven=state.closed, timed_out=cut)


def covered(cover: Cover, chosen: Mask) -> float:
    """Return the people in the rows that `chosen` covers."""
    if len(cover) == 0:
        return 0.0
    hit = np.logical_or.reduceat(chosen[cover.indices], cover.indptr[:-1])
    return float(cover.weights[hit].sum())


def _search(task: _Task, state: _State) -> _State:
    """Bring choice and bound together, the cheap means first."""
    state = task.offered(state, heuristic.greedy_cover(task.cover, task.costs, state.found, limit=task.limit))
    if len(task.cover.indices) <= _TINY:
        none = np.zeros(task.cover.size, bool)
        return _solved(task, state, task.cover, none, none)
    prices = volume(task.cover, task.costs, task.limit, state.people, alarm=task.alarm)
    state = state.bounded(prices.bound * (1 + 1e-12))
    for length in (_SHORT, _LONG):
        if state.closed or task.alarm[0]:
            return replace(state, timed_out=not state.closed)
        state = _annealed(task, state, prices, length)
        rest, taken, dropped = _rest(task, state, prices)
        if len(rest.indices) <= _SMALL:
            return _solved(task, state, rest, taken, dropped)
    return _blocked(task, state, prices)


def _annealed(task: _Task, state: _State, prices: Prices, length: int) -> _State:
    """Search among the candidates that the prices favour: fewer of them leave fewer rows, so moves are fast."""
    kernel = state.found.copy()
    kernel[np.argsort(-prices.often, kind="stable")[: _KERNEL * int(state.found.sum())]] = True
    return task.annealed(state, kernel, length=length, part=_PART)


def _rest(task: _Task, state: _State, prices: Prices) -> tuple[Cover, Mask, Mask]:
    """Return the cover that a better choice still has to decide, and what it takes and drops for sure."""
    dropped, taken = prices.settled(task.costs, state.least)
    return without(task.cover, dropped, taken), taken, dropped


def _solved(task: _Task, state: _State, rest: Cover, taken: Mask, dropped: Mask) -> _State:
    """Let HiGHS search for a better choice among those that take `taken` and drop `dropped`."""
    base, limit = covered(task.cover, taken), task.limit - float(task.costs[taken].sum())
    if len(rest) == 0 or limit < 0:
        better = task.offered(state, taken) if limit >= 0 else state
        return better.bounded(better.people)
    program = programs.maximal_program(rest, task.costs, limit, whole=state.whole)
    start = state.found & ~dropped & ~taken
    start &= bool(task.costs[start].sum() <= limit)
    solved = highs.solve(
        program,
        **task.effort.for_highs(),
        start=start.astype(float),
        plain=len(rest.indices) <= _TINY,
    )
    if solved.values is not None:
        state = task.offered(state, (solved.values > 0.5) | taken)
    state = replace(state, timed_out=solved.timed_out)
    bound = max(base + solved.bound, state.people)
    return state.bounded(state.people if solved.outcome == "optimal" else bound)


def _blocked(task: _Task, state: _State, prices: Prices) -> _State:
    """Sharpen the bound by growing blocks, and mend their union into a choice."""
    work = _BLOCKS * _RATE * task.effort.time_limit_s
    stages = block_bounds(task.cover, task.costs, task.limit, prices, found=state.found, work=work, alarm=task.alarm)
    for stage in stages:
        state = task.offered(state.bounded(stage.bound), _kept_within(task, stage.union))
        if state.closed:
            break
        if task.alarm[0]:
            return replace(state, timed_out=True)
        state = _cooled(task, state, stage.union)
    return state


def _cooled(task: _Task, state: _State, union: Mask) -> _State:
    """Search near the best choice, among what the blocks favour."""
    return task.annealed(state, union | state.found, length=_LONG, part=_PART_NEAR, hot=_WARM)


def _kept_within(task: _Task, choice: Mask) -> Mask:
    """Drop from `choice` what loses fewest people for its cost until it keeps the limit."""
    choice = choice.copy()
    while task.costs[choice].sum() > task.limit * (1 + _NOISE):
        rows = np.repeat(np.arange(len(task.cover)), np.diff(task.cover.indptr))
        hit = choice[task.cover.indices]
        times = np.bincount(rows[hit], minlength=len(task.cover))
        alone = hit & (times[rows] == 1)
        loss = np.bincount(task.cover.indices[alone], weights=task.cover.weights[rows[alone]], minlength=len(choice))
        members = np.flatnonzero(choice)
        choice[members[np.argmin(loss[members] / np.maximum(task.costs[members], _NOISE))]] = False
    return choice


def _left(model: MCLP, instance: Instance) -> tuple[float, NDArray[np.float64]]:
    """Return the sites or the money left after the required sites, and what each candidate takes of it."""
    if model.budget is None:
        costs = np.ones(len(instance.candidates))
        refuse_required(model.p or 0, instance)
        return float((model.p or 0) - len(instance.required)), costs
    costs = costs_of(instance)
    spent = float(costs[instance.required].sum())
    if spent > model.budget * (1 + _NOISE):
        told = {"cost": Money(spent), "budget": Money(model.budget)}
        raise InfeasibleError("siting_required_budget", n=len(instance.required), **told)
    return float(model.budget) - spent, costs


def _with_money(instance: Instance, limit: float) -> tuple[NDArray[np.float64], float]:
    """Return what candidates take of a number of sites, the cheaper a little less, and the limit for as many."""
    costs = costs_of(instance)
    return 1 + costs / max(2 * float(costs.sum()), 1e-300), limit + 0.75
