"""Streets cut at points on them, so that something can be joined there: `cut_at`."""

from dataclasses import dataclass, replace

import numpy as np
import shapely
from numpy.typing import NDArray

from .snap import Snaps
from .streets import StreetNetwork

_AT_END_M = 1e-3  # nearer to the end of an edge than this is at the end: no cut
_OF_EDGE = ("forward", "backward", "way", "name", "highway", "speed_kmh", "grade")
Floats = NDArray[np.float64]
Positions = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class Cut:
    """Streets after cutting: the edge each piece is `of`, and where on it, in metres, the piece begins."""

    network: StreetNetwork
    of: Positions
    begin_m: Floats

    def moved(self, snaps: Snaps) -> Snaps:
        """Return where points that touched the uncut streets touch the pieces."""
        whole = np.bincount(self.of, weights=self.network.length_m) + 1.0  # so that no two edges share a place
        start = np.cumsum(whole) - whole
        first = np.searchsorted(self.of, np.arange(len(whole)))
        last = np.append(first[1:], len(self.of)) - 1
        at = np.searchsorted(start[self.of] + self.begin_m, start[snaps.edge] + snaps.offset_m, side="right") - 1
        piece = np.clip(at, first[snaps.edge], last[snaps.edge])
        offset = np.clip(snaps.offset_m - self.begin_m[piece], 0.0, self.network.length_m[piece])
        return replace(snaps, edge=piece.astype(np.int32), offset_m=offset)


def cut_at(network: StreetNetwork, edge: NDArray[np.integer], offset_m: Floats) -> tuple[Cut, Positions]:
    """Return the same streets with a node at each point, and the nodes of the points.

    Exact: lengths add up, the drawing stays, pieces stand in the place of their edge and keep what is known of it.
    Ids: nodes that are added are cut1, cut2 …, pieces of an edge its id with .1, .2 …

    Args:
        network: the streets.
        edge, offset_m: where the points are (points,): positions of edges, metres along them from their start.
    """
    length = network.length_m[edge]
    low, high = offset_m <= _AT_END_M, length - offset_m <= _AT_END_M
    inner = ~(low | high)
    cuts, number = np.unique(np.column_stack([edge[inner], offset_m[inner]]), axis=0, return_inverse=True)
    n = len(network.node_id)
    node = np.where(low, network.from_node[edge], network.to_node[edge]).astype(np.int64)
    node[inner] = n + number.reshape(-1)
    return _cut(network, cuts[:, 0].astype(np.int64), cuts[:, 1]), node


def _cut(network: StreetNetwork, edge: Positions, offset: Floats) -> Cut:
    """Cut at points that differ, lie inside their edges and are sorted by edge and offset."""
    new = np.arange(len(edge))
    pieces = 1 + np.bincount(edge, minlength=len(network))
    of = np.repeat(np.arange(len(network)), pieces)
    before = edge + new  # the piece that ends at each cut; the next one starts there
    begin, end = np.zeros(len(of)), network.length_m[of]
    begin[before + 1] = end[before] = offset
    ends = network.from_node[of], network.to_node[of]
    ends[0][before + 1] = ends[1][before] = len(network.node_id) + new
    share = offset / network.length_m[edge]
    at = shapely.get_coordinates(shapely.line_interpolate_point(network.lines[edge], share, normalized=True))
    coords, offsets = _drawing(network, edge, share, at)
    kept = {name: getattr(network, name)[of] for name in _OF_EDGE}
    whole = replace(
        network,
        node_id=np.concatenate([network.node_id, np.char.add("cut", (new + 1).astype(str))]),
        node_xy=np.concatenate([network.node_xy, at.reshape(-1, 2)]),
        edge_id=_piece_ids(network.edge_id, of, pieces),
        from_node=ends[0],
        to_node=ends[1],
        length_m=end - begin,
        coords=coords,
        offsets=offsets,
        waits=np.append(network.waits, np.zeros(len(edge), np.uint8)),
        **kept,
    )
    return Cut(network=whole, of=of, begin_m=begin)


def _piece_ids(ids: NDArray[np.str_], of: Positions, pieces: Positions) -> NDArray[np.str_]:
    number = np.arange(len(of)) - np.repeat(np.cumsum(pieces) - pieces, pieces) + 1
    many = np.char.add(np.char.add(ids[of], "."), number.astype(str))
    return np.where(pieces[of] > 1, many, ids[of]).astype(np.str_)


def _drawing(network: StreetNetwork, edge: Positions, share: Floats, at: Floats) -> tuple[Floats, Positions]:
    """Return the coordinates with every cut put in twice, as the end of a piece and as the start of the next."""
    counts = np.diff(network.offsets)
    of = np.repeat(np.arange(len(network)), counts)
    first, last = network.offsets[:-1], network.offsets[1:] - 1
    step = np.append(0.0, np.linalg.norm(np.diff(network.coords, axis=0), axis=1))
    step[first] = 0.0
    run = np.cumsum(step)
    along = run - run[first][of]
    drawn = along[last]
    turn = np.zeros(len(of))  # of what lies equally far along: the first vertex, the cuts in order, the last vertex
    turn[first], turn[last] = -1.0, 2.0 * len(edge) + 3
    cut = 1.0 + 2 * np.arange(len(edge))
    where = np.concatenate([of, edge, edge])
    order = np.lexsort(
        (
            np.concatenate([turn, cut, cut + 1]),
            np.concatenate([along, share * drawn[edge], share * drawn[edge]]),
            where,
        )
    )
    starts = np.concatenate([turn == -1.0, np.zeros(len(edge), bool), np.ones(len(edge), bool)])[order]
    coords = np.concatenate([network.coords, at.reshape(-1, 2), at.reshape(-1, 2)])[order]
    return coords, np.append(np.flatnonzero(starts), len(order)).astype(np.int64)
