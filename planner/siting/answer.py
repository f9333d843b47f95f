"""What a solver gives back, and what all of them need to know of an instance."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..compiled import compiling_s
from ..errors import InfeasibleError
from .instance import Instance


@dataclass(frozen=True, kw_only=True)
class Answer:
    """Chosen candidates as sorted positions, required ones included; the proven bound on the objective.

    `proven` says that no choice is better; `bound` then equals the objective but for float noise.
    `timed_out` says that the clock ended the search, not counted work, so that a rerun may differ.
    """

    chosen: NDArray[np.int64]
    bound: float
    proven: bool
    timed_out: bool = False


def _clock() -> float:
    """Return the seconds of a clock that stands still while loops are compiled."""
    return time.monotonic() - compiling_s()


@dataclass(frozen=True, kw_only=True)
class Effort:
    """How long to try, in seconds, the seed of all choices, and when it began.

    Searches stop by counted work; the clock is only the last resort, and a plan it cut short is "feasible". It stands
    still while loops are compiled, so that the first run after installation does what every other does.
    """

    time_limit_s: float
    seed: int
    began: float = field(default_factory=_clock)

    @property
    def left_s(self) -> float:
        """Seconds that are left, never negative."""
        return max(self.time_limit_s - (_clock() - self.began), 0.0)

    def for_highs(self) -> dict[str, Any]:
        """Return what `highs.solve` needs to know: the time left, the seed, and what its counted work follows from."""
        return {"time_limit_s": self.left_s, "seed": self.seed, "work_s": self.time_limit_s}

    @contextmanager
    def alarm(self) -> Iterator[NDArray[np.bool_]]:
        """Give a flag, of one element, that turns true when time is up: compiled loops can look at it."""
        flag, over = np.zeros(1, bool), threading.Event()

        def watch() -> None:
            while not (over.wait(self.left_s) or flag[0]):
                flag[0] = self.out_of_time()

        threading.Thread(target=watch, daemon=True).start()
        try:
            yield flag
        finally:
            over.set()

    def out_of_time(self) -> bool:
        """Return whether the clock says to stop."""
        return self.left_s <= 0


def refuse_required(p: int, instance: Instance) -> None:
    """Refuse more required sites than p.

    Raises:
        InfeasibleError: p is too small for them.
    """
    if len(instance.required) > p:
        raise InfeasibleError("siting_required_p", n=len(instance.required), p=p)


def served(instance: Instance, limit_min: float) -> float:
    """Return the people whom existing facilities and required sites cover."""
    least, _ = instance.nearest(instance.required)
    return float(instance.weights[least <= limit_min].sum())


def costs_of(instance: Instance) -> NDArray[np.float64]:
    """Return the cost of each candidate, 1 where no costs are given."""
    return np.ones(len(instance.candidates)) if instance.costs is None else instance.costs.astype(np.float64)


def nothing(instance: Instance) -> NDArray[np.bool_]:
    """Return a choice of no candidate."""
    return np.zeros(len(instance.candidates), bool)


def mask_of(instance: Instance, positions: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return the choice of the candidates at `positions`."""
    mask = nothing(instance)
    mask[positions] = True
    return mask


def answer_of(
    instance: Instance, found: NDArray[np.bool_], bound: float, *, proven: bool, timed_out: bool = False
) -> Answer:
    """Return the answer that `found` and the required sites make."""
    chosen = np.flatnonzero(found | mask_of(instance, instance.required))
    return Answer(chosen=chosen, bound=float(bound), proven=proven, timed_out=timed_out)
