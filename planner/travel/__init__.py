"""Travel: how long it takes from where people are to where services are."""

from .street import SNAP_MAX_M, travel_times
from .times import CAUSES, TravelTimes, held

__all__ = ["CAUSES", "SNAP_MAX_M", "TravelTimes", "held", "travel_times"]
