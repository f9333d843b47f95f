"""What a model is solved on: demand, candidates and pairs as arrays in the order of their ids."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..errors import Fault, TableError
from ..tables import three
from ..travel import TravelTimes

_LISTS = ("existing", "required", "forbidden", "closing")


@dataclass(frozen=True, kw_only=True)
class Instance:
    """Demand, candidates and the times between them, sorted by id, so that row order never matters.

    The candidates of demand `i` are `indices[indptr[i]:indptr[i+1]]`, with `minutes` beside them.
    `weights` and `costs` are int64 where they came as whole numbers, so sums of people stay whole.
    `standing_min` is the time to the nearest existing facility, infinite where none is within the cutoff.
    `required` are the positions of candidates that must be built.
    """

    demand: pd.Index
    candidates: pd.Index
    weights: NDArray
    costs: NDArray | None
    required: NDArray[np.int64]
    standing_min: NDArray[np.float64]
    indptr: NDArray[np.int64]
    indices: NDArray[np.int32]
    minutes: NDArray[np.float64]
    cutoff_min: float

    @property
    def rows(self) -> NDArray[np.int64]:
        """The demand of each pair, as a position."""
        return np.repeat(np.arange(len(self.demand)), np.diff(self.indptr))

    @property
    def people(self) -> NDArray[np.bool_]:
        """Whether anybody is there: demand of weight 0 asks for nothing."""
        return self.weights > 0

    def within(self, limit_min: float) -> "Instance":
        """Return the instance whose cutoff is `limit_min`: what is farther, existing facilities too, is not reached."""
        keep = self.minutes <= limit_min
        counts = np.bincount(self.rows[keep], minlength=len(self.demand))
        return replace(
            self,
            standing_min=np.where(self.standing_min <= limit_min, self.standing_min, np.inf),
            indptr=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
            indices=self.indices[keep],
            minutes=self.minutes[keep],
            cutoff_min=limit_min,
        )

    def nearest(self, sites: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Return each demand's least time to an existing facility or one of `sites`, and which site.

        The site is -1 where an existing facility is at least as near or nothing is within the cutoff;
        among sites that are equally near, the first id.
        """
        least, which = self.standing_min.copy(), np.full(len(self.demand), -1, np.int64)
        chosen = np.zeros(len(self.candidates), bool)
        chosen[sites] = True
        pairs = np.flatnonzero(chosen[self.indices])
        rows = self.rows[pairs]
        order = np.lexsort((self.indices[pairs], self.minutes[pairs], rows))
        first = order[np.unique(rows[order], return_index=True)[1]]
        rows, pairs = rows[first], pairs[first]
        nearer = self.minutes[pairs] < least[rows]
        least[rows[nearer]] = self.minutes[pairs[nearer]]
        which[rows[nearer]] = self.indices[pairs[nearer]]
        return least, which


@dataclass(frozen=True, kw_only=True)
class Wishes:
    """What the caller said about single sites: ids, and costs by id; see `propose_sites`."""

    candidates: Iterable[str] | None = None
    existing: Iterable[str] = ()
    required: Iterable[str] = ()
    forbidden: Iterable[str] = ()
    closing: Iterable[str] = ()
    costs: "pd.Series | None" = None

    def __post_init__(self) -> None:
        """Hold every list of ids as an index."""
        for name in _LISTS:
            object.__setattr__(self, name, ids_of(getattr(self, name)))

    @property
    def stands(self) -> pd.Index:
        """The existing facilities that stay."""
        return ids_of(self.existing).difference(ids_of(self.closing), sort=False)


def read_instance(times: TravelTimes, demand: pd.Series, wishes: Wishes) -> Instance:
    """Put demand, times and wishes into arrays.

    Demand is what `demand` names; other origins of `times` are left out.

    Raises:
        TableError: ids that `times` does not know, ids that contradict each other, weights or costs
            that are missing or negative, times to the nearest facility only. All faults at once.
    """
    sets = {name: ids_of(getattr(wishes, name)) for name in _LISTS}
    given = times.destinations if wishes.candidates is None else ids_of(wishes.candidates)
    faults = [*_times_faults(times), *_demand_faults(times, demand), *_id_faults(times, given, sets)]
    if faults:
        raise TableError(*faults)
    taken = sets["existing"].append([sets["forbidden"], sets["closing"]])
    candidates = given.append(sets["required"]).difference(taken, sort=False).unique().sort_values()
    costs = None if wishes.costs is None else _costs(wishes.costs, candidates)
    return _build(times, demand.sort_index(), candidates, costs, wishes)


def _build(
    times: TravelTimes, demand: pd.Series, candidates: pd.Index, costs: NDArray | None, wishes: Wishes
) -> Instance:
    """Take the pairs that matter, in the order of the ids."""
    place = np.full(len(times.origins), -1, np.int64)
    place[times.origins.get_indexer(demand.index)] = np.arange(len(demand))
    rows, minutes = place[times.rows], times.minutes.astype(np.float64)
    column = candidates.get_indexer(times.destinations)[times.indices]
    keep = np.flatnonzero((rows >= 0) & (column >= 0))
    keep = keep[np.lexsort((column[keep], rows[keep]))]
    indptr = np.zeros(len(demand) + 1, np.int64)
    np.cumsum(np.bincount(rows[keep], minlength=len(demand)), out=indptr[1:])
    stands = times.destinations.isin(wishes.stands)[times.indices] & (rows >= 0)
    standing = np.full(len(demand), np.inf)
    np.minimum.at(standing, rows[stands], minutes[stands])
    return Instance(
        demand=demand.index,
        candidates=candidates,
        weights=_whole(demand.to_numpy()),
        costs=costs,
        required=np.sort(candidates.get_indexer(ids_of(wishes.required).unique())).astype(np.int64),
        standing_min=standing,
        indptr=indptr,
        indices=column[keep].astype(np.int32),
        minutes=minutes[keep],
        cutoff_min=times.cutoff_min,
    )


def _times_faults(times: TravelTimes) -> Iterable[Fault]:
    if times.nearest_only:
        yield Fault("siting_nearest_only", {})


def _demand_faults(times: TravelTimes, demand: pd.Series) -> Iterable[Fault]:
    twice = demand.index[demand.index.duplicated()].unique()
    if len(twice):
        yield Fault("siting_twice", {"what": "demand", "ids": three(twice), "n": len(twice)})
    unknown = demand.index[times.origins.get_indexer(demand.index) < 0]
    if len(unknown):
        yield Fault("siting_unknown", {"what": "demand", "ids": three(unknown), "n": len(unknown)})
    yield from number_faults("demand", demand)


def _id_faults(times: TravelTimes, given: pd.Index, sets: dict[str, pd.Index]) -> Iterable[Fault]:
    for what, ids in {"candidates": given, **sets}.items():
        unknown = ids[times.destinations.get_indexer(ids) < 0]
        if len(unknown):
            yield Fault("siting_unknown", {"what": what, "ids": three(unknown), "n": len(unknown)})
    stays = sets["existing"].difference(sets["closing"])
    for other, ids in {"forbidden": sets["forbidden"], "existing": stays, "closing": sets["closing"]}.items():
        both = sets["required"].intersection(ids)
        if len(both):
            yield Fault("siting_clash", {"other": other, "ids": three(both), "n": len(both)})


def _costs(costs: pd.Series, candidates: pd.Index) -> NDArray:
    """Return the cost of each candidate.

    Raises:
        TableError: repeated ids, or a candidate whose cost is missing or negative.
    """
    twice = costs.index[costs.index.duplicated()].unique()
    if len(twice):
        raise TableError("siting_twice", what="costs", ids=three(twice), n=len(twice))
    known = costs.reindex(candidates) if not candidates.isin(costs.index).all() else costs.loc[candidates]
    faults = list(number_faults("costs", known))
    if faults:
        raise TableError(*faults)
    return _whole(known.to_numpy())


def number_faults(what: str, values: pd.Series) -> Iterable[Fault]:
    """Yield what is missing, negative or no number."""
    numbers = pd.to_numeric(values, errors="coerce").astype(float)
    bad = values.index[~np.isfinite(numbers.to_numpy()) | (numbers < 0).to_numpy()]
    if len(bad):
        yield Fault("siting_numbers", {"what": what, "ids": three(bad), "n": len(bad)})


def _whole(values: NDArray) -> NDArray:
    """Return int64 for whole numbers that came as integers, float64 for all else."""
    return values.astype(np.int64 if values.dtype.kind in "iub" else np.float64)


def ids_of(ids: Iterable[str]) -> pd.Index:
    """Return ids as an index; one id may come alone."""
    if isinstance(ids, str):
        ids = (ids,)
    return ids if isinstance(ids, pd.Index) else pd.Index(list(ids), dtype=object if not ids else None)
