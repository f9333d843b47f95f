"""Checks of the polygons of places: rings, overlaps, gaps, children against parents, codes.

Areas are measured in the project's CRS on polygons repaired for measuring; nothing is repaired in the data.
"""

import re
from collections.abc import Hashable, Iterator, Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from ..tables import LEVELS
from .finding import Finding, Term, check
from .material import Crowd, lineage

LINE_TOLERANCE_M = 8.0
"""k sqrt(stake^2 + line^2) for a line drawn at 1:10 000: 2 x 0.4 mm x 10 000. GB/T 17796-2009 as read in practice."""
OVERLAP_MIN_M2 = 100.0
GAP_MIN_M2 = 1.0  # smaller holes of a union are what is left of adding up float64 coordinates
TOUCH_MIN_M = 0.1  # a shared stretch shorter than this is a shared corner
SAME_HOLE = 0.01  # two levels have the same hole where they differ by less than this share of its area
_DIGITS = {"city": (2, 4, 6), "county": (6,), "town": (9,), "community": (12,)}
_RANGES = {"街道": (1, 99), "镇": (100, 199), "乡": (200, 399), "民族乡": (200, 399)}  # GB/T 10114-2003
PSEUDO_FROM = 400  # farms, parks, prisons: statistical units that the standard does not know
_REASONS = {
    "Self-intersection": "ring_cross",
    "Ring Self-intersection": "ring_touch",
    "Hole lies outside shell": "ring_hole",
    "Nested holes": "ring_hole",
    "Nested shells": "ring_shell",
    "Too few points in geometry component": "ring_few",
}


@check("BC-01", severity="error", layer="places", rule="OGC 06-103r4 6.1.11; GB/T 17796-2009")
def invalid_ring(places: pd.DataFrame, crowd: Crowd) -> Iterator[Finding]:
    """A polygon whose ring crosses or touches itself, or whose holes lie wrong.

    Its area, and who lives in it, depend on how a program happens to read it. One finding a unit,
    placed at the first fault; the units are repaired for the other checks, never in the data.
    """
    if "geometry" not in places.columns:
        return
    shapes = places["geometry"].to_numpy()
    for position in np.flatnonzero(~shapely.is_valid(shapes) & ~shapely.is_missing(shapes)).tolist():
        reason, at = _fault(shapely.is_valid_reason(shapes[position]))
        place_id = places.index[position]
        values = {"name": places["name"].iloc[position], "id": place_id, "reason": Term(reason), "at": at}
        yield Finding(feature_id=place_id, values=values, people=crowd.of(place_id), geometry=_point(at))


@check("BC-02", severity="error", layer="places", rule="GB/T 17796-2009")
def overlap(shapes: gpd.GeoDataFrame, crowd: Crowd) -> Iterator[Finding]:
    """Two units of one level that cover the same ground.

    Only what is wider than half the tolerance of a line drawn at 1:10 000 (8 m) counts, from 100 m2
    on: thinner strips are digitising noise. Units that never stood at the
    same time are not compared. One finding a pair: `measure` is the area in m2, `feature_id` the
    smaller code.
    """
    for _, level in shapes.groupby("level", sort=True):
        for i, j, shared in _overlaps(level):
            if shared.area >= OVERLAP_MIN_M2 and _coexist(level.iloc[i], level.iloc[j]):
                values = _pair(level, i, j) | {"area_m2": shared.area}
                yield Finding(
                    feature_id=min(level.index[i], level.index[j]),
                    values=values,
                    measure=shared.area,
                    tolerance=OVERLAP_MIN_M2,
                    people=crowd.inside(shared),
                    geometry=shared,
                )


@check("BC-03", severity="error", layer="places", rule="GB/T 17796-2009")
def gap(shapes: gpd.GeoDataFrame, crowd: Crowd) -> Iterator[Finding]:
    """Ground that no unit of the level covers though it is enclosed by units.

    Told apart by who stands around it. Two or more units: a gap (a warning where it is a sliver,
    narrower on average than the tolerance). One unit: a hole in it; where a place under that unit
    stands inside or its parent claims the ground, the hole is a fault (warning); where nothing is
    known inside it is offered as the enclave of a neighbour that is not loaded (info), and so is
    ground that the parents of all units around leave out too. A hole that several levels share is
    said once, for the finest. Holes that only arise from reading an invalid ring are left to BC-01.
    `measure` is the area in m2.
    """
    said: list[BaseGeometry] = []
    for name in reversed(LEVELS):
        level = shapes[shapes["level"] == name]
        tree = shapely.STRtree(level.geometry.to_numpy())
        for hole in holes(level.geometry.to_numpy()):
            around = _around(hole, level, tree)
            if (len(around) != 1 or level["valid"].iloc[around[0]]) and not _said(hole, said):
                said.append(hole)
                yield _gap(hole, level.iloc[around], shapes, crowd)


@check("BC-05", severity="error", layer="places", rule="GB/T 17796-2009")
def children_do_not_tile(shapes: gpd.GeoDataFrame, crowd: Crowd) -> Iterator[Finding]:
    """A unit whose children, taken together, are not the unit.

    Compared where the parent and at least two children have polygons. The part by which they differ
    is shrunk by the tolerance (8 m, 1:10 000) first, so differently digitised borders say nothing;
    what the children lack and what they have too much are told apart. Ground that the children
    enclose but do not cover is left to BC-03. Children that lack more than half of the parent are
    taken for a partial list, not for a fault. `measure` is the area in m2.
    """
    parents = lineage(shapes)
    for parent_id in sorted(set(parents.values())):
        children = shapes[[parents.get(i) == parent_id for i in shapes.index]]
        parent = shapes.loc[parent_id, "geometry"]
        union = shapely.union_all(children.geometry.to_numpy())
        if len(children) >= 2 and shapely.intersection(union, parent).area >= parent.area / 2.0:
            yield from _difference(shapes.loc[parent_id], parent, union, crowd)


@check("BC-11", severity="error", layer="places", rule="GB/T 2260; GB/T 10114-2003")
def code_does_not_fit(places: pd.DataFrame, crowd: Crowd) -> Iterator[Finding]:
    """A division code of the wrong length for its level, outside its parent's, or of the wrong range for its kind.

    Only codes of digits are judged: a project may use its own ids. Statistical codes of development
    zones (county digits 70 to 79 and their towns) and pseudo-units (town digits from 400) have no
    code in the standards; their parent is what the table says, and they pass. A town's kind is what
    its `kind` says, else the longest legal suffix of its name: 天生港镇街道 is a street, 竹镇镇 a town.
    """
    wanted = pd.DataFrame(places).reindex(columns=["name", "level", "kind", "parent_id"])
    for code, place in zip(wanted.index.astype(str), wanted.to_dict("records"), strict=True):
        if code.isdigit() and (found := _code_fault(code, place)):
            variant, values = found
            values = {"id": code, "name": place["name"], **values}
            yield Finding(feature_id=code, variant=variant, values=values, people=crowd.of(code))


def holes(polygons: NDArray[np.object_]) -> list[BaseGeometry]:
    """Return the bounded holes of the union of polygons, the largest first."""
    rings = [r for part in shapely.get_parts(shapely.union_all(polygons)) for r in shapely.get_rings(part)[1:]]
    found = [hole for ring in rings if (hole := shapely.Polygon(ring)).area >= GAP_MIN_M2]
    return sorted(found, key=lambda hole: (-hole.area, hole.bounds))


def _fault(reason: str) -> tuple[str, str]:
    """Split what GEOS says, "Self-intersection[1 2]", into a key of texts and "1 2"."""
    said = re.match(r"([^\[]*)(?:\[(.*)\])?", reason)
    name, at = (said.group(1).strip(), said.group(2) or "") if said else ("", "")
    return _REASONS.get(name, "ring_other"), " ".join(f"{float(v):.2f}" for v in at.split()[:2])


def _point(at: str) -> BaseGeometry | None:
    return shapely.Point(*map(float, at.split())) if at else None


def _overlaps(level: gpd.GeoDataFrame) -> Iterator[tuple[int, int, BaseGeometry]]:
    """Return the pairs of polygons whose interiors meet, and the patches of note that they share."""
    polygons = level.geometry.to_numpy()
    left, right = shapely.STRtree(polygons).query(polygons, predicate="intersects")
    once = left < right
    left, right = left[once], right[once]
    left, right = _without_touches(polygons, left, right)
    shared = shapely.intersection(polygons[left], polygons[right])
    for i, j, piece in zip(left, right, shared, strict=True):
        yield int(i), int(j), _wide(piece, LINE_TOLERANCE_M / 2.0)


def _wide(ground: BaseGeometry, width_m: float) -> BaseGeometry:
    """Return the patches wider than a width; strips, and the lines an intersection may hold, are dropped.

    A patch often hangs on a strip of noise along the common border, so mean widths say little.
    """
    areas = shapely.union_all([part for part in shapely.get_parts(ground) if part.geom_type == "Polygon"])
    core = areas.buffer(-width_m / 2.0, join_style="mitre")
    return core.buffer(width_m / 2.0, join_style="mitre").intersection(areas)


def _without_touches(
    polygons: NDArray[np.object_], left: NDArray[np.intp], right: NDArray[np.intp]
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Drop the pairs that only share a border: cheap with prepared polygons, and most pairs are such."""
    shapely.prepare(polygons)
    meet = ~shapely.touches(polygons[left], polygons[right])
    return left[meet], right[meet]


def _coexist(one: pd.Series, other: pd.Series) -> bool:
    """Return whether two units ever stood at the same time."""
    return not (_ended_before(one, other) or _ended_before(other, one))


def _ended_before(one: pd.Series, other: pd.Series) -> bool:
    ended, began = one.get("valid_to"), other.get("valid_from")
    return bool(pd.notna(ended) and pd.notna(began) and ended <= began)


def _pair(level: gpd.GeoDataFrame, i: int, j: int) -> dict[str, Any]:
    return {"a": level["name"].iloc[i], "a_id": level.index[i], "b": level["name"].iloc[j], "b_id": level.index[j]}


def _around(hole: BaseGeometry, level: gpd.GeoDataFrame, tree: shapely.STRtree) -> NDArray[np.intp]:
    """Return the positions of the units that share a stretch of border with the hole."""
    ring, near = hole.exterior, tree.query(hole, predicate="intersects")
    shared = shapely.length(shapely.intersection(level.geometry.to_numpy()[near], ring.buffer(TOUCH_MIN_M / 10)))
    return np.sort(near[shared > TOUCH_MIN_M])


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


def _difference(place: pd.Series, parent: BaseGeometry, children: BaseGeometry, crowd: Crowd) -> Iterator[Finding]:
    filled = shapely.union_all([children, *holes(np.array([children]))])
    parts = {"lack": shapely.difference(parent, filled), "extra": shapely.difference(children, parent)}
    for variant, part in parts.items():
        thick = _wide(part, LINE_TOLERANCE_M)
        if not thick.is_empty:
            yield Finding(
                feature_id=str(place.name),
                variant=variant,
                values={"name": place["name"], "id": place.name, "area_m2": thick.area},
                measure=thick.area,
                tolerance=LINE_TOLERANCE_M,
                people=crowd.inside(thick),
                geometry=thick,
            )


def _code_fault(place_id: str, place: Mapping[Hashable, Any]) -> tuple[str, dict[str, Any]] | None:
    """Return the variant of the message and its values, or None for a code that fits."""
    level, code = place["level"], _bare(place_id)
    if len(code) not in _DIGITS.get(level, (len(code),)):
        return "length", {"digits": len(place_id), "wanted": _DIGITS[level][-1]}
    parent = place.get("parent_id")
    if isinstance(parent, str) and parent.isdigit() and not _zone(code) and not code.startswith(_bare(parent)):
        return "parent", {"parent": parent}
    kind = place.get("kind") if isinstance(place.get("kind"), str) else _kind_of(place["name"])
    if level == "town" and kind in _RANGES and not _in_range(int(code[6:9]), kind):
        return "kind", {"kind": kind, "number": code[6:9]}
    return None


def _bare(code: str) -> str:
    """Return a code without the zeros that fill it up: 320116000000 is 320116, 320100 is 3201."""
    code = re.sub(r"(000|000000)$", "", code) if len(code) == 12 else code
    return re.sub(r"(00|0000)$", "", code) if len(code) == 6 else code


def _kind_of(name: str) -> str:
    """Return the longest legal suffix: 天生港镇街道 is a 街道, 竹镇镇 is a 镇."""
    return next((kind for kind in sorted(_RANGES, key=len, reverse=True) if str(name).endswith(kind)), "")


def _in_range(number: int, kind: str) -> bool:
    """Return whether a town number suits a kind; pseudo-units, from 400, have no rule."""
    low, high = _RANGES[kind]
    return number >= PSEUDO_FROM or low <= number <= high


def _zone(code: str) -> bool:
    """Return whether it is a statistical code of a development zone, which stands outside the standard."""
    return len(code) >= 6 and code[4] == "7"
