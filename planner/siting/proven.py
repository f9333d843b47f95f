"""How good the answer of a system is: its objective, what no choice can beat, and whether the two meet."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, kw_only=True)
class Proven:
    """An answer with its proof; `objective` and `bound` are in the unit that the answer's docstring says."""

    objective: float
    bound: float
    proven: bool

    @property
    def status(self) -> Literal["optimal", "feasible"]:
        """Return optimal where nothing better can be, feasible where a limit ended the search."""
        return "optimal" if self.proven else "feasible"

    @property
    def gap(self) -> float:
        """How far the bound is from the objective, as a part of it; 0 where both are 0."""
        if self.proven or self.bound == self.objective:
            return 0.0
        return abs(self.bound - self.objective) / abs(self.objective) if self.objective else float("inf")
