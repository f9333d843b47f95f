"""Service areas: how far one gets, drawn. `service_areas` cuts every street where the time is up.

Counts of people come from `travel_times`; these polygons are for looking. They are the streets reached, widened, so
they have holes where nobody gets and do not jump rivers, as hulls do.
"""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from ..compiled import COMPILED
from ..errors import NetworkError
from ..network import Mode, StreetNetwork, Transit
from .arcs import Direction, Ends, arcs_of, band_width, hang, in_rows, legs, refuse, shares
from .buffers import buffers
from .kernels import new_wave, row_order
from .outlines import cut_lines, outlines
from .reach import Standing, Streets, reach
from .times import SLACK_MIN

_CHUNK = 16  # facilities a thread takes at the least
_SPACINGS = 6.0  # lattice spacings in the buffer: at 6 the area is right to about 0.1 %, at 3 to 0.5 %
_TOLERANCES = 100.0  # how many times the buffer is wider than the tolerance of straightening
_DECIMALS = 3  # millimetres: bands are kept 2 cm apart, so rounding does not make them cross
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
_Found = tuple[Ints, NDArray[np.int32], Floats, Floats, NDArray[np.int8]]  # rows by source, and as Pieces


class Pieces(NamedTuple):
    """Pieces of street: facility (position), edge (position), low and high (shares of its length), band (position).

    A street reached whole stands under the first band it is whole in, and is in all that follow.
    """

    facility: Ints
    edge: NDArray[np.int32]
    low: Floats
    high: Floats
    band: NDArray[np.int8]


class _Rings(NamedTuple):
    """Rings, open, in metres: vertices, where each begins, its facility, its band, and its shell (itself: a shell)."""

    xy: Floats
    offsets: Ints
    facility: Ints
    band: Ints
    shell: Ints


@dataclass(frozen=True, kw_only=True)
class ServiceAreas:
    """Streets within bands of facilities, and polygons around them.

    `polygons`: facility_id, band_min, street_m (length of street within the band), geometry (Polygon; MultiPolygon
    where there are several parts); a row for each facility and band, or for each band where the areas were dissolved
    (then without facility_id). Bands nest. `without` names the facilities that are too far from any street.
    """

    polygons: gpd.GeoDataFrame
    without: pd.Index
    bands_min: tuple[float, ...]
    network: StreetNetwork
    pieces: Pieces

    @cached_property
    def lines(self) -> gpd.GeoDataFrame:
        """The streets reached, cut where the time is up: `polygons` with a MultiLineString instead of each."""
        found, row = _by_row(self.pieces, len(self.bands_min))
        pieces = Pieces._make(column[found] for column in self.pieces)
        xy, starts = cut_lines(self.network.coords, self.network.offsets, pieces.edge, pieces.low, pieces.high)
        cut = shapely.linestrings(xy, indices=np.repeat(np.arange(len(found)), np.diff(starts)))
        lines = np.full(len(self.polygons), shapely.MultiLineString())
        if len(cut):
            shapely.multilinestrings(cut, indices=row, out=lines)
        return self.polygons.set_geometry(lines, crs=self.network.crs)


def service_areas(
    network: StreetNetwork,
    facilities: gpd.GeoSeries | gpd.GeoDataFrame,
    *,
    mode: Mode,
    bands_min: Sequence[float] = (5.0, 10.0, 15.0),
    direction: Direction = "to",
    buffer_m: float = 30.0,
    dissolve: bool = False,
) -> ServiceAreas:
    """Return what lies within some minutes of each facility, or of any of them.

    Every street is cut where the time is up and joined from both its ends; the facility's own way to its street and
    parking count. An area is everything within `buffer_m` of the streets reached, drawn on a lattice of a sixth of
    that: its size is that of the exact buffer to about 0.1 %; slits narrower than the lattice close.

    Args:
        network: the streets.
        facilities: points indexed by id, in the network's CRS.
        mode: WALK, BIKE, DRIVE or one at another speed.
        bands_min: minutes, in any order; at most 100 of them.
        direction: "to": people travel to the facilities; "from": something travels from them.
        buffer_m: how far an area reaches beyond the streets.
        dissolve: one area a band for all facilities together, which is much faster than one for each.

    Raises:
        NetworkError: a band or a buffer that is not above 0, too many bands, a direction that is none, no edge open to
            the mode, or public transport.
        TableError: as `snap`.
    """
    bands = sorted({float(b) for b in bands_min})
    _refuse(network, mode, direction, bands, buffer_m)
    ends = hang(network, facilities, mode)
    search = _Search.plan(network, mode, direction, ends, np.array(bands), dissolve=dissolve)
    pieces, rings = _in_chunks(search, buffer_m)
    table = _table(network, bands, pieces, _polygons(rings, network.crs))
    if not dissolve:
        table.insert(0, "facility_id", facilities.index[table["facility"]])
    return ServiceAreas(
        polygons=table.drop(columns="facility"),
        without=facilities.index[~ends.near],
        bands_min=tuple(bands),
        network=network,
        pieces=pieces,
    )


def _refuse(network: StreetNetwork, mode: Mode, direction: Direction, bands: list[float], buffer_m: float) -> None:
    if not (0 < len(bands) <= 100 and bands[0] > 0 and np.isfinite(bands).all()):
        raise NetworkError("bands", value=", ".join(map(str, bands)))
    if not (buffer_m > 0 and np.isfinite(buffer_m)):
        raise NetworkError("buffer", value=buffer_m)
    if isinstance(mode, Transit):
        raise NetworkError("areas_by_lines", mode=mode.name)
    refuse(network, mode, direction)


@dataclass(frozen=True, kw_only=True)
class _Search:
    """A question about areas, laid out in arrays; sources are facilities near each other one after another.

    `facility`: the facility of each source. `starts`: CSR by source.
    """

    network: StreetNetwork
    streets: Streets
    starts: tuple[NDArray[np.uint32], NDArray[np.uint32], Floats]
    standing: Standing
    facility: Ints
    cutoffs: Floats

    @classmethod
    def plan(
        cls, network: StreetNetwork, mode: Mode, direction: Direction, ends: Ends, bands: Floats, *, dissolve: bool
    ) -> "_Search":
        cutoffs = bands + SLACK_MIN - mode.parking_min
        by_place = np.argsort(network.from_node[ends.snaps.edge], kind="stable")
        facility = np.zeros(min(1, len(by_place)), np.int64) if dissolve else by_place
        source = np.empty_like(by_place)
        source[by_place] = 0 if dissolve else np.arange(len(by_place))
        point, node, minutes = legs(network, mode, ends, leaving=direction == "from")
        return cls(
            network=network,
            streets=_streets(network, mode, direction),
            starts=in_rows(source[point], node, minutes, len(facility)),
            standing=_standing(shares(network, ends), ends, source, len(facility)),
            facility=facility,
            cutoffs=cutoffs,
        )


def _streets(network: StreetNetwork, mode: Mode, direction: Direction) -> Streets:
    arcs = arcs_of(network, mode, direction)
    indptr, order = row_order(arcs.row.astype(np.int64), len(network.node_id))
    explored = np.zeros((2, len(network)), bool)
    explored[arcs.side, arcs.edge] = True
    return Streets(
        indptr=indptr,
        heads=arcs.column[order].astype(np.uint32),
        costs=arcs.minutes[order],
        edge=arcs.edge[order],
        side=arcs.side[order],
        first=network.from_node,
        last=network.to_node,
        into_first=network.minutes(mode, against=direction == "to"),
        into_last=network.minutes(mode, against=direction != "to"),
        from_first=explored[0],
        from_last=explored[1],
    )


def _standing(share: Floats, ends: Ends, source: Ints, n: int) -> Standing:
    """Return the facilities near enough to a street, by source and edge."""
    order = np.lexsort((ends.snaps.edge, source))
    order = order[ends.near[order]]
    rows = np.searchsorted(source[order], np.arange(n + 1))
    return Standing(rows, ends.snaps.edge[order], share[order], ends.access_min[order])


def _in_chunks(search: _Search, buffer_m: float) -> tuple[Pieces, _Rings]:
    """Search and draw in threads; return pieces and rings of all facilities."""
    n = len(search.facility)
    step = max(_CHUNK, n // (8 * (os.cpu_count() or 1)))
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        parts = list(pool.map(lambda low: _chunk(search, low, min(low + step, n), buffer_m), range(0, max(n, 1), step)))
    pieces = Pieces._make(map(np.concatenate, zip(*(p for p, _ in parts), strict=True)))
    vertices = np.cumsum([0, *(len(r.xy) for _, r in parts)])
    rings = np.cumsum([0, *(len(r.band) for _, r in parts)])
    return pieces, _Rings(
        xy=np.concatenate([r.xy for _, r in parts]),
        offsets=np.concatenate([[0], *(r.offsets[1:] + v for (_, r), v in zip(parts, vertices, strict=False))]),
        facility=np.concatenate([r.facility for _, r in parts]),
        band=np.concatenate([r.band for _, r in parts]),
        shell=np.concatenate([r.shell + k for (_, r), k in zip(parts, rings, strict=False)]),
    )


def _chunk(search: _Search, low: int, high: int, buffer_m: float) -> tuple[Pieces, _Rings]:
    starts, standing, net = search.starts, search.standing, search.network
    begin, end = starts[0][low], starts[0][high]
    first, last = standing.rows[low], standing.rows[high]
    streets, limit = search.streets, search.cutoffs[-1]
    found = reach(
        streets,
        (starts[0][low : high + 1] - begin, starts[1][begin:end], starts[2][begin:end]),
        Standing._make((standing.rows[low : high + 1] - first, *(column[first:last] for column in standing[1:]))),
        search.cutoffs,
        new_wave((streets.indptr, streets.heads, streets.costs), int(end - begin), limit),
        band_width(streets.costs, limit),
    )
    found = _by_land(found, net.by_water)
    drawn = (outlines if COMPILED else buffers)(
        net.coords,
        net.offsets,
        found,
        len(search.cutoffs),
        radius=buffer_m,
        spacing=buffer_m / _SPACINGS,
        tolerance=buffer_m / _TOLERANCES,
    )
    facility = search.facility[low:high]
    xy, offsets, source, band, shell = drawn
    return (
        Pieces(np.repeat(facility, np.diff(found[0])), *found[1:]),
        _Rings(xy, offsets, facility[source], band, shell),
    )


def _by_land(found: _Found, by_water: NDArray[np.bool_]) -> _Found:
    """Return the pieces but for those on ferries: one gets across, and nobody lives in between."""
    if not by_water.any():
        return found
    rows, edge, low, high, band = found
    land = ~by_water[edge]
    return np.concatenate([[0], np.cumsum(land)])[rows], edge[land], low[land], high[land], band[land]


def _polygons(rings: _Rings, crs: str) -> gpd.GeoDataFrame:
    """Return facility, band and geometry, in that order: shells with their holes, several where there are several."""
    shell = np.arange(len(rings.shell)) == rings.shell
    order = np.lexsort((~shell, rings.shell, rings.band, rings.facility))
    counts = np.diff(rings.offsets)[order]
    ends = np.cumsum(counts + 1)
    at = np.arange(ends[-1] if len(ends) else 0) - np.repeat(ends - counts - 1, counts + 1)
    at = np.where(at == np.repeat(counts, counts + 1), 0, at) + np.repeat(rings.offsets[:-1][order], counts + 1)
    first = np.flatnonzero(shell[order])
    polygons = shapely.from_ragged_array(
        shapely.GeometryType.POLYGON,
        np.round(rings.xy[at], _DECIMALS),
        (np.concatenate([[0], ends]), np.append(first, len(order))),
    )
    owner = np.column_stack([rings.facility, rings.band])[order[first]]
    area, begin, parts = np.unique(owner, axis=0, return_index=True, return_counts=True)
    geometry = polygons[begin]
    several = np.flatnonzero(np.repeat(parts > 1, parts))
    geometry[parts > 1] = shapely.multipolygons(
        polygons[several], indices=np.repeat(np.arange((parts > 1).sum()), parts[parts > 1])
    )
    return gpd.GeoDataFrame({"facility": area[:, 0], "band": area[:, 1]}, geometry=geometry, crs=crs)


def _table(network: StreetNetwork, bands: list[float], pieces: Pieces, found: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return facility, band_min, street_m, geometry."""
    n, whole = len(bands), _whole(pieces)
    key = pieces.facility * n + pieces.band
    metres = (pieces.high - pieces.low) * network.length_m[pieces.edge]
    rows = (found["facility"].max() + 1) * n if len(found) else 0
    full = np.bincount(key[whole], metres[whole], minlength=rows).reshape(-1, n).cumsum(axis=1)
    part = np.bincount(key[~whole], metres[~whole], minlength=rows).reshape(-1, n)
    return gpd.GeoDataFrame(
        {
            "facility": found["facility"],
            "band_min": np.array(bands)[found["band"]],
            "street_m": (full + part)[found["facility"], found["band"]],
        },
        geometry=found.geometry,
    )


def _whole(pieces: Pieces) -> NDArray[np.bool_]:
    whole: NDArray[np.bool_] = (pieces.low == 0) & (pieces.high == 1)
    return whole


def _by_row(pieces: Pieces, n_bands: int) -> tuple[Ints, Ints]:
    """Return the pieces of every row of the table one after another, and their row; rows may have none.

    A facility has a row for its first band and for all that follow.
    """
    n = pieces.facility.max(initial=-1) + 1
    first = np.full(n, n_bands)
    np.minimum.at(first, pieces.facility, pieces.band)
    begin = np.cumsum(n_bands - first) - n_bands  # where band 0 would be
    longer, whole = pieces.high > pieces.low, _whole(pieces)
    found = [np.flatnonzero(longer & np.where(whole, pieces.band <= b, pieces.band == b)) for b in range(n_bands)]
    position = np.concatenate(found)
    row = begin[pieces.facility[position]] + np.repeat(np.arange(n_bands), [len(f) for f in found])
    order = np.argsort(row, kind="stable")
    return position[order], row[order]
