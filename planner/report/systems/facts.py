"""The record of what is told of one system, and the phrases and tables that several kinds share."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from ...pipeline import Study
from ...project import Service, System
from ...siting.proven import Proven
from ..blocks import Block
from ..style import Words, number

ROWS = 12  # of a list in the report; the annex has all


@dataclass(frozen=True, kw_only=True)
class SystemFacts:
    """One system as it is told.

    proof: None where nothing was chosen, only counted. record: what run.json says of it beside the proof. tables: by
    name of the csv, each with the columns `system` and so on as written. points: by id: name, role (top, lead, new,
    member, loose), told (what a map says of it), geometry; roles: what each role is called. links: from_id, to_id,
    minutes (missing: not travelled), geometry. rounds: kitchen_id, round, told, geometry, a line through its stops.
    outcome: what it proposes or finds, in a sentence or two. blocks: its section of the report.
    """

    rule: System
    proof: Proven | None
    record: Mapping[str, Any]
    tables: Mapping[str, pd.DataFrame]
    points: gpd.GeoDataFrame
    roles: Mapping[str, str]
    links: gpd.GeoDataFrame | None = None
    rounds: gpd.GeoDataFrame | None = None
    outcome: str
    blocks: tuple[Block, ...]

    @property
    def id(self) -> str:
        """The id of its entry in the project file."""
        return self.rule.id

    @property
    def name(self) -> str:
        """What it is called."""
        return self.rule.name


@dataclass(frozen=True, kw_only=True)
class Telling:
    """A study in the words of its language, with the names that the kinds of systems need."""

    study: Study
    words: Words

    def service(self, service: str) -> Service:
        """Return a service of the project."""
        return self.study.service(service)

    def place(self, place_id: object) -> str:
        """Return the name of a place, a dash where there is none."""
        names = self.study.layers.places["name"]
        return str(names[place_id]) if isinstance(place_id, str) and place_id in names.index else "—"

    def promise(self, mode: str, minutes: float) -> str:
        """Return so many minutes on foot, by car and so on."""
        return self.words(f"promise_{mode}", minutes=number(minutes))

    def some(self, names: Sequence[str], most: int = 8) -> str:
        """List names, the first few of many."""
        told = self.words.listed(list(names[:most]))
        return told if len(names) <= most else told + self.words("system_and_more", n=len(names))

    def counts(self, values: pd.Series, kind: str) -> str:
        """List the words for the values of a kind with how often each occurs, the most frequent first."""
        found = values.value_counts().sort_index().sort_values(ascending=False, kind="stable")
        return self.words.listed([self.words("system_n", what=self.words.name(kind, v), n=n) for v, n in found.items()])

    def proof(self, answer: Proven, unit: str) -> str:
        """Say whether anything better can be, and how far the bound is; `unit` is what the objective counts."""
        if answer.proven:
            return self.words("system_proven")
        bound, gap = self.words.count(answer.bound, unit), self.words.percent(answer.gap)
        return self.words("system_bound", bound=bound, gap=gap)


def linked(points: gpd.GeoDataFrame, pairs: pd.DataFrame) -> gpd.GeoDataFrame:
    """Return straight lines between the points of each pair: from_id, to_id, minutes, geometry.

    pairs: from_id, to_id, minutes; they show who belongs to whom, not the way there.
    """
    ends = [shapely.get_coordinates(points.geometry.loc[pairs[c]].to_numpy()) for c in ("from_id", "to_id")]
    lines = [shapely.LineString([a, b]) for a, b in zip(*ends, strict=True)]
    return gpd.GeoDataFrame(pairs.reset_index(drop=True), geometry=lines, crs=points.crs)
