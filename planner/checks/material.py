"""What a check may ask for by name, gathered once from the layers and the network.

places, facilities, demand, strays, assumed, indicators, streets, network, stakes, inspections, tracks, works, seats
as they are; crs, `declared` (the datum of each layer), `on` (the day of the project), `claims` (as their own
numbers judge them), `border_rules` (numbers of the border checks) and `reach_m` (how far the people of each service
would travel), `modes` and `snap_warn_m` (how services are reached, and from where a point is far from a street);
and derived from them: `shapes` (polygons of places, invalid ones repaired for measuring only), `levels` (how the
shapes of each level lie to each other), `lines` (with their units and a geometry), `register` (stakes with what
their numbers say), `along` (where stakes stand to their line), `units` (which unit a name means) and `crowd` (who
lives where).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from ..borders import BorderRules, Units, along, border_lines, stake_register
from ..monitoring import verdicts
from ..network import Mode
from ..tables import LEVELS, WEIGHTS
from .level import Level

_LEVEL_ORDER = ("compound", "community", "town", "county", "city")
_POLYGON = 3  # what shapely.get_type_id says
_SAME_M2 = 1.0
_TABLES = ("places", "facilities", "demand", "streets", "names", "strays", "indicators", "assumed")


@dataclass(frozen=True)
class Crowd:
    """Who lives where. Every answer is None where nothing is known of the people."""

    places: pd.DataFrame | None
    demand: gpd.GeoDataFrame | None

    @cached_property
    def weights(self) -> "pd.Series[float] | None":
        """People by demand_id: the first weight the table has, `pop` before the others."""
        if self.demand is None:
            return None
        name = next((w for w in WEIGHTS if w in self.demand.columns), None)
        return None if name is None else self.demand[name].fillna(0.0).astype(float)

    def inside(self, area: BaseGeometry) -> float | None:
        """Return the people in an area."""
        if self.weights is None or self._tree is None:
            return None
        return float(self.weights.iloc[self._tree.query(area, predicate="intersects")].sum())

    def of(self, place_id: str) -> float | None:
        """Return the people of a place, with all places under it."""
        if self._by_place is None:
            return None
        return float(self._by_place.get(place_id, 0.0))

    @cached_property
    def _tree(self) -> shapely.STRtree | None:
        return None if self.demand is None else shapely.STRtree(self.demand.geometry.to_numpy())

    @cached_property
    def _by_place(self) -> "pd.Series[float] | None":
        """Return people by place: its own, and those of its descendants, added up along `parent_id`."""
        if self.weights is None or self.demand is None or "place_id" not in self.demand.columns:
            return None
        own = self.weights.groupby(self.demand["place_id"].to_numpy()).sum()
        if own.empty:
            return None
        return _up(own, self.places)


class Reach(NamedTuple):
    """How far the people of a service would travel: speed times standard, and times cutoff, metres; its name."""

    standard_m: float
    cutoff_m: float
    name: str = ""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What a project says for its checks beside its tables; what is missing is the presets'.

    reach_m: by service, how far its people would travel, and its name.
    modes: by service, how it is reached; missing: on foot. snap_warn_m: from how far off a street is a warning, metres.
    rules: numbers of the border checks.
    """

    reach_m: Mapping[str, Reach] = field(default_factory=dict)
    modes: Mapping[str, Mode] = field(default_factory=dict)
    snap_warn_m: float | None = None
    rules: BorderRules = field(default_factory=BorderRules.of)

    @property
    def tables(self) -> dict[str, Any]:
        """What of it checks ask for by name; what is not said is left out."""
        said = {"reach_m": self.reach_m, "modes": self.modes, "snap_warn_m": self.snap_warn_m}
        return {name: value for name, value in said.items() if value} | {"border_rules": self.rules}


def gather(
    layers: Any, network: Any = None, *, on: date | None = None, settings: Settings | None = None
) -> dict[str, Any]:
    """Return the tables that are there, by name; an empty or missing table is left out.

    Raises:
        TableError: a claim lacks a number that its kind needs, or one cannot be read.
    """
    settings = settings or Settings()
    tables = {name: frame for name in _TABLES if (frame := getattr(layers, name, None)) is not None and len(frame)}
    places = tables.get("places")
    if places is not None and len(shapes := repaired(places)):
        tables["shapes"] = shapes
        tables["levels"] = {n: Level(shapes[shapes["level"] == n]) for n in LEVELS if (shapes["level"] == n).any()}
    units = Units.of(places)
    tables |= _borders(getattr(layers, "borders", None) or {}, tables.get("shapes"), units, settings.rules)
    if network is not None:
        tables["network"] = network
    if on is not None:
        tables["on"] = pd.Timestamp(on)
    if inputs := getattr(layers, "inputs", ()):
        tables["declared"] = {one.layer: one.crs for one in inputs}
    if (claims := getattr(layers, "claims", None)) is not None and len(claims):
        tables["claims"] = verdicts(claims)
    known = {"crs": layers.crs, "units": units, "crowd": Crowd(places, tables.get("demand"))}
    return {**tables, **settings.tables, **known}


def _borders(
    given: Mapping[str, Any], shapes: gpd.GeoDataFrame | None, units: Units, rules: BorderRules
) -> dict[str, Any]:
    """Return the border tables that are there, and what is derived from them."""
    tables = {name: frame for name, frame in given.items() if frame is not None and len(frame)}
    if "lines" in tables:
        tables["lines"] = border_lines(tables["lines"], shapes, known=units)
    if "stakes" in tables:
        tables["register"] = _told_apart(
            stake_register(tables["stakes"], tables.get("lines"), rules), tables.get("lines")
        )
        if "lines" in tables:
            tables["along"] = along(tables["register"], tables["lines"])
    return tables


def _told_apart(register: gpd.GeoDataFrame, lines: pd.DataFrame | None) -> gpd.GeoDataFrame:
    """Return the stakes with their line before numbers that only count along it: every line has a 5号."""
    names = {} if lines is None or "name" not in lines else lines["name"].dropna().to_dict()
    numbers = [
        f"{names.get(line_id, line_id)} {number}" if local else number
        for line_id, number, local in zip(register["line_id"], register["number"], register["local"], strict=True)
    ]
    return register.assign(number=numbers)


def repaired(places: pd.DataFrame) -> gpd.GeoDataFrame:
    """Return the places that have a polygon, for measuring: `valid` says which needed no repair, `fault` where not.

    `certain` says of which units what they cover does not depend on how an invalid ring is read. A pinched bay (a ring
    that touches itself) becomes a hole of its own unit; lines and points that the repair leaves over are dropped.
    """
    if "geometry" not in places.columns:
        return gpd.GeoDataFrame(columns=[*places.columns, "geometry", "valid", "certain"], geometry="geometry")
    raw = places["geometry"].to_numpy()
    has = ~(shapely.is_missing(raw) | shapely.is_empty(raw))
    kept, raw = places[has], raw[has]
    valid = shapely.is_valid(raw)
    mended = raw.copy()
    mended[~valid] = shapely.make_valid(raw[~valid], method="structure", keep_collapsed=False)
    certain = valid.copy()
    certain[~valid] = _one_reading(mended[~valid], shapely.make_valid(raw[~valid], method="linework"))
    fault = pd.Series([None if ok else crossings(s) for ok, s in zip(valid, raw, strict=True)], kept.index, object)
    frame = pd.DataFrame(kept.drop(columns="geometry")).assign(valid=valid, certain=certain, fault=fault)
    return gpd.GeoDataFrame(frame, geometry=mended, crs=getattr(places, "crs", None))


def _one_reading(by_structure: NDArray[np.object_], by_lines: NDArray[np.object_]) -> NDArray[np.bool_]:
    """Return where both ways to mend a ring give the same ground in one piece: it only touches itself."""
    whole = (shapely.get_type_id(by_structure) == _POLYGON) & (shapely.get_type_id(by_lines) == _POLYGON)
    same = np.zeros(len(whole), dtype=bool)
    apart = shapely.symmetric_difference(by_structure[whole], by_lines[whole])
    same[whole] = shapely.area(apart) < _SAME_M2
    return same


def crossings(polygon: BaseGeometry) -> BaseGeometry:
    """Return the points in which the rings of a polygon cross or touch themselves or each other."""
    noded = shapely.get_parts(shapely.union_all(shapely.boundary(shapely.get_parts([polygon]))))
    ends = np.vstack([shapely.get_coordinates(line)[[0, -1]] for line in noded])
    where, n = np.unique(ends, axis=0, return_counts=True)
    return shapely.multipoints(where[n > 2])


def lineage(places: pd.DataFrame) -> dict[str, str]:
    """Return the parent of every place whose parent is in the table too."""
    if "parent_id" not in places.columns:
        return {}
    known = places["parent_id"].isin(places.index)
    return dict(zip(places.index[known].tolist(), places.loc[known, "parent_id"].tolist(), strict=True))


def ancestor(place_id: str, level: str, levels: dict[str, str], parents: dict[str, str]) -> str | None:
    """Return the place of `level` in which a place lies, itself included; None where the table has none.

    `levels` and `parents` are the levels and the parents (`lineage`) by place_id.
    """
    seen: set[str] = set()
    here: str | None = place_id
    while here is not None and here not in seen:
        if levels.get(here) == level:
            return here
        seen.add(here)
        here = parents.get(here)
    return None


def _up(own: "pd.Series[float]", places: pd.DataFrame | None) -> "pd.Series[float]":
    if places is None:
        return own
    total, parents = own.to_dict(), lineage(places)
    order = places["level"].map(_LEVEL_ORDER.index).to_numpy()
    for place_id in places.index[np.argsort(order, kind="stable")]:
        if (parent := parents.get(place_id)) is not None:
            total[parent] = total.get(parent, 0.0) + total.get(place_id, 0.0)
    return pd.Series(total, dtype=float)
