"""What a service's sites must be: the model, its limits, and what any plan must keep."""

from typing import Annotated, Literal, Self

from pydantic import Field, NonNegativeFloat, model_validator
from pydantic_core import PydanticCustomError

from .. import presets
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


class Siting(Strict):
    """How many sites, or how much money (in all, or a year), by which model, what any plan must keep, and who pays.

    `share` is of lscp, `first` (who must be covered before anybody gets a backup) of bclp. `required`, `forbidden` and
    `closing` are ids. `capacities` takes the capacity columns of candidates and facilities (mclp, p_median).
    `spacing_m` holds between new sites, and from existing ones. `area_min_m2` is the floor area a candidate needs.
    `at_least` is for every place of a level, `quotas` for a part of them.
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
    robustness: bool = True

    @model_validator(mode="after")
    def _enough(self) -> Self:
        known = presets.load("costs")["unit"]
        if self.unit_cost is not None and self.unit_cost not in known:
            raise PydanticCustomError("unit_cost_unknown", "unit_cost_unknown", {"known": ", ".join(known)})
        if self.budgets and self.model != "mclp":
            raise PydanticCustomError("years_mclp", "years_mclp")
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
    def plain(self) -> bool:
        """Whether nothing is asked of single sites or of the plan beside the model itself."""
        single = self.required or self.forbidden or self.closing
        return not (single or self.capacities or self.spacing_m or self.at_least or self.quotas)
