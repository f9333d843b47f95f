"""Checks of units against the units above, around and inside them: children, exclaves, enclosed units, seats."""

from collections.abc import Iterator, Mapping

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from ..borders.ellipsoid import ground_m2
from ..tables import LEVELS
from .finding import Finding, check
from .level import FAULT_NEAR_M, LINE_TOLERANCE_M, OVERLAP_MIN_M2, TOUCH_MIN_M, Level, holes_of, wide
from .material import Crowd, lineage

SEAT_TOLERANCE_M = 50.0  # a point set by an address; judgement, as for facilities
SAME_PART = 0.01  # two shapes are the same where they differ by less than this share of the area


@check("BC-05", severity="error", layer="places", rule="GB/T 17796-2009")
def children_do_not_tile(shapes: gpd.GeoDataFrame, crowd: Crowd, crs: str) -> Iterator[Finding]:
    """A unit whose children, taken together, are not the unit.

    Compared where the parent and at least two children have polygons. The part by which they differ
    is shrunk by the tolerance (8 m, 1:10 000) first, so differently digitised borders say nothing;
    what the children lack and what they have too much are told apart. Ground that the children
    enclose but do not cover is left to BC-03, and what lies within 100 m of where a ring crosses
    itself to BC-01. Children that lack more than half of the parent are taken for a partial list,
    not for a fault. `measure` is the area in m2.
    """
    parents = lineage(shapes)
    for parent_id in sorted(set(parents.values())):
        children = shapes[[parents.get(i) == parent_id for i in shapes.index]]
        parent = shapes.loc[parent_id, "geometry"]
        union = shapely.union_all(children.geometry.to_numpy())
        if len(children) >= 2 and shapely.intersection(union, parent).area >= parent.area / 2.0:
            faults = [f for f in (*children["fault"], shapes.loc[parent_id, "fault"]) if f is not None]
            yield from _difference(shapes.loc[parent_id], union, faults, crowd, crs)


@check("BC-06", severity="info", layer="places", rule="飞地批准文件; GB/T 17796-2009")
def exclave(levels: Mapping[str, Level], crowd: Crowd) -> Iterator[Finding]:
    """A part of a unit that lies apart from it, beside or inside another unit: an exclave (飞地).

    It must stand in the register of approved exclaves; accept it in the project file with the
    approval as the reason. Parts under 100 m2 are crumbs of digitising (warning). A part that
    touches no other unit of the level, such as an island, is let pass, and so are the parts of an
    invalid ring. A part that several levels share is said once, for the finest. `measure` is the
    area in m2.
    """
    said: list[BaseGeometry] = []
    for name in reversed(LEVELS):
        if (level := levels.get(name)) is None:
            continue
        for position, part in _minor_parts(level):
            area = level.m2(part)
            crumb = area < OVERLAP_MIN_M2
            hosts = _hosts(level, position, part)
            if (hosts or crumb) and not any(_same(part, other) for other in said):
                said.append(part)
                code = str(level.frame.index[position])
                values = {"name": level.frame["name"].iloc[position], "id": code, "area_m2": area}
                yield Finding(
                    feature_id=code,
                    variant="crumb" if crumb else "",
                    severity="warning" if crumb else None,
                    values=values | {"host": "、".join(hosts)},
                    measure=area,
                    tolerance=OVERLAP_MIN_M2,
                    people=crowd.inside(part),
                    geometry=part,
                )


@check("BC-07", severity="warning", layer="places", rule="插花地批准文件; GB/T 17796-2009")
def enclosed_unit(levels: Mapping[str, Level], crowd: Crowd) -> Iterator[Finding]:
    """A whole unit that lies in the hole of one other unit of its level (插花地).

    Lawful where it was approved: accept it in the project file with the approval as the reason.
    `measure` is its area in m2.
    """
    for level in levels.values():
        for position, ring in _inner_rings(level):
            hole = shapely.Polygon(ring)
            inside = [p for p in level.tree.query(hole, predicate="intersects") if p != position]
            for p in inside:
                if _same(level.polygons[p], hole):
                    code = str(level.frame.index[p])
                    values = {"name": level.frame["name"].iloc[p], "id": code, "host": level.name(position)}
                    area = level.m2(level.polygons[p])
                    yield Finding(
                        feature_id=code,
                        values=values | {"area_m2": area},
                        measure=area,
                        people=crowd.of(code),
                        geometry=level.polygons[p],
                    )


@check("BC-13", severity="warning", layer="seats", rule="《行政区划管理条例》(国务院令第704号)")
def seat_outside(seats: gpd.GeoDataFrame, shapes: gpd.GeoDataFrame) -> Iterator[Finding]:
    """A government seat that stands outside its own unit.

    There are lawful cases; accept them in the project file. `measure` is the distance to the unit in
    metres; within 50 m (the fix of a point taken from an address) nothing is said.
    """
    held = seats[seats.index.isin(shapes.index)].sort_index()
    distance = shapely.distance(held.geometry.to_numpy(), shapes.geometry.reindex(held.index).to_numpy())
    for position in np.flatnonzero(distance > SEAT_TOLERANCE_M):
        code = str(held.index[position])
        values = {"name": shapes.loc[code, "name"], "id": code, "distance_m": distance[position]}
        yield Finding(
            feature_id=code,
            values=values,
            measure=float(distance[position]),
            tolerance=SEAT_TOLERANCE_M,
            geometry=held.geometry.iloc[position],
        )


def _minor_parts(level: Level) -> Iterator[tuple[int, BaseGeometry]]:
    """Yield position and part for all parts of valid units but the largest of each."""
    several = (shapely.get_num_geometries(level.polygons) > 1) & level.frame["valid"].to_numpy()
    for position in np.flatnonzero(several).tolist():
        parts = sorted(shapely.get_parts(level.polygons[position]), key=lambda p: (-p.area, p.bounds))
        yield from ((position, part) for part in parts[1:])


def _hosts(level: Level, position: int, part: BaseGeometry) -> list[str]:
    """Return the other units that share a stretch of border with a part."""
    near = [int(p) for p in level.tree.query(part, predicate="intersects") if p != position]
    rim = part.exterior.buffer(TOUCH_MIN_M / 10)
    shared = {p: shapely.length(shapely.intersection(level.polygons[p].boundary, rim)) for p in near}
    return [level.name(p) for p in sorted(shared) if shared[p] > TOUCH_MIN_M]


def _inner_rings(level: Level) -> Iterator[tuple[int, BaseGeometry]]:
    """Yield position and ring for every hole of every polygon."""
    parts, owner = shapely.get_parts(level.polygons, return_index=True)
    holed = shapely.get_num_interior_rings(parts) > 0
    for part, position in zip(parts[holed], owner[holed].tolist(), strict=True):
        yield from ((position, ring) for ring in shapely.get_rings(part)[1:])


def _same(one: BaseGeometry, other: BaseGeometry) -> bool:
    near = abs(one.area - other.area) < SAME_PART * other.area
    return bool(near and one.symmetric_difference(other).area < SAME_PART * other.area)


def _difference(
    place: pd.Series, children: BaseGeometry, faults: list[BaseGeometry], crowd: Crowd, crs: str
) -> Iterator[Finding]:
    parent, filled = place["geometry"], shapely.union_all([children, *holes_of(children)])
    parts = {"lack": shapely.difference(parent, filled), "extra": shapely.difference(children, parent)}
    for variant, part in parts.items():
        patches = shapely.get_parts(wide(part, LINE_TOLERANCE_M))
        slipped = np.array([any(f.distance(patch) < FAULT_NEAR_M for f in faults) for patch in patches], dtype=bool)
        thick = shapely.union_all(patches[~slipped])
        if not thick.is_empty:
            area = ground_m2(thick, crs=crs)
            yield Finding(
                feature_id=str(place.name),
                variant=variant,
                values={"name": place["name"], "id": place.name, "area_m2": area},
                measure=area,
                tolerance=LINE_TOLERANCE_M,
                people=crowd.inside(thick),
                geometry=thick,
            )
