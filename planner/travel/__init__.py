"""Travel: how long it takes from where people are to where services are."""

from .arcs import Direction, search_arcs
from .service_areas import ServiceAreas, service_areas
from .street import travel_times
from .times import CAUSES, TravelTimes, held

__all__ = [
    "CAUSES",
    "Direction",
    "ServiceAreas",
    "TravelTimes",
    "held",
    "search_arcs",
    "service_areas",
    "travel_times",
]
