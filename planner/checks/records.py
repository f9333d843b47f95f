"""Checks of single records: dates, capacities and people that cannot be."""

from collections.abc import Iterator

import geopandas as gpd
import pandas as pd

from .. import presets
from ..tables import IN_SERVICE
from .finding import Finding, check

_CONTAINED = (
    ("pop60", "pop", "error"),
    ("pop80", "pop60", "error"),
    ("child", "pop", "error"),
    ("households", "pop", "warning"),
)


@check("FA-02", severity="warning", layer="facilities", rule="R55")
def impossible_date(facilities: gpd.GeoDataFrame, on: pd.Timestamp) -> Iterator[Finding]:
    """Dates that contradict each other, the status, or the project's day.

    Closed before it opened (error); listed in service though closed by the project's day, or though it opens
    later: neither is counted; listed as closed though it closes later; opened before 1900. A date is not
    judged where it is missing; facilities being built or planned may open later. `measure` is the days
    between the two dates.
    """
    empty = pd.Series(pd.NaT, index=facilities.index)
    opened, closed = (pd.to_datetime(facilities.get(c, empty)) for c in ("opened", "closed"))
    status = facilities.get("status", pd.Series(None, index=facilities.index, dtype=object))
    for facility_id in facilities.index[opened.notna() | closed.notna()]:
        start, end, state = opened[facility_id], closed[facility_id], status[facility_id]
        if found := _date_fault(start, end, IN_SERVICE if pd.isna(state) else state, on):
            variant, one, other = found
            values = {"name": facilities["name"][facility_id], "id": facility_id, "date": one.date().isoformat()}
            yield Finding(
                feature_id=str(facility_id),
                variant=variant,
                severity="error" if variant == "order" else None,
                values=values | {"other": other.date().isoformat()},
                measure=float(abs((one - other).days)),
                geometry=facilities.geometry[facility_id],
            )


@check("FA-04", severity="warning", layer="facilities", rule="JGJ 450-2018; 建标144-2010; R55")
def impossible_size(facilities: gpd.GeoDataFrame) -> Iterator[Finding]:
    """A capacity that cannot be: more nursing beds than beds (error), none at all, or an odd area a bed.

    In service with a capacity, or beds, of 0: it counts as there but serves nobody. Less than 6 m2 of building a
    bed, or more than 500: a unit or a column is mistaken. Missing figures are not judged. `measure` is the figure,
    `tolerance` what it is held against.
    """
    limits = presets.load("registers")["record"]
    low, high = float(limits["bed_m2_low"]["value"]), float(limits["bed_m2_high"]["value"])
    status = facilities.get("status", pd.Series(None, index=facilities.index, dtype=object))
    figures = pd.DataFrame(facilities).reindex(columns=["beds", "beds_nursing", "capacity", "area_m2"]).astype(float)
    for facility_id, row in figures[figures.notna().any(axis=1)].iterrows():
        running = pd.isna(status[facility_id]) or status[facility_id] == IN_SERVICE
        if found := _size_fault(row, low, high, running=running):
            variant, measure, limit = found
            yield Finding(
                feature_id=str(facility_id),
                variant=variant,
                severity="error" if variant == "nursing" else None,
                values={"name": facilities["name"][facility_id], "id": facility_id, "have": measure, "limit": limit},
                measure=measure,
                tolerance=limit,
                geometry=facilities.geometry[facility_id],
            )


@check("FA-05", severity="error", layer="demand", rule="R55; 统计口径")
def impossible_people(demand: gpd.GeoDataFrame) -> Iterator[Finding]:
    """A part that is larger than its whole: those over 60 than all, over 80 than over 60, children than all.

    More households than people is a warning: an address may hold households that are registered there and live
    elsewhere. Missing figures are not judged; half a person passes, for shares are spread over buildings.
    `measure` is the part, `tolerance` the whole.
    """
    for part, whole, severity in _CONTAINED:
        if part not in demand.columns or whole not in demand.columns:
            continue
        for demand_id, row in demand[demand[part] > demand[whole] + 0.5].iterrows():
            yield Finding(
                feature_id=str(demand_id),
                variant=part,
                severity=None if severity == "error" else severity,
                values={"id": demand_id, "part": float(row[part]), "whole": float(row[whole])},
                measure=float(row[part]),
                tolerance=float(row[whole]),
                people=float(row["pop"]) if "pop" in demand.columns and pd.notna(row["pop"]) else None,
                geometry=row.geometry,
            )


def _date_fault(
    opened: pd.Timestamp, closed: pd.Timestamp, status: str, on: pd.Timestamp
) -> tuple[str, pd.Timestamp, pd.Timestamp] | None:
    """Return the variant of the message and its two dates; the first that fits."""
    oldest = pd.Timestamp(int(presets.load("registers")["record"]["year_low"]["value"]), 1, 1)
    rules = (
        ("order", closed < opened, closed, opened),
        ("old", opened < oldest, opened, oldest),
        ("closed", status == IN_SERVICE and closed <= on, closed, on),
        ("future", status == IN_SERVICE and opened > on, opened, on),
        ("not_yet", status == "closed" and closed > on, closed, on),
    )
    return next(((variant, one, other) for variant, broken, one, other in rules if broken), None)


def _size_fault(row: "pd.Series[float]", low: float, high: float, *, running: bool) -> tuple[str, float, float] | None:
    """Return the variant of the message, the figure and what it is held against; the first that fits."""
    area = row["area_m2"] / row["beds"] if row["beds"] > 0 else float("nan")
    rules = (
        ("nursing", row["beds_nursing"] > row["beds"], row["beds_nursing"], row["beds"]),
        ("none", running and (row["capacity"] == 0 or row["beds"] == 0), 0.0, 1.0),
        ("no_area", running and row["area_m2"] == 0, 0.0, 1.0),
        ("cramped", area < low, area, low),
        ("vast", area > high, area, high),
    )
    return next(((v, float(m), float(t)) for v, broken, m, t in rules if broken), None)
