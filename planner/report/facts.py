"""Every number that is quoted, computed once: `gather(study) -> Facts`."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd

from ..checks import count
from ..coverage import STANDARD_WALKS_M, Coverage, Share
from ..coverage.places import facilities_by_place, place_status, units_with_enough, weighted_median
from ..layers import ancestry
from ..pipeline import Study
from ..project import Service
from ..tables import LEVELS, SMALLEST_CELL
from .located import degrees, full_names, named_places
from .plan_facts import PlanFacts, plan_facts
from .systems import SystemFacts, system_facts


@dataclass(frozen=True, kw_only=True)
class Walk:
    """Who is within a walking distance of a facility."""

    metres: int
    share: Share


@dataclass(frozen=True, kw_only=True)
class Nominal:
    """Nominal coverage: units of a level with at least so many facilities in service, of all units."""

    level: str
    at_least: int
    share: Share


@dataclass(frozen=True, kw_only=True)
class GapFacts:
    """The gaps of a service: people in gaps and scattered people add up to the uncovered.

    `table` is by gap_id in rank order, with place (the name), lon_wgs84 and lat_wgs84; `shown` is what a map or a
    report may show of it.
    """

    table: gpd.GeoDataFrame
    scattered: float

    @property
    def shown(self) -> gpd.GeoDataFrame:
        """The gaps of at least five people."""
        return self.table[self.table["demand"] >= SMALLEST_CELL]

    @property
    def in_gaps(self) -> float:
        """People in all gaps."""
        return float(self.table["demand"].sum())

    @property
    def uncovered(self) -> float:
        """People in gaps and scattered."""
        return self.in_gaps + self.scattered


@dataclass(frozen=True, kw_only=True)
class ServiceFacts:
    """One service. What the run was not asked for is None; `no_candidates`: sites were asked for, and none may be."""

    service: Service
    facilities: gpd.GeoDataFrame
    not_counted: gpd.GeoDataFrame
    demand: float
    coverage: Share | None
    walks: tuple[Walk, ...]
    nominal: Nominal | None
    places: pd.DataFrame
    statuses: dict[str, int]
    gaps: GapFacts | None
    plan: PlanFacts | None
    no_candidates: bool = False


@dataclass(frozen=True, kw_only=True)
class Facts:
    """A study in numbers. `places` are the smallest places, `parts` the highest level with several units."""

    area: str
    levels: dict[str, int]
    smallest: str
    totals: dict[str, float]
    n_demand: int
    places: gpd.GeoDataFrame
    parts: pd.DataFrame
    services: tuple[ServiceFacts, ...]
    systems: tuple[SystemFacts, ...]
    findings: dict[str, int] | None
    accepted: int

    @property
    def names(self) -> dict[str, str]:
        """The names of services and systems by id."""
        return {s.service.id: s.service.name for s in self.services} | {s.id: s.name for s in self.systems}


def gather(study: Study) -> Facts:
    """Compute every number the outputs quote."""
    places = study.layers.places
    leaves = places[~places.index.isin(places["parent_id"].dropna())]
    demand = study.layers.demand
    roots = places[~places["parent_id"].isin(places.index)]
    weights = [c for c in ("pop", "pop60", "pop80", "child", "households") if c in demand]
    weights += [s.weight for s in study.project.services if s.weight not in weights]
    weights = list(dict.fromkeys(weights))
    return Facts(
        area=str(roots["name"].iloc[0]) if len(roots) == 1 else study.project.about.title or study.project.name,
        levels={level: n for level in LEVELS if (n := int((places["level"] == level).sum()))},
        smallest=str(leaves["level"].mode().iloc[0]) if len(leaves) else "community",
        totals={w: float(demand[w].sum()) for w in weights},
        n_demand=len(demand),
        places=_located(leaves, study, weights[0]),
        parts=_parts(study, weights),
        services=tuple(_service(study, s) for s in study.project.services),
        systems=system_facts(study),
        findings=count_findings(study),
        accepted=0 if study.findings is None else int(study.findings["accepted"].notna().sum()),
    )


def count_findings(study: Study) -> dict[str, int] | None:
    """Return how many findings of each severity stand that are not accepted; None where nothing was checked."""
    return None if study.findings is None else count(study.findings)


def _located(leaves: gpd.GeoDataFrame, study: Study, weight: str) -> gpd.GeoDataFrame:
    """Add the full name, and where a label may stand: inside the polygon, else amid its people.

    A place without polygon that has fewer than five people has no label: it could be their only building.
    """
    demand = study.layers.demand
    names = full_names(study.layers.places).reindex(leaves.index)
    home = demand.get("place_id", pd.Series(None, index=demand.index, dtype=object))
    moments = pd.DataFrame({"x": demand.geometry.x, "y": demand.geometry.y, "w": demand[weight]})
    moments[["x", "y"]] = moments[["x", "y"]].mul(moments["w"], axis=0)
    sums = moments.groupby(home).sum()
    sums = sums[sums["w"] >= SMALLEST_CELL]
    middle = gpd.GeoSeries(gpd.points_from_xy(sums["x"] / sums["w"], sums["y"] / sums["w"]), index=sums.index)
    inside = leaves.geometry.representative_point()
    label = inside.where(inside.notna(), middle.reindex(leaves.index))
    return leaves.assign(full_name=names, label=label.to_numpy())


def _parts(study: Study, weights: list[str]) -> pd.DataFrame:
    """Return the units of the highest level that has several: name and the sum of each weight."""
    places, demand = study.layers.places, study.layers.demand
    level = next((x for x in LEVELS if (places["level"] == x).sum() > 1), None)
    units = places[places["level"] == level].sort_index()
    up = ancestry(places)
    up = up[up["ancestor_id"].isin(units.index)]
    home = demand.get("place_id", pd.Series(None, index=demand.index, dtype=object))
    sums = demand[weights].groupby(home).sum().rename_axis("place_id").reset_index().merge(up, on="place_id")
    totals = sums.groupby("ancestor_id")[weights].sum().reindex(units.index, fill_value=0.0)
    table: pd.DataFrame = pd.concat([pd.DataFrame(units[["name", "level"]]), totals], axis=1)
    return table


def _without_streets(study: Study, service: Service) -> "pd.Series[str]":
    """Return the places of which too few streets are drawn to tell."""
    told = study.uncovered
    if told.empty:
        return pd.Series(dtype=object)
    return told.loc[(told["service"] == service.id) & (told["status"] == "no_data"), "place_id"]


def _service(study: Study, service: Service) -> ServiceFacts:
    coverage = study.coverage.get(service.id)
    every = study.layers.facilities[study.layers.facilities["service"] == service.id]
    standing = study.facilities(service.id)
    places = _places(study, service, coverage)
    status = place_status(places["share"], study.project.limits.model_dump(), _without_streets(study, service))
    status = status[places["share"].notna()]
    return ServiceFacts(
        service=service,
        facilities=standing.sort_index(),
        not_counted=every.drop(standing.index).sort_index(),
        demand=float(study.layers.demand[service.weight].sum()),
        coverage=coverage.share(service.weight) if coverage else None,
        walks=_walks(study.walked.get(service.id), service),
        nominal=_nominal(study, service),
        places=places,
        statuses={s: int((status == s).sum()) for s in ("covered", "partial", "uncovered", "no_data")},
        gaps=_gaps(study, service),
        plan=plan_facts(study, service),
        no_candidates=service.id in study.candidates and service.id not in study.plans,
    )


def _walks(walked: Coverage | None, service: Service) -> tuple[Walk, ...]:
    """Return coverage within both walking distances of the standard."""
    if walked is None:
        return ()
    known = [(m, m / (60 * service.speed_mps)) for m in STANDARD_WALKS_M]
    return tuple(Walk(metres=m, share=walked.within(minutes, service.weight)) for m, minutes in known)


def _nominal(study: Study, service: Service) -> Nominal | None:
    rule, places = service.nominal, study.layers.places
    if rule is None or not (places["level"] == rule.level).any():
        return None
    counts = facilities_by_place(study.facilities(service.id), places, ancestry(places))
    enough = units_with_enough(counts, places, (rule.level, rule.at_least))
    return Nominal(level=rule.level, at_least=rule.at_least, share=Share(int(enough.sum()), len(enough)))


def _places(study: Study, service: Service, coverage: Coverage | None) -> pd.DataFrame:
    """Return the smallest places of a service: demand, covered, share, nearest_min; small cells are missing."""
    places = study.layers.places
    leaves = places.index[~places.index.isin(places["parent_id"].dropna())]
    columns = ["demand", "covered", "share", "nearest_min"]
    if coverage is None or study.by_place.empty:
        return pd.DataFrame(np.nan, index=leaves, columns=columns)
    rows = study.by_place[(study.by_place["service"] == service.id) & (study.by_place["weight"] == service.weight)]
    table = rows.set_index("place_id")[["demand", "covered", "share"]].reindex(leaves)
    home = coverage.demand.get("place_id", pd.Series(None, index=coverage.demand.index, dtype=object))
    table["nearest_min"] = weighted_median(home, coverage.minutes, coverage.demand[service.weight])
    shown: pd.DataFrame = table.where(table["demand"] >= SMALLEST_CELL)
    return shown


def _gaps(study: Study, service: Service) -> GapFacts | None:
    gaps = study.gaps.get(service.id)
    if gaps is None:
        return None
    table = gaps.table.droplevel("service").sort_values("rank")
    where = degrees(table.geometry.representative_point())[["lon_wgs84", "lat_wgs84"]]
    return GapFacts(
        table=table.assign(place=named_places(table["place_id"], study.layers.places)).join(where),
        scattered=gaps.scattered,
    )
