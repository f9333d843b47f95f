"""Instances for siting: a seeded city, Wuhan's streets, and two that others have published.

The city is 30 x 30 km, demand and candidates alike in 25 Gaussian clusters (standard deviation 0.5 to 2.5 km)
and, for a fifth of the points, uniform; weights are lognormal and rounded up to whole people; a candidate
covers what lies within 1,000 m in a straight line. On Wuhan's streets every crossing is demand, candidates
are drawn evenly among crossings, and 1,000 m are walked along the streets.
"""

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.sparse.csgraph import shortest_path
from scipy.spatial import cKDTree

from planner.network import WALK, StreetNetwork
from planner.travel import TravelTimes, travel_times

EXTENT_M, CLUSTERS, RADIUS_M = 30_000, 25, 1_000
Instance = tuple[TravelTimes, pd.Series]


def shared() -> Path | None:
    """Return the folder of real data beside the checkout, where it is there."""
    folders = (parent / "shared" / "data" for parent in Path(__file__).resolve().parents)
    return next((folder for folder in folders if (folder / "sources.csv").exists()), None)


def city(n_demand: int, n_candidates: int, seed: int = 0) -> tuple[NDArray, NDArray, pd.Series]:
    """Return demand and candidate coordinates in metres, and whole people by demand."""
    rng = np.random.default_rng(seed)
    centres = rng.uniform(0, EXTENT_M, (CLUSTERS, 2))
    spread = rng.uniform(500, 2500, CLUSTERS)

    def points(n: int) -> NDArray:
        of = rng.integers(0, CLUSTERS, n)
        clustered = rng.normal(centres[of], spread[of, None])
        loose = rng.random(n) < 0.2
        return np.clip(np.where(loose[:, None], rng.uniform(0, EXTENT_M, (n, 2)), clustered), 0, EXTENT_M)

    demand, candidates = points(n_demand), points(n_candidates)
    return demand, candidates, _people(rng, n_demand)


def metres(demand: NDArray, candidates: NDArray, cutoff_m: float) -> TravelTimes:
    """Return the straight distances up to `cutoff_m`."""
    near = cKDTree(demand).sparse_distance_matrix(cKDTree(candidates), cutoff_m, output_type="coo_matrix")
    index = pd.RangeIndex(len(demand)), pd.RangeIndex(len(candidates))
    return TravelTimes.from_pairs(*index, near.row, near.col, near.data, cutoff_min=cutoff_m)


def wuhan(folder: Path, n_candidates: int, seed: int = 0) -> Instance:
    """Return the walks of 1,000 m at most between Wuhan's crossings and some of them, and people by crossing."""
    streets = gpd.read_parquet(folder / "wuhan" / "streets.parquet")
    ends = shapely.get_coordinates(shapely.get_point(streets.geometry, [[0], [-1]])).reshape(2, -1, 2)
    nodes = pd.DataFrame(np.concatenate(ends), columns=["x", "y"], index=pd.concat([streets["u"], streets["v"]]))
    nodes = nodes[~nodes.index.duplicated()].sort_index()
    edges = streets.rename(columns={"u": "from_id", "v": "to_id"})[["from_id", "to_id", "geometry"]]
    network = StreetNetwork.from_edges(nodes, edges.assign(length_m=streets.length), crs="EPSG:32650")
    points = gpd.GeoSeries.from_xy(nodes["x"], nodes["y"], index=np.arange(len(nodes)), crs=network.crs)
    rng = np.random.default_rng(seed)
    sites = points.iloc[np.sort(rng.choice(len(points), n_candidates, replace=False))]
    a_minute = replace(WALK, speed_mps=RADIUS_M / 60)
    return travel_times(network, points, sites, mode=a_minute, cutoff_min=1), _people(rng, len(points))


def san_francisco(folder: Path) -> Instance:
    """Return metres by road between 205 census tracts and 16 stores, and people: spopt's test set."""
    file = folder / "benchmarks" / "sf" / "SF_network_distance_candidateStore_16_censusTract_205_new.csv"
    pairs = pd.read_csv(file, dtype={1: str, 2: str})
    pairs.columns = ["minutes", "destination_id", "origin_id", "people"]
    people = pairs.drop_duplicates("origin_id").set_index("origin_id")["people"]
    return TravelTimes.from_frame(pairs, cutoff_min=1e6), people


def or_library(folder: Path, k: int) -> tuple[TravelTimes, int]:
    """Return pmed`k` of Beasley's OR-Library: all shortest paths, and p. A repeated edge overwrites the earlier one."""
    lines = (folder / "benchmarks" / "pmed" / f"pmed{k}.txt").read_text().splitlines()
    (n, _, p), *edges = ([int(word) for word in line.split()] for line in lines if line.strip())
    lengths = np.zeros((n, n))
    for i, j, length in edges:
        lengths[i - 1, j - 1] = lengths[j - 1, i - 1] = length
    return TravelTimes.from_dense(shortest_path(lengths, directed=False), cutoff_min=10_000), p


def network(n: int, seed: int) -> TravelTimes:
    """Return the shortest paths of a random network made as OR-Library's: n^2 / 50 edges of length 1 to 100, connected.

    Source: Beasley (1985), EJOR 21.
    """
    rng = np.random.default_rng(seed)
    lengths, order = np.zeros((n, n)), rng.permutation(n)
    for i, j in pairwise(order):
        lengths[i, j] = lengths[j, i] = rng.integers(1, 101)
    for _ in range(n * n // 50 - (n - 1)):
        i, j = rng.integers(0, n, 2)
        if i != j:
            lengths[i, j] = lengths[j, i] = rng.integers(1, 101)
    return TravelTimes.from_dense(shortest_path(lengths, directed=False), cutoff_min=10_000)


def _people(rng: np.random.Generator, n: int) -> pd.Series:
    people = np.ceil(rng.lognormal(1.5, 1.0, n)).astype(np.int64)
    return pd.Series(people, index=pd.RangeIndex(n, name="demand_id"))
