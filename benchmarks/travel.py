"""Searches over streets beside their peers, in one process, in turn.

    uv run python -m benchmarks.travel [--sizes 20000 200000 1000000] [--large]

Every crossing is a demand point; arrays in, arrays out. Peers that are not installed are left out.

Two tables: time passed (median), and work (least processor time of all threads), which other programs disturb less.

nearest  1,000 facilities, 15 minutes on foot. "sweep" reads every arc once and does nothing with it.
matrix   5,000 candidates by all crossings within 15 minutes, as CSR. scipy writes dense rows, which are then thinned
         out; it is measured on 300 candidates and scaled: 100 rows at a time by np.nonzero, as one would write it, and
         ("flat") 10 at a time as one long row, the fastest way we found. igraph has no limit: 3 candidates, scaled.
snap     100,000 points to their nearest street.
--large  100,000 candidates by a million crossings; also prints the peak memory of the process.
"""

import argparse
import importlib.util
import os
import platform
import resource
import time
from collections.abc import Callable
from functools import partial

import geopandas as gpd
import networkx as nx
import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from benchmarks.cities import city, points
from planner.compiled import njit
from planner.network import WALK, StreetNetwork
from planner.travel import search_arcs, search_matrix, search_nearest

CUTOFF_MIN = 15.0
PARTS = 32


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[20_000, 200_000])
    parser.add_argument("--large", action="store_true")
    asked = parser.parse_args()
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}; ms (times ours)")
    for n in asked.sizes:
        network = city(n)
        nearest(network)
        matrix(network)
        homes = points(network, 100_000, seed=3)
        show("snap", network, in_turn({"planner": partial(_snap_anew, network, homes)}, 3), {})
    if asked.large:
        large()


def nearest(network: StreetNetwork) -> None:
    """Compare the nearest of 1,000 facilities for every crossing."""
    arcs = search_arcs(network, WALK, "to")
    starts = np.random.default_rng(0).choice(len(network.node_id), 1000, replace=False).astype(np.uint32)
    entries = starts, np.zeros(1000), np.arange(1000, dtype=np.uint32)
    graph, zeros = as_scipy(arcs), np.zeros(len(network.node_id))
    calls = {
        "planner": lambda: search_nearest(arcs, entries, CUTOFF_MIN, PARTS),
        "scipy": lambda: dijkstra(graph, indices=starts, min_only=True, limit=CUTOFF_MIN),
        "sweep": lambda: sweep(*arcs, zeros),
    }
    assert np.array_equal(calls["planner"]()[0], calls["scipy"]())
    once = {"networkx": _networkx(graph, starts)}
    if importlib.util.find_spec("igraph"):
        once["igraph, no limit"] = _igraph_nearest(arcs, starts)
    show("nearest", network, in_turn(calls, 9), {name: timed(call) for name, call in once.items()})


def matrix(network: StreetNetwork) -> None:
    """Compare 5,000 candidates by every crossing within the cutoff."""
    arcs = search_arcs(network, WALK, "to")
    sources = np.random.default_rng(0).choice(len(network.node_id), 5000, replace=False)
    graph = as_scipy(arcs)
    calls = {
        "planner": lambda: crossings(arcs, sources),
        "scipy": lambda: [thinned(graph, sources[k : k + 100]) for k in range(0, 300, 100)],
        "scipy flat": lambda: [flat(graph, sources[k : k + 10]) for k in range(0, 300, 10)],
    }
    found = in_turn(calls, 5)
    found |= {name: found[name] * 5000 / 300 for name in ("scipy", "scipy flat")}
    once = {}
    if importlib.util.find_spec("igraph"):
        whole = _igraph(arcs)
        once["igraph, no limit"] = timed(lambda: whole.distances(sources[:3].tolist(), weights="m")) * 5000 / 3
    show("matrix", network, found, once)


def large() -> None:
    """Time 100,000 candidates by a million crossings."""
    network = city(1_000_000)
    arcs = search_arcs(network, WALK, "to")
    sources = np.random.default_rng(0).choice(len(network.node_id), 100_000, replace=False)
    crossings(arcs, sources[:100])
    begun, worked = time.perf_counter(), time.process_time()
    pairs = len(crossings(arcs, sources)[1])
    seconds, worked = time.perf_counter() - begun, time.process_time() - worked
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    spent = f"{seconds:.1f} s ({worked:.1f} of work)"
    print(f"100,000 x {len(network.node_id):,}: {pairs:,} pairs, {spent}, peak {peak:.1f} GB with the network")


def crossings(arcs: tuple, sources: np.ndarray) -> tuple:
    """Return the minutes from sources, which stand at crossings, to all crossings within the cutoff."""
    n, k = len(arcs[0]) - 1, len(sources)
    order = np.argsort(sources)
    row_of = np.empty(k, np.int64)
    row_of[order] = np.arange(k)
    starts = np.arange(k + 1, dtype=np.uint32), sources[order].astype(np.uint32), np.zeros(k)
    legs = np.arange(n + 1, dtype=np.uint32), np.arange(n, dtype=np.uint32), np.zeros(n)
    direct = np.zeros(k + 1, np.uint32), np.zeros(0, np.uint32), np.zeros(0)
    return search_matrix(arcs, (starts, legs, direct), row_of, n, CUTOFF_MIN)


def thinned(graph: csr_array, sources: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return what scipy finds as rows, columns and minutes within the cutoff."""
    dense = dijkstra(graph, indices=sources, limit=CUTOFF_MIN)
    rows, columns = np.nonzero(np.isfinite(dense))
    return rows, columns, dense[rows, columns]


def flat(graph: csr_array, sources: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the same, found faster."""
    dense = dijkstra(graph, indices=sources, limit=CUTOFF_MIN).ravel()
    at = np.flatnonzero(dense < np.inf)
    return at // graph.shape[1], at % graph.shape[1], dense[at]


@njit()
def sweep(indptr, heads, costs, label):  # noqa: ANN001, ANN201
    """Read every arc and the label it leads to."""
    total = 0.0
    for node in range(len(indptr) - 1):
        for a in range(indptr[node], indptr[node + 1]):
            total += costs[a] + label[heads[a]]
    return total


def as_scipy(arcs: tuple[np.ndarray, np.ndarray, np.ndarray]) -> csr_array:
    """Return the same arcs as scipy wants them."""
    n = len(arcs[0]) - 1
    return csr_array((arcs[2], arcs[1].astype(np.int32), arcs[0].astype(np.int32)), shape=(n, n))


def _snap_anew(network: StreetNetwork, homes: gpd.GeoSeries) -> object:
    return network.nearest.look(homes.to_numpy(), WALK.bit)  # without what it remembers


def _networkx(graph: csr_array, starts: np.ndarray) -> Callable[[], object]:
    slow = nx.from_scipy_sparse_array(graph, create_using=nx.DiGraph)
    return lambda: nx.multi_source_dijkstra_path_length(slow, set(starts.tolist()), cutoff=CUTOFF_MIN)


def _igraph(arcs: tuple, extra: np.ndarray | None = None) -> object:
    import igraph

    n = len(arcs[0]) - 1
    tails = np.repeat(np.arange(n), np.diff(arcs[0].astype(int)))
    pairs, minutes = np.column_stack([tails, arcs[1]]), arcs[2]
    if extra is not None:
        pairs = np.concatenate([pairs, np.column_stack([np.full(len(extra), n), extra])])
        minutes = np.concatenate([minutes, np.zeros(len(extra))])
    return igraph.Graph(n=n + 1, edges=pairs, directed=True, edge_attrs={"m": minutes})


def _igraph_nearest(arcs: tuple, starts: np.ndarray) -> Callable[[], object]:
    """Return a search from one node joined to all facilities: igraph has neither many sources nor a limit."""
    graph = _igraph(arcs, starts)
    return lambda: graph.distances([len(arcs[0]) - 1], weights="m")


def in_turn(calls: dict[str, Callable[[], object]], runs: int) -> dict[str, np.ndarray]:
    """Time calls in turn after one of each; return milliseconds: passed (median) and worked (least)."""
    for call in calls.values():
        call()
    taken = {name: [] for name in calls}
    for _ in range(runs):
        for name, call in calls.items():
            taken[name].append(timed(call))
    return {name: np.array([np.median(t, axis=0)[0], np.min(t, axis=0)[1]]) for name, t in taken.items()}


def timed(call: Callable[[], object]) -> np.ndarray:
    """Return the milliseconds of one call: passed, and worked by all threads."""
    begun, worked = time.perf_counter(), time.process_time()
    call()
    return 1000 * np.array([time.perf_counter() - begun, time.process_time() - worked])


def show(question: str, network: StreetNetwork, found: dict[str, np.ndarray], once: dict[str, np.ndarray]) -> None:
    """Print two rows: milliseconds, and in brackets the time over ours."""
    ours = found.pop("planner")
    for k, kind in enumerate(("passed", "work")):
        rest = "  ".join(f"{name} {ms[k]:,.1f} ({ms[k] / ours[k]:,.2f})" for name, ms in (found | once).items())
        print(f"{question:<8} {len(network.node_id):>9,} {kind:<6}  planner {ours[k]:,.1f}  {rest}", flush=True)


if __name__ == "__main__":
    main()
