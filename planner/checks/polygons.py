"""Checks of how the polygons of one level fit: overlaps, gaps, borders drawn twice, four-way junctions.

Areas are measured in the project's CRS on polygons repaired for measuring; nothing is repaired in the data.
"""

from collections.abc import Iterator, Mapping

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from ..tables import LEVELS
from .finding import Finding, check
from .level import APART_M, GAP_MIN_M2, LINE_TOLERANCE_M, OVERLAP_MIN_M2, Level, thickness_m
from .material import Crowd

SAME_HOLE = 0.01  # two levels have the same hole where they differ by less than this share of its area


@check("BC-02", severity="error", layer="places", rule="GB/T 17796-2009")
def overlap(levels: Mapping[str, Level], crowd: Crowd) -> Iterator[Finding]:
    """Two units of one level that cover the same ground.

    Only what is wider than half the tolerance of a line drawn at 1:10 000 (8 m) counts, from 100 m2
    on: thinner strips are left to BC-04. Units that never stood at the same time are not compared,
    and ground within 100 m of where the ring of one of them crosses itself is left to BC-01. Borders in
    two versions are told by BC-04. One finding a pair: `measure` is the area in m2, `feature_id` the smaller code.
    """
    for level in levels.values():
        apart = {pair: ground for pair, ground in level.wide.items() if pair not in level.versions}
        for (i, j), shared in apart.items():
            yield Finding(
                feature_id=min(level.frame.index[i], level.frame.index[j]),
                values=level.pair(i, j) | {"area_m2": shared.area},
                measure=shared.area,
                tolerance=OVERLAP_MIN_M2,
                people=crowd.inside(shared),
                geometry=shared,
            )


@check("BC-03", severity="error", layer="places", rule="GB/T 17796-2009")
def gap(levels: Mapping[str, Level], shapes: gpd.GeoDataFrame, crowd: Crowd) -> Iterator[Finding]:
    """Ground that no unit of the level covers though it is enclosed by units.

    Told apart by who stands around it. Two or more units: a gap (a warning where it is a sliver,
    narrower on average than the tolerance; slivers along a border that BC-04 tells of are part of
    that, and those nowhere wider than 0.1 m are none). One unit: a hole in it; where a place under that unit
    stands inside or its parent claims the ground, the hole is a fault (warning); where nothing is
    known inside it is offered as the enclave of a neighbour that is not loaded (info), and so is
    ground that the parents of all units around leave out too. A hole that several levels share is
    said once, for the finest. Holes that arise from reading an invalid ring, and those within 100 m of
    where it crosses itself, are left to BC-01; not so where the ring only touches itself and every way of reading it
    leaves the same hole (warning): there ground is cut out of the unit, be it that a neighbour reaches through the
    point where the ring closes.
    `measure` is the area in m2.
    """
    said: list[BaseGeometry] = []
    for name in reversed(LEVELS):
        if (level := levels.get(name)) is None:
            continue
        for hole, around in level.gaps:
            if around not in level.versions and not _of_ring(hole, around, level) and not _said(hole, said):
                said.append(hole)
                found = _gap(hole, level.frame.iloc[[*around]], shapes, crowd)
                if found.variant != "sliver" or not _drawn_twice(hole, around, level):
                    yield found
        for position, hole in level.pinched:
            if not _said(hole, said):
                said.append(hole)
                yield _pinched(hole, position, level, crowd)


@check("BC-04", severity="warning", layer="places", rule="GB/T 17796-2009")
def border_drawn_twice(levels: Mapping[str, Level], crowd: Crowd) -> Iterator[Finding]:
    """Two neighbours whose common border is not one line: each drew its own.

    They overlap in strips wider than 0.1 m that are too thin or too small for BC-02; the slivers
    left open between them belong to the same finding. A warning up to the tolerance of a line drawn
    at 1:10 000 (8 m), an error beyond. Where the two lines cross again and again, with wide overlaps and
    gaps between, three and more, they are two versions of the border, one of them simplified or of
    another scale (error): all of that is one finding. One finding a pair: `feature_id` is the smaller
    code, `measure` how far the two lines stand apart in metres.
    """
    for level in levels.values():
        yield from _versions(level, crowd)
        for (i, j), strip in level.thin.items():
            apart = thickness_m(strip)
            yield Finding(
                feature_id=min(level.frame.index[i], level.frame.index[j]),
                severity="error" if apart > LINE_TOLERANCE_M else None,
                values=level.pair(i, j) | {"apart_m": apart, "n": len(shapely.get_parts(strip))},
                measure=apart,
                tolerance=LINE_TOLERANCE_M if apart > LINE_TOLERANCE_M else APART_M,
                people=crowd.inside(strip),
                geometry=strip,
            )


def _versions(level: Level, crowd: Crowd) -> Iterator[Finding]:
    for (i, j), (both, neither) in level.versions.items():
        apart = max(thickness_m(both), thickness_m(neither))
        counts = {"n": len(shapely.get_parts(both)), "gaps": len(shapely.get_parts(neither)), "apart_m": apart}
        yield Finding(
            feature_id=min(level.frame.index[i], level.frame.index[j]),
            variant="versions",
            severity="error",
            values=level.pair(i, j) | counts | {"area_m2": both.area, "gap_m2": neither.area},
            measure=apart,
            tolerance=LINE_TOLERANCE_M,
            people=crowd.inside(shapely.union(both, neither)),
            geometry=shapely.union(both, neither),
        )


@check("BC-18", severity="warning", layer="places", rule="GB/T 17796-2009")
def four_meet(levels: Mapping[str, Level]) -> Iterator[Finding]:
    """A point where four or more units of one level meet.

    Real borders meet by threes; four-way points are rare and mostly come from vertices pulled
    together. Units that did not stand at the same time count as well. `measure` counts the units,
    `feature_id` is the smallest code.
    """
    for level in levels.values():
        for xy, positions in level.junctions:
            if len(positions) >= 4:
                yield Finding(
                    feature_id=min(level.frame.index[list(positions)]),
                    values={"names": "、".join(level.name(p) for p in positions), "n": len(positions)},
                    measure=float(len(positions)),
                    tolerance=3.0,
                    geometry=shapely.Point(xy),
                )


def _of_ring(hole: BaseGeometry, around: tuple[int, ...], level: Level) -> bool:
    """Return whether a hole only arises from reading an invalid ring."""
    alone = len(around) == 1 and not level.frame["valid"].iloc[around[0]]
    return bool(alone or level.slipped(hole, around))


def _gap(hole: BaseGeometry, around: gpd.GeoDataFrame, shapes: gpd.GeoDataFrame, crowd: Crowd) -> Finding:
    variant, severity = _kind(hole, around, shapes)
    names = "、".join(f"{name}({code})" for code, name in around["name"].items())
    return Finding(
        feature_id=min(around.index, default=None),
        variant=variant,
        severity=severity,
        values={"names": names, "area_m2": hole.area, "n": len(around)},
        measure=hole.area,
        tolerance=LINE_TOLERANCE_M,
        people=crowd.inside(hole),
        geometry=hole,
    )


def _drawn_twice(hole: BaseGeometry, around: tuple[int, ...], level: Level) -> bool:
    """Return whether a sliver is part of what BC-04 tells of its units, or so thin that their borders are the same."""
    return around in {*level.thin, *level.wide} or thickness_m(hole) < APART_M


def _pinched(hole: BaseGeometry, position: int, level: Level, crowd: Crowd) -> Finding:
    """Return the finding of ground that a ring which touches itself cuts out of its unit, and who has it."""
    inside = level.tree.query(hole.representative_point(), predicate="intersects")
    holders = "、".join(level.name(int(p)) for p in np.sort(inside) if p != position)
    values = {"names": level.name(position), "area_m2": hole.area, "n": 1, "host": holders}
    return Finding(
        feature_id=str(level.frame.index[position]),
        variant="pinched_held" if holders else "pinched",
        severity="warning",
        values=values,
        measure=hole.area,
        tolerance=GAP_MIN_M2,
        people=crowd.inside(hole),
        geometry=hole,
    )


def _kind(hole: BaseGeometry, around: gpd.GeoDataFrame, shapes: gpd.GeoDataFrame) -> tuple[str, str]:
    """Return the variant of the message and the severity."""
    known, claimed = _parents(hole, around, shapes)
    if len(around) != 1 and (claimed or not known):
        return ("sliver", "warning") if hole.area / hole.length < LINE_TOLERANCE_M / 2.0 else ("", "error")
    if len(around) == 1 and (claimed or _inhabited(hole, around, shapes)):
        return "hole", "warning"
    return "enclave", "info"


def _parents(hole: BaseGeometry, around: gpd.GeoDataFrame, shapes: gpd.GeoDataFrame) -> tuple[bool, bool]:
    """Return whether the parents of all units around have polygons, and whether one of them claims the hole."""
    ids = around["parent_id"] if "parent_id" in around.columns else pd.Series(index=around.index, dtype=object)
    parents = shapes[shapes.index.isin(ids)]
    claimed = shapely.intersects(parents.geometry.to_numpy(), hole.representative_point())
    return bool(ids.isin(shapes.index).all()) and len(ids) > 0, bool(claimed.any())


def _inhabited(hole: BaseGeometry, around: gpd.GeoDataFrame, shapes: gpd.GeoDataFrame) -> bool:
    """Return whether a place under the surrounding unit stands in the hole."""
    if "parent_id" not in shapes.columns:
        return False
    under = shapes[shapes["parent_id"] == around.index[0]]
    return bool(shapely.intersects(under.geometry.to_numpy(), hole.representative_point()).any())


def _said(hole: BaseGeometry, said: list[BaseGeometry]) -> bool:
    return any(hole.symmetric_difference(other).area < SAME_HOLE * hole.area for other in said)
