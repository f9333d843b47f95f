"""Border lines with a geometry: their own, or the border that the polygons of their two units share."""

from collections.abc import Iterable

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from .units import Units, unit_words


def border_lines(
    lines: gpd.GeoDataFrame, shapes: gpd.GeoDataFrame | None, *, known: Units | None = None
) -> gpd.GeoDataFrame:
    """Return the lines with `a`, `b` (codes of their units, the smaller first), `drawn` and a geometry where there is.

    Units may be told by names (`known`: the project's; by default those of `shapes`): `units` then holds the codes.
    Where they are not two that are known, `a` and `b` are missing and `units` stays as it was (see `may_mean`).
    A line that the register does not draw is the border its two polygons share. Lines are merged into
    one piece where they can be.
    """
    known = Units.of(shapes) if known is None else known
    codes = [[known.code(word) for word in unit_words(u)] for u in lines["units"]]
    two = [_two(c) for c in codes]
    own = lines["geometry"].to_numpy() if "geometry" in lines else np.full(len(lines), None, dtype=object)
    drawn = ~(shapely.is_missing(own) | shapely.is_empty(own))
    shared = [None if has else _shared(a, b, shapes) for has, (a, b) in zip(drawn, two, strict=True)]
    merged = [merge(o) if has else s for o, s, has in zip(own, shared, drawn, strict=True)]
    frame = pd.DataFrame(lines.drop(columns="geometry", errors="ignore"))
    units = [u if a is None else f"{a};{b}" for u, (a, b) in zip(lines["units"], two, strict=True)]
    a, b = (pd.Series([p[k] for p in two], index=frame.index, dtype=object) for k in (0, 1))
    frame = frame.assign(units=units, a=a, b=b, drawn=drawn)
    return gpd.GeoDataFrame(frame, geometry=gpd.array.from_shapely(_objects(merged)), crs=getattr(lines, "crs", None))


def _two(codes: list[str | None]) -> tuple[str, str] | tuple[None, None]:
    known = sorted({c for c in codes if c is not None})
    return (known[0], known[1]) if len(codes) == len(known) == 2 else (None, None)


def may_mean(lines: pd.DataFrame, pair: Iterable[str], known: Units) -> bool:
    """Return whether a line whose units can not be told (of `border_lines`) may be the one between two units."""
    wanted = set(pair)
    for units in lines.loc[lines["a"].isna(), "units"]:
        codes = [known.code(word) for word in unit_words(units)]
        told = set(codes) - {None}
        open_ = None in codes or len(told) < 2  # one of the two may be anybody
        if wanted <= told or (open_ and (not told or wanted & told)):
            return True
    return False


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
