"""Checks of the rings of polygons: what makes a ring invalid, and what makes it suspicious."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from .finding import Finding, Term, check
from .material import Crowd

SAME_VERTEX_M = 0.01  # two vertices in a row nearer than this are one
SAME_POINT_M = 1e-3  # two vertices this near are one point written twice, which harms nobody
SPIKE_DEG = 1.0  # a corner sharper than this is a slip of the pen
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
    """A polygon whose ring crosses or touches itself, has holes that lie wrong, a spike, or a vertex twice.

    Its area, and who lives in it, depend on how a program happens to read it. One finding a unit,
    placed at the first fault; the units are repaired for the other checks, never in the data. Of
    rings that are valid, a corner sharper than 1 degree is an error too, and vertices in a row
    nearer than 0.01 m are a warning (nearer than 1 mm they are one point, which harms nobody).
    `measure` is the angle in degrees, or counts the vertices.
    """
    if "geometry" not in places.columns:
        return
    shapes = places["geometry"].to_numpy()
    valid = shapely.is_valid(shapes)
    for position in np.flatnonzero(~valid & ~shapely.is_missing(shapes)).tolist():
        reason, at = _fault(shapely.is_valid_reason(shapes[position]))
        place_id = places.index[position]
        values = {"name": places["name"].iloc[position], "id": place_id, "reason": Term(reason)}
        yield Finding(feature_id=place_id, values=values, people=crowd.of(place_id), geometry=at)
    for position, found in _slips(shapes, valid):
        place_id = places.index[position]
        values = {"name": places["name"].iloc[position], "id": place_id, **found.values}  # noqa: PD011
        yield replace(found, feature_id=place_id, values=values, people=crowd.of(place_id))


def _slips(shapes: NDArray[np.object_], valid: NDArray[np.bool_]) -> Iterator[tuple[int, Finding]]:
    """Yield, for valid polygons, the sharpest spike of each, else how many vertices stand twice."""
    owner = np.flatnonzero(valid & ~shapely.is_missing(shapes))
    parts, of_part = shapely.get_parts(shapes[owner], return_index=True)
    rings, of_ring = shapely.get_rings(parts, return_index=True)
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    if not len(xy):
        return
    step = np.diff(xy, axis=0)
    inside = ring[1:] == ring[:-1]
    near = inside & (np.hypot(*step.T) < SAME_VERTEX_M)
    twice = near & (np.hypot(*step.T) > SAME_POINT_M)
    unit = owner[of_part[of_ring[ring]]]
    sharp = _sharp(xy, ring, np.concatenate([[False], near]))
    told: set[int] = set()
    for corner, angle in sorted(sharp, key=lambda c: c[1]):
        if (position := int(unit[corner])) not in told:
            told.add(position)
            at, values = shapely.Point(xy[corner]), {"angle": angle}
            yield position, Finding(variant="spike", values=values, measure=angle, tolerance=SPIKE_DEG, geometry=at)
    held, first, n = np.unique(unit[1:][twice], return_index=True, return_counts=True)
    where = np.flatnonzero(twice) + 1
    for position, k, count in zip(held.tolist(), first, n.tolist(), strict=True):
        if position not in told:
            at, values = shapely.Point(xy[where[k]]), {"n": count}
            yield (
                position,
                Finding(variant="twice", severity="warning", values=values, measure=float(count), geometry=at),
            )


def _sharp(xy: NDArray[np.float64], ring: NDArray[np.intp], twice: NDArray[np.bool_]) -> list[tuple[int, float]]:
    """Return the corners sharper than `SPIKE_DEG`, positions in `xy`, and their angles; double vertices skipped."""
    kept = np.flatnonzero(~twice)
    first = np.searchsorted(ring[kept], np.unique(ring))
    last = np.append(first[1:], len(kept)) - 1
    before, after = np.arange(len(kept)) - 1, np.arange(len(kept)) + 1
    before[first] = last - 1  # a ring ends where it begins
    after[last] = first + 1
    corner = np.delete(np.arange(len(kept)), last)
    a = xy[kept[before[corner]]] - xy[kept[corner]]
    b = xy[kept[after[corner]]] - xy[kept[corner]]
    angle = np.degrees(np.abs(np.arctan2(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0], (a * b).sum(axis=1))))
    hit = np.flatnonzero(angle < SPIKE_DEG)
    return [(int(kept[corner[i]]), float(angle[i])) for i in hit]


def _fault(reason: str) -> tuple[str, BaseGeometry | None]:
    """Split what GEOS says, "Self-intersection[1 2]", into a key of texts and a point."""
    name, _, at = reason.removesuffix("]").partition("[")
    return _REASONS.get(name.strip(), "ring_other"), shapely.Point(*map(float, at.split()[:2])) if at else None
