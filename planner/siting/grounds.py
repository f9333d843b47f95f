"""The grounds of a plan in one record: `ground`."""

from dataclasses import dataclass
from typing import Any

import pandas as pd

from ..travel import TravelTimes
from .explain import Shortfall, SiteSheets, coverage_curve, explain_shortfall, site_sheets
from .plan import Plan
from .robustness import Robustness, measure_robustness
from .rules import Rules


@dataclass(frozen=True, kw_only=True)
class Grounds:
    """Why a plan is as it is: sheets by site, the curve of sites or money, what would do for all, how sure it is.

    `robustness` is None where it was not asked for, `shortfall` where the model has no standard.
    """

    sheets: SiteSheets
    curve: pd.DataFrame
    shortfall: Shortfall | None
    robustness: Robustness | None


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What a plan was made with beside its model: see `propose_sites`.

    priority: w_i that the plan counts: the cases of the robustness are chosen by it, and minutes of PMedian are weighed
    by it; the rivals and the curve of a cover are told in people.
    """

    existing: pd.Index | tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    forbidden: pd.Index | tuple[str, ...] = ()
    costs: pd.Series | None = None
    rules: Rules | None = None
    priority: pd.Series | None = None


def ground(
    plan: Plan,
    times: TravelTimes,
    demand: pd.Series,
    *,
    asked: Asked,
    farther: TravelTimes | None = None,
    weights: pd.DataFrame | None = None,
    groups: pd.Series | None = None,
) -> Grounds:
    """Give the grounds of a plan without capacities that is no BCLP.

    farther: for the robustness, the same times up to the standard times `Grid.reach` (PMedian, PCenter: the times
    themselves); None leaves it out. weights, groups: by demand_id, see `site_sheets` and `measure_robustness`.

    Raises:
        TableError: a plan of another model, and what `propose_sites` refuses.
    """
    short: dict[str, Any] = {"existing": asked.existing, "forbidden": asked.forbidden, "costs": asked.costs}
    common = short | {"required": asked.required}
    standard_min = getattr(plan.model, "standard_min", None)
    counted = demand if asked.priority is None else asked.priority
    demand = demand if standard_min is not None else counted
    curve = coverage_curve(plan, times, demand, **common)
    shortfall = robustness = None
    if standard_min is not None:
        shortfall = explain_shortfall(times, demand, standard_min=standard_min, **short)
    if farther is not None and not plan.sites.empty:
        robustness = measure_robustness(plan, farther, counted, groups=groups, **common)
    sheets = site_sheets(plan, times, demand, weights=weights, rules=asked.rules, **common)
    return Grounds(sheets=sheets, curve=curve, shortfall=shortfall, robustness=robustness)
