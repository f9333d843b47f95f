"""Lines of public transport joined to the streets: `join_transit`, and how often they run in a window of the day.

A graph of frequencies: who boards waits half the headway, whoever is on board rides on, and every walk, to the stop,
between stops and all the way, is one over the streets. Lines that share a road are boarded each by itself, so the
wait for the first of several is overstated, never understated.

Source: the usual network of headways, e.g. H. Spiess and M. Florian, Transportation Research B 23 (1989), without
their strategies.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray

from ..layers import Timetable
from .cut import Cut, cut_at
from .modes import TRANSIT, Mode
from .snap import Snaps, snap
from .streets import StreetNetwork

Window = tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class TransitNetwork(StreetNetwork):
    """Streets cut at the stops, and the lines that can be boarded there.

    `streets` are those before cutting, `cut` says how they were cut. Nodes from `len(node_id)` on are no places on
    streets: first a platform for each stop of `timetable`, then one on board for each visit of a pattern. Arc `k`
    leads from node `link_from[k]` to `link_to[k]`: `link_m[k]` metres walked and `link_min[k]` minutes waited or
    ridden. `window`: the minutes of the day that headways were counted in. `stop_near` (stops,): whether a street is
    near enough to walk to it.
    """

    streets: StreetNetwork
    cut: Cut
    timetable: Timetable
    window: Window
    link_from: NDArray[np.int64]
    link_to: NDArray[np.int64]
    link_m: NDArray[np.float64]
    link_min: NDArray[np.float64]
    stop_near: NDArray[np.bool_]

    @property
    def n_nodes(self) -> int:
        """How many nodes there are with platforms and places on board."""
        return len(self.node_id) + len(self.timetable.stops) + len(self.timetable.stop)

    @cached_property
    def service(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Minutes between departures and minutes to the next stop, by visit."""
        return headways(self.timetable, self.window)

    @property
    def running(self) -> tuple[int, int, int]:
        """How many lines depart in the window, of how many, and with how many departures from their first stops."""
        low, high = self.window
        table = self.timetable
        first = table.depart[table.times]
        inside = (first >= low) & (first < high)
        of_trip = np.repeat(np.arange(len(table.line)), np.diff(table.trips))
        return len(set(table.line[of_trip[inside]])), len(set(table.line)), int(inside.sum())

    def require(self, mode: Mode) -> None:
        """Refuse a mode that gets nobody anywhere here; the lines must be walked to."""
        super().require(mode.on_streets)

    def snap(self, points: gpd.GeoSeries | gpd.GeoDataFrame, *, mode: Mode) -> Snaps:
        """Return where points touch the streets; cutting changes nothing about that."""
        return self.cut.moved(snap(self.streets, points, mode=mode))

    def links(self, mode: Mode) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
        """Return from, to and minutes of the arcs beside the streets, at the mode's walking speed."""
        return self.link_from, self.link_to, mode.minutes(self.link_m) + self.link_min


def join_transit(
    streets: StreetNetwork, timetable: Timetable, *, window: Window, mode: Mode = TRANSIT
) -> TransitNetwork:
    """Return the streets with the lines that run in a window of the day.

    Args:
        streets: the streets; stops are joined to the nearest that is open on foot, with the way there counted.
        timetable: the lines, stops in the CRS of the streets.
        window: minutes after midnight, from and until.
        mode: gives how far from a street a stop may be (`snap_max_m`); farther ones cannot be walked to.
    """
    snaps = snap(streets, timetable.stops, mode=mode)
    cut, node = cut_at(streets, snaps.edge, snaps.offset_m)
    near = snaps.access_m <= mode.snap_max_m
    links = _links(
        timetable, headways(timetable, window), node, np.where(near, snaps.access_m, np.nan), len(cut.network.node_id)
    )
    return TransitNetwork(
        **_fields(cut.network),
        streets=streets,
        cut=cut,
        timetable=timetable,
        window=window,
        link_from=links[0].astype(np.int64),
        link_to=links[1].astype(np.int64),
        link_m=links[2],
        link_min=links[3],
        stop_near=near,
    )


def headways(timetable: Timetable, window: Window) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return minutes between departures, and mean minutes to the next stop, by visit.

    headway = as stated, else (until - from) / departures from that stop in the window    (1)
    NaN: nothing departs from there in the window, and nothing departs from a last stop.
    """
    low, high = window
    wait, ride = (np.full(len(timetable.stop), np.nan) for _ in range(2))
    for p in range(len(timetable.line)):
        one, at = timetable.pattern(p), timetable.offsets[p]
        inside = (one.depart[:, :-1] >= low) & (one.depart[:, :-1] < high)
        count = inside.sum(axis=0)
        stated = np.full(len(count), one.headway_min)
        counted = (high - low) / np.maximum(count, 1)  # (1)
        legs = np.diff(one.arrive, axis=1)
        chosen = inside | (count == 0)  # nobody boards there then, but who boarded before rides on
        wait[at : at + len(count)] = np.where(count > 0, np.where(np.isnan(stated), counted, stated), np.nan)
        ride[at : at + len(count)] = (legs * chosen).sum(axis=0) / chosen.sum(axis=0)
    return wait, ride


def _links(
    timetable: Timetable,
    service: tuple[NDArray[np.float64], NDArray[np.float64]],
    node: NDArray[np.int64],
    access_m: NDArray[np.float64],
    first: int,
) -> NDArray[np.float64]:
    """Return from, to, metres and minutes of every arc beside the streets, as rows of four."""
    headway, ride = service
    n_stops = len(timetable.stops)
    platform, board = first + np.arange(n_stops), first + n_stops + np.arange(len(timetable.stop))
    near, runs = ~np.isnan(access_m), ~np.isnan(headway)
    onward = ~np.isnan(ride)
    stand = platform[timetable.stop]
    none, nowhere = np.zeros(n_stops), np.zeros(len(board))
    parts = [
        (node[near], platform[near], access_m[near], none[near]),
        (platform[near], node[near], access_m[near], none[near]),
        (stand[runs], board[runs], nowhere[runs], headway[runs] / 2),
        (board[onward], board[onward] + 1, nowhere[onward], ride[onward]),
        (board, stand, nowhere, nowhere),
    ]
    return np.array([np.concatenate(column) for column in zip(*parts, strict=True)])


def _fields(network: StreetNetwork) -> dict[str, Any]:
    """Return the fields of a plain network by name."""
    return {name: getattr(network, name) for name in StreetNetwork.__dataclass_fields__}


def stops_of(network: TransitNetwork) -> gpd.GeoSeries:
    """Return the stops that can be walked to, by position."""
    points = network.timetable.stops.geometry
    return points.set_axis(range(len(points)))[network.stop_near]
