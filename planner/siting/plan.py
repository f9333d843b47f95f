"""A plan: the sites in rank order, the people each gains, and the proof."""

from dataclasses import dataclass, replace
from math import fsum
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .. import texts
from .answer import Answer
from .instance import Instance
from .models import BCLP, LSCP, MCLP, Model, PMedian

_NOISE = 1e-9  # of a sum of people, relative


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Where to build, and how sure that is.

    sites: by candidate_id in rank order: rank from 1, gain (people newly covered on top of the ranks
    before; of PMedian and PCenter: people for whom it becomes the nearest), cost where costs were given.
    objective: MCLP people covered, by existing facilities too; BCLP people with a second one; LSCP sites or
    money; PMedian people-minutes; PCenter the largest minutes. bound: what no plan can beat, proven.
    assignment: by demand_id, who gains: candidate_id, weight (people), minutes to that site; a demand
    that several sites cover belongs to the one that ranks first. The weights of a site sum to its gain.
    With capacities the gain is the people a site takes in on top of existing facilities (PMedian, PCenter: in all),
    one demand may have several rows, `before` are the people whom existing facilities take in by this plan, and
    `standing` says who they are, in the columns of `assignment` (None without capacities, and of plans by year).
    people: everyone in the demand; before: of them already covered by existing facilities (PMedian and
    PCenter: reached within the cutoff). uncoverable: LSCP, demand that nothing reaches.
    timed_out: the clock ended the search before its counted work was done, so a rerun may find another plan.
    priority: objective and bound count people by priority (`siting.priority`); all else counts them as they are.
    unweighted: PMedian and BCLP by priority, the objective of people as they are; None where the objective says it.
    """

    model: Model
    sites: pd.DataFrame
    assignment: pd.DataFrame
    objective: float
    bound: float
    status: Literal["optimal", "feasible"]
    people: float
    before: float
    standing: pd.DataFrame | None = None
    uncoverable: tuple[str, ...] = ()
    timed_out: bool = False
    priority: bool = False
    unweighted: float | None = None

    @property
    def gap(self) -> float:
        """|bound - objective| / |objective|: how far from the best possible the plan is at most."""
        if self.bound == self.objective:
            return 0.0
        return abs(self.bound - self.objective) / abs(self.objective) if self.objective else float("inf")

    @property
    def money(self) -> float | None:
        """What may be spent in all; None where money is no limit."""
        return getattr(self.model, "budget", None)

    def left_for(self, candidate: Any) -> float:  # noqa: ARG002  plans by year look at the year
        """Return the money left that a dearer site in the place of `candidate` could use; infinite without a limit."""
        return float("inf") if self.money is None else float(self.money - self.sites["cost"].sum())

    @property
    def falls_short(self) -> bool:
        """Whether an LSCP covers less than its share of all people, because nothing covers more."""
        covered = self.before + self.sites["gain"].sum()
        return isinstance(self.model, LSCP) and bool(covered < self.model.share * self.people * (1 - _NOISE))

    def gained(self, groups: pd.Series) -> pd.DataFrame:
        """Return the people each site gains by group: candidate_id, group, people, in rank order.

        groups: by demand_id, for example the place_id of DEMAND; demand in no group is left out.
        """
        rows = self.assignment.assign(group=groups.reindex(self.assignment.index))
        summed = rows.groupby(["candidate_id", "group"], sort=True)["weight"].sum().rename("people").reset_index()
        rank = summed["candidate_id"].map(self.sites["rank"])
        order = np.lexsort((summed["group"], -summed["people"], rank))
        return summed.iloc[order].reset_index(drop=True)

    def summary(self, language: str = "zh") -> str:
        """Return the plan in three sentences: what was asked, what comes out, how sure it is."""
        gain = self.sites["gain"].sum()
        covered = self.before + gain
        counted = self.objective if self.unweighted is None else self.unweighted
        values = {
            "n": len(self.sites),
            "objective": number_text(self.objective),
            "money": texts.money(language, self.objective),
            "bound": number_text(self.bound),
            "gap": f"{100 * self.gap:.3g}",
            "gain": number_text(gain),
            "covered": number_text(covered),
            "people": number_text(self.people),
            "counted": number_text(counted),
            "mean": f"{counted / self.people:.1f}" if self.people else "0.0",
            "share": texts.percent(covered / self.people) if self.people else "0.0",
            "uncoverable": len(self.uncoverable),
            **_asked(self.model, language),
        }
        name = type(self.model).__name__.lower()
        asked = (
            f"asked_{name}_budget"
            if isinstance(self.model, MCLP | BCLP) and self.model.budget is not None
            else f"asked_{name}"
        )
        costed = "_cost" * (isinstance(self.model, LSCP) and "cost" in self.sites)
        keys = [asked + costed, f"result_{name}{costed}", *["lscp_short"] * self.falls_short, f"proof_{self.status}"]
        keys += ["uncoverable"] * bool(self.uncoverable) + ["priority"] * self.priority + ["timed_out"] * self.timed_out
        return "".join(texts.say(language, "siting", key, **values) for key in keys).strip()


def _asked(model: Model, language: str) -> dict[str, object]:
    """Return what the model was asked, for its sentence; `first` stays a number, `share` is in percent."""
    given = {k: v for k, v in vars(model).items() if v is not None}
    told = {f"model_{k}": v if k == "first" else number_text(v) for k, v in given.items()}
    told |= {"model_share": f"{100 * model.share:g}"} if isinstance(model, LSCP) else {}
    return told | ({"model_budget": texts.money(language, given["budget"])} if "budget" in given else {})


def plan_of(
    model: Model,
    instance: Instance,
    answer: Answer,
    *,
    keep: NDArray[np.int64] | None = None,
    objective: float | None = None,
) -> Plan:
    """Turn chosen positions into a plan: rank the sites, drop those that gain nobody, recompute the objective.

    keep: positions that stay though they gain nobody; by default the required ones. objective: counted by the
    caller where it does not follow from the sites that are ranked.
    """
    standard_min = model.standard_min if isinstance(model, LSCP | MCLP | BCLP) else None
    if standard_min is None:
        owner = _nearest(instance, answer.chosen)
    else:
        owner = ranked_cover(instance, answer.chosen, standard_min)
    ranked, assignment = ranks_of(instance, owner, keep)
    sites = ranked_sites(instance, ranked, assignment)
    served = instance.standing_min <= (instance.cutoff_min if standard_min is None else standard_min)
    before = plain_value(instance.weights[served].sum())
    chosen = np.sort(instance.candidates.get_indexer(sites.index)).astype(np.int64)
    if objective is None:
        objective = _objective(model, instance, chosen, plain_value(before + sites["gain"].sum()))
    bound, status = _proof(model, answer, objective)
    return Plan(
        model=model,
        sites=sites,
        assignment=assignment,
        objective=objective,
        bound=bound,
        status=status,
        people=plain_value(instance.weights.sum()),
        before=before,
        uncoverable=uncoverable(instance, model.standard_min) if isinstance(model, LSCP) else (),
        timed_out=answer.timed_out,
    )


def in_people(plan: Plan, instance: Instance) -> Plan:
    """Return a plan by priority with its gains and minutes in people; only objective and bound stay weighted.

    instance: with people as weights.
    """
    people = pd.Series(instance.weights, index=instance.demand)
    rows = plan.assignment.assign(weight=people.reindex(plan.assignment.index).to_numpy())
    gains = rows.groupby("candidate_id")["weight"].sum().reindex(plan.sites.index, fill_value=0)
    chosen = np.sort(instance.candidates.get_indexer(plan.sites.index)).astype(np.int64)
    near = instance.standing_min <= getattr(plan.model, "standard_min", instance.cutoff_min)
    return replace(
        plan,
        sites=plan.sites.assign(gain=gains.to_numpy()),
        assignment=rows,
        people=plain_value(instance.weights.sum()),
        before=plain_value(instance.weights[near].sum()),
        priority=True,
        unweighted=_objective(plan.model, instance, chosen, 0.0) if isinstance(plan.model, PMedian) else None,
    )


def ranked_cover(
    instance: Instance, chosen: NDArray[np.int64], standard_min: float
) -> list[tuple[int, NDArray[np.int64]]]:
    """Return the chosen sites, the one that adds most people first, each with the demand it adds."""
    is_chosen = np.zeros(len(instance.candidates), bool)
    is_chosen[chosen] = True
    pairs = np.flatnonzero(is_chosen[instance.indices] & (instance.minutes <= standard_min))
    rows, columns = instance.rows[pairs], instance.indices[pairs]
    open_rows = instance.people & (instance.standing_min > standard_min)
    left, ranked = list(chosen), []
    while left:
        keep = open_rows[rows]
        rows, columns = rows[keep], columns[keep]
        gains = np.bincount(columns, weights=instance.weights[rows], minlength=len(instance.candidates))[left]
        best = left[int(np.argmax(gains >= gains.max() * (1 - _NOISE)))]
        won = rows[columns == best]
        open_rows[won] = False
        left.remove(best)
        ranked.append((int(best), won))
    return ranked


def _nearest(instance: Instance, chosen: NDArray[np.int64]) -> list[tuple[int, NDArray[np.int64]]]:
    """Return the chosen sites, the one nearest to most people first, each with that demand."""
    _, which = instance.nearest(chosen)
    which[~instance.people] = -1
    served = [(int(j), np.flatnonzero(which == j)) for j in chosen]
    return sorted(served, key=lambda site: (-instance.weights[site[1]].sum(), site[0]))


def ranks_of(
    instance: Instance, owner: list[tuple[int, NDArray[np.int64]]], keep: NDArray[np.int64] | None = None
) -> tuple[list[int], pd.DataFrame]:
    """Return the sites that gain somebody or are to be kept, in rank order, and who gains."""
    keep = instance.required if keep is None else keep
    ranked = [j for j, won in owner if len(won) or j in keep]
    rows = np.concatenate([won for _, won in owner] or [np.zeros(0, np.int64)]).astype(np.int64)
    site = np.repeat([j for j, _ in owner], [len(won) for _, won in owner]).astype(np.int64)
    order = np.argsort(rows)
    rows, site = rows[order], site[order]
    assignment = pd.DataFrame(
        {
            "candidate_id": instance.candidates[site],
            "weight": instance.weights[rows],
            "minutes": _pair_minutes(instance, rows, site),
        },
        index=instance.demand[rows].rename("demand_id"),
    )
    return ranked, assignment


def _pair_minutes(instance: Instance, rows: NDArray[np.int64], site: NDArray[np.int64]) -> NDArray[np.float64]:
    size = len(instance.candidates)
    keys = instance.rows * size + instance.indices
    return instance.minutes[np.searchsorted(keys, rows * size + site)]


def ranked_sites(instance: Instance, ranked: list[int], assignment: pd.DataFrame) -> pd.DataFrame:
    """Return rank, gain and cost of the ranked sites, by candidate_id."""
    index = instance.candidates[np.asarray(ranked, np.int64)].rename("candidate_id")
    gains = assignment.groupby("candidate_id")["weight"].sum().reindex(index, fill_value=0)
    sites = pd.DataFrame({"rank": np.arange(1, len(ranked) + 1), "gain": gains.to_numpy()}, index=index)
    return sites if instance.costs is None else sites.assign(cost=instance.costs[ranked])


def _objective(model: Model, instance: Instance, chosen: NDArray[np.int64], covered: float) -> float:
    """Return the objective from the sites themselves, never the solver's float."""
    if isinstance(model, MCLP):
        return covered
    if isinstance(model, LSCP):
        return len(chosen) if instance.costs is None else plain_value(instance.costs[chosen].sum())
    least = instance.nearest(chosen)[0][instance.people]
    if isinstance(model, PMedian):
        return fsum(instance.weights[instance.people] * least)
    return float(least.max(initial=0.0))


def _proof(model: Model, answer: Answer, objective: float) -> tuple[float, Literal["optimal", "feasible"]]:
    """Return the bound, never on the wrong side of the objective, and the status."""
    bound = max(answer.bound, objective) if isinstance(model, MCLP | BCLP) else min(answer.bound, objective)
    if answer.proven or bound == objective:
        return objective, "optimal"
    return bound, "feasible"


def uncoverable(instance: Instance, standard_min: float) -> tuple[str, ...]:
    """Return the demand that no candidate and no existing facility reaches within the standard."""
    reached = instance.standing_min <= standard_min
    reached[instance.rows[instance.minutes <= standard_min]] = True
    return tuple(instance.demand[~reached])


def plain_value(number: Any) -> float:
    """Return a plain int or float, whole where the numbers were."""
    plain: float = number.item() if isinstance(number, np.generic) else number
    return plain


def number_text(value: float) -> str:
    """Return a number as sentences print it: whole ones without decimals."""
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.2f}"
