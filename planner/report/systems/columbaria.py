"""What is told of niches for the years to come."""

from collections.abc import Iterator

import geopandas as gpd
import pandas as pd

from ...coverage import Share
from ...pipeline.systems import Niches
from ...siting.proven import Proven
from ..blocks import Block, Paragraph, Picture, Table
from ..style import missing, number
from .facts import ROWS, SystemFacts, Telling

NEEDS = ("system", "place_id", "place", "population", "need", "free", "shortfall", "years_left", "allotted")
SITES = ("system", "candidate_id", "name", "place_id", "place", "niches", "cost", "given")
SHARES = ("system", "candidate_id", "name", "place_id", "place", "niches", "minutes")


def tell_columbaria(telling: Telling, one: Niches) -> SystemFacts:
    """Tell what each place needs and lacks, how long its niches last, and which sites take the rest in."""
    rule, words = one.rule, telling.words
    columns = ["name", "geometry", "role", "told"]
    niches = [words("tip_niches", niches=words.count(n)) for n in one.existing["niches"]]
    there = one.existing.assign(role="lead", told=niches)[columns]
    new = one.sites.assign(role="new", told=_about(telling, one))[columns]
    points = gpd.GeoDataFrame(pd.concat([there, new]), geometry="geometry", crs=one.existing.crs)
    service = telling.service(rule.columbaria).name
    return SystemFacts(
        rule=rule,
        proof=_proven(one) if one.plan else None,
        record={
            "need": int(one.needs["need"].sum()),
            "shortfall": int(one.needs["shortfall"].sum()),
            "allotted": int(one.needs["allotted"].sum()),
            "sites": [str(i) for i in one.sites.index],
            "places_without": list(one.bare),
        },
        tables=_tables(telling, one),
        points=points,
        roles={"lead": service, "new": words("system_new", what=service)},
        outcome=_outcome(telling, one),
        blocks=tuple(_blocks(telling, one)),
    )


def _about(telling: Telling, one: Niches) -> list[str]:
    """Say of each new site how many niches it has, what it costs and for whom it is."""
    words, told = telling.words, []
    for i, r in one.sites.to_dict("index").items():
        cost = "" if missing(r["cost"]) else words("tip_cost", cost=words.money(r["cost"]))
        niches = words("tip_niches", niches=words.count(r["niches"]))
        told.append(niches + cost + words("tip_for", to=_for(telling, one, i)))
    return told


def _for(telling: Telling, one: Niches, site: object) -> str:
    """Say which places a new site takes niches of, most first."""
    mine = one.shares[one.shares["candidate_id"] == site].sort_values("niches", ascending=False, kind="stable")
    pairs = zip(mine["place_id"], mine["niches"].astype(float), strict=True)
    told = [f"{telling.place(place)} {telling.words.count(niches)}" for place, niches in pairs]
    return telling.some(told) or "—"


def _proven(one: Niches) -> Proven:
    assert one.plan is not None
    return Proven(objective=one.plan.objective, bound=one.plan.bound, proven=one.plan.status == "optimal")


def _tables(telling: Telling, one: Niches) -> dict[str, pd.DataFrame]:
    def placed(table: pd.DataFrame) -> pd.DataFrame:
        return table.assign(system=one.rule.id, place=[telling.place(p) for p in table["place_id"]])

    needs = placed(one.needs.reset_index().assign(years_left=one.needs["years_left"].round(1).to_numpy()))
    tables = {"niche_needs": needs[list(NEEDS)]}
    if one.plan is None:
        return tables
    sites = placed(one.sites.rename_axis("candidate_id").reset_index())
    shares = placed(one.shares.assign(name=one.shares["candidate_id"].map(one.sites["name"])))
    shares = shares.assign(minutes=shares["minutes"].astype(float).round(2))
    return tables | {"columbarium_sites": sites[list(SITES)], "niche_shares": shares[list(SHARES)]}


def _blocks(telling: Telling, one: Niches) -> Iterator[Block]:
    words, rule = telling.words, one.rule
    level, inside = words.name("level", rule.level), words.inside("level", rule.level)
    deaths, share = number(round(1000 * rule.deaths, 6)), words.percent(rule.share)
    yield Paragraph(words("niches_text", deaths=deaths, years=rule.years, share=share, level=inside))
    yield Paragraph(_lack(telling, one, level))
    if one.bare:
        names, service = telling.some([telling.place(p) for p in one.bare]), telling.service(rule.columbaria).name
        yield Paragraph(words("niches_bare", service=service, level=level, n=len(one.bare), names=names))
    yield _needs_table(telling, one, level)
    if one.plan is None:
        return
    yield Paragraph(_sited(telling, one, inside) + telling.proof(_proven(one), words("unit_niches")))
    if len(one.sites):
        yield Picture(f"system.{rule.id}", words("niches_picture", name=rule.name))
        yield _site_table(telling, one)


def _outcome(telling: Telling, one: Niches) -> str:
    """Say which sites are proposed, or without any what is lacking."""
    words, level = telling.words, one.rule.level
    if one.plan is not None:
        return _sited(telling, one, words.inside("level", level))
    return _lack(telling, one, words.name("level", level))


def _lack(telling: Telling, one: Niches, level: str) -> str:
    """Say what is needed, free and missing, and where the niches run out first."""
    words, needs = telling.words, one.needs
    short = needs[needs["shortfall"] > 0]
    text = words(
        "niches_lack" if len(short) else "niches_enough",
        all=len(needs),
        level=level,
        need=words.count(needs["need"].sum()),
        free=words.count(needs["free"].sum()),
        n=len(short),
        short=words.count(short["shortfall"].sum()),
    )
    lasting = needs["years_left"][needs["years_left"] > 0]
    if len(lasting):
        text += words("niches_soonest", name=telling.place(lasting.idxmin()), years=f"{lasting.min():.1f}")
    return text


def _needs_table(telling: Telling, one: Niches, level: str) -> Table:
    words, given = telling.words, one.plan is not None
    shown = one.needs.sort_values("shortfall", ascending=False, kind="stable").head(ROWS)
    rows = tuple(
        (
            telling.place(i),
            *(words.count(r[c]) for c in ("population", "need", "free", "shortfall")),
            words.minutes(r["years_left"]),
            *((words.count(r["allotted"]),) if given else ()),
        )
        for i, r in shown.iterrows()
    )
    heads = ("population", "need", "free", "short", "years_left", *(("allotted",) if given else ()))
    return Table(
        caption=words("niches_caption", level=level, n=len(shown), all=len(one.needs)),
        unit=words("niches_unit"),
        columns=(level.capitalize(), *(words(f"niches_{h}") for h in heads)),
        align="l" + "r" * len(heads),
        widths=(1.6, *(1,) * len(heads)),
        rows=rows,
    )


def _sited(telling: Telling, one: Niches, level: str) -> str:
    words, rule = telling.words, one.rule
    rejected = telling.study.rejected.get(rule.columbaria)
    asked, made = float(one.needs["shortfall"].sum()), float(one.needs["allotted"].sum())
    text = words("niches_rejected", n=len(rejected)) if rejected is not None and len(rejected) else ""
    text += words(
        "niches_sited_p" if rule.p else "niches_sited_budget",
        p=rule.p,
        budget=words.money(rule.budget),
        promise=telling.promise(telling.service(rule.columbaria).mode, rule.within_min),
        n=len(one.sites),
        niches=words.count(one.sites["niches"].sum()),
        cost=words.money(float(one.sites["cost"].sum())),
        share=words.share(Share(made, asked), words("unit_niches")),
        left=words.count(asked - made),
    )
    return text + (words("niches_each", level=level) if rule.one_each else "")


def _site_table(telling: Telling, one: Niches) -> Table:
    words, shown = telling.words, one.sites.head(ROWS)
    rows = [
        (f"{r['name']}\n{telling.place(r['place_id'])}", words.count(r["niches"]), _for(telling, one, i))
        for i, r in shown.iterrows()
    ]
    return Table(
        caption=words("niches_sites_caption", n=len(shown), all=len(one.sites)),
        unit=words("niches_unit"),
        columns=tuple(words(h) for h in ("niches_site", "niches_niches", "niches_for")),
        align="lrl",
        widths=(2, 1, 4),
        rows=tuple(rows),
    )
