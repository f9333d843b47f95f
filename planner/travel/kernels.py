"""Bounded shortest-path searches over arrays, compiled.

All work in float64 minutes on arcs in CSR form, label-correcting, with a near and a far pile: a front of nodes is
spread along its arcs all at once, what leads to shorter times is settled, and what of it is no farther than a band
makes the next front; the rest waits in a pile until the band is exhausted. Order does not matter for the answer, so
there is no heap, nothing is rounded, and arcs of no length are allowed. A node waits in the front once and in the pile
once, so no array can overflow.

What costs time here is not arithmetic but branches that nobody can foretell. So lists are filled without any: an entry
is always written, and the end of the list moves by 1 or 0. Indices are unsigned, which spares the test for negatives.

Source: A. Davidson, S. Baxter, M. Garland and J. D. Owens, IPDPS 2014 (near and far piles), after U. Meyer and
P. Sanders, delta-stepping, J. Algorithms 2003.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..compiled import inner, njit
from .times import SLACK_MIN

Positions = NDArray[np.uint32]
Nodes = NDArray[np.uint32]
Minutes = NDArray[np.float64]
Rows = tuple[Positions, Nodes, Minutes]
Arcs = Rows
Found = tuple[NDArray[np.int32], NDArray[np.int32]] | None
"""The owner by node, and that of each candidate; None where nobody asks for owners."""

_ONE, _TWO = np.uint64(1), np.uint64(2)
_NOWHERE, _PILE, _FRONT = np.uint8(0), np.uint8(1), np.uint8(2)


class Wave(NamedTuple):
    """What a search works in.

    By node: label, minutes, `far` where it is not reached; state, in which list it waits. Lists of nodes, one longer
    than there are nodes: front, pile, touched. Lists of candidates, one longer than there are arcs and starts: heads
    and minutes. `far` is the least number above the cutoff.
    """

    label: Minutes
    state: NDArray[np.uint8]
    front: Nodes
    pile: Nodes
    touched: Nodes
    heads: Nodes
    minutes: Minutes
    far: float


class Room(NamedTuple):
    """Where pairs go: best minutes by point, `far` between sources; ends by source; points and minutes of the pairs."""

    best: Minutes
    ends: NDArray[np.int64]
    points: NDArray[np.int32]
    minutes: NDArray[np.float32]


def new_wave(arcs: Arcs, n_starts: int, cutoff: float) -> Wave:
    """Return a wave for searches along `arcs` from up to `n_starts` nodes at once."""
    n, room, far = len(arcs[0]) - 1, len(arcs[1]) + n_starts + 1, float(np.nextafter(cutoff, np.inf))
    front, pile, touched = (np.empty(n + 1, np.uint32) for _ in range(3))
    heads, minutes = np.empty(room, np.uint32), np.empty(room)
    return Wave(np.full(n, far), np.zeros(n, np.uint8), front, pile, touched, heads, minutes, far)


@inner
def copied(source: NDArray, begin: int, end: int, target: NDArray, at: int) -> None:
    """Copy `source[begin:end]` to `target` from `at` on."""
    for i in range(end - begin):
        target[at + i] = source[begin + i]


@inner
def _settle(wave: Wave, found: Found, n: int, counts: tuple[int, int], near: float) -> tuple[int, int, int]:
    """Take over which of `n` candidates are nearer than known; return nodes in the front, in the pile, and touched.

    `counts`: nodes in the pile and touched so far. Of equally near candidates the lower owner wins.
    """
    label, state, front, pile, touched, heads, minutes, far = wave
    n_front, n_pile, n_touched = np.uint64(0), np.uint64(counts[0]), np.uint64(counts[1])
    for k in range(n):
        to, t = np.uint64(heads[k]), minutes[k]
        old, was = label[to], state[to]
        nearer = t < old
        if found is not None:
            who, held = found[1][k], found[0][to]
            nearer = nearer | ((t == old) & (who < held))
            found[0][to] = who if nearer else held
        else:
            touched[n_touched] = to
            n_touched += np.uint64(nearer & (old == far))
        label[to] = min(t, old)
        close = nearer & (t < near)
        front[n_front] = to
        n_front += np.uint64(close & (was != _FRONT))
        pile[n_pile] = to
        n_pile += np.uint64(nearer & (t >= near) & (was == _NOWHERE))
        state[to] = max(was, np.uint8(nearer) + np.uint8(close))
    return n_front, n_pile, n_touched


@inner
def _draw(wave: Wave, n_pile: int, band: float) -> tuple[int, int, float]:
    """Move the nearest of the pile to the front; return nodes in the front, in the pile, and up to where is near."""
    label, state, front, pile = wave.label, wave.state, wave.front, wave.pile
    least = np.inf
    for k in range(n_pile):
        node = np.uint64(pile[k])
        t = label[node]
        least = t if (state[node] == _PILE) & (t < least) else least
    near, n_front, kept = least + band, np.uint64(0), np.uint64(0)
    for k in range(n_pile):
        node = np.uint64(pile[k])
        waits, close = state[node] == _PILE, label[node] < near
        front[n_front] = node
        n_front += np.uint64(waits & close)
        pile[kept] = node
        kept += np.uint64(waits & (not close))
        state[node] += np.uint8(waits & close)
    return n_front, kept, near


@inner
def _spread(arcs: Arcs, wave: Wave, found: Found, n_front: int) -> int:
    """Follow the arcs of the front; return to how many candidates they lead.

    Two arcs at a time, the second perhaps one too many and then not counted: that halves the turns of the loop.
    """
    indptr, arc_heads, costs = arcs
    label, state, front, heads, minutes = wave.label, wave.state, wave.front, wave.heads, wave.minutes
    last, n = np.uint64(len(costs) - 1), np.uint64(0)
    for k in range(n_front):
        node = np.uint64(front[k])
        base, a, end = label[node], np.uint64(indptr[node]), np.uint64(indptr[node + _ONE])
        state[node] = _NOWHERE
        who = np.int32(0) if found is None else found[0][node]
        while a < end:
            for _ in range(_TWO):
                at = min(a, last)
                to, t = np.uint64(arc_heads[at]), base + costs[at]
                heads[n] = to
                minutes[n] = t
                if found is not None:
                    found[1][n] = who
                    nearer = t <= label[to]
                else:
                    nearer = t < label[to]
                n += np.uint64(nearer & (a < end))
                a += _ONE
    return n


@inner
def _search(arcs: Arcs, wave: Wave, found: Found, n: int, band: float) -> int:
    """Search from `n` candidates, which the wave holds; return how many nodes are touched."""
    near, n_pile, n_touched = band, np.uint64(0), np.uint64(0)
    n_candidates = np.uint64(n)
    while True:
        n_front, n_pile, n_touched = _settle(wave, found, n_candidates, (n_pile, n_touched), near)
        if n_front == 0:
            if n_pile == 0:
                return n_touched
            n_front, n_pile, near = _draw(wave, n_pile, band)
        n_candidates = _spread(arcs, wave, found, n_front)


@inner
def _read_ahead(arcs: Arcs, wave: Wave, owner: NDArray[np.int32], first: int, last: int) -> float:
    """Touch what belongs to the nodes from `first` to `last`, once every 64 bytes; return a sum that means nothing.

    A search reads memory here and there, and waits for each piece. Read in its order beforehand it comes quickly, and
    is near when the search wants it: that takes half the time from a search of a whole city.
    """
    total, low, high = 0.0, np.uint64(first), np.uint64(last)
    begin, end = np.uint64(arcs[0][low]), np.uint64(arcs[0][high])
    for a in range(begin, end, np.uint64(8)):
        total += arcs[2][a]
    for a in range(begin, end, np.uint64(16)):
        total += arcs[1][a]
    for node in range(low, high, np.uint64(8)):
        total += wave.label[node]
    for node in range(low, high, np.uint64(16)):
        total += arcs[0][node] + owner[node] + wave.state[node]
    return total


@njit(cache=True, nogil=True)
def nearest(
    arcs: Arcs, starts: tuple[Nodes, Minutes, NDArray[np.int32]], groups: NDArray[np.int64], wave: Wave, band: float
) -> NDArray[np.int32]:
    """Return the owner of the nearest start by node, -1 beyond the cutoff; the minutes stay in the wave's label.

    Of equally near starts the lower owner wins. Starts (node, minutes until there, owner) may repeat nodes. They are
    searched from group by group, `groups[i]` to `groups[i + 1]`, each improving on what is there: where groups lie
    apart, the memory a group works in stays small, and the answer is the same.
    """
    owner = np.full(len(wave.label), -1, np.int32)
    by = np.empty(len(wave.heads), np.int32)
    for g in range(len(groups) - 1):
        n = np.uint64(0)
        if groups[g] < groups[g + 1]:
            wave.minutes[0] = _read_ahead(arcs, wave, owner, starts[0][groups[g]], starts[0][groups[g + 1] - 1])
        for s in range(groups[g], groups[g + 1]):
            wave.heads[n], wave.minutes[n], by[n] = starts[0][s], starts[1][s], starts[2][s]
            n += _ONE
        _search(arcs, wave, (owner, by), n, band)
    for node in range(len(owner)):
        wave.label[node] = np.inf if owner[node] < 0 else wave.label[node]
    return owner


@njit(cache=True, nogil=True)
def rounded_up(minutes: float) -> np.float32:
    """Return what `times.round_up` does, for one number."""
    exact = max(minutes - SLACK_MIN, 0.0)
    near = np.float32(exact)
    return np.int32(near.view(np.int32) + np.int32(near < exact)).view(np.float32)


@njit(cache=True, nogil=True)
def many_to_many(
    arcs: Arcs,
    rows: tuple[Rows, Rows, Rows],
    sources: tuple[int, int],
    wave: Wave,
    room: Room,
    band: float,
    more: float,
) -> tuple[int, int]:
    """Find the points within the cutoff of each source and their minutes, unsorted, rounded up.

    Fills the room source after source until it might not hold another; returns the source to go on with, and how many
    pairs are found.

    Args:
        arcs: to search along.
        rows: starts, CSR by source: nodes it enters the network at, and the minutes until then. Legs, CSR by node:
            points that can be left for from there, and the minutes of that last leg. Direct, CSR by source: points on
            its own edge, and the minutes along it.
        sources: first and last but one.
        wave, room: to work in; both are left as they were but for the pairs.
        band: minutes, see `_search`.
        more: minutes added to what is found.
    """
    starts, legs, direct = rows
    filled, n_points = np.uint64(0), np.uint64(len(room.best))
    for s in range(sources[0], sources[1]):
        if filled + n_points >= len(room.points):
            return s, filled
        n_touched = from_source(arcs, starts, s, wave, band)
        end = _collect(legs, direct, s, wave, n_touched, room, filled)
        for k in range(filled, end):
            point = np.uint64(room.points[k])
            room.minutes[k] = rounded_up(room.best[point] + more)
            room.best[point] = wave.far
        filled = np.uint64(end)
        room.ends[s] = filled
    return sources[1], filled


@inner
def from_source(arcs: Arcs, starts: Rows, s: int, wave: Wave, band: float) -> int:
    """Search from one source; return how many nodes are touched."""
    n = np.uint64(0)
    for k in range(starts[0][s], starts[0][s + 1]):
        wave.heads[n], wave.minutes[n] = starts[1][k], starts[2][k]
        n += _ONE
    return _search(arcs, wave, None, n, band)


@inner
def _collect(legs: Rows, direct: Rows, s: int, wave: Wave, n_touched: int, room: Room, filled: int) -> int:
    """Carry the labels over the last legs to the points, and clear them; return up to where the room is filled."""
    best, points, n = room.best, room.points, np.uint64(filled)
    for k in range(direct[0][s], direct[0][s + 1]):
        n = _offer(direct[1][k], direct[2][k], wave.far, best, points, n)
    for i in range(n_touched):
        node = np.uint64(wave.touched[i])
        base = wave.label[node]
        wave.label[node] = wave.far
        for k in range(legs[0][node], legs[0][node + _ONE]):
            n = _offer(legs[1][k], base + legs[2][k], wave.far, best, points, n)
    return n


@inner
def _offer(point: int, t: float, far: float, best: Minutes, points: NDArray[np.int32], n: int) -> int:
    p = np.uint64(point)
    old = best[p]
    points[n] = p
    best[p] = min(t, old)
    return n + np.uint64((t < old) & (old == far))


@njit(cache=True, nogil=True)
def tally(
    rows: NDArray[np.int64],
    row_of: NDArray[np.int64],
    points: NDArray[np.int32],
    first: int,
    last: int,
    counts: NDArray[Any],
) -> None:
    """Count the pairs of each point with the destinations from `first` to `last`; `row_of`: which row each has."""
    for d in range(first, last):
        row = row_of[d]
        for k in range(np.uint64(rows[row]), np.uint64(rows[row + 1])):
            counts[np.uint64(points[k])] += np.uint32(1)


@njit(cache=True, nogil=True)
def begin_rows(counts: NDArray[Any]) -> NDArray[np.int64]:
    """Return where the row of each point begins; turn the counts of each share into where it begins in these rows."""
    indptr, filled = np.empty(counts.shape[1] + 1, np.int64), np.int64(0)
    for point in range(counts.shape[1]):
        indptr[point] = filled
        for share in range(len(counts)):
            count = counts[share, point]
            counts[share, point] = filled
            filled += np.int64(count)
    indptr[-1] = filled
    return indptr


@njit(cache=True, nogil=True)
def scatter(
    rows: NDArray[np.int64],
    row_of: NDArray[np.int64],
    pairs: tuple[NDArray[np.int32], NDArray[np.float32]],
    turned: tuple[NDArray[np.int32], NDArray[np.float32]],
    first: int,
    last: int,
    cursor: NDArray[Any],
) -> None:
    """Write the pairs of the destinations from `first` to `last` into the rows of points, so that these stay sorted.

    `row_of`: which row is that of each destination; `cursor`: where each point's row goes on.
    """
    for d in range(first, last):
        row = row_of[d]
        for k in range(np.uint64(rows[row]), np.uint64(rows[row + 1])):
            point = np.uint64(pairs[0][k])
            at = np.uint64(cursor[point])
            turned[0][at] = d
            turned[1][at] = pairs[1][k]
            cursor[point] = at + _ONE


@njit(cache=True, nogil=True)
def row_order(row: NDArray[np.int64], n: int) -> tuple[Positions, NDArray[np.int64]]:
    """Return where each of `n` rows begins, and the positions of its entries one after another, in their order."""
    indptr = np.zeros(n + 1, np.uint32)
    for r in row:
        indptr[r + 1] += np.uint32(1)
    for r in range(n):
        indptr[r + 1] += indptr[r]
    cursor, order = indptr[:-1].copy(), np.empty(len(row), np.int64)
    for k in range(len(row)):
        order[cursor[row[k]]] = k
        cursor[row[k]] += np.uint32(1)
    return indptr, order
