"""Way tables become a network: cut at crossings, folded, without doubles."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ..errors import NetworkError
from ..layers.parts import FERRY
from ..layers.streets import Ways
from .chains import Ints, Open, Runs, join_chains
from .doubles import there_and_back
from .ferries import ferry_kmh
from .gates import hang_gates, with_keys
from .modes import BIKE, RIDDEN, access_masks, marked_pushed
from .slope import bends, grades
from .spots import closed_at, waits_at
from .streets import StreetNetwork
from .z_order import z_order

Bits = NDArray[np.uint8]


def build_network(ways: Ways) -> StreetNetwork:
    """Cut ways where they meet and return the network.

    Ways that go there and back over the same vertices are folded into one two-way street; edges that
    repeat another (same ends, same drawing) are merged, and what either allows is allowed; edges of one class,
    name and access that meet where nothing branches are joined, with all their vertices. Gates part streets for those
    they stop, but private ones not for who has no other way; where the ways carry heights, every edge has one grade.

    Raises:
        NetworkError: nothing is left to travel on.
    """
    forward, backward = access_masks(ways.tags)
    runs, forward, backward, folded = _fold(ways, forward, backward)
    (closed, private), waits, grade = closed_at(ways), waits_at(ways), grades(ways, runs)
    fixed = (closed > 0) | (waits > 0) | bends(grade, runs, len(ways.xy))
    cut, step = _cut(runs, fixed)
    length = _lengths(cut, ways.xy)
    keep, forward, backward = _merge(cut, length, forward[cut.way], backward[cut.way])
    empty = (length == 0) & (cut.start == cut.end)
    doubles = int((~keep & ~empty).sum())
    keep &= ~empty
    if not keep.any():
        raise NetworkError("no_edges")
    kept, told = cut.only(keep), Open(forward, backward, grade[step]).only(keep)
    keys = with_keys(kept, told.forward | told.backward, closed, private)
    ways, kept, told, through = _gated(ways, kept, told, closed & ~keys)
    waits = np.append(waits, np.zeros(len(ways.xy) - len(waits), np.uint8))
    joined, told = join_chains(kept, told, _likeness(ways)[kept.way], waits > 0)
    repairs = {
        "folded_ways": folded,
        "empty_loops": int(empty.sum()),
        "merged_doubles": doubles,
        "joined_chains": len(kept.way) - len(joined.way),
        "gate_pieces": through,
        "private_gates": int((private > 0).sum()),
        "gates_with_keys": int((keys > 0).sum()),
    }
    return _assemble(ways, joined, told, waits, repairs)


def _gated(ways: Ways, runs: Runs, open_: Open, closed: Bits) -> tuple[Ways, Runs, Open, int]:
    """Part the lines at the gates that stop somebody; also return how many pieces without length lead through."""
    closed = closed | np.where(closed & BIKE.bit, np.uint8(RIDDEN), np.uint8(0))
    parted, old, passing = hang_gates(runs, open_.forward | open_.backward, closed, len(ways.xy))
    with_gates = Open(
        np.concatenate([open_.forward, passing]),
        np.concatenate([open_.backward, passing]),
        np.concatenate([open_.grade, np.zeros(len(passing))]),
    )
    return replace(ways, xy=np.concatenate([ways.xy, ways.xy[old]])), parted, with_gates, len(passing)


def _fold(
    ways: Ways, forward: NDArray[np.uint8], backward: NDArray[np.uint8]
) -> tuple[Runs, NDArray[np.uint8], NDArray[np.uint8], int]:
    """Cut ways that return over their own vertices in half, and open the half both ways."""
    counts, back = np.diff(ways.offsets), there_and_back(ways)
    length = np.where(back, counts // 2 + 1, counts)
    position = np.arange(len(ways.vertex)) - np.repeat(ways.offsets[:-1], counts)
    vertex = ways.vertex[position < np.repeat(length, counts)]
    both = forward | backward
    runs = Runs(vertex, np.concatenate([[0], np.cumsum(length)]), np.arange(len(ways)))
    return runs, np.where(back, both, forward), np.where(back, both, backward), int(back.sum())


def _likeness(ways: Ways) -> Ints:
    """Return a number that ways of the same class and name share; a ferry is like no other way."""
    label = ways.tags["highway"].astype(str) + "\t" + ways.tags["name"].astype(str)
    label = label + np.where(ways.tags["highway"] == FERRY, ways.way_id, "")
    return label.factorize()[0].astype(np.int64)


def _cut(runs: Runs, fixed: NDArray[np.bool_]) -> tuple[Runs, Ints]:
    """Cut lines at every vertex that is an end, stands in more than one place, or is `fixed`.

    Also return the place in `runs.vertex` at which each begins.
    """
    n = len(runs.vertex)
    is_start, is_end = np.zeros(n, bool), np.zeros(n, bool)
    is_start[runs.offsets[:-1]] = True
    is_end[runs.offsets[1:] - 1] = True
    crossing = (np.bincount(runs.vertex, minlength=len(fixed)) > 1) | fixed
    crossing[runs.vertex[is_start | is_end]] = True
    at = crossing[runs.vertex]
    first = np.flatnonzero(at & ~is_end)
    last = np.flatnonzero(at & ~is_start)
    counts = last - first + 1
    offsets = np.concatenate([[0], np.cumsum(counts)])
    flat = np.repeat(first - offsets[:-1], counts) + np.arange(offsets[-1])
    return Runs(runs.vertex[flat], offsets, np.repeat(runs.way, np.diff(runs.offsets))[first]), first


def _lengths(runs: Runs, xy: NDArray[np.float64]) -> NDArray[np.float64]:
    step = np.linalg.norm(np.diff(xy[runs.vertex], axis=0), axis=1)
    step = np.append(step, 0.0)
    step[runs.offsets[1:] - 1] = 0.0  # the step from one line to the next is none
    length: NDArray[np.float64] = np.add.reduceat(step, runs.offsets[:-1])
    return length


def _merge(
    runs: Runs, length: NDArray[np.float64], forward: NDArray[np.uint8], backward: NDArray[np.uint8]
) -> tuple[NDArray[np.bool_], NDArray[np.uint8], NDArray[np.uint8]]:
    """Keep the first of edges with the same ends and drawing, open to all that any of them is open to."""
    flip = runs.start > runs.end
    low, high = np.minimum(runs.start, runs.end), np.maximum(runs.start, runs.end)
    drawing = np.round(length * 1000).astype(np.int64), np.diff(runs.offsets), _drawing_sum(runs)
    _, first, group = np.unique(np.column_stack([low, high, *drawing]), axis=0, return_index=True, return_inverse=True)
    group = group.reshape(-1)
    along, against = np.where(flip, backward, forward), np.where(flip, forward, backward)
    merged = [np.zeros(len(first), np.uint8) for _ in range(2)]
    np.bitwise_or.at(merged[0], group, along)
    np.bitwise_or.at(merged[1], group, against)
    along, against = merged[0][group], merged[1][group]
    keep = np.zeros(len(length), bool)
    keep[first] = True
    return keep, np.where(flip, against, along), np.where(flip, along, against)


def _drawing_sum(runs: Runs) -> Ints:
    """Return a number that lines over the same vertices share, whichever way they run."""
    total: Ints = np.add.reduceat(runs.vertex, runs.offsets[:-1])
    return total


def _assemble(ways: Ways, runs: Runs, open_: Open, waits: Bits, repairs: dict[str, int]) -> StreetNetwork:
    nodes, places = np.unique(np.concatenate([runs.start, runs.end]), return_inverse=True)
    order = z_order(ways.xy[nodes])
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    ends: NDArray[np.int32] = rank[places].astype(np.int32)
    m = len(runs.way)
    return StreetNetwork(
        node_id=np.char.add("n", np.arange(len(nodes)).astype(str)),
        node_xy=ways.xy[nodes[order]],
        edge_id=_edge_ids(ways.way_id[runs.way]),
        from_node=ends[:m],
        to_node=ends[m:],
        length_m=_lengths(runs, ways.xy),
        forward=marked_pushed(open_.forward),
        backward=marked_pushed(open_.backward),
        way=ways.way_id[runs.way],
        name=_column(ways, "name", runs.way),
        highway=_column(ways, "highway", runs.way),
        speed_kmh=ferry_kmh(ways)[runs.way],
        coords=ways.xy[runs.vertex],
        offsets=runs.offsets,
        grade=open_.grade,
        waits=waits[nodes[order]],
        crs=ways.crs,
        repairs=repairs,
    )


def _column(ways: Ways, tag: str, way: Ints) -> NDArray[np.str_]:
    return ways.tags[tag].to_numpy(dtype=np.str_)[way]


def _edge_ids(way_id: NDArray[np.str_]) -> NDArray[np.str_]:
    """Return way-1, way-2 … along each way."""
    order = np.argsort(way_id, kind="stable")
    grouped = way_id[order]
    starts = np.flatnonzero(np.append(True, grouped[1:] != grouped[:-1]))
    number = np.empty(len(way_id), np.int64)
    number[order] = np.arange(len(way_id)) - np.repeat(starts, np.diff(np.append(starts, len(way_id)))) + 1
    return np.char.add(np.char.add(way_id, "-"), number.astype(str))
