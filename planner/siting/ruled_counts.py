"""What a model counts, as columns and rows: the part of the programs of `ruled` that differs from model to model."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..errors import SolverError
from .covers import Cover, reached
from .equations import Rows, rows
from .instance import Instance
from .models import BCLP, LSCP, MCLP, Model, PCenter, PMedian
from .rules import Rules

_NOISE = 1e-9


@dataclass(frozen=True, kw_only=True)
class Question:
    """A model on an instance whose candidates include the facilities that stand.

    `costs` are 0 and `capacities` infinite where nothing is said; None: nobody asks for capacities. `counts` is what
    the objective counts at each demand in place of people (`siting.priority`); None: people.
    """

    model: Model
    instance: Instance
    stands: NDArray[np.bool_]
    costs: NDArray[np.float64]
    capacities: NDArray[np.float64] | None
    rules: Rules
    counts: NDArray[np.float64] | None = None

    @property
    def free(self) -> NDArray[np.bool_]:
        """Which columns are proposals."""
        return ~self.stands

    @property
    def n(self) -> int:
        """How many columns x there are."""
        return len(self.stands)

    @property
    def n_sites(self) -> int:
        """How many columns stand before those that the model counts: x, and s of the places in quotas."""
        return self.n + sum(len(quota.places) for quota in self.rules.quotas)

    @property
    def limit_min(self) -> float:
        """The farthest time that counts: the standard, or the cutoff where the model has none."""
        return float(getattr(self.model, "standard_min", self.instance.cutoff_min))

    @property
    def pairs(self) -> NDArray[np.int64]:
        """The pairs that count: within `limit_min`, where somebody asks."""
        return np.flatnonzero((self.instance.minutes <= self.limit_min) & self.asking[self.instance.rows])

    @property
    def asking(self) -> NDArray[np.bool_]:
        """Which demand asks for anything: where people are."""
        return self.instance.people

    @property
    def worth(self) -> NDArray[np.float64]:
        """What the objective counts at each demand."""
        return self.instance.weights.astype(np.float64) if self.counts is None else self.counts.astype(np.float64)

    @property
    def each(self) -> NDArray[np.float64]:
        """What the objective counts of one person of each demand; 0 where nobody is."""
        people = np.maximum(self.instance.weights, 1e-300)
        return np.where(self.instance.people, self.worth / people, 0.0)

    @property
    def cover(self) -> Cover:
        """The demand that pairs reach, in people, merged where the columns are the same."""
        return self.rows[0]

    @property
    def rows(self) -> tuple[Cover, NDArray[np.float64]]:
        """The cover, and what the objective counts of each of its rows; unmerged where room and who counts differ."""
        pairs, people = self.pairs, self.instance.weights.astype(np.float64)
        merge = self.capacities is None or self.counts is None
        columns = self.instance.indices[pairs]
        return reached(self.instance.rows[pairs], columns, self.n, (people, self.worth), merge=merge)

    @property
    def whole_flows(self) -> bool:
        """Whether people and capacities are whole, so that the best flows are."""
        finite = np.zeros(0) if self.capacities is None else self.capacities[np.isfinite(self.capacities)]
        return all(bool((v == np.round(v)).all()) for v in (self.instance.weights, finite))

    def within(self, limit_min: float) -> "Question":
        """Return the question without the pairs beyond `limit_min`, of least people-minutes."""
        assert isinstance(self.model, PCenter | PMedian)
        return replace(self, model=PMedian(self.model.p), instance=self.instance.within(limit_min))


@dataclass(frozen=True, kw_only=True)
class Counted:
    """What a model counts: columns after x and s, their objective, most and rows; the first `n_whole` are whole.

    whole: whether the objective of every answer is a whole number. people: whom a column covers; not of a PMedian.
    """

    cost: NDArray[np.float64]
    most: NDArray[np.float64]
    groups: tuple[Rows, ...]
    site_cost: NDArray[np.float64]
    maximise: bool
    whole: bool
    n_whole: int = 0
    people: NDArray[np.float64] | None = None


def counted_by(question: Question) -> Counted:
    """Write what the model of a question counts."""
    match question.model:
        case PMedian():
            return _median(question)
        case MCLP() | LSCP() if question.capacities is not None:
            return _taken_in(question)
        case MCLP() | LSCP() | BCLP():
            return _cover(question)
    raise SolverError("siting_rules_model", model=type(question.model).__name__)


def reaching(question: Question) -> Counted:
    """Write that everybody is reached, and finds room where capacities count; nothing is counted."""
    cover, nothing = question.cover, np.zeros(question.n)
    if question.capacities is None:
        row = np.repeat(np.arange(len(cover)), np.diff(cover.indptr))
        once = rows([(row, cover.indices, 1)], n=len(cover), lower=1, upper=np.inf)
        none = np.zeros(0)
        return Counted(cost=none, most=none, groups=(once,), site_cost=nothing, maximise=False, whole=True)
    groups = _flow_groups(question, cover, all_served=True)
    most = np.repeat(cover.weights, np.diff(cover.indptr))
    return Counted(
        cost=np.zeros(len(most)), most=most, groups=groups, site_cost=nothing, maximise=False, whole=True
    )  # fmt: skip


def needed(question: Question) -> float:
    """Return how many people an LSCP must cover: its share of all, and no more than anything reaches."""
    assert isinstance(question.model, LSCP)
    return min(question.model.share * float(question.instance.weights.sum()), question.cover.total)


def _whole(*parts: NDArray) -> bool:
    return all(bool((part == np.round(part)).all()) for part in parts)


def _enough(columns: NDArray[np.int64], people: NDArray[np.float64], need: float) -> Rows:
    """Write that columns, times their people, make up `need`, in units of all people."""
    total = max(float(people.sum()), 1e-300)
    return rows([(0, columns, people / total)], n=1, lower=need * (1 - _NOISE) / total, upper=np.inf)


def _cover(question: Question) -> Counted:
    """Write eq. 2 of `MCLP`, eq. 3-4 of `LSCP` or eq. 2-4 of `BCLP` on rows of one cover set."""
    model, (cover, worth) = question.model, question.rows
    m, people = len(cover), cover.weights
    row = np.repeat(np.arange(m), np.diff(cover.indptr))
    y, each, nothing = question.n_sites + np.arange(m), np.arange(m), np.zeros(question.n)
    reached = (row, cover.indices, -1)
    groups = [rows([(each, y, 1), reached], n=m, lower=-np.inf, upper=0)]
    cost, most, site_cost = worth, np.ones(m), nothing
    if isinstance(model, LSCP):
        groups.append(_enough(y, people, needed(question)))
        cost, site_cost = np.zeros(m), np.where(question.free, question.costs, 0.0)
    if isinstance(model, BCLP):
        u, y = y, y + m
        groups = [rows([(each, y, 1), (each, u, 1), reached], n=m, lower=-np.inf, upper=0)]
        groups.append(rows([(each, u, 1), (each, y, -1)], n=m, lower=-np.inf, upper=0))
        groups.append(_enough(y, people, model.first * cover.total))
        cost, most = np.concatenate([worth, np.zeros(m)]), np.ones(2 * m)
    return Counted(
        cost=cost,
        most=most,
        groups=tuple(groups),
        site_cost=site_cost,
        maximise=not isinstance(model, LSCP),
        whole=_whole(cost, site_cost),
        n_whole=m * isinstance(model, BCLP),
        people=people,
    )


def _taken_in(question: Question) -> Counted:
    """Write eq. 5-6 of `MCLP`, or with eq. 4 of `LSCP`; f has a column for each pair of merged demand and site."""
    (cover, worth), lscp = question.rows, isinstance(question.model, LSCP)
    most = np.repeat(cover.weights, np.diff(cover.indptr))
    groups = _flow_groups(question, cover, all_served=False)
    f = question.n_sites + np.arange(len(most))
    if lscp:
        total = max(cover.total, 1e-300)
        least = needed(question) * (1 - _NOISE) / total
        groups = (*groups, rows([(0, f, 1 / total)], n=1, lower=least, upper=np.inf))
    site_cost = np.where(question.free, question.costs, 0.0) * lscp
    cost = np.repeat(worth / cover.weights, np.diff(cover.indptr)) * (not lscp)
    whole = _whole(site_cost) if lscp else question.whole_flows and _whole(cost)
    return Counted(
        cost=cost, most=most, groups=groups, site_cost=site_cost, maximise=not lscp, whole=whole,
        people=np.ones(len(most)),
    )  # fmt: skip


def _flow_groups(question: Question, cover: Cover, *, all_served: bool) -> tuple[Rows, ...]:
    """Return the rows that hold the people of each row of demand, site and pair together."""
    row, column = np.repeat(np.arange(len(cover)), np.diff(cover.indptr)), cover.indices.astype(np.int64)
    f, each = question.n_sites + np.arange(len(row)), np.arange(len(row))
    low = cover.weights if all_served else -np.inf
    return (
        rows([(row, f, 1)], n=len(cover), lower=low, upper=cover.weights),
        rows([(each, f, 1), (each, column, -cover.weights[row])], n=len(each), lower=-np.inf, upper=0),
        *_room(question, column, f),
    )


def _room(question: Question, column: NDArray[np.int64], f: NDArray[np.int64]) -> list[Rows]:
    """Write that no site takes in more than it has room for."""
    if question.capacities is None:
        return []
    finite = np.flatnonzero(np.isfinite(question.capacities))
    at = np.full(question.n, -1)
    at[finite] = np.arange(len(finite))
    kept = at[column] >= 0
    own = (np.arange(len(finite)), finite, -question.capacities[finite])
    return [rows([(at[column[kept]], f[kept], 1), own], n=len(finite), lower=-np.inf, upper=0)]


def _median(question: Question) -> Counted:
    """Write eq. 2-3 and 5 of `PMedian`; f = w z has a column for each pair, in people where they ask for room."""
    pairs, instance = question.pairs, question.instance
    f = question.n_sites + np.arange(len(pairs))
    row, column = instance.rows[pairs], instance.indices[pairs].astype(np.int64)
    people = question.worth if question.capacities is None else instance.weights.astype(np.float64)
    demand, each = np.flatnonzero(question.asking), np.arange(len(pairs))
    groups = (
        rows([(np.searchsorted(demand, row), f, 1)], n=len(demand), lower=people[demand], upper=people[demand]),
        rows([(each, f, 1), (each, column, -people[row])], n=len(each), lower=-np.inf, upper=0),
        *_room(question, column, f),
    )
    minutes = instance.minutes[pairs] * (1.0 if question.capacities is None else question.each[row])
    whole = _whole(people) and question.whole_flows and _whole(minutes)
    nothing = np.zeros(question.n)
    return Counted(cost=minutes, most=people[row], groups=groups, site_cost=nothing, maximise=False, whole=whole)
