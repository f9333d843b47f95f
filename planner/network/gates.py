"""Gates stand in streets: who may not pass one gets to it from both sides, and no farther."""

import numpy as np
from numpy.typing import NDArray

from .chains import Ints, Runs

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
