"""Whom the sites put first, and what that costs others: the plan by priority beside the equal count."""

from collections.abc import Iterator

from ...tables import SMALLEST_CELL
from ..blocks import Block, Paragraph, Table
from ..facts import ServiceFacts
from ..style import number
from .scene import ROWS, Scene


def priority(scene: Scene, s: ServiceFacts) -> Iterator[Block]:
    """Tell how people were weighed, which sites that changes, and who gains and loses by it."""
    asked = s.service.siting
    if s.plan is None or s.plan.beside is None or asked is None or asked.priority is None:
        return
    words, rule, beside = scene.words, asked.priority, s.plan.beside
    factors = rule.factors or {s.service.weight: 1.0}
    told = words.listed([f"{words.inside('weight', name)} × {number(v)}" for name, v in factors.items()])
    text = words("priority_text", factors=told)
    if rule.weak:
        text += words("priority_weak", n=len(rule.weak), factor=number(1 + rule.weak_factor))
    if beside.come or beside.gone:
        text += words(
            "priority_swapped", come=words.listed([*beside.come]) or "—", gone=words.listed([*beside.gone]) or "—"
        )
    else:
        text += words("priority_same")
    yield Paragraph(text)
    yield _table(scene, s)
    few = beside.table[
        (beside.table["area"] == "place") & (beside.table[["weighted", "unweighted"]].max(axis=1) < SMALLEST_CELL)
    ]
    if len(few):
        yield Paragraph(words("priority_few", n=len(few)), "note")


def _table(scene: Scene, s: ServiceFacts) -> Table:
    """Return the people newly covered by both plans: by weight, by area, and by community where they differ most."""
    assert s.plan is not None
    assert s.plan.beside is not None
    words, table = scene.words, s.plan.beside.table
    places = table[(table["area"] == "place") & (table[["weighted", "unweighted"]].max(axis=1) >= SMALLEST_CELL)]
    places = places.reindex(places["difference"].abs().sort_values(ascending=False, kind="stable").index).head(ROWS)
    rows = []
    for frame in (table[table["area"] != "place"], places):
        for _, r in frame.iterrows():
            what = str(r["name"]) if r["area"] == "place" else words.name("area", r["area"])
            counts = (words.count(r["weighted"]), words.count(r["unweighted"]), _signed(scene, r["difference"]))
            rows.append((what, words.name("weight", r["weight"]), *counts))
    heads = ("area", "weight", "weighted", "unweighted", "difference")
    return Table(
        caption=words("priority_caption", service=s.service.name),
        columns=tuple(words(f"priority_{h}") for h in heads),
        align="llrrr",
        widths=(1.6, 1.6, 1, 1, 1),
        rows=tuple(rows),
    )


def _signed(scene: Scene, people: float) -> str:
    return ("+" if people > 0 else "−" if people < 0 else "") + scene.words.count(abs(people))
