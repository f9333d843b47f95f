"""Who may use a street, in which direction, and how fast: `Mode` and the OSM access rules."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .. import presets

Mask = NDArray[np.bool_]
_FORTH, _BACK, _BOTH = ["yes", "true", "1"], ["-1", "reverse"], ["no", "false", "0"]
BIKE_KEYS = ("access", "vehicle", "bicycle")  # later ones are more specific
DRIVE_KEYS = ("access", "vehicle", "motor_vehicle", "motorcar")
_OPPOSITE = ["opposite", "opposite_lane", "opposite_track"]
SNAP_MAX_M: float = presets.load("modes")["limits"]["snap_max_m"]["value"]


@dataclass(frozen=True, kw_only=True)
class Mode:
    """A way of travelling.

    `bit` marks it in an edge's access masks. `kmh` gives highway classes a speed of their own; everything else,
    and the way between a point and its street, goes at `speed_mps`. `parking_min` is added once.
    `crossing_min` is the wait at signals, half at the end of each street that has them there; of streets without any
    such tag it is what crossing a main road takes (its classes: presets, streets, main_highways): half at the end
    of each other street that meets one there, so that turning into it costs half.
    `slope`: on foot, streets that carry heights are walked at a pace of their own uphill and downhill.
    A point farther than `snap_max_m` from its street reaches nothing.
    """

    name: str
    bit: int
    speed_mps: float
    parking_min: float = 0.0
    kmh: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    snap_max_m: float = SNAP_MAX_M
    crossing_min: float = 0.0
    slope: bool = True

    def __post_init__(self) -> None:
        """Refuse a speed that gets nobody anywhere.

        Raises:
            ValueError: a speed that is not positive, or negative parking or crossing.
        """
        speeds = (self.speed_mps, *self.kmh.values())
        if not (all(speed > 0 for speed in speeds) and min(self.parking_min, self.crossing_min) >= 0):
            raise ValueError(f"{self.name}: speeds {speeds}, waits {self.parking_min}, {self.crossing_min} min")

    def minutes(self, length_m: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return how long lengths take at the mode's own speed."""
        return length_m / (self.speed_mps * 60.0)


def _mode(name: str, bit: int, pace: str) -> Mode:
    given: dict[str, Any] = presets.load("modes")[name]
    parking = given.get("parking_min", {"value": 0.0})["value"]
    return Mode(name=name, bit=bit, speed_mps=given["paces"][pace]["speed_mps"], parking_min=parking)


TransitTime = Literal["door_to_door", "in_vehicle", "timetable"]


@dataclass(frozen=True, kw_only=True)
class Transit(Mode):
    """Public transport; `speed_mps` is the pace on foot.

    `transit_time` says which minutes count. "door_to_door": walk, wait half a headway at each boarding, ride, walk;
    walks go as far as they like. "in_vehicle": the rides alone, walks to, between and from stops being free, but none
    longer than `stop_walk_m` over the streets, access legs included; who walks all the way walks all those minutes.
    "timetable": by the trips as they run, the median over `departures` spread over a window of the day; a pair is
    reached where half of them reach it within the cutoff; walks beside rides are no longer than `stop_walk_m`.
    """

    transit_time: TransitTime = "door_to_door"
    stop_walk_m: float = presets.load("modes")["transit"]["stop_walk_m"]["value"]
    departures: int = 12

    def __post_init__(self) -> None:
        """Refuse what cannot be.

        Raises:
            ValueError: as `Mode`; a walk that is not above 0, or no departure.
        """
        super().__post_init__()
        if not (self.stop_walk_m > 0 and self.departures >= 1):
            raise ValueError(f"{self.name}: stop_walk_m {self.stop_walk_m}, departures {self.departures}")


WALK = _mode("walk", 1, "general")
BIKE = _mode("bike", 2, "general")
DRIVE = _mode("drive", 4, "urban")
TRANSIT = Transit(name="transit", bit=WALK.bit, speed_mps=WALK.speed_mps)
MODES: dict[str, Mode] = {mode.name: mode for mode in (WALK, BIKE, DRIVE, TRANSIT)}


def access_masks(tags: pd.DataFrame) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Return who may use each way along its drawing and against it, as bits of `Mode.bit`."""
    foot, bike, car = _foot(tags), _bike(tags), _car(tags)
    wheels = zip(_one_way_for_bikes(tags), _one_way(tags), strict=True)
    forward, backward = (
        (foot * WALK.bit + (bike & ridden) * BIKE.bit + (car & driven) * DRIVE.bit).astype(np.uint8)
        for ridden, driven in wheels
    )
    return forward, backward


def _foot(tags: pd.DataFrame) -> Mask:
    """On foot every way is open but motorways, foot=no and motorroad=yes."""
    closed = has(tags, "highway", presets.load("streets")["walk"]["closed_highways"])
    closed = closed | has(tags, "foot", ["no"]) | has(tags, "motorroad", ["yes"])
    return ~closed


def _bike(tags: pd.DataFrame) -> Mask:
    """Bicycles are vehicles: the most specific of access, vehicle and bicycle wins, over the class too."""
    closed = has(tags, "highway", presets.load("streets")["bike"]["closed_highways"])
    closed = closed | has(tags, "motorroad", ["yes"])
    return opened(tags, ~closed, BIKE_KEYS) & ~has(tags, "area", ["yes"])


def _car(tags: pd.DataFrame) -> Mask:
    """Cars use roads that are open to motor vehicles; the most specific access tag wins, over the class too."""
    open_class = has(tags, "highway", presets.load("streets")["drive"]["open_highways"])
    return opened(tags, open_class, DRIVE_KEYS) & ~has(tags, "area", ["yes"])


def opened(tags: pd.DataFrame, usual: Mask, keys: tuple[str, ...], passed_over: tuple[str, ...] = ()) -> Mask:
    """Return who may pass: as usual for the class, but as the last of `keys` says that says something.

    access=yes alone opens no class to wheels: it is said of footways too. Words `passed_over` say nothing.
    """
    words = presets.load("streets")["access"]
    shut = [word for word in words["closed"] if word not in passed_over]
    result = usual
    for key in keys:
        named = has(tags, key, words["open"]) & (usual if key == "access" else np.ones_like(usual))
        result = (result & ~has(tags, key, shut)) | named
    return result


def _one_way(tags: pd.DataFrame) -> tuple[Mask, Mask]:
    """Return whether wheels may go along and against each way.

    A roundabout and a motorway are one-way where the tag says nothing.
    """
    implied = has(tags, "junction", ["roundabout", "circular"]) | has(tags, "highway", ["motorway"])
    forth = has(tags, "oneway", _FORTH) | (implied & ~has(tags, "oneway", [*_BOTH, *_BACK]))
    back = has(tags, "oneway", _BACK)
    return ~back, ~forth


def _one_way_for_bikes(tags: pd.DataFrame) -> tuple[Mask, Mask]:
    """Return the same for bicycles: oneway:bicycle and contraflow lanes (cycleway=opposite…) come before oneway."""
    along, against = _one_way(tags)
    sides = ("cycleway", "cycleway:left", "cycleway:right", "cycleway:both")
    contraflow = np.logical_or.reduce([has(tags, side, _OPPOSITE) for side in sides])
    both = (contraflow & ~has(tags, "oneway:bicycle", [*_FORTH, *_BACK])) | has(tags, "oneway:bicycle", _BOTH)
    forth, back = has(tags, "oneway:bicycle", _FORTH), has(tags, "oneway:bicycle", _BACK)
    return (along | both | forth) & ~back, (against | both | back) & ~forth


def has(tags: pd.DataFrame, key: str, values: list[str]) -> Mask:
    """Return where a tag has one of some values."""
    mask: Mask = tags[key].isin(values).to_numpy()
    return mask
