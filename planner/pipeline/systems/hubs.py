"""1+N from the project's services: which hub leads which stations."""

from dataclasses import dataclass

import geopandas as gpd
import pandas as pd

from ...project import HubSystem
from ...siting.hubs import HubPlan, HubRule, assign_hubs, overloaded
from ..study import Study
from ..travel import mode_of, times_between
from .members import declared_id, joining, level_ids, neighbours, standing, units


@dataclass(frozen=True, kw_only=True)
class HubNetwork:
    """Who leads whom in one 1+N system.

    points: by id of all hubs in `plan` and all stations: name, unit (the street), role (hub, new_hub, station),
    geometry. bare: streets without a hub. overloaded: as `siting.hubs.overloaded` counts by the register.
    """

    rule: HubSystem
    plan: HubPlan
    points: gpd.GeoDataFrame
    bare: tuple[str, ...]
    overloaded: pd.Series


def solve_hubs(study: Study, rule: HubSystem) -> HubNetwork:
    """Give the stations their hubs.

    Raises:
        TableError, InfeasibleError: as `assign_hubs`.
    """
    service = study.service(rule.hubs)
    stations, stand = standing(study, rule.stations), standing(study, rule.hubs)
    new = joining(study, rule.hubs) if rule.p else stand.iloc[:0]
    hubs = pd.concat([stand[["name", "place_id", "geometry"]], _named(new)])
    street, own = units(study, hubs, rule.level), units(study, stations, rule.level)
    table = pd.DataFrame({"street": street, "stands": hubs.index.isin(stand.index)}, index=hubs.index)
    times = times_between(
        study, stations.geometry, hubs.geometry, mode_of(service, study.project), cutoff_min=rule.within_min
    )
    beside = neighbours(study.layers.places, rule.level, within_m=rule.adjoin_m) if rule.adjoining else ()
    wanted = HubRule(stations_max=rule.stations_max, within_min=rule.within_min, p=rule.p, adjoining=beside)
    plan = assign_hubs(times, own, table, rule=wanted)
    up = hubs.loc[plan.hubs.index].assign(unit=street, role=plan.hubs["new"].map({True: "new_hub", False: "hub"}))
    told = declared_id(study, stations, rule.hubs)
    points = pd.concat([up, stations[["name", "place_id", "geometry"]].assign(unit=own, role="station")])
    return HubNetwork(
        rule=rule,
        plan=plan,
        points=gpd.GeoDataFrame(points, geometry="geometry", crs=study.layers.crs),
        bare=tuple(sorted(set(level_ids(study, rule.level)) - set(plan.hubs["street"]))),
        overloaded=overloaded(told[told.isin(stand.index)], stations_max=rule.stations_max),
    )


def _named(candidates: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return candidates with a name each; those without are called by their id."""
    told = candidates.get("name", pd.Series(None, index=candidates.index, dtype=object))
    named = told.where(told.notna(), candidates.index.to_series())
    return candidates.assign(name=named)[["name", "place_id", "geometry"]]
