"""Every system of a project, one after the other, and the points that only they join to the streets."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pandas as pd

from ...errors import Fault, PlannerError
from ...network import MODES, snap
from ...project import (
    ColumbariumSystem,
    CompositeSystem,
    HubSystem,
    KitchenSystem,
    NestingSystem,
    Project,
    RoomSystem,
    System,
)
from ...siting.rounds import refuse_without_pyvrp
from ..levels import places_at
from ..study import Study
from .columbaria import solve_columbaria
from .composite import solve_composite
from .hubs import solve_hubs
from .kitchens import solve_kitchens
from .members import screened
from .nesting import solve_nesting
from .rooms import solve_rooms


def refuse_unready(project: Project) -> None:
    """Find out before long work whether what the systems need is installed.

    Raises:
        PlannerError: delivery rounds are asked for and PyVRP is not there.
    """
    for rule in project.systems:
        if isinstance(rule, KitchenSystem) and rule.van_meals is not None:
            with _named(rule):
                refuse_without_pyvrp()


def systems(project: Project, study: Study) -> Study:
    """Answer every [[systems]] entry.

    Raises:
        PlannerError: one that cannot be answered; every fault names the system.
    """
    found = {rule.id: _solved(study, rule) for rule in project.systems}
    asked = {service for rule in project.systems for service in rule.needs_candidates.values()}
    rejected = {service: screened(study, service).rejected for service in sorted(asked - set(study.rejected))}
    return replace(study, systems=found, snaps=_snaps(study, project), rejected={**study.rejected, **rejected})


def _solved(study: Study, rule: System) -> Any:
    with _named(rule):
        if hasattr(rule, "level"):
            places_at(study.layers.places, "level", rule.level)
        match rule:
            case HubSystem():
                return solve_hubs(study, rule)
            case NestingSystem():
                return solve_nesting(study, rule)
            case RoomSystem():
                return solve_rooms(study, rule)
            case KitchenSystem():
                return solve_kitchens(study, rule)
            case CompositeSystem():
                return solve_composite(study, rule)
            case ColumbariumSystem():
                return solve_columbaria(study, rule)


@contextmanager
def _named(rule: System) -> Iterator[None]:
    """Say of every fault inside which system it is of."""
    try:
        yield
    except PlannerError as error:
        raise type(error)(*(Fault("of_system", {"system": rule.id, "detail": f}) for f in error.faults)) from error


def _snaps(study: Study, project: Project) -> pd.DataFrame:
    """Return the snaps of the run, and of members that travel otherwise than the people of their own service."""
    rows, held = [study.snaps], set(zip(study.snaps["layer"], study.snaps["mode"], strict=True))
    for rule in (r for r in project.systems if r.travels_as):
        mode = study.service(str(rule.travels_as)).mode
        layers = {f"facilities.{s}": study.facilities(s) for s in rule.members.values()}
        layers |= {f"candidates.{s}": c for s, c in study.layers.candidates.items() if s in rule.members.values()}
        for layer, points in layers.items():
            if (layer, mode) not in held:
                network = next(iter(study.networks.values()))
                rows.append(snap(network, points, mode=MODES[mode]).to_frame(network, layer))
                held.add((layer, mode))
    return pd.concat([*rows, *_building_snaps(study, project)], ignore_index=True)


def _building_snaps(study: Study, project: Project) -> list[pd.DataFrame]:
    """Return where the buildings of composite systems touch the streets, by the modes of their services."""
    composite = [rule for rule in project.systems if isinstance(rule, CompositeSystem)]
    found = []
    for rule in composite:
        for mode in sorted({study.service(service).mode for service in rule.services}):
            network = next(iter(study.networks.values()))
            points = study.layers.buildings[rule.id]
            found.append(snap(network, points, mode=MODES[mode]).to_frame(network, f"buildings.{rule.id}"))
    return found
