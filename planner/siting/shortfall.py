"""What stands between a standard and everybody: `explain_shortfall`."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from ..errors import TableError
from ..tables import three
from ..travel import TravelTimes
from .answer import Effort
from .exact import solve
from .instance import read_instance
from .models import LSCP
from .plan import plain_value, plan_of
from .terms import Terms

_SHORT_S = 5.0


@dataclass(frozen=True, kw_only=True)
class Shortfall:
    """What stands between a standard and everybody.

    unreached: demand ids that no candidate and no existing facility reaches within the standard; people: of them.
    least_min: the least standard by which all candidates together would reach everybody; None where that is beyond
    the times. sites: how many cover everybody who can be covered, money: the least that costs; None without costs.
    proven: whether fewer or less is proven impossible.
    """

    unreached: tuple[str, ...]
    people: float
    least_min: float | None
    sites: int
    money: float | None
    proven: bool

    @property
    def example(self) -> str:
        """At most three of the unreached ids."""
        return three(self.unreached)


def explain_shortfall(
    times: TravelTimes,
    demand: pd.Series,
    *,
    standard_min: float,
    terms: Terms | None = None,
    time_limit_s: float = _SHORT_S,
) -> Shortfall:
    """Say whom no candidate reaches, and the standard, the sites and the money that would do for everybody.

    Room, side conditions and required sites are left out.

    Raises:
        TableError: what `propose_sites` refuses.
    """
    if standard_min > times.cutoff_min:
        raise TableError("siting_cutoff", standard=standard_min, cutoff=times.cutoff_min)
    instance = read_instance(times, demand, replace(terms or Terms(), required=()))
    least = instance.nearest(np.arange(len(instance.candidates)))[0]
    unreached = instance.people & (least > standard_min)
    farthest = float(least[instance.people].max(initial=0.0))
    counted, costed = replace(instance, costs=None), instance.costs is not None
    model, effort = LSCP(standard_min), Effort(time_limit_s=time_limit_s, seed=0)
    plans = [plan_of(model, i, solve(model, i, effort)) for i in ([counted, instance] if costed else [counted])]
    return Shortfall(
        unreached=tuple(instance.demand[unreached]),
        people=plain_value(instance.weights[unreached].sum()),
        least_min=farthest if np.isfinite(farthest) else None,
        sites=len(plans[0].sites),
        money=plans[1].objective if costed else None,
        proven=all(p.status == "optimal" for p in plans),
    )
