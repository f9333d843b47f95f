"""The plan by priority beside the plan that counts everybody alike: who gains and who loses, in people."""

from collections.abc import Iterator
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd

from ..coverage import Coverage
from ..layers import ancestry
from ..pipeline import Study
from ..project import Service
from ..siting import Plan


@dataclass(frozen=True, kw_only=True)
class BesideFacts:
    """The plan by priority beside the one that counts everybody alike, in people who come within the standard.

    table: area (all, weak, other, place), place_id, name, weight, weighted, unweighted, difference; of places those of
    which the two differ, for the service's own weight. gone, come: names of the sites that only the equal count
    chooses, and only the priority.
    """

    table: pd.DataFrame
    gone: tuple[str, ...]
    come: tuple[str, ...]


def beside_alike(study: Study, service: Service, names: "pd.Series[str]") -> BesideFacts | None:
    """Return what a plan by priority does beside the one that counts all alike; None without a priority.

    names: of places, by place_id.
    """
    alike, plan = study.unweighted.get(service.id), study.plans[service.id]
    rule = service.siting.priority if service.siting else None
    if alike is None or rule is None:
        return None
    demand = study.layers.demand
    up = ancestry(study.layers.places)
    weak = demand["place_id"].isin(up["place_id"][up["ancestor_id"].isin(rule.weak)])
    served = [_served(study, service, one) for one in (plan, alike)]
    rows = [row for weight in service.weights for row in _areas(served, weak, weight, parted=bool(rule.weak))]
    homes = pd.concat([one.groupby("place_id")[service.weight].sum() for one in served], axis=1).fillna(0.0)
    homes = homes[homes.iloc[:, 0] != homes.iloc[:, 1]].sort_index()
    rows += [("place", i, names.get(i), service.weight, float(a), float(b)) for i, a, b in homes.itertuples()]
    frame = pd.DataFrame(rows, columns=["area", "place_id", "name", "weight", "weighted", "unweighted"])
    table = frame.assign(difference=frame["weighted"] - frame["unweighted"])
    come, gone = (_only(study, service, a, b) for a, b in ((plan, alike), (alike, plan)))
    return BesideFacts(table=table, gone=gone, come=come)


def _served(study: Study, service: Service, plan: Plan) -> gpd.GeoDataFrame:
    """Return the demand that a plan newly covers; where room counts, only the part that finds it."""
    demand, rows = study.layers.demand, newly_covered(study, service, plan)
    served = demand.loc[rows.index.unique()]
    if not by_capacity(service):
        return served
    part = rows.groupby(level=0)["weight"].sum().reindex(served.index) / served[service.weight]
    return served.assign(**{weight: served[weight] * part for weight in service.weights})


def _areas(
    served: list[gpd.GeoDataFrame], weak: "pd.Series[bool]", weight: str, *, parted: bool
) -> Iterator[tuple[object, ...]]:
    """Yield the people whom both plans newly cover: all, and those in weak areas and in others."""
    for area in ("all", "weak", "other") if parted else ("all",):
        inside = [weak[one.index] | (area == "all") if area != "other" else ~weak[one.index] for one in served]
        people = (float(one.loc[x, weight].sum()) for one, x in zip(served, inside, strict=True))
        yield area, None, None, weight, *people


def _only(study: Study, service: Service, plan: Plan, other: Plan) -> tuple[str, ...]:
    """Return the names of the sites that one plan chooses and the other does not."""
    candidates = study.candidates[service.id]
    said = candidates.get("name", pd.Series(None, index=candidates.index, dtype=object))
    said = said.where(said.notna(), candidates.index.to_series())
    return tuple(said[plan.sites.index.difference(other.sites.index)])


def newly_covered(study: Study, service: Service, plan: Plan) -> pd.DataFrame:
    """Return who comes within the standard by a plan: candidate_id, weight, place_id by demand_id.

    With capacities a site's people are those it takes in, and one demand may have several rows.
    """
    coverage, rows = start_of(study, service), plan.assignment
    near = rows["minutes"] <= np.float32(service.standard_min)
    served = coverage.covered.reindex(rows.index) & ~by_capacity(service)
    rows = rows[near & ~served]
    home = coverage.demand.get("place_id", pd.Series(None, index=coverage.demand.index, dtype=object))
    return rows.assign(place_id=home.reindex(rows.index))


def start_of(study: Study, service: Service) -> Coverage:
    """Return the coverage that a plan starts from: today's, without the facilities that it closes."""
    return study.kept.get(service.id, study.coverage[service.id])


def by_capacity(service: Service) -> bool:
    """Whether a plan counts people only where there is room for them."""
    return service.siting is not None and service.siting.capacities
