"""Points find their street: the nearest edge the mode may use, with the access leg counted."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from pyproj import CRS

from ..errors import TableError
from ..tables import three
from .modes import Mode
from .streets import StreetNetwork


@dataclass(frozen=True, kw_only=True)
class Snaps:
    """Where points touch the streets.

    Shapes (points,): edge int32 (position in the network), offset_m along its length from from_node,
    access_m straight from the point to the edge. `ids` are the points' ids; `mode` is the mode's name.
    """

    ids: pd.Index
    mode: str
    edge: NDArray[np.int32]
    offset_m: NDArray[np.float64]
    access_m: NDArray[np.float64]

    def to_frame(self, network: StreetNetwork, layer: str) -> pd.DataFrame:
        """Return point_id, layer, mode, edge_id, offset_m, access_m."""
        return pd.DataFrame(
            {
                "point_id": self.ids.astype(str),
                "layer": layer,
                "mode": self.mode,
                "edge_id": network.edge_id[self.edge],
                "offset_m": self.offset_m,
                "access_m": self.access_m,
            }
        )


def snap(network: StreetNetwork, points: gpd.GeoSeries | gpd.GeoDataFrame, *, mode: Mode) -> Snaps:
    """Return the nearest usable edge of each point; of equally near ones, the first in the network.

    Raises:
        TableError: what are no points, points in another CRS than the network's, or ids that repeat.
    """
    _refuse(network, points)
    edge, along, access = network.nearest.touch(points.geometry.to_numpy(), mode.bit)
    return Snaps(ids=points.index, mode=mode.name, edge=edge, offset_m=along * network.length_m[edge], access_m=access)


def _refuse(network: StreetNetwork, points: gpd.GeoSeries | gpd.GeoDataFrame) -> None:
    twice = points.index[points.index.duplicated()].unique()
    if len(twice):
        raise TableError("table_ids", table="points", ids=three(twice), n=len(twice))
    shapes = points.geometry.to_numpy()
    point = (shapely.get_type_id(shapes) == shapely.GeometryType.POINT) & ~shapely.is_empty(shapes)
    point[point] = np.isfinite(shapely.get_coordinates(shapes[point])).all(axis=1)
    if not point.all():
        raise TableError("not_points", ids=three(points.index[~point]), n=int((~point).sum()))
    if points.crs is not None and points.crs != CRS.from_user_input(network.crs):
        raise TableError("other_crs", points=points.crs.to_string(), network=network.crs)
