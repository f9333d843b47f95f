"""All inputs of a project, clean and in one CRS: `read_layers` and its record `Layers`."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Protocol

import geopandas as gpd
import numpy as np
import pandas as pd

from ..errors import Fault, TableError
from ..names import Rules
from ..tables import (
    BORDER_TABLES,
    FACILITIES,
    IN_SERVICE,
    MOST_PEOPLE,
    NAMES,
    WEIGHTS,
)
from .cells import read_number
from .conform import Layer
from .crs import FAR_M, length_scale, off_m
from .declared import declared, placed, refuse_strangers, strays_of
from .places import places_from_ids, with_parents
from .reader import Input, Reader, no_rows
from .streets import Ways, no_streets, read_streets
from .timetable import Timetable

_BORDERS = {table.name: table for table in BORDER_TABLES}
_DISTORTION = 0.01  # of a length; nine seconds in fifteen minutes


@dataclass(frozen=True, kw_only=True)
class Layers:
    """The clean inputs, all in `crs`.

    places PLACES, demand DEMAND (place_id filled from the polygons where missing), facilities FACILITIES of all
    services with `service`, candidates CANDIDATES by service, exclusions polygons by service, streets as `Ways`,
    buildings CANDIDATES by composite system,
    borders the registers that are there by name: lines LINES, stakes STAKES, inspections, tracks, works, seats.
    names NAMES (None: the project has no gazetteer) with the rules they are judged by.
    transit where the project has it. strays (index feature_id; layer, place_id): demand and facilities that declare a
    place code which the places do not have; indicators INDICATORS and claims CLAIMS where it monitors a plan.
    assumed: cells that were read with an assumption, a row a file, column and way (see `Reader.assumed`).
    """

    places: gpd.GeoDataFrame
    demand: gpd.GeoDataFrame
    facilities: gpd.GeoDataFrame
    candidates: Mapping[str, gpd.GeoDataFrame]
    exclusions: Mapping[str, gpd.GeoSeries]
    streets: Ways
    inputs: tuple[Input, ...]
    crs: str
    transit: Timetable | None = None
    borders: Mapping[str, gpd.GeoDataFrame] = field(default_factory=dict)
    names: gpd.GeoDataFrame | None = None
    rules: Rules = field(default_factory=Rules)
    strays: pd.DataFrame = field(default_factory=lambda: strays_of((), None))
    buildings: Mapping[str, gpd.GeoDataFrame] = field(default_factory=dict)
    indicators: pd.DataFrame | None = None
    claims: pd.DataFrame | None = None
    assumed: pd.DataFrame | None = None

    def open_on(self, service: str, on: date) -> gpd.GeoDataFrame:
        """Return the facilities of a service that are in service on a day."""
        all_of_it = self.facilities[self.facilities["service"] == service]
        return all_of_it[in_service(all_of_it, on)]


class Inputs(Protocol):
    """What `read_layers` needs to know: every source by layer name, the CRS, and where paths start."""

    @property
    def sources(self) -> Mapping[str, Any]: ...  # noqa: D102
    @property
    def crs(self) -> str: ...  # noqa: D102
    @property
    def base(self) -> Path: ...  # noqa: D102


def read_layers(project: Inputs, *, streets: Callable[[Layer], Ways] = read_streets) -> Layers:
    """Read every file a project names; `streets` reads the streets, e.g. from a cache.

    Layer names: streets, places, transit, demand, facilities.<service>, candidates.<service>, exclusions.<service>.<n>,
    buildings.<system>,
    borders.<lines, stakes, inspections, tracks, works, seats>, indicators, claims.

    Raises:
        MissingFileError, TableError: files that are not there or break a rule; all faults of a file at once.
    """
    reader = Reader(project.crs, project.base)
    drawn = project.sources.get("streets")
    ways = no_streets(project.crs) if drawn is None else reader.streets(drawn, streets)
    places = reader.places(project.sources.get("places"))
    _undistorted(ways, places, project)
    demand = reader.demand(project.sources.get("demand"), (w for s in _services(project) for w in s.weights))
    facilities = {s: reader.facilities(source, s) for s, source in _named(project, "facilities")}
    candidates = {s: reader.candidates(source, s) for s, source in _named(project, "candidates")}
    buildings = {s: reader.buildings(source, s) for s, source in _named(project, "buildings")}
    exclusions = reader.exclusions(dict(_named(project, "exclusions")))
    borders = {s: reader.table(source, _BORDERS[s], f"borders.{s}") for s, source in _named(project, "borders")}
    names = reader.table(project.sources["names"], NAMES, "names") if "names" in project.sources else None
    rules = reader.rules(project.sources.get("names"))
    given = {"facilities": facilities, "candidates": candidates, "buildings": buildings}
    _all_inside(demand, given, ways, reader)
    lines = reader.transit(project.sources["transit"], ways) if "transit" in project.sources else None
    demand = _weighed(demand, project, reader) if "demand" in project.sources else demand
    whole = _joined(facilities, project.crs)
    strays = strays_of((("demand", demand), ("facilities", whole), ("names", names)), places)
    places = places_from_ids(declared(demand), crs=project.crs) if places is None else with_parents(places)
    demand = placed(demand, places)
    refuse_strangers(demand, strays, places, paths={name: source.path for name, source in project.sources.items()})
    return Layers(
        **reader.monitored(project.sources),  # before the log is taken
        places=places,
        demand=demand,
        facilities=whole,
        strays=strays,
        candidates=candidates,
        buildings=buildings,
        exclusions=exclusions,
        streets=ways,
        transit=lines,
        inputs=tuple(reader.log),
        crs=project.crs,
        borders=borders,
        names=names,
        rules=rules,
        assumed=reader.assumed,
    )


def in_service(facilities: gpd.GeoDataFrame, on: date) -> "pd.Series[bool]":
    """Return which facilities are in service and open on a day (missing status or dates: yes)."""
    day = pd.Timestamp(on)
    empty = pd.Series(pd.NaT, index=facilities.index)
    opened, closed = facilities.get("opened", empty), facilities.get("closed", empty)
    status = facilities.get("status", pd.Series(None, index=facilities.index, dtype=object)).fillna(IN_SERVICE)
    running: pd.Series[bool] = (status == IN_SERVICE) & ~(opened > day) & ~(closed <= day)
    return running


def _undistorted(streets: Ways, places: gpd.GeoDataFrame | None, project: Inputs) -> None:
    """Refuse a project CRS that is in metres but not in those of this city, e.g. Web Mercator."""
    if not len(streets) and (places is None or places.geometry.isna().all()):
        return
    west, south, east, north = streets.bounds if len(streets) or places is None else places.total_bounds
    scale = length_scale((west + east) / 2, (south + north) / 2, crs=project.crs)
    if not abs(scale - 1) <= _DISTORTION:
        percent = f"{abs(scale - 1) * 100:.1f}"
        raise TableError("distorted", path=getattr(project, "file", "planner.toml"), crs=project.crs, percent=percent)


def _services(project: Inputs) -> Iterable[Any]:
    return getattr(project, "services", ())


def _named(project: Inputs, kind: str) -> list[tuple[str, Any]]:
    return [(n.split(".", 1)[1], s) for n, s in project.sources.items() if n.startswith(f"{kind}.")]


def _joined(facilities: Mapping[str, gpd.GeoDataFrame], crs: str) -> gpd.GeoDataFrame:
    """Return all services in one table; an id that two services use gets the service before it."""
    if not facilities:
        return no_rows(FACILITIES, crs)
    seen = pd.Index([i for frame in facilities.values() for i in frame.index])
    twice = set(seen[seen.duplicated()])
    frames = [
        frame.set_axis(pd.Index([f"{service}:{i}" if i in twice else i for i in frame.index], name="facility_id"))
        for service, frame in facilities.items()
    ]
    whole = pd.concat([frame.dropna(axis=1, how="all") for frame in frames])
    return gpd.GeoDataFrame(whole, geometry="geometry", crs=crs)


def _weighed(demand: gpd.GeoDataFrame, project: Inputs, reader: Reader) -> gpd.GeoDataFrame:
    """Return demand with its weights free of gaps (missing people are none).

    Raises:
        TableError: no weight at all, or not the one a service asks for.
    """
    held = [w for w in WEIGHTS if w in demand]
    path = ", ".join(project.sources["demand"].path)
    wanted = {(s.id, w) for s in _services(project) for w in s.weights}
    own = sorted({w for _, w in wanted if w in demand} - set(held))
    faults = [
        Fault("unknown_weight", {"service": s, "weight": w, "path": path, "have": ", ".join(held)})
        for s, w in sorted(wanted)
        if w not in demand
    ]
    numbers = {w: demand[w].fillna("").astype(str).map(read_number) for w in own}
    faults += [fault for w in own for fault in _bad_weight(demand[w], numbers[w], reader)]
    if faults:
        raise TableError(*faults)
    return demand.assign(**{w: pd.to_numeric(numbers.get(w, demand[w])).fillna(0.0) for w in (*held, *own)})


def _bad_weight(texts: pd.Series, numbers: "pd.Series[float]", reader: Reader) -> Iterable[Fault]:
    """Say where a weight of the user's own naming holds no number, less than nobody, or more than everybody."""
    wrong = (texts.notna() & numbers.isna()) | (numbers < 0) | (numbers > MOST_PEOPLE)
    bad = np.flatnonzero(wrong)
    if len(bad):
        expected = f"123.4 (>= 0, <= {MOST_PEOPLE:.0f})"
        values = {"column": texts.name, "value": texts.iloc[bad[0]], "expected": expected}
        yield Fault("bad_value", reader.rows_of("demand", bad) | values)


def _all_inside(
    demand: gpd.GeoDataFrame, given: Mapping[str, Mapping[str, gpd.GeoDataFrame]], ways: Ways, reader: Reader
) -> None:
    """Refuse what `_inside` refuses, of the demand and of every layer by kind and name, where there are streets."""
    every = {"demand": demand} | {f"{kind}.{n}": points for kind, held in given.items() for n, points in held.items()}
    for layer, points in every.items() if len(ways) else ():
        _inside(points, ways, layer, reader)


def _inside(points: gpd.GeoDataFrame, streets: Ways, layer: str, reader: Reader) -> None:
    """Refuse a layer of another city, and single points far from everything."""
    if points.empty:
        return
    off = off_m(points.geometry.x.to_numpy(), points.geometry.y.to_numpy(), streets.bounds)
    far = np.flatnonzero(~(off <= FAR_M))
    if len(far):
        raise TableError("outside_area", km=int(FAR_M / 1000), **reader.rows_of(layer, far))
    if (off > 0).all():
        paths = (str(reader.base / note.path) for note in reader.log if note.layer == layer)
        raise TableError("none_inside", path=", ".join(paths))
