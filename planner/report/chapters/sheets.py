"""Why here: a sheet a site (选址说明单), what more sites or money would bring, and what would do for everybody."""

from collections.abc import Iterator
from typing import Any

from ...siting.grounds import Grounds
from ..blocks import Block, Paragraph, Picture, Table
from ..facts import ServiceFacts
from .scene import Scene

_TOLD = ("pop", "pop60", "pop80")  # of whom a sheet tells; the annex has every weight


def sheets(scene: Scene, s: ServiceFacts) -> Iterator[Block]:
    """Tell of each site whom it gains, who came second and why; then the curve and what would do for all."""
    assert s.plan is not None
    why = s.plan.grounds
    if why is None or not len(why.sheets.sites):
        return
    yield _sheets(scene, s, why)
    if why.robustness is not None:
        yield Paragraph(scene.words("robust_note", cases=why.robustness.cases), "note")
    yield Paragraph(_curve_text(scene, why))
    yield Picture(f"curve.{s.service.id}", scene.words("curve_picture", service=s.service.name))
    yield Paragraph(_for_all(scene, s, why))


def _sheets(scene: Scene, s: ServiceFacts, why: Grounds) -> Table:
    assert s.plan is not None
    words = scene.words
    costed = "cost_per_person" in why.sheets.sites
    names = _names(scene, s)
    rows = []
    for candidate, site in why.sheets.sites.iterrows():
        weights = [w for w in dict.fromkeys([s.service.weight, *_TOLD]) if f"newly_{w}" in why.sheets.sites]
        told = [f"{words.name('weight', w)} {words.count(site[f'newly_{w}'])}" for w in weights]
        rows.append(
            (
                names.get(candidate, str(candidate)),
                "\n".join(told),
                *((words.count(site["cost_per_person"]),) if costed else ()),
                _sure(scene, why, candidate),
                _rivals(scene, s, why, candidate, names),
            )
        )
    heads = ("site_name", "newly_by_group", *(("per_person",) if costed else ()), "sure", "rivals")
    return Table(
        caption=words("sheets_caption", service=s.service.name),
        columns=tuple(words(f"head_{h}") for h in heads),
        align="ll" + "r" * costed + "ll",
        widths=(1.6, 2.3, *((0.9,) if costed else ()), 0.8, 3.2),
        rows=tuple(rows),
    )


def _names(scene: Scene, s: ServiceFacts) -> dict[Any, str]:
    candidates = scene.study.candidates[s.service.id]
    if "name" not in candidates:
        return {}
    named = candidates["name"]
    return {i: str(n) for i, n in named.items() if isinstance(n, str)}


def _sure(scene: Scene, why: Grounds, candidate: Any) -> str:
    if why.robustness is None:
        return "—"
    share, verdict = why.robustness.share[candidate], why.robustness.verdict[candidate]
    return f"{scene.words('robust_' + verdict)}\n{scene.words.percent(float(share))}"


def _rivals(scene: Scene, s: ServiceFacts, why: Grounds, candidate: object, names: dict[Any, str]) -> str:
    """Return the runners-up with what lost them the place, which is also what would change the choice."""
    words, unit = scene.words, scene.words.unit(s.service.weight)
    held = why.sheets.rivals[why.sheets.rivals["candidate_id"] == candidate]
    rows: list[Any] = list(held.itertuples())
    told = [
        words(
            f"rival_{r.why}",
            name=names.get(r.rival_id, str(r.rival_id)),
            loss=words.count(abs(float(r.loss)), unit),
            extra=scene.money(float(r.extra)),
        )
        for r in rows
    ]
    return "\n".join(told) or "—"


def _curve_text(scene: Scene, why: Grounds) -> str:
    words, curve = scene.words, why.curve
    knee = curve[curve["knee"]]
    last = curve.iloc[-1]
    text = words("curve_text", n=int(last["sites"]), share=words.percent(float(last["share"])))
    if len(knee):
        row = knee.iloc[0]
        text += words("curve_knee", n=int(row["sites"]), share=words.percent(float(row["share"])))
    return text


def _for_all(scene: Scene, s: ServiceFacts, why: Grounds) -> str:
    """Return what it would take to cover everybody, and who cannot be covered at all."""
    words, short, unit = scene.words, why.shortfall, scene.words.unit(s.service.weight)
    key = "for_all" if short.proven else "for_all_unproven"
    text = words(key, n=short.sites)
    if short.money is not None:
        text += words("for_all_money", cost=scene.money(short.money))
    if short.unreached:
        text += words("for_all_unreached", people=words.count(short.people, unit), promise=scene.promise(s))
    return text
