"""Places and what lies in them: who is above whom, also by the codes alone, and the smallest place around a point."""

import re

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from ..tables import LEVELS, PLACES

_CODE = re.compile(r"^(\d{6}|\d{9}|\d{12})$", re.ASCII)
_STEP = {12: 9, 9: 6, 6: 4}  # where the digits of a level begin, by where they end


def places_from_ids(place_ids: "pd.Series[str]", *, crs: str) -> gpd.GeoDataFrame:
    """Return communities named by their ids alone, for projects without a list of places."""
    ids = pd.Index(sorted(place_ids.dropna().unique()), name="place_id")
    columns = {"name": ids.to_numpy(), "level": "community", "parent_id": None}
    return gpd.GeoDataFrame(pd.DataFrame(columns, index=ids), geometry=[None] * len(ids), crs=crs)


def smallest_place(points: gpd.GeoSeries, places: gpd.GeoDataFrame) -> "pd.Series[str]":
    """Return the id of the place around each point: of several the lowest level, then the smallest area, then the id.

    Missing where no polygon holds the point.
    """
    drawn = places[places.geometry.notna().to_numpy()].sort_index()
    rank = drawn["level"].map({level: -i for i, level in enumerate(LEVELS)}).fillna(1.0).to_numpy()
    drawn = drawn.iloc[np.lexsort((shapely.area(drawn.geometry.to_numpy()), rank))]  # a stable sort: ties stay by id
    result = pd.Series(None, index=points.index, dtype=object, name="place_id")
    if drawn.empty:
        return result
    tree = shapely.STRtree(drawn.geometry.to_numpy())
    row, hit = tree.query(points.to_numpy(), predicate="intersects")
    order = np.lexsort((hit, row))
    row, first = np.unique(row[order], return_index=True)
    result.iloc[row] = drawn.index[hit[order][first]]
    return result


def with_parents(places: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return places that have a parent_id column; where the file told no parent at all, parents are told by the codes.

    Source: GB/T 2260 (6 digits: two for the province, the city and the county each) and GB/T 10114 (three more for the
    town, and three for the community). Codes filled up with zeros are understood; the nearest code that is in the table
    is the parent.
    """
    told = places.get("parent_id")
    if told is not None and told.notna().any():
        return places
    known = frozenset(places.index)
    parents = [next((code for code in _above(str(i)) if code in known), None) for i in places.index]
    return places.assign(parent_id=pd.Series(parents, index=places.index, dtype=object))


def levels_of_codes(codes: "pd.Series[str]") -> "pd.Series[str] | None":
    """Return the levels of division codes of 6, 9 or 12 digits, by how far they are not zeros; None where any is none.

    Source: GB/T 2260 and GB/T 10114, as `with_parents` reads them. Provinces are no level of ours.
    """
    if not len(codes) or not codes.str.match(_CODE).all():
        return None
    bare = codes.str.replace("(000){1,2}$", "", regex=True).where(codes.str.len() > 6, codes)
    bare = bare.str.replace("00$", "", regex=True).where(bare.str.len() == 6, bare)
    levels = bare.str.len().map({4: "city", 6: "county", 9: "town", 12: "community"})
    return None if levels.isna().any() or bare.str.endswith("00").any() else levels


def _above(code: str) -> list[str]:
    """Return the codes above a division code, nearest first, plain and filled up with zeros to twelve digits."""
    if not _CODE.match(code):
        return []
    full = code.ljust(12, "0")
    own = next(n for n in (12, 9, 6, 4) if n == 4 or set(full[_STEP[n] : n]) != {"0"})
    plain = [full[:n] if n > 4 else f"{full[:4]}00" for n in (9, 6, 4) if n < own]
    return [form for above in plain for form in (above, above.ljust(12, "0"))]


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


def place_of(points: gpd.GeoDataFrame, places: gpd.GeoDataFrame) -> "pd.Series[str]":
    """Return the smallest place of each point: that around it, else the one it declares; missing: neither is known."""
    around = smallest_place(points.geometry, places)
    declared = points.get("place_id", pd.Series(None, index=points.index, dtype=object))
    return around.where(around.notna(), declared.where(declared.isin(places.index)))


def unit_above(place_ids: "pd.Series[str]", places: pd.DataFrame, *, level: str) -> "pd.Series[str]":
    """Return the place of a level that each place is or lies in; missing where there is none."""
    up = ancestry(places)
    up = up[up["ancestor_id"].map(places["level"]) == level].drop_duplicates("place_id")
    found: pd.Series[str] = place_ids.map(up.set_index("place_id")["ancestor_id"])
    return found
