"""What planner.toml may say: its keys, their types, and what must hold between them."""

import datetime as dt
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, NonNegativeFloat, PositiveFloat, field_validator, model_validator
from pydantic_core import PydanticCustomError

from .. import presets
from .borders import Borders
from .siting import Nominal, Siting
from .sources import Gazetteer, Source, Streets, TransitSource, TransitTime
from .strict import Strict
from .systems import CompositeSystem, System

ModeName = Literal["walk", "bike", "drive", "transit"]


class CircleRule(Strict):
    """The 5-10-15 circle: walk, bicycle, and public transport or car.

    `services` left out: all that people travel to. `reading`: each mode at its own time, or each at each. `far`: what
    the shortest time goes by; without [transit] it is the car. `transit_time`: which of its minutes count.
    `walk_mps`, `bike_mps`: of services that are not reached on foot, or by bicycle, themselves; those keep their pace.
    """

    services: tuple[str, ...] = ()
    reading: Literal["respective", "matrix"]
    far: Literal["transit", "drive"] = "transit"
    transit_time: TransitTime
    walk_min: PositiveFloat
    bike_min: PositiveFloat
    far_min: PositiveFloat
    tolerance: float = Field(ge=0, le=0.5)
    walk_mps: PositiveFloat
    bike_mps: PositiveFloat
    drive_mps: PositiveFloat
    parking_min: NonNegativeFloat


class Service(Strict):
    """One service: where its facilities are, and what is promised. `bands_min`: the minutes of its service areas."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    preset: str | None = None
    name: str
    mode: ModeName
    speed_mps: PositiveFloat
    kmh: dict[str, PositiveFloat] = Field(default_factory=dict)
    stairs_factor: float = Field(default=1.0, ge=1)
    crossing_s: float = Field(default=0.0, ge=0, le=300)
    slope: bool = True
    parking_min: float = Field(default=0.0, ge=0, le=60)
    direction: Literal["to", "from"] = "to"
    standard_min: PositiveFloat
    cutoff_min: PositiveFloat
    bands_min: tuple[PositiveFloat, ...] = Field(default=(), max_length=9)
    weight: str
    nominal: Nominal | None = None
    facilities: Source
    candidates: Source | None = None
    exclusions: tuple[Source, ...] = ()
    siting: Siting | None = None

    @property
    def bands(self) -> tuple[float, ...]:
        """The minutes of its service areas: as asked; else by fives up to a standard of 10 to 20, else by thirds."""
        by_five = self.standard_min % 5 == 0 and 10 <= self.standard_min <= 20
        parts = round(self.standard_min / 5) if by_five else 3
        return self.bands_min or tuple(self.standard_min * part / parts for part in range(1, parts + 1))

    @property
    def weights(self) -> tuple[str, ...]:
        """The columns of the demand that the service counts: its own weight, then those of a priority."""
        own = self.siting.priority.factors if self.siting and self.siting.priority else {}
        return tuple(dict.fromkeys([self.weight, *own]))

    @model_validator(mode="after")
    def _reaches(self) -> Self:
        if self.cutoff_min < self.standard_min:
            given = {"cutoff_min": f"{self.cutoff_min:g}", "standard_min": f"{self.standard_min:g}"}
            raise PydanticCustomError("cutoff_below_standard", "cutoff_below_standard", given)
        return self

    @model_validator(mode="after")
    def _goes_no_faster_than_can_be(self) -> Self:
        limit = presets.load("modes")["walk" if self.mode == "transit" else self.mode]["fastest_kmh"]["value"]
        said = {"speed_mps": self.speed_mps * 3.6} | {f"kmh.{highway}": kmh for highway, kmh in self.kmh.items()}
        for key, kmh in said.items():
            if kmh > limit:
                given = {"at": key, "kmh": f"{kmh:g}", "limit": f"{limit:g}", "mode": self.mode}
                raise PydanticCustomError("too_fast", "too_fast", given)
        return self


class About(Strict):
    """What the project is called, and what holds for all of it."""

    name: str = Field(pattern=r"^[\w\-]+$")
    title: str = ""
    language: Literal["zh", "en"] = "zh"
    crs: str
    date: dt.date
    sample: bool = False
    map_approval: str = ""
    attribution: str = "© OpenStreetMap contributors, ODbL"

    @field_validator("crs")
    @classmethod
    def _metres(cls, value: str) -> str:
        from pyproj import CRS
        from pyproj.exceptions import CRSError

        try:
            crs = CRS.from_user_input(value)
        except CRSError as error:
            raise PydanticCustomError("crs_unknown", "crs_unknown") from error
        if not crs.is_projected or crs.axis_info[0].unit_name != "metre":
            raise PydanticCustomError("crs_not_metres", "crs_not_metres")
        return value


class Limits(Strict):
    """Limits with a meaning; the defaults and their sources stand in presets/modes.toml."""

    snap_max_m: PositiveFloat
    snap_warn_m: PositiveFloat
    covered_from: float = Field(gt=0, le=1)
    partial_from: float = Field(gt=0, le=1)
    gap_reach_m: PositiveFloat
    gap_extent_m: PositiveFloat
    gap_people_min: float = Field(ge=0)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.partial_from > self.covered_from:
            given = {"partial_from": f"{self.partial_from:g}", "covered_from": f"{self.covered_from:g}"}
            raise PydanticCustomError("partial_above_covered", "partial_above_covered", given)
        return self


class Accepted(Strict):
    """A finding the project accepts, why and since when; without feature_id the whole code.

    `file` alone names a csv of such rows (code, feature_id, reason, date); it may stand beside other entries.
    """

    code: str
    feature_id: str | None = None
    reason: str = Field(min_length=2)
    date: dt.date


class Parameter(Strict):
    """One number of the run: where it comes from and how sure it is (S, L, V; P: the project file)."""

    key: str
    value: float | str
    unit: str = ""
    source: str
    confidence: Literal["S", "L", "V", "P"]


class Project(Strict):
    """Everything planner.toml says, defaults filled in.

    Streets, demand and services may be left out of a project that is only checked; `lacks` names those that are.
    """

    about: About = Field(alias="project")
    streets: Streets | None = None
    places: Source | None = None
    names: Gazetteer | None = None
    demand: Source | None = None
    services: tuple[Service, ...] = ()
    transit: TransitSource | None = None
    circle: CircleRule | None = None
    systems: tuple[System, ...] = ()
    limits: Limits
    borders: Borders | None = None
    indicators: Source | None = None
    claims: Source | None = None
    accept: tuple[Accepted, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    base: Path = Path()
    file: Path = Path("planner.toml")

    @model_validator(mode="after")
    def _once(self) -> Self:
        ids = [s.id for s in self.services]
        if len(set(ids)) < len(ids):
            raise PydanticCustomError("services_twice", "services_twice", {"ids": ", ".join(ids)})
        return self

    @model_validator(mode="after")
    def _known_lines(self) -> Self:
        lost = [s.id for s in self.services if s.mode == "transit"] if self.transit is None else []
        if lost:
            raise PydanticCustomError("needs_transit", "needs_transit", {"ids": ", ".join(lost)})
        unknown = sorted({*(self.circle.services if self.circle else ())} - {s.id for s in self.services})
        if unknown:
            raise PydanticCustomError("circle_services", "circle_services", {"ids": ", ".join(unknown)})
        return self

    @property
    def name(self) -> str:
        """The folder of its runs."""
        return self.about.name

    @property
    def language(self) -> str:
        """The language of everything a reader sees: zh or en."""
        return self.about.language

    @property
    def crs(self) -> str:
        """The one projected CRS of all layers."""
        return self.about.crs

    @property
    def lacks(self) -> tuple[str, ...]:
        """What it would need beyond a check and does not have: of streets, demand, services."""
        return tuple(key for key in ("streets", "demand", "services") if not getattr(self, key))

    @property
    def sources(self) -> dict[str, Source]:
        """Every input by the layer it feeds."""
        named: dict[str, Source] = {}
        named |= {"streets": self.streets} if self.streets else {}
        named |= {"demand": self.demand} if self.demand else {}
        named |= {"places": self.places} if self.places else {}
        named |= self.borders.sources if self.borders else {}
        named |= {"names": self.names} if self.names else {}
        named |= {"indicators": self.indicators} if self.indicators else {}
        named |= {"claims": self.claims} if self.claims else {}
        named |= {"transit": self.transit} if self.transit else {}
        for service in self.services:
            named[f"facilities.{service.id}"] = service.facilities
            named |= {f"candidates.{service.id}": service.candidates} if service.candidates else {}
            named |= {f"exclusions.{service.id}.{i}": s for i, s in enumerate(service.exclusions, 1)}
        return named | {f"buildings.{s.id}": s.buildings for s in self.systems if isinstance(s, CompositeSystem)}
