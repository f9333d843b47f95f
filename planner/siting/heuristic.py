"""Good choices fast, without proof: greedy, swap and tidying, on covers and on medians.

They give the exact solver its start, and they settle ties afterwards: of choices that do the same,
the cheaper, then the one whose ids come first.
"""

import numpy as np
from numpy.typing import NDArray

from . import kernels
from .covers import Cover
from .instance import Instance
from .median_rows import rows_of
from .median_swaps import improve

_NOISE = 1e-11  # part of all people that float64 sums may be off by

Mask = NDArray[np.bool_]


def greedy_cover(
    cover: Cover, costs: NDArray[np.float64], chosen: Mask, *, limit: float = np.inf, need: float = np.inf
) -> Mask:
    """Add to `chosen` what covers most for its cost, until `need` people are covered or `limit` is spent.

    Source: Chvatal (1979), Mathematics of Operations Research 4(3).
    """
    chosen = chosen.copy()
    kernels.greedy(cover.graph, costs, chosen, limit * (1 + _NOISE), need - _noise(cover), _noise(cover))
    return chosen


def swap_cover(cover: Cover, costs: NDArray[np.float64], chosen: Mask, *, limit: float) -> Mask:
    """Exchange single sites while that covers more people, or as many for less cost or with an earlier id.

    Source: Teitz and Bart (1968), Operations Research 16(5), on covers.
    """
    chosen = chosen.copy()
    kernels.swap(cover.graph, costs, chosen, limit * (1 + _NOISE), _noise(cover))
    return chosen


def tidy_cover(cover: Cover, costs: NDArray[np.float64], chosen: Mask, *, need: float) -> Mask:
    """Drop sites that `need` does without, and exchange single ones for cheaper or earlier ids."""
    chosen = chosen.copy()
    kernels.tidy(cover.graph, costs, chosen, need - _noise(cover), _noise(cover))
    return chosen


def swap_median(instance: Instance, chosen: Mask, *, p: int, fixed: Mask) -> Mask:
    """Add sites up to `p`, then exchange single ones, while that saves people-minutes.

    `fixed` sites stay and count in `p`; `chosen` contains them. At equal people-minutes the cheaper win, then
    earlier ids.

    Source: Teitz and Bart (1968), Operations Research 16(5).
    """
    order = np.arange(len(chosen)) if instance.costs is None else np.argsort(instance.costs, kind="stable")
    rows, standing = rows_of(instance)
    rows = rows._replace(indices=np.argsort(order)[rows.indices].astype(np.int32))
    far = instance.weights[instance.people] * 1e6 * (instance.cutoff_min + 1)  # dearer than anything within the cutoff
    found = chosen[order]
    improve(rows, np.minimum(standing, far), found, fixed[order], p)
    best = np.zeros_like(chosen)
    best[order] = found
    return best


def _noise(cover: Cover) -> float:
    return _NOISE * max(cover.total, 1e-300)
