"""Propose where to build next: `propose_sites`."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from ..errors import TableError
from ..travel import TravelTimes
from .answer import Answer, Effort
from .exact import solve
from .instance import Instance, read_instance
from .models import BCLP, LSCP, MCLP, Model, PCenter
from .plan import Plan, in_people, plan_of
from .ruled import cheapest
from .ruled_counts import Question
from .ruled_plan import question_of, ruled_plan
from .rules import Rules
from .terms import Terms

_TIES = 10_000  # pairs up to which the cheapest of equally good plans is proven
_PART = 0.05  # of the time limit for that


def propose_sites(  # noqa: PLR0913  the contract's signature
    model: Model,
    times: TravelTimes,
    demand: pd.Series,
    *,
    candidates: Iterable[str] | None = None,
    existing: Iterable[str] = (),
    required: Iterable[str] = (),
    forbidden: Iterable[str] = (),
    costs: "pd.Series | None" = None,
    capacities: "pd.Series | None" = None,
    closing: Iterable[str] = (),
    rules: Rules | None = None,
    priority: "pd.Series | None" = None,
    time_limit_s: float = 60,
    seed: int = 0,
) -> Plan:
    """Choose sites among the candidates as `model` states, with a proven bound.

    demand: people by demand_id; demand of weight 0 asks for nothing. times: from that demand to the
    candidates and the existing facilities. candidates: by default every destination that does not
    exist yet. existing: serve for free, outside p and the budget, never proposed. required: are
    built, within p and the budget. costs: by candidate_id, any unit of money. capacities: people by id,
    of candidates and existing facilities; every model but BCLP takes them. closing: existing facilities that
    close, and serve no more. rules: side conditions. priority: w_i by demand_id, what the objective counts in place
    of people (`siting.priority`), of every model that weighs people; gains are told in people all the same. Where the
    demand is 0 it counts nothing.

    Of equally good plans the cheapest is taken where costs are given, then the one of the first ids; small instances
    prove it, large ones look for exchanges. At the time limit the best plan found comes with the bound proven so far
    and status "feasible".
    The same call gives the same plan, whatever the order of the rows.

    Raises:
        TableError: ids, weights or costs that are wrong, or a standard beyond the cutoff of `times`.
        InfeasibleError: no choice does what was asked; the message says why and what would do.
        SolverError: the solver stopped without an answer.
    """
    if isinstance(model, LSCP | MCLP | BCLP) and model.standard_min > times.cutoff_min:
        raise TableError("siting_cutoff", standard=model.standard_min, cutoff=times.cutoff_min)
    if isinstance(model, MCLP | BCLP) and model.budget is not None and costs is None:
        raise TableError("siting_no_costs")
    if priority is not None and isinstance(model, LSCP | PCenter):
        raise TableError("priority_lscp" if isinstance(model, LSCP) else "priority_pcenter")
    terms = Terms(
        candidates=candidates, existing=existing, required=required, forbidden=forbidden, closing=closing, costs=costs,
        rules=rules or Rules(), capacities=capacities, priority=priority,
    )  # fmt: skip
    effort = Effort(time_limit_s=time_limit_s, seed=seed)
    if isinstance(model, BCLP) or capacities is not None or rules:
        return ruled_plan(model, times, demand, terms, effort)
    instance = read_instance(times, demand, terms)
    weighed = terms.weighed(instance)
    plan = plan_of(model, weighed, solve(model, weighed, effort))
    settles = costs is not None and plan.status == "optimal" and not isinstance(model, LSCP)
    if settles and len(instance.indices) <= _TIES:
        plan = _cheapest(plan, question_of(model, times, demand, terms, instance), weighed, effort)
    return plan if priority is None else in_people(plan, instance)


def _cheapest(plan: Plan, question: Question, instance: Instance, effort: Effort) -> Plan:
    """Return the cheapest plan that is as good."""
    columns, short = question.instance.candidates, Effort(time_limit_s=_PART * effort.time_limit_s, seed=effort.seed)
    chosen = cheapest(question, columns.isin(plan.sites.index) | question.stands, plan.objective, short)
    at = np.sort(instance.candidates.get_indexer(columns[chosen & question.free])).astype(np.int64)
    return plan_of(plan.model, instance, Answer(chosen=at, bound=plan.bound, proven=True, timed_out=plan.timed_out))
