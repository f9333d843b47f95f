"""Siting: where to build next, with proof."""

from .models import BCLP, LSCP, MCLP, Model, PCenter, PMedian
from .phased import PhasedPlan
from .phasing import phase_plan
from .plan import Plan
from .propose import propose_sites
from .rules import Quota, Rules, too_near

__all__ = [
    "BCLP",
    "LSCP",
    "MCLP",
    "Model",
    "PCenter",
    "PMedian",
    "PhasedPlan",
    "Plan",
    "Quota",
    "Rules",
    "phase_plan",
    "propose_sites",
    "too_near",
]
