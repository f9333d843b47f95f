"""Where streets of one level cross or touch without a vertex in common, and where they do have one."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .. import presets
from ..layers.parts import FERRY
from ..layers.streets import Ways
from .streets import StreetNetwork
from .sweep import overlapping

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
TOUCH_M = 0.01  # a centimetre, to which street files are joined: nearer than this is the same place


@dataclass(frozen=True, kw_only=True)
class Segments:
    """The straight pieces of ways: piece `i` runs from vertex `start[i]` to `end[i]` of way `way[i]`.

    `position` is the place of its start in `Ways.vertex`. Pieces without length are left out.
    """

    way: Ints
    position: Ints
    start: Ints
    end: Ints


@dataclass(frozen=True, kw_only=True)
class Crossings:
    """Two pieces of street at one place of one level that share no vertex there.

    `first` and `second` are positions in `Segments`; `along_first` and `along_second` the place as a share (0 to 1)
    of each; `xy` the place in metres.
    """

    first: Ints
    second: Ints
    along_first: Floats
    along_second: Floats
    xy: Floats

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.first)

    def only(self, keep: NDArray[np.bool_] | Ints) -> "Crossings":
        """Return those kept."""
        return Crossings(**{name: value[keep] for name, value in vars(self).items()})


def segments_of(ways: Ways) -> Segments:
    """Return the straight pieces of all ways, in order."""
    last = np.zeros(len(ways.vertex), bool)
    last[ways.offsets[1:] - 1] = True
    position = np.flatnonzero(~last)
    way = ways.way_of_vertex[position]
    start, end = ways.vertex[position], ways.vertex[position + 1]
    some = start != end
    return Segments(way=way[some], position=position[some], start=start[some], end=end[some])


def open_crossings(ways: Ways, pieces: Segments) -> Crossings:
    """Return where pieces of one level cross, or one ends on another, and share no vertex.

    A bridge, a tunnel and what runs under or over them are not of one level; nor are two bridges, unless both say
    the same `layer`. A ferry crosses nothing.
    """
    first, second = _candidates(ways, pieces)
    found = _meet(ways.xy, pieces, first, second)
    ferry = (ways.tags["highway"] == FERRY).to_numpy()[pieces.way]
    found = found.only(~ferry[found.first] & ~ferry[found.second])
    return found.only(same_level(ways.tags, pieces.way[found.first], pieces.way[found.second]))


def crossings_at_grade(ways: Ways, pieces: Segments) -> Crossings:
    """Return the open crossings but for those of streets that may run on a viaduct (`may_be_raised`)."""
    found = open_crossings(ways, pieces)
    raised = may_be_raised(ways.tags)[pieces.way]
    return found.only(~raised[found.first] & ~raised[found.second])


def tells_levels(tags: pd.DataFrame) -> bool:
    """Return whether the file says which ways run on bridges or layers, as far as one can tell from how many do."""
    tagged = (tags[["bridge", "layer"]] != "").any(axis=1)
    return bool(tagged.mean() >= presets.load("streets")["level"]["tagged_share"])


def may_be_raised(tags: pd.DataFrame) -> NDArray[np.bool_]:
    """Return the ways that may run on a viaduct where the file does not say so: main roads without level tags."""
    if tells_levels(tags):
        return np.zeros(len(tags), bool)
    raised: NDArray[np.bool_] = tags["highway"].isin(presets.load("streets")["level"]["raised_highways"]).to_numpy()
    return raised


def crossroads(ways: Ways, pieces: Segments, counted: NDArray[np.bool_]) -> int:
    """Return how many vertices join four or more pieces of the ways counted: crossings that are noded."""
    kept = counted[pieces.way]
    ends = np.sort(np.column_stack([pieces.start[kept], pieces.end[kept]]), axis=1)
    ends = np.unique(ends, axis=0)  # a street drawn twice joins nothing twice
    return int((np.bincount(ends.ravel(), minlength=len(ways.xy)) >= 4).sum())


def ways_of(network: StreetNetwork) -> Ways:
    """Return a network's edges as ways that meet at its nodes and nowhere else; for networks made of frames."""
    n, m = len(network.node_id), len(network)
    vertex = n + np.arange(len(network.coords))
    vertex[network.offsets[:-1]] = network.from_node
    vertex[network.offsets[1:] - 1] = network.to_node
    tags = pd.DataFrame({key: np.full(m, "", dtype=object) for key in ("bridge", "tunnel", "layer")})
    return Ways(
        way_id=network.way,
        tags=tags.assign(highway=network.highway.astype(object), name=network.name.astype(object)),
        offsets=network.offsets,
        vertex=vertex,
        xy=np.concatenate([network.node_xy, network.coords]),
        crs=network.crs,
        declared=network.crs,
    )


def _candidates(ways: Ways, pieces: Segments) -> tuple[Ints, Ints]:
    """Return pairs of pieces whose boxes come near and that do not share both vertices."""
    a, b = ways.xy[pieces.start], ways.xy[pieces.end]
    first, second = overlapping(np.minimum(a, b) - TOUCH_M, np.maximum(a, b) + TOUCH_M)
    apart = _shared(pieces, first, second).sum(axis=1) < 4  # each shared vertex is counted from both sides
    return first[apart], second[apart]


def _shared(pieces: Segments, first: Ints, second: Ints) -> NDArray[np.bool_]:
    """Return for start and end of the first and of the second whether it is an end of the other piece too."""
    ends = np.column_stack([pieces.start, pieces.end])
    same = ends[first][:, :, None] == ends[second][:, None, :]
    return np.column_stack([same.any(axis=2), same.any(axis=1)])


def _meet(xy: Floats, pieces: Segments, first: Ints, second: Ints) -> Crossings:
    """Return the pairs that cross inside both, or of which an end of one lies on the other.

    Of pieces that share a vertex only the latter counts, away from that vertex: one lies upon the other.
    """
    a, b, c, d = (xy[v] for v in (pieces.start[first], pieces.end[first], pieces.start[second], pieces.end[second]))
    along, across = _intersection(a, b, c, d)
    shared = _shared(pieces, first, second)
    joined: NDArray[np.bool_] = np.asarray(shared.any(axis=1))
    inside = (along > 0) & (along < 1) & (across > 0) & (across < 1) & ~joined
    feet = [(*foot(a, c, d), c, d), (*foot(b, c, d), c, d), (*foot(c, a, b), a, b), (*foot(d, a, b), a, b)]
    gap = np.column_stack([g for _, g, _, _ in feet])
    at_end = np.column_stack([_near_end(share, low, high) for share, _, low, high in feet])
    gap[shared | (at_end & joined[:, None])] = np.inf
    nearest, touch = gap.argmin(axis=1), gap.min(axis=1) <= TOUCH_M
    zeros, ones = np.zeros(len(first)), np.ones(len(first))
    along = np.where(touch, np.choose(nearest, [zeros, ones, feet[2][0], feet[3][0]]), np.where(inside, along, 0.0))
    across = np.where(touch, np.choose(nearest, [feet[0][0], feet[1][0], zeros, ones]), np.where(inside, across, 0.0))
    places = np.where((touch & (nearest >= 2))[:, None], _at(c, d, across), _at(a, b, along))
    whole = Crossings(first=first, second=second, along_first=along, along_second=across, xy=places)
    return whole.only(touch | inside)


def _near_end(share: Floats, low: Floats, high: Floats) -> NDArray[np.bool_]:
    """Tell places within `TOUCH_M` of an end of their piece."""
    near: NDArray[np.bool_] = np.minimum(share, 1 - share) * np.linalg.norm(high - low, axis=1) <= TOUCH_M
    return near


def _intersection(a: Floats, b: Floats, c: Floats, d: Floats) -> tuple[Floats, Floats]:
    """Return where the lines ab and cd meet, as shares of ab and of cd; NaN where they are parallel."""
    along, across, between = b - a, d - c, c - a
    turn = _cross(along, across)
    with np.errstate(divide="ignore", invalid="ignore"):
        return _cross(between, across) / turn, _cross(between, along) / turn


def foot(p: Floats, a: Floats, b: Floats) -> tuple[Floats, Floats]:
    """Return the nearest place on ab to p as a share of ab, and how far it is."""
    along = b - a
    square = np.einsum("ij,ij->i", along, along)
    share = np.clip(np.einsum("ij,ij->i", p - a, along) / np.where(square > 0, square, 1.0), 0, 1)
    return share, np.linalg.norm(p - _at(a, b, share), axis=1)


def _at(a: Floats, b: Floats, share: Floats) -> Floats:
    place: Floats = a + share[:, None] * (b - a)
    return place


def _cross(u: Floats, v: Floats) -> Floats:
    product: Floats = u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0]
    return product


def same_level(tags: pd.DataFrame, one: Ints, other: Ints) -> NDArray[np.bool_]:
    """Return for pairs of ways whether they run on one level, as far as their tags say."""
    layer = pd.to_numeric(tags["layer"].replace("", np.nan), errors="coerce").to_numpy(dtype=np.float64)
    told = ~np.isnan(layer)
    up = (~tags["bridge"].isin(["", "no"])).to_numpy()
    down = (~tags["tunnel"].isin(["", "no"])).to_numpy()
    level = np.where(told, layer, up * 1.0 - down * 1.0)
    kind = up * 1 - down * 1
    alike: NDArray[np.bool_] = (level[one] == level[other]) & (kind[one] == kind[other])
    sure: NDArray[np.bool_] = alike & ((kind[one] == 0) | (told[one] & told[other]))
    return sure
