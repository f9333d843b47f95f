"""Years with side conditions where one program is too large: search, under the bound of the years without them.

A few sites that keep the side conditions are required, of candidates too near to each other the one that the prices
favour stays, and the years are solved as if that were all; where capacities or milestones count, a program on the
candidates found that way goes on from there.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ..errors import InfeasibleError, SolverError
from . import highs
from .answer import Effort
from .calendar import Calendar, Phasing
from .calendar_bound import Tariff, price
from .calendar_program import calendar_of
from .calendar_rules import Timed, columns_of, keeps_rules, money_unit, timed_program
from .calendar_search import greedy_calendar
from .calendar_solve import FoundCalendar, required_calendar, solve_calendar
from .covers import without
from .highs import Solved
from .phased import Outcomes
from .phasing_why import why_none
from .ruled import contradiction, kept_at_least

_NOISE = 1e-9
_KERNEL = 3  # candidates of the program on a part, for each site found
_LIKED = 0.9  # part of its cost that a site which the prices always build is spared, in the choice for side conditions


def searched(timed: Timed, task: Phasing, outcomes: Outcomes, effort: Effort) -> FoundCalendar:
    """Search among candidates that cannot clash; go on with a program on a part where more than rules is asked."""
    tariff = price(task, task.worth(greedy_calendar(task, np.full(len(task.costs), task.horizon.never))))
    instance = timed.question.instance
    standing = float(timed.question.rows[1].sum()) - task.cover.total
    bound = min(tariff.bound + standing * timed.years, _room(timed))
    whole = instance.weights.dtype.kind == "i" and timed.question.counts is None
    bound = float(np.floor(bound + 1e-6)) if whole else bound
    start = _unclashing(timed, task, tariff, effort)
    met = keeps(timed, start.calendar, outcomes)
    if timed.question.capacities is None and met:
        return replace(start, bound=bound)
    better = _on_a_part(timed, tariff, start.calendar, effort)
    calendars = [c for c in (start.calendar, better) if c is not None and keeps(timed, c, outcomes)]
    if not calendars:
        raise SolverError("siting_no_plan", seconds=effort.time_limit_s)
    best = max(calendars, key=lambda c: float(outcomes(c).counted.sum()))
    return FoundCalendar(calendar=best, bound=bound, timed_out=effort.out_of_time())


def _room(timed: Timed) -> float:
    """Return what any calendar has room for, summed over the years: what each year's money buys at best.

    In people, or in what the objective counts of them at most.
    """
    question = timed.question
    if question.capacities is None:
        return np.inf
    cover = question.cover
    columns, rows_of = cover.columns
    reach = np.add.reduceat(np.append(cover.weights[rows_of], 0.0), columns[:-1]) * (np.diff(columns) > 0)
    room = np.minimum(question.capacities, reach)
    free = np.flatnonzero(question.free)
    costs = np.maximum(question.costs[free], 1e-300)
    order = free[np.argsort(-room[free] / costs, kind="stable")]
    spent, taken = np.cumsum(question.costs[order]), np.cumsum(room[order])
    most = np.interp(timed.horizon.saved, np.append(0.0, spent), np.append(0.0, taken))
    people = float(np.minimum(room[question.stands].sum() + most, cover.total).sum())
    return people if question.counts is None else people * float(question.each.max(initial=0.0))


def _unclashing(timed: Timed, task: Phasing, tariff: Tariff, effort: Effort) -> FoundCalendar:
    """Require sites that keep the side conditions, leave out who clashes, and solve the years as if that were all."""
    wanted, failed = tariff.often, None
    for liked in (_LIKED, 0.0):
        needed = for_rules(timed, 1 - liked * np.clip(wanted, 0.0, 1.0), effort)
        dropped = clashing(timed, needed, wanted)
        part = replace(
            task,
            cover=without(task.cover, dropped, np.zeros(len(dropped), bool)),
            required=needed,
        )
        try:
            start = required_calendar(part, effort)
        except InfeasibleError as error:
            failed = error
            continue
        found = solve_calendar(part, timed.question.instance, start, effort)  # of which only the weights are looked at
        return FoundCalendar(calendar=found.calendar, bound=np.inf, timed_out=found.timed_out)
    assert failed is not None
    raise why_none(timed, effort) from failed


def for_rules(timed: Timed, dear: NDArray[np.float64], effort: Effort) -> NDArray[np.bool_]:
    """Return candidates that keep the side conditions at the least cost, times `dear`; required ones included."""
    question = timed.question
    cost = np.zeros(question.n)
    cost[question.free] = (question.costs[question.free] + 1e-6 * money_unit(timed)) * dear
    kept = kept_at_least(question, cost, effort)
    if kept is None:
        raise contradiction(question, effort)
    return kept[question.free]


def clashing(timed: Timed, needed: NDArray[np.bool_], wanted: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return the candidates left out so that no two that stay are too near: those whom the prices like less."""
    question = timed.question
    a, b = question.rules.apart_in(question.instance.candidates)
    here = (a >= 0) & (b >= 0)
    near: dict[int, list[int]] = {}
    for i, j in zip([*a[here], *b[here]], [*b[here], *a[here]], strict=True):
        near.setdefault(int(i), []).append(int(j))
    stays = question.stands.copy()
    free = np.flatnonzero(question.free)
    for k in np.lexsort((np.arange(len(free)), -wanted, ~needed)):
        stays[free[k]] = not any(stays[j] for j in near.get(int(free[k]), ()))
    return ~stays[free]


def _on_a_part(timed: Timed, tariff: Tariff, start: Calendar, effort: Effort) -> Calendar | None:
    """Solve the program of the candidates that the prices and the start favour, from the start on.

    Source: kernel search, Angelelli, Mansini and Speranza (2010), Computers and Operations Research 37(11).
    """
    question = timed.question
    kernel = start < timed.years
    kernel[np.argsort(-tariff.often, kind="stable")[: _KERNEL * max(int(kernel.sum()), 1)]] = True
    inside = question.stands.copy()
    inside[question.free] = kernel
    part = _part(timed, inside)
    program = timed_program(part)
    solved = highs.solve(program, **effort.for_highs(), start=columns_of(part, timed.columns(start)[inside]))
    if solved.values is None:
        return None
    found = np.full(len(start), timed.years)
    found[kernel] = calendar_in(part, solved)
    return found


def _part(timed: Timed, inside: NDArray[np.bool_]) -> Timed:
    """Return the question about some columns only."""
    question, instance = timed.question, timed.question.instance
    number = np.full(question.n, -1, np.int64)
    number[inside] = np.arange(inside.sum())
    keep = inside[instance.indices]
    counts = np.bincount(instance.rows[keep], minlength=len(instance.demand))
    fewer = replace(
        instance,
        candidates=instance.candidates[inside],
        required=number[instance.required],
        indptr=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        indices=number[instance.indices[keep]].astype(np.int32),
        minutes=instance.minutes[keep],
        costs=None,
    )
    less = replace(
        question,
        instance=fewer,
        stands=question.stands[inside],
        costs=question.costs[inside],
        capacities=None if question.capacities is None else question.capacities[inside],
    )
    return replace(timed, question=less, horizon=replace(timed.horizon, takes=timed.horizon.takes[inside]))


def keeps(timed: Timed, calendar: Calendar, outcomes: Outcomes) -> bool:
    """Say whether a calendar keeps the side conditions and the milestones that must be met."""
    met = (outcomes(calendar).covered >= timed.goals * (1 - _NOISE)).all()
    return bool(met) and keeps_rules(timed.question, timed.columns(calendar) < timed.years)


def calendar_in(timed: Timed, solved: Solved) -> Calendar:
    """Return the calendar of the candidates that the solver found."""
    assert solved.values is not None
    return calendar_of(solved.values[: timed.question.n * timed.years], timed.years)[timed.question.free]
