"""Whom to put first: weights for the old, the young and weak areas: `Priority`."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..errors import Fault, TableError
from ..tables import three


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
