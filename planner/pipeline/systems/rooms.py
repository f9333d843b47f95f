"""Floor area by households from the project's services: what each place lacks, and which rooms make it up."""

from dataclasses import dataclass

import geopandas as gpd
import pandas as pd

from ...errors import TableError
from ...project import RoomSystem
from ...siting import Plan
from ...siting.costs import candidate_costs, unit_cost
from ...siting.rooms import RoomRule, allot_rooms, area_needs
from ...travel import TravelTimes
from ..study import Study
from ..travel import mode_of, times_between
from .members import joining, standing, units


@dataclass(frozen=True, kw_only=True)
class RoomNeeds:
    """What rooms one project lacks by its households, and which are proposed.

    needs: by (place_id, service): households, and as `area_needs`; allotted_m2, what the plan gives. rooms: by
    (service, candidate_id) of those chosen: name, place_id, area_m2, cost, given_m2, geometry. shares: service,
    candidate_id, place_id, m2. existing: rooms by facility_id. plan: None without a budget.
    """

    rule: RoomSystem
    needs: pd.DataFrame
    rooms: gpd.GeoDataFrame
    shares: pd.DataFrame
    existing: gpd.GeoDataFrame
    plan: Plan | None


def solve_rooms(study: Study, rule: RoomSystem) -> RoomNeeds:
    """Reckon what is missing, and allot the rooms that a budget can pay.

    Raises:
        TableError: no households in the demand, rooms without area, candidates without cost.
    """
    homes = _households(study, rule)
    existing = pd.concat([standing(study, service).assign(service=service) for service in rule.rooms])
    areas = existing.assign(place_id=units(study, existing, rule.level), purpose=existing["service"])
    areas = areas.reindex(columns=["place_id", "purpose", "area_m2"])
    total = homes.groupby("unit")["households"].sum().rename_axis("place_id")
    needs = area_needs(total, areas, m2_per_100=rule.m2_per_100, purposes=rule.rooms)
    new = pd.concat([_candidates(study, rule, service) for service in rule.rooms]) if rule.budget else None
    plan = None if new is None else _allotted(study, rule, homes, needs["shortfall_m2"], new)
    shares = _shares(plan, homes)
    given = shares.groupby(["place_id", "service"])["m2"].sum()
    allotted = given.reindex(pd.MultiIndex.from_tuples(needs.index), fill_value=0.0).to_numpy()
    people = total.reindex(needs.index.get_level_values("place_id")).to_numpy()
    return RoomNeeds(
        rule=rule,
        needs=needs.assign(households=people, allotted_m2=allotted).rename_axis(["place_id", "service"]),
        rooms=_chosen(existing, new, plan),
        shares=shares,
        existing=existing,
        plan=plan,
    )


def _households(study: Study, rule: RoomSystem) -> pd.DataFrame:
    """Return households and unit by demand_id, where there are any."""
    demand = study.layers.demand
    if rule.households not in demand:
        have = ", ".join(c for c in demand if c not in ("place_id", "geometry"))
        raise TableError("rooms_households", weight=rule.households, have=have)
    homes = pd.DataFrame({"households": demand[rule.households], "unit": units(study, demand, rule.level)})
    return homes[homes["unit"].notna() & (homes["households"] > 0)]


def _candidates(study: Study, rule: RoomSystem, service: str) -> gpd.GeoDataFrame:
    """Return the candidates of one purpose with area and cost, by "service/candidate_id"."""
    found = joining(study, service)
    if "area_m2" not in found or found["area_m2"].isna().any():
        bare = found.index if "area_m2" not in found else found.index[found["area_m2"].isna()]
        raise TableError("rooms_no_area", n=len(bare), ids=", ".join(bare[:3]))
    unit = unit_cost(rule.unit_cost) if rule.unit_cost else None
    costed = found.assign(cost=candidate_costs(found, unit)["cost"], service=service, candidate_id=found.index)
    told = found.get("name", pd.Series(None, index=found.index, dtype=object))
    named = costed.assign(name=told.where(told.notna(), found.index.to_series()))
    columns = ["service", "candidate_id", "name", "place_id", "area_m2", "cost", "geometry"]
    return named[columns].set_axis(service + "/" + found.index)


def _allotted(study: Study, rule: RoomSystem, homes: pd.DataFrame, shortfall: pd.Series, new: gpd.GeoDataFrame) -> Plan:
    """Choose rooms of all purposes within one budget; a purpose's square metres are of no use to another.

    What a place lacks is asked for where its households live.
    """
    share = homes["households"] / homes.groupby("unit")["households"].transform("sum")
    asked, frames = [], []
    for service in rule.rooms:
        lacks = homes["unit"].map(shortfall.xs(service, level="purpose")) * share
        asked.append(lacks[lacks > 0].set_axis(service + "/" + lacks.index[lacks > 0]))
        frames.append(_walks(study, rule, service, lacks.index[lacks > 0], new))
    whole = pd.concat(asked)
    times = TravelTimes.from_frame(
        pd.concat(frames, ignore_index=True), cutoff_min=rule.walk_min, origins=whole.index, destinations=new.index
    )
    wanted = RoomRule(budget=rule.budget or 0.0, walk_min=rule.walk_min)
    return allot_rooms(times, whole, new, rule=wanted)


def _walks(study: Study, rule: RoomSystem, service: str, at: pd.Index, new: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return minutes from those who ask to the candidates of one purpose, both named after it."""
    mode, mine = mode_of(study.service(service), study.project), new[new["service"] == service]
    origins = study.layers.demand.geometry.loc[at]
    found = times_between(study, origins, mine.geometry, mode, cutoff_min=rule.walk_min).to_frame()
    return found.assign(origin_id=service + "/" + found["origin_id"])


def _shares(plan: Plan | None, homes: pd.DataFrame) -> pd.DataFrame:
    """Return the square metres that each place gets of each room."""
    columns = ["service", "candidate_id", "place_id", "m2"]
    if plan is None or plan.assignment.empty:
        return pd.DataFrame({c: pd.Series(dtype=float if c == "m2" else object) for c in columns})
    rows = plan.assignment.reset_index()
    service = rows["demand_id"].str.split("/", n=1).str[0]
    unit = rows["demand_id"].str.split("/", n=1).str[1].map(homes["unit"])
    room = rows["candidate_id"].str.split("/", n=1).str[1]
    table = pd.DataFrame({"service": service, "candidate_id": room, "place_id": unit, "m2": rows["weight"]})
    return table.groupby(["service", "candidate_id", "place_id"])["m2"].sum().reset_index()[columns]


def _chosen(existing: gpd.GeoDataFrame, new: gpd.GeoDataFrame | None, plan: Plan | None) -> gpd.GeoDataFrame:
    columns = ["name", "place_id", "area_m2", "cost", "given_m2", "geometry"]
    if new is None or plan is None:
        bare = existing.iloc[:0].reindex(columns=columns)
        return gpd.GeoDataFrame(bare, geometry="geometry", crs=existing.crs)
    used = plan.sites.index[plan.sites["gain"] > 0]
    rooms = new.loc[used].assign(given_m2=plan.sites["gain"][used])
    return rooms.set_index(["service", "candidate_id"])[columns]
