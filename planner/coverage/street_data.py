"""Where the streets are too few to say who is served: people live there, and hardly any street is drawn."""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from .. import presets
from ..layers import ancestry, smallest_place
from ..network import StreetNetwork


def street_data_by_place(
    network: StreetNetwork,
    demand: gpd.GeoDataFrame,
    access_m: NDArray[np.float64],
    places: gpd.GeoDataFrame,
    *,
    weight: str,
) -> pd.DataFrame:
    """Return by place_id, for places where people live: people, far, far_share, km_per_km2, short.

    Args:
        network: the streets.
        demand: DEMAND with place_id and `weight`; `access_m` is how far each point is from the nearest street, metres.
        places: PLACES; without polygons `km_per_km2` is missing and the distances decide alone.
        weight: the column that counts people.

    `far` counts the people more than snap_warn_m (100 m) from any street. `short`: the streets are too few to tell
    coverage; either half the people are far, or a fifth are and there is less than 1 km of street a km2. The limits
    and their sources stand in presets/streets.toml [doctor].
    """
    limit: float = presets.load("modes")["limits"]["snap_warn_m"]["value"]
    doctor = {key: given["value"] for key, given in presets.load("streets")["doctor"].items()}
    up = ancestry(places)
    people = pd.DataFrame({"place_id": demand["place_id"].to_numpy(), "people": demand[weight].to_numpy()})
    people["far"] = np.where(access_m > limit, people["people"], 0.0)
    table = _above(people, up)
    table = table[table["people"] > 0]
    table["far_share"] = table["far"] / table["people"]
    table["km_per_km2"] = _density(network, places, up).reindex(table.index)
    thin = (table["far_share"] >= doctor["thin_share"]) & (table["km_per_km2"] < doctor["thin_km_per_km2"])
    table["short"] = (table["far_share"] >= doctor["far_share"]) | thin
    return table


def _above(rows: pd.DataFrame, up: pd.DataFrame) -> pd.DataFrame:
    """Return the sums of each place and of everything below it."""
    own = rows.groupby("place_id").sum().reset_index()
    summed: pd.DataFrame = own.merge(up, on="place_id").drop(columns="place_id").groupby("ancestor_id").sum()
    return summed.rename_axis("place_id")


def _density(network: StreetNetwork, places: gpd.GeoDataFrame, up: pd.DataFrame) -> "pd.Series[float]":
    """Return the kilometres of street by km2 of the place's polygon; each straight piece counts where its middle is."""
    drawn = places.geometry.notna().to_numpy()
    if not drawn.any():
        return pd.Series(dtype=float)
    step = np.diff(network.coords, axis=0)
    inside = np.ones(len(step), bool)
    inside[network.offsets[1:-1] - 1] = False
    middle = (network.coords[:-1] + step / 2)[inside]
    length = np.linalg.norm(step, axis=1)[inside]
    where = smallest_place(gpd.GeoSeries(shapely.points(middle), crs=network.crs), places)
    km = _above(pd.DataFrame({"place_id": where.to_numpy(), "km": length / 1000}), up)["km"]
    area = pd.Series(shapely.area(places.geometry[drawn].to_numpy()) / 1e6, index=places.index[drawn])
    density: pd.Series[float] = km.reindex(area.index).fillna(0.0) / area
    return density
