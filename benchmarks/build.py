"""From street file to network, beside OSMnx, in one process, in turn.

    uv run python -m benchmarks.build FILE.osm.pbf [--crs EPSG:32722] [--sizes 0.25 1 4] [--runs 3]

The same ways are written as .osm.pbf and as .osm; sizes are shares of the file: below 1 the middle of it, above 1
copies side by side. planner: read, project, cut at crossings, join chains. OSMnx: `graph_from_xml(simplify=True,
retain_all=True)`, which does the same but for the projection. The cache is timed on the same network: `load` opens it,
`touch` reads every number of it once.
"""

import argparse
import os
import platform
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import osmium
import osmnx

from planner import cache
from planner.layers.conform import Layer
from planner.layers.streets import read_streets
from planner.network import StreetNetwork, build_network

_SHIFT_DEGREES = 0.5  # a copy lies this far from the one before
_HEAD = (
    *("size", "nodes", "edges", "pbf s", "xml s", "OSMnx s", "pbf ratio", "xml ratio"),
    *("CPU ratio", "load ms", "touch ms"),
)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--crs", default="EPSG:32722")
    parser.add_argument("--sizes", type=float, nargs="+", default=[0.25, 1.0, 4.0])
    parser.add_argument("--runs", type=int, default=3)
    given = parser.parse_args()
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}; median of {given.runs}")
    print("".join(f"{name:>11}" for name in _HEAD))
    nodes, ways = _read(given.file)
    for size in given.sizes:
        with tempfile.TemporaryDirectory() as folder:
            files = [Path(folder) / f"streets.{suffix}" for suffix in ("osm.pbf", "osm")]
            for file in files:
                _write(file, nodes, ways, size)
            compare(files, given.crs, size, given.runs)


def compare(files: list[Path], crs: str, size: float, runs: int) -> None:
    """Time the three in turn and print a row; ratios are OSMnx's time over ours."""
    network = _ours(files[0], crs)
    seconds, cpu = [], []
    for _ in range(runs):
        calls = [lambda: _ours(files[0], crs), lambda: _ours(files[1], crs), lambda: _theirs(files[1])]
        wall = [_timed(call) for call in calls]
        seconds.append([w for w, _ in wall])
        cpu.append([c for _, c in wall])
    pbf, xml, peer = (statistics.median(column) for column in zip(*seconds, strict=True))
    cpu_pbf, _, cpu_peer = (statistics.median(column) for column in zip(*cpu, strict=True))
    load, touch = _cache(files[0], crs)
    row = (
        size,
        len(network.node_id),
        len(network),
        pbf,
        xml,
        peer,
        peer / pbf,
        peer / xml,
        cpu_peer / cpu_pbf,
        load,
        touch,
    )
    print("".join(f"{v:>11}" if isinstance(v, int) else f"{v:>11.3g}" for v in row), flush=True)


def _ours(file: Path, crs: str) -> StreetNetwork:
    return build_network(read_streets(Layer(path=file, datum=None, columns={}, crs=crs)))


def _theirs(file: Path) -> object:
    return osmnx.graph_from_xml(file, simplify=True, retain_all=True)


def _cache(file: Path, crs: str) -> tuple[float, float]:
    """Return the milliseconds of opening the built network from the cache, and of reading all of it."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["PLANNER_CACHE_DIR"] = folder
        ways = read_streets(Layer(path=file, datum=None, columns={}, crs=crs))
        cache.cached_network(ways)
        key = cache.digest_of(ways)
        loads = [_timed(lambda: cache.load_network(key))[0] for _ in range(7)]
        reads = [_timed(lambda: _sum(cache.load_network(key)))[0] for _ in range(7)]
    return 1000 * statistics.median(loads), 1000 * statistics.median(reads)


def _sum(network: StreetNetwork | None) -> float:
    assert network is not None
    arrays = (value for value in vars(network).values() if isinstance(value, np.ndarray))
    return float(sum(a.view(np.uint8).sum(dtype=np.int64) for a in arrays if a.size))


def _timed(call: Callable[[], object]) -> tuple[float, float]:
    begun = time.perf_counter(), time.process_time()
    call()
    return time.perf_counter() - begun[0], time.process_time() - begun[1]


def _read(file: Path) -> tuple[dict[int, tuple[float, float]], list[tuple[int, list[int], dict[str, str]]]]:
    """Return the places of nodes and the ways with a highway tag."""
    nodes, ways = {}, []
    kept = osmium.FileProcessor(str(file)).with_locations()
    kept.with_filter(osmium.filter.EntityFilter(osmium.osm.WAY)).with_filter(osmium.filter.KeyFilter("highway"))
    for way in kept:
        refs = [n for n in way.nodes if n.location.valid()]
        nodes |= {n.ref: (n.lon, n.lat) for n in refs}
        ways.append((way.id, [n.ref for n in refs], dict(way.tags)))
    return nodes, ways


def _write(file: Path, nodes: dict, ways: list, size: float) -> None:
    copies = max(1, round(size))
    ways = _middle(nodes, ways, size) if size < 1 else ways
    used = sorted({ref for _, refs, _ in ways for ref in refs})
    with osmium.SimpleWriter(str(file)) as out:
        for i, ref in _each(copies, used):
            place = nodes[ref][0] + i * _SHIFT_DEGREES, nodes[ref][1]
            out.add_node(osmium.osm.mutable.Node(id=ref + i * 10**11, location=place, version=1))
        for i, (way, refs, tags) in _each(copies, sorted(ways, key=lambda w: w[0])):
            moved = [ref + i * 10**11 for ref in refs]
            out.add_way(osmium.osm.mutable.Way(id=way + i * 10**11, nodes=moved, tags=tags, version=1))


def _each(copies: int, things: list) -> Iterator[tuple[int, object]]:
    return ((i, thing) for i in range(copies) for thing in things)


def _middle(nodes: dict, ways: list, share: float) -> list:
    """Return the ways that lie wholly in the middle of the file, about `share` of its area."""
    xy = np.array(list(nodes.values()))
    low, high = np.quantile(xy, 0.5 - np.sqrt(share) / 2, axis=0), np.quantile(xy, 0.5 + np.sqrt(share) / 2, axis=0)
    inside = {ref for ref, place in zip(nodes, xy, strict=True) if (place >= low).all() and (place <= high).all()}
    return [way for way in ways if inside.issuperset(way[1])]


if __name__ == "__main__":
    main()
