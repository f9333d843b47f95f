"""Travel: how long it takes from where people are to where services are."""

from .street import Direction, search_arcs, travel_times
from .times import CAUSES, TravelTimes, held
from .transit import transit_times

__all__ = [
    "CAUSES",
    "Direction",
    "TravelTimes",
    "held",
    "search_arcs",
    "transit_times",
    "travel_times",
]
