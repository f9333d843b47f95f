"""Every system of a project, one after the other, and the points that only they join to the streets."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pandas as pd

from ...errors import Fault, PlannerError
from ...network import MODES, snap
from ...project import HubSystem, NestingSystem, Project, RoomSystem, System
from ..study import Study
from .hubs import solve_hubs
from .nesting import solve_nesting
from .rooms import solve_rooms


def systems(project: Project, study: Study) -> Study:
    """Answer every [[systems]] entry.

    Raises:
        PlannerError: one that cannot be answered; every fault names the system.
    """
    found = {rule.id: _solved(study, rule) for rule in project.systems}
    return replace(study, systems=found, snaps=_snaps(study, project))


def _solved(study: Study, rule: System) -> Any:
    with _named(rule):
        match rule:
            case HubSystem():
                return solve_hubs(study, rule)
            case NestingSystem():
                return solve_nesting(study, rule)
            case RoomSystem():
                return solve_rooms(study, rule)


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
    return pd.concat(rows, ignore_index=True)
