"""Years with side conditions, capacities or milestones that must be met: one program, or search under a bound.

Small questions go to HiGHS as they are, large ones to `phasing_search`. The bound is proven either way.
"""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..errors import InfeasibleError, SolverError
from . import highs
from .answer import Effort, mask_of
from .calendar import Calendar, Phasing
from .calendar_rules import Timed, keeps_rules, timed_program
from .calendar_solve import FoundCalendar, cut_into_years, required_calendar, short_effort, whole_of
from .exact import solve
from .flows import flows_to, standing_first
from .instance import Instance
from .models import MCLP
from .phased import Outcome, Outcomes, PhasedPlan, by_cover, phased_plan
from .phasing_search import calendar_in, clashing, for_rules, keeps, searched
from .phasing_why import maximal_of, why_none
from .plan import plain_value
from .ruled import refuse_places, rounded, settled, solve_ruled
from .ruled_counts import Question
from .ruled_plan import assignment_of

_NOISE = 1e-9
_PROGRAM = 150_000  # matrix entries that HiGHS is given at once
_SETTLED = 20_000  # matrix entries up to which ties are settled by a second program


def ruled_phases(
    question: Question,
    instance: Instance,
    task: Phasing,
    *,
    goals: Mapping[int, float],
    hard: bool,
    effort: Effort,
) -> PhasedPlan:
    """Plan the years of a question (eq. 1-8 of `phase_plan`).

    instance: without the facilities that stand as columns. task: the same without side conditions, weighed as the
    objective counts.

    Raises:
        InfeasibleError: what is asked cannot be, with the year and the money that would do.
        SolverError: nothing was found in time.
    """
    refuse_places(question)
    assert isinstance(question.model, MCLP)
    weights = question.counts
    timed = _timed(question, instance, task, goals if hard else {})
    if question.capacities is None:
        outcomes = by_cover(question.model, instance, task.horizon, priority=weights, keep=True)
    else:
        outcomes = _by_flow(timed, instance)
    found = _solve(timed, task, outcomes, effort)
    weighed = instance if weights is None else replace(instance, weights=weights)
    sliced, cut = _sliced(timed, weighed, task, outcomes, effort)
    plan = phased_plan(
        question.model,
        instance,
        task.horizon,
        (outcomes(_pruned(timed, found.calendar, outcomes)), outcomes(sliced)),
        bound=found.bound,
        goals=goals,
        sliced_keeps=keeps(timed, sliced, outcomes),
    )
    late = cut or (found.timed_out and plan.status != "optimal")
    return replace(plan, timed_out=late, priority=weights is not None)


def _timed(question: Question, instance: Instance, task: Phasing, goals: Mapping[int, float]) -> Timed:
    takes = np.zeros(question.n)
    takes[question.free] = task.horizon.takes
    total = float(instance.weights.sum())
    people = np.array([goals.get(year, 0.0) * total for year in task.horizon.years])
    if instance.weights.dtype.kind == "i":
        people = np.ceil(people * (1 - _NOISE) - _NOISE)
    return Timed(question=question, horizon=replace(task.horizon, takes=takes), goals=people)


def _by_flow(timed: Timed, instance: Instance) -> Outcomes:
    """Return how calendars are judged by the people who find room; who stands earlier fills up first.

    Of all flows the one that is best for those who stand first, then for the next, is also the largest in every year,
    so the people of a site are what it adds to those before it.

    Source: Megiddo (1974), Mathematical Programming 7, lexicographically optimal flows.
    """
    question, horizon = timed.question, timed.horizon
    ids = question.instance.candidates

    def outcome(calendar: Calendar) -> Outcome:
        every = timed.columns(calendar)
        age = np.lexsort((np.arange(question.n), ~question.stands, every))
        order = np.empty(question.n)
        order[age] = np.arange(question.n, 0, -1)
        is_open = every < horizon.never
        order -= order[is_open].min(initial=1) - 1
        flows = assignment_of(question, flows_to(question, is_open, order))
        new = flows[flows["candidate_id"].isin(instance.candidates)]
        built = np.flatnonzero(is_open & question.free)
        gains = new.groupby("candidate_id")["weight"].sum().reindex(ids[built], fill_value=0).to_numpy()
        ranked = np.lexsort((built, -gains, every[built]))
        at = instance.candidates.get_indexer(ids[built][ranked])
        assert instance.costs is not None
        sites = pd.DataFrame(
            {
                "rank": np.arange(1, len(at) + 1),
                "gain": gains[ranked],
                "cost": instance.costs[at],
                "phase": np.array(horizon.years, np.int64)[every[built][ranked]],
            },
            index=instance.candidates[at].rename("candidate_id"),
        )
        before = plain_value(flows["weight"].sum() - new["weight"].sum())
        added = [gains[every[built] == y].sum() for y in range(horizon.never)]
        covered = before + np.cumsum(added)
        counted = covered
        if question.counts is not None:
            before, covered, counted = _by_year(timed, every)
        return Outcome(sites=sites, assignment=new, covered=covered, counted=counted, before=before)

    return outcome


def _by_year(timed: Timed, every: Calendar) -> tuple[float, NDArray[np.float64], NDArray[np.float64]]:
    """Return the people who find room before the first year and in each, and what the objective counts of the latter.

    By a priority one flow is not the best of all years: who counts more may move to a later site.
    """
    question = timed.question
    open_in = [question.stands, *(every <= y for y in range(timed.years))]
    yearly = [assignment_of(question, flows_to(question, is_open, standing_first(question))) for is_open in open_in]
    each = pd.Series(question.each, index=question.instance.demand)
    people = [float(flows["weight"].sum()) for flows in yearly]
    counted = [float((flows["weight"] * each.reindex(flows.index)).sum()) for flows in yearly]
    return people[0], np.array(people[1:]), np.array(counted[1:])


def _solve(timed: Timed, task: Phasing, outcomes: Outcomes, effort: Effort) -> FoundCalendar:
    """Return the best calendar, by one program where that is small enough, else by search."""
    program = timed_program(timed)
    if len(program.indices) > _PROGRAM:
        return searched(timed, task, outcomes, effort)
    solved = highs.solve(program, **effort.for_highs())
    if solved.outcome == "infeasible":
        raise why_none(timed, effort)
    if solved.values is None:  # noqa: PD011  no frame
        return searched(timed, task, outcomes, effort)
    proven = solved.outcome == "optimal"
    bound = rounded(program, solved.bound)
    if proven and len(program.indices) <= _SETTLED:
        solved = settled(program, solved, _built_money(timed), effort)
    return FoundCalendar(calendar=calendar_in(timed, solved), bound=bound, timed_out=solved.timed_out and not proven)


def _built_money(timed: Timed) -> NDArray[np.float64]:
    """Return what each X_jy costs: what a site costs, in the last year, when all are built."""
    money = np.zeros((timed.question.n, timed.years))
    money[:, -1] = timed.question.costs
    return money.ravel()


def _pruned(timed: Timed, calendar: Calendar, outcomes: Outcomes) -> Calendar:
    """Leave out sites that add nobody, the last first, where the side conditions do without them."""
    found, calendar = outcomes(calendar), calendar.copy()
    ids = timed.question.instance.candidates[timed.question.free]
    idle = ids.get_indexer(found.sites.index[found.sites["gain"].to_numpy() == 0])
    for j in idle[::-1]:
        year, calendar[j] = calendar[j], timed.years
        same = outcomes(calendar).counted.sum() >= found.counted.sum()
        if not (same and keeps_rules(timed.question, timed.columns(calendar) < timed.years)):
            calendar[j] = year
    return calendar


def _sliced(
    timed: Timed, weighed: Instance, task: Phasing, outcomes: Outcomes, effort: Effort
) -> tuple[Calendar, bool]:
    """Rank one plan for all the money that keeps the side conditions, and cut it into years.

    Where the sites that it requires do not fit into the years, they stay out.
    """
    chosen, cut = _one_plan(timed, weighed, task, effort)
    at_once = np.where(chosen, 0, timed.years)
    ids = timed.question.instance.candidates[timed.question.free]
    ranked = ids.get_indexer(outcomes(at_once).sites.index)
    bare = replace(task, required=np.zeros(len(task.costs), bool))
    try:
        start = required_calendar(task, effort)
    except InfeasibleError:
        start = np.full(len(task.costs), timed.years)
    return cut_into_years(bare, ranked, start), cut


def _one_plan(timed: Timed, weighed: Instance, task: Phasing, effort: Effort) -> tuple[NDArray[np.bool_], bool]:
    """Return the candidates of one plan for all the money, and whether the clock cut it short.

    Exact where that is small; else, and where it is not found in its time, without capacities and among candidates
    that cannot clash.
    """
    question, short = replace(timed.question, model=whole_of(task, maximal_of(timed))), short_effort(effort)
    if len(question.instance.indices) <= _PROGRAM / timed.years:
        try:
            found = solve_ruled(question, short)
        except (InfeasibleError, SolverError):
            pass
        else:
            return found.open[question.free], found.timed_out
    reach = np.bincount(weighed.indices, weights=weighed.weights[weighed.rows], minlength=len(task.costs))
    wanted = reach / max(reach.max(initial=0.0), 1e-300)
    needed = for_rules(timed, np.ones(len(wanted)), short)
    stays = ~clashing(timed, needed, wanted)[weighed.indices]
    counts = np.bincount(weighed.rows[stays], minlength=len(weighed.demand))
    part = replace(
        weighed,
        required=np.flatnonzero(needed),
        indptr=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        indices=weighed.indices[stays],
        minutes=weighed.minutes[stays],
    )
    try:
        answer = solve(whole_of(task, maximal_of(timed)), part, short)
    except InfeasibleError:
        return needed, False
    return mask_of(part, answer.chosen), answer.timed_out
