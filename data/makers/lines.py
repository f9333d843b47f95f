"""Draw bus and metro lines for the demo: synthetic lines over real streets, with stops in order."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra

from .frame import SAMPLE, chance, in_metres, study_area, to_degrees, to_metres
from .streets import close_tunnels

BUSES = 12
_STEP_M = {"公交": 480.0, "地铁": 1150.0}
_APART_M = (3800.0, 7800.0)  # between the ends of a bus line, as the crow flies
_BUS_KMH = 18.0
_CORNER_M = 150.0  # a stop is no farther from a corner than this
_SIDE_STREETS = 4.0  # how many times longer a street that is no main road counts for a bus
_MAIN = ("trunk", "primary", "secondary", "tertiary")
# From bank to bank, degrees: two axes that no bus takes.
_METRO_AXES = (((114.2570, 30.5960), (114.3220, 30.5400)), ((114.2560, 30.5450), (114.3220, 30.5990)))


@dataclass(frozen=True, kw_only=True)
class Streets:
    """The streets as a graph: end nodes and main-road lengths by way, node places in metres."""

    ends: NDArray[np.int64]
    cost: NDArray[np.float64]
    lines: NDArray
    xy: NDArray[np.float64]
    inside: NDArray[np.int64]

    @classmethod
    def read(cls, ways: gpd.GeoDataFrame) -> "Streets":
        """Read the ways that `cut_streets` returns."""
        ids, ends = np.unique(ways[["u", "v"]].to_numpy(), return_inverse=True)
        ends = ends.reshape(-1, 2)
        metric = in_metres(ways)
        main = ways["highway"].isin(_MAIN).to_numpy()
        xy = np.zeros((len(ids), 2))
        xy[ends[:, 0]] = shapely.get_coordinates(shapely.get_point(metric.geometry.to_numpy(), 0))
        xy[ends[:, 1]] = shapely.get_coordinates(shapely.get_point(metric.geometry.to_numpy(), -1))
        corners = np.unique(ends[main])
        area = shapely.points(to_metres(*shapely.get_coordinates(study_area()).T))
        low, high = shapely.get_coordinates(area).min(axis=0), shapely.get_coordinates(area).max(axis=0)
        keep = ((xy[corners] >= low) & (xy[corners] <= high)).all(axis=1)
        cost = np.where(main, 1.0, _SIDE_STREETS) * metric.length.to_numpy()
        return cls(ends=ends, cost=cost, lines=metric.geometry.to_numpy(), xy=xy, inside=corners[keep])


def make_lines(ways: gpd.GeoDataFrame, places: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return the table of lines, one row a line and stop; every line runs both ways, none through a tunnel."""
    closed = close_tunnels(ways)["way_id"]
    streets, random = Streets.read(ways[~ways["way_id"].isin(closed)]), chance("lines")
    rows = []
    for number in range(1, BUSES + 1):
        route = _bus_route(streets, random)
        often = int(random.integers(6, 13))
        rows.append(_table(streets, f"示例公交{number}路", "公交", route, ("06:00", "21:30", often)))
    for number, axis in enumerate(_METRO_AXES, 1):
        route = shapely.LineString(to_metres(*np.array(axis).T))
        rows.append(_table(streets, f"示例地铁{number}号线", "地铁", route, ("06:00", "22:30", 3 + number)))
    return _named(pd.concat(rows, ignore_index=True), places)


def _bus_route(streets: Streets, random: np.random.Generator) -> shapely.LineString:
    """Return a way along main roads between two corners that lie well apart."""
    while True:
        a, b = random.choice(streets.inside, 2, replace=False)
        if _APART_M[0] <= np.hypot(*(streets.xy[a] - streets.xy[b])) <= _APART_M[1]:
            return _path(streets, int(a), int(b))


def _path(streets: Streets, a: int, b: int) -> shapely.LineString:
    n = len(streets.xy)
    u, v = streets.ends.T
    order = np.lexsort((streets.cost, np.maximum(u, v), np.minimum(u, v)))  # of parallel ways the shortest
    pairs = np.column_stack([np.minimum(u, v), np.maximum(u, v)])[order]
    first = order[np.unique(pairs, axis=0, return_index=True)[1]]
    graph = coo_array((streets.cost[first], (u[first], v[first])), shape=(n, n)).tocsr()
    before = dijkstra(graph, directed=False, indices=a, return_predecessors=True)[1]
    way = {tuple(sorted(streets.ends[w])): w for w in first}
    coords = [streets.xy[[b]]]
    while b != a:
        back = int(before[b])
        line = shapely.get_coordinates(streets.lines[way[tuple(sorted((back, b)))]])
        coords.append(line if np.allclose(line[0], streets.xy[b]) else line[::-1])
        b = back
    return shapely.LineString(np.concatenate(coords))


def _table(
    streets: Streets, line: str, kind: str, route: shapely.LineString, service: tuple[str, str, int]
) -> pd.DataFrame:
    """Return the stops of one line, evenly apart, none on a bridge or in a lake, far from every corner.

    Minutes between stops are given for buses; metros go by the usual speed of their kind.
    """
    n = max(round(route.length / _STEP_M[kind]), 2)
    along = np.linspace(0.0, route.length, n + 1)
    at = shapely.line_interpolate_point(route, along)
    corners = shapely.points(streets.xy)
    off = shapely.distance(at, corners[shapely.STRtree(corners).nearest(at)])
    at, along = at[off <= _CORNER_M], along[off <= _CORNER_M]
    lon, lat = to_degrees(shapely.get_coordinates(at))
    rides = np.round(np.diff(along) / (_BUS_KMH / 0.06), 1)
    minutes = [*(f"{ride:g}" if kind == "公交" else "" for ride in rides), ""]
    rows = pd.DataFrame({"线路": line, "类型": kind, "站序": range(1, len(at) + 1), "经度": lon, "纬度": lat})
    first, last, often = service
    return rows.assign(首班=first, 末班=last, 发车间隔_分钟=often, 站间分钟=minutes)


def _named(rows: pd.DataFrame, places: gpd.GeoDataFrame) -> pd.DataFrame:
    """Name stops after the community around them; a line that stops there again counts on."""
    communities = in_metres(places[places["level"] == "community"])
    points = shapely.points(to_metres(rows["经度"].to_numpy(), rows["纬度"].to_numpy()))
    near = shapely.STRtree(communities.geometry.to_numpy()).nearest(points)
    base = pd.Series(communities["name"].to_numpy()[near]).str.removesuffix("社区")
    again = rows.assign(base=base).groupby(["线路", "base"]).cumcount() + 1
    names = base + np.where(again > 1, again.astype(str) + "站", "站")
    rows.insert(3, "站名", names.to_numpy())
    return rows.assign(数据性质=SAMPLE)
