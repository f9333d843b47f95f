"""Why no calendar does: the side conditions that clash, or the year whose money is too little, and what would do."""

from dataclasses import replace

import numpy as np

from ..errors import InfeasibleError
from . import highs
from .answer import Effort
from .calendar_rules import Timed, money_unit, timed_program
from .highs import Solved
from .models import MCLP
from .ruled import contradiction, flows_to, rounded


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
    return InfeasibleError("siting_rules_clash")


def _least_extra(timed: Timed, year: int, *, until: int, effort: Effort) -> tuple[Solved, float]:
    """Return the least money that a year lacks for the milestones up to another."""
    program = timed_program(timed, until=until, extra=year)
    solved = highs.solve(program, **effort.for_highs())
    if solved.values is None or solved.rest is None:
        return solved, 0.0
    missing = float(solved.rest[-1]) * money_unit(timed)
    return solved, missing if missing > 1e-6 * money_unit(timed) else 0.0


def _too_little(timed: Timed, key: str, year: int, extra: float, **more: str) -> InfeasibleError:
    budget = float(timed.horizon.budgets[year])
    need = budget + extra
    if all(bool((v == np.round(v)).all()) for v in (timed.question.costs, timed.horizon.budgets)):
        need = float(np.ceil(need - 1e-6 * money_unit(timed)))
    return InfeasibleError(
        key, year=timed.horizon.years[year], budget=f"{budget:,.10g}", need=f"{need:,.10g}", **more
    )  # fmt: skip


def _missed(timed: Timed, year: int, extra: float, effort: Effort) -> InfeasibleError:
    """Return why a milestone cannot be met: how much can be, and the money that would do; or that no money does."""
    people = max(float(timed.question.instance.weights.sum()), 1e-300)
    asked = f"{100 * timed.goals[year] / people:.4g}"
    if extra == 0:
        most = min(timed.question.cover.total, _room_of_all(timed)) / people
        return InfeasibleError(
            "phase_goal_far", year=timed.horizon.years[year], share=asked, most=f"{100 * most:.4g}"
        )  # fmt: skip
    best = highs.solve(timed_program(timed, until=year - 1, count=year), **effort.for_highs())
    program = timed_program(timed, until=year - 1, count=year)
    reached = rounded(program, best.bound) / people if best.values is not None else 0.0
    return _too_little(timed, "phase_goal", year, extra, share=asked, best=f"{np.floor(1e4 * reached) / 100:g}")


def _room_of_all(timed: Timed) -> float:
    if timed.question.capacities is None:
        return np.inf
    return float(flows_to(timed.question, np.ones(timed.question.n, bool)).sum())


def maximal_of(timed: Timed) -> MCLP:
    """Return the model, the only one that years go with."""
    assert isinstance(timed.question.model, MCLP)
    return timed.question.model
