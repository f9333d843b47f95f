"""Streets cut by mere vertices are joined again: chains of edges through nodes where nothing branches."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..compiled import njit

Ints = NDArray[np.int64]
_NONE = -1
SAME_GRADE = 1e-6  # grades nearer than this are one: a millimetre in a kilometre


@dataclass(frozen=True)
class Runs:
    """Lines over vertices: line `i` is `vertex[offsets[i]:offsets[i + 1]]`, cut from way `way[i]`."""

    vertex: Ints
    offsets: Ints
    way: Ints

    @property
    def start(self) -> Ints:
        """The first vertex of each line."""
        return self.vertex[self.offsets[:-1]]

    @property
    def end(self) -> Ints:
        """The last vertex of each line."""
        return self.vertex[self.offsets[1:] - 1]

    def only(self, keep: NDArray[np.bool_]) -> "Runs":
        """Return the lines kept."""
        counts = np.diff(self.offsets)
        vertex = self.vertex[np.repeat(keep, counts)]
        return Runs(vertex, np.concatenate([[0], np.cumsum(counts[keep])]), self.way[keep])


class Open(NamedTuple):
    """Who may go along each line and against it, as bits, and how it rises along it (rise over run)."""

    forward: NDArray[np.uint8]
    backward: NDArray[np.uint8]
    grade: NDArray[np.float64]

    def only(self, keep: NDArray[np.bool_] | Ints) -> "Open":
        """Return those of the lines kept."""
        return Open(self.forward[keep], self.backward[keep], self.grade[keep])


def join_chains(runs: Runs, open_: Open, likeness: Ints, fixed: NDArray[np.bool_]) -> tuple[Runs, Open]:
    """Join lines that meet where nothing else does, if both are open to the same, as steep, and of one likeness.

    Exact: lengths add up and every vertex stays. A joined line keeps the way of its first part. Lines stay apart at
    the vertices `fixed`.
    """
    edge, flipped, starts = _walk(_links(runs, open_, likeness, fixed))
    counts = np.diff(runs.offsets)[edge]
    inner = np.ones(len(edge), np.int64)
    inner[starts[:-1]] = 0  # but for the first part, the first vertex is the last one of the part before
    taken = counts - inner
    total = np.concatenate([[0], np.cumsum(taken)])
    step = np.arange(total[-1]) - np.repeat(total[:-1], taken) + np.repeat(inner, taken)
    low, high = runs.offsets[edge], runs.offsets[edge + 1] - 1
    at = np.where(np.repeat(flipped, taken), np.repeat(high, taken) - step, np.repeat(low, taken) + step)
    first, turned = edge[starts[:-1]], flipped[starts[:-1]]
    joined = Runs(runs.vertex[at], total[starts], runs.way[first])
    along, against, grade = open_.only(first)
    grade = np.where(turned, -grade, grade)
    return joined, Open(np.where(turned, against, along), np.where(turned, along, against), grade)


def _links(runs: Runs, open_: Open, likeness: Ints, fixed: NDArray[np.bool_]) -> Ints:
    """Return for each edge end (2 e + side) the other end it is joined to, or -1."""
    m = len(runs.way)
    node = np.column_stack([runs.start, runs.end]).ravel()
    away = np.column_stack([open_.forward, open_.backward]).ravel()
    back = np.column_stack([open_.backward, open_.forward]).ravel()
    rise = np.column_stack([open_.grade, -open_.grade]).ravel()
    order = np.argsort(node, kind="stable")
    sorted_nodes = node[order]
    first = np.flatnonzero(np.append(True, sorted_nodes[1:] != sorted_nodes[:-1]))
    two = first[np.diff(np.append(first, 2 * m)) == 2]
    a, b = order[two], order[two + 1]
    like = likeness[a // 2] == likeness[b // 2]
    same = (a // 2 != b // 2) & (away[a] == back[b]) & (back[a] == away[b]) & like & ~fixed[node[a]]
    same &= np.abs(rise[a] + rise[b]) <= SAME_GRADE
    link = np.full(2 * m, _NONE)
    link[a[same]] = b[same]
    link[b[same]] = a[same]
    return link


@njit(cache=True, nogil=True)
def _walk(link: Ints) -> tuple[Ints, NDArray[np.bool_], Ints]:
    """Return the edges chain by chain, which of them are walked against their drawing, and where chains start."""
    m = len(link) // 2
    edge = np.empty(m, np.int64)
    flipped = np.empty(m, np.bool_)
    starts = np.empty(m + 1, np.int64)
    seen = np.zeros(m, np.bool_)
    n_edges, n_chains = 0, 0
    for rings in range(2):  # chains with an end first; what is left goes round
        for e in range(m):
            if seen[e] or (rings == 0 and link[2 * e] != _NONE and link[2 * e + 1] != _NONE):
                continue
            enter = 2 * e if rings == 1 or link[2 * e] == _NONE else 2 * e + 1
            starts[n_chains] = n_edges
            n_chains += 1
            while enter != _NONE and not seen[enter // 2]:
                seen[enter // 2] = True
                edge[n_edges] = enter // 2
                flipped[n_edges] = enter % 2 == 1
                n_edges += 1
                enter = link[enter ^ 1]
    starts[n_chains] = n_edges
    return edge, flipped, starts[: n_chains + 1].copy()
