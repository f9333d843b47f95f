"""Why here: whom each site gains, what is lost without it, and which candidates came second and why they lost."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..travel import TravelTimes
from .answer import costs_of
from .case import Case, read_case
from .curve import people_of
from .kernels import Mask
from .minutes import minutes_of
from .models import BCLP, PCenter, PMedian
from .plan import Plan, plain_value
from .terms import Terms
from .worth import Nearest, Worth, strongest

_RIVALS = 2  # runners-up a site
_NOISE = 1e-9  # of a sum of people or money, relative
_RIVAL_COLUMNS = ("candidate_id", "order", "rival_id", "loss", "people_minutes", "cost", "extra", "why")


@dataclass(frozen=True, kw_only=True)
class SiteSheets:
    """The grounds of a plan, site by site, of every model alike.

    sites: by candidate_id in rank order: gain, cost and cost_per_person (yuan a newly covered person; missing without
    costs or gain), of BCLP newly_twice (people who come to a second facility, and the persons of the cost), lost (how
    much less the plan is worth if the site is dropped: people, people-minutes or minutes; missing where somebody would
    not be reached), and newly_<weight> for each weight given.
    gained: by demand_id, who makes up the gains: candidate_id and weight; of BCLP those who come to a second facility.
    rivals: candidate_id, order (1 the strongest), rival_id, loss (how much less the plan is worth if the rival stood
    instead; below 0 more; missing where somebody would be left out), people_minutes (more, of a PCenter without
    capacities), cost and extra (money more than the site), why: fewer, farther, minutes (of a PCenter: the largest is
    the same, all together have more), same, too_dear, unreached, first (somebody would be left without a first
    facility), rule (it would break a side condition), priority (it covers no fewer, and less by priority). Required
    sites have none. Of equal losses the one of fewest people-minutes comes first, then the first id.
    Of PMedian and PCenter sites have the columns of `minutes_of` too.
    """

    sites: pd.DataFrame
    gained: pd.DataFrame
    rivals: pd.DataFrame


def site_sheets(
    plan: Plan,
    times: TravelTimes,
    demand: pd.Series,
    *,
    terms: Terms | None = None,
    weights: pd.DataFrame | None = None,
) -> SiteSheets:
    """Say of each site whom it gains, and which candidates came second and why they lost.

    weights: further counts of people by demand_id, e.g. pop60, pop80, child. demand, terms: as the plan was made with.

    Raises:
        TableError: what `propose_sites` refuses.
    """
    case = read_case(plan, times, demand, terms or Terms())
    chosen, worth = case.chosen(plan), case.worth
    gained = _second(plan, case) if isinstance(plan.model, BCLP) else plan.assignment[["candidate_id", "weight"]]
    sites = plan.sites[[c for c in ("gain", "cost") if c in plan.sites]]
    if isinstance(plan.model, BCLP):
        second = gained.groupby("candidate_id")["weight"].sum().reindex(sites.index, fill_value=0)
        sites = sites.assign(newly_twice=second)
    if case.by_minutes:
        sites = sites.join(minutes_of(plan, case.instance))
    at = case.instance.candidates.get_indexer(sites.index)
    lost = [_lost(worth, chosen, int(j)) for j in at]
    sites = sites.assign(lost=pd.Series(lost, index=sites.index, dtype=object).infer_objects())
    if "cost" in sites:
        people = sites.get("newly_twice", sites["gain"])
        sites = sites.assign(cost_per_person=sites["cost"] / people.where(people > 0))
    rivals = [row for j in at if not case.fixed[j] for row in _rivals(plan, case, worth, int(j))]
    return SiteSheets(
        sites=_grouped(sites, gained, demand if case.room else None, weights),
        gained=gained,
        rivals=pd.DataFrame(rivals, columns=list(_RIVAL_COLUMNS)),
    )


def _grouped(
    sites: pd.DataFrame, gained: pd.DataFrame, people: pd.Series | None, weights: pd.DataFrame | None
) -> pd.DataFrame:
    """Add newly_<weight>; of demand that several sites share (`people`: of all) each has its part."""
    part = 1.0 if people is None else gained["weight"] / people.reindex(gained.index)
    if weights is None:
        return sites
    for name in weights.columns:
        more = gained.assign(more=weights[name].reindex(gained.index) * part)
        summed = more.groupby("candidate_id")["more"].sum().reindex(sites.index, fill_value=0)
        sites = sites.assign(**{f"newly_{name}": summed})
    return sites


def _second(plan: Plan, case: Case) -> pd.DataFrame:
    """Return by demand_id who comes to a second facility, with the site that gives it, in the order of the ranks."""
    instance, question = case.instance, case.question
    assert question is not None
    pairs = question.pairs
    rows, columns = question.instance.rows[pairs], question.instance.candidates[question.instance.indices[pairs]]
    times = np.bincount(rows[question.stands[question.instance.indices[pairs]]], minlength=len(instance.demand))
    frames = []
    for candidate in plan.sites.index:
        near = rows[columns == candidate]
        times[near] += 1
        new = near[times[near] == 2]
        weights = instance.weights[new]
        frames.append(pd.DataFrame({"candidate_id": candidate, "weight": weights}, index=instance.demand[new]))
    every = pd.concat(frames) if frames else pd.DataFrame({"candidate_id": [], "weight": []})
    return every.rename_axis("demand_id")


def _lost(worth: Worth, chosen: Mask, j: int) -> float:
    """Return how much less a choice is worth without a site."""
    without = chosen.copy()
    without[j] = False
    left = people_of(worth, without)
    return plain_value(people_of(worth, chosen) - left) if left >= worth.floor else float("nan")


def _rivals(plan: Plan, case: Case, worth: Worth, j: int) -> Iterator[tuple[object, ...]]:
    """Yield who is worth most in the place of `j`: the first of all, then of those that might stand there."""
    chosen, money, name = case.chosen(plan), costs_of(case.instance), case.instance.candidates[j]
    now, without = worth.of(chosen), chosen.copy()
    without[j] = False
    dear = money - money[j] > plan.left_for(name) + _NOISE * money.max(initial=1.0)  # nobody without a limit
    allowed = case.allowed.each(without)
    shorter, minutes = _all_minutes(case, chosen, without)
    best = dict(
        strongest(worth, without, ~chosen, then=shorter)
        + strongest(worth, without, ~chosen & ~dear & allowed, most=_RIVALS, then=shorter)
    )
    for order, (k, value) in enumerate([*best.items()][:_RIVALS], 1):
        loss, more = now - value, -shorter[k] - minutes
        if value < worth.floor:
            why = "unreached" if case.by_minutes else "first"
        elif not allowed[k] or dear[k]:
            why = "too_dear" if allowed[k] else "rule"
        elif loss > _NOISE * max(abs(now), 1.0):
            why = "farther" if case.by_minutes else "fewer"
        elif more > _NOISE * max(minutes, 1.0):
            why = "minutes"
        else:
            why = "priority" if plan.priority and not case.by_minutes else "same"
        cost, extra = (money[k], money[k] - money[j]) if case.instance.costs is not None else (np.nan, np.nan)
        told, more = (plain_value(loss), float(more)) if value >= worth.floor else (np.nan, np.nan)
        yield name, order, case.instance.candidates[k], told, more, float(cost), float(extra), why


def _all_minutes(case: Case, chosen: Mask, without: Mask) -> tuple[NDArray[np.float64], float]:
    """Return by rival minus the people-minutes of all with it, and those of the choice; missing but of a PCenter."""
    if not isinstance(case.model, PCenter) or case.room:
        return np.full(len(chosen), np.nan), np.nan
    every = Nearest(model=PMedian(case.model.p), instance=case.instance)
    return every.with_each(without), -every.of(chosen)
