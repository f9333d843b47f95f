"""Cut the streets of the demo city and close to walkers what the source does not know is a tunnel."""

from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from shapely import LineString

from .frame import DEGREES, DIGITS, STREET_BOX, in_metres

_BORE_M = 1000  # only the two bores under the river are longer than this in one piece
_PORTAL_M = 240  # a tunnel's slip roads lie within this distance of its axis


@dataclass(frozen=True, kw_only=True)
class Tunnel:
    """A road tunnel under the river: its axis from portal to portal, in degrees, and the reason."""

    name: str
    axis: tuple[tuple[float, float], ...]
    reason: str


TUNNELS = (
    Tunnel(
        name="武汉长江隧道",
        axis=(
            (114.2893, 30.5895),
            (114.2893, 30.5888),
            (114.2955, 30.5834),
            (114.3100, 30.5780),
            (114.3125, 30.5770),
            (114.3162, 30.5736),
        ),
        reason="武汉长江隧道(大智路—友谊大道)为机动车隧道,禁止行人通行",
    ),
    Tunnel(
        name="三阳路长江隧道",
        axis=(
            (114.2955, 30.6013),
            (114.3020, 30.5984),
            (114.3045, 30.5974),
            (114.3175, 30.5957),
            (114.3200, 30.5950),
            (114.3318, 30.5877),
        ),
        reason="三阳路长江隧道(三阳路—秦园路)为公铁两用隧道的机动车道,禁止行人通行",
    ),
)


def cut_streets(source: Path) -> gpd.GeoDataFrame:
    """Cut whole edges that meet the street box, keep the largest component, give stable ids.

    Returns columns way_id, highway, u, v, geometry in degrees; u and v are the source's nodes.
    """
    streets = gpd.read_parquet(source).to_crs(DEGREES)
    streets = streets[streets.intersects(shapely.box(*STREET_BOX))]
    streets = _largest_component(streets).sort_values(["u", "v", "key"], ignore_index=True)
    streets["geometry"] = shapely.transform(streets.geometry, lambda xy: np.round(xy, DIGITS))
    streets["way_id"] = [f"w{number:05d}" for number in range(1, len(streets) + 1)]
    return streets[["way_id", "highway", "u", "v", "geometry"]]


def close_tunnels(streets: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return the corrections: every way of a tunnel is a tunnel and closed on foot."""
    rows = [
        (way_id, key, value, tunnel.reason)
        for tunnel in TUNNELS
        for way_id in tunnel_ways(streets, tunnel)
        for key, value in (("foot", "no"), ("tunnel", "yes"))
    ]
    return pd.DataFrame(rows, columns=["way_id", "key", "value", "reason"])


def tunnel_ways(streets: gpd.GeoDataFrame, tunnel: Tunnel) -> list[str]:
    """Return the ways of a tunnel, sorted: from the edges under the river outwards to the surface.

    Under ground only primary roads and their slip roads meet; the first node where another class
    of street joins, or the portal, is the surface.
    """
    axis = LineString(tunnel.axis)
    zone = axis.buffer(_PORTAL_M / 111_000, cap_style="flat")
    below = streets[streets.highway.str.startswith("primary") & streets.within(zone)]
    open_air = streets[~streets.highway.str.startswith("primary")]
    surface = {*open_air.u, *open_air.v}
    start = below.way_id[in_metres(below).length > _BORE_M]
    return sorted(_flood(below, set(start), surface))


def _flood(ways: gpd.GeoDataFrame, found: set[str], stops: set[int]) -> set[str]:
    """Grow a set of ways over shared nodes, but not across the nodes in `stops`."""
    while True:
        inner = ways[ways.way_id.isin(found)]
        nodes = {*inner.u, *inner.v} - stops
        grown = set(ways.way_id[ways.u.isin(nodes) | ways.v.isin(nodes)]) | found
        if grown == found:
            return found
        found = grown


def _largest_component(streets: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    nodes, ends = np.unique(streets[["u", "v"]].to_numpy(), return_inverse=True)
    ends = ends.reshape(-1, 2)
    shape = (len(nodes), len(nodes))
    graph = coo_matrix((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), shape=shape)
    part = connected_components(graph, directed=False)[1]
    return streets[part[ends[:, 0]] == np.bincount(part).argmax()]
