"""What a choice of candidates is worth by its model, and what one more candidate would make of it.

Worths are larger the better: people, or minutes below zero. A choice that leaves out somebody whom the model does not
let be left out is worth less than `floor`.
"""

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from .flows import Carried, carried
from .instance import Instance
from .kernels import Mask
from .models import PCenter, PMedian
from .ruled_counts import Question

_NOISE = 1e-9  # of a sum of people or minutes, relative
_TOO_BAD = 2.0  # what one person left out costs, in all that everybody together could lose


class Worth(Protocol):
    """How choices of candidates, as masks, are judged. Unless `exact`, `with_each` is only a bound from above."""

    @property
    def floor(self) -> float:
        """What a choice that leaves nobody out is worth at least."""

    @property
    def exact(self) -> bool:
        """Whether `with_each` gives the worths themselves."""

    def of(self, chosen: Mask) -> float:
        """Return the worth of a choice."""

    def with_each(self, chosen: Mask) -> NDArray[np.float64]:
        """Return the worth with each candidate added to a choice."""


@dataclass(frozen=True, kw_only=True)
class Covered:
    """People with `need` facilities within the standard: MCLP and LSCP 1, BCLP 2, where `first` must have one.

    rows, columns: pairs within the standard of demand that what stands does not cover `need` times; `stands`: how often
    it does. base: people whom it covers so. first: people, of `counts`, who must have one; counts: people by demand.
    """

    rows: NDArray[np.int64]
    columns: NDArray[np.int32]
    size: int
    weights: NDArray
    counts: NDArray
    stands: NDArray[np.int64]
    need: int
    first: float

    exact = True

    @property
    def floor(self) -> float:
        """What a choice that leaves nobody out is worth at least: nothing."""
        return 0.0

    def _times(self, chosen: Mask) -> NDArray[np.int64]:
        return self.stands + np.bincount(self.rows[chosen[self.columns]], minlength=len(self.stands))

    def of(self, chosen: Mask) -> float:
        """Return the people who have enough; below 0 where too few have their first."""
        times = self._times(chosen)
        people: float = self.weights[times >= self.need].sum().item()
        short = self.first * (1 - _NOISE) - float(self.counts[times >= 1].sum())
        return people - float(self._charge(short))

    def with_each(self, chosen: Mask) -> NDArray[np.float64]:
        """Return the same with each candidate added, exactly."""
        times = self._times(chosen)
        people = float(self.weights[times >= self.need].sum()) + self._gains(self.weights, times == self.need - 1)
        if not self.first:
            return people
        firsts = float(self.counts[times >= 1].sum()) + self._gains(self.counts, times == 0)
        short = self.first * (1 - _NOISE) - firsts
        return np.asarray(people - self._charge(short), dtype=np.float64)

    def _gains(self, weights: NDArray, waiting: Mask) -> NDArray[np.float64]:
        """Return the people of each candidate who wait for one more."""
        of_pair = (weights * waiting)[self.rows]
        return np.bincount(self.columns, weights=of_pair, minlength=self.size).astype(np.float64)

    def _charge(self, short: Any) -> Any:
        """Return what people without a first cost: more than all others are worth, however few they are."""
        return np.where(short <= 0, 0.0, _TOO_BAD * float(self.weights.sum()) * (1.0 + short / _least(self.counts)))


def covered_by(instance: Instance, standard_min: float) -> Covered:
    """Return the worth of people within the standard, existing facilities beside."""
    near = np.flatnonzero(instance.minutes <= standard_min)
    stands = (instance.standing_min <= standard_min).astype(np.int64)
    waits = stands[instance.rows[near]] == 0
    return Covered(
        rows=instance.rows[near][waits],
        columns=instance.indices[near][waits],
        size=len(instance.candidates),
        weights=instance.weights,
        counts=instance.weights,
        stands=stands,
        need=1,
        first=0.0,
    )


def covered_twice(question: Question, first: float) -> Covered:
    """Return the worth of people with a second facility; `first`: part of all who can be covered that must be."""
    instance, pairs = question.instance, question.pairs
    rows, columns = instance.rows[pairs], instance.indices[pairs]
    stands = np.bincount(rows[question.stands[columns]], minlength=len(instance.demand))
    number = np.cumsum(question.free) - 1
    waits = question.free[columns] & (stands[rows] < 2)
    return Covered(
        rows=rows[waits],
        columns=number[columns[waits]].astype(np.int32),
        size=int(question.free.sum()),
        weights=instance.weights if question.counts is None else question.counts,
        counts=instance.weights,
        stands=stands,
        need=2,
        first=first * float(question.cover.total),
    )


@dataclass(frozen=True, kw_only=True)
class Nearest:
    """Minutes below zero: of all people to the nearest facility (PMedian), or the largest of anyone (PCenter)."""

    model: PMedian | PCenter
    instance: Instance

    exact = True

    @property
    def floor(self) -> float:
        """What a choice that reaches everybody is worth at least."""
        return -self._most * (1 + _NOISE) - _NOISE

    @property
    def _most(self) -> float:
        """The most minutes there can be."""
        people = float(self.instance.weights.sum()) if isinstance(self.model, PMedian) else 1.0
        return people * self.instance.cutoff_min

    @property
    def _far(self) -> float:
        """What one person who is not reached costs."""
        return _TOO_BAD * (self._most + 1.0) / _least(self.instance.weights)

    def of(self, chosen: Mask) -> float:
        """Return the minutes of a choice, below zero."""
        least = self.instance.nearest(np.flatnonzero(chosen))[0]
        lived, weights = self.instance.people, self.instance.weights
        reached = lived & np.isfinite(least)
        left = float(weights[lived & ~reached].sum())
        if isinstance(self.model, PCenter):
            return -float(least[reached].max(initial=0.0)) - self._far * left
        return -float((weights[reached] * least[reached]).sum()) - self._far * left

    def with_each(self, chosen: Mask) -> NDArray[np.float64]:
        """Return the same with each candidate added, exactly."""
        instance, size = self.instance, len(self.instance.candidates)
        base = instance.nearest(np.flatnonzero(chosen))[0]
        lived = instance.people[instance.rows]
        rows, columns, minutes = instance.rows[lived], instance.indices[lived], instance.minutes[lived]
        far, weights = instance.people & np.isinf(base), instance.weights
        left = float(weights[far].sum()) - np.bincount(columns, weights=weights[rows] * far[rows], minlength=size)
        if isinstance(self.model, PCenter):
            values = _largest(np.where(far, np.nan, base), instance.people, (rows, columns, minutes), size)
        else:
            known = np.where(np.isfinite(base), base, 0.0)
            change = weights[rows] * np.where(far[rows], minutes, np.minimum(minutes - known[rows], 0.0))
            now = float((weights * np.where(instance.people, known, 0.0)).sum())
            values = now + np.bincount(columns, weights=change, minlength=size).astype(np.float64)
        return np.asarray(-values - self._far * np.where(left > _NOISE * weights.sum(), left, 0.0), dtype=np.float64)


def _largest(
    base: NDArray[np.float64], people: Mask, pairs: tuple[NDArray, NDArray, NDArray], size: int
) -> NDArray[np.float64]:
    """Return for each candidate everyone's largest time, to it or as it was, of those who are reached."""
    rows, columns, minutes = pairs
    order = np.argsort(columns, kind="stable")
    starts = np.searchsorted(columns[order], np.arange(size + 1))
    values = np.empty(size)
    for k in range(size):
        mine = order[starts[k] : starts[k + 1]]
        least = base.copy()
        least[rows[mine]] = np.fmin(least[rows[mine]], minutes[mine])
        values[k] = np.fmax.reduce(least[people], initial=0.0)
    return values


@dataclass(frozen=True, kw_only=True)
class Roomy:
    """People who find room (MCLP, LSCP), or minutes below zero of all, who must find it (PMedian), by what counts.

    pairs: of `question` that count; profit: what a person on each is worth, for the program.
    """

    question: Question
    pairs: NDArray[np.int64]
    profit: NDArray[np.float64]
    far: float

    exact = False

    @property
    def floor(self) -> float:
        """What a choice that leaves nobody out is worth at least."""
        return -self._most * (1 + _NOISE) - _NOISE if self.far else 0.0

    @property
    def _most(self) -> float:
        return float((self.far - self.profit.min(initial=self.far)) * self.question.instance.weights.sum())

    def of(self, chosen: Mask) -> float:
        """Return the worth of a choice."""
        return self._told(self._carried(chosen)[0])

    def _told(self, sent: Carried) -> float:
        people = self.question.instance.weights
        left = float(people.sum() - sent.flows.sum()) if self.far else 0.0
        if left <= _NOISE * float(people.sum()):
            return sent.worth - self.far * float(sent.flows.sum())
        worse = 1.0 + left / _least(people)  # below the floor however few are left out
        return sent.worth - self.far * float(sent.flows.sum()) - _TOO_BAD * (self._most + 1.0) * worse

    def _carried(self, chosen: Mask) -> tuple[Carried, Mask]:
        is_open = self.question.stands.copy()
        is_open[self.question.free] |= chosen
        used = is_open[self.question.instance.indices[self.pairs]]
        return carried(self.question, self.pairs[used], self.profit[used]), used

    def with_each(self, chosen: Mask) -> NDArray[np.float64]:
        """Return at least the worth with each candidate added: those served whose prices leave it most, up to its room.

        By the duals y of (2) in `carried` the worth with k rises at most by
        max { sum_i (profit_ik - y_i) g_i : g_i <= w_i, sum_i g_i <= q_k }.                             (1)
        """
        question, instance = self.question, self.question.instance
        sent, used = self._carried(chosen)
        pairs, profit = self.pairs[~used], self.profit[~used]
        row, column = instance.rows[pairs], instance.indices[pairs]
        saved = np.maximum(profit - sent.prices[row], 0.0)
        order = np.lexsort((-saved, column))
        row, column, saved = row[order], column[order], saved[order]
        people = instance.weights[row].astype(np.float64)
        filled = np.cumsum(people)
        before = filled - people
        before -= before[np.searchsorted(column, column)]
        assert question.capacities is not None
        taken = np.clip(question.capacities[column] - before, 0.0, people)
        gains = np.bincount(column, weights=saved * taken, minlength=question.n)[question.free]
        left = self.far * float(instance.weights.sum())
        return np.asarray(sent.worth - left + gains * (1 + _NOISE) + _NOISE, dtype=np.float64)


def roomy(question: Question) -> Roomy:
    """Return the worth of choices by people who find room."""
    instance, pairs = question.instance, question.pairs
    each = question.each[instance.rows[pairs]]
    if not isinstance(question.model, PMedian):
        return Roomy(question=question, pairs=pairs, profit=each, far=0.0)
    cost = each * instance.minutes[pairs]
    far = (question.n + 1.0) * (float(cost.max(initial=0.0)) + 1.0)
    return Roomy(question=question, pairs=pairs, profit=far - cost, far=far)


@dataclass(frozen=True, kw_only=True)
class RoomyCenter:
    """The largest minutes of anyone, below zero, where all find room; `near` is the same without room."""

    question: Question
    near: Nearest

    exact = False

    @property
    def floor(self) -> float:
        """What a choice that leaves nobody out is worth at least."""
        return self.near.floor

    def with_each(self, chosen: Mask) -> NDArray[np.float64]:
        """Return the worth with each candidate added as if it had room for everybody."""
        return self.near.with_each(chosen)

    def of(self, chosen: Mask) -> float:
        """Return the least largest minutes within which all find room, by halves; below the floor where none do."""
        question, instance = self.question, self.question.instance
        is_open = question.stands.copy()
        is_open[question.free] |= chosen
        pairs = question.pairs[is_open[instance.indices[question.pairs]]]
        minutes, people = instance.minutes[pairs], float(instance.weights.sum())
        steps = np.unique(np.append(minutes, 0.0))

        def room(limit: float) -> float:
            near = pairs[minutes <= limit]
            return float(carried(question, near, np.ones(len(near))).flows.sum())

        low, high = -1, len(steps) - 1
        if room(float(steps[high])) < people * (1 - _NOISE):
            return 2 * self.near.floor - 1.0
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if room(float(steps[middle])) >= people * (1 - _NOISE) else (middle, high)
        return -float(steps[high])


def strongest(
    worth: Worth,
    chosen: Mask,
    may: Mask,
    *,
    most: int = 1,
    per: NDArray[np.float64] | None = None,
    then: NDArray[np.float64] | None = None,
) -> list[tuple[int, float]]:
    """Return the candidates of `may` whose addition makes a choice worth most, the first of equals, and that worth.

    per: the gain goes by this much; by default by site. then: the larger the better of equals. Bounds are replaced by
    worths until those returned are known.
    """
    values, now = worth.with_each(chosen), 0.0 if per is None else worth.of(chosen)
    takes = np.ones(len(chosen)) if per is None else np.maximum(per, 1e-300)
    after = np.zeros(len(chosen)) if then is None else then
    at, known = np.flatnonzero(may), (values < worth.floor) | worth.exact
    while True:
        ranked = at[np.lexsort((at, -after[at], -(values[at] - now) / takes[at]))][:most]
        unknown = ranked[~known[ranked]]
        if not len(unknown):
            return [(int(k), float(values[k])) for k in ranked]
        for k in unknown:
            added = chosen.copy()
            added[k] = True
            values[k], known[k] = worth.of(added), True


def _least(weights: NDArray) -> float:
    """Return the fewest people of any demand that has some."""
    some = weights[weights > 0]
    return float(some.min()) if len(some) else 1.0
