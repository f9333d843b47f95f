"""Uncovered demand becomes gaps: compact areas, named, ranked, each with its cause."""

from dataclasses import dataclass, replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from . import texts
from .coverage import Coverage
from .coverage.places import main_of, weighted_median
from .network import MODES, StreetNetwork
from .tables import GAPS
from .travel import travel_times

REACH_M = 300.0
EXTENT_M = 1600.0
PEOPLE_MIN = 50.0
_MARGIN_M = 50.0  # drawn around the outermost demand of a gap
_SPACINGS = 2.0  # to the next cell: half as far again by street, and a leg to the street at either end
_STREET_M = 500.0  # a named street farther off says nothing about where a gap is


@dataclass(frozen=True, kw_only=True)
class GapRule:
    """What makes a gap: how near along the streets, how wide at most, how many people at least."""

    reach_m: float = REACH_M
    extent_m: float = EXTENT_M
    people_min: float = PEOPLE_MIN


@dataclass(frozen=True, kw_only=True)
class GapNames:
    """What gaps are named after: their place, the nearest named street, else the nearest facility."""

    places: pd.DataFrame | None = None
    facilities: gpd.GeoDataFrame | None = None
    language: str = "zh"


@dataclass(frozen=True, kw_only=True)
class Gaps:
    """The gaps of one service.

    `table` is GAPS; `gap_of` names the gap of every uncovered demand point, missing where it is scattered, so
    the demand of all gaps and `scattered` add up to all that is uncovered. `reach_m` is the reach that was used.
    """

    table: gpd.GeoDataFrame
    gap_of: "pd.Series[str]"
    scattered: float
    reach_m: float = REACH_M


def find_gaps(
    coverage: Coverage,
    points: gpd.GeoSeries,
    network: StreetNetwork,
    *,
    weight: str,
    names: GapNames = GapNames(),
    rule: GapRule = GapRule(),
) -> Gaps:
    """Cluster the uncovered demand along the streets and name what comes out.

    Args:
        coverage: one service's.
        points: where the demand is, by demand_id.
        network: the streets that join it.
        weight: what is counted.
        names: what gaps are named after.
        rule: reach, width and size; the reach is widened where demand is coarse, see `spaced_reach`.

    Method: DBSCAN (Ester et al. 1996) on distances along the streets; areas wider than `extent_m` are halved
    across their longest axis until they are not; areas with fewer than `people_min` are scattered demand.
    """
    amount = coverage.demand.loc[~coverage.covered, weight]
    amount = amount[amount > 0]
    uncovered = points.loc[amount.index]
    spacing = _spacing(points)
    reach = spaced_reach(rule, spacing)
    label = _compact(uncovered, _clusters(uncovered, network, coverage.mode, reach), rule.extent_m)
    size = amount.groupby(label).sum()
    kept = size[(size >= rule.people_min) & (size.index >= 0)]
    order = kept.reset_index(name="size").sort_values(["size", "index"], ascending=[False, True])
    ids = {cluster: f"{coverage.service}-{rank:03d}" for rank, cluster in enumerate(order["index"], 1)}
    gap_of = pd.Series(label, index=amount.index).map(ids).rename("gap_id")
    table = _table(coverage, uncovered, amount, gap_of, _Namer(network, names), margin_m=max(_MARGIN_M, spacing / 2))
    return Gaps(table=table, gap_of=gap_of, scattered=float(amount[gap_of.isna()].sum()), reach_m=reach)


def spaced_reach(rule: GapRule, spacing_m: float) -> float:
    """Return the reach in metres: the rule's, or twice the spacing of demand where that is more.

    Demand given as cells of 350 m would else never have a neighbour within 300 m, and each cell would be a gap. The
    rule's extent is the most: what is farther apart would be cut again.
    """
    return max(rule.reach_m, min(_SPACINGS * spacing_m, rule.extent_m))


def _spacing(points: gpd.GeoSeries) -> float:
    """Return the median distance from a demand point to the nearest other, in metres; 0 where there is no other."""
    from scipy.spatial import KDTree

    xy = np.unique(np.column_stack([points.x, points.y]), axis=0)
    if len(xy) < 2:
        return 0.0
    return float(np.median(KDTree(xy).query(xy, k=2)[0][:, 1]))


def _clusters(points: gpd.GeoSeries, network: StreetNetwork, mode: str, reach_m: float) -> NDArray[np.int64]:
    """Return a cluster number for each point; points far from any street are joined straight."""
    from scipy.sparse import csr_array
    from sklearn.cluster import DBSCAN

    if points.empty:
        return np.zeros(0, np.int64)
    # one metre takes one minute
    metre = replace(MODES[mode].on_streets, speed_mps=1 / 60, kmh={}, parking_min=0.0, crossing_min=0.0, slope=False)
    plain = replace(network, speed_kmh=np.full(len(network), np.nan))
    near = travel_times(plain, points, points, mode=metre, cutoff_min=reach_m)
    i, j, metres = near.rows, near.indices, near.minutes
    far = np.flatnonzero(np.diff(near.indptr) == 0)
    tree = shapely.STRtree(points.to_numpy())
    a, b = tree.query(points.to_numpy()[far], predicate="dwithin", distance=reach_m)
    i, j = np.concatenate([i, far[a]]), np.concatenate([j, b])
    metres = np.concatenate([metres, np.full(len(a), 1.0)])
    n = len(points)
    # one-way streets give two distances to a pair; being near one way is being near
    graph = csr_array((np.maximum(metres, 1e-3), (i, j)), shape=(n, n))
    graph = graph.maximum(graph.T).tocsr()
    labels: NDArray[np.int64] = DBSCAN(eps=reach_m, min_samples=1, metric="precomputed").fit(graph).labels_
    return labels


def _compact(points: gpd.GeoSeries, label: NDArray[np.int64], extent_m: float) -> NDArray[np.int64]:
    """Halve clusters across their longest axis until none is wider than `extent_m`."""
    xy = np.column_stack([points.x, points.y])
    result = label.copy()
    waiting = [np.flatnonzero(label == c) for c in np.unique(label)]
    fresh = int(label.max(initial=-1)) + 1
    while waiting:
        members = waiting.pop()
        if np.hypot(*np.ptp(xy[members], axis=0)) <= extent_m:
            continue
        half = _beyond_middle(xy[members])
        result[members[half]] = fresh
        waiting += [members[half], members[~half]]
        fresh += 1
    return result


def _beyond_middle(xy: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return which points lie beyond the mean along the principal axis (Pearson 1901)."""
    centred = xy - xy.mean(axis=0)
    axis = np.linalg.eigh(centred.T @ centred)[1][:, -1]
    beyond: NDArray[np.bool_] = centred @ axis > 0
    return beyond


def _table(
    coverage: Coverage,
    points: gpd.GeoSeries,
    amount: "pd.Series[float]",
    gap_of: "pd.Series[str]",
    names: "_Namer",
    *,
    margin_m: float,
) -> gpd.GeoDataFrame:
    """Return GAPS, one row a gap, in rank order (which is the order of the ids)."""
    gap = gap_of.dropna()
    if gap.empty:
        return gpd.GeoDataFrame(GAPS.empty(), geometry=gpd.GeoSeries([], crs=points.crs), crs=points.crs)
    amount, points = amount.loc[gap.index], points.loc[gap.index]
    rows = coverage.points.loc[gap.index]
    home = coverage.demand.get("place_id", pd.Series(None, index=coverage.demand.index, dtype=object)).loc[gap.index]
    table = pd.DataFrame({"demand": amount.groupby(gap).sum(), "n_demand": gap.groupby(gap).size()})
    place = main_of(gap, home, amount).reindex(table.index)
    columns: dict[str, Any] = {
        "rank": np.arange(1, len(table) + 1),
        "name": [names.of(p, m) for p, m in zip(place, _middles(points, gap, amount), strict=True)],
        "place_id": place,
        "nearest_min": weighted_median(gap, rows["minutes"], amount),
        "cause": main_of(gap, rows["cause"], amount),
    }
    shapes = points.groupby(gap).apply(lambda members: _outline(members.to_numpy(), margin_m))
    table = table.assign(**columns, service=coverage.service).reset_index(names="gap_id").set_index(list(GAPS.index))
    whole = gpd.GeoDataFrame(table, geometry=shapes.to_numpy(), crs=points.crs)
    GAPS.check(whole)
    return whole


def _outline(points: NDArray, margin_m: float) -> shapely.Geometry:
    """Return the shape around a gap's demand: half a cell beyond the middles of cells, 50 m beyond buildings."""
    return shapely.buffer(shapely.concave_hull(shapely.multipoints(points), ratio=0.4), margin_m)


def _middles(points: gpd.GeoSeries, gap: "pd.Series[str]", amount: "pd.Series[float]") -> NDArray:
    """Return the centre of each gap's demand."""
    sums = pd.DataFrame({"x": points.x * amount, "y": points.y * amount, "amount": amount}).groupby(gap).sum()
    middles: NDArray = shapely.points(sums["x"] / sums["amount"], sums["y"] / sums["amount"])
    return middles


class _Namer:
    """Names gaps: the place, and the nearest named street, else the nearest facility."""

    def __init__(self, network: StreetNetwork, known: GapNames) -> None:
        named = np.flatnonzero(network.name != "")
        self.streets = network.name[named]
        self.street_tree = shapely.STRtree(network.lines[named])
        self.places = {} if known.places is None else known.places["name"].to_dict()
        self.facilities = np.array([]) if known.facilities is None else known.facilities["name"].to_numpy()
        shapes = [] if known.facilities is None else known.facilities.geometry.to_numpy()
        self.facility_tree = shapely.STRtree(shapes)
        self.language = known.language

    def of(self, place_id: Any, middle: shapely.Point) -> str:
        """Return e.g. "春晖社区(近建设路)"."""
        place = self.places.get(place_id, place_id) if pd.notna(place_id) else ""
        at = self.street_tree.query_nearest(middle, max_distance=_STREET_M, all_matches=False)
        near = self.streets[at] if len(at) else self._facility(middle)
        key = ("near" if place else "near_only") if len(near) else "place"
        return texts.say(self.language, "gaps", key, place=place, near=near[0] if len(near) else "")

    def _facility(self, middle: shapely.Point) -> NDArray:
        nearest: NDArray = self.facilities[self.facility_tree.query_nearest(middle, all_matches=False)]
        return nearest
