"""Solve a model on an instance with HiGHS and say what is proven.

Required sites are fixed: what they cover is taken out, what they cost is spent, and the rest is solved.
Existing facilities are treated alike but cost nothing. So every program is over free candidates only.
"""

import numpy as np
from numpy.typing import NDArray

from ..errors import InfeasibleError, SolverError
from ..tables import three
from . import heuristic
from .answer import Answer, Effort, answer_of, costs_of, mask_of, nothing, refuse_required, served
from .center import center
from .covers import cover_within
from .instance import Instance
from .least_cost import cover_at_least_cost
from .maximal import maximal_cover
from .median_bound import search_median
from .models import LSCP, MCLP, PCenter, PMedian

_NOISE = 1e-9  # of a sum of people or money, relative


def solve(model: LSCP | MCLP | PMedian | PCenter, instance: Instance, effort: Effort) -> Answer:
    """Solve any of the models that `ruled` is not needed for.

    Raises:
        InfeasibleError: no choice does what was asked, with the reason.
        SolverError: the solver stopped without an answer.
    """
    match model:
        case MCLP():
            return maximal_cover(model, instance, effort)
        case LSCP():
            return set_cover(model, instance, effort)
        case PMedian():
            return median(model, instance, effort)
        case PCenter():
            return center(model, instance, _reach(model, instance, effort), effort)


def set_cover(model: LSCP, instance: Instance, effort: Effort) -> Answer:
    """Solve `LSCP` eq. 1-4; the bound is in sites, or in money where costs are given."""
    partial = model.share < 1
    cover = cover_within(instance, model.standard_min, counted=not partial)
    need = min(_need(model, instance), cover.total) if partial else cover.total
    costs = costs_of(instance)
    spent = float(costs[instance.required].sum())
    if need <= _NOISE * max(cover.total, 1e-300):
        return Answer(chosen=instance.required, bound=spent, proven=True)
    solved, found = cover_at_least_cost(cover, costs, need, effort)
    whole = instance.costs is None or instance.costs.dtype.kind == "i"
    bound = np.ceil(solved.bound - 1e-6) if whole else solved.bound
    return answer_of(
        instance, found, spent + max(bound, 0.0), proven=solved.outcome == "optimal", timed_out=solved.timed_out
    )


def median(model: PMedian, instance: Instance, effort: Effort) -> Answer:
    """Solve `PMedian` eq. 1-4; the bound is in people-minutes."""
    fixed = mask_of(instance, instance.required)
    start = _better(model, instance, _reach(model, instance, effort), fixed)
    found = search_median(instance, start, model.p, whole=_is_whole(instance), effort=effort)
    chosen = _better(model, instance, found.chosen, fixed)
    worth = _people_minutes(instance, chosen)
    proven = found.bound >= worth * (1 - _NOISE)
    return answer_of(instance, chosen, min(found.bound, worth), proven=proven, timed_out=found.timed_out)


def _better(
    model: PMedian, instance: Instance, choice: NDArray[np.bool_], fixed: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Return a choice after exchanges, unless they leave somebody out."""
    swapped = heuristic.swap_median(instance, choice, p=model.p, fixed=fixed)
    return min(swapped, choice, key=lambda mask: _people_minutes(instance, mask))


def _is_whole(instance: Instance) -> bool:
    times = np.append(instance.minutes, instance.standing_min[np.isfinite(instance.standing_min)])
    return instance.weights.dtype.kind == "i" and bool((times == np.round(times)).all())


def _need(model: LSCP, instance: Instance) -> float:
    """Return how many people free sites must cover to make up the share."""
    wanted = model.share * float(instance.weights.sum())
    if instance.weights.dtype.kind == "i":
        wanted = float(np.ceil(wanted * (1 - _NOISE)))
    return wanted - served(instance, model.standard_min)


def _reach(model: PMedian | PCenter, instance: Instance, effort: Effort) -> NDArray[np.bool_]:
    """Return at most p sites, required ones included, that reach everyone within the cutoff.

    Raises:
        InfeasibleError: nobody can reach some demand, or p is too small; with what would do.
    """
    refuse_required(model.p, instance)
    refuse_unreachable(instance)
    cover = cover_within(instance, instance.cutoff_min, counted=True)
    required = mask_of(instance, instance.required)
    if len(cover) == 0:
        return required
    free = model.p - len(instance.required)
    costs = np.ones(len(instance.candidates))
    found = heuristic.greedy_cover(cover, costs, nothing(instance), need=cover.total)
    if found.sum() > free:
        solved, found = cover_at_least_cost(cover, costs, cover.total, effort)
        _refuse_too_few(model.p, instance, int(np.ceil(solved.bound - 1e-6)), int(found.sum()))
    return found | required


def refuse_unreachable(instance: Instance) -> None:
    """Refuse demand that no candidate and no existing facility reaches.

    Raises:
        InfeasibleError: with who it is.
    """
    alone = instance.people & np.isinf(instance.standing_min) & (np.diff(instance.indptr) == 0)
    if alone.any():
        raise InfeasibleError(
            "siting_unreachable",
            n=int(alone.sum()),
            people=instance.weights[alone].sum(),
            ids=three(instance.demand[alone]),
            cutoff=instance.cutoff_min,
        )


def _refuse_too_few(p: int, instance: Instance, least: int, found: int) -> None:
    fixed = len(instance.required)
    if fixed + least > p:
        raise InfeasibleError(
            "siting_p_too_small", p=p, need=fixed + least, enough=fixed + found, cutoff=instance.cutoff_min
        )
    if fixed + found > p:
        raise SolverError("siting_undecided", p=p, enough=fixed + found)


def _people_minutes(instance: Instance, chosen: NDArray[np.bool_]) -> float:
    least, _ = instance.nearest(np.flatnonzero(chosen))
    return float((instance.weights[instance.people] * least[instance.people]).sum())
