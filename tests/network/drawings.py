"""Ways drawn by hand or by chance, and the lengths of paths on them by networkx."""

import itertools

import networkx as nx
import numpy as np
import pandas as pd
from hypothesis import strategies as st

from planner.layers import Ways
from planner.layers.parts import TAGS
from planner.network import StreetNetwork

CRS = "EPSG:4549"


def ways(*lines, **tags) -> Ways:
    """Ways w0, w1 … over points; they meet where they share a point."""
    xy = np.concatenate([np.asarray(line, dtype=float).reshape(-1, 2) for line in lines])
    places, vertex = np.unique(xy, axis=0, return_inverse=True)
    frame = pd.DataFrame({tag: tags.get(tag, [""] * len(lines)) for tag in TAGS}, dtype=object)
    frame["highway"] = tags.get("highway", ["residential"] * len(lines))
    return Ways(
        way_id=np.array([f"w{i}" for i in range(len(lines))]),
        tags=frame,
        offsets=np.concatenate([[0], np.cumsum([len(line) for line in lines])]).astype(np.int64),
        vertex=vertex.reshape(-1).astype(np.int64),
        xy=places,
        crs=CRS,
        declared="wgs84",
    )


@st.composite
def drawings(draw, *, most_ways=7, most_points=4):
    """Return ways over a coarse lattice, so that they cross, touch, overlap, repeat and go back on themselves.

    Some points are a metre or a millimetre off the lattice: ends that just miss, and joins that just do not hold.
    """
    lattice = st.integers(0, 5).map(lambda v: 20.0 * v)
    slip = st.sampled_from([0.0] * 6 + [1.0, -1.5, 0.003])
    point = st.tuples(lattice, lattice, slip, slip).map(lambda p: (p[0] + p[2], p[1] + p[3]))
    lines = draw(st.lists(st.lists(point, min_size=2, max_size=most_points), min_size=1, max_size=most_ways))
    n = len(lines)
    some = st.lists(st.sampled_from(["", "", "", "yes"]), min_size=n, max_size=n)
    return ways(*lines, bridge=draw(some), oneway=draw(some))


def walk_graph(ways: Ways) -> nx.MultiGraph:
    """Return the streets as a graph of their vertices; every street is open both ways."""
    graph = nx.MultiGraph()
    graph.add_nodes_from(np.unique(ways.vertex).tolist())
    for low, high in zip(ways.offsets[:-1], ways.offsets[1:], strict=True):
        line = ways.vertex[low:high].tolist()
        for a, b in itertools.pairwise(line):
            graph.add_edge(a, b, length=float(np.hypot(*(ways.xy[a] - ways.xy[b]))))
    return graph


def network_graph(network: StreetNetwork, bit: int) -> nx.MultiDiGraph:
    """Return a network as a directed graph for one mode."""
    graph = nx.MultiDiGraph()
    graph.add_nodes_from(range(len(network.node_id)))
    ends = zip(network.from_node.tolist(), network.to_node.tolist(), strict=True)
    for e, (a, b) in enumerate(ends):
        if network.forward[e] & bit:
            graph.add_edge(a, b, length=network.length_m[e])
        if network.backward[e] & bit:
            graph.add_edge(b, a, length=network.length_m[e])
    return graph
