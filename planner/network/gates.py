"""Gates stand in streets: who may not pass one gets to it from both sides, and no farther.

A gate closed by nothing but the word private keeps strangers out and lets residents in. Whoever has no other way out
lives behind it and has a key, so there it is open (`with_keys`); where its sides also meet without it, it is shut, and
nobody takes the short cut. A part behind such gates alone may be crossed through them.
"""

import numpy as np
from numpy.typing import NDArray

from .chains import Ints, Runs
from .modes import BIKE, DRIVE, WALK

Bits = NDArray[np.uint8]


def hang_gates(runs: Runs, open_to: Bits, closed: Bits, n_vertices: int) -> tuple[Runs, Ints, Bits]:
    """Return lines parted at the gates, and streets without length through each for those who may pass.

    At a vertex that stops somebody who may use its lines, every line but the first ends at a vertex of its own, and
    a new line leads from there to the first's.

    Args:
        runs: lines cut at every gate.
        open_to: who may use each line, one way or the other, as bits.
        closed: by vertex, whom a gate there stops.
        n_vertices: how many vertices there are; new ones are numbered from there on.

    Returns:
        the lines, new ones last; which old vertex each new one stands at; who may use each new line, both ways.
    """
    ends = np.concatenate([runs.offsets[:-1], runs.offsets[1:] - 1])  # places in runs.vertex: starts, then lasts
    line = np.tile(np.arange(len(runs.way)), 2)
    at = runs.vertex[ends]
    users = np.zeros(n_vertices, np.uint8)
    np.bitwise_or.at(users, at, open_to[line])
    gated = np.flatnonzero((closed & users)[at])
    gated = gated[np.argsort(at[gated], kind="stable")]
    again = np.zeros(len(gated), bool)  # every line but the first at its gate
    again[1:] = at[gated][1:] == at[gated][:-1]
    first = gated[np.maximum.accumulate(np.where(again, 0, np.arange(len(gated))))][again]
    gated = gated[again]
    new, old = n_vertices + np.arange(len(gated)), at[gated]
    vertex = runs.vertex.copy()
    vertex[ends[gated]] = new
    passing = users[old] & ~closed[old]
    some = passing > 0
    through = np.column_stack([old, new])[some].ravel()
    joined = Runs(
        np.concatenate([vertex, through]),
        np.concatenate([runs.offsets, runs.offsets[-1] + 2 * np.arange(1, some.sum() + 1)]),
        np.concatenate([runs.way, runs.way[line[first[some]]]]),
    )
    return joined, old, passing[some]


def with_keys(runs: Runs, open_to: Bits, closed: Bits, private: Bits) -> Bits:
    """Return by vertex whom a private gate lets pass, for they live behind it: as bits, of each mode by itself.

    With every gate closed the streets of a mode fall into parts, one-way streets joining them either way. A private
    gate where different parts meet leads from one that has no other way to the largest, and is open.

    Args:
        runs: lines cut at every gate.
        open_to: who may use each line, one way or the other, as bits.
        closed: by vertex, whom a gate there stops.
        private: of these, whom it stops by the word private alone.
    """
    keys = np.zeros(len(closed), np.uint8)
    for bit in (mode.bit for mode in (WALK, BIKE, DRIVE) if (private & mode.bit).any()):
        used = (open_to & bit) > 0
        ends = np.stack([runs.start[used], runs.end[used]])
        part = _parts(ends, (closed & bit) > 0)
        low, high = np.full(len(closed), part.max(initial=0)), np.zeros(len(closed), np.int64)
        np.minimum.at(low, ends, part)
        np.maximum.at(high, ends, part)
        keys[((private & bit) > 0) & (low < high)] |= np.uint8(bit)
    return keys


def _parts(ends: Ints, shut: NDArray[np.bool_]) -> Ints:
    """Return in which part both ends (2, m) of lines lie, where every line has an end of its own at a gate shut."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    own = len(shut) + np.arange(ends.size).reshape(ends.shape)
    first, last = np.where(shut[ends], own, ends)
    n = len(shut) + ends.size
    links = coo_array((np.ones(len(first), np.int8), (first, last)), shape=(n, n))
    part: Ints = connected_components(links, directed=False)[1][np.stack([first, last])].astype(np.int64)
    return part
