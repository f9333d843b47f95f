"""Every trip of public transport on one day, in arrays: `Timetable`."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, kw_only=True)
class Pattern:
    """Trips of one line that call at the same stops in the same order.

    `stops`: positions in a table of stops (visits,). `arrive`, `depart`: minutes after midnight (trips, visits).
    `headway_min`: as the operator states it; NaN where only the trips are known.
    """

    line: str
    stops: NDArray[np.int64]
    arrive: NDArray[np.float64]
    depart: NDArray[np.float64]
    headway_min: float = float("nan")

    def __post_init__(self) -> None:
        """Refuse times that run backwards or do not fit the stops.

        Raises:
            ValueError: of which line.
        """
        times = np.stack([self.arrive, self.depart], axis=2).reshape(len(self.arrive), -1)
        fits = self.arrive.shape[1:] == self.stops.shape and len(self.stops) > 1
        if not (fits and np.isfinite(times).all() and (np.diff(times, axis=1) >= 0).all()):
            raise ValueError(f"{self.line}: times are missing, run backwards, or do not fit the stops")


@dataclass(frozen=True, kw_only=True)
class Timetable:
    """Every trip of public transport on one day.

    stops: by stop_id, name and geometry (points in the project CRS). Pattern `p` is called `line[p]` and calls at
    `stop[offsets[p]:offsets[p + 1]]`, positions in `stops`. Its trips are `trips[p]` to `trips[p + 1] - 1`, none of
    which overtakes another; trip `t` has its times from `times[t]` on in `arrive` and `depart`, minutes after midnight
    and possibly past 1440. `headway_min` (patterns): as stated in a table of lines; NaN where only the trips are known.
    """

    stops: gpd.GeoDataFrame
    line: NDArray[np.str_]
    offsets: NDArray[np.int64]
    stop: NDArray[np.int32]
    trips: NDArray[np.int64]
    times: NDArray[np.int64]
    arrive: NDArray[np.float64]
    depart: NDArray[np.float64]
    headway_min: NDArray[np.float64]

    def __post_init__(self) -> None:
        """Freeze the arrays."""
        for value in vars(self).values():
            if isinstance(value, np.ndarray):
                value.setflags(write=False)

    def __len__(self) -> int:
        """Return the number of trips."""
        return len(self.times)

    @classmethod
    def from_patterns(cls, stops: gpd.GeoDataFrame, patterns: Iterable[Pattern]) -> Self:
        """Lay patterns out in arrays; stops that none of them calls at are left out."""
        held = [part for pattern in patterns for part in _in_turn(pattern)]
        called = np.unique(np.concatenate([np.zeros(0, np.int64), *(p.stops for p in held)]))
        rank = np.full(len(stops), -1)
        rank[called] = np.arange(len(called))
        visits = np.array([len(p.stops) for p in held], np.int64)
        n_trips = np.array([len(p.arrive) for p in held], np.int64)
        steps = np.repeat(visits, n_trips)
        return cls(
            stops=stops.iloc[called],
            line=np.array([p.line for p in held], dtype=np.str_),
            offsets=_cumulated(visits),
            stop=np.concatenate([np.zeros(0, np.int32), *(rank[p.stops].astype(np.int32) for p in held)]),
            trips=_cumulated(n_trips),
            times=_cumulated(steps)[:-1],
            arrive=np.concatenate([np.zeros(0), *(p.arrive.ravel() for p in held)]),
            depart=np.concatenate([np.zeros(0), *(p.depart.ravel() for p in held)]),
            headway_min=np.array([p.headway_min for p in held], dtype=np.float64),
        )

    def pattern(self, p: int) -> Pattern:
        """Return one pattern with its trips as rows."""
        n = int(self.offsets[p + 1] - self.offsets[p])
        low, n_trips = int(self.trips[p]), int(self.trips[p + 1] - self.trips[p])
        at = slice(int(self.times[low]), int(self.times[low]) + n * n_trips)
        return Pattern(
            line=str(self.line[p]),
            stops=self.stop[self.offsets[p] : self.offsets[p + 1]].astype(np.int64),
            arrive=self.arrive[at].reshape(n_trips, n),
            depart=self.depart[at].reshape(n_trips, n),
            headway_min=float(self.headway_min[p]),
        )


def _in_turn(pattern: Pattern) -> Iterable[Pattern]:
    """Split trips so that within each part none overtakes another, as RAPTOR needs."""
    order = np.lexsort((pattern.arrive[:, -1], pattern.depart[:, 0]))
    lanes: list[list[int]] = []
    for trip in order:
        behind = (lane for lane in lanes if _follows(pattern, lane[-1], trip))
        lane = next(behind, None)
        if lane is None:
            lanes.append([trip])
        else:
            lane.append(trip)
    for lane in lanes:
        yield Pattern(
            line=pattern.line,
            stops=pattern.stops,
            arrive=pattern.arrive[lane],
            depart=pattern.depart[lane],
            headway_min=pattern.headway_min,
        )


def _follows(pattern: Pattern, before: int, after: int) -> bool:
    late = (pattern.arrive[after] >= pattern.arrive[before]) & (pattern.depart[after] >= pattern.depart[before])
    return bool(late.all())


def _cumulated(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
