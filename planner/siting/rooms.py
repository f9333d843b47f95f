"""Floor area by households: how many square metres are missing where, and which rooms make them up."""

from collections.abc import Iterable

import pandas as pd

from ..travel import TravelTimes
from .models import MCLP
from .plan import Plan
from .propose import propose_sites

M2_PER_100_HOUSEHOLDS = 30.0  # plan of Nanjing, for elderly and community rooms each
WALK_MIN = 5.0  # a room within this of a compound may serve it; L, neighbourhood circle of GB 50180-2018


def area_needs(
    households: pd.Series, areas: pd.DataFrame, *, m2_per_100: float = M2_PER_100_HOUSEHOLDS
) -> pd.DataFrame:
    """Return by compound and purpose: need_m2, area_m2, shortfall_m2 and m2_per_100, the ratio as it is.

        need_u = m2_per_100 / 100 * households_u                 (1)
        shortfall_ut = max(0, need_u - area_ut)                  (2)

    Each purpose has its own need: elderly and community rooms are not pooled.

    households: by place_id. areas: place_id, purpose, area_m2, one row a room; every purpose named there is checked
    in every place. Places without households need nothing; their ratio is missing.

    Source: plan of Nanjing, "each at least 30 m2 per 100 households".
    """
    purposes = sorted(areas["purpose"].unique())
    index = pd.MultiIndex.from_product([households.index, purposes], names=["place_id", "purpose"])
    have = areas.groupby(["place_id", "purpose"])["area_m2"].sum().reindex(index, fill_value=0.0)
    homes = households.reindex(index.get_level_values("place_id")).set_axis(index)
    need = homes * m2_per_100 / 100
    ratio = (have / homes * 100).where(homes > 0)
    return pd.DataFrame(
        {"need_m2": need, "area_m2": have, "shortfall_m2": (need - have).clip(lower=0), "m2_per_100": ratio}
    )


def allot_rooms(  # noqa: PLR0913
    times: TravelTimes,
    shortfall_m2: pd.Series,
    rooms_m2: pd.Series,
    *,
    costs: pd.Series,
    budget: float,
    required: Iterable[str] = (),
    walk_min: float = WALK_MIN,
    time_limit_s: float = 60,
) -> Plan:
    """Choose rooms, to rent, buy or build, that make up the most square metres within a budget.

    It is `MCLP` with capacities: compounds ask for their shortfall, a room gives its area to the compounds within
    `walk_min`, and adjacent small compounds may share one. `Plan.assignment` holds the square metres as weight.

    times: from compounds to rooms. shortfall_m2: by compound, of one purpose. rooms_m2, costs: by room.

    Raises:
        as `propose_sites`.
    """
    return propose_sites(
        MCLP(walk_min, budget=budget),
        times,
        shortfall_m2,
        candidates=rooms_m2.index,
        required=required,
        costs=costs,
        capacities=rooms_m2,
        time_limit_s=time_limit_s,
    )
