"""A grid of 100 m blocks where one block takes one minute; demand weights are 2^i, so a sum names who was reached."""

from dataclasses import replace

import geopandas as gpd
import pandas as pd
import shapely

from planner.network import DRIVE, WALK, Mode, StreetNetwork

CRS = "EPSG:4549"
BLOCK_M = 100.0
WALK_1 = replace(WALK, speed_mps=BLOCK_M / 60)
DRIVE_1: Mode = replace(DRIVE, speed_mps=BLOCK_M / 60, parking_min=0.0)


def grid(n: int, *, one_way_rows: bool = False) -> StreetNetwork:
    """Return a grid of n x n crossings, ids "x_y"; with one_way_rows wheels go east only along rows."""
    nodes = pd.DataFrame(
        [(f"{i}_{j}", i * BLOCK_M, j * BLOCK_M) for i in range(n) for j in range(n)], columns=["id", "x", "y"]
    ).set_index("id")
    east = [(f"{i}_{j}", f"{i + 1}_{j}", one_way_rows) for i in range(n - 1) for j in range(n)]
    north = [(f"{i}_{j}", f"{i}_{j + 1}", False) for i in range(n) for j in range(n - 1)]
    edges = pd.DataFrame(east + north, columns=["from_id", "to_id", "oneway"])
    edges["length_m"] = BLOCK_M
    return StreetNetwork.from_edges(nodes, edges, crs=CRS)


def points(**places: tuple[float, float]) -> gpd.GeoSeries:
    """Return named points at block coordinates, e.g. a=(0, 2.5)."""
    return gpd.GeoSeries(
        [shapely.Point(x * BLOCK_M, y * BLOCK_M) for x, y in places.values()], index=list(places), crs=CRS
    )
