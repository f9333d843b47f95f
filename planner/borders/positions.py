"""Where stakes stand to their line: how far along it, how far off, and on which side."""

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from .courses import Course, courses
from .ellipsoid import length_m

COLUMNS = ("course", "piece", "at_m", "along_m", "dx", "dy", "off_m", "side", "ring", "end")
_STEP_M = 1.0  # before and after the foot: the line's direction there
_BEFORE = 0.05  # of a ring: partners of the first stake may stand this much before it


def along(register: gpd.GeoDataFrame, lines: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return by stake where it stands to its line: to the nearest piece of it, where the line has several.

    `course` counts the line's courses (see `courses`), `piece` the pieces of that, and `at_m` is how far along
    the piece the nearest point lies (in the plane). `along_m` are metres along the whole course on the ellipsoid; of
    a `ring`, from the stake of the lowest number in the direction of the numbers. `off_m` and `dx`, `dy` are metres
    from the nearest point to the stake; `side` is 1 left of the line, -1 right: these four are missing where the
    stake stands in a gap between two pieces, and all where the line has no geometry. `end`: the nearest point is an end
    of a piece, so the stake may stand where the line was not drawn.

    Args:
        register: as `stake_register` returns it.
        lines: as `border_lines` returns them.
    """
    found = [pd.DataFrame(columns=[*COLUMNS], index=register.index[:0])]
    known = register[register["line_id"].isin(lines.index) & register.geometry.notna()]
    for line_id, stakes in known.groupby("line_id", sort=True):
        if held := courses(lines.geometry[line_id]):
            found.append(_measured(nearest(stakes.geometry, held), stakes, held, lines))
    whole = pd.concat([f for f in found if len(f)] or found).reindex(register.index)
    numbers = {c: "float64" for c in COLUMNS if c not in ("ring", "end")}
    return whole.astype(numbers).assign(**{c: whole[c].isin([True]) for c in ("ring", "end")})


def nearest(stakes: gpd.GeoSeries, held: Sequence[Course]) -> pd.DataFrame:
    """Return by stake the nearest `course` and `piece`, and all else of `along` but `along_m`."""
    points, pieces = stakes.to_numpy(), np.concatenate([c.pieces for c in held])
    which = shapely.distance(points[:, None], pieces[None, :]).argmin(axis=1)
    mine = pieces[which]
    at = shapely.line_locate_point(mine, points)
    delta = shapely.get_coordinates(points) - _xy(shapely.line_interpolate_point(mine, at))
    course = np.repeat(np.arange(len(held)), [len(c.pieces) for c in held])[which]
    piece = np.concatenate([np.arange(len(c.pieces)) for c in held])[which]
    frame = pd.DataFrame({"course": course, "piece": piece, "at_m": at}, index=stakes.index)
    first, last, ring = at <= 0.0, at >= shapely.length(mine), np.array([c.ring for c in held])[course]
    frame = frame.assign(ring=ring, end=(first | last) & ~ring)
    told = pd.DataFrame({"dx": delta[:, 0], "dy": delta[:, 1], "off_m": np.hypot(*delta.T)}, index=stakes.index)
    told = told.assign(side=_sides(mine, at, delta))
    before = np.concatenate([[0.0, *c.gaps] for c in held])[which] * first
    after = np.concatenate([[*c.gaps, 0.0] for c in held])[which] * last
    gap = np.maximum(before, after)  # beside the stake, where it stands off an end; no farther off than wide: in it
    return frame.join(told.mask((gap > 0.0) & (told["off_m"] <= gap)))


def _measured(
    frame: pd.DataFrame, stakes: gpd.GeoDataFrame, held: Sequence[Course], lines: gpd.GeoDataFrame
) -> pd.DataFrame:
    """Return the frame with `along_m`: the pieces before, and the part of this one."""
    along_m = pd.Series(np.nan, index=frame.index)
    for number, course in enumerate(held):
        on = frame[frame["course"] == number]
        plane, true = shapely.length(course.pieces), length_m(course.pieces, crs=lines.crs)
        piece, starts = on["piece"].to_numpy(), np.cumsum(true) - true
        at = starts[piece] + on["at_m"].to_numpy() * (true / plane)[piece]
        ring = course.ring and len(on)
        along_m[on.index] = _round(at, stakes.loc[on.index, "seq"], float(true[0])) if ring else at
    return frame.assign(along_m=along_m)


def _round(at: NDArray[np.float64], seq: "pd.Series[int]", length: float) -> NDArray[np.float64]:
    """Return metres along a ring from the stake of the lowest number, in the direction of the numbers."""
    order = np.argsort(seq.to_numpy(dtype=float, na_value=np.nan), kind="stable")
    steps = np.mod(np.diff(at[order]), length)
    way = -1.0 if len(steps) and np.median(steps) > length / 2.0 else 1.0
    before = _BEFORE * length
    round_m: NDArray[np.float64] = np.mod(way * (at - at[order[0]]) + before, length) - before
    return round_m


def _sides(pieces: NDArray[np.object_], at: NDArray[np.float64], delta: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the sign of the turn from the line's direction at the foot to the stake."""
    back = shapely.line_interpolate_point(pieces, np.maximum(at - _STEP_M, 0.0))
    ahead = _xy(shapely.line_interpolate_point(pieces, at + _STEP_M)) - _xy(back)
    turn: NDArray[np.float64] = np.sign(ahead[:, 0] * delta[:, 1] - ahead[:, 1] * delta[:, 0])
    return turn


def _xy(points: NDArray[np.object_]) -> NDArray[np.float64]:
    return np.column_stack([shapely.get_x(points), shapely.get_y(points)])
