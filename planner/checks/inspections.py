"""Checks of joint inspections: overdue, changes since, surveys owed, drawing, works across a line."""

from collections.abc import Iterator

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from ..borders import BorderRules, due_dates
from .figures import called
from .finding import Finding, check

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
    table = due_dates(lines, inspections, rules=border_rules)
    soon = on + pd.DateOffset(months=border_rules.warn_months)
    for line_id, row in table.iterrows():
        values = {"line": called(lines.loc[line_id]), "years": border_rules.years}
        if pd.isna(row["last"]):
            yield Finding(feature_id=str(line_id), variant="none", values=values, geometry=_where(lines, line_id))
        elif row["due"] < soon:
            late = float((on - row["due"]).days)
            values |= {"last": row["last"].date(), "due": row["due"].date(), "days": int(abs(late))}
            over = row["due"] < on
            yield Finding(
                feature_id=str(line_id),
                variant="" if over else "soon",
                severity=None if over else "warning",
                values=values,
                measure=late,
                tolerance=0.0,
                geometry=_where(lines, line_id),
            )


@check("BC-41", severity="warning", layer="lines", rule=RULE)
def changed_since(
    lines: gpd.GeoDataFrame, border_rules: BorderRules, inspections: pd.DataFrame | None = None
) -> Iterator[Finding]:
    """A line on which a river, a road or the ground changed after its last joint inspection.

    Such a line is inspected out of turn; the border itself stays where the agreement drew it. Judged
    by `changed`; an extra inspection on or after that day settles it.
    """
    if "changed" not in lines.columns:
        return
    last = due_dates(lines, inspections, rules=border_rules)["last"]
    if inspections is not None:
        extra = inspections[inspections["kind"] == "extra"].groupby("line_id")["inspected"].max()
        last = pd.concat([last, extra.reindex(lines.index)], axis=1).max(axis=1)
    for line_id, line in lines[lines["changed"].notna()].iterrows():
        if pd.isna(last[line_id]) or last[line_id] < line["changed"]:
            values = {"line": called(line), "changed": line["changed"].date()}
            yield Finding(feature_id=str(line_id), values=values, geometry=_where(lines, line_id))


@check("BC-42", severity="warning", layer="lines", rule="《行政区域界线管理条例》(国务院令第353号)第九条")
def survey_owed(lines: gpd.GeoDataFrame, border_rules: BorderRules, on: pd.Timestamp) -> Iterator[Finding]:
    """A line that a division change touched and that was not surveyed within twelve months.

    Judged by `redivided` and `surveyed`. `measure` is the days since the change.
    """
    if "redivided" not in lines.columns:
        return
    surveyed = lines["surveyed"] if "surveyed" in lines.columns else pd.Series(pd.NaT, index=lines.index)
    for line_id, line in lines[lines["redivided"].notna()].iterrows():
        done = pd.notna(surveyed[line_id]) and surveyed[line_id] >= line["redivided"]
        if not done and on > line["redivided"] + pd.DateOffset(months=border_rules.survey_months):
            values = {"line": called(line), "redivided": line["redivided"].date(), "months": border_rules.survey_months}
            days = float((on - line["redivided"]).days)
            yield Finding(feature_id=str(line_id), values=values, measure=days, geometry=_where(lines, line_id))


@check("BC-43", severity="info", layer="lines", rule="GB/T 17796-2009; 界线数字化要求")
def not_digitised(lines: gpd.GeoDataFrame, border_rules: BorderRules) -> Iterator[Finding]:
    """A line without a vector, drawn coarser than 1:50 000, or without imagery along it.

    Judged by the columns that the register has; a line with a geometry of its own has a vector unless
    it says no. `measure` is the denominator of its scale.
    """
    for line_id, line in lines.iterrows():
        scale = line.get("map_scale")
        vector = line.get("vector") == "no" or (pd.isna(line.get("vector")) and "vector" in lines and not line["drawn"])
        coarse = pd.notna(scale) and scale > border_rules.worst_scale
        imagery = line.get("imagery") == "no"
        for variant, lacks in (("vector", vector), ("scale", coarse), ("imagery", imagery)):
            if lacks:
                said = {
                    "line": called(line),
                    "scale": 0 if pd.isna(scale) else int(scale),
                    "worst": int(border_rules.worst_scale),
                }
                measure = float(scale) if variant == "scale" else None
                yield Finding(
                    feature_id=str(line_id),
                    variant=variant,
                    values=said,
                    measure=measure,
                    tolerance=border_rules.worst_scale if variant == "scale" else None,
                    geometry=_where(lines, line_id),
                )
                break


@check("BC-44", severity="warning", layer="works", rule="《行政区域界线管理条例》(国务院令第353号)第十条")
def works_across(works: gpd.GeoDataFrame, lines: gpd.GeoDataFrame) -> Iterator[Finding]:
    """Works whose ground crosses a border line without the number of an agreement.

    `measure` is the length of line inside the ground in metres; a touch is no crossing.
    """
    agreed = works["agreement"].notna() if "agreement" in works.columns else pd.Series(data=False, index=works.index)
    held = lines[lines.geometry.notna()]
    for work_id, work in works[~agreed].iterrows():
        inside = shapely.length(shapely.intersection(held.geometry.to_numpy(), work.geometry))
        for i in np.flatnonzero(inside > 0.1):
            values = {"name": work["name"], "line": called(held.iloc[i]), "length_m": float(inside[i])}
            yield Finding(
                feature_id=str(work_id),
                values=values,
                measure=float(inside[i]),
                tolerance=0.0,
                geometry=work.geometry,
            )


def _where(lines: gpd.GeoDataFrame, line_id: object) -> shapely.Geometry | None:
    shape: shapely.Geometry | None = lines.geometry[line_id]
    return shape
