"""Is a layer really in the datum it declares? Road fit, shift search, declared places, landmarks: one verdict."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from ..network import StreetNetwork
from .border_fit import Match, border_match
from .containment import Homes, homes, landmark_datum
from .finding import Finding, Term, check
from .mixed import Run, mixed_run
from .moves import moves
from .road_fit import (
    DECLARED,
    INVERSE,
    POINTS_MAX,
    Fit,
    Lines,
    datum_shifts,
    fit_of_declared,
    in_china,
    sampled,
)
from .shift_search import Optimum, best_shift

UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What is known of a layer's datum.

    `answer` is declared, gcj02 or bd09 (read as WGS 84), not_gcj02 or not_bd09 (WGS 84 declared as such), bd09_as_gcj02
    or gcj02_as_bd09 (the one declared as the other), or unknown;
    `by` is what decided: landmarks, streets, along (borders that run along streets), borders, places; empty where
    nothing did.
    """

    answer: str
    by: str = ""
    fit: Fit | None = None
    optimum: Optimum | None = None
    homes: Homes | None = None
    match: Match | None = None
    landmarks_m: Mapping[str, float] = field(default_factory=dict)

    @property
    def wrong(self) -> bool:
        """Whether the layer is surely in another datum than it declares."""
        return self.answer not in (DECLARED, UNKNOWN)

    @property
    def evidence(self) -> dict[str, Any]:
        """What it rests on, by name: medians in metres, bootstraps won, the best shift, shares in declared places."""
        told: dict[str, Any] = {"answer": self.answer, "by": self.by}
        if self.fit is not None:
            told |= {f"median_m_{name}": metres for name, metres in self.fit.medians_m.items()}
            told |= {"n": self.fit.n, "bootstraps_won": self.fit.share, "ratio": self.fit.ratio}
        if self.optimum is not None:
            told |= {"shift_east_m": self.optimum.east_m, "shift_north_m": self.optimum.north_m}
        if self.match is not None:
            told |= {f"along_{name}": share for name, share in self.match.shares.items()}
            told |= {"along_shift_east_m": self.match.east_m, "along_shift_north_m": self.match.north_m}
            told |= {"along_clear": self.match.clear}
        if self.homes is not None:
            told |= {f"inside_{name}": share for name, share in self.homes.shares.items()}
        return told | {f"landmarks_m_{name}": metres for name, metres in self.landmarks_m.items()}


def datum_verdict(
    layer: gpd.GeoDataFrame,
    *,
    streets: Lines | gpd.GeoSeries | None = None,
    places: gpd.GeoDataFrame | None = None,
    members: gpd.GeoDataFrame | None = None,
    landmarks: gpd.GeoSeries | None = None,
    declared: str | None = None,
) -> Verdict:
    """Return in which datum a layer of points or polygons is; the layer itself is never changed.

    Points are held against streets, against the `places` they declare (`place_id`), and against landmarks of the
    same index. Polygons are held, by 500 points along their rings, against the borders of other `places` of the
    same units, else against streets, and first by how far they run along them; and against `members`, sound points
    that declare one of them. Landmarks decide first, then streets or borders, then declared places; "unknown" where
    none can tell, or two say different things. `declared` (gcj02, bd09) narrows what points may be. All in one
    projected CRS, metres. Source: domain research §2.4.
    """
    if bool((shapely.get_dimensions(layer.geometry.dropna().to_numpy()) == 2).any()):
        lines = streets if places is None else shapely.boundary(places.geometry.to_numpy())
        inside = None if members is None else homes(members, layer)
        turned = None if inside is None else _turned(inside)
        verdict = _verdict(_along(layer, lines), lines, turned, None, "streets" if places is None else "borders")
        return _matched(verdict, layer, lines)
    inside = None if places is None else homes(layer, places)
    return _verdict(layer, streets, inside, landmarks, "streets", declared)


@check("CR-01", severity="error", layer="facilities", rule="R42; domain research §2.4 E1")
def wrong_datum(
    network: StreetNetwork,
    facilities: gpd.GeoDataFrame | None = None,
    demand: gpd.GeoDataFrame | None = None,
    shapes: gpd.GeoDataFrame | None = None,
    declared: Mapping[str, str] | None = None,
) -> Iterator[Finding]:
    """A layer that fits its surroundings only if it is in another datum than declared.

    Tests the places, the demand and the facilities of each service, from 50 points: as declared; really GCJ-02 or
    BD-09; wrongly declared as GCJ-02 or BD-09; BD-09 declared as GCJ-02, and the reverse. Points are held against
    streets and the places they declare; places against streets and against the points that declare them and are
    sound by the streets. An error where one of these wins 95 % of 200 bootstraps, fits 1.5 times better than the
    next, and better than any of 16 shifts that belong to no datum; or where it wins 99 % and the best of all shifts
    up to 1.5 km is that datum's; or where it alone brings 90 % of the points into the places they declare. "Cannot
    tell" (info) where the layer is only suspicious; else silence, for a layer wrongly accused costs more than one
    missed. The layer is never converted. `feature_id` is the service (missing for places and demand), `measure` the
    median distance to the nearest street as declared, `tolerance` the one under the best hypothesis; for places by
    their points, the shares of points outside, and by the run of their borders, which coincide with streets in
    place and direction most often in the true datum, the shares of border along no street.

    Of the facilities of a service also a part may be in another datum than the rest: consecutive rows of the register,
    or of the units they declare, from 30 on, that another datum brings nearer to the streets than any of 199 shuffles
    does, and that would be accused if they were a layer of their own. The facilities that would change unit are listed
    in facilities_moving.csv.
    """
    layers, known = dict(_points(facilities, demand)), declared or {}
    told = {key: known.get(".".join(filter(None, key))) for key in layers}
    verdicts = {k: datum_verdict(points, streets=network.lines, declared=told[k]) for k, points in layers.items()}
    wrong_places = False
    if shapes is not None:
        sound = [layers[key] for key, verdict in verdicts.items() if verdict.answer == DECLARED]
        judged = [datum_verdict(shapes, streets=network.lines, members=points) for points in sound or [None]]
        verdict = next((v for v in judged if v.wrong), judged[0])
        wrong_places = verdict.wrong
        turned = INVERSE.get(verdict.answer, UNKNOWN)
        yield from _finding("places", None, verdict, _changing(layers.values(), shapes, turned))
    for (layer, service), points in layers.items():
        verdict = verdicts[layer, service]
        if verdict.answer == UNKNOWN and shapes is not None and not wrong_places:
            verdict = datum_verdict(points, streets=network.lines, places=shapes, declared=told[layer, service])
        yield from _finding(layer, service, verdict, _changing([points], shapes, verdict.answer))
        if verdict.wrong or service is None:
            continue
        if run := mixed_run(points, network.lines, declared=told[layer, service]):
            yield _mixed(service, points, run, _changing([points.loc[run.rows]], shapes, run.answer))


def _points(
    facilities: gpd.GeoDataFrame | None, demand: gpd.GeoDataFrame | None
) -> Iterator[tuple[tuple[str, str | None], gpd.GeoDataFrame]]:
    if demand is not None:
        yield ("demand", None), demand
    if facilities is not None:
        for service, group in facilities.groupby("service", sort=True):
            yield ("facilities", str(service)), group


def _verdict(
    points: gpd.GeoDataFrame | gpd.GeoSeries,
    lines: Lines | gpd.GeoSeries | None,
    inside: Homes | None,
    landmarks: gpd.GeoSeries | None,
    against: str,
    declared: str | None = None,
) -> Verdict:
    held = np.asarray(lines, dtype=object) if lines is not None else np.array([], dtype=object)
    fit = fit_of_declared(points, held, declared)
    known, miss = (None, {}) if landmarks is None else landmark_datum(points, landmarks)
    open_ = fit is not None and not (fit.sure or fit.sound) and (fit.suspect or fit.best == DECLARED)
    optimum = best_shift(sampled(points, _rng()), held) if open_ else None
    asked = {
        "landmarks": known,
        against: _by_lines(points, fit, optimum),
        "places": None if inside is None else inside.best,
    }
    answer, by = next(((found, by) for by, found in asked.items() if found is not None), (UNKNOWN, ""))
    return Verdict(answer=answer, by=by, fit=fit, optimum=optimum, homes=inside, landmarks_m=miss)


def _matched(verdict: Verdict, polygons: gpd.GeoDataFrame, lines: Lines | gpd.GeoSeries | None) -> Verdict:
    """Return the verdict on polygons with what it says that their borders run along lines; a contradiction is none."""
    held = np.asarray(lines, dtype=object) if lines is not None else np.array([], dtype=object)
    middle = sampled(polygons.geometry.representative_point(), _rng())
    if not len(held) or not len(middle) or not in_china(middle, polygons.crs):
        return verdict
    rings = shapely.union_all(shapely.boundary(polygons.geometry.dropna().to_numpy()))
    match = border_match(np.array([rings]), held, datum_shifts(middle, polygons.crs))
    if match is None or match.best is None:
        return replace(verdict, match=match)
    if verdict.answer not in (UNKNOWN, match.best):
        return replace(verdict, answer=UNKNOWN, by="", match=match)
    return replace(verdict, answer=match.best, by=verdict.by or "along", match=match)


def _by_lines(points: gpd.GeoDataFrame | gpd.GeoSeries, fit: Fit | None, optimum: Optimum | None) -> str | None:
    """Return the hypothesis that lines decide for: a clear fit, or a fair one that is also the best of all shifts."""
    if fit is None:
        return None
    if fit.sure or fit.sound:
        return fit.best
    if optimum is None:
        return None
    shifts = datum_shifts(sampled(points, _rng()), points.crs, tuple(fit.medians_m))
    return fit.best if optimum.names(shifts) == fit.best else None


def _finding(layer: str, service: str | None, verdict: Verdict, changing: int | None) -> Iterator[Finding]:
    suspect = verdict.answer == UNKNOWN and verdict.fit is not None and verdict.fit.suspect
    if not (verdict.wrong or suspect):
        return
    fit = verdict.fit
    best = verdict.answer if verdict.wrong or fit is None else fit.best
    by, known, n = _told(verdict)
    variant = f"{'' if verdict.wrong else 'unsure_'}{layer}" + by
    values = {"service": service or "", "really": Term(f"datum_{best}"), "n": n}
    values |= {"declared_m": known[DECLARED], "best_m": known[best]}
    values |= {"share": fit.share if fit else 0.0, "ratio": fit.ratio if fit else 0.0}
    yield Finding(
        feature_id=service,
        layer=layer,
        variant=variant,
        severity=None if verdict.wrong else "info",
        values=values | {"changing": Term(f"CR-01_changing_{layer}", {"n": changing}) if changing else ""},
        measure=known[DECLARED],
        tolerance=known[best],
        evidence=verdict.evidence | ({} if changing is None else {"would_change_unit": changing}),
    )


def _mixed(service: str, points: gpd.GeoDataFrame, run: Run, changing: int | None) -> Finding:
    medians = run.fit.medians_m
    values = {"service": service, "all": len(points), "n": len(run.rows), "first": run.rows[0], "last": run.rows[-1]}
    values |= {"rest": len(points) - len(run.rows), "really": Term(f"datum_{run.answer}")}
    values |= {"declared_m": medians[DECLARED], "best_m": medians[run.answer]}
    values |= {"order": Term(f"CR-01_order_{run.order}")}
    evidence = {"answer": run.answer, "by": f"run of {run.order}", "rows": ",".join(map(str, run.rows))}
    return Finding(
        feature_id=service,
        variant="mixed",
        values=values | {"changing": Term("CR-01_changing_facilities", {"n": changing}) if changing else ""},
        measure=medians[DECLARED],
        tolerance=medians[run.answer],
        geometry=shapely.multipoints(points.geometry.loc[run.rows].to_numpy()),
        evidence=evidence | ({} if changing is None else {"would_change_unit": changing}),
    )


def _told(verdict: Verdict) -> tuple[str, Mapping[str, float], int]:
    """Return what a verdict rests on: the end of the variant, the measure of each hypothesis, how many were measured.

    Shares of points outside their places, or of border that runs along no street; else medians in metres.
    """
    if verdict.by == "places" and verdict.homes is not None:
        return "_inside", {k: 1.0 - v for k, v in verdict.homes.shares.items()}, verdict.homes.n
    if verdict.by == "along" and verdict.match is not None:
        return "_along", {k: 1.0 - v for k, v in verdict.match.shares.items()}, verdict.match.n
    return ("", {}, 0) if verdict.fit is None else ("", verdict.fit.medians_m, verdict.fit.n)


def _changing(layers: Iterable[gpd.GeoDataFrame], shapes: gpd.GeoDataFrame | None, answer: str) -> int | None:
    """Return how many points would lie in another unit; None where there are no two, or the datum is not known."""
    if shapes is None or answer in (DECLARED, UNKNOWN):
        return None
    tables = [moves(points, shapes, answer) for points in layers]
    return None if any(table is None for table in tables) else sum(len(t) for t in tables if t is not None)


def _along(polygons: gpd.GeoDataFrame, lines: Lines | gpd.GeoSeries | None) -> gpd.GeoSeries:
    """Return 500 points along the rings of polygons, evenly by length, where the lines reach; none elsewhere."""
    if lines is None or not len(lines):
        return gpd.GeoSeries([], crs=polygons.crs)
    rings = shapely.union_all(shapely.boundary(polygons.geometry.dropna().to_numpy()))
    reach = shapely.box(*shapely.total_bounds(np.asarray(lines, dtype=object)))
    parts = shapely.get_parts(shapely.intersection(rings, reach))
    parts = parts[shapely.length(parts) > 0]
    if not len(parts):
        return gpd.GeoSeries([], crs=polygons.crs)
    ends = np.cumsum(shapely.length(parts))
    at = (np.arange(POINTS_MAX) + 0.5) * ends[-1] / POINTS_MAX
    part = np.searchsorted(ends, at)
    dots = shapely.line_interpolate_point(parts[part], at - (ends - shapely.length(parts))[part])
    return gpd.GeoSeries(dots, crs=polygons.crs)


def _turned(inside: Homes) -> Homes:
    """Return what points say of their polygons: a point moved one way sees the polygon moved the other."""
    shares = {INVERSE[name]: share for name, share in inside.shares.items()}
    return Homes(best=None if inside.best is None else INVERSE[inside.best], shares=shares, n=inside.n)


def _rng() -> np.random.Generator:
    return np.random.default_rng(0)
