"""Border lines with a geometry: their own, or the border that the polygons of their two units share."""

import re

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry


def unit_codes(units: object) -> tuple[str, ...]:
    """Return the codes in "320106;320111", "320106、320111", "320106-320111" or "320106/320111", in their order."""
    return tuple(re.findall(r"[\w.]+", str(units))) if isinstance(units, str) else ()


def border_lines(lines: gpd.GeoDataFrame, shapes: gpd.GeoDataFrame | None) -> gpd.GeoDataFrame:
    """Return the lines with `a`, `b` (their units, the smaller code first), `drawn` and a geometry where there is one.

    A line that the register does not draw is the border its two polygons share. Lines are merged into
    one piece where they can be.
    """
    codes = [sorted(unit_codes(u)) for u in lines["units"]]
    pairs = [(c[0], c[1]) if len(c) == 2 else (None, None) for c in codes]
    own = lines["geometry"].to_numpy() if "geometry" in lines else np.full(len(lines), None, dtype=object)
    drawn = ~(shapely.is_missing(own) | shapely.is_empty(own))
    shared = [None if has else _shared(a, b, shapes) for has, (a, b) in zip(drawn, pairs, strict=True)]
    merged = [merge(o) if has else s for o, s, has in zip(own, shared, drawn, strict=True)]
    frame = pd.DataFrame(lines.drop(columns="geometry", errors="ignore"))
    a, b = (pd.Series([p[k] for p in pairs], index=frame.index, dtype=object) for k in (0, 1))
    frame = frame.assign(a=a, b=b, drawn=drawn)
    return gpd.GeoDataFrame(frame, geometry=gpd.array.from_shapely(_objects(merged)), crs=getattr(lines, "crs", None))


def merge(line: BaseGeometry) -> BaseGeometry:
    """Return a line in one piece where its parts meet end to end."""
    if line.geom_type == "MultiLineString":
        return shapely.line_merge(line)
    return line


def shared_border(one: BaseGeometry, other: BaseGeometry) -> BaseGeometry | None:
    """Return the stretch of border that two polygons share, or None."""
    common = shapely.intersection(one.boundary, other.boundary)
    parts = [
        p for p in shapely.get_parts(shapely.get_parts([common])) if p.geom_type == "LineString" and p.length > 0.0
    ]
    return merge(shapely.multilinestrings(parts)) if parts else None


def _shared(a: str | None, b: str | None, shapes: gpd.GeoDataFrame | None) -> BaseGeometry | None:
    if shapes is None or a not in shapes.index or b not in shapes.index:
        return None
    return shared_border(shapes.geometry[a], shapes.geometry[b])


def _objects(shapes: list[BaseGeometry | None]) -> NDArray[np.object_]:
    held = np.empty(len(shapes), dtype=object)
    held[:] = shapes
    return held
