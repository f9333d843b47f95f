"""Service areas beside their peers.

    uv run python -m benchmarks.service_areas [--size 200000] [--pbf porto_alegre.osm.pbf]

Three bands (5, 10, 15 minutes on foot) for 1,000 facilities, and the dissolved area of all. Peers do a few facilities
and are scaled: the buffer of every cut street and their union (the exact reference, 16 segments a quarter circle), and
the tutorials' recipe: networkx.ego_graph and the buffer of its edges at once. Accuracy is against the reference.
With --pbf (and pyvalhalla-weekly installed) Valhalla's isochrones and matrix are timed on the same streets.
"""

import argparse
import importlib.util
import os
import platform
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import networkx as nx
import numpy as np
import shapely

from benchmarks.cities import city, points
from benchmarks.travel import in_turn, timed
from planner.layers import read_streets
from planner.layers.conform import Layer
from planner.layers.crs import to_degrees
from planner.network import WALK, StreetNetwork, build_network
from planner.travel import ServiceAreas, service_areas, travel_times

BANDS_MIN = (5.0, 10.0, 15.0)
BUFFER_M = 30.0


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=200_000, help="0: none")
    parser.add_argument("--pbf", type=Path)
    asked = parser.parse_args()
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}; seconds (times ours)")
    if asked.size:
        polygons(f"{asked.size:,} crossings", city(asked.size))
    if asked.pbf:
        network = build_network(read_streets(Layer(path=asked.pbf, datum="wgs84", columns={}, crs="EPSG:31982")))
        polygons(f"{asked.pbf.stem}, {len(network.node_id):,} crossings", network)
        if importlib.util.find_spec("valhalla"):
            with tempfile.TemporaryDirectory() as folder:
                valhalla(asked.pbf, network, Path(folder))


def polygons(name: str, network: StreetNetwork, n: int = 1000) -> None:
    """Compare areas of each of n facilities and of all."""
    facilities = points(network, n, seed=3)
    for dissolve in (False, True):
        areas = service_areas(network, facilities, mode=WALK, bands_min=BANDS_MIN, dissolve=dissolve)
        passed, worked = seconds(lambda d=dissolve: service_areas(network, facilities, mode=WALK, dissolve=d))
        assert areas.polygons.is_valid.all()
        rows = np.arange(3) if dissolve else np.arange(0, len(areas.polygons), 101)
        lines = areas.lines.geometry.to_numpy()
        spent, errors = reference(areas, lines, rows)
        spent *= 1 if dissolve else len(areas.polygons) / len(rows)
        what = "all together" if dissolve else f"each of {n:,}"
        print(
            f"{name}, {what}: planner {passed:.2f} ({worked:.2f} of work)  "
            f"buffer each, union {spent:.1f} ({spent / passed:.0f})  "
            f"largest error of area {errors:.2%}, of {len(rows)}",
            flush=True,
        )
    recipe(network, facilities)


def seconds(call: Callable[[], object]) -> np.ndarray:
    """Return the seconds of ours: passed (median of three), and worked by all threads (least of three)."""
    return in_turn({"planner": call}, 3)["planner"] / 1000


def reference(areas: ServiceAreas, lines: np.ndarray, rows: np.ndarray) -> tuple[float, float]:
    """Return seconds of the exact buffers of some rows, and the largest error of ours."""
    truth = []
    begun = time.perf_counter()
    for r in rows:
        pieces = shapely.buffer(shapely.get_parts(lines[r]), BUFFER_M, quad_segs=16)
        truth.append(shapely.union_all(pieces).area)
    spent = time.perf_counter() - begun
    return spent, float(np.abs(areas.polygons.geometry.area.to_numpy()[rows] / truth - 1).max())


def recipe(network: StreetNetwork, facilities: gpd.GeoSeries, n: int = 3) -> None:
    """Time the recipe of the OSMnx examples for some facilities: nodes within the time, their edges, one buffer."""
    graph = nx.MultiDiGraph()
    ends = zip(network.from_node.tolist(), network.to_node.tolist(), strict=True)
    minutes = network.minutes(WALK).tolist()
    for (a, b), m, line in zip(ends, minutes, network.lines, strict=True):
        graph.add_edge(a, b, minutes=m, geometry=line)
        graph.add_edge(b, a, minutes=m, geometry=line)
    nearest = shapely.STRtree(shapely.points(network.node_xy)).nearest(facilities.to_numpy()[:n])

    def one(node: int) -> None:
        for band in BANDS_MIN:
            reached = nx.ego_graph(graph, node, radius=band, distance="minutes")
            shapely.buffer(shapely.MultiLineString([d["geometry"] for *_, d in reached.edges(data=True)]), BUFFER_M)

    spent = timed(lambda: [one(int(node)) for node in nearest])[0] / n
    print(f"  ego_graph and one buffer, scaled to 1,000: {spent:,.0f} s", flush=True)


def valhalla(pbf: Path, network: StreetNetwork, folder: Path) -> None:
    """Time Valhalla's isochrones and its matrix of 50 x 500 against ours, on foot."""
    import json

    from valhalla import PYVALHALLA_DIR, Actor, get_config

    (folder / "tiles").mkdir()
    config = get_config(tile_dir=str(folder / "tiles"), tile_extract=str(folder / "tiles"))
    config["mjolnir"]["tile_extract"] = str(folder / "none.tar")
    config["mjolnir"]["logging"] = {"type": ""}
    config["service_limits"]["pedestrian"] |= {"max_matrix_distance": 1e6, "max_matrix_location_pairs": 100_000}
    config["service_limits"]["max_timedep_distance_matrix"] = 0
    (folder / "config.json").write_text(json.dumps(config))
    build = [str(PYVALHALLA_DIR / "bin" / "valhalla_build_tiles"), "-c", str(folder / "config.json"), str(pbf)]
    subprocess.run(build, check=True, capture_output=True)
    actor = Actor(config)
    few, many = points(network, 50, seed=1), points(network, 500, seed=2)
    spots = [_spots(few, network.crs), _spots(many, network.crs)]
    pace = {"pedestrian": {"walking_speed": WALK.speed_mps * 3.6}}
    asked = {"sources": spots[0], "targets": spots[1], "costing": "pedestrian", "costing_options": pace}
    theirs: list[dict] = []
    spent = timed(lambda: theirs.append(actor.matrix(asked)))[0] / 1000
    ours, _ = seconds(lambda: travel_times(network, few, many, mode=WALK, cutoff_min=1e4))
    print(f"matrix 50 x 500, no limit: planner {ours:.3f}  valhalla {spent:.1f} ({spent / ours:.0f})")
    contours = [{"time": band} for band in BANDS_MIN]
    ask = {"costing": "pedestrian", "costing_options": pace, "contours": contours, "polygons": True}
    spent = timed(lambda: [actor.isochrone({"locations": [spot]} | ask) for spot in spots[1]])[0] / 1000
    ours, _ = seconds(lambda: service_areas(network, many, mode=WALK))
    print(f"3 bands of 500 facilities: planner {ours:.2f}  valhalla {spent:.2f} ({spent / ours:.1f})")
    agree(theirs[0], travel_times(network, few, many, mode=WALK, cutoff_min=1e4).to_frame())


def agree(theirs: dict, ours: "object") -> None:
    """Print how far our minutes and Valhalla's are apart."""
    rows = theirs["sources_to_targets"]
    found = {
        (f"p{cell['from_index']}", f"p{cell['to_index']}"): cell["time"] / 60
        for row in rows
        for cell in row
        if cell["time"] is not None
    }
    ratio = np.array([m / found[o, d] for o, d, m in ours.itertuples(index=False) if found.get((o, d), 0) > 5])
    print(f"  our minutes over Valhalla's: median {np.median(ratio):.3f}, 5-95 % {np.quantile(ratio, [0.05, 0.95])}")


def _spots(series: gpd.GeoSeries, crs: str) -> list[dict[str, float]]:
    lon, lat = to_degrees(series.x.to_numpy(), series.y.to_numpy(), crs=crs)
    return [{"lon": float(a), "lat": float(b)} for a, b in zip(lon, lat, strict=True)]


if __name__ == "__main__":
    main()
