"""Choose sites and years again where people, reach or costs are a little different: the cases of a yearly plan."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from .calendar import Phasing
from .calendar_search import anneal_calendar, greedy_calendar
from .calendar_solve import cut_into_years, task_of
from .covers import Cover
from .instance import Instance
from .kernels import Mask
from .models import MCLP
from .phased import PhasedPlan

_WORK = 100  # cover entries touched for each entry and year there is
_NOISE = 1e-9  # of a sum of people, relative

Chooser = Callable[[Cover, NDArray[np.float64]], Mask]


def by_years(plan: PhasedPlan, instance: Instance) -> Chooser:
    """Return how the sites of a yearly plan are chosen again, with the same years, budgets and carry-over.

    Of the plan's own calendar (cut anew where it costs too much), one from nothing, and what annealing makes of the
    better one, the best counts; at equal people the plan's own. instance: with the required sites.
    """
    assert isinstance(plan.model, MCLP)
    budgets = dict(zip(plan.years.index, plan.years["budget"], strict=True))
    base = task_of(plan.model, instance, budgets, carry_over=plan.carry_over)
    ranked = instance.candidates.get_indexer(plan.sites.index).astype(np.int64)
    own = np.full(len(instance.candidates), base.horizon.never, np.int64)
    own[ranked] = np.searchsorted(base.horizon.years, plan.sites["phase"].to_numpy())
    by_count = plan.model.p is not None

    def choose(cover: Cover, costs: NDArray[np.float64]) -> Mask:
        takes = base.horizon.takes if by_count else costs
        task = replace(base, cover=cover, costs=costs, horizon=replace(base.horizon, takes=takes))
        return _best(task, own, ranked) < base.horizon.never

    return choose


def _best(task: Phasing, own: NDArray[np.int64], ranked: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the best calendar of a case."""
    bare = replace(task, required=np.zeros(len(task.costs), bool))
    nothing = np.full(len(own), task.horizon.never, np.int64)
    must = cut_into_years(bare, np.flatnonzero(task.required), nothing)
    kept = own if task.kept(own) else cut_into_years(bare, ranked, must)
    if len(task.cover) == 0:
        return kept
    starts = [greedy_calendar(bare, c) for c in (kept, must)]
    best = max(starts, key=task.worth)
    held = replace(task, required=task.required & (best < task.horizon.never))
    work = float(_WORK * len(task.cover.indices) * task.horizon.never)
    found = [kept, *starts, anneal_calendar(held, best, work=work, seed=0)]
    most = max(task.worth(c) for c in found) * (1 - _NOISE)
    return next(c for c in found if task.worth(c) >= most)
