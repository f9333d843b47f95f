"""The grounds of a plan in one record: `ground`."""

from dataclasses import dataclass, replace

import pandas as pd

from ..travel import TravelTimes
from .curve import coverage_curve
from .explain import SiteSheets, site_sheets
from .plan import Plan
from .robustness import Robustness, measure_robustness
from .shortfall import Shortfall, explain_shortfall
from .terms import Terms


@dataclass(frozen=True, kw_only=True)
class Grounds:
    """Why a plan is as it is: sheets by site, the curve of sites or money, what would do for all, how sure it is.

    `robustness` is None where it was not asked for, `shortfall` where the model has no standard or room counts.
    """

    sheets: SiteSheets
    curve: pd.DataFrame
    shortfall: Shortfall | None
    robustness: Robustness | None


def ground(
    plan: Plan,
    times: TravelTimes,
    demand: pd.Series,
    *,
    terms: Terms,
    farther: TravelTimes | None = None,
    weights: pd.DataFrame | None = None,
    groups: pd.Series | None = None,
) -> Grounds:
    """Give the grounds of a plan.

    terms: as the plan was made with. farther: for the robustness, the same times up to the standard times `Grid.reach`
    (PMedian, PCenter: the times themselves); None leaves it out. weights, groups: by demand_id, see `site_sheets` and
    `measure_robustness`. By a priority the cases of the robustness are chosen and minutes of PMedian are weighed; the
    rivals and the curve of a cover are told in people.

    Raises:
        TableError: what `propose_sites` refuses.
    """
    standard_min = getattr(plan.model, "standard_min", None)
    told = terms if standard_min is None else replace(terms, priority=None)
    return Grounds(
        sheets=site_sheets(plan, times, demand, terms=told, weights=weights),
        curve=coverage_curve(plan, times, demand, terms=told),
        shortfall=None
        if standard_min is None or terms.capacities is not None
        else explain_shortfall(times, demand, standard_min=standard_min, terms=told),
        robustness=None
        if farther is None or plan.sites.empty
        else measure_robustness(plan, farther, demand, terms=terms, groups=groups),
    )
