"""What is told of county, town and village."""

from collections.abc import Iterator

import pandas as pd

from ...coverage import Share
from ...pipeline.systems import Chains
from ...siting.nesting import LEVELS
from ..blocks import Block, Paragraph, Picture, Table
from ..style import number
from .facts import ROWS, SystemFacts, Telling, linked

CHAINS = ("system", "facility_id", "name", "level", "place_id", "place", "parent_id", "parent", "broken")
LACKING = ("system", "level", "place_id", "place", "hanging")
NESTED = ("system", "level", "people", "demand", "share")
_PLACES = {"county": "county", "town": "town", "village": "community"}
_ROLES = {"county": "top", "town": "lead", "village": "member"}


def tell_nesting(telling: Telling, one: Chains) -> SystemFacts:
    """Tell which units lack their centre, who hangs on whom, and whom all three levels serve."""
    rule, links, words = one.rule, one.nesting.links, telling.words
    broken = links["broken"].reindex(one.points.index).notna()
    names = {level: telling.service(service).name for level, service in rule.members.items()}
    pairs = links.dropna(subset="parent_id").reset_index()[["facility_id", "parent_id"]]
    pairs = pairs.set_axis(["from_id", "to_id"], axis=1).assign(minutes=float("nan"))
    return SystemFacts(
        rule=rule,
        proof=None,
        record={
            "facilities": {level: int(n) for level, n in one.nesting.counts.items()},
            "broken": len(one.nesting.broken),
            "units_without_centre": list(one.lacking["place_id"]),
            "served_at_all_levels": float(one.cover["people"]["all"]),
        },
        tables={
            "chains": _chains(telling, one),
            "lacking_centres": _lacking(telling, one),
            "nested_coverage": _nested(one),
        },
        points=one.points.assign(role=one.points["level"].map(_ROLES).mask(broken, "loose"), told=_about(telling, one)),
        roles={_ROLES[level]: name for level, name in names.items()} | {"loose": words("nesting_loose")},
        links=linked(one.points, pairs),
        outcome=_outcome(telling, one, names),
        blocks=tuple(_blocks(telling, one, names)),
    )


def _about(telling: Telling, one: Chains) -> list[str]:
    """Say of each facility what is above it, or why nothing is."""
    words, names = telling.words, one.points["name"]
    links = one.nesting.links.reindex(one.points.index)
    return [
        words("tip_under", above=names[parent]) if isinstance(parent, str) else words.name("broken", broken)
        for parent, broken in zip(links["parent_id"], links["broken"], strict=True)
    ]


def _chains(telling: Telling, one: Chains) -> pd.DataFrame:
    table = one.nesting.links[["level", "parent_id", "broken"]].join(one.points[["name", "unit"]])
    return table.reset_index().assign(
        system=one.rule.id,
        level=table["level"].map(_PLACES).to_numpy(),
        place_id=table["unit"].to_numpy(),
        place=[telling.place(u) for u in table["unit"]],
        parent=table["parent_id"].map(one.points["name"]).to_numpy(),
    )[list(CHAINS)]


def _lacking(telling: Telling, one: Chains) -> pd.DataFrame:
    table = one.lacking
    told = [telling.place(u) for u in table["place_id"]]
    return table.assign(system=one.rule.id, place=told, level=table["level"].map(_PLACES))[list(LACKING)]


def _nested(one: Chains) -> pd.DataFrame:
    table = one.cover.reset_index()
    return table.assign(system=one.rule.id, level=table["level"].replace(_PLACES))[list(NESTED)]


def _blocks(telling: Telling, one: Chains, names: dict[str, str]) -> Iterator[Block]:
    words, counts = telling.words, one.nesting.counts
    yield Paragraph(words("nesting_text", **names))
    ratios = [number(round(float(r), 2)) if r == r else "—" for r in one.nesting.ratios]  # noqa: PLR0124
    told = {f"n_{level}": words.count(counts[level]) for level in LEVELS}
    yield Paragraph(words("nesting_count", **names, **told, towns=ratios[1], villages=ratios[2]))
    for level in LEVELS[:-1]:
        yield Paragraph(_missing(telling, one, level, names))
    if len(one.nesting.broken):
        causes = telling.counts(one.nesting.broken["broken"], "broken")
        yield Paragraph(words("nesting_broken", n=len(one.nesting.broken), all=len(one.points), causes=causes))
    else:
        yield Paragraph(words("nesting_whole"))
    yield Paragraph(_served(telling, one, names))
    yield Picture(f"system.{one.rule.id}", words("system_picture", name=one.rule.name))
    yield from _town_table(telling, one, names)


def _outcome(telling: Telling, one: Chains, names: dict[str, str]) -> str:
    """Say which centres are missing, or that none is."""
    lacking = [level for level in LEVELS[:-1] if (one.lacking["level"] == level).any()]
    return telling.words("space").join(_missing(telling, one, level, names) for level in lacking or LEVELS[:-1])


def _missing(telling: Telling, one: Chains, level: str, names: dict[str, str]) -> str:
    """Say which units of a level lack their centre, and how many facilities hang in the air for it."""
    words, rows = telling.words, one.lacking[one.lacking["level"] == level]
    place, below = words.name("level", _PLACES[level]), names[LEVELS[LEVELS.index(level) + 1]]
    if rows.empty:
        return words("nesting_none_missing", level=place, centre=names[level])
    units = [telling.place(u) for u in rows["place_id"]]
    return words(
        "nesting_missing", level=place, centre=names[level], n=len(rows), names=telling.some(units),
        below=below, hanging=words.count(rows["hanging"].sum()),
    )  # fmt: skip


def _served(telling: Telling, one: Chains, names: dict[str, str]) -> str:
    words, weight = telling.words, telling.service(one.rule.village).weight
    unit = words.unit(weight)

    def share(level: str) -> str:
        return words.share(Share(float(one.cover["people"][level]), float(one.cover["demand"][level])), unit)

    parts = [words("nesting_level_served", name=names[level], share=share(level)) for level in reversed(LEVELS)]
    return words("nesting_served", weight=words.inside("weight", weight), parts=words.listed(parts), share=share("all"))


def _town_table(telling: Telling, one: Chains, names: dict[str, str]) -> Iterator[Table]:
    """Yield who hangs on each town centre, most first."""
    words, links = telling.words, one.nesting.links
    hung = links[links["level"] == "village"]["parent_id"].value_counts()
    towns = (
        links[links["level"] == "town"]
        .assign(hung=hung)
        .fillna({"hung": 0})
        .sort_values("hung", ascending=False, kind="stable")
    )
    if towns.empty:
        return
    label, shown = one.points["name"], towns.head(ROWS)
    rows = tuple(
        (
            str(label[i]),
            telling.place(one.points["unit"][i]),
            str(label[r["parent_id"]]) if isinstance(r["parent_id"], str) else words.name("broken", r["broken"]),
            words.count(r["hung"]),
        )
        for i, r in shown.iterrows()
    )
    yield Table(
        caption=words("nesting_caption", town=names["town"], n=len(shown), all=len(towns)),
        columns=(
            names["town"],
            words.name("level", "town").capitalize(),
            names["county"],
            words("nesting_hung", village=names["village"]),
        ),
        align="lllr",
        widths=(1.8, 1.2, 1.8, 1.2),
        rows=rows,
    )
