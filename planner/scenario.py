"""What if: edits to the layers, resolved together and applied to a copy; then the same road again.

Points are in the project CRS, or longitude and latitude with a `datum`. A scenario without edits
gives the layers themselves, so its run is the baseline's to the byte.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from .errors import Fault, PlannerError, TableError
from .layers import Layers
from .layers.crs import convert
from .layers.streets import Ways
from .siting import Plan
from .tables import IN_SERVICE, three

JOIN_M = 5.0  # a new street joins what is nearer than this; farther ends are mistakes of the drawing

Point = tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class AddFacility:
    """Open a facility of a service at a point."""

    facility_id: str
    service: str
    at: Point
    datum: str | None = None
    name: str = ""


@dataclass(frozen=True, kw_only=True)
class OpenCandidate:
    """Open a facility where a listed candidate is; `service` is needed where several services list the id."""

    candidate_id: str
    service: str | None = None


@dataclass(frozen=True, kw_only=True)
class CloseFacility:
    """Close a facility."""

    facility_id: str


@dataclass(frozen=True, kw_only=True)
class MoveFacility:
    """Move a facility to another point."""

    facility_id: str
    at: Point
    datum: str | None = None


@dataclass(frozen=True, kw_only=True)
class AddStreet:
    """Add a way; its ends and bends join the streets they come within `JOIN_M` metres of."""

    way_id: str
    line: tuple[Point, ...]
    highway: str = "footway"
    name: str = ""
    oneway: bool = False
    datum: str | None = None


@dataclass(frozen=True, kw_only=True)
class ChangeSpeed:
    """Move at another speed to a service. The layers stay: `pipeline.run` changes the service's promise."""

    service: str
    speed_mps: float


@dataclass(frozen=True, kw_only=True)
class ScaleDemand:
    """Multiply people by a factor: one weight or all, in one place (with all below it) or everywhere."""

    factor: float
    weight: str | None = None
    place_id: str | None = None


Edit = AddFacility | OpenCandidate | CloseFacility | MoveFacility | AddStreet | ChangeSpeed | ScaleDemand


@dataclass(frozen=True, init=False)
class Scenario:
    """Edits under a name. They are made in their order: a facility that one edit adds, a later one may move."""

    edits: tuple[Edit, ...]
    name: str

    def __init__(self, *edits: Edit | Iterable[Edit], name: str = "") -> None:
        """Take edits, or lists of them."""
        flat = [e for part in edits for e in (part if isinstance(part, list | tuple) else [part])]
        object.__setattr__(self, "edits", tuple(flat))
        object.__setattr__(self, "name", name)

    @classmethod
    def from_plan(
        cls, plan: Plan, candidates: gpd.GeoDataFrame | None = None, *, service: str | None = None, name: str = ""
    ) -> "Scenario":
        """Return the scenario in which every site of a plan is open.

        candidates: where they are; by default what the layers list as candidates. service: of the new facilities;
        needed with `candidates`.

        Raises:
            TableError: sites that `candidates` does not hold, or no service.
        """
        if candidates is None:
            return cls(*[OpenCandidate(candidate_id=str(i), service=service) for i in plan.sites.index], name=name)
        lost = plan.sites.index.difference(candidates.index)
        if len(lost) or service is None:
            raise TableError("scenario_sites", n=len(lost), ids=three(lost))
        points = candidates.geometry.loc[plan.sites.index]
        edits = [AddFacility(facility_id=str(i), service=service, at=(p.x, p.y)) for i, p in points.items()]
        return cls(*edits, name=name)

    @property
    def speeds(self) -> dict[str, float]:
        """Metres a second by service, of those that change."""
        return {e.service: e.speed_mps for e in self.edits if isinstance(e, ChangeSpeed)}


def edit_key(kind: type) -> str:
    """Return the word for a kind of edit in scenario files: close_facility for CloseFacility."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", kind.__name__).lower()


def apply_scenario(layers: Layers, scenario: Scenario) -> Layers:
    """Return a copy of the layers with all edits made; the layers themselves when there are none.

    Raises:
        TableError: ids, places, services, weights, points, factors or speeds that cannot be; all faults of all edits.
    """
    faults: list[Fault] = []
    for n, edit in enumerate(scenario.edits, 1):
        try:
            layers = _apply(layers, edit)
        except PlannerError as error:
            said = {"n": n, "edit": edit_key(type(edit))}
            faults += [Fault("scenario_edit", said | {"detail": fault}) for fault in error.faults]
    if faults:
        raise TableError(*faults)
    return layers


def _apply(layers: Layers, edit: Edit) -> Layers:  # noqa: PLR0911  one a kind
    match edit:
        case AddFacility():
            return _add(layers, edit)
        case OpenCandidate():
            return _open(layers, edit)
        case CloseFacility():
            _known(layers, edit.facility_id)
            return replace(layers, facilities=layers.facilities.drop(index=edit.facility_id))
        case MoveFacility():
            return _move(layers, edit)
        case AddStreet():
            return _street(layers, edit)
        case ChangeSpeed():
            return _speed(layers, edit)
        case ScaleDemand():
            return _scale(layers, edit)


def _known(layers: Layers, facility_id: str) -> None:
    if facility_id not in layers.facilities.index:
        raise TableError("scenario_facility", id=facility_id)


def _service(layers: Layers, service: str) -> None:
    known = sorted({*layers.facilities["service"], *layers.candidates})
    if service not in known:
        raise TableError("scenario_service", service=service, known=", ".join(known))


def _points(points: Iterable[Point], datum: str | None, crs: str) -> NDArray[np.float64]:
    """Return points in the project CRS.

    Raises:
        TableError: a number that is none, or a datum that is not known.
    """
    xy = np.array([tuple(p) for p in points], float).reshape(-1, 2)
    if not np.isfinite(xy).all():
        raise TableError("scenario_point", point=xy.tolist())
    if datum is None:
        return xy
    moved = convert(shapely.points(xy), datum=datum, crs=crs, path=Path("scenario"))
    found: NDArray[np.float64] = shapely.get_coordinates(moved)
    return found


def _add(layers: Layers, edit: AddFacility) -> Layers:
    _service(layers, edit.service)
    if edit.facility_id in layers.facilities.index:
        raise TableError("scenario_twice", id=edit.facility_id)
    at = _points([edit.at], edit.datum, layers.crs)
    row = {"service": edit.service, "name": edit.name or edit.facility_id, "status": IN_SERVICE}
    held = {k: v for k, v in row.items() if k in layers.facilities or k != "status"}
    new = gpd.GeoDataFrame(
        pd.DataFrame(held, index=pd.Index([edit.facility_id], name="facility_id")),
        geometry=shapely.points(at),
        crs=layers.crs,
    )
    whole = pd.concat([layers.facilities, new.reindex(columns=layers.facilities.columns).dropna(axis=1, how="all")])
    return replace(layers, facilities=gpd.GeoDataFrame(whole, geometry="geometry", crs=layers.crs))


def _open(layers: Layers, edit: OpenCandidate) -> Layers:
    lists = layers.candidates if edit.service is None else {edit.service: layers.candidates.get(edit.service)}
    held = {s: c for s, c in lists.items() if c is not None and edit.candidate_id in c.index}
    if len(held) != 1:
        raise TableError("scenario_candidate", id=edit.candidate_id, n=len(held))
    [(service, candidates)] = held.items()
    row = candidates.loc[edit.candidate_id]
    name = row.get("name")
    told = str(name) if isinstance(name, str) else ""
    point = row.geometry
    new = AddFacility(facility_id=edit.candidate_id, service=service, at=(point.x, point.y), name=told)
    return _add(layers, new)


def _move(layers: Layers, edit: MoveFacility) -> Layers:
    _known(layers, edit.facility_id)
    at = _points([edit.at], edit.datum, layers.crs)
    shapes = layers.facilities.geometry.copy()
    shapes.loc[edit.facility_id] = shapely.Point(at[0])
    return replace(layers, facilities=layers.facilities.set_geometry(shapes))


def _speed(layers: Layers, edit: ChangeSpeed) -> Layers:
    _service(layers, edit.service)
    if not (np.isfinite(edit.speed_mps) and edit.speed_mps > 0):
        raise TableError("scenario_speed", value=edit.speed_mps)
    return layers


def _scale(layers: Layers, edit: ScaleDemand) -> Layers:
    demand = layers.demand
    weights = [c for c in demand if c not in ("place_id", "geometry") and pd.api.types.is_numeric_dtype(demand[c])]
    faults = []
    if not (np.isfinite(edit.factor) and edit.factor >= 0):
        faults.append(Fault("scenario_factor", {"value": edit.factor}))
    if edit.weight is not None and edit.weight not in weights:
        faults.append(Fault("scenario_weight", {"weight": edit.weight, "known": ", ".join(weights)}))
    if edit.place_id is not None and edit.place_id not in layers.places.index:
        faults.append(Fault("scenario_place", {"id": edit.place_id}))
    if faults:
        raise TableError(*faults)
    here = np.ones(len(demand), bool) if edit.place_id is None else demand["place_id"].isin(_below(layers, edit))
    factor = np.where(here, edit.factor, 1.0)
    scaled = {w: demand[w] * factor for w in ([edit.weight] if edit.weight else weights)}
    return replace(layers, demand=demand.assign(**scaled))


def _below(layers: Layers, edit: ScaleDemand) -> set[Any]:
    """Return a place and every place below it."""
    parent, found = layers.places["parent_id"], {edit.place_id}
    while True:
        more = set(parent.index[parent.isin(found)]) - found
        if not more:
            return found
        found |= more


def _street(layers: Layers, edit: AddStreet) -> Layers:
    ways = layers.streets
    faults = []
    if edit.way_id in set(ways.way_id.tolist()):
        faults.append(Fault("scenario_twice", {"id": edit.way_id}))
    if len(edit.line) < 2:
        faults.append(Fault("scenario_point", {"point": list(edit.line)}))
    if faults:
        raise TableError(*faults)
    xy = _points(edit.line, edit.datum, layers.crs)
    joined, vertices = ways, []
    for point in xy:
        joined, vertex = _joined(joined, point)
        vertices.append(vertex)
    if not _touches(ways, joined, vertices):
        raise TableError("scenario_loose", id=edit.way_id, metres=f"{JOIN_M:g}")
    tags = dict.fromkeys(ways.tags.columns, "")
    tags |= {"highway": edit.highway, "name": edit.name} | ({"oneway": "yes"} if edit.oneway else {})
    row = pd.DataFrame([tags], columns=ways.tags.columns)
    streets = replace(
        joined,
        way_id=np.append(joined.way_id.astype(object), edit.way_id).astype(str),
        tags=pd.concat([joined.tags, row], ignore_index=True),
        offsets=np.append(joined.offsets, joined.offsets[-1] + len(vertices)),
        vertex=np.append(joined.vertex, vertices),
    )
    return replace(layers, streets=streets)


def _touches(before: Ways, after: Ways, vertices: list[int]) -> bool:
    """Say whether any of the vertices lies on a way that was there before."""
    return bool(np.isin(vertices, after.vertex[: after.offsets[len(before)]]).any())


def _joined(ways: Ways, point: NDArray[np.float64]) -> tuple[Ways, int]:
    """Return the ways with a vertex at `point`, and its number: a near one, one put into a near piece, or a new one."""
    away = np.hypot(*(ways.xy - point).T)
    if away.min() <= JOIN_M:
        return ways, int(away.argmin())
    first = np.delete(np.arange(len(ways.vertex)), ways.offsets[1:] - 1)  # every piece but those between two ways
    ends = ways.xy[ways.vertex[first]], ways.xy[ways.vertex[first + 1]]
    pieces = shapely.linestrings(np.stack(ends, axis=1))
    distance = shapely.distance(pieces, shapely.Point(point))
    nearest = int(distance.argmin())
    new = len(ways.xy)
    if distance[nearest] > JOIN_M:
        return replace(ways, xy=np.vstack([ways.xy, point])), new
    piece = pieces[nearest]
    on = shapely.get_coordinates(piece.interpolate(piece.project(shapely.Point(point))))
    position = int(first[nearest]) + 1
    way = int(np.searchsorted(ways.offsets, position, side="left"))
    offsets = ways.offsets.copy()
    offsets[way:] += 1
    return replace(
        ways, xy=np.vstack([ways.xy, on]), vertex=np.insert(ways.vertex, position, new), offsets=offsets
    ), new
