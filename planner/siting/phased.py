"""A plan with years: the record, and how a calendar becomes one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .. import texts
from .calendar import Calendar, Horizon
from .instance import Instance
from .models import MCLP
from .plan import Plan, number_text, plain_value, ranked_cover, ranked_sites, ranks_of

_NOISE = 1e-9  # of a sum of people, relative


@dataclass(frozen=True, kw_only=True)
class PhasedPlan(Plan):
    """A plan with years: `sites` has a column phase, the year; its ranks go by year, then by gain.

    objective and bound: people covered, existing facilities too, summed over the years; with a priority w_i of them.
    years: by year: budget, available (with what was carried over), spent, left, sites, gain, covered, demand,
    share, and milestone and met where milestones were given.
    sliced: the same table for the ranking of one plan for all the money, cut into years, and `sliced_objective`;
    `sliced_keeps` says whether that keeps the side conditions and the milestones that must be met. carry_over: whether
    money left of a year could be spent later.
    """

    years: pd.DataFrame
    sliced: pd.DataFrame
    sliced_objective: float
    sliced_keeps: bool = True
    carry_over: bool = False

    @property
    def differs(self) -> bool:
        """Whether solving all years at once does more than the ranking cut into slices, or what that fails to keep."""
        return not self.sliced_keeps or self.objective > self.sliced_objective * (1 + _NOISE)

    @property
    def money(self) -> float:
        """What all years have together."""
        return float(self.years["budget"].sum())

    def left_for(self, candidate: Any) -> float:
        """Return the money left in the year of `candidate`, and below a limit of all years together."""
        money = self.cap if isinstance(self.cap, float) else float("inf")
        return float(min(self.years["left"][self.sites["phase"][candidate]], money - self.sites["cost"].sum()))

    @property
    def cap(self) -> float | int | None:
        """The limit of all years together: sites (int) or money (float); None where the years' money is all."""
        p, budget = getattr(self.model, "p", None), getattr(self.model, "budget", None)
        if p is not None:
            return int(p)
        return float(budget) if budget is not None and budget < self.money else None

    def summary(self, language: str = "zh") -> str:
        """Return the plan in a few sentences: what was asked, what comes out year by year, how sure it is."""
        last = self.years.iloc[-1]
        values = {
            "n": len(self.sites),
            "years": _years_text(self.years.index, language),
            "limit": self._limit(language),
            "last": self.years.index[-1],
            "budget": texts.money(language, self.years["budget"].sum()),
            "spent": texts.money(language, self.years["spent"].sum()),
            "standard": number_text(getattr(self.model, "standard_min", 0)),
            "covered": number_text(last["covered"]),
            "people": number_text(self.people),
            "share": texts.percent(last["share"]),
            "objective": number_text(self.objective),
            "bound": number_text(self.bound),
            "gap": f"{100 * self.gap:.3g}",
            "more": number_text(self.objective - self.sliced_objective),
            "together": number_text(self.years["covered"].sum()),
            "sliced": number_text(self.sliced["covered"].sum()),
        }
        keys = ["phased", *self._capped(), f"proof_{self.status}", self._beside()]
        keys += ["priority"] * self.priority + ["timed_out"] * self.timed_out
        return "".join(texts.say(language, "siting", key, **values) for key in keys).strip()

    def _capped(self) -> list[str]:
        return [] if self.cap is None else ["phased_p" if isinstance(self.cap, int) else "phased_money"]

    def _limit(self, language: str) -> str:
        """Return the limit of all years together: money as it is printed, or how many sites."""
        return texts.money(language, self.cap) if isinstance(self.cap, float) else number_text(self.cap or 0)

    def _beside(self) -> str:
        if not self.sliced_keeps:
            return "sliced_breaks"
        return ("sliced_less_weighted" if self.priority else "sliced_less") if self.differs else "sliced_same"


def _years_text(years: pd.Index, language: str) -> str:
    """Return years in words: from the first to the last where none is left out, else each."""
    if len(years) > 1 and years[-1] - years[0] == len(years) - 1:
        return texts.say(language, "siting", "years_between", first=years[0], last=years[-1])
    return texts.say(language, "errors", "between").join(map(str, years))


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a calendar does: sites with phase, who gains, people covered by year, and what counts for the objective."""

    sites: pd.DataFrame
    assignment: pd.DataFrame
    covered: NDArray
    counted: NDArray
    before: float


Outcomes = Callable[[Calendar], Outcome]


def by_cover(
    model: MCLP, instance: Instance, horizon: Horizon, *, priority: NDArray | None, keep: bool = False
) -> Outcomes:
    """Return how calendars are judged by the people within the standard; `priority` counts for the objective.

    keep: sites that gain nobody stay; by default only the required ones.
    """

    def outcome(calendar: Calendar) -> Outcome:
        owner, phase = _owners(model, instance, calendar, horizon.never)
        built = np.flatnonzero(calendar < horizon.never)
        ranked, assignment = ranks_of(instance, owner, built if keep else None)
        kept = np.full(len(calendar), horizon.never, np.int64)
        kept[ranked] = calendar[ranked]
        years = np.array([horizon.years[phase[j]] for j in ranked], np.int64)
        weights = [instance.weights, instance.weights if priority is None else priority]
        people, counted = (_covered(model, instance, kept, w, horizon.never) for w in weights)
        before = instance.weights[instance.standing_min <= model.standard_min].sum()
        return Outcome(
            sites=ranked_sites(instance, ranked, assignment).assign(phase=years),
            assignment=assignment,
            covered=people,
            counted=counted,
            before=plain_value(before),
        )

    return outcome


def phased_plan(
    model: MCLP,
    instance: Instance,
    horizon: Horizon,
    judged: tuple[Outcome, Outcome],
    *,
    bound: float,
    goals: Mapping[int, float],
    sliced_keeps: bool = True,
) -> PhasedPlan:
    """Make the plan of a calendar and the sliced one beside it, as both are `judged`.

    bound: on the objective, of people whom existing facilities cover too.
    """
    found, slices = judged
    objective = plain_value(found.counted.sum())
    closed = bool(bound <= objective * (1 + _NOISE))
    return PhasedPlan(
        model=model,
        sites=found.sites,
        assignment=found.assignment,
        objective=objective,
        bound=objective if closed else _plain(bound),
        status="optimal" if closed else "feasible",
        people=plain_value(instance.weights.sum()),
        before=found.before,
        years=_table(instance, horizon, found, goals),
        sliced=_table(instance, horizon, slices, goals),
        sliced_objective=plain_value(slices.counted.sum()),
        sliced_keeps=sliced_keeps,
        carry_over=horizon.carry_over,
    )


def _owners(
    model: MCLP, instance: Instance, calendar: Calendar, years: int
) -> tuple[list[tuple[int, NDArray[np.int64]]], dict[int, int]]:
    """Return the sites year by year, in each year the one that adds most people first, with whom it adds."""
    owner: list[tuple[int, NDArray[np.int64]]] = []
    phase: dict[int, int] = {}
    for y in range(years):
        before = instance.nearest(np.flatnonzero(calendar < y))[0]
        opened = np.flatnonzero(calendar == y)
        owner += ranked_cover(replace(instance, standing_min=before), opened, model.standard_min)
        phase |= {int(j): y for j in opened}
    return owner, phase


def _table(instance: Instance, horizon: Horizon, found: Outcome, goals: Mapping[int, float]) -> pd.DataFrame:
    """Return what each year spends and covers."""
    years = pd.Index(horizon.years, name="year")
    by_year = found.sites.groupby("phase")
    spent = by_year["cost"].sum().reindex(years, fill_value=0).to_numpy()
    left = np.cumsum(horizon.budgets - spent) if horizon.carry_over else horizon.budgets - spent
    total = instance.weights.sum()
    table = pd.DataFrame(
        {
            "budget": horizon.budgets,
            "available": left + spent,
            "spent": spent,
            "left": left,
            "sites": by_year.size().reindex(years, fill_value=0).to_numpy(),
            "gain": np.diff(np.array([found.before, *found.covered])),
            "covered": found.covered,
            "demand": total,
            "share": found.covered.astype(float) / total if total else 0.0,
        },
        index=years,
    )
    if not goals:
        return table
    milestone = pd.Series(goals, dtype=float).reindex(table.index)
    met = (table["share"] >= milestone - _NOISE).astype(object).where(milestone.notna(), None)
    return table.assign(milestone=milestone, met=met)


def _covered(model: MCLP, instance: Instance, calendar: Calendar, weights: NDArray, years: int) -> NDArray:
    nearest = [instance.nearest(np.flatnonzero(calendar <= y))[0] for y in range(years)]
    return np.array([weights[least <= model.standard_min].sum() for least in nearest])


def _plain(value: float) -> float:
    return int(value) if float(value).is_integer() else value
