"""Checks of the topology of a country-size layer, and of planted defects.

    uv run python benchmarks/checks.py [--units 2870] [--vertices 1464] [--datum]

A country of counties with crooked borders that meet by threes; goal: 2,870 polygons of 4.2 million vertices in 60 s
and 4 GB. Ten overlaps and ten gaps are planted; the benchmark says whether each was found once.

With --datum: the verdict for 500 points against the streets of a made-up city of 30 km, 200,000 edges; goal: 3 s.
"""

import argparse
import os
import platform
import resource
import time
from itertools import pairwise

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from planner.checks import CHECKS, datum_verdict, run_checks
from planner.layers import Layers, datums

CELL_M = 40_000.0
PLANTED = 10
GOAL_S, GOAL_GB = 60.0, 4.0
GOAL_DATUM_S = 3.0


def main() -> None:
    """Make the layer, check it, print what it took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--units", type=int, default=2870)
    parser.add_argument("--vertices", type=int, default=1464, help="a unit")
    parser.add_argument("--datum", action="store_true", help="the verdict on a datum instead")
    given = parser.parse_args()
    if given.datum:
        judge_datum()
        return
    places = country(given.units, given.vertices)
    held = _memory_gb()
    planted = plant(places)
    layers = _layers(places)
    began = time.perf_counter()
    found = run_checks(layers, checks=[c for c in CHECKS if c.layer == "places"], cap=1000)
    spent = time.perf_counter() - began
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, GEOS {_geos()}")
    print(f"{len(places):,} polygons, {shapely.get_num_coordinates(places.geometry).sum():,} vertices")
    print(
        f"{spent:.1f} s (goal {GOAL_S:g}), peak {_memory_gb():.2f} GB (goal {GOAL_GB:g}; the layer itself {held:.2f})"
    )
    have = sorted(zip(found["code"], found["feature_id"], strict=True))
    print(f"planted {len(planted)}, found {len(have)}, the same: {have == sorted(planted)}")


def judge_datum() -> None:
    """Judge 500 points beside streets, as they are and in GCJ-02, sharply and loosely placed."""
    rng = np.random.default_rng(0)
    n, block = 316, 95.0
    nodes = np.stack(np.meshgrid(np.arange(n) * block, np.arange(n) * block), axis=-1) + rng.normal(0, 20, (n, n, 2))
    nodes += np.array([4.85e5, 3.525e6])
    across = np.stack([nodes[:, :-1], nodes[:, 1:]], axis=2).reshape(-1, 2, 2)
    along = np.stack([nodes[:-1], nodes[1:]], axis=2).reshape(-1, 2, 2)
    lines = shapely.linestrings(np.concatenate([across, along]))
    middles = shapely.get_coordinates(shapely.centroid(rng.choice(lines, 500)))
    for spread in (8.0, 20.0):
        true = gpd.GeoSeries(gpd.points_from_xy(*(middles + rng.normal(0, spread, (500, 2))).T, crs="EPSG:4549"))
        lon, lat = datums.wgs84_to_gcj02(true.to_crs(4326).x.to_numpy(), true.to_crs(4326).y.to_numpy())
        moved = gpd.GeoSeries(gpd.points_from_xy(lon, lat, crs=4326)).to_crs("EPSG:4549")
        for datum, points in {"wgs84": true.to_frame("geometry"), "gcj02": moved.to_frame("geometry")}.items():
            began = time.perf_counter()
            verdict = datum_verdict(gpd.GeoDataFrame(points), streets=lines)
            spent = time.perf_counter() - began
            print(f"{len(lines):,} edges, spread {spread:g} m, {datum}: {verdict.answer}", end=", ")
            print(f"{spent:.2f} s (goal {GOAL_DATUM_S:g}), searched all shifts: {verdict.optimum is not None}")


def country(units: int, vertices: int) -> gpd.GeoDataFrame:
    """Return bricks with crooked borders that agree vertex for vertex; none has a fault."""
    rng = np.random.default_rng(0)
    wide = round(units**0.5)
    leg = vertices // 6
    corners: dict[tuple[int, int], np.ndarray] = {}
    legs: dict[tuple[tuple[int, int], tuple[int, int]], np.ndarray] = {}

    def corner(i: int, j: int) -> np.ndarray:
        jitter = rng.uniform(-0.1, 0.1, 2) * CELL_M
        return corners.setdefault((i, j), np.array([5e5 + i * CELL_M / 2, 3.5e6 + j * CELL_M]) + jitter)

    def between(a: tuple[int, int], b: tuple[int, int]) -> np.ndarray:
        key = (min(a, b), max(a, b))
        if key not in legs:
            legs[key] = _bent(rng, corner(*key[0]), corner(*key[1]), leg)
        return legs[key] if a == key[0] else legs[key][::-1]

    shapes = []
    for number in range(units):
        row, column = divmod(number, wide)
        x = 2 * column + row % 2
        path = [(x, row), (x + 1, row), (x + 2, row), (x + 2, row + 1), (x + 1, row + 1), (x, row + 1), (x, row)]
        shapes.append(shapely.Polygon(np.vstack([between(a, b)[:-1] for a, b in pairwise(path)])))
    ids = [f"u{i:04d}" for i in range(units)]
    frame = pd.DataFrame({"name": [f"{i}号县" for i in ids], "level": "county", "parent_id": None}, index=ids)
    return gpd.GeoDataFrame(frame.rename_axis("place_id"), geometry=shapes, crs="EPSG:4549")


def plant(places: gpd.GeoDataFrame) -> list[tuple[str, str]]:
    """Let ten units take a patch of the next unit, and cut ten patches out of two; return code and unit of each."""
    planted = []
    step = len(places) // (2 * PLANTED)
    for k in range(2 * PLANTED):
        one, other = k * step, k * step + 1
        a, b = places.geometry.iloc[one], places.geometry.iloc[other]
        shared = shapely.line_merge(shapely.intersection(a.boundary, b.boundary))
        if shared.is_empty or shared.geom_type != "LineString":  # the last of a row has no next
            continue
        patch = shapely.line_interpolate_point(shared, 0.5, normalized=True).buffer(200.0)
        if k % 2:
            places.iloc[one, places.columns.get_loc("geometry")] = shapely.union(a, patch)
            planted.append(("BC-02", places.index[one]))
        else:
            places.iloc[one, places.columns.get_loc("geometry")] = shapely.difference(a, patch)
            places.iloc[other, places.columns.get_loc("geometry")] = shapely.difference(b, patch)
            planted.append(("BC-03", places.index[one]))
    return planted


def _bent(rng: np.random.Generator, a: np.ndarray, b: np.ndarray, n: int) -> np.ndarray:
    share = np.linspace(0.0, 1.0, n + 1)[:, None]
    walk = np.cumsum(rng.normal(0.0, 4.0, n + 1))[:, None]
    off = walk - walk[0] - share * (walk[-1] - walk[0])
    along = (b - a) / np.hypot(*(b - a))
    return a + (b - a) * share + off * np.array([-along[1], along[0]])


def _layers(places: gpd.GeoDataFrame) -> Layers:
    empty = gpd.GeoDataFrame(geometry=gpd.GeoSeries([], crs=places.crs))
    none: dict[str, gpd.GeoDataFrame] = {}
    return Layers(
        places=places, demand=empty, facilities=empty, candidates=none, exclusions={}, streets=(), inputs=(),
        crs="EPSG:4549",
    )  # fmt: skip


def _geos() -> str:
    return ".".join(map(str, shapely.geos_version))


def _memory_gb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


if __name__ == "__main__":
    main()
