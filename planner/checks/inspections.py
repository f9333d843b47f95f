"""Checks of joint inspections: overdue, changes since, surveys owed, drawing, works, dates that are yet to come."""

from collections.abc import Iterator

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from ..borders import BorderRules, due_dates, length_m
from .finding import Finding, Term, check
from .level import TOUCH_MIN_M
from .subjects import called, of_line

RULE = "《行政区域界线管理条例》(国务院令第353号); 《省级行政区域界线联合检查实施办法》(民政部令第28号)"


@check("BC-40", severity="error", layer="lines", rule=RULE)
def inspection_overdue(
    lines: gpd.GeoDataFrame, border_rules: BorderRules, on: pd.Timestamp, inspections: pd.DataFrame | None = None
) -> Iterator[Finding]:
    """A line whose last joint inspection is more than five years ago, or that has no record of one.

    Due on the same day five years later, of 29 February on the 28th where the year has no 29th. Due
    within twelve months of the project's date is a warning. Judged where the register or the table
    of inspections gives dates at all. `measure` is the days since it was due; before that it is
    negative.
    """
    if "last_joint_inspection" not in lines.columns and inspections is None:
        return
    table = due_dates(lines, inspections, on=on, rules=border_rules)
    soon, ahead = on + pd.DateOffset(months=border_rules.warn_months), _ahead(lines, inspections, on)
    for line_id, row in table.iterrows():
        line, values = lines.loc[line_id], {"years": border_rules.years}
        if pd.isna(row["last"]) and line_id not in ahead:
            yield of_line(line, values, variant="none")
        elif row["due"] < soon:
            late, over = float((on - row["due"]).days), row["due"] < on
            values |= {"last": row["last"].date(), "due": row["due"].date(), "days": int(abs(late))}
            told = {} if over else {"variant": "soon", "severity": "warning"}
            yield of_line(line, values, measure=late, tolerance=0.0, **told)


@check("BC-41", severity="warning", layer="lines", rule=RULE)
def changed_since(
    lines: gpd.GeoDataFrame, border_rules: BorderRules, on: pd.Timestamp, inspections: pd.DataFrame | None = None
) -> Iterator[Finding]:
    """A line on which a river, a road or the ground changed after its last joint inspection.

    Such a line is inspected out of turn; the border itself stays where the agreement drew it. Judged
    by `changed`; an extra inspection on or after that day settles it.
    """
    if "changed" not in lines.columns:
        return
    last = due_dates(lines, inspections, on=on, rules=border_rules)["last"]
    if inspections is not None:
        held = inspections[(inspections["kind"] == "extra") & (inspections["inspected"] <= on)]
        extra = held.groupby("line_id")["inspected"].max()
        last = pd.concat([last, extra.reindex(lines.index)], axis=1).max(axis=1)
    for line_id, line in lines[lines["changed"].notna()].iterrows():
        if pd.isna(last[line_id]) or last[line_id] < line["changed"]:
            yield of_line(line, {"changed": line["changed"].date()})


@check("BC-42", severity="warning", layer="lines", rule="《行政区域界线管理条例》(国务院令第353号)第九条")
def survey_owed(lines: gpd.GeoDataFrame, border_rules: BorderRules, on: pd.Timestamp) -> Iterator[Finding]:
    """A line that a division change touched and that was not surveyed within twelve months.

    Judged by `redivided` and `surveyed`. `measure` is the days since the change.
    """
    if "redivided" not in lines.columns:
        return
    surveyed = lines["surveyed"] if "surveyed" in lines.columns else pd.Series(pd.NaT, index=lines.index)
    for line_id, line in lines[lines["redivided"].notna()].iterrows():
        done = pd.notna(surveyed[line_id]) and line["redivided"] <= surveyed[line_id] <= on
        if not done and on > line["redivided"] + pd.DateOffset(months=border_rules.survey_months):
            values = {"redivided": line["redivided"].date(), "months": border_rules.survey_months}
            yield of_line(line, values, measure=float((on - line["redivided"]).days))


@check("BC-43", severity="info", layer="lines", rule="GB/T 17796-2009; 界线数字化要求")
def not_digitised(lines: gpd.GeoDataFrame, border_rules: BorderRules) -> Iterator[Finding]:
    """A line without a vector, drawn coarser than 1:50 000, or without imagery along it.

    Judged by the columns that the register has; a line with a geometry of its own has a vector unless
    it says no. `measure` is the denominator of its scale.
    """
    worst = border_rules.worst_scale
    for _, line in lines.iterrows():
        scale = line.get("map_scale")
        vector = line.get("vector") == "no" or (pd.isna(line.get("vector")) and "vector" in lines and not line["drawn"])
        coarse = pd.notna(scale) and scale > worst
        if vector:
            yield of_line(line, variant="vector")
        elif coarse:
            values = {"scale": int(scale), "worst": int(worst)}
            yield of_line(line, values, variant="scale", measure=float(scale), tolerance=worst)
        elif line.get("imagery") == "no":
            yield of_line(line, variant="imagery")


@check("BC-44", severity="warning", layer="works", rule="《行政区域界线管理条例》(国务院令第353号)第十条")
def works_across(works: gpd.GeoDataFrame, lines: gpd.GeoDataFrame, crs: str) -> Iterator[Finding]:
    """Works whose ground crosses a border line without the number of an agreement.

    `measure` is the length of line inside the ground in metres, on the ellipsoid; a touch is no crossing.
    """
    agreed = works["agreement"].notna() if "agreement" in works.columns else pd.Series(data=False, index=works.index)
    held = lines[lines.geometry.notna()]
    for work_id, work in works[~agreed].iterrows():
        inside = length_m(shapely.intersection(held.geometry.to_numpy(), work.geometry), crs=crs)
        for i in np.flatnonzero(inside > TOUCH_MIN_M):
            values = {"name": work["name"], "line": called(held.iloc[i]), "length_m": float(inside[i])}
            yield Finding(
                feature_id=str(work_id),
                values=values,
                measure=float(inside[i]),
                tolerance=0.0,
                geometry=work.geometry,
            )


_PAST = {
    "lines": ("last_joint_inspection", "changed", "redivided", "surveyed"),
    "inspections": ("inspected",),
    "stakes": ("last_patrol",),
    "tracks": ("patrolled",),
}
"""Columns that tell of what has happened, by table; when a stake is to be mended may lie ahead."""


@check("BC-45", severity="error", layer="lines", rule=RULE)
def not_yet(
    on: pd.Timestamp,
    lines: gpd.GeoDataFrame | None = None,
    inspections: pd.DataFrame | None = None,
    register: gpd.GeoDataFrame | None = None,
    tracks: gpd.GeoDataFrame | None = None,
) -> Iterator[Finding]:
    """A date of something done (inspection, survey, patrol, change) that lies after the project's date.

    Mostly a slip in the year: 2062 for 2022 would make a line safe for forty years. Such a date counts for nothing: the
    line is due by the date before it. `feature_id` is the line, the number of the stake, or the id of the
    inspection or the track; `measure` counts the days ahead.
    """
    tables = {"lines": lines, "inspections": inspections, "stakes": register, "tracks": tracks}
    for layer, frame in ((name, frame) for name, frame in tables.items() if frame is not None):
        for column in (c for c in _PAST[layer] if c in frame):
            for row_id, row in frame[frame[column] > on].iterrows():
                number = str(row["number"]) if layer == "stakes" else str(row_id)
                what = Term(f"past_of_{layer}", {"id": called(row) if layer == "lines" else number})
                values = {"what": what, "column": Term(f"past_{column}"), "day": row[column].date(), "on": on.date()}
                yield Finding(
                    feature_id=number,
                    layer=layer,
                    values=values,
                    measure=float((row[column] - on).days),
                    tolerance=0.0,
                    geometry=row.get("geometry"),
                )


def _ahead(lines: pd.DataFrame, inspections: pd.DataFrame | None, on: pd.Timestamp) -> set[object]:
    """Return the lines with a joint inspection after the day, which BC-45 tells of."""
    last = lines["last_joint_inspection"] if "last_joint_inspection" in lines else pd.Series(dtype="datetime64[s]")
    found = set(last.index[last > on])
    return found if inspections is None else found | set(inspections.loc[inspections["inspected"] > on, "line_id"])
