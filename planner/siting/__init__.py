"""Siting: where to build next, with proof."""

from .models import LSCP, MCLP, Model, PCenter, PMedian
from .phasing import PhasedPlan, phase_plan
from .plan import Plan
from .propose import propose_sites

__all__ = ["LSCP", "MCLP", "Model", "PCenter", "PMedian", "PhasedPlan", "Plan", "phase_plan", "propose_sites"]
