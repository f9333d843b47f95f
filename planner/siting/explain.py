"""Why here: whom each site gains, who came second and by how much, what would do, and how far money goes."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..errors import TableError
from ..tables import three
from ..travel import TravelTimes
from . import heuristic, maximal
from .answer import Effort, costs_of, mask_of
from .covers import Cover, cover_within
from .exact import solve
from .explain_near import near_curve, near_rivals, near_sites
from .instance import Instance, Wishes, ids_of, read_instance
from .kernels import Mask
from .models import LSCP, MCLP, PCenter, PMedian
from .plan import Plan, plain_value, plan_of
from .rules import Allowed, Rules
from .volume import volume

_RIVALS = 2  # runners-up a site
_PROVEN = 100_000  # cover entries up to which each step of the curve gets a bound
_NOISE = 1e-9  # of a sum of people or money, relative
_SHORT_S = 5.0


@dataclass(frozen=True, kw_only=True)
class SiteSheets:
    """The grounds of a plan, site by site.

    sites: by candidate_id in rank order: gain, cost and cost_per_person (yuan a newly covered person; missing without
    costs or gain), lost (people whom nobody covers if the site is dropped), and newly_<weight> for each weight given.
    rivals: candidate_id, order (1 the strongest), rival_id, loss (people fewer covered if the rival stood instead;
    0 the same), cost and extra (money more than the site), why: fewer, same, too_dear, rule (it would break a side
    condition), priority (it covers no fewer, and less by priority). Required sites have none.
    Of PMedian and PCenter see `near_sites` and `near_rivals`: lost and loss are people-minutes or minutes.
    """

    sites: pd.DataFrame
    rivals: pd.DataFrame


@dataclass(frozen=True, kw_only=True)
class Shortfall:
    """What stands between a standard and everybody.

    unreached: demand ids that no candidate and no existing facility reaches within the standard; people: of them.
    least_min: the least standard by which all candidates together would reach everybody; None where that is beyond
    the times. sites: how many cover everybody who can be covered, money: the least that costs; None without costs.
    proven: whether fewer or less is proven impossible.
    """

    unreached: tuple[str, ...]
    people: float
    least_min: float | None
    sites: int
    money: float | None
    proven: bool

    @property
    def example(self) -> str:
        """At most three of the unreached ids."""
        return three(self.unreached)


def site_sheets(  # noqa: PLR0913
    plan: Plan,
    times: TravelTimes,
    demand: pd.Series,
    *,
    weights: pd.DataFrame | None = None,
    candidates: Iterable[str] | None = None,
    existing: Iterable[str] = (),
    required: Iterable[str] = (),
    forbidden: Iterable[str] = (),
    costs: pd.Series | None = None,
    rules: Rules | None = None,
) -> SiteSheets:
    """Say of each site whom it gains, and which candidates came second and why they lost.

    weights: further counts of people by demand_id, e.g. pop60, pop80, child. The other arguments as for the plan, which
    has no capacities and is no BCLP.

    Raises:
        TableError: a plan of another model, and what `propose_sites` refuses.
    """
    wishes = Wishes(candidates=candidates, existing=existing, required=required, forbidden=forbidden, costs=costs)
    instance = read_instance(times, demand, wishes)
    allowed = Allowed(rules=rules, candidates=instance.candidates, existing=ids_of(existing))
    if isinstance(plan.model, PMedian | PCenter):
        sites, rivals = near_sites(plan, instance), [*near_rivals(plan, instance, allowed)]
    else:
        sites, rivals = _cover_sheets(plan, instance, allowed)
    if "cost" in sites:
        sites = sites.assign(cost_per_person=sites["cost"] / sites["gain"].where(sites["gain"] > 0))
    people = pd.DataFrame(index=demand.index) if weights is None else weights
    for name in people.columns:
        gained = plan.assignment.assign(more=people[name].reindex(plan.assignment.index))
        summed = gained.groupby("candidate_id")["more"].sum().reindex(sites.index, fill_value=0)
        sites = sites.assign(**{f"newly_{name}": summed})
    columns_of = ["candidate_id", "order", "rival_id", "loss", "cost", "extra", "why"]
    return SiteSheets(sites=sites, rivals=pd.DataFrame(rivals, columns=columns_of))


def _cover_sheets(plan: Plan, instance: Instance, allowed: Allowed) -> tuple[pd.DataFrame, list[tuple[object, ...]]]:
    """Return the sites of an LSCP or MCLP with `lost`, and their rivals."""
    standard_min = _standard(plan)
    chosen = mask_of(instance, instance.candidates.get_indexer(plan.sites.index))
    pairs = np.flatnonzero(instance.minutes <= standard_min)
    rows, columns = instance.rows[pairs], instance.indices[pairs]
    open_rows = instance.people & (instance.standing_min > standard_min)
    pairs_open = open_rows[rows]
    rows, columns = rows[pairs_open], columns[pairs_open]
    count = np.bincount(rows[chosen[columns]], minlength=len(instance.demand))
    lost, rivals = {}, []
    for candidate in plan.sites.index:
        j = int(instance.candidates.get_indexer(pd.Index([candidate]))[0])
        alone = np.zeros(len(instance.demand), bool)
        own = rows[columns == j]
        alone[own] = count[own] == 1
        waiting = open_rows & ((count == 0) | alone)
        lost[candidate] = plain_value(instance.weights[alone].sum())
        gains = np.bincount(columns, weights=instance.weights[rows] * waiting[rows], minlength=len(chosen))
        if j not in instance.required:
            rivals += _rivals(plan, instance, (chosen, allowed), j, lost[candidate] - gains)
    sites = plan.sites[[c for c in ("gain", "cost") if c in plan.sites]].assign(lost=pd.Series(lost))
    return sites, rivals


def _standard(plan: Plan) -> float:
    if not isinstance(plan.model, LSCP | MCLP):
        raise TableError("explain_model", model=type(plan.model).__name__)
    return plan.model.standard_min


def _rivals(
    plan: Plan, instance: Instance, choice: tuple[Mask, Allowed], j: int, losses: NDArray[np.floating]
) -> list[tuple[object, ...]]:
    """Return who loses fewest people in the place of `j`: the first of all, then of those that might stand there."""
    chosen, allowed = choice
    free = np.flatnonzero(~chosen)
    ranked = free[np.lexsort((free, losses[free]))]
    money, name = costs_of(instance), instance.candidates[j]
    dear = money - money[j] > plan.left_for(name) + _NOISE * money.max(initial=1.0)  # nobody without a limit
    without = chosen.copy()
    without[j] = False
    may = (k for k in ranked if not dear[k] and allowed.keeps(without, int(k)))
    best = list(dict.fromkeys([*ranked[:1], *islice(may, _RIVALS)]))[:_RIVALS]
    rows: list[tuple[object, ...]] = []
    for order, k in enumerate(best, 1):
        why = "too_dear" if dear[k] else "fewer" if losses[k] > 0 else "priority" if plan.priority else "same"
        why = why if allowed.keeps(without, int(k)) else "rule"
        cost, extra = (money[k], money[k] - money[j]) if instance.costs is not None else (np.nan, np.nan)
        rows.append((name, order, instance.candidates[k], plain_value(losses[k]), float(cost), float(extra), why))
    return rows


def explain_shortfall(
    times: TravelTimes,
    demand: pd.Series,
    *,
    standard_min: float,
    existing: Iterable[str] = (),
    forbidden: Iterable[str] = (),
    costs: pd.Series | None = None,
    time_limit_s: float = _SHORT_S,
) -> Shortfall:
    """Say whom no candidate reaches, and the standard, the sites and the money that would do for everybody.

    Raises:
        TableError: what `propose_sites` refuses.
    """
    if standard_min > times.cutoff_min:
        raise TableError("siting_cutoff", standard=standard_min, cutoff=times.cutoff_min)
    instance = read_instance(times, demand, Wishes(existing=existing, forbidden=forbidden, costs=costs))
    least = instance.nearest(np.arange(len(instance.candidates)))[0]
    unreached = instance.people & (least > standard_min)
    farthest = float(least[instance.people].max(initial=0.0))
    counted = replace(instance, costs=None)
    model, effort = LSCP(standard_min), Effort(time_limit_s=time_limit_s, seed=0)
    plans = [plan_of(model, i, solve(model, i, effort)) for i in ([counted] if costs is None else [counted, instance])]
    return Shortfall(
        unreached=tuple(instance.demand[unreached]),
        people=plain_value(instance.weights[unreached].sum()),
        least_min=farthest if np.isfinite(farthest) else None,
        sites=len(plans[0].sites),
        money=None if costs is None else plans[1].objective,
        proven=all(p.status == "optimal" for p in plans),
    )


def coverage_curve(  # noqa: PLR0913
    plan: Plan,
    times: TravelTimes,
    demand: pd.Series,
    *,
    existing: Iterable[str] = (),
    required: Iterable[str] = (),
    forbidden: Iterable[str] = (),
    costs: pd.Series | None = None,
    steps: int | None = None,
) -> pd.DataFrame:
    """Return what 1 to n sites cover, or n steps of money where the plan has a budget; with the knee.

    Columns: step (sites or money), sites, cost, covered, share, gain (over the step before), bound (missing for large
    instances), knee. Each step is greedy and swap, the plan's own first sites and the step before where they cover
    more. n: twice the plan's sites, at least 10, and no more than bring somebody; 12 steps of a tenth of the budget.
    The knee is the step farthest above the straight line from no step to the last. Of PMedian and PCenter see
    `near_curve`. Side conditions are left out of the curve.

    Raises:
        TableError: a plan of another model.

    Source: Satopaa, Albrecht, Irwin and Raghavan (2011), Finding a "Kneedle" in a Haystack, ICDCS Workshops.
    """
    wishes = Wishes(existing=existing, required=required, forbidden=forbidden, costs=costs)
    instance = read_instance(times, demand, wishes)
    if isinstance(plan.model, PMedian | PCenter):
        return near_curve(plan, instance, steps)
    return _cover_curve(plan, instance, steps)


def _cover_curve(plan: Plan, instance: Instance, steps: int | None) -> pd.DataFrame:
    """Return the curve of an LSCP or MCLP; what is required is the plan's own and no step of it."""
    standard_min, instance = _standard(plan), replace(instance, required=np.zeros(0, np.int64))
    cover = cover_within(instance, standard_min)
    money = plan.money or 0.0
    prices = costs_of(instance) if money else np.ones(len(instance.candidates))
    grid = money * np.arange(1, 13) / 10 if money else np.arange(1, (steps or max(2 * len(plan.sites), 10)) + 1.0)
    before = float(instance.weights[instance.standing_min <= standard_min].sum())
    ranked = instance.candidates.get_indexer(plan.sites.index)
    rows, chosen = [], np.zeros(len(instance.candidates), bool)
    for limit in grid:
        chosen = _step(cover, prices, float(limit), ranked, chosen)
        covered = maximal.covered(cover, chosen)
        bound = before + volume(cover, prices, float(limit), covered).bound if _provable(cover, chosen) else np.nan
        cost = np.nan if instance.costs is None else float(instance.costs[chosen].sum())
        rows.append((float(limit), int(chosen.sum()), cost, before + covered, max(bound, before + covered)))
        if covered >= cover.total * (1 - _NOISE):
            break
    curve = pd.DataFrame(rows, columns=["step", "sites", "cost", "covered", "bound"])
    # a bound of more sites or money bounds fewer too, and nobody covers more than all candidates together
    curve["bound"] = curve["bound"][::-1].cummin()[::-1].clip(upper=before + cover.total)
    curve["bound"] = curve[["bound", "covered"]].max(axis=1).where(curve["bound"].notna())
    total = float(instance.weights.sum())
    gain = curve["covered"].diff().fillna(curve["covered"].iloc[0] - before)
    return curve.assign(share=curve["covered"] / total if total else 0.0, gain=gain, knee=_knee(curve, before))


def _provable(cover: Cover, chosen: Mask) -> bool:
    return 0 < len(cover.indices) <= _PROVEN and bool(chosen.any())


def _step(cover: Cover, prices: NDArray[np.float64], limit: float, ranked: NDArray[np.int64], before: Mask) -> Mask:
    """Return the best choice of a step: from nothing, from the step before, from the plan's first sites."""
    if len(cover) == 0:
        return before
    first = np.zeros_like(before)
    kept = ranked[np.cumsum(prices[ranked]) <= limit * (1 + _NOISE)]
    first[kept] = True
    starts = [np.zeros_like(before), before, first]
    grown = [heuristic.greedy_cover(cover, prices, s, limit=limit) for s in starts]
    return max(
        (heuristic.swap_cover(cover, prices, g, limit=limit) for g in grown), key=lambda c: maximal.covered(cover, c)
    )


def _knee(curve: pd.DataFrame, before: float) -> NDArray[np.bool_]:
    """Return which step is farthest above the chord; none where the curve is a line."""
    x, y = curve["step"].to_numpy(), curve["covered"].to_numpy() - before
    above = y / y[-1] - x / x[-1] if y[-1] > 0 else np.zeros(len(x))
    marks = np.zeros(len(x), bool)
    if above.max() > _NOISE:
        marks[int(np.argmax(above >= above.max() - _NOISE))] = True
    return marks
