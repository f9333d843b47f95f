"""Central kitchens: which kitchen supplies which meal point by van, and which kitchens to add."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..errors import SolverError, TableError
from ..tables import three
from ..travel import TravelTimes
from . import highs
from .equations import next_best, rows, stacked
from .instance import number_faults

DELIVERY_MIN = 40.0  # plan of Huzhou: from kitchen to meal point, unloading included; to be verified
UNLOAD_MIN = 5.0  # to be verified


@dataclass(frozen=True, kw_only=True)
class KitchenPlan:
    """Who is supplied from where.

    assignment: by point_id: kitchen_id (missing: not supplied), minutes by van, meals, cause (too_far: no kitchen
    within the time; full: those within it have no room left). kitchens: by kitchen_id: meals, capacity, new.
    meals: supplied a day. bound: what no choice can beat.
    """

    assignment: pd.DataFrame
    kitchens: pd.DataFrame
    meals: float
    bound: float
    proven: bool

    @property
    def unserved(self) -> pd.DataFrame:
        """Meal points without a kitchen, with the cause."""
        return self.assignment[self.assignment["kitchen_id"].isna()][["meals", "cause"]]


def supply_points(  # noqa: PLR0913
    times: TravelTimes,
    meals: pd.Series,
    capacities: pd.Series,
    *,
    kitchens: Iterable[str],
    candidates: Iterable[str] = (),
    p: int = 0,
    within_min: float = DELIVERY_MIN,
    unload_min: float = UNLOAD_MIN,
    time_limit_s: float = 60,
) -> KitchenPlan:
    """Give meal points one kitchen each, so that the most meals arrive in time.

        max  sum_hp q_p a_hp                                     (1)  then the fewest new kitchens, then minutes
        s.t. sum_h a_hp <= 1                                     (2)  one kitchen a point, a in {0, 1}
             a_hp <= z_h,  only where t_hp + unload <= T         (3)
             sum_p q_p a_hp <= Q_h z_h                           (4)
             sum_{h new} z_h <= p                                (5)

    times: by van between points (origins) and kitchens; search with direction "from", for vans leave the kitchens.
    meals: q a day by point. capacities: Q a day by kitchen. kitchens stand; at most p candidates are added.

    Raises:
        TableError: ids that are unknown, numbers that are missing or negative.
        SolverError: nothing found in time.

    Source: plan of Huzhou (professional kitchens and regional delivery); Ross and Soland (1975), MP 8, for (2)-(4).
    """
    stands, every = sorted(kitchens), pd.Index([*sorted(kitchens), *sorted(candidates)])
    _refuse(times, meals, capacities, every)
    meals = meals.sort_index()
    pairs = _pairs(times, meals, every, within_min - unload_min)
    new = np.arange(len(every)) >= len(stands)
    chosen, up, solved = _solve(meals, capacities.reindex(every), pairs, new, p, time_limit_s)
    served = pairs[chosen].set_index("point_id")
    table = pd.DataFrame({"kitchen_id": served["kitchen_id"].reindex(meals.index).astype(object)}, index=meals.index)
    table = table.assign(minutes=served["minutes"].reindex(meals.index), meals=meals)
    within = meals.index.isin(pairs["point_id"])
    cause = np.where(table["kitchen_id"].notna(), None, np.where(within, "full", "too_far"))  # type: ignore[call-overload]
    load = table.groupby("kitchen_id")["meals"].sum()
    open_at = every[up | ~new]
    listed = pd.DataFrame({"meals": load.reindex(open_at, fill_value=0), "capacity": capacities.reindex(open_at)})
    return KitchenPlan(
        assignment=table.assign(cause=cause).rename_axis("point_id"),
        kitchens=listed.assign(new=~open_at.isin(stands)).rename_axis("kitchen_id"),
        meals=float(load.sum()),
        bound=float(load.sum()) if solved.outcome == "optimal" else solved.bound,
        proven=solved.outcome == "optimal",
    )


def _refuse(times: TravelTimes, meals: pd.Series, capacities: pd.Series, every: pd.Index) -> None:
    faults = [*number_faults("meals", meals), *number_faults("capacities", capacities.reindex(every))]
    if faults:
        raise TableError(*faults)
    for what, ids, known in (("kitchens", every, times.destinations), ("meals", meals.index, times.origins)):
        unknown = ids[~ids.isin(known)]
        if len(unknown):
            raise TableError("siting_unknown", what=what, ids=three(unknown), n=len(unknown))


def _pairs(times: TravelTimes, meals: pd.Series, every: pd.Index, limit: float) -> pd.DataFrame:
    point, kitchen = times.origins[times.rows], times.destinations[times.indices]
    table = pd.DataFrame({"point_id": point, "kitchen_id": kitchen, "minutes": times.minutes.astype(np.float64)})
    fits = (table["minutes"] <= limit) & table["kitchen_id"].isin(every) & table["point_id"].isin(meals.index)
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
    second = highs.solve(next_best(program, first, price), time_limit_s=time_limit_s, seed=0)
    found = first.values if second.values is None else second.values  # noqa: PD011
    return found[n:] > 0.5, found[:n] > 0.5, first
