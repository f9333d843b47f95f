"""Good choices for any model, under side conditions: add sites, then exchange single ones, by what they are worth.

Slower than `heuristic`, which knows covers and medians only.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .kernels import Mask
from .rules import Allowed
from .worth import Worth, strongest

_NOISE = 1e-9  # of a worth or of a limit, relative
_PASSES = 2  # over all sites


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """How choices are improved: what they are worth, what they must keep, what each candidate takes of the limit."""

    worth: Worth
    allowed: Allowed
    takes: NDArray[np.float64]
    limit: float
    fixed: Mask

    def keeps(self, chosen: Mask) -> bool:
        """Say whether a choice keeps the limit, the side conditions, and what is required."""
        within = float(self.takes[chosen].sum()) <= self.limit * (1 + _NOISE)
        return within and bool(chosen[self.fixed].all()) and self.allowed.whole(chosen)

    def improved(self, chosen: Mask) -> Mask:
        """Return a choice after additions and exchanges, each of which is worth more; `fixed` sites stay."""
        chosen = self._grown(chosen)
        for _ in range(_PASSES):
            better = self._exchanged(chosen)
            if (better == chosen).all():
                break
            chosen = self._grown(better)
        return chosen

    def covering(self, chosen: Mask, need: float) -> Mask:
        """Add by worth for its cost until `need` is reached, then drop what it does without, the dearest first."""
        chosen = chosen.copy()
        while self.worth.of(chosen) < need * (1 - _NOISE):
            found = strongest(self.worth, chosen, self._may(chosen), per=self.takes)
            if not found or found[0][1] <= self.worth.of(chosen):
                break
            chosen[found[0][0]] = True
        members = np.flatnonzero(chosen & ~self.fixed)
        for j in members[np.lexsort((-members, -self.takes[members]))]:
            chosen[j] = False
            chosen[j] = not (self.worth.of(chosen) >= need * (1 - _NOISE) and self.allowed.whole(chosen))
        return chosen

    def _may(self, chosen: Mask) -> Mask:
        left = self.limit * (1 + _NOISE) - float(self.takes[chosen].sum())
        may: Mask = ~chosen & (self.takes <= left) & self.allowed.each(chosen)
        return may

    def _grown(self, chosen: Mask) -> Mask:
        chosen, now = chosen.copy(), self.worth.of(chosen)
        while True:
            found = strongest(self.worth, chosen, self._may(chosen), per=self.takes)
            if not found or not _more(found[0][1], now):
                return chosen
            k, now = found[0]
            chosen[k] = True

    def _exchanged(self, chosen: Mask) -> Mask:
        chosen, now = chosen.copy(), self.worth.of(chosen)
        for j in np.flatnonzero(chosen & ~self.fixed):
            without = chosen.copy()
            without[j] = False
            found = strongest(self.worth, without, self._may(without))
            if found and _more(found[0][1], now):
                chosen, (k, now) = without, found[0]
                chosen[k] = True
        return chosen


def _more(value: float, than: float) -> bool:
    return value > than + _NOISE * max(abs(than), 1.0)
