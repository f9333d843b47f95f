"""Checks of the streets with the people on them: islands, points far from any street, and streets without a class."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import reduce

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from .. import presets
from ..layers import Ways
from ..network import WALK, Mode, StreetNetwork, snap
from .finding import Finding, Term, check
from .material import Crowd

ON_FOOT: Mapping[str, Mode] = {"": WALK}  # what is asked where no service says how it is reached
ISLAND_PEOPLE_MIN = 1.0  # an island nobody lives on bothers nobody


@check("NW-01", severity="warning", layer="streets", rule="design §4")
def island(
    network: StreetNetwork, demand: gpd.GeoDataFrame, crowd: Crowd, modes: Mapping[str, Mode] = ON_FOOT
) -> Iterator[Finding]:
    """Streets that no way connects with the main network, though people live on them.

    Asked of every mode that a service goes by. Whoever lives there reaches nothing beyond the island. Usually a missing
    bridge, a gap, a gate that lets nobody through (access=no), or streets clipped at the edge of the extract. One
    finding an island, for all modes that it is one for; what it is by the mode it holds most people for is told:
    `feature_id` is its first way, `measure` its length in metres, `people` those whose nearest street is on it.
    """
    known: list[_Island] = []
    for mode in _different(modes).values():
        for found in _islands(network, demand, crowd, mode):
            same = next((k for k, other in enumerate(known) if np.isin(found.edges, other.edges).any()), None)
            if same is None:
                known.append(found)
            else:
                known[same] = known[same].joined(found)
    yield from (_finding(network, one) for one in known)


@check("NW-02", severity="error", layer="demand", rule="design §4; presets/modes.toml snap")
def far_snap_demand(
    network: StreetNetwork,
    demand: gpd.GeoDataFrame,
    crowd: Crowd,
    modes: Mapping[str, Mode] = ON_FOOT,
    snap_warn_m: float | None = None,
) -> Iterator[Finding]:
    """People whose nearest usable street is far away.

    Asked of every mode that a service goes by. Beyond `[limits] snap_max_m` (300 m) the point counts as unreachable,
    which is an error; on foot it is a warning from `snap_warn_m` (100 m). Usually a missing street or a wrong
    coordinate. `measure` is the distance in metres.
    """
    people = crowd.weights if crowd.weights is not None else pd.Series(np.nan, index=demand.index)
    populated = ~(people.reindex(demand.index) == 0.0)
    for mode in _different(modes).values():
        yield from _far(network, demand[populated], people, mode, snap_warn_m)


@check("NW-03", severity="error", layer="facilities", rule="design §4; presets/modes.toml snap")
def far_snap_facility(
    network: StreetNetwork,
    facilities: gpd.GeoDataFrame,
    modes: Mapping[str, Mode] = ON_FOOT,
    snap_warn_m: float | None = None,
) -> Iterator[Finding]:
    """A facility whose nearest street, of those its service's mode may use, is far away.

    Beyond `[limits] snap_max_m` (300 m) nobody reaches it, which is an error; on foot it is a warning from
    `snap_warn_m` (100 m). `measure` is the distance in metres.
    """
    for service, group in facilities.groupby("service", sort=True):
        if (mode := modes.get(str(service), modes.get(""))) is not None:
            yield from _far(network, group, None, mode, snap_warn_m)


@check("NW-12", severity="warning", layer="streets", rule="design §4")
def classless(streets: Ways) -> Iterator[Finding]:
    """Streets of which every one counts as unclassified.

    A line file without a column `highway` is read so: nobody is kept off motorways on foot, and cars drive everywhere
    at one speed. `measure` is the number of ways. Name the column of classes under `[streets] columns`.
    """
    if (streets.tags["highway"] == "unclassified").all():
        yield Finding(values={"n": len(streets)}, measure=float(len(streets)))


def _different(modes: Mapping[str, Mode]) -> dict[int, Mode]:
    """Return one mode for each kind of street that is used: public transport is walked to."""
    return {mode.bit: mode for mode in reversed(list(modes.values()))}


@dataclass(frozen=True)
class _Island:
    """Edges that no way connects with the main network, the people on them, and for which modes."""

    edges: NDArray[np.intp]
    people: float
    modes: tuple[Mode, ...]

    def joined(self, other: "_Island") -> "_Island":
        """Return the same island for the modes of both, as it is where more people are on it."""
        return replace(max(self, other, key=lambda one: one.people), modes=(*self.modes, *other.modes))


def _islands(network: StreetNetwork, demand: gpd.GeoDataFrame, crowd: Crowd, mode: Mode) -> Iterator[_Island]:
    label = network.components(mode)[network.from_node]
    usable = network.open_to(mode)
    length = np.bincount(label[usable], weights=network.length_m[usable])
    people = _people_by(label[snap(network, demand, mode=mode).edge], crowd.weights, len(length))
    for number in np.setdiff1d(np.flatnonzero(people >= ISLAND_PEOPLE_MIN), [np.argmax(length)]):
        yield _Island(np.flatnonzero(usable & (label == number)), float(people[number]), (mode,))


def _people_by(label: NDArray[np.int32], people: "pd.Series[float] | None", size: int) -> NDArray[np.float64]:
    weights = np.ones(len(label)) if people is None else people.to_numpy()
    return np.bincount(label, weights=weights, minlength=size).astype(np.float64)


def _finding(network: StreetNetwork, island: _Island) -> Finding:
    edges = island.edges
    length, names = float(network.length_m[edges].sum()), sorted(set(network.name[edges]) - {""})
    way = str(min(network.way[edges]))
    return Finding(
        feature_id=way,
        variant="named" if names else "",
        values={"length_m": length, "n": len(edges), "people": island.people, "names": "、".join(names[:3]), "id": way}
        | {"mode": reduce(_and, map(_word, island.modes))},
        measure=length,
        people=island.people,
        geometry=shapely.multilinestrings(network.lines[edges]),
    )


def _and(one: Term, other: Term) -> Term:
    return Term("open_both", {"one": one, "other": other})


def _word(mode: Mode) -> Term:
    """Return what a street is that the mode may use."""
    return Term(f"open_{'walk' if mode.bit == WALK.bit else mode.name}")


def _far(
    network: StreetNetwork,
    points: gpd.GeoDataFrame,
    people: "pd.Series[float] | None",
    mode: Mode,
    warn_m: float | None,
) -> Iterator[Finding]:
    if points.empty:
        return
    error = mode.snap_max_m
    warn = warn_m or presets.load("modes")["limits"]["snap_warn_m"]["value"]
    warn = min(warn, error) if mode.bit == WALK.bit else error  # a lane too narrow for wheels is nothing unusual
    access = snap(network, points, mode=mode).access_m
    for position in np.flatnonzero(access > warn):
        point_id, far = points.index[position], float(access[position])
        known = None if people is None or np.isnan(people.loc[point_id]) else float(people.loc[point_id])
        yield Finding(
            feature_id=str(point_id),
            severity="error" if far > error else "warning",
            variant="" if far > error else "warn",
            values={"id": point_id, "distance_m": far, "limit_m": error, "mode": _word(mode)},
            measure=far,
            tolerance=error if far > error else warn,
            people=known,
            geometry=points.geometry.iloc[position],
        )
