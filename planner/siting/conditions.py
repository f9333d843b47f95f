"""The side conditions of a question by name: what an error says stands in the way, and the question without one."""

from dataclasses import replace
from typing import Any

import numpy as np

from ..errors import Fault
from .models import BCLP, MCLP, PMedian
from .ruled_counts import Question


def conditions_of(question: Question) -> dict[str, Fault]:
    """Return what a plan must keep besides its limit, by name, each as the words for it."""
    rules, model = question.rules, question.model
    asked = {
        "required": len(question.instance.required) > 0,
        "spacing": len(rules.apart) > 0,
        "at_least": any(n > 0 for n in rules.at_least.values()),
        "quotas": any(quota.need > 0 for quota in rules.quotas),
        "first": isinstance(model, BCLP) and model.first > 0,
        "capacities": question.capacities is not None and not isinstance(model, MCLP),
        "everyone": isinstance(model, PMedian),
    }
    about = {"limit": question.limit_min}
    return {name: Fault(f"condition_{name}", about, section="siting") for name, is_asked in asked.items() if is_asked}


def without(question: Question, name: str) -> Question:
    """Return the question without one of its conditions."""
    rules, model = question.rules, question.model
    changes: dict[str, dict[str, Any]] = {
        "required": {"instance": replace(question.instance, required=np.zeros(0, np.int64))},
        "spacing": {"rules": replace(rules, apart=())},
        "at_least": {"rules": replace(rules, at_least={})},
        "quotas": {"rules": replace(rules, quotas=())},
        "first": {"model": replace(model, first=0.0)} if isinstance(model, BCLP) else {},
        "capacities": {"capacities": None},
        "everyone": {"model": MCLP(question.limit_min, p=model.p)} if isinstance(model, PMedian) else {},
    }
    return replace(question, **changes[name])
