"""Choose the sites of a plan again where people, reach or costs are a little different."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from . import heuristic, maximal
from .answer import Effort, mask_of, served
from .case import Case
from .center import shortened
from .covers import cover_within
from .exact import solve
from .kernels import Mask
from .models import LSCP, PCenter, PMedian
from .phased import PhasedPlan
from .phased_cases import by_years
from .plan import Plan

_PROVEN = 100_000  # pairs up to which a p-center is solved
_SHORT_S = 2.0
_NOISE = 1e-9  # of a worth or a limit, relative

Chooser = Callable[[Case], Callable[[NDArray[np.float64]], Mask]]
"""From a varied case and its costs to a choice."""


def chooser_of(plan: Plan, case: Case) -> Chooser:
    """Return how the sites of a plan are chosen again."""
    if case.question is not None:
        return _by_exchange(plan, case)
    if case.by_minutes:
        return _by_minutes(case.chosen(plan))
    return _by_cover(plan, case)


def _by_cover(plan: Plan, case: Case) -> Chooser:
    """Greedy and swap from nothing and from the plan, or by years; at equal people the plan's own."""
    start, fixed = case.chosen(plan) & ~case.fixed, case.fixed
    years = by_years(plan, case.instance) if isinstance(plan, PhasedPlan) else None

    def again(varied: Case) -> Callable[[NDArray[np.float64]], Mask]:
        if years is not None:
            bare = replace(varied.instance, required=np.zeros(0, np.int64))
            every = cover_within(bare, varied.standard_min)
            return lambda costs: years(every, costs) | fixed
        cover = cover_within(varied.instance, varied.standard_min)
        people, has = float(varied.instance.weights.sum()), served(varied.instance, varied.standard_min)

        def covering(costs: NDArray[np.float64]) -> Mask:
            assert isinstance(plan.model, LSCP)
            need = min(plan.model.share * people - has, cover.total)
            choices = [heuristic.greedy_cover(cover, costs, s, need=need) for s in (start, np.zeros_like(start))]
            tidied = [heuristic.tidy_cover(cover, costs, c, need=need) for c in choices]
            return min(tidied, key=lambda c: float(costs[c].sum())) | fixed

        def within(costs: NDArray[np.float64]) -> Mask:
            takes = costs if case.money else np.ones(len(costs))
            limit = _limit(plan) * (1 + _NOISE) - float(takes[fixed].sum())
            first = start if takes[start].sum() <= limit else np.zeros_like(start)
            grown = [heuristic.greedy_cover(cover, takes, s, limit=limit) for s in (first, np.zeros_like(start))]
            choices = [heuristic.swap_cover(cover, takes, c, limit=limit) for c in grown]
            return max(choices, key=lambda c: round(maximal.covered(cover, c), 6)) | fixed

        if len(cover) == 0:
            return lambda _: fixed
        return covering if isinstance(plan.model, LSCP) else within

    return again


def _limit(plan: Plan) -> float:
    """Return the money or the sites of a plan."""
    return float(plan.money or getattr(plan.model, "p", None) or 0)


def _by_minutes(start: Mask) -> Chooser:
    """Exchanges (of a p-center a solution, or covers) from nothing and from the plan; the plan unless one is better."""

    def again(varied: Case) -> Callable[[NDArray[np.float64]], Mask]:
        model, instance, fixed, worth = varied.model, varied.instance, varied.fixed, varied.worth
        assert isinstance(model, PMedian | PCenter)
        if isinstance(model, PCenter) and len(instance.indices) <= _PROVEN:
            answer = solve(model, instance, Effort(time_limit_s=_SHORT_S, seed=0))
            found = [mask_of(instance, answer.chosen)]
        elif isinstance(model, PCenter):
            found = [shortened(instance, start, model.p)]
        else:
            found = [heuristic.swap_median(instance, s, p=model.p, fixed=fixed) for s in (start, fixed)]
        most = worth.of(start)
        better = [c for c in found if worth.of(c) > most + _NOISE * abs(most)]
        chosen = max(better, key=worth.of) if better else start
        return lambda _: chosen

    return again


def _by_exchange(plan: Plan, case: Case) -> Chooser:
    """Additions and exchanges that keep the side conditions, from the plan and from the least that keeps them.

    Where room counts from the plan only, as far as it keeps the limit. At equal worth the plan's own.
    """
    start, least = case.chosen(plan), case.least(Effort(time_limit_s=_SHORT_S, seed=0))
    bare = case.fixed if least is None else least

    def again(varied: Case) -> Callable[[NDArray[np.float64]], Mask]:
        exchange, worth = varied.exchange(_limit(plan)), varied.worth
        most = worth.of(np.ones_like(start))
        people = float(varied.instance.weights.sum())

        def choose(costs: NDArray[np.float64]) -> Mask:
            if isinstance(plan.model, LSCP):
                free = replace(exchange, takes=costs, limit=np.inf)
                need = min(plan.model.share * people, most)
                return min((free.covering(s, need) for s in (start, bare)), key=lambda c: float(costs[c].sum()))
            own = replace(exchange, takes=costs) if case.money else exchange
            starts = [s for s in (start, bare) if own.keeps(s)] or [bare]
            starts = starts if worth.exact else starts[:1]
            choices = [starts[0], *(own.improved(s) for s in starts)]
            best = max(worth.of(c) for c in choices)
            return next(c for c in choices if worth.of(c) >= best - _NOISE * abs(best))

        return choose

    return again
