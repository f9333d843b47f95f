"""How sure a site is: how often it is chosen when speed, standard, people and costs are a little different."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .. import presets
from ..errors import TableError
from ..travel import TravelTimes
from . import heuristic, maximal
from .answer import costs_of, mask_of
from .covers import Cover, cover_within
from .explain_near import near_choice, near_model
from .instance import Instance, Wishes, read_instance
from .kernels import Mask
from .models import LSCP, MCLP, PCenter, PMedian
from .phased import PhasedPlan
from .phased_cases import by_years
from .plan import Plan

_NOISE = 1e-9  # of a sum of people, relative


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


def measure_robustness(  # noqa: PLR0913
    plan: Plan,
    times: TravelTimes,
    demand: pd.Series,
    *,
    groups: pd.Series | None = None,
    existing: tuple[str, ...] | pd.Index = (),
    required: tuple[str, ...] = (),
    forbidden: tuple[str, ...] | pd.Index = (),
    costs: pd.Series | None = None,
    grid: Grid | None = None,
) -> Robustness:
    """Choose again in every case of the grid, and count how often each site of the plan is chosen.

    A faster walk and a longer standard both reach farther: a case looks at minutes <= standard * speed * factor,
    which is exact where all minutes shrink with speed. People vary by group (their place; each point alone where
    no groups are given), costs by site; the draws are seeded, the first of each leaves everything as it is. Choices
    are greedy and swap, from nothing and from the plan, the better one; at equal people the plan stays. A plan by year
    is planned again by year (`phased_cases`). Side conditions other than required and forbidden sites are left out.

    A common speed changes no p-median or p-center: of these the speed varies by group, within the grid's speeds, and
    the plan stays where it is no worse than what is found.

    times: as for the plan, up to standard * grid.reach at least (PMedian, PCenter: the cutoff). groups: by demand_id.

    Raises:
        TableError: a BCLP, or times that do not reach far enough.
    """
    grid = grid or usual_grid()
    model = plan.model
    wishes = Wishes(existing=existing, required=required, forbidden=forbidden, costs=costs)
    if isinstance(model, PMedian | PCenter):
        return _near(plan, read_instance(times, demand, wishes), grid, groups)
    if not isinstance(model, LSCP | MCLP):
        raise TableError("robust_model", model=type(model).__name__)
    if model.standard_min * grid.reach > times.cutoff_min * (1 + _NOISE):
        raise TableError("siting_cutoff", standard=model.standard_min * grid.reach, cutoff=times.cutoff_min)
    instance = read_instance(times, demand, wishes)
    fixed = instance.required
    instance = replace(instance, required=np.zeros(0, np.int64))
    start = mask_of(instance, instance.candidates.get_indexer(plan.sites.index))
    counts, cases = np.zeros(len(instance.candidates)), 0
    again = by_years(plan, replace(instance, required=fixed)) if isinstance(plan, PhasedPlan) else None
    for cover, price in _cases(instance, model.standard_min, grid, groups):
        chosen = _chosen(plan, cover, price, start) if again is None else again(cover, price)
        counts += chosen | mask_of(instance, fixed)
        cases += 1
    share = pd.Series(counts / cases, index=instance.candidates).reindex(plan.sites.index)
    return Robustness(share=share.rename("robustness"), cases=cases, grid=grid)


def _near(plan: Plan, instance: Instance, grid: Grid, groups: pd.Series | None) -> Robustness:
    """Count how often the sites of a p-median or p-center stay, people and speeds varied by group."""
    model, codes = near_model(plan), _codes(instance, groups)
    start = mask_of(instance, instance.candidates.get_indexer(plan.sites.index))
    people = _factors(codes, grid.population_draws, grid.population_spread, 1)
    spread = (max(grid.speed) - min(grid.speed)) / 2
    counts, cases = np.zeros(len(instance.candidates)), 0
    for slow in _factors(codes, len(grid.speed) * len(grid.standard), spread, 3):
        for part in people:
            varied = replace(
                instance,
                weights=instance.weights * part,
                minutes=instance.minutes / slow[instance.rows],
                standing_min=instance.standing_min / slow,
            )
            counts += near_choice(model, varied, start)
            cases += 1
    share = pd.Series(counts / cases, index=instance.candidates).reindex(plan.sites.index)
    return Robustness(share=share.rename("robustness"), cases=cases, grid=grid)


def _cases(
    instance: Instance, standard_min: float, grid: Grid, groups: pd.Series | None
) -> Iterator[tuple[Cover, NDArray[np.float64]]]:
    """Yield the cover and the costs of each case."""
    people = _factors(_codes(instance, groups), grid.population_draws, grid.population_spread, 1)
    draws = grid.cost_draws if instance.costs is not None else 1
    money = _factors(np.arange(len(instance.candidates)), draws, grid.cost_spread, 2)
    for speed, standard in product(grid.speed, grid.standard):
        for part in people:
            varied = replace(instance, weights=instance.weights * part)
            cover = cover_within(varied, standard_min * speed * standard * (1 + 1e-12))
            for factor in money:
                yield cover, costs_of(instance) * factor


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


def _chosen(plan: Plan, cover: Cover, costs: NDArray[np.float64], start: Mask) -> Mask:
    """Return the choice of one case."""
    if len(cover) == 0:
        return np.zeros_like(start)
    nothing = np.zeros_like(start)
    if isinstance(plan.model, LSCP):
        need = min(plan.model.share, 1.0) * cover.total
        choices = [heuristic.greedy_cover(cover, costs, s, need=need) for s in (start, nothing)]
        tidied = [heuristic.tidy_cover(cover, costs, c, need=need) for c in choices]
        return min(tidied, key=lambda c: float(costs[c].sum()))
    by_count = isinstance(plan.model, MCLP) and plan.model.p is not None and plan.money is None
    takes = np.ones(len(costs)) if by_count else costs
    limit = float(plan.model.p or 0) if by_count and isinstance(plan.model, MCLP) else (plan.money or 0.0)
    first = start if takes[start].sum() <= limit * (1 + _NOISE) else nothing
    grown = [heuristic.greedy_cover(cover, takes, s, limit=limit) for s in (first, nothing)]
    choices = [heuristic.swap_cover(cover, takes, c, limit=limit) for c in grown]
    return max(choices, key=lambda c: round(maximal.covered(cover, c), 6))
