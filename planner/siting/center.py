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
from .models import PCenter
from .volume import volume

_MOVES = 100  # annealing for a cover: entries touched for each entry there is
_NOISE = 1e-6  # of a row


@dataclass(frozen=True, kw_only=True)
class _Times:
    """The `steps` that the largest time may be, and how many sites are free to cover everyone within one of them."""

    instance: Instance
    steps: NDArray[np.float64]
    free: int
    effort: Effort

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
    best = _use_the_rest(instance, between.best, model.p, steps[between.high])
    return Answer(
        chosen=np.flatnonzero(best),
        bound=float(steps[between.low + 1]),
        proven=between.high - between.low == 1,
        timed_out=between.timed_out,
    )


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
    if covered(cover, found) < cover.total:
        search = Search(work=float(_MOVES * len(cover.indices)), seed=times.effort.seed)
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


def _use_the_rest(instance: Instance, chosen: Mask, p: int, most_min: float) -> Mask:
    """Settle ties among covers of `most_min`, then spend the sites left on saving people-minutes."""
    required = mask_of(instance, instance.required)
    cover = cover_within(instance, most_min, counted=True)
    costs = np.ones(len(instance.candidates))
    tidy = heuristic.tidy_cover(cover, costs, chosen & ~required, need=cover.total) | required
    return heuristic.swap_median(instance, tidy, p=p, fixed=tidy)
