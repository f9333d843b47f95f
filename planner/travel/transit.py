"""Minutes by public transport: `transit_times`, from door to door, in the vehicle only, or by the timetable."""

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any, TypeAlias

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray

from ..network import TRANSIT, Timetable, Transit, TransitNetwork, stops_of
from . import raptor
from .arcs import Csr, Direction, in_rows
from .search import TimesCsr, search_matrix
from .street import travel_times
from .times import CAUSES, SLACK_MIN, TravelTimes, round_up

Points: TypeAlias = "gpd.GeoSeries | gpd.GeoDataFrame"


def transit_times(
    network: TransitNetwork,
    origins: Points,
    destinations: Points,
    *,
    mode: Transit = TRANSIT,
    cutoff_min: float,
    nearest_only: bool = False,
    direction: Direction = "to",
) -> TravelTimes:
    """Return minutes by public transport between origins and destinations; walking all the way is always allowed.

    Args:
        network: streets with lines, from `join_transit`.
        origins, destinations: points indexed by id, in the network's CRS.
        mode: TRANSIT, or it at another walking speed or in another reading (`Transit.transit_time`).
        cutoff_min, nearest_only, direction: as in `travel_times`.

    Raises:
        NetworkError: as `travel_times`.
        TableError: as `snap`.
    """
    if mode.transit_time == "door_to_door":
        return travel_times(
            network,
            origins,
            destinations,
            mode=mode,
            cutoff_min=cutoff_min,
            nearest_only=nearest_only,
            direction=direction,
        )
    walk = _Walk(network, mode)
    options: dict[str, Any] = {"mode": mode.on_streets, "cutoff_min": cutoff_min, "direction": direction}
    direct = travel_times(network.streets, origins, destinations, **options)
    answer = _in_vehicle if mode.transit_time == "in_vehicle" else _by_timetable
    indptr, indices, minutes = answer(walk, origins, destinations, direct, direction)
    times = replace(direct, indptr=indptr, indices=indices, minutes=minutes, causes=_causes(indptr, direct))
    return _only_nearest(times) if nearest_only else times


def _causes(indptr: NDArray[np.int64], direct: TravelTimes) -> NDArray[np.int8]:
    """Say why an origin reaches nothing: what keeps it from walking, but a ride may lead where streets do not."""
    causes = np.where(direct.causes == CAUSES.index("not_connected"), CAUSES.index("too_far"), direct.causes)
    alone = np.diff(indptr) == 0
    return np.where(alone, causes, 0).astype(np.int8)


def _only_nearest(times: TravelTimes) -> TravelTimes:
    order = np.lexsort((times.indices, times.minutes, times.rows))
    has = np.diff(times.indptr) > 0
    first = order[times.indptr[:-1][has]]
    indptr = np.concatenate([[0], np.cumsum(has)]).astype(np.int64)
    return replace(times, indptr=indptr, indices=times.indices[first], minutes=times.minutes[first], nearest_only=True)


class _Walk:
    """Walks between points and stops that are short enough to go with a ride."""

    def __init__(self, network: TransitNetwork, mode: Transit) -> None:
        self.network, self.mode = network, mode
        self.limit = float(mode.minutes(np.array([mode.stop_walk_m]))[0])
        self.stops = stops_of(network)

    def to_stops(
        self, points: Points, *, leaving: bool = True
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
        """Return (point, stop, minutes) of every walk within the limit; positions in `points` and the timetable.

        `leaving`: from the point to the stop; else from the stop to the point.
        """
        options: dict[str, Any] = {
            "mode": self.mode.on_streets,
            "cutoff_min": self.limit,
            "direction": "to" if leaving else "from",
        }
        found = travel_times(self.network.streets, points, self.stops, **options)
        stop = self.stops.index.to_numpy(dtype=np.int64)[found.indices]
        return found.rows, stop, found.minutes.astype(np.float64)

    def between_stops(self) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
        """Return (stop, stop, minutes); every stop, even one far from all streets, is no walk from itself."""
        row, stop, minutes = self.to_stops(self.stops)
        first = self.stops.index.to_numpy(dtype=np.int64)[row]
        every = np.arange(len(self.network.timetable.stops))
        differ = first != stop
        return (
            np.concatenate([first[differ], every]),
            np.concatenate([stop[differ], every]),
            np.concatenate([minutes[differ], np.zeros(len(every))]),
        )


def _in_vehicle(
    walk: _Walk, origins: Points, destinations: Points, direct: TravelTimes, direction: Direction
) -> TimesCsr:
    """Return CSR by origin of the least minutes on board, or on foot all the way.

    Nodes: where one may board at each stop, where one has alighted, and each visit of a pattern; only who has
    alighted may walk to board again, so that free walks never add up.
    """
    n_stops = len(walk.network.timetable.stops)
    arcs = _board_arcs(walk, direction)
    begin, leave = (n_stops, 0) if direction == "to" else (0, n_stops)
    far, stop, _ = walk.to_stops(destinations, leaving=direction == "from")
    starts = in_rows(far, stop + begin, np.zeros(len(far)), len(destinations))
    near, stop, _ = walk.to_stops(origins, leaving=direction == "to")
    legs = in_rows(stop + leave, near, np.zeros(len(near)), len(arcs[0]) - 1)
    walked = in_rows(direct.indices, direct.rows, direct.minutes, len(destinations))
    limit = direct.cutoff_min + SLACK_MIN
    return search_matrix(arcs, (starts, legs, walked), np.arange(len(destinations)), len(origins), limit)


def _board_arcs(walk: _Walk, direction: Direction) -> Csr:
    timetable = walk.network.timetable
    headway, ride = walk.network.service
    n_stops, visit = len(timetable.stops), np.arange(len(timetable.stop))
    alighted, on_board = n_stops, 2 * n_stops
    runs, onward = ~np.isnan(headway), ~np.isnan(ride)
    first, second, _ = walk.between_stops()
    tail: list[NDArray] = [timetable.stop[runs], visit[onward] + on_board, visit + on_board, first + alighted]
    head: list[NDArray] = [visit[runs] + on_board, visit[onward] + on_board + 1, timetable.stop + alighted, second]
    cost = [np.zeros(runs.sum()), ride[onward], np.zeros(len(visit)), np.zeros(len(first))]
    row, column = (head, tail) if direction == "to" else (tail, head)
    return in_rows(np.concatenate(row), np.concatenate(column), np.concatenate(cost), 2 * n_stops + len(visit))


def _by_timetable(
    walk: _Walk,
    origins: Points,
    destinations: Points,
    direct: TravelTimes,
    direction: Direction,
) -> TimesCsr:
    """Return CSR by origin of median minutes over departures evenly spread from the window's beginning on."""
    on_foot = direct.rows, direct.indices, direct.minutes
    if direction == "to":
        rows, to, minutes = _medians(walk, origins, destinations, on_foot, direct.cutoff_min)
        return rows, to, round_up(minutes)
    back = on_foot[1], on_foot[0], on_foot[2]
    rows, to, minutes = _medians(walk, destinations, origins, back, direct.cutoff_min)
    indptr, indices, held = in_rows(to, np.repeat(np.arange(len(destinations)), np.diff(rows)), minutes, len(origins))
    return indptr.astype(np.int64), indices.astype(np.int32), round_up(held)


def _medians(
    walk: _Walk,
    origins: Points,
    destinations: Points,
    on_foot: tuple[NDArray, NDArray, NDArray],
    cutoff_min: float,
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float64]]:
    """Run RAPTOR from every origin; chunks of origins in threads."""
    timetable, n, n_to = walk.network.timetable, len(origins), len(destinations)
    low, high = walk.network.window
    starts = np.asarray(low + (high - low) / walk.mode.departures * np.arange(walk.mode.departures), np.float64)
    n_stops = len(timetable.stops)
    stop, egress_to, leg = (walk.to_stops(destinations, leaving=False)[k] for k in (1, 0, 2))
    access, direct = _rows(*walk.to_stops(origins), n), _rows(*on_foot, n)
    lines = raptor.Lines(
        (timetable.offsets, timetable.stop, timetable.trips, timetable.times, timetable.arrive, timetable.depart),
        _calls(timetable),
        _rows(*walk.between_stops(), n_stops),
    )
    egress = _rows(stop, egress_to, leg, n_stops)
    step = max(1, -(-n // (4 * (os.cpu_count() or 1))))

    def part(at: int) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float64]]:
        walks = raptor.Walks(_part(access, at, at + step), egress, _part(direct, at, at + step))
        return raptor.medians(lines, walks, starts, cutoff_min + SLACK_MIN, n_to)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        parts = list(pool.map(part, range(0, n, step)))
    counts = np.concatenate([np.zeros(0, np.int64), *(np.diff(rows) for rows, _, _ in parts)])
    to = np.concatenate([np.zeros(0, np.int32), *(found for _, found, _ in parts)])
    minutes = np.concatenate([np.zeros(0), *(m for _, _, m in parts)])
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64), to, minutes


def _calls(timetable: Timetable) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int32]]:
    """Return CSR by stop: the patterns that call there, and at which of their visits."""
    visits = np.diff(timetable.offsets)
    pattern = np.repeat(np.arange(len(visits)), visits)
    position = np.arange(len(timetable.stop)) - timetable.offsets[pattern]
    order = np.argsort(timetable.stop, kind="stable")
    counts = np.bincount(timetable.stop, minlength=len(timetable.stops))
    indptr = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    return indptr, pattern[order].astype(np.int32), position[order].astype(np.int32)


def _rows(row: NDArray, column: NDArray, value: NDArray, n: int) -> raptor.Rows:
    """Return CSR with signed indices, as the kernel reads them."""
    indptr, columns, values = in_rows(row, column, value, n)
    return indptr.astype(np.int64), columns.astype(np.int32), values


def _part(rows: raptor.Rows, low: int, high: int) -> raptor.Rows:
    indptr = rows[0][low : high + 1]
    return indptr - indptr[0], rows[1][indptr[0] : indptr[-1]], rows[2][indptr[0] : indptr[-1]]
