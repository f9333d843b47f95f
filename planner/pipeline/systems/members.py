"""Who belongs to a system: the facilities of its services that count, and the candidates that may join them."""

import geopandas as gpd
import pandas as pd
import shapely

from ...layers import place_of, unit_above
from ...siting.screening import screen_candidates
from ...tables import LEVELS
from ..study import Study

_SAME_M = 0.01  # a candidate and a facility of one id this near are one: a scenario has opened it


def standing(study: Study, service: str) -> gpd.GeoDataFrame:
    """Return the facilities of a service that count, with the smallest place of each as place_id."""
    found = study.facilities(service)
    return found.assign(place_id=place_of(found, study.layers.places))


def joining(study: Study, service: str) -> gpd.GeoDataFrame:
    """Return the candidates of a service outside all exclusions that are not built, with the place of each.

    Where the service proposes sites of its own, its screened and costed candidates are taken. An id that a facility
    has too gets "candidate:" before it.
    """
    found = study.candidates.get(service)
    if found is None:
        given = study.layers.candidates[service]
        found = screen_candidates(given, exclusions=study.layers.exclusions.get(service)).kept
    there = study.layers.facilities.geometry.reindex(found.index)
    twice = there.notna().to_numpy()
    near = shapely.distance(found.geometry.to_numpy(), there.to_numpy()) <= _SAME_M
    ids = [f"candidate:{i}" if clash else str(i) for i, clash in zip(found.index, twice, strict=True)]
    found = found.set_axis(pd.Index(ids, name="candidate_id"))[~near]
    return found.assign(place_id=place_of(found, study.layers.places))


def units(study: Study, points: gpd.GeoDataFrame, level: str) -> "pd.Series[str]":
    """Return the place of a level that each point lies in; missing where none is known."""
    return unit_above(points["place_id"], study.layers.places, level=level)


def declared_id(study: Study, points: gpd.GeoDataFrame, service: str) -> "pd.Series[str]":
    """Return the facility that each point declares as its `hub_id`, under the id that it has among all services."""
    known = study.facilities(service).index
    told: pd.Series[str] = points.get("hub_id", pd.Series(None, index=points.index, dtype=object))
    return told.map(lambda i: f"{service}:{i}" if f"{service}:{i}" in known else i, na_action="ignore")


def neighbours(places: gpd.GeoDataFrame, level: str, *, within_m: float) -> tuple[tuple[str, str], ...]:
    """Return the pairs of places of a level that are not farther from each other than so many metres."""
    drawn = places.geometry[(places["level"] == level) & places.geometry.notna()].sort_index()
    tree = shapely.STRtree(drawn.to_numpy())
    a, b = tree.query(drawn.to_numpy(), predicate="dwithin", distance=within_m)
    return tuple((str(drawn.index[i]), str(drawn.index[j])) for i, j in zip(a, b, strict=True) if i < j)


def level_ids(study: Study, level: str) -> list[str]:
    """Return the ids of all places of a level; pseudo-units are not told apart here."""
    assert level in LEVELS
    places = study.layers.places
    return sorted(places.index[places["level"] == level])
