"""Points in an order in which those that are near lie near in memory."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def z_order(xy: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the order of points along a Z curve, so that neighbours lie near in memory.

    Source: G. M. Morton 1966; bits interleaved with the usual magic masks.
    """
    span = max(float(np.ptp(xy, axis=0).max()), 1.0)
    cell = ((xy - xy.min(axis=0)) / span * 65535).astype(np.uint64)
    code = _spread(cell[:, 0]) | (_spread(cell[:, 1]) << np.uint64(1))
    return np.argsort(code, kind="stable")


_MASKS: Sequence[tuple[int, int]] = ((8, 0x00FF00FF), (4, 0x0F0F0F0F), (2, 0x33333333), (1, 0x55555555))


def _spread(value: NDArray[np.uint64]) -> NDArray[np.uint64]:
    for shift, mask in _MASKS:
        value = (value | (value << np.uint64(shift))) & np.uint64(mask)
    return value
