"""Minutes over streets: `travel_times`, and the nearest facility of everyone in one search.

The searches start at the destinations, where the facilities are, so that one search a facility serves all
origins. People travel to facilities, so arcs and legs are laid out against the direction of travel; for
deliveries and ambulances, which travel from them, they are laid out along it.
"""

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Literal

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray

from ..errors import NetworkError
from ..network import TRANSIT, Mode, Snaps, StreetNetwork, TransitNetwork, snap
from . import kernels
from .times import CAUSES, TravelTimes, round_up

_SLACK_MIN = 1e-9  # as in `round_up`: what float64 noise alone would put beyond the cutoff
_AT_END_M = 1e-3  # nearer to the end of an edge than this is at the end
_BUCKETS = 1 << 14
_CHUNK = 64  # destinations a thread takes at the least: each chunk sets up arrays as long as the network
Direction = Literal["to", "from"]
Csr = tuple[NDArray[np.uint64], NDArray[np.uint32], NDArray[np.float64]]
TimesCsr = tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float32]]


def travel_times(
    network: StreetNetwork,
    origins: gpd.GeoSeries | gpd.GeoDataFrame,
    destinations: gpd.GeoSeries | gpd.GeoDataFrame,
    *,
    mode: Mode,
    cutoff_min: float,
    nearest_only: bool = False,
    direction: Direction = "to",
) -> TravelTimes:
    """Return minutes between every origin and every destination within the cutoff.

    Minutes = straight access leg to the nearest edge the mode may use + shortest path + egress leg, all at
    the mode's speed, + parking; two points on one edge may go along it. A point farther than the mode's
    `snap_max_m` from its edge is not reached, and reaches nothing.

    Args:
        network: the streets; with lines joined (`join_transit`) for TRANSIT.
        origins, destinations: points indexed by id, in the network's CRS.
        mode: WALK, BIKE, DRIVE, TRANSIT or one at another speed (`dataclasses.replace`).
        cutoff_min: how far to look, in minutes; above 0 and finite.
        nearest_only: keep each origin's nearest destination only (one search for all; ties by position).
        direction: "to": people travel to the destinations; "from": something travels from them to the origins.

    Raises:
        NetworkError: a cutoff that is not above 0, or no edge open to the mode.
    """
    if not (cutoff_min > 0 and np.isfinite(cutoff_min)):
        raise NetworkError("cutoff", value=cutoff_min)
    if not network.open_to(mode).any():
        raise NetworkError("no_edges_for_mode", mode=mode.name)
    trip = _Trip.plan(network, origins, destinations, mode, direction)
    indptr, indices, minutes = (_nearest if nearest_only else _matrix)(trip, cutoff_min)
    times = TravelTimes(
        origins=origins.index,
        destinations=destinations.index,
        indptr=indptr,
        indices=indices,
        minutes=minutes,
        cutoff_min=cutoff_min,
        nearest_only=nearest_only,
    )
    return replace(times, causes=_causes(times, trip))


@dataclass(frozen=True, kw_only=True)
class Ends:
    """Points on the network: their snaps, the minutes of each access leg, and whether it is short enough."""

    snaps: Snaps
    access_min: NDArray[np.float64]
    near: NDArray[np.bool_]
    inside: NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class _Trip:
    """A question about minutes, laid out in arrays. `back`: travel goes from the destinations to the origins."""

    network: StreetNetwork
    mode: Mode
    edge_min: NDArray[np.float64]
    arcs: Csr
    origins: Ends
    destinations: Ends
    back: bool

    @classmethod
    def plan(
        cls,
        network: StreetNetwork,
        origins: gpd.GeoSeries | gpd.GeoDataFrame,
        destinations: gpd.GeoSeries | gpd.GeoDataFrame,
        mode: Mode,
        direction: Direction,
    ) -> "_Trip":
        edge_min = network.minutes(mode)
        back = direction == "from"
        return cls(
            network=network,
            mode=mode,
            edge_min=edge_min,
            arcs=search_arcs(network, mode, direction),
            origins=_ends(network, origins, mode),
            destinations=_ends(network, destinations, mode),
            back=back,
        )

    @property
    def width(self) -> float:
        """The width of a bucket: about an edge, so that few nodes are taken up twice."""
        return max(float(np.median(self.arcs[2])) / 2, 1e-6) if len(self.arcs[2]) else 1.0


def _ends(network: StreetNetwork, points: gpd.GeoSeries | gpd.GeoDataFrame, mode: Mode) -> Ends:
    snaps = _snaps(network, points, mode)
    west, south, east, north = network.bounds
    x, y = points.geometry.x.to_numpy(), points.geometry.y.to_numpy()
    return Ends(
        snaps=snaps,
        access_min=mode.minutes(snaps.access_m),
        near=snaps.access_m <= mode.snap_max_m,
        inside=(x >= west) & (x <= east) & (y >= south) & (y <= north),
    )


def _snaps(network: StreetNetwork, points: gpd.GeoSeries | gpd.GeoDataFrame, mode: Mode) -> Snaps:
    if isinstance(network, TransitNetwork):
        return network.snap(points, mode=mode)
    return snap(network, points, mode=mode)


def search_arcs(network: StreetNetwork, mode: Mode, direction: Direction) -> Csr:
    """Return CSR by node: where a search from facilities goes on, and the minutes there.

    "to": against travel, to the nodes people come from; "from": along it. By public transport the nodes and arcs of
    the lines come after those of the streets.
    """
    minutes = network.minutes(mode)
    along = (network.forward & mode.bit) > 0
    against = (network.backward & mode.bit) > 0
    tail = np.concatenate([network.from_node[along], network.to_node[against]])
    head = np.concatenate([network.to_node[along], network.from_node[against]])
    cost = np.concatenate([minutes[along], minutes[against]])
    n = len(network.node_id)
    if isinstance(network, TransitNetwork) and mode.name == TRANSIT.name:
        tail, head, cost = (np.concatenate(p) for p in zip((tail, head, cost), network.links(mode), strict=True))
        n = network.n_nodes
    row, column = (head, tail) if direction == "to" else (tail, head)
    return _csr(row, column, cost, n)


def _csr(row: NDArray, column: NDArray, value: NDArray, n: int) -> Csr:
    order = np.lexsort((column, row))
    indptr = np.zeros(n + 1, np.uint64)
    np.cumsum(np.bincount(row, minlength=n), out=indptr[1:])
    return indptr, column[order].astype(np.uint32), value[order].astype(np.float64)


def _legs(trip: _Trip, ends: Ends, *, leaving: bool) -> tuple[NDArray, NDArray, NDArray]:
    """Return (point, node, minutes) of the ways between points and the two ends of their edges.

    `leaving`: the origins' side, from the point to the node; else from the node to the point. Backward trips
    turn both round.
    A point at an end of its edge stands at the crossing, whatever way the edge runs.
    """
    net, bit = trip.network, trip.mode.bit
    edge, point = ends.snaps.edge, np.arange(len(ends.snaps.edge))
    share = np.divide(ends.snaps.offset_m, net.length_m[edge], out=np.zeros(len(edge)), where=net.length_m[edge] > 0)
    along, against = (net.forward[edge] & bit) > 0, (net.backward[edge] & bit) > 0
    low, high = (against, along) if leaving != trip.back else (along, against)
    to_low = ends.access_min + share * trip.edge_min[edge]
    to_high = ends.access_min + (1 - share) * trip.edge_min[edge]
    low = (low | (ends.snaps.offset_m <= _AT_END_M)) & ends.near
    high = (high | (net.length_m[edge] - ends.snaps.offset_m <= _AT_END_M)) & ends.near
    return (
        np.concatenate([point[low], point[high]]),
        np.concatenate([net.from_node[edge[low]], net.to_node[edge[high]]]),
        np.concatenate([to_low[low], to_high[high]]),
    )


def _same_edge(trip: _Trip) -> tuple[NDArray, NDArray, NDArray]:
    """Return (origin, destination, minutes) of pairs on one edge that can go along it."""
    o, d = trip.origins, trip.destinations
    i, j = _equal_pairs(o.snaps.edge, d.snaps.edge)
    edge = o.snaps.edge[i]
    step = (d.snaps.offset_m[j] - o.snaps.offset_m[i]) * (-1 if trip.back else 1)
    bits = np.where(step > 0, trip.network.forward[edge], trip.network.backward[edge])
    open_way = ((bits & trip.mode.bit) > 0) | (step == 0)
    keep = open_way & o.near[i] & d.near[j]
    length = trip.network.length_m[edge]
    share = np.divide(np.abs(step), length, out=np.zeros(len(edge)), where=length > 0)
    minutes = o.access_min[i] + share * trip.edge_min[edge] + d.access_min[j]
    return i[keep], j[keep], minutes[keep]


def _equal_pairs(a: NDArray, b: NDArray) -> tuple[NDArray, NDArray]:
    """Return positions (i, j) of all pairs with a[i] == b[j]."""
    order = np.argsort(b, kind="stable")
    low, high = np.searchsorted(b[order], a, "left"), np.searchsorted(b[order], a, "right")
    i = np.repeat(np.arange(len(a)), high - low)
    within = np.arange(len(i)) - np.repeat(np.cumsum(high - low) - (high - low), high - low)
    return i, order[np.repeat(low, high - low) + within]


def _nearest(trip: _Trip, cutoff_min: float) -> TimesCsr:
    """Return CSR by origin, each with one entry at most."""
    limit = cutoff_min + _SLACK_MIN - trip.mode.parking_min
    who, node, start = _legs(trip, trip.destinations, leaving=False)
    width = max(trip.width, limit / _BUCKETS)
    starts = node.astype(np.uint32), start, who.astype(np.uint32)
    label, owner = _search_nearest(trip.arcs, starts, max(limit, 0.0), width)
    point, node, leg = _legs(trip, trip.origins, leaving=True)
    same = _same_edge(trip)
    origin = np.concatenate([point, same[0]])
    destination = np.concatenate([owner[node], same[1]])
    minutes = np.concatenate([label[node] + leg, same[2]])
    keep = minutes <= limit
    origin, destination, minutes = origin[keep], destination[keep], minutes[keep]
    order = np.lexsort((destination, minutes, origin))
    origin, first = np.unique(origin[order], return_index=True)
    chosen = order[first]
    indptr = np.zeros(len(trip.origins.near) + 1, np.int64)
    indptr[origin + 1] = 1
    held = round_up(minutes[chosen] + trip.mode.parking_min)
    return np.cumsum(indptr), destination[chosen].astype(np.int32), held


def _search_nearest(
    arcs: Csr, starts: tuple[NDArray[np.uint32], NDArray[np.float64], NDArray[np.uint32]], limit: float, width: float
) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
    """Search with room for one entry an arc, which nearly always does, and with more where it does not."""
    room = len(arcs[1]) + len(starts[0]) + 1
    while True:
        done, label, owner = kernels.nearest(*arcs, starts, limit, width, room)
        if done:
            return label, owner
        room *= 4


def _matrix(trip: _Trip, cutoff_min: float) -> TimesCsr:
    """Return CSR by origin of all pairs within the cutoff; chunks of destinations in threads."""
    limit = cutoff_min + _SLACK_MIN - trip.mode.parking_min
    n_from, n_to = len(trip.origins.near), len(trip.destinations.near)
    if limit < 0 or not n_to:  # parking alone takes longer than the cutoff, or nothing is there to go to
        return np.zeros(n_from + 1, np.int64), np.zeros(0, np.int32), np.zeros(0, np.float32)
    starts, legs, direct = _rows(trip)
    width = max(trip.width, limit / _BUCKETS)
    step = max(_CHUNK, n_to // (8 * (os.cpu_count() or 1)))

    def part(low: int) -> TimesCsr:
        high = min(low + step, n_to)
        rows, points, minutes = kernels.many_to_many(
            *trip.arcs, _slice(starts, low, high), legs, _slice(direct, low, high), n_from, limit, width
        )
        return rows, points, round_up(minutes + trip.mode.parking_min)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        parts = list(pool.map(part, range(0, n_to, step)))
    return _by_origin(parts, n_from)


def _rows(trip: _Trip) -> tuple[Csr, Csr, Csr]:
    """Return what a matrix search needs: starts by destination, last legs by node, same-edge pairs by destination."""
    n_to = len(trip.destinations.near)
    who, node, start = _legs(trip, trip.destinations, leaving=False)
    point, last, leg = _legs(trip, trip.origins, leaving=True)
    origin, destination, minutes = _same_edge(trip)
    legs = _csr(last, point, leg, len(trip.arcs[0]) - 1)
    return _csr(who, node, start, n_to), legs, _csr(destination, origin, minutes, n_to)


def _by_origin(parts: list[TimesCsr], n_from: int) -> TimesCsr:
    """Turn rows by destination into rows by origin; destinations come in order, so rows stay sorted."""
    indptr = np.zeros(n_from + 1, np.int64)
    for _, points, _ in parts:
        indptr[1:] += np.bincount(points, minlength=n_from)
    np.cumsum(indptr, out=indptr)
    indices, minutes = np.empty(indptr[-1], np.int32), np.empty(indptr[-1], np.float32)
    cursor, low = indptr[:-1].copy(), 0
    for rows, points, held in parts:
        kernels.scatter(rows, points, held, low, cursor, indices, minutes)
        low += len(rows) - 1
    return indptr, indices, minutes


def _slice(csr: Csr, low: int, high: int) -> Csr:
    indptr = csr[0][low : high + 1]
    return indptr - indptr[0], csr[1][indptr[0] : indptr[-1]], csr[2][indptr[0] : indptr[-1]]


def _causes(times: TravelTimes, trip: _Trip) -> NDArray[np.int8]:
    """Say of each origin that reaches nothing why: outside, far from a street, cut off, or just too far."""
    alone = np.diff(times.indptr) == 0
    causes = np.zeros(len(times.origins), np.int8)
    causes[alone] = CAUSES.index("too_far")
    if len(times.destinations):  # of nothing to go to it cannot be said that the streets do not lead there
        causes[alone & ~_connected(trip)] = CAUSES.index("not_connected")
    far = alone & ~trip.origins.near
    causes[far] = CAUSES.index("snapped_too_far")
    causes[far & ~trip.origins.inside] = CAUSES.index("outside_streets")
    return causes


def _connected(trip: _Trip) -> NDArray[np.bool_]:
    """Return which origins have some path, however long, to some destination."""
    reach = _reachable(trip.arcs, _legs(trip, trip.destinations, leaving=False)[1])
    point, node, _ = _legs(trip, trip.origins, leaving=True)
    connected = np.zeros(len(trip.origins.near), bool)
    connected[point[reach[node]]] = True
    connected[_same_edge(trip)[0]] = True
    return connected


def _reachable(arcs: Csr, nodes: NDArray) -> NDArray[np.bool_]:
    """Return the nodes found along arcs from `nodes`: a breadth-first sweep from one node added before them all."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import breadth_first_order

    n = len(arcs[0]) - 1
    first = np.unique(nodes)
    indices = np.concatenate([arcs[1].astype(np.int64), first])
    indptr = np.append(arcs[0].astype(np.int64), len(indices))
    graph = csr_array((np.ones(len(indices), np.int8), indices, indptr), shape=(n + 1, n + 1))
    reached = np.zeros(n + 1, bool)
    reached[breadth_first_order(graph, n, return_predecessors=False)] = True
    return reached[:n]
