"""Checks of how far the streets reach: a layer cut too close to people, and streets missing where people live."""

from collections.abc import Iterator, Mapping

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from .. import presets
from ..coverage.street_data import street_data_by_place
from ..network import WALK, StreetNetwork, snap
from .finding import Finding, check
from .material import Crowd, Reach
from .topology import number


@check("NW-10", severity="warning", layer="streets", rule="design §10; presets/streets.toml doctor.clipped_warn")
def clipped_margin(
    network: StreetNetwork,
    demand: gpd.GeoDataFrame,
    facilities: gpd.GeoDataFrame,
    crowd: Crowd,
    reach_m: Mapping[str, Reach],
) -> Iterator[Finding]:
    """Streets that end nearer to people than they would travel, so that what lies beyond is missing.

    One finding a service. `reach_m` gives its speed times its standard, times its cutoff, and its name; the rim is
    the outline (convex hull) of the streets. Counted in `people` are those with less than the cutoff to the rim whose
    coverage a facility or a way outside might change. Let pass is who has a facility nearer than the rim, even in a
    straight line, or one so near that 1.4 times the straight line is within the standard. `measure` is the share of
    people counted: from 1 % a warning, else information. Read the streets with a margin of speed times cutoff around
    the people, and list the facilities beyond the border too.
    """
    rim = shapely.boundary(shapely.convex_hull(shapely.multipoints(network.coords)))
    homes = demand.geometry.to_numpy()
    to_rim = shapely.distance(homes, rim)
    people = np.ones(len(demand)) if crowd.weights is None else crowd.weights.to_numpy()
    for service, (standard, cutoff, name) in reach_m.items():
        served = facilities[facilities["service"] == service].geometry.to_numpy()
        to_nearest = _to_nearest(homes, served)
        touched = (to_rim < np.minimum(cutoff, to_nearest)) & (to_nearest * number("detour") > standard)
        if (share := float(people[touched].sum() / max(people.sum(), 1.0))) > 0:
            beside = int((shapely.distance(served, rim) < cutoff).sum()) if len(served) else 0
            yield Finding(
                feature_id=service,
                severity="warning" if share >= number("clipped_warn") else "info",
                values={"service": name or service, "reach_m": cutoff, "people": people[touched].sum(), "share": share}
                | {"facilities": beside},
                measure=share,
                tolerance=number("clipped_warn"),
                people=float(people[touched].sum()) if crowd.weights is not None else None,
                geometry=rim,
            )


@check("NW-11", severity="warning", layer="places", rule="presets/streets.toml doctor.far_share")
def streets_missing(
    network: StreetNetwork, demand: gpd.GeoDataFrame, crowd: Crowd, places: gpd.GeoDataFrame | None = None
) -> Iterator[Finding]:
    """A place where people live and hardly any street is drawn: of its coverage nothing can be said.

    Either half the people are more than 100 m from any street, or a fifth are and there is less than 1 km of street a
    km2. `measure` is the share of people that far, `people` their number; a place is named when none below it is. In
    uncovered_places such a place has the status no_data and not uncovered: a missing street is not a missing service.
    Of a project without places all people are judged together, by their distances, from 20 points of demand on.
    """
    if crowd.weights is None:
        return
    if places is None:
        yield from _missing_for_all(network, demand, crowd)
        return
    if "place_id" not in demand.columns or "geometry" not in places.columns:
        return
    weighed = demand.assign(people=crowd.weights)
    access = snap(network, demand, mode=WALK).access_m
    table = street_data_by_place(network, weighed, access, places, weight="people")
    short = table[table["short"]]
    above = set(places.loc[places.index.isin(short.index), "parent_id"].dropna())
    for place_id, row in short[~short.index.isin(above)].iterrows():
        place = places.loc[place_id]
        known = not np.isnan(row["km_per_km2"])
        yield Finding(
            feature_id=str(place_id),
            variant="" if known else "no_polygon",
            values={"name": place["name"], "id": place_id, "far": row["far"], "share": row["far_share"]}
            | ({"density": row["km_per_km2"]} if known else {}),
            measure=float(row["far_share"]),
            tolerance=number("far_share"),
            people=float(row["far"]),
            geometry=place.geometry,
        )


def _missing_for_all(network: StreetNetwork, demand: gpd.GeoDataFrame, crowd: Crowd) -> Iterator[Finding]:
    limit: float = presets.load("modes")["limits"]["snap_warn_m"]["value"]
    assert crowd.weights is not None
    people = crowd.weights.to_numpy()
    far = float(people[snap(network, demand, mode=WALK).access_m > limit].sum())
    share = far / max(float(people.sum()), 1.0)
    if share >= number("far_share") and len(demand) >= number("few_points"):
        values = {"far": far, "share": share}
        yield Finding(variant="all", values=values, measure=share, tolerance=number("far_share"), people=far)


def _to_nearest(points: NDArray, places: NDArray) -> NDArray[np.float64]:
    """Return how far each point is from the nearest place in a straight line; infinite where there is none."""
    if not len(places):
        return np.full(len(points), np.inf)
    distance = np.full(len(points), np.inf)
    (row, _), found = shapely.STRtree(places).query_nearest(points, return_distance=True)
    distance[row] = found
    return distance
