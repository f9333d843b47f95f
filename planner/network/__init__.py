"""Build: what people move on, one topology with a mask and a direction per mode."""

from ..layers import Timetable
from .build import build_network
from .modes import BIKE, DRIVE, MODES, TRANSIT, WALK, Mode, Transit
from .repair import repair_streets
from .snap import Snaps, snap
from .streets import StreetNetwork
from .timetable import TransitNetwork, headways, join_transit, stops_of

__all__ = [
    "BIKE",
    "DRIVE",
    "MODES",
    "TRANSIT",
    "WALK",
    "Mode",
    "Snaps",
    "StreetNetwork",
    "Timetable",
    "Transit",
    "TransitNetwork",
    "build_network",
    "headways",
    "join_transit",
    "repair_streets",
    "snap",
    "stops_of",
]
