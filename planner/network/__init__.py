"""Build: what people move on, one topology with a mask and a direction per mode."""

from .build import build_network
from .modes import BIKE, DRIVE, MODES, WALK, Mode
from .repair import repair_streets
from .snap import Snaps, snap
from .streets import StreetNetwork

__all__ = [
    "BIKE",
    "DRIVE",
    "MODES",
    "WALK",
    "Mode",
    "Snaps",
    "StreetNetwork",
    "build_network",
    "repair_streets",
    "snap",
]
