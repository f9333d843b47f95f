"""Ferries: how fast one is across, waiting for the boat included."""

import re

import numpy as np
from numpy.typing import NDArray

from .. import presets
from ..layers.parts import FERRY
from ..layers.streets import Ways

_CLOCK = re.compile(r"^(?:(\d+):)?(\d+)(?::(\d+))?$")  # 20, 00:20, 00:20:00
_ISO = re.compile(r"^PT?(?:(\d+)H)?(?:(\d+)M)?(?:\d+S)?$")  # PT20M


def ferry_kmh(ways: Ways) -> NDArray[np.float64]:
    """Return the speed of each ferry, and NaN for ways by land.

    kmh = length / (duration + wait), the wait half a usual headway; without a duration that is said, at a usual speed.
    Source: OpenStreetMap wiki, Key:duration.
    """
    kmh, usual = np.full(len(ways), np.nan), presets.load("streets")["ferry"]
    for i in np.flatnonzero(ways.tags["highway"].to_numpy() == FERRY):
        xy = ways.xy[ways.vertex[ways.offsets[i] : ways.offsets[i + 1]]]
        km = float(np.hypot(*np.diff(xy, axis=0).T).sum()) / 1000
        told = _minutes(str(ways.tags["duration"].iloc[i]))
        minutes = told or km / usual["kmh"]["value"] * 60
        kmh[i] = km / (minutes + usual["wait_min"]["value"]) * 60 or np.nan
    return kmh


def _minutes(text: str) -> float:
    """Return the minutes of a duration, 0 where it says none."""
    if (told := _ISO.match(text)) is not None:
        return 60.0 * int(told[1] or 0) + int(told[2] or 0)
    if (told := _CLOCK.match(text)) is None:
        return 0.0
    hours, minutes, seconds = (int(part or 0) for part in told.groups())
    return 60.0 * hours + minutes + seconds / 60
