"""1+N: which hub leads which stations, and where hubs are missing."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..errors import InfeasibleError, ProjectError, SolverError, TableError
from ..tables import three
from ..travel import TravelTimes
from ..travel.times import held
from . import highs
from .equations import Rows, next_best, rows, stacked, value_of
from .proven import Proven


@dataclass(frozen=True, kw_only=True)
class HubRule:
    """What a 1+N network must keep.

    stations_max: N, stations a hub. within_min: T, inclusive. p: at most so many candidates become hubs.
    adjoining: pairs of streets whose hubs may lead each other's stations.
    """

    stations_max: int
    within_min: float
    p: int = 0
    adjoining: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        """Check the statement.

        Raises:
            ProjectError: less than one station a hub, or a number below 0.
        """
        if self.stations_max < 1 or self.within_min < 0 or self.p < 0:
            raise ProjectError("hub_rule", most=self.stations_max, within=self.within_min, p=self.p)

    def beside(self, a: str, b: str) -> bool:
        """Return whether two streets are one or adjoin."""
        return a == b or (a, b) in self.adjoining or (b, a) in self.adjoining


@dataclass(frozen=True, kw_only=True)
class HubPlan(Proven):
    """Who leads whom; the objective is the number of stations that are led.

    assignment: by station_id: hub_id (missing: an orphan), minutes, and why there is none (`cause`: no_hub, no hub
    in the same or an adjoining street; too_far, none of them within the limit; full, all within it have N).
    hubs: by hub_id, those that stand and those to build (`new`): street, stations (number).
    bare: streets with stations and without any hub.
    """

    assignment: pd.DataFrame
    hubs: pd.DataFrame
    bare: tuple[str, ...]

    @property
    def opened(self) -> tuple[str, ...]:
        """The candidate hubs to build."""
        return tuple(self.hubs.index[self.hubs["new"]])

    @property
    def orphans(self) -> pd.DataFrame:
        """Stations without a hub, with the cause."""
        return self.assignment[self.assignment["hub_id"].isna()][["cause"]]


def assign_hubs(
    times: TravelTimes, streets: pd.Series, hubs: pd.DataFrame, *, rule: HubRule, time_limit_s: float = 60
) -> HubPlan:
    """Give every station one hub of its own or an adjoining street, with at most N stations a hub.

        max  sum_ns a_ns                                         (1)  then the fewest new hubs, then minutes
        s.t. sum_s a_ns <= 1                 for stations n      (2)
             a_ns <= z_s,  only where t_ns <= T and streets fit  (3)
             sum_n a_ns <= N z_s             for hubs s          (4)
             sum_{s in u} z_s >= 1           where u has any     (5)
             sum_{s new} z_s <= p                                (6)

    times: from stations to hubs. streets: street by station_id. hubs: by hub_id: street, stands (false: a candidate).

    Raises:
        TableError: hubs that `times` does not know, stations or hubs without a street.
        InfeasibleError: p is less than the streets that have candidates but no hub.

    Source: plan of Suzhou ("1+N"); O'Kelly (1987), EJOR 32, for hub assignment.
    """
    hubs = hubs.sort_index().sort_values("stands", ascending=False, kind="stable")
    streets = streets.reindex(times.origins)
    _refuse(times, streets, hubs)
    fits = _pairs(times, streets, hubs, rule)
    up, chosen, solved = _solved(times, hubs, fits, rule, time_limit_s)
    assignment = chosen[["hub_id", "minutes"]].reindex(times.origins.rename("station_id"))
    assignment["hub_id"] = assignment["hub_id"].astype(object)
    standing = hubs[up]
    loads = assignment["hub_id"].value_counts().reindex(standing.index, fill_value=0)
    table = pd.DataFrame({"street": standing["street"], "stations": loads, "new": ~standing["stands"].astype(bool)})
    n, causes = len(chosen), _causes(assignment, streets, fits, standing, rule)
    return HubPlan(
        assignment=assignment.assign(cause=pd.Series(causes, index=assignment.index, dtype=object)),
        hubs=table.rename_axis("hub_id"),
        bare=tuple(sorted(set(streets) - set(standing["street"]))),
        objective=float(n),
        bound=float(n) if solved.outcome == "optimal" else float(min(solved.bound, len(streets))),
        proven=solved.outcome == "optimal",
    )


def overloaded(declared: pd.Series, *, stations_max: int) -> pd.Series:
    """Return by hub_id the stations declared to belong to it, where those are more than N.

    declared: hub_id by station_id as the register has it; missing: declares none.
    """
    counts = declared.value_counts().sort_index().rename_axis("hub_id")
    return counts[counts > stations_max]


def _refuse(times: TravelTimes, streets: pd.Series, hubs: pd.DataFrame) -> None:
    unknown = hubs.index[~hubs.index.isin(times.destinations)]
    if len(unknown):
        raise TableError("siting_unknown", what="hubs", ids=three(unknown), n=len(unknown))
    whole = pd.concat([streets, hubs["street"]])
    bare = whole.index[whole.isna().to_numpy()]
    if len(bare):
        raise TableError("siting_no_street", n=len(bare), ids=three(bare))


def _pairs(times: TravelTimes, streets: pd.Series, hubs: pd.DataFrame, rule: HubRule) -> pd.DataFrame:
    """Return station, hub and minutes where they are within the limit and their streets are one or adjoin."""
    station, hub = times.origins[times.rows], times.destinations[times.indices]
    table = pd.DataFrame({"station_id": station, "hub_id": hub, "minutes": times.minutes.astype(np.float64)})
    table = table[(times.minutes <= held(rule.within_min)) & table["hub_id"].isin(hubs.index)]
    ends = zip(streets.reindex(table["station_id"]), hubs["street"].reindex(table["hub_id"]), strict=True)
    return table[np.array([rule.beside(a, b) for a, b in ends], bool)].reset_index(drop=True)


def _solved(
    times: TravelTimes, hubs: pd.DataFrame, fits: pd.DataFrame, rule: HubRule, time_limit_s: float
) -> tuple[NDArray[np.bool_], pd.DataFrame, highs.Solved]:
    """Solve (1) to (6) and return the hubs that are up, the pairs chosen, and what HiGHS says; z first, then a."""
    n, m = len(hubs), len(fits)
    station = times.origins.get_indexer(pd.Index(fits["station_id"]))
    hub = hubs.index.get_indexer(pd.Index(fits["hub_id"]))
    stands = hubs["stands"].to_numpy(np.float64)
    program = stacked(
        _rows(station, hub, hubs, len(times.origins), rule),
        cost=np.append(np.zeros(n), np.ones(m)),
        bounds=(np.append(stands, np.zeros(m)), np.ones(n + m)),
        n_integer=n + m,
        maximise=True,
        whole=True,
    )
    first = highs.solve(program, time_limit_s=time_limit_s, seed=0)
    if first.outcome == "unknown":
        raise SolverError("siting_no_plan", seconds=time_limit_s)
    if first.values is None:  # noqa: PD011
        bare = set(hubs["street"]) - set(hubs["street"][hubs["stands"].astype(bool)])
        raise InfeasibleError("siting_hubs_few", p=rule.p, need=len(bare))
    minutes = fits["minutes"].to_numpy()
    price = np.concatenate([(1 + minutes.sum()) * (1 - stands), minutes])  # a new hub outweighs all minutes
    second = highs.solve(next_best(program, value_of(program, first), price), time_limit_s=time_limit_s, seed=0)
    found = first.values if second.values is None else second.values  # noqa: PD011
    return found[:n] > 0.5, fits[found[n:] > 0.5].set_index("station_id"), first


def _rows(
    station: NDArray[np.int64], hub: NDArray[np.int64], hubs: pd.DataFrame, n_stations: int, rule: HubRule
) -> list[Rows]:
    n, new = len(hubs), np.flatnonzero(~hubs["stands"].to_numpy(bool))
    a, each = n + np.arange(len(hub)), np.arange(len(hub))
    named, u = np.unique(hubs["street"].to_numpy().astype(str), return_inverse=True)
    return [
        rows([(station, a, 1)], n=n_stations, lower=-np.inf, upper=1),  # (2)
        rows([(each, a, 1), (each, hub, -1)], n=len(hub), lower=-np.inf, upper=0),  # (3)
        rows([(hub, a, 1), (np.arange(n), np.arange(n), -rule.stations_max)], n=n, lower=-np.inf, upper=0),  # (4)
        rows([(u, np.arange(n), 1)], n=len(named), lower=1, upper=np.inf),  # (5)
        rows([(0, new, 1)], n=1, lower=-np.inf, upper=rule.p),  # (6)
    ]


def _causes(
    assignment: pd.DataFrame, streets: pd.Series, fits: pd.DataFrame, standing: pd.DataFrame, rule: HubRule
) -> list[str | None]:
    """Say of each orphan why."""
    near = set(fits[fits["hub_id"].isin(standing.index)]["station_id"])
    homes = sorted(set(standing["street"]))
    return [
        None
        if isinstance(hub, str)
        else "full"
        if station in near
        else "too_far"
        if any(rule.beside(own, u) for u in homes)
        else "no_hub"
        for station, hub, own in zip(assignment.index, assignment["hub_id"], streets, strict=True)
    ]
