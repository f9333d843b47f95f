"""The network record: `StreetNetwork`, immutable arrays of nodes and edges."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Self

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from .. import presets
from ..errors import NetworkError
from ..layers.parts import FERRY
from ..tables import EDGES
from .given import numbers, refuse_frames
from .modes import BIKE, DRIVE, PUSHED, WALK, Mode, Transit
from .nearest import NearestEdges
from .slope import slowed

_ALL = WALK.bit | BIKE.bit | DRIVE.bit
SIGNALS, CROSSING = 1, 2  # bits of `waits`
_YES = (True, 1, "1", "yes", "true", "True")


@dataclass(frozen=True, kw_only=True)
class StreetNetwork:
    """Streets between crossings. Edge `e` is drawn from `from_node[e]` to `to_node[e]`.

    Shapes: node_id (n,), node_xy (n, 2) metres; per edge (m,): edge_id, from_node, to_node int32, length_m,
    forward and backward uint8 (bits of `Mode.bit`: who may go along and against the drawing; `PUSHED` beside BIKE's:
    bicycles at walking pace), way, name, highway, speed_kmh (NaN: the mode's own speed); edge `e` is drawn through
    `coords[offsets[e]:offsets[e + 1]]`.
    Parallel edges and loops are kept: a point may lie on any of them. `repairs` counts what building mended.
    `grade` is rise over run along the drawing of each edge, which has one grade throughout; left out: all is level.
    `waits` says of nodes where one waits (bits of `spots`): 1 at signals, 2 at a crossing with signals, where only who
    comes on a street without cars waits; left out: nowhere.
    """

    node_id: NDArray[np.str_]
    node_xy: NDArray[np.float64]
    edge_id: NDArray[np.str_]
    from_node: NDArray[np.int32]
    to_node: NDArray[np.int32]
    length_m: NDArray[np.float64]
    forward: NDArray[np.uint8]
    backward: NDArray[np.uint8]
    way: NDArray[np.str_]
    name: NDArray[np.str_]
    highway: NDArray[np.str_]
    speed_kmh: NDArray[np.float64]
    coords: NDArray[np.float64]
    offsets: NDArray[np.int64]
    crs: str
    repairs: dict[str, int]
    grade: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    waits: NDArray[np.uint8] = field(default_factory=lambda: np.zeros(0, np.uint8))

    def __post_init__(self) -> None:
        """Freeze the arrays.

        Raises:
            NetworkError: no edges at all.
        """
        if not len(self.edge_id):
            raise NetworkError("no_edges")
        for name, zeros in (("grade", np.zeros(len(self))), ("waits", np.zeros(len(self.node_id), np.uint8))):
            if len(getattr(self, name)) == 0:
                object.__setattr__(self, name, zeros)
        for value in vars(self).values():
            if isinstance(value, np.ndarray):
                value.setflags(write=False)

    @classmethod
    def from_edges(cls, nodes: pd.DataFrame, edges: pd.DataFrame, *, crs: str) -> Self:
        """Build from plain frames.

        Args:
            nodes: indexed by id, columns x, y in metres of `crs`; optional z, heights in metres.
            edges: from_id, to_id, length_m; optional oneway (true: wheels go along only), speed_kmh (wheels; above 0),
                name, highway, geometry (LineString from from_id to to_id; missing: a chord), grade (rise over run from
                from_id to to_id; missing: by the heights z of the nodes, else level). The index is the id.
            crs: a projected CRS in metres.

        Raises:
            NetworkError: no edges; a missing column; a CRS that is not projected in metres; ids that repeat; nodes
                without a finite place; edges whose node is not there, whose length is not 0 or more, whose speed is
                not above 0, or whose geometry is no line.
        """
        refuse_frames(nodes, edges, crs)
        place = pd.Index(nodes.index)
        ends = [place.get_indexer(pd.Index(edges[c])).astype(np.int32) for c in ("from_id", "to_id")]
        length = edges["length_m"].to_numpy(dtype=np.float64)
        xy = nodes[["x", "y"]].to_numpy(dtype=np.float64)
        coords, offsets = _drawn(edges, xy, *ends)
        one_way = edges.get("oneway", pd.Series(data=False, index=edges.index)).isin(_YES).to_numpy()
        return cls(
            node_id=place.astype(str).to_numpy(dtype=np.str_),
            node_xy=xy,
            edge_id=edges.index.astype(str).to_numpy(dtype=np.str_),
            from_node=ends[0],
            to_node=ends[1],
            length_m=length,
            forward=np.full(len(edges), _ALL, np.uint8),
            backward=np.where(one_way, WALK.bit, _ALL).astype(np.uint8),
            way=edges.index.astype(str).to_numpy(dtype=np.str_),
            name=_texts(edges, "name"),
            highway=_texts(edges, "highway"),
            speed_kmh=numbers(edges, "speed_kmh"),
            coords=coords,
            offsets=offsets,
            crs=str(crs),
            repairs={},
            grade=_grade(nodes, edges, length, *ends),
        )

    def __len__(self) -> int:
        """Return the number of edges."""
        return len(self.edge_id)

    @cached_property
    def lines(self) -> NDArray:
        """The edges as LineStrings."""
        index = np.repeat(np.arange(len(self)), np.diff(self.offsets))
        drawn: NDArray = shapely.linestrings(self.coords, indices=index)
        return drawn

    @cached_property
    def by_water(self) -> NDArray[np.bool_]:
        """Which edges are ferries: one gets across, and on or off at the ends alone."""
        ferry: NDArray[np.bool_] = self.highway == FERRY
        return ferry

    @cached_property
    def nearest(self) -> NearestEdges:
        """Which street is nearest to a point, of those one gets on anywhere."""
        return NearestEdges(self.lines, np.where(self.by_water, 0, self.forward | self.backward).astype(np.uint8))

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east and north edge, in metres."""
        low, high = self.coords.min(axis=0), self.coords.max(axis=0)
        return float(low[0]), float(low[1]), float(high[0]), float(high[1])

    def open_to(self, mode: Mode) -> NDArray[np.bool_]:
        """Return the edges the mode may use in one direction at least."""
        usable: NDArray[np.bool_] = ((self.forward | self.backward) & mode.bit) > 0
        return usable

    def require(self, mode: Mode) -> None:
        """Refuse a mode that gets nobody anywhere here.

        Raises:
            NetworkError: no edge open to the mode, or public transport without lines (`join_transit`).
        """
        if isinstance(mode, Transit):
            raise NetworkError("no_lines", mode=mode.name)
        if not self.open_to(mode).any():
            raise NetworkError("no_edges_for_mode", mode=mode.name)

    def minutes(self, mode: Mode, *, against: bool = False) -> NDArray[np.float64]:
        """Return how long each edge takes along its drawing, or `against` it.

        minutes = length / speed * slope + crossing_min / 2 for each end where one waits    (1)
        The speed is the edge's own (wheels, and anybody on a ferry), its class's, or else the mode's; where a bicycle
        is pushed it is no more than the general pace on foot. The slope counts on foot (`slowed`). One waits at
        signals; where no node says that it has any, on other streets that end on a main road.
        """
        kmh = np.full(len(self), mode.speed_mps * 3.6)
        for highway, speed in mode.kmh.items():
            kmh[self.highway == highway] = speed
        own = ~np.isnan(self.speed_kmh) & ((mode.bit != WALK.bit) | self.by_water)
        kmh = np.where(own, self.speed_kmh, kmh)
        if mode.bit == BIKE.bit:
            pushed = ((self.backward if against else self.forward) & PUSHED) > 0
            kmh = np.where(pushed, np.minimum(kmh, WALK.speed_mps * 3.6), kmh)
        takes = self.length_m / (kmh / 3.6 * 60.0)
        if mode.slope and mode.bit == WALK.bit and self.hilly:
            takes = takes * slowed(-self.grade if against else self.grade)
        return takes + mode.crossing_min / 2 * self._waiting_ends  # (1)

    @property
    def hilly(self) -> bool:
        """Whether any edge goes up or down."""
        return bool(self.grade.any())

    @cached_property
    def _waiting_ends(self) -> NDArray[np.int8]:
        """At how many ends of each edge one waits: 0, 1 or 2."""
        rules = presets.load("streets")
        if not self.waits.any():
            main = np.isin(self.highway, rules["main_highways"])
            on = np.zeros(len(self.node_id), np.int8)
            on[self.from_node[main]] = 1
            on[self.to_node[main]] = 1
            ends: NDArray[np.int8] = (on[self.from_node] + on[self.to_node]) * ~main
            return ends
        asked = np.where(np.isin(self.highway, rules["drive"]["open_highways"]), SIGNALS, SIGNALS | CROSSING)
        asked = np.where(self.length_m > 0, asked, 0)  # a gate is passed within the wait
        lit = [(self.waits[node] & asked) > 0 for node in (self.from_node, self.to_node)]
        return lit[0].astype(np.int8) + lit[1]

    def components(self, mode: Mode) -> NDArray[np.int32]:
        """Return a number for each node; nodes joined by streets of the mode, either way, share it."""
        from scipy.sparse import coo_array
        from scipy.sparse.csgraph import connected_components

        use = self.open_to(mode)
        n = len(self.node_id)
        links = coo_array((np.ones(use.sum(), np.int8), (self.from_node[use], self.to_node[use])), shape=(n, n))
        labels: NDArray[np.int32] = connected_components(links, directed=False)[1]
        return labels

    def to_frame(self) -> gpd.GeoDataFrame:
        """Return the EDGES table, with the modes allowed each way as words: "walk bike drive".

        "push" stands for "bike" where bicycles go at walking pace.

        `waits`: at how many ends one waits, 0 to 2. A column `grade` stands there where any street goes up or down.
        """
        words = np.array([" ".join(m.name for m in (WALK, BIKE, DRIVE) if b & m.bit) for b in range(256)])
        words = np.where(np.arange(256) & PUSHED, np.char.replace(words, BIKE.name, "push"), words)
        columns = {
            "from_id": self.node_id[self.from_node],
            "to_id": self.node_id[self.to_node],
            "length_m": self.length_m,
            "way": self.way,
            "name": pd.Series(self.name, index=self.edge_id, dtype=object).replace("", None),
            "highway": self.highway,
            "forward": words[self.forward],
            "backward": words[self.backward],
            "speed_kmh": self.speed_kmh,
            "waits": self._waiting_ends,
        } | ({"grade": self.grade} if self.hilly else {})
        index = pd.Index(self.edge_id, name="edge_id", dtype=object)
        frame = gpd.GeoDataFrame(columns, index=index, geometry=self.lines, crs=self.crs)
        EDGES.check(frame)
        return frame


def _drawn(
    edges: pd.DataFrame, xy: NDArray[np.float64], start: NDArray[np.int32], end: NDArray[np.int32]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    chords = shapely.linestrings(np.stack([xy[start], xy[end]], axis=1))
    lines = chords
    if "geometry" in edges:
        given = edges["geometry"].to_numpy()
        lines = np.where(shapely.is_missing(given), chords, given)
    counts = shapely.get_num_coordinates(lines)
    return shapely.get_coordinates(lines), np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)


def _texts(edges: pd.DataFrame, name: str) -> NDArray[np.str_]:
    given = edges.get(name, pd.Series("", index=edges.index))
    return given.fillna("").astype(str).to_numpy(dtype=np.str_)


def _grade(
    nodes: pd.DataFrame,
    edges: pd.DataFrame,
    length: NDArray[np.float64],
    start: NDArray[np.int32],
    end: NDArray[np.int32],
) -> NDArray[np.float64]:
    height = numbers(nodes, "z")
    rise = height[end] - height[start]
    by_height = np.divide(rise, length, out=np.zeros(len(length)), where=length > 0)
    told = numbers(edges, "grade")
    return np.nan_to_num(np.where(np.isnan(told), by_height, told))
