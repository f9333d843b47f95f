"""Cover: who is served, and how well."""

from .coverage import Coverage, Share, measure_coverage
from .places import coverage_by_place, uncovered_places
from .street_data import street_data_by_place

__all__ = [
    "Coverage",
    "Share",
    "coverage_by_place",
    "measure_coverage",
    "street_data_by_place",
    "uncovered_places",
]
