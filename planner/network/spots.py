"""What tagged points of streets mean: whom a gate stops, and where one waits at signals."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .. import presets
from ..layers.streets import Ways
from .modes import BIKE, BIKE_KEYS, DRIVE, DRIVE_KEYS, FOOT_KEYS, WALK, has, opened
from .streets import CROSSING, SIGNALS

Bits = NDArray[np.uint8]


def closed_at(ways: Ways) -> tuple[Bits, Bits]:
    """Return by vertex whom a barrier there stops, and of these whom only by the word private, as bits of `Mode.bit`.

    What kind it is says whom it stops as a rule (presets, streets, barriers: gates and lift gates nobody), then the
    most specific of access and foot, of access, vehicle and bicycle, of access, vehicle, motor_vehicle and motorcar.
    locked=yes without access is private: who lives behind it has a key.
    """
    spots, rules = _keyed(ways.spots), presets.load("streets")
    kinds, shut = rules["barriers"], rules["access"]["closed"]
    closed, hard = np.zeros((2, len(ways.xy)), np.uint8)
    barrier = ~has(spots, "barrier", ["", "no"])
    for mode, tags in ((WALK, FOOT_KEYS), (BIKE, BIKE_KEYS), (DRIVE, DRIVE_KEYS)):
        usual = ~has(spots, "barrier", kinds[mode.name])
        for bits, words in ((closed, shut), (hard, [word for word in shut if word != "private"])):
            stops = barrier & ~opened(spots, usual, tags, closed=words)
            np.bitwise_or.at(bits, spots.index[stops], np.uint8(mode.bit))
    return closed, closed & ~hard


def _keyed(spots: pd.DataFrame) -> pd.DataFrame:
    locked = has(spots, "locked", ["yes"]) & has(spots, "access", [""])
    return spots.assign(access=spots["access"].mask(locked, "private"))


def waits_at(ways: Ways) -> Bits:
    """Return by vertex where one waits: `SIGNALS` for everybody, `CROSSING` for who comes on a way without cars.

    Signals are highway=traffic_signals; a crossing (highway=crossing) counts where its tags say that it has signals.
    """
    spots, words = ways.spots, presets.load("streets")["signals"]
    waits = np.zeros(len(ways.xy), np.uint8)
    lit = has(spots, "crossing", words["crossing"]) | has(spots, "crossing:signals", ["yes"])
    np.bitwise_or.at(waits, spots.index[has(spots, "highway", ["traffic_signals"])], np.uint8(SIGNALS))
    np.bitwise_or.at(waits, spots.index[has(spots, "highway", ["crossing"]) & lit], np.uint8(CROSSING))
    return waits
