"""Points find their street: the nearest edge the mode may use, with the access leg counted."""

from dataclasses import dataclass
from hashlib import blake2b

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from pyproj import CRS

from ..errors import TableError
from ..tables import three
from .build import z_order
from .modes import Mode
from .streets import StreetNetwork

REMEMBERED = 2_000_000  # points; 40 MB


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
        TableError: points in another CRS than the network's, or ids that repeat.
    """
    _refuse(network, points)
    edge, along, access = _touch(network, points.geometry.to_numpy(), mode)
    return Snaps(ids=points.index, mode=mode.name, edge=edge, offset_m=along * network.length_m[edge], access_m=access)


Touch = tuple[NDArray[np.int32], NDArray[np.float64], NDArray[np.float64]]


def _touch(network: StreetNetwork, shapes: NDArray, mode: Mode) -> Touch:
    """Return edge, share along it and distance of each point; the network remembers the last ones.

    A run asks a dozen times for the same homes: for the nearest, the matrix, every band, each what-if.
    """
    asked = (mode.bit, len(shapes), blake2b(shapely.get_coordinates(shapes)).digest())
    known: dict[tuple[int, int, bytes], Touch] = network.touched
    if asked not in known:
        while known and sum(n for _, n, _ in known) + len(shapes) > REMEMBERED:
            del known[next(iter(known))]
        known[asked] = _nearest(network, shapes, mode)
    return known[asked]


def _nearest(network: StreetNetwork, shapes: NDArray, mode: Mode) -> Touch:
    usable, tree = network.tree(mode)
    by_place = z_order(shapely.get_coordinates(shapes)) if len(shapes) else np.arange(0)  # near ones in turn: quicker
    (row, hit), distance = tree.query_nearest(shapes[by_place], return_distance=True)
    row = by_place[row]
    order = np.lexsort((usable[hit], row))
    row, first = np.unique(row[order], return_index=True)
    chosen = order[first]
    edge = usable[hit[chosen]].astype(np.int32)
    along = shapely.line_locate_point(network.lines[edge], shapes[row], normalized=True)
    found = edge, along, distance[chosen]
    for values in found:
        values.setflags(write=False)
    return found


def _refuse(network: StreetNetwork, points: gpd.GeoSeries | gpd.GeoDataFrame) -> None:
    twice = points.index[points.index.duplicated()].unique()
    if len(twice):
        raise TableError("table_ids", table="points", ids=three(twice), n=len(twice))
    if points.crs is not None and points.crs != CRS.from_user_input(network.crs):
        raise TableError("other_crs", points=points.crs.to_string(), network=network.crs)
