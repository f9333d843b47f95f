"""When to build and who pays: the yearly calendar and the sources of funds of one service."""

from collections.abc import Iterator
from typing import Any

import pandas as pd

from ..blocks import Block, Paragraph, Table
from ..facts import ServiceFacts
from ..plan_facts import COST_PARTS
from .scene import Scene


def calendar(scene: Scene, s: ServiceFacts) -> Iterator[Block]:
    """Tell what is built in each year, what that covers, and where the money is from."""
    assert s.plan is not None
    if s.plan.years is not None:
        carries = _carries(s.plan.years)
        text = scene.words("calendar_text" + "_weighted" * s.plan.weighted)
        yield Paragraph(text + (scene.words("calendar_carry") if carries else ""))
        yield _years(scene, s)
        yield _projects(scene, s)
        if s.plan.sliced is not None:
            yield _beside(scene, s)
    if s.plan.sites["estimated"].any():
        yield _estimates(scene, s)
    if s.plan.funds is not None:
        yield _funds(scene, s)


def _carries(years: pd.DataFrame) -> bool:
    """Whether a year may spend what another left."""
    return bool((years["available"] != years["budget"]).any())


def _years(scene: Scene, s: ServiceFacts) -> Table:
    assert s.plan is not None
    assert s.plan.years is not None
    words, years = scene.words, s.plan.years
    goals = "milestone" in years and bool(years["milestone"].notna().any())
    moneys = ("budget", *(("available",) if _carries(years) else ()), "spent", "left")
    sums = {"budget": years["budget"].sum(), "spent": years["spent"].sum()}
    sums["left"] = sums["budget"] - sums["spent"]
    rows = [
        (
            str(year),
            *(scene.money(r[key]) for key in moneys),
            *(words.count(r[key]) for key in ("sites", "gain", "covered")),
            words.percent(r["share"]),
            *((_goal(scene, r),) if goals else ()),
        )
        for year, r in years.iterrows()
    ]
    total = (
        words("total"), *(scene.money(sums[key]) if key in sums else "" for key in moneys),
        words.count(years["sites"].sum()), words.count(years["gain"].sum()), "", "", *(("",) if goals else ()),
    )  # fmt: skip
    heads = ("year", *moneys, "sites_built", "newly", "covered_by_then", "share_by_then")
    return Table(
        caption=words("years_caption", service=s.service.name),
        unit=words("sites_unit", unit=words.unit(s.service.weight)),
        columns=(*(words(f"years_{h}") for h in heads), *((words("years_milestone"),) if goals else ())),
        align="l" + "r" * (len(heads) - 1 + goals),
        widths=(0.7, *(0.9,) * len(moneys), 0.9, 1, 1.1, 1, *((1.8,) if goals else ())),
        rows=(*rows, total),
        total=True,
    )


def _goal(scene: Scene, year: Any) -> str:
    if not year["milestone"] >= 0:
        return "—"
    said = scene.words("met" if year["met"] else "not_met")
    return f"{scene.words.percent(year['milestone'])}{scene.words('space')}{said}"


def _projects(scene: Scene, s: ServiceFacts) -> Table:
    """Return who builds what when: year, site, cost, unit and person."""
    assert s.plan is not None
    words, sites = scene.words, s.plan.sites
    rows = tuple(
        (
            f"{r['phase']:.0f}",
            f"{r['name']}\n{r['place'] or i}",
            words.count(r["newly"]),
            scene.money(r["cost"]),
            who(r),
        )
        for i, r in sites.iterrows()
    )
    heads = ("years_year", "site_name", "newly", "cost", "responsible")
    return Table(
        caption=words("projects_caption", service=s.service.name),
        unit=words("sites_unit", unit=words.unit(s.service.weight)),
        columns=tuple(words(h) for h in heads),
        align="llrrl",
        widths=(0.7, 2.6, 1, 1, 2),
        rows=rows,
    )


def who(site: Any) -> str:
    """Return the responsible unit and person of a site, a dash where nobody is named."""
    return " ".join(str(site[key]) for key in ("responsible", "person") if isinstance(site[key], str)) or "—"


def _estimates(scene: Scene, s: ServiceFacts) -> Table:
    """Return what each site costs, by part; of a cost that was given only the sum is known."""
    assert s.plan is not None
    words, sites = scene.words, s.plan.sites
    rows = [
        (str(r["name"]), *(scene.money(r[key]) for key in (*COST_PARTS, "cost"))) for _, r in sites.iterrows()
    ]  # fmt: skip
    parts = sites[[*COST_PARTS]].astype(float).sum(min_count=1)
    total = (words("total"), *(scene.money(v) for v in parts), scene.money(sites["cost"].sum()))
    return Table(
        caption=words("estimate_caption", service=s.service.name),
        unit=words("money_unit"),
        columns=(words("head_site_name"), *(words(f"estimate_{key}") for key in (*COST_PARTS, "total"))),
        align="lrrrrr",
        widths=(2.2, 1, 1, 1, 1, 1),
        rows=(*rows, total),
        total=True,
    )


def _beside(scene: Scene, s: ServiceFacts) -> Table:
    """Return the years of the plan beside those of a ranking cut into slices."""
    assert s.plan is not None
    assert s.plan.years is not None
    assert s.plan.sliced is not None
    words, ours, theirs = scene.words, s.plan.years, s.plan.sliced
    rows = [(str(y), words.count(ours["covered"][y]), words.count(theirs["covered"][y])) for y in ours.index]
    total = (words("total"), words.count(ours["covered"].sum()), words.count(theirs["covered"].sum()))
    return Table(
        caption=words("beside_caption", service=s.service.name),
        unit=words("of_unit", unit=words.unit(s.service.weight)),
        columns=(words("years_year"), words("beside_together"), words("beside_sliced")),
        align="lrr",
        widths=(1, 2, 2),
        rows=(*rows, total),
        total=True,
    )


def _funds(scene: Scene, s: ServiceFacts) -> Table:
    """Return what each source pays, by year where there are years."""
    assert s.plan is not None
    assert s.plan.funds is not None
    words, funds = scene.words, s.plan.funds
    rows = [
        (words("total") if year == "" else f"{year:.0f}", *(scene.money(v) for v in [*r, r.sum()]))
        for year, r in funds.iterrows()
    ]
    whole = (words("total"), *(scene.money(v) for v in [*funds.sum(), funds.to_numpy().sum()]))
    return Table(
        caption=words("funds_caption", service=s.service.name),
        unit=words("money_unit"),
        columns=(words("years_year"), *funds.columns, words("total")),
        align="l" + "r" * (len(funds.columns) + 1),
        widths=(1,) * (len(funds.columns) + 2),
        rows=(*rows, whole) if len(rows) > 1 else tuple(rows),
        total=True,
    )
