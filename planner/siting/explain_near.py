"""Why here, where the nearest site counts: sheets, rivals and the curve of p-median and p-center plans."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..errors import InfeasibleError, TableError
from . import heuristic
from .answer import Effort, mask_of
from .exact import solve
from .instance import Instance
from .kernels import Mask
from .models import PCenter, PMedian
from .plan import Plan
from .rules import Allowed

_PROVEN = 100_000  # pairs up to which each step of the curve is solved and bounded
_STEP_S = 2.0  # seconds that a step is worth
_NOISE = 1e-9
_RIVALS = 2  # runners-up a site


def near_model(plan: Plan) -> PMedian | PCenter:
    """Return the plan's model.

    Raises:
        TableError: it is neither PMedian nor PCenter.
    """
    if not isinstance(plan.model, PMedian | PCenter):
        raise TableError("explain_model", model=type(plan.model).__name__)
    return plan.model


def near_sites(plan: Plan, instance: Instance) -> pd.DataFrame:
    """Return by candidate_id: minutes of the people whom a site gains, before and after, and what dropping it costs.

    gain, cost (where given), newly_reached: people whom nothing reached within the cutoff before. mean_before,
    max_before: of those who were reached; missing where nobody was. mean_after, max_after: of all it gains.
    lost: how much larger the objective is without the site; missing where somebody would not be reached.
    """
    sites = plan.sites[[c for c in ("gain", "cost") if c in plan.sites]]
    at = instance.demand.get_indexer(plan.assignment.index)
    rows = plan.assignment.assign(before=instance.standing_min[at])
    rows = rows.assign(before=rows["before"].where(np.isfinite(rows["before"])))
    told = {name: _minutes(of_site) for name, of_site in rows.groupby("candidate_id")}
    columns = ["newly_reached", "mean_before", "max_before", "mean_after", "max_after"]
    table = pd.DataFrame.from_dict(told, orient="index", columns=columns).reindex(sites.index)
    table["newly_reached"] = table["newly_reached"].fillna(0)
    chosen = mask_of(instance, instance.candidates.get_indexer(plan.sites.index))
    lost = []
    for j in instance.candidates.get_indexer(plan.sites.index):
        without = chosen.copy()
        without[j] = False
        lost.append(objective_of(near_model(plan), instance, without) - plan.objective)
    lost_of = pd.Series(lost, index=sites.index, dtype=float)
    return sites.join(table).assign(lost=lost_of.where(np.isfinite(lost_of)))


def _minutes(of_site: pd.DataFrame) -> tuple[float, ...]:
    """Return newly reached, mean and largest minutes before, mean and largest after."""
    known = of_site[of_site["before"].notna()]
    new = of_site["weight"].sum() - known["weight"].sum()
    before = (_mean(known, "before"), known["before"].max()) if len(known) else (np.nan, np.nan)
    return float(new), *before, _mean(of_site, "minutes"), float(of_site["minutes"].max())


def _mean(rows: pd.DataFrame, column: str) -> float:
    return float((rows[column] * rows["weight"]).sum() / rows["weight"].sum())


def objective_of(model: PMedian | PCenter, instance: Instance, chosen: Mask) -> float:
    """Return people-minutes or the largest minutes of a choice; infinite where somebody is not reached."""
    least = instance.nearest(np.flatnonzero(chosen))[0][instance.people]
    if isinstance(model, PCenter):
        return float(least.max(initial=0.0))
    return float((instance.weights[instance.people] * least).sum())


def near_rivals(plan: Plan, instance: Instance, allowed: Allowed) -> Iterator[tuple[object, ...]]:
    """Yield the two strongest runners-up of each site: rows of `SiteSheets.rivals`.

    loss: by how much the objective is larger with the rival in the place of the site; missing where somebody would
    not be reached. why: farther, same, unreached, rule (a side condition would break).
    """
    chosen = mask_of(instance, instance.candidates.get_indexer(plan.sites.index))
    for j in instance.candidates.get_indexer(plan.sites.index):
        if j in instance.required:
            continue
        without = chosen.copy()
        without[j] = False
        free = np.flatnonzero(~chosen)
        values = _with_each(near_model(plan), instance, without)[free] - plan.objective
        ranked = [int(k) for k in np.lexsort((free, values))]
        may = [k for k in ranked if allowed.keeps(without, int(free[k]))]
        for order, k in enumerate([*dict.fromkeys([*ranked[:1], *may])][:_RIVALS], 1):
            loss = float(values[k])
            why = "farther" if loss > _NOISE * max(abs(plan.objective), 1.0) else "same"
            why = "unreached" if np.isinf(loss) else why if k in may else "rule"
            rival = int(free[k])
            cost = np.nan if instance.costs is None else float(instance.costs[rival])
            extra = np.nan if instance.costs is None else cost - float(instance.costs[j])
            told = max(loss, 0.0) if np.isfinite(loss) else np.nan
            yield instance.candidates[int(j)], order, instance.candidates[rival], told, cost, extra, why


def _with_each(model: PMedian | PCenter, instance: Instance, without: Mask) -> NDArray[np.float64]:
    """Return the objective with each candidate added to a choice."""
    base = instance.nearest(np.flatnonzero(without))[0]
    people, size = instance.people, len(instance.candidates)
    lived = people[instance.rows]
    rows, columns, minutes = instance.rows[lived], instance.indices[lived], instance.minutes[lived]
    far = people & np.isinf(base)
    reached = np.bincount(columns[far[rows]], minlength=size)
    if isinstance(model, PMedian):
        finite = np.where(far, 0.0, base)
        total = float((instance.weights * np.where(people, finite, 0.0)).sum())
        change = np.where(far[rows], minutes, np.minimum(minutes - finite[rows], 0.0))
        values = total + np.bincount(columns, weights=instance.weights[rows] * change, minlength=size)
    else:
        values = _largest(base, people, (rows, columns, minutes), size)
    return np.where(reached == far.sum(), values, np.inf)


def _largest(
    base: NDArray[np.float64], people: Mask, pairs: tuple[NDArray, NDArray, NDArray], size: int
) -> NDArray[np.float64]:
    """Return for each candidate the largest of everyone's nearer time, to it or as it was."""
    rows, columns, minutes = pairs
    order = np.argsort(columns, kind="stable")
    starts = np.searchsorted(columns[order], np.arange(size + 1))
    values = np.empty(size)
    for k in range(size):
        mine = order[starts[k] : starts[k + 1]]
        least = base.copy()
        least[rows[mine]] = np.minimum(least[rows[mine]], minutes[mine])
        values[k] = least[people].max(initial=0.0)
    return values


def near_curve(plan: Plan, instance: Instance, steps: int | None = None) -> pd.DataFrame:
    """Return what 1 to n sites do: step, sites, cost, covered (people reached), share, minutes, gain, bound, knee.

    minutes: the mean of all (PMedian) or the largest (PCenter), missing while somebody is not reached; gain: minutes
    less than the step before; bound: what no choice of so many beats, for small instances. n: twice the plan's p, at
    least 10. The knee is the step farthest below the straight line from the first step that reaches all to the last.
    """
    model, total = near_model(plan), float(instance.weights.sum())
    most = min(steps or max(2 * model.p, 10), len(instance.candidates))
    start = mask_of(instance, instance.required)
    rows, chosen = [], start
    for p in range(max(len(instance.required), 1), most + 1):
        chosen, bound = _step(type(model)(p), instance, chosen, plan if p == model.p else None)
        least = instance.nearest(np.flatnonzero(chosen))[0]
        reached = float(instance.weights[np.isfinite(least)].sum())
        value = objective_of(model, instance, chosen)
        cost = np.nan if instance.costs is None else float(instance.costs[chosen].sum())
        rows.append((float(p), int(chosen.sum()), cost, reached, value, bound))
    curve = pd.DataFrame(rows, columns=["step", "sites", "cost", "covered", "minutes", "bound"])
    each = total if isinstance(model, PMedian) and total else 1.0
    finite = curve["minutes"].where(np.isfinite(curve["minutes"])) / each
    share = curve["covered"] / total if total else 0.0
    return curve.assign(
        minutes=finite, bound=curve["bound"] / each, share=share, gain=-finite.diff(), knee=_bend(curve["step"], finite)
    )


def _step(model: PMedian | PCenter, instance: Instance, before: Mask, plan: Plan | None) -> tuple[Mask, float]:
    """Return a good choice of p sites and its bound, missing where nothing is proven; the plan itself at its own p."""
    if plan is not None:
        return mask_of(instance, instance.candidates.get_indexer(plan.sites.index)), plan.bound
    if len(instance.indices) <= _PROVEN:
        try:
            answer = solve(model, instance, Effort(time_limit_s=_STEP_S, seed=0))
        except InfeasibleError:
            pass
        else:
            return mask_of(instance, answer.chosen), answer.bound
    fixed = mask_of(instance, instance.required)
    starts = [fixed, before if before.sum() <= model.p else fixed]
    grown = [heuristic.swap_median(instance, s, p=model.p, fixed=fixed) for s in starts]
    return min(grown, key=lambda c: objective_of(model, instance, c)), np.nan


def near_choice(model: PMedian | PCenter, instance: Instance, plan: Mask) -> Mask:
    """Return the best choice found for an instance: the plan where nothing better is."""
    fixed = mask_of(instance, instance.required)
    if isinstance(model, PCenter) and len(instance.indices) <= _PROVEN:
        found = [mask_of(instance, solve(model, instance, Effort(time_limit_s=_STEP_S, seed=0)).chosen)]
    else:
        found = [heuristic.swap_median(instance, s, p=model.p, fixed=fixed) for s in (plan, fixed)]
    least = objective_of(model, instance, plan)
    better = [c for c in found if objective_of(model, instance, c) < least * (1 - _NOISE)]
    return min(better, key=lambda c: objective_of(model, instance, c)) if better else plan


def _bend(step: pd.Series, minutes: pd.Series) -> NDArray[np.bool_]:
    """Return which step is farthest below the chord; none where the curve is a line or has fewer than three steps."""
    known = np.flatnonzero(minutes.notna())
    marks = np.zeros(len(step), bool)
    if len(known) < 3:
        return marks
    x, y = step.to_numpy()[known], minutes.to_numpy()[known]
    below = y[0] + (y[-1] - y[0]) * (x - x[0]) / (x[-1] - x[0]) - y
    if below.max() > _NOISE * max(float(y[0]), 1.0):
        marks[known[int(np.argmax(below >= below.max() - _NOISE))]] = True
    return marks
