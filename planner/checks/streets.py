"""Checks of the streets with the people on them: islands, and points far from any street."""

from collections.abc import Iterator

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from .. import presets
from ..network import WALK, StreetNetwork, snap
from .finding import Finding, check
from .material import Crowd

ISLAND_PEOPLE_MIN = 1.0  # an island nobody lives on bothers nobody


@check("NW-01", severity="warning", layer="streets", rule="design §4")
def island(network: StreetNetwork, demand: gpd.GeoDataFrame, crowd: Crowd) -> Iterator[Finding]:
    """Streets that no walk connects with the main network, though people live on them.

    Whoever lives there reaches nothing beyond the island. Usually a missing bridge, a gate drawn as a
    gap, or streets clipped at the edge of the extract. One finding an island: `feature_id` is its
    first way, `measure` its length in metres, `people` those whose nearest street is on it.
    """
    label = network.components(WALK)[network.from_node]
    usable = network.open_to(WALK)
    length = np.bincount(label[usable], weights=network.length_m[usable])
    people = _people_by(label[snap(network, demand, mode=WALK).edge], crowd.weights, len(length))
    main = int(np.argmax(length))
    for number in np.flatnonzero(people >= ISLAND_PEOPLE_MIN):
        if number != main:
            yield _island(network, np.flatnonzero(usable & (label == number)), people[number])


@check("NW-02", severity="error", layer="demand", rule="design §4; presets/modes.toml snap")
def far_snap_demand(network: StreetNetwork, demand: gpd.GeoDataFrame, crowd: Crowd) -> Iterator[Finding]:
    """People whose nearest walkable street is far away.

    Beyond 300 m the point counts as unreachable, which is an error; from 100 m it is a warning.
    Usually a missing street or a wrong coordinate. `measure` is the distance in metres.
    """
    people = crowd.weights if crowd.weights is not None else pd.Series(np.nan, index=demand.index)
    populated = ~(people.reindex(demand.index) == 0.0)
    yield from _far(network, demand[populated], people)


@check("NW-03", severity="error", layer="facilities", rule="design §4; presets/modes.toml snap")
def far_snap_facility(network: StreetNetwork, facilities: gpd.GeoDataFrame) -> Iterator[Finding]:
    """A facility whose nearest walkable street is far away.

    Beyond 300 m nobody reaches it, which is an error; from 100 m it is a warning. `measure` is the
    distance in metres.
    """
    yield from _far(network, facilities, None)


def limits() -> tuple[float, float]:
    """Return the distances in metres from which a snap is a warning, and an error."""
    given = presets.load("modes")["limits"]
    return given["snap_warn_m"]["value"], given["snap_max_m"]["value"]


def _people_by(label: NDArray[np.int32], people: "pd.Series[float] | None", size: int) -> NDArray[np.float64]:
    weights = np.ones(len(label)) if people is None else people.to_numpy()
    return np.bincount(label, weights=weights, minlength=size).astype(np.float64)


def _island(network: StreetNetwork, edges: NDArray[np.intp], people: float) -> Finding:
    length, names = float(network.length_m[edges].sum()), sorted(set(network.name[edges]) - {""})
    return Finding(
        feature_id=str(min(network.way[edges])),
        variant="named" if names else "",
        values={"length_m": length, "n": len(edges), "people": people, "names": "、".join(names[:3])},
        measure=length,
        people=people,
        geometry=shapely.multilinestrings(network.lines[edges]),
    )


def _far(network: StreetNetwork, points: gpd.GeoDataFrame, people: "pd.Series[float] | None") -> Iterator[Finding]:
    if points.empty:
        return
    warn, error = limits()
    access = snap(network, points, mode=WALK).access_m
    for position in np.flatnonzero(access > warn):
        point_id, far = points.index[position], float(access[position])
        known = None if people is None or np.isnan(people.loc[point_id]) else float(people.loc[point_id])
        yield Finding(
            feature_id=str(point_id),
            severity="error" if far > error else "warning",
            variant="" if far > error else "warn",
            values={"id": point_id, "distance_m": far, "limit_m": error},
            measure=far,
            tolerance=error if far > error else warn,
            people=known,
            geometry=points.geometry.iloc[position],
        )
