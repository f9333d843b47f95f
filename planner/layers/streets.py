"""Streets from any usual file become one way table: `Ways`.

Two ways meet where they share a vertex, as in OpenStreetMap. Files that carry node ids (pbf, xml,
graphml) are joined by them, line files by coordinates equal to a centimetre.
"""

import csv
import re
import tempfile
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from .. import presets
from ..errors import Fault, TableError, hint
from ..tables import three
from .conform import Layer, known_columns
from .crs import convert_xy
from .read import encoding_of, excel_rows, plain, read_frame, refuse_missing, unreadable

TAGS = (
    *("highway", "name", "oneway", "junction", "foot", "bicycle", "motor_vehicle", "motorcar", "vehicle"),
    *("access", "motorroad", "bridge", "tunnel", "layer", "area", "service", "maxspeed"),
    *("oneway:bicycle", "cycleway", "cycleway:left", "cycleway:right", "cycleway:both"),
)
_KEY_DEGREES = 1e-7  # a centimetre
_KEY_METRES = 1e-2


@dataclass(frozen=True, kw_only=True)
class Ways:
    """Street lines with OSM tags, before they are cut at crossings.

    Way `i` runs over `vertex[offsets[i]:offsets[i + 1]]`, indices into `xy` (vertices x 2, metres, project CRS).
    `tags` has one text column a tag of `TAGS`, "" where the tag is absent. `declared` is the datum of the file,
    `corrected` counts the tags that corrections set.
    """

    way_id: NDArray[np.str_]
    tags: pd.DataFrame
    offsets: NDArray[np.int64]
    vertex: NDArray[np.int64]
    xy: NDArray[np.float64]
    crs: str
    declared: str
    corrected: int = 0

    def __len__(self) -> int:
        """Return the number of ways."""
        return len(self.way_id)

    @property
    def way_of_vertex(self) -> NDArray[np.int64]:
        """The way of each place in `vertex`."""
        return np.repeat(np.arange(len(self)), np.diff(self.offsets))

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east and north edge, in metres."""
        low, high = self.xy.min(axis=0), self.xy.max(axis=0)
        return float(low[0]), float(low[1]), float(high[0]), float(high[1])


def read_streets(layer: Layer) -> Ways:
    """Read .osm.pbf, .osm, .graphml, or lines from GeoJSON, GeoPackage, Shapefile or GeoParquet.

    Raises:
        MissingFileError, TableError: no such file, no readable lines, or no CRS.
    """
    name = layer.path.name.lower()
    refuse_missing(layer.path)
    if name.endswith((".osm", ".pbf", ".osm.bz2", ".osm.gz")):
        parts = _from_osm(layer.path)
    elif name.endswith(".graphml"):
        parts = _from_graphml(layer.path)
    else:
        parts = _from_lines(layer)
    if not len(parts.way_id):
        raise TableError("no_streets", path=layer.path)
    return _in_metres(parts, layer)


def correct(ways: Ways, path: Path) -> Ways:
    """Set tags as a csv of way_id, key, value, reason says; an empty value removes the tag.

    Raises:
        TableError: a missing column, or a way that the streets do not have.
    """
    rows = _corrections(path)
    unknown = rows.loc[~rows["way_id"].isin(ways.way_id), "way_id"]
    if len(unknown):
        raise TableError("correction_way", path=path, ids=three(unknown), rows=excel_rows(unknown.index.to_numpy()))
    tags = ways.tags.copy()
    for key, told in rows.groupby("key"):
        new = pd.Series(ways.way_id).map(told.drop_duplicates("way_id", keep="last").set_index("way_id")["value"])
        tags[key] = new.where(new.notna(), tags[key])
    return replace(ways, tags=tags, corrected=len(rows))


def _corrections(path: Path) -> pd.DataFrame:
    """Read way_id, key, value; a file with no more than its header corrects nothing.

    Raises:
        TableError: a missing column, keys that are no tag of `TAGS`, and rows that end before their value; all at once.
    """
    refuse_missing(path)
    with path.open(encoding=encoding_of(path), newline="") as stream:
        header, *rows = list(csv.reader(stream)) or [[]]
    names = [name.strip() for name in header]
    if not {"way_id", "key", "value", "reason"} <= set(names):
        raise TableError("correction_column", path=path)
    told = {i: dict(zip(names, (cell.strip() for cell in row), strict=False)) for i, row in enumerate(rows) if any(row)}
    table = pd.DataFrame.from_dict(told, orient="index", columns=["way_id", "key", "value"], dtype=object)
    faults = [
        Fault("correction_key", {"path": path, "key": key, "hint": hint(str(key), TAGS), "rows": excel_rows(at.index)})
        for key, at in table[~table["key"].isin(TAGS)].fillna("").groupby("key", sort=False)
    ]
    if (short := table.index[table["value"].isna()]).size:
        faults.append(Fault("correction_value", {"path": path, "rows": excel_rows(short)}))
    if faults:
        raise TableError(*faults)
    return table


@dataclass(frozen=True, kw_only=True)
class _Parts:
    """Ways in the file's own coordinates; `key` joins equal vertices, `datum` says what `xy` are."""

    way_id: Sequence[str]
    tags: pd.DataFrame
    counts: NDArray[np.int64]
    key: NDArray
    xy: NDArray[np.float64]
    datum: str


def _in_metres(parts: _Parts, layer: Layer) -> Ways:
    _, first, vertex = np.unique(parts.key, axis=0, return_index=True, return_inverse=True)
    return Ways(
        way_id=np.asarray(parts.way_id, dtype=np.str_),
        tags=parts.tags.astype(object).reset_index(drop=True).assign(name=lambda tags: plain(tags["name"])),
        offsets=np.concatenate([[0], np.cumsum(parts.counts)]).astype(np.int64),
        vertex=vertex.reshape(-1).astype(np.int64),
        xy=convert_xy(parts.xy[first], datum=parts.datum, crs=layer.crs, path=layer.path),
        crs=layer.crs,
        declared=parts.datum,
    )


def _is_street(highway: pd.Series) -> pd.Series:
    return (highway != "") & ~highway.isin(presets.load("streets")["not_a_street"])


def _from_osm(path: Path) -> _Parts:
    """Read ways with a highway tag; node ids are the vertex keys."""
    fields = [line.split(" ") for line in _as_lines(path)]
    tags = _tags_told([told for _, told, _ in fields])
    drawn = [nodes[1:] for _, _, nodes in fields]
    numbers = ",".join(drawn).replace("xy", _NOWHERE).replace("x", ",").replace("y", ",").replace("n", "")
    flat = np.fromstring(numbers, sep=",").reshape(-1, 3)
    way = np.repeat(np.arange(len(fields)), [nodes.count(",") + 1 for nodes in drawn])
    known = flat[:, 1] <= 180
    counts = np.bincount(way[known], minlength=len(fields))
    kept = (counts > 1) & _is_street(tags["highway"]).to_numpy()
    flat = flat[known & kept[way]]
    return _Parts(
        way_id=[line[0][1:] for line, keep in zip(fields, kept, strict=True) if keep],
        tags=tags[kept],
        counts=counts[kept],
        key=flat[:, 0].astype(np.int64),
        xy=flat[:, 1:],
        datum="wgs84",
    )


_NOWHERE = "x999y999"  # what a node without a place is read as
_OPL_CODE = re.compile(r"%([0-9a-f]+)%")


def _as_lines(path: Path) -> list[str]:
    """Let osmium write the streets as text, one line a way ("w1 Thighway=path Nn1x8.1y47.2,n2x8.2y47.3").

    Nothing but C++ touches the nodes then: one line a way in Python instead of one object a node.
    Source: OPL file format manual, osmcode.org; a node without a place says "xy".
    """
    import osmium

    with tempfile.TemporaryDirectory() as beside:
        out = Path(beside) / "streets"
        told = osmium.io.File(str(out), "opl,add_metadata=none,locations_on_ways=true")
        places = osmium.NodeLocationsForWays(osmium.index.create_map("flex_mem"))
        places.ignore_errors()
        kept = osmium.filter.EntityFilter(osmium.osm.WAY), osmium.filter.KeyFilter("highway")
        try:
            with osmium.io.Reader(str(path), osmium.osm.NODE | osmium.osm.WAY) as file, osmium.SimpleWriter(told) as to:
                osmium.apply(file, places, *kept, to)
        except RuntimeError as error:
            raise TableError("unreadable", path=path, detail=error) from error
        text = out.read_text(encoding="utf-8")
    return [line for line in text.split("\n") if line.count(" ") == 2]  # a way without nodes has a field less


def _tags_told(told: Sequence[str]) -> pd.DataFrame:
    """Return the tags of `TAGS` of lines such as "Thighway=path,name=A%20%B", "" where one is absent."""
    columns = {tag: [""] * len(told) for tag in TAGS}
    for i, tags in enumerate(told):
        for pair in tags[1:].split(","):
            key, _, value = pair.partition("=")
            if key in columns:
                columns[key][i] = _plain(value) if "%" in value else value
    return pd.DataFrame(columns, dtype=object)


def _plain(value: str) -> str:
    return _OPL_CODE.sub(lambda code: chr(int(code[1], 16)), value)


def _from_lines(layer: Layer) -> _Parts:
    """Read line features; areas (squares, plazas) count with their outline."""
    frame = read_frame(layer.path, sheet=layer.sheet)
    known_columns(frame, layer, ("way_id", *TAGS))
    if not isinstance(frame, gpd.GeoDataFrame):
        raise TableError("no_streets", path=layer.path)
    frame = frame[shapely.get_dimensions(frame.geometry.to_numpy()) >= 1]
    frame = frame.rename(columns={theirs: ours for ours, theirs in layer.columns.items()})
    if "highway" in frame:
        frame = frame[_is_street(frame["highway"])]
    shapes, row = _lines(frame.geometry.to_numpy())
    frame = frame.iloc[row]
    tags = pd.DataFrame({tag: _tag_column(frame, tag).to_numpy() for tag in TAGS})
    tags.loc[tags["highway"] == "", "highway"] = "unclassified"
    xy = shapely.get_coordinates(shapes)
    datum = _declared(frame, layer)
    step = _KEY_METRES if np.abs(xy).max(initial=0) > 400 else _KEY_DEGREES
    return _Parts(
        way_id=_way_ids(frame),
        tags=tags,
        counts=shapely.get_num_coordinates(shapes),
        key=np.round(xy / step).astype(np.int64),
        xy=xy,
        datum=datum,
    )


def _tag_column(frame: pd.DataFrame, tag: str) -> pd.Series:
    """Return a tag's column; formats that allow no colon in a name write cycleway_left for cycleway:left."""
    absent = pd.Series("", index=frame.index)
    return frame.get(tag, frame.get(tag.replace(":", "_"), absent))


def _declared(frame: gpd.GeoDataFrame, layer: Layer) -> str:
    if layer.datum is not None:
        return layer.datum
    if frame.crs is None:
        raise TableError("no_datum", path=layer.path)
    return str(frame.crs.to_string())


def _lines(shapes: NDArray) -> tuple[NDArray, NDArray[np.int64]]:
    """Return single lines of two points or more, and the row each came from."""
    parts, row = shapely.get_parts(shapes, return_index=True)
    area = shapely.get_type_id(parts) == shapely.GeometryType.POLYGON
    parts = np.where(area, shapely.get_exterior_ring(parts), parts)
    parts = shapely.force_2d(parts)
    keep = shapely.get_num_coordinates(parts) > 1
    return parts[keep], row[keep]


def _way_ids(frame: pd.DataFrame) -> list[str]:
    """Return the file's own ids, less the "way/" that some exports put before; else row numbers."""
    aliases = presets.load("columns")["columns"]["way_id"]
    named = next((a for a in aliases if a in frame and (frame[a] != "").all()), None)
    if named is None:
        return [f"row{i + 1}" for i in frame.index]
    return [str(i).removeprefix("way/") for i in frame[named]]


def _from_graphml(path: Path) -> _Parts:
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


def _graph_parts(graph: Any, place: dict[str, tuple[float, float]]) -> _Parts:
    order = {n: i for i, n in enumerate(sorted(place))}
    arcs = _one_of_each_pair(graph)
    lines = [_arc_line(place, u, v, data) for u, v, data in arcs]
    key, inner = [], -1
    for (u, v, _), line in zip(arcs, lines, strict=True):
        key += [order[u], *range(inner, inner - len(line) + 2, -1), order[v]]
        inner -= len(line) - 2
    return _Parts(
        way_id=[f"{_first(d.get('osmid', i))}" for i, (_, _, d) in enumerate(arcs)],
        tags=pd.DataFrame([[_tag(d, tag) for tag in TAGS] for _, _, d in arcs], columns=list(TAGS)),
        counts=np.asarray([len(line) for line in lines], dtype=np.int64),
        key=np.asarray(key, dtype=np.int64),
        xy=np.asarray([point for line in lines for point in line]),
        datum=_graph_datum(graph),
    )


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
