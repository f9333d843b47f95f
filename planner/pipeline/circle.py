"""The 5-10-15 circle of each service."""

from dataclasses import replace

import pandas as pd

from ..coverage import (
    Circle,
    circle_by_place,
    measure_circle,
)
from ..project import CircleRule, Project, Service
from .study import Study
from .travel import circle_modes, times_of


def circles(project: Project, study: Study) -> Study:
    """Ask of each service who is within 5, 10 and 15 minutes by the three modes."""
    rule = project.circle
    assert rule is not None
    asked = [s for s in project.services if s.id in rule.services or (not rule.services and s.direction == "to")]
    circles = {s.id: _circle(study, s, rule) for s in asked}
    tables = [circle_by_place(circles[s.id], study.layers.places, weights=(s.weight,)) for s in asked]
    return replace(study, circles=circles, circle=pd.concat(tables, ignore_index=True) if tables else study.circle)


def _circle(study: Study, service: Service, rule: CircleRule) -> Circle:
    modes = circle_modes(service, study.project, rule)
    minutes = dict(zip(modes, (rule.walk_min, rule.bike_min, rule.far_min), strict=True))
    longest = {m: max(minutes.values()) if rule.reading == "matrix" else minutes[m] for m in modes}
    ends = study.facilities(service.id)
    times = {
        name: times_of(study, ends, mode, round(longest[name] * (1 + rule.tolerance), 6), nearest_only=True)
        for name, mode in modes.items()
    }
    return measure_circle(
        times,
        study.layers.demand,
        reading=rule.reading,
        minutes=minutes,
        tolerance=rule.tolerance,
        service=service.id,
    )
