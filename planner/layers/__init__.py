"""Read: files in, clean tables out."""

from .layers import Layers, in_service, read_layers
from .places import ancestry, place_of, smallest_place, unit_above
from .reader import Input
from .streets import Ways, correct, read_streets
from .timetable import Pattern, Timetable
from .transit import read_transit

__all__ = [
    "Input",
    "Layers",
    "Pattern",
    "Timetable",
    "Ways",
    "ancestry",
    "correct",
    "in_service",
    "place_of",
    "read_layers",
    "read_streets",
    "read_transit",
    "smallest_place",
    "unit_above",
]
