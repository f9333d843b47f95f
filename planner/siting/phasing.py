"""When to build: `phase_plan`, a budget a year, all years in one problem."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .. import texts
from ..errors import Fault, InfeasibleError, TableError
from ..travel import TravelTimes
from . import highs
from .answer import Effort, costs_of
from .calendar import Calendar, Horizon, Phasing
from .calendar_bound import Tariff, price
from .calendar_program import calendar_of, calendar_program, standing
from .calendar_search import anneal_calendar, greedy_calendar
from .covers import cover_within, without
from .exact import solve
from .instance import Instance, Wishes, read_instance
from .models import MCLP, Model
from .plan import Plan, number_text, plain_value, plan_of, ranked_cover, ranked_sites, ranks_of

_NOISE = 1e-9  # of a sum of people, relative
_RATE = 2e6  # cover entries a second of the time limit that annealing touches: far below what it could
_LENGTH = 5_000  # cover entries touched for each entry there is
_KERNEL = 3  # candidates for annealing, for each site
_SMALL = 12_000  # cover entries times years that HiGHS usually proves in seconds
_SLICED = 0.15  # part of the time for the answer of one period that is cut into slices


@dataclass(frozen=True, kw_only=True)
class PhasedPlan(Plan):
    """A plan with years: `sites` has a column phase, the year; its ranks go by year, then by gain.

    objective and bound: people covered, existing facilities too, summed over the years.
    years: by year: budget, available (with what was carried over), spent, left, sites, gain, covered, demand,
    share, and milestone and met where milestones were given.
    sliced: the same table for the ranking of one plan for all the money, cut into years, and `sliced_objective`.
    """

    years: pd.DataFrame
    sliced: pd.DataFrame
    sliced_objective: float

    @property
    def differs(self) -> bool:
        """Whether solving all years at once covers more than the ranking cut into slices."""
        return self.objective > self.sliced_objective * (1 + _NOISE)

    @property
    def money(self) -> float:
        """What all years have together."""
        return float(self.years["budget"].sum())

    def left_for(self, candidate: Any) -> float:
        """Return the money left in the year of `candidate`."""
        return float(self.years["left"][self.sites["phase"][candidate]])

    def summary(self, language: str = "zh") -> str:
        """Return the plan in a few sentences: what was asked, what comes out year by year, how sure it is."""
        last = self.years.iloc[-1]
        values = {
            "n": len(self.sites),
            "first": self.years.index[0],
            "last": self.years.index[-1],
            "budget": number_text(self.years["budget"].sum()),
            "spent": number_text(self.years["spent"].sum()),
            "standard": number_text(getattr(self.model, "standard_min", 0)),
            "covered": number_text(last["covered"]),
            "people": number_text(self.people),
            "share": f"{100 * last['share']:.2f}",
            "objective": number_text(self.objective),
            "bound": number_text(self.bound),
            "gap": f"{100 * self.gap:.3g}",
            "more": number_text(self.objective - self.sliced_objective),
        }
        keys = ["phased", f"proof_{self.status}", "sliced_less" if self.differs else "sliced_same"]
        keys += ["timed_out"] * self.timed_out
        return "".join(texts.say(language, "siting", key, **values) for key in keys).strip()


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

    All years are one problem; small ones are solved exactly by HiGHS, others by annealing under a bound of
    prices (`calendar_bound`). What a ranking cut into slices would do is computed too: `PhasedPlan.sliced`.

    model: MCLP. demand: people by demand_id. budgets: money by year, in the unit of `costs`; 0 is allowed.
    costs: by candidate_id. carry_over: money left of a year may be spent later. milestones: share of all people
    by year, 0 to 1; reported as met or not, never forced. existing, required, forbidden: as in `propose_sites`;
    required sites are built in some year.

    Raises:
        TableError: a model without a standard, budgets or milestones that cannot be, and what `propose_sites` refuses.
        InfeasibleError: the budgets cannot pay for the required sites.
        SolverError: the solver stopped without an answer.

    Source: multi-period maximal covering, Schilling (1980), Transportation Science 14(1); Gunawardane (1982), EJOR 10.
    """
    if not isinstance(model, MCLP):
        raise TableError("phase_model", model=type(model).__name__)
    if model.standard_min > times.cutoff_min:
        raise TableError("siting_cutoff", standard=model.standard_min, cutoff=times.cutoff_min)
    goals = dict(milestones or {})
    _refuse(budgets, goals)
    wishes = Wishes(candidates=candidates, existing=existing, required=required, forbidden=forbidden, costs=costs)
    instance = read_instance(times, demand, wishes)
    effort = Effort(time_limit_s=time_limit_s, seed=seed)
    task = _task(model, instance, budgets, carry_over=carry_over)
    sliced, cut = _sliced(task, model, instance, effort)
    found = _solve(task, instance, sliced, effort)
    plan = _plan(model, instance, task, found.calendar, sliced, bound=found.bound, goals=goals)
    return replace(plan, timed_out=cut or (found.timed_out and plan.status != "optimal"))


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


def _task(model: MCLP, instance: Instance, budgets: Mapping[int, float], *, carry_over: bool) -> Phasing:
    years = tuple(sorted(int(y) for y in budgets))
    costs, money = costs_of(instance), np.array([float(budgets[y]) for y in years])
    takes = costs if model.p is None else np.ones(len(costs))
    limit = float(model.budget or 0.0) if model.p is None else float(model.p)
    if model.p is None and limit >= money.sum():
        limit = np.inf
    horizon = Horizon(years=years, budgets=money, carry_over=carry_over, takes=takes, total=limit)
    required = np.zeros(len(costs), bool)
    required[instance.required] = True
    # Required sites open in a year that is still to be found, so they are among those who cover.
    cover = cover_within(replace(instance, required=np.zeros(0, np.int64)), model.standard_min)
    return Phasing(cover=cover, costs=costs, horizon=horizon, required=required)


def _sliced(task: Phasing, model: MCLP, instance: Instance, effort: Effort) -> tuple[Calendar, bool]:
    """Rank one plan for all the money, and go through the ranks and the years side by side, never back.

    The second value says whether the clock cut that one plan short.
    """
    calendar = _required(task, effort)
    limited = np.isfinite(task.horizon.total)
    one = model if limited and model.p is None else MCLP(model.standard_min, budget=task.horizon.saved[-1])
    short = Effort(time_limit_s=_SLICED * effort.time_limit_s, seed=effort.seed)
    answer = solve(one, instance, short)
    ranked = plan_of(one, instance, answer).sites.index
    year = 0
    for j in instance.candidates.get_indexer(ranked):
        if task.required[j]:
            continue
        for y in range(year, task.horizon.never):
            calendar[j] = y
            if task.kept(calendar):
                year = y
                break
            calendar[j] = task.horizon.never
    return calendar, answer.timed_out


def _required(task: Phasing, effort: Effort) -> Calendar:
    """Put the required sites, dearest first, in the first year that can pay; search where that fails.

    Raises:
        InfeasibleError: no years can pay for them.
    """
    years, costs = task.horizon.never, task.costs
    calendar = np.full(len(costs), years, np.int64)
    which = np.flatnonzero(task.required)
    bare = replace(task, required=np.zeros(len(costs), bool))
    for j in which[np.argsort(-costs[which], kind="stable")]:
        for y in range(years):
            calendar[j] = y
            if bare.kept(calendar):
                break
            calendar[j] = years
    if task.kept(calendar):
        return calendar
    nothing = np.ones(len(costs), bool)
    only = replace(task, cover=without(task.cover, nothing, ~nothing))
    program = calendar_program(only, whole=True)
    solved = highs.solve(program, **effort.for_highs(), any_do=True)
    found = None if solved.values is None else calendar_of(solved.values, years)  # noqa: PD011  no frame
    if found is None or not task.kept(np.where(task.required, found, years)):
        raise InfeasibleError(
            "phase_required", n=len(which), cost=costs[which].sum(), budget=float(task.horizon.budgets.sum())
        )
    return np.where(task.required, found, years)


@dataclass(frozen=True, kw_only=True)
class _Found:
    """The best calendar, the proven bound on any calendar's worth, and whether the clock ended the search."""

    calendar: Calendar
    bound: float
    timed_out: bool = False


def _solve(task: Phasing, instance: Instance, sliced: Calendar, effort: Effort) -> _Found:
    """Return the best calendar found and the proven bound on its worth."""
    starts = [greedy_calendar(task, start) for start in (sliced, _required(task, effort))]
    best = max(starts, key=task.worth)
    if len(task.cover) == 0:
        return _Found(calendar=best, bound=0.0)
    whole = instance.weights.dtype.kind == "i"
    tariff = price(task, task.worth(best))
    small = _closed(task, best, tariff, effort, whole=whole)
    if small is None:
        best = max((best, _annealed(task, best, tariff, effort)), key=task.worth)
        small = _closed(task, best, tariff, effort, whole=whole)
    found = small or _Found(calendar=best, bound=tariff.bound)
    bound = np.floor(found.bound + 1e-6) if whole else found.bound
    return replace(found, bound=max(float(bound), task.worth(found.calendar)))


def _annealed(task: Phasing, start: Calendar, tariff: Tariff, effort: Effort) -> Calendar:
    """Search among the candidates that the prices favour."""
    kernel = start < task.horizon.never
    kernel[np.argsort(-tariff.often, kind="stable")[: _KERNEL * max(int(kernel.sum()), 1)]] = True
    inside = replace(task, cover=without(task.cover, ~kernel, np.zeros(len(kernel), bool)))
    work = min(float(_LENGTH * len(inside.cover.indices) * task.horizon.never), _RATE * effort.time_limit_s)
    found = anneal_calendar(inside, start, work=work, seed=effort.seed)
    return greedy_calendar(task, found)


def _closed(task: Phasing, best: Calendar, tariff: Tariff, effort: Effort, *, whole: bool) -> _Found | None:
    """Prove with HiGHS what is best, where little is left to decide; None where too much is."""
    worth, years = task.worth(best), task.horizon.never
    least = worth + 1 - 1e-6 if whole else worth * (1 + _NOISE)
    if least > tariff.bound:
        return _Found(calendar=best, bound=worth)
    dropped = tariff.hopeless(least) & ~task.required
    rest = replace(task, cover=without(task.cover, dropped, np.zeros(len(dropped), bool)))
    if len(rest.cover.indices) * years > _SMALL:
        return None
    if effort.out_of_time():
        return _Found(calendar=best, bound=tariff.bound, timed_out=True)
    start = np.where(dropped, years, best)
    program = calendar_program(rest, whole=whole)
    solved = highs.solve(program, **effort.for_highs(), start=standing(start, years))
    if solved.values is not None:  # noqa: PD011  no frame
        found = greedy_calendar(task, calendar_of(solved.values, years))
        best = found if task.kept(found) and task.worth(found) > worth else best
    return _Found(calendar=best, bound=min(tariff.bound, max(solved.bound, worth)), timed_out=solved.timed_out)


def _plan(
    model: MCLP,
    instance: Instance,
    task: Phasing,
    calendar: Calendar,
    sliced: Calendar,
    *,
    bound: float,
    goals: Mapping[int, float],
) -> PhasedPlan:
    """Rank the sites year by year, drop those that gain nobody, and recompute everything from the sites."""
    owner, phase = _owners(model, instance, calendar, task.horizon.never)
    ranked, assignment = ranks_of(instance, owner)
    kept = np.full(len(calendar), task.horizon.never, np.int64)
    kept[ranked] = calendar[ranked]
    sites = ranked_sites(instance, ranked, assignment)
    sites = sites.assign(phase=np.array([task.horizon.years[phase[j]] for j in ranked], np.int64))
    years = _table(model, instance, task, kept, goals)
    before = plain_value(instance.weights[instance.standing_min <= model.standard_min].sum())
    objective = plain_value(years["covered"].sum())
    proven = before * task.horizon.never + bound
    closed = bool(proven <= objective * (1 + _NOISE))
    slices = _table(model, instance, task, sliced, goals)
    return PhasedPlan(
        model=model,
        sites=sites,
        assignment=assignment,
        objective=objective,
        bound=objective if closed else _plain(proven),
        status="optimal" if closed else "feasible",
        people=plain_value(instance.weights.sum()),
        before=before,
        years=years,
        sliced=slices,
        sliced_objective=plain_value(slices["covered"].sum()),
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


def _table(
    model: MCLP, instance: Instance, task: Phasing, calendar: Calendar, goals: Mapping[int, float]
) -> pd.DataFrame:
    """Return what each year spends and covers."""
    horizon, whole = task.horizon, instance.costs is not None and instance.costs.dtype.kind == "i"
    spent = task.spent(calendar)
    left = np.cumsum(horizon.budgets - spent) if horizon.carry_over else horizon.budgets - spent
    covered = [_covered(model, instance, calendar, y) for y in range(horizon.never)]
    before = instance.weights[instance.standing_min <= model.standard_min].sum()
    total = instance.weights.sum()
    table = pd.DataFrame(
        {
            "budget": horizon.budgets,
            "available": left + spent,
            "spent": spent.round().astype(np.int64) if whole else spent,
            "left": left,
            "sites": np.bincount(calendar[calendar < horizon.never], minlength=horizon.never),
            "gain": np.diff(np.array([before, *covered])),
            "covered": covered,
            "demand": total,
            "share": np.array(covered, float) / total if total else 0.0,
        },
        index=pd.Index(horizon.years, name="year"),
    )
    if not goals:
        return table
    milestone = pd.Series(goals, dtype=float).reindex(table.index)
    met = (table["share"] >= milestone - _NOISE).astype(object).where(milestone.notna(), None)
    return table.assign(milestone=milestone, met=met)


def _covered(model: MCLP, instance: Instance, calendar: Calendar, year: int) -> float:
    least, _ = instance.nearest(np.flatnonzero(calendar <= year))
    return plain_value(instance.weights[least <= model.standard_min].sum())


def _plain(value: float) -> float:
    return int(value) if float(value).is_integer() else value
