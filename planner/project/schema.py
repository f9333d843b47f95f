"""What planner.toml may say: its keys, their types, and what must hold between them."""

import datetime as dt
import re
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    NonNegativeFloat,
    PositiveFloat,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from .. import presets

ModeName = Literal["walk", "bike", "drive", "transit"]
TransitTime = Literal["door_to_door", "in_vehicle", "timetable"]
_CLOCK = re.compile(r"^([01]?\d|2\d):[0-5]\d$")
Repair = Literal["node_crossings", "close_gaps", "drop_duplicates"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, allow_inf_nan=False)

    @field_validator("*", mode="before")
    @classmethod
    def _no_flag(cls, value: Any, info: ValidationInfo) -> Any:
        """Refuse true and false where a number is meant: pydantic would read them as 1 and 0."""
        if isinstance(value, bool) and cls.model_fields[str(info.field_name)].annotation is not bool:
            raise PydanticCustomError("flag", "flag")
        return value


class Source(_Strict):
    """A file with its datum and the names its columns have: ours = theirs."""

    path: tuple[str, ...] = Field(min_length=1)
    datum: str | None = None
    columns: dict[str, str] = Field(default_factory=dict)
    sheet: str | None = None

    @field_validator("path", mode="before")
    @classmethod
    def _several(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else value


class Streets(Source):
    """The streets, the csv that corrects their tags (way_id, key, value, reason), and what to mend in their drawing.

    `repair`: node_crossings splits streets where they cross on one level, close_gaps joins ends that stop within
    `close_gaps_m` metres of another street, drop_duplicates drops what is drawn twice. Every edit is listed in
    tables/street_edits.csv.
    """

    corrections: str | None = None
    repair: tuple[Repair, ...] = ()
    close_gaps_m: PositiveFloat = presets.load("streets")["doctor"]["gap_m"]["value"]


class Gazetteer(Source):
    """The register of place names, the year of the ordinance whose scopes hold, and the project's own word lists.

    `words` is a csv of list, word, kinds, admin, source: it extends the lists of presets/name_words.csv, and holds
    those that are never shipped (leader, protected).
    """

    law: Literal["2022", "1986"] = "2022"
    words: str | None = None


class TransitSource(Source):
    """Public transport: one table of lines, or GTFS feeds (zip or folder).

    Headways are counted in the window of the day.

    `date`: the day of service of a feed; left out: the project's. `transit_time`: which minutes count for services by
    transit; `stop_walk_m` limits each walk beside a ride in the readings in_vehicle and timetable, `departures` are
    those of timetable.
    """

    date: dt.date
    window: tuple[str, str]
    transit_time: TransitTime
    stop_walk_m: PositiveFloat
    departures: int = Field(default=12, ge=1)

    @field_validator("window")
    @classmethod
    def _in_order(cls, value: tuple[str, str]) -> tuple[str, str]:
        if not all(_CLOCK.match(clock) for clock in value) or _minutes(value[0]) >= _minutes(value[1]):
            raise PydanticCustomError("window", "window")
        return value

    @property
    def minutes(self) -> tuple[float, float]:
        """The window in minutes after midnight."""
        return _minutes(self.window[0]), _minutes(self.window[1])


def _minutes(clock: str) -> float:
    hours, minutes = clock.split(":")
    return 60.0 * int(hours) + int(minutes)


class CircleRule(_Strict):
    """The 5-10-15 circle: walk, bicycle, and public transport or car.

    `services` left out: all that people travel to. `reading`: each mode at its own time, or each at each. `far`: what
    the shortest time goes by; without [transit] it is the car. `transit_time`: which of its minutes count.
    """

    services: tuple[str, ...] = ()
    reading: Literal["respective", "matrix"]
    far: Literal["transit", "drive"] = "transit"
    transit_time: TransitTime
    walk_min: PositiveFloat
    bike_min: PositiveFloat
    far_min: PositiveFloat
    tolerance: float = Field(ge=0, le=0.5)
    bike_mps: PositiveFloat
    drive_mps: PositiveFloat
    parking_min: NonNegativeFloat


class Nominal(_Strict):
    """Every unit of `level` must have `at_least` facilities in service."""

    level: Literal["city", "county", "town", "community"]
    at_least: int = Field(default=1, ge=1)


class PlaceQuota(_Strict):
    """A part of the places of a level, or of the urban or rural ones, that must have a site; existing ones count."""

    level: Literal["city", "county", "town", "community"]
    urban_rural: Literal["urban", "rural"] | None = None
    share: float = Field(default=1.0, ge=0, le=1)


class PriorityRule(_Strict):
    """How much a person of each kind, and of a weak area, counts when sites are chosen; by default all alike.

    `factors` by weight of the demand, e.g. {pop60 = 1, pop80 = 1, child = 0.5}; left out: the service's weight once.
    `weak` are place ids of any level, whose people count 1 + `weak_factor` times.
    """

    factors: dict[str, NonNegativeFloat] = Field(default_factory=dict)
    weak: tuple[str, ...] = ()
    weak_factor: NonNegativeFloat = 0.0


class Siting(_Strict):
    """How many sites, or how much money (in all, or a year), by which model, what any plan must keep, and who pays.

    `share` is of lscp, `first` (who must be covered before anybody gets a backup) of bclp. `required`, `forbidden` and
    `closing` are ids. `capacities` takes the capacity columns of candidates and facilities (mclp, p_median).
    `spacing_m` holds between new sites, and from existing ones. `area_min_m2` is the floor area a candidate needs.
    `at_least` is for every place of a level, `quotas` for a part of them. With `milestones_hard` milestones must be
    met. `responsible` and `person` stand for candidates that name none. `priority` weighs people of some kinds and
    areas (mclp, p_median), beside the plan that counts all alike.
    """

    model: Literal["mclp", "lscp", "bclp", "p_median", "p_center"] = "mclp"
    p: int | None = Field(default=None, ge=1)
    budget: float | None = Field(default=None, gt=0)
    share: float = Field(default=1.0, gt=0, le=1)
    first: float = Field(default=1.0, ge=0, le=1)
    required: tuple[str, ...] = ()
    forbidden: tuple[str, ...] = ()
    closing: tuple[str, ...] = ()
    capacities: bool = False
    spacing_m: float | None = Field(default=None, gt=0)
    area_min_m2: float | None = Field(default=None, gt=0)
    at_least: Nominal | None = None
    quotas: tuple[PlaceQuota, ...] = ()
    budgets: dict[int, NonNegativeFloat] = Field(default_factory=dict)
    carry_over: bool = False
    milestones: dict[int, Annotated[float, Field(ge=0, le=1)]] = Field(default_factory=dict)
    milestones_hard: bool = False
    unit_cost: str | None = None
    area_m2: float | None = Field(default=None, gt=0)
    funds: dict[str, Annotated[float, Field(ge=0, le=1)]] = Field(default_factory=dict)
    responsible: str | None = None
    person: str | None = None
    robustness: bool = True
    priority: PriorityRule | None = None

    @model_validator(mode="after")
    def _enough(self) -> Self:
        known = presets.load("costs")["unit"]
        if self.unit_cost is not None and self.unit_cost not in known:
            raise PydanticCustomError("unit_cost_unknown", "unit_cost_unknown", {"known": ", ".join(known)})
        if self.budgets and self.model != "mclp":
            raise PydanticCustomError("years_mclp", "years_mclp")
        if self.priority and (self.model not in ("mclp", "p_median") or self.capacities or self.milestones_hard):
            raise PydanticCustomError("priority_model", "priority_model")
        if set(self.milestones) - set(self.budgets):
            raise PydanticCustomError("milestone_years", "milestone_years")
        if self.funds and abs(sum(self.funds.values()) - 1) > 1e-9:
            raise PydanticCustomError("funds_sum", "funds_sum", {"sum": f"{100 * sum(self.funds.values()):g}"})
        if self.model == "lscp" and self.p is not None:
            raise PydanticCustomError("lscp_p", "lscp_p")
        limits = (self.p is not None) + (self.budget is not None)
        if self.model in ("mclp", "bclp") and (limits > 1 or limits + bool(self.budgets) == 0):
            raise PydanticCustomError("p_or_budget", "p_or_budget", {"model": self.model})
        if self.model in ("p_median", "p_center") and self.p is None:
            raise PydanticCustomError("needs_p", "needs_p", {"model": self.model})
        return self

    @property
    def explained(self) -> bool:
        """Whether runners-up and a curve can be given: not where room or a second facility counts."""
        return not self.capacities and self.model != "bclp"


class Service(_Strict):
    """One service: where its facilities are, and what is promised."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    preset: str | None = None
    name: str
    mode: ModeName
    speed_mps: PositiveFloat
    kmh: dict[str, PositiveFloat] = Field(default_factory=dict)
    stairs_factor: float = Field(default=1.0, ge=1)
    crossing_s: NonNegativeFloat = 0.0
    parking_min: NonNegativeFloat = 0.0
    direction: Literal["to", "from"] = "to"
    standard_min: PositiveFloat
    cutoff_min: PositiveFloat
    weight: str
    nominal: Nominal | None = None
    facilities: Source
    candidates: Source | None = None
    exclusions: tuple[Source, ...] = ()
    siting: Siting | None = None

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


class About(_Strict):
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


class Limits(_Strict):
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


class Borders(_Strict):
    """Registers of border lines, their stakes and inspections; `secret` keeps stakes out of maps, report and annex.

    The numbers stand in presets/borders.toml with their sources; given here, they take their place.
    """

    lines: Source | None = None
    stakes: Source | None = None
    inspections: Source | None = None
    tracks: Source | None = None
    works: Source | None = None
    seats: Source | None = None
    secret: bool = True
    number: str | None = None
    map_scale: PositiveFloat | None = None
    spacing_km: PositiveFloat | None = None
    patrol_months: int | None = Field(default=None, ge=1)
    witnesses: int | None = Field(default=None, ge=0)
    track_m: PositiveFloat | None = None
    cost_yuan: NonNegativeFloat | None = None

    @field_validator("lines", "stakes", "inspections", "tracks", "works", "seats", mode="before")
    @classmethod
    def _path(cls, value: Any) -> Any:
        return {"path": value} if isinstance(value, str) else value

    @field_validator("number")
    @classmethod
    def _three_groups(cls, value: str | None) -> str | None:
        try:
            held = value is None or re.compile(value).groups == 3
        except re.error:
            held = False
        if not held:
            raise PydanticCustomError("stake_number", "stake_number")
        return value

    @property
    def sources(self) -> dict[str, Source]:
        """The registers that are there, as borders.lines and so on."""
        held = {name: getattr(self, name) for name in ("lines", "stakes", "inspections", "tracks", "works", "seats")}
        return {f"borders.{name}": source for name, source in held.items() if source}

    @property
    def own(self) -> dict[str, float | str]:
        """The numbers that the project gives in place of the presets'."""
        named = ("number", "map_scale", "spacing_km", "patrol_months", "witnesses", "track_m", "cost_yuan")
        return {name: value for name in named if (value := getattr(self, name)) is not None}


class Accepted(_Strict):
    """A finding the project accepts, why and since when; without feature_id the whole code.

    `file` alone names a csv of such rows (code, feature_id, reason, date); it may stand beside other entries.
    """

    code: str
    feature_id: str | None = None
    reason: str = Field(min_length=2)
    date: dt.date


class Parameter(_Strict):
    """One number of the run: where it comes from and how sure it is (S, L, V; P: the project file)."""

    key: str
    value: float | str
    unit: str = ""
    source: str
    confidence: Literal["S", "L", "V", "P"]


class Project(_Strict):
    """Everything planner.toml says, defaults filled in."""

    about: About = Field(alias="project")
    streets: Streets
    places: Source | None = None
    names: Gazetteer | None = None
    demand: Source
    services: tuple[Service, ...] = Field(min_length=1)
    transit: TransitSource | None = None
    circle: CircleRule | None = None
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
    def sources(self) -> dict[str, Source]:
        """Every input by the layer it feeds."""
        named: dict[str, Source] = {"streets": self.streets, "demand": self.demand}
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
        return named
