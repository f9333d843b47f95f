"""The places of a level that a rule is about: none at all would be kept by anything."""

import geopandas as gpd
import pandas as pd

from ..errors import TableError
from ..tables import LEVELS


def places_at(places: gpd.GeoDataFrame, key: str, level: str, kind: str | None = None) -> pd.Index:
    """Return the ids of the places of a level, and with `kind` of the urban or the rural ones among them.

    Raises:
        TableError: there are none, so what `key` asks for means nothing.
    """
    inside = places["level"] == level
    if not inside.any():
        have = set(places["level"])
        told = ", ".join(known for known in LEVELS if known in have)
        raise TableError("no_level", key=key, level=level, have=told)
    if kind is not None:
        inside &= places.get("urban_rural", pd.Series(None, index=places.index)) == kind
        if not inside.any():
            raise TableError("no_level_kind", key=key, level=level, kind=kind)
    found: pd.Index = places.index[inside]
    return found
