"""Whom to put first: weights for the old, the young and weak areas, with the unweighted answer beside it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ..errors import Fault, TableError
from ..tables import three
from ..travel import TravelTimes
from .models import Model
from .plan import Plan
from .propose import propose_sites


@dataclass(frozen=True, kw_only=True)
class Priority:
    """How much one more person of a kind, and of a weak area, counts.

        w_i = (1 + weak_factor * [i in a weak place]) * sum_k factors_k * people_ik            (1)

    factors: by weight column of DEMAND, e.g. {"pop60": 1, "pop80": 1, "child": 0.5} (一老一小). weak: place ids as in
    the demand. With weak_factor 0 and the one factor 1, w_i are people. A plan counts w_i only where it counts people:
    demand whose weight is 0 asks for nothing.
    """

    factors: Mapping[str, float]
    weak: tuple[str, ...] = ()
    weak_factor: float = 0.0

    def weigh(self, demand: pd.DataFrame) -> pd.Series:
        """Return w_i (1) by demand_id.

        Raises:
            TableError: a column or a place that the demand does not have, or factors below 0; all at once.
        """
        faults = list(self._faults(demand))
        if faults:
            raise TableError(*faults)
        people = sum((factor * demand[name] for name, factor in self.factors.items()), pd.Series(0.0, demand.index))
        weak = demand["place_id"].isin(self.weak) if self.weak else pd.Series(data=False, index=demand.index)
        return (people * np.where(weak, 1 + self.weak_factor, 1.0)).rename("priority")

    def _faults(self, demand: pd.DataFrame) -> Iterable[Fault]:
        for name, factor in self.factors.items():
            if name not in demand or not factor >= 0:
                yield Fault("priority_factor", {"name": name, "value": factor})
        held = set(demand["place_id"]) if "place_id" in demand else set()
        unknown = [place for place in self.weak if place not in held]
        if unknown or not self.weak_factor >= 0:
            yield Fault("priority_weak", {"ids": three(unknown), "value": self.weak_factor})


@dataclass(frozen=True, kw_only=True)
class Beside:
    """The plan by priority and the plan that counts everyone alike. `table` says what both do, by weight.

    table: by weight column: weighted and unweighted, the people that each plan newly covers.
    """

    weighted: Plan
    unweighted: Plan
    table: pd.DataFrame

    @property
    def same(self) -> bool:
        """Whether both choose the same sites."""
        return set(self.weighted.sites.index) == set(self.unweighted.sites.index)


def propose_by_priority(
    model: Model, times: TravelTimes, demand: pd.DataFrame, *, priority: Priority, weight: str, **options: Any
) -> Beside:
    """Choose sites by priority, and beside it by `weight` alone; `options` go to `propose_sites`.

    demand: DEMAND. Gains and people of both are those of `weight`; the objective of the first counts w_i (1).

    Raises:
        TableError: a priority that cannot be, and what `propose_sites` refuses.
    """
    plans = [propose_sites(model, times, demand[weight], priority=w, **options) for w in (priority.weigh(demand), None)]
    names = list(dict.fromkeys([weight, *priority.factors]))
    full = options.get("capacities") is not None
    taken = [p.assignment["weight"] / demand[weight].reindex(p.assignment.index) if full else 1.0 for p in plans]
    rows = [
        [float((demand.loc[p.assignment.index, n] * part).sum()) for p, part in zip(plans, taken, strict=True)]
        for n in names
    ]
    table = pd.DataFrame(rows, index=pd.Index(names, name="weight"), columns=["weighted", "unweighted"])
    return Beside(weighted=plans[0], unweighted=plans[1], table=table)
