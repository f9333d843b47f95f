"""Siting: where to build next, with proof."""

from .models import LSCP, MCLP, Model, PCenter, PMedian
from .plan import Plan
from .propose import propose_sites

__all__ = ["LSCP", "MCLP", "Model", "PCenter", "PMedian", "Plan", "propose_sites"]
