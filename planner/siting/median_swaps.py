"""Exchanges of single sites of a p-median, all of them weighed at once; compiled. `heuristic` says what they are for.

The profit of opening j in place of r is what j saves, less what closing r costs, plus what both share:

    gain_j - loss_r + extra_jr,   extra_jr = sum over i served by r with c_ij < second_i of second_i - max(c_ij, near_i)

Source: Resende and Werneck (2007), Annals of Operations Research 150.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..compiled import njit
from .kernels import Mask
from .median_rows import Rows

_CLOSE = 1e-12  # people-minutes that differ by less, relatively, are the same
_TURNS = 10_000  # exchanges at most
_SHAKES, _SHAKEN = 100, 4  # choices at most, and of how many sites one is exchanged at random


class _Served(NamedTuple):
    """By demand: the least people-minutes, the place among the open sites that gives it (-1: what stands), the next."""

    near: NDArray
    which: NDArray
    second: NDArray


@njit(cache=True, nogil=True)
def improve(rows: Rows, standing: NDArray, chosen: Mask, fixed: Mask, most: Any) -> float:
    """Open up to `most` sites, then exchange single ones, the best first; of equal ones earlier ids; return the worth.

    fixed: sites that stay.
    """
    for _ in range(min(most, rows.size) - chosen.sum()):
        sites = np.flatnonzero(chosen)
        served = _serve(rows, standing, chosen, sites)
        gain, _, _ = _weighed(rows, served, chosen, sites)
        best = np.argmax(gain)
        if gain[best] <= _CLOSE * served.near.sum():
            break
        chosen[best] = True
    for _ in range(_TURNS):
        sites = np.flatnonzero(chosen)
        served = _serve(rows, standing, chosen, sites)
        out, new = _best(_weighed(rows, served, chosen, sites), sites, (chosen, fixed), _CLOSE * served.near.sum())
        if new < 0:
            break
        chosen[out], chosen[new] = False, True
    return float(served.near.sum())


def shaken(rows: Rows, standing: NDArray, chosen: Mask, fixed: Mask, *, work: float, seed: int, alarm: Mask) -> Mask:
    """Return the best of many choices, a quarter of the sites exchanged at random and then `improve`d, by counted work.

    work: pairs to look at, about. alarm: a flag that ends the work early.

    Source: iterated local search, Lourenco, Martin and Stutzle (2003).
    """
    rng, best, p = np.random.default_rng(seed), chosen.copy(), int(chosen.sum())
    least, n = improve(rows, standing, best, fixed, p), -(-int((chosen & ~fixed).sum()) // _SHAKEN)
    n = min(n, int((~chosen).sum()))
    once = (n + 1) * (4 * len(rows.indices) / max(p, 1) + 2 * rows.size * p)
    for _ in range(int(min(_SHAKES, work / max(once, 1))) if n else 0):
        if alarm[0]:
            break
        tried, out, new = best.copy(), np.flatnonzero(best & ~fixed), np.flatnonzero(~best)
        tried[rng.choice(out, n, replace=False)] = False
        tried[rng.choice(new, n, replace=False)] = True
        worth = improve(rows, standing, tried, fixed, p)
        if worth <= least:
            best, least = tried, worth
    return best


@njit(cache=True, nogil=True)
def _serve(rows: Rows, standing: NDArray, chosen: Mask, sites: NDArray) -> _Served:
    place = np.full(rows.size, -1, np.int64)
    for k in range(len(sites)):
        place[sites[k]] = k
    near, which, second = standing.copy(), np.full(len(standing), -1, np.int64), standing.copy()
    for i in range(len(standing)):
        for k in range(rows.indptr[i], rows.indptr[i + 1]):
            if rows.costs[k] >= second[i]:
                break
            if not chosen[rows.indices[k]]:
                continue
            if which[i] < 0:
                if rows.costs[k] < near[i]:
                    near[i], which[i] = rows.costs[k], place[rows.indices[k]]
            else:
                second[i] = rows.costs[k]
    return _Served(near, which, second)


@njit(cache=True, nogil=True)
def _weighed(rows: Rows, served: _Served, chosen: Mask, sites: NDArray) -> tuple[NDArray, NDArray, NDArray]:
    """Return gain by candidate, loss by open site, and extra by both."""
    near, which, second = served
    gain, loss, extra = np.zeros(rows.size), np.zeros(len(sites)), np.zeros((rows.size, len(sites)))
    for i in range(len(near)):
        r = which[i]
        if r >= 0:
            loss[r] += second[i] - near[i]
        for k in range(rows.indptr[i], rows.indptr[i + 1]):
            cost = rows.costs[k]
            if cost >= second[i]:
                break
            j = rows.indices[k]
            if chosen[j]:
                continue
            gain[j] += max(near[i] - cost, 0.0)
            if r >= 0:
                extra[j, r] += second[i] - max(cost, near[i])
    return gain, loss, extra


@njit(cache=True, nogil=True)
def _best(weighed: Any, sites: NDArray, masks: Any, close: float) -> Any:
    """Return the site to close and the candidate to open, -1 where nothing is better or as good with an earlier id."""
    gain, loss, extra = weighed
    chosen, fixed = masks
    out, new, most = np.int64(-1), np.int64(-1), close
    even_out, even_new = np.int64(-1), np.int64(-1)
    for j in range(len(gain)):
        if chosen[j]:
            continue
        for k in range(len(sites)):
            if fixed[sites[k]]:
                continue
            profit = gain[j] - loss[k] + extra[j, k]
            if profit > most:
                out, new, most = sites[k], np.int64(j), profit
            elif even_new < 0 and j < sites[k] and profit >= -close:
                even_out, even_new = sites[k], np.int64(j)
    return (out, new) if new >= 0 else (even_out, even_new)
