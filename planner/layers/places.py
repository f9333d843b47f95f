"""Places and what lies in them: the hierarchy, and the smallest place around a point."""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from ..tables import PLACES


def places_from_ids(place_ids: "pd.Series[str]", *, crs: str) -> gpd.GeoDataFrame:
    """Return communities named by their ids alone, for projects without a list of places."""
    ids = pd.Index(sorted(place_ids.dropna().unique()), name="place_id")
    columns = {"name": ids.to_numpy(), "level": "community", "parent_id": None}
    return gpd.GeoDataFrame(pd.DataFrame(columns, index=ids), geometry=[None] * len(ids), crs=crs)


def smallest_place(points: gpd.GeoSeries, places: gpd.GeoDataFrame) -> "pd.Series[str]":
    """Return the id of the childless place around each point; of overlapping ones the first by id.

    Missing where no polygon holds the point.
    """
    leaves = places[~places.index.isin(places["parent_id"].dropna()) & places.geometry.notna().to_numpy()].sort_index()
    result = pd.Series(None, index=points.index, dtype=object, name="place_id")
    if leaves.empty:
        return result
    tree = shapely.STRtree(leaves.geometry.to_numpy())
    row, hit = tree.query(points.to_numpy(), predicate="intersects")
    order = np.lexsort((hit, row))
    row, first = np.unique(row[order], return_index=True)
    result.iloc[row] = leaves.index[hit[order][first]]
    return result


def ancestry(places: pd.DataFrame) -> pd.DataFrame:
    """Return every place with each place above it and itself: columns place_id, ancestor_id.

    A circle of parents ends where it closes.
    """
    parent = places["parent_id"].where(places["parent_id"].isin(places.index))
    pairs, at = [], pd.Series(places.index, index=places.index)
    for _ in range(len(PLACES.column("level").choices) + 1):  # type: ignore[union-attr]
        known = at.dropna()
        pairs.append(pd.DataFrame({"place_id": known.index, "ancestor_id": known.to_numpy()}))
        at = known.map(parent)
    return pd.concat(pairs, ignore_index=True).drop_duplicates()
