"""Read: files in, clean tables out."""

from .layers import Input, Layers, in_service, read_layers
from .places import ancestry, smallest_place
from .streets import Ways, correct, read_streets

__all__ = [
    "Input",
    "Layers",
    "Ways",
    "ancestry",
    "correct",
    "in_service",
    "read_layers",
    "read_streets",
    "smallest_place",
]
