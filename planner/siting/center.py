"""The p-center by set covers over the distinct times: the least time whose cover needs at most p sites.

Exchanges find covers from above and prices rule times out from below; HiGHS decides the few times between.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from . import heuristic, highs, programs
from .annealing import Search, anneal
from .answer import Answer, Effort, mask_of
from .covers import Cover, cover_within
from .domination import essential
from .instance import Instance
from .kernels import Mask
from .maximal import covered
from .median_bound import search_median
from .models import PCenter, PMedian
from .volume import volume
from .worth import Nearest

_MOVES = 100  # annealing for a cover: entries touched for each entry there is
_SETTLED = 30_000  # pairs within the largest time up to which the least people-minutes are proven
_NOISE = 1e-6  # of a row


@dataclass(frozen=True, kw_only=True)
class _Times:
    """The `steps` that the largest time may be, and how many sites are free to cover everyone within one of them."""

    instance: Instance
    steps: NDArray[np.float64]
    free: int
    effort: Effort
    moves: int = _MOVES

    def cover(self, step: int) -> Cover:
        """Return the rows and pairs that decide whether a time is enough."""
        return essential(cover_within(self.instance, self.steps[step], counted=True), self.ones)

    @property
    def ones(self) -> NDArray[np.float64]:
        """What each candidate takes of the free sites."""
        return np.ones(len(self.instance.candidates))

    def step_of(self, chosen: Mask) -> int:
        """Return the position in `steps` of the largest time that `chosen` leaves someone with."""
        least, _ = self.instance.nearest(np.flatnonzero(chosen))
        return int(np.searchsorted(self.steps, least[self.instance.people].max(initial=0.0)))


@dataclass(frozen=True, kw_only=True)
class _Between:
    """steps[low] is proven too short, steps[high] is enough for `best`."""

    low: int
    high: int
    best: Mask
    timed_out: bool = False


def center(model: PCenter, instance: Instance, reach: Mask, effort: Effort) -> Answer:
    """Solve `PCenter`, given a choice that reaches everyone.

    Source: Minieka (1970), SIAM Review 12, for the set covers; Daskin (1995) for bisection over the times.
    """
    steps = _distinct_times(instance)
    times = _Times(instance=instance, steps=steps, free=model.p - len(instance.required), effort=effort)
    between = _Between(low=-1, high=times.step_of(reach), best=reach)
    for narrowed in (_found, _ruled_out, _decided):
        between = narrowed(times, between)
    near = instance.within(float(steps[between.high]))
    best, timed_out = _shortest(near, between.best, model.p), between.timed_out
    if len(near.indices) <= _SETTLED:
        settled = search_median(near, best, model.p, whole=False, effort=effort)
        best, timed_out = settled.chosen, timed_out or settled.timed_out
    return Answer(
        chosen=np.flatnonzero(best),
        bound=float(steps[between.low + 1]),
        proven=between.high - between.low == 1,
        timed_out=timed_out,
    )


def shortened(instance: Instance, chosen: Mask, p: int) -> Mask:
    """Return at most p sites whose largest time is no longer than that of `chosen`, by exchanges alone.

    `chosen` itself where exchanges reach no more of those whom it leaves out.
    """
    steps, free = _distinct_times(instance), p - len(instance.required)
    times = _Times(instance=instance, steps=steps, free=free, effort=Effort(time_limit_s=np.inf, seed=0), moves=0)
    found = _found(times, _Between(low=-1, high=times.step_of(chosen), best=chosen))
    return chosen if found.high == len(steps) else _shortest(instance.within(float(steps[found.high])), found.best, p)


def _found(times: _Times, between: _Between) -> _Between:
    """Return the shortest time for which exchanges find a cover."""
    required = mask_of(times.instance, times.instance.required)
    left, high, best = between.low, between.high, between.best
    while high - left > 1 and not times.effort.out_of_time():
        middle = (left + high) // 2
        choice = _exchanged(times, times.cover(middle))
        if choice is None:
            left = middle
        else:
            best = choice | required
            high = min(middle, times.step_of(best))
    return _Between(low=between.low, high=high, best=best)


def _exchanged(times: _Times, cover: Cover) -> Mask | None:
    """Look for a cover among the choices of as many sites as are free."""
    none, limit = np.zeros(cover.size, bool), float(times.free)
    tidy = heuristic.greedy_cover(cover, times.ones, none, need=cover.total)
    tidy = heuristic.tidy_cover(cover, times.ones, tidy, need=cover.total)
    if tidy.sum() <= times.free:
        return tidy
    found = heuristic.greedy_cover(cover, times.ones, none, limit=limit)
    found = heuristic.swap_cover(cover, times.ones, found, limit=limit)
    if times.moves and covered(cover, found) < cover.total:
        search = Search(work=float(times.moves * len(cover.indices)), seed=times.effort.seed)
        found = anneal(cover, times.ones, found, limit=limit, search=search)
    return found if covered(cover, found) >= cover.total else None


def _ruled_out(times: _Times, between: _Between) -> _Between:
    """Return the longest time within which prices prove that the free sites leave somebody out."""
    low, right = between.low, between.high
    while right - low > 1 and not times.effort.out_of_time():
        middle = (low + right) // 2
        cover = times.cover(middle)
        known = cover.total - 2 * _NOISE
        if volume(cover, times.ones, float(times.free), known).bound < cover.total - _NOISE:
            low = middle
        else:
            right = middle
    return _Between(low=low, high=between.high, best=between.best)


def _decided(times: _Times, between: _Between) -> _Between:
    """Decide the times between by HiGHS, until the clock cuts it short."""
    required = mask_of(times.instance, times.instance.required)
    low, high, best = between.low, between.high, between.best
    while high - low > 1:
        middle = (low + high) // 2
        program = programs.set_program(times.cover(middle), times.ones, times.free)
        solved = highs.solve(program, **times.effort.for_highs(), any_do=True)
        if solved.values is not None:
            best = (solved.values > 0.5) | required
            high = min(middle, times.step_of(best))
        elif solved.outcome == "infeasible":
            low = middle
        else:
            return _Between(low=low, high=high, best=best, timed_out=solved.timed_out)
    return _Between(low=low, high=high, best=best)


def _distinct_times(instance: Instance) -> NDArray[np.float64]:
    """Return the times that the largest could be: sorted, from the least that any choice leaves someone with."""
    least, _ = instance.nearest(np.arange(len(instance.candidates)))
    floor = least[instance.people].max(initial=0.0)
    times = np.concatenate([instance.minutes, instance.standing_min[np.isfinite(instance.standing_min)], [floor]])
    return np.unique(times[times >= floor])


def _shortest(near: Instance, chosen: Mask, p: int) -> Mask:
    """Return the choice of least people-minutes that exchanges find, from `chosen` and from as few as do.

    near: the instance within the largest time, so that no exchange leaves anybody farther.
    """
    required, ones = mask_of(near, near.required), np.ones(len(near.candidates))
    cover = cover_within(near, near.cutoff_min, counted=True)
    tidy = heuristic.tidy_cover(cover, ones, chosen & ~required, need=cover.total) | required
    found = [heuristic.swap_median(near, start, p=p, fixed=required) for start in (tidy, chosen)]
    worth = Nearest(model=PMedian(p), instance=near)
    return max(found, key=worth.of)
