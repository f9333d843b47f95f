"""Seeded street networks for benchmarks: thinned Gabriel graphs, 120 crossings a km2, one street in ten one-way.

Uniform density and no hierarchy of roads; the largest strongly connected part is kept. See K. R. Gabriel and
R. R. Sokal, Systematic Zoology 18 (1969): an edge stands where the circle on it as diameter is empty.
"""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import Delaunay, cKDTree

from planner.network import StreetNetwork
from planner.network.z_order import z_order

CRS = "EPSG:4549"
_PER_KM2 = 120.0


def city(n: int, *, seed: int = 1) -> StreetNetwork:
    """Return a network of about `n` crossings."""
    rng = np.random.default_rng(seed)
    side = 1000.0 * np.sqrt(n / _PER_KM2)
    xy = rng.uniform(0, side, (n, 2))
    pairs = _gabriel(xy)
    pairs = pairs[rng.random(len(pairs)) < 0.92]
    one_way = rng.random(len(pairs)) < 0.1
    keep = _largest(n, pairs, one_way)
    return _network(xy, pairs, one_way, keep)


def points(network: StreetNetwork, n: int, *, seed: int) -> gpd.GeoSeries:
    """Return `n` points a few metres off random crossings."""
    rng = np.random.default_rng(seed)
    xy = network.node_xy[rng.integers(0, len(network.node_id), n)] + rng.normal(0, 15, (n, 2))
    return gpd.GeoSeries(shapely.points(xy), index=[f"p{i}" for i in range(n)], crs=network.crs)


def _gabriel(xy: np.ndarray) -> np.ndarray:
    triangles = Delaunay(xy).simplices
    pairs = np.unique(
        np.sort(np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [0, 2]]]), axis=1), axis=0
    )
    middle, radius = xy[pairs].mean(axis=1), np.linalg.norm(xy[pairs[:, 0]] - xy[pairs[:, 1]], axis=1) / 2
    nearest, _ = cKDTree(xy).query(middle)
    return pairs[nearest >= radius * (1 - 1e-9)]


def _largest(n: int, pairs: np.ndarray, one_way: np.ndarray) -> np.ndarray:
    tail = np.concatenate([pairs[:, 0], pairs[~one_way, 1]])
    head = np.concatenate([pairs[:, 1], pairs[~one_way, 0]])
    graph = coo_array((np.ones(len(tail), np.int8), (tail, head)), shape=(n, n))
    label = connected_components(graph, connection="strong")[1]
    return label == np.bincount(label).argmax()


def _network(xy: np.ndarray, pairs: np.ndarray, one_way: np.ndarray, keep: np.ndarray) -> StreetNetwork:
    inside = keep[pairs].all(axis=1)
    pairs, one_way = pairs[inside], one_way[inside]
    order = z_order(xy)
    order = order[keep[order]]
    nodes = pd.DataFrame(xy[order], columns=["x", "y"], index=order)
    length = np.linalg.norm(xy[pairs[:, 0]] - xy[pairs[:, 1]], axis=1)
    edges = pd.DataFrame({"from_id": pairs[:, 0], "to_id": pairs[:, 1], "length_m": length, "oneway": one_way})
    return StreetNetwork.from_edges(nodes, edges, crs=CRS)
