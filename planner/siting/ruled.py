"""Models with side conditions, backup or capacities: each as one program for HiGHS.

Columns: x of every candidate and existing facility (those stand: x = 1), s of the places in quotas, then what
the model counts (`ruled_counts`). What is equally good is settled by further programs: the cheapest, the fewest sites,
those of the first ids. PCenter is a row of such programs, one for each radius tried.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import Fault, InfeasibleError, Money, SolverError
from ..tables import three
from . import highs
from .answer import Effort
from .conditions import conditions_of, without
from .equations import Rows, next_best, rows, stacked, value_of
from .flows import flows_to, standing_first
from .highs import Program, Solved
from .models import BCLP, LSCP, MCLP, Model, PCenter, PMedian
from .ruled_counts import Counted, Question, counted_by, needed, reaching

_NOISE = 1e-9
_SETTLED = 200_000  # matrix entries up to which ties are settled by a second program


@dataclass(frozen=True, kw_only=True)
class Found:
    """Open columns, people by pair where capacities count, the bound, and how sure it is."""

    open: NDArray[np.bool_]
    flows: NDArray[np.float64] | None
    bound: float
    proven: bool
    timed_out: bool


def solve_ruled(question: Question, effort: Effort) -> Found:
    """Solve a question.

    Raises:
        InfeasibleError: the side conditions contradict each other or the limit; with the least that would do.
        SolverError: the solver stopped without an answer.
    """
    refuse_places(question)
    _refuse_room(question)
    if isinstance(question.model, PCenter):
        return _center(question, effort)
    program = program_of(question, counted_by(question))
    solved = highs.solve(program, **effort.for_highs())
    if solved.outcome == "infeasible":
        raise contradiction(question, effort)
    if solved.values is None:
        raise SolverError("siting_no_plan", seconds=effort.time_limit_s)
    proven, bound = solved.outcome == "optimal", solved.bound
    if proven and len(program.indices) <= _SETTLED:
        solved = settled(program, solved, question.costs, effort)
    values = solved.values
    assert values is not None
    is_open = values[: question.n] > 0.5
    return Found(
        open=is_open,
        flows=None if question.capacities is None else flows_to(question, is_open, standing_first(question)),
        bound=rounded(program, bound),
        proven=proven,
        timed_out=solved.timed_out and not proven,
    )


def kept_at_least(question: Question, cost: NDArray[np.float64], effort: Effort) -> NDArray[np.bool_] | None:
    """Return the columns that keep side conditions and limit at the least cost, by column; None where none do."""
    none = np.zeros(0)
    bare = Counted(cost=none, most=none, groups=(), site_cost=cost, maximise=False, whole=False)
    values = highs.solve(program_of(question, bare), **effort.for_highs()).values
    return None if values is None else values[: question.n] > 0.5


def rounded(program: Program, bound: float) -> float:
    """Return the bound as the whole number it may be tightened to."""
    if not (program.whole and np.isfinite(bound)):
        return bound
    return float(np.floor(bound + 1e-6) if program.maximise else np.ceil(bound - 1e-6))


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


def _refuse_room(question: Question) -> None:
    """Refuse people whom all candidates and facilities together have no room for, where all must find it.

    Raises:
        InfeasibleError: with how many find room, and the share that would do.
    """
    if question.capacities is None or isinstance(question.model, MCLP):
        return
    people = float(question.instance.weights.sum())
    need = needed(question) if isinstance(question.model, LSCP) else people
    room = float(flows_to(question, np.ones(question.n, bool)).sum())
    if room < need * (1 - _NOISE):
        key = "siting_no_room" if isinstance(question.model, LSCP) else "siting_no_room_for_all"
        share = np.floor(1e4 * room / people) / 100
        raise InfeasibleError(
            key, need=f"{need:,.10g}", room=f"{room:,.10g}", limit=question.limit_min, share=f"{share:g}"
        )  # fmt: skip


def program_of(question: Question, counted: Counted) -> Program:
    """Write the whole program of a question, given what is counted."""
    n, n_sites = question.n, question.n_sites
    fixed = question.stands.astype(np.float64)
    fixed[question.instance.required] = 1.0
    return stacked(
        [*side_conditions(question), *_limit(question), *counted.groups],
        cost=np.concatenate([counted.site_cost, np.zeros(n_sites - n), counted.cost]),
        bounds=(
            np.concatenate([fixed, np.zeros(n_sites - n + len(counted.cost))]),
            np.concatenate([np.ones(n_sites), counted.most]),
        ),
        n_integer=n_sites + counted.n_whole,
        maximise=counted.maximise,
        whole=counted.whole,
    )


def side_conditions(question: Question) -> list[Rows]:
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


def settled(program: Program, solved: Solved, money: NDArray[np.float64], effort: Effort) -> Solved:
    """Of equally good answers return the cheapest, of those the one with the fewest and first ids.

    money: of each whole-numbered column. What takes too long leaves the answer as it is.
    """
    assert solved.values is not None
    found = _first_of(program, value_of(program, solved), money, solved.values, effort)
    return solved if found is None else found


def _first_of(
    program: Program, best: float, money: NDArray[np.float64], start: NDArray[np.float64], effort: Effort
) -> Solved | None:
    """Return the cheapest answer as good as `best`, of those the one of the fewest and first ids; None if late."""
    found: Solved | None = None
    for amounts in (money, program.n_integer + np.arange(program.n_integer)):
        cost = np.zeros(len(program.cost))
        cost[: len(amounts)] = amounts
        program = next_best(program, best, cost)
        solved = highs.solve(program, start=start, **effort.for_highs())
        if solved.values is None:
            break
        found, start, best = solved, solved.values, value_of(program, solved)
    return found


def cheapest(question: Question, chosen: NDArray[np.bool_], best: float, effort: Effort) -> NDArray[np.bool_]:
    """Return the cheapest columns that are as good as `chosen`, of those the first ids; `chosen` where it is too large.

    best: the objective of `chosen`. Of a PCenter as good is who leaves nobody farther, nor all with more minutes.
    """
    if isinstance(question.model, PCenter):
        question = question.within(best)
        least = question.instance.nearest(np.flatnonzero(chosen))[0]
        best = float((question.worth * np.where(question.asking, least, 0.0)).sum())
    program = program_of(question, counted_by(question))
    if len(program.indices) > _SETTLED:
        return chosen
    start = np.concatenate([chosen, np.zeros(program.n_integer - question.n)]).astype(np.float64)
    found = _first_of(program, best, question.costs, start, effort)
    return chosen if found is None or found.values is None else found.values[: question.n] > 0.5


def _center(question: Question, effort: Effort) -> Found:
    """Find the least radius within which side conditions and p allow everybody to be reached, by halves."""
    steps = _radii(question)
    low, high, timed_out = -1, len(steps) - 1, False
    best = _reach_within(question, steps[high], effort)
    if best.outcome == "infeasible":
        raise contradiction(question.within(question.limit_min), effort)
    if best.values is None:
        raise SolverError("siting_no_plan", seconds=effort.time_limit_s)
    while high - low > 1:  # steps[low] is proven too short, steps[high] is enough
        middle = (low + high) // 2
        solved = _reach_within(question, steps[middle], effort)
        if solved.values is not None:
            best, high = solved, middle
        elif solved.outcome == "infeasible":
            low = middle
        else:
            timed_out = solved.timed_out
            break
    near = question.within(steps[high])
    program = program_of(near, counted_by(near))
    finest = highs.solve(program, **effort.for_highs())
    if finest.outcome == "optimal" and len(program.indices) <= _SETTLED:
        finest = settled(program, finest, question.costs, effort)
    values = best.values if finest.values is None else finest.values
    assert values is not None
    is_open = values[: question.n] > 0.5
    flows = None if question.capacities is None else flows_to(near, is_open)
    if flows is not None:
        every = np.zeros(len(question.pairs))
        every[np.isin(question.pairs, np.flatnonzero(question.instance.minutes <= steps[high]))] = flows
        flows = every
    proven = high - low == 1
    return Found(open=is_open, flows=flows, bound=float(steps[low + 1]), proven=proven, timed_out=timed_out)


def _radii(question: Question) -> NDArray[np.float64]:
    """Return the times that the largest could be: from the least that any choice leaves someone with."""
    pairs, instance = question.pairs, question.instance
    least = np.full(len(instance.demand), np.inf)
    np.minimum.at(least, instance.rows[pairs], instance.minutes[pairs])
    floor = least[instance.people].max(initial=0.0)
    return np.unique(np.append(instance.minutes[pairs][instance.minutes[pairs] >= floor], floor))


def _reach_within(question: Question, limit_min: float, effort: Effort) -> Solved:
    near = question.within(limit_min)
    return highs.solve(program_of(near, reaching(near)), **effort.for_highs(), any_do=True)


def contradiction(question: Question, effort: Effort) -> InfeasibleError:
    """Return why nothing does: the least sites or money that keep the side conditions, or that none do.

    The conditions that are to be relaxed are those without which, one at a time, something does.
    """
    if isinstance(question.model, LSCP):
        return _too_high_a_share(question, question.model, effort)
    budget, p = getattr(question.model, "budget", None), getattr(question.model, "p", None)
    price = question.costs if budget is not None else np.ones(question.n)
    unlimited = replace(question, model=_unlimited(question.model, question.n, price))
    asked, relax = conditions_of(question), _to_relax(question, effort)
    need = _least(unlimited, price, effort)
    if need is None:
        relax = _to_relax(unlimited, effort)
        return InfeasibleError("siting_rules_clash", conditions=tuple(asked.values()), relax=tuple(relax.values()))
    told: dict[str, Any] = {"limit": p, "need": f"{need:,.10g}"}
    if budget is not None:
        told = {"limit": Money(budget), "need": Money(need)}
    if isinstance(question.model, BCLP) and "first" in relax:
        key = "siting_first_limit" if budget is None else "siting_first_money"
        return InfeasibleError(key, **told, **_first_that_does(question, question.model, effort))
    key = "siting_rules_limit" if budget is None else "siting_rules_money"
    return InfeasibleError(key, **told, conditions=tuple(asked.values()), relax=tuple(relax.values()))


def _least(question: Question, price: NDArray[np.float64], effort: Effort) -> float | None:
    """Return the least price of sites that keep everything; None where none do."""
    counted, site_cost = counted_by(question), np.where(question.free, price, 0.0)
    whole = bool((price == np.round(price)).all())
    least = replace(
        counted, cost=np.zeros(len(counted.cost)), site_cost=site_cost, maximise=False, whole=whole
    )  # fmt: skip
    solved = highs.solve(program_of(question, least), **effort.for_highs())
    return None if solved.values is None else float(site_cost @ np.round(solved.values[: question.n]))


def _to_relax(question: Question, effort: Effort) -> dict[str, Fault]:
    """Return the conditions each of which, left out alone, lets something do; all of them where no single one does."""
    asked = conditions_of(question)
    if len(asked) == 1:
        return asked
    some = {}
    for name, said in asked.items():
        fewer = without(question, name)
        if highs.solve(program_of(fewer, counted_by(fewer)), **effort.for_highs(), any_do=True).values is not None:
            some[name] = said
    return some or asked


def _first_that_does(question: Question, model: BCLP, effort: Effort) -> dict[str, str]:
    """Return the `first` that is asked for, and the largest that the limit allows."""
    most = replace(question, model=MCLP(model.standard_min, p=model.p, budget=model.budget))
    program = program_of(most, counted_by(most))
    best = rounded(program, highs.solve(program, **effort.for_highs()).bound) / max(question.cover.total, 1e-300)
    return {"first": f"{model.first:g}", "best": f"{np.floor(1e4 * best) / 1e4:g}"}


def _too_high_a_share(question: Question, model: LSCP, effort: Effort) -> InfeasibleError:
    """Return the share of all people that the side conditions allow to cover, or that they contradict each other."""
    most = replace(question, model=MCLP(model.standard_min, p=question.n))
    program = program_of(most, counted_by(most))
    solved = highs.solve(program, **effort.for_highs())
    conditions = tuple(conditions_of(question).values())
    if solved.values is None:
        relax = tuple(_to_relax(most, effort).values())
        return InfeasibleError("siting_rules_clash", conditions=conditions, relax=relax)
    people = float(question.instance.weights.sum())
    shares = {"share": rounded(program, solved.bound), "reach": question.cover.total}
    told = {key: f"{np.floor(1e4 * covered / people) / 100:g}" for key, covered in shares.items()}
    return InfeasibleError("siting_rules_share", asked=f"{100 * model.share:g}", conditions=conditions, **told)


def _unlimited(model: Model, n: int, price: NDArray[np.float64]) -> Model:
    """Return the model with a limit that everything keeps."""
    if isinstance(model, PMedian):
        return PMedian(n)
    assert isinstance(model, MCLP | BCLP)
    return replace(model, p=n, budget=None) if model.budget is None else replace(model, budget=float(price.sum()))
