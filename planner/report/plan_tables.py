"""What stands beside the sites of a plan, as tables: site sheets, runners-up, and the ranking cut into years."""

import pandas as pd

from ..pipeline import Study
from .facts import ServiceFacts

SITE_SHEETS = (
    *(
        "service",
        "candidate_id",
        "name",
        "gain",
        "newly_twice",
        "cost",
        "cost_per_person",
        "lost",
        "robustness",
        "verdict",
    ),
    *("tenure", "running"),
)
SLICED = ("service", "year", "together", "sliced", "difference")


def site_sheets(study: Study, facts: ServiceFacts) -> pd.DataFrame | None:
    """Return by site whom it gains by group, yuan a person, what is lost without it, and how robust it is."""
    if facts.plan is None or facts.plan.grounds is None:
        return None
    why = facts.plan.grounds
    table = why.sheets.sites.rename_axis("candidate_id").reset_index()
    table = table.assign(service=facts.service.id, name=table["candidate_id"].map(candidate_names(study, facts)))
    table = table.assign(**{key: table["candidate_id"].map(facts.plan.sites[key]) for key in ("tenure", "running")})
    if why.robustness is not None:
        measured = {"robustness": why.robustness.share, "verdict": why.robustness.verdict}
        table = table.assign(**{key: table["candidate_id"].map(values) for key, values in measured.items()})
    return table


def rivals(study: Study, facts: ServiceFacts) -> pd.DataFrame | None:
    """Return the runners-up of each site, with the names of both."""
    if facts.plan is None or facts.plan.grounds is None:
        return None
    table, names = facts.plan.grounds.sheets.rivals, candidate_names(study, facts)
    told = {"name": table["candidate_id"].map(names), "rival": table["rival_id"].map(names)}
    return table.assign(service=facts.service.id, **told)


def sliced(facts: ServiceFacts) -> pd.DataFrame | None:
    """Return who is covered by the end of each year, all years solved together and a ranking cut into years."""
    if facts.plan is None or facts.plan.years is None or facts.plan.sliced is None:
        return None
    both = {"together": facts.plan.years["covered"], "sliced": facts.plan.sliced["covered"]}
    table = pd.DataFrame(both).rename_axis("year").reset_index()
    return table.assign(service=facts.service.id, difference=table["together"] - table["sliced"])


def candidate_names(study: Study, facts: ServiceFacts) -> dict[object, str]:
    """Return the names of the candidates that have one."""
    candidates = study.candidates[facts.service.id]
    named = candidates["name"].items() if "name" in candidates else ()
    return {i: n for i, n in named if isinstance(n, str)}
