"""From a model with side conditions to its plan: the question before, the plan after."""

from dataclasses import replace
from math import fsum

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..errors import TableError
from ..travel import TravelTimes
from .answer import Answer, Effort, costs_of, mask_of
from .exact import refuse_unreachable
from .exchange import Exchange
from .instance import Instance, Wishes, read_instance
from .models import BCLP, LSCP, MCLP, Model, PCenter, PMedian
from .plan import Plan, in_people, plain_value, plan_of, uncoverable
from .ruled import Found, solve_ruled
from .ruled_counts import Question
from .rules import Allowed
from .terms import Terms
from .worth import covered_by, covered_twice


def ruled_plan(model: Model, times: TravelTimes, demand: pd.Series, terms: Terms, effort: Effort) -> Plan:
    """Propose sites for a model with side conditions, backup or capacities.

    Raises:
        TableError: as `read_instance`; capacities that are missing or negative, or that the model does not take.
        InfeasibleError, SolverError: as `solve_ruled`.
    """
    if terms.capacities is not None and isinstance(model, BCLP):
        raise TableError("siting_capacities", model=type(model).__name__)
    instance = read_instance(times, demand, terms)
    if isinstance(model, PMedian | PCenter):
        refuse_unreachable(instance)
    question = question_of(model, times, demand, terms, instance)
    found = solve_ruled(question, effort)
    if not found.proven and found.flows is None and isinstance(model, MCLP | BCLP):
        found = replace(found, open=_improved(question, terms, instance, found.open))
    return _by_flows(question, instance, found) if found.flows is not None else _by_cover(question, instance, found)


def question_of(model: Model, times: TravelTimes, demand: pd.Series, terms: Terms, instance: Instance) -> Question:
    """Return the question whose columns are the candidates of `instance` and the facilities that stand."""
    columns = instance.candidates.append(terms.stands).unique()
    both = Wishes(candidates=columns, required=terms.required)
    whole = read_instance(times, demand, both)
    costs = pd.Series(costs_of(instance), index=instance.candidates).reindex(whole.candidates).fillna(0.0)
    return Question(
        model=model,
        instance=whole,
        stands=np.asarray(whole.candidates.isin(terms.stands)),
        costs=costs.to_numpy().astype(np.float64),
        capacities=terms.room(whole.candidates),
        rules=terms.rules,
        counts=None if terms.priority is None else terms.weighed(instance).weights,
    )


def _improved(question: Question, terms: Terms, instance: Instance, is_open: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the columns after exchanges that keep the side conditions, where the solver came to no end."""
    model, weighed = question.model, terms.weighed(instance)
    assert isinstance(model, MCLP | BCLP)
    exchange = Exchange(
        worth=covered_twice(question, model.first)
        if isinstance(model, BCLP)
        else covered_by(weighed, model.standard_min),
        allowed=Allowed(rules=terms.rules, candidates=instance.candidates, existing=terms.stands),
        takes=costs_of(instance) if model.budget is not None else np.ones(len(instance.candidates)),
        limit=float(model.p or model.budget or 0),
        fixed=mask_of(instance, instance.required),
    )
    better = question.stands.copy()
    better[question.free] = exchange.improved(is_open[question.free])
    return better


def _by_cover(question: Question, instance: Instance, found: Found) -> Plan:
    """Rank by cover or nearness, as without side conditions; every site that was chosen stays."""
    ids = question.instance.candidates[found.open & question.free]
    chosen = np.sort(instance.candidates.get_indexer(ids)).astype(np.int64)
    answer = Answer(chosen=chosen, bound=found.bound, proven=found.proven, timed_out=found.timed_out)
    twice = _with_backup(question, found.open) if isinstance(question.model, BCLP) else None
    weighed = instance if question.counts is None else replace(instance, weights=question.counts)
    plan = plan_of(question.model, weighed, answer, keep=chosen, objective=twice)
    if question.counts is None:
        return plan
    alike = in_people(plan, instance)
    return (
        alike if twice is None else replace(alike, unweighted=_with_backup(replace(question, counts=None), found.open))
    )


def _with_backup(question: Question, is_open: NDArray[np.bool_]) -> float:
    """Return the people with two open facilities within the standard."""
    pairs = question.pairs
    pairs = pairs[is_open[question.instance.indices[pairs]]]
    times = np.bincount(question.instance.rows[pairs], minlength=len(question.instance.demand))
    counted = question.instance.weights if question.counts is None else question.counts
    return plain_value(counted[times >= 2].sum())


def _by_flows(question: Question, instance: Instance, found: Found) -> Plan:
    """Rank by the people each site takes in."""
    assert found.flows is not None
    flows = assignment_of(question, found.flows)
    built = flows["candidate_id"].isin(instance.candidates)
    new, standing = flows[built], flows[~built]
    ids = question.instance.candidates[found.open & question.free]
    gains = new.groupby("candidate_id")["weight"].sum().reindex(ids, fill_value=0)
    gains = gains.iloc[np.lexsort((np.arange(len(gains)), -gains.to_numpy()))]
    index = gains.index.rename("candidate_id")
    sites = pd.DataFrame({"rank": np.arange(1, len(gains) + 1), "gain": gains.to_numpy()}, index=index)
    if instance.costs is not None:
        sites = sites.assign(cost=instance.costs[instance.candidates.get_indexer(index)])
    objective, bound = _worth(question, flows, sites, found)
    minutes = fsum(flows["weight"] * flows["minutes"]) if isinstance(question.model, PMedian) else None
    return Plan(
        model=question.model,
        sites=sites,
        assignment=new,
        objective=objective,
        bound=bound,
        status="optimal" if found.proven or bound == objective else "feasible",
        people=plain_value(instance.weights.sum()),
        before=plain_value(standing["weight"].sum()),
        standing=standing,
        uncoverable=uncoverable(instance, question.limit_min) if isinstance(question.model, LSCP) else (),
        timed_out=found.timed_out,
        priority=question.counts is not None,
        unweighted=None if question.counts is None else minutes,
    )


def _worth(question: Question, flows: pd.DataFrame, sites: pd.DataFrame, found: Found) -> tuple[float, float]:
    """Return the objective, counted from the people themselves, and the bound, never on the wrong side of it."""
    model, counted = question.model, flows["weight"]
    if question.counts is not None:
        counted = counted * question.each[question.instance.demand.get_indexer(flows.index)]
    match model:
        case LSCP():
            objective = plain_value(sites["cost"].sum()) if "cost" in sites else len(sites)
        case PMedian():
            objective = fsum(counted * flows["minutes"])
        case PCenter():
            objective = float(flows["minutes"].max()) if len(flows) else 0.0
        case _:
            objective = plain_value(counted.sum())
    if found.proven:
        return objective, objective
    worse = max if isinstance(model, MCLP | BCLP) else min
    return objective, worse(found.bound, objective)


def assignment_of(question: Question, flows: NDArray[np.float64]) -> pd.DataFrame:
    """Return who goes where: candidate_id, weight and minutes by demand_id."""
    pairs, instance = question.pairs, question.instance
    used = np.flatnonzero(flows > 0)
    whole = bool((flows == np.round(flows)).all()) and instance.weights.dtype.kind == "i"
    return pd.DataFrame(
        {
            "candidate_id": instance.candidates[instance.indices[pairs[used]]],
            "weight": flows[used].astype(np.int64) if whole else flows[used],
            "minutes": instance.minutes[pairs[used]],
        },
        index=instance.demand[instance.rows[pairs[used]]].rename("demand_id"),
    )
