"""Borders: lines between units, the stakes on them, and their joint inspection."""

from .description import describe
from .ellipsoid import area_m2, length_m
from .inspection import digitised, due_dates, patrolled, replacement, roster
from .lines import border_lines
from .positions import along
from .rules import BorderRules
from .stakes import stake_register
from .units import Units

__all__ = [
    "BorderRules",
    "Units",
    "along",
    "area_m2",
    "border_lines",
    "describe",
    "digitised",
    "due_dates",
    "length_m",
    "patrolled",
    "replacement",
    "roster",
    "stake_register",
]
