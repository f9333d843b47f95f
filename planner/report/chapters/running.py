"""What the sites cost a year once they are built, and by what title their rooms are held."""

from collections.abc import Iterator

from ...siting.running import RUNNING_PARTS
from ..blocks import Block, Paragraph, Table
from ..facts import ServiceFacts
from ..style import missing
from .scene import Scene


def running(scene: Scene, s: ServiceFacts) -> Iterator[Block]:
    """Tell of each site its tenure and its cost a year by part, and what all cost over the years; nothing if unsaid."""
    assert s.plan is not None
    sites, words = s.plan.sites, scene.words
    if not sites[["tenure", "running"]].notna().any(axis=None):
        return
    years = s.plan.running_years
    heads = ("tenure", *RUNNING_PARTS, "running", *(("running_total",) if years else ()))
    rows = [
        (str(r["name"]), words.name("tenure", r["tenure"]) or "—", *(scene.money(r[key]) for key in heads[1:]))
        for _, r in sites.iterrows()
    ]
    sums = sites[[*heads[1:]]].astype(float).sum(min_count=1)
    yield Table(
        caption=words("running_caption", service=s.service.name),
        unit=words("money_unit"),
        columns=(words("head_site_name"), *(words(f"head_{key}") for key in heads)),
        align="ll" + "r" * (len(heads) - 1),
        widths=(2.2, 0.9, *(1.0,) * (len(heads) - 1)),
        rows=(*rows, (words("total"), "", *(scene.money(v) for v in sums))),
        total=True,
    )
    for what, n in sites["unsaid"].str.split().explode().dropna().value_counts(sort=False).items():
        yield Paragraph(words(f"running_unsaid_{what}", n=int(n)), "note")
    if years and not missing(sums["running_total"]):
        told = {"first": years[0], "last": years[-1], "cost": scene.money(float(sums["running_total"]))}
        asked = s.service.siting
        text = words("running_years" if len(years) > 1 else "running_year", **told)
        nobody = words("running_nobody") if not (asked and asked.running and asked.running.funds) else ""
        yield Paragraph(text + nobody)
