"""Public transport beside naive searches, on the streets, feeds and hexagons of Porto Alegre.

    uv run python -m benchmarks.transit [--data ../shared/data/porto_alegre]

reading    both feeds of a day: planner's `read_transit`, and gtfs-kit's `read_feed` and `get_stop_times`.
timetable  median minutes over 12 departures between 14:00 and 15:00, from hexagons to all 1,227, within an hour. The
           naive search is Dijkstra's (scipy) on the time-expanded graph: an event for each arrival and departure of
           each trip, waits, rides, and every walk between stops. Its graph is built beforehand, walks included; it does
           a few origins and is scaled. Both must find the same minutes.
headways   minutes from door to door over the graph of frequencies, hexagons by hexagons within an hour; scipy's
           Dijkstra searches the same graph from some of them and is scaled.
r5py is not among the peers: it fetches R5 from GitHub when it is first imported.
"""

import argparse
import importlib.util
import os
import platform
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import cKDTree

from benchmarks.travel import as_scipy
from planner.layers import Timetable, read_streets, read_transit
from planner.layers.conform import Layer
from planner.network import TRANSIT, Transit, TransitNetwork, build_network, join_transit, stops_of
from planner.travel import search_arcs, transit_times, travel_times

CRS, DAY, WINDOW, CUTOFF_MIN, FEW = "EPSG:31982", date(2019, 5, 13), (840.0, 900.0), 60.0, 4
HOME = Path(__file__).resolve().parents[1].parent / "shared" / "data" / "porto_alegre"
Pairs = tuple[np.ndarray, np.ndarray, np.ndarray]


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=HOME)
    folder = parser.parse_args().data
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}; CPU seconds (times ours)")
    feeds = [Layer(path=folder / f"poa_{feed}.zip", datum=None, columns={}, crs=CRS) for feed in ("eptc", "trensurb")]
    reading(feeds)
    streets = build_network(read_streets(Layer(path=folder / "poa_osm.pbf", datum=None, columns={}, crs=CRS)))
    joined = join_transit(streets, read_transit(feeds, on=DAY), window=WINDOW)
    cells = pd.read_csv(folder / "poa_hexgrid.csv", index_col="id")
    homes = gpd.GeoSeries.from_xy(cells["lon"], cells["lat"], index=cells.index, crs=4326).to_crs(CRS)
    by_timetable(joined, homes)
    by_headways(joined, homes)


def reading(feeds: list[Layer]) -> None:
    """Compare reading the trips of a day."""
    ours = work(lambda: read_transit(feeds, on=DAY))
    if importlib.util.find_spec("gtfs_kit") is None:
        show("reading", ours, {})
        return
    import gtfs_kit

    def peer() -> None:
        for feed in feeds:
            gtfs_kit.read_feed(feed.path, dist_units="m").get_stop_times(date=f"{DAY:%Y%m%d}")

    show("reading", ours, {"gtfs-kit": work(peer)})


def by_timetable(joined: TransitNetwork, homes: gpd.GeoSeries) -> None:
    """Compare RAPTOR with Dijkstra's search on the time-expanded graph, and their minutes."""
    mode = replace(TRANSIT, transit_time="timetable")
    transit_times(joined, homes.iloc[:1], homes.iloc[:9], mode=mode, cutoff_min=CUTOFF_MIN)  # compiled
    alone = work(lambda: transit_times(joined, homes, homes, mode=mode, cutoff_min=CUTOFF_MIN))
    some = homes.iloc[:: len(homes) // FEW][:FEW]
    expanded = Expanded(joined, some, homes, mode)
    found: list[np.ndarray] = []
    naive = work(lambda: found.append(expanded.medians())) * len(homes) / len(some)
    times = transit_times(joined, some, homes, mode=mode, cutoff_min=CUTOFF_MIN)
    ours = np.full(found[0].shape, np.inf)
    ours[times.rows, times.indices] = times.minutes
    np.testing.assert_allclose(ours, np.where(found[0] <= CUTOFF_MIN, found[0], np.inf), atol=1e-3)
    show(f"timetable, {len(homes):,} x {len(homes):,}, {expanded.n:,} events", alone, {"time-expanded": naive})


class Expanded:
    """The time-expanded graph of a day: arrivals are even nodes, departures odd ones, then a node a query."""

    def __init__(self, joined: TransitNetwork, origins: gpd.GeoSeries, ends: gpd.GeoSeries, mode: Transit) -> None:
        limit = float(mode.minutes(np.array([mode.stop_walk_m]))[0])
        self.stop, self.arrive, self.depart, last = _events(joined.timetable, WINDOW[0], WINDOW[1] + CUTOFF_MIN)
        self.n, self.starts = len(self.stop), np.linspace(*WINDOW, mode.departures, endpoint=False)
        stops = stops_of(joined)

        def walks(a: gpd.GeoSeries, b: gpd.GeoSeries, most: float) -> Pairs:
            found = travel_times(joined.streets, a, b, mode=mode.on_streets, cutoff_min=most)
            return found.rows, found.indices, found.minutes.astype(float)

        own = np.arange(len(joined.timetable.stops))
        a, b, m = walks(stops, stops, limit)
        a, b, m = (column[a != b] for column in (a, b, m))
        between = np.append(stops.index[a], own), np.append(stops.index[b], own), np.append(m, np.zeros(len(own)))
        o, s, m = walks(origins, stops, limit)
        s2, d, m2 = walks(stops, ends, limit)
        self.egress = coo_array((m2, (stops.index[s2], d)), shape=(len(own), len(ends))).tocsr()
        self.direct = np.full((len(origins), len(ends)), np.inf)
        i, j, walked = walks(origins, ends, CUTOFF_MIN)
        self.direct[i, j] = walked
        self.graph = self._graph(between, (o, stops.index.to_numpy()[s], m), len(origins), last)

    def _graph(self, between: Pairs, access: Pairs, n_origins: int, last: np.ndarray) -> csr_array:
        event = np.arange(self.n)
        rides = event[~last]
        order = np.lexsort((self.depart, self.stop))
        same = self.stop[order][1:] == self.stop[order][:-1]
        before, after = order[:-1][same], order[1:][same]
        changes = _joined(self.stop, between)
        queries = len(self.starts) * access[0].astype(np.int64)[:, None] + np.arange(len(self.starts))
        leave = np.tile(self.starts, (len(access[0]), 1))
        stops, walked = (np.repeat(column, len(self.starts)) for column in access[1:])
        parts = [
            (2 * rides + 1, 2 * (rides + 1), self.arrive[rides + 1] - self.depart[rides]),
            (2 * event, 2 * event + 1, self.depart - self.arrive),
            (2 * before + 1, 2 * after + 1, self.depart[after] - self.depart[before]),
            self._boarded(2 * changes[0], self.arrive[changes[0]], *changes[1:], order),
            self._boarded(2 * self.n + queries.ravel(), leave.ravel(), stops, walked, order),
        ]
        tail, head, cost = (np.concatenate(column) for column in zip(*parts, strict=True))
        size = 2 * self.n + n_origins * len(self.starts)
        least = np.lexsort((cost, head, tail))  # who rides on may also be said to change to the same trip
        pairs = np.column_stack([tail, head])[least]
        once = least[np.append(values=(pairs[1:] != pairs[:-1]).any(axis=1), arr=True)]
        return coo_array((np.maximum(cost[once], 1e-12), (tail[once], head[once])), shape=(size, size)).tocsr()

    def _boarded(
        self, node: np.ndarray, at: np.ndarray, stops: np.ndarray, walks: np.ndarray, order: np.ndarray
    ) -> Pairs:
        """Return arcs from nodes to the first departure that can be caught at a stop after a walk."""
        keys = self.stop[order] * 1e5 + self.depart[order]
        first = np.minimum(np.searchsorted(keys, stops * 1e5 + at + walks - 1e-9), len(order) - 1)
        to = order[first]
        caught = (self.stop[to] == stops) & (self.depart[to] >= at + walks - 1e-9)
        return node[caught], 2 * to[caught] + 1, (self.depart[to] - at)[caught]

    def medians(self) -> np.ndarray:
        """Return minutes, origins x ends: the median of the departures (of an even number, the earlier half's last)."""
        n_origins, k = len(self.direct), len(self.starts)
        taken = np.empty((n_origins, k, self.direct.shape[1]))
        for query in range(n_origins * k):
            reached = dijkstra(self.graph, indices=2 * self.n + query, limit=CUTOFF_MIN)[0 : 2 * self.n : 2]
            some = np.flatnonzero(np.isfinite(reached))
            at_stop = np.full(self.egress.shape[0], np.inf)
            np.minimum.at(at_stop, self.stop[some], reached[some])
            best = self.direct[query // k].copy()
            for s in np.flatnonzero(np.isfinite(at_stop)):
                low, high = self.egress.indptr[s], self.egress.indptr[s + 1]
                np.minimum.at(best, self.egress.indices[low:high], at_stop[s] + self.egress.data[low:high])
            taken[query // k, query % k] = best
        middle: np.ndarray = np.sort(taken, axis=1)[:, (k - 1) // 2]
        return middle


def _events(timetable: Timetable, low: float, high: float) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return stop, arrival and departure of every call of some hours, and whether it is the trip's last of them."""
    parts = []
    for p in range(len(timetable.line)):
        one = timetable.pattern(p)
        trip = np.repeat(np.arange(len(one.arrive)), len(one.stops)) + 1e6 * p
        parts.append((np.tile(one.stops, len(one.arrive)), one.arrive.ravel(), one.depart.ravel(), trip))
    stop, arrive, depart, trip = (np.concatenate(column) for column in zip(*parts, strict=True))
    kept = (depart >= low) & (arrive <= high)
    trip = trip[kept]
    return stop[kept].astype(np.int64), arrive[kept], depart[kept], np.append(trip[1:] != trip[:-1], values=True)


def _joined(stop: np.ndarray, between: Pairs) -> Pairs:
    """Return event, stop and minutes of every walk that every arrival may go on with."""
    order = np.argsort(between[0], kind="stable")
    low, high = (np.searchsorted(between[0][order], stop, side) for side in ("left", "right"))
    event = np.repeat(np.arange(len(stop)), high - low)
    within = np.arange(len(event)) - np.repeat(np.cumsum(high - low) - (high - low), high - low)
    at = order[np.repeat(low, high - low) + within]
    return event, between[1][at], between[2][at]


def by_headways(joined: TransitNetwork, homes: gpd.GeoSeries, few: int = 40) -> None:
    """Compare searches over the graph of frequencies."""
    transit_times(joined, homes.iloc[:1], homes.iloc[:9], cutoff_min=CUTOFF_MIN)
    ours = work(lambda: transit_times(joined, homes, homes, cutoff_min=CUTOFF_MIN))
    graph = as_scipy(search_arcs(joined, TRANSIT, "to"))
    nodes = cKDTree(joined.node_xy).query(np.column_stack([homes.x, homes.y]))[1][:: len(homes) // few][:few]
    peer = work(lambda: dijkstra(graph, indices=nodes, limit=CUTOFF_MIN)) * len(homes) / len(nodes)
    show(f"headways, {len(homes):,} x {len(homes):,}, {graph.shape[0]:,} nodes", ours, {"scipy": peer})


def work(call: Callable[[], object]) -> float:
    """Return the processor seconds of one call, of all threads."""
    begun = time.process_time()
    call()
    return time.process_time() - begun


def show(question: str, ours: float, found: dict[str, float]) -> None:
    """Print a row."""
    rest = "  ".join(f"{name} {spent:,.2f} ({spent / ours:,.1f})" for name, spent in found.items())
    print(f"{question:<60} planner {ours:,.2f}  {rest}", flush=True)


if __name__ == "__main__":
    main()
