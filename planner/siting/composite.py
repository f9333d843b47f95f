"""Several services in one building: which buildings to open, with which services, within money and floor area."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .. import presets
from ..errors import ProjectError, SolverError, TableError
from ..tables import three
from ..travel import TravelTimes
from . import highs
from .covers import Cover, cover_within
from .equations import Rows, rows, stacked
from .instance import Wishes, read_instance
from .proven import Proven

_NOISE = 1e-9


@dataclass(frozen=True, kw_only=True)
class Fitting:
    """One service as it would be fitted into a building.

    standard_min: T, inclusive. cost: money a site, beside the set-up of the building. area_m2: alone.
    existing: facilities of it that serve already, for free.
    """

    standard_min: float
    cost: float
    area_m2: float
    existing: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Check the statement.

        Raises:
            ProjectError: a number below 0.
        """
        if min(self.standard_min, self.cost, self.area_m2) < 0:
            raise ProjectError("composite_numbers", value=min(self.standard_min, self.cost, self.area_m2))


@dataclass(frozen=True, kw_only=True)
class CompositeRule:
    """What may be spent, the part of the floor area that services need in company, and pairs that never share."""

    budget: float
    shared: float = presets.load("systems")["composite"]["shared"]["value"]
    apart: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        """Check the statement.

        Raises:
            ProjectError: a budget below 0, or a part outside [0, 1].
        """
        if self.budget < 0 or not 0 <= self.shared <= 1:
            raise ProjectError("composite_rule", budget=self.budget, shared=self.shared)


@dataclass(frozen=True, kw_only=True)
class CompositePlan(Proven):
    """Which building takes which services; the objective is people newly covered, summed over services.

    sites: by (candidate_id, service): cost of the service there. buildings: by candidate_id: services (number),
    area_m2 used, cost with set-up. covered: people newly covered by service.
    """

    sites: pd.DataFrame
    buildings: pd.DataFrame
    covered: pd.Series

    @property
    def share_composite(self) -> float:
        """Buildings with two services or more, as a part of all; 0 where none is opened."""
        return float((self.buildings["services"] >= 2).mean()) if len(self.buildings) else 0.0


def plan_composite(
    times: Mapping[str, TravelTimes],
    demand: Mapping[str, pd.Series],
    fittings: Mapping[str, Fitting],
    buildings: pd.DataFrame,
    *,
    rule: CompositeRule,
    time_limit_s: float = 60,
) -> CompositePlan:
    """Choose buildings and services that cover the most people within a budget.

        max  sum_t sum_i w_it y_it                               (1)
        s.t. y_it <= sum_{k in N_it} x_kt                        (2)
             x_kt <= v_k                                         (3)
             2 m_k <= sum_t x_kt,  r_kt <= x_kt,  r_kt <= m_k    (4)  m_k: two services or more
             sum_t a_t (x_kt - (1 - shared) r_kt) <= A_k         (5)
             sum_k F_k v_k + sum_kt c_t x_kt <= budget           (6)
             x_kt + x_kt' <= 1                for apart (t, t')  (7)

    times, demand, fittings: by service; demand are people by demand_id. buildings: by candidate_id: setup_cost F_k,
    area_m2 A_k.

    Raises:
        TableError: buildings that the times do not know, numbers missing.
        SolverError: nothing found in time.

    Source: plan of Nanjing (composite facilities); multi-type covering with set-up costs, Daskin (1995), ch. 4.
    """
    services, buildings = sorted(fittings), buildings.sort_index()
    _refuse(times, services, buildings)
    covers = {t: _cover(times[t], demand[t], fittings[t], buildings.index) for t in services}
    program = _program(covers, [fittings[t] for t in services], buildings, rule, _pairs(rule.apart, services))
    solved = highs.solve(program, time_limit_s=time_limit_s, seed=0)
    if (found := solved.values) is None:  # noqa: PD011
        raise SolverError("siting_no_plan", seconds=time_limit_s)
    n = len(buildings) * len(services)
    up = found[:n].reshape(len(services), len(buildings)) > 0.5
    return _plan(up, covers, fittings, (buildings, rule.shared), solved)


def _refuse(times: Mapping[str, TravelTimes], services: list[str], buildings: pd.DataFrame) -> None:
    for t in services:
        unknown = buildings.index[~buildings.index.isin(times[t].destinations)]
        if len(unknown):
            raise TableError("siting_unknown", what=f"buildings ({t})", ids=three(unknown), n=len(unknown))
    numbers = buildings[["setup_cost", "area_m2"]]
    bad = buildings.index[(numbers.isna() | (numbers < 0)).any(axis=1)]
    if len(bad):
        raise TableError("siting_numbers", what="buildings", ids=three(bad), n=len(bad))


def _cover(times: TravelTimes, demand: pd.Series, fitting: Fitting, ids: pd.Index) -> Cover:
    wishes = Wishes(candidates=ids, existing=fitting.existing)
    return cover_within(read_instance(times, demand, wishes), fitting.standard_min)


def _pairs(apart: tuple[tuple[str, str], ...], services: list[str]) -> list[tuple[int, int]]:
    unknown = sorted({t for pair in apart for t in pair} - set(services))
    if unknown:
        raise TableError("siting_unknown", what="apart", ids=three(unknown), n=len(unknown))
    return [(services.index(a), services.index(b)) for a, b in apart]


def _program(
    covers: Mapping[str, Cover],
    fittings: list[Fitting],
    buildings: pd.DataFrame,
    rule: CompositeRule,
    apart: list[tuple[int, int]],
) -> highs.Program:
    """Write (1) to (7); columns x by service and building, v, m, r, then y by service."""
    s, n = len(fittings), len(buildings)
    x = np.arange(s * n).reshape(s, n)
    v, m, r = s * n + np.arange(n), (s + 1) * n + np.arange(n), (s + 2) * n + x
    groups, at, people = [], (2 * s + 2) * n, [np.zeros((2 * s + 2) * n)]
    for t, cover in enumerate(covers.values()):
        y, row = at + np.arange(len(cover)), np.repeat(np.arange(len(cover)), np.diff(cover.indptr))
        has = (row, x[t][cover.indices], -1)
        groups.append(rows([(np.arange(len(y)), y, 1), has], n=len(y), lower=-np.inf, upper=0))  # (2)
        people.append(cover.weights)
        at += len(cover)
    cost = np.concatenate(people)
    groups += _building_rows(x, v, m, r, fittings, buildings, rule.shared)
    money: list[Any] = [(0, v, buildings["setup_cost"].to_numpy(np.float64))]
    money += [(0, x[t], fitting.cost) for t, fitting in enumerate(fittings)]
    groups.append(rows(money, n=1, lower=-np.inf, upper=rule.budget * (1 + _NOISE)))  # (6)
    k = np.arange(n)
    groups += [rows([(k, x[a], 1), (k, x[b], 1)], n=n, lower=-np.inf, upper=1) for a, b in apart]  # (7)
    whole = bool((cost == np.round(cost)).all())
    bounds = np.zeros(len(cost)), np.ones(len(cost))
    return stacked(groups, cost=cost, bounds=bounds, n_integer=(2 * s + 2) * n, maximise=True, whole=whole)


def _building_rows(
    x: NDArray, v: NDArray, m: NDArray, r: NDArray, fittings: list[Fitting], buildings: pd.DataFrame, shared: float
) -> list[Rows]:
    s, n = x.shape
    each, k = np.arange(s * n), np.tile(np.arange(n), s)
    area = np.repeat([fitting.area_m2 for fitting in fittings], n)
    upper = buildings["area_m2"].to_numpy(np.float64) * (1 + _NOISE)
    return [
        rows([(each, x.ravel(), 1), (each, v[k], -1)], n=s * n, lower=-np.inf, upper=0),  # (3)
        rows([(np.arange(n), m, 2), (k, x.ravel(), -1)], n=n, lower=-np.inf, upper=0),  # (4)
        rows([(each, r.ravel(), 1), (each, x.ravel(), -1)], n=s * n, lower=-np.inf, upper=0),
        rows([(each, r.ravel(), 1), (each, m[k], -1)], n=s * n, lower=-np.inf, upper=0),
        rows([(k, x.ravel(), area), (k, r.ravel(), -(1 - shared) * area)], n=n, lower=-np.inf, upper=upper),  # (5)
    ]


def _plan(
    up: NDArray[np.bool_],
    covers: Mapping[str, Cover],
    fittings: Mapping[str, Fitting],
    given: tuple[pd.DataFrame, float],
    solved: highs.Solved,
) -> CompositePlan:
    """Count everything again from the choice itself."""
    (buildings, shared), services = given, list(covers)
    t, k = np.nonzero(up)
    names = pd.MultiIndex.from_arrays([buildings.index[k], np.asarray(services)[t]], names=["candidate_id", "service"])
    sites = pd.DataFrame({"cost": [fittings[services[i]].cost for i in t]}, index=names).sort_index()
    area = up.T @ np.array([fittings[s].area_m2 for s in services])
    count = up.sum(axis=0)
    cost = buildings["setup_cost"].to_numpy() + up.T @ np.array([fittings[s].cost for s in services])
    used = np.where(count >= 2, shared, 1.0) * area
    table = pd.DataFrame({"services": count, "area_m2": used, "cost": cost}, index=buildings.index)[count > 0]
    new = pd.Series({s: _covered(covers[s], up[i]) for i, s in enumerate(services)}, name="people")
    objective, proven = float(new.sum()), solved.outcome == "optimal"
    most = float(sum(cover.weights.sum() for cover in covers.values()))
    return CompositePlan(
        sites=sites,
        buildings=table,
        covered=new.rename_axis("service"),
        objective=objective,
        bound=objective if proven else min(solved.bound, most),
        proven=proven,
    )


def _covered(cover: Cover, chosen: NDArray[np.bool_]) -> float:
    if len(cover) == 0:
        return 0.0
    return float(cover.weights[np.logical_or.reduceat(chosen[cover.indices], cover.indptr[:-1])].sum())
