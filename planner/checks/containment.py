"""In which datum do points lie in the places they declare, or on the landmarks they are? Counted, not guessed."""

from collections.abc import Mapping
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely

from .road_fit import DECLARED, POINTS_MIN, Floats, in_china, moved

SHARE = 0.9  # the true datum brings nearly all home
LOSS = 0.05  # and at least so many more than the declared one
DOUBT = 4.0  # standard errors by which those that come home outnumber those that leave
LANDMARKS_MIN = 3  # domain research §2.4 E3
LANDMARK_M, LANDMARK_RATIO = 100.0, 3.0


@dataclass(frozen=True, kw_only=True)
class Homes:
    """What share of `n` points lies in the declared places under each hypothesis; `best` is sure, else missing."""

    best: str | None
    shares: Mapping[str, float]
    n: int


def homes(points: gpd.GeoDataFrame, places: gpd.GeoDataFrame) -> Homes | None:
    """Return what the declared places (`place_id`) say of the points; None for fewer than 50, or outside China.

    Sure is a hypothesis that brings 90 % home, 5 % more than the declared one, and where those that come
    home outnumber those that leave by four standard errors (McNemar, 1947). The declared one is sure
    where it brings 90 % home and no other does better.
    """
    if "place_id" not in points.columns:
        return None
    held = points[points["place_id"].isin(places.index) & points.geometry.notna()]
    xy = shapely.get_coordinates(held.geometry.to_numpy())
    if len(held) < POINTS_MIN or not in_china(xy, points.crs):
        return None
    areas = places.geometry.reindex(held["place_id"]).to_numpy()
    inside = {name: shapely.contains_xy(areas, *way.T) for name, way in moved(xy, points.crs).items()}
    shares = {name: float(hit.mean()) for name, hit in inside.items()}
    best = max(shares, key=lambda name: shares[name])
    return Homes(best=best if _sure(inside, best) else None, shares=shares, n=len(held))


def landmark_datum(points: gpd.GeoDataFrame, landmarks: gpd.GeoSeries) -> tuple[str | None, Mapping[str, float]]:
    """Return the hypothesis that brings points onto landmarks of the same index, and the median miss of each, metres.

    None without three landmarks, where none comes within 100 m, or where two come about as near.
    Source: domain research §2.4 E3.
    """
    both = points.index.intersection(landmarks.index)
    if len(both) < LANDMARKS_MIN:
        return None, {}
    xy = shapely.get_coordinates(points.geometry.loc[both].to_numpy())
    true: Floats = shapely.get_coordinates(landmarks.to_crs(points.crs).loc[both].to_numpy())
    miss = {name: float(np.median(np.hypot(*(way - true).T))) for name, way in moved(xy, points.crs).items()}
    first, second = sorted(miss, key=lambda name: miss[name])[:2]
    sure = miss[first] <= LANDMARK_M and miss[second] >= LANDMARK_RATIO * max(miss[first], 1.0)
    return (first if sure else None), miss


def _sure(inside: Mapping[str, "np.ndarray[tuple[int], np.dtype[np.bool_]]"], best: str) -> bool:
    if inside[best].mean() < SHARE:
        return False
    if best == DECLARED:
        return True
    come, leave = (inside[best] & ~inside[DECLARED]).sum(), (inside[DECLARED] & ~inside[best]).sum()
    enough = inside[best].mean() - inside[DECLARED].mean() >= LOSS
    return bool(enough and come - leave >= DOUBT * np.sqrt(come + leave))
