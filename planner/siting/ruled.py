"""Models with side conditions, backup or capacities: each as one program for HiGHS.

Columns: x of every candidate and existing facility (those stand: x = 1), s of the places in quotas, then what
the model counts. What is equally good is settled by a second program: the fewest sites, those of the first ids.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..errors import Fault, InfeasibleError, SolverError
from ..tables import three
from . import highs
from .answer import Effort
from .covers import merged
from .equations import Rows, next_best, rows, stacked
from .highs import Program, Solved
from .instance import Instance
from .models import BCLP, LSCP, MCLP, Model, PMedian
from .rules import Rules

_NOISE = 1e-9
_SETTLED = 200_000  # matrix entries up to which ties are settled by a second program


@dataclass(frozen=True, kw_only=True)
class Question:
    """A model on an instance whose candidates include the facilities that stand.

    `costs` are 0 and `capacities` infinite where nothing is said; None: nobody asks for capacities.
    """

    model: Model
    instance: Instance
    stands: NDArray[np.bool_]
    costs: NDArray[np.float64]
    capacities: NDArray[np.float64] | None
    rules: Rules

    @property
    def free(self) -> NDArray[np.bool_]:
        """Which columns are proposals."""
        return ~self.stands

    @property
    def n(self) -> int:
        """How many columns x there are."""
        return len(self.stands)


@dataclass(frozen=True, kw_only=True)
class Found:
    """Open columns, people by pair where capacities count, the bound, and how sure it is."""

    open: NDArray[np.bool_]
    flows: NDArray[np.float64] | None
    bound: float
    proven: bool
    timed_out: bool


@dataclass(frozen=True, kw_only=True)
class _Counted:
    """What a model counts: columns after x and s, their objective, most and rows; the first `n_whole` are whole."""

    cost: NDArray[np.float64]
    most: NDArray[np.float64]
    groups: tuple[Rows, ...]
    site_cost: NDArray[np.float64]
    maximise: bool
    n_whole: int = 0


def solve_ruled(question: Question, effort: Effort) -> Found:
    """Solve a question.

    Raises:
        InfeasibleError: the side conditions contradict each other or the limit; with the least that would do.
        SolverError: the solver stopped without an answer, or the model takes no side conditions.
    """
    refuse_places(question)
    program = _program(question, _counted(question))
    solved = highs.solve(program, **effort.for_highs())
    if solved.outcome == "infeasible":
        raise _contradiction(question, effort)
    if solved.values is None:
        raise SolverError("siting_no_plan", seconds=effort.time_limit_s)
    proven, bound = solved.outcome == "optimal", solved.bound
    if proven and len(program.indices) <= _SETTLED:
        solved = _settled(program, solved, effort)
    values = solved.values
    assert values is not None
    return Found(
        open=values[: question.n] > 0.5,
        flows=_flows(question, program, values, effort) if question.capacities is not None else None,
        bound=_rounded(program, bound),
        proven=proven,
        timed_out=solved.timed_out and not proven,
    )


def _rounded(program: Program, bound: float) -> float:
    """Return the bound as the whole number it may be tightened to."""
    if not (program.whole and np.isfinite(bound)):
        return bound
    return float(np.floor(bound + 1e-6) if program.maximise else np.ceil(bound - 1e-6))


def pairs_within(question: Question) -> NDArray[np.int64]:
    """Return the pairs that count: within the standard, or for PMedian the cutoff, where somebody lives."""
    limit = getattr(question.model, "standard_min", question.instance.cutoff_min)
    lived = question.instance.people[question.instance.rows]
    return np.flatnonzero((question.instance.minutes <= limit) & lived)


def refuse_places(question: Question) -> None:
    """Refuse places that must have more sites than they have candidates.

    Raises:
        InfeasibleError: with the places.
    """
    inside = question.rules.members(question.instance.candidates)
    short = [u for u, n in question.rules.at_least.items() if len(inside.get(u, ())) < n]
    faults = [Fault("siting_short_places", {"n": len(short), "ids": three(short)})] if short else []
    for quota in question.rules.quotas:
        having = [u for u in quota.places if u in inside]
        if len(having) < quota.need:
            bare = [u for u in quota.places if u not in set(having)]
            values = {"need": quota.need, "n": len(quota.places), "have": len(having), "ids": three(bare)}
            faults.append(Fault("siting_short_quota", values))
    if faults:
        raise InfeasibleError(*faults)


def _program(question: Question, counted: _Counted) -> Program:
    n, n_places = question.n, sum(len(quota.places) for quota in question.rules.quotas)
    fixed = question.stands.astype(np.float64)
    fixed[question.instance.required] = 1.0
    whole = all(bool((part == np.round(part)).all()) for part in (counted.cost, counted.site_cost))
    return stacked(
        [*_side_conditions(question), *_limit(question), *counted.groups],
        cost=np.concatenate([counted.site_cost, np.zeros(n_places), counted.cost]),
        bounds=(
            np.concatenate([fixed, np.zeros(n_places + len(counted.cost))]),
            np.concatenate([np.ones(n + n_places), counted.most]),
        ),
        n_integer=n + n_places + counted.n_whole,
        maximise=counted.maximise,
        whole=whole,
    )


def _side_conditions(question: Question) -> list[Rows]:
    """Write eq. 1-4 of `Rules`."""
    rules, index = question.rules, question.instance.candidates
    members, nobody = rules.members(index), np.zeros(0, np.int64)
    groups = []
    if rules.apart:
        a, b = rules.apart_in(index)
        here = (a >= 0) & (b >= 0) & ~(question.stands[a] & question.stands[b])
        each = np.arange(here.sum())
        groups.append(rows([(each, a[here], 1), (each, b[here], 1)], n=len(each), lower=-np.inf, upper=1))
    for u, least in rules.at_least.items():
        groups.append(rows([(0, members.get(u, nobody), 1)], n=1, lower=least, upper=np.inf))
    at = question.n
    for quota in rules.quotas:
        s = at + np.arange(len(quota.places))
        groups.append(rows([(0, s, 1)], n=1, lower=quota.need, upper=np.inf))
        inside = [members.get(u, nobody) for u in quota.places]
        which = np.repeat(np.arange(len(inside)), [len(j) for j in inside])
        has = (which, np.concatenate([*inside, np.zeros(0, np.int64)]), -1)
        groups.append(rows([(np.arange(len(s)), s, 1), has], n=len(s), lower=-np.inf, upper=0))
        at += len(quota.places)
    return groups


def _limit(question: Question) -> list[Rows]:
    """Write the number of sites or the budget."""
    model, sites = question.model, np.flatnonzero(question.free)
    budget, p = getattr(model, "budget", None), getattr(model, "p", None)
    if budget is not None:
        return [rows([(0, sites, question.costs[sites])], n=1, lower=-np.inf, upper=budget * (1 + _NOISE))]
    return [] if p is None else [rows([(0, sites, 1)], n=1, lower=-np.inf, upper=p)]


def _counted(question: Question) -> _Counted:
    match question.model:
        case PMedian():
            return _median(question)
        case MCLP() if question.capacities is not None:
            return _taken_in(question)
        case MCLP() | LSCP() | BCLP():
            return _cover(question)
    raise SolverError("siting_rules_model", model=type(question.model).__name__)


def _cover(question: Question) -> _Counted:
    """Write eq. 2 of `MCLP`, eq. 3-4 of `LSCP` or eq. 2-4 of `BCLP` on rows of one cover set."""
    pairs, model = pairs_within(question), question.model
    weights = question.instance.weights.astype(np.float64)
    cover, _ = merged(question.instance.rows[pairs], question.instance.indices[pairs], question.n, weights, weights)
    m, people = len(cover), cover.weights
    row = np.repeat(np.arange(m), np.diff(cover.indptr))
    y = question.n + sum(len(quota.places) for quota in question.rules.quotas) + np.arange(m)
    each, nothing = np.arange(m), np.zeros(question.n)
    reached = (row, cover.indices, -1)
    groups = [rows([(each, y, 1), reached], n=m, lower=-np.inf, upper=0)]
    cost, most, site_cost = people, np.ones(m), nothing
    if isinstance(model, LSCP):
        need = min(model.share * float(weights.sum()), cover.total) * (1 - _NOISE)
        groups.append(rows([(0, y, people / max(cover.total, 1))], n=1, lower=need / max(cover.total, 1), upper=np.inf))
        cost, site_cost = np.zeros(m), np.where(question.free, question.costs, 0.0)
    if isinstance(model, BCLP):
        u, y = y, y + m
        groups = [rows([(each, y, 1), (each, u, 1), reached], n=m, lower=-np.inf, upper=0)]
        groups.append(rows([(each, u, 1), (each, y, -1)], n=m, lower=-np.inf, upper=0))
        need = model.first * cover.total * (1 - _NOISE)
        groups.append(rows([(0, y, people / max(cover.total, 1))], n=1, lower=need / max(cover.total, 1), upper=np.inf))
        cost, most = np.concatenate([people, np.zeros(m)]), np.ones(2 * m)
    n_whole, maximise = m * isinstance(model, BCLP), not isinstance(model, LSCP)
    return _Counted(cost=cost, most=most, groups=tuple(groups), site_cost=site_cost, maximise=maximise, n_whole=n_whole)


def _taken_in(question: Question) -> _Counted:
    """Write eq. 5-6 of `MCLP`; f has a column for each pair."""
    pairs, groups = _flow_rows(question, all_served=False)
    weights = question.instance.weights.astype(np.float64)[question.instance.rows[pairs]]
    nothing = np.zeros(question.n)
    return _Counted(cost=np.ones(len(pairs)), most=weights, groups=groups, site_cost=nothing, maximise=True)


def _median(question: Question) -> _Counted:
    """Write eq. 2-3 and 5 of `PMedian`; f = w z has a column for each pair."""
    pairs, groups = _flow_rows(question, all_served=True)
    instance = question.instance
    weights = instance.weights.astype(np.float64)[instance.rows[pairs]]
    nothing = np.zeros(question.n)
    return _Counted(cost=instance.minutes[pairs], most=weights, groups=groups, site_cost=nothing, maximise=False)


def _flow_rows(question: Question, *, all_served: bool) -> tuple[NDArray[np.int64], tuple[Rows, ...]]:
    """Return the pairs, and the rows that hold the people of each demand, site and pair together."""
    pairs, instance = pairs_within(question), question.instance
    f = question.n + sum(len(quota.places) for quota in question.rules.quotas) + np.arange(len(pairs))
    row, column = instance.rows[pairs], instance.indices[pairs].astype(np.int64)
    people = instance.weights.astype(np.float64)
    demand = np.flatnonzero(instance.people)
    local = np.searchsorted(demand, row)
    low = people[demand] if all_served else -np.inf
    each = np.arange(len(pairs))
    groups = [
        rows([(local, f, 1)], n=len(demand), lower=low, upper=people[demand]),
        rows([(each, f, 1), (each, column, -people[row])], n=len(each), lower=-np.inf, upper=0),
    ]
    if question.capacities is not None:
        finite = np.flatnonzero(np.isfinite(question.capacities))
        place = np.full(question.n, -1)
        place[finite] = np.arange(len(finite))
        kept = place[column] >= 0
        own = (np.arange(len(finite)), finite, -question.capacities[finite])
        groups.append(rows([(place[column[kept]], f[kept], 1), own], n=len(finite), lower=-np.inf, upper=0))
    return pairs, tuple(groups)


def _flows(question: Question, program: Program, chosen: NDArray[np.float64], effort: Effort) -> NDArray[np.float64]:
    """Return the best people of each pair for the sites chosen, whole where the numbers were: a flow at a vertex."""
    assert program.lower is not None
    lower, upper = program.lower.copy(), program.upper.copy()
    lower[: program.n_integer] = upper[: program.n_integer] = chosen
    fixed = replace(program, lower=lower, upper=upper, n_integer=0, whole=False)
    rest = highs.solve(fixed, time_limit_s=np.inf, seed=effort.seed).rest
    assert rest is not None
    people = rest[len(rest) - len(pairs_within(question)) :]
    whole = question.instance.weights.dtype.kind == "i"
    near = bool((np.abs(people - np.round(people)) < 1e-5).all())
    return np.round(people) if whole and near else np.where(people < 1e-7, 0.0, people)


def _settled(program: Program, solved: Solved, effort: Effort) -> Solved:
    """Of equally good answers return the one with the fewest and first ids; the first answer if that takes too long."""
    order = np.zeros(len(program.cost))
    order[: program.n_integer] = program.n_integer + np.arange(program.n_integer)
    second = highs.solve(next_best(program, solved, order), start=solved.values, **effort.for_highs())
    return second if second.values is not None else solved


def _contradiction(question: Question, effort: Effort) -> InfeasibleError:
    """Return why nothing does: the least sites or money that keep the side conditions, or that none do."""
    budget, p = getattr(question.model, "budget", None), getattr(question.model, "p", None)
    if budget is None and p is None:
        return InfeasibleError("siting_rules_clash")
    counted = _counted(question)
    price = question.costs if budget is not None else np.ones(question.n)
    least = replace(
        counted,
        cost=np.zeros(len(counted.cost)),
        site_cost=np.where(question.free, price, 0.0),
        maximise=False,
    )
    unlimited = replace(question, model=_unlimited(question.model, question.n, price))
    solved = highs.solve(_program(unlimited, least), **effort.for_highs())
    if solved.values is None:
        return InfeasibleError("siting_rules_clash")
    need = float((np.where(question.free, price, 0.0) * solved.values[: question.n]).sum())
    return InfeasibleError("siting_rules_limit", limit=p if budget is None else budget, need=f"{need:,.10g}")


def _unlimited(model: Model, n: int, price: NDArray[np.float64]) -> Model:
    """Return the model with a limit that everything keeps."""
    if isinstance(model, PMedian):
        return PMedian(n)
    assert isinstance(model, MCLP | BCLP)
    return replace(model, p=n, budget=None) if model.budget is None else replace(model, budget=float(price.sum()))
