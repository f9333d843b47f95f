"""How far people go before and after a plan that shortens ways: `minutes_of`, site by site."""

import numpy as np
import pandas as pd

from .instance import Instance
from .plan import Plan


def minutes_of(plan: Plan, instance: Instance) -> pd.DataFrame:
    """Return by candidate_id the minutes of the people whom a site of a PMedian or PCenter gains, before and after.

    newly_reached: people whom nothing reached within the cutoff before. mean_before, max_before: to the nearest
    existing facility, of those who were reached; missing where nobody was. mean_after, max_after: of all it gains.
    """
    at = instance.demand.get_indexer(plan.assignment.index)
    rows = plan.assignment.assign(before=instance.standing_min[at])
    rows = rows.assign(before=rows["before"].where(np.isfinite(rows["before"])))
    told = {name: _minutes(of_site) for name, of_site in rows.groupby("candidate_id")}
    columns = ["newly_reached", "mean_before", "max_before", "mean_after", "max_after"]
    table = pd.DataFrame.from_dict(told, orient="index", columns=columns).reindex(plan.sites.index)
    return table.assign(newly_reached=table["newly_reached"].fillna(0))


def _minutes(of_site: pd.DataFrame) -> tuple[float, ...]:
    """Return newly reached, mean and largest minutes before, mean and largest after."""
    known = of_site[of_site["before"].notna()]
    new = of_site["weight"].sum() - known["weight"].sum()
    before = (_mean(known, "before"), known["before"].max()) if len(known) else (np.nan, np.nan)
    return float(new), *before, _mean(of_site, "minutes"), float(of_site["minutes"].max())


def _mean(rows: pd.DataFrame, column: str) -> float:
    return float((rows[column] * rows["weight"]).sum() / rows["weight"].sum())
