"""Is a part of a layer in another datum than the rest? A run of its rows, as one source or one district delivered them.

One point says little of its datum, but the points of a delivery stand together: in the order of the register, or of
the units they declare. The run that another datum brings nearest to the streets is found, held against what runs of
shuffled rows reach, and then judged like a layer of its own.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from .road_fit import DECLARED, Fit, Floats, Lines, in_china, moved, possible, road_fit, to_street
from .shift_search import CAP_M

RUN_MIN = 30  # fewer in a run cannot decide, even where no shuffle reaches it
SHUFFLES = 199  # none may reach the run: one in 200 by chance
ROWS_MAX = 5000  # of longer registers every so many-th row


@dataclass(frozen=True, kw_only=True)
class Run:
    """Rows, in order, that look to be in the datum `answer` while the others are as declared; `fit` is theirs.

    `order` is rows (as in the register) or places (sorted by the units they declare).
    """

    answer: str
    order: str
    rows: pd.Index
    fit: Fit


def mixed_run(points: gpd.GeoDataFrame, lines: Lines, *, seed: int = 0, declared: str | None = None) -> Run | None:
    """Return the run of rows that is in another datum than the rest; None where there is none, or none that is sure.

    The run is that with the largest sum of what a datum gains towards the nearest line, at most 100 m a point
    (Bentley, 1984: maximum subarray); it must exceed those of 199 shuffles.
    """
    held = points[points.geometry.notna()]
    held = held.iloc[:: -(-len(held) // ROWS_MAX) or 1]
    xy = shapely.get_coordinates(held.geometry.to_numpy())
    if len(held) < 2 * RUN_MIN or not len(lines) or not in_china(xy, held.crs):
        return None
    tree = shapely.STRtree(lines)
    far = {
        name: np.minimum(to_street(tree, way), CAP_M) for name, way in moved(xy, held.crs, possible(declared)).items()
    }
    gains = {name: far[DECLARED] - far[name] for name in far if name != DECLARED}
    tried = [(order, rows, name) for order, rows in _orders(held) for name in gains]
    order, rows, name = max(tried, key=lambda one: _best_run(gains[one[2]][one[1]])[0])
    total, start, end = _best_run(gains[name][rows])
    chosen, rest = held.iloc[rows[start:end]], held.iloc[np.r_[rows[:start], rows[end:]]]
    if len(chosen) < RUN_MIN or len(rest) < RUN_MIN or total <= _by_chance(gains[name], seed):
        return None
    fit, other = (road_fit(part, lines, least=RUN_MIN, declared=declared) for part in (chosen, rest))
    if fit is None or other is None or not fit.sure or fit.best != name or other.best != DECLARED:
        return None
    return Run(answer=name, order=order, rows=chosen.index, fit=fit)


def _orders(points: gpd.GeoDataFrame) -> Iterator[tuple[str, NDArray[np.intp]]]:
    yield "rows", np.arange(len(points))
    if "place_id" in points.columns:
        yield "places", np.argsort(points["place_id"].fillna("").to_numpy().astype(str), kind="stable")


def _best_run(gain: Floats) -> tuple[float, int, int]:
    """Return the largest sum of consecutive gains, and from where to where."""
    sums = np.concatenate([[0.0], np.cumsum(gain)])
    over = sums - np.minimum.accumulate(sums)
    end = int(np.argmax(over))
    return float(over[end]), int(np.argmin(sums[: end + 1])), end


def _by_chance(gain: Floats, seed: int) -> float:
    """Return the largest sum that a run has after shuffling."""
    shuffled = np.random.default_rng(seed).permuted(np.tile(gain, (SHUFFLES, 1)), axis=1)
    sums = np.cumsum(np.pad(shuffled, ((0, 0), (1, 0))), axis=1)
    return float((sums - np.minimum.accumulate(sums, axis=1)).max())
