"""Frames of text become the tables of `tables`: columns renamed, values typed, every fault with its row."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from .. import presets
from ..errors import Fault, TableError
from ..tables import Column, Table
from .crs import convert, declared_crs

_EXCEL_DAY_0 = date(1899, 12, 30)
_DATE = re.compile(r"^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[ T].*)?$")


@dataclass(frozen=True, kw_only=True)
class Layer:
    """Where a frame came from, and what the project says about it."""

    path: Path
    datum: str | None
    columns: Mapping[str, str]
    crs: str


def conform(raw: pd.DataFrame, table: Table, layer: Layer) -> gpd.GeoDataFrame:
    """Return `raw` as `table` wants it, in the project CRS.

    Columns of the file that the table does not declare are kept under their own names.

    Raises:
        TableError: every missing column, repeated id, unreadable value and impossible point at once.
    """
    names = _names(raw, table, layer)
    frame = raw.rename(columns={theirs: ours for ours, theirs in names.items()})
    if table.numbered and table.index[0] not in frame:
        frame = frame.assign(**{table.index[0]: [f"{layer.path.stem}:{i + 2}" for i in range(len(frame))]})
    faults = list(_missing(frame, table, layer))
    typed = {}
    for name in frame.columns.drop("geometry", errors="ignore"):
        column = table.column(str(name)) or Column(str(name))
        typed[name], bad = _typed(column, frame[name], strict=table.column(str(name)) is not None)
        faults += _bad_values(column, frame[name], bad, layer)
    faults += list(_ids(frame, table, layer))
    if faults:
        raise TableError(*faults)
    geometry = _geometry(frame, table, layer)
    whole = gpd.GeoDataFrame(pd.DataFrame(typed, index=frame.index), geometry=geometry, crs=layer.crs)
    whole = whole.drop(columns=[c for c in ("lon", "lat", "x", "y") if c in whole])
    return whole.set_index(whole[table.index[0]].astype(str)).drop(columns=table.index[0]).rename_axis(table.index[0])


def read_number(text: str) -> float:
    """Return a number typed by people: full-width digits, thousands commas; NaN where it is none."""
    plain = unicodedata.normalize("NFKC", text).replace(",", "").strip()
    try:
        number = float(plain)
    except ValueError:
        return float("nan")
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


def _names(raw: pd.DataFrame, table: Table, layer: Layer) -> dict[str, str]:
    """Return ours -> theirs: what the project says, then the usual aliases."""
    wrong = [theirs for theirs in layer.columns.values() if theirs not in raw.columns]
    if wrong:
        values = {"path": layer.path, "have": ", ".join(c for c in raw.columns if c != "geometry")}
        raise TableError(*(Fault("no_such_column", values | {"column": theirs}) for theirs in wrong))
    names, taken = dict(layer.columns), set(layer.columns.values())
    known: Mapping[str, list[str]] = presets.load("columns")["columns"]
    for ours in (*table.index, *(c.name for c in table.columns), "lon", "lat", "x", "y"):
        found = next((a for a in known.get(ours, [ours]) if a in raw.columns and a not in taken), None)
        if ours not in names and found is not None:
            names[ours] = found
            taken.add(found)
    return names


def _missing(frame: pd.DataFrame, table: Table, layer: Layer) -> Iterable[Fault]:
    wanted = [*table.index, *(c.name for c in table.columns if c.required)]
    located = "geometry" in frame or {"lon", "lat"} <= set(frame) or {"x", "y"} <= set(frame)
    if table.geometry == "point" and not located:
        wanted += [c for c in ("lon", "lat") if c not in frame]
    have = ", ".join(str(c) for c in frame.columns if c != "geometry")
    for name in wanted:
        if name not in frame.columns:
            yield Fault("missing_column", {"path": layer.path, "column": name, "have": have})


def _ids(frame: pd.DataFrame, table: Table, layer: Layer) -> Iterable[Fault]:
    name = table.index[0]
    if name not in frame:
        return
    ids = frame[name]
    if (ids == "").any():
        yield Fault("empty_id", {"path": layer.path, "column": name, "rows": _rows(ids == "")})
    twice = ids.duplicated(keep=False) & (ids != "")
    if twice.any():
        shown = ", ".join(ids[twice].unique()[:3])
        yield Fault("duplicate_id", {"path": layer.path, "ids": shown, "rows": _rows(twice)})


def _typed(column: Column, texts: pd.Series, *, strict: bool) -> tuple[pd.Series, pd.Series]:
    """Return the values and a mask of those that could not be read."""
    given = texts != ""
    if column.name in ("lon", "lat", "x", "y") or (strict and column.kind in ("number", "count")):
        values = texts.map(read_number)
        low = values < column.least if column.least is not None else pd.Series(data=False, index=texts.index)
        return values, given & (values.isna() | low)
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


def _bad_values(column: Column, texts: pd.Series, bad: pd.Series, layer: Layer) -> Iterable[Fault]:
    if bad.any():
        number = "123.4" if column.least is None else f"123.4 (>= {column.least:g})"
        expected = " | ".join(column.choices) if column.choices else {"date": "2026-01-31"}.get(column.kind, number)
        values = {"path": layer.path, "column": texts.name, "rows": _rows(bad), "expected": expected}
        yield Fault("bad_value", values | {"value": texts[bad].iloc[0]})


def _rows(mask: pd.Series) -> str:
    """Return at most three rows, counted as Excel counts them."""
    rows = [str(i + 2) for i in np.flatnonzero(mask.to_numpy())]
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
    if declared_crs(datum, layer.path).is_geographic:
        swapped = pd.Series((np.abs(y) > 90) & (np.abs(x) <= 90))
        wild = pd.Series((np.abs(x) > 180) | (np.abs(y) > 90)) & ~swapped
        faults += [Fault("swapped", {"path": layer.path, "rows": _rows(swapped)})] if swapped.any() else []
        faults += [Fault("not_degrees", {"path": layer.path, "rows": _rows(wild)})] if wild.any() else []
    if faults:
        raise TableError(*faults)
