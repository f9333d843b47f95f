"""Why no calendar does: the side conditions that clash, or the year whose money is too little, and what would do."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ..errors import InfeasibleError, Money
from . import highs
from .answer import Effort
from .calendar_rules import Timed, timed_program
from .highs import Solved
from .models import MCLP
from .ruled import contradiction, rounded

_NOISE = 1e-9  # of all money
_STANDS = 0.5  # a site stands from here on; the solver's whole numbers are only nearly whole


def why_none(timed: Timed, effort: Effort) -> InfeasibleError:
    """Return why nothing does: side conditions that clash, or the year whose money is too little and what would do."""
    last = timed.years - 1
    solved, extra = _least_extra(timed, last, until=-1, effort=effort)
    if solved.outcome == "infeasible":
        everything = replace(
            timed.question, model=replace(maximal_of(timed), budget=None, p=maximal_of(timed).p or timed.question.n)
        )
        return contradiction(everything, effort)
    if extra > 0:
        return _too_little(timed, "phase_rules", last, extra)
    for y in np.flatnonzero(timed.goals > 0):
        solved, extra = _least_extra(timed, int(y), until=int(y), effort=effort)
        if solved.outcome == "infeasible" or extra > 0:
            return _missed(timed, int(y), extra, effort)
    return InfeasibleError("phase_edge", budget=Money(float(timed.horizon.budgets.sum())))


def _least_extra(timed: Timed, year: int, *, until: int, effort: Effort) -> tuple[Solved, float]:
    """Return the least money that a year lacks for the milestones up to another.

    It is counted from the sites: the solver's own number is only near what whole sites cost.
    """
    program = timed_program(timed, until=until, extra=year)
    solved = highs.solve(program, **effort.for_highs())
    if solved.values is None or solved.rest is None:
        return solved, 0.0
    return solved, _overspent(timed, solved.values, year)


def _overspent(timed: Timed, values: NDArray[np.float64], year: int) -> float:
    """Return by how much the sites of an answer exceed the money of a year; with carry-over, of it or any after it."""
    question, horizon = timed.question, timed.horizon
    stands = values[: question.n * timed.years].reshape(question.n, timed.years) > _STANDS
    paid = np.where(question.free, question.costs, 0.0) @ stands
    if horizon.carry_over:
        over = float((paid - horizon.saved)[year:].max())
    else:
        over = float(np.diff(paid, prepend=0.0)[year] - horizon.budgets[year])
    return over if over > _NOISE * horizon.saved[-1] else 0.0


def _too_little(timed: Timed, key: str, year: int, extra: float, **more: str) -> InfeasibleError:
    budget = float(timed.horizon.budgets[year])
    return InfeasibleError(
        key, year=timed.horizon.years[year], budget=Money(budget), need=Money(budget + extra), **more
    )  # fmt: skip


def _missed(timed: Timed, year: int, extra: float, effort: Effort) -> InfeasibleError:
    """Return why a milestone cannot be met: how much can be, and the money that would do; or that no money does."""
    people = max(float(timed.question.instance.weights.sum()), 1e-300)
    asked = f"{100 * timed.goals[year] / people:.4g}"
    if extra == 0:
        return _out_of_reach(timed, year, asked, effort)
    program = timed_program(timed, until=year - 1, count=year)
    best = highs.solve(program, **effort.for_highs())
    reached = rounded(program, best.bound) / people if best.values is not None else 0.0
    return _too_little(timed, "phase_goal", year, extra, share=asked, best=f"{np.floor(1e4 * reached) / 100:g}")


def _out_of_reach(timed: Timed, year: int, asked: str, effort: Effort) -> InfeasibleError:
    """Return that no money of a year meets its milestone: for the limit on all years, or for want of candidates."""
    horizon, people = timed.horizon, max(float(timed.question.instance.weights.sum()), 1e-300)
    free = replace(timed, horizon=replace(horizon, total=np.inf))
    if np.isfinite(horizon.total) and _least_extra(free, year, until=year, effort=effort)[0].values is not None:
        limit = f"{horizon.total:,.10g}" if maximal_of(timed).p else Money(horizon.total)
        return InfeasibleError("phase_goal_limit", year=horizon.years[year], share=asked, limit=limit)
    rich = replace(free.horizon, budgets=np.full(timed.years, timed.question.costs.sum()))
    program = timed_program(replace(free, horizon=rich), until=-1, count=year)
    most = rounded(program, highs.solve(program, **effort.for_highs()).bound) / people
    told = f"{np.floor(1e4 * most) / 100:g}"
    return InfeasibleError("phase_goal_far", year=horizon.years[year], share=asked, most=told)


def maximal_of(timed: Timed) -> MCLP:
    """Return the model, the only one that years go with."""
    assert isinstance(timed.question.model, MCLP)
    return timed.question.model
