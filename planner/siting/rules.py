"""Side conditions of a plan: spacing, so many a place, quotas of towns and villages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import ceil
from numbers import Integral, Real

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from ..errors import Fault, ProjectError

_NOISE = 1e-9


@dataclass(frozen=True, kw_only=True)
class Quota:
    """A part of some places that must have a site: 1.0 of the towns, 0.6 of the villages.

    places: ids of the places the quota is about. share: in [0, 1].
    """

    places: tuple[str, ...]
    share: float

    def __post_init__(self) -> None:
        """Check the statement."""
        if not (isinstance(self.share, Real) and 0 <= self.share <= 1):
            raise ProjectError("rules_share", value=self.share)

    @property
    def need(self) -> int:
        """How many places that is, rounded up."""
        return ceil(len(self.places) * self.share - _NOISE)


@dataclass(frozen=True, kw_only=True)
class Rules:
    """What any plan must keep besides its model.

        x_a + x_b <= 1                                for apart (a, b)           (1)
        sum_{j in u} x_j >= n_u                       for places u of `at_least`  (2)
        s_u <= sum_{j in u} x_j,  s_u in {0, 1}                                   (3)
        sum_{u in quota} s_u >= ceil(share * places)  for each quota              (4)

    places: place_id by candidate_id, and by id of the existing facilities that count in (2) to (4); a site that is
    in several places, a village and its town, has a row for each.
    at_least: n_u by place_id. apart: pairs of ids of which one at most may stand; see `too_near`.
    quotas: may be about the same places more than once.

    Raises:
        ProjectError: a number of sites below 0, a quota or a minimum without places.
    """

    places: pd.Series = field(default_factory=lambda: pd.Series(dtype=object))
    at_least: Mapping[str, int] = field(default_factory=dict)
    apart: tuple[tuple[str, str], ...] = ()
    quotas: tuple[Quota, ...] = ()

    def __post_init__(self) -> None:
        """Check the statement."""
        wrong = {u: n for u, n in self.at_least.items() if not isinstance(n, Integral) or n < 0}
        faults = [Fault("rules_at_least", {"place": u, "value": n}) for u, n in wrong.items()]
        if (self.at_least or self.quotas) and self.places.empty:
            faults.append(Fault("rules_no_places", {}))
        if faults:
            raise ProjectError(*faults)

    def __bool__(self) -> bool:
        """Tell whether anything is asked at all."""
        return bool(self.at_least or self.apart or self.quotas)

    def kept(self, index: pd.Index, built: NDArray[np.bool_], stands: NDArray[np.bool_]) -> bool:
        """Say whether a choice of `index` keeps eq. 1-4; facilities that stand may be near each other."""
        inside = {u: int(built[at].sum()) for u, at in self.members(index).items()}
        a, b = self.apart_in(index)
        both = (a >= 0) & (b >= 0) & built[a] & built[b] & ~(stands[a] & stands[b])
        enough = all(inside.get(u, 0) >= n for u, n in self.at_least.items())
        quotas = all(sum(inside.get(u, 0) > 0 for u in q.places) >= q.need for q in self.quotas)
        return bool(not both.any() and enough and quotas)

    def apart_in(self, index: pd.Index) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the two positions in `index` of each pair apart, -1 where an id is not there."""
        first, second = (index.get_indexer(pd.Index([pair[k] for pair in self.apart])) for k in (0, 1))
        return first.astype(np.int64), second.astype(np.int64)

    def members(self, index: pd.Index) -> dict[str, NDArray[np.int64]]:
        """Return the positions in `index` of the sites in each place; places without any are left out."""
        inside = self.places[self.places.index.isin(index)]
        at = index.get_indexer(pd.Index(inside.index))
        return {str(u): np.unique(at[rows]).astype(np.int64) for u, rows in inside.groupby(inside).indices.items()}


@dataclass(frozen=True, kw_only=True)
class Allowed:
    """Which choices among `candidates` keep the side conditions, beside `existing` facilities; no rules: all do."""

    rules: Rules
    candidates: pd.Index
    existing: pd.Index

    @cached_property
    def _index(self) -> pd.Index:
        return self.candidates.append(self.existing)

    @cached_property
    def _near(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return both positions of each pair apart that is there, once each way."""
        a, b = self.rules.apart_in(self._index)
        here = (a >= 0) & (b >= 0)
        return np.concatenate([a[here], b[here]]), np.concatenate([b[here], a[here]])

    @cached_property
    def _inside(self) -> dict[str, NDArray[np.int64]]:
        return self.rules.members(self._index)

    def _built(self, chosen: NDArray[np.bool_]) -> NDArray[np.bool_]:
        return np.concatenate([chosen, np.ones(len(self.existing), bool)])

    def whole(self, chosen: NDArray[np.bool_]) -> bool:
        """Say whether a choice keeps the side conditions as it is."""
        stands = np.arange(len(self._index)) >= len(chosen)
        return not self.rules or self.rules.kept(self._index, self._built(chosen), stands)

    def each(self, chosen: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return which candidates keep the side conditions once one of them is added to a choice.

        Pairs that the choice itself has too near are not looked at.
        """
        may = np.ones(len(self._index), bool)
        if not self.rules:
            return may[: len(chosen)]
        built, (a, b) = self._built(chosen), self._near
        may[b[built[a]]] = False
        has = {u: int(built[at].sum()) for u, at in self._inside.items()}
        for u, least in self.rules.at_least.items():
            may &= self._helping([u], least - has.get(u, 0))
        for quota in self.rules.quotas:
            bare = [u for u in quota.places if not has.get(u, 0)]
            may &= self._helping(bare, quota.need - len(quota.places) + len(bare))
        return may[: len(chosen)]

    def _helping(self, places: Sequence[str], short: int) -> NDArray[np.bool_]:
        """Return which sites make up what places are short of: all where it is nothing, none where one is too few."""
        may = np.full(len(self._index), short <= 0)
        if short == 1:
            for u in places:
                may[self._inside.get(u, np.zeros(0, np.int64))] = True
        return may


def too_near(points: gpd.GeoSeries, *, spacing_m: float) -> tuple[tuple[str, str], ...]:
    """Return the pairs of points nearer to each other than `spacing_m` in a straight line, sorted by id.

    Points exactly `spacing_m` apart are far enough.
    """
    points = points.sort_index()
    tree = shapely.STRtree(points.to_numpy())
    a, b = tree.query(points.to_numpy(), predicate="dwithin", distance=spacing_m)
    a, b = a[a < b], b[a < b]
    order = np.lexsort((b, a))
    a, b = a[order], b[order]
    near = shapely.distance(points.to_numpy()[a], points.to_numpy()[b]) < spacing_m
    return tuple(zip(points.index[a[near]], points.index[b[near]], strict=True))
