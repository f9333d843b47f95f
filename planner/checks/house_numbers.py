"""Numbers of a street that do not go as the others: rising along it, odd and even ones on two sides of it."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from ..names import Address
from ..network import StreetNetwork
from .stakes import longest_rise

LEAST = 6  # numbers of a street from which they can be a pattern
MAJORITY = 0.8  # of them must follow it before one that does not is named
EACH_SIDE = 0.6  # of the odd ones, and of the even ones, must stand on their side
BESIDE_M = 60.0  # a point farther from the street is not judged by it
ORDER_M = 50.0  # numbers of one side this much out of order pass: buildings have a width, points a roof
SIDE_M = 3.0  # a point nearer to the street's line is on neither side
_STEP_M = 1.0

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Stray:
    """A facility whose number does not go with the others of its street, and by how many metres.

    `how` is order or side; `n` of the street's numbers were looked at, and `share` of them follow the pattern.
    """

    facility_id: str
    how: str
    street: str
    distance_m: float
    n: int
    share: float


def stray_numbers(rows: gpd.GeoDataFrame, parsed: Mapping[str, Address], network: StreetNetwork) -> Iterator[Stray]:
    """Yield the numbers out of order or on the wrong side, by street; streets are found in the network by name.

    Judged are streets with six numbers or more of which four in five follow the pattern: along the street the odd and
    the even numbers each rise, both one way; and three odd and three even ones at least stand on two sides.
    """
    for street, held in _by_street(rows, parsed):
        along, off = _beside(held, network.lines[network.name == street])
        there = ~np.isnan(along)
        if there.sum() >= LEAST:
            numbers, along, off = held["number"].to_numpy()[there], along[there], off[there]
            for how, by in (("order", _out_of_order(numbers, along)), ("side", _on_the_wrong_side(numbers, off))):
                yield from (
                    Stray(
                        facility_id=str(held.index[there][i]),
                        how=how,
                        street=street,
                        distance_m=metres,
                        n=by.n,
                        share=by.share,
                    )
                    for i, metres in by.strays
                )


@dataclass(frozen=True, kw_only=True)
class _Judged:
    """How many numbers were judged, the share in the pattern, and the positions out of it with their metres."""

    n: int = 0
    share: float = 0.0
    strays: tuple[tuple[int, float], ...] = ()


def _by_street(rows: gpd.GeoDataFrame, parsed: Mapping[str, Address]) -> Iterator[tuple[str, gpd.GeoDataFrame]]:
    """Yield streets and what stands there, one row a number (the first by id), rising; lanes count by themselves."""
    told = [parsed[str(i)] for i in rows.index]
    numbers = [re.match(r"\d+", a.number) for a in told]
    keys = pd.DataFrame(
        {c: [getattr(a, c) for a in told] for c in ("code", "town", "street", "lane")}, index=rows.index
    )
    frame = rows.assign(**keys, number=[int(m.group()) if m else 0 for m in numbers]).sort_index()
    frame = frame[(frame["street"] != "") & (frame["lane"] == "") & (frame["number"] > 0) & frame.geometry.notna()]
    frame = frame.drop_duplicates([*keys, "number"]).sort_values("number", kind="stable")
    for (_, _, street, _), group in frame.groupby(list(keys), sort=True):
        if len(group) >= LEAST:
            yield str(street), group


def _beside(held: gpd.GeoDataFrame, lines: NDArray[np.object_]) -> tuple[Floats, Floats]:
    """Return metres along the street and to the left of it (negative: right); NaN beyond its ends and far from it.

    A street in pieces is the piece that most of the points stand beside; one that comes back to its beginning, as two
    carriageways drawn apart do, is cut where it turns.
    """
    merged = shapely.get_parts(shapely.line_merge(shapely.union_all(lines))) if len(lines) else lines
    pieces = [half for piece in merged for half in _one_way(piece)]
    points = shapely.centroid(held.geometry.to_numpy())
    best = np.full((2, len(held)), np.nan)
    for piece in pieces:
        along, left = _along(piece, points)
        if (~np.isnan(along)).sum() > (~np.isnan(best[0])).sum():
            best = np.stack([along, left])
    return best[0], best[1]


def _one_way(line: shapely.LineString) -> list[shapely.LineString]:
    """Return a line, or its two halves between the points farthest apart where it ends where it began."""
    xy = shapely.get_coordinates(line)
    if line.length <= 4.0 * BESIDE_M or np.hypot(*(xy[-1] - xy[0])) > BESIDE_M:
        return [line]
    turn = int(np.argmax(np.hypot(*(xy - xy[0]).T)))
    low, high = sorted((turn, int(np.argmax(np.hypot(*(xy - xy[turn]).T)))))
    around = np.vstack([xy[high:], xy[: low + 1]])
    return [shapely.LineString(part) for part in (xy[low : high + 1], around) if len(part) > 1]


def _along(line: shapely.LineString, points: NDArray[np.object_]) -> tuple[Floats, Floats]:
    along, off = shapely.line_locate_point(line, points), shapely.distance(line, points)
    before, after = (
        shapely.get_coordinates(shapely.line_interpolate_point(line, np.clip(along + d, 0.0, line.length)))
        for d in (-_STEP_M, _STEP_M)
    )
    (dx, dy), (px, py) = (after - before).T, (shapely.get_coordinates(points) - before).T
    there = (off <= BESIDE_M) & (along > 0.0) & (along < line.length)
    return np.where(there, along, np.nan), np.where(there, np.sign(dx * py - dy * px) * off, np.nan)


def _out_of_order(numbers: NDArray[np.int64], along: Floats) -> _Judged:
    """Return the numbers that stand more than 50 m outside the two between which they belong, odd and even apart.

    The most that rise one way are kept; of as many those that go best with a straight run of numbers
    (H. Theil 1950, P. K. Sen 1968).
    """
    from scipy.stats import theilslopes

    slope, start, *_ = theilslopes(along, numbers)
    miss = np.abs(along - start - slope * numbers)
    weights = 1.0 - miss / (miss.sum() + 1.0)  # all that is taken away is less than one number
    along = along if slope >= 0 else -along
    sides = [np.flatnonzero(numbers % 2 == parity) for parity in (0, 1)]
    kept = {int(side[k]) for side in sides for k in longest_rise(along[side], 0.0, weights[side])}
    share = len(kept) / len(numbers)
    if share < MAJORITY:
        return _Judged()
    strays = ((i, _outside(i, side, kept, along)) for side in sides for i in side.tolist() if i not in kept)
    return _Judged(n=len(numbers), share=share, strays=tuple(one for one in strays if one[1] > ORDER_M))


def _outside(i: int, side: NDArray[np.intp], kept: set[int], along: Floats) -> float:
    """Return how many metres a number stands before the last kept one below it, or beyond the first above it."""
    low = max((along[k] for k in side if k in kept and k < i), default=-np.inf)
    high = min((along[k] for k in side if k in kept and k > i), default=np.inf)
    return float(max(low - along[i], along[i] - high))


def _on_the_wrong_side(numbers: NDArray[np.int64], off: Floats) -> _Judged:
    """Return the numbers on the side of the others' parity."""
    judged = np.flatnonzero(np.abs(off) >= SIDE_M)
    odd = numbers[judged] % 2 == 1
    if min(odd.sum(), (~odd).sum()) < LEAST // 2:
        return _Judged()
    fits = (off[judged] > 0) == odd
    fits = fits if fits.sum() * 2 >= len(fits) else ~fits
    share = float(fits.mean())
    if share < MAJORITY or min(fits[odd].mean(), fits[~odd].mean()) < EACH_SIDE:
        return _Judged()
    return _Judged(n=len(judged), share=share, strays=tuple((int(i), float(abs(off[i]))) for i in judged[~fits]))
