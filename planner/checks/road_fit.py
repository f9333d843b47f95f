"""In which datum do points lie beside the lines they belong to? The road fit, with a bootstrap.

GCJ-02 and BD-09 move points by some 500 and 1,100 m. Points that people put beside streets lie beside
streets in their true datum and anywhere in a wrong one, so the datum under which the median distance
to the nearest street is clearly the smallest is the true one.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import geopandas as gpd
import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray

from ..layers import datums
from ..layers.crs import transformer

POINTS_MIN = 50  # fewer points cannot decide (domain research §2.4: 40 points are right 58 to 97 times in 100)
POINTS_MAX = 500  # more decide no better; a sample keeps it under a second
BOOTSTRAPS = 200
SURE, SURE_RATIO = 0.95, 1.5  # win 95 % of the bootstraps, and fit 1.5 times better than the next best
SUSPECT, SUSPECT_RATIO = 0.99, 1.3  # short of that, worth a word only where hardly a bootstrap disagrees
PLACEBO_M = (500.0, 1100.0)  # shifts as large as the datums', in eight directions: none may fit as well
PLACEBO_RATIO = 1.1
CHINA = (73.0, 3.0, 136.0, 54.0)  # outside it no map is shifted
DECLARED = "declared"
_OPPOSITES = (("gcj02", "not_gcj02"), ("bd09", "not_bd09"), ("bd09_as_gcj02", "gcj02_as_bd09"), (DECLARED, DECLARED))
INVERSE = {one: other for pair in _OPPOSITES for one, other in (pair, pair[::-1])}

Floats = NDArray[np.float64]
Shift = Callable[[Floats, Floats], tuple[Floats, Floats]]
Lines = NDArray[np.object_]

HYPOTHESES: Mapping[str, Shift] = MappingProxyType(
    {
        DECLARED: lambda lon, lat: (lon, lat),
        "gcj02": datums.gcj02_to_wgs84,  # declared as WGS 84, really GCJ-02
        "bd09": datums.bd09_to_wgs84,  # declared as WGS 84, really BD-09
        "not_gcj02": datums.wgs84_to_gcj02,  # declared as GCJ-02 and shifted back, really WGS 84
        "not_bd09": datums.wgs84_to_bd09,  # declared as BD-09 and shifted back, really WGS 84
        "bd09_as_gcj02": lambda lon, lat: datums.bd09_to_wgs84(*datums.wgs84_to_gcj02(lon, lat)),
        "gcj02_as_bd09": lambda lon, lat: datums.gcj02_to_wgs84(*datums.wgs84_to_bd09(lon, lat)),
    }
)
USUAL = (DECLARED, "gcj02", "bd09", "not_gcj02", "not_bd09")
_SHIFTED = {"gcj02": (DECLARED, "not_gcj02", "bd09_as_gcj02"), "bd09": (DECLARED, "not_bd09", "gcj02_as_bd09")}


def possible(declared: str | None) -> tuple[str, ...]:
    """Return what a layer may be in truth that is declared as gcj02 or as bd09; of any other, the usual hypotheses.

    Each hypothesis more makes it harder to be sure of one, so those that cannot be are left out.
    """
    return _SHIFTED.get(str(declared), USUAL)


@dataclass(frozen=True, kw_only=True)
class Fit:
    """What the lines say of a layer: the best hypothesis, how often it won, and every median in metres.

    `placebo_m` is the smallest median under shifts that belong to no datum; infinite where none was tried.
    """

    best: str
    share: float
    ratio: float
    medians_m: Mapping[str, float]
    placebo_m: float
    n: int

    @property
    def special(self) -> bool:
        """Whether the best is another datum, and no shift in any other direction fits nearly as well.

        A layer at the edge of a town fits the streets better wherever it is pushed into the town.
        """
        return self.best != DECLARED and self.placebo_m >= PLACEBO_RATIO * self.medians_m[self.best]

    @property
    def sure(self) -> bool:
        """Whether another datum than the declared one fits clearly better."""
        return self.special and self.share >= SURE and self.ratio >= SURE_RATIO

    @property
    def sound(self) -> bool:
        """Whether the declared datum fits clearly better than any other."""
        return self.best == DECLARED and self.share >= SURE and self.ratio >= SURE_RATIO

    @property
    def suspect(self) -> bool:
        """Whether the layer looks wrong, but not clearly enough to say in which datum it is."""
        return self.special and self.share >= SUSPECT and self.ratio >= SUSPECT_RATIO


def road_fit(
    points: gpd.GeoDataFrame | gpd.GeoSeries,
    lines: Lines,
    *,
    seed: int = 0,
    least: int = POINTS_MIN,
    declared: str | None = None,
) -> Fit | None:
    """Return what lines say of the datum of points; None for fewer than `least` points, or points outside China.

    The lines are streets, or the borders of other places where the points were taken from a border.
    Source: domain research §2.4 E1 (median distance, 200 bootstraps, accept at 95 % and a ratio of 1.5).
    """
    rng = np.random.default_rng(seed)
    xy = sampled(points, rng)
    if len(xy) < least or not len(lines) or not in_china(xy, points.crs):
        return None
    tree, ways = shapely.STRtree(lines), moved(xy, points.crs, possible(declared))
    fit = _judge(tuple(ways), np.array([to_street(tree, way) for way in ways.values()]), rng)
    if fit.best == DECLARED:
        return fit
    return replace(fit, placebo_m=_placebo(tree, ways[fit.best]))


def fit_of_declared(points: gpd.GeoDataFrame | gpd.GeoSeries, lines: Lines, declared: str | None) -> Fit | None:
    """Return the usual fit; where it is not sure, that of one shifted datum declared as the other, if that is told."""
    fit = road_fit(points, lines)
    if fit is None or fit.sure or str(declared) not in _SHIFTED:
        return fit
    mixed_up = road_fit(points, lines, declared=declared)
    told = mixed_up is not None and mixed_up.best not in USUAL and (mixed_up.sure or mixed_up.suspect)
    return mixed_up if told else fit


def sampled(points: gpd.GeoDataFrame | gpd.GeoSeries, rng: np.random.Generator) -> Floats:
    """Return at most `POINTS_MAX` of the points, by index and not by their order, shape (points, 2).

    Points on one spot count once: a geocoder that gave up puts many on the middle of a city.
    """
    held = points.geometry.sort_index().to_numpy()
    held = held[~(shapely.is_missing(held) | shapely.is_empty(held))]
    held = held[np.sort(np.unique(shapely.get_coordinates(held), axis=0, return_index=True)[1])]
    if len(held) > POINTS_MAX:
        held = held[np.sort(rng.choice(len(held), POINTS_MAX, replace=False))]
    return np.asarray(shapely.get_coordinates(held), dtype=np.float64)


def in_china(xy: Floats, crs: pyproj.CRS) -> bool:
    """Return whether points lie in the frame in which maps are shifted."""
    lon, lat = _degrees(xy, crs)
    west, south, east, north = CHINA
    return bool(west < np.median(lon) < east and south < np.median(lat) < north)


def _degrees(xy: Floats, crs: pyproj.CRS) -> tuple[Floats, Floats]:
    lon, lat = transformer(crs, 4326).transform(xy[:, 0], xy[:, 1])
    return lon, lat


def moved(xy: Floats, crs: pyproj.CRS, names: Sequence[str] = USUAL) -> dict[str, Floats]:
    """Return where the points stand under each hypothesis, shape (points, 2) in metres."""
    back = transformer(4326, crs)
    lon, lat = _degrees(xy, crs)
    return {name: np.column_stack(back.transform(*HYPOTHESES[name](lon, lat))) for name in names}


def datum_shifts(xy: Floats, crs: pyproj.CRS, names: Sequence[str] = USUAL) -> dict[str, Floats]:
    """Return by how much each hypothesis moves points, metres east and north."""
    ways = moved(xy, crs, names)
    return {name: np.median(way - ways[DECLARED], axis=0) for name, way in ways.items()}


def to_street(tree: shapely.STRtree, xy: Floats) -> Floats:
    """Return how far each point is from the nearest line, metres."""
    (row, _), distance = tree.query_nearest(shapely.points(xy), return_distance=True, all_matches=False)
    metres: Floats = distance[np.argsort(row, kind="stable")]
    return metres


def _placebo(tree: shapely.STRtree, xy: Floats) -> float:
    """Return the smallest median after pushing the points in eight directions, as far as datums differ."""
    angles = np.arange(8) * (np.pi / 4.0)
    pushes = [(r * np.cos(a), r * np.sin(a)) for r in PLACEBO_M for a in angles]
    return min(float(np.median(to_street(tree, xy + push))) for push in pushes)


def _judge(names: Sequence[str], distances: Floats, rng: np.random.Generator) -> Fit:
    n = distances.shape[1]
    median = np.median(distances, axis=1)
    first, second = np.argsort(median, kind="stable")[:2]
    draws = np.median(distances[:, rng.integers(0, n, (BOOTSTRAPS, n))], axis=2)
    return Fit(
        best=names[first],
        share=float((np.argmin(draws, axis=0) == first).mean()),
        ratio=float(median[second] / max(median[first], 1e-9)),
        medians_m=MappingProxyType(dict(zip(names, median.tolist(), strict=True))),
        placebo_m=np.inf,
        n=n,
    )
