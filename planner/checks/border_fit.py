"""By which vector would borders have to move to run along streets? Position and direction together.

Borders follow streets for a part of their way only, so their median distance to a street says little. But where one
does, it lies on the street and runs as it runs, and that for kilometres: counted over all shifts, the true one stands
out by far.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from .shift_search import AGREE_M, ELSEWHERE_M, FAR_M

CELL_M = 20.0  # of the raster of streets, and the step of borders and shifts
DIRECTIONS = 12  # classes of 15 degrees; neighbouring classes count as the same
NEAR_M = 1600.0  # borders farther than this from every street cannot meet one under any shift
PIECES_MIN, PIECES_MAX = 500, 4000  # 10 km of border; more decide no better
WINDOW_M = 40_000.0
CLEAR = 1.6
"""How many times the best shift must stand above the average of all as the best one elsewhere does.

Measured on the borders and streets of Nanjing and Wuhan in four datums: 2.6 to 4.0; on 24 pairs that belong to no
datum (the borders pushed by 3 to 9 km, turned, mirrored): 1.34 at most.
"""

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Match:
    """The shift, metres east and north, under which most of the border runs along streets: the share that does.

    `clear` is how many times as far that share is above the mean of all shifts as the best more than 200 m away is;
    `shares` belongs to the shifts asked for by name, `n` counts the pieces of border, 20 m each.
    """

    east_m: float
    north_m: float
    share: float
    clear: float
    shares: Mapping[str, float]
    best: str | None
    n: int


def border_match(rings: NDArray[np.object_], lines: NDArray[np.object_], shifts: Mapping[str, Floats]) -> Match | None:
    """Return the shift up to 1,500 m, in steps of 20 m, under which borders run along lines, and which one it is.

    `rings` and `lines` are line strings in one projected CRS, `shifts` metres east and north by name. `best` is the
    name of the shift within 60 m of a clear optimum, else missing. None for less than 10 km of border near lines.
    """
    streets, bearing = _pieces(lines, CELL_M / 2.0)
    at, heading = _pieces(rings, CELL_M)
    at, heading = _near(at, heading, streets)
    if len(at) < PIECES_MIN:
        return None
    low = at.min(axis=0) - FAR_M - 2 * CELL_M
    raster = _raster(streets, bearing, low, at.max(axis=0) + FAR_M + 2 * CELL_M)
    jump = np.arange(-int(FAR_M / CELL_M), int(FAR_M / CELL_M) + 1)
    share = _along(raster, ((at - low) / CELL_M).astype(int), heading, len(jump)) / len(at)
    return _judged(share, jump.astype(np.float64) * CELL_M, shifts, len(at))


def _along(
    raster: NDArray[np.uint16], cell: NDArray[np.int64], heading: NDArray[np.int64], wide: int
) -> NDArray[np.int64]:
    """Return how many pieces run along a street under each shift, north by east; `wide` is the number of shifts."""
    count = np.zeros((wide, wide), np.int64)
    for direction in range(DIRECTIONS):
        street = raster & (np.uint16(1) << np.uint16(direction)) > 0
        for column, row in cell[heading == direction] - wide // 2:
            count += street[row : row + wide, column : column + wide]
    return count


def _judged(share: Floats, steps: Floats, shifts: Mapping[str, Floats], n: int) -> Match:
    north, east = np.unravel_index(int(np.argmax(share)), share.shape)
    here = np.array([steps[east], steps[north]])
    apart = np.hypot(steps[None, :] - here[0], steps[:, None] - here[1]) > ELSEWHERE_M
    usual = share[apart].mean()
    clear = float((share[north, east] - usual) / max(share[apart].max() - usual, 1e-9))
    off = {name: float(np.hypot(*(shift - here))) for name, shift in shifts.items()}
    nearest = min(off, key=lambda name: off[name])
    found = {name: float(share[_cell(steps, s[1]), _cell(steps, s[0])]) for name, s in shifts.items()}
    return Match(
        east_m=float(here[0]),
        north_m=float(here[1]),
        share=float(share[north, east]),
        clear=clear,
        shares=found | {nearest: max(found[nearest], float(share[north, east]))} if off[nearest] <= AGREE_M else found,
        best=nearest if off[nearest] <= AGREE_M and clear >= CLEAR else None,
        n=n,
    )


def _cell(steps: Floats, metres: float) -> int:
    return int(np.abs(steps - metres).argmin())


def _pieces(lines: NDArray[np.object_], step_m: float) -> tuple[Floats, NDArray[np.int64]]:
    """Return the middles of pieces of at most `step_m`, shape (pieces, 2), and the class of their direction."""
    xy, line = shapely.get_coordinates(shapely.segmentize(shapely.get_parts(lines), step_m), return_index=True)
    inside = line[1:] == line[:-1]
    start, end = xy[:-1][inside], xy[1:][inside]
    long = np.hypot(*(end - start).T) > 0.5  # metres; shorter ones have no direction to speak of
    east, north = (end - start)[long].T
    angle = np.arctan2(north, east) % np.pi
    return (start + end)[long] / 2.0, (angle / np.pi * DIRECTIONS).astype(np.int64) % DIRECTIONS


def _near(at: Floats, heading: NDArray[np.int64], streets: Floats) -> tuple[Floats, NDArray[np.int64]]:
    """Return the pieces near streets, of those spread over more than 40 km those around their middle, 4,000 at most."""
    if not len(at) or not len(streets):
        return at[:0], heading[:0]
    taken = np.unique((streets / NEAR_M).astype(np.int64), axis=0)
    tree = shapely.STRtree(shapely.points(taken * NEAR_M + NEAR_M / 2.0))
    kept = np.unique(tree.query(shapely.points(at), predicate="dwithin", distance=NEAR_M)[0])
    if len(kept):
        kept = kept[(np.abs(at[kept] - np.median(at[kept], axis=0)) <= WINDOW_M / 2.0).all(axis=1)]
    if len(kept) > PIECES_MAX:
        kept = np.sort(np.random.default_rng(0).choice(kept, PIECES_MAX, replace=False))
    return at[kept], heading[kept]


def _raster(streets: Floats, bearing: NDArray[np.int64], low: Floats, high: Floats) -> NDArray[np.uint16]:
    """Return, for each cell between two corners, a bit for each direction that streets have in or beside it."""
    size = ((high - low) / CELL_M).astype(int) + 2
    cell = ((streets - low) / CELL_M).astype(int)
    held = ((streets >= low) & (cell < size)).all(axis=1)
    raster = np.zeros((size[1], size[0]), dtype=np.uint16)
    for turn in (-1, 0, 1):
        bit = np.uint16(1) << ((bearing[held] + turn) % DIRECTIONS).astype(np.uint16)
        np.bitwise_or.at(raster, (cell[held, 1], cell[held, 0]), bit)
    wide = raster.copy()
    for axis in (0, 1):
        for step in (-1, 1):
            wide |= np.roll(raster, step, axis)
        raster = wide.copy()
    return wide
