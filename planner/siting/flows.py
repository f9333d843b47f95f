"""Who goes where once the sites are chosen: people who find room, as one linear program."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from . import highs
from .equations import rows, stacked
from .models import PMedian
from .ruled_counts import Question


@dataclass(frozen=True, kw_only=True)
class Carried:
    """People over each pair, what they are worth, and by demand what one more person there would be worth."""

    flows: NDArray[np.float64]
    worth: float
    prices: NDArray[np.float64]


def carried(question: Question, pairs: NDArray[np.int64], profit: NDArray[np.float64]) -> Carried:
    """Send people over `pairs` of the instance, as much as is worth most by `profit`, a person of each pair.

        max  sum_k profit_k f_k                                                          (1)
        s.t. sum_{k of i} f_k <= w_i,  sum_{k of j} f_k <= q_j                           (2)

    The prices are the duals of the people in (2): by them nobody gains more than `gains_of` says.
    """
    instance = question.instance
    row, column = instance.rows[pairs], instance.indices[pairs].astype(np.int64)
    here, at = np.unique(row, return_inverse=True)
    f, people = np.arange(len(pairs)), instance.weights.astype(np.float64)
    groups = [rows([(at, f, 1)], n=len(here), lower=-np.inf, upper=people[here])]
    if question.capacities is not None:
        finite = np.flatnonzero(np.isfinite(question.capacities))
        place = np.full(question.n, -1)
        place[finite] = np.arange(len(finite))
        kept = place[column] >= 0
        most = question.capacities[finite]
        groups.append(rows([(place[column[kept]], f[kept], 1)], n=len(finite), lower=-np.inf, upper=most))
    prices = np.zeros(len(people))
    if not len(f):
        return Carried(flows=np.zeros(0), worth=0.0, prices=prices)
    bounds = np.zeros(len(f)), np.full(len(f), np.inf)
    program = stacked(groups, cost=profit, bounds=bounds, n_integer=0, maximise=True, whole=False)
    solved = highs.solve(program, time_limit_s=np.inf, seed=0)
    assert solved.rest is not None
    assert solved.prices is not None
    prices[here] = np.abs(solved.prices[: len(here)])
    return Carried(flows=solved.rest, worth=float(profit @ solved.rest), prices=prices)


def standing_first(question: Question) -> NDArray[np.float64] | None:
    """Return the order by which facilities that stand fill up first, so that sites gain who is new; not by nearness."""
    return None if isinstance(question.model, PMedian) else 1.0 + question.stands.astype(np.float64)


def flows_to(
    question: Question, is_open: NDArray[np.bool_], order: NDArray[np.float64] | None = None
) -> NDArray[np.float64]:
    """Return the people that go over each of `question.pairs` to open columns: as many as find room, then the nearest.

    By a priority those who count more come first. order: by column; who is larger takes in as many as it can before the
    others do. Whole where the numbers are.
    """
    pairs, instance = question.pairs, question.instance
    used = np.flatnonzero(is_open[instance.indices[pairs]])
    row, column, minutes = instance.rows[pairs[used]], instance.indices[pairs[used]], instance.minutes[pairs[used]]
    n_open = is_open.sum() + 1.0
    far = n_open * (instance.cutoff_min + 1.0)  # a detour of everybody is less than one left out
    first = (np.ones(question.n) if order is None else order)[column]
    if question.counts is None:
        profit = first * far - minutes
    elif isinstance(question.model, PMedian):
        profit = far * max(float(question.each.max(initial=0.0)), 1.0) - question.each[row] * minutes
    else:
        profit = (_ranks(question)[row] * n_open * first.max(initial=1.0) + first) * far - minutes
    sent = carried(question, pairs[used], profit).flows
    flows = np.zeros(len(pairs))
    flows[used] = np.round(sent) if question.whole_flows else np.where(sent < 1e-7, 0.0, sent)
    return flows


def _ranks(question: Question) -> NDArray[np.float64]:
    """Return the rank of what a person of each demand counts, the least 0.

    Who finds room are a basis of a matroid, and of those the best goes by the order of what counts alone.
    """
    return np.unique(question.each, return_inverse=True)[1].astype(np.float64)
