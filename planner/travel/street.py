"""Minutes over streets: `travel_times`, and the nearest facility of everyone in one search.

The searches start at the destinations, where the facilities are, so that one search a facility serves all
origins. People travel to facilities, so arcs and legs are laid out against the direction of travel; for
deliveries and ambulances, which travel from them, they are laid out along it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray

from ..errors import NetworkError
from ..network import Mode, StreetNetwork, Transit
from .arcs import Csr, Direction, Ends, hang, in_rows, legs, refuse, search_arcs
from .search import TimesCsr, by_point, search_matrix, search_nearest
from .times import CAUSES, SLACK_MIN, TravelTimes, round_up

_FEW = 2  # times fewer origins than destinations are worth laying the streets out anew


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
        mode: WALK, BIKE, DRIVE, TRANSIT (from door to door) or one at another speed (`dataclasses.replace`).
        cutoff_min: how far to look, in minutes; above 0 and finite.
        nearest_only: keep each origin's nearest destination only (one search for all; ties by position).
        direction: "to": people travel to the destinations; "from": something travels from them to the origins.

    Raises:
        NetworkError: a cutoff that is not above 0, a direction that is none, no edge open to the mode, or public
            transport without lines or in a reading of `transit_times`.
        TableError: as `snap`.
    """
    _refuse(network, mode, cutoff_min, direction)
    trip = _Trip.plan(network, origins, destinations, mode, direction)
    times = _times(trip, (_nearest if nearest_only else _matrix)(trip, cutoff_min), cutoff_min)
    return replace(times, causes=_causes(times, trip), nearest_only=nearest_only)


def travel_times_in_parts(
    network: StreetNetwork,
    origins: gpd.GeoSeries | gpd.GeoDataFrame,
    destinations: gpd.GeoSeries | gpd.GeoDataFrame,
    *,
    mode: Mode,
    cutoff_min: float,
    direction: Direction = "to",
    at_once: int = 1000,
) -> Iterator[TravelTimes]:
    """Yield what `travel_times` returns, some destinations at a time, for tables too large to be held.

    By car a city's candidates reach most of it: 100,000 by a million people are 16 GB. Whoever only needs a sum or a
    least of each row adds the parts up as they come. Parts name the causes of nobody.

    Args:
        network, origins, destinations, mode, cutoff_min, direction: as in `travel_times`.
        at_once: how many destinations a part has.

    Raises:
        NetworkError: as `travel_times`.
    """
    _refuse(network, mode, cutoff_min, direction)
    trip = _Trip.plan(network, origins, destinations, mode, direction)
    for low in range(0, len(destinations), at_once):
        part = replace(trip, destinations=trip.destinations.only(slice(low, low + at_once)))
        yield _times(part, _matrix(part, cutoff_min), cutoff_min)


def _refuse(network: StreetNetwork, mode: Mode, cutoff_min: float, direction: Direction) -> None:
    if not (cutoff_min > 0 and np.isfinite(cutoff_min)):
        raise NetworkError("cutoff", value=cutoff_min)
    refuse(network, mode, direction)
    if isinstance(mode, Transit) and mode.transit_time != "door_to_door":
        raise NetworkError("by_transit_times", transit_time=mode.transit_time)


def _times(trip: "_Trip", found: TimesCsr, cutoff_min: float) -> TravelTimes:
    indptr, indices, minutes = found
    origins, destinations = trip.origins.snaps.ids, trip.destinations.snaps.ids
    return TravelTimes(
        origins=origins,
        destinations=destinations,
        indptr=indptr,
        indices=indices,
        minutes=minutes,
        cutoff_min=cutoff_min,
    )


@dataclass(frozen=True, kw_only=True)
class _Trip:
    """A question about minutes, laid out in arrays. `back`: travel goes from the destinations to the origins.

    `edge_min`: minutes along each edge, and against it.
    """

    network: StreetNetwork
    mode: Mode
    edge_min: tuple[NDArray[np.float64], NDArray[np.float64]]
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
        edge_min = network.minutes(mode), network.minutes(mode, against=True)
        back = direction == "from"
        return cls(
            network=network,
            mode=mode,
            edge_min=edge_min,
            arcs=search_arcs(network, mode, direction),
            origins=hang(network, origins, mode),
            destinations=hang(network, destinations, mode),
            back=back,
        )

    def turned(self) -> "_Trip":
        """Return the same travel with origins and destinations in each other's place."""
        arcs = search_arcs(self.network, self.mode, "to" if self.back else "from")
        return replace(self, arcs=arcs, origins=self.destinations, destinations=self.origins, back=not self.back)

    def legs(self, ends: Ends, *, leaving: bool) -> tuple[NDArray, NDArray, NDArray]:
        """Return (point, node, minutes) of the ways between points and the two ends of their edges.

        `leaving`: the origins' side, from the point to the node; else from the node to the point. Backward trips
        turn both round.
        """
        return legs(self.network, self.mode, ends, leaving=leaving != self.back)


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
    takes = np.where(step > 0, trip.edge_min[0][edge], trip.edge_min[1][edge])
    minutes = o.access_min[i] + share * takes + d.access_min[j]
    return i[keep], j[keep], minutes[keep]


def _equal_pairs(a: NDArray, b: NDArray) -> tuple[NDArray, NDArray]:
    """Return positions (i, j) of all pairs with a[i] == b[j]."""
    order = np.argsort(b, kind="stable")
    low, high = np.searchsorted(b[order], a, "left"), np.searchsorted(b[order], a, "right")
    i = np.repeat(np.arange(len(a)), high - low)
    within = np.arange(len(i)) - np.repeat(np.cumsum(high - low) - (high - low), high - low)
    return i, order[np.repeat(low, high - low) + within]


def _apart(trip: _Trip, limit: float) -> int:
    """Return into how many parts of the city a search may be split, so that each is wider than the search goes."""
    west, south, east, north = trip.network.bounds
    least = np.minimum(*trip.edge_min)
    takes = least > 0
    fastest = (trip.network.length_m[takes] / least[takes]).max(initial=1.0)
    across = max(east - west, north - south) / max(4 * limit * fastest, 1.0)
    return int(np.clip(across**2, 1, 32))


def _nearest(trip: _Trip, cutoff_min: float) -> TimesCsr:
    """Return CSR by origin, each with one entry at most."""
    limit = cutoff_min + SLACK_MIN - trip.mode.parking_min
    who, node, start = trip.legs(trip.destinations, leaving=False)
    starts = node.astype(np.uint32), start, who.astype(np.uint32)
    label, owner = search_nearest(trip.arcs, starts, max(limit, 0.0), _apart(trip, limit))
    point, node, leg = trip.legs(trip.origins, leaving=True)
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


def _matrix(trip: _Trip, cutoff_min: float) -> TimesCsr:
    """Return CSR by origin of all pairs within the cutoff; searched from whichever are fewer by far."""
    limit = cutoff_min + SLACK_MIN - trip.mode.parking_min
    n_from = len(trip.origins.near)
    if limit < 0 or not len(trip.destinations.near):  # parking alone takes longer, or nothing is there to go to
        return np.zeros(n_from + 1, np.int64), np.zeros(0, np.int32), np.zeros(0, np.float32)
    n_to = len(trip.destinations.near)
    if _FEW * n_from < n_to:  # one search for each of the few
        indptr, indices, minutes = _matrix(trip.turned(), cutoff_min)
        return by_point([(indptr[1:], indices, minutes)], np.arange(n_to), n_from)
    order = np.argsort(trip.network.from_node[trip.destinations.snaps.edge], kind="stable")
    row_of = np.empty_like(order)
    row_of[order] = np.arange(len(order))
    return search_matrix(trip.arcs, _rows(trip, row_of), row_of, n_from, limit, trip.mode.parking_min)


def _rows(trip: _Trip, row_of: NDArray[np.int64]) -> tuple[Csr, Csr, Csr]:
    """Return what a matrix search needs: starts by row, last legs by node, same-edge pairs by row."""
    n_to = len(trip.destinations.near)
    who, node, start = trip.legs(trip.destinations, leaving=False)
    point, last, leg = trip.legs(trip.origins, leaving=True)
    origin, destination, minutes = _same_edge(trip)
    return (
        in_rows(row_of[who], node, start, n_to),
        in_rows(last, point, leg, len(trip.arcs[0]) - 1),
        in_rows(row_of[destination], origin, minutes, n_to),
    )


def _causes(times: TravelTimes, trip: _Trip) -> NDArray[np.int8]:
    """Say of each origin that reaches nothing why: outside, far from a street, cut off, or just too far."""
    alone = np.diff(times.indptr) == 0
    causes = np.zeros(len(times.origins), np.int8)
    if not alone.any():
        return causes
    causes[alone] = CAUSES.index("too_far")
    if len(times.destinations):  # of nothing to go to it cannot be said that the streets do not lead there
        causes[alone & ~_connected(trip)] = CAUSES.index("not_connected")
    far = alone & ~trip.origins.near
    causes[far] = CAUSES.index("snapped_too_far")
    causes[far & ~trip.origins.inside] = CAUSES.index("outside_streets")
    return causes


def _connected(trip: _Trip) -> NDArray[np.bool_]:
    """Return which origins have some path, however long, to some destination."""
    reach = _reachable(trip.arcs, trip.legs(trip.destinations, leaving=False)[1])
    point, node, _ = trip.legs(trip.origins, leaving=True)
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
