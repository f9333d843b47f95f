"""The courses of a border line: its pieces put in order, so that one can go along a line that is not in one piece."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry


@dataclass(frozen=True, eq=False)
class Course:
    """Pieces of a line in their order, each beginning where the one before it ended or after a gap; or one ring."""

    pieces: NDArray[np.object_]

    @cached_property
    def gaps(self) -> NDArray[np.float64]:
        """Metres from each piece to the next, shape (pieces - 1,)."""
        ends = _ends(self.pieces)
        gaps: NDArray[np.float64] = np.hypot(*(ends[1:, 0] - ends[:-1, 1]).T)
        return gaps

    @cached_property
    def ring(self) -> bool:
        """Whether it goes round, as the rim of an exclave does."""
        return bool(shapely.is_ring(self.pieces[0]))


def courses(line: BaseGeometry | None) -> list[Course]:
    """Return the course of all pieces of a line that have ends, then each ring, the longest first; of None none."""
    pieces = shapely.get_parts([] if line is None else [line])
    pieces = pieces[shapely.length(pieces) > 0.0]
    rings = shapely.is_ring(pieces)
    going_round = sorted(pieces[rings], key=lambda ring: (-ring.length, ring.bounds))
    ordered = [_in_order(pieces[~rings])] if not rings.all() else []
    return [Course(p) for p in (*ordered, *(np.array([ring], dtype=object) for ring in going_round))]


def _in_order(pieces: NDArray[np.object_]) -> NDArray[np.object_]:
    """Return pieces so ordered and turned that each begins where the one before it ended, the nearest ends joined.

    One piece alone stays as it was drawn; several begin at the free end farther west, of two alike farther north.
    """
    if len(pieces) == 1:
        return pieces
    at = _ends(pieces).reshape(-1, 2)  # piece i begins at 2 i and ends at 2 i + 1
    joined = _joined(at)
    end: int | None = min((e for e in range(len(at)) if e not in joined), key=lambda e: (at[e, 0], -at[e, 1]))
    ordered = []
    while end is not None:
        ordered.append(shapely.reverse(pieces[end // 2]) if end % 2 else pieces[end // 2])
        end = joined.get(end ^ 1)
    return np.array(ordered, dtype=object)


def _joined(at: NDArray[np.float64]) -> dict[int, int]:
    """Return which end of a piece goes on in which end of another, so that all pieces make one chain."""
    chain, joined = np.arange(len(at)) // 2, dict[int, int]()
    for one, other in _by_distance(at):
        if one not in joined and other not in joined and chain[one] != chain[other]:
            joined |= {one: other, other: one}
            chain[chain == chain[other]] = chain[one]
        if len(joined) == len(at) - 2:
            break
    return joined


def _by_distance(at: NDArray[np.float64]) -> Iterator[tuple[int, int]]:
    one, other = np.triu_indices(len(at), 1)
    order = np.argsort(np.hypot(*(at[one] - at[other]).T), kind="stable")
    return zip(one[order].tolist(), other[order].tolist(), strict=True)


def _ends(pieces: NDArray[np.object_]) -> NDArray[np.float64]:
    """Return both ends of line strings, shape (pieces, 2, 2)."""
    first, last = (shapely.get_coordinates(shapely.get_point(pieces, k)) for k in (0, -1))
    return np.stack([first, last], axis=1)
