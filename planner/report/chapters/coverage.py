"""Who is served, by service and by place, and which places are not."""

from collections.abc import Iterator
from typing import Any

from ...coverage import Share
from ..blocks import Block, Heading, Paragraph, Picture, Table
from ..facts import ServiceFacts
from ..style import number
from .scene import NOBODY, ROWS, Scene


def coverage(scene: Scene) -> Iterator[Block]:
    """Tell who is served: all services in one table, then each by part of the area."""
    if not scene.covered:
        return
    words = scene.words
    yield Heading(1, words("coverage"))
    yield Paragraph(words("coverage_text"))
    yield _coverage_table(scene)
    yield from _walk_note(scene)
    for s in scene.covered:
        yield Heading(2, s.service.name)
        yield Paragraph(_headline_now(scene, s))
        yield from _not_known(scene, s)
        if len(scene.facts.parts) > 1:
            yield _coverage_parts(scene, s)
        yield Picture(f"coverage.{s.service.id}", _caption(scene, s))


def _caption(scene: Scene, s: ServiceFacts) -> str:
    words = scene.words
    return words(
        "coverage_picture" if sum(s.statuses.values()) else "coverage_picture_plain",
        service=s.service.name,
        weight=words.inside("weight", s.service.weight),
        level=words.name("level", scene.facts.smallest),
    )


def _walk_note(scene: Scene) -> Iterator[Block]:
    """Say why minutes at a pace and the round distances of the standard do not quite agree."""
    paces = {(s.service.standard_min, s.service.speed_mps) for s in scene.covered if s.walks}
    told = [
        scene.words("walk_product", minutes=number(t), speed=number(v), metres=f"{60 * t * v:.0f}")
        for t, v in sorted(paces)
    ]
    if told:
        yield Paragraph(scene.words("walk_note", told=scene.words("semicolon").join(told)), "note")


def _headline_now(scene: Scene, s: ServiceFacts) -> str:
    words = scene.words
    assert s.coverage is not None
    if s.coverage.share is None:
        return scene.nobody(s)
    none = "" if len(s.facilities) else words("no_facility")
    known = sum(s.statuses.values()) - s.statuses["no_data"]
    counts = {k: words.count(n) for k, n in s.statuses.items()}
    limits = scene.study.project.limits
    text = words(
        "covered_now",
        promise=scene.promise(s),
        share=words.share(s.coverage, words.unit(s.service.weight)),
        weight=words.inside("weight", s.service.weight),
    )
    if not known:
        return text + none
    return (
        text
        + none
        + words(
            "status_counts",
            level=words.name("level", scene.facts.smallest),
            n=words.count(known),
            high=words.percent(limits.covered_from),
            low=words.percent(limits.partial_from),
            **counts,
        )
    )


def _not_known(scene: Scene, s: ServiceFacts) -> Iterator[Block]:
    """Say of how many places too few streets are drawn to tell."""
    if blank := s.statuses["no_data"]:
        level = scene.words.name("level", scene.facts.smallest)
        yield Paragraph(scene.words("status_no_data_too", n=scene.words.count(blank), level=level))


def _coverage_table(scene: Scene) -> Table:
    words = scene.words
    rows = []
    for s in scene.covered:
        assert s.coverage is not None
        walks = {w.metres: words.percent(w.share.share) + f"\n{words.count(w.share.covered)}" for w in s.walks}
        nominal = words.percent(s.nominal.share.share) if s.nominal else "—"
        counted = (
            f"\n{number(s.nominal.share.covered)}/{number(s.nominal.share.demand)} "
            + words.name("level", s.nominal.level)
            if s.nominal
            else ""
        )
        rows.append(
            (
                s.service.name,
                words.name("weight", s.service.weight) + f"\n{words.count(s.coverage.demand)}",
                words.percent(s.coverage.share) + f"\n{words.count(s.coverage.covered)}",
                walks.get(800, "—"),
                walks.get(1000, "—"),
                nominal + counted,
            )
        )
    return Table(
        caption=words("coverage_caption"),
        unit=words("coverage_unit"),
        columns=tuple(
            words(k) for k in ("service", "counted", "effective", "walk_800", "walk_1000", "nominal_coverage")
        ),
        align="llrrrr",
        widths=(1.7, 1.3, 1.2, 1.2, 1.2, 1.3),
        rows=tuple(rows),
    )


def _coverage_parts(scene: Scene, s: ServiceFacts) -> Table:
    words, by_place = scene.words, scene.study.by_place
    mine = by_place[(by_place["service"] == s.service.id) & (by_place["weight"] == s.service.weight)]
    mine = mine.set_index("place_id")
    rows = []
    for place_id, part in scene.facts.parts.iterrows():
        row: Any = mine.loc[str(place_id)] if place_id in mine.index else None
        shown = (
            ("—",) * 4
            if row is None
            else (
                words.count(row["demand"]), words.count(row["covered"]), words.percent(row["share"]),
                words.count(row["facilities"]),
            )
        )  # fmt: skip
        rows.append((str(part["name"]), *shown))
    level = words.name("level", scene.facts.parts["level"].iloc[0])
    assert s.coverage is not None
    inside = mine.reindex(scene.facts.parts.index)[["demand", "covered"]].sum()
    rest = Share(s.coverage.covered - inside["covered"], s.coverage.demand - inside["demand"])
    if rest.demand > NOBODY:
        counted = (words.count(rest.demand), words.count(rest.covered), words.percent(rest.share), "—")
        rows.append((words("outside"), *counted))
    total = (
        words("total"), words.count(s.coverage.demand), words.count(s.coverage.covered),
        words.percent(s.coverage.share), words.count(len(s.facilities)),
    )  # fmt: skip
    return Table(
        caption=words("parts_coverage_caption", service=s.service.name, level=level),
        unit=words("of_unit", unit=words.unit(s.service.weight)),
        columns=(
            level,
            words.name("weight", s.service.weight),
            *(words(k) for k in ("covered", "share_column", "in_service")),
        ),
        align="lrrrr",
        widths=(1.6, 1.2, 1.2, 1, 1),
        rows=(*rows, total),
        total=True,
    )


def uncovered(scene: Scene) -> Iterator[Block]:
    """List the places that are not covered, the most people first."""
    tables = [t for s in scene.covered if (t := _uncovered_table(scene, s)) is not None]
    if tables:
        level = scene.words.name("level", scene.facts.smallest)
        yield Heading(1, scene.words("uncovered", level=level))
        yield Paragraph(scene.words("uncovered_text", level=level, n=ROWS))
        yield from tables


def _uncovered_table(scene: Scene, s: ServiceFacts) -> Table | None:
    words, names = scene.words, scene.facts.places["full_name"]
    open_ = scene.study.uncovered
    if open_.empty:
        return None
    mine = open_[(open_["service"] == s.service.id) & open_["place_id"].isin(s.places.index[s.places["share"].notna()])]
    mine = mine[mine["status"] != "covered"]
    if mine.empty:
        return None
    rows = tuple(
        (
            str(names.get(r["place_id"], r["name"])), words.count(r["demand"]), words.count(r["uncovered"]),
            words.percent(r["share"]), words.name("status", r["status"]),
            scene.near(s, r["nearest_min"]), words.name("cause", r["cause"]),
        )
        for _, r in mine.head(ROWS).iterrows()
    )  # fmt: skip
    caption = words(
        "uncovered_caption",
        service=s.service.name,
        level=words.name("level", scene.facts.smallest),
        n=len(rows),
        all=len(mine),
    )
    return Table(
        caption=caption,
        unit=words("of_unit", unit=words.unit(s.service.weight)),
        columns=(
            words.name("level", scene.facts.smallest), words.name("weight", s.service.weight),
            *(words(k) for k in ("not_covered", "share_column", "status", "nearest", "cause")),
        ),
        align="lrrrlrl",
        widths=(2.2, 1.15, 0.9, 0.9, 1.15, 1.1, 1.1),
        rows=rows,
    )  # fmt: skip
