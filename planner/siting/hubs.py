"""1+N: which hub leads which stations, and where hubs are missing."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..errors import InfeasibleError, TableError
from ..tables import three
from ..travel import TravelTimes
from . import highs
from .equations import Rows, next_best, rows, stacked


@dataclass(frozen=True, kw_only=True)
class HubPlan:
    """Who leads whom.

    assignment: by station_id: hub_id (missing: an orphan), minutes, and why there is none (`cause`: no_hub, no hub
    in the same or an adjoining street; too_far, none of them within the limit; full, all within it have N).
    opened: the candidate hubs to build. overloaded: by hub_id, the stations declared to belong to it where those
    are more than N. bare: streets without any hub.
    """

    assignment: pd.DataFrame
    opened: tuple[str, ...]
    overloaded: pd.Series
    bare: tuple[str, ...]

    @property
    def orphans(self) -> pd.DataFrame:
        """Stations without a hub, with the cause."""
        return self.assignment[self.assignment["hub_id"].isna()][["cause"]]

    @property
    def loads(self) -> pd.Series:
        """Stations by hub."""
        return self.assignment["hub_id"].value_counts().sort_index()


def assign_hubs(  # noqa: PLR0913
    times: TravelTimes,
    streets: pd.Series,
    *,
    stations_max: int,
    within_min: float,
    hubs: Iterable[str],
    candidates: Iterable[str] = (),
    p: int = 0,
    adjoining: Iterable[tuple[str, str]] = (),
    declared: "pd.Series | None" = None,
    time_limit_s: float = 60,
) -> HubPlan:
    """Give every station one hub of its own or an adjoining street, with at most N stations a hub.

        max  sum_ns a_ns                                         (1)  then the fewest new hubs, then minutes
        s.t. sum_s a_ns <= 1                 for stations n      (2)
             a_ns <= z_s,  only where t_ns <= T and streets fit  (3)
             sum_n a_ns <= N z_s             for hubs s          (4)
             sum_{s in u} z_s >= 1           where u has any     (5)
             sum_{s new} z_s <= p                                (6)

    times: from stations to hubs. streets: street by id of stations and hubs. stations_max: N. within_min: T,
    inclusive. hubs stand; at most p of the candidates are added. adjoining: pairs of streets.
    declared: hub by station as the register has it, for finding overloaded hubs.

    Raises:
        TableError: hubs that `times` does not know, stations or hubs without a street.
        InfeasibleError: p is less than the streets that have candidates but no hub.

    Source: plan of Suzhou ("1+N"); O'Kelly (1987), EJOR 32, for hub assignment.
    """
    hubs, candidates = sorted(hubs), sorted(candidates)
    every = pd.Index([*hubs, *candidates])
    _refuse(times, streets, every)
    pairs = _pairs(times, streets, every, set(map(frozenset, adjoining)))
    fits = pairs[pairs["minutes"] <= within_min].reset_index(drop=True)
    opened, chosen = _solved(times, streets, every, fits, len(hubs), (stations_max, p), time_limit_s)
    assignment = pd.DataFrame({"hub_id": None, "minutes": np.nan}, index=times.origins.rename("station_id"))
    assignment["hub_id"] = chosen["hub_id"].reindex(assignment.index).astype(object)
    assignment["minutes"] = chosen["minutes"].reindex(assignment.index)
    up = {*hubs, *opened}
    assignment["cause"] = _causes(assignment, streets, fits, up, set(map(frozenset, adjoining)))
    counts = pd.Series(dtype=int) if declared is None else declared.value_counts().sort_index()
    return HubPlan(
        assignment=assignment,
        opened=opened,
        overloaded=counts[counts > stations_max].rename_axis("hub_id"),
        bare=tuple(sorted(set(streets.dropna()) - set(streets.reindex(sorted(up)).dropna()))),
    )


def _refuse(times: TravelTimes, streets: pd.Series, every: pd.Index) -> None:
    unknown = every[~every.isin(times.destinations)]
    if len(unknown):
        raise TableError("siting_unknown", what="hubs", ids=three(unknown), n=len(unknown))
    ids = times.origins.append(every)
    bare = ids[streets.reindex(ids).isna().to_numpy()]
    if len(bare):
        raise TableError("siting_no_street", n=len(bare), ids=three(bare))


def _pairs(times: TravelTimes, streets: pd.Series, every: pd.Index, beside: set[frozenset[str]]) -> pd.DataFrame:
    """Return station, hub and minutes where their streets are one or adjoin."""
    station, hub = times.origins[times.rows], times.destinations[times.indices]
    table = pd.DataFrame({"station_id": station, "hub_id": hub, "minutes": times.minutes.astype(np.float64)})
    table = table[table["hub_id"].isin(every)]
    ends = zip(streets.reindex(table["station_id"]), streets.reindex(table["hub_id"]), strict=True)
    return table[[a == b or frozenset((a, b)) in beside for a, b in ends]]


def _solved(
    times: TravelTimes,
    streets: pd.Series,
    every: pd.Index,
    fits: pd.DataFrame,
    n_stand: int,
    limits: tuple[int, int],
    time_limit_s: float,
) -> tuple[tuple[str, ...], pd.DataFrame]:
    """Solve (1) to (6); z are the first columns, then a."""
    n, m = len(every), len(fits)
    station = times.origins.get_indexer(pd.Index(fits["station_id"]))
    hub = every.get_indexer(pd.Index(fits["hub_id"]))
    stands = (np.arange(n) < n_stand).astype(float)
    program = stacked(
        _rows(station, hub, streets.reindex(every).to_numpy(), (len(times.origins), n, n_stand), limits),
        cost=np.append(np.zeros(n), np.ones(m)),
        bounds=(np.append(stands, np.zeros(m)), np.ones(n + m)),
        n_integer=n + m,
        maximise=True,
        whole=True,
    )
    first = highs.solve(program, time_limit_s=time_limit_s, seed=0)
    if first.values is None:  # noqa: PD011
        raise InfeasibleError("siting_hubs_few", p=limits[1])
    minutes = fits["minutes"].to_numpy()
    price = np.concatenate([(1 + minutes.sum()) * (1 - stands), minutes])  # a new hub outweighs all minutes
    second = highs.solve(next_best(program, first, price), time_limit_s=time_limit_s, seed=0)
    found = first.values if second.values is None else second.values  # noqa: PD011
    up = found[:n] > 0.5
    return tuple(every[up & (stands < 1)]), fits[found[n:] > 0.5].set_index("station_id")


def _rows(
    station: NDArray[np.int64], hub: NDArray[np.int64], street: NDArray, sizes: tuple[int, int, int], limits: tuple
) -> list[Rows]:
    (n_stations, n, n_stand), (most, p) = sizes, limits
    a, each, new = n + np.arange(len(hub)), np.arange(len(hub)), np.arange(n_stand, n)
    named, u = np.unique(street.astype(str), return_inverse=True)
    return [
        rows([(station, a, 1)], n=n_stations, lower=-np.inf, upper=1),  # (2)
        rows([(each, a, 1), (each, hub, -1)], n=len(hub), lower=-np.inf, upper=0),  # (3)
        rows([(hub, a, 1), (np.arange(n), np.arange(n), -most)], n=n, lower=-np.inf, upper=0),  # (4)
        rows([(u, np.arange(n), 1)], n=len(named), lower=1, upper=np.inf),  # (5)
        rows([(0, new, 1)], n=1, lower=-np.inf, upper=p),  # (6)
    ]


def _causes(
    assignment: pd.DataFrame, streets: pd.Series, fits: pd.DataFrame, up: set[str], beside: set[frozenset[str]]
) -> list[str | None]:
    """Say of each orphan why."""
    near = set(fits[fits["hub_id"].isin(up)]["station_id"])
    homes = set(streets.reindex(sorted(up)))
    return [
        None
        if isinstance(hub, str)
        else "full"
        if station in near
        else "too_far"
        if any(own == u or frozenset((own, u)) in beside for u in homes)
        else "no_hub"
        for station, hub, own in zip(
            assignment.index, assignment["hub_id"], streets.reindex(assignment.index), strict=True
        )
    ]
