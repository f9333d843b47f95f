"""Streets are mended on request, and every edit is written down: `repair_streets`."""

from dataclasses import replace

import numpy as np
import pandas as pd

from ..layers.streets import Ways
from .crossings import TOUCH_M, Floats, Ints, crossings_at_grade, segments_of
from .doubles import empty_steps, repeated_ways
from .loose_ends import loose_ends

_ROUNDS = 100  # a round edits a piece of street once at a place; three or four are usual
_APART_M = 4 * TOUCH_M  # new vertices on one piece are farther apart, or wait a round
EDITS = (
    *("kind", "way_id", "other_way_id", "x", "y"),
    *("length_before_m", "length_after_m", "vertices_before", "vertices_after"),
)


def repair_streets(
    ways: Ways, *, node_crossings: bool = False, close_gaps_m: float = 0.0, drop_duplicates: bool = False
) -> tuple[Ways, pd.DataFrame]:
    """Return the streets mended, and the table of edits: one row a way and place.

    Args:
        ways: as read; they are not changed.
        node_crossings: give ways of one level that cross or touch without a common vertex one (kind `node_crossing`;
            `join_vertices` where both have a vertex there, to a centimetre). Main roads of files that do not
            tag bridges and layers are left alone: they may run on viaducts.
        close_gaps_m: lead ends that stop within so many metres of another street on to it (`close_gap`); 0: none.
        drop_duplicates: drop ways drawn twice with the same tags, and steps without length (`drop_duplicate`,
            `drop_empty`).

    Ids of ways stay; vertices are added, none is moved by more than a centimetre or two. So no path between two
    places gets longer by more than that a vertex, and noding keeps the total length. Repairing again does nothing.
    Columns: kind, way_id, other_way_id, x, y (project CRS), and the way's length and vertices before and after the
    round; the index `edit` counts from 0.
    """
    log: list[pd.DataFrame] = []
    for _ in range(_ROUNDS):
        before = len(log)
        ways = _dropped(ways, log) if drop_duplicates else ways
        ways = _noded(ways, log) if node_crossings else ways
        ways = _closed(ways, close_gaps_m, log) if close_gaps_m > 0 else ways
        if len(log) == before:
            break
    table = pd.concat(log, ignore_index=True) if log else pd.DataFrame(columns=list(EDITS))
    return ways, table.rename_axis("edit")


def way_lengths(ways: Ways) -> Floats:
    """Return the length of each way in metres."""
    step = np.linalg.norm(np.diff(ways.xy[ways.vertex], axis=0), axis=1)
    step = np.append(step, 0.0)
    step[ways.offsets[1:] - 1] = 0.0
    length: Floats = np.add.reduceat(step, ways.offsets[:-1])
    return length


def _noded(ways: Ways, log: list[pd.DataFrame]) -> Ways:
    draft = _Draft(ways)
    found = crossings_at_grade(ways, draft.pieces)
    sides = zip(found.first, found.along_first, found.second, found.along_second, strict=True)
    for (first, along, second, across), place in zip(sides, found.xy, strict=True):
        draft.join((int(first), float(along)), (int(second), float(across)), place)
    return draft.finish(log)


def _closed(ways: Ways, within_m: float, log: list[pd.DataFrame]) -> Ways:
    draft = _Draft(ways)
    found = loose_ends(ways, draft.pieces, within_m=within_m)
    for vertex, way, piece, along in zip(found.vertex, found.way, found.piece, found.along, strict=True):
        draft.lead_on(int(vertex), int(way), (int(piece), float(along)))
    return draft.finish(log)


def _dropped(ways: Ways, log: list[pd.DataFrame]) -> Ways:
    """Leave out ways drawn twice, then repeated vertices, then ways that have no length at all."""
    twin = repeated_ways(ways)
    ways = _without(ways, twin >= 0, twin, "drop_duplicate", log)
    steps = empty_steps(ways)
    gone = np.bincount(ways.way_of_vertex[steps], minlength=len(ways))
    left = np.diff(ways.offsets) - gone
    ways = _without(ways, left < 2, np.full(len(ways), -1), "drop_empty", log)
    steps = empty_steps(ways)
    if not len(steps):
        return ways
    way = ways.way_of_vertex[steps]
    counts = np.diff(ways.offsets) - np.bincount(way, minlength=len(ways))
    shorter = replace(ways, vertex=np.delete(ways.vertex, steps), offsets=_offsets(counts))
    rows = [("drop_empty", w, -1, xy) for w, xy in zip(way.tolist(), ways.xy[ways.vertex[steps]], strict=True)]
    log.append(_edits(ways, shorter, rows))
    return shorter


def _without(ways: Ways, drop: np.ndarray, twin: Ints, kind: str, log: list[pd.DataFrame]) -> Ways:
    if not drop.any():
        return ways
    gone = np.flatnonzero(drop)
    rows = [
        (kind, w, t, ways.xy[ways.vertex[ways.offsets[w]]])
        for w, t in zip(gone.tolist(), twin[gone].tolist(), strict=True)
    ]
    log.append(_edits(ways, None, rows))
    counts = np.diff(ways.offsets)
    return replace(
        ways,
        way_id=ways.way_id[~drop],
        tags=ways.tags[~drop].reset_index(drop=True),
        vertex=ways.vertex[np.repeat(~drop, counts)],
        offsets=_offsets(counts[~drop]),
    )


class _Draft:
    """Edits of one round, gathered and then made at once."""

    def __init__(self, ways: Ways) -> None:
        self.ways = ways
        self.pieces = segments_of(ways)
        self.puts: list[tuple[int, int, float, int]] = []  # before place, of way, share along the piece, vertex
        self.new: list[Floats] = []
        self.same: dict[int, int] = {}
        self.rows: list[tuple[str, int, int, Floats]] = []
        self.edited: dict[int, list[float]] = {}

    def join(self, one: tuple[int, float], other: tuple[int, float], place: Floats) -> None:
        """Give two pieces a common vertex at a place of each; wait a round where another edit is near."""
        if not (self._free(*one) and self._free(*other)):
            return
        held = self._end(*one), self._end(*other)
        if held[0] >= 0 and held[1] >= 0:
            self._merge(*held, one[0], other[0])
            return
        vertex = max(held) if max(held) >= 0 else self._vertex(place)
        for (piece, along), end, beside in ((one, held[0], other[0]), (other, held[1], one[0])):
            if end < 0:
                self._put(piece, along, vertex, beside)

    def lead_on(self, vertex: int, way: int, target: tuple[int, float]) -> None:
        """Lead a loose end on to a place of a piece; of two ends that want each other, the first."""
        end = self._end(*target)
        if vertex in self.same or end in self.same or not self._free(*target):
            return
        if end < 0:
            place = self._at(*target)
            end = self._vertex(place)
            self._put(target[0], target[1], end, None)
        last = int(self.ways.vertex[self.ways.offsets[way + 1] - 1]) == vertex
        at, order = (self.ways.offsets[way + 1], -1.0) if last else (self.ways.offsets[way], 2.0)
        self.puts.append((int(at), way, order, end))
        self.same |= {vertex: vertex, end: end}
        self.rows.append(("close_gap", way, int(self.pieces.way[target[0]]), self.ways.xy[vertex]))

    def finish(self, log: list[pd.DataFrame]) -> Ways:
        """Return the streets with the edits made, and write them down."""
        if not self.rows:
            return self.ways
        ways, puts = self.ways, sorted(self.puts)
        alias = np.arange(len(ways.xy) + len(self.new))
        alias[list(self.same)] = list(self.same.values())
        vertex = np.insert(ways.vertex, [p[0] for p in puts], [p[3] for p in puts])
        counts = np.diff(ways.offsets) + np.bincount([p[1] for p in puts], minlength=len(ways)).astype(np.int64)
        xy = np.concatenate([ways.xy, np.reshape(self.new, (-1, 2))])
        mended = replace(ways, vertex=alias[vertex], offsets=_offsets(counts), xy=xy)
        log.append(_edits(ways, mended, self.rows))
        return mended

    def _free(self, piece: int, along: float) -> bool:
        apart = _APART_M / max(self._length(piece), _APART_M)
        ends = {int(self.pieces.start[piece]), int(self.pieces.end[piece])}
        return all(abs(along - a) > apart for a in self.edited.get(piece, ())) and not ends & self.same.keys()

    def _end(self, piece: int, along: float) -> int:
        """Return the end of a piece that lies at a place of it, or -1."""
        far = along * self._length(piece), (1 - along) * self._length(piece)
        if min(far) > TOUCH_M:
            return -1
        return int(self.pieces.start[piece] if far[0] <= far[1] else self.pieces.end[piece])

    def _merge(self, keep: int, drop: int, piece: int, beside: int) -> None:
        if keep == drop:
            return
        self.same |= {drop: keep, keep: keep}
        way, other = int(self.pieces.way[beside]), int(self.pieces.way[piece])
        self.rows.append(("join_vertices", way, other, self.ways.xy[keep]))

    def _vertex(self, place: Floats) -> int:
        self.new.append(place)
        return len(self.ways.xy) + len(self.new) - 1

    def _put(self, piece: int, along: float, vertex: int, beside: int | None) -> None:
        way, at = int(self.pieces.way[piece]), int(self.pieces.position[piece]) + 1
        self.puts.append((at, way, along, vertex))
        self.edited.setdefault(piece, []).append(along)
        if beside is not None:
            self.rows.append(("node_crossing", way, int(self.pieces.way[beside]), self._at(piece, along)))

    def _at(self, piece: int, along: float) -> Floats:
        a, b = self.ways.xy[self.pieces.start[piece]], self.ways.xy[self.pieces.end[piece]]
        place: Floats = a + along * (b - a)
        return place

    def _length(self, piece: int) -> float:
        step = self.ways.xy[self.pieces.end[piece]] - self.ways.xy[self.pieces.start[piece]]
        return float(np.hypot(*step))


def _offsets(counts: Ints) -> Ints:
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)


def _edits(before: Ways, after: Ways | None, rows: list[tuple[str, int, int, Floats]]) -> pd.DataFrame:
    """Return the rows of the table; with nothing after, the ways are gone."""
    kind, place = [row[0] for row in rows], np.array([row[3] for row in rows])
    way, other = (np.array([row[i] for row in rows], dtype=np.int64) for i in (1, 2))
    was, were = way_lengths(before)[way], np.diff(before.offsets)[way]
    named = np.where(other >= 0, before.way_id[other], "")
    return pd.DataFrame(
        {
            "kind": kind,
            "way_id": before.way_id[way].astype(object),
            "other_way_id": named.astype(object),
            "x": place[:, 0],
            "y": place[:, 1],
            "length_before_m": was,
            "length_after_m": 0.0 if after is None else way_lengths(after)[way],
            "vertices_before": were,
            "vertices_after": 0 if after is None else np.diff(after.offsets)[way],
        }
    )
