"""What is told of a 1+N network."""

from collections.abc import Iterator

import pandas as pd

from ...coverage import Share
from ...pipeline.systems import HubNetwork
from ..blocks import Block, Paragraph, Picture, Table
from ..style import missing
from .facts import ROWS, SystemFacts, Telling, linked

HUBS = ("system", "hub_id", "name", "place_id", "place", "added", "stations", "stations_max", "declared")
STATIONS = ("system", "station_id", "name", "place_id", "place", "hub_id", "hub", "minutes", "cause")


def tell_hubs(telling: Telling, one: HubNetwork) -> SystemFacts:
    """Tell who leads whom, which stations have no hub and why, and which streets have none."""
    plan, rule, words = one.plan, one.rule, telling.words
    hub, station = telling.service(rule.hubs).name, telling.service(rule.stations).name
    orphan = one.points.index.isin(plan.orphans.index) & (one.points["role"] == "station")
    role = one.points["role"].map({"hub": "lead", "new_hub": "new", "station": "member"}).mask(orphan, "loose")
    led = plan.assignment.dropna(subset="hub_id").reset_index()
    pairs = led.rename(columns={"station_id": "from_id", "hub_id": "to_id"})[["from_id", "to_id", "minutes"]]
    return SystemFacts(
        rule=rule,
        proof=plan,
        record={
            "stations": len(plan.assignment),
            "led": len(led),
            "hubs": len(plan.hubs),
            "new_hubs": list(plan.opened),
            "streets_without_hub": list(one.bare),
        },
        tables={"hubs": _hubs(telling, one), "stations": _stations(telling, one)},
        points=one.points.assign(role=role, told=_about(telling, one)),
        roles={
            "lead": hub,
            "new": words("system_new", what=hub),
            "member": station,
            "loose": words("hubs_orphan", what=station),
        },
        links=linked(one.points, pairs),
        outcome=_result(telling, one, hub, station),
        blocks=tuple(_blocks(telling, one)),
    )


def _about(telling: Telling, one: HubNetwork) -> list[str]:
    """Say of each hub how many it leads, of each station whose it is, or why nobody's."""
    words, names, most = telling.words, one.points["name"], one.rule.stations_max
    told = {i: words("tip_hub", n=n, most=most) for i, n in one.plan.hubs["stations"].items()}
    for i, r in one.plan.assignment.to_dict("index").items():
        minutes, hub = words.minutes(r["minutes"]), r["hub_id"]
        told[i] = (
            words.name("orphan", r["cause"]) if missing(hub) else words("tip_led", hub=names[hub], minutes=minutes)
        )
    return [told[i] for i in one.points.index]


def _hubs(telling: Telling, one: HubNetwork) -> pd.DataFrame:
    table = one.plan.hubs.join(one.points[["name"]])
    return table.reset_index().assign(
        system=one.rule.id,
        place_id=table["street"].to_numpy(),
        added=table["new"].to_numpy(),
        place=[telling.place(u) for u in table["street"]],
        stations_max=one.rule.stations_max,
        declared=one.overloaded.reindex(table.index).to_numpy(),
    )[list(HUBS)]


def _stations(telling: Telling, one: HubNetwork) -> pd.DataFrame:
    table = one.plan.assignment.join(one.points[["name", "unit"]])
    names = one.points["name"]
    return table.reset_index().assign(
        system=one.rule.id,
        place_id=table["unit"].to_numpy(),
        place=[telling.place(u) for u in table["unit"]],
        minutes=table["minutes"].round(2).to_numpy(),
        hub=table["hub_id"].map(names).to_numpy(),
    )[list(STATIONS)]


def _blocks(telling: Telling, one: HubNetwork) -> Iterator[Block]:
    words, rule = telling.words, one.rule
    hub, station = telling.service(rule.hubs), telling.service(rule.stations)
    level = words.name("level", rule.level)
    yield Paragraph(
        words(
            "hubs_text" if rule.adjoining else "hubs_text_own",
            station=station.name,
            hub=hub.name,
            level=words.inside("level", rule.level),
            promise=telling.promise(hub.mode, rule.within_min),
            most=rule.stations_max,
        )
    )
    yield Paragraph(_result(telling, one, hub.name, station.name) + telling.proof(one.plan, words("unit_facility")))
    if len(one.bare):
        yield Paragraph(
            words(
                "hubs_bare",
                hub=hub.name,
                level=level,
                n=len(one.bare),
                names=telling.some([*map(telling.place, one.bare)]),
            )
        )
    if len(one.overloaded):
        names = one.points["name"]
        told = [words("system_n", what=names.get(i, i), n=n) for i, n in one.overloaded.items()]
        yield Paragraph(
            words("hubs_overloaded", n=len(told), hub=hub.name, most=rule.stations_max, told=telling.some(told))
        )
    yield Picture(f"system.{rule.id}", words("system_picture", name=rule.name))
    yield _hub_table(telling, one)
    if len(one.plan.orphans):
        yield _orphan_table(telling, one)


def _result(telling: Telling, one: HubNetwork, hub: str, station: str) -> str:
    words, plan = telling.words, one.plan
    all_of_it, new = len(plan.assignment), len(plan.opened)
    share = words.share(Share(plan.objective, all_of_it), words("unit_facility"))
    text = words("hubs_count", hub=hub, hubs=len(plan.hubs) - new, station=station, stations=all_of_it)
    if one.rule.p:
        names = telling.some([str(one.points["name"][i]) for i in plan.opened])
        text += words("hubs_new", hub=hub, n=new, names=names) if new else words("hubs_none_new", hub=hub, p=one.rule.p)
    text += words("hubs_led", station=station, hub=hub, share=share)
    if plan.objective:
        text += words("hubs_mean", minutes=words.minutes(plan.assignment["minutes"].mean()))
    if len(plan.orphans):
        text += words("hubs_orphans", n=len(plan.orphans), causes=telling.counts(plan.orphans["cause"], "orphan"))
    return text + words("hubs_stop")


def _hub_table(telling: Telling, one: HubNetwork) -> Table:
    words, names = telling.words, one.points["name"]
    led = one.plan.assignment.reset_index().groupby("hub_id")["station_id"].agg(list)
    shown = one.plan.hubs.sort_values("stations", ascending=False, kind="stable").head(ROWS)
    rows = tuple(
        (
            str(names[i]) + (words("system_new_mark") if r["new"] else ""),
            telling.place(r["street"]),
            words.count(r["stations"]),
            telling.some([str(names[n]) for n in led.get(i, [])], most=6) or "—",
        )
        for i, r in shown.iterrows()
    )
    hub, station = telling.service(one.rule.hubs).name, telling.service(one.rule.stations).name
    return Table(
        caption=words("hubs_caption", hub=hub, n=len(shown), all=len(one.plan.hubs)),
        columns=(hub, words.name("level", one.rule.level).capitalize(), words("hubs_leads"), station),
        align="llrl",
        widths=(1.8, 1.2, 0.9, 3.5),
        rows=rows,
    )


def _orphan_table(telling: Telling, one: HubNetwork) -> Table:
    words, table = telling.words, one.plan.orphans.join(one.points[["name", "unit"]])
    shown = table.head(ROWS)
    station = telling.service(one.rule.stations).name
    return Table(
        caption=words("orphans_caption", station=station, n=len(shown), all=len(table)),
        columns=(station, words.name("level", one.rule.level).capitalize(), words("cause")),
        align="lll",
        widths=(2, 1.4, 3),
        rows=tuple(
            (str(r["name"]), telling.place(r["unit"]), words.name("orphan", r["cause"])) for _, r in shown.iterrows()
        ),
    )
