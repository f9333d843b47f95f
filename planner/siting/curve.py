"""How far sites or money go: `coverage_curve`, what 1 to n sites or steps of money do, with the knee."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..travel import TravelTimes
from .answer import costs_of
from .case import Case, read_case
from .curve_steps import Steps, steps_of
from .kernels import Mask
from .models import PMedian
from .plan import Plan
from .terms import Terms
from .worth import Covered, Worth

_NOISE = 1e-9  # of a sum of people, relative
_FEWEST = 10  # sites that a curve goes to at least
_MONEY = np.arange(1, 13) / 10  # of the plan's money


def coverage_curve(
    plan: Plan, times: TravelTimes, demand: pd.Series, *, terms: Terms | None = None, steps: int | None = None
) -> pd.DataFrame:
    """Return what 1 to n sites do, or n steps of money where the plan has a budget; with the knee.

    Columns: step (sites or money), sites, cost, covered, share, gain (over the step before), bound (missing for large
    instances), knee. covered: people, of BCLP those with a second facility, with capacities those who find room. n:
    twice the plan's sites, at least 10, and no more than bring somebody; 12 steps of a tenth of the budget. The knee is
    the step farthest above the straight line from no step to the last.

    Of PMedian and PCenter covered are the people reached, minutes the mean of all (by priority: weighted) or the
    largest (missing while somebody is not reached), gain the minutes less than the step before; their knee is the step
    farthest below the line from the first step that reaches all to the last.

    Every step keeps the terms of the plan: required and forbidden sites, spacing, minima and quotas; a step that cannot
    is left out. Small instances are solved at each step, large ones by exchanges from the step before, from the plan's
    own first sites and from nothing. demand, terms: as the plan was made with.

    Raises:
        TableError: what `propose_sites` refuses.

    Source: Satopaa, Albrecht, Irwin and Raghavan (2011), Finding a "Kneedle" in a Haystack, ICDCS Workshops.
    """
    case = read_case(plan, times, demand, terms or Terms())
    taken = steps_of(case, plan)
    if case.by_minutes:
        people = demand.reindex(case.instance.demand).to_numpy()
        return _minutes_curve(case, people, taken, range(1, 1 + min(_most(plan, steps), len(case.instance.candidates))))
    money = float(plan.money or 0.0)
    grid = [float(g) for g in money * _MONEY] if case.money else [float(n) for n in range(1, 1 + _most(plan, steps))]
    return _cover_curve(case, taken, grid)


def _most(plan: Plan, steps: int | None) -> int:
    """Return how many sites the curve goes to."""
    asked = getattr(plan.model, "p", None)
    return steps or max(2 * (asked or len(plan.sites)), _FEWEST)


def _rows(case: Case, taken: Steps, grid: list[float]) -> Iterator[tuple[float, Mask, float]]:
    """Yield the limits at which something keeps the terms, with the choice and the bound on its worth."""
    before = case.fixed
    for limit in grid:
        step = taken(limit, before)
        if step is not None:
            before = step[0]
            yield limit, *step


def _cost(case: Case, chosen: Mask) -> float:
    return float("nan") if case.instance.costs is None else float(costs_of(case.instance)[chosen].sum())


def _cover_curve(case: Case, taken: Steps, grid: list[float]) -> pd.DataFrame:
    worth, rows = case.worth, []
    nothing = np.zeros(len(case.instance.candidates), bool)
    before, most = people_of(worth, nothing), people_of(worth, ~nothing)
    for limit, chosen, bound in _rows(case, taken, grid):
        covered = people_of(worth, chosen)
        rows.append((limit, int(chosen.sum()), _cost(case, chosen), covered, max(bound, covered)))
        if covered >= most * (1 - _NOISE):
            break
    curve = pd.DataFrame(rows, columns=["step", "sites", "cost", "covered", "bound"], dtype=float)
    # a bound of more sites or money bounds fewer too, and nobody covers more than all candidates together
    curve["bound"] = curve["bound"][::-1].cummin()[::-1].clip(upper=most)
    curve["bound"] = curve[["bound", "covered"]].max(axis=1).where(curve["bound"].notna())
    total = float(case.instance.weights.sum())
    gain = curve["covered"].diff().fillna(curve["covered"] - before)
    share = curve["covered"] / total if total else 0.0
    return curve.assign(sites=curve["sites"].astype(int), share=share, gain=gain, knee=_knee(curve, before))


def people_of(worth: Worth, chosen: Mask) -> float:
    """Return the people of a choice, whether or not it leaves anybody out."""
    return replace(worth, first=0.0).of(chosen) if isinstance(worth, Covered) else worth.of(chosen)


def _knee(curve: pd.DataFrame, before: float) -> NDArray[np.bool_]:
    """Return which step is farthest above the chord; none where the curve is a line."""
    marks = np.zeros(len(curve), bool)
    x, y = curve["step"].to_numpy(), curve["covered"].to_numpy() - before
    if not len(x) or y[-1] <= 0:
        return marks
    above = y / y[-1] - x / x[-1]
    if above.max() > _NOISE:
        marks[int(np.argmax(above >= above.max() - _NOISE))] = True
    return marks


def _minutes_curve(case: Case, people: NDArray, taken: Steps, counts: range) -> pd.DataFrame:
    worth, total, rows = case.worth, float(people.sum()), []
    for limit, chosen, bound in _rows(case, taken, [float(p) for p in counts]):
        least = case.instance.nearest(np.flatnonzero(chosen))[0]
        reached = float(people[np.isfinite(least)].sum())
        value = worth.of(chosen)
        told = -value if value >= worth.floor else np.nan
        rows.append((limit, int(chosen.sum()), _cost(case, chosen), reached, told, -bound))
    curve = pd.DataFrame(rows, columns=["step", "sites", "cost", "covered", "minutes", "bound"])
    weights = case.question.worth if case.room and case.question is not None else case.instance.weights
    counted = float(weights.sum())
    each = counted if isinstance(case.model, PMedian) and counted else 1.0
    minutes, share = curve["minutes"] / each, curve["covered"] / total if total else 0.0
    return curve.assign(
        minutes=minutes, bound=curve["bound"] / each, share=share, gain=-minutes.diff(),
        knee=_bend(curve["step"], minutes),
    )  # fmt: skip


def _bend(step: pd.Series, minutes: pd.Series) -> NDArray[np.bool_]:
    """Return which step is farthest below the chord; none where the curve is a line or has fewer than three steps."""
    known = np.flatnonzero(minutes.notna())
    marks = np.zeros(len(step), bool)
    if len(known) < 3:
        return marks
    x, y = step.to_numpy()[known], minutes.to_numpy()[known]
    below = y[0] + (y[-1] - y[0]) * (x - x[0]) / (x[-1] - x[0]) - y
    if below.max() > _NOISE * max(float(y[0]), 1.0):
        marks[known[int(np.argmax(below >= below.max() - _NOISE))]] = True
    return marks
