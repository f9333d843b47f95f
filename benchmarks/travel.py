"""Searches over streets beside their peers, in one process, alternating.

    uv run python benchmarks/travel.py [--sizes 20000 200000]

Nearest: 1,000 facilities, 15 minutes on foot, every crossing a demand point: search alone, arrays in, arrays out.
Matrix: 5,000 candidates x all crossings within 15 minutes, sparse. scipy is measured on 300 sources and scaled; it is
the only peer here that takes many sources and a limit. networkx is measured on the nearest question.
"""

import argparse
import os
import platform
import statistics
import time
from collections.abc import Callable

import networkx as nx
import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from benchmarks.cities import city
from planner.network import WALK, StreetNetwork
from planner.travel import kernels, search_arcs

CUTOFF_MIN = 15.0


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[20_000, 200_000])
    print(
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}; milliseconds, median of 7"
    )
    print(
        f"{'question':<12}{'nodes':>10}{'arcs':>10}{'planner':>12}{'scipy':>12}{'ratio':>8}{'networkx':>12}{'ratio':>8}"
    )
    for n in parser.parse_args().sizes:
        network = city(n)
        nearest(network)
        matrix(network)


def nearest(network: StreetNetwork) -> None:
    """Compare the nearest of 1,000 facilities for every crossing."""
    arcs = search_arcs(network, WALK, "to")
    starts = np.random.default_rng(0).choice(len(network.node_id), 1000, replace=False).astype(np.uint32)
    width = float(np.median(arcs[2])) / 2
    graph = as_scipy(arcs)
    entries = starts, np.zeros(1000), np.arange(1000, dtype=np.uint32)
    ours, theirs = alternate(
        lambda: kernels.nearest(*arcs, entries, CUTOFF_MIN, width, len(arcs[1]) + 1001),
        lambda: dijkstra(graph, indices=starts, min_only=True, limit=CUTOFF_MIN),
    )
    done, label, _ = kernels.nearest(*arcs, entries, CUTOFF_MIN, width, len(arcs[1]) + 1001)
    assert done
    assert np.array_equal(label, dijkstra(graph, indices=starts, min_only=True, limit=CUTOFF_MIN))
    slow = nx.from_scipy_sparse_array(graph, create_using=nx.DiGraph)
    third = timed(lambda: nx.multi_source_dijkstra_path_length(slow, set(starts.tolist()), cutoff=CUTOFF_MIN), 1)
    show("nearest", network, len(arcs[1]), ours, theirs, third)


def matrix(network: StreetNetwork) -> None:
    """Compare 5,000 candidates by every crossing within the cutoff."""
    arcs = search_arcs(network, WALK, "to")
    n = len(network.node_id)
    sources = np.random.default_rng(0).choice(n, 5000, replace=False).astype(np.uint32)
    starts = np.arange(5001, dtype=np.uint64), sources, np.zeros(5000)
    legs = np.arange(n + 1, dtype=np.uint64), np.arange(n, dtype=np.uint32), np.zeros(n)
    direct = np.zeros(5001, np.uint64), np.zeros(0, np.uint32), np.zeros(0)
    width = float(np.median(arcs[2])) / 2
    graph = as_scipy(arcs)
    ours = timed(lambda: kernels.many_to_many(*arcs, starts, legs, direct, n, CUTOFF_MIN, width), 3)
    theirs = timed(lambda: dijkstra(graph, indices=sources[:300], limit=CUTOFF_MIN), 1) * 5000 / 300
    show("matrix", network, len(arcs[1]), ours, theirs, None)


def as_scipy(arcs: tuple[np.ndarray, np.ndarray, np.ndarray]) -> csr_array:
    """Return the same arcs as scipy wants them."""
    n = len(arcs[0]) - 1
    return csr_array((arcs[2], arcs[1].astype(np.int32), arcs[0].astype(np.int32)), shape=(n, n))


def alternate(a: Callable[[], object], b: Callable[[], object], runs: int = 7) -> tuple[float, float]:
    """Time two calls in turn after one of each; return the medians in milliseconds."""
    a()
    b()
    pairs = [(timed(a, 1, warm=False), timed(b, 1, warm=False)) for _ in range(runs)]
    return statistics.median(p[0] for p in pairs), statistics.median(p[1] for p in pairs)


def timed(call: Callable[[], object], runs: int, *, warm: bool = True) -> float:
    """Return the median milliseconds of a call."""
    if warm:
        call()
    seconds = []
    for _ in range(runs):
        begun = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - begun)
    return 1000 * statistics.median(seconds)


def show(question: str, network: StreetNetwork, arcs: int, ours: float, theirs: float, third: float | None) -> None:
    """Print a row; ratios are the peer's time over ours."""
    row = f"{question:<12}{len(network.node_id):>10}{arcs:>10}{ours:>12.1f}{theirs:>12.1f}{theirs / ours:>8.1f}"
    print(row + (f"{third:>12.1f}{third / ours:>8.1f}" if third is not None else ""), flush=True)


if __name__ == "__main__":
    main()
