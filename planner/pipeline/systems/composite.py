"""Several services in one building, from the project's services and a list of buildings."""

from collections.abc import Mapping
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd

from ...coverage import Share
from ...layers import place_of
from ...project import CompositeSystem
from ...siting.composite import CompositePlan, CompositeRule, Fitting, plan_composite
from ...travel import TravelTimes
from ..study import Study
from ..travel import mode_of, times_of
from .members import called


@dataclass(frozen=True, kw_only=True)
class SharedBuildings:
    """Which buildings take which services in one system.

    buildings: all that may be opened, by candidate_id: name, place_id, setup_cost, area_m2, geometry. before: who is
    within the standard of each service now.
    """

    rule: CompositeSystem
    plan: CompositePlan
    buildings: gpd.GeoDataFrame
    before: Mapping[str, Share]

    @property
    def saved_m2(self) -> float:
        """Floor area that sharing saves in the buildings with two services or more."""
        together = self.plan.buildings["area_m2"][self.plan.buildings["services"] >= 2].sum()
        return float(together / self.rule.shared - together)


def solve_composite(study: Study, rule: CompositeSystem) -> SharedBuildings:
    """Choose buildings and what goes into them.

    Raises:
        TableError: buildings without area or cost.
    """
    buildings = _buildings(study, rule)
    times = {s: _times(study, s, buildings) for s in rule.services}
    demand = {s: study.layers.demand[study.service(s).weight] for s in rule.services}
    wanted = CompositeRule(budget=rule.budget, shared=rule.shared, apart=rule.apart)
    fittings = {s: _fitting(study, rule, s) for s in rule.services}
    return SharedBuildings(
        rule=rule,
        plan=plan_composite(times, demand, fittings, buildings[["setup_cost", "area_m2"]], rule=wanted),
        buildings=buildings,
        before={s: study.coverage[s].share(study.service(s).weight) for s in rule.services},
    )


def _buildings(study: Study, rule: CompositeSystem) -> gpd.GeoDataFrame:
    found = called(study.layers.buildings[rule.id])
    none = pd.Series(np.nan, index=found.index)
    found = found.assign(
        place_id=place_of(found, study.layers.places),
        setup_cost=found.get("cost", none),
        area_m2=found.get("area_m2", none),
    )
    return found[["name", "place_id", "setup_cost", "area_m2", "geometry"]]


def _existing(study: Study, service: str) -> gpd.GeoSeries:
    """Return the facilities that serve already, under ids that no building has."""
    there = study.facilities(service).geometry
    return there.set_axis(pd.Index([f"standing/{i}" for i in there.index], dtype=object))


def _times(study: Study, service: str, buildings: gpd.GeoDataFrame) -> TravelTimes:
    asked = study.service(service)
    points = pd.concat([buildings.geometry, _existing(study, service)])
    mode = mode_of(asked, study.project)
    return times_of(study, points, mode, asked.standard_min, direction=asked.direction)


def _fitting(study: Study, rule: CompositeSystem, service: str) -> Fitting:
    return Fitting(
        standard_min=study.service(service).standard_min,
        cost=rule.cost[service],
        area_m2=rule.area_m2[service],
        existing=tuple(_existing(study, service).index),
    )
