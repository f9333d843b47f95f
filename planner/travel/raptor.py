"""Earliest arrivals over a timetable, compiled: RAPTOR without a limit on the number of rides.

Source: D. Delling, T. Pajor and R. F. Werneck, Round-Based Public Transit Routing, ALENEX 2012: RAPTOR with local
pruning, and rRAPTOR for the departures; walks are one leg between two rides, given in full.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..compiled import njit

Positions = NDArray[np.int64]
Stops = NDArray[np.int32]
Minutes = NDArray[np.float64]
Rows = tuple[Positions, Stops, Minutes]
Service = tuple[Positions, Stops, Positions, Positions, Minutes, Minutes]
Calls = tuple[Positions, Stops, Stops]


class Lines(NamedTuple):
    """What runs, and how to change.

    `service`: offsets, stop, trips, times, arrive, depart of a `Timetable`. `calls`: CSR by stop, the patterns that
    call there, and at which of their visits. `walks`: CSR by stop, the stops one can change to on foot, itself among
    them, and the minutes.
    """

    service: Service
    calls: Calls
    walks: Rows


class Walks(NamedTuple):
    """CSR of walks from origins to stops, from stops to destinations, and from origins to destinations."""

    access: Rows
    egress: Rows
    direct: Rows


class _Stops(NamedTuple):
    """By stop: when one can board, when one has alighted, and whether boarding there is to be tried again."""

    ready: Minutes
    alight: Minutes
    marked: NDArray[np.bool_]


@njit(cache=True, nogil=True)
def _scan(
    service: Service, pattern: int, begin: int, ready: Minutes, alight: Minutes, fresh: NDArray[np.bool_], latest: float
) -> None:
    """Ride one pattern from its visit `begin` on; write earlier arrivals and mark their stops in `fresh`."""
    offsets, stop, trips, times, arrive, depart = service
    at, n = offsets[pattern], offsets[pattern + 1] - offsets[pattern]
    low, high = trips[pattern], trips[pattern + 1]
    trip = high
    for i in range(begin, n):
        s = stop[at + i]
        if trip < high:
            t = arrive[times[trip] + i]
            if t < alight[s] and t <= latest:
                alight[s] = t
                fresh[s] = True
        if ready[s] < np.inf and i + 1 < n:  # no trip overtakes, so the first to leave is the first everywhere
            first, last = low, trip
            while first < last:
                middle = (first + last) // 2
                if depart[times[middle] + i] >= ready[s]:
                    last = middle
                else:
                    first = middle + 1
            trip = first


@njit(cache=True, nogil=True)
def _ride(lines: Lines, stops: _Stops, latest: float) -> None:
    """Take rides and walks until no stop is reached earlier; `stops` say where one can board at first."""
    service, calls, walks = lines
    ready, alight, marked = stops
    n_patterns, n_stops = len(service[0]) - 1, len(ready)
    begin = np.empty(n_patterns, np.int64)
    fresh = np.zeros(n_stops, np.bool_)
    while marked.any():
        begin[:] = -1
        for s in range(n_stops):
            if marked[s]:
                marked[s] = False
                for k in range(calls[0][s], calls[0][s + 1]):
                    p, i = calls[1][k], calls[2][k]
                    if begin[p] < 0 or i < begin[p]:
                        begin[p] = i
        for p in range(n_patterns):
            if begin[p] >= 0:
                _scan(service, p, begin[p], ready, alight, fresh, latest)
        for s in range(n_stops):
            if fresh[s]:
                fresh[s] = False
                for k in range(walks[0][s], walks[0][s + 1]):
                    to, t = walks[1][k], alight[s] + walks[2][k]
                    if t < ready[to] and t <= latest:
                        ready[to] = t
                        marked[to] = True


@njit(cache=True, nogil=True)
def _search(lines: Lines, walks: Walks, o: int, starts: Minutes, cutoff: float, stops: _Stops, taken: Minutes) -> None:
    """Write how long origin `o` takes to each destination by departure; where it takes too long, infinity.

    Departures are searched from the last to the first, and what a later one reaches is not searched again.
    """
    access, egress, direct = walks
    ready, alight, marked = stops
    taken[:] = np.inf
    ready[:] = np.inf
    alight[:] = np.inf
    for d in range(len(starts) - 1, -1, -1):  # who sets out earlier may wait and do as who sets out later
        for k in range(access[0][o], access[0][o + 1]):
            t = starts[d] + access[2][k]
            if access[2][k] <= cutoff and t < ready[access[1][k]]:
                ready[access[1][k]] = t
                marked[access[1][k]] = True
        _ride(lines, stops, starts[d] + cutoff)
        for s in range(len(alight)):
            if alight[s] < np.inf:
                for k in range(egress[0][s], egress[0][s + 1]):
                    t = alight[s] + egress[2][k] - starts[d]
                    if t < taken[egress[1][k], d]:
                        taken[egress[1][k], d] = t
        for k in range(direct[0][o], direct[0][o + 1]):
            if direct[2][k] < taken[direct[1][k], d]:
                taken[direct[1][k], d] = direct[2][k]


@njit(cache=True, nogil=True)
def medians(
    lines: Lines, walks: Walks, starts: Minutes, cutoff: float, n_destinations: int
) -> tuple[Positions, NDArray[np.int32], Minutes]:
    """Return CSR rows, one an origin: destinations that half of the departures reach within the cutoff, and minutes.

    Args:
        lines: what runs.
        walks: those of the origins.
        starts: when the origins set out, minutes after midnight, in order.
        cutoff: minutes.
        n_destinations: how many destinations there are.
    """
    n_origins, n_stops, n_starts = len(walks.access[0]) - 1, len(lines.walks[0]) - 1, len(starts)
    rows = np.zeros(n_origins + 1, np.int64)
    out_to, out_min = np.empty(1024, np.int32), np.empty(1024, np.float64)
    taken = np.empty((n_destinations, n_starts))
    stops = _Stops(np.empty(n_stops), np.empty(n_stops), np.zeros(n_stops, np.bool_))
    half = (n_starts - 1) // 2
    for o in range(n_origins):
        _search(lines, walks, o, starts, cutoff, stops, taken)
        filled = rows[o]
        if filled + n_destinations > len(out_to):
            room = 2 * len(out_to) + n_destinations
            out_to = np.concatenate((out_to[:filled], np.empty(room - filled, np.int32)))
            out_min = np.concatenate((out_min[:filled], np.empty(room - filled, np.float64)))
        for j in range(n_destinations):
            middle = np.sort(taken[j])[half]
            if middle <= cutoff:
                out_to[filled] = j
                out_min[filled] = middle
                filled += 1
        rows[o + 1] = filled
    return rows, out_to[: rows[-1]].copy(), out_min[: rows[-1]].copy()
