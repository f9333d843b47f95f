"""A project small enough to write in a test: a grid of streets in Nanjing, 36 points of demand, one service."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import Transformer

CRS = "EPSG:4549"  # CGCS2000, central meridian 120E
ORIGIN = (386000.0, 3549000.0)  # domain notes: Nanjing 118.797, 32.06 -> 386395.17, 3549138.79
N, BLOCK_M = 12, 100.0

TOML = """
[project]
name = "small"
title = "小城"
crs = "EPSG:4549"
date = 2026-01-01

[streets]
path = "streets.geojson"
datum = "wgs84"

[places]
path = "places.geojson"
datum = "wgs84"

[demand]
path = "demand.csv"
datum = "wgs84"

[[services]]
id = "day_care"
preset = "day_care"
facilities = "facilities.csv"
datum = "wgs84"
standard_min = 5
cutoff_min = 10
siting = {model = "mclp", p = 2}
candidates = {path = "candidates.csv", datum = "wgs84"}
"""


_BACK = Transformer.from_crs(CRS, 4326, always_xy=True)


def degrees(x, y):
    """Return longitudes and latitudes of block coordinates."""
    return _BACK.transform(ORIGIN[0] + np.asarray(x) * BLOCK_M, ORIGIN[1] + np.asarray(y) * BLOCK_M)


def streets() -> gpd.GeoDataFrame:
    """Return the rows and columns of the grid, with a vertex at every crossing, in WGS 84."""
    lines = [[(i, j) for i in range(N)] for j in range(N)] + [[(i, j) for j in range(N)] for i in range(N)]
    shapes = [shapely.LineString(np.column_stack(degrees(*zip(*line, strict=True)))) for line in lines]
    names = [f"东西{j}路" for j in range(N)] + [f"南北{i}路" for i in range(N)]
    data = {"osm_id": range(100, 100 + len(lines)), "highway": "residential", "name": names}
    return gpd.GeoDataFrame(data, geometry=shapes, crs=4326)


def places() -> gpd.GeoDataFrame:
    """Return a district of two communities, west and east of the middle."""
    half, end = (N - 1) / 2, N - 0.5
    boxes = [(-0.5, -0.5, end, end), (-0.5, -0.5, half, end), (half, -0.5, end, end)]
    rings = [[(w, s), (e, s), (e, n), (w, n)] for w, s, e, n in boxes]
    shapes = [shapely.Polygon(np.column_stack(degrees(*zip(*ring, strict=True)))) for ring in rings]
    data = {
        "place_id": ["320102", "320102001001", "320102001002"],
        "name": ["甲区", "西社区", "东社区"],
        "level": ["county", "community", "community"],
        "parent_id": [None, "320102", "320102"],
    }
    return gpd.GeoDataFrame(data, geometry=shapes, crs=4326)


def demand() -> pd.DataFrame:
    """Return 36 points two blocks apart, 10 people each, 3 of them sixty or older."""
    at = [(x, y) for x in range(0, N, 2) for y in range(0, N, 2)]
    lon, lat = degrees(*zip(*at, strict=True))
    ids = [f"d{x:02d}{y:02d}" for x, y in at]
    return pd.DataFrame({"demand_id": ids, "lon": lon, "lat": lat, "pop": 10, "pop60": 3})


def facilities() -> pd.DataFrame:
    """Return two facilities in the southwest."""
    lon, lat = degrees([1, 4], [1, 2])
    return pd.DataFrame({"facility_id": ["f1", "f2"], "name": ["一号", "二号"], "lon": lon, "lat": lat})


def candidates() -> pd.DataFrame:
    """Return three candidates, one in each other corner."""
    lon, lat = degrees([10, 1, 9], [10, 9, 2])
    return pd.DataFrame({"candidate_id": ["c1", "c2", "c3"], "lon": lon, "lat": lat})


def write(folder: Path, toml: str = TOML, **tables) -> Path:
    """Write the project and return its file; a table given by name replaces the usual one."""
    usual = {"demand": demand, "facilities": facilities, "candidates": candidates}
    for name, make in usual.items():
        tables.get(name, make()).to_csv(folder / f"{name}.csv", index=False, encoding="utf-8-sig")
    for name, make in {"streets": streets, "places": places}.items():
        tables.get(name, make()).to_file(folder / f"{name}.geojson")
    file = folder / "planner.toml"
    file.write_text(toml, encoding="utf-8")
    return file
