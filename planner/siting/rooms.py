"""Floor area by households: how many square metres are missing where, and which rooms make them up."""

from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from .. import presets
from ..errors import ProjectError, TableError
from ..tables import three
from ..travel import TravelTimes
from .models import MCLP
from .plan import Plan
from .propose import propose_sites

_PRESET = presets.load("systems")["rooms"]


@dataclass(frozen=True, kw_only=True)
class RoomRule:
    """What rooms may cost in all, how far a room serves (walk_min, inclusive), and which must be taken."""

    budget: float
    walk_min: float = _PRESET["walk_min"]["value"]
    required: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Check the statement.

        Raises:
            ProjectError: a number below 0.
        """
        if min(self.budget, self.walk_min) < 0:
            raise ProjectError("room_rule", value=min(self.budget, self.walk_min))


def area_needs(
    households: pd.Series,
    areas: pd.DataFrame,
    *,
    m2_per_100: float = _PRESET["m2_per_100"]["value"],
    purposes: Iterable[str] = (),
) -> pd.DataFrame:
    """Return by place_id and purpose: need_m2, area_m2, shortfall_m2 and m2_per_100, the ratio as it is.

        need_u = m2_per_100 / 100 * households_u                 (1)
        shortfall_ut = max(0, need_u - area_ut)                  (2)

    Each purpose has its own need: elderly and community rooms are not pooled.

    households: by place_id. areas: place_id, purpose, area_m2, one row a room; every purpose named there or in
    `purposes` is checked in every place. Places without households need nothing; their ratio is missing.

    Raises:
        TableError: rooms without a floor area.

    Source: plan of Nanjing, "each at least 30 m2 per 100 households".
    """
    bare = areas.index[areas["area_m2"].isna()]
    if len(bare):
        raise TableError("rooms_no_area", n=len(bare), ids=three(bare))
    named = sorted({*areas["purpose"], *purposes})
    index = pd.MultiIndex.from_product([households.index, named], names=["place_id", "purpose"])
    have = areas.groupby(["place_id", "purpose"])["area_m2"].sum().reindex(index, fill_value=0.0)
    homes = households.reindex(index.get_level_values("place_id")).set_axis(index)
    need = homes * m2_per_100 / 100
    ratio = (have / homes * 100).where(homes > 0)
    return pd.DataFrame(
        {"need_m2": need, "area_m2": have, "shortfall_m2": (need - have).clip(lower=0), "m2_per_100": ratio}
    )


def allot_rooms(
    times: TravelTimes, shortfall_m2: pd.Series, rooms: pd.DataFrame, *, rule: RoomRule, time_limit_s: float = 60
) -> Plan:
    """Choose rooms, to rent, buy or build, that make up the most square metres within a budget.

    It is `MCLP` with capacities: compounds ask for their shortfall, a room gives its area to the compounds within
    the walk, and adjacent small compounds may share one. `Plan.assignment` holds the square metres as weight.

    times: from compounds to rooms. shortfall_m2: by compound, of one purpose. rooms: by candidate_id: area_m2, cost.

    Raises:
        as `propose_sites`.
    """
    return propose_sites(
        MCLP(rule.walk_min, budget=rule.budget),
        times,
        shortfall_m2,
        candidates=rooms.index,
        required=rule.required,
        costs=rooms["cost"],
        capacities=rooms["area_m2"],
        time_limit_s=time_limit_s,
    )
