"""The tri-modal circle of the Nanjing plan, 5-10-15 minutes by public transport or car, bicycle and on foot.

The plan (宁政办发〔2021〕40号, column 1) names three times and three modes side by side. Read one to one, whoever is
within 15 minutes on foot is of class A, else within 10 by bicycle B, else within 5 by public transport (or car) C, else
D. Read as a matrix, every mode is asked for every time: nine shares. "左右" (about) is answered by a band of 10 %.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import pandas as pd

from ..layers import ancestry
from ..travel import TravelTimes, held
from .coverage import Share, weights_of

Reading = Literal["respective", "matrix"]
CLASSES = ("A", "B", "C", "D")
COLUMNS = (
    *("service", "reading", "place_id", "name", "level", "weight", "band", "class", "mode", "minutes"),
    *("people", "demand", "share"),
)


@dataclass(frozen=True, kw_only=True)
class Circle:
    """Who is in which class of one service's circle.

    `minutes`: the promise by mode, in the order walk, bike, transit or drive. `table`: `<mode>_min` by demand_id,
    missing beyond what was searched. `demand` has the weights and place_id of the same rows. `tolerance`: the band
    about the promise, as a share of it.
    """

    service: str
    reading: Reading
    minutes: Mapping[str, float]
    tolerance: float
    table: pd.DataFrame
    demand: pd.DataFrame

    @property
    def far(self) -> str:
        """What class C goes by: transit, or drive in its stead where no lines are known (以驾车替代)."""
        return list(self.minutes)[-1]

    @property
    def weights(self) -> tuple[str, ...]:
        """The weights the demand carries."""
        return tuple(c for c in self.demand.columns if c != "place_id")

    def share(self, name: str, weight: str, *, band: float = 1.0) -> Share:
        """Return the people of class A, B, C or D, of all; `band` 0.9 says it of nine tenths of each promise."""
        amount = self.demand[weight]
        return Share(float(amount[self._classes(band) == name].sum()), float(amount.sum()))

    def within(self, mode: str, minutes: float, weight: str) -> Share:
        """Return the people within some minutes by one mode, of all: one of the nine shares."""
        amount = self.demand[weight]
        return Share(float(amount[self._near(mode, minutes)].sum()), float(amount.sum()))

    @cached_property
    def classes(self) -> "pd.Series[str]":
        """A, B, C or D by demand_id."""
        return self._classes(1.0)

    @property
    def bands(self) -> tuple[float, ...]:
        """1 and, where there is a tolerance, what lies below and above."""
        return (1 - self.tolerance, 1.0, 1 + self.tolerance) if self.tolerance else (1.0,)

    def items(self, *, band: float = 1.0) -> Iterator[tuple[dict[str, Any], "pd.Series[bool]"]]:
        """Yield what the reading asks, as class, mode and minutes, with a flag by demand_id."""
        if self.reading == "respective":
            classes = self._classes(band)
            for name, mode in zip(CLASSES, (*self.minutes, None), strict=True):
                promise = None if mode is None else round(self.minutes[mode] * band, 6)
                yield {"class": name, "mode": mode, "minutes": promise}, classes == name
            return
        for mode in self.minutes:
            for promise in sorted(self.minutes.values()):
                wanted = round(promise * band, 6)
                yield {"class": None, "mode": mode, "minutes": wanted}, self._near(mode, wanted)

    def _near(self, mode: str, minutes: float) -> "pd.Series[bool]":
        return self.table[f"{mode}_min"] <= held(minutes)

    def _classes(self, band: float) -> "pd.Series[str]":
        near = [self._near(mode, round(m * band, 6)) for mode, m in self.minutes.items()]
        return pd.Series(np.select(near, CLASSES[:3], CLASSES[3]), index=self.table.index)


def measure_circle(
    times: Mapping[str, TravelTimes],
    demand: pd.DataFrame | pd.Series,
    *,
    reading: Reading = "respective",
    minutes: Mapping[str, float] | None = None,
    tolerance: float = 0.1,
    service: str = "service",
) -> Circle:
    """Return who is in which class of the tri-modal circle.

    Args:
        times: minutes from demand to facilities by mode: walk, bike, and transit or drive.
        demand: DEMAND, or one Series of weights by demand_id; every id of the times' origins and no other.
        reading: "respective": each mode at its own time; "matrix": each mode at each time.
        minutes: the promise by mode; walk 15, bike 10, transit or drive 5 where it says nothing.
        tolerance: how wide the band about the promise is, 0 to below 1.
        service: a name for the tables.

    Raises:
        ValueError: other modes than these, times not searched far enough for what is asked, or demand that is not what
            they were made for.

    Source: Nanjing, 宁政办发〔2021〕40号, column 1 "一刻钟"幸福圈; the reading is ours.
    """
    far = "transit" if "transit" in times else "drive"
    if set(times) != {"walk", "bike", far} or not 0 <= tolerance < 1:
        raise ValueError("times of walk, bike, and transit or drive are needed, and a tolerance from 0 to below 1")
    promise = {"walk": 15.0, "bike": 10.0, far: 5.0} | {k: float(v) for k, v in (minutes or {}).items()}
    promise = {mode: promise[mode] for mode in ("walk", "bike", far)}
    frame, order = weights_of(demand), times["walk"].origins
    for mode, found in times.items():
        asked = (max(promise.values()) if reading == "matrix" else promise[mode]) * (1 + tolerance)
        if found.cutoff_min < round(asked, 6):
            raise ValueError(f"{mode}: times are known up to {found.cutoff_min}, not to {asked}")
        if not frame.index.sort_values().equals(pd.Index(found.origins).sort_values()):
            raise ValueError(f"{mode}: demand and the origins of the travel times are not the same points")
    table = pd.DataFrame(
        {f"{mode}_min": times[mode].nearest()["minutes"].reindex(order) for mode in promise}, index=order
    )
    return Circle(
        service=service,
        reading=reading,
        minutes=promise,
        tolerance=tolerance,
        table=table.rename_axis("demand_id"),
        demand=frame.loc[order].rename_axis("demand_id"),
    )


def circle_by_place(
    circle: Circle, places: gpd.GeoDataFrame, *, weights: tuple[str, ...] | None = None
) -> pd.DataFrame:
    """Return the people of each class (or of each of the nine shares), of all, in all and by place and level.

    Columns are those of circle.csv. Rows without a place are of the whole area, demand in no place included, and come
    with every band; rows of places are of the promise itself. The reading changes class, mode and minutes, and with
    them people and share; nothing else.
    """
    chosen = circle.weights if weights is None else weights
    rows = [_whole(circle, weight) for weight in chosen] + [_places(circle, places, weight) for weight in chosen]
    table = pd.concat(rows, ignore_index=True)
    table["share"] = (table["people"] / table["demand"]).where(table["demand"] > 0)
    return table.assign(service=circle.service, reading=circle.reading)[[*COLUMNS]]


def _whole(circle: Circle, weight: str) -> pd.DataFrame:
    amount = circle.demand[weight]
    rows = [
        item | {"weight": weight, "band": band, "people": float(amount[flag].sum()), "demand": float(amount.sum())}
        for band in circle.bands
        for item, flag in circle.items(band=band)
    ]
    nowhere = dict.fromkeys(("place_id", "name", "level"))
    return pd.DataFrame(rows).assign(**nowhere).astype(dict.fromkeys(nowhere, object))


def _places(circle: Circle, places: gpd.GeoDataFrame, weight: str) -> pd.DataFrame:
    if "place_id" not in circle.demand:
        return pd.DataFrame(columns=[*COLUMNS])
    amount, home, up = circle.demand[weight], circle.demand["place_id"], ancestry(places)
    items = list(circle.items())
    held_ = pd.DataFrame({i: amount.where(flag, 0.0) for i, (_, flag) in enumerate(items)}).assign(demand=amount)
    below = held_.groupby(home).sum().rename_axis("place_id").reset_index().merge(up, on="place_id")
    sums = below.groupby("ancestor_id")[[*range(len(items)), "demand"]].sum()
    parts = [sums[["demand"]].assign(people=sums[i], **item, item=i) for i, (item, _) in enumerate(items)]
    rows = pd.concat(parts).rename_axis("place_id").reset_index().sort_values(["place_id", "item"], ignore_index=True)
    named = rows.merge(places[["name", "level"]], left_on="place_id", right_index=True)
    return named.assign(weight=weight, band=1.0).drop(columns="item")
