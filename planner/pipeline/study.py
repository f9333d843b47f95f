"""What one run found out: `Study`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

import geopandas as gpd
import pandas as pd

from .. import texts
from ..checks import Acceptance
from ..coverage import (
    Circle,
    Coverage,
)
from ..gaps import Gaps
from ..layers import Layers
from ..network import (
    StreetNetwork,
    TransitNetwork,
)
from ..project import Project, Service, System
from ..scenario import Scenario
from ..siting import (
    Plan,
)
from ..siting.grounds import Grounds
from ..travel import ServiceAreas, TravelTimes


def acceptances(project: Project) -> list[Acceptance]:
    """Return what the project accepts, as the checks take it."""
    return [Acceptance(**word.model_dump()) for word in project.accept]


class Answered(Protocol):
    """A system that was asked for, and what was found out about it; see `pipeline.systems` for those of each kind."""

    @property
    def rule(self) -> System:
        """What the project says of it."""


@dataclass(frozen=True, kw_only=True)
class Study:
    """Everything one run found out; nothing in it changes and nothing in it is a file.

    `networks` by mode (all modes share one topology), `lines` the same streets with public transport joined; the rest
    by service id, `systems` by their own. `unweighted` are the plans that count everybody alike, where a priority was
    asked for, and `kept` the coverage by the facilities that stay, where a plan closes some. `walked` counts the metres
    along the streets of services on foot, whatever slows a walk. `scenario` was applied to
    the layers `unedited`, where there is one. `by_place`, `uncovered` and `circle` have the columns of
    coverage_by_place.csv, uncovered_places.csv and circle.csv. What a run was not asked for is empty.
    """

    project: Project
    layers: Layers
    scenario: Scenario | None = None
    unedited: Layers | None = None
    networks: Mapping[str, StreetNetwork] = field(default_factory=dict)
    lines: TransitNetwork | None = None
    findings: gpd.GeoDataFrame | None = None
    street_edits: pd.DataFrame = field(default_factory=pd.DataFrame)
    snaps: pd.DataFrame = field(default_factory=pd.DataFrame)
    times: Mapping[str, TravelTimes] = field(default_factory=dict)
    areas: Mapping[str, ServiceAreas] = field(default_factory=dict)
    coverage: Mapping[str, Coverage] = field(default_factory=dict)
    walked: Mapping[str, Coverage] = field(default_factory=dict)
    by_place: pd.DataFrame = field(default_factory=pd.DataFrame)
    uncovered: pd.DataFrame = field(default_factory=pd.DataFrame)
    circles: Mapping[str, Circle] = field(default_factory=dict)
    circle: pd.DataFrame = field(default_factory=pd.DataFrame)
    gaps: Mapping[str, Gaps] = field(default_factory=dict)
    candidates: Mapping[str, gpd.GeoDataFrame] = field(default_factory=dict)
    rejected: Mapping[str, gpd.GeoDataFrame] = field(default_factory=dict)
    plans: Mapping[str, Plan] = field(default_factory=dict)
    unweighted: Mapping[str, Plan] = field(default_factory=dict)
    kept: Mapping[str, Coverage] = field(default_factory=dict)
    grounds: Mapping[str, Grounds] = field(default_factory=dict)
    systems: Mapping[str, Answered] = field(default_factory=dict)

    @property
    def parameters(self) -> pd.DataFrame:
        """Every number of the run: key, value, unit, source, confidence."""
        return pd.DataFrame([p.model_dump() for p in self.project.parameters])

    @property
    def cautions(self) -> list[str]:
        """What must stand beside every share: too few streets to tell, of a project without places; lines that rest."""
        language, told = self.project.language, []
        if self.findings is not None:
            all_over = self.findings[(self.findings["code"] == "NW-11") & self.findings["feature_id"].isna()]
            told += [str(said) for said in all_over[f"message_{language}"]]
        if self.lines is not None and self.project.transit is not None:
            n, of, departures = self.lines.running
            window = "-".join(self.project.transit.window)
            if n < of / 2:
                told.append(
                    texts.say(language, "coverage", "few_lines", n=n, of=of, departures=departures, window=window)
                )
        return told

    @property
    def measured(self) -> bool:
        """Whether coverage was measured; of a project that is only checked it was not."""
        return bool(self.coverage)

    @property
    def unmatched(self) -> tuple[str, ...]:
        """Code and feature of what the project accepts though nothing of the kind was found."""
        found = self.findings
        if found is None:
            return ()
        more = {*found.loc[found.index.astype(str).str.endswith("-rest"), "code"]}  # may be among those not listed
        return tuple(
            " ".join(filter(None, (word.code, word.feature_id)))
            for word in acceptances(self.project)
            if word.code not in more and not word.covers(found).any()
        )

    def facilities(self, service: str) -> gpd.GeoDataFrame:
        """Return the facilities of a service that count on the project's date."""
        return self.layers.open_on(service, self.project.about.date)

    def service(self, service: str) -> Service:
        """Return what the project promises for a service."""
        return next(s for s in self.project.services if s.id == service)
