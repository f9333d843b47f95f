"""Ends of streets that stop just short of another street."""

import heapq
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .. import presets
from ..layers.streets import Ways
from .crossings import TOUCH_M, Floats, Ints, Segments, foot, same_level
from .sweep import overlapping

GAP_M: float = presets.load("streets")["doctor"]["gap_m"]["value"]
BRANCH_M: float = presets.load("streets")["doctor"]["branch_m"]["value"]


@dataclass(frozen=True, kw_only=True)
class LooseEnds:
    """Ends of ways that lead nowhere, a short step from another street.

    `vertex` is the end and `way` its way; the nearest place of another street lies on piece `piece` of `Segments` at
    the share `along` (0 to 1), `gap_m` metres away.
    """

    vertex: Ints
    way: Ints
    piece: Ints
    along: Floats
    gap_m: Floats

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.vertex)

    def only(self, keep: NDArray[np.bool_] | Ints) -> "LooseEnds":
        """Return those kept."""
        return LooseEnds(**{name: value[keep] for name, value in vars(self).items()})


def loose_ends(ways: Ways, pieces: Segments, *, within_m: float = GAP_M) -> LooseEnds:
    """Return the ends that stop within `within_m` of another way of their level, each with the nearest place.

    Left out are ends that are on the other street to a centimetre (an open crossing), and ends that streets already
    join to that place within `BRANCH_M`.
    """
    vertex, way = _dead_ends(ways)
    end, piece = _near(ways.xy, pieces, vertex, within_m)
    other = (pieces.way[piece] != way[end]) & (pieces.start[piece] != vertex[end]) & (pieces.end[piece] != vertex[end])
    end, piece = end[other], piece[other]
    along, gap = foot(ways.xy[vertex[end]], ways.xy[pieces.start[piece]], ways.xy[pieces.end[piece]])
    fits = (gap <= within_m) & same_level(ways.tags, way[end], pieces.way[piece])
    found = LooseEnds(vertex=vertex[end], way=way[end], piece=piece, along=along, gap_m=gap).only(fits)
    found = found.only(np.lexsort((found.piece, found.gap_m, found.vertex)))
    found = found.only(np.unique(found.vertex, return_index=True)[1])  # the nearest of each end
    found = found.only(found.gap_m > TOUCH_M)
    return found.only(_far_by_street(ways, pieces, found))


def _dead_ends(ways: Ways) -> tuple[Ints, Ints]:
    """Return the vertices that stand once in all ways, at an end, and their ways."""
    uses = np.bincount(ways.vertex, minlength=len(ways.xy))
    ends = np.concatenate([ways.vertex[ways.offsets[:-1]], ways.vertex[ways.offsets[1:] - 1]])
    way = np.tile(np.arange(len(ways)), 2)
    loose = uses[ends] == 1
    return ends[loose], way[loose]


def _near(xy: Floats, pieces: Segments, vertex: Ints, within_m: float) -> tuple[Ints, Ints]:
    """Return (end, piece) where the piece's box comes within reach of the end."""
    a, b, p = xy[pieces.start], xy[pieces.end], xy[vertex]
    low = np.concatenate([np.minimum(a, b), p - within_m])
    high = np.concatenate([np.maximum(a, b), p + within_m])
    group = np.repeat(np.array([0, 1], np.uint8), [len(a), len(p)])
    piece, end = overlapping(low, high, group)
    return end - len(a), piece


def _far_by_street(ways: Ways, pieces: Segments, found: LooseEnds) -> NDArray[np.bool_]:
    """Tell the ends from which streets do not lead to the place beside them within `BRANCH_M`."""
    tail = np.concatenate([pieces.start, pieces.end])
    head = np.concatenate([pieces.end, pieces.start])
    order = np.argsort(tail, kind="stable")
    head, first = head[order], np.searchsorted(tail[order], np.arange(len(ways.xy) + 1))
    wanted = [{int(pieces.start[p]), int(pieces.end[p])} for p in found.piece]
    return np.array(
        [not _reached(ways.xy, first, head, int(v), w) for v, w in zip(found.vertex, wanted, strict=True)], dtype=bool
    )


def _reached(xy: Floats, first: Ints, head: Ints, start: int, wanted: set[int]) -> bool:
    """Search along streets, up to `BRANCH_M`, for one of the vertices wanted."""
    heap, done = [(0.0, start)], set()
    while heap:
        far, here = heapq.heappop(heap)
        if here in wanted:
            return True
        if here in done:
            continue
        done.add(here)
        for there in head[first[here] : first[here + 1]].tolist():
            step = far + float(np.hypot(*(xy[there] - xy[here])))
            if step <= BRANCH_M and there not in done:
                heapq.heappush(heap, (step, there))
    return False
