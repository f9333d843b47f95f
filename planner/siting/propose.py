"""Propose where to build next: `propose_sites`."""

from collections.abc import Iterable

import pandas as pd

from ..errors import TableError
from ..travel import TravelTimes
from .answer import Effort
from .exact import solve
from .instance import Wishes, read_instance
from .models import LSCP, MCLP, Model
from .plan import Plan, plan_of


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
    time_limit_s: float = 60,
    seed: int = 0,
) -> Plan:
    """Choose sites among the candidates as `model` states, with a proven bound.

    demand: people by demand_id; demand of weight 0 asks for nothing. times: from that demand to the
    candidates and the existing facilities. candidates: by default every destination that does not
    exist yet. existing: serve for free, outside p and the budget, never proposed. required: are
    built, within p and the budget. costs: by candidate_id, any unit of money.

    At the time limit the best plan found comes with the bound proven so far and status "feasible".
    The same call gives the same plan, whatever the order of the rows.

    Raises:
        TableError: ids, weights or costs that are wrong, or a standard beyond the cutoff of `times`.
        InfeasibleError: no choice does what was asked; the message says why and what would do.
        SolverError: the solver stopped without an answer.
    """
    if capacities is not None:
        raise TableError("siting_capacities", model=type(model).__name__)
    if isinstance(model, LSCP | MCLP) and model.standard_min > times.cutoff_min:
        raise TableError("siting_cutoff", standard=model.standard_min, cutoff=times.cutoff_min)
    if isinstance(model, MCLP) and model.budget is not None and costs is None:
        raise TableError("siting_no_costs")
    wishes = Wishes(candidates=candidates, existing=existing, required=required, forbidden=forbidden, costs=costs)
    instance = read_instance(times, demand, wishes)
    answer = solve(model, instance, Effort(time_limit_s=time_limit_s, seed=seed))
    return plan_of(model, instance, answer)
