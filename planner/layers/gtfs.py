"""A GTFS feed, zip or folder, becomes a `Timetable`: only the files that travel times need, for one day.

Source: GTFS Schedule Reference, gtfs.org. Read are stops, routes, trips, stop_times, calendar, calendar_dates and
frequencies; transfers are found on the streets, so transfers.txt and pathways.txt are not.
"""

import zipfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import IO

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from ..errors import Fault, MissingFileError, TableError
from ..tables import three
from .conform import Layer
from .crs import convert
from .read import excel_rows
from .timetable import Pattern, Timetable

_NEEDED = {
    "stops": ("stop_id", "stop_lat", "stop_lon"),
    "trips": ("trip_id", "route_id", "service_id"),
    "stop_times": ("trip_id", "stop_id", "stop_sequence"),
}
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MAYBE = {  # files that may be missing or empty, and what those that are not must have
    "routes": ("route_id",),
    "calendar": ("service_id", "start_date", "end_date", *_DAYS),
    "calendar_dates": ("service_id", "date", "exception_type"),
    "frequencies": ("trip_id", "start_time", "end_time", "headway_secs"),
}


def is_feed(path: Path) -> bool:
    """Tell a GTFS feed by its being a folder or a zip."""
    return path.is_dir() or path.suffix.lower() == ".zip"


def read_feed(layer: Layer, *, on: date, prefix: str = "") -> Timetable:
    """Read the trips that run on a day; `prefix` goes before stop ids, so that feeds may be joined.

    Missing times between two given ones are interpolated by stop. A trip of frequencies.txt is run at its headways.

    Raises:
        MissingFileError: no such file.
        TableError: no zip, a missing file or column, ids that lead nowhere, a date, time, headway or place that cannot
            be read, or no service on that day.
    """
    tables = dict(_tables(layer.path))
    _refuse_rows(tables, layer.path)
    trips = _running(tables, layer.path, on)
    calls = _in_order(tables["stop_times"], trips)
    stops = _stops(tables["stops"], calls, layer, prefix)
    calls = calls.assign(position=stops.index.get_indexer(pd.Index(prefix + calls["stop_id"])))
    calls = _timed(calls, stops.geometry, layer.path)
    names = _route_names(tables.get("routes"))
    line = [names.get(route) or route for route in trips["route_id"]]
    patterns = _patterns(calls, trips.assign(line=line))
    if not patterns:
        raise TableError("gtfs_no_rides", path=layer.path, n=len(trips))
    return Timetable.from_patterns(stops, _repeated(patterns, tables.get("frequencies")))


def _tables(path: Path) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield the feed's tables by name, as text; a needed one that is not there or lacks a column is refused."""
    if not path.exists():
        raise MissingFileError("missing_file", path=path)
    faults = []
    for name, columns in (_NEEDED | _MAYBE).items():
        table = _table(path, name)
        if table is None:
            faults += [Fault("gtfs_file", {"path": path, "file": f"{name}.txt"})] if name in _NEEDED else []
            continue
        for column in (c for c in columns if c not in table and (name in _NEEDED or len(table.columns))):
            faults.append(
                Fault("missing_column", {"path": f"{path}/{name}.txt", "column": column, "have": _have(table)})
            )
        yield name, table
    if faults:
        raise TableError(*faults)


def _have(table: pd.DataFrame) -> str:
    return ", ".join(map(str, table.columns))


def _table(path: Path, name: str) -> pd.DataFrame | None:
    try:
        if path.is_dir():
            file = path / f"{name}.txt"
            return _csv(file.open("rb")) if file.is_file() else None
        with zipfile.ZipFile(path) as feed:
            member = next((m for m in sorted(feed.namelist(), key=len) if Path(m).name == f"{name}.txt"), None)
            return _csv(feed.open(member)) if member else None
    except (zipfile.BadZipFile, pd.errors.ParserError, UnicodeDecodeError, OSError) as error:
        raise TableError("unreadable", path=f"{path} ({name}.txt)", detail=str(error).splitlines()[0]) from error


def _csv(stream: IO[bytes]) -> pd.DataFrame:
    try:
        with stream:
            frame = pd.read_csv(stream, dtype=str, keep_default_na=False, encoding="utf-8-sig", skipinitialspace=True)
    except pd.errors.EmptyDataError:
        return pd.DataFrame()
    frame.columns = frame.columns.str.strip()
    return frame


def _refuse_rows(tables: dict[str, pd.DataFrame], path: Path) -> None:
    """Refuse rows that say nothing one can read: ids left out, days that are none, headways that are none; all at once.

    Raises:
        TableError: they, by file and row as a spreadsheet counts.
    """
    ids = [(name, c) for name, columns in _NEEDED.items() for c in columns if c.endswith("_id")]
    wrong = {(name, column): tables[name][column].fillna("") == "" for name, column in ids}
    for name, column in (("calendar", "start_date"), ("calendar", "end_date"), ("calendar_dates", "date")):
        if column in (table := tables.get(name, pd.DataFrame())):
            wrong[name, column] = pd.to_datetime(table[column], format="%Y%m%d", errors="coerce").isna()
    if "exception_type" in (told := tables.get("calendar_dates", pd.DataFrame())):
        wrong["calendar_dates", "exception_type"] = ~told["exception_type"].isin(["1", "2"])
    if "headway_secs" in (often := tables.get("frequencies", pd.DataFrame())):
        low, high = _minutes(often["start_time"]), _minutes(often["end_time"])
        wrong["frequencies", "headway_secs"] = ~(pd.to_numeric(often["headway_secs"], errors="coerce") > 0)
        wrong["frequencies", "end_time"] = pd.Series(~(high > low), index=often.index)
        wrong["frequencies", "trip_id"] = ~often["trip_id"].isin(tables["trips"]["trip_id"])
    wrong["stop_times", "trip_id"] |= ~tables["stop_times"]["trip_id"].isin(tables["trips"]["trip_id"])
    faults = [
        Fault("gtfs_rows", {"file": f"{path}/{name}.txt", "column": column, "rows": excel_rows(np.flatnonzero(bad))})
        for (name, column), bad in wrong.items()
        if bad.any()
    ]
    if faults:
        raise TableError(*faults)


def _running(tables: dict[str, pd.DataFrame], path: Path, on: date) -> pd.DataFrame:
    """Return the day's trips by trip_id."""
    day = f"{on:%Y%m%d}"
    week, dates = tables.get("calendar"), tables.get("calendar_dates")
    if week is None and dates is None:
        raise TableError("gtfs_file", path=path, file="calendar.txt / calendar_dates.txt")
    services: set[str] = set()
    if week is not None and len(week):
        runs = (week["start_date"] <= day) & (day <= week["end_date"]) & (week[_DAYS[on.weekday()]] == "1")
        services |= set(week["service_id"][runs])
    if dates is not None and len(dates):
        told = dates[dates["date"] == day]
        services |= set(told["service_id"][told["exception_type"] == "1"])
        services -= set(told["service_id"][told["exception_type"] == "2"])
    trips = tables["trips"][tables["trips"]["service_id"].isin(services)]
    if trips.empty:
        raise TableError("gtfs_no_service", path=path, date=on.isoformat(), **_valid(week, dates))
    return trips.drop_duplicates("trip_id").set_index("trip_id")


def _valid(week: pd.DataFrame | None, dates: pd.DataFrame | None) -> dict[str, str]:
    """Return the first and last day a feed speaks of, written as the project file writes days."""
    days: list[str] = []
    if week is not None and len(week):
        days += [*week["start_date"], *week["end_date"]]
    if dates is not None and len(dates):
        days += list(dates["date"])
    first, last = (
        f"{day[:4]}-{day[4:6]}-{day[6:]}" if day else "-" for day in (min(days, default=""), max(days, default=""))
    )
    return {"first": first, "last": last}


def _in_order(stop_times: pd.DataFrame, trips: pd.DataFrame) -> pd.DataFrame:
    """Return the day's calls, by trip and in order."""
    calls = stop_times[stop_times["trip_id"].isin(trips.index)]
    order = pd.to_numeric(calls["stop_sequence"], errors="coerce")
    return calls.assign(stop_sequence=order).sort_values(["trip_id", "stop_sequence"], kind="stable")


def _timed(calls: pd.DataFrame, stops: gpd.GeoSeries, path: Path) -> pd.DataFrame:
    """Return the calls with arrive and depart in minutes; what is not given goes by straight distance between stops."""
    starts, ends = _ends(calls["trip_id"].to_numpy())
    arrive, depart, unread = _clocks(calls)
    known = ~np.isnan(arrive)
    wrong = unread | calls["stop_sequence"].isna().to_numpy() | ((starts | ends) & ~known)
    if known.any():
        along = _along(calls["position"].to_numpy(), stops, starts)
        arrive, depart = (np.interp(along, along[known], t[known]) for t in (arrive, depart))
    wrong |= (np.diff(arrive, prepend=-np.inf) < 0) & ~starts
    wrong |= depart < arrive
    if wrong.any():
        shown = calls.loc[wrong, "trip_id"].unique()
        raise TableError("gtfs_times", path=path, ids=three(shown), n=len(shown))
    return calls[["trip_id", "position"]].assign(arrive=arrive, depart=depart)


def _clocks(calls: pd.DataFrame) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]:
    """Return arrivals and departures, each standing for the other where only one is given, and what was unreadable."""
    texts = [calls.get(c, pd.Series("", index=calls.index)).str.strip() for c in ("arrival_time", "departure_time")]
    arrive, depart = (_minutes(t) for t in texts)
    unread = (np.isnan(arrive) & (texts[0] != "").to_numpy()) | (np.isnan(depart) & (texts[1] != "").to_numpy())
    return np.where(np.isnan(arrive), depart, arrive), np.where(np.isnan(depart), arrive, depart), unread


def _along(position: NDArray[np.int64], stops: gpd.GeoSeries, starts: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return how far along each call lies, in metres; trips follow one another a metre apart, stops 1 mm at least."""
    x, y = stops.x.to_numpy()[position], stops.y.to_numpy()[position]
    step = np.maximum(np.hypot(np.diff(x, prepend=0.0), np.diff(y, prepend=0.0)), 1e-3)
    along: NDArray[np.float64] = np.cumsum(np.where(starts, 1.0, step))
    return along


def _minutes(texts: pd.Series) -> NDArray[np.float64]:
    """Return H:MM:SS as minutes; NaN where nothing is said or it cannot be read."""
    parts = texts.str.strip().str.extract(r"^(\d+):([0-5]\d):([0-5]\d)$").astype(float)
    minutes: NDArray[np.float64] = (parts[0] * 60 + parts[1] + parts[2] / 60).to_numpy()
    return minutes


def _ends(trip: NDArray) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return which calls are the first of their trip, and which the last."""
    change = trip[1:] != trip[:-1]
    return np.append(True, change)[: len(trip)], np.append(change, True)[: len(trip)]


def _stops(stops: pd.DataFrame, calls: pd.DataFrame, layer: Layer, prefix: str) -> gpd.GeoDataFrame:
    """Return the stops that are called at, in the project CRS."""
    path = layer.path
    lost = sorted(set(calls["stop_id"]) - set(stops["stop_id"]))
    if lost:
        raise TableError("gtfs_stops", path=path, ids=three(lost), n=len(lost))
    used = stops[stops["stop_id"].isin(set(calls["stop_id"]))].drop_duplicates("stop_id")
    lon, lat = (pd.to_numeric(used[c], errors="coerce").to_numpy(dtype=float) for c in ("stop_lon", "stop_lat"))
    wild = ~((np.abs(lon) <= 180) & (np.abs(lat) <= 90))
    if wild.any():
        raise TableError("gtfs_places", path=path, ids=three(used.loc[wild, "stop_id"]), n=int(wild.sum()))
    points = convert(shapely.points(lon, lat), datum=layer.datum or "wgs84", crs=layer.crs, path=path)
    ids = pd.Index(prefix + used["stop_id"], name="stop_id")
    names = used.get("stop_name", used["stop_id"]).to_numpy()
    return gpd.GeoDataFrame({"name": names}, index=ids, geometry=points, crs=layer.crs)


def _route_names(routes: pd.DataFrame | None) -> dict[str, str]:
    if routes is None or routes.empty or "route_id" not in routes:
        return {}
    nothing = pd.Series("", index=routes.index)
    short, long = (routes.get(f"route_{kind}_name", nothing) for kind in ("short", "long"))
    return dict(zip(routes["route_id"], short.where(short != "", long), strict=True))


def _patterns(calls: pd.DataFrame, trips: pd.DataFrame) -> dict[tuple[str, ...], Pattern]:
    """Return one pattern a route and sequence of stops, by its trips."""
    trip, stops = calls["trip_id"].to_numpy(), calls["position"].to_numpy(dtype=np.int64)
    low = np.flatnonzero(_ends(trip)[0])
    high = np.append(low[1:], len(trip))
    told = trips.loc[trip[low], ["route_id", "line"]].astype(str).to_numpy()
    groups: dict[tuple[str, str, bytes], list[int]] = {}
    for i, (route, line) in enumerate(told):
        if high[i] - low[i] > 1:
            groups.setdefault((route, line, stops[low[i] : high[i]].tobytes()), []).append(i)
    times = calls[["arrive", "depart"]].to_numpy()
    made = {}
    for (_, line, _), members in sorted(groups.items()):
        rows = low[members][:, None] + np.arange(high[members[0]] - low[members[0]])
        made[tuple(trip[low[members]])] = Pattern(
            line=str(line), stops=stops[rows[0]], arrive=times[rows, 0], depart=times[rows, 1]
        )
    return made


def _repeated(patterns: dict[tuple[str, ...], Pattern], frequencies: pd.DataFrame | None) -> Iterator[Pattern]:
    """Yield the patterns; trips that frequencies.txt lists run at its headways instead of once."""
    known = {} if frequencies is None or frequencies.empty else dict(tuple(frequencies.groupby("trip_id")))
    for members, pattern in patterns.items():
        shifts = [_shifts(known.get(trip), pattern.depart[i, 0]) for i, trip in enumerate(members)]
        row = np.repeat(np.arange(len(shifts)), [len(s) for s in shifts])
        moved = np.concatenate(shifts)[:, None]
        yield Pattern(
            line=pattern.line,
            stops=pattern.stops,
            arrive=pattern.arrive[row] + moved,
            depart=pattern.depart[row] + moved,
        )


def _shifts(rows: pd.DataFrame | None, start: float) -> NDArray[np.float64]:
    """Return by how many minutes each run of a trip is later than the trip as listed; the end is no departure."""
    if rows is None:
        return np.zeros(1)
    low, high = (_minutes(rows[c]) for c in ("start_time", "end_time"))
    step = pd.to_numeric(rows["headway_secs"]).to_numpy(dtype=float) / 60
    runs = [np.arange(a, b - 1e-9, h) for a, b, h in zip(low, high, step, strict=True)]
    return np.concatenate(runs) - start
