"""Are the targets of a plan on their way? The indicator register, each status by a straight line to its target."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from ..tables import INDICATORS

DONE, ON_TRACK, BEHIND, MISSED = "done", "on_track", "behind", "missed"


def indicator_status(indicators: pd.DataFrame, *, on: date) -> pd.DataFrame:
    """Return INDICATORS with `status`: done, on_track, behind or missed; missing where it cannot be told.

    The path is a straight line from `base` at the end of `base_year` to `target` at the end of `year`; an
    indicator whose target lies below its base falls. Done is who has reached the target, missed who has not
    when its year is over. Without base and base_year nothing between can be told. Without a target: missing.

    Raises:
        TableError: the table breaks its contract.
    """
    INDICATORS.check(indicators)
    wanted = indicators.reindex(columns=["base", "base_year", "target", "year", "actual"]).astype(float)
    status = [_status(row, on) for row in wanted.to_dict("records")]
    return indicators.assign(status=pd.Series(status, index=indicators.index, dtype=object))


def _status(row: Mapping[Any, float], on: date) -> str | None:
    base, since, target, year, actual = (row[k] for k in ("base", "base_year", "target", "year", "actual"))
    if np.isnan(target) or np.isnan(actual):
        return None
    falls = base > target
    if (actual <= target) if falls else (actual >= target):
        return DONE
    if not np.isnan(year) and on > date(int(year), 12, 31):
        return MISSED
    if np.isnan(base) or np.isnan(since) or np.isnan(year) or year <= since:
        return None
    gone = (on - date(int(since), 12, 31)).days / (date(int(year), 12, 31) - date(int(since), 12, 31)).days
    path = base + (target - base) * min(max(gone, 0.0), 1.0)
    return ON_TRACK if ((actual <= path) if falls else (actual >= path)) else BEHIND
