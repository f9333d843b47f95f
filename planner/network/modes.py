"""Who may use a street, in which direction, and how fast: `Mode` and the OSM access rules."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .. import presets

Mask = NDArray[np.bool_]
SNAP_MAX_M: float = presets.load("modes")["limits"]["snap_max_m"]["value"]


@dataclass(frozen=True, kw_only=True)
class Mode:
    """A way of travelling.

    `bit` marks it in an edge's access masks. `kmh` gives highway classes a speed of their own; everything else,
    and the way between a point and its street, goes at `speed_mps`. `parking_min` is added once.
    A point farther than `snap_max_m` from its street reaches nothing.
    """

    name: str
    bit: int
    speed_mps: float
    parking_min: float = 0.0
    kmh: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    snap_max_m: float = SNAP_MAX_M

    def __post_init__(self) -> None:
        """Refuse a speed that gets nobody anywhere.

        Raises:
            ValueError: a speed that is not positive, or negative parking.
        """
        speeds = (self.speed_mps, *self.kmh.values())
        if not (all(speed > 0 for speed in speeds) and self.parking_min >= 0):
            raise ValueError(f"{self.name}: speeds {speeds}, parking {self.parking_min} min")

    def minutes(self, length_m: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return how long lengths take at the mode's own speed."""
        return length_m / (self.speed_mps * 60.0)


def _mode(name: str, bit: int, pace: str) -> Mode:
    given: dict[str, Any] = presets.load("modes")[name]
    parking = given.get("parking_min", {"value": 0.0})["value"]
    return Mode(name=name, bit=bit, speed_mps=given["paces"][pace]["speed_mps"], parking_min=parking)


WALK = _mode("walk", 1, "general")
BIKE = _mode("bike", 2, "general")
DRIVE = _mode("drive", 4, "urban")
MODES = {mode.name: mode for mode in (WALK, BIKE, DRIVE)}


def access_masks(tags: pd.DataFrame) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Return who may use each way along its drawing and against it, as bits of `Mode.bit`."""
    along, against = _one_way(tags)
    foot = _foot(tags)
    bike = _bike(tags)
    car = _car(tags)
    forward = foot * WALK.bit + (bike & along) * BIKE.bit + (car & along) * DRIVE.bit
    backward = foot * WALK.bit + (bike & against) * BIKE.bit + (car & against) * DRIVE.bit
    return forward.astype(np.uint8), backward.astype(np.uint8)


def _foot(tags: pd.DataFrame) -> Mask:
    """On foot every way is open but motorways, foot=no and motorroad=yes."""
    closed = _has(tags, "highway", presets.load("streets")["walk"]["closed_highways"])
    closed = closed | _has(tags, "foot", ["no"]) | _has(tags, "motorroad", ["yes"])
    return ~closed


def _bike(tags: pd.DataFrame) -> Mask:
    closed = _has(tags, "highway", presets.load("streets")["bike"]["closed_highways"])
    closed = closed | _has(tags, "motorroad", ["yes"]) | _has(tags, "access", ["no", "private"])
    allowed = _has(tags, "bicycle", ["yes", "designated", "permissive"])
    return (~closed | allowed) & ~_has(tags, "bicycle", ["no", "use_sidepath"])


def _car(tags: pd.DataFrame) -> Mask:
    """Cars use roads that are open to motor vehicles; the most specific access tag wins."""
    allowed = _has(tags, "highway", presets.load("streets")["drive"]["open_highways"])
    for key in ("access", "vehicle", "motor_vehicle", "motorcar"):
        said = (tags[key] != "").to_numpy()
        allowed = np.where(said, allowed & ~_has(tags, key, ["no", "private", "agricultural", "forestry"]), allowed)
    return allowed & ~_has(tags, "area", ["yes"])


def _one_way(tags: pd.DataFrame) -> tuple[Mask, Mask]:
    """Return whether wheels may go along and against each way.

    A roundabout and a motorway are one-way where the tag says nothing.
    """
    implied = _has(tags, "junction", ["roundabout", "circular"]) | _has(tags, "highway", ["motorway"])
    forth = _has(tags, "oneway", ["yes", "true", "1"]) | (implied & ~_has(tags, "oneway", ["no", "-1", "reverse"]))
    back = _has(tags, "oneway", ["-1", "reverse"])
    return ~back, ~forth


def _has(tags: pd.DataFrame, key: str, values: list[str]) -> Mask:
    mask: Mask = tags[key].isin(values).to_numpy()
    return mask
