"""A model on its instance, with what any choice must keep: what is explained, drawn as a curve and varied."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..travel import TravelTimes
from .answer import Effort, costs_of, mask_of
from .exchange import Exchange
from .instance import Instance, read_instance
from .kernels import Mask
from .models import BCLP, LSCP, MCLP, Model, PCenter, PMedian
from .plan import Plan
from .ruled import kept_at_least
from .ruled_counts import Question
from .ruled_plan import question_of
from .rules import Allowed
from .terms import Terms
from .worth import Nearest, RoomyCenter, Worth, covered_by, covered_twice, roomy


@dataclass(frozen=True, kw_only=True)
class Case:
    """A model and its instance; `question` is the same with facilities as columns, None where nothing needs it.

    Side conditions, room and a second facility (BCLP) need a question. money: whether money is the limit, not sites.
    """

    model: Model
    instance: Instance
    question: Question | None
    allowed: Allowed
    room: bool
    money: bool

    @property
    def by_minutes(self) -> bool:
        """Whether sites shorten ways instead of covering."""
        return isinstance(self.model, PMedian | PCenter)

    @property
    def standard_min(self) -> float:
        """The farthest time that counts."""
        return float(getattr(self.model, "standard_min", self.instance.cutoff_min))

    @property
    def fixed(self) -> Mask:
        """The sites that are required."""
        return mask_of(self.instance, self.instance.required)

    @property
    def takes(self) -> NDArray[np.float64]:
        """What each candidate takes of the limit: its cost where money is limited, else one."""
        return costs_of(self.instance) if self.money else np.ones(len(self.instance.candidates))

    @property
    def worth(self) -> Worth:
        """How choices are judged: an LSCP by the people it covers."""
        if self.room:
            assert self.question is not None
            if isinstance(self.model, PCenter):
                return RoomyCenter(question=self.question, near=Nearest(model=self.model, instance=self.instance))
            return roomy(self.question)
        if isinstance(self.model, PMedian | PCenter):
            return Nearest(model=self.model, instance=self.instance)
        if isinstance(self.model, BCLP):
            assert self.question is not None
            return covered_twice(self.question, self.model.first)
        return covered_by(self.instance, self.standard_min)

    def chosen(self, plan: Plan) -> Mask:
        """Return the sites of a plan."""
        return mask_of(self.instance, self.instance.candidates.get_indexer(plan.sites.index))

    def exchange(self, limit: float, takes: NDArray[np.float64] | None = None) -> Exchange:
        """Return how choices within a limit are improved; `takes`: of the limit, by candidate."""
        taken = self.takes if takes is None else takes
        return Exchange(worth=self.worth, allowed=self.allowed, takes=taken, limit=limit, fixed=self.fixed)

    def at_most(self, limit: float) -> Model:
        """Return the model with another limit; of an LSCP the MCLP that covers most within it."""
        if isinstance(self.model, PMedian | PCenter):
            return type(self.model)(int(limit))
        limits: dict[str, Any] = {"budget": limit} if self.money else {"p": int(limit)}
        if isinstance(self.model, BCLP):
            return BCLP(self.model.standard_min, first=self.model.first, **limits)
        return MCLP(self.standard_min, **limits)

    def varied(
        self, *, people: NDArray[np.float64], standard_min: float | None = None, slow: NDArray[np.float64] | None = None
    ) -> "Case":
        """Return the case with people times a factor, another standard, or speeds times a factor, both by demand."""

        def changed(instance: Instance) -> Instance:
            minutes, standing = instance.minutes, instance.standing_min
            if slow is not None:
                minutes, standing = minutes / slow[instance.rows], standing / slow
            return replace(instance, weights=instance.weights * people, minutes=minutes, standing_min=standing)

        model = self.model
        if standard_min is not None and isinstance(model, LSCP | MCLP | BCLP):
            model = replace(model, standard_min=standard_min)
        question = self.question
        if question is not None:
            counts = None if question.counts is None else question.counts * people
            question = replace(question, model=model, instance=changed(question.instance), counts=counts)
        return replace(self, model=model, instance=changed(self.instance), question=question)

    def least(self, effort: Effort) -> Mask | None:
        """Return the sites that take least and keep the side conditions, required ones included; None where none do."""
        if not self.allowed.rules:
            return self.fixed
        assert self.question is not None
        cost = np.zeros(self.question.n)
        cost[self.question.free] = self.takes + 1e-6 * max(float(self.takes.max(initial=0.0)), 1e-300)
        kept = kept_at_least(replace(self.question, model=MCLP(self.standard_min, p=self.question.n)), cost, effort)
        return None if kept is None else kept[self.question.free]


def read_case(plan: Plan, times: TravelTimes, demand: pd.Series, terms: Terms) -> Case:
    """Return the case of a plan that was made on these terms.

    Raises:
        TableError: what `propose_sites` refuses.
    """
    instance, room = read_instance(times, demand, terms), terms.capacities is not None
    asked = room or isinstance(plan.model, BCLP) or bool(terms.rules)
    question = question_of(plan.model, times, demand, terms, instance) if asked else None
    allowed = Allowed(rules=terms.rules, candidates=instance.candidates, existing=terms.stands)
    return Case(
        model=plan.model,
        instance=instance if room else terms.weighed(instance),
        question=question,
        allowed=allowed,
        room=room,
        money=bool(plan.money),
    )
