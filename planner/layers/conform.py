"""Frames of text become the tables of `tables`: columns renamed, values typed, every fault with its row."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
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
from .axes import axis_faults, zoned_code
from .crs import convert, declared_crs
from .places import levels_of_codes

_EXCEL_DAY_0 = date(1899, 12, 30)
_EXCEL_CODE = re.compile(r"^\d(\.\d+)?[Ee]\+\d{1,2}$", re.ASCII)
_NUMBER = re.compile(r"^[+-]?(\d{1,3}(,\d{3})+(\.\d*)?|\d+\.?\d*|\.\d+)([Ee][+-]?\d+)?$", re.ASCII)
_CODES = ("place_id", "parent_id")
_PLACED = ("lon", "lat", "x", "y")
_UNNAMED = re.compile(r"^#\d+$")  # how `read` calls a column without a name
_DATE = re.compile(r"^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[ T].*)?$")


@dataclass(frozen=True, kw_only=True)
class Layer:
    """Where a frame came from, and what the project says about it.

    `columns` is ours = theirs. `given` holds columns that no file has, one value or one value a row; `own` are weights
    of the project's own naming, which `columns` may speak of too.
    """

    path: Path
    datum: str | None
    columns: Mapping[str, str]
    crs: str
    sheet: str | None = None
    given: Mapping[str, str | list[str]] = field(default_factory=dict)
    own: tuple[str, ...] = ()


def conform(raw: pd.DataFrame, table: Table, layer: Layer) -> gpd.GeoDataFrame:
    """Return `raw` as `table` wants it, in the project CRS.

    Columns of the file that the table does not declare are kept under their own names.

    Raises:
        TableError: every missing column, repeated id, unreadable value and impossible point at once.
    """
    names = _names(raw, table, layer)
    frame = _renamed(raw, names).assign(**layer.given)
    if table is PLACES and "level" not in frame and "place_id" in frame:
        told = levels_of_codes(frame["place_id"])
        frame = frame if told is None else frame.assign(level=told)
    if table.numbered and table.index[0] not in frame:
        frame = frame.assign(**{table.index[0]: [f"{layer.path.stem}:{i + 2}" for i in range(len(frame))]})
    header = Header(names=names, theirs=tuple(str(c) for c in raw.columns if c != "geometry"))
    faults = list(_missing(frame, table, layer, header))
    typed = {}
    for name in frame.columns.drop("geometry", errors="ignore"):
        column = table.column(str(name)) or Column(str(name))
        typed[name], bad = _typed(column, frame[name], strict=table.column(str(name)) is not None)
        faults += _bad_values(column, frame[name], bad, layer, header)
        faults += _lost_digits(frame[name], layer, header) if name in (*table.index, *_CODES) else []
    faults += list(_ids(frame, table, layer, header))
    if faults:
        raise TableError(*faults)
    if table in (PLACES, FACILITIES):  # they are spoken of by name; a place-name register is judged as it stands
        typed["name"] = typed["name"].where(typed["name"].notna(), frame[table.index[0]])
    geometry = _geometry(frame, table, layer)
    whole = gpd.GeoDataFrame(pd.DataFrame(typed, index=frame.index), geometry=geometry, crs=layer.crs)
    whole = whole.drop(columns=[c for c in _PLACED if c in whole])
    return whole.set_index(whole[table.index[0]].astype(str)).drop(columns=table.index[0]).rename_axis(table.index[0])


def read_number(text: str) -> float:
    """Return a number typed by people: full-width digits, commas between thousands; NaN where it is none."""
    plain = unicodedata.normalize("NFKC", text).strip()
    number = float(plain.replace(",", "")) if _NUMBER.match(plain) else float("nan")
    return number if np.isfinite(number) else float("nan")


def read_date(text: str) -> date | None:
    """Return 2020-1-5, 2020/01/05, 2020年1月5日, 2020-01-05 00:00:00 or an Excel day number as a date."""
    plain = unicodedata.normalize("NFKC", text).strip()
    if found := _DATE.match(plain):
        try:
            return date(*(int(part) for part in found.groups()))
        except ValueError:
            return None
    serial = read_number(plain)
    return _EXCEL_DAY_0 + timedelta(days=int(serial)) if 20000 < serial < 80000 else None


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
    ours = (*table.index, *(c.name for c in table.columns), *_PLACED)
    known_columns(raw, layer, (*ours, *layer.own))
    names, taken = dict(layer.columns), set(layer.columns.values())
    known: Mapping[str, list[str]] = presets.load("columns")["columns"]
    for name in (n for n in ours if n not in layer.given):
        found = next((a for a in known.get(name, [name]) if a in raw.columns and a not in taken), None)
        if name not in names and found is not None:
            names[name] = found
            taken.add(found)
    return names


def _renamed(raw: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    """Return the frame under our names; one column of the file may be two of ours."""
    rest = raw.drop(columns=[*set(names.values()), *(n for n in names if n in raw and n not in names.values())])
    return rest.assign(**{ours: raw[theirs] for ours, theirs in names.items()})


def _missing(frame: pd.DataFrame, table: Table, layer: Layer, header: Header) -> Iterable[Fault]:
    wanted = [*table.index, *(c.name for c in table.columns if c.required)]
    located = "geometry" in frame or {"lon", "lat"} <= set(frame) or {"x", "y"} <= set(frame)
    if table.geometry == "point" and not located:
        wanted += [c for c in ("lon", "lat") if c not in frame]
    lacking = [name for name in wanted if name not in frame.columns]
    empty = sum(bool(_UNNAMED.match(name)) for name in header.theirs)
    if lacking and empty and 3 * empty >= len(header.theirs):  # one trailing comma is no title row
        values = {"path": layer.path, "n": empty, "have": header.have, "columns": ", ".join(lacking)}
        yield Fault("no_header", values)
        return
    for name in lacking:
        yield Fault("missing_column", {"path": layer.path, "column": name, "have": header.have})


def _lost_digits(texts: pd.Series, layer: Layer, header: Header) -> Iterable[Fault]:
    """Say where Excel wrote a code as 3.20508E+14."""
    lost = texts.str.match(_EXCEL_CODE)
    if lost.any():
        values = {"path": layer.path, "column": header.said(str(texts.name)), "rows": _rows(lost)}
        yield Fault("excel_code", values | {"value": texts[lost].iloc[0]})


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


def _typed(column: Column, texts: pd.Series, *, strict: bool) -> tuple[pd.Series, pd.Series]:
    """Return the values and a mask of those that could not be read."""
    given = texts != ""
    if column.name in _PLACED or (strict and column.kind in ("number", "count")):
        values = texts.map(read_number)
        low = values < column.least if column.least is not None else pd.Series(data=False, index=texts.index)
        high = values > column.most if column.most is not None else low
        return values, given & (values.isna() | low | high)
    if strict and column.kind == "date":
        values = texts.map(read_date)
        return pd.Series(pd.to_datetime(values), index=texts.index), given & values.isna()
    if strict and column.choices:
        values = texts.map(_choice(column))
        return values, given & values.isna()
    return texts.where(given, None), pd.Series(data=False, index=texts.index)


def _choice(column: Column) -> Callable[[str], str | None]:
    """Return a reader of one of the column's choices, under any name people give it."""
    known: Mapping[str, list[str]] = presets.load("columns")["values"].get(column.name, {})
    meaning = {alias: ours for ours, aliases in known.items() if ours in column.choices for alias in aliases}
    return lambda text: meaning.get(text, text if text in column.choices else None)


@dataclass(frozen=True)
class _Choices(Fault):
    """The values a column takes, each with what a planner would call it where the message is Chinese."""

    def text(self, language: str = "zh") -> str:
        known = presets.load("columns")["values"].get(self.values["column"], {})
        usual = {c: next((a for a in known.get(c, ()) if not a.isascii()), "") for c in self.values["choices"]}
        return " | ".join(f"{usual[c]}({c})" if language == "zh" and usual[c] else c for c in usual)


def _bad_values(column: Column, texts: pd.Series, bad: pd.Series, layer: Layer, header: Header) -> Iterable[Fault]:
    if bad.any():
        values = {"path": layer.path, "column": header.said(column.name), "rows": _rows(bad)}
        yield Fault("bad_value", values | {"value": texts[bad].iloc[0], "expected": _expected(column)})


def _expected(column: Column) -> str | Fault:
    """Return what a value of the column looks like."""
    if column.choices:
        return _Choices("choices", {"column": column.name, "choices": column.choices})
    low = "" if column.least is None else f" (>= {column.least:g})"
    high = "" if column.most is None else f" (>= {column.least:g}, <= {column.most:.0f})"
    return {"date": "2026-01-31"}.get(column.kind, f"123.4{high or low}")


def _rows(mask: pd.Series) -> str:
    return excel_rows(np.flatnonzero(mask.to_numpy()))


def excel_rows(positions: Iterable[Any]) -> str:
    """Return at most three rows, counted as Excel counts them, and how many there are where there are more."""
    rows = [str(i + 2) for i in positions]
    return ", ".join(rows[:3]) + (f" … ({len(rows)})" if len(rows) > 3 else "")


def _geometry(frame: pd.DataFrame, table: Table, layer: Layer) -> NDArray:
    """Return geometries in the project CRS; points from polygons where the table wants points."""
    if isinstance(frame, gpd.GeoDataFrame):
        shapes, datum = frame.geometry.to_numpy(), _datum_of(frame, layer)
        shapes = shapely.force_2d(shapes)
        if table.geometry == "point":
            shapes = np.where(shapely.get_type_id(shapes) == 0, shapes, shapely.point_on_surface(shapes))
    elif {"lon", "lat"} <= set(frame) or {"x", "y"} <= set(frame):
        pair = ["lon", "lat"] if {"lon", "lat"} <= set(frame) else ["x", "y"]
        shapes, datum = shapely.points(frame[pair].map(read_number).to_numpy()), _datum_of(None, layer)
        if table.bare:
            shapes = np.where(np.isnan(shapely.get_x(shapes)) | np.isnan(shapely.get_y(shapes)), None, shapes)
    else:
        return np.full(len(frame), None, dtype=object)
    if table.geometry == "point":
        _located(shapes, datum, layer)
    return convert(shapes, datum=datum, crs=layer.crs, path=layer.path)


def _datum_of(frame: gpd.GeoDataFrame | None, layer: Layer) -> str:
    """Return the datum the project declares, else the one the file itself names."""
    if layer.datum is not None:
        return layer.datum
    if frame is None or frame.crs is None:
        raise TableError("no_datum", path=layer.path)
    return str(frame.crs.to_string())


def _located(shapes: NDArray, datum: str, layer: Layer) -> None:
    """Refuse points without numbers, degrees out of range, and swapped longitude and latitude."""
    x, y = shapely.get_x(shapes), shapely.get_y(shapes)
    nowhere = pd.Series(np.isnan(x) | np.isnan(y))
    faults = [Fault("no_point", {"path": layer.path, "rows": _rows(nowhere)})] if nowhere.any() else []
    crs = declared_crs(datum, layer.path)
    if nowhere.all():
        raise TableError(*faults)
    faults += axis_faults(x, y, crs, layer.path)
    if crs.is_geographic:
        swapped = pd.Series((np.abs(y) > 90) & (np.abs(x) <= 90))
        wild = pd.Series((np.abs(x) > 180) | (np.abs(y) > 90)) & ~swapped
        faults += [Fault("swapped", {"path": layer.path, "rows": _rows(swapped)})] if swapped.any() else []
        faults += [_not_degrees(x, y, _rows(wild), layer)] if wild.any() else []
    if faults:
        raise TableError(*faults)


def _not_degrees(x: NDArray, y: NDArray, rows: str, layer: Layer) -> Fault:
    """Say that metres were said to be degrees, and which code they are in where a zone before them tells it."""
    code = zoned_code(x, y)
    likely = layer.crs if code is None else f"EPSG:{code}"
    return Fault("not_degrees", {"path": layer.path, "rows": rows, "code": likely})
