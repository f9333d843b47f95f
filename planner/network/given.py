"""Frames of nodes and edges as others hand them over: what no streets can be made of is refused."""

from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from pyproj import CRS
from pyproj.exceptions import CRSError

from ..errors import Fault, NetworkError
from ..tables import three

_NEEDED = {"nodes": ("x", "y"), "edges": ("from_id", "to_id", "length_m")}
Mask = NDArray[np.bool_]


def refuse_frames(nodes: pd.DataFrame, edges: pd.DataFrame, crs: Any) -> None:
    """Refuse frames that `StreetNetwork.from_edges` cannot take.

    Raises:
        NetworkError: every fault that was found.
    """
    faults = [*_form(nodes, edges), *_crs(crs)]
    if not faults:
        faults = [*_rows(nodes, _wrong_nodes(nodes)), *_rows(edges, _wrong_edges(nodes, edges))]
    if faults:
        raise NetworkError(*faults)


def numbers(frame: pd.DataFrame, column: str) -> NDArray[np.float64]:
    """Return a column as numbers: NaN where nothing is given, or what is no number."""
    given = frame.get(column, pd.Series(np.nan, index=frame.index))
    return pd.to_numeric(given, errors="coerce").to_numpy(dtype=np.float64)


def _form(nodes: pd.DataFrame, edges: pd.DataFrame) -> list[Fault]:
    given = {"nodes": nodes, "edges": edges}
    return [
        Fault("frame_column", {"table": name, "column": column, "have": ", ".join(map(str, given[name].columns))})
        for name, columns in _NEEDED.items()
        for column in columns
        if column not in given[name]
    ]


def _crs(crs: Any) -> list[Fault]:
    try:
        known = CRS.from_user_input(crs)
    except CRSError:
        return [Fault("network_crs", {"crs": crs})]
    in_metres = known.is_projected and known.axis_info[0].unit_name == "metre"
    return [] if in_metres else [Fault("network_crs", {"crs": crs})]


def _wrong_nodes(nodes: pd.DataFrame) -> dict[str, Mask]:
    return {
        "node_twice": nodes.index.duplicated(),
        "node_place": ~np.isfinite(numbers(nodes, "x") + numbers(nodes, "y")),
    }


def _wrong_edges(nodes: pd.DataFrame, edges: pd.DataFrame) -> dict[str, Mask]:
    length, speed = numbers(edges, "length_m"), numbers(edges, "speed_kmh")
    told = edges["speed_kmh"].notna().to_numpy() if "speed_kmh" in edges else np.zeros(len(edges), bool)
    return {
        "edge_twice": edges.index.duplicated(),
        "edge_without_node": ~(edges["from_id"].isin(nodes.index) & edges["to_id"].isin(nodes.index)).to_numpy(),
        "edge_length": ~((length >= 0) & np.isfinite(length)),
        "edge_speed": told & ~((speed > 0) & np.isfinite(speed)),
        "edge_line": _no_line(edges),
    }


def _no_line(edges: pd.DataFrame) -> Mask:
    """Return where a geometry is given that is no line."""
    if "geometry" not in edges:
        return np.zeros(len(edges), bool)
    drawn = edges["geometry"].to_numpy()
    line = (shapely.get_type_id(drawn) == shapely.GeometryType.LINESTRING) & ~shapely.is_empty(drawn)
    wrong: Mask = ~(line | shapely.is_missing(drawn))
    return wrong


def _rows(frame: pd.DataFrame, wrong: dict[str, Mask]) -> list[Fault]:
    return [
        Fault(key, {"ids": three(frame.index[bad].unique()), "n": int(bad.sum())})
        for key, bad in wrong.items()
        if bad.any()
    ]
