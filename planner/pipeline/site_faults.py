"""What cannot be asked of the sites of one service: ids that are not there, money for nothing, sites without cost."""

from collections.abc import Iterable

import geopandas as gpd
import pandas as pd

from .. import presets
from ..errors import Fault, InfeasibleError, Money, TableError, hint
from ..project import Running, Service, Siting
from ..siting.costs import candidate_costs, unit_cost
from ..siting.running import RunningRates, running_costs
from ..siting.screening import Screened
from ..tables import three


def refuse_ids(service: Service, screened: Screened, standing: pd.Index) -> None:
    """Refuse required and forbidden ids that are no candidates, and closing ids that are no facilities.

    standing: ids of the service's facilities. A forbidden candidate that is screened out anyway is no fault.

    Raises:
        TableError: with each id, the key that names it, and what may be meant.
    """
    asked = service.siting
    assert asked is not None
    kept, out = screened.kept.index, screened.rejected
    faults = [_no_facility(i, standing) for i in asked.closing if i not in standing]
    for key, ids in (("required", asked.required), ("forbidden", asked.forbidden)):
        for i in (i for i in ids if i not in kept):
            if i not in out.index:
                faults.append(_no_candidate(key, i, kept, standing))
            elif key == "required":
                why = out.loc[i]
                told = {"detail": why["detail"], "measure": f"{why['measure']:,.0f}", "limit": f"{why['limit']:,.0f}"}
                reason = Fault(why["reason"], told, section="rejected")
                faults.append(Fault("siting_screened", {"key": key, "id": i, "reason": reason}))
    if faults:
        raise TableError(*faults)


def _no_candidate(key: str, name: str, kept: pd.Index, standing: pd.Index) -> Fault:
    if name in standing:
        return Fault("siting_is_facility", {"key": key, "id": name})
    return Fault("siting_not_candidate", {"key": key, "id": name, "near": _near(name, kept)})


def _no_facility(name: str, standing: pd.Index) -> Fault:
    return Fault("siting_not_facility", {"id": name, "near": _near(name, standing)})


def _near(name: str, known: Iterable[str]) -> str:
    """Return the id that is most like a wrong one, or some of them."""
    ids = [str(i) for i in known]
    near = hint(name, ids)
    return near if near in ids else three(ids)


def costed(candidates: gpd.GeoDataFrame, service: Service, *, listed: bool) -> gpd.GeoDataFrame:
    """Return the candidates with a cost each, made from floor area and unit cost where none is given.

    Raises:
        TableError: money is asked about and a candidate has neither.
    """
    asked = service.siting
    assert asked is not None
    if asked.unit_cost is None and asked.budget is None and not asked.budgets and not asked.funds:
        return candidates
    unit = unit_cost(asked.unit_cost) if asked.unit_cost else None
    try:
        costs = candidate_costs(candidates, unit, area_m2=asked.area_m2)
    except TableError:
        if listed:
            raise
        raise TableError("cost_generated", known=", ".join(presets.load("costs")["unit"])) from None
    return candidates.assign(**costs)


def with_running(candidates: gpd.GeoDataFrame, asked: Siting) -> gpd.GeoDataFrame:
    """Return the candidates with tenure and what each costs a year, as far as it is said.

    Raises:
        TableError: rented candidates without rent and floor area.
    """
    rule = asked.running or Running()
    given = {key: number["value"] for key, number in rule.filled().items()}
    given |= rule.model_dump(include={"tenure", "rent_m2", "staff", "subsidy_bed", "subsidy_meal"}, exclude_none=True)
    return candidates.assign(**running_costs(candidates, RunningRates(area_m2=asked.area_m2, **given)))


def refuse_too_poor(asked: Siting, candidates: gpd.GeoDataFrame) -> None:
    """Refuse money that cannot pay for a single candidate.

    Raises:
        InfeasibleError: with the money, and the cheapest candidate.
    """
    given = asked.budgets.values()
    years = [sum(given) if asked.carry_over else max(given)] if asked.budgets else []
    money = [*years, *([] if asked.budget is None else [asked.budget])]
    may = candidates[~candidates.index.isin(asked.forbidden)]
    if not money or may.empty or asked.required:
        return
    later = bool(years) and sum(given) >= float(may["cost"].min())
    cheapest = may["cost"].sort_index().idxmin()
    price = float(may["cost"][cheapest])
    if min(money) < price:
        by_year = "siting_budgets_carry" if later else "siting_budgets_none"
        key = by_year if years and min(money) == years[0] else "siting_budget_none"
        told = {"budget": Money(min(money)), "cheapest": Money(price)}
        raise InfeasibleError(key, id=cheapest, **told)
