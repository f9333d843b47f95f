"""Random street networks with everything that breaks routers, and an answer found by another program."""

import math
from dataclasses import replace

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import shapely
from hypothesis import strategies as st

from planner.network import BIKE, DRIVE, WALK, StreetNetwork, snap

CRS = "EPSG:4549"
SIZE = 6  # nodes lie on a grid of SIZE x SIZE, 100 m apart, so that they coincide and line up now and then
END_M = 1e-3  # nearer to the end of an edge than this is at the end
WALK_100 = replace(WALK, speed_mps=100 / 60)
BIKE_100 = replace(BIKE, speed_mps=100 / 60)
DRIVE_100 = replace(DRIVE, speed_mps=100 / 60, parking_min=1.5)

places = st.integers(0, SIZE - 1)
lengths = st.one_of(st.just(0.0), st.just(100.0), st.floats(0.5, 400).map(lambda v: round(v, 2)))


@st.composite
def networks(draw, *, most_nodes=9, most_edges=16):
    """Return a directed multigraph: parallel edges, loops, zero lengths, one-way streets, parts that do not meet."""
    n = draw(st.integers(2, most_nodes))
    spots = [(100.0 * draw(places), 100.0 * draw(places)) for _ in range(n)]
    nodes = pd.DataFrame(spots, columns=["x", "y"], index=[f"n{i}" for i in range(n)])
    m = draw(st.integers(1, most_edges))
    ends = st.integers(0, n - 1)
    rows, hilly = [], draw(st.booleans())
    for _ in range(m):
        a, b = draw(ends), draw(ends)
        shape = [spots[a], spots[b]]
        if a == b or draw(st.booleans()):  # a detour, so that loops and parallel edges have drawings of their own
            shape.insert(1, (spots[a][0] + draw(st.sampled_from([-40.0, 30.0])), spots[b][1] + 50.0))
        speed = draw(st.sampled_from([np.nan, np.nan, 12.0, 30.0]))
        grade = draw(st.sampled_from([0.0, -0.05, 0.1, -0.3])) if hilly else 0.0
        rows.append((f"n{a}", f"n{b}", draw(lengths), draw(st.booleans()), speed, grade, shapely.LineString(shape)))
    edges = pd.DataFrame(rows, columns=["from_id", "to_id", "length_m", "oneway", "speed_kmh", "grade", "geometry"])
    edges.index = [f"e{i}" for i in range(m)]
    return StreetNetwork.from_edges(nodes, edges, crs=CRS)


@st.composite
def points(draw, network, prefix, *, most=5):
    """Return points on edges, at their ends, beside them, and far off."""
    shapes = []
    for _ in range(draw(st.integers(1, most))):
        line = network.lines[draw(st.integers(0, len(network) - 1))]
        share = draw(st.one_of(st.just(0.0), st.just(1.0), st.just(0.5), st.floats(0, 1)))
        on = shapely.line_interpolate_point(line, share, normalized=True)
        dx, dy = draw(
            st.sampled_from([(0.0, 0.0), (0.0, 0.0), (7.0, 0.0), (-3.0, 11.0), (0.0, -260.0), (900.0, 900.0)])
        )
        shapes.append(shapely.Point(on.x + dx, on.y + dy))
    return gpd.GeoSeries(shapes, index=[f"{prefix}{i}" for i in range(len(shapes))], crs=CRS)


def oracle(network, origins, destinations, mode, snap_max_m=300.0):
    """Return minutes (origins x destinations, infinite where there is no path) by networkx on split edges."""
    landing = _landings(network, origins, "o", mode, snap_max_m) | _landings(
        network, destinations, "d", mode, snap_max_m
    )
    graph = _split(network, landing, mode)
    for (kind, i), (edge, offset, access) in landing.items():
        leg, spots = access / mode.speed_mps / 60, {_spot(network, edge, offset)}
        if network.length_m[edge] <= END_M:  # whoever stands on a street without length stands at both its ends
            spots |= {int(network.from_node[edge]), int(network.to_node[edge])}
        for spot in spots:
            graph.add_edge(*((kind, i), spot) if kind == "o" else (spot, (kind, i)), weight=leg)
    result = np.full((len(origins), len(destinations)), np.inf)
    for i in (i for i in range(len(origins)) if ("o", i) in graph):
        found = nx.single_source_dijkstra_path_length(graph, ("o", i))
        result[i] = [found.get(("d", j), np.inf) + mode.parking_min for j in range(len(destinations))]
    return result


def _landings(network, series, kind, mode, snap_max_m):
    """Return (kind, i) -> (edge, offset, access) of the points that are near enough to a street."""
    snaps = snap(network, series, mode=mode)
    legs = zip(snaps.edge.tolist(), snaps.offset_m.tolist(), snaps.access_m.tolist(), strict=True)
    return {(kind, i): leg for i, leg in enumerate(legs) if leg[2] <= snap_max_m}


def _split(network, landing, mode):
    """Return the streets as arcs, cut wherever a point touches them."""
    graph = nx.MultiDiGraph()
    takes = network.minutes(replace(mode, slope=False))
    hills = mode.bit == WALK.bit
    for e in range(len(network)):
        stops = sorted({offset for edge, offset, _ in landing.values() if edge == e})
        chain = [_spot(network, e, 0.0), *(_spot(network, e, o) for o in stops), int(network.to_node[e])]
        marks = [0.0, *stops, float(network.length_m[e])]
        for a, b, low, high in zip(chain[:-1], chain[1:], marks[:-1], marks[1:], strict=True):
            cost = takes[e] * (high - low) / network.length_m[e] if network.length_m[e] else 0.0
            grade = float(network.grade[e]) if hills else 0.0
            if network.forward[e] & mode.bit:
                graph.add_edge(a, b, weight=cost * tobler(0.0) / tobler(grade))
            if network.backward[e] & mode.bit:
                graph.add_edge(b, a, weight=cost * tobler(0.0) / tobler(-grade))
    return graph


def tobler(grade):
    """Return km/h on a grade by W. Tobler 1993."""
    return 6 * math.exp(-3.5 * abs(grade + 0.05))


def _spot(network, edge, offset):
    """Return the graph's node at an offset: a crossing where the offset is an end, to a millimetre."""
    if offset <= END_M:
        return int(network.from_node[edge])
    return int(network.to_node[edge]) if offset >= network.length_m[edge] - END_M else ("on", edge, offset)
