"""What a site costs and who pays: `estimate`, `candidate_costs`, `split_funds`.

Money is in yuan. Every part is rounded to 100 yuan (0.01 万元, what estimates print), so that parts
always add up to the total that is shown.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import numpy as np
import pandas as pd

from .. import presets
from ..errors import Fault, TableError
from ..tables import three

STEP = 100  # yuan


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """The cost of one site in yuan, by part; each a multiple of 100."""

    building: int
    equipment: int
    other: int
    reserve: int

    @property
    def total(self) -> int:
        """Everything together."""
        return self.building + self.equipment + self.other + self.reserve


@dataclass(frozen=True, kw_only=True)
class UnitCost:
    """What building costs: yuan of building work and of equipment, per m2 of floor or per site.

    `numbers` lists every value with its source, year, region and confidence, as a run prints them.
    """

    name: str
    per: str
    building: float
    equipment: float
    other_share: float
    reserve_share: float
    numbers: tuple[Mapping[str, Any], ...]

    def of(self, area_m2: float | None = None) -> Estimate:
        """Return the estimate of a site with this floor area; of one site where the cost goes by site.

        Raises:
            TableError: the cost goes by area and none is given.
        """
        if self.per == "site":
            return estimate(self.building, self.equipment, self.other_share, self.reserve_share)
        if area_m2 is None or not np.isfinite(area_m2) or area_m2 <= 0:
            raise TableError("cost_area", name=self.name, value=area_m2)
        amounts = area_m2 * self.building, area_m2 * self.equipment
        return estimate(*amounts, self.other_share, self.reserve_share)


def estimate(building: float, equipment: float, other_share: float, reserve_share: float) -> Estimate:
    """Return cost = building + equipment + other + reserve.

        other   = other_share * building                         (1)
        reserve = reserve_share * (building + other)             (2)  equipment carries no reserve

    Source: 建设项目投资估算编审规程 (CECA/GC 1-2015) for the parts; (2) as approved for 丽江象山社区, 2022:
    5 % of 458.01 + 60.95 is 25.95 (万元).
    """
    work = _round(building)
    other = _round(other_share * work)
    return Estimate(
        building=work, equipment=_round(equipment), other=other, reserve=_round(reserve_share * (work + other))
    )


def unit_cost(name: str) -> UnitCost:
    """Return the preset unit cost `name` (presets/costs.toml).

    Raises:
        TableError: there is no such unit cost.
    """
    known = presets.load("costs")
    if name not in known["unit"]:
        raise TableError("cost_unknown", name=name, known=", ".join(known["unit"]))
    preset, rates = known["unit"][name], known["rates"]
    parts = {key: preset[key] for key in ("building", "equipment") if key in preset}
    bundled = preset["per"] == "site"  # a lump sum holds everything
    shares = {} if bundled else {key: rates[key] for key in ("other_share", "reserve_share")}
    numbers = tuple({"key": f"{name}.{key}", **value} for key, value in (parts | shares).items())
    return UnitCost(
        name=name,
        per=preset["per"],
        building=float(parts["building"]["value"]),
        equipment=float(parts["equipment"]["value"]) if "equipment" in parts else 0.0,
        other_share=0.0 if bundled else float(rates["other_share"]["value"]),
        reserve_share=0.0 if bundled else float(rates["reserve_share"]["value"]),
        numbers=numbers,
    )


def candidate_costs(candidates: pd.DataFrame, unit: UnitCost | None, *, area_m2: float | None = None) -> pd.DataFrame:
    """Return by candidate_id: cost (yuan), estimated (whether it comes from `unit`), and the parts of an estimate.

    candidates: CANDIDATES; its `cost` counts where it is given, else its `area_m2` (or the option) times `unit`.

    Raises:
        TableError: candidates without a cost, and no unit cost or no floor area to make one from.
    """
    given = _numbers(candidates, "cost")
    missing = given.isna()
    area = _numbers(candidates, "area_m2").fillna(np.nan if area_m2 is None else area_m2)
    bare = missing if unit is None else missing & (unit.per == "m2") & ~(area > 0)
    if bare.any():
        raise TableError("cost_missing", n=int(bare.sum()), ids=three(candidates.index[bare]))
    parts = pd.DataFrame(np.nan, index=candidates.index, columns=["building", "equipment", "other", "reserve"])
    for key in candidates.index[missing]:
        assert unit is not None
        parts.loc[key] = list(vars(unit.of(area[key])).values())
    cost = given.where(~missing, parts.sum(axis=1, min_count=1))
    whole = bool((cost == cost.round()).all())
    return parts.assign(cost=cost.astype(np.int64) if whole else cost, estimated=missing)[
        ["cost", "estimated", *parts.columns]
    ]


def split_funds(total: float, shares: Mapping[str, float]) -> "pd.Series[int]":
    """Return yuan by source of funds, in steps of 100, adding up to `total` exactly.

    shares: part of the total by source, adding up to 1. What rounding leaves goes to the largest remainders;
    what is left of a total that is no multiple of 100 goes to the first source.

    Raises:
        TableError: a share below 0, or shares that do not add up to 1.
    """
    bad = [Fault("fund_share", {"name": name, "value": part}) for name, part in shares.items() if not part >= 0]
    if not bad and abs(sum(shares.values()) - 1) > 1e-9:
        bad = [Fault("fund_sum", {"sum": f"{100 * sum(shares.values()):g}"})]
    if bad:
        raise TableError(*bad)
    steps, odd = divmod(round(total), STEP)
    exact = np.array([steps * part for part in shares.values()])
    whole = np.floor(exact + 1e-9).astype(np.int64)
    order = np.argsort(-(exact - whole), kind="stable")
    whole[order[: steps - int(whole.sum())]] += 1
    money = whole * STEP
    money[0] += odd
    return pd.Series(money, index=pd.Index(shares, name="fund"), name="amount")


def _round(amount: float) -> int:
    """Return the amount in whole hundreds, halves up as accountants do."""
    return int((Decimal(repr(float(amount))) / STEP).quantize(Decimal(1), ROUND_HALF_UP)) * STEP


def _numbers(frame: pd.DataFrame, column: str) -> "pd.Series[float]":
    empty = pd.Series(np.nan, index=frame.index)
    return pd.to_numeric(frame[column], errors="coerce").astype(float) if column in frame else empty
