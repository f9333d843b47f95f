"""Columbaria from the project's services: what each place needs and has, and where to add niches."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd

from ...errors import TableError
from ...layers import unit_above
from ...project import ColumbariumSystem
from ...siting import Plan, Rules
from ...siting.columbaria import ColumbariumRule, Mortality, niche_needs, site_columbaria
from ...siting.costs import candidate_costs, unit_cost
from ...tables import three
from ..study import Study
from ..travel import mode_of, times_between
from .members import called, joining, level_ids, standing, units


@dataclass(frozen=True, kw_only=True)
class Niches:
    """What niches one project needs and has, and which sites are proposed.

    needs: by place_id: population, and as `niche_needs`; allotted, what the plan gives. sites: by candidate_id of those
    chosen: name, place_id, niches, cost (missing: not said), given, geometry. shares: candidate_id, place_id, niches,
    minutes. existing: columbaria by facility_id. bare: places without a columbarium. plan: None where none was asked.
    """

    rule: ColumbariumSystem
    needs: pd.DataFrame
    sites: gpd.GeoDataFrame
    shares: pd.DataFrame
    existing: gpd.GeoDataFrame
    bare: tuple[str, ...]
    plan: Plan | None


def solve_columbaria(study: Study, rule: ColumbariumSystem) -> Niches:
    """Reckon the niches of each place, and choose sites for those that are missing.

    Raises:
        TableError: columbaria or candidates without niches, candidates without cost where there is a budget.
        InfeasibleError: `one_each` and a place without a candidate, or with too few sites allowed.
    """
    existing = standing(study, rule.columbaria)
    unit = units(study, existing, rule.level)
    people, middle = _people(study, rule)
    needs = niche_needs(
        people, _free(existing).groupby(unit).sum(), Mortality(deaths=rule.deaths, years=rule.years, share=rule.share)
    )
    new = _candidates(study, rule) if rule.needs_candidates else None
    plan = None if new is None else _plan(study, rule, needs["shortfall"], middle, (new, existing, unit))
    shares = _shares(plan)
    allotted = shares.groupby("place_id")["niches"].sum().reindex(needs.index, fill_value=0)
    return Niches(
        rule=rule,
        needs=needs.assign(population=people, allotted=allotted),
        sites=_chosen(existing, new, plan),
        shares=shares,
        existing=existing,
        bare=tuple(sorted(set(level_ids(study, rule.level)) - set(unit.dropna()))),
        plan=plan,
    )


def _people(study: Study, rule: ColumbariumSystem) -> tuple[pd.Series, gpd.GeoSeries]:
    """Return people by place of the level, and the demand point nearest to the middle of its people."""
    demand, weight = study.layers.demand, study.service(rule.columbaria).weight
    table = pd.DataFrame({"unit": units(study, demand, rule.level), "w": demand[weight]})
    table = table.assign(x=demand.geometry.x, y=demand.geometry.y)[table["unit"].notna() & (table["w"] > 0)]
    total = table.groupby("unit")["w"].sum().rename_axis("place_id")
    mean = {c: (table[c] * table["w"]).groupby(table["unit"]).sum() / total for c in "xy"}
    dx, dy = (table[c] - table["unit"].map(mean[c]) for c in "xy")
    off = (dx**2 + dy**2).sort_index()
    nearest = off.groupby(table["unit"]).idxmin()
    points = gpd.GeoSeries(demand.geometry.loc[nearest].to_numpy(), index=nearest.index, crs=demand.crs)
    return total, points.reindex(total.index)


def _free(existing: gpd.GeoDataFrame) -> pd.Series:
    """Return the niches of each columbarium that are not taken."""
    niches = _niches(existing)
    used = existing.get("niches_used", pd.Series(0.0, index=existing.index)).fillna(0.0)
    free: pd.Series = (niches - used).clip(lower=0).astype(np.int64)
    return free


def _niches(points: gpd.GeoDataFrame) -> pd.Series:
    niches: pd.Series = points.get("niches", pd.Series(np.nan, index=points.index))
    bare = points.index[niches.isna()]
    if len(bare):
        raise TableError("columbaria_no_niches", n=len(bare), ids=three(bare))
    return niches


def _candidates(study: Study, rule: ColumbariumSystem) -> gpd.GeoDataFrame:
    found = called(joining(study, rule.columbaria))
    found = found.assign(niches=_niches(found).astype(np.int64))
    if rule.budget is None:
        return found.assign(cost=found.get("cost", pd.Series(np.nan, index=found.index)))
    unit = unit_cost(rule.unit_cost) if rule.unit_cost else None
    return found.assign(cost=candidate_costs(found, unit)["cost"])


def _plan(
    study: Study,
    rule: ColumbariumSystem,
    shortfall: pd.Series,
    middle: gpd.GeoSeries,
    points: tuple[gpd.GeoDataFrame, gpd.GeoDataFrame, pd.Series],
) -> Plan:
    """Choose sites; what stands counts as one of its place, and its niches are in the needs already."""
    new, existing, unit = points
    there = existing.set_axis("standing/" + existing.index)
    sites = pd.concat(
        [new[["niches", "cost"]].assign(stands=False), pd.DataFrame(index=there.index).assign(niches=0, stands=True)]
    )
    where = pd.concat([new.geometry, there.geometry])
    lacks = shortfall[shortfall > 0]
    mode = mode_of(study.service(rule.columbaria), study.project)
    times = times_between(study, middle.loc[lacks.index], where, mode, cutoff_min=rule.within_min)
    home = pd.concat([unit_above(new["place_id"], study.layers.places, level=rule.level), unit.set_axis(there.index)])
    each = dict.fromkeys(shortfall.index, 1) if rule.one_each else {}
    wanted = ColumbariumRule(
        drive_min=rule.within_min, p=rule.p, budget=rule.budget, rules=Rules(places=home.dropna(), at_least=each)
    )
    kept = sites if rule.budget is not None else sites.drop(columns="cost")
    return site_columbaria(times, lacks, kept, rule=wanted)


def _shares(plan: Plan | None) -> pd.DataFrame:
    """Return the niches that each place gets at each new site."""
    columns = ["candidate_id", "place_id", "niches", "minutes"]
    if plan is None:
        return pd.DataFrame(columns=columns).astype({"niches": float, "minutes": float})
    rows = plan.assignment.rename_axis("place_id").reset_index().rename(columns={"weight": "niches"})
    return rows[columns]


def _chosen(existing: gpd.GeoDataFrame, new: gpd.GeoDataFrame | None, plan: Plan | None) -> gpd.GeoDataFrame:
    columns = ["name", "place_id", "niches", "cost", "given", "geometry"]
    if new is None or plan is None:
        bare = existing.iloc[:0].reindex(columns=columns)
        return gpd.GeoDataFrame(bare, geometry="geometry", crs=existing.crs)
    return new.loc[plan.sites.index].assign(given=plan.sites["gain"])[columns]
