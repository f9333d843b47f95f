"""What every reader of streets hands on: `Parts`, ways in the file's own coordinates, and the tags that are read."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .. import presets

FERRY = "ferry"  # a class of ours, beside those of highway
TAGS = (
    *("highway", "name", "oneway", "junction", "foot", "bicycle", "motor_vehicle", "motorcar", "vehicle"),
    *("access", "motorroad", "bridge", "tunnel", "layer", "area", "service", "maxspeed", "incline"),
    *("route", "duration"),
    *("oneway:bicycle", "oneway:foot", "cycleway", "cycleway:left", "cycleway:right", "cycleway:both", "ramp:bicycle"),
)
SPOT_TAGS = (
    *("barrier", "highway", "crossing", "crossing:signals"),
    *("access", "locked", "foot", "vehicle", "bicycle", "motor_vehicle", "motorcar", "ele"),
)


def no_spots() -> pd.DataFrame:
    """Return the table of tagged points of streets that have none."""
    return pd.DataFrame({tag: pd.Series(dtype=object) for tag in SPOT_TAGS}, index=pd.Index([], dtype=np.int64))


@dataclass(frozen=True, kw_only=True)
class Parts:
    """Ways in the file's own coordinates; `key` joins equal vertices, `datum` says what `xy` are.

    `z` are heights in metres, NaN where the file has none; `spots` are tags of points, `spot_key` their keys.
    """

    way_id: Sequence[str]
    tags: pd.DataFrame
    counts: NDArray[np.int64]
    key: NDArray
    xy: NDArray[np.float64]
    datum: str
    z: NDArray[np.float64] | None = None
    spots: pd.DataFrame = field(default_factory=no_spots)
    spot_key: NDArray = field(default_factory=lambda: np.zeros(0, np.int64))


def with_ferries(tags: pd.DataFrame) -> pd.DataFrame:
    """Return tags with the class `FERRY` for ways of route=ferry that are no highway."""
    ferry = (tags["route"] == FERRY) & (tags["highway"] == "")
    return tags.assign(highway=tags["highway"].mask(ferry, FERRY))


def is_street(highway: pd.Series) -> pd.Series:
    """Tell streets from what merely carries a highway tag."""
    return (highway != "") & ~highway.isin(presets.load("streets")["not_a_street"])
