"""Streets laid out for a search, and how points hang on them."""

from dataclasses import dataclass, replace
from typing import Literal, NamedTuple, get_args

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray

from ..errors import NetworkError
from ..network import Mode, Snaps, StreetNetwork, Transit, TransitNetwork, snap
from . import kernels

_ARCS, _LOOKED_AT = 3, 1000  # arcs a band is wide; measured to be best from 15 minutes on foot to ten times as far
_AT_END_M = 1e-3  # nearer to the end of an edge than this is at the end
Direction = Literal["to", "from"]
Csr = tuple[NDArray[np.uint32], NDArray[np.uint32], NDArray[np.float64]]
Legs = tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float64]]


@dataclass(frozen=True, kw_only=True)
class Ends:
    """Points on the network: their snaps, the minutes of each access leg, and whether it is short enough."""

    snaps: Snaps
    access_min: NDArray[np.float64]
    near: NDArray[np.bool_]
    inside: NDArray[np.bool_]

    def only(self, rows: slice) -> "Ends":
        """Return some of the points."""
        s = self.snaps
        some = replace(s, ids=s.ids[rows], edge=s.edge[rows], offset_m=s.offset_m[rows], access_m=s.access_m[rows])
        return Ends(snaps=some, access_min=self.access_min[rows], near=self.near[rows], inside=self.inside[rows])


def refuse(network: StreetNetwork, mode: Mode, direction: Direction) -> None:
    """Refuse what no search can answer.

    Raises:
        NetworkError: a mode that gets nobody anywhere, or a direction that is neither "to" nor "from".
    """
    network.require(mode)
    if direction not in get_args(Direction):
        raise NetworkError("direction", value=direction)


class Arcs(NamedTuple):
    """Streets as a search takes them: from node `row` on to node `column`, in `minutes`, along `edge`.

    `side` tells whether the row's node is the edge's first (0) or last (1).
    """

    row: NDArray[np.int32]
    column: NDArray[np.int32]
    minutes: NDArray[np.float64]
    edge: NDArray[np.int32]
    side: NDArray[np.int8]


def arcs_of(network: StreetNetwork, mode: Mode, direction: Direction) -> Arcs:
    """Return where a search from facilities goes on.

    "to": against travel, to the nodes people come from; "from": along it.
    """
    bits = (network.backward, network.forward) if direction == "to" else (network.forward, network.backward)
    low, high = (np.flatnonzero(b & mode.bit).astype(np.int32) for b in bits)
    against = direction == "to"  # what a search leaves by its first node is travelled towards it
    minutes = network.minutes(mode, against=against)[low], network.minutes(mode, against=not against)[high]
    return Arcs(
        row=np.concatenate([network.from_node[low], network.to_node[high]]),
        column=np.concatenate([network.to_node[low], network.from_node[high]]),
        minutes=np.concatenate(minutes),
        edge=np.concatenate([low, high]),
        side=np.repeat(np.array([0, 1], np.int8), [len(low), len(high)]),
    )


def search_arcs(network: StreetNetwork, mode: Mode, direction: Direction) -> Csr:
    """Return CSR by node: where a search from facilities goes on, and the minutes there.

    By public transport the nodes and arcs of the lines come after those of the streets.
    """
    arcs = arcs_of(network, mode, direction)
    if not (isinstance(network, TransitNetwork) and isinstance(mode, Transit)):
        return in_rows(arcs.row, arcs.column, arcs.minutes, len(network.node_id))
    tail, head, minutes = network.links(mode)
    row, column = (head, tail) if direction == "to" else (tail, head)
    return in_rows(
        np.concatenate([arcs.row, row]),
        np.concatenate([arcs.column, column]),
        np.concatenate([arcs.minutes, minutes]),
        network.n_nodes,
    )


def in_rows(row: NDArray, column: NDArray, value: NDArray, n: int) -> Csr:
    """Return pairs in CSR form, `n` rows; within a row they stay in order."""
    indptr, order = kernels.row_order(row.astype(np.int64), n)
    return indptr, column[order].astype(np.uint32), value[order].astype(np.float64)


def band_width(minutes: NDArray[np.float64], limit: float) -> float:
    """Return how much farther a search may look at a time: three arcs of those in the middle, of a thousand looked at.

    Wider, and nodes are settled again and again; narrower, and there are more turns, of less each. At most 2^14 bands.
    """
    some = minutes[:: len(minutes) // _LOOKED_AT + 1]
    median = float(np.median(some)) if len(some) else 0.0
    return max(_ARCS * median, 1e-6, limit / (1 << 14))


def hang(network: StreetNetwork, points: gpd.GeoSeries | gpd.GeoDataFrame, mode: Mode) -> Ends:
    """Snap points to the streets of a mode."""
    cut = isinstance(network, TransitNetwork)
    snaps = network.snap(points, mode=mode) if cut else snap(network, points, mode=mode)  # type: ignore[attr-defined]
    west, south, east, north = network.bounds
    x, y = points.geometry.x.to_numpy(), points.geometry.y.to_numpy()
    return Ends(
        snaps=snaps,
        access_min=mode.minutes(snaps.access_m),
        near=snaps.access_m <= mode.snap_max_m,
        inside=(x >= west) & (x <= east) & (y >= south) & (y <= north),
    )


def shares(network: StreetNetwork, ends: Ends) -> NDArray[np.float64]:
    """Return where on its edge each point stands, from 0 at its first node to 1 at its last."""
    length = network.length_m[ends.snaps.edge]
    return np.divide(ends.snaps.offset_m, length, out=np.zeros(len(length)), where=length > 0)


def legs(network: StreetNetwork, mode: Mode, ends: Ends, *, leaving: bool) -> Legs:
    """Return (point, node, minutes) of the ways between points and the two ends of their edges.

    `leaving`: travelled from the point to the node; else from the node to the point.
    A point at an end of its edge stands at the crossing, whatever way the edge runs.
    """
    edge, point, length = ends.snaps.edge, np.arange(len(ends.snaps.edge)), network.length_m[ends.snaps.edge]
    share = shares(network, ends)
    low_min, high_min = (network.minutes(mode, against=back)[edge] for back in (leaving, not leaving))
    along, against = (network.forward[edge] & mode.bit) > 0, (network.backward[edge] & mode.bit) > 0
    low, high = (against, along) if leaving else (along, against)
    low = (low | (ends.snaps.offset_m <= _AT_END_M)) & ends.near
    high = (high | (length - ends.snaps.offset_m <= _AT_END_M)) & ends.near
    to_low, to_high = ends.access_min + share * low_min, ends.access_min + (1 - share) * high_min
    return (
        np.concatenate([point[low], point[high]]),
        np.concatenate([network.from_node[edge[low]], network.to_node[edge[high]]]),
        np.concatenate([to_low[low], to_high[high]]),
    )
