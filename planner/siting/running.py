"""What a site costs a year once it is built, and by what title its room is held."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..errors import TableError
from ..tables import three

RUNNING_PARTS = ("rent", "staff", "subsidy")  # yuan a year


@dataclass(frozen=True, kw_only=True)
class RunningRates:
    """What a candidate costs a year where it says nothing itself; None: nothing is said.

    tenure: owned, rented or free. rent_m2: yuan a m2 and year; staff: yuan a year; subsidy_bed: yuan a bed and year;
    subsidy_meal: yuan a meal. area_m2: of candidates that name none.
    """

    tenure: str | None = None
    rent_m2: float | None = None
    staff: float | None = None
    subsidy_bed: float | None = None
    subsidy_meal: float | None = None
    area_m2: float | None = None


def running_costs(candidates: pd.DataFrame, rates: RunningRates) -> pd.DataFrame:
    """Return by candidate_id: tenure, rent, staff, subsidy and running, their sum, in yuan a year; missing: not said.

    unsaid names what the sum leaves out because the candidate does not say it: rent, beds, meals, with blanks between.

    candidates: CANDIDATES; what they say counts, else the rates:

        rent    = rent_m2 * area_m2                            (1)  of rented ones only
        subsidy = subsidy_bed * beds + subsidy_meal * meals    (2)

    Raises:
        TableError: rented candidates without a rent and without the floor area that rent_m2 needs.
    """
    said = candidates.get("tenure", pd.Series(None, index=candidates.index, dtype=object))
    tenure = said.astype(object).where(said.notna(), rates.tenure)
    rent, rented = _numbers(candidates, "rent"), tenure == "rented"
    area = _numbers(candidates, "area_m2").fillna(np.nan if rates.area_m2 is None else rates.area_m2)
    if rates.rent_m2 is not None:
        bare = rented & rent.isna() & ~(area > 0)
        if bare.any():
            raise TableError("rent_area", n=int(bare.sum()), ids=three(candidates.index[bare]))
        rent = rent.fillna((rates.rent_m2 * area).round().where(rented))
    said_aid, aid = _numbers(candidates, "subsidy"), _aid(candidates, rates)
    lacks = aid.isna().mul(said_aid.isna(), axis=0).assign(rent=rented & rent.isna())
    parts = pd.DataFrame(
        {
            "rent": rent,
            "staff": _numbers(candidates, "staff").fillna(np.nan if rates.staff is None else rates.staff),
            "subsidy": said_aid.fillna(aid.sum(axis=1, min_count=1)),
        }
    )
    unsaid = (lacks @ pd.Series(lacks.columns + " ", index=lacks.columns)).str.strip()
    found = parts.assign(tenure=tenure, running=parts.sum(axis=1, min_count=1), unsaid=unsaid)
    return found[["tenure", *RUNNING_PARTS, "running", "unsaid"]]


def _aid(candidates: pd.DataFrame, rates: RunningRates) -> pd.DataFrame:
    """Return the parts of subsidy (2) that a rate is known of, by candidate."""
    known = {"beds": rates.subsidy_bed, "meals": rates.subsidy_meal}
    return pd.DataFrame(
        {name: _numbers(candidates, name) * rate for name, rate in known.items() if rate is not None},
        index=candidates.index,
    )


def spent_on_running(running: pd.Series, phase: pd.Series, years: Sequence[int]) -> pd.DataFrame:
    """Return by site (rows) what it costs in each year (columns): from the year it is built on.

    running: yuan a year; phase: the year of each site, missing where there are no years: it then runs in all of them.
    """
    began = pd.to_numeric(phase, errors="coerce").fillna(-np.inf)
    return pd.DataFrame({year: running.where(began <= year, 0.0) for year in years}, index=running.index)


def _numbers(frame: pd.DataFrame, column: str) -> "pd.Series[float]":
    empty = pd.Series(np.nan, index=frame.index)
    return pd.to_numeric(frame[column], errors="coerce").astype(float) if column in frame else empty
