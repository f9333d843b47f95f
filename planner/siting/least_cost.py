"""What so many people can be covered for: the least cost, and a cheaper choice that covers as many."""

import numpy as np
from numpy.typing import NDArray

from . import heuristic, highs, programs
from .answer import Effort
from .covers import Cover
from .domination import essential
from .highs import Solved
from .kernels import Mask

_NOISE = 1e-9  # of a sum of money, relative


def cover_at_least_cost(cover: Cover, costs: NDArray[np.float64], need: float, effort: Effort) -> tuple[Solved, Mask]:
    """Return what HiGHS makes of covering `need` people at the least cost, and the choice, tidied."""
    start = heuristic.greedy_cover(cover, costs, np.zeros(cover.size, bool), need=need)
    start = heuristic.tidy_cover(cover, costs, start, need=need)
    everyone = need >= cover.total
    program = (
        programs.set_program(essential(cover, costs), costs)
        if everyone
        else programs.partial_program(cover, costs, need)
    )
    solved = highs.solve(program, **effort.for_highs(), start=start.astype(float))
    found = start if solved.values is None else solved.values > 0.5
    found = heuristic.greedy_cover(cover, costs, found, need=need)
    return solved, heuristic.tidy_cover(cover, costs, found, need=need)


def cheaper(cover: Cover, costs: NDArray[np.float64], chosen: Mask, need: float) -> Mask:
    """Return a choice that covers the `need` people whom `chosen` covers, for less money where one is found."""
    if len(cover) == 0 or need <= 0:
        return chosen
    tidied = [
        heuristic.tidy_cover(cover, costs, heuristic.greedy_cover(cover, costs, start, need=need), need=need)
        for start in (chosen, np.zeros(cover.size, bool))
    ]
    best = min(tidied, key=lambda c: float(costs[c].sum()))
    saves = float(costs[best].sum()) < float(costs[chosen].sum()) * (1 - _NOISE)
    return best if saves else chosen
