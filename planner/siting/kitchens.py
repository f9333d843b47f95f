"""Central kitchens: which kitchen supplies which meal point by van, and which kitchens to add."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from .. import presets
from ..errors import ProjectError, SolverError, TableError
from ..tables import three
from ..travel import TravelTimes
from ..travel.times import held
from . import highs
from .equations import next_best, rows, stacked, value_of
from .instance import number_faults
from .proven import Proven

_PRESET = presets.load("systems")["kitchens"]


@dataclass(frozen=True, kw_only=True)
class KitchenRule:
    """What delivery must keep: minutes from kitchen to point (unloading included), of unloading, and new kitchens."""

    within_min: float = _PRESET["within_min"]["value"]
    unload_min: float = _PRESET["unload_min"]["value"]
    p: int = 0

    def __post_init__(self) -> None:
        """Check the statement.

        Raises:
            ProjectError: a number below 0, or unloading that takes all the time.
        """
        if self.unload_min < 0 or self.p < 0 or not self.unload_min < self.within_min:
            raise ProjectError("kitchen_rule", within=self.within_min, unload=self.unload_min, p=self.p)


@dataclass(frozen=True, kw_only=True)
class KitchenPlan(Proven):
    """Who is supplied from where; the objective is meals a day.

    assignment: by point_id: kitchen_id (missing: not supplied), minutes by van, meals, cause (too_far: no kitchen
    within the time; full: those within it have no room left). kitchens: by kitchen_id: meals, capacity, new.
    """

    assignment: pd.DataFrame
    kitchens: pd.DataFrame

    @property
    def unserved(self) -> pd.DataFrame:
        """Meal points without a kitchen, with the cause."""
        return self.assignment[self.assignment["kitchen_id"].isna()][["meals", "cause"]]


def supply_points(
    times: TravelTimes, meals: pd.Series, kitchens: pd.DataFrame, *, rule: KitchenRule, time_limit_s: float = 60
) -> KitchenPlan:
    """Give meal points one kitchen each, so that the most meals arrive in time.

        max  sum_hp q_p a_hp                                     (1)  then the fewest new kitchens, then minutes
        s.t. sum_h a_hp <= 1                                     (2)  one kitchen a point, a in {0, 1}
             a_hp <= z_h,  only where t_hp + unload <= T         (3)
             sum_p q_p a_hp <= Q_h z_h                           (4)
             sum_{h new} z_h <= p                                (5)

    times: by van between points (origins) and kitchens; search with direction "from", for vans leave the kitchens.
    meals: q a day by point. kitchens: by kitchen_id: capacity (Q a day), stands (false: a candidate).

    Raises:
        TableError: ids that are unknown, numbers that are missing or negative.
        SolverError: nothing found in time.

    Source: plan of Huzhou (professional kitchens and regional delivery); Ross and Soland (1975), MP 8, for (2)-(4).
    """
    kitchens = kitchens.sort_index().sort_values("stands", ascending=False, kind="stable")
    _refuse(times, meals, kitchens)
    meals, new = meals.sort_index(), ~kitchens["stands"].to_numpy(bool)
    pairs = _pairs(times, meals, kitchens.index, rule.within_min - rule.unload_min)
    chosen, up, solved = _solve(meals, kitchens["capacity"], pairs, new, rule.p, time_limit_s)
    served = pairs[chosen].set_index("point_id")
    table = pd.DataFrame({"kitchen_id": served["kitchen_id"].reindex(meals.index).astype(object)}, index=meals.index)
    table = table.assign(minutes=served["minutes"].reindex(meals.index), meals=meals)
    within = meals.index.isin(pairs["point_id"])
    cause = np.where(table["kitchen_id"].notna(), None, np.where(within, "full", "too_far"))  # type: ignore[call-overload]
    load = table.groupby("kitchen_id")["meals"].sum()
    listed = kitchens[["capacity"]].assign(meals=load.reindex(kitchens.index, fill_value=0), new=new)[up | ~new]
    total = float(load.sum())
    return KitchenPlan(
        assignment=table.assign(cause=cause).rename_axis("point_id"),
        kitchens=listed.rename_axis("kitchen_id"),
        objective=total,
        bound=total if solved.outcome == "optimal" else float(min(solved.bound, meals.sum())),
        proven=solved.outcome == "optimal",
    )


def _refuse(times: TravelTimes, meals: pd.Series, kitchens: pd.DataFrame) -> None:
    faults = [*number_faults("meals", meals), *number_faults("capacities", kitchens["capacity"])]
    if faults:
        raise TableError(*faults)
    for what, ids, known in (("kitchens", kitchens.index, times.destinations), ("meals", meals.index, times.origins)):
        unknown = ids[~ids.isin(known)]
        if len(unknown):
            raise TableError("siting_unknown", what=what, ids=three(unknown), n=len(unknown))


def _pairs(times: TravelTimes, meals: pd.Series, every: pd.Index, limit: float) -> pd.DataFrame:
    point, kitchen = times.origins[times.rows], times.destinations[times.indices]
    table = pd.DataFrame({"point_id": point, "kitchen_id": kitchen, "minutes": times.minutes.astype(np.float64)})
    fits = (times.minutes <= held(limit)) & table["kitchen_id"].isin(every) & table["point_id"].isin(meals.index)
    return table[fits].sort_values(["point_id", "kitchen_id"], ignore_index=True)


def _solve(
    meals: pd.Series, capacities: pd.Series, pairs: pd.DataFrame, new: np.ndarray, p: int, time_limit_s: float
) -> tuple[np.ndarray, np.ndarray, highs.Solved]:
    """Solve (1) to (5) and return the pairs chosen, the kitchens open, and what HiGHS says; z first, then a."""
    n, m = len(capacities), len(pairs)
    point = meals.index.get_indexer(pd.Index(pairs["point_id"]))
    kitchen, a, each = capacities.index.get_indexer(pd.Index(pairs["kitchen_id"])), n + np.arange(m), np.arange(m)
    load = meals.to_numpy(np.float64)[point]
    room = capacities.to_numpy(np.float64)
    groups = [
        rows([(point, a, 1)], n=len(meals), lower=-np.inf, upper=1),  # (2)
        rows([(each, a, 1), (each, kitchen, -1)], n=m, lower=-np.inf, upper=0),  # (3)
        rows([(kitchen, a, load), (np.arange(n), np.arange(n), -room)], n=n, lower=-np.inf, upper=0),  # (4)
        rows([(0, np.flatnonzero(new), 1)], n=1, lower=-np.inf, upper=p),  # (5)
    ]
    cost = np.concatenate([np.zeros(n), load])
    bounds = np.append((~new).astype(float), np.zeros(m)), np.ones(n + m)
    whole = bool((load == np.round(load)).all())
    program = stacked(groups, cost=cost, bounds=bounds, n_integer=n + m, maximise=True, whole=whole)
    first = highs.solve(program, time_limit_s=time_limit_s, seed=0)
    if first.values is None:  # noqa: PD011
        raise SolverError("siting_no_plan", seconds=time_limit_s)
    minutes = pairs["minutes"].to_numpy()
    price = np.concatenate([(1 + minutes.sum()) * new, minutes])  # a new kitchen outweighs all minutes
    second = highs.solve(next_best(program, value_of(program, first), price), time_limit_s=time_limit_s, seed=0)
    found = first.values if second.values is None else second.values  # noqa: PD011
    return found[n:] > 0.5, found[:n] > 0.5, first
