"""The files of one project become tables: `Reader`, which keeps the log of what was read."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any, Protocol

import geopandas as gpd
import numpy as np
import pandas as pd

from ..errors import Fault, TableError
from ..names import Rules, Word
from ..names.words import LISTS, words_of
from ..tables import CANDIDATES, CLAIMS, DEMAND, FACILITIES, INDICATORS, PLACES, Table, three
from .axes import Bounds
from .conform import Assumed, Layer, conform
from .read import excel_rows, read_frame, sha256
from .streets import Ways, correct, with_points
from .timetable import Timetable
from .transit import read_transit


@dataclass(frozen=True, kw_only=True)
class Input:
    """One file that was read: what it fed, its digest, its rows, and the datum it was declared in."""

    layer: str
    path: str
    sha256: str
    rows: int
    crs: str


class Source(Protocol):
    """What the project says of one input: its files, their datum, their columns and their sheet."""

    @property
    def path(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def datum(self) -> str | None: ...  # noqa: D102
    @property
    def columns(self) -> Mapping[str, str]: ...  # noqa: D102
    @property
    def sheet(self) -> str | None: ...  # noqa: D102


class Reader:
    """Reads files of one project and keeps the log of what was read."""

    def __init__(self, crs: str, base: Path) -> None:
        self.crs = crs
        self.base = base
        self.log: list[Input] = []
        self._assumed: list[tuple[str, Assumed]] = []
        self._near: Bounds | None = None

    def table(
        self, source: Source, table: Table, layer: str, *, own: tuple[str, ...] = (), **given: str
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

    def layer(self, path: str, source: Source, **more: Any) -> Layer:
        """Return what the project says of one of a source's files."""
        told = {
            "datum": source.datum,
            "columns": source.columns,
            "sheet": source.sheet,
            "crs": self.crs,
            "near": self._near,
        }
        return Layer(path=self.base / path, **(told | more))

    def _file(
        self,
        path: str,
        source: Source,
        table: Table,
        layer: str,
        own: tuple[str, ...],
        given: Mapping[str, str],
    ) -> gpd.GeoDataFrame:
        said = self.layer(path, source, given=given, own=own)
        raw = read_frame(said.path, sheet=said.sheet)
        clean = conform(raw, table, said, assumed=lambda one: self._assumed.append((layer, one)))
        datum = source.datum or str(getattr(raw, "crs", None) or "")
        self._note(layer, said.path, path, len(raw), datum)
        return clean

    @property
    def assumed(self) -> pd.DataFrame:
        """What was assumed of cells, a row a file, column and way: layer, path, column, how, n, rows, text, read."""
        rows = [asdict(one) | {"layer": layer, "path": one.path.name} for layer, one in self._assumed]
        return pd.DataFrame(rows, columns=["layer", *(f.name for f in fields(Assumed))])

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

    def places(self, source: Source | None) -> gpd.GeoDataFrame | None:
        """Read the places; what is read after them is held against where they lie, unless streets are there."""
        if source is None:
            return None
        places = self.table(source, PLACES, "places")
        if self._near is None and np.isfinite(places.total_bounds).all():
            west, south, east, north = map(float, places.total_bounds)
            self._near = (west, south, east, north)
        return places

    def demand(self, source: Source | None, weights: Iterable[str]) -> gpd.GeoDataFrame:
        """Read who needs the services; nobody where a project is only checked."""
        return (
            no_rows(DEMAND, self.crs)
            if source is None
            else self.table(source, DEMAND, "demand", own=tuple(sorted({*weights})))
        )

    def facilities(self, source: Source, service: str) -> gpd.GeoDataFrame:
        """Read one service's facilities."""
        return self.table(source, FACILITIES, f"facilities.{service}", service=service)

    def candidates(self, source: Source, service: str) -> gpd.GeoDataFrame:
        """Read one service's candidates."""
        return self.table(source, CANDIDATES, f"candidates.{service}", origin="given")

    def buildings(self, source: Source, system: str) -> gpd.GeoDataFrame:
        """Read the buildings that several services may share, as candidates are read."""
        return self.table(source, CANDIDATES, f"buildings.{system}", origin="given")

    def monitored(self, sources: Mapping[str, Source]) -> dict[str, pd.DataFrame]:
        """Read the register of indicators and the claims, those that are there."""
        held = {t.name: self.table(sources[t.name], t, t.name) for t in (INDICATORS, CLAIMS) if t.name in sources}
        return {name: pd.DataFrame(t).drop(columns="geometry", errors="ignore") for name, t in held.items()}

    def exclusions(self, sources: Mapping[str, Source]) -> dict[str, gpd.GeoSeries]:
        """Read exclusion polygons, joined by service."""
        parts: dict[str, list[gpd.GeoSeries]] = {}
        for name, source in sources.items():
            layer = [self._shapes(path, source, f"exclusions.{name}") for path in source.path]
            parts.setdefault(name.split(".")[0], []).extend(layer)
        return {service: pd.concat(shapes, ignore_index=True) for service, shapes in parts.items()}

    def _shapes(self, path: str, source: Source, layer: str) -> gpd.GeoSeries:
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
        """Read the streets and correct their tags; what is read after them is held against where they lie."""
        if len(source.path) > 1:
            raise TableError("one_file", path=", ".join(source.path), layer="[streets] path", n=len(source.path))
        path = source.path[0]
        layer = self.layer(path, source)
        ways = read(layer)
        self._near = ways.bounds
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


def no_rows(table: Table, crs: str) -> gpd.GeoDataFrame:
    """Return a table of points with no rows."""
    return gpd.GeoDataFrame(table.empty(), geometry=gpd.GeoSeries([], crs=crs), crs=crs)
