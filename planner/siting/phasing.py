"""When to build: `phase_plan`, a budget a year, all years in one problem."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from numbers import Real

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..errors import Fault, TableError
from ..travel import TravelTimes
from .answer import Effort, refuse_required
from .calendar import Phasing
from .calendar_solve import sliced_calendar, solve_calendar, task_of
from .instance import Instance, read_instance
from .models import MCLP, Model
from .phased import PhasedPlan, by_cover, phased_plan
from .phasing_ruled import ruled_phases
from .ruled_plan import question_of
from .rules import Rules
from .terms import Terms


def phase_plan(  # noqa: PLR0913  the contract's signature
    model: Model,
    times: TravelTimes,
    demand: pd.Series,
    *,
    budgets: Mapping[int, float],
    costs: pd.Series,
    carry_over: bool = False,
    milestones: Mapping[int, float] | None = None,
    candidates: Iterable[str] | None = None,
    existing: Iterable[str] = (),
    required: Iterable[str] = (),
    forbidden: Iterable[str] = (),
    closing: Iterable[str] = (),
    rules: Rules | None = None,
    capacities: "pd.Series | None" = None,
    milestones_hard: bool = False,
    priority: "pd.Series | None" = None,
    time_limit_s: float = 60,
    seed: int = 0,
) -> PhasedPlan:
    """Choose sites and the year of each, so that people covered, summed over the years, are most.

    With X_jy in {0, 1} whether a site stands at j in year y, Y_iy whether i is covered then:

        max  sum_y sum_i w_i Y_iy                                        (1)
        s.t. Y_iy <= sum_{j in N_i} X_jy,  0 <= Y_iy <= 1                (2)
             X_j,y-1 <= X_jy                                             (3)  what is built stays
             sum_j c_j (X_jy - X_j,y-1) <= B_y                           (4)  or, with carry-over,
             sum_j c_j X_jy <= sum_{y' <= y} B_y'                        (4')
             sum_j X_jT <= p  or  sum_j c_j X_jT <= budget               (5)  the model's own limit, all years together
             eq. 1-4 of `Rules` on X_jT                                  (6)  side conditions hold at the end
             sum_i w_i Y_iy >= r_y sum_i w_i                             (7)  milestones that must be met
             w_i Y_iy = sum_j f_ijy,  sum_i f_ijy <= q_j X_jy            (8)  capacities, in place of (2)

    All years are one problem; small ones are solved exactly by HiGHS, others by annealing under a bound of
    prices (`calendar_bound`). What a ranking cut into slices would do is computed too: `PhasedPlan.sliced`.

    model: MCLP. demand: people by demand_id. budgets: money by year, in the unit of `costs`; 0 is allowed.
    costs: by candidate_id. carry_over: money left of a year may be spent later. milestones: r_y, share of all people
    by year, 0 to 1; reported as met or not, forced with `milestones_hard`. existing, required, forbidden, closing,
    rules, capacities: as in `propose_sites`; required sites are built in some year, closing facilities serve in none.
    priority: w_i by demand_id, what the objective counts in place of people (`siting.priority`); people are told.

    Raises:
        TableError: a model without a standard, budgets or milestones that cannot be, and what `propose_sites` refuses.
        InfeasibleError: the budgets cannot pay for the required sites or the side conditions, or a milestone cannot be
            met; with the year and the money that would do.
        SolverError: the solver stopped without an answer.

    Source: multi-period maximal covering, Schilling (1980), Decision Sciences 11(4); Gunawardane (1982), EJOR 10(2).
    """
    if not isinstance(model, MCLP):
        raise TableError("phase_model", model=type(model).__name__)
    if model.standard_min > times.cutoff_min:
        raise TableError("siting_cutoff", standard=model.standard_min, cutoff=times.cutoff_min)
    goals = dict(milestones or {})
    _refuse(budgets, goals)
    terms = Terms(
        candidates=candidates, existing=existing, required=required, forbidden=forbidden, closing=closing, costs=costs,
        rules=rules or Rules(), capacities=capacities, priority=priority,
    )  # fmt: skip
    instance = read_instance(times, demand, terms)
    if model.p is not None:
        refuse_required(model.p, instance)
    effort = Effort(time_limit_s=time_limit_s, seed=seed)
    weights = None if priority is None else terms.weighed(instance).weights
    task = task_of(model, terms.weighed(instance), budgets, carry_over=carry_over)
    if rules or capacities is not None or (milestones_hard and goals):
        question = question_of(model, times, demand, terms, instance)
        return ruled_phases(question, instance, task, goals=goals, hard=milestones_hard, effort=effort)
    return _plain_phases(model, instance, task, weights=weights, goals=goals, effort=effort)


def _plain_phases(
    model: MCLP,
    instance: Instance,
    task: Phasing,
    *,
    weights: NDArray | None,
    goals: Mapping[int, float],
    effort: Effort,
) -> PhasedPlan:
    """Plan the years where nothing but money and required sites is asked."""
    weighed = instance if weights is None else replace(instance, weights=weights)
    sliced, cut = sliced_calendar(task, model, weighed, effort)
    found = solve_calendar(task, weighed, sliced, effort)
    outcomes = by_cover(model, instance, task.horizon, priority=weights, keep=weights is not None)
    standing = weighed.weights[weighed.standing_min <= model.standard_min].sum()
    plan = phased_plan(
        model,
        instance,
        task.horizon,
        (outcomes(found.calendar), outcomes(sliced)),
        bound=found.bound + float(standing) * task.horizon.never,
        goals=goals,
    )
    late = cut or (found.timed_out and plan.status != "optimal")
    return replace(plan, timed_out=late, priority=weights is not None)


def _refuse(budgets: Mapping[int, float], goals: Mapping[int, float]) -> None:
    """Refuse years that are no whole numbers, money below 0, and milestones of other years or beyond 0 to 1."""
    faults = [] if budgets else [Fault("phase_years", {"value": "{}"})]
    for year, money in budgets.items():
        good = isinstance(money, Real) and not isinstance(money, bool) and 0 <= float(money) < np.inf
        if not good or not isinstance(year, int | np.integer):
            faults.append(Fault("phase_years", {"value": f"{year}: {money}"}))
    for year, share in goals.items():
        if year not in budgets or not (isinstance(share, Real) and 0 <= float(share) <= 1):
            faults.append(Fault("phase_milestone", {"value": f"{year}: {share}"}))
    if faults:
        raise TableError(*faults)
