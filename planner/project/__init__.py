"""planner.toml becomes a `Project`: frozen, strict, with every default filled in and named.

Precedence: command line, project file, preset. What a preset filled in is listed, with its source
and confidence, in `Project.parameters`.
"""

from .borders import Borders
from .defaults import said_slope
from .load import load_project, parse_project, refuse_incomplete
from .scenario_file import load_scenario
from .schema import About, Accepted, CircleRule, Limits, Parameter, Project, Service
from .siting import Nominal, PlaceQuota, Running, Siting
from .sources import Gazetteer, Source, Streets, TransitSource
from .systems import ColumbariumSystem, CompositeSystem, HubSystem, KitchenSystem, NestingSystem, RoomSystem, System

__all__ = [
    "About",
    "Accepted",
    "Borders",
    "CircleRule",
    "ColumbariumSystem",
    "CompositeSystem",
    "Gazetteer",
    "HubSystem",
    "KitchenSystem",
    "Limits",
    "NestingSystem",
    "Nominal",
    "Parameter",
    "PlaceQuota",
    "Project",
    "RoomSystem",
    "Running",
    "Service",
    "Siting",
    "Source",
    "Streets",
    "System",
    "TransitSource",
    "load_project",
    "load_scenario",
    "parse_project",
    "refuse_incomplete",
    "said_slope",
]
