"""A draft of a line's description: from stake to stake, direction of sixteen, length, and what it crosses."""

from itertools import pairwise

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
import shapely.ops
from numpy.typing import NDArray

from .ellipsoid import bearings, length_m
from .stakes import along

DIRECTIONS = (
    *("n", "nne", "ne", "ene", "e", "ese", "se", "sse"),
    *("s", "ssw", "sw", "wsw", "w", "wnw", "nw", "nnw"),
)
_TURN_SHARE = 0.05  # a line without stakes is told in legs that leave it by at most this share of its length
_TURN_LEAST_M = 50.0


def direction(azimuth: NDArray[np.float64]) -> list[str]:
    """Return the direction of sixteen for azimuths from true north: north is 348.75 to 11.25 degrees.

    Source: 边界线走向说明 as the trade writes it: 北, 北偏东北, 东北, 东偏东北 … each of 22.5 degrees.
    """
    return [DIRECTIONS[int(i)] for i in np.floor(np.mod(azimuth + 11.25, 360.0) / 22.5)]


def describe(
    lines: gpd.GeoDataFrame,
    register: gpd.GeoDataFrame | None = None,
    crossed: gpd.GeoSeries | None = None,
    *,
    crs: str,
) -> pd.DataFrame:
    """Return the legs of every line that is in one piece, in their order.

    Columns: line_id, leg (from 1), start, end (stake numbers, missing: an end of the line or a turn),
    azimuth_deg (true north, of the chord), direction (of `DIRECTIONS`), length_m (along the line, on the
    ellipsoid), crosses (names of what it crosses, in order). No coordinates.

    Args:
        lines: as `border_lines` returns them.
        register: as `stake_register` returns it; without it a line is told from turn to turn.
        crossed: named streets or rivers, lines in the same CRS, their names in the index.
        crs: the project CRS.
    """
    rows = []
    for line_id, shape in lines.geometry.items():
        if shape is not None and shape.geom_type == "LineString" and shape.length > 0.0:
            stops = _stops(str(line_id), lines, register)
            rows += _legs(str(line_id), shape, stops, crossed, crs)
    columns = ["line_id", "leg", "start", "end", "azimuth_deg", "direction", "length_m", "crosses"]
    return pd.DataFrame(rows, columns=columns)


def _stops(line_id: str, lines: gpd.GeoDataFrame, register: gpd.GeoDataFrame | None) -> list[tuple[float, str | None]]:
    """Return metres along the line and the stake there, both ends included, in the order of the numbers."""
    shape = lines.geometry[line_id]
    ends: list[tuple[float, str | None]] = [(0.0, None), (float(shape.length), None)]
    own = None if register is None else register[register["line_id"].eq(line_id) & register["standing"]]
    if own is None or own.empty:
        reach = max(_TURN_LEAST_M, _TURN_SHARE * shape.length)
        turns = shapely.points(shapely.get_coordinates(shapely.simplify(shape, reach))[1:-1])
        return sorted([*ends, *((float(shape.project(t)), None) for t in turns)])
    at = along(own, lines)["along_m"].groupby(own["seq"]).mean()
    names = own.groupby("seq")["number"].agg("/".join)
    stops = [(float(m), str(names[s])) for s, m in at.items()]
    backwards = len(stops) > 1 and stops[0][0] > stops[-1][0]
    whole = sorted([*(e for e in ends if not any(abs(e[0] - s[0]) < 1.0 for s in stops)), *stops], key=lambda s: s[0])
    return whole[::-1] if backwards else whole


def _legs(
    line_id: str,
    shape: shapely.LineString,
    stops: list[tuple[float, str | None]],
    crossed: gpd.GeoSeries | None,
    crs: str,
) -> list[dict[str, object]]:
    points = shapely.line_interpolate_point(shape, [m for m, _ in stops])
    azimuth, _ = bearings(shapely.get_coordinates(points), crs=crs)
    rows: list[dict[str, object]] = []
    for i, ((a, start), (b, end)) in enumerate(pairwise(stops)):
        leg = shapely.ops.substring(shape, a, b)
        if leg.length > 0.0:
            row = {"line_id": line_id, "leg": len(rows) + 1, "start": start, "end": end}
            told = {"azimuth_deg": round(float(azimuth[i]), 2), "direction": direction(azimuth[i : i + 1])[0]}
            length = float(length_m(np.array([leg]), crs=crs)[0])
            rows.append(row | told | {"length_m": round(length, 1), "crosses": _crosses(leg, crossed)})
    return rows


def _crosses(leg: shapely.LineString, crossed: gpd.GeoSeries | None) -> str:
    """Return the names of what a leg crosses, each once, in the order it meets them."""
    if crossed is None or crossed.empty:
        return ""
    hit = crossed.iloc[np.sort(crossed.sindex.query(leg, predicate="crosses"))]
    at = [leg.project(shapely.intersection(leg, s).representative_point()) for s in hit]
    named = [str(n) for _, n in sorted(zip(at, hit.index, strict=True), key=lambda pair: (pair[0], str(pair[1])))]
    return "、".join(dict.fromkeys(n for n in named if n))
