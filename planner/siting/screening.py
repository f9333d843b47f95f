"""Which candidates may be proposed at all, and why the others may not."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

REASONS = ("excluded", "too_small", "no_area", "near_existing")


@dataclass(frozen=True, kw_only=True)
class Screened:
    """Candidates that passed (`kept`), and by candidate_id those that did not (`rejected`).

    rejected: reason (of `REASONS`, the first that holds in that order), detail (the existing facility or the number of
    the exclusion polygon from 1), measure and limit (m2 or m; missing where nothing is measured), geometry.
    """

    kept: gpd.GeoDataFrame
    rejected: gpd.GeoDataFrame


def screen_candidates(
    candidates: gpd.GeoDataFrame,
    *,
    exclusions: gpd.GeoSeries | None = None,
    area_min_m2: float | None = None,
    existing: gpd.GeoSeries | None = None,
    spacing_m: float | None = None,
) -> Screened:
    """Part the candidates into those that may be proposed and those that may not.

    candidates: CANDIDATES. exclusions: polygons no site may touch. area_min_m2: floor area needed; a listed candidate
    without area is rejected, a point on a street (origin "street") only shows where to look and passes.
    existing, spacing_m: facilities that a new one must be at least so far from, in a straight line.
    """
    found = [
        _excluded(candidates, exclusions),
        *_small(candidates, area_min_m2),
        _near(candidates, existing, spacing_m),
    ]
    table = pd.concat(found)
    table = table[~table.index.duplicated()].reindex(candidates.index[candidates.index.isin(table.index)])
    out = candidates.index.isin(table.index)
    rejected = gpd.GeoDataFrame(table, geometry=candidates.geometry[out].to_numpy(), crs=candidates.crs)
    return Screened(kept=candidates[~out], rejected=rejected.rename_axis("candidate_id"))


def _rejected(ids: pd.Index, reason: str, **columns: object) -> pd.DataFrame:
    wanted = {"reason": reason, "detail": None, "measure": np.nan, "limit": np.nan} | columns
    frame = pd.DataFrame(wanted, index=ids, columns=["reason", "detail", "measure", "limit"])
    return frame.astype({"reason": object, "detail": object, "measure": float, "limit": float})


def _excluded(candidates: gpd.GeoDataFrame, exclusions: gpd.GeoSeries | None) -> pd.DataFrame:
    if exclusions is None:
        return _rejected(candidates.index[:0], "excluded")
    tree = shapely.STRtree(exclusions.to_numpy())
    which, polygon = tree.query(candidates.geometry.to_numpy(), predicate="intersects")
    order = np.lexsort((polygon, which))
    which, first = np.unique(which[order], return_index=True)
    return _rejected(candidates.index[which], "excluded", detail=[str(n + 1) for n in polygon[order][first]])


def _small(candidates: gpd.GeoDataFrame, area_min_m2: float | None) -> list[pd.DataFrame]:
    if area_min_m2 is None:
        return []
    area = candidates.get("area_m2", pd.Series(np.nan, index=candidates.index)).astype(float)
    small = candidates.index[area < area_min_m2]
    unknown = candidates.index[area.isna() & (candidates["origin"] != "street")]
    return [
        _rejected(small, "too_small", measure=area[small].to_numpy(), limit=area_min_m2),
        _rejected(unknown, "no_area", limit=area_min_m2),
    ]


def _near(candidates: gpd.GeoDataFrame, existing: gpd.GeoSeries | None, spacing_m: float | None) -> pd.DataFrame:
    if spacing_m is None or existing is None or existing.empty:
        return _rejected(candidates.index[:0], "near_existing")
    existing = existing.sort_index()
    tree = shapely.STRtree(existing.to_numpy())
    which, metres = tree.query_nearest(candidates.geometry.to_numpy(), return_distance=True, all_matches=False)
    near = metres < spacing_m
    told = {"detail": existing.index[which[1][near]].astype(str), "measure": metres[near], "limit": spacing_m}
    return _rejected(candidates.index[which[0][near]], "near_existing", **told)
