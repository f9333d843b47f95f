"""Travel: how long it takes from where people are to where services are."""

from .times import CAUSES, TravelTimes

__all__ = ["CAUSES", "TravelTimes"]
