"""Where to build next: the proposed sites of each service."""

from collections.abc import Iterator
from typing import Any

from ...siting.costs import unit_cost
from ..blocks import Block, Heading, Paragraph, Picture, Table
from ..compare_wishes import wish_text
from ..facts import ServiceFacts
from ..frames import communities_text
from ..plan_tables import candidate_names
from .calendar import calendar, who
from .priority import priority
from .running import running
from .scene import Scene
from .sheets import sheets

_COMMUNITIES = 4  # named in a site's row
_TERMS = ("required", "forbidden", "spacing_m", "area_min_m2", "at_least", "quotas", "milestones_hard")


def sites(scene: Scene) -> Iterator[Block]:
    """Tell which sites are proposed, whom they reach, and how good the choice is."""
    held = [s for s in scene.covered if s.plan is not None or s.no_candidates]
    if not held:
        return
    words = scene.words
    yield Heading(1, words("sites"))
    closes = any(s.plan is not None and s.plan.closing for s in held)
    yield Paragraph(words("sites_text_closing" if closes else "sites_text"))
    for s in held:
        yield Heading(2, s.service.name)
        if s.plan is None:
            yield Paragraph(_none(scene, s))
            continue
        yield Paragraph(words.typeset(s.plan.summary))
        yield from _terms(scene, s)
        yield from _start(scene, s)
        yield Paragraph(_change(scene, s))
        yield Picture(f"sites.{s.service.id}", words("sites_picture", service=s.service.name))
        yield _site_table(scene, s)
        if s.plan.indicative:
            yield Paragraph(words("indicative"), "note")
        if s.plan.sites["estimated"].any():
            yield Paragraph(_estimated(scene, s), "note")
        yield from running(scene, s)
        yield from priority(scene, s)
        yield from calendar(scene, s)
        yield from sheets(scene, s)


def _terms(scene: Scene, s: ServiceFacts) -> Iterator[Paragraph]:
    """Tell what any plan must keep, as far as no other sentence does: with it the plan can be made again."""
    assert s.service.siting is not None
    words, names = scene.words, candidate_names(scene.study, s)
    asked = s.service.siting.model_dump(mode="json", exclude_defaults=True, include=set(_TERMS))
    for key in {"required", "forbidden"} & set(asked):
        asked[key] = [" ".join(dict.fromkeys([names.get(i, i), i])) for i in asked[key]]
    told = [
        words("term", name=words.name("wish", k), value=wish_text(k, asked[k], words)) for k in _TERMS if k in asked
    ]
    if told:
        yield Paragraph(words("terms", told=words("semicolon").join(told)))


def _start(scene: Scene, s: ServiceFacts) -> Iterator[Paragraph]:
    """Tell which facilities close, and whom those that stay have room for: what the plan starts from."""
    assert s.plan is not None
    words, unit = scene.words, scene.words.unit(s.service.weight)
    told = {
        "promise": scene.promise(s),
        "weight": words.inside("weight", s.service.weight),
        "today": words.share(s.plan.today, unit),
        "before": words.share(s.plan.before, unit),
    }
    if s.plan.closing:
        key = "plan_closes" if s.plan.by_capacity else "plan_closing"
        yield Paragraph(words(key, n=len(s.plan.closing), names=words.listed([*s.plan.closing]), **told))
    if s.plan.by_capacity:
        yield Paragraph(words("plan_capacity", **told))


def _none(scene: Scene, s: ServiceFacts) -> str:
    """Say that sites were asked for and no candidate was left, and why."""
    words, rejected = scene.words, scene.study.rejected.get(s.service.id)
    if rejected is None or not len(rejected):
        return words("sites_none")
    counts = rejected["reason"].value_counts().sort_index()
    told = words.listed([f"{words.name('reason', reason)} {n}" for reason, n in counts.items()])
    return words("sites_rejected", n=words.count(len(rejected)), told=told)


def _estimated(scene: Scene, s: ServiceFacts) -> str:
    """Say how many costs are estimates, and whether they go by floor area or by site."""
    assert s.plan is not None
    assert s.service.siting is not None
    assert s.service.siting.unit_cost is not None
    per = scene.words(f"estimated_{unit_cost(s.service.siting.unit_cost).per}")
    return scene.words("estimated", n=int(s.plan.sites["estimated"].sum()), per=per)


def _change(scene: Scene, s: ServiceFacts) -> str:
    assert s.plan is not None
    words, unit = scene.words, scene.words.unit(s.service.weight)
    points = (
        "—"
        if s.plan.before.share is None or s.plan.after.share is None
        else f"{100 * (s.plan.after.share - s.plan.before.share):.1f}"
    )
    text = words(
        "change_capacity" if s.plan.by_capacity else "change",
        promise=scene.promise(s),
        weight=words.inside("weight", s.service.weight),
        before=words.share(s.plan.before, unit),
        after=words.share(s.plan.after, unit),
        points=points,
        newly=words.count(s.plan.newly, unit),
    )
    text += words(f"counted_{s.plan.counted}")
    if s.plan.twice is not None:
        had = s.plan.twice - float(s.plan.sites["newly_twice"].sum())
        text += words("change_twice", before=words.count(had, unit), after=words.count(s.plan.twice, unit))
    if s.plan.cost is not None:
        text += words("cost_total", cost=scene.money(s.plan.cost))
    return text


def _site_table(scene: Scene, s: ServiceFacts) -> Table:
    assert s.plan is not None
    words, unit = scene.words, scene.words.unit(s.service.weight)
    costed = bool(s.plan.sites["cost"].notna().any())
    twice = s.plan.twice is not None
    named = s.plan.years is None and bool(s.plan.sites[["responsible", "person"]].notna().any(axis=None))
    rows = []
    for i, r in s.plan.sites.iterrows():
        row: tuple[str, ...] = (
            str(r["rank"]),
            f"{r['name']}\n{r['place'] or i}",
            words.count(r["newly"]),
            *((words.count(r["newly_twice"]),) if twice else ()),
            _named(scene, r["communities"], unit),
        )
        row = (*row, scene.money(r["cost"])) if costed else row
        rows.append((*row, who(r)) if named else row)
    second = (words.count(float(s.plan.sites["newly_twice"].sum())),) if twice else ()
    total = ("", words("total"), words.count(s.plan.newly), *second, "")
    cost = (scene.money(s.plan.cost) if s.plan.cost is not None else "—",) if costed else ()
    return Table(
        caption=words("sites_caption", service=s.service.name),
        unit=words("sites_unit" if costed else "of_unit", unit=unit),
        columns=(
            words("rank"), words("site_name"), words("newly"),
            *((words("newly_twice"),) if twice else ()), words("in_communities"),
            *((words("cost"),) if costed else ()), *((words("responsible"),) if named else ()),
        ),
        align="rlr" + "r" * twice + "l" + "r" * costed + "l" * named,
        widths=(
            0.6, 2.2, 1.0, *((1.0,) if twice else ()), 3.2 - 0.8 * named - 0.6 * twice,
            *((1.0,) if costed else ()), *((1.6,) if named else ()),
        ),
        rows=(*rows, (*total, *cost, *(("",) if named else ()))),
        total=True,
    )  # fmt: skip


def _named(scene: Scene, pairs: Any, unit: str) -> str:
    if not isinstance(pairs, tuple):
        return "—"
    return communities_text(pairs, scene.words, unit, most=_COMMUNITIES)
