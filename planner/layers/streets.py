"""Streets from any usual file become one way table: `Ways`.

Two ways meet where they share a vertex, as in OpenStreetMap. Files that carry node ids (pbf, xml,
graphml) are joined by them, line files by coordinates equal to a centimetre. Heights come from z in geometry, `ele`
tags of points, or `elevation` of a graph's nodes.
"""

import csv
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from .. import presets
from ..errors import Fault, TableError, hint
from ..tables import three
from .conform import Layer, known_columns
from .crs import convert_xy
from .graphml import from_graphml
from .osm import from_osm
from .parts import SPOT_TAGS, TAGS, Parts, is_street, no_spots, with_ferries
from .read import encoding_of, excel_rows, plain, read_frame, refuse_missing

_KEY_DEGREES = 1e-7  # a centimetre
_KEY_METRES = 1e-2
_DBF = 10  # letters of a column's name in a shapefile
_ON_M = 1.0  # a tagged point this near a vertex is the vertex


@dataclass(frozen=True, kw_only=True)
class Ways:
    """Street lines with OSM tags, before they are cut at crossings.

    Way `i` runs over `vertex[offsets[i]:offsets[i + 1]]`, indices into `xy` (vertices x 2, metres, project CRS).
    `tags` has one text column a tag of `TAGS`, "" where the tag is absent. `declared` is the datum of the file,
    `corrected` counts the tags that corrections set. `heights` are metres by vertex, NaN where unknown (left out: all
    are; vertices added later have none). `spots` has one text column a tag of `SPOT_TAGS`; its index is the vertex.
    """

    way_id: NDArray[np.str_]
    tags: pd.DataFrame
    offsets: NDArray[np.int64]
    vertex: NDArray[np.int64]
    xy: NDArray[np.float64]
    crs: str
    declared: str
    corrected: int = 0
    heights: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    spots: pd.DataFrame = field(default_factory=no_spots)

    def __post_init__(self) -> None:
        """Give vertices without a height none."""
        missing = np.full(len(self.xy) - len(self.heights), np.nan)
        object.__setattr__(self, "heights", np.concatenate([self.heights, missing]))

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


def no_streets(crs: str) -> Ways:
    """Return the way table of a project without streets."""
    none: Any = {"offsets": np.zeros(1, np.int64), "vertex": np.zeros(0, np.int64), "xy": np.zeros((0, 2))}
    return Ways(way_id=np.array([], dtype=np.str_), tags=pd.DataFrame(columns=TAGS), crs=crs, declared="", **none)


def read_streets(layer: Layer) -> Ways:
    """Read .osm.pbf, .osm, .graphml, or lines from GeoJSON, GeoPackage, Shapefile or GeoParquet.

    Raises:
        MissingFileError, TableError: no such file, no readable lines, or no CRS.
    """
    name = layer.path.name.lower()
    refuse_missing(layer.path)
    if name.endswith((".osm", ".pbf", ".osm.bz2", ".osm.gz")):
        parts = from_osm(layer.path)
    elif name.endswith(".graphml"):
        parts = from_graphml(layer.path)
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


def _in_metres(parts: Parts, layer: Layer) -> Ways:
    keys, first, vertex = np.unique(parts.key, axis=0, return_index=True, return_inverse=True)
    at = pd.Index(keys).get_indexer(pd.Index(parts.spot_key)) if len(parts.spots) else np.zeros(0, np.int64)
    spots = parts.spots[at >= 0].set_axis(at[at >= 0])
    heights = np.full(len(keys), np.nan) if parts.z is None else parts.z[first]
    return Ways(
        way_id=np.asarray(parts.way_id, dtype=np.str_),
        tags=parts.tags.astype(object).reset_index(drop=True).assign(name=lambda tags: plain(tags["name"])),
        offsets=np.concatenate([[0], np.cumsum(parts.counts)]).astype(np.int64),
        vertex=vertex.reshape(-1).astype(np.int64),
        xy=convert_xy(parts.xy[first], datum=parts.datum, crs=layer.crs, path=layer.path),
        crs=layer.crs,
        declared=parts.datum,
        heights=_with_tagged(heights, spots),
        spots=spots,
    )


def _with_tagged(heights: NDArray[np.float64], spots: pd.DataFrame) -> NDArray[np.float64]:
    """Return heights as the `ele` tags of points say, where they say a number of metres."""
    told = pd.to_numeric(spots["ele"].replace("", np.nan), errors="coerce").dropna()
    heights = heights.copy()
    heights[told.index.to_numpy()] = told.to_numpy(dtype=np.float64)
    return heights


def _from_lines(layer: Layer) -> Parts:
    """Read line features; areas (squares, plazas) count with their outline."""
    frame = read_frame(layer.path, sheet=layer.sheet)
    known_columns(frame, layer, ("way_id", *TAGS))
    if not isinstance(frame, gpd.GeoDataFrame):
        raise TableError("no_streets", path=layer.path)
    frame = frame[shapely.get_dimensions(frame.geometry.to_numpy()) >= 1]
    frame = _with_words_of_osm(frame.rename(columns={theirs: ours for ours, theirs in layer.columns.items()}))
    if "highway" in frame:
        frame = with_ferries(frame.assign(route=_tag_column(frame, "route")))
        frame = frame[is_street(frame["highway"])]
    shapes, row = _lines(frame.geometry.to_numpy())
    frame = frame.iloc[row]
    tags = pd.DataFrame({tag: _tag_column(frame, tag).to_numpy() for tag in TAGS})
    tags.loc[tags["highway"] == "", "highway"] = "unclassified"
    xyz = shapely.get_coordinates(shapes, include_z=True)
    xy = xyz[:, :2]
    datum = _declared(frame, layer)
    step = _KEY_METRES if np.abs(xy).max(initial=0) > 400 else _KEY_DEGREES
    return Parts(
        way_id=_way_ids(frame),
        tags=tags,
        counts=shapely.get_num_coordinates(shapes),
        key=np.round(xy / step).astype(np.int64),
        xy=xy,
        datum=datum,
        z=xyz[:, 2],
    )


def _with_words_of_osm(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return lines with the tags that Geofabrik's shapefiles tell in words of their own: `fclass`, oneway F, T and B.

    Source: F. Ramm, OpenStreetMap data in layered GIS format, 0.7, roads: T is against the drawing there, not true.
    """
    if "fclass" not in frame or "highway" in frame:
        return frame
    yes = {"T": "yes", "F": ""}
    words = {"oneway": {"F": "yes", "T": "-1", "B": "no"}, "bridge": yes, "tunnel": yes}
    told = {tag: frame[tag].replace(said) for tag, said in words.items() if tag in frame}
    return frame.assign(highway=frame["fclass"].str.replace(r"^track_grade\d$", "track", regex=True), **told)


def _tag_column(frame: pd.DataFrame, tag: str) -> pd.Series:
    """Return a tag's column; some formats write cycleway_left for cycleway:left, shapefiles ten letters at most."""
    names = (tag, tag.replace(":", "_"), tag[:_DBF], tag.replace(":", "_")[:_DBF])
    return next((frame[name] for name in names if name in frame), pd.Series("", index=frame.index))


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
    keep = shapely.get_num_coordinates(parts) > 1
    return parts[keep], row[keep]


def _way_ids(frame: pd.DataFrame) -> list[str]:
    """Return the file's own ids, less the "way/" that some exports put before; else row numbers."""
    aliases = presets.load("columns")["columns"]["way_id"]
    named = next((a for a in aliases if a in frame and (frame[a] != "").all()), None)
    if named is None:
        return [f"row{i + 1}" for i in frame.index]
    return [str(i).removeprefix("way/") for i in frame[named]]


def with_points(ways: Ways, layer: Layer) -> Ways:
    """Return the streets with the tags of points that lie on their vertices (within a metre).

    A point takes the place of what the streets' own file says there.

    Raises:
        TableError: no points in the file, none with a tag of `SPOT_TAGS`, or none on a vertex of a street.
    """
    frame = read_frame(layer.path, sheet=layer.sheet)
    known_columns(frame, layer, SPOT_TAGS)
    frame = frame.rename(columns={theirs: ours for ours, theirs in layer.columns.items()})
    spots = pd.DataFrame({tag: _tag_column(frame, tag) for tag in SPOT_TAGS}).astype(str)
    point = isinstance(frame, gpd.GeoDataFrame) and (frame.geom_type == "Point").to_numpy()
    told = np.asarray(point & (spots != "").any(axis=1).to_numpy())
    if not told.any():
        raise TableError("no_points", path=layer.path, tags=", ".join(SPOT_TAGS))
    xy = shapely.get_coordinates(frame.geometry.to_numpy()[told])
    xy = convert_xy(xy, datum=_declared(frame, layer), crs=layer.crs, path=layer.path)
    used = np.unique(ways.vertex)
    away, at = cKDTree(ways.xy[used]).query(xy)
    if not (away <= _ON_M).any():
        raise TableError("points_off", path=layer.path, n=len(xy), metres=float(away.min()))
    spots = spots[told][away <= _ON_M].set_axis(used[at[away <= _ON_M]])
    spots = pd.concat([ways.spots.drop(spots.index, errors="ignore"), spots[~spots.index.duplicated()]])
    return replace(ways, heights=_with_tagged(ways.heights, spots), spots=spots)
