"""Every system of a study as it is told."""

from collections.abc import Callable, Mapping
from typing import Any

from ...pipeline import Study
from ...pipeline.systems import Chains, Deliveries, HubNetwork, Niches, RoomNeeds, SharedBuildings
from ..style import Words
from .columbaria import tell_columbaria
from .composite import tell_composite
from .facts import SystemFacts, Telling
from .hubs import tell_hubs
from .kitchens import tell_kitchens
from .nesting import tell_nesting
from .rooms import tell_rooms

_TELL: Mapping[type, Callable[[Telling, Any], SystemFacts]] = {
    HubNetwork: tell_hubs,
    Chains: tell_nesting,
    RoomNeeds: tell_rooms,
    Deliveries: tell_kitchens,
    SharedBuildings: tell_composite,
    Niches: tell_columbaria,
}


def system_facts(study: Study) -> tuple[SystemFacts, ...]:
    """Return what is told of each system that was answered."""
    telling = Telling(study=study, words=Words(study.project.language))
    return tuple(_TELL[type(one)](telling, one) for one in study.systems.values())
