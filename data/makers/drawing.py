"""Faults of the drawing of streets, planted for the checks NW-05 to NW-09, each in streets of its own."""

from collections.abc import Iterator

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import shapely
import shapely.ops

from .frame import METRES

Planted = tuple[str, str, str]
SMALL = ("residential", "living_street", "unclassified")
SHORT_M = 1.5  # the planted gap; the check looks within 2 m
CLEAR_M = 10.0  # the planted crossing keeps from vertices


def plant_drawing(ways: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, list[Planted]]:
    """Return the ways with a there-and-back way, a double, a gap, an impossible speed and an open crossing."""
    frame = ways[["way_id", "highway", "geometry"]].assign(maxspeed="").set_index("way_id", drop=False)
    free = _streets_in_rounds(frame)
    back, twice, short, fast = (next(free) for _ in range(4))
    coords = shapely.get_coordinates(frame.geometry[back])
    frame.loc[back, "geometry"] = shapely.LineString(np.vstack([coords, coords[-2::-1]]))
    line = frame.geometry[short]
    frame.loc[short, "geometry"] = shapely.ops.substring(line, SHORT_M, line.length)
    frame.loc[fast, "maxspeed"] = "300"
    crossing, crossed = _chord(frame)
    new = {
        "way_id": ["x00002", "x00003"],
        "highway": [frame.highway[twice], "residential"],
        "maxspeed": "",
        "geometry": [frame.geometry[twice], crossing],
    }
    whole = pd.concat([frame, gpd.GeoDataFrame(new, crs=METRES)], ignore_index=True)
    planted = [
        ("NW-05", "", f"x00003 与 {crossed} 相交处没有节点"),
        ("NW-06", back, "沿原路折返"),
        ("NW-07", "", f"x00002 与 {twice} 完全重合"),
        ("NW-08", short, "起点缩回 1.5 m,没有接上"),
        ("NW-09", fast, "maxspeed 写成 300"),
    ]
    return gpd.GeoDataFrame(whole, geometry="geometry", crs=METRES), planted


def _streets_in_rounds(frame: gpd.GeoDataFrame) -> Iterator[str]:
    """Yield small streets of 120 to 400 m between junctions, without which the rest still hangs together."""
    graph = nx.MultiGraph()
    for way_id, line in frame.geometry.items():
        graph.add_edge(*_ends(line), key=way_id)
    bridges = set(nx.bridges(nx.Graph(graph)))
    used: set[tuple[float, float]] = set()
    for way_id in sorted(frame.index[frame["highway"].isin(SMALL)]):
        a, b = _ends(frame.geometry[way_id])
        alone = (a, b) not in bridges and (b, a) not in bridges and not {a, b} & used
        junctions = graph.degree(a) >= 3 and graph.degree(b) >= 3 and graph.number_of_edges(a, b) == 1
        if alone and junctions and 120 < frame.geometry[way_id].length < 400:
            used |= {a, b}
            yield way_id


def _chord(frame: gpd.GeoDataFrame) -> tuple[shapely.LineString, str]:
    """Return a straight line between two ends of streets that crosses one small street, away from all vertices."""
    lines = frame.geometry.to_numpy()
    tree, vertices = shapely.STRtree(lines), shapely.MultiPoint(shapely.get_coordinates(lines))
    ends = sorted({end for line in lines for end in _ends(line)})
    for a in ends:
        for b in (b for b in ends if a < b and 60 < np.hypot(a[0] - b[0], a[1] - b[1]) < 150):
            chord = shapely.LineString([a, b])
            inner = shapely.ops.substring(chord, CLEAR_M, chord.length - CLEAR_M)
            met = tree.query(chord.buffer(1.0), predicate="intersects")
            met = [i for i in met if not {a, b} & set(_ends(lines[i]))]
            at = lines[met[0]].intersection(inner) if len(met) == 1 else shapely.Point()
            touching = tree.query(inner.buffer(2.5), predicate="intersects")
            alone = at.geom_type == "Point" and not at.is_empty and len(touching) == 1
            if alone and at.distance(vertices) > CLEAR_M and frame["highway"].iloc[met[0]] in SMALL:
                return chord, str(frame.index[met[0]])
    raise ValueError("no two streets are apart by one small street")


def _ends(line: shapely.LineString) -> tuple[tuple[float, float], tuple[float, float]]:
    first, last = np.round(shapely.get_coordinates(line)[[0, -1]], 2)
    return (float(first[0]), float(first[1])), (float(last[0]), float(last[1]))
