"""A draft of a line's description: from stake to stake, direction of sixteen, length, and what it crosses."""

from collections.abc import Iterator
from itertools import pairwise

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
import shapely.ops
from numpy.typing import NDArray
from shapely import LineString

from .courses import Course, courses
from .ellipsoid import bearings, length_m
from .positions import nearest

Stops = list[tuple[float, str | None]]

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
    """Return the legs of every line that has a geometry, in their order; no leg goes over a gap between two pieces.

    Columns: line_id, piece (from 1, of a line in several), leg (from 1), start, end (stake numbers, missing: an end of
    the piece or a turn), azimuth_deg (true north, of the chord), direction (of `DIRECTIONS`), length_m (along the line,
    on the ellipsoid), crosses (names of what it crosses, in order). No coordinates.

    Args:
        lines: as `border_lines` returns them.
        register: as `stake_register` returns it; without it a line is told from turn to turn.
        crossed: named streets or rivers, lines in the same CRS, their names in the index.
        crs: the project CRS.
    """
    rows: list[dict[str, object]] = []
    for line_id, shape in lines.geometry.items():
        own = None if register is None else register[register["line_id"].eq(line_id) & register["standing"]]
        laid = enumerate(_laid_out(courses(shape), own), start=1)
        legs = [{"piece": n} | leg for n, (piece, stops) in laid for leg in _legs(piece, stops, crossed, crs)]
        rows += [{"line_id": str(line_id), "leg": n} | leg for n, leg in enumerate(legs, start=1)]
    columns = ["line_id", "piece", "leg", "start", "end", "azimuth_deg", "direction", "length_m", "crosses"]
    return pd.DataFrame(rows, columns=columns)


def _laid_out(held: list[Course], own: gpd.GeoDataFrame | None) -> Iterator[tuple[LineString, Stops]]:
    """Yield the pieces of all courses with the stops on each, a course turned round where its numbers fall along it."""
    at = None
    if held and own is not None and len(own):
        at = own[["seq", "number"]].assign(**nearest(own.geometry.to_numpy(), held))
    for count, course in enumerate(held):
        mine = None if at is None else at[(at["course"] == count) & at["seq"].notna()]
        if mine is None or mine.empty:
            yield from ((piece, _turns(piece)) for piece in course.pieces)
            continue
        stakes = mine.groupby("seq").agg({"piece": "first", "at_m": "mean", "number": "/".join})
        pieces = [(piece, _stops(piece, stakes[stakes["piece"] == n])) for n, piece in enumerate(course.pieces)]
        at_stakes = list(zip(stakes["piece"], stakes["at_m"], strict=True))
        falling = at_stakes[0] > at_stakes[-1]
        yield from [(piece, stops[::-1]) for piece, stops in pieces[::-1]] if falling else pieces


def _turns(piece: LineString) -> Stops:
    """Return metres along a piece without stakes: its ends and where it turns."""
    reach = max(_TURN_LEAST_M, _TURN_SHARE * piece.length)
    turns = shapely.points(shapely.get_coordinates(shapely.simplify(piece, reach))[1:-1])
    return [(m, None) for m in sorted([0.0, piece.length, *(float(piece.project(t)) for t in turns)])]


def _stops(piece: LineString, stakes: pd.DataFrame) -> Stops:
    """Return metres along a piece and the stake there, and both ends where none stands on them."""
    stops: Stops = list(zip(stakes["at_m"].astype(float), stakes["number"].astype(str), strict=True))
    bare = [m for m in (0.0, float(piece.length)) if not any(abs(m - s) < 1.0 for s, _ in stops)]
    return sorted([*((m, None) for m in bare), *stops], key=lambda stop: stop[0])


def _legs(shape: LineString, stops: Stops, crossed: gpd.GeoSeries | None, crs: str) -> list[dict[str, object]]:
    points = shapely.line_interpolate_point(shape, [m for m, _ in stops])
    azimuth, _ = bearings(shapely.get_coordinates(points), crs=crs)
    rows: list[dict[str, object]] = []
    for i, ((a, start), (b, end)) in enumerate(pairwise(stops)):
        leg = shapely.ops.substring(shape, a, b)
        if leg.length > 0.0:
            row: dict[str, object] = {"start": start, "end": end}
            told = {"azimuth_deg": round(float(azimuth[i]), 2), "direction": direction(azimuth[i : i + 1])[0]}
            length = float(length_m(np.array([leg]), crs=crs)[0])
            rows.append(row | told | {"length_m": round(length, 1), "crosses": _crosses(leg, crossed)})
    return rows


def _crosses(leg: LineString, crossed: gpd.GeoSeries | None) -> str:
    """Return the names of what a leg crosses, each once, in the order it meets them."""
    if crossed is None or crossed.empty:
        return ""
    hit = crossed.iloc[np.sort(crossed.sindex.query(leg, predicate="crosses"))]
    at = [leg.project(shapely.intersection(leg, s).representative_point()) for s in hit]
    named = [str(n) for _, n in sorted(zip(at, hit.index, strict=True), key=lambda pair: (pair[0], str(pair[1])))]
    return "、".join(dict.fromkeys(n for n in named if n))
