"""Uncovered demand becomes gaps: compact areas, named, ranked, each with its cause."""

from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from .coverage import Coverage
from .coverage.places import weighted_median
from .network import MODES, StreetNetwork
from .tables import GAPS
from .travel import travel_times

REACH_M = 300.0
EXTENT_M = 1600.0
PEOPLE_MIN = 50.0
_MARGIN_M = 50.0  # drawn around the outermost demand of a gap
_STREET_M = 500.0  # a named street farther off says nothing about where a gap is


@dataclass(frozen=True, kw_only=True)
class GapRule:
    """What makes a gap: how near along the streets, how wide at most, how many people at least."""

    reach_m: float = REACH_M
    extent_m: float = EXTENT_M
    people_min: float = PEOPLE_MIN


@dataclass(frozen=True, kw_only=True)
class Gaps:
    """The gaps of one service.

    `table` is GAPS; `gap_of` names the gap of every uncovered demand point, missing where it is scattered, so
    the demand of all gaps and `scattered` add up to all that is uncovered.
    """

    table: gpd.GeoDataFrame
    gap_of: "pd.Series[str]"
    scattered: float


def find_gaps(
    coverage: Coverage,
    points: gpd.GeoSeries,
    network: StreetNetwork,
    *,
    weight: str,
    places: gpd.GeoDataFrame | None = None,
    facilities: gpd.GeoDataFrame | None = None,
    rule: GapRule = GapRule(),
) -> Gaps:
    """Cluster the uncovered demand along the streets and name what comes out.

    Args:
        coverage: one service's.
        points: where the demand is, by demand_id.
        network: the streets that join it.
        weight: what is counted.
        places: PLACES, for names; facilities: for names where no street near has one.
        rule: reach, width and size.

    Method: DBSCAN (Ester et al. 1996) on distances along the streets; areas wider than `extent_m` are halved
    across their longest axis until they are not; areas with fewer than `people_min` are scattered demand.
    """
    amount = coverage.demand.loc[~coverage.covered, weight]
    amount = amount[amount > 0]
    uncovered = points.loc[amount.index]
    label = _compact(uncovered, _clusters(uncovered, network, coverage.mode, rule.reach_m), rule.extent_m)
    size = amount.groupby(label).sum()
    kept = size[(size >= rule.people_min) & (size.index >= 0)]
    order = kept.reset_index(name="size").sort_values(["size", "index"], ascending=[False, True])
    names = {cluster: f"{coverage.service}-{rank:03d}" for rank, cluster in enumerate(order["index"], 1)}
    gap_of = pd.Series(label, index=amount.index).map(names).rename("gap_id")
    table = _table(coverage, uncovered, amount, gap_of, _Names(network, places, facilities))
    return Gaps(table=table, gap_of=gap_of, scattered=float(amount[gap_of.isna()].sum()))


def _clusters(points: gpd.GeoSeries, network: StreetNetwork, mode: str, reach_m: float) -> NDArray[np.int64]:
    """Return a cluster number for each point; points far from any street are joined straight."""
    from scipy.sparse import csr_array
    from sklearn.cluster import DBSCAN

    if points.empty:
        return np.zeros(0, np.int64)
    metre = replace(MODES[mode], speed_mps=1 / 60, parking_min=0.0)  # one metre takes one minute
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
    coverage: Coverage, points: gpd.GeoSeries, amount: "pd.Series[float]", gap_of: "pd.Series[str]", names: "_Names"
) -> gpd.GeoDataFrame:
    rows = []
    home = coverage.demand.get("place_id", pd.Series(None, index=coverage.demand.index, dtype=object))
    for rank, (gap_id, members) in enumerate(amount.groupby(gap_of), 1):
        open_points = coverage.points.loc[members.index].assign(amount=members)
        by_place = members.groupby(home.loc[members.index]).sum()
        place = by_place.idxmax() if len(by_place) else None
        shape = _outline(points.loc[members.index])
        rows.append(
            {
                "service": coverage.service,
                "gap_id": gap_id,
                "rank": rank,
                "name": names.of(place, _middle(points.loc[members.index], members)),
                "demand": float(members.sum()),
                "n_demand": len(members),
                "place_id": place,
                "nearest_min": weighted_median(open_points),
                "cause": open_points.groupby("cause")["amount"].sum().idxmax(),
                "geometry": shape,
            }
        )
    if not rows:
        return gpd.GeoDataFrame(GAPS.empty(), geometry=gpd.GeoSeries([], crs=points.crs), crs=points.crs)
    table = gpd.GeoDataFrame(rows, geometry="geometry", crs=points.crs).set_index(list(GAPS.index))
    GAPS.check(table)
    return table


def _outline(points: gpd.GeoSeries) -> shapely.Geometry:
    hull = shapely.concave_hull(shapely.multipoints(points.to_numpy()), ratio=0.4)
    return shapely.buffer(hull, _MARGIN_M)


def _middle(points: gpd.GeoSeries, amount: "pd.Series[float]") -> shapely.Point:
    share = amount.to_numpy() / amount.sum()
    return shapely.Point(float((points.x * share).sum()), float((points.y * share).sum()))


class _Names:
    """Names gaps: the place, and the nearest named street, else the nearest facility."""

    def __init__(
        self, network: StreetNetwork, places: pd.DataFrame | None, facilities: gpd.GeoDataFrame | None
    ) -> None:
        named = np.flatnonzero(network.name != "")
        self.streets = network.name[named]
        self.street_tree = shapely.STRtree(network.lines[named])
        self.places: dict[object, str] = {} if places is None else places["name"].to_dict()
        self.facilities = np.array([]) if facilities is None else facilities["name"].to_numpy()
        self.facility_tree = shapely.STRtree([] if facilities is None else facilities.geometry.to_numpy())

    def of(self, place_id: object, middle: shapely.Point) -> str:
        """Return e.g. "春晖社区·建设路"."""
        near = self.street_tree.query_nearest(middle, max_distance=_STREET_M, all_matches=False)
        where = self.streets[near[:1]] if len(near) else self._facility(middle)
        parts = [self.places.get(place_id, place_id) if place_id is not None else None, *where]
        return "·".join(str(part) for part in parts if part)

    def _facility(self, middle: shapely.Point) -> NDArray:
        nearest: NDArray = self.facilities[self.facility_tree.query_nearest(middle, all_matches=False)[:1]]
        return nearest
