"""Shortest paths on real streets beside Valhalla's, by length, and the ways that make them differ.

python -m benchmarks.real_cities FILE CRS, with pyvalhalla-weekly; FILE is .osm, .osm.pbf or GeoJSON from OpenStreetMap.
Valhalla is asked for its exact search (its default matrix stops at a good path), for lengths, and for no penalties:
steps have one of their own. Of our paths that are shorter by 2 %, it is asked way by way which ones are closed to it.
"""

import argparse
import json
import subprocess
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import osmium
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import cKDTree

from planner.layers import Ways
from planner.layers.conform import Layer
from planner.layers.crs import to_degrees
from planner.layers.streets import read_streets
from planner.network import BIKE, DRIVE, WALK, Mode, build_network
from planner.network.modes import access_masks
from planner.travel import travel_times

MODES = (WALK, replace(BIKE, speed_mps=WALK.speed_mps), replace(DRIVE, parking_min=0.0))  # lengths, pushed or ridden
COSTING = {"walk": "pedestrian", "bike": "bicycle", "drive": "auto"}
ACCESS = {"pedestrian": "pedestrian", "bicycle": "bicycle", "auto": "car"}
FREE = dict.fromkeys(
    ("step_penalty", "elevator_penalty", "service_penalty", "gate_penalty", "private_access_penalty"), 0
)
OFF, N, SHORT_M = 0.02, 28, 300.0
SAID = ("highway", "foot", "bicycle", "vehicle", "motor_vehicle", "access", "oneway", "area", "junction")


def main() -> None:
    """Print how lengths compare, and the tags of ways that one side may use and the other not."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("crs")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = asked.file if asked.file.suffix in (".osm", ".pbf") else as_osm(asked.file, Path(folder) / "streets.osm")
        ways, peer = read_streets(Layer(path=path, datum=None, columns={}, crs=asked.crs)), valhalla(path, Path(folder))
        for mode in MODES:
            beside(ways, mode, peer)


def as_osm(file: Path, out: Path) -> Path:
    """Write the highways of a GeoJSON file as .osm; vertices at one place are one node."""
    refs: dict[tuple[float, float], int] = {}
    ways = []
    for number, feature in enumerate(json.loads(file.read_text(encoding="utf-8"))["features"], start=1):
        tags = {k: str(v)[:250] for k, v in feature["properties"].items() if v is not None and not k.startswith("@")}
        shape = feature["geometry"]
        line = shape["coordinates"][0] if shape["type"] == "Polygon" else shape["coordinates"]
        if "highway" in tags and shape["type"] in ("LineString", "Polygon"):
            nodes = [refs.setdefault((round(x, 7), round(y, 7)), len(refs) + 1) for x, y, *_ in line]
            ways.append(osmium.osm.mutable.Way(id=number, nodes=nodes, tags=tags, version=1))
    with osmium.SimpleWriter(str(out)) as to:
        for place, ref in refs.items():
            to.add_node(osmium.osm.mutable.Node(id=ref, location=place, version=1))
        for way in ways:
            to.add_way(way)
    return out


def valhalla(path: Path, folder: Path) -> Any:
    """Return Valhalla on the streets of a file."""
    from valhalla import PYVALHALLA_DIR, Actor, get_config

    (folder / "tiles").mkdir()
    config = get_config(tile_dir=str(folder / "tiles"), tile_extract=str(folder / "tiles"))
    config["mjolnir"] |= {"tile_extract": str(folder / "none.tar"), "logging": {"type": ""}}
    config["thor"]["source_to_target_algorithm"] = "timedistancematrix"
    for costing in COSTING.values():
        config["service_limits"][costing] |= {"max_matrix_distance": 1e6, "max_matrix_location_pairs": N * N}
    (folder / "config.json").write_text(json.dumps(config))
    packed = folder / "all.osm.pbf"  # tiles are made of this format alone
    with osmium.SimpleWriter(str(packed)) as to:
        for thing in osmium.FileProcessor(str(path)):
            to.add(thing)
    build = [str(PYVALHALLA_DIR / "bin" / "valhalla_build_tiles"), "-c", str(folder / "config.json"), str(packed)]
    subprocess.run(build, check=True, capture_output=True, cwd=folder)
    return Actor(config)


def beside(ways: Ways, mode: Mode, peer: Any) -> None:
    """Print one mode: how lengths compare, and why they differ where they do."""
    network, costing = build_network(ways), COSTING[mode.name]
    part = network.components(mode)
    used = np.unique(np.stack([network.from_node, network.to_node])[:, network.open_to(mode)])
    used = used[part[used] == np.bincount(part[used]).argmax()]
    picked = np.random.default_rng(5).choice(used, 2 * N, replace=False).reshape(2, N)
    homes, ends = (gpd.GeoSeries(shapely.points(network.node_xy[k]), index=k.astype(str), crs=ways.crs) for k in picked)
    times = travel_times(network, homes, ends, mode=mode, cutoff_min=1e5)
    ours = np.full((N, N), np.inf)
    ours[times.rows, times.indices] = times.minutes * 60 * mode.speed_mps
    theirs = matrix(peer, costing, *(spots(network.node_xy[k], ways.crs) for k in picked))
    both = np.isfinite(ours) & np.isfinite(theirs) & (theirs > SHORT_M)
    ratio = np.where(both, ours / np.where(both, theirs, 1.0), 1.0)
    low, middle, high = np.quantile(ratio[both], [0.05, 0.5, 0.95])
    off = np.abs(ratio - 1) > OFF
    alone = [int((a > b).sum()) for a, b in ((np.isfinite(ours), np.isfinite(theirs)), np.isfinite([theirs, ours]))]
    print(f"{mode.name}: {both.sum()} pairs, ours / theirs {middle:.4f} ({low:.3f} to {high:.3f})", end="")
    print(f", off by 2 % {off.sum() / both.sum():.1%}; reached by ours alone {alone[0]}, by theirs {alone[1]}")
    pairs = np.argwhere(off & (ratio < 1))
    explain(ways, mode, peer, [network.node_xy[[picked[0][i], picked[1][j]]] for i, j in pairs])
    print(f"  theirs shorter {(off & (ratio > 1)).sum()}")


def explain(ways: Ways, mode: Mode, peer: Any, pairs: list[np.ndarray]) -> None:
    """Print which ways are closed to Valhalla on our paths between pairs of places."""
    paths = Paths.of(ways, mode)
    causes = Counter(" | ".join(sorted(closed_to(peer, COSTING[mode.name], paths, *pair))) for pair in pairs)
    for tags, n in causes.most_common(12):
        print(f"  ours shorter {n:4d}: {tags or 'no way of it is closed to them'}")


@dataclass(frozen=True, kw_only=True)
class Paths:
    """The streets of a mode vertex by vertex: `way[a, b]` is the way between two."""

    ways: Ways
    graph: Any
    way: dict[tuple[int, int], int]
    tree: cKDTree

    @classmethod
    def of(cls, ways: Ways, mode: Mode) -> "Paths":
        """Return the steps of every way that the mode may take."""
        inner = np.ones(len(ways.vertex), bool)
        inner[ways.offsets[1:] - 1] = False
        at = np.flatnonzero(inner)
        way, a, b = ways.way_of_vertex[at], ways.vertex[at], ways.vertex[at + 1]
        along, against = ((mask[way] & mode.bit) > 0 for mask in access_masks(ways.tags))
        tail, head = np.concatenate([a[along], b[against]]), np.concatenate([b[along], a[against]])
        metres = np.hypot(*(ways.xy[tail] - ways.xy[head]).T) + 1e-6
        of = np.concatenate([way[along], way[against]])
        best = {(tail[k], head[k]): k for k in np.argsort(-metres)}  # of parallel steps the shortest is written last
        kept = np.array(list(best.values()))
        graph = coo_array((metres[kept], (tail[kept], head[kept])), shape=(len(ways.xy),) * 2).tocsr()
        return cls(ways=ways, graph=graph, way={step: of[k] for step, k in best.items()}, tree=cKDTree(ways.xy))

    def taken(self, start: np.ndarray, end: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
        """Yield the ways of the shortest path, backwards, each with the middle of its longest step there."""
        first, last = self.tree.query([start, end])[1]
        before = dijkstra(self.graph, indices=first, return_predecessors=True)[1]
        steps = defaultdict(list)
        while last != first:
            a, b = self.ways.xy[[before[last], last]]
            steps[self.way[before[last], last]].append((np.hypot(*(a - b)), *((a + b) / 2)))
            last = before[last]
        yield from ((way, np.array(max(some)[1:])) for way, some in steps.items())


def closed_to(peer: Any, costing: str, paths: Paths, start: np.ndarray, end: np.ndarray) -> set[str]:
    """Return the tags of ways on our path that Valhalla has not, or keeps closed in one direction at least."""
    closed = set()
    for way, middle in paths.taken(start, end):
        asked = {
            "locations": spots(middle[None], paths.ways.crs, node_snap_tolerance=0),
            "costing": costing,
            "verbose": True,
        }
        asked["costing_options"] = {costing: {"ignore_access": True, "ignore_oneways": True}}
        edges = [e["edge"] for e in peer.locate(asked)[0]["edges"] or [] if e["distance"] < 1.0]
        told = paths.ways.tags.iloc[way]
        one_way = told["oneway"] not in ("", "no") or told["junction"] != ""
        open_ = [e["access"][ACCESS[costing]] for e in edges]
        if not any(open_) or (costing == "pedestrian" and one_way and not all(open_)):
            closed.add(" ".join(f"{key}={told[key]}" for key in SAID if told[key]))
    return closed


def matrix(peer: Any, costing: str, homes: list[dict[str, Any]], ends: list[dict[str, Any]]) -> np.ndarray:
    """Return Valhalla's lengths in metres, inf where it finds no path."""
    options = {costing: FREE | {"shortest": True, "disable_hierarchy_pruning": True}}
    asked = {"sources": homes, "targets": ends, "costing": costing, "costing_options": options, "units": "km"}
    metres = np.full((N, N), np.inf)
    for cell in (c for row in peer.matrix(asked)["sources_to_targets"] for c in row if c["distance"] is not None):
        metres[cell["from_index"], cell["to_index"]] = cell["distance"] * 1000
    return metres


def spots(xy: np.ndarray, crs: str, **more: float) -> list[dict[str, Any]]:
    """Return places as Valhalla takes them: on the nearest street, wherever it leads."""
    lon, lat = to_degrees(*xy.T, crs=crs)
    plain = {"minimum_reachability": 0, "radius": 0} | more
    return [{"lon": float(a), "lat": float(b)} | plain for a, b in zip(lon, lat, strict=True)]


if __name__ == "__main__":
    main()
