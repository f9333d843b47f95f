"""The source plans' own systems on a project's services: `systems(project, study) -> Study`."""

from .columbaria import Niches
from .composite import SharedBuildings
from .hubs import HubNetwork
from .kitchens import Deliveries
from .nesting import Chains
from .rooms import RoomNeeds
from .solve import refuse_unready, systems

__all__ = ["Chains", "Deliveries", "HubNetwork", "Niches", "RoomNeeds", "SharedBuildings", "refuse_unready", "systems"]
