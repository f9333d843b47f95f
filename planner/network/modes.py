"""Who may use a street, in which direction, and how fast: `Mode` and the OSM access rules."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .. import presets

Mask = NDArray[np.bool_]
_FORTH, _BACK, _BOTH = ["yes", "true", "1"], ["-1", "reverse"], ["no", "false", "0"]
FOOT_KEYS = ("access", "foot")  # later ones are more specific
BIKE_KEYS = ("access", "vehicle", "bicycle")
DRIVE_KEYS = ("access", "vehicle", "motor_vehicle", "motorcar")
RIDDEN = 8  # beside BIKE's bit while a network is built: by bicycle, and not only pushing it
PUSHED = 8  # in a built network, in the same place: bicycles pass at walking pace
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

    @property
    def on_streets(self) -> "Mode":
        """How one moves over streets alone: as ever, or, where the mode takes lines, on foot."""
        return self

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

    @property
    def on_streets(self) -> Mode:
        """How one walks to a stop, or all the way."""
        return Mode(**{f.name: getattr(self, f.name) for f in fields(Mode)} | {"name": WALK.name})


WALK = _mode("walk", 1, "general")
BIKE = _mode("bike", 2, "general")
DRIVE = _mode("drive", 4, "urban")
TRANSIT = Transit(name="transit", bit=WALK.bit, speed_mps=WALK.speed_mps)
MODES: dict[str, Mode] = {mode.name: mode for mode in (WALK, BIKE, DRIVE, TRANSIT)}


def access_masks(tags: pd.DataFrame) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Return who may use each way along its drawing and against it, as bits of `Mode.bit`, and `RIDDEN`."""
    on_foot, footing = _foot(tags), _one_way_for(tags, "oneway:foot", (~_none(tags), ~_none(tags)))
    ridden, pushed = _bike(tags)
    uses = (
        (WALK.bit, on_foot, footing),
        (BIKE.bit, on_foot & pushed, footing),
        (BIKE.bit | RIDDEN, ridden, _one_way_for_bikes(tags)),
        (DRIVE.bit, _car(tags), _one_way(tags)),
    )
    forward, backward = np.zeros((2, len(tags)), np.uint8)
    for bits, usable, (along, against) in uses:
        forward |= np.where(usable & along, bits, 0).astype(np.uint8)
        backward |= np.where(usable & against, bits, 0).astype(np.uint8)
    return forward, backward


def marked_pushed(bits: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return masks with `PUSHED` where bicycles pass and nothing says `RIDDEN`, in place of that bit."""
    return bits ^ np.where(bits & BIKE.bit, np.uint8(RIDDEN), np.uint8(0))


def _foot(tags: pd.DataFrame) -> Mask:
    """On foot every way is open but motorways, ways of other users alone, and what access or foot closes."""
    rules = presets.load("streets")
    closed = has(tags, "highway", rules["walk"]["closed_highways"]) | has(tags, "motorroad", ["yes"])
    usual = ~has(tags, "highway", rules["walk"]["closed_unless_foot"])
    return opened(tags, usual, FOOT_KEYS, closed=rules["access"]["closed_on_foot"]) & ~closed


def _bike(tags: pd.DataFrame) -> tuple[Mask, Mask]:
    """Return where bicycles are ridden, and where they are pushed: told to dismount, or up a ramp beside steps.

    They are vehicles: the most specific of access, vehicle and bicycle wins, over the class too.
    """
    closed = has(tags, "highway", presets.load("streets")["bike"]["closed_highways"])
    closed = closed | has(tags, "motorroad", ["yes"])
    pushed = has(tags, "bicycle", ["dismount"])
    ridden = opened(tags, ~closed, BIKE_KEYS) & ~has(tags, "area", ["yes"]) & ~pushed
    return ridden, pushed | (has(tags, "highway", ["steps"]) & has(tags, "ramp:bicycle", ["yes"]) & ~ridden)


def _car(tags: pd.DataFrame) -> Mask:
    """Cars use roads that are open to motor vehicles; the most specific access tag wins, over the class too."""
    open_class = has(tags, "highway", presets.load("streets")["drive"]["open_highways"])
    return opened(tags, open_class, DRIVE_KEYS) & ~has(tags, "area", ["yes"])


def opened(tags: pd.DataFrame, usual: Mask, keys: tuple[str, ...], closed: Sequence[str] | None = None) -> Mask:
    """Return who may pass: as usual for the class, but as the last of `keys` says that says something.

    access=yes alone opens no class to wheels: it is said of footways too; nor does a word that lets in some
    (destination, customers …), but it takes back what a more general key closed. `closed`: other words than usual.
    """
    words = presets.load("streets")["access"]
    result = usual
    for key in keys:
        result = result & ~has(tags, key, words["closed"] if closed is None else closed)
        named = has(tags, key, words["open"])
        result = result | (usual & (named | has(tags, key, words["some"]))) | (named if key != "access" else False)
    return result


def _none(tags: pd.DataFrame) -> Mask:
    return np.zeros(len(tags), bool)


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
    return _one_way_for(tags, "oneway:bicycle", (along | contraflow, against | contraflow))


def _one_way_for(tags: pd.DataFrame, key: str, usual: tuple[Mask, Mask]) -> tuple[Mask, Mask]:
    """Return whether one may go along and against each way: as `key` says, and where it says nothing as usual."""
    both, forth, back = (has(tags, key, words) for words in (_BOTH, _FORTH, _BACK))
    along, against = usual
    return (along | both | forth) & ~back, (against | both | back) & ~forth


def has(tags: pd.DataFrame, key: str, values: Sequence[str]) -> Mask:
    """Return where a tag has one of some values."""
    mask: Mask = tags[key].isin(list(values)).to_numpy()
    return mask
