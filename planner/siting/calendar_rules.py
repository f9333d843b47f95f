"""The years' equations with side conditions, capacities and milestones: a year's model, unrolled over the years.

Columns: X_jy (j stands in year y) of every candidate and existing facility, s of the places in quotas, then what the
model counts, year after year. Side conditions hold at the end of the last year: what is built stays.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .calendar import Calendar, Horizon
from .equations import Rows, rows, stacked
from .highs import Program
from .ruled import side_conditions
from .ruled_counts import Counted, Question, counted_by

_NOISE = 1e-9


@dataclass(frozen=True, kw_only=True)
class Timed:
    """A question about several years: `goals` are the people who must be covered in each, 0 where nothing is asked.

    `horizon.takes` goes by column of the question; facilities that stand take nothing.
    """

    question: Question
    horizon: Horizon
    goals: NDArray[np.float64]

    @property
    def years(self) -> int:
        """How many years there are."""
        return self.horizon.never

    def columns(self, calendar: Calendar) -> Calendar:
        """Return the calendar of all columns: facilities that stand have the first year."""
        every = np.zeros(self.question.n, np.int64)
        every[self.question.free] = calendar
        return every


@dataclass(frozen=True, kw_only=True)
class _Shape:
    """How many columns a year has: sites, places in quotas, counted; and how many years."""

    n: int
    places: int
    counted: int
    years: int

    def of_year(self, group: Rows, year: int) -> Rows:
        """Return the rows of one year's model as rows about `year`."""
        column, whole = group.column, self.n * self.years
        later = column - self.n - self.places
        moved = np.where(later >= 0, whole + self.places + year * self.counted + later, whole + column - self.n)
        return replace(group, column=np.where(column < self.n, column * self.years + year, moved))

    @property
    def n_integer(self) -> int:
        """How many columns are whole numbers."""
        return self.n * self.years + self.places


def timed_program(
    task: Timed, *, until: int | None = None, extra: int | None = None, count: int | None = None
) -> Program:
    """Write eq. 1-8 of `phase_plan`.

    until: the milestones that count, up to this year; by default all. extra: the year whose money may be raised; the
    program then asks for the least, in units of `money_unit`. count: the only year whose people count; by default all.
    """
    question = task.question
    counted, places = counted_by(question), question.n_sites - question.n
    shape = _Shape(n=question.n, places=places, counted=len(counted.cost), years=task.years)
    last, years = task.years - 1, range(task.years)
    goals = np.where(np.arange(task.years) <= (last if until is None else until), task.goals, 0.0)
    slack = shape.n_integer + shape.counted * task.years
    groups = [
        *(shape.of_year(group, last) for group in side_conditions(question)),
        _stays(task),
        *_money(task, None if extra is None else (extra, slack)),
        *(shape.of_year(group, y) for y in years for group in counted.groups),
        *(shape.of_year(_goal(shape, counted, goals[y]), y) for y in years if goals[y] > 0),
    ]
    cost = np.concatenate([counted.cost * (count is None or count == y) for y in years])
    lower, upper = _bounds(task, places)
    tail = [] if extra is None else [np.ones(1)]
    return stacked(
        groups,
        cost=np.concatenate([np.zeros(shape.n_integer), cost * (extra is None), *tail]),
        bounds=(
            np.concatenate([lower, np.zeros(len(cost) + len(tail))]),
            np.concatenate([upper, np.tile(counted.most, task.years), *([np.inf] for _ in tail)]),
        ),
        n_integer=shape.n_integer,
        maximise=extra is None,
        whole=extra is None and counted.whole,
    )


def money_unit(task: Timed) -> float:
    """Return the unit that `extra` money is told in: the dearest candidate, or 1 where all are free."""
    return float(task.question.costs.max(initial=0.0)) or 1.0


def columns_of(task: Timed, calendar: Calendar) -> NDArray[np.float64]:
    """Return the columns X and s of a calendar of all columns."""
    question, built = task.question, calendar < task.years
    stands = (calendar[:, None] <= np.arange(task.years)).astype(np.float64).ravel()
    inside = question.rules.members(question.instance.candidates)
    has = [u in inside and bool(built[inside[u]].any()) for q in question.rules.quotas for u in q.places]
    return np.concatenate([stands, np.array(has, np.float64)])


def keeps_rules(question: Question, built: NDArray[np.bool_]) -> bool:
    """Say whether a choice of columns keeps the side conditions (eq. 1-4 of `Rules`) and builds what is required."""
    kept = question.rules.kept(question.instance.candidates, built, question.stands)
    return kept and bool(built[question.instance.required].all())


def _bounds(task: Timed, places: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the least and the most of X and s: what stands, stands always; what is required, in the last year."""
    question = task.question
    lower = np.zeros((question.n, task.years))
    lower[question.stands] = 1.0
    lower[question.instance.required, -1] = 1.0
    flat = np.concatenate([lower.ravel(), np.zeros(places)])
    return flat, np.ones(len(flat))


def _stays(task: Timed) -> Rows:
    """X_j,y-1 <= X_jy."""
    free, steps = np.flatnonzero(task.question.free), task.years - 1
    at = (free[:, None] * task.years + np.arange(steps)).ravel()
    each = np.arange(len(at))
    return rows([(each, at, 1), (each, at + 1, -1)], n=len(at), lower=-np.inf, upper=0)


def _money(task: Timed, extra: tuple[int, int] | None) -> list[Rows]:
    """Write what may be spent in each year or up to it, and the model's own limit of all years together."""
    horizon, question, unit = task.horizon, task.question, money_unit(task)
    free = np.flatnonzero(question.free)
    limits = horizon.saved if horizon.carry_over else horizon.budgets
    groups = []
    entries: list[tuple[ArrayLike, ArrayLike, ArrayLike]]
    for y, limit in enumerate(limits):
        costs = question.costs[free] / unit
        entries = [(0, free * task.years + y, costs)]
        if not horizon.carry_over and y:
            entries.append((0, free * task.years + y - 1, -costs))
        if extra is not None and (y == extra[0] or (horizon.carry_over and y > extra[0])):
            entries.append((0, np.array([extra[1]]), -1))
        groups.append(rows(entries, n=1, lower=-np.inf, upper=limit / unit * (1 + _NOISE)))
    if np.isfinite(horizon.total):
        takes = horizon.takes[free]
        scale = float(takes.max(initial=0.0)) or 1.0
        own = [(0, free * task.years + task.years - 1, takes / scale)]
        groups.append(rows(own, n=1, lower=-np.inf, upper=horizon.total / scale * (1 + _NOISE)))
    return groups


def _goal(shape: _Shape, counted: Counted, people: float) -> Rows:
    """Write that so many people are covered, in units of all who count."""
    assert counted.people is not None
    total = max(float((counted.people * counted.most).sum()), 1e-300)
    at = shape.n + shape.places + np.arange(shape.counted)
    return rows([(0, at, counted.people / total)], n=1, lower=people / total * (1 - _NOISE), upper=np.inf)
