"""Where to build next, service by service: candidates screened and costed, the model, the plan and its grounds."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import geopandas as gpd
import pandas as pd

from ..coverage import Coverage, measure_coverage
from ..errors import Fault, PlannerError, TableError
from ..layers import ancestry, smallest_place
from ..network import (
    MODES,
)
from ..project import PlaceQuota, Project, Service, Siting
from ..siting import (
    BCLP,
    LSCP,
    MCLP,
    Model,
    PCenter,
    Plan,
    PMedian,
    Quota,
    Rules,
    phase_plan,
    propose_sites,
    too_near,
)
from ..siting.candidates import street_candidates
from ..siting.grounds import Asked, Grounds, ground
from ..siting.priority import Priority, in_people
from ..siting.robustness import usual_grid
from ..siting.screening import Screened, screen_candidates
from ..travel import TravelTimes
from .levels import places_at
from .site_faults import costed, refuse_ids, refuse_too_poor
from .study import Study
from .travel import mode_of, times_of


def sites(project: Project, study: Study) -> Study:
    """Propose sites for the services that ask for them."""
    asked = [s for s in project.services if s.siting]
    screened = {s.id: _screened(study, s) for s in asked}
    candidates = {s.id: _ready(study, s, screened[s.id]) for s in asked}
    rejected = {service: one.rejected for service, one in screened.items()}
    found = {s.id: _plan(study, s, candidates[s.id]) for s in asked if len(candidates[s.id])}
    plans = {service: one.plan for service, one in found.items()}
    grounds = {service: one.grounds for service, one in found.items() if one.grounds is not None}
    alike = {service: one.unweighted for service, one in found.items() if one.unweighted is not None}
    kept = {s.id: _kept(study, s, s.siting.closing) for s in asked if s.siting and s.siting.closing and s.id in plans}
    return replace(
        study, candidates=candidates, rejected=rejected, plans=plans, grounds=grounds, unweighted=alike, kept=kept
    )  # fmt: skip


def _kept(study: Study, service: Service, closing: tuple[str, ...]) -> Coverage:
    """Return the coverage by the facilities that do not close, counted as today's is."""
    standing = study.facilities(service.id).geometry
    ends, mode = standing[~standing.index.isin(closing)], mode_of(service, study.project)
    times = times_of(study, ends, mode, service.cutoff_min, nearest_only=True, direction=service.direction)
    return measure_coverage(
        times, study.layers.demand, standard_min=service.standard_min, service=service.id, mode=service.mode
    )


def _screened(study: Study, service: Service) -> Screened:
    """Return the listed candidates, else points on streets inside the gaps; and which of them may not be, and why."""
    given, asked = study.layers.candidates.get(service.id), service.siting
    network, mode = study.networks[service.mode], MODES[service.mode]
    found = street_candidates(network, study.gaps[service.id].table, mode=mode) if given is None else given
    assert asked is not None
    standing = study.facilities(service.id).geometry
    screened = screen_candidates(
        found,
        exclusions=study.layers.exclusions.get(service.id),
        area_min_m2=asked.area_min_m2,
        existing=standing[~standing.index.isin(asked.closing)],
        spacing_m=asked.spacing_m,
    )
    inside = smallest_place(screened.kept.geometry, study.layers.places)
    declared = screened.kept.get("place_id", pd.Series(None, index=screened.kept.index, dtype=object))
    return replace(screened, kept=screened.kept.assign(place_id=inside.where(inside.notna(), declared)))


def _ready(study: Study, service: Service, screened: Screened) -> gpd.GeoDataFrame:
    """Return the candidates that may be proposed, with costs where money is asked about.

    Raises:
        TableError, InfeasibleError: ids that are not there, no costs, or money that pays for nothing.
    """
    with _named(service):
        refuse_ids(service, screened, study.facilities(service.id).index)
        kept = costed(screened.kept, service, listed=service.id in study.layers.candidates)
        assert service.siting is not None
        refuse_too_poor(service.siting, kept)
    return kept


def _wishes(study: Study, service: Service, candidates: gpd.GeoDataFrame) -> dict[str, Any]:
    """Return what the project wishes of single sites and of any plan, for `propose_sites`."""
    asked, standing = service.siting, study.facilities(service.id)
    assert asked is not None
    standing = standing.set_axis(pd.Index([f"standing/{i}" for i in standing.index]))
    wishes: dict[str, Any] = {
        "required": asked.required,
        "forbidden": [i for i in asked.forbidden if i in candidates.index],
        "closing": [f"standing/{i}" for i in asked.closing],
        "rules": _rules(study, service, candidates, standing),
    }
    if asked.capacities:
        none = pd.Series(dtype=float)
        wishes["capacities"] = pd.concat([f.get("capacity", none) for f in (candidates, standing)])
    return wishes


def _rules(study: Study, service: Service, candidates: gpd.GeoDataFrame, standing: gpd.GeoDataFrame) -> Rules:
    """Return the side conditions: spacing among candidates, so many a place, and quotas of places."""
    asked, places = service.siting, study.layers.places
    assert asked is not None
    near = smallest_place(standing.geometry, places)
    closes = standing.index.isin([f"standing/{i}" for i in asked.closing])
    own = pd.concat([candidates["place_id"], near.where(near.notna(), standing.get("place_id"))[~closes]]).dropna()
    up = ancestry(places).set_index("place_id")["ancestor_id"]
    named = own.rename("place_id").rename_axis("id").reset_index().merge(up, left_on="place_id", right_index=True)
    least = asked.at_least
    return Rules(
        places=named.set_index("id")["ancestor_id"],
        at_least={} if least is None else dict.fromkeys(places_at(places, "at_least", least.level), least.at_least),
        apart=() if asked.spacing_m is None else too_near(candidates.geometry, spacing_m=asked.spacing_m),
        quotas=tuple(_quota(places, wish) for wish in asked.quotas),
    )


def _quota(places: gpd.GeoDataFrame, wish: PlaceQuota) -> Quota:
    return Quota(places=tuple(places_at(places, "quotas", wish.level, wish.urban_rural)), share=wish.share)


@contextmanager
def _named(service: Service) -> Iterator[None]:
    """Say of every fault inside which service it is of."""
    try:
        yield
    except PlannerError as error:
        raise type(error)(*(Fault("of_service", {"service": service.id, "detail": f}) for f in error.faults)) from error


@dataclass(frozen=True, kw_only=True)
class _Planned:
    """A plan, its grounds where they can be given, and the plan that counts everybody alike beside a priority."""

    plan: Plan
    grounds: Grounds | None
    unweighted: Plan | None


def _plan(study: Study, service: Service, candidates: gpd.GeoDataFrame) -> _Planned:
    """Return the plan of a service, and what stands beside it."""
    with _named(service):
        return _planned(study, service, candidates)


def _planned(study: Study, service: Service, candidates: gpd.GeoDataFrame) -> _Planned:
    standing = study.facilities(service.id).geometry
    standing.index = pd.Index([f"standing/{i}" for i in standing.index])
    points = pd.concat([candidates.geometry, standing])
    model, asked = model_of(service), service.siting
    assert asked is not None
    standard = isinstance(model, LSCP | MCLP | BCLP)
    times = _siting_times(study, service, points, service.standard_min if standard else service.cutoff_min)
    costs = candidates["cost"] if "cost" in candidates and candidates["cost"].notna().all() else None
    demand, priority = study.layers.demand[service.weight], _priority(study, service)
    common: dict[str, Any] = {"existing": standing.index, "costs": costs, **_wishes(study, service, candidates)}
    alike = _solved(model, times, demand, asked, None, common)
    plan = alike if priority is None else _solved(model, times, demand, asked, priority, common)
    if priority is not None and not asked.budgets:
        plan = in_people(plan, alike, demand)
    unweighted = None if priority is None else alike
    if not asked.explained:
        return _Planned(plan=plan, grounds=None, unweighted=unweighted)
    farther = times
    if asked.robustness and standard:
        farther = _siting_times(study, service, points, usual_grid().reach * service.standard_min)
    people = study.coverage[service.id].demand
    why = ground(
        plan,
        times,
        demand,
        asked=_made_with(common, asked.required, priority),
        farther=farther if asked.robustness else None,
        weights=people.drop(columns="place_id", errors="ignore"),
        groups=people.get("place_id"),
    )
    return _Planned(plan=plan, grounds=why, unweighted=unweighted)


def _made_with(common: dict[str, Any], required: tuple[str, ...], priority: "pd.Series[float] | None") -> Asked:
    """Return what a plan was made with; facilities that close count as forbidden sites."""
    gone = pd.Index(common["closing"], dtype=object)
    return Asked(
        existing=common["existing"].difference(gone, sort=False),
        required=required,
        forbidden=pd.Index(common["forbidden"], dtype=object).append(gone),
        costs=common["costs"],
        rules=common["rules"],
        priority=priority,
    )


def _priority(study: Study, service: Service) -> "pd.Series[float] | None":
    """Return what a person of each demand counts by the priority that is asked for; a weak place's parts are weak.

    Raises:
        TableError: weights or places that the demand does not have.
    """
    rule = service.siting.priority if service.siting else None
    if rule is None:
        return None
    up = ancestry(study.layers.places)
    below = up[up["ancestor_id"].isin(rule.weak) & up["place_id"].isin(study.layers.demand["place_id"])]
    unknown = [p for p in rule.weak if p not in set(below["ancestor_id"])]
    weak = tuple(sorted({*below["place_id"], *unknown}))
    factors = rule.factors or {service.weight: 1.0}
    return Priority(factors=factors, weak=weak, weak_factor=rule.weak_factor).weigh(study.layers.demand)


def _solved(
    model: Model,
    times: TravelTimes,
    demand: pd.Series,
    asked: Siting,
    priority: "pd.Series | None",
    common: dict[str, Any],
) -> Plan:
    """Return the plan by years or at once."""
    if asked.budgets:
        years: dict[str, Any] = {
            "budgets": asked.budgets, "carry_over": asked.carry_over,
            "milestones": asked.milestones, "milestones_hard": asked.milestones_hard,
        }  # fmt: skip
        return phase_plan(model, times, demand, priority=priority, **years, **common)
    return propose_sites(model, times, demand if priority is None else priority, **common)


def _siting_times(study: Study, service: Service, points: gpd.GeoSeries, cutoff_min: float) -> TravelTimes:
    return times_of(study, points, mode_of(service, study.project), cutoff_min, direction=service.direction)


def model_of(service: Service) -> Model:
    """Return the siting model a service asks for.

    Raises:
        TableError: it asks for none.
    """
    asked = service.siting
    if asked is None:
        raise TableError("no_siting", service=service.id)
    match asked.model:
        case "lscp":
            return LSCP(service.standard_min, share=asked.share)
        case "bclp":
            return BCLP(service.standard_min, p=asked.p, budget=asked.budget, first=asked.first)
        case "p_median":
            return PMedian(asked.p or 1)
        case "p_center":
            return PCenter(asked.p or 1)
    if asked.p is None and asked.budget is None:
        return MCLP(service.standard_min, budget=sum(asked.budgets.values()))
    return MCLP(service.standard_min, p=asked.p, budget=asked.budget)
