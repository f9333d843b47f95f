"""Checks of the street network as a drawing: does it hang together, are crossings crossings, what is drawn twice."""

from collections.abc import Iterator
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from .. import presets
from ..layers import Ways
from ..network import WALK, StreetNetwork, snap
from ..network.crossings import crossings_at_grade, crossroads, may_be_raised, segments_of, tells_levels, ways_of
from ..network.doubles import there_and_back
from ..network.loose_ends import GAP_M, loose_ends
from .finding import Finding, check
from .material import Crowd

_SAME_PLACE_M = 0.1  # crossings nearer than this are one, e.g. of a street drawn twice


def number(key: str) -> float:
    """Return a limit of the network checks: presets/streets.toml [doctor]."""
    value: float = presets.load("streets")["doctor"][key]["value"]
    return value


@check("NW-04", severity="error", layer="streets", rule="presets/streets.toml doctor.main_error", blocks=True)
def fragments(network: StreetNetwork, crowd: Crowd, demand: gpd.GeoDataFrame | None = None) -> Iterator[Finding]:
    """A walking network that falls to pieces.

    `measure` is the share of the street length in the largest piece: below 90 % a warning, below half an error with
    which nothing is computed, for most people would be cut off by the data and not by the city. Usually streets whose
    ends were joined by ids that do not match. `people` are those whose nearest street is in another piece. Small
    islands in a sound network are let pass here; NW-01 names those with people on them.
    """
    usable = network.open_to(WALK)
    label = network.components(WALK)[network.from_node]
    length = np.bincount(label[usable], weights=network.length_m[usable])
    share = float(length.max() / length.sum()) if length.sum() > 0 else 1.0
    if share >= number("main_warn"):
        return
    severe = share < number("main_error")
    yield Finding(
        severity="error" if severe else "warning",
        values={"n": int((length > 0).sum()), "share": share},
        measure=share,
        tolerance=number("main_error" if severe else "main_warn"),
        people=_people_off(network, crowd, demand, label, int(np.argmax(length))),
    )


@check("NW-05", severity="error", layer="streets", rule="presets/streets.toml doctor.unnoded_error", blocks=True)
def unnoded(network: StreetNetwork, streets: Ways | None = None) -> Iterator[Finding]:
    """Streets that cross on one level without a common vertex, so that nobody can turn there.

    One finding: `measure` is the share of such places in all crossings of four arms. From 10 % (and 20 places) it is an
    error with which nothing is computed: the ways were not split where they cross. Less is information: the odd
    missing vertex, or a viaduct without a tag. Bridges, tunnels and different layers are let pass; in files that do
    not tag them also main roads, which may run on viaducts; where not even the class of streets is known, the error
    is a warning. `[streets] repair = ["node_crossings"]` splits them, and lists every edit.
    """
    ways = streets if streets is not None else _drawn(network)
    if ways is None:
        return
    pieces = segments_of(ways)
    found = crossings_at_grade(ways, pieces)
    places = np.unique(np.round(found.xy / _SAME_PLACE_M).astype(np.int64), axis=0)
    if not len(places):
        return
    share = len(places) / (len(places) + crossroads(ways, pieces, ~may_be_raised(ways.tags)))
    many = share >= number("unnoded_error") and len(places) >= number("unnoded_few")
    known = tells_levels(ways.tags) or bool((ways.tags["highway"] != "").any())
    yield Finding(
        severity=("error" if known else "warning") if many else "info",
        variant="" if many else "few",
        values={"n": len(places), "share": share},
        measure=share,
        tolerance=number("unnoded_error"),
        geometry=shapely.multipoints(places * _SAME_PLACE_M),
    )


@check("NW-06", severity="info", layer="streets", rule="design §10")
def there_and_back_ways(streets: Ways) -> Iterator[Finding]:
    """Two-way streets drawn as one line that goes there and back over the same vertices.

    They are read as two-way streets; nothing need be done. One finding: `measure` is how many.
    """
    back = np.flatnonzero(there_and_back(streets))
    if len(back):
        lines = [streets.xy[streets.vertex[streets.offsets[w] : streets.offsets[w + 1]]] for w in back]
        yield Finding(
            feature_id=str(streets.way_id[back[0]]) if len(back) == 1 else None,
            values={"n": len(back), "ids": "、".join(streets.way_id[back[:3]])},
            measure=float(len(back)),
            geometry=shapely.multilinestrings(lines),
        )


@check("NW-07", severity="info", layer="streets", rule="design §10")
def doubles(network: StreetNetwork) -> Iterator[Finding]:
    """Pieces of street drawn twice over the same vertices, or without length.

    Building keeps one of each, open to whoever any of them is open to, and drops what has no length. One finding:
    `measure` is how many pieces. Parallel streets with a course of their own are let pass.
    """
    gates = network.repairs.get("gate_pieces", 0)  # they have no length, and are not drawn
    empty = network.repairs.get("empty_loops", 0) + max(int((network.length_m == 0).sum()) - gates, 0)
    twice = network.repairs.get("merged_doubles", 0) + _parallel(network)
    if empty + twice:
        yield Finding(values={"twice": twice, "empty": empty}, measure=float(empty + twice))


@check("NW-08", severity="warning", layer="streets", rule="presets/streets.toml doctor.gap_m")
def short_of_a_street(network: StreetNetwork, streets: Ways | None = None) -> Iterator[Finding]:
    """A street that ends within 2 m of another, and is not joined to it.

    `feature_id` is its way, `measure` the gap in metres. Usually a slip of the pen, now and then a wall: look at the
    place. An end from which streets lead to that place within 40 m is let pass, and one on another level.
    `[streets] repair = ["close_gaps"]` joins them.
    """
    ways = streets if streets is not None else _drawn(network)
    if ways is None:
        return
    pieces = segments_of(ways)
    found = loose_ends(ways, pieces)
    others = ways.way_id[pieces.way[found.piece]]
    for vertex, way, other, gap in zip(found.vertex, ways.way_id[found.way], others, found.gap_m, strict=True):
        yield Finding(
            feature_id=str(way),
            values={"id": str(way), "other": str(other), "gap_m": float(gap)},
            measure=float(gap),
            tolerance=GAP_M,
            geometry=shapely.Point(ways.xy[vertex]),
        )


@check("NW-14", severity="info", layer="streets", rule="design §10")
def gates_with_keys(network: StreetNetwork) -> Iterator[Finding]:
    """Private gates taken as open, for they are the only way to streets behind them.

    A gate closed by nothing but the word private (access, foot, vehicle … = private) lets its residents in. Where its
    sides have no other way to each other, it is open to the modes of which that is so; where they have, it is closed.
    One finding: `measure` is how many of the private gates are open.
    """
    opened, private = (network.repairs.get(key, 0) for key in ("gates_with_keys", "private_gates"))
    if opened:
        yield Finding(values={"n": opened, "all": private}, measure=float(opened))


def _drawn(network: StreetNetwork) -> Ways | None:
    """Return the edges of a network made of frames as ways; a built one has lost its levels: None."""
    return None if network.repairs else ways_of(network)


def _people_off(network: StreetNetwork, crowd: Crowd, demand: Any, label: NDArray[np.int32], main: int) -> float | None:
    if demand is None or crowd.weights is None:
        return None
    off = label[snap(network, demand, mode=WALK).edge] != main
    return float(crowd.weights.to_numpy()[off].sum())


def _parallel(network: StreetNetwork) -> int:
    """Return how many edges repeat the ends and the course of one before them."""
    ends = np.sort(np.column_stack([network.from_node, network.to_node]), axis=1)
    middle = np.round(shapely.get_coordinates(shapely.line_interpolate_point(network.lines, 0.5, normalized=True)), 2)
    rows = pd.DataFrame(np.column_stack([ends, np.round(network.length_m, 2), middle]))
    return int(rows[network.length_m > 0].duplicated().sum())
