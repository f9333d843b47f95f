"""How the people of a service travel, and how long it takes them."""

from dataclasses import replace
from typing import Any

import geopandas as gpd

from ..network import (
    BIKE,
    DRIVE,
    MODES,
    TRANSIT,
    WALK,
    Mode,
    Transit,
)
from ..project import CircleRule, Project, Service
from ..travel import Direction, TravelTimes, transit_times, travel_times
from .study import Study

_WALKED = ("speed_mps", "kmh", "crossing_min", "slope", "snap_max_m")


def mode_of(service: Service, project: Project) -> Mode:
    """Return a service's mode at its own speeds."""
    slowed = service.stairs_factor > 1 and MODES[service.mode].bit == WALK.bit
    stairs = {"steps": service.speed_mps * 3.6 / service.stairs_factor} if slowed else {}
    mode = replace(
        MODES[service.mode],
        speed_mps=service.speed_mps,
        kmh=service.kmh | stairs,
        parking_min=service.parking_min,
        crossing_min=service.crossing_s / 60,
        slope=service.slope,
        snap_max_m=project.limits.snap_max_m,
    )
    lines = project.transit
    return with_lines(mode, project, lines.transit_time) if service.mode == "transit" and lines else mode


def with_lines(walk: Mode, project: Project, transit_time: Any) -> Transit:
    """Return public transport that is walked to as a mode on foot walks."""
    assert project.transit is not None
    return replace(
        TRANSIT,
        **{name: getattr(walk, name) for name in _WALKED},
        transit_time=transit_time,
        stop_walk_m=project.transit.stop_walk_m,
        departures=project.transit.departures,
    )


def circle_modes(service: Service, project: Project, rule: CircleRule) -> dict[str, Mode]:
    """Return how a service's circle is travelled: at its own pace where it has one on foot or by bicycle."""
    near = project.limits.snap_max_m
    own = mode_of(service, project)
    on_foot = replace(WALK, **{name: getattr(own, name) for name in _WALKED}) if own.bit == WALK.bit else None
    walk = on_foot or replace(WALK, speed_mps=rule.walk_mps, snap_max_m=near)
    bike = own if own.bit == BIKE.bit else replace(BIKE, speed_mps=rule.bike_mps, snap_max_m=near)
    if rule.far == "transit" and project.transit is not None:
        return {"walk": walk, "bike": bike, "transit": with_lines(walk, project, rule.transit_time)}
    drive = replace(DRIVE, speed_mps=rule.drive_mps, parking_min=rule.parking_min, snap_max_m=near)
    return {"walk": walk, "bike": bike, "drive": drive}


def times_of(
    study: Study,
    destinations: gpd.GeoSeries,
    mode: Mode,
    cutoff_min: float,
    *,
    nearest_only: bool = False,
    direction: Direction = "to",
) -> TravelTimes:
    """Return minutes from demand to points, over the streets or with the lines."""
    return times_between(
        study,
        study.layers.demand.geometry,
        destinations,
        mode,
        cutoff_min=cutoff_min,
        nearest_only=nearest_only,
        direction=direction,
    )


def times_between(
    study: Study, origins: gpd.GeoSeries, destinations: gpd.GeoSeries, mode: Mode, **options: Any
) -> TravelTimes:
    """Return minutes between any points, over the streets or with the lines; options as `travel_times`."""
    if isinstance(mode, Transit):
        assert study.lines is not None  # the project file is refused without [transit]
        return transit_times(study.lines, origins, destinations, mode=mode, **options)
    network = next(iter(study.networks.values()))
    return travel_times(network, origins, destinations, mode=mode, **options)
