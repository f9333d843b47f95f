"""What is told of floor area by households."""

from collections.abc import Iterator

import geopandas as gpd
import pandas as pd

from ...coverage import Share
from ...pipeline.systems import RoomNeeds
from ...siting.proven import Proven
from ..blocks import Block, Paragraph, Picture, Table
from ..style import number
from .facts import ROWS, SystemFacts, Telling

NEEDS = (
    *("system", "service", "place_id", "place", "households", "need_m2", "area_m2", "shortfall_m2", "m2_per_100"),
    "allotted_m2",
)
ROOMS = ("system", "service", "candidate_id", "name", "place_id", "place", "area_m2", "cost", "given_m2")
SHARES = ("system", "service", "candidate_id", "name", "place_id", "place", "m2")
_LEAST_M2 = 0.005  # less is noise of adding up


def tell_rooms(telling: Telling, one: RoomNeeds) -> SystemFacts:
    """Tell what each purpose lacks, where, and which rooms make it up for the money."""
    rule, words, plan = one.rule, telling.words, one.plan
    short = one.needs["shortfall_m2"]
    columns = ["name", "geometry", "role", "told"]
    chosen = one.rooms.reset_index().assign(role="new", told=_about(telling, one)) if len(one.rooms) else None
    area = [words("tip_area", area=words.count(a)) for a in one.existing.reindex(columns=["area_m2"])["area_m2"]]
    there = one.existing.assign(role="lead", told=area)[columns]
    points = there if chosen is None else pd.concat([there, chosen[columns]])
    points = gpd.GeoDataFrame(points, geometry="geometry", crs=one.existing.crs)
    return SystemFacts(
        rule=rule,
        proof=_proven(one) if plan else None,
        record={
            "shortfall_m2": float(round(short.sum(), 2)),
            "allotted_m2": float(round(one.needs["allotted_m2"].sum(), 2)),
            "rooms": [str(i) for _, i in one.rooms.index],
            "cost": float(one.rooms["cost"].sum()),
        },
        tables={"room_needs": _needs(telling, one)} | (_allotment(telling, one) if plan else {}),
        points=points,
        roles={"lead": words("rooms_existing"), "new": words("rooms_new")},
        outcome=_outcome(telling, one),
        blocks=tuple(_blocks(telling, one)),
    )


def _about(telling: Telling, one: RoomNeeds) -> list[str]:
    """Say of each chosen room what it is for, how large it is, what it costs and how much of it is asked for."""
    words, rooms = telling.words, one.rooms.reset_index()
    return [
        words(
            "tip_room",
            purpose=telling.service(str(r["service"])).name,
            area=words.count(r["area_m2"]),
            cost=words.money(float(r["cost"])),
            given=words.count(r["given_m2"]),
        )
        for _, r in rooms.iterrows()
    ]


def _needs(telling: Telling, one: RoomNeeds) -> pd.DataFrame:
    table = one.needs.reset_index()
    told = [telling.place(u) for u in table["place_id"]]
    squares = ["need_m2", "area_m2", "shortfall_m2", "m2_per_100", "allotted_m2"]
    return table.round(dict.fromkeys(squares, 2)).assign(system=one.rule.id, place=told)[list(NEEDS)]


def _allotment(telling: Telling, one: RoomNeeds) -> dict[str, pd.DataFrame]:
    rooms, names = one.rooms.reset_index(), one.rooms["name"]
    there = [telling.place(u) for u in rooms["place_id"]]
    shares = one.shares[one.shares["m2"] >= _LEAST_M2]
    called = [names[(r.service, r.candidate_id)] for r in shares.itertuples()]
    told = [telling.place(u) for u in shares["place_id"]]
    shares = shares.assign(system=one.rule.id, name=called, place=told, m2=shares["m2"].round(2))
    return {
        "rooms": rooms.assign(system=one.rule.id, place=there, given_m2=rooms["given_m2"].round(2))[list(ROOMS)],
        "room_shares": shares.assign(system=one.rule.id, name=called, place=told, m2=shares["m2"].round(2))[
            list(SHARES)
        ],
    }


def _blocks(telling: Telling, one: RoomNeeds) -> Iterator[Block]:
    words, rule = telling.words, one.rule
    level = words.name("level", rule.level)
    names = words.listed([telling.service(s).name for s in rule.rooms])
    yield Paragraph(
        words("rooms_text", rooms=names, m2=number(rule.m2_per_100), level=words.inside("level", rule.level))
    )
    for service in rule.rooms:
        yield Paragraph(_lack(telling, one, service, level))
    yield _needs_table(telling, one, level)
    if one.plan is None:
        return
    yield Paragraph(_allotted(telling, one, one.plan.people) + telling.proof(_proven(one), words("unit_m2")))
    if len(one.rooms):
        yield Picture(f"system.{rule.id}", words("rooms_picture", name=rule.name))
        yield _room_table(telling, one)


def _outcome(telling: Telling, one: RoomNeeds) -> str:
    """Say which rooms are proposed, or without money what each purpose lacks."""
    if one.plan is not None:
        return _allotted(telling, one, one.plan.people)
    level = telling.words.name("level", one.rule.level)
    return telling.words("space").join(_lack(telling, one, service, level) for service in one.rule.rooms)


def _proven(one: RoomNeeds) -> Proven:
    assert one.plan is not None
    return Proven(objective=one.plan.objective, bound=one.plan.bound, proven=one.plan.status == "optimal")


def _lack(telling: Telling, one: RoomNeeds, service: str, level: str) -> str:
    """Say what one purpose should have, has and lacks, and in how many places."""
    words, table = telling.words, one.needs.xs(service, level="service")
    short = table[table["shortfall_m2"] >= _LEAST_M2]
    values = {key: words.count(table[f"{key}_m2"].sum()) for key in ("need", "area")}
    key = "rooms_lack" if len(short) else "rooms_enough"
    return words(
        key, room=telling.service(service).name, level=level, n=len(short), all=len(table),
        short=words.count(short["shortfall_m2"].sum()), **values,
    )  # fmt: skip


def _needs_table(telling: Telling, one: RoomNeeds, level: str) -> Table:
    words, table = telling.words, one.needs[one.needs["shortfall_m2"] >= _LEAST_M2].reset_index()
    shown = table.sort_values("shortfall_m2", ascending=False, kind="stable").head(ROWS)
    given = one.plan is not None
    rows = tuple(
        (
            telling.place(r["place_id"]),
            telling.service(str(r["service"])).name,
            words.count(r["households"]),
            f"{r['m2_per_100']:.1f}",
            words.count(r["shortfall_m2"]),
            *((words.count(r["allotted_m2"]),) if given else ()),
        )
        for _, r in shown.iterrows()
    )
    heads = ("rooms_purpose", "weight_households", "rooms_ratio", "rooms_short", *(("rooms_given",) if given else ()))
    return Table(
        caption=words("rooms_caption", level=level, n=len(shown), all=len(table)),
        columns=(level.capitalize(), *(words(h) for h in heads)),
        align="ll" + "r" * (len(heads) - 1),
        widths=(1.5, 1.5, 1.1, 1.2, 1, *((1,) if given else ())),
        rows=rows,
    )


def _allotted(telling: Telling, one: RoomNeeds, asked: float) -> str:
    words, made = telling.words, float(one.needs["allotted_m2"].sum())
    return words(
        "rooms_allotted",
        budget=telling.words.money(one.rule.budget),
        minutes=number(one.rule.walk_min),
        n=len(one.rooms),
        cost=telling.words.money(float(one.rooms["cost"].sum())),
        share=words.share(Share(made, asked), words("unit_m2")),
        left=words.count(asked - made),
    )


def _room_table(telling: Telling, one: RoomNeeds) -> Table:
    words = telling.words
    shown = one.rooms.sort_values("given_m2", ascending=False, kind="stable").head(ROWS)
    rows = []
    for (service, candidate), r in shown.iterrows():
        mine = one.shares[(one.shares["service"] == service) & (one.shares["candidate_id"] == candidate)]
        mine = mine[mine["m2"] >= _LEAST_M2].sort_values("m2", ascending=False, kind="stable")
        told = [f"{telling.place(s.place_id)} {words.count(s.m2)}" for s in mine.itertuples()]
        rows.append(
            (
                str(r["name"]), telling.service(str(service)).name, words.count(r["area_m2"]),
                telling.words.money(float(r["cost"])), telling.some(told, most=4),
            )
        )  # fmt: skip
    heads = ("rooms_room", "rooms_purpose", "rooms_area", "cost", "rooms_to")
    return Table(
        caption=words("rooms_chosen_caption", n=len(shown), all=len(one.rooms)),
        unit=words("rooms_unit"),
        columns=tuple(words(h) for h in heads),
        align="llrrl",
        widths=(1.6, 1.4, 0.9, 0.9, 2.8),
        rows=tuple(rows),
    )
