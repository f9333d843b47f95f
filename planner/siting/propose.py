"""Propose where to build next: `propose_sites`."""

from collections.abc import Iterable

import pandas as pd

from ..errors import TableError
from ..travel import TravelTimes
from .answer import Effort
from .exact import solve
from .instance import Wishes, ids_of, read_instance
from .models import BCLP, LSCP, MCLP, Model
from .plan import Plan, plan_of
from .ruled_plan import ruled_plan
from .rules import Rules


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
    time_limit_s: float = 60,
    seed: int = 0,
) -> Plan:
    """Choose sites among the candidates as `model` states, with a proven bound.

    demand: people by demand_id; demand of weight 0 asks for nothing. times: from that demand to the
    candidates and the existing facilities. candidates: by default every destination that does not
    exist yet. existing: serve for free, outside p and the budget, never proposed. required: are
    built, within p and the budget. costs: by candidate_id, any unit of money. capacities: people by id,
    of candidates and existing facilities; every model but BCLP takes them. closing: existing facilities that
    close, and serve no more. rules: side conditions.

    At the time limit the best plan found comes with the bound proven so far and status "feasible".
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
    gone = ids_of(closing)
    wishes = Wishes(
        candidates=candidates,
        existing=ids_of(existing).difference(gone, sort=False),
        required=required,
        forbidden=ids_of(forbidden).append(gone),
        costs=costs,
    )
    effort = Effort(time_limit_s=time_limit_s, seed=seed)
    if isinstance(model, BCLP) or capacities is not None or rules:
        asked = rules or Rules()
        return ruled_plan(model, times, demand, wishes, rules=asked, capacities=capacities, effort=effort)
    instance = read_instance(times, demand, wishes)
    return plan_of(model, instance, solve(model, instance, effort))
