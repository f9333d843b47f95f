"""How the polygons of one level lie to each other: overlaps, holes, shared borders and junctions, each found once.

Most borders of most files agree vertex for vertex. GEOS tells in linear time which polygons have an edge
that does not (`coverage_invalid_edges`); only those are laid over each other.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely.errors import GEOSException
from shapely.geometry.base import BaseGeometry

LINE_TOLERANCE_M = 8.0
"""k sqrt(stake^2 + line^2) for a line drawn at 1:10 000: 2 x 0.4 mm x 10 000. GB/T 17796-2009 as read in practice."""
OVERLAP_MIN_M2 = 100.0
GAP_MIN_M2 = 1.0  # smaller holes of a union are what is left of adding up float64 coordinates
TOUCH_MIN_M = 0.1  # a shared stretch shorter than this is a shared corner
FAULT_NEAR_M = 100.0  # ground this near to a crossing of its own ring is judged when the ring is mended
APART_M = 0.1  # borders nearer than this are the same
VERSIONS_MIN = 3  # overlaps and gaps along one border, some of each: then they have one cause
SAME_VERTEX_PER_M = 1000.0  # vertices that agree to the millimetre are one


@dataclass(frozen=True)
class Level:
    """The repaired polygons of one level, `frame` as `material.repaired` returns them. Positions count its rows."""

    frame: gpd.GeoDataFrame

    @cached_property
    def polygons(self) -> NDArray[np.object_]:
        """The polygons, prepared."""
        polygons: NDArray[np.object_] = self.frame.geometry.to_numpy()
        shapely.prepare(polygons)
        return polygons

    @cached_property
    def tree(self) -> shapely.STRtree:
        """The index of the polygons."""
        return shapely.STRtree(self.polygons)

    @cached_property
    def loose(self) -> NDArray[np.bool_]:
        """Which polygons have an edge that a neighbour crosses or covers without sharing it."""
        edges = shapely.coverage_invalid_edges(self.polygons)
        return np.asarray(~(shapely.is_missing(edges) | shapely.is_empty(edges)))

    @cached_property
    def overlaps(self) -> list[tuple[int, int, BaseGeometry]]:
        """Pairs i < j that stood at the same time and whose interiors meet, and the ground they share."""
        pairs = self._meeting
        pairs = pairs[~shapely.touches(self.polygons[pairs[:, 0]], self.polygons[pairs[:, 1]])]
        shared = shapely.intersection(self.polygons[pairs[:, 0]], self.polygons[pairs[:, 1]])
        both = zip(pairs.tolist(), shared, strict=True)
        return [(i, j, ground) for (i, j), ground in both if self._counts(i, j, ground)]

    def _counts(self, i: int, j: int, ground: BaseGeometry) -> bool:
        return coexist(self.frame.iloc[i], self.frame.iloc[j]) and not self.slipped(ground, (i, j))

    def slipped(self, ground: BaseGeometry, positions: Iterable[int]) -> bool:
        """Return whether ground only comes from reading an invalid ring: it touches where the ring crosses itself."""
        faults = [self.frame["fault"].iloc[p] for p in positions]
        return any(f is not None and f.distance(ground) < FAULT_NEAR_M for f in faults)

    @cached_property
    def wide(self) -> Mapping[tuple[int, int], BaseGeometry]:
        """The overlaps that count as such: wider than half the tolerance of a line, from 100 m2."""
        found = {(i, j): wide(ground, LINE_TOLERANCE_M / 2.0) for i, j, ground in self.overlaps}
        return {pair: ground for pair, ground in found.items() if ground.area >= OVERLAP_MIN_M2}

    @cached_property
    def thin(self) -> Mapping[tuple[int, int], BaseGeometry]:
        """The other overlaps wider than `APART_M`: one border drawn twice."""
        rest = {(i, j): wide(ground, APART_M) for i, j, ground in self.overlaps if (i, j) not in self.wide}
        return {pair: ground for pair, ground in rest.items() if ground.area >= GAP_MIN_M2}

    @cached_property
    def holes(self) -> list[BaseGeometry]:
        """The bounded holes of the union, the largest first."""
        return holes_of(united(self.polygons, self.loose))

    @cached_property
    def gaps(self) -> list[tuple[BaseGeometry, tuple[int, ...]]]:
        """The holes, each with the positions of the units that share a stretch of border with it."""
        return [(hole, self._around(hole)) for hole in self.holes]

    def _around(self, hole: BaseGeometry) -> tuple[int, ...]:
        ring, near = hole.exterior, self.tree.query(hole, predicate="intersects")
        shared = shapely.length(shapely.intersection(self.polygons[near], ring.buffer(TOUCH_MIN_M / 10)))
        return tuple(np.sort(near[shared > TOUCH_MIN_M]).tolist())

    @cached_property
    def versions(self) -> Mapping[tuple[int, int], tuple[BaseGeometry, BaseGeometry]]:
        """Pairs whose common border stands in two versions: what both cover, and what lies open between them alone.

        One was simplified, or is of another scale: the two lines cross again and again.
        """
        found = {}
        for pair, ground in self.wide.items():
            between = shapely.union_all([hole for hole, around in self.gaps if around == pair])
            n, open_ = len(shapely.get_parts(ground)), len(shapely.get_parts(between))
            if open_ and n + open_ >= VERSIONS_MIN:
                found[pair] = (ground, between)
        return found

    @cached_property
    def pinched(self) -> list[tuple[int, BaseGeometry]]:
        """Holes that an invalid ring leaves in its unit however it is read, with the position of the unit."""
        at = np.flatnonzero(self.frame["certain"].to_numpy() & ~self.frame["valid"].to_numpy())
        return [(p, hole) for p in at.tolist() for hole in holes_of(self.polygons[p])]

    @cached_property
    def junctions(self) -> list[tuple[NDArray[np.float64], tuple[int, ...]]]:
        """Vertices that three and more polygons share: where, and whose."""
        xy, owner = shapely.get_coordinates(self.polygons, return_index=True)
        x, y = np.round(xy * SAME_VERTEX_PER_M).astype(np.int64).T
        order = np.lexsort((owner, y, x))
        x, y, owner = x[order], y[order], owner[order]
        same = np.concatenate([[False], (x[1:] == x[:-1]) & (y[1:] == y[:-1])])
        fresh = ~(same & np.concatenate([[False], owner[1:] == owner[:-1]]))
        spot = np.cumsum(~same)[fresh]
        where, n = np.unique(spot, return_counts=True)
        start = np.concatenate([[0], np.cumsum(n)[:-1]])
        at, of = xy[order][fresh], owner[fresh]
        return [
            (at[s], tuple(of[s : s + k].tolist())) for s, k in zip(start[n >= 3], n[n >= 3], strict=True) if len(where)
        ]

    @cached_property
    def shared_m(self) -> Mapping[tuple[int, int], float]:
        """Metres of border that pairs i < j share; loose polygons are laid over their neighbours."""
        pairs = self._meeting
        rims = shapely.boundary(self.polygons)
        common = shapely.intersection(rims[pairs[:, 0]], rims[pairs[:, 1]])
        laid = {
            (i, j): m for (i, j), m in zip(map(tuple, pairs.tolist()), shapely.length(common).tolist(), strict=True)
        }
        return {p: m for p, m in {**self._twin_m, **laid}.items() if m > TOUCH_MIN_M}

    @cached_property
    def _meeting(self) -> NDArray[np.intp]:
        """Pairs i < j that meet and of which one is loose."""
        at = np.flatnonzero(self.loose)
        left, right = self.tree.query(self.polygons[at], predicate="intersects")
        pairs = np.unique(np.sort(np.column_stack([at[left], right]), axis=1), axis=0)
        return pairs[pairs[:, 0] < pairs[:, 1]]

    @cached_property
    def _twin_m(self) -> Mapping[tuple[int, int], float]:
        """Metres of border that pairs i < j share segment for segment."""
        parts, of_part = shapely.get_parts(self.polygons, return_index=True)
        rings, of_ring = shapely.get_rings(parts, return_index=True)
        xy, ring = shapely.get_coordinates(rings, return_index=True)
        key = np.round(xy * SAME_VERTEX_PER_M).astype(np.int64)
        inside = np.flatnonzero(ring[1:] == ring[:-1])
        a, b = key[inside], key[inside + 1]
        swap = (a[:, 0] > b[:, 0]) | ((a[:, 0] == b[:, 0]) & (a[:, 1] > b[:, 1]))
        ends = np.where(swap[:, None], np.hstack([b, a]), np.hstack([a, b]))
        order = np.lexsort(ends.T)
        ends, owner = ends[order], of_part[of_ring[ring[inside[order]]]]
        twin = np.flatnonzero((ends[1:] == ends[:-1]).all(axis=1) & (owner[1:] != owner[:-1]))
        length = np.hypot(*((ends[twin, 2:] - ends[twin, :2]) / SAME_VERTEX_PER_M).T)
        pairs = np.sort(np.column_stack([owner[twin], owner[twin + 1]]), axis=1)
        where, at = np.unique(pairs, axis=0, return_inverse=True)
        metres = np.bincount(at.ravel(), weights=length, minlength=len(where))
        return {(int(i), int(j)): float(m) for (i, j), m in zip(where, metres, strict=True)}

    def name(self, position: int) -> str:
        """Return "name(code)"."""
        return f"{self.frame['name'].iloc[position]}({self.frame.index[position]})"

    def pair(self, i: int, j: int) -> dict[str, str]:
        """Return names and codes of two units as values of a message."""
        names, codes = self.frame["name"], self.frame.index
        return {"a": names.iloc[i], "a_id": codes[i], "b": names.iloc[j], "b_id": codes[j]}


def united(polygons: NDArray[np.object_], loose: NDArray[np.bool_]) -> BaseGeometry:
    """Return the union of polygons; those that fit edge to edge are joined without laying them over each other."""
    try:
        whole = shapely.coverage_union_all(polygons[~loose])
    except GEOSException:
        whole = shapely.union_all(polygons[~loose])
    return shapely.union_all([whole, *polygons[loose]]) if loose.any() else whole


def holes_of(union: BaseGeometry) -> list[BaseGeometry]:
    """Return the bounded holes of a union of polygons, the largest first."""
    areas = [p for p in shapely.get_parts(shapely.get_parts([union])) if p.geom_type == "Polygon"]
    rings = [r for part in areas for r in shapely.get_rings(part)[1:]]
    found = [hole for ring in rings if (hole := shapely.Polygon(ring)).area >= GAP_MIN_M2]
    return sorted(found, key=lambda hole: (-hole.area, hole.bounds))


def wide(ground: BaseGeometry, width_m: float) -> BaseGeometry:
    """Return the patches wider than a width; strips, and the lines an intersection may hold, are dropped.

    A patch often hangs on a strip of noise along the common border, so mean widths say little.
    """
    areas = shapely.union_all([part for part in shapely.get_parts(ground) if part.geom_type == "Polygon"])
    core = areas.buffer(-width_m / 2.0, join_style="mitre")
    return core.buffer(width_m / 2.0, join_style="mitre").intersection(areas)


def coexist(one: pd.Series, other: pd.Series) -> bool:
    """Return whether two units ever stood at the same time."""
    return not (_ended_before(one, other) or _ended_before(other, one))


def _ended_before(one: pd.Series, other: pd.Series) -> bool:
    ended, began = one.get("valid_to"), other.get("valid_from")
    return bool(pd.notna(ended) and pd.notna(began) and ended <= began)


def near_m(one: BaseGeometry, other: BaseGeometry, tolerance_m: float) -> float:
    """Return how many metres of one polygon's border lie within a tolerance of another polygon."""
    return float(shapely.length(shapely.intersection(one.boundary, other.buffer(tolerance_m))))


def thickness_m(ground: BaseGeometry) -> float:
    """Return the diameter of the largest circle in any part, in metres."""
    parts = [p for p in shapely.get_parts(ground) if p.geom_type == "Polygon" and p.area > 0.0]
    return max((2.0 * float(shapely.maximum_inscribed_circle(p, 0.05).length) for p in parts), default=0.0)


def pairs_of(positions: tuple[int, ...]) -> Iterator[tuple[int, int]]:
    """Yield the pairs i < j of positions."""
    ranked = sorted(positions)
    for k, i in enumerate(ranked):
        for j in ranked[k + 1 :]:
            yield i, j
