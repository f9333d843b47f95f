"""What made a run: its id and run.json."""

import hashlib
import json
import math
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path, PureWindowsPath
from typing import Any

from ..compiled import COMPILED
from ..layers import Input
from ..pipeline import Study, model_of
from ..project import Siting
from ..scenario import edit_key
from .edits import tell_edits
from .facts import Facts, ServiceFacts
from .plan_facts import PlanFacts
from .style import Words
from .systems import SystemFacts


def planner_version() -> str:
    """Return the version of the installed package."""
    return version("planner")


def run_id(study: Study) -> str:
    """Return ten digits that name what went in: the files, the project file and the version.

    A scenario goes in as well. The same inputs give the same id on every machine.
    """
    project = study.project.model_dump(mode="json", by_alias=True, exclude={"base", "file"})
    told = [planner_version(), project, [(i.layer, i.path, i.sha256) for i in inputs(study)]]
    told += [str(study.scenario)] if study.scenario is not None and study.scenario.edits else []
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:10]


def run_record(study: Study, facts: Facts) -> dict[str, Any]:
    """Return run.json."""
    about, words = study.project.about, Words(study.project.language)
    return {
        "planner_version": planner_version(),
        "compiled": COMPILED,
        "run_id": run_id(study),
        "project": about.name,
        "title": about.title,
        "date": about.date.isoformat(),
        "language": about.language,
        "crs": study.project.crs,
        "sample": about.sample,
        "notice": [words("sample")] * about.sample + [words("notice")],
        "attribution": about.attribution,
        "inputs": [
            {"layer": i.layer, "path": i.path, "sha256": i.sha256, "rows": i.rows, "crs": i.crs} for i in inputs(study)
        ],
        "scenario": _scenario(study),
        "parameters": [p.model_dump() for p in study.project.parameters],
        "services": {s.service.id: _service(s) for s in facts.services},
        "plan": {s.service.id: _plan(s, s.plan) for s in facts.services if s.plan or s.no_candidates},
        "systems": {s.id: _system(s) for s in facts.systems},
        "findings": facts.findings or {"error": 0, "warning": 0, "info": 0},
        "accepted": [a.model_dump(mode="json") for a in study.project.accept],
    }


def _scenario(study: Study) -> dict[str, Any] | None:
    """Return the name of the scenario and its edits, as kinds with their values and as phrases; None without edits."""
    if study.scenario is None or not study.scenario.edits:
        return None
    told = zip(study.scenario.edits, tell_edits(study), strict=True)
    edits = [
        {"do": edit_key(type(e)), **{k: v for k, v in vars(e).items() if v is not None}, "told": t} for e, t in told
    ]
    return {"name": study.scenario.name, "edits": edits}


def inputs(study: Study) -> tuple[Input, ...]:
    """Return the files that were read, none named by where it lies on this machine."""
    base = study.project.base
    return tuple(replace(i, path=_shown(i.path, base)) for i in study.layers.inputs)


def _shown(path: str, base: Path) -> str:
    """Return a path as the project file tells it; an absolute one from the project's folder, outside it the name."""
    if not (Path(path).is_absolute() or PureWindowsPath(path).drive):
        return path
    full = Path(path)
    return full.relative_to(base).as_posix() if full.is_relative_to(base) else PureWindowsPath(path).name


def plain(value: float | None) -> float | int | None:
    """Return a whole number as an int, and nothing for what is missing or infinite."""
    if value is None or not math.isfinite(value):
        return None
    return int(value) if float(value).is_integer() else float(value)


def _service(facts: ServiceFacts) -> dict[str, Any]:
    share, nominal = facts.coverage, facts.nominal
    return {
        "name": facts.service.name,
        "mode": facts.service.mode,
        "weight": facts.service.weight,
        "standard_min": plain(facts.service.standard_min),
        "demand": plain(facts.demand),
        "covered": plain(share.covered) if share else None,
        "share": share.share if share else None,
        "facilities": len(facts.facilities),
        "nominal": nominal
        and {
            "level": nominal.level,
            "at_least": nominal.at_least,
            "units": plain(nominal.share.demand),
            "enough": plain(nominal.share.covered),
        },
    }


def _plan(facts: ServiceFacts, plan: PlanFacts | None) -> dict[str, Any]:
    """Return a plan's entry; where no candidate was left, `sites` is empty and the status says so."""
    model, wishes = model_of(facts.service), _wishes(facts.service.siting)
    asked = {k: v for k, v in vars(model).items() if v is not None} | wishes
    if "budgets" in wishes and facts.service.siting is not None and facts.service.siting.budget is None:
        del asked["budget"]  # the sum of the years, which nobody asked for
    if plan is None:
        none = dict.fromkeys(("objective", "bound", "gap"))
        return {"model": type(model).__name__.lower(), "asked": asked, "sites": [], **none, "status": "no_candidates"}
    return {
        "model": plan.model,
        "asked": asked,
        "sites": [str(i) for i in plan.sites.index],
        "objective": plain(plan.objective),
        "objective_unit": _unit(plan),
        "bound": plain(plan.bound),
        "gap": plain(plan.gap),
        "status": plan.status,
        "covered_today": plain(plan.today.covered),
        "covered_before": plain(plan.before.covered),
        "covered_after": plain(plan.after.covered),
        "cost": plain(plan.cost),
    }


NOT_WISHES = (
    *("model", "p", "budget", "share", "first", "unit_cost", "area_m2", "funds", "responsible", "person"),
    "robustness",
)
"""Keys of a siting that the model holds, or that say what things cost and who pays."""


def _wishes(asked: Siting | None) -> dict[str, Any]:
    """Return what the project wishes of a plan besides its model and its limit, as the project file says it."""
    return {} if asked is None else asked.model_dump(mode="json", exclude_defaults=True, exclude=set(NOT_WISHES))


def _unit(plan: PlanFacts) -> str:
    """Return what the objective counts; of a plan with a priority people are weighed."""
    match plan.model:
        case "pmedian":
            return "people_minutes" if plan.beside is None else "weighed_people_minutes"
        case "pcenter":
            return "minutes"
        case "lscp":
            return "sites" if plan.cost is None or not math.isclose(plan.objective, plan.cost) else "yuan"
    people = "people" if plan.beside is None else "weighed_people"
    return people if plan.years is None else f"{people}_summed_over_years"


def _system(facts: SystemFacts) -> dict[str, Any]:
    """Return a system's entry; what is only counted has no objective, bound and gap."""
    proof = facts.proof
    told = {"kind": facts.rule.kind, "name": facts.name, "status": proof.status if proof else "counted"}
    numbers = {k: plain(getattr(proof, k)) if proof else None for k in ("objective", "bound", "gap")}
    return told | numbers | dict(facts.record)
