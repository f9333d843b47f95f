"""Cover: who is served, and how well."""

from .circle import Circle, circle_by_place, measure_circle
from .coverage import STANDARD_WALKS_M, Coverage, Share, measure_coverage
from .places import coverage_by_place, uncovered_places
from .street_data import street_data_by_place

__all__ = [
    "STANDARD_WALKS_M",
    "Circle",
    "Coverage",
    "Share",
    "circle_by_place",
    "coverage_by_place",
    "measure_circle",
    "measure_coverage",
    "street_data_by_place",
    "uncovered_places",
]
