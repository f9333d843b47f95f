"""What is told of several services in one building."""

from collections.abc import Hashable, Iterator

import pandas as pd

from ...coverage import Share
from ...pipeline.systems import SharedBuildings
from ..blocks import Block, Paragraph, Picture, Table
from ..style import Words, number
from .facts import ROWS, SystemFacts, Telling

BUILDINGS = (
    *("system", "candidate_id", "name", "place_id", "place", "services", "area_m2", "area_limit_m2"),
    *("setup_cost", "cost"),
)
SERVICES = ("system", "candidate_id", "name", "service", "cost")


def tell_composite(telling: Telling, one: SharedBuildings) -> SystemFacts:
    """Tell which buildings are opened, what goes into them, what that costs and whom it covers."""
    rule, words, opened = one.rule, telling.words, one.plan.buildings
    points = one.buildings.loc[opened.index, ["name", "place_id", "geometry"]]
    shared = (opened["services"] >= 2).map({True: "top", False: "lead"})
    points = points.assign(role=shared, told=_about(telling, one))
    return SystemFacts(
        rule=rule,
        proof=one.plan,
        record={
            "buildings": [str(i) for i in opened.index],
            "services": len(one.plan.sites),
            "cost": float(opened["cost"].sum()),
            "newly": {str(s): float(n) for s, n in one.plan.covered.items()},
        },
        tables=_tables(telling, one),
        points=points,
        roles={"lead": words("composite_single"), "top": words("composite_shared")},
        outcome=_result(one, words),
        blocks=tuple(_blocks(telling, one)),
    )


def _about(telling: Telling, one: SharedBuildings) -> list[str]:
    """Say of each opened building what is in it, how much of it that takes, and what it costs."""
    words, inside = telling.words, _inside(one)
    return [
        words(
            "tip_building",
            services=words.listed([telling.service(s).name for s in inside[i]]),
            area=words.count(r["area_m2"]),
            limit=words.count(one.buildings["area_m2"][i]),
            cost=words.money(float(r["cost"])),
        )
        for i, r in one.plan.buildings.iterrows()
    ]


def _inside(one: SharedBuildings) -> dict[Hashable, list[str]]:
    """Return the services of each opened building."""
    return one.plan.sites.reset_index().groupby("candidate_id")["service"].agg(list).to_dict()


def _tables(telling: Telling, one: SharedBuildings) -> dict[str, pd.DataFrame]:
    told = one.buildings.loc[one.plan.buildings.index]
    buildings = one.plan.buildings.assign(
        name=told["name"],
        place_id=told["place_id"],
        place=[telling.place(p) for p in told["place_id"]],
        area_m2=one.plan.buildings["area_m2"].round(2),
        area_limit_m2=told["area_m2"],
        setup_cost=told["setup_cost"],
        system=one.rule.id,
    )
    sites = one.plan.sites.reset_index()
    sites = sites.assign(system=one.rule.id, name=sites["candidate_id"].map(one.buildings["name"]))
    return {
        "shared_buildings": buildings.reset_index()[list(BUILDINGS)],
        "shared_services": sites[list(SERVICES)],
    }


def _blocks(telling: Telling, one: SharedBuildings) -> Iterator[Block]:
    words, rule = telling.words, one.rule
    names = {s: telling.service(s).name for s in rule.services}
    listed, shared = words.listed(list(names.values())), f"{number(100 * rule.shared)}%"
    text = words("composite_text", all=len(one.buildings), services=listed, shared=shared)
    if rule.apart:
        pairs = words.listed([words("composite_pair", a=names[a], b=names[b]) for a, b in rule.apart])
        text += words("composite_apart", pairs=pairs)
    yield Paragraph(text)
    yield Paragraph(_result(one, words) + telling.proof(one.plan, words("unit_times")))
    if len(one.plan.buildings):
        yield Paragraph(words("space").join(_service(telling, one, s) for s in rule.services))
        yield Picture(f"system.{rule.id}", words("composite_picture", name=rule.name))
        yield _table(telling, one, names)


def _result(one: SharedBuildings, words: Words) -> str:
    opened, budget = one.plan.buildings, words.money(one.rule.budget)
    if opened.empty:
        return words("composite_none", budget=budget)
    together = int((opened["services"] >= 2).sum())
    return words(
        "composite_result",
        budget=budget,
        n=len(opened),
        sites=len(one.plan.sites),
        cost=words.money(float(opened["cost"].sum())),
        share=words.share(Share(together, len(opened)), words("unit_facility")),
        saved=words.count(one.saved_m2),
        people=words.count(one.plan.objective),
    )


def _service(telling: Telling, one: SharedBuildings, service: str) -> str:
    words, asked, before = telling.words, telling.service(service), one.before[service]
    newly, unit = float(one.plan.covered[service]), words.unit(asked.weight)
    n = int((one.plan.sites.index.get_level_values("service") == service).sum())
    if not n:
        return words("composite_no_service", service=asked.name)
    return words(
        "composite_service",
        service=asked.name,
        n=n,
        newly=words.count(newly, unit),
        weight=words.inside("weight", asked.weight),
        before=words.share(before, unit),
        after=words.share(Share(before.covered + newly, before.demand), unit),
    )


def _table(telling: Telling, one: SharedBuildings, names: dict[str, str]) -> Table:
    words, opened, inside = telling.words, one.plan.buildings, _inside(one)
    shown = opened.sort_values(["services", "cost"], ascending=False, kind="stable").head(ROWS)
    rows = tuple(
        (
            f"{one.buildings['name'][i]}\n{telling.place(one.buildings['place_id'][i])}",
            words.listed([names[s] for s in inside[i]]),
            f"{words.count(r['area_m2'])}/{words.count(one.buildings['area_m2'][i])}",
            words.money(float(r["cost"])),
        )
        for i, r in shown.iterrows()
    )
    return Table(
        caption=words("composite_caption", n=len(shown), all=len(opened)),
        unit=words("composite_unit"),
        columns=tuple(words(h) for h in ("composite_building", "composite_services", "composite_area", "cost")),
        align="llrr",
        widths=(2, 3, 1.3, 1),
        rows=rows,
    )
