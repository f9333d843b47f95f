"""Streets out of a graph that OSMnx saved as GraphML."""

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely

from ..errors import TableError
from ..tables import three
from .parts import SPOT_TAGS, TAGS, Parts
from .read import unreadable


def from_graphml(path: Path) -> Parts:
    """Read a graph that OSMnx saved: of the two arcs of a two-way street one is kept."""
    import networkx as nx

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # a key without a type is text
            graph = nx.read_graphml(path, force_multigraph=True)
    except (nx.NetworkXError, SyntaxError, KeyError, ValueError) as error:  # what is no XML is a SyntaxError
        raise unreadable(path, error) from error
    lost = [str(n) for n, d in graph.nodes(data=True) if not {"x", "y"} <= set(d)]
    if lost:
        raise TableError("graph_places", path=path, ids=three(lost), n=len(lost))
    try:
        return _graph_parts(graph, {n: (float(d["x"]), float(d["y"])) for n, d in graph.nodes(data=True)})
    except (ValueError, TypeError, shapely.errors.ShapelyError) as error:
        raise unreadable(path, error) from error


def _graph_parts(graph: Any, place: dict[str, tuple[float, float]]) -> Parts:
    order = {n: i for i, n in enumerate(sorted(place))}
    arcs = _one_of_each_pair(graph)
    lines = [_arc_line(place, u, v, data) for u, v, data in arcs]
    height = {n: _metres(d) for n, d in graph.nodes(data=True)}
    key, z, inner = [], [], -1
    for (u, v, _), line in zip(arcs, lines, strict=True):
        key += [order[u], *range(inner, inner - len(line) + 2, -1), order[v]]
        z += [height[u], *[np.nan] * (len(line) - 2), height[v]]
        inner -= len(line) - 2
    return Parts(
        way_id=[f"{_first(d.get('osmid', i))}" for i, (_, _, d) in enumerate(arcs)],
        tags=pd.DataFrame([[_tag(d, tag) for tag in TAGS] for _, _, d in arcs], columns=list(TAGS)),
        counts=np.asarray([len(line) for line in lines], dtype=np.int64),
        key=np.asarray(key, dtype=np.int64),
        xy=np.asarray([point for line in lines for point in line]),
        datum=_graph_datum(graph),
        z=np.asarray(z, dtype=np.float64),
        spots=pd.DataFrame([[_tag(d, tag) for tag in SPOT_TAGS] for _, d in graph.nodes(data=True)], columns=SPOT_TAGS),
        spot_key=np.asarray([order[n] for n in graph], dtype=np.int64),
    )


def _metres(node: dict[str, Any]) -> float:
    """Return the height that `osmnx.elevation` gave a node, or NaN."""
    return float(node.get("elevation", "nan"))


def _graph_datum(graph: "object") -> str:
    crs = str(getattr(graph, "graph", {}).get("crs", "EPSG:4326"))
    return "wgs84" if crs.lower() in ("epsg:4326", "wgs84") else crs


def _one_of_each_pair(graph: "object") -> list[tuple[str, str, dict[str, str]]]:
    """Return the arcs, of two-way streets only the one that comes first."""
    seen: set[tuple[str, ...]] = set()
    kept = []
    for u, v, data in graph.edges(data=True):  # type: ignore[attr-defined]
        oneway = str(data.get("oneway", "False")) in ("True", "yes", "1")
        mark = (*sorted((u, v)), str(data.get("osmid")), f"{float(data.get('length', 0)):.2f}")
        if oneway or mark not in seen:
            kept.append((u, v, data))
        if not oneway:
            seen.add(mark)
    return kept


def _arc_line(place: dict[str, tuple[float, float]], u: str, v: str, data: dict[str, str]) -> list[tuple[float, float]]:
    if "geometry" not in data:
        return [place[u], place[v]]
    inner = shapely.get_coordinates(shapely.from_wkt(data["geometry"])).tolist()
    return [place[u], *(tuple(p) for p in inner[1:-1]), place[v]]


def _tag(data: dict[str, str], tag: str) -> str:
    value = _first(data.get(tag, ""))
    return {"True": "yes", "False": ""}.get(value, value)


def _first(value: object) -> str:
    """Return the first of a list that OSMnx wrote as text, e.g. "['residential', 'service']"."""
    text = str(value)
    return text.strip("[]").split(",")[0].strip(" '\"") if text.startswith("[") else text
