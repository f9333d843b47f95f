"""Checks of the register of border lines against the polygons: neighbours, ends, three-way junctions."""

from collections.abc import Iterator, Mapping

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from ..borders import BorderRules, Units, length_m
from ..borders.courses import courses
from ..borders.lines import may_mean, shared_border
from .finding import Finding, check
from .level import LINE_TOLERANCE_M, Level, near_m, pairs_of
from .subjects import of_line

SHARED_MIN_M = 50.0  # a shorter common border may have no line of its own
REGISTERED_LEAST = 2  # lines a unit must have before one that lacks is missed

Pairs = Mapping[tuple[str, str], str]


@check("BC-15", severity="error", layer="lines", rule="《行政区域界线管理条例》(国务院令第353号)第五条; 界线登记表")
def neighbours_differ(
    lines: gpd.GeoDataFrame, units: Units, crs: str, levels: Mapping[str, Level] | None = None
) -> Iterator[Finding]:
    """A registered line whose units share no border or are not two units; a border of more than 50 m with no line.

    Units are two codes or names; where they are not, or nobody knows a name, that is said of the line, and
    of no border that may be its. A border without a line is judged only beside a unit that has lines with most of
    its neighbours: a register of one county says nothing of the lines between its neighbours. `measure` is the
    length of the common border in metres, on the ellipsoid.
    """
    for _, line in lines[lines["a"].isna()].iterrows():
        yield of_line(line, {"units": line["units"]}, variant="units")
    pairs = _registered(lines)
    for level in (levels or {}).values():
        position = {str(code): p for p, code in enumerate(level.frame.index)}
        for (a, b), line_id in pairs.items():
            if a in position and b in position and not _touch(level, position[a], position[b]):
                told = {"variant": "apart", "measure": 0.0, "tolerance": SHARED_MIN_M, "geometry": None}
                yield of_line(lines.loc[line_id], level.pair(position[a], position[b]), **told)
        for (i, j), plane_m in _unregistered(level, pairs):
            pair = sorted((str(level.frame.index[i]), str(level.frame.index[j])))
            if not may_mean(lines, pair, units):
                rim, middle = (
                    level.polygons[i].boundary,
                    level.polygons[j].boundary.intersection(level.polygons[i].boundary),
                )
                metres = plane_m * float(length_m(np.array([rim]), crs=crs)[0]) / rim.length
                yield Finding(
                    feature_id="-".join(pair),
                    values=level.pair(i, j) | {"length_m": metres},
                    measure=metres,
                    tolerance=SHARED_MIN_M,
                    geometry=middle,
                )


@check("BC-16", severity="error", layer="lines", rule="GB/T 17796-2009; 三交点协议书")
def loose_end(lines: gpd.GeoDataFrame, levels: Mapping[str, Level], border_rules: BorderRules) -> Iterator[Finding]:
    """The end of a drawn line that is neither at a junction nor where the common border of its units ends.

    Judged where both units have polygons and the line was drawn, not derived from them. Of a line in several pieces
    the ends of each are, but for those that meet within the tolerance, and rings have none. The
    tolerance follows the scale of the line. `measure` is the distance in metres, the largest of all
    ends.
    """
    for _, line in lines[lines["drawn"]].iterrows():
        tolerance = border_rules.k * np.hypot(border_rules.line_m(line.get("map_scale")), border_rules.line_m())
        ends, known = _ends(line.geometry, tolerance), _border_ends(line, levels)
        if not len(ends) or not len(known):
            continue
        off = shapely.distance(ends[:, None], known[None, :]).min(axis=1)
        if off.max() > tolerance:
            values = {"distance_m": off.max(), "n": int((off > tolerance).sum())}
            where = ends[int(np.argmax(off))]
            yield of_line(line, values, measure=float(off.max()), tolerance=float(tolerance), geometry=where)


@check("BC-17", severity="error", layer="stakes", rule="三交点协议书; GB/T 17796-2009")
def junction_record(
    stakes: gpd.GeoDataFrame,
    lines: gpd.GeoDataFrame,
    levels: Mapping[str, Level],
    border_rules: BorderRules,
    register: gpd.GeoDataFrame,
) -> Iterator[Finding]:
    """A point where three units meet without exactly one junction stake within the tolerance.

    Judged where the register keeps junction stakes at all and knows at least two of the three lines
    that meet there. `measure` is the distance to the nearest junction stake in metres (missing: more
    than one stands there), `feature_id` the codes of the units.
    """
    kept = stakes[register["kind"].eq("junction") & register["standing"]]
    if kept.empty:
        return
    pairs, tolerance = _registered(lines), border_rules.tolerance_m()
    for level in levels.values():
        codes = level.frame.index.astype(str)
        for xy, positions in level.junctions:
            units = [str(codes[p]) for p in positions]
            known = sum(tuple(sorted(p)) in pairs for p in ((units[i], units[j]) for i, j in pairs_of(_count(units))))
            distance = shapely.distance(kept.geometry.to_numpy(), shapely.Point(xy))
            near = int((distance <= tolerance).sum())
            if known >= 2 and near != 1:
                values = {"names": "、".join(level.name(p) for p in positions), "n": near}
                yield Finding(
                    feature_id="-".join(sorted(units)),
                    variant="many" if near else "",
                    values=values | {"distance_m": distance.min(), "limit_m": tolerance},
                    measure=None if near else float(distance.min()),
                    tolerance=tolerance,
                    geometry=shapely.Point(xy),
                )


def _count(units: list[str]) -> tuple[int, ...]:
    return tuple(range(len(units)))


def _registered(lines: gpd.GeoDataFrame) -> dict[tuple[str, str], str]:
    """Return the line of each pair of units, the smaller code first."""
    held = lines[lines["a"].notna() & lines["b"].notna()]
    return {(str(a), str(b)): str(i) for i, a, b in zip(held.index, held["a"], held["b"], strict=True)}


def _touch(level: Level, i: int, j: int) -> bool:
    """Return whether two units have a common border, edge to edge or drawn twice within the tolerance."""
    if level.shared_m.get((min(i, j), max(i, j)), 0.0) > 0.0:
        return True
    return near_m(level.polygons[i], level.polygons[j], LINE_TOLERANCE_M) > 2.0 * LINE_TOLERANCE_M


def _unregistered(level: Level, pairs: Pairs) -> Iterator[tuple[tuple[int, int], float]]:
    codes = level.frame.index.astype(str)
    long = {pair: m for pair, m in level.shared_m.items() if m > SHARED_MIN_M}
    has = {pair: tuple(sorted((codes[pair[0]], codes[pair[1]]))) in pairs for pair in long}
    units = pd.DataFrame([(p, ok) for pair, ok in has.items() for p in pair], columns=["unit", "ok"])
    kept = units.groupby("unit")["ok"].agg(["sum", "mean"])
    complete = set(kept.index[(kept["sum"] >= REGISTERED_LEAST) & (kept["mean"] > 0.5)])
    for pair, metres in sorted(long.items()):
        if not has[pair] and complete & set(pair) and _between_main_parts(level, *pair) > SHARED_MIN_M:
            yield pair, metres


def _between_main_parts(level: Level, i: int, j: int) -> float:
    """Return the metres of border between the largest parts of two units; an exclave is BC-06's business."""
    main = [max(shapely.get_parts(level.polygons[p]), key=shapely.area) for p in (i, j)]
    return float(shapely.length(shapely.intersection(main[0].boundary, main[1].boundary)))


def _ends(shape: shapely.Geometry | None, joined_m: float = 0.0) -> np.ndarray:
    """Return the ends of a line's pieces but for rings, and for gaps that are no wider than `joined_m`."""
    ends = []
    for course in courses(shape):
        if not course.ring:
            wide = course.gaps > joined_m
            first, last = (shapely.get_point(course.pieces, k) for k in (0, -1))
            ends += [*first[np.append(True, wide)], *last[np.append(wide, True)]]  # the outermost
    return np.array(ends, dtype=object)


def _border_ends(line: pd.Series, levels: Mapping[str, Level]) -> np.ndarray:
    """Return the ends of the border that the polygons of a line's units share."""
    for level in levels.values():
        codes = level.frame.index
        if line["a"] in codes and line["b"] in codes and level.frame.loc[[line["a"], line["b"]], "valid"].all():
            return _ends(shared_border(level.frame.geometry[line["a"]], level.frame.geometry[line["b"]]))
    return np.array([], dtype=object)
