"""Where things are in words and in degrees: names of places after their town, coordinates in both datums."""

import geopandas as gpd
import pandas as pd

from ..layers.crs import to_degrees
from ..layers.datums import wgs84_to_gcj02


def full_names(places: pd.DataFrame) -> "pd.Series[str]":
    """Return the name of each place after the name of its town."""
    towns = places["name"][places["level"] == "town"].to_dict()
    pairs = zip(places["parent_id"], places["name"], strict=True)
    named = [f"{towns[parent]} {name}" if parent in towns else str(name) for parent, name in pairs]
    return pd.Series(named, index=places.index, dtype=object)


def named_places(ids: pd.Series, places: pd.DataFrame) -> pd.Series:
    """Return the full name of each place, empty text where there is none."""
    return ids.map(full_names(places)).astype(object).fillna("")


def degrees(points: gpd.GeoSeries) -> pd.DataFrame:
    """Return lon_wgs84, lat_wgs84, lon_gcj02 and lat_gcj02 of points."""
    lon, lat = to_degrees(points.x.to_numpy(), points.y.to_numpy(), crs=str(points.crs))
    there = wgs84_to_gcj02(lon, lat)
    columns = {"lon_wgs84": lon, "lat_wgs84": lat, "lon_gcj02": there[0], "lat_gcj02": there[1]}
    return pd.DataFrame(columns, index=points.index)
