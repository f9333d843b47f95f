"""Place codes that demand and facilities declare: those the places have, those they do not, and none that fits."""

from collections.abc import Iterable, Mapping

import geopandas as gpd
import pandas as pd

from ..errors import TableError
from ..tables import three
from .places import smallest_place


def declared(points: gpd.GeoDataFrame) -> "pd.Series[str]":
    """Return the place codes that a layer declares, all missing where it has no such column."""
    empty = pd.Series(None, index=points.index, dtype=object)
    codes: pd.Series[str] = points.get("place_id", empty)
    return codes


def placed(demand: gpd.GeoDataFrame, places: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return demand with its place: the declared one where the list has it, else the polygon around it."""
    codes = declared(demand)
    known = codes.where(codes.isin(places.index))
    return demand.assign(place_id=known.where(known.notna(), smallest_place(demand.geometry, places)))


def strays_of(layers: Iterable[tuple[str, gpd.GeoDataFrame | None]], places: gpd.GeoDataFrame | None) -> pd.DataFrame:
    """Return what declares a code that is not among the places: index feature_id; layer, place_id.

    Empty where the project lists no places. Place names may be registered in a unit below those of the list.
    """
    frames = [pd.DataFrame({"layer": name, "place_id": declared(rows)}) for name, rows in layers if rows is not None]
    whole = pd.concat([pd.DataFrame({"layer": [], "place_id": []}, dtype=object), *frames]).rename_axis("feature_id")
    whole = whole[whole["place_id"].notna() & (places is not None)]
    if places is None or whole.empty:
        return whole
    below = (whole["layer"] == "names") & whole["place_id"].astype(str).str.startswith(tuple(places.index.astype(str)))
    return whole[~whole["place_id"].isin(places.index) & ~below]


def refuse_strangers(
    demand: gpd.GeoDataFrame, strays: pd.DataFrame, places: gpd.GeoDataFrame, *, paths: Mapping[str, Iterable[str]]
) -> None:
    """Refuse demand of which no declared code is among the places, where no polygon holds any of it either.

    Raises:
        TableError: so; `paths` names the files by layer.
    """
    lost = strays[strays["layer"] == "demand"]
    if len(lost) and demand["place_id"].isna().all():
        files = {"path": ", ".join(paths["demand"]), "places": ", ".join(paths["places"])}
        codes = lost["place_id"].unique()
        raise TableError("no_code_known", **files, codes=three(codes), have=three(places.index))
