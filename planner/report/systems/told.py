"""Every system of a study as it is told."""

from ...pipeline import Study
from ...pipeline.systems import Chains, HubNetwork, RoomNeeds
from ..style import Words
from .facts import SystemFacts, Telling
from .hubs import tell_hubs
from .nesting import tell_nesting
from .rooms import tell_rooms


def system_facts(study: Study) -> tuple[SystemFacts, ...]:
    """Return what is told of each system that was answered."""
    telling = Telling(study=study, words=Words(study.project.language))
    return tuple(_told(telling, one) for one in study.systems.values())


def _told(telling: Telling, one: object) -> SystemFacts:
    match one:
        case HubNetwork():
            return tell_hubs(telling, one)
        case Chains():
            return tell_nesting(telling, one)
        case RoomNeeds():
            return tell_rooms(telling, one)
    raise TypeError(type(one))
