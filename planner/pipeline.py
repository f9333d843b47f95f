"""The whole story on one page: `run(project) -> Study`. It reads files and writes none."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import geopandas as gpd
import pandas as pd

from .borders import BorderRules
from .cache import cached_network, cached_streets
from .checks import CHECKS, Acceptance, blocking, run_checks
from .coverage import Coverage, coverage_by_place, measure_coverage, street_data_by_place, uncovered_places
from .errors import Fault, NetworkError, ProjectError, TableError
from .gaps import GapNames, GapRule, Gaps, find_gaps
from .layers import Layers, ancestry, read_layers, smallest_place
from .network import MODES, WALK, Mode, StreetNetwork, repair_streets, snap
from .project import Limits, Parameter, PlaceQuota, Project, Service
from .scenario import Scenario, apply_scenario
from .siting import (
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
from .siting.candidates import street_candidates
from .siting.costs import candidate_costs, unit_cost
from .siting.grounds import Grounds, ground
from .siting.robustness import usual_grid
from .siting.screening import Screened, screen_candidates
from .travel import ServiceAreas, TravelTimes, service_areas, travel_times

STAGES = ("layers", "check", "network", "travel", "coverage", "gaps", "sites", "report")
Progress = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Study:
    """Everything one run found out; nothing in it changes and nothing in it is a file.

    `networks` by mode (all modes share one topology); the rest by service id. `by_place` and `uncovered` have the
    columns of coverage_by_place.csv and uncovered_places.csv. What a run was not asked for is empty.
    """

    project: Project
    layers: Layers
    networks: Mapping[str, StreetNetwork] = field(default_factory=dict)
    findings: gpd.GeoDataFrame | None = None
    street_edits: pd.DataFrame = field(default_factory=pd.DataFrame)
    snaps: pd.DataFrame = field(default_factory=pd.DataFrame)
    times: Mapping[str, TravelTimes] = field(default_factory=dict)
    areas: Mapping[str, ServiceAreas] = field(default_factory=dict)
    coverage: Mapping[str, Coverage] = field(default_factory=dict)
    by_place: pd.DataFrame = field(default_factory=pd.DataFrame)
    uncovered: pd.DataFrame = field(default_factory=pd.DataFrame)
    gaps: Mapping[str, Gaps] = field(default_factory=dict)
    candidates: Mapping[str, gpd.GeoDataFrame] = field(default_factory=dict)
    rejected: Mapping[str, gpd.GeoDataFrame] = field(default_factory=dict)
    plans: Mapping[str, Plan] = field(default_factory=dict)
    grounds: Mapping[str, Grounds] = field(default_factory=dict)

    @property
    def parameters(self) -> pd.DataFrame:
        """Every number of the run: key, value, unit, source, confidence."""
        return pd.DataFrame([p.model_dump() for p in self.project.parameters])

    def facilities(self, service: str) -> gpd.GeoDataFrame:
        """Return the facilities of a service that count on the project's date."""
        return self.layers.open_on(service, self.project.about.date)

    def service(self, service: str) -> Service:
        """Return what the project promises for a service."""
        return next(s for s in self.project.services if s.id == service)


def run(
    project: Project,
    *,
    until: str = "report",
    progress: Progress = lambda _: None,
    scenario: Scenario | None = None,
) -> Study:
    """Run the story until a stage of `STAGES` and return what it found.

    Args:
        project: from `load_project`.
        until: the last stage; "report" and "sites" are the same here, for `write_outputs` does the writing.
        progress: called with the name of each stage as it begins.
        scenario: what if; its edits are made to the layers before anything else is done with them.

    Raises:
        PlannerError: input that cannot be used, or a finding that blocks and is not accepted.
    """
    if until not in STAGES:
        raise ProjectError("unknown_stage", stage=until, known=", ".join(STAGES))
    wanted = STAGES[: STAGES.index(until) + 1]
    study: Study | None = None
    project = _told(project, scenario)
    for stage, step in _STEPS.items():
        if stage in wanted:
            progress(stage)
            study = step(project, study)
            if stage == "layers" and scenario is not None:
                study = replace(study, layers=apply_scenario(study.layers, scenario))
    assert study is not None
    return study


def _told(project: Project, scenario: Scenario | None) -> Project:
    """Return the project with the scenario's speeds, and its edits among the parameters."""
    if scenario is None or not scenario.edits:
        return project
    speeds = scenario.speeds
    services = [s.model_copy(update={"speed_mps": speeds[s.id]}) if s.id in speeds else s for s in project.services]
    own: dict[str, Any] = {"source": scenario.name or "scenario", "confidence": "P"}
    changed = {f"services.{s}.speed_mps": {"value": v} | own for s, v in speeds.items()}
    parameters = [p.model_copy(update=changed.get(p.key, {})) for p in project.parameters]
    parameters += [Parameter(key=f"scenario.{n}", value=str(e), **own) for n, e in enumerate(scenario.edits, 1)]
    return project.model_copy(update={"services": tuple(services), "parameters": tuple(parameters)})


def _layers(project: Project, _: Any) -> Study:
    """Read every file, and mend the streets where the project asks for it."""
    layers = read_layers(project, streets=cached_streets)
    asked = project.streets.repair
    ways, edits = repair_streets(
        layers.streets,
        node_crossings="node_crossings" in asked,
        close_gaps_m=project.streets.close_gaps_m if "close_gaps" in asked else 0.0,
        drop_duplicates="drop_duplicates" in asked,
    )
    return Study(project=project, layers=replace(layers, streets=ways), street_edits=edits)


def _check(project: Project, study: Study) -> Study:
    """Build the network and check the data on it; the checks need both."""
    network = cached_network(study.layers.streets)
    for service in project.services:
        if not network.open_to(MODES[service.mode]).any():
            raise NetworkError("no_edges_for_mode", mode=service.mode)
    accepted = [Acceptance(**word.model_dump()) for word in project.accept]
    paces = {s.id: s.speed_mps * 60 for s in project.services}
    reach = {s.id: (paces[s.id] * s.standard_min, paces[s.id] * s.cutoff_min) for s in project.services}
    rules = BorderRules.of(**project.borders.own) if project.borders else None
    findings = run_checks(
        study.layers, network=network, reach_m=reach, accepted=accepted, on=project.about.date, rules=rules
    )
    modes = sorted({s.mode for s in project.services})
    return replace(study, networks=dict.fromkeys(modes, network), findings=findings)


def _network(project: Project, study: Study) -> Study:
    """Join every point to its street, unless a finding blocks."""
    stop = blocking(study.findings, CHECKS)
    if len(stop):
        said = [
            Fault("blocked", {"code": f["code"], "what": f[f"message_{project.language}"]}) for _, f in stop.iterrows()
        ]
        raise NetworkError(*said)
    return replace(study, snaps=_snaps(project, study))


def _travel(project: Project, study: Study) -> Study:
    """Find everyone's nearest facility of each service."""
    return replace(study, times={s.id: _nearest(study, s) for s in project.services})


def _nearest(study: Study, service: Service) -> TravelTimes:
    return travel_times(
        study.networks[service.mode],
        study.layers.demand,
        study.facilities(service.id),
        mode=mode_of(service, study.project.limits),
        cutoff_min=service.cutoff_min,
        nearest_only=True,
        direction=service.direction,
    )


def _snaps(project: Project, study: Study) -> pd.DataFrame:
    """Return where every point of every layer touches the streets, by mode."""
    rows = []
    for name, network in study.networks.items():
        mode = MODES[name]
        rows.append(snap(network, study.layers.demand, mode=mode).to_frame(network, "demand"))
        for service in (s for s in project.services if s.mode == name):
            layers = {f"facilities.{service.id}": study.facilities(service.id)}
            layers |= {f"candidates.{service.id}": c for i, c in study.layers.candidates.items() if i == service.id}
            rows += [snap(network, points, mode=mode).to_frame(network, layer) for layer, points in layers.items()]
    return pd.concat(rows, ignore_index=True)


def _coverage(project: Project, study: Study) -> Study:
    """Count who is within the standard, by person and by place."""
    coverage = {
        s.id: measure_coverage(
            study.times[s.id], study.layers.demand, standard_min=s.standard_min, service=s.id, mode=s.mode
        )
        for s in project.services
    }
    by_place = pd.concat([_by_place(study, coverage[s.id], s) for s in project.services], ignore_index=True)
    short = _short_of_streets(study)
    uncovered = [
        uncovered_places(
            coverage[s.id],
            by_place[by_place["service"] == s.id],
            study.layers.places,
            weight=s.weight,
            status=project.limits.model_dump(),
            no_data=short[s.weight],
        )
        for s in project.services
    ]
    areas = {s.id: _areas(study, s) for s in project.services}
    return replace(
        study, areas=areas, coverage=coverage, by_place=by_place, uncovered=pd.concat(uncovered, ignore_index=True)
    )


def _areas(study: Study, service: Service) -> ServiceAreas:
    """Return the service's area within a third, two thirds and all of its standard: 5, 10 and 15 minutes of 15."""
    return service_areas(
        study.networks[service.mode],
        study.facilities(service.id),
        mode=mode_of(service, study.project.limits),
        bands_min=[service.standard_min * part / 3 for part in (1, 2, 3)],
        direction=service.direction,
        dissolve=True,
    )


def _short_of_streets(study: Study) -> dict[str, pd.Index]:
    """Return by weight the places whose streets are too few to tell who is served there."""
    layers, network = study.layers, next(iter(study.networks.values()))
    access = snap(network, layers.demand, mode=WALK).access_m
    weights = {s.weight for s in study.project.services}
    known = {w: street_data_by_place(network, layers.demand, access, layers.places, weight=w) for w in sorted(weights)}
    return {w: table.index[table["short"]] for w, table in known.items()}


def _by_place(study: Study, coverage: Coverage, service: Service) -> pd.DataFrame:
    rule = (service.nominal.level, service.nominal.at_least) if service.nominal else None
    return coverage_by_place(coverage, study.layers.places, study.facilities(service.id), nominal=rule)


def _gaps(project: Project, study: Study) -> Study:
    """Join the uncovered into named areas."""
    limits = project.limits
    rule = GapRule(reach_m=limits.gap_reach_m, extent_m=limits.gap_extent_m, people_min=limits.gap_people_min)
    gaps = {
        s.id: find_gaps(
            study.coverage[s.id],
            study.layers.demand.geometry,
            study.networks[s.mode],
            weight=s.weight,
            names=GapNames(places=study.layers.places, facilities=study.facilities(s.id), language=project.language),
            rule=rule,
        )
        for s in project.services
    }
    return replace(study, gaps=gaps)


def _sites(project: Project, study: Study) -> Study:
    """Propose sites for the services that ask for them."""
    asked = [s for s in project.services if s.siting]
    screened = {s.id: _screened(study, s) for s in asked}
    candidates = {s.id: _costed(screened[s.id].kept, s) for s in asked}
    rejected = {service: one.rejected for service, one in screened.items()}
    found = {s.id: _plan(study, s, candidates[s.id]) for s in asked if len(candidates[s.id])}
    plans = {service: plan for service, (plan, _) in found.items()}
    grounds = {service: why for service, (_, why) in found.items() if why is not None}
    return replace(study, candidates=candidates, rejected=rejected, plans=plans, grounds=grounds)


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


def _wishes(study: Study, service: Service, candidates: gpd.GeoDataFrame) -> dict[str, Any]:
    """Return what the project wishes of single sites and of any plan, for `propose_sites`."""
    asked, standing = service.siting, study.facilities(service.id)
    assert asked is not None
    standing = standing.set_axis(pd.Index([f"standing/{i}" for i in standing.index]))
    wishes: dict[str, Any] = {
        "required": asked.required,
        "forbidden": asked.forbidden,
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
        at_least={} if least is None else dict.fromkeys(places.index[places["level"] == least.level], least.at_least),
        apart=() if asked.spacing_m is None else too_near(candidates.geometry, spacing_m=asked.spacing_m),
        quotas=tuple(_quota(places, wish) for wish in asked.quotas),
    )


def _quota(places: gpd.GeoDataFrame, wish: PlaceQuota) -> Quota:
    inside = places["level"] == wish.level
    if wish.urban_rural is not None:
        inside &= places.get("urban_rural", pd.Series(None, index=places.index)) == wish.urban_rural
    return Quota(places=tuple(places.index[inside]), share=wish.share)


def _costed(candidates: gpd.GeoDataFrame, service: Service) -> gpd.GeoDataFrame:
    """Return the candidates with a cost each, made from floor area and unit cost where none is given.

    Raises:
        TableError: money is asked about and a candidate has neither.
    """
    asked = service.siting
    assert asked is not None
    if asked.unit_cost is None and asked.budget is None and not asked.budgets:
        return candidates
    unit = unit_cost(asked.unit_cost) if asked.unit_cost else None
    return candidates.assign(**candidate_costs(candidates, unit, area_m2=asked.area_m2))


def _plan(study: Study, service: Service, candidates: gpd.GeoDataFrame) -> tuple[Plan, Grounds | None]:
    """Return the plan of a service, and its grounds where the model has a standard."""
    standing = study.facilities(service.id).geometry
    standing.index = pd.Index([f"standing/{i}" for i in standing.index])
    points = pd.concat([candidates.geometry, standing])
    model, asked = model_of(service), service.siting
    assert asked is not None
    standard = isinstance(model, LSCP | MCLP | BCLP)
    times = _siting_times(study, service, points, service.standard_min if standard else service.cutoff_min)
    costs = candidates["cost"] if "cost" in candidates and candidates["cost"].notna().all() else None
    demand = study.layers.demand[service.weight]
    wishes = _wishes(study, service, candidates)
    if asked.budgets:
        years: dict[str, Any] = {
            "budgets": asked.budgets, "carry_over": asked.carry_over, "milestones": asked.milestones, "costs": costs,
        }  # fmt: skip
        single = {k: wishes[k] for k in ("required", "forbidden")}
        kept = standing.index.difference(wishes["closing"], sort=False)
        plan: Plan = phase_plan(model, times, demand, existing=kept, **years, **single)
    else:
        plan = propose_sites(model, times, demand, existing=standing.index, costs=costs, **wishes)
    if not (isinstance(model, LSCP | MCLP) and asked.plain):
        return plan, None
    reach = usual_grid().reach * service.standard_min
    farther = _siting_times(study, service, points, reach) if asked.robustness else None
    people = study.coverage[service.id].demand
    told: dict[str, Any] = {
        "weights": people.drop(columns="place_id", errors="ignore"),
        "groups": people.get("place_id"),
    }
    return plan, ground(plan, times, demand, farther=farther, existing=standing.index, costs=costs, **told)


def _siting_times(study: Study, service: Service, points: gpd.GeoSeries, cutoff_min: float) -> TravelTimes:
    return travel_times(
        study.networks[service.mode],
        study.layers.demand,
        points,
        mode=mode_of(service, study.project.limits),
        cutoff_min=cutoff_min,
        direction=service.direction,
    )


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


def mode_of(service: Service, limits: Limits) -> Mode:
    """Return a service's mode at its own speeds."""
    stairs = {"steps": service.speed_mps * 3.6 / service.stairs_factor} if service.stairs_factor > 1 else {}
    return replace(
        MODES[service.mode],
        speed_mps=service.speed_mps,
        kmh=service.kmh | stairs,
        parking_min=service.parking_min,
        snap_max_m=limits.snap_max_m,
    )


_STEPS: dict[str, Callable[[Project, Any], Study]] = {
    "layers": _layers,
    "check": _check,
    "network": _network,
    "travel": _travel,
    "coverage": _coverage,
    "gaps": _gaps,
    "sites": _sites,
}
