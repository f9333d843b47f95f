"""The systems as the page draws them: who belongs to whom, the rounds of vans, and where nothing may be built."""

from typing import Any

import numpy as np
import shapely

from ..layers.crs import to_degrees
from ..pipeline import Study
from . import style
from .canvas import extent
from .facts import Facts
from .pack import pack
from .systems import SystemFacts

SIGNS = {
    "member": ("circle", style.FACILITY, style.FACILITY_EDGE),
    "loose": ("cross", style.GAP, "#ffffff"),
    "lead": ("square", style.AREA, "#ffffff"),
    "top": ("diamond", style.SITE, "#ffffff"),
    "new": ("star", style.SITE, "#ffffff"),
}
"""The sign, its colour and its edge for each role, the first below the others; as in the still maps."""
_SIMPLIFY_M = 4.0


def system_layers(study: Study, facts: Facts) -> list[dict[str, Any]]:
    """Return what the page shows of each system; it is on at first where no service proposes sites of its own."""
    plan = next((s.id for s in facts.systems if s.proof is not None), None)
    first = None if any(s.plan for s in facts.services) else plan
    return [_layer(study, facts, s) | {"on": s.id == first} for s in facts.systems]


def _layer(study: Study, facts: Facts, system: SystemFacts) -> dict[str, Any]:
    there = set(system.points["role"])
    roles = [role for role in SIGNS if role in there]
    rounds = system.rounds is not None and len(system.rounds) > 0
    lines = system.rounds if rounds else system.links
    drawn = lines is not None and len(lines) > 0
    return {
        "id": system.id,
        "name": system.name,
        "outcome": system.outcome,
        "roles": [[*SIGNS[role], system.roles[role]] for role in roles],
        "points": _points(system, roles, study.project.crs),
        "lines": pack(lines.geometry.to_numpy(), crs=study.project.crs) if lines is not None and drawn else "",
        "told": lines["told"].tolist() if lines is not None and rounds else [],
        "zones": _zones(study, facts, system),
    }


def _points(system: SystemFacts, roles: list[str], crs: str) -> list[list[Any]]:
    """Return latitude, longitude, number of the role, name and what is told, the lowest role first."""
    table = system.points.assign(role=system.points["role"].map(roles.index)).sort_values("role", kind="stable")
    lon, lat = to_degrees(table.geometry.x.to_numpy(), table.geometry.y.to_numpy(), crs=crs)
    rows = zip(lat, lon, table["role"], table["name"], table["told"], strict=True)
    return [[round(float(a), 5), round(float(b), 5), int(k), str(n), str(t)] for a, b, k, n, t in rows]


def _zones(study: Study, facts: Facts, system: SystemFacts) -> dict[str, Any]:
    """Return the exclusions of the services whose candidates it takes, as rings with the part each belongs to."""
    held = [study.layers.exclusions.get(s) for s in system.rule.needs_candidates.values()]
    shapes = np.concatenate([np.zeros(0, object), *(z.to_numpy() for z in held if z is not None)])
    shapes = shapes[shapely.intersects(shapes, shapely.box(*extent(study, facts)))]
    rings, part = shapely.get_rings(shapely.get_parts(shapely.simplify(shapes, _SIMPLIFY_M)), return_index=True)
    return {"rings": pack(rings, crs=study.project.crs) if len(rings) else "", "owners": part.tolist()}
