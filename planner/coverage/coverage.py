"""Who is within the standard: `measure_coverage` and its record."""

from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from ..tables import COVERAGE, WEIGHTS
from ..travel import CAUSES, TravelTimes, held

STANDARD_WALKS_M = (800, 1000)  # GB 50180-2018, 15 minutes on foot: the elderly, everyone


@dataclass(frozen=True)
class Share:
    """A share that says of what: numerator, denominator, and their ratio (None of nothing)."""

    covered: float
    demand: float

    @property
    def share(self) -> float | None:
        """Covered / demand, 0 to 1."""
        return self.covered / self.demand if self.demand > 0 else None


@dataclass(frozen=True, kw_only=True)
class Coverage:
    """Who is served by one service.

    `table` is COVERAGE (index service, mode, demand_id); `demand` has the weights and place_id of the same
    rows by demand_id, in the same order.
    """

    service: str
    mode: str
    standard_min: float
    cutoff_min: float
    table: pd.DataFrame
    demand: pd.DataFrame

    def share(self, weight: str) -> Share:
        """Return the people (or households …) within the standard, of all."""
        return self.within(self.standard_min, weight)

    def within(self, standard_min: float, weight: str) -> Share:
        """Return the same for another time.

        Raises:
            ValueError: a time beyond the cutoff, of which nothing is known.
        """
        if standard_min > self.cutoff_min:
            raise ValueError(f"times are known up to {self.cutoff_min}, not to {standard_min}")
        near = (self.minutes <= held(standard_min)).to_numpy()
        amount = self.demand[weight]
        return Share(float(amount[near].sum()), float(amount.sum()))

    @property
    def weights(self) -> tuple[str, ...]:
        """The weights the demand carries."""
        return tuple(c for c in self.demand.columns if c != "place_id")

    @cached_property
    def points(self) -> pd.DataFrame:
        """The table by demand_id alone."""
        return self.table.droplevel(["service", "mode"])

    @property
    def minutes(self) -> "pd.Series[float]":
        """Minutes to the nearest facility by demand_id; missing beyond the cutoff."""
        return self.points["minutes"]

    @property
    def covered(self) -> "pd.Series[bool]":
        """Whether each demand point is within the standard."""
        return self.points["covered"]


def measure_coverage(
    times: TravelTimes,
    demand: pd.DataFrame | pd.Series,
    *,
    standard_min: float,
    service: str = "service",
    mode: str = "walk",
) -> Coverage:
    """Return who is within the standard, by which facility, and why the rest is not.

    Args:
        times: minutes from demand to facilities, with a cutoff of the standard at least.
        demand: DEMAND, or one Series of weights by demand_id; every id of `times.origins` and no other.
        standard_min: the promise; exactly this time is within it.
        service, mode: names for the table.

    Raises:
        ValueError: a standard beyond the cutoff, or demand that is not what `times` was made for.
    """
    if standard_min > times.cutoff_min:
        raise ValueError(f"times are known up to {times.cutoff_min}, not to {standard_min}")
    frame = weights_of(demand)
    if not frame.index.sort_values().equals(pd.Index(times.origins).sort_values()):
        raise ValueError("demand and the origins of the travel times are not the same points")
    frame = frame.loc[times.origins]
    nearest = times.nearest()
    covered = (nearest["minutes"] <= held(standard_min)).to_numpy()
    far = "too_far" if len(times.destinations) else "no_facility"
    known = pd.Series([far if CAUSES[c] in ("", "too_far") else CAUSES[c] for c in times.causes], dtype=object)
    table = pd.DataFrame(
        {
            "facility_id": nearest["destination_id"].astype(object).where(nearest["minutes"].notna(), None).to_numpy(),
            "minutes": nearest["minutes"].to_numpy(),
            "covered": covered,
            "cause": known.where(~covered, None).to_numpy(),
        },
        index=pd.MultiIndex.from_product([[service], [mode], times.origins], names=COVERAGE.index),
    )
    return Coverage(
        service=service,
        mode=mode,
        standard_min=standard_min,
        cutoff_min=times.cutoff_min,
        table=COVERAGE.check(table),
        demand=frame.rename_axis("demand_id"),
    )


def weights_of(demand: pd.DataFrame | pd.Series) -> pd.DataFrame:
    """Return place_id and every numeric column."""
    if isinstance(demand, pd.Series):
        return demand.rename(str(demand.name or "demand")).to_frame()
    held = [c for c in demand.columns if c in WEIGHTS or pd.api.types.is_numeric_dtype(demand[c])]
    return pd.DataFrame(demand[(["place_id"] if "place_id" in demand else []) + held])
