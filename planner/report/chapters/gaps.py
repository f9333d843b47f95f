"""Where nobody is served: the gaps by rank."""

from collections.abc import Iterator

from ..blocks import Block, Heading, Paragraph, Table
from ..facts import ServiceFacts
from ..style import number
from .scene import ROWS, Scene


def gaps(scene: Scene) -> Iterator[Block]:
    """Tell where the uncovered live close together."""
    held = [s for s in scene.covered if s.gaps is not None]
    if not held:
        return
    words = scene.words
    limits = scene.study.project.limits
    yield Heading(1, words("gaps"))
    yield Paragraph(
        words(
            "gaps_text",
            reach=number(round(max(scene.study.gaps[s.service.id].reach_m for s in held))),
            extent=number(limits.gap_extent_m),
            people=number(limits.gap_people_min),
        )
    )
    for s in held:
        assert s.gaps is not None
        if s.gaps.uncovered > 0:
            yield Paragraph(_gap_sum(scene, s))
            yield from _gap_table(scene, s)
        else:
            yield Paragraph(words("no_gaps", service=s.service.name))


def _gap_sum(scene: Scene, s: ServiceFacts) -> str:
    assert s.gaps is not None
    words, unit = scene.words, scene.words.unit(s.service.weight)
    return words(
        "gap_sum",
        service=s.service.name,
        uncovered=words.count(s.gaps.uncovered, unit),
        weight=words.inside("weight", s.service.weight),
        n=words.count(len(s.gaps.table)),
        inside=words.count(s.gaps.in_gaps, unit),
        scattered=words.count(s.gaps.scattered, unit),
    )


def _gap_table(scene: Scene, s: ServiceFacts) -> Iterator[Table]:
    assert s.gaps is not None
    words = scene.words
    shown = s.gaps.shown.head(ROWS)
    rows = [
        (
            str(r["rank"]), str(r["name"]), words.count(r["demand"]),
            scene.near(s, r["nearest_min"]), words.name("cause", r["cause"]),
        )
        for _, r in shown.iterrows()
    ]  # fmt: skip
    rest = len(s.gaps.table) - len(shown)
    if rest:
        others = s.gaps.in_gaps - float(shown["demand"].sum())
        rows.append(("", words("other_gaps", n=rest), words.count(others), "", ""))
    rows.append(("", words("scattered"), words.count(s.gaps.scattered), "", ""))
    rows.append(("", words("total"), words.count(s.gaps.uncovered), "", ""))
    yield Table(
        caption=words("gaps_caption", service=s.service.name),
        unit=words("of_unit", unit=words.unit(s.service.weight)),
        columns=(
            words("rank"), words("gap_name"), words.name("weight", s.service.weight),
            words("median_minutes"), words("cause"),
        ),
        align="rlrrl",
        widths=(0.6, 3.6, 1.2, 1.3, 1.2),
        rows=tuple(rows),
        total=True,
    )  # fmt: skip
