"""Columbaria: niches for twenty years, how long the present ones last, and where to add some."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from .. import presets
from ..errors import ProjectError
from ..travel import TravelTimes
from .models import MCLP
from .plan import Plan
from .propose import propose_sites
from .rules import Rules

_PRESET = presets.load("systems")["columbaria"]


@dataclass(frozen=True, kw_only=True)
class Mortality:
    """What the need for niches follows from: deaths a person and year, years, and the part placed in niches."""

    deaths: float
    years: int = _PRESET["years"]["value"]
    share: float = _PRESET["share"]["value"]

    def __post_init__(self) -> None:
        """Check the statement.

        Raises:
            ProjectError: a rate or share outside [0, 1], or less than one year.
        """
        if not (0 <= self.deaths <= 1 and 0 <= self.share <= 1 and self.years >= 1):
            raise ProjectError("columbaria_rates", deaths=self.deaths, share=self.share, years=self.years)


def niche_needs(population: pd.Series, free: pd.Series, mortality: Mortality) -> pd.DataFrame:
    """Return by place: need, free, shortfall (niches) and years_left.

        need_u = P_u * d * years * s, rounded up                 (1)
        shortfall_u = max(0, need_u - free_u)                    (2)
        years_left_u = free_u / (P_u * d * s)                    (3)  missing where nobody dies

    population: by place_id. free: niches that are not taken, by place_id; places it lacks have none.
    A population of 50,000, 7 per thousand and s = 0.5 need 3,500.

    Source: DB34/T 4180-2022 (Anhui, rural public cemeteries).
    """
    a_year = population * mortality.deaths * mortality.share
    need = np.ceil(a_year * mortality.years - 1e-6).astype(np.int64)
    have = free.reindex(population.index, fill_value=0)
    return pd.DataFrame(
        {
            "need": need,
            "free": have,
            "shortfall": (need - have).clip(lower=0),
            "years_left": (have / a_year).where(a_year > 0),
        },
        index=population.index.rename("place_id"),
    )


@dataclass(frozen=True, kw_only=True)
class ColumbariumRule:
    """How far people drive, so many new sites or so much money, and side conditions (one a town: `Rules.at_least`)."""

    drive_min: float = _PRESET["within_min"]["value"]
    p: int | None = None
    budget: float | None = None
    rules: Rules = field(default_factory=Rules)


def site_columbaria(
    times: TravelTimes, shortfall: pd.Series, sites: pd.DataFrame, *, rule: ColumbariumRule, time_limit_s: float = 60
) -> Plan:
    """Choose sites whose niches take in most of the shortfall within the drive.

    It is `MCLP` with capacities. Pass candidates through `screen_candidates` with the exclusion zones first.

    times: from places (or demand) to sites. shortfall: niches by origin. sites: by id: niches, stands (true: is there,
    with the niches that are still to be given), and cost where there is a budget.

    Raises:
        as `propose_sites`.
    """
    stands = sites["stands"].to_numpy(bool)
    return propose_sites(
        MCLP(rule.drive_min, p=rule.p, budget=rule.budget),
        times,
        shortfall,
        candidates=sites.index[~stands],
        existing=sites.index[stands],
        costs=sites["cost"][~stands] if "cost" in sites else None,
        capacities=sites["niches"],
        rules=rule.rules,
        time_limit_s=time_limit_s,
    )
