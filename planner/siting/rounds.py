"""Delivery rounds: in which order vans bring the meals of a kitchen to its points."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .. import presets
from ..errors import InfeasibleError, PlannerError, ProjectError
from ..travel import TravelTimes
from .kitchens import KitchenPlan

COLUMNS = ("kitchen_id", "round", "stop", "point_id", "meals", "arrival_min")
ITERATIONS = 2_000  # of the search, for each kitchen: counted, so that reruns agree
_SECONDS = 60  # PyVRP counts in whole numbers


@dataclass(frozen=True, kw_only=True)
class Van:
    """What a van takes (meals), by when its last meals must be unloaded, and how long unloading takes at a stop."""

    meals: int
    round_min: float
    unload_min: float = presets.load("systems")["kitchens"]["unload_min"]["value"]

    def __post_init__(self) -> None:
        """Check the statement.

        Raises:
            ProjectError: no room for a meal, or unloading that takes the whole round.
        """
        if self.meals < 1 or not 0 <= self.unload_min < self.round_min:
            raise ProjectError("van", meals=self.meals, round=self.round_min, unload=self.unload_min)


def refuse_without_pyvrp() -> Any:
    """Return PyVRP, which rounds need.

    Raises:
        PlannerError: it is not installed (the extra `planner[rounds]`).
    """
    try:
        import pyvrp
    except ImportError as missing:
        raise PlannerError("rounds_extra") from missing
    return pyvrp


def delivery_rounds(
    plan: KitchenPlan, times: TravelTimes, *, van: Van, iterations: int = ITERATIONS, seed: int = 0
) -> pd.DataFrame:
    """Return the rounds: kitchen_id, round (from 1), stop (from 1), point_id, meals, arrival_min after leaving.

    A round carries what its van takes, and its last meals are unloaded within `van.round_min`; the way back is not
    counted in that, but as little driving as possible, way back included, is what the search aims at. Points that ask
    for more than a van carries are served by as many rounds as it takes. The rounds are good, not proven best.

    times: by van from and to kitchens and points alike; a missing pair cannot be driven.

    Raises:
        PlannerError: PyVRP is not installed (the extra `planner[rounds]`).
        InfeasibleError: a kitchen whose points cannot be reached that way.

    Source: Wouda, Lan and Kool (2024), INFORMS Journal on Computing 36(4), PyVRP.
    """
    pyvrp = refuse_without_pyvrp()
    served = plan.assignment.dropna(subset="kitchen_id")
    rounds = [
        _of_kitchen(pyvrp, str(kitchen), points["meals"], times, van, (iterations, seed))
        for kitchen, points in served[served["meals"] > 0].groupby("kitchen_id", sort=True)
    ]
    return pd.concat(rounds, ignore_index=True) if rounds else pd.DataFrame(columns=list(COLUMNS))


def _of_kitchen(
    pyvrp: Any,
    kitchen: str,
    meals: pd.Series,
    times: TravelTimes,
    van: Van,
    search: tuple[int, int],
) -> pd.DataFrame:
    loads = _split(meals, van.meals)
    ids = pd.Index([kitchen, *(point for point, _ in loads)])
    seconds = _seconds(times, ids)
    model = _model(pyvrp, loads, seconds, van)
    result = model.solve(pyvrp.stop.MaxIterations(search[0]), seed=search[1], collect_stats=False, display=False)
    if not result.best.is_feasible():
        asked = {"kitchens": kitchen, "n": len(meals), "capacity": van.meals, "minutes": van.round_min}
        raise InfeasibleError("rounds_none", **asked)
    routes = sorted([at.idx + 1 for at in route.schedule() if at.is_client()] for route in result.best.routes())
    return pd.DataFrame(
        [
            (kitchen, number, stop, *loads[at - 1], arrival)
            for number, route in enumerate(routes, 1)
            for stop, (at, arrival) in enumerate(_arrivals(route, seconds, van.unload_min), 1)
        ],
        columns=list(COLUMNS),
    )


def _split(meals: pd.Series, most: int) -> list[tuple[str, int]]:
    """Return what each stop takes; a point that asks for more than a van carries has several."""
    whole = meals.apply(np.ceil).astype(int)
    return [(str(p), min(most, int(n) - low)) for p, n in whole.items() for low in range(0, int(n), most)]


def _seconds(times: TravelTimes, ids: pd.Index) -> NDArray[np.int64]:
    """Return whole seconds between all stops, rounded up; -1 where it cannot be driven."""
    table = np.full((len(times.origins), len(times.destinations)), -1, np.int64)
    table[times.rows, times.indices] = np.ceil(times.minutes.astype(np.float64) * _SECONDS - 1e-3)
    row, column = times.origins.get_indexer(ids), times.destinations.get_indexer(ids)
    found = np.where((row[:, None] >= 0) & (column[None, :] >= 0), table[np.ix_(row, column)], -1)
    found[np.asarray(ids)[:, None] == np.asarray(ids)[None, :]] = 0
    return found


def _model(pyvrp: Any, loads: list[tuple[str, int]], seconds: NDArray[np.int64], van: Van) -> Any:
    """Write the rounds of one kitchen for PyVRP: one van a stop at most, all leaving at 0."""
    model = pyvrp.Model()
    places = [model.add_location(0, 0, name=str(n)) for n in range(len(loads) + 1)]
    depot = model.add_depot(places[0])
    unload, last = round(van.unload_min * _SECONDS), round(van.round_min * _SECONDS)
    model.add_vehicle_type(len(loads), capacity=van.meals, start_depot=depot, end_depot=depot, start_late=0)
    for place, (_, meals) in zip(places[1:], loads, strict=True):
        model.add_client(place, delivery=meals, service_duration=unload, tw_late=last - unload)
    for i, j in zip(*np.nonzero(seconds >= 0), strict=True):
        if i != j:
            model.add_edge(places[i], places[j], distance=int(seconds[i, j]), duration=int(seconds[i, j]))
    return model


def _arrivals(route: list[int], seconds: NDArray[np.int64], unload_min: float) -> list[tuple[int, float]]:
    """Return each stop of a round with the minutes after leaving at which it is reached."""
    legs = [int(seconds[a, b]) for a, b in zip([0, *route[:-1]], route, strict=True)]
    waits = unload_min * _SECONDS * np.arange(len(route))
    return [(at, float(m)) for at, m in zip(route, (np.cumsum(legs) + waits) / _SECONDS, strict=True)]
