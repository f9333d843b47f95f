"""By which vector would points have to move to lie beside their lines? The search over all shifts.

Where streets are dense, every datum brings points near some street and the medians of the road fit
lie close together; the shift that fits best is still one of few, and a datum's shift is known.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy import ndimage

from .road_fit import POINTS_MIN

FAR_M, STEP_M = 1500.0, 20.0  # domain research §2.4 E1b
CELL_M = 10.0
CAP_M = 100.0  # farther is as bad as this: one lost point must not decide
WINDOW_M = 20_000.0  # of points spread over more, those around their middle
AGREE_M = 60.0  # an optimum this near to a datum's shift is that shift (E1b)
ELSEWHERE_M = 200.0  # shifts farther from the optimum than this are other shifts
CLEAR = 1.25  # the best of those must fit this many times worse

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Optimum:
    """The shift, metres east and north, under which the points lie nearest to the lines.

    `clear` is how many times worse the best shift more than 200 m away fits.
    """

    east_m: float
    north_m: float
    clear: float

    def names(self, shifts: Mapping[str, Floats]) -> str | None:
        """Return which of the shifts (metres, by name) it is, within 60 m; None for none or an unclear optimum."""
        here = np.array([self.east_m, self.north_m])
        off = {name: float(np.hypot(*(shift - here))) for name, shift in shifts.items()}
        nearest = min(off, key=lambda name: off[name])
        return nearest if self.clear >= CLEAR and off[nearest] <= AGREE_M else None


def best_shift(xy: Floats, lines: NDArray[np.object_]) -> Optimum | None:
    """Return the shift up to 1,500 m, in steps of 20 m, with the smallest mean distance to the lines, capped at 100 m.

    `xy` has shape (points, 2), in metres. None for fewer than 50 points within 20 km.
    Source: domain research §2.4 E1b.
    """
    xy = xy[(np.abs(xy - np.median(xy, axis=0)) <= WINDOW_M / 2.0).all(axis=1)]
    if len(xy) < POINTS_MIN:
        return None
    corner = xy.min(axis=0) - FAR_M - CAP_M
    distance = _distances(lines, corner, xy.max(axis=0) + FAR_M + CAP_M)
    steps = np.arange(-FAR_M, FAR_M + STEP_M / 2.0, STEP_M)
    column, row = (((xy - corner) / CELL_M).astype(int)).T
    jump = (steps / CELL_M).astype(int)
    cost = np.array([[distance[row + n, column + e].mean() for e in jump] for n in jump])
    north, east = np.unravel_index(int(np.argmin(cost)), cost.shape)
    apart = np.hypot(steps[None, :] - steps[east], steps[:, None] - steps[north]) > ELSEWHERE_M
    clear = float(cost[apart].min() / max(cost[north, east], 1e-9))
    return Optimum(east_m=float(steps[east]), north_m=float(steps[north]), clear=clear)


def _distances(lines: NDArray[np.object_], low: Floats, high: Floats) -> Floats:
    """Return how far each cell between two corners is from the lines, at most `CAP_M`; rows run north."""
    size = ((high - low) / CELL_M).astype(int) + 1
    near = lines[shapely.STRtree(lines).query(shapely.box(*low, *high), predicate="intersects")]
    dots = (shapely.get_coordinates(shapely.segmentize(near, CELL_M)) - low) / CELL_M
    held = ((dots >= 0) & (dots < size)).all(axis=1)
    free = np.ones((size[1], size[0]), dtype=bool)
    column, row = dots[held].astype(int).T
    free[row, column] = False
    if free.all():
        return np.full(free.shape, CAP_M)
    return np.asarray(np.minimum(ndimage.distance_transform_edt(free) * CELL_M, CAP_M), dtype=np.float64)
