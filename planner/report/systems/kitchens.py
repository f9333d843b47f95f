"""What is told of meals from central kitchens."""

from collections.abc import Hashable, Iterator
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from ...coverage import Share
from ...pipeline.systems import Deliveries
from ..blocks import Block, Paragraph, Picture, Table
from ..style import missing, number
from .facts import ROWS, SystemFacts, Telling, linked

KITCHENS = ("system", "kitchen_id", "name", "place_id", "place", "added", "capacity", "meals", "points")
POINTS = ("system", "point_id", "name", "place_id", "place", "meals", "kitchen_id", "kitchen", "minutes", "cause")
ROUNDS = ("system", "kitchen_id", "kitchen", "round", "stop", "point_id", "name", "meals", "arrival_min")


def tell_kitchens(telling: Telling, one: Deliveries) -> SystemFacts:
    """Tell which kitchen supplies whom, whom none supplies and why, and the rounds of the vans."""
    plan, rule, words = one.plan, one.rule, telling.words
    kitchen, point = telling.service(rule.kitchens).name, telling.service(rule.points).name
    loose = one.points.index.isin(plan.unserved.index) & (one.points["role"] == "point")
    role = one.points["role"].map({"kitchen": "lead", "new_kitchen": "new", "point": "member"}).mask(loose, "loose")
    led = plan.assignment.dropna(subset="kitchen_id").reset_index()
    pairs = led.rename(columns={"point_id": "from_id", "kitchen_id": "to_id"})[["from_id", "to_id", "minutes"]]
    rounds = {} if one.rounds is None else {"rounds": _n_rounds(one.rounds)}
    return SystemFacts(
        rule=rule,
        proof=plan,
        record={
            "meals": float(plan.assignment["meals"].sum()),
            "points": len(plan.assignment),
            "supplied": len(led),
            "new_kitchens": [str(i) for i in plan.kitchens.index[plan.kitchens["new"]]],
        }
        | rounds,
        tables=_tables(telling, one),
        points=one.points.assign(role=role, told=_about(telling, one)),
        roles={
            "lead": kitchen,
            "new": words("system_new", what=kitchen),
            "member": point,
            "loose": words("kitchens_unsupplied", what=point),
        },
        links=linked(one.points, pairs),
        rounds=None if one.rounds is None else _lines(telling, one, one.rounds),
        outcome=_result(telling, one, kitchen, point),
        blocks=tuple(_blocks(telling, one)),
    )


def _about(telling: Telling, one: Deliveries) -> list[str]:
    """Say of each kitchen what it cooks for how many points, of each point who brings what, or why nobody does."""
    words, told = telling.words, {}
    for i, r in one.plan.kitchens.assign(n=_supplied(one)).to_dict("index").items():
        meals, capacity = words.count(r["meals"]), words.count(r["capacity"])
        told[i] = words("tip_kitchen", meals=meals, capacity=capacity, n=r["n"])
    for i, r in one.plan.assignment.to_dict("index").items():
        told[i] = words("tip_meals", meals=words.count(r["meals"])) + _brought(telling, one, r)
    return [told[i] for i in one.points.index]


def _brought(telling: Telling, one: Deliveries, point: dict[Hashable, Any]) -> str:
    """Say which kitchen supplies a point, or why none does."""
    words, kitchen = telling.words, point["kitchen_id"]
    if missing(kitchen):
        return words.name("supply", point["cause"])
    return words("tip_brought", kitchen=one.points["name"][kitchen], minutes=words.minutes(point["minutes"]))


def _lines(telling: Telling, one: Deliveries, rounds: pd.DataFrame) -> gpd.GeoDataFrame:
    """Return each round as a line from its kitchen by its stops and back; straight, not the way that is driven."""
    words, rows = telling.words, []
    for (kitchen, n), stops in rounds.groupby(["kitchen_id", "round"], sort=True):
        stations = [kitchen, *stops.sort_values("stop")["point_id"], kitchen]
        told = words(
            "tip_round",
            kitchen=one.points["name"][kitchen],
            round=n,
            stops=len(stops),
            meals=words.count(stops["meals"].sum()),
            last=words.minutes(stops["arrival_min"].max()),
        )
        rows.append((kitchen, n, told, shapely.LineString(one.points.geometry[stations].to_list())))
    return gpd.GeoDataFrame(rows, columns=["kitchen_id", "round", "told", "geometry"], crs=one.points.crs)


def _n_rounds(rounds: pd.DataFrame) -> int:
    return len(rounds[["kitchen_id", "round"]].drop_duplicates())


def _tables(telling: Telling, one: Deliveries) -> dict[str, pd.DataFrame]:
    names, places, system = one.points["name"], one.points["place_id"], one.rule.id
    told = places.map(telling.place)
    kitchens = one.plan.kitchens.assign(name=names, place_id=places, place=told, points=_supplied(one)).reset_index()
    points = one.plan.assignment.assign(name=names, place_id=places, place=told).reset_index()
    points = points.assign(kitchen=points["kitchen_id"].map(names), minutes=points["minutes"].round(2))
    tables = {
        "kitchens": kitchens.assign(system=system, added=kitchens["new"])[list(KITCHENS)],
        "meal_points": points.assign(system=system)[list(POINTS)],
    }
    if one.rounds is None:
        return tables
    rounds = one.rounds.assign(system=system, kitchen=one.rounds["kitchen_id"].map(names))
    rounds = rounds.assign(name=rounds["point_id"].map(names), arrival_min=rounds["arrival_min"].astype(float).round(2))
    return tables | {"delivery_rounds": rounds[list(ROUNDS)]}


def _supplied(one: Deliveries) -> pd.Series:
    """Return how many points each kitchen supplies."""
    counts = one.plan.assignment["kitchen_id"].value_counts()
    return counts.reindex(one.plan.kitchens.index, fill_value=0)


def _blocks(telling: Telling, one: Deliveries) -> Iterator[Block]:
    words, rule = telling.words, one.rule
    kitchen, point = telling.service(rule.kitchens).name, telling.service(rule.points)
    weight = words.inside("weight", point.weight)
    within, unload = number(rule.within_min), number(rule.unload_min)
    meals = words(f"kitchens_meals_{rule.meals}", weight=weight, rate=words.percent(rule.meals_rate))
    yield Paragraph(words("kitchens_text", kitchen=kitchen, point=point.name, within=within, unload=unload) + meals)
    yield Paragraph(_result(telling, one, kitchen, point.name) + telling.proof(one.plan, words("unit_meals")))
    if one.rounds is not None:
        yield Paragraph(_rounds_text(telling, one, one.rounds))
    yield Picture(f"system.{rule.id}", words("system_picture", name=rule.name))
    yield _kitchen_table(telling, one, kitchen)
    if len(one.plan.unserved):
        yield _unserved_table(telling, one, point.name)
    if one.rounds is not None and len(one.rounds):
        yield _rounds_table(telling, one, one.rounds, kitchen)


def _result(telling: Telling, one: Deliveries, kitchen: str, point: str) -> str:
    words, plan = telling.words, one.plan
    asked, new = float(plan.assignment["meals"].sum()), plan.kitchens[plan.kitchens["new"]]
    old = plan.kitchens[~plan.kitchens["new"]]
    capacity = words.count(old["capacity"].sum())
    text = words("kitchens_result", all=words.count(asked), kitchen=kitchen, n=len(old), capacity=capacity)
    if one.rule.p:
        names = telling.some([str(one.points["name"][i]) for i in new.index])
        key = "kitchens_new" if len(new) else "kitchens_none_new"
        text += words(key, kitchen=kitchen, n=len(new), names=names, p=one.rule.p)
    text += words("kitchens_served", share=words.share(Share(plan.objective, asked), words("unit_meals")))
    if plan.objective:
        text += words("kitchens_mean", minutes=words.minutes(plan.assignment["minutes"].mean()))
    if len(plan.unserved):
        causes = telling.counts(plan.unserved["cause"], "supply")
        text += words("kitchens_unserved", point=point, n=len(plan.unserved), causes=causes)
    return text + words("kitchens_stop")


def _rounds_text(telling: Telling, one: Deliveries, rounds: pd.DataFrame) -> str:
    words, n = telling.words, _n_rounds(rounds)
    if not n:
        return words("kitchens_no_rounds")
    return words(
        "kitchens_rounds", van=one.rule.van_meals, round=number(one.rule.round_min), n=n,
        stops=f"{len(rounds) / n:.1f}", last=words.minutes(rounds["arrival_min"].max()),
    )  # fmt: skip


def _kitchen_table(telling: Telling, one: Deliveries, kitchen: str) -> Table:
    words, names, supplied = telling.words, one.points["name"], _supplied(one).to_dict()
    shown = one.plan.kitchens.sort_values("meals", ascending=False, kind="stable").head(ROWS)
    rows = tuple(
        (
            str(names[i]) + (words("system_new_mark") if r["new"] else ""),
            telling.place(one.points["place_id"][i]),
            words.count(supplied[i]),
            words.count(r["meals"]),
            words.count(r["capacity"]),
            words.percent(r["meals"] / r["capacity"]) if r["capacity"] else "—",
        )
        for i, r in shown.iterrows()
    )
    heads = ("points", "load", "capacity", "used")
    return Table(
        caption=words("kitchens_caption", kitchen=kitchen, n=len(shown), all=len(one.plan.kitchens)),
        columns=(kitchen, words.name("column", "place"), *(words(f"kitchens_{h}") for h in heads)),
        align="llrrrr",
        widths=(1.8, 1.4, 1, 1.1, 1.1, 0.9),
        rows=rows,
    )


def _unserved_table(telling: Telling, one: Deliveries, point: str) -> Table:
    words, table = telling.words, one.plan.unserved.sort_values("meals", ascending=False, kind="stable")
    shown = table.head(ROWS)
    return Table(
        caption=words("unserved_caption", point=point, n=len(shown), all=len(table)),
        columns=(point, words.name("column", "place"), words("kitchens_meals"), words("cause")),
        align="llrl",
        widths=(2, 1.4, 1, 2.4),
        rows=tuple(
            (
                str(one.points["name"][i]),
                telling.place(one.points["place_id"][i]),
                words.count(r["meals"]),
                words.name("supply", r["cause"]),
            )
            for i, r in shown.iterrows()
        ),
    )


def _rounds_table(telling: Telling, one: Deliveries, rounds: pd.DataFrame, kitchen: str) -> Table:
    words, names = telling.words, one.points["name"]
    tours = list(rounds.groupby(["kitchen_id", "round"], sort=True))
    rows = tuple(
        (
            str(names[k]),
            str(n),
            "→".join(str(names[p]) for p in stops["point_id"]),
            words.count(stops["meals"].sum()),
            words.minutes(stops["arrival_min"].max()),
        )
        for (k, n), stops in tours[:ROWS]
    )
    return Table(
        caption=words("rounds_caption", n=len(rows), all=len(tours)),
        columns=(kitchen, *(words(h) for h in ("rounds_round", "rounds_stops", "kitchens_meals", "rounds_last"))),
        align="lrlrr",
        widths=(1.4, 0.8, 3.0, 0.9, 1.1),
        rows=rows,
    )
