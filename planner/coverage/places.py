"""Coverage by place and level, nominal coverage beside it, and the places that are not served."""

from collections.abc import Collection, Mapping

import geopandas as gpd
import numpy as np
import pandas as pd

from ..layers import ancestry, smallest_place
from .coverage import Coverage

COVERED_FROM = 0.9
PARTIAL_FROM = 0.5


def coverage_by_place(
    coverage: Coverage,
    places: gpd.GeoDataFrame,
    facilities: gpd.GeoDataFrame,
    *,
    nominal: tuple[str, int] | None = None,
) -> pd.DataFrame:
    """Return one row a place and weight: demand, covered, share, facilities, nominal.

    Args:
        coverage: one service's.
        places: PLACES; without polygons everything works from place_id alone.
        facilities: the service's facilities in service.
        nominal: (level, at least): every unit of the level must have so many facilities. The column `nominal`
            is 1 or 0 for such a unit, the share of its units that have enough for a place above, else missing.

    Demand in no place is in no row; `Coverage.share` counts it. Columns are those of coverage_by_place.csv.
    """
    up = ancestry(places)
    amounts = _by_ancestor(coverage, up)
    counts = facilities_by_place(facilities, places, up)
    rows = amounts.merge(places[["name", "level"]], left_on="place_id", right_index=True).reset_index(drop=True)
    rows["facilities"] = rows["place_id"].map(counts).fillna(0).astype(int)
    rows["nominal"] = rows["place_id"].map(_nominal(counts, places, up, nominal))
    rows["share"] = (rows["covered"] / rows["demand"]).where(rows["demand"] > 0)
    rows = rows.assign(service=coverage.service, mode=coverage.mode)
    order = ["place_id", "name", "level", "service", "mode", "weight", "demand", "covered", "share"]
    return rows[[*order, "facilities", "nominal"]].sort_values(["place_id", "weight"], ignore_index=True)


def uncovered_places(
    coverage: Coverage,
    by_place: pd.DataFrame,
    places: gpd.GeoDataFrame,
    *,
    weight: str,
    status: Mapping[str, float],
    no_data: Collection[str] = (),
) -> pd.DataFrame:
    """Return the places with uncovered demand, most first, with status and main cause.

    `status` gives covered_from and partial_from (shares); `no_data` are the places whose streets are too few to tell
    (`street_data_by_place`): unless covered, their status is no_data and their cause sparse_streets.
    `cause` is the one of most uncovered demand,
    `nearest_min` the weighted median of its minutes, missing where it lies beyond the cutoff.
    """
    rows = by_place[(by_place["weight"] == weight) & (by_place["demand"] > by_place["covered"])]
    rows = rows.assign(uncovered=rows["demand"] - rows["covered"])
    rows["status"] = place_status(rows.set_index("place_id")["share"], status, no_data).to_numpy()
    why = _why(coverage, ancestry(places), weight)
    rows = rows.merge(why, left_on="place_id", right_index=True, how="left")
    rows["cause"] = rows["cause"].mask(rows["status"] == "no_data", "sparse_streets")
    columns = ["place_id", "name", "level", "service", "weight", "demand", "uncovered", "share", "status", "cause"]
    ordered = rows.sort_values(["uncovered", "place_id"], ascending=[False, True], ignore_index=True)
    return ordered[[*columns, "nearest_min"]]


def place_status(
    share: "pd.Series[float]", limits: Mapping[str, float], no_data: Collection[str] = ()
) -> "pd.Series[str]":
    """Return covered, partial or uncovered by share; no_data for those of `no_data` (by index) that are not covered."""
    words = np.where(
        share >= limits["covered_from"], "covered", np.where(share >= limits["partial_from"], "partial", "uncovered")
    )
    told = pd.Series(words.astype(object), index=share.index)
    return told.mask(told.index.isin(no_data) & (told != "covered"), "no_data")


def facilities_by_place(facilities: gpd.GeoDataFrame, places: gpd.GeoDataFrame, up: pd.DataFrame) -> "pd.Series[int]":
    """Count facilities by place and every place above it: by polygon, else by the unit they declare."""
    declared = facilities.get("place_id", pd.Series(None, index=facilities.index, dtype=object))
    where = smallest_place(facilities.geometry, places)
    where = where.where(where.notna(), declared)
    counts: pd.Series[int] = (
        up[["place_id", "ancestor_id"]]
        .merge(where.rename("place_id").to_frame().reset_index(names="facility_id"), on="place_id")["ancestor_id"]
        .value_counts()
    )
    return counts


def _by_ancestor(coverage: Coverage, up: pd.DataFrame) -> pd.DataFrame:
    """Return place_id, weight, demand, covered summed over everything below each place."""
    weights = list(coverage.weights)
    covered = coverage.demand[weights].where(coverage.covered, 0.0)
    home = coverage.demand["place_id"] if "place_id" in coverage.demand else pd.Series(dtype=object)
    total = [
        frame.groupby(home)
        .sum()
        .rename_axis("place_id")
        .reset_index()
        .melt("place_id", var_name="weight", value_name=name)
        for frame, name in ((coverage.demand[weights], "demand"), (covered, "covered"))
    ]
    both = total[0].merge(total[1], on=["place_id", "weight"]).merge(up, on="place_id")
    sums = both.groupby(["ancestor_id", "weight"])[["demand", "covered"]].sum()
    return sums.reset_index().rename(columns={"ancestor_id": "place_id"})


def _nominal(
    counts: "pd.Series[int]", places: gpd.GeoDataFrame, up: pd.DataFrame, rule: tuple[str, int] | None
) -> "pd.Series[float]":
    if rule is None or not (places["level"] == rule[0]).any():
        return pd.Series(dtype=float)
    enough = units_with_enough(counts, places, rule).astype(float)
    above = up[up["place_id"].isin(enough.index)]
    shares: pd.Series[float] = above["place_id"].map(enough).groupby(above["ancestor_id"]).mean()
    return shares


def units_with_enough(counts: "pd.Series[int]", places: gpd.GeoDataFrame, rule: tuple[str, int]) -> "pd.Series[bool]":
    """Say of each unit of the rule's level whether it has so many facilities at least: nominal coverage, unit by unit.

    `counts` as `facilities_by_place` gives them; `rule` is the level and the number.
    """
    level, at_least = rule
    units = places.index[places["level"] == level]
    return counts.reindex(units).fillna(0) >= at_least


def _why(coverage: Coverage, up: pd.DataFrame, weight: str) -> pd.DataFrame:
    """Return the main cause and the weighted median time of uncovered demand by place."""
    amounts = coverage.demand[[weight, "place_id"]].rename(columns={weight: "amount"})
    rows = coverage.points[~coverage.covered].join(amounts).merge(up, on="place_id")
    group = rows["ancestor_id"]
    return pd.DataFrame(
        {
            "cause": main_of(group, rows["cause"], rows["amount"]),
            "nearest_min": weighted_median(group, rows["minutes"], rows["amount"]),
        }
    )


def weighted_median(group: pd.Series, minutes: pd.Series, amount: pd.Series) -> "pd.Series[float]":
    """Return by group the minutes half of the amount is within; missing where that is beyond the cutoff.

    Groups without an amount are left out, and rows without a group.
    """
    rows = pd.DataFrame({"group": group, "minutes": minutes, "amount": amount})
    rows = rows[rows["group"].notna() & (rows["amount"] > 0)]
    rows = rows.sort_values(["group", "minutes"], na_position="last")
    amounts = rows.groupby("group")["amount"]
    half = rows[amounts.cumsum() >= amounts.transform("sum") / 2]
    median: pd.Series[float] = half.drop_duplicates("group").set_index("group")["minutes"]
    return median


def main_of(group: pd.Series, what: pd.Series, amount: pd.Series) -> pd.Series:
    """Return by group the value with most amount; ties go to the first in order."""
    sums = amount.groupby([group.rename("group"), what.rename("what")]).sum().reset_index(name="amount")
    ordered = sums.sort_values(["group", "amount", "what"], ascending=[True, False, True])
    return ordered.drop_duplicates("group").set_index("group")["what"]
