"""Is a layer really in the datum it declares? The road fit, with a bootstrap, and "cannot tell" as an answer.

GCJ-02 and BD-09 move points by some 500 and 1,100 m. Points that people put beside streets lie beside
streets in their true datum and anywhere in a wrong one, so the datum under which the median distance
to the nearest street is clearly the smallest is the true one.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import geopandas as gpd
import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray

from ..layers import datums
from ..network import StreetNetwork
from .finding import Finding, Term, check

POINTS_MIN = 50  # fewer points cannot decide (domain research §2.4: 40 points are right 58 to 97 times in 100)
POINTS_MAX = 500  # more decide no better; a sample keeps it under a second
BOOTSTRAPS = 200
SURE, SURE_RATIO = 0.95, 1.5  # win 95 % of the bootstraps, and fit 1.5 times better than the next best
SUSPECT, SUSPECT_RATIO = 0.99, 1.3  # short of that, worth a word only where hardly a bootstrap disagrees
PLACEBO_M = (500.0, 1100.0)  # shifts as large as the datums', in eight directions: none may fit as well
PLACEBO_RATIO = 1.1
CHINA = (73.0, 3.0, 136.0, 54.0)  # outside it no map is shifted
DECLARED = "declared"

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
    }
)


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What the streets say of a layer: the best hypothesis, how often it won, and every median in metres.

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
    def suspect(self) -> bool:
        """Whether the layer looks wrong, but not clearly enough to say in which datum it is."""
        return self.special and self.share >= SUSPECT and self.ratio >= SUSPECT_RATIO


@check("CR-01", severity="error", layer="facilities", rule="R42; domain research §2.4 E1")
def wrong_datum(
    network: StreetNetwork, facilities: gpd.GeoDataFrame | None = None, demand: gpd.GeoDataFrame | None = None
) -> Iterator[Finding]:
    """A layer whose points lie beside the streets only if it is in another datum than declared.

    Tests the demand and the facilities of each service, from 50 points, against the streets: as
    declared; really GCJ-02 or BD-09; wrongly declared as GCJ-02 or BD-09. An error where one of
    these wins 95 % of 200 bootstraps, fits 1.5 times better than the next, and better than any of 16
    shifts that belong to no datum; "cannot tell" (info) where the layer is only suspicious; else
    silence, for a layer wrongly accused costs more than one missed. The layer is never converted.
    `feature_id` is the service (missing for the demand), `measure` the median distance to the nearest
    street as declared, `tolerance` the one under the best hypothesis.
    """
    if demand is not None:
        yield from _finding("demand", None, demand, network)
    if facilities is not None:
        for service, group in facilities.groupby("service", sort=True):
            yield from _finding("facilities", str(service), group, network)


def road_fit(points: gpd.GeoDataFrame | gpd.GeoSeries, lines: Lines, *, seed: int = 0) -> Verdict | None:
    """Return what the streets say of the datum of points; None for too few points, or points outside China.

    Source: domain research §2.4 E1 (median distance, 200 bootstraps, accept at 95 % and a ratio of 1.5).
    """
    rng = np.random.default_rng(seed)
    sample = points.geometry.sort_index().to_numpy()
    if len(sample) > POINTS_MAX:
        sample = sample[np.sort(rng.choice(len(sample), POINTS_MAX, replace=False))]
    xy = shapely.get_coordinates(sample)
    if len(xy) < POINTS_MIN or not _in_china(xy, points.crs):
        return None
    tree, ways = shapely.STRtree(lines), _moved(xy, points.crs)
    verdict = _judge(np.array([_to_street(tree, way) for way in ways.values()]), rng)
    if verdict.best == DECLARED:
        return verdict
    return replace(verdict, placebo_m=_placebo(tree, ways[verdict.best]))


def _finding(layer: str, service: str | None, points: gpd.GeoDataFrame, network: StreetNetwork) -> Iterator[Finding]:
    verdict = road_fit(points, network.lines)
    if verdict is None or not (verdict.sure or verdict.suspect):
        return
    declared, best = verdict.medians_m[DECLARED], verdict.medians_m[verdict.best]
    yield Finding(
        feature_id=service,
        layer=layer,
        variant=f"{'' if verdict.sure else 'unsure_'}{layer}",
        severity=None if verdict.sure else "info",
        values={
            "service": service or "",
            "really": Term(f"datum_{verdict.best}"),
            "n": verdict.n,
            "declared_m": declared,
            "best_m": best,
            "share": verdict.share,
            "ratio": verdict.ratio,
        },
        measure=declared,
        tolerance=best,
    )


def _in_china(xy: Floats, crs: pyproj.CRS) -> bool:
    lon, lat = _degrees(xy, crs)
    west, south, east, north = CHINA
    return bool(west < np.median(lon) < east and south < np.median(lat) < north)


def _degrees(xy: Floats, crs: pyproj.CRS) -> tuple[Floats, Floats]:
    lon, lat = pyproj.Transformer.from_crs(crs, 4326, always_xy=True).transform(xy[:, 0], xy[:, 1])
    return lon, lat


def _moved(xy: Floats, crs: pyproj.CRS) -> dict[str, Floats]:
    """Return where the points stand under each hypothesis, shape (points, 2) in metres."""
    back = pyproj.Transformer.from_crs(4326, crs, always_xy=True)
    lon, lat = _degrees(xy, crs)
    return {name: np.column_stack(back.transform(*shift(lon, lat))) for name, shift in HYPOTHESES.items()}


def _to_street(tree: shapely.STRtree, xy: Floats) -> Floats:
    (row, _), distance = tree.query_nearest(shapely.points(xy), return_distance=True, all_matches=False)
    metres: Floats = distance[np.argsort(row, kind="stable")]
    return metres


def _placebo(tree: shapely.STRtree, xy: Floats) -> float:
    """Return the smallest median after pushing the points in eight directions, as far as datums differ."""
    angles = np.arange(8) * (np.pi / 4.0)
    pushes = [(r * np.cos(a), r * np.sin(a)) for r in PLACEBO_M for a in angles]
    return min(float(np.median(_to_street(tree, xy + push))) for push in pushes)


def _judge(distances: Floats, rng: np.random.Generator) -> Verdict:
    names, n = list(HYPOTHESES), distances.shape[1]
    median = np.median(distances, axis=1)
    first, second = np.argsort(median, kind="stable")[:2]
    draws = np.median(distances[:, rng.integers(0, n, (BOOTSTRAPS, n))], axis=2)
    return Verdict(
        best=names[first],
        share=float((np.argmin(draws, axis=0) == first).mean()),
        ratio=float(median[second] / max(median[first], 1e-9)),
        medians_m=MappingProxyType(dict(zip(names, median.tolist(), strict=True))),
        placebo_m=np.inf,
        n=n,
    )
