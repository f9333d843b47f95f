"""County, town, village: whether every station has its town centre and its county centre above it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..errors import TableError

LEVELS = ("county", "town", "village")


@dataclass(frozen=True, kw_only=True)
class Nesting:
    """The chains of inclusion.

    links: by facility_id: level, parent_id (missing at the top and where the chain is broken), broken (missing: whole;
    no_parent: the unit above has no facility of the level above; elsewhere: the declared parent stands in another
    unit, or on another level; no_unit: the place is in no unit above), unit (the place that lacks a facility).
    counts: facilities by level, highest first. missing: places that need a facility for a chain to be whole.
    """

    links: pd.DataFrame
    counts: pd.Series
    missing: tuple[str, ...]

    @property
    def broken(self) -> pd.DataFrame:
        """The facilities whose chain breaks at them."""
        return self.links[self.links["broken"].notna()]

    @property
    def ratios(self) -> pd.Series:
        """Facilities of each level for one of the level above: 8 : 170 is 21.25; missing above the first."""
        return self.counts / self.counts.shift()


def nest(facilities: pd.DataFrame, parents: Mapping[str, str], *, levels: Sequence[str] = LEVELS) -> Nesting:
    """Link every facility to one of the level above in the unit above its place.

    A facility may belong to any place inside a unit: its unit is found upwards through `parents`. The parent of a
    facility of level l in place u is the declared one, else the first id among those of level l - 1 that stand in the
    nearest place above or at u which has any; the county centre of a town is sought in the town's county only.

    facilities: by facility_id: level (one of `levels`), place_id, optional parent_id as declared.
    parents: the place above each place; places at the top are not in it.

    Raises:
        TableError: a level that is not in `levels`, or places above each other in a circle.

    Source: plan of Fuyang (county, town, village); Church and Eaton (1987), successively inclusive hierarchies.
    """
    unknown = facilities["level"][~facilities["level"].isin(levels)]
    if len(unknown):
        raise TableError("nesting_level", ids=", ".join(map(str, unknown.index[:3])), known=", ".join(levels))
    facilities = facilities.sort_index()
    links = pd.DataFrame(
        [_link(row, facilities, parents, levels) for row in facilities.itertuples()],
        index=facilities.index.rename("facility_id"),
        columns=["level", "parent_id", "broken", "unit"],
    )
    lacking = links[links["broken"] == "no_parent"]["unit"]
    counts = facilities["level"].value_counts().reindex(list(levels), fill_value=0)
    return Nesting(links=links, counts=counts, missing=tuple(sorted(set(lacking.dropna()))))


def lacking(facilities: pd.DataFrame, units: Mapping[str, Sequence[str]], parents: Mapping[str, str]) -> pd.DataFrame:
    """Return the units that have no facility of their level: level, place_id, hanging.

    `hanging` counts the facilities of the next level below that stand in the unit and have no centre there.

    facilities: by facility_id: level, place_id. units: the places that are to have one, by level, highest first.
    parents: the place above each place.
    """
    below = dict(zip(units, [*list(units)[1:], None], strict=True))
    chains = {place: set(_chain(place, parents)) for place in facilities["place_id"].dropna().unique()}
    rows = []
    for level, places in units.items():
        held = set(facilities["place_id"][facilities["level"] == level])
        under = facilities["place_id"][facilities["level"] == below[level]].dropna()
        rows += [(level, u, sum(u in chains[p] for p in under)) for u in sorted(set(places) - held)]
    return pd.DataFrame(rows, columns=["level", "place_id", "hanging"])


def nested_cover(covered: Mapping[str, pd.Series], demand: pd.Series) -> pd.DataFrame:
    """Return people and share covered by level, and by all levels at once (`all`): fully served is covered at each.

    covered: by level, true or false by demand_id. demand: people by demand_id.
    """
    masks = {level: flags.reindex(demand.index, fill_value=False).to_numpy(bool) for level, flags in covered.items()}
    masks["all"] = np.logical_and.reduce(list(masks.values()))
    weights = demand.to_numpy()
    people = pd.Series({level: weights[mask].sum() for level, mask in masks.items()}, name="people").rename_axis(
        "level"
    )
    return people.to_frame().assign(demand=demand.sum(), share=people / demand.sum())


def _chain(place: str, parents: Mapping[str, str]) -> list[str]:
    """Return a place and all above it."""
    chain = [place]
    while chain[-1] in parents and pd.notna(parents[chain[-1]]):
        if parents[chain[-1]] in chain:
            raise TableError("nesting_circle", place=place)
        chain.append(parents[chain[-1]])
    return chain


def _link(
    row: object, facilities: pd.DataFrame, parents: Mapping[str, str], levels: Sequence[str]
) -> tuple[str, str | None, str | None, str | None]:
    """Return level, parent, what is broken, and the unit that it is about."""
    level, place = str(row.level), row.place_id  # type: ignore[attr-defined]
    if level == levels[0]:
        return level, None, None, None
    chain = _chain(place, parents)
    above = facilities[facilities["level"] == levels[levels.index(level) - 1]]
    unit = chain[0] if level == levels[-1] and len(chain) == 1 else chain[min(1, len(chain) - 1)]
    declared = getattr(row, "parent_id", None)
    if isinstance(declared, str):
        fits = declared in above.index and above.loc[declared, "place_id"] in chain
        return (level, declared, None, None) if fits else (level, None, "elsewhere", unit)
    for u in chain:
        here = above.index[above["place_id"] == u]
        if len(here):
            return level, str(here[0]), None, None
    return (level, None, "no_unit", None) if len(chain) == 1 else (level, None, "no_parent", unit)
