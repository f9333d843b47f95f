"""A plain table of lines (line, stops in order, first, last, headway), as planners have it, becomes a `Timetable`."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .. import presets
from ..errors import Fault, TableError
from ..tables import LINE_STOPS, three
from .conform import Layer, conform
from .read import read_frame
from .timetable import Pattern, Timetable

_DAY_MIN = 1440.0
_CLOCK = re.compile(r"^(\d{1,2}):([0-5]\d)(?::([0-5]\d)(?:\.0+)?)?$")


def read_lines(layer: Layer) -> Timetable:
    """Read a table of lines: one row a line and stop.

    Columns (LINE_STOPS): line, stop, order, lon, lat, first, last (clock times of the first and last departure from
    the first stop; a last before the first is after midnight), headway_min; optional direction, kind (bus, metro),
    ride_min to the next stop, speed_kmh. Lines that state no direction run back the same way. Without ride_min:
    ride_min = straight distance x detour / speed, by kind (presets, modes, transit).    (1)

    Raises:
        MissingFileError, TableError: as any table; and lines of one stop, a repeated order, times or headways that
            are missing or differ within a line.
    """
    raw = read_frame(layer.path, sheet=layer.sheet)
    numbers = {"visit_id": [str(i + 2) for i in range(len(raw))]}
    visits = conform(raw, LINE_STOPS, replace(layer, given=numbers))
    for name in ("direction", "kind", "ride_min", "speed_kmh"):
        if name not in visits:
            visits[name] = None if name in ("direction", "kind") else np.nan
    faults = [*_bad_clocks(visits, layer), *_bad_lines(visits, layer)]
    if faults:
        raise TableError(*faults)
    stops, position = _stops(visits)
    visits = visits.assign(position=position)
    patterns = [
        pattern
        for (line, direction), rows in visits.groupby(["line", visits["direction"].fillna("")], sort=True)
        for pattern in _patterns(str(line), rows.sort_values("order"), both_ways=direction == "")
    ]
    return Timetable.from_patterns(stops, patterns)


def read_clock(text: object) -> float:
    """Return 6:30, 06:30:00 or 24:10 as minutes after midnight; NaN where it is no time."""
    found = _CLOCK.match(unicodedata.normalize("NFKC", str(text)).strip())
    if not found:
        return float("nan")
    hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return hours * 60.0 + minutes + seconds / 60.0


def _bad_clocks(visits: pd.DataFrame, layer: Layer) -> Iterable[Fault]:
    for column in ("first", "last"):
        wrong = visits[column].notna() & visits[column].map(read_clock).isna()
        if wrong.any():
            values = {"path": layer.path, "column": column, "rows": three(visits.index[wrong]), "expected": "06:30"}
            yield Fault("bad_value", values | {"value": visits.loc[wrong, column].iloc[0]})


def _bad_lines(visits: pd.DataFrame, layer: Layer) -> Iterable[Fault]:
    """Say which lines cannot run: one stop only, an order twice, or no single first, last and headway."""
    keys = [visits["line"].fillna(""), visits["direction"].fillna("")]
    for (line, _), rows in visits.groupby(keys, sort=True):
        wrong = [c for c in ("first", "last", "headway_min") if len(set(rows[c].dropna())) != 1]
        wrong += ["order"] if rows["order"].isna().any() or rows["order"].duplicated().any() else []
        wrong += ["stop"] if len(rows) < 2 or rows["stop"].isna().any() else []
        wrong += ["headway_min"] if (rows["headway_min"] <= 0).any() and "headway_min" not in wrong else []
        wrong += ["speed_kmh"] if (rows["speed_kmh"] <= 0).any() else []
        if wrong:
            said = {"path": layer.path, "line": line, "rows": three(rows.index), "columns": ", ".join(wrong)}
            yield Fault("bad_line", said)


def _stops(visits: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, NDArray[np.int64]]:
    """Return the stops, one a name and place (to a decimetre), and the position of each visit's stop."""
    x, y = visits.geometry.x.round(1), visits.geometry.y.round(1)
    number, _ = pd.MultiIndex.from_arrays([visits["stop"], x, y]).factorize(sort=True)
    order = np.argsort(number, kind="stable")
    first = order[np.unique(number[order], return_index=True)[1]]
    ids = pd.Index([f"s{i + 1}" for i in range(len(first))], name="stop_id")
    names = visits["stop"].iloc[first].to_numpy()
    stops = gpd.GeoDataFrame({"name": names}, index=ids, geometry=visits.geometry.iloc[first].array)
    return stops, number.astype(np.int64)


def _patterns(line: str, rows: gpd.GeoDataFrame, *, both_ways: bool) -> list[Pattern]:
    ride = _ride_min(rows)
    first, last = read_clock(rows["first"].dropna().iloc[0]), read_clock(rows["last"].dropna().iloc[0])
    headway = float(rows["headway_min"].dropna().iloc[0])
    last += _DAY_MIN if last < first else 0.0
    starts = first + headway * np.arange(int((last - first) / headway + 1e-9) + 1)
    stops = rows["position"].to_numpy()
    ways = [(stops, ride)] + ([(stops[::-1], ride[::-1])] if both_ways else [])
    made = [starts[:, None] + np.concatenate([[0.0], np.cumsum(minutes)]) for _, minutes in ways]
    return [
        Pattern(line=line, stops=called, arrive=times, depart=times, headway_min=headway)
        for (called, _), times in zip(ways, made, strict=True)
    ]


def _ride_min(rows: gpd.GeoDataFrame) -> NDArray[np.float64]:
    """Return the minutes from each stop to the next: as given, else (1)."""
    known = presets.load("modes")["transit"]
    x, y = rows.geometry.x.to_numpy(), rows.geometry.y.to_numpy()
    usual = rows["kind"].fillna("bus").map({k: p["speed_mps"] * 3.6 for k, p in known["vehicles"].items()})
    kmh = rows["speed_kmh"].fillna(usual).to_numpy(dtype=np.float64)[:-1]
    reckoned = np.hypot(np.diff(x), np.diff(y)) * known["detour"]["value"] / (kmh / 0.06)  # (1)
    given = rows["ride_min"].to_numpy(dtype=np.float64)[:-1]
    minutes: NDArray[np.float64] = np.where(np.isnan(given), reckoned, given)
    return minutes
