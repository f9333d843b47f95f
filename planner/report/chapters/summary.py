"""The first chapter, each service in one sentence, and the last, what follows from it."""

from collections.abc import Iterator

from ..blocks import Block, Heading, Paragraph
from ..edits import tell_edits
from ..facts import ServiceFacts
from ..style import number
from .scene import Scene

_NAMED = 5  # sites that a conclusion names


def summary(scene: Scene) -> Iterator[Block]:
    """Tell what a scenario changed, each service in one sentence, and what makes all of it uncertain."""
    if edits := tell_edits(scene.study):
        assert scene.study.scenario is not None
        told = scene.words("semicolon").join(edits)
        yield Paragraph(scene.words("scenario_text", name=scene.study.scenario.name, n=len(edits), edits=told))
    for s in scene.covered:
        yield Paragraph(_headline(scene, s))
    for caution in scene.study.cautions:
        yield Paragraph(caution)


def _headline(scene: Scene, s: ServiceFacts) -> str:
    """Return the service in one sentence: coverage, both walks, nominal coverage."""
    words, unit = scene.words, scene.words.unit(s.service.weight)
    assert s.coverage is not None
    if s.coverage.share is None:
        return scene.nobody(s)
    parts = [
        words(
            "headline",
            service=s.service.name,
            promise=scene.promise(s),
            weight=words.inside("weight", s.service.weight),
            share=words.share(s.coverage, unit),
        )
    ]
    walks = [words("headline_walk", metres=number(w.metres), share=words.share(w.share, unit)) for w in s.walks]
    parts += [] if len(s.facilities) else [words("no_facility")]
    parts += [words("headline_walks", walks=words("semicolon").join(walks))] if walks else []
    parts += [_nominal(scene, s)] if s.nominal else []
    if s.plan is not None:
        parts.append(_after(scene, s))
    return "".join(parts)


def _nominal(scene: Scene, s: ServiceFacts) -> str:
    assert s.nominal is not None
    words, rule = scene.words, s.nominal
    level = words.name("level", rule.level)
    return words("headline_nominal", level=level, n=rule.at_least, share=words.share(rule.share, words("unit_unit")))


def _after(scene: Scene, s: ServiceFacts) -> str:
    assert s.plan is not None
    words, unit = scene.words, scene.words.unit(s.service.weight)
    new, after = words.count(s.plan.newly, unit), words.share(s.plan.after, unit)
    before, text = words.share(s.plan.before, unit), ""
    if s.plan.closing:
        names, today = words.listed([*s.plan.closing]), words.percent(s.plan.today.share)
        key = "headline_closes" if s.plan.by_capacity else "headline_closing"
        text = words(key, n=len(s.plan.closing), names=names, today=today, before=before)
    if s.plan.by_capacity:
        return text + words("headline_capacity", n=len(s.plan.sites), newly=new, before=before, after=after)
    before = words.percent(s.plan.before.share)
    return text + words("headline_plan", n=len(s.plan.sites), newly=new, before=before, after=after)


def conclusion(scene: Scene) -> Iterator[Block]:
    """Tell what is worst, what the proposed sites change, and what the systems propose."""
    planned = [s for s in scene.covered if s.plan is not None and len(s.plan.sites)]
    if not scene.covered:
        return
    words = scene.words
    yield Heading(1, words("conclusion"))
    yield Paragraph(_worst(scene))
    for s in planned:
        assert s.plan is not None
        yield Paragraph(
            words(
                "conclusion_plan",
                service=s.service.name,
                n=len(s.plan.sites),
                sites=_some_sites(scene, s),
                money=_money(scene, s),
                after=words.share(s.plan.after, words.unit(s.service.weight)),
            )
            + _closed(scene, s)
        )
    for system in scene.facts.systems:
        if system.outcome:
            yield Paragraph(words("conclusion_system", name=system.name, told=system.outcome))


def _some_sites(scene: Scene, s: ServiceFacts) -> str:
    """Return the names of the sites, the first few of many."""
    assert s.plan is not None
    told = scene.words.listed([str(n) for n in s.plan.sites["name"][:_NAMED]])
    return told if len(s.plan.sites) <= _NAMED else scene.words("sites_and_more", told=told)


def _money(scene: Scene, s: ServiceFacts) -> str:
    """Return what the sites cost, and how many are built in each year."""
    assert s.plan is not None
    words, cost, years = scene.words, s.plan.cost, s.plan.years
    text = "" if cost is None else words("conclusion_money", cost=scene.money(cost))
    if years is None:
        return text
    told = [
        words("conclusion_year_money", year=year, n=int(r["sites"]), cost=scene.money(r["spent"]))
        for year, r in years[years["sites"] > 0].iterrows()
    ]
    return text + words("conclusion_years", told=words.listed(told))


def _closed(scene: Scene, s: ServiceFacts) -> str:
    """Say which facilities a plan closes."""
    assert s.plan is not None
    words, names = scene.words, [*s.plan.closing]
    return words("conclusion_closing", n=len(names), names=words.listed(names)) if names else ""


def _worst(scene: Scene) -> str:
    """Say which service covers fewest of its people; or that all are covered, or that there is nobody to cover."""
    words = scene.words
    known = [(s.coverage, s) for s in scene.covered if s.coverage is not None and s.coverage.share is not None]
    if not known:
        return words("conclusion_nobody")
    share, worst = min(known, key=lambda pair: pair[0].share or 0.0)
    if share.covered >= share.demand:
        return words("conclusion_all")
    return words(
        "conclusion_worst" if len(known) > 1 else "conclusion_one",
        service=worst.service.name,
        promise=scene.promise(worst),
        weight=words.inside("weight", worst.service.weight),
        share=words.share(share, words.unit(worst.service.weight)),
    )
