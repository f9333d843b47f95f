"""The whole story on one page: `run(project) -> Study`. It reads files and writes none."""

import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from .. import texts
from ..borders import BorderRules
from ..cache import cached_network, cached_streets
from ..checks import CHECKS, Reach, Settings, blocking, run_checks
from ..compiled import COMPILED
from ..coverage import (
    STANDARD_WALKS_M,
    Coverage,
    coverage_by_place,
    measure_coverage,
    street_data_by_place,
    uncovered_places,
)
from ..errors import Fault, NetworkError, ProjectError, hint
from ..gaps import GapNames, GapRule, find_gaps
from ..layers import read_layers
from ..network import (
    MODES,
    TRANSIT,
    WALK,
    StreetNetwork,
    TransitNetwork,
    join_transit,
    repair_streets,
    snap,
)
from ..project import Parameter, Project, Service, refuse_incomplete, said_slope
from ..scenario import Scenario, apply_scenario
from ..travel import ServiceAreas, TravelTimes, service_areas
from .circle import circles
from .sites import sites
from .study import Study, acceptances
from .systems import refuse_unready, systems
from .travel import mode_of, times_of

logger = logging.getLogger(__name__)
STAGES = ("layers", "check", "network", "travel", "coverage", "gaps", "sites", "report")
Progress = Callable[[str], None]


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
    if "network" in wanted:
        refuse_incomplete(project)
        if not COMPILED:
            logger.warning(texts.say(project.language, "report", "not_compiled"))
    if "check" in wanted:
        _refuse_unknown_codes(project)
    if "sites" in wanted:
        refuse_unready(project)
    study: Study | None = None
    project = _told(project, scenario)
    for stage, step in _STEPS.items():
        if stage in wanted:
            progress(stage)
            study = step(project, study)
            if stage == "layers" and scenario is not None:
                edited = apply_scenario(study.layers, scenario)
                study = replace(study, layers=edited, unedited=study.layers, scenario=scenario)
    assert study is not None
    return study


def _refuse_unknown_codes(project: Project) -> None:
    """Refuse to accept findings of a check that there is not."""
    codes = [one.code for one in CHECKS]
    unknown = dict.fromkeys(word.code for word in project.accept if word.code not in codes)
    if unknown:
        raise ProjectError(*(Fault("accept_unknown", {"code": c, "near": hint(c, codes)[:60]}) for c in unknown))


def _told(project: Project, scenario: Scenario | None) -> Project:
    """Return the project with the scenario's speeds."""
    speeds = {} if scenario is None else scenario.speeds
    if scenario is None or not speeds:
        return project
    services = [s.model_copy(update=_paced(s, speeds[s.id])) if s.id in speeds else s for s in project.services]
    own: dict[str, Any] = {"source": scenario.name or "scenario", "confidence": "P"}
    changed = {f"services.{s.id}.speed_mps": {"value": s.speed_mps} | own for s in services if s.id in speeds}
    changed |= {
        f"services.{s.id}.kmh.{highway}": {"value": kmh} | own
        for s in services
        if s.id in speeds
        for highway, kmh in s.kmh.items()
    }
    parameters = [p.model_copy(update=changed.get(p.key, {})) for p in project.parameters]
    return project.model_copy(update={"services": tuple(services), "parameters": tuple(parameters)})


def _paced(service: Service, speed_mps: float) -> dict[str, Any]:
    """Return the speeds of a service at another one: those of its highway classes change in proportion."""
    return {
        "speed_mps": speed_mps,
        "kmh": {highway: kmh * speed_mps / service.speed_mps for highway, kmh in service.kmh.items()},
    }


def _layers(project: Project, _: Any) -> Study:
    """Read every file, and mend the streets where the project asks for it."""
    layers = read_layers(project, streets=cached_streets)
    if project.streets is None:
        return Study(project=project, layers=layers)
    asked = project.streets.repair
    ways, edits = repair_streets(
        layers.streets,
        node_crossings="node_crossings" in asked,
        close_gaps_m=project.streets.close_gaps_m if "close_gaps" in asked else 0.0,
        drop_duplicates="drop_duplicates" in asked,
    )
    return Study(project=project, layers=replace(layers, streets=ways), street_edits=edits)


def _check(project: Project, study: Study) -> Study:
    """Build the network, where there are streets, and check the data on it."""
    network = cached_network(study.layers.streets) if project.streets else None
    if network is not None:
        _require_modes(project, network)
    findings = run_checks(
        study.layers, network=network, on=project.about.date, settings=_settings(project), accepted=acceptances(project)
    )
    modes: list[str] = sorted({s.mode for s in project.services})
    networks = {} if network is None else dict.fromkeys(modes, network)
    return replace(study, project=_slopes(project, network), networks=networks, findings=findings)


def _settings(project: Project) -> Settings:
    """Return what the project says for its checks."""
    far = {s.id: Reach(_farthest_m(s, s.standard_min), _farthest_m(s, s.cutoff_min), s.name) for s in project.services}
    return Settings(
        reach_m=far,
        modes={s.id: mode_of(s, project) for s in project.services},
        snap_warn_m=project.limits.snap_warn_m,
        rules=BorderRules.of(**project.borders.own) if project.borders else BorderRules.of(),
    )


def _farthest_m(service: Service, minutes: float) -> float:
    """Return how far anybody gets along the streets: at the speed of the fastest class, what parking takes left off."""
    fastest_mps = max([service.speed_mps, *(kmh / 3.6 for kmh in service.kmh.values())])
    return fastest_mps * 60 * max(minutes - service.parking_min, 0.0)


def _require_modes(project: Project, network: StreetNetwork) -> None:
    """Refuse streets on which nobody goes as a service's people do."""
    for service in project.services:
        try:
            network.require(MODES[service.mode].on_streets)
        except NetworkError as error:
            raise NetworkError("of_service", service=service.id, detail=error.faults) from error


def _slopes(project: Project, network: StreetNetwork | None) -> Project:
    """Return the project with the rule of slopes among its parameters, where somebody walks up or down."""
    asked = any(s.slope and MODES[s.mode].bit == WALK.bit for s in project.services) or project.circle is not None
    if not (network is not None and network.hilly and asked):
        return project
    return project.model_copy(update={"parameters": (*project.parameters, Parameter(**said_slope()))})


def _network(project: Project, study: Study) -> Study:
    """Join every point to its street, unless a finding blocks."""
    stop = blocking(study.findings, CHECKS)
    if len(stop):
        said = [
            Fault("blocked", {"code": f["code"], "what": f[f"message_{project.language}"]}) for _, f in stop.iterrows()
        ]
        raise NetworkError(*said)
    lines = _lines(project, study)
    return replace(study, project=_ran(study.project, lines), snaps=_snaps(project, study), lines=lines)


def _ran(project: Project, lines: TransitNetwork | None) -> Project:
    """Return the project with what runs in the window of the day among its parameters."""
    if lines is None:
        return project
    n, of, departures = lines.running
    said = texts.say(project.language, "coverage", "running", n=n, of=of, departures=departures)
    one = Parameter(
        key="transit.running", value=said, source=texts.say(project.language, "coverage", "timetable"), confidence="S"
    )
    return project.model_copy(update={"parameters": (*project.parameters, one)})


def _lines(project: Project, study: Study) -> TransitNetwork | None:
    """Join public transport to the streets."""
    if study.layers.transit is None or project.transit is None:
        return None
    streets = next(iter(study.networks.values()))
    mode = replace(TRANSIT, snap_max_m=project.limits.snap_max_m)
    lines = join_transit(streets, study.layers.transit, window=project.transit.minutes, mode=mode)
    if np.isnan(lines.service[0]).all():
        raise NetworkError("nothing_runs", window="-".join(project.transit.window))
    return lines


def _travel(project: Project, study: Study) -> Study:
    """Find everyone's nearest facility of each service."""
    return replace(study, times={s.id: _nearest(study, s) for s in project.services})


def _nearest(study: Study, service: Service) -> TravelTimes:
    mode, ends = mode_of(service, study.project), study.facilities(service.id)
    return times_of(study, ends, mode, service.cutoff_min, nearest_only=True, direction=service.direction)


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


def _sites(project: Project, study: Study) -> Study:
    """Propose sites, join the candidates that were made on the way to their streets, and answer the systems."""
    study = sites(project, study)
    made = {s: c for s, c in study.candidates.items() if s not in study.layers.candidates and len(c)}
    rows = [study.snaps]
    for service, points in made.items():
        mode = study.service(service).mode
        rows.append(
            snap(study.networks[mode], points, mode=MODES[mode]).to_frame(study.networks[mode], f"candidates.{service}")
        )
    study = replace(study, snaps=pd.concat(rows, ignore_index=True))
    return systems(project, study) if project.systems else study


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
    study = replace(
        study,
        areas={s.id: _areas(study, s) for s in project.services if s.mode != "transit"},
        coverage=coverage,
        walked={s.id: _walked(study, s) for s in project.services if s.mode == "walk"},
        by_place=by_place,
        uncovered=pd.concat(uncovered, ignore_index=True),
    )
    return circles(project, study) if project.circle else study


def _walked(study: Study, service: Service) -> Coverage:
    """Return who is within the standard's walking distances along the streets; stairs and signals add no metre."""
    plain = replace(WALK, speed_mps=service.speed_mps, slope=False, snap_max_m=study.project.limits.snap_max_m)
    longest = max(STANDARD_WALKS_M) / (60 * service.speed_mps)
    ends = study.facilities(service.id)
    times = times_of(study, ends, plain, longest, nearest_only=True, direction=service.direction)
    return measure_coverage(times, study.layers.demand, standard_min=longest, service=service.id)


def _areas(study: Study, service: Service) -> ServiceAreas:
    """Return the area within the minutes of the service's bands."""
    return service_areas(
        study.networks[service.mode],
        study.facilities(service.id),
        mode=mode_of(service, study.project),
        bands_min=service.bands,
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


_STEPS: dict[str, Callable[[Project, Any], Study]] = {
    "layers": _layers,
    "check": _check,
    "network": _network,
    "travel": _travel,
    "coverage": _coverage,
    "gaps": _gaps,
    "sites": _sites,
}
