"""How sure a site is: how often it is chosen when speed, standard, people and costs are a little different."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .. import presets
from ..errors import TableError
from ..travel import TravelTimes
from .answer import costs_of
from .case import Case, read_case
from .choosing import chooser_of
from .instance import Instance
from .plan import Plan
from .terms import Terms

_NOISE = 1e-9  # of a time, relative


@dataclass(frozen=True, kw_only=True)
class Grid:
    """What varies: factors on speed and standard, seeded draws of people by group and of costs by site."""

    speed: tuple[float, ...]
    standard: tuple[float, ...]
    population_draws: int
    population_spread: float
    cost_draws: int
    cost_spread: float
    no_regret: float
    fragile: float

    @property
    def reach(self) -> float:
        """The largest factor on the standard that any case asks about."""
        return max(self.speed) * max(self.standard)


def usual_grid() -> Grid:
    """Return the grid of presets/robustness.toml."""
    known = presets.load("robustness")
    return Grid(
        speed=tuple(known["speed"]["values"]),
        standard=tuple(known["standard"]["values"]),
        population_draws=known["population"]["draws"],
        population_spread=known["population"]["spread"],
        cost_draws=known["cost"]["draws"],
        cost_spread=known["cost"]["spread"],
        no_regret=known["no_regret"]["value"],
        fragile=known["fragile"]["value"],
    )


@dataclass(frozen=True, kw_only=True)
class Robustness:
    """`share` by candidate_id of the plan: in what part of `cases` the site is chosen; `verdict` in words' keys."""

    share: pd.Series
    cases: int
    grid: Grid

    @property
    def verdict(self) -> pd.Series:
        """no_regret, middling or fragile, by candidate_id."""
        said = np.select(
            [self.share >= self.grid.no_regret, self.share < self.grid.fragile],
            ["no_regret", "fragile"],
            default="middling",
        )
        return pd.Series(said, index=self.share.index, dtype=object)


def measure_robustness(
    plan: Plan,
    times: TravelTimes,
    demand: pd.Series,
    *,
    terms: Terms | None = None,
    groups: pd.Series | None = None,
    grid: Grid | None = None,
) -> Robustness:
    """Choose again in every case of the grid, and count how often each site of the plan is chosen.

    A faster walk and a longer standard both reach farther: a case looks at minutes <= standard * speed * factor,
    which is exact where all minutes shrink with speed. People vary by group (their place; each point alone where
    no groups are given), costs by site; the draws are seeded, the first of each leaves everything as it is. Choices
    are greedy and swap, from nothing and from the plan, the better one; at equal people the plan stays. They keep the
    terms of the plan. A plan by year is planned again by year (`phased_cases`), with side conditions or capacities at
    once for the money of all years.

    A common speed changes no p-median or p-center: of these the speed varies by group, within the grid's speeds, and
    the plan stays where it is no worse than what is found.

    times: as for the plan, up to standard * grid.reach at least (PMedian, PCenter: the cutoff). groups: by demand_id.
    demand, terms: as the plan was made with.

    Raises:
        TableError: times that do not reach far enough, and what `propose_sites` refuses.
    """
    grid = grid or usual_grid()
    case = read_case(plan, times, demand, terms or Terms())
    reach = case.standard_min * grid.reach
    if not case.by_minutes and reach > times.cutoff_min * (1 + _NOISE):
        raise TableError("siting_cutoff", standard=reach, cutoff=times.cutoff_min)
    codes, again = _codes(case.instance, groups), chooser_of(plan, case)
    draws = 1 if case.by_minutes or case.instance.costs is None else grid.cost_draws
    money = _factors(np.arange(len(case.instance.candidates)), draws, grid.cost_spread, 2)
    counts, cases = np.zeros(len(case.instance.candidates)), 0
    for varied in (_slowed if case.by_minutes else _stretched)(case, grid, codes):
        choose = again(varied)
        for factor in money:
            counts += choose(costs_of(case.instance) * factor)
            cases += 1
    share = pd.Series(counts / cases, index=case.instance.candidates).reindex(plan.sites.index)
    return Robustness(share=share.rename("robustness"), cases=cases, grid=grid)


def _slowed(case: Case, grid: Grid, codes: NDArray[np.int64]) -> Iterator[Case]:
    """Yield a p-median or p-center with people and speeds varied by group."""
    people = _factors(codes, grid.population_draws, grid.population_spread, 1)
    spread = (max(grid.speed) - min(grid.speed)) / 2
    for slow in _factors(codes, len(grid.speed) * len(grid.standard), spread, 3):
        for part in people:
            yield case.varied(people=part, slow=slow)


def _stretched(case: Case, grid: Grid, codes: NDArray[np.int64]) -> Iterator[Case]:
    """Yield a cover with another reach and people varied by group."""
    people = _factors(codes, grid.population_draws, grid.population_spread, 1)
    for speed, standard in product(grid.speed, grid.standard):
        for part in people:
            yield case.varied(people=part, standard_min=case.standard_min * speed * standard * (1 + 1e-12))


def _codes(instance: Instance, groups: pd.Series | None) -> NDArray[np.int64]:
    if groups is None:
        return np.arange(len(instance.demand))
    codes, _ = pd.factorize(groups.reindex(instance.demand).astype(object).fillna(""), sort=True)
    return codes.astype(np.int64)


def _factors(codes: NDArray[np.int64], draws: int, spread: float, stream: int) -> list[NDArray[np.float64]]:
    """Return factors around 1 for each code, the first draw all 1."""
    rng = np.random.default_rng((20260101, stream))
    size = int(codes.max(initial=-1)) + 1
    rest = [rng.uniform(1 - spread, 1 + spread, size)[codes] for _ in range(draws - 1)]
    return [np.ones(len(codes)), *rest]
