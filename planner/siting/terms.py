"""The terms a plan is made on: wishes about single sites, side conditions, room, and who counts more."""

from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..errors import TableError
from ..tables import three
from .instance import Instance, Wishes, number_faults
from .rules import Rules


@dataclass(frozen=True, kw_only=True)
class Terms(Wishes):
    """What a plan is asked to keep and to count besides its model; see `propose_sites`.

    rules: side conditions. capacities: people by id, of candidates and existing facilities; None: nobody asks for room.
    priority: w_i by demand_id, what the objective counts in place of people (`siting.priority`); demand without people
    asks for nothing, whatever its w_i.
    """

    rules: Rules = field(default_factory=Rules)
    capacities: "pd.Series | None" = None
    priority: "pd.Series | None" = None

    def weighed(self, instance: Instance) -> Instance:
        """Return the instance with what the objective counts in the place of people; nothing where nobody is.

        Raises:
            TableError: a priority that is missing or negative somewhere.
        """
        if self.priority is None:
            return instance
        known = self.priority.reindex(instance.demand)
        faults = list(number_faults("priority", known))
        if faults:
            raise TableError(*faults)
        return replace(instance, weights=np.where(instance.people, known.to_numpy(), 0))

    def room(self, columns: pd.Index) -> NDArray[np.float64] | None:
        """Return how many people each column has room for.

        Raises:
            TableError: capacities that are given twice, missing or negative.
        """
        if self.capacities is None:
            return None
        twice = self.capacities.index[self.capacities.index.duplicated()].unique()
        if len(twice):
            raise TableError("siting_twice", what="capacities", ids=three(twice), n=len(twice))
        known = self.capacities.reindex(columns)
        faults = list(number_faults("capacities", known))
        if faults:
            raise TableError(*faults)
        return known.to_numpy(dtype=np.float64)
