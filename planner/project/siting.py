"""What a service's sites must be: the model, its limits, and what any plan must keep."""

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, Protocol, Self

from pydantic import Field, NonNegativeFloat, model_validator
from pydantic_core import PydanticCustomError

from .. import presets
from ..errors import Fault
from .strict import Strict


class Nominal(Strict):
    """Every unit of `level` must have `at_least` facilities in service."""

    level: Literal["city", "county", "town", "community"]
    at_least: int = Field(default=1, ge=1)


class PlaceQuota(Strict):
    """A part of the places of a level, or of the urban or rural ones, that must have a site; existing ones count."""

    level: Literal["city", "county", "town", "community"]
    urban_rural: Literal["urban", "rural"] | None = None
    share: float = Field(default=1.0, ge=0, le=1)


class PriorityRule(Strict):
    """How much a person of each kind, and of a weak area, counts when sites are chosen; by default all alike.

    `factors` by weight of the demand, e.g. {pop60 = 1, pop80 = 1, child = 0.5}; left out: the service's weight once.
    `weak` are place ids of any level, whose people count 1 + `weak_factor` times.
    """

    factors: dict[str, NonNegativeFloat] = Field(default_factory=dict)
    weak: tuple[str, ...] = ()
    weak_factor: NonNegativeFloat = 0.0


class Running(Strict):
    """What a site costs a year, in yuan, where its row of the candidates says nothing; `preset` fills what is left out.

    `tenure` and `rent_m2` (a m2, if rented), `staff`, `subsidy_bed` (a bed) and `subsidy_meal` (a meal; candidates
    have `beds` and `meals` a year). Told for the years of `budgets`, or of so many `years`. `funds`: who pays.
    """

    preset: str | None = None
    tenure: Literal["owned", "rented", "free"] | None = None
    rent_m2: NonNegativeFloat | None = None
    staff: NonNegativeFloat | None = None
    subsidy_bed: NonNegativeFloat | None = None
    subsidy_meal: NonNegativeFloat | None = None
    years: int | None = Field(default=None, ge=1)
    funds: dict[str, Annotated[float, Field(ge=0, le=1)]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _known(self) -> Self:
        known = presets.load("running")["unit"]
        if self.preset is not None and self.preset not in known:
            raise PydanticCustomError("running_unknown", "running_unknown", {"known": ", ".join(known)})
        if self.funds and abs(sum(self.funds.values()) - 1) > 1e-9:
            raise PydanticCustomError("funds_sum", "funds_sum", {"sum": f"{100 * sum(self.funds.values()):g}"})
        return self

    def filled(self) -> dict[str, dict[str, Any]]:
        """Return the numbers of the preset that are not set here: value, source, year, region, confidence."""
        known = presets.load("running")
        filled = known["unit"][self.preset] if self.preset else {}
        filled = filled | (known["rates"] if self.tenure == "rented" or self.preset else {})
        return {key: number for key, number in filled.items() if getattr(self, key) is None}


class Siting(Strict):
    """How many sites, or how much money (in all, or a year), by which model, what any plan must keep, and who pays.

    `share` is of lscp, `first` (who must be covered before anybody gets a backup) of bclp. `required`, `forbidden` and
    `closing` are ids. `capacities` takes the capacity columns of candidates and facilities (all but bclp).
    `spacing_m` holds between new sites, and from existing ones. `area_min_m2` is the floor area a candidate needs.
    `at_least` is for every place of a level, `quotas` for a part of them. With `milestones_hard` milestones must be
    met. `budgets` may have `p` or `budget` beside them, which then limit all years together. `funds` need a cost of
    every candidate. `running` is what sites cost a year once they are built. `responsible` and `person` stand for
    candidates that name none. `priority` weighs people of some kinds and areas (mclp, bclp, p_median), beside the plan
    that counts all alike.
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
    running: Running | None = None
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
        if self.priority and self.model in ("lscp", "p_center"):
            raise PydanticCustomError(f"priority_{self.model}", f"priority_{self.model}")
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
    def idle(self) -> tuple[str, ...]:
        """The keys that the model or the other keys leave without effect."""
        idle = {
            "budget": self.budget is not None and self.model not in ("mclp", "bclp"),
            "share": "share" in self.model_fields_set and self.model != "lscp",
            "first": "first" in self.model_fields_set and self.model != "bclp",
            "carry_over": self.carry_over and not self.budgets,
            "milestones_hard": self.milestones_hard and not self.milestones,
        }
        return tuple(key for key, is_idle in idle.items() if is_idle)


class _Service(Protocol):
    @property
    def siting(self) -> Siting | None: ...


def siting_faults(services: Iterable[_Service], today: date, file: Path) -> Iterable[Fault]:
    """Yield keys that would have no effect, and budgets of years that are over at the project's date."""
    for n, service in enumerate(services, 1):
        asked = service.siting
        if asked is None:
            continue
        at = {"path": file, "key": f"services[{n}].siting"}
        for key in asked.idle:
            why = Fault(f"idle_{key}", {"model": asked.model}, section="values")
            yield Fault("idle_key", at | {"key": f"{at['key']}.{key}", "detail": why})
        years = sorted(year for year in asked.budgets if year < today.year)
        if years:
            told = {"key": f"{at['key']}.budgets", "years": ", ".join(map(str, years)), "date": today}
            yield Fault("past_years", at | told)
