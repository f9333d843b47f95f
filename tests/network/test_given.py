"""Frames that others hand over: whatever cannot be streets is one clear error, named by id."""

import numpy as np
import pandas as pd
import pytest
import shapely

from planner.errors import Fault, NetworkError
from planner.network import StreetNetwork

CRS = "EPSG:4549"
NODES = pd.DataFrame({"x": [0.0, 100.0, 200.0], "y": 0.0}, index=["a", "b", "c"])
EDGES = pd.DataFrame({"from_id": ["a", "b"], "to_id": ["b", "c"], "length_m": 100.0}, index=["e", "f"])


def made(nodes=NODES, edges=EDGES, crs=CRS):
    return StreetNetwork.from_edges(nodes, edges, crs=crs)


@pytest.mark.parametrize(
    ("edges", "key"),
    [
        *(({"speed_kmh": [30.0, v]}, "edge_speed") for v in (-5.0, 0.0, np.inf, "fast")),
        *(({"length_m": [100.0, v]}, "edge_length") for v in (-1.0, np.nan, np.inf, "long")),
        ({"to_id": ["b", "z"]}, "edge_without_node"),
        ({"geometry": [None, shapely.Point(1, 1)]}, "edge_line"),
        ({"geometry": [None, shapely.LineString()]}, "edge_line"),
    ],
)
def test_what_is_wrong_with_an_edge_names_it(edges, key):
    with pytest.raises(NetworkError) as error:
        made(edges=EDGES.assign(**edges))
    assert error.value.faults == (Fault(key, {"ids": "f", "n": 1}),)


@pytest.mark.parametrize(
    ("changes", "keys"),
    [
        ({"nodes": NODES.assign(y=[0.0, np.nan, np.inf])}, ["node_place"]),
        ({"nodes": NODES.set_axis(["a", "b", "b"])}, ["node_twice", "edge_without_node"]),
        ({"edges": EDGES.set_axis(["e", "e"])}, ["edge_twice"]),
        ({"nodes": NODES.drop(columns="x"), "edges": EDGES.drop(columns="to_id")}, ["frame_column", "frame_column"]),
        *(({"crs": crs}, ["network_crs"]) for crs in ("x", "EPSG:4326", "EPSG:2263", None)),  # 2263 is in feet
    ],
)
def test_all_faults_are_told_at_once(changes, keys):
    with pytest.raises(NetworkError) as error:
        made(**changes)
    assert [fault.key for fault in error.value.faults] == keys
    for language in ("zh", "en"):
        assert "{" not in error.value.text(language)


def test_what_may_be_left_out_may_be_missing():
    network = made(edges=EDGES.assign(speed_kmh=[np.nan, 20], geometry=[shapely.LineString([(0, 0), (100, 0)]), None]))
    assert network.speed_kmh.tolist() == [pytest.approx(np.nan, nan_ok=True), 20.0]
    assert shapely.length(network.lines).tolist() == [100.0, 100.0]
