"""Years and their money: what a choice of a year for each candidate must keep, and what it is worth.

A calendar gives each candidate the year it opens in, as a position in `Horizon.years`; `Horizon.never`
stands for not at all. A demand first covered in year y counts in every year from y on, so a row of
weight w is worth w * (T - y) with T years counted from 0.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .covers import Cover
from .kernels import Graph

_NOISE = 1e-9  # of a sum of money, relative

Calendar = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class Horizon:
    """The years in order, the money of each, whether what is left over may be spent later, and the total.

    Each candidate takes `takes` of `total` (sites or money over all years; infinite where not limited).
    """

    years: tuple[int, ...]
    budgets: NDArray[np.float64]
    carry_over: bool
    takes: NDArray[np.float64]
    total: float

    @property
    def never(self) -> int:
        """The position that stands for no year."""
        return len(self.years)

    @property
    def saved(self) -> NDArray[np.float64]:
        """Money of each year and all before it."""
        return np.cumsum(self.budgets)


@dataclass(frozen=True, kw_only=True)
class Phasing:
    """The whole question: rows to cover, what candidates cost, the years, and which must be built."""

    cover: Cover
    costs: NDArray[np.float64]
    horizon: Horizon
    required: NDArray[np.bool_]

    @property
    def graph(self) -> Graph:
        """The rows of each candidate and the candidates of each row, for compiled loops."""
        return self.cover.graph

    def spent(self, calendar: Calendar) -> NDArray[np.float64]:
        """Return the money spent in each year."""
        years = self.horizon.never
        built = calendar < years
        return np.bincount(calendar[built], weights=self.costs[built], minlength=years).astype(np.float64)

    def kept(self, calendar: Calendar) -> bool:
        """Say whether a calendar keeps all limits and builds what is required."""
        spent, horizon = self.spent(calendar), self.horizon
        paid, money = (np.cumsum(spent), horizon.saved) if horizon.carry_over else (spent, horizon.budgets)
        built = calendar < horizon.never
        within = bool((paid <= money * (1 + _NOISE)).all())
        return within and self._total(built) and bool(built[self.required].all())

    def _total(self, built: NDArray[np.bool_]) -> bool:
        return float(self.horizon.takes[built].sum()) <= self.horizon.total * (1 + _NOISE)

    def first(self, calendar: Calendar) -> NDArray[np.int64]:
        """Return the year in which each row is first covered, `never` where it is not."""
        if len(self.cover) == 0:
            return np.zeros(0, np.int64)
        return np.minimum.reduceat(calendar[self.cover.indices], self.cover.indptr[:-1])

    def worth(self, calendar: Calendar) -> float:
        """Return the people covered, summed over the years."""
        return float((self.cover.weights * (self.horizon.never - self.first(calendar))).sum())
