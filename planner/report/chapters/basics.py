"""What the report is about: the area, its people and facilities, and the standards it is measured by."""

from collections.abc import Iterator

from ...tables import IN_SERVICE
from ..blocks import Block, Heading, Paragraph, Table
from ..facts import ServiceFacts
from ..style import number
from .scene import NOBODY, Scene


def basics(scene: Scene) -> Iterator[Block]:
    """Tell how large the area is, who lives there and what facilities there are."""
    words, facts = scene.words, scene.facts
    yield Heading(1, words("basics"))
    kinds = {level: words.name("level" if n == 1 else "levels", level) for level, n in facts.levels.items()}
    levels = [words("n_units", n=words.count(n), level=kinds[level]) for level, n in facts.levels.items()]
    key = "area" if levels else "area_plain"
    yield Paragraph(words(key, area=facts.area, levels=words.listed(levels), n=words.count(facts.n_demand)))
    totals = [
        words("quantity", name=words.inside("weight", w), count=words.count(total, words.unit(w)))
        for w, total in facts.totals.items()
    ]
    yield Paragraph(words("population", totals=words.listed(totals)))
    if len(facts.parts) > 1:
        yield _parts(scene)
    yield _facilities(scene)


def _parts(scene: Scene) -> Table:
    words, facts = scene.words, scene.facts
    weights = list(facts.totals)
    parts = facts.parts
    rows = [(str(r["name"]), *(words.count(r[w]) for w in weights)) for _, r in parts.iterrows()]
    outside = {w: facts.totals[w] - float(parts[w].sum()) for w in weights}
    if max(outside.values()) > NOBODY:
        rows.append((words("outside"), *(words.count(outside[w]) for w in weights)))
    total = (words("total"), *(words.count(facts.totals[w]) for w in weights))
    level = words.name("level", parts["level"].iloc[0])
    return Table(
        caption=words("parts_caption", level=level),
        unit=words("parts_unit"),
        columns=(level, *(words.name("weight", w) for w in weights)),
        align="l" + "r" * len(weights),
        widths=(1.6, *(1.0,) * len(weights)),
        rows=(*rows, total),
        total=True,
    )


def _facilities(scene: Scene) -> Table:
    words = scene.words
    rows = tuple(
        (s.service.name, words.count(len(s.facilities)), words.count(len(s.not_counted)), _status_counts(scene, s))
        for s in scene.facts.services
    )
    return Table(
        caption=words("facilities_caption", date=scene.study.project.about.date.isoformat()),
        unit=words("unit_facilities"),
        columns=(words("service"), words("in_service"), words("not_in_service"), words("of_which")),
        align="lrrl",
        widths=(2.2, 1, 1, 2),
        rows=rows,
    )


def _status_counts(scene: Scene, s: ServiceFacts) -> str:
    if "status" not in s.not_counted or s.not_counted.empty:
        return "—"
    status = s.not_counted["status"].fillna(IN_SERVICE).replace(IN_SERVICE, "out_of_date")
    counts = status.value_counts().sort_index()
    return scene.words.listed([f"{scene.words.name('facility', k)} {n}" for k, n in counts.items()])


def grounds(scene: Scene) -> Iterator[Block]:
    """Tell the standards: minutes, pace and weight of each service, and where they come from."""
    words = scene.words
    yield Heading(1, words("grounds"))
    yield Paragraph(words("grounds_text"))
    said = {p.key: p for p in scene.study.project.parameters}
    rows = []
    for s in scene.facts.services:
        standard = said.get(f"services.{s.service.id}.standard_min")
        rows.append(
            (
                s.service.name,
                words.name("mode", s.service.mode),
                words("by_class") if s.service.kmh else number(s.service.speed_mps),
                number(s.service.standard_min),
                words.name("weight", s.service.weight),
                scene.source(standard.source) if standard else "",
                words.name("confidence", standard.confidence) if standard else "",
            )
        )
    yield Table(
        caption=words("standards_caption"),
        columns=tuple(words(k) for k in ("service", "mode", "speed", "standard", "weight", "source", "confidence")),
        align="llrrlll",
        widths=(1.5, 0.7, 0.8, 0.8, 1.0, 2.6, 0.9),
        rows=tuple(rows),
    )
    yield Paragraph(words("confidence_note"), "note")
