"""The choice at each step of a curve and its bound: covers, nearest facilities, and anything under side conditions."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ..errors import InfeasibleError, SolverError
from . import heuristic, maximal
from .answer import Effort, mask_of, served
from .case import Case
from .center import shortened
from .covers import Cover, cover_within
from .exact import solve
from .kernels import Mask
from .models import PCenter, PMedian
from .plan import Plan
from .ruled import solve_ruled
from .volume import volume

_PROVEN = 100_000  # cover entries or pairs up to which each step is bounded
_SOLVED = 30_000  # pairs up to which each step under side conditions is one program
_STEP_S = 2.0  # seconds that a step is worth
_NOISE = 1e-9  # of a limit, relative

Steps = Callable[[float, Mask], tuple[Mask, float] | None]
"""From a limit and the choice of the step before to a choice and the bound on its worth; None where nothing does."""


def steps_of(case: Case, plan: Plan) -> Steps:
    """Return how the steps of a case are taken."""
    if case.question is not None:
        return _ruled_steps(case, plan)
    return _near_steps(case, plan) if case.by_minutes else _cover_steps(case, plan)


def _cover_steps(case: Case, plan: Plan) -> Steps:
    """Greedy and swap from nothing, from the step before, from the plan's first sites; bounded by prices."""
    cover, prices, fixed = cover_within(case.instance, case.standard_min), case.takes, case.fixed
    before, spent = served(case.instance, case.standard_min), float(case.takes[case.fixed].sum())
    ranked = case.instance.candidates.get_indexer(plan.sites.index)
    own = ranked[~fixed[ranked]]

    def step(limit: float, last: Mask) -> tuple[Mask, float] | None:
        left = limit * (1 + _NOISE) - spent
        if left < 0:
            return None
        chosen = _covering(cover, prices, left, own, last & ~fixed)
        provable = 0 < len(cover.indices) <= _PROVEN and chosen.any()
        bound = volume(cover, prices, left, maximal.covered(cover, chosen)).bound if provable else np.nan
        return chosen | fixed, before + bound

    return step


def _covering(cover: Cover, prices: NDArray[np.float64], limit: float, ranked: NDArray[np.int64], before: Mask) -> Mask:
    if len(cover) == 0:
        return before
    starts = [np.zeros_like(before), before, _first(ranked, prices, limit)]
    grown = [heuristic.greedy_cover(cover, prices, s, limit=limit) for s in starts]
    return max(
        (heuristic.swap_cover(cover, prices, g, limit=limit) for g in grown), key=lambda c: maximal.covered(cover, c)
    )


def _first(ranked: NDArray[np.int64], prices: NDArray[np.float64], limit: float) -> Mask:
    """Return the first of the ranked sites, as far as the limit goes."""
    first = np.zeros(len(prices), bool)
    first[ranked[np.cumsum(prices[ranked]) <= limit * (1 + _NOISE)]] = True
    return first


def _near_steps(case: Case, plan: Plan) -> Steps:
    """Solve small instances, else exchange; the plan's own sites and the step before are always among the choices."""
    model, worth, fixed = case.model, case.worth, case.fixed
    assert isinstance(model, PMedian | PCenter)
    ranked = case.instance.candidates.get_indexer(plan.sites.index).astype(np.int64)
    ranked = np.concatenate([case.instance.required, ranked[~fixed[ranked]]])

    def step(limit: float, last: Mask) -> tuple[Mask, float] | None:
        p = int(limit)
        if p < fixed.sum():
            return None
        known = [_first(ranked, case.takes, limit), last]
        if p == model.p:
            return max(known, key=worth.of), -plan.bound
        found, bound = _nearer(case, p, known)
        return max([*known, *found], key=worth.of), bound

    return step


def _nearer(case: Case, p: int, known: list[Mask]) -> tuple[list[Mask], float]:
    """Return choices of p sites, by exchanges from the known ones in large instances, and the bound on their worth."""
    model, instance, fixed = case.model, case.instance, case.fixed
    assert isinstance(model, PMedian | PCenter)
    if len(instance.indices) <= _PROVEN:
        try:
            answer = solve(type(model)(p), instance, Effort(time_limit_s=_STEP_S, seed=0))
        except (InfeasibleError, SolverError):
            pass
        else:
            return [mask_of(instance, answer.chosen)], -answer.bound
    if isinstance(model, PCenter):
        return [shortened(instance, max(known, key=case.worth.of), p)], np.nan
    return [heuristic.swap_median(instance, s, p=p, fixed=fixed) for s in (fixed, *known)], np.nan


def _ruled_steps(case: Case, plan: Plan) -> Steps:
    """Solve small questions; else exchanges from the step before, the plan's first sites, the least that may be."""
    least = case.least(Effort(time_limit_s=_STEP_S, seed=0))
    worth, ranked = case.worth, case.instance.candidates.get_indexer(plan.sites.index).astype(np.int64)
    sign = -1.0 if case.by_minutes else 1.0

    def step(limit: float, last: Mask) -> tuple[Mask, float] | None:
        exchange = case.exchange(limit)
        tried = (least, last, _first(ranked, case.takes, limit))
        starts = [s for s in tried if s is not None and exchange.keeps(s)]
        if not starts:
            return None
        solved = _solved(case, limit)
        if solved is None:
            choices, bound = [exchange.improved(s) for s in starts], np.nan
        else:
            choices, bound = [*solved[0], *starts], sign * solved[1]
        choices = [c for c in choices if worth.of(c) >= worth.floor]
        return (max(choices, key=worth.of), bound) if choices else None

    return step


def _solved(case: Case, limit: float) -> tuple[list[Mask], float] | None:
    """Return the choice of one program, none where nothing does, and its bound; None where it is too large."""
    assert case.question is not None
    question = replace(case.question, model=case.at_most(limit))
    if len(question.pairs) > _SOLVED:
        return None
    try:
        found = solve_ruled(question, Effort(time_limit_s=_STEP_S, seed=0))
    except InfeasibleError:
        return [], np.nan
    except SolverError:
        return None
    return [found.open[question.free]], found.bound
