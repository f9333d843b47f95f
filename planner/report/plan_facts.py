"""What is told of a plan, each number once: `plan_facts`."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd

from ..coverage import Share
from ..pipeline import Study
from ..project import Service
from ..siting import BCLP, PhasedPlan, Plan
from ..siting.costs import split_funds
from ..siting.grounds import Grounds
from ..siting.running import RUNNING_PARTS, spent_on_running
from .beside import BesideFacts, beside_alike, by_capacity, newly_covered, start_of
from .located import degrees, full_names, named_places

COST_PARTS = ("building", "equipment", "other", "reserve")  # of an estimate, yuan


@dataclass(frozen=True, kw_only=True)
class PlanFacts:
    """The proposed sites: `sites` by candidate_id in rank order, coverage today, before and after.

    `before` is what the plan starts from: the coverage of today without the facilities it closes (`closing`, their
    names), and `by_capacity` only those whom these have room for. `after` is that and the people of the sites. `twice`
    are those who have two facilities by the plan (BCLP).
    Columns: rank, name, place_id, place, gain, newly (people who come within the standard), communities (list of name
    and people), backed (the same of people who come to a second facility, BCLP; newly_twice, how many), cost (missing:
    not said), estimated (the cost is from a unit cost), phase (year), robustness (part of the cases), responsible,
    person, building, equipment, other, reserve (parts of an estimated cost), origin, geometry, and the coordinates in
    both datums. `years` and `sliced` as in `PhasedPlan`, None without years; `money`: what may be spent in all, None
    without a limit.
    `funds` yuan by source, by year (rows) or in all (one row named ""). tenure, rent, staff, subsidy and running (their
    sum) are yuan a year, unsaid what that leaves out, running_total over `running_years`; `running_funds` by source and
    year, of nobody named "".
    """

    sites: gpd.GeoDataFrame
    today: Share
    before: Share
    after: Share
    model: str
    status: str
    bound: float
    gap: float
    objective: float
    summary: str
    twice: float | None = None
    money: float | None = None
    years: pd.DataFrame | None = None
    sliced: pd.DataFrame | None = None
    funds: pd.DataFrame | None = None
    running_years: tuple[int, ...] = ()
    running_funds: pd.DataFrame | None = None
    grounds: Grounds | None = None
    beside: BesideFacts | None = None
    closing: tuple[str, ...] = ()
    by_capacity: bool = False

    @property
    def newly(self) -> float:
        """People who come within the standard."""
        return self.after.covered - self.before.covered

    @property
    def curve(self) -> str:
        """What the steps of the curve are: money, or sites; minutes where sites shorten ways instead of covering."""
        if self.grounds is not None and "minutes" in self.grounds.curve:
            return "minutes"
        return "money" if self.money else "sites"

    @property
    def weighted(self) -> bool:
        """Whether people count by priority."""
        return self.beside is not None

    @property
    def minutes(self) -> str:
        """What the minutes of the curve are: the largest, or the mean of people or by priority."""
        return "largest" if self.model == "pcenter" else "mean_weighted" if self.weighted else "mean"

    @property
    def measure(self) -> str:
        """What the model counts: people who are covered, who have a second facility (twice), who find room."""
        return "twice" if self.model == "bclp" else "room" if self.by_capacity else "cover"

    @property
    def counted(self) -> str:
        """Which site counts a person whom several reach: the one with room, the nearest, or the first by rank."""
        return "room" if self.by_capacity else "nearest" if self.model in ("pmedian", "pcenter") else "ranked"

    @property
    def cost(self) -> float | None:
        """What all sites cost; None where one has no cost."""
        costs = self.sites["cost"]
        return float(costs.sum()) if len(costs) and costs.notna().all() else None

    @property
    def indicative(self) -> bool:
        """Whether a site is a point on a street, not a building."""
        return bool((self.sites["origin"] != "given").any())


def plan_facts(study: Study, service: Service) -> PlanFacts | None:
    """Return what is told of the plan of a service; None without one."""
    plan, coverage = study.plans.get(service.id), study.coverage.get(service.id)
    if plan is None or coverage is None:
        return None
    newly = newly_covered(study, service, plan)
    before = _start(study, service, plan)
    sites = _sites(study, service, newly)
    phased, years = plan if isinstance(plan, PhasedPlan) else None, _running_years(study, service)
    return PlanFacts(
        years=phased.years if phased else None,
        sliced=phased.sliced if phased and phased.differs else None,
        funds=_funds(sites, service),
        running_years=years,
        running_funds=_running_funds(sites, years, service),
        grounds=study.grounds.get(service.id),
        beside=beside_alike(study, service, full_names(study.layers.places)),
        sites=sites,
        closing=_closing(study, service),
        by_capacity=by_capacity(service),
        today=coverage.share(service.weight),
        before=before,
        after=Share(before.covered + float(newly["weight"].sum()), before.demand),
        model=type(plan.model).__name__.lower(),
        status=plan.status,
        bound=float(plan.bound),
        gap=plan.gap,
        objective=float(plan.objective),
        twice=float(plan.objective if plan.unweighted is None else plan.unweighted)
        if isinstance(plan.model, BCLP)
        else None,
        summary=plan.summary(study.project.language),
        money=plan.money,
    )


def _start(study: Study, service: Service, plan: Plan) -> Share:
    """Return whom existing facilities cover by a plan: those that stay, and as many as they have room for."""
    kept = start_of(study, service).share(service.weight)
    if not by_capacity(service):
        return kept
    if plan.standing is None:
        return Share(float(plan.before), kept.demand)
    near = plan.standing["minutes"] <= np.float32(service.standard_min)
    return Share(float(plan.standing.loc[near, "weight"].sum()), kept.demand)


def _closing(study: Study, service: Service) -> tuple[str, ...]:
    """Return the names of the facilities that a plan closes."""
    ids = service.siting.closing if service.siting else ()
    names = study.facilities(service.id)["name"].reindex(ids)
    return tuple(str(n) if isinstance(n, str) else str(i) for i, n in names.items())


def _robustness(study: Study, service: Service) -> "pd.Series[float]":
    why = study.grounds.get(service.id)
    return pd.Series(dtype=float) if why is None or why.robustness is None else why.robustness.share


def _running_years(study: Study, service: Service) -> tuple[int, ...]:
    """Return the years that running costs are told for: of the plan, or as many as asked from its first on."""
    plan, rule = study.plans[service.id], service.siting.running if service.siting else None
    if rule is not None and rule.years is not None:
        first = int(plan.years.index[0]) if isinstance(plan, PhasedPlan) else study.project.about.date.year
        return tuple(range(first, first + rule.years))
    return tuple(int(y) for y in plan.years.index) if isinstance(plan, PhasedPlan) else ()


def _running_funds(sites: gpd.GeoDataFrame, years: tuple[int, ...], service: Service) -> pd.DataFrame | None:
    """Return what each source pays for running the sites, by year; None where nothing is said of it."""
    if not years or not sites["running"].notna().any():
        return None
    rule = service.siting.running if service.siting else None
    spent = spent_on_running(sites["running"].fillna(0.0), sites["phase"], years).sum()
    shares = rule.funds if rule is not None and rule.funds else {"": 1.0}
    return pd.DataFrame({year: split_funds(total, shares) for year, total in spent.items()}).T


def _funds(sites: gpd.GeoDataFrame, service: Service) -> pd.DataFrame | None:
    """Return what each source of funds pays, by year where there are years; None where nobody said."""
    shares = service.siting.funds if service.siting else {}
    if not shares or not len(sites) or sites["cost"].isna().any():
        return None
    spent = sites.groupby(sites["phase"].fillna(""), sort=True)["cost"].sum()
    return pd.DataFrame({year: split_funds(total, shares) for year, total in spent.items()}).T


def _sites(study: Study, service: Service, newly: pd.DataFrame) -> gpd.GeoDataFrame:
    chosen = study.plans[service.id].sites
    candidates = study.candidates[service.id].loc[chosen.index]
    places = study.layers.places
    none = pd.Series(None, index=chosen.index, dtype=object)
    named = candidates.get("name", none)
    columns = {
        "rank": chosen["rank"],
        "name": named.where(named.notna(), chosen.index.to_series()),
        "place_id": candidates["place_id"],
        "place": named_places(candidates["place_id"], places),
        "gain": chosen["gain"],
        "newly": newly.groupby("candidate_id")["weight"].sum().reindex(chosen.index, fill_value=0.0),
        "communities": _communities(newly, places).reindex(chosen.index),
        "backed": _backed(study, service).reindex(chosen.index),
        "newly_twice": _newly_twice(study, service).reindex(chosen.index),
        "cost": chosen.get("cost", candidates.get("cost", pd.Series(np.nan, index=chosen.index))),
        "origin": candidates["origin"],
        "phase": chosen.get("phase", none),
        "robustness": _robustness(study, service).reindex(chosen.index),
        **{key: _who(candidates, service, key) for key in ("responsible", "person")},
        **{key: candidates.get(key, none) for key in COST_PARTS},
        **{key: candidates[key] for key in ("tenure", *RUNNING_PARTS, "running", "unsaid")},
        "estimated": candidates.get("estimated", pd.Series(False, index=candidates.index)).reindex(chosen.index),  # noqa: FBT003
    }
    years = _running_years(study, service)
    total = spent_on_running(columns["running"], columns["phase"], years).sum(axis=1, min_count=1).astype(float)
    columns["running_total"] = total.where(columns["running"].notna())
    frame = gpd.GeoDataFrame(columns, index=chosen.index, geometry=candidates.geometry, crs=candidates.crs)
    return frame.join(degrees(frame.geometry))


def _who(candidates: gpd.GeoDataFrame, service: Service, key: str) -> pd.Series:
    """Return who is responsible for each site: as the candidate names it, else as the project does."""
    named = candidates.get(key, pd.Series(None, index=candidates.index, dtype=object)).astype(object)
    who: pd.Series = named.where(named.notna(), getattr(service.siting, key, None))
    return who


def _communities(newly: pd.DataFrame, places: pd.DataFrame) -> pd.Series:
    """Return for each site the places it newly covers: a tuple of (name, people), most first."""
    sums = newly.groupby(["candidate_id", "place_id"])["weight"].sum().rename("people").reset_index()
    sums = sums.sort_values(["people", "place_id"], ascending=[False, True])
    sums["pair"] = list(zip(sums["place_id"].map(places["name"]), sums["people"], strict=True))
    listed: pd.Series = sums.groupby("candidate_id")["pair"].agg(tuple)
    return listed


def _newly_twice(study: Study, service: Service) -> "pd.Series[float]":
    """Return the people of each site of a BCLP who come to a second facility."""
    why = study.grounds.get(service.id)
    none = pd.Series(dtype=float)
    return none if why is None else why.sheets.sites.get("newly_twice", none)


def _backed(study: Study, service: Service) -> pd.Series:
    """Return for each site of a BCLP the places whose people come to a second facility, as `_communities`."""
    if not isinstance(study.plans[service.id].model, BCLP) or service.id not in study.grounds:
        return pd.Series(dtype=object)
    gained, demand = study.grounds[service.id].sheets.gained, study.layers.demand
    home = demand.get("place_id", pd.Series(None, index=demand.index, dtype=object))
    return _communities(gained.assign(place_id=home.reindex(gained.index)), study.layers.places)
