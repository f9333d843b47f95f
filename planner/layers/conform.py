"""Frames of text become the tables of `tables`: columns renamed, values typed, every fault with its row."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from .. import presets
from ..errors import Fault, TableError, hint
from ..tables import FACILITIES, PLACES, Column, Table
from .axes import Bounds
from .cells import PLACED, Cells, read_cells
from .crs import convert
from .leftovers import header_faults, without_leftovers
from .location import Located, refuse_misplaced
from .places import levels_of_codes
from .read import excel_rows
from .shapes import shapes_in_text
from .workbook import MERGED

_EXCEL_CODE = re.compile(r"^\d(\.\d+)?[Ee]\+\d{1,2}$", re.ASCII)
_CODES = ("place_id", "parent_id")
_UNNAMED = re.compile(r"^#\d+$")  # how `read` calls a column without a name


@dataclass(frozen=True, kw_only=True)
class Layer:
    """Where a frame came from, and what the project says about it.

    `columns` is ours = theirs. `given` holds columns that no file has, one value or one value a row; `own` are weights
    of the project's own naming, which `columns` may speak of too. `near` are the bounds of what was read before, in the
    project CRS: a layer that lies elsewhere is held against other systems.
    """

    path: Path
    datum: str | None
    columns: Mapping[str, str]
    crs: str
    sheet: str | None = None
    given: Mapping[str, str | list[str]] = field(default_factory=dict)
    own: tuple[str, ...] = ()
    near: Bounds | None = None


@dataclass(frozen=True, kw_only=True)
class Assumed:
    """Cells of one column that were read with an assumption `how`: how many, in which rows, and the first as read."""

    path: Path
    column: str
    how: str
    n: int
    rows: str
    text: str
    read: str


def conform(
    raw: pd.DataFrame, table: Table, layer: Layer, *, assumed: Callable[[Assumed], None] = lambda _: None
) -> gpd.GeoDataFrame:
    """Return `raw` as `table` wants it, in the project CRS.

    Columns of the file that the table does not declare are kept under their own names. `assumed` hears what was
    assumed of cells.

    Raises:
        TableError: every row that is no record, missing column, repeated id, unreadable value and impossible point at
            once.
    """
    merged: Mapping[str, list[int]] = raw.attrs.get(MERGED, {})
    names = _names(raw, table, layer)
    header = Header(names=names, theirs=tuple(str(c) for c in raw.columns if c != "geometry"))
    faults: list[Fault] = []
    if not isinstance(raw, gpd.GeoDataFrame) and not header.nameless:
        raw, faults = without_leftovers(raw, layer.path)
        raw = raw if table.geometry == "none" or {*names} & {*PLACED} else shapes_in_text(raw, layer.path)
    frame = _renamed(raw, names).assign(**layer.given)
    if table is PLACES and "level" not in frame and "place_id" in frame:
        told = levels_of_codes(frame["place_id"])
        frame = frame if told is None else frame.assign(level=told)
    if table.numbered and table.index[0] not in frame:
        frame = frame.assign(**{table.index[0]: [f"{layer.path.stem}:{i + 2}" for i in range(len(frame))]})
    faults += list(_missing(raw, frame, table, layer, header))
    typed = {}
    for name in frame.columns.drop("geometry", errors="ignore"):
        column = table.column(str(name)) or Column(str(name))
        cells = _typed(column, frame[name], strict=table.column(str(name)) is not None)
        typed[name] = cells.read
        faults += _bad_values(column, frame[name], cells.bad, layer, header)
        down = pd.Series(frame.index.isin(merged.get(names.get(str(name), str(name)), [])), frame.index)
        faults += _merged_numbers(column, frame[name][down], layer, header)
        for one in _assumed(replace(cells, assumed=cells.assumed.mask(down, MERGED)), frame[name], layer, header):
            assumed(one)
        faults += _lost_digits(frame[name], layer, header) if name in (*table.index, *_CODES) else []
    faults += list(_ids(frame, table, layer, header))
    if faults:
        raise TableError(*faults)
    if table in (PLACES, FACILITIES):  # they are spoken of by name; a place-name register is judged as it stands
        nameless, ids = typed["name"].isna(), frame[table.index[0]]
        typed["name"] = typed["name"].where(~nameless, ids)
        if "name" in names and nameless.any():
            assumed(_nameless(ids[nameless], layer, header))
    geometry = _geometry(frame, typed, table, layer)
    whole = gpd.GeoDataFrame(pd.DataFrame(typed, index=frame.index), geometry=geometry, crs=layer.crs)
    whole = whole.drop(columns=[c for c in PLACED if c in whole])
    return whole.set_index(whole[table.index[0]].astype(str)).drop(columns=table.index[0]).rename_axis(table.index[0])


@dataclass(frozen=True, kw_only=True)
class Header:
    """The first line of a file: all its columns, and ours -> theirs of those that are used."""

    names: Mapping[str, str]
    theirs: tuple[str, ...]

    def said(self, ours: str) -> str:
        """Return a column as its file calls it, with our name beside it where the two differ."""
        theirs = self.names.get(ours, ours)
        return ours if theirs == ours else f"{theirs}({ours})"

    @property
    def nameless(self) -> int:
        """How many columns have no name, where they are so many that the first line is no header; else 0."""
        empty = sum(bool(_UNNAMED.match(name)) for name in self.theirs)
        return empty if 3 * empty >= len(self.theirs) else 0  # one trailing comma is no title row

    @property
    def have(self) -> str:
        """All columns of the file, for a message."""
        return ", ".join(name for name in self.theirs if not _UNNAMED.match(name))


def known_columns(raw: pd.DataFrame, layer: Layer, ours: Iterable[str]) -> None:
    """Refuse what the project's `columns` says of columns that we, or the file, do not have.

    Raises:
        TableError: all of them, each with what may be meant.
    """
    known, have = list(ours), [str(c) for c in raw.columns if c != "geometry"]
    faults = [
        Fault("unknown_column_key", {"path": layer.path, "key": f"columns.{key}", "hint": hint(key, known)})
        for key in layer.columns
        if key not in known
    ]
    faults += [
        Fault("no_such_column", {"path": layer.path, "column": c, "have": ", ".join(have), "hint": hint(c, have)})
        for c in dict.fromkeys(layer.columns.values())
        if c not in have
    ]
    if faults:
        raise TableError(*faults)


def _names(raw: pd.DataFrame, table: Table, layer: Layer) -> dict[str, str]:
    """Return ours -> theirs: what the project says, then the usual aliases."""
    ours = (*table.index, *(c.name for c in table.columns), *PLACED)
    known_columns(raw, layer, (*ours, *layer.own))
    names, taken = dict(layer.columns), set(layer.columns.values())
    have = {"".join(str(c).split()) if not str(c).isascii() else str(c): str(c) for c in raw.columns[::-1]}
    known: Mapping[str, list[str]] = presets.load("columns")["columns"]
    for name in (n for n in ours if n not in layer.given):
        found = next((have[a] for a in known.get(name, [name]) if a in have and have[a] not in taken), None)
        if name not in names and found is not None:
            names[name] = found
            taken.add(found)
    return names


def _renamed(raw: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    """Return the frame under our names; one column of the file may be two of ours."""
    rest = raw.drop(columns=[*set(names.values()), *(n for n in names if n in raw and n not in names.values())])
    return rest.assign(**{ours: raw[theirs] for ours, theirs in names.items()})


def _merged_numbers(column: Column, texts: pd.Series, layer: Layer, header: Header) -> Iterable[Fault]:
    """Say where a number is merged down rows: it may be that of each row, or of all of them together."""
    if len(texts) and (column.name in PLACED or column.kind in ("number", "count")):
        values = {"path": layer.path, "column": header.said(column.name), "value": texts.iloc[0]}
        yield Fault("merged_number", values | {"rows": excel_rows(texts.index)})


def _missing(raw: pd.DataFrame, frame: pd.DataFrame, table: Table, layer: Layer, header: Header) -> Iterable[Fault]:
    wanted = [*table.index, *(c.name for c in table.columns if c.required)]
    located = "geometry" in frame or {"lon", "lat"} <= set(frame) or {"x", "y"} <= set(frame)
    if table.geometry == "point" and not located:
        wanted += [c for c in ("lon", "lat") if c not in frame]
    lacking = [name for name in wanted if name not in frame.columns]
    if lacking and header.nameless:
        values = {"path": layer.path, "n": header.nameless, "have": header.have, "columns": ", ".join(lacking)}
        yield Fault("no_header", values)
        return
    known: Mapping[str, list[str]] = presets.load("columns")["columns"]
    found = list(header_faults(raw, lacking, (a for name in lacking for a in known.get(name, [])), layer.path))
    yield from found
    for name in lacking if not found else [n for n in lacking if n not in PLACED]:
        yield Fault("missing_column", {"path": layer.path, "column": name, "have": header.have})


def _lost_digits(texts: pd.Series, layer: Layer, header: Header) -> Iterable[Fault]:
    """Say where Excel wrote a code as 3.20508E+14."""
    yield from _decimals(texts, layer, header)
    lost = texts.str.match(_EXCEL_CODE)
    if lost.any():
        values = {"path": layer.path, "column": header.said(str(texts.name)), "rows": _rows(lost)}
        yield Fault("excel_code", values | {"value": texts[lost].iloc[0]})


def _decimals(texts: pd.Series, layer: Layer, header: Header) -> Iterable[Fault]:
    """Say where a code became a number on its way, as 320102001.0."""
    dotted = texts.str.fullmatch(r"\d{2,}\.0+")
    if dotted.any():
        values = {"path": layer.path, "column": header.said(str(texts.name)), "rows": _rows(dotted)}
        yield Fault("code_with_decimals", values | {"value": texts[dotted].iloc[0]})


def _ids(frame: pd.DataFrame, table: Table, layer: Layer, header: Header) -> Iterable[Fault]:
    name = table.index[0]
    if name not in frame:
        return
    ids = frame[name]
    if (ids == "").any():
        yield Fault("empty_id", {"path": layer.path, "column": header.said(name), "rows": _rows(ids == "")})
    twice = ids.duplicated(keep=False) & (ids != "") & ~ids.str.match(_EXCEL_CODE)
    if twice.any():
        shown = ", ".join(ids[twice].unique()[:3])
        yield Fault("duplicate_id", {"path": layer.path, "ids": shown, "rows": _rows(twice)})


def _typed(column: Column, texts: pd.Series, *, strict: bool) -> Cells:
    """Return what a column's cells hold; texts as they stand where the column is none of ours, or is of text."""
    if column.name in PLACED or (strict and (column.kind in ("number", "count", "date") or column.choices)):
        return read_cells(column, texts)
    none = pd.Series(data=False, index=texts.index)
    return Cells(read=texts.where(texts != "", None), bad=none, assumed=none.map({False: ""}))


@dataclass(frozen=True)
class _Choices(Fault):
    """The values a column takes, each with what a planner would call it where the message is Chinese."""

    def text(self, language: str = "zh") -> str:
        known = presets.load("columns")["values"].get(self.values["column"], {})
        usual = {c: next((a for a in known.get(c, ()) if not a.isascii()), "") for c in self.values["choices"]}
        return " | ".join(f"{usual[c]}({c})" if language == "zh" and usual[c] else c for c in usual)


def _bad_values(column: Column, texts: pd.Series, bad: pd.Series, layer: Layer, header: Header) -> Iterable[Fault]:
    if bad.any():
        values = {
            "path": layer.path,
            "column": header.said(column.name),
            "rows": _rows(bad),
            "value": texts[bad].iloc[0],
        }
        yield Fault("bad_value", values | {"expected": _expected(column)})


def _assumed(cells: Cells, texts: pd.Series, layer: Layer, header: Header) -> Iterable[Assumed]:
    """Say what was assumed of which cells, one each way of assuming."""
    for how, group in texts[cells.assumed != ""].groupby(cells.assumed, sort=True):
        first = cells.read[group.index[0]]
        yield Assumed(
            path=layer.path,
            column=header.said(str(texts.name)),
            how=str(how),
            n=len(group),
            rows=excel_rows(group.index),
            text=group.iloc[0],
            read="" if pd.isna(first) else _shown(first),
        )


def _nameless(ids: pd.Series, layer: Layer, header: Header) -> Assumed:
    """Say that rows without a name go by their ids."""
    return Assumed(
        path=layer.path,
        column=header.said("name"),
        how="nameless",
        n=len(ids),
        rows=excel_rows(ids.index),
        text="",
        read=str(ids.iloc[0]),
    )


def _shown(value: Any) -> str:
    """Return a value that was read, as a person writes it."""
    if isinstance(value, pd.Timestamp):
        return value.date().isoformat()
    return f"{value:.10g}" if isinstance(value, float) else str(value)


def _expected(column: Column) -> str | Fault:
    """Return what a value of the column looks like."""
    if column.choices:
        return _Choices("choices", {"column": column.name, "choices": column.choices})
    low = "" if column.least is None else f" (>= {column.least:g})"
    high = "" if column.most is None else f" (>= {column.least:g}, <= {column.most:.0f})"
    return {"date": "2026-01-31", "count": f"12{high or low}"}.get(column.kind, f"123.4{high or low}")


def _rows(mask: pd.Series) -> str:
    return excel_rows(mask.index[mask.to_numpy()])


def _geometry(frame: pd.DataFrame, typed: Mapping[str, pd.Series], table: Table, layer: Layer) -> NDArray:
    """Return geometries in the project CRS; points from polygons where the table wants points."""
    if isinstance(frame, gpd.GeoDataFrame):
        shapes, datum = frame.geometry.to_numpy(), _datum_of(frame, layer)
        shapes = shapely.force_2d(shapes)
        if table.geometry == "point":
            shapes = np.where(shapely.get_type_id(shapes) == 0, shapes, shapely.point_on_surface(shapes))
    elif {"lon", "lat"} <= set(frame) or {"x", "y"} <= set(frame):
        pair = ["lon", "lat"] if {"lon", "lat"} <= set(frame) else ["x", "y"]
        shapes, datum = shapely.points(np.column_stack([typed[c] for c in pair])), _datum_of(None, layer)
        if table.bare:
            shapes = np.where(np.isnan(shapely.get_x(shapes)) | np.isnan(shapely.get_y(shapes)), None, shapes)
    else:
        return np.full(len(frame), None, dtype=object)
    given = Located(path=layer.path, datum=datum, crs=layer.crs, near=layer.near)
    refuse_misplaced(shapes, given, wanted=table.geometry == "point")
    return convert(shapes, datum=datum, crs=layer.crs, path=layer.path)


def _datum_of(frame: gpd.GeoDataFrame | None, layer: Layer) -> str:
    """Return the datum the project declares, else the one the file itself names."""
    if layer.datum is not None:
        return layer.datum
    if frame is None or frame.crs is None:
        raise TableError("no_datum", path=layer.path)
    return str(frame.crs.to_string())
