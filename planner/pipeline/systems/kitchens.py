"""Central kitchens from the project's services: which kitchen supplies which meal points, and the vans' rounds."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd

from ...project import KitchenSystem
from ...siting.kitchens import KitchenPlan, KitchenRule, supply_points
from ...siting.rounds import COLUMNS, Van, delivery_rounds
from ..study import Study
from ..travel import mode_of, times_between
from .members import called, joining, standing

_NOISE = 1e-9  # meals; what adding up may be off by


@dataclass(frozen=True, kw_only=True)
class Deliveries:
    """Who is supplied from where in one system of kitchens.

    points: by id of all kitchens in `plan` and all meal points: name, place_id, role (kitchen, new_kitchen, point),
    geometry. rounds: as `delivery_rounds`; None where none were asked for.
    """

    rule: KitchenSystem
    plan: KitchenPlan
    points: gpd.GeoDataFrame
    rounds: pd.DataFrame | None


def solve_kitchens(study: Study, rule: KitchenSystem) -> Deliveries:
    """Give meal points their kitchens, and vans their rounds.

    Raises:
        TableError: capacities that are missing.
        InfeasibleError: a kitchen whose rounds cannot be driven in time.
        PlannerError: rounds are asked for and PyVRP is not installed.
    """
    mode = mode_of(study.service(rule.kitchens), study.project)
    stand, points = standing(study, rule.kitchens), standing(study, rule.points)
    new = joining(study, rule.kitchens) if rule.p else stand.iloc[:0]
    kitchens = pd.concat([_cooking(stand), _cooking(called(new))])
    table = pd.DataFrame({"capacity": kitchens["capacity"], "stands": kitchens.index.isin(stand.index)})
    times = times_between(
        study, points.geometry, kitchens.geometry, mode, cutoff_min=rule.within_min - rule.unload_min, direction="from"
    )
    wanted = KitchenRule(within_min=rule.within_min, unload_min=rule.unload_min, p=rule.p)
    plan = supply_points(times, _meals(study, rule, points), table, rule=wanted)
    columns = ["name", "place_id", "geometry"]
    up = kitchens.loc[plan.kitchens.index, columns]
    role = plan.kitchens["new"].map({True: "new_kitchen", False: "kitchen"})
    members = pd.concat([up.assign(role=role), points[columns].assign(role="point")])
    members = gpd.GeoDataFrame(members, geometry="geometry", crs=study.layers.crs)
    return Deliveries(rule=rule, plan=plan, points=members, rounds=_rounds(study, rule, plan, members))


def _cooking(kitchens: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return kitchens with name, place_id, capacity and geometry; a column that is not there is missing."""
    capacity = kitchens.get("capacity", pd.Series(np.nan, index=kitchens.index))
    return kitchens.assign(capacity=capacity)[["name", "place_id", "capacity", "geometry"]]


def _meals(study: Study, rule: KitchenSystem, points: gpd.GeoDataFrame) -> pd.Series:
    """Return the meals a day that each point asks for: its own capacity, or a part of the people it serves."""
    if rule.meals == "capacity":
        own: pd.Series = points.get("capacity", pd.Series(np.nan, index=points.index))
        return own
    coverage, weight = study.coverage[rule.points], study.service(rule.points).weight
    near = coverage.points[coverage.points["covered"].astype(bool)]
    people = study.layers.demand[weight].reindex(near.index).groupby(near["facility_id"]).sum()
    wanted = people.reindex(points.index, fill_value=0.0) * rule.meals_rate
    return pd.Series(np.ceil(wanted.to_numpy() - _NOISE), index=points.index)


def _rounds(study: Study, rule: KitchenSystem, plan: KitchenPlan, members: gpd.GeoDataFrame) -> pd.DataFrame | None:
    if rule.van_meals is None or rule.round_min is None:
        return None
    served = plan.assignment.dropna(subset="kitchen_id")
    if served.empty:
        return pd.DataFrame(columns=list(COLUMNS))
    mode = mode_of(study.service(rule.kitchens), study.project)
    stops = members.geometry.loc[[*sorted(served["kitchen_id"].unique()), *served.index]]
    times = times_between(study, stops, stops, mode, cutoff_min=rule.round_min)
    van = Van(meals=rule.van_meals, round_min=rule.round_min, unload_min=rule.unload_min)
    return delivery_rounds(plan, times, van=van)
