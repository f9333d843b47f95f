"""All inputs of a project, clean and in one CRS: `read_layers` and its record `Layers`."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any, Protocol

import geopandas as gpd
import numpy as np
import pandas as pd

from ..errors import Fault, TableError
from ..names import Rules, Word
from ..names.words import LISTS, words_of
from ..tables import (
    BORDER_TABLES,
    CANDIDATES,
    CLAIMS,
    DEMAND,
    FACILITIES,
    IN_SERVICE,
    INDICATORS,
    MOST_PEOPLE,
    NAMES,
    PLACES,
    WEIGHTS,
    Table,
    three,
)
from .conform import Layer, conform, excel_rows, read_number
from .crs import length_scale
from .declared import declared, placed, refuse_strangers, strays_of
from .places import places_from_ids, with_parents
from .read import read_frame, sha256
from .streets import Ways, correct, no_streets, read_streets, with_points
from .timetable import Timetable
from .transit import read_transit

_BORDERS = {table.name: table for table in BORDER_TABLES}
_DISTORTION = 0.01  # of a length; nine seconds in fifteen minutes
_OUTSIDE_KM = 100.0  # a point this far from all streets is a mistake, not a neighbour


@dataclass(frozen=True, kw_only=True)
class Input:
    """One file that was read: what it fed, its digest, its rows, and the datum it was declared in."""

    layer: str
    path: str
    sha256: str
    rows: int
    crs: str


@dataclass(frozen=True, kw_only=True)
class Layers:
    """The clean inputs, all in `crs`.

    places PLACES, demand DEMAND (place_id filled from the polygons where missing), facilities FACILITIES of all
    services with `service`, candidates CANDIDATES by service, exclusions polygons by service, streets as `Ways`,
    borders the registers that are there by name: lines LINES, stakes STAKES, inspections, tracks, works, seats.
    names NAMES (None: the project has no gazetteer) with the rules they are judged by.
    transit where the project has it. strays (index feature_id; layer, place_id): demand and facilities that declare a
    place code which the places do not have; indicators INDICATORS and claims CLAIMS where it monitors a plan.
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
    indicators: pd.DataFrame | None = None
    claims: pd.DataFrame | None = None

    def open_on(self, service: str, on: date) -> gpd.GeoDataFrame:
        """Return the facilities of a service that are in service on a day."""
        all_of_it = self.facilities[self.facilities["service"] == service]
        return all_of_it[in_service(all_of_it, on)]


class _Source(Protocol):
    @property
    def path(self) -> tuple[str, ...]: ...
    @property
    def datum(self) -> str | None: ...
    @property
    def columns(self) -> Mapping[str, str]: ...
    @property
    def sheet(self) -> str | None: ...


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
    borders.<lines, stakes, inspections, tracks, works, seats>, indicators, claims.

    Raises:
        MissingFileError, TableError: files that are not there or break a rule; all faults of a file at once.
    """
    reader = _Reader(project.crs, project.base)
    drawn = project.sources.get("streets")
    ways = no_streets(project.crs) if drawn is None else reader.streets(drawn, streets)
    places = reader.table(project.sources["places"], PLACES, "places") if "places" in project.sources else None
    _undistorted(ways, places, project)
    weights = tuple(sorted({s.weight for s in getattr(project, "services", ())}))
    demand = reader.demand(project.sources.get("demand"), weights)
    facilities = {s: reader.facilities(source, s) for s, source in _named(project, "facilities")}
    candidates = {s: reader.candidates(source, s) for s, source in _named(project, "candidates")}
    exclusions = reader.exclusions(dict(_named(project, "exclusions")))
    borders = {s: reader.table(source, _BORDERS[s], f"borders.{s}") for s, source in _named(project, "borders")}
    names = reader.table(project.sources["names"], NAMES, "names") if "names" in project.sources else None
    rules = reader.rules(project.sources.get("names"))
    if len(ways):
        everyone = {"demand": demand} | {f"facilities.{s}": f for s, f in facilities.items()}
        _all_inside(everyone | {f"candidates.{s}": c for s, c in candidates.items()}, ways, reader)
    lines = reader.transit(project.sources["transit"], ways) if "transit" in project.sources else None
    demand = _weighed(demand, project, reader) if "demand" in project.sources else demand
    whole = _joined(facilities, project.crs)
    strays = strays_of((("demand", demand), ("facilities", whole)), places)
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
        exclusions=exclusions,
        streets=ways,
        transit=lines,
        inputs=tuple(reader.log),
        crs=project.crs,
        borders=borders,
        names=names,
        rules=rules,
    )


def in_service(facilities: gpd.GeoDataFrame, on: date) -> "pd.Series[bool]":
    """Return which facilities are in service and open on a day (missing status or dates: yes)."""
    day = pd.Timestamp(on)
    empty = pd.Series(pd.NaT, index=facilities.index)
    opened, closed = facilities.get("opened", empty), facilities.get("closed", empty)
    status = facilities.get("status", pd.Series(None, index=facilities.index, dtype=object)).fillna(IN_SERVICE)
    running: pd.Series[bool] = (status == IN_SERVICE) & ~(opened > day) & ~(closed <= day)
    return running


class _Reader:
    """Reads files of one project and keeps the log of what was read."""

    def __init__(self, crs: str, base: Path) -> None:
        self.crs = crs
        self.base = base
        self.log: list[Input] = []

    def table(
        self, source: _Source, table: Table, layer: str, *, own: tuple[str, ...] = (), **given: str
    ) -> gpd.GeoDataFrame:
        """Read one or several files into one table; `given` columns hold one value each."""
        frames = [self._file(path, source, table, layer, own, given) for path in source.path]
        whole = frames[0] if len(frames) == 1 else pd.concat(frames)
        twice = whole.index[whole.index.duplicated()]
        if len(twice):
            names = ", ".join(source.path)
            raise TableError("repeated_between", path=names, ids=three(twice))
        table.check(whole)
        return whole

    def layer(self, path: str, source: _Source, **more: Any) -> Layer:
        """Return what the project says of one of a source's files."""
        told = {"datum": source.datum, "columns": source.columns, "sheet": source.sheet, "crs": self.crs}
        return Layer(path=self.base / path, **(told | more))

    def _file(
        self,
        path: str,
        source: _Source,
        table: Table,
        layer: str,
        own: tuple[str, ...],
        given: Mapping[str, str],
    ) -> gpd.GeoDataFrame:
        said = self.layer(path, source, given=given, own=own)
        raw = read_frame(said.path, sheet=said.sheet)
        clean = conform(raw, table, said)
        datum = source.datum or str(getattr(raw, "crs", None) or "")
        self._note(layer, said.path, path, len(raw), datum)
        return clean

    def rows_of(self, layer: str, positions: Iterable[int]) -> dict[str, Any]:
        """Return the file in which the first of some rows of a layer stands, and its rows as Excel counts them."""
        files = [note for note in self.log if note.layer == layer]
        starts = np.cumsum([0, *(note.rows for note in files)])
        places = np.asarray(list(positions))
        file = int(np.searchsorted(starts, places.min(), side="right")) - 1
        mine = places[(places >= starts[file]) & (places < starts[file + 1])] - starts[file]
        return {"path": self.base / files[file].path, "rows": excel_rows(mine)}

    def _note(self, layer: str, file: Path, path: str, rows: int, datum: str) -> None:
        self.log.append(Input(layer=layer, path=path, sha256=sha256(file), rows=rows, crs=datum))

    def demand(self, source: _Source | None, weights: tuple[str, ...]) -> gpd.GeoDataFrame:
        """Read who needs the services; nobody where a project is only checked."""
        return _none(DEMAND, self.crs) if source is None else self.table(source, DEMAND, "demand", own=weights)

    def facilities(self, source: _Source, service: str) -> gpd.GeoDataFrame:
        """Read one service's facilities."""
        return self.table(source, FACILITIES, f"facilities.{service}", service=service)

    def candidates(self, source: _Source, service: str) -> gpd.GeoDataFrame:
        """Read one service's candidates."""
        return self.table(source, CANDIDATES, f"candidates.{service}", origin="given")

    def monitored(self, sources: Mapping[str, _Source]) -> dict[str, pd.DataFrame]:
        """Read the register of indicators and the claims, those that are there."""
        held = {t.name: self.table(sources[t.name], t, t.name) for t in (INDICATORS, CLAIMS) if t.name in sources}
        return {name: pd.DataFrame(t).drop(columns="geometry", errors="ignore") for name, t in held.items()}

    def exclusions(self, sources: Mapping[str, _Source]) -> dict[str, gpd.GeoSeries]:
        """Read exclusion polygons, joined by service."""
        parts: dict[str, list[gpd.GeoSeries]] = {}
        for name, source in sources.items():
            layer = [self._shapes(path, source, f"exclusions.{name}") for path in source.path]
            parts.setdefault(name.split(".")[0], []).extend(layer)
        return {service: pd.concat(shapes, ignore_index=True) for service, shapes in parts.items()}

    def _shapes(self, path: str, source: _Source, layer: str) -> gpd.GeoSeries:
        raw = read_frame(self.base / path, sheet=source.sheet)
        given = {"place_id": [str(i) for i in range(len(raw))], "name": "", "level": "compound"}
        said = self.layer(path, source, columns={}, given=given)
        clean = conform(raw, PLACES, said)
        self._note(layer, said.path, path, len(raw), source.datum or "")
        return clean.geometry

    def rules(self, source: Any) -> Rules:
        """Read the project's own words for judging names: list, word, kinds, admin, source."""
        if source is None:
            return Rules()
        own: list[Word] = []
        for path in (source.words,) if source.words else ():
            file = self.base / path
            rows = read_frame(file)
            lacking = [c for c in ("list", "word") if c not in rows]
            have = ", ".join(map(str, rows))
            faults = [Fault("missing_column", {"path": file, "column": c, "have": have}) for c in lacking]
            wrong = [] if lacking else [str(i + 2) for i in np.flatnonzero(~rows["list"].isin(LISTS))]
            values = {"path": file, "column": "list", "rows": three(wrong), "expected": " | ".join(LISTS)}
            faults += [Fault("bad_value", values | {"value": rows["list"].iloc[int(wrong[0]) - 2]})] if wrong else []
            if faults:
                raise TableError(*faults)
            own += words_of({str(k): str(v) for k, v in row.items()} for row in rows.to_dict("records"))
            self._note("words", file, path, len(rows), "")
        return Rules(law=source.law, own=tuple(own))

    def streets(self, source: Any, read: Callable[[Layer], Ways]) -> Ways:
        """Read the streets and correct their tags."""
        if len(source.path) > 1:
            raise TableError("one_file", path=", ".join(source.path), layer="[streets] path", n=len(source.path))
        path = source.path[0]
        layer = self.layer(path, source)
        ways = read(layer)
        self._note("streets", layer.path, path, len(ways), source.datum or ways.declared)
        if source.points:
            ways = self._with_points(source, ways)
        if source.corrections:
            ways = correct(ways, self.base / source.corrections)
            self._note("corrections", self.base / source.corrections, source.corrections, ways.corrected, "")
        return ways

    def _with_points(self, source: Any, ways: Ways) -> Ways:
        """Put points with tags on the streets; of several files the last that speaks of a vertex counts."""
        for path in source.points.path:
            layer = self.layer(path, source.points)
            layer = layer if layer.datum else replace(layer, datum=source.datum)
            ways = with_points(ways, layer)
            self._note("street_points", layer.path, path, len(ways.spots), layer.datum or "")
        return ways

    def transit(self, source: Any, ways: Ways) -> Timetable:
        """Read public transport; none of its stops near the streets is a mistake."""
        layers = [self.layer(path, source) for path in source.path]
        lines = read_transit(layers, on=source.date)
        for i, (path, layer) in enumerate(zip(source.path, layers, strict=True), 1):
            mine = lines.stops.index.str.startswith(f"{i}:") if len(layers) > 1 else np.ones(len(lines.stops), bool)
            trips = np.diff(lines.trips)[mine[lines.stop[lines.offsets[:-1]]]].sum()
            self._note("transit", layer.path, path, int(trips), source.datum or "wgs84")
        west, south, east, north = ways.bounds
        if lines.stops.cx[west:east, south:north].empty:
            raise TableError("none_inside", path=", ".join(source.path))
        return lines


def _undistorted(streets: Ways, places: gpd.GeoDataFrame | None, project: Inputs) -> None:
    """Refuse a project CRS that is in metres but not in those of this city, e.g. Web Mercator."""
    if not len(streets) and (places is None or places.geometry.isna().all()):
        return
    west, south, east, north = streets.bounds if len(streets) or places is None else places.total_bounds
    scale = length_scale((west + east) / 2, (south + north) / 2, crs=project.crs)
    if not abs(scale - 1) <= _DISTORTION:
        percent = f"{abs(scale - 1) * 100:.1f}"
        raise TableError("distorted", path=getattr(project, "file", "planner.toml"), crs=project.crs, percent=percent)


def _none(table: Table, crs: str) -> gpd.GeoDataFrame:
    """Return a table of points with no rows."""
    return gpd.GeoDataFrame(table.empty(), geometry=gpd.GeoSeries([], crs=crs), crs=crs)


def _named(project: Inputs, kind: str) -> list[tuple[str, Any]]:
    return [(n.split(".", 1)[1], s) for n, s in project.sources.items() if n.startswith(f"{kind}.")]


def _joined(facilities: Mapping[str, gpd.GeoDataFrame], crs: str) -> gpd.GeoDataFrame:
    """Return all services in one table; an id that two services use gets the service before it."""
    if not facilities:
        return _none(FACILITIES, crs)
    seen = pd.Index([i for frame in facilities.values() for i in frame.index])
    twice = set(seen[seen.duplicated()])
    frames = [
        frame.set_axis(pd.Index([f"{service}:{i}" if i in twice else i for i in frame.index], name="facility_id"))
        for service, frame in facilities.items()
    ]
    whole = pd.concat([frame.dropna(axis=1, how="all") for frame in frames])
    return gpd.GeoDataFrame(whole, geometry="geometry", crs=crs)


def _weighed(demand: gpd.GeoDataFrame, project: Inputs, reader: _Reader) -> gpd.GeoDataFrame:
    """Return demand with its weights free of gaps (missing people are none).

    Raises:
        TableError: no weight at all, or not the one a service asks for.
    """
    held = [w for w in WEIGHTS if w in demand]
    path = ", ".join(project.sources["demand"].path)
    wanted = {(s.id, s.weight) for s in getattr(project, "services", ())}
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


def _bad_weight(texts: pd.Series, numbers: "pd.Series[float]", reader: _Reader) -> Iterable[Fault]:
    """Say where a weight of the user's own naming holds no number, less than nobody, or more than everybody."""
    wrong = (texts.notna() & numbers.isna()) | (numbers < 0) | (numbers > MOST_PEOPLE)
    bad = np.flatnonzero(wrong)
    if len(bad):
        expected = f"123.4 (>= 0, <= {MOST_PEOPLE:.0f})"
        values = {"column": texts.name, "value": texts.iloc[bad[0]], "expected": expected}
        yield Fault("bad_value", reader.rows_of("demand", bad) | values)


def _all_inside(layers: Mapping[str, gpd.GeoDataFrame], streets: Ways, reader: _Reader) -> None:
    for layer, points in layers.items():
        _inside(points, streets, layer, reader)


def _inside(points: gpd.GeoDataFrame, streets: Ways, layer: str, reader: _Reader) -> None:
    """Refuse a layer of another city, and single points far from everything."""
    west, south, east, north = streets.bounds
    x, y = points.geometry.x.to_numpy(), points.geometry.y.to_numpy()
    off = np.hypot(np.maximum(np.maximum(west - x, x - east), 0), np.maximum(np.maximum(south - y, y - north), 0))
    far = np.flatnonzero(~(off <= _OUTSIDE_KM * 1000))
    if len(far):
        raise TableError("outside_area", km=int(_OUTSIDE_KM), **reader.rows_of(layer, far))
    if (off > 0).all():
        paths = (str(reader.base / note.path) for note in reader.log if note.layer == layer)
        raise TableError("none_inside", path=", ".join(paths))
