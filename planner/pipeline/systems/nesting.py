"""County, town and village from the project's services: who hangs on whom, and where a centre is missing."""

from dataclasses import dataclass

import geopandas as gpd
import pandas as pd

from ...project import NestingSystem
from ...siting.nesting import LEVELS, Nesting, lacking, nest, nested_cover
from ..study import Study
from .members import declared_id, level_ids, standing, units

PLACE_LEVELS = {"county": "county", "town": "town", "village": "community"}
"""The level of the places in which the centres of each level of a system stand."""


@dataclass(frozen=True, kw_only=True)
class Chains:
    """The chains of one county-town-village system.

    points: by facility_id: name, unit (the place of its level that it stands in), level, geometry.
    lacking: level, place_id, hanging: counties and towns without a centre. cover: as `nested_cover`, of the
    people of the village service.
    """

    rule: NestingSystem
    nesting: Nesting
    points: gpd.GeoDataFrame
    lacking: pd.DataFrame
    cover: pd.DataFrame


def solve_nesting(study: Study, rule: NestingSystem) -> Chains:
    """Link every facility to the centre above it."""
    places = study.layers.places
    points = pd.concat([_of_level(study, rule, level) for level in LEVELS])
    parents = places["parent_id"].dropna().to_dict()
    wanted = {level: level_ids(study, PLACE_LEVELS[level]) for level in LEVELS[:-1]} | {LEVELS[-1]: ()}
    table = pd.DataFrame(points).rename(columns={"unit": "place_id"})
    short = lacking(table, wanted, parents)
    weight = study.service(rule.village).weight
    flags = {level: study.coverage[service].covered for level, service in rule.members.items()}
    return Chains(
        rule=rule,
        nesting=nest(table, parents, levels=LEVELS),
        points=gpd.GeoDataFrame(points, geometry="geometry", crs=study.layers.crs),
        lacking=short,
        cover=nested_cover(flags, study.layers.demand[weight]),
    )


def _of_level(study: Study, rule: NestingSystem, level: str) -> gpd.GeoDataFrame:
    """Return the facilities of a level with the unit they stand in and the centre they declare."""
    found = standing(study, rule.members[level])
    above = LEVELS[max(LEVELS.index(level) - 1, 0)]
    told = declared_id(study, found, rule.members[above]) if above != level else None
    unit = units(study, found, PLACE_LEVELS[level])
    return found[["name", "geometry"]].assign(level=level, unit=unit, parent_id=told)
