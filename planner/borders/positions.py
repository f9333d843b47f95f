"""Where stakes stand to their line: how far along it, how far off, and on which side."""

from collections.abc import Mapping, Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from .courses import Course, courses
from .ellipsoid import length_m

_MEASURES = ("course", "piece", "at_m", "along_m", "dx", "dy", "off_m", "side")
_MARKS = ("ring", "end")
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
    whole = {name: np.full(len(register), np.nan) for name in (*_MEASURES, *_MARKS)}
    points, seq = register.geometry.to_numpy(), register["seq"].to_numpy(dtype=float, na_value=np.nan)
    lines_of = pd.Series(np.arange(len(register)))[register.geometry.notna().to_numpy()]
    for line_id, at in lines_of.groupby(register["line_id"].to_numpy()[lines_of]):
        held = courses(lines.geometry[line_id]) if line_id in lines.index else []
        if held:
            found = nearest(points[at], held)
            for name, values in (found | {"along_m": _measured(found, seq[at], held, lines.crs)}).items():
                whole[name][at] = values
    marks = {name: whole[name] == 1.0 for name in _MARKS}
    return pd.DataFrame(whole | marks, index=register.index)


def nearest(points: NDArray[np.object_], held: Sequence[Course]) -> dict[str, NDArray[np.float64]]:
    """Return by point all columns of `along` but `along_m`."""
    pieces = np.concatenate([c.pieces for c in held])
    which = shapely.distance(points[:, None], pieces[None, :]).argmin(axis=1)
    mine = pieces[which]
    at = shapely.line_locate_point(mine, points)
    delta = shapely.get_coordinates(points) - _xy(shapely.line_interpolate_point(mine, at))
    course = np.repeat(np.arange(len(held)), [len(c.pieces) for c in held])[which]
    first, last, ring = at <= 0.0, at >= shapely.length(mine), np.array([c.ring for c in held])[course]
    before = np.concatenate([[0.0, *c.gaps] for c in held])[which] * first
    after = np.concatenate([[*c.gaps, 0.0] for c in held])[which] * last
    gap, off = np.maximum(before, after), np.hypot(*delta.T)  # the gap beside a stake that stands off an end
    judged = np.where((gap > 0.0) & (off <= gap), np.nan, 1.0)
    told = {"dx": delta[:, 0], "dy": delta[:, 1], "off_m": off, "side": _sides(mine, at, delta)}
    return {name: values * judged for name, values in told.items()} | {
        "course": course,
        "piece": np.concatenate([np.arange(len(c.pieces)) for c in held])[which],
        "at_m": at,
        "ring": ring,
        "end": (first | last) & ~ring,
    }


def _measured(
    found: Mapping[str, NDArray[np.float64]], seq: NDArray[np.float64], held: Sequence[Course], crs: str
) -> NDArray[np.float64]:
    """Return metres along the courses: the pieces before, and the part of this one."""
    along_m = np.full(len(seq), np.nan)
    for number, course in enumerate(held):
        on = found["course"] == number
        plane, true = shapely.length(course.pieces), length_m(course.pieces, crs=crs)
        piece, starts = found["piece"][on], np.cumsum(true) - true
        at = starts[piece] + found["at_m"][on] * (true / plane)[piece]
        along_m[on] = _round(at, seq[on], float(true[0])) if course.ring and on.any() else at
    return along_m


def _round(at: NDArray[np.float64], seq: NDArray[np.float64], length: float) -> NDArray[np.float64]:
    """Return metres along a ring from the stake of the lowest number, in the direction of the numbers."""
    order = np.argsort(seq, kind="stable")
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
