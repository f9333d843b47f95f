"""Joint inspection of border lines: due dates, a balanced roster, and how far patrol, stakes and drawing are."""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from .ellipsoid import length_m
from .rules import BorderRules


def due_dates(
    lines: pd.DataFrame, inspections: pd.DataFrame | None, *, on: pd.Timestamp, rules: BorderRules | None = None
) -> pd.DataFrame:
    """Return by line `last` and `due`: the same day five years on, the month's last where it has no such day.

    A line inspected on 2019-06-30 is due on 2024-06-30, one of 2024-02-29 on 2029-02-28. Missing: no record. Dates
    after `on` are none: nobody has been there yet.

    Source: 《行政区域界线管理条例》(2002), joint inspection every five years; 民法典 art. 202 for the missing day.
    """
    years = (rules or BorderRules.of()).years
    last = pd.to_datetime(lines.get("last_joint_inspection", pd.Series(pd.NaT, index=lines.index)))
    last = last.where(last <= on)
    if inspections is not None:
        done = inspections[(inspections["kind"] == "joint") & (inspections["inspected"] <= on)]
        joint = done.groupby("line_id")["inspected"].max()
        last = pd.concat([last, pd.to_datetime(joint.reindex(lines.index))], axis=1).max(axis=1)
    return pd.DataFrame({"last": last, "due": last + pd.DateOffset(years=years)}, index=lines.index)


def roster(
    lines: gpd.GeoDataFrame,
    inspections: pd.DataFrame | None,
    *,
    on: pd.Timestamp,
    crs: str,
    rules: BorderRules | None = None,
) -> pd.DataFrame:
    """Return line by line the year of its next joint inspection, no later than it is due, kilometres balanced.

    Columns: name, units, length_km, last, due, status (overdue, due, scheduled), year. Lines overdue or
    without a record come first of all, in the year of `on`. The longest lines are dealt first, each to the
    emptiest year it may have.
    """
    rules = rules or BorderRules.of()
    table = due_dates(lines, inspections, on=on, rules=rules).assign(length_km=kilometres(lines, crs=crs))
    overdue = table["due"].isna() | (table["due"] < on)
    soon = ~overdue & (table["due"].dt.year == on.year)
    table["status"] = np.select([overdue, soon], ["overdue", "due"], "scheduled")
    latest = table["due"].dt.year.fillna(on.year).clip(on.year, on.year + rules.years - 1).astype(int)
    table["year"] = _dealt(table["length_km"], latest, first=on.year)
    table["name"] = lines.get("name")
    columns = ["name", "units", "length_km", "last", "due", "status", "year"]
    return table.assign(units=lines["units"])[columns].sort_values(["year", "due"], kind="stable", na_position="first")


def kilometres(lines: gpd.GeoDataFrame, *, crs: str) -> "pd.Series[float]":
    """Return the length of each line: drawn or shared, on the ellipsoid; else the agreed; else none."""
    shapes = lines.geometry.to_numpy()
    drawn = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    km = pd.Series(lines.get("length_agreed_km", np.nan), index=lines.index, dtype=float).fillna(0.0)
    km[drawn] = length_m(shapes[drawn], crs=crs) / 1000.0
    return km


def patrolled(lines: gpd.GeoDataFrame, tracks: gpd.GeoDataFrame, *, crs: str, within_m: float = 100.0) -> pd.DataFrame:
    """Return by line `length_m` and `share` of its length within a distance of any track; 0 to 1, the ends included.

    Lines without a geometry are left out.
    """
    shapes = lines.geometry[lines.geometry.notna()]
    near = shapely.union_all(shapely.buffer(tracks.geometry.to_numpy(), within_m, quad_segs=64))
    length = shapely.length(shapes.to_numpy())
    held = shapely.length(shapely.intersection(shapes.to_numpy(), near))
    share = np.divide(held, length, out=np.zeros_like(held), where=length > 0.0)
    true = length_m(shapes.to_numpy(), crs=crs)
    return pd.DataFrame({"length_m": true, "share": np.minimum(share, 1.0)}, index=shapes.index)


def digitised(lines: gpd.GeoDataFrame, *, crs: str) -> pd.DataFrame:
    """Return kilometres by class: vector and imagery, vector alone, imagery alone, neither; they sum to all lines."""
    drawn = lines.geometry.notna() if "drawn" not in lines else lines["drawn"]
    said = lines["vector"] if "vector" in lines else pd.Series(None, index=lines.index, dtype=object)
    vector = said.eq("yes") | (said.isna() & drawn)
    imagery = lines["imagery"].eq("yes") if "imagery" in lines else pd.Series(data=False, index=lines.index)
    held = np.select([vector & imagery, vector, imagery], ["both", "vector", "imagery"], "neither")
    km = kilometres(lines, crs=crs).groupby(held).sum()
    table = km.reindex(["both", "vector", "imagery", "neither"], fill_value=0.0).rename("km").to_frame()
    whole = table["km"].sum()
    return table.assign(share=table["km"] / whole if whole else 0.0).rename_axis("digitised")


def replacement(register: gpd.GeoDataFrame, *, rules: BorderRules | None = None) -> pd.DataFrame:
    """Return by line the stakes that stand, how many are of the new type, and what the rest would cost in yuan."""
    rules = rules or BorderRules.of()
    held = register[register["standing"] & register["line_id"].notna()]
    new = held["model"].eq("new") if "model" in held else pd.Series(data=False, index=held.index)
    table = pd.DataFrame({"stakes": held.groupby("line_id").size(), "new": new.groupby(held["line_id"]).sum()})
    table["to_replace"] = table["stakes"] - table["new"]
    return table.assign(share=table["new"] / table["stakes"], cost=table["to_replace"] * rules.cost_yuan)


def _dealt(km: "pd.Series[float]", latest: "pd.Series[int]", *, first: int) -> "pd.Series[int]":
    """Return a year for each line from `first` to its latest, the longest dealt first to the emptiest year."""
    load: dict[int, float] = {}
    year: dict[object, int] = {}
    order = sorted(km.index, key=lambda i: (-float(km[i]), str(i)))
    for line in order:
        allowed = range(first, int(latest[line]) + 1)
        year[line] = min(allowed, key=lambda y: (load.get(y, 0.0), y))
        load[year[line]] = load.get(year[line], 0.0) + float(km[line])
    return pd.Series(year).reindex(km.index)
