"""The best year for each candidate where nothing but money and required sites is asked: search, prices and proof."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..errors import InfeasibleError, Money
from . import highs
from .answer import Effort, costs_of
from .calendar import Calendar, Horizon, Phasing
from .calendar_bound import Tariff, price
from .calendar_program import calendar_of, calendar_program, standing
from .calendar_search import anneal_calendar, greedy_calendar
from .covers import cover_within, without
from .exact import solve
from .instance import Instance
from .models import MCLP
from .plan import plan_of

_NOISE = 1e-9  # of a sum of people, relative
_RATE = 2e6  # cover entries a second of the time limit that annealing touches: far below what it could
_LENGTH = 5_000  # cover entries touched for each entry there is
_KERNEL = 3  # candidates for annealing, for each site
_SMALL = 12_000  # cover entries times years that HiGHS usually proves in seconds
_SLICED = 0.15  # part of the time for the answer of one period that is cut into slices


def task_of(model: MCLP, instance: Instance, budgets: Mapping[int, float], *, carry_over: bool) -> Phasing:
    """Return the question of a plan by years without side conditions."""
    years = tuple(sorted(int(y) for y in budgets))
    costs, money = costs_of(instance), np.array([float(budgets[y]) for y in years])
    takes = costs if model.p is None else np.ones(len(costs))
    limit = float(model.budget or 0.0) if model.p is None else float(model.p)
    if model.p is None and limit >= money.sum():
        limit = np.inf
    horizon = Horizon(years=years, budgets=money, carry_over=carry_over, takes=takes, total=limit)
    required = np.zeros(len(costs), bool)
    required[instance.required] = True
    # Required sites open in a year that is still to be found, so they are among those who cover.
    cover = cover_within(replace(instance, required=np.zeros(0, np.int64)), model.standard_min)
    return Phasing(cover=cover, costs=costs, horizon=horizon, required=required)


def sliced_calendar(task: Phasing, model: MCLP, instance: Instance, effort: Effort) -> tuple[Calendar, bool]:
    """Rank one plan for all the money, and cut the ranking into years.

    The second value says whether the clock cut that one plan short.
    """
    one, short, start = whole_of(task, model), short_effort(effort), required_calendar(task, effort)
    answer = solve(one, instance, short)
    ranked = plan_of(one, instance, answer).sites.index
    calendar = cut_into_years(task, instance.candidates.get_indexer(ranked), start)
    return calendar, answer.timed_out


def whole_of(task: Phasing, model: MCLP) -> MCLP:
    """Return the model of one plan for the money of all years."""
    limited = np.isfinite(task.horizon.total) and model.p is None
    return model if limited else MCLP(model.standard_min, budget=task.horizon.saved[-1])


def short_effort(effort: Effort) -> Effort:
    """Return the effort that the plan to be cut into years is worth."""
    return Effort(time_limit_s=_SLICED * effort.time_limit_s, seed=effort.seed)


def cut_into_years(task: Phasing, ranked: NDArray[np.int64], calendar: Calendar) -> Calendar:
    """Add the ranked candidates to a calendar: go through the ranks and the years side by side, never back."""
    calendar, year = calendar.copy(), 0
    for j in ranked:
        if calendar[j] < task.horizon.never:
            continue
        for y in range(year, task.horizon.never):
            calendar[j] = y
            if task.kept(calendar):
                year = y
                break
            calendar[j] = task.horizon.never
    return calendar


def required_calendar(task: Phasing, effort: Effort) -> Calendar:
    """Put the required sites, dearest first, in the first year that can pay; search where that fails.

    Raises:
        InfeasibleError: no years can pay for them.
    """
    years, costs = task.horizon.never, task.costs
    calendar = np.full(len(costs), years, np.int64)
    which = np.flatnonzero(task.required)
    bare = replace(task, required=np.zeros(len(costs), bool))
    for j in which[np.argsort(-costs[which], kind="stable")]:
        for y in range(years):
            calendar[j] = y
            if bare.kept(calendar):
                break
            calendar[j] = years
    if task.kept(calendar):
        return calendar
    nothing = np.ones(len(costs), bool)
    only = replace(task, cover=without(task.cover, nothing, ~nothing))
    program = calendar_program(only, whole=True)
    solved = highs.solve(program, **effort.for_highs(), any_do=True)
    found = None if solved.values is None else calendar_of(solved.values, years)
    if found is None or not task.kept(np.where(task.required, found, years)):
        raise InfeasibleError(
            "phase_required",
            n=len(which),
            cost=Money(float(costs[which].sum())),
            budget=Money(float(task.horizon.budgets.sum())),
        )
    return np.where(task.required, found, years)


@dataclass(frozen=True, kw_only=True)
class FoundCalendar:
    """The best calendar, the proven bound on any calendar's worth, and whether the clock ended the search."""

    calendar: Calendar
    bound: float
    timed_out: bool = False


def solve_calendar(task: Phasing, instance: Instance, sliced: Calendar, effort: Effort) -> FoundCalendar:
    """Return the best calendar found and the proven bound on its worth."""
    starts = [greedy_calendar(task, start) for start in (sliced, required_calendar(task, effort))]
    best = max(starts, key=task.worth)
    if len(task.cover) == 0:
        return FoundCalendar(calendar=best, bound=0.0)
    whole = instance.weights.dtype.kind == "i"
    tariff = price(task, task.worth(best))
    small = _closed(task, best, tariff, effort, whole=whole)
    if small is None:
        best = max((best, _annealed(task, best, tariff, effort)), key=task.worth)
        small = _closed(task, best, tariff, effort, whole=whole)
    found = small or FoundCalendar(calendar=best, bound=tariff.bound)
    bound = np.floor(found.bound + 1e-6) if whole else found.bound
    return replace(found, bound=max(float(bound), task.worth(found.calendar)))


def _annealed(task: Phasing, start: Calendar, tariff: Tariff, effort: Effort) -> Calendar:
    """Search among the candidates that the prices favour."""
    kernel = start < task.horizon.never
    kernel[np.argsort(-tariff.often, kind="stable")[: _KERNEL * max(int(kernel.sum()), 1)]] = True
    inside = replace(task, cover=without(task.cover, ~kernel, np.zeros(len(kernel), bool)))
    work = min(float(_LENGTH * len(inside.cover.indices) * task.horizon.never), _RATE * effort.time_limit_s)
    found = anneal_calendar(inside, start, work=work, seed=effort.seed)
    return greedy_calendar(task, found)


def _closed(task: Phasing, best: Calendar, tariff: Tariff, effort: Effort, *, whole: bool) -> FoundCalendar | None:
    """Prove with HiGHS what is best, where little is left to decide; None where too much is."""
    worth, years = task.worth(best), task.horizon.never
    least = worth + 1 - 1e-6 if whole else worth * (1 + _NOISE)
    if least > tariff.bound:
        return FoundCalendar(calendar=best, bound=worth)
    dropped = tariff.hopeless(least) & ~task.required
    rest = replace(task, cover=without(task.cover, dropped, np.zeros(len(dropped), bool)))
    if len(rest.cover.indices) * years > _SMALL:
        return None
    if effort.out_of_time():
        return FoundCalendar(calendar=best, bound=tariff.bound, timed_out=True)
    start = np.where(dropped, years, best)
    program = calendar_program(rest, whole=whole)
    solved = highs.solve(program, **effort.for_highs(), start=standing(start, years))
    if solved.values is not None:
        found = greedy_calendar(task, calendar_of(solved.values, years))
        best = found if task.kept(found) and task.worth(found) > worth else best
    return FoundCalendar(calendar=best, bound=min(tariff.bound, max(solved.bound, worth)), timed_out=solved.timed_out)
