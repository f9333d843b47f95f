"""Travel: how long it takes from where people are to where services are."""

from .arcs import Direction, search_arcs
from .search import search_matrix, search_nearest
from .service_areas import ServiceAreas, service_areas
from .street import travel_times, travel_times_in_parts
from .times import CAUSES, TravelTimes, held

__all__ = [
    "CAUSES",
    "Direction",
    "ServiceAreas",
    "TravelTimes",
    "held",
    "search_arcs",
    "search_matrix",
    "search_nearest",
    "service_areas",
    "travel_times",
    "travel_times_in_parts",
]
