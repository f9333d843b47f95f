"""The source plans' own systems on a project's services: `systems(project, study) -> Study`."""

from .hubs import HubNetwork
from .nesting import Chains
from .rooms import RoomNeeds
from .solve import systems

__all__ = ["Chains", "HubNetwork", "RoomNeeds", "systems"]
