"""Why here: a sheet a site (选址说明单), what more sites or money would bring, and what would do for everybody."""

from collections.abc import Iterator
from typing import Any

import pandas as pd

from ...coverage import Share
from ...siting.grounds import Grounds
from ...siting.shortfall import Shortfall
from ..blocks import Block, Paragraph, Picture, Table
from ..facts import ServiceFacts
from ..frames import communities_text
from ..plan_tables import candidate_names
from ..style import missing, number
from .scene import Scene

_TOLD = ("pop", "pop60", "pop80")  # of whom a sheet tells; the annex has every weight
_COMMUNITIES = 3  # named in a sheet
_OFTEN = 3  # sites for which one rival is too dear, to be told once


def sheets(scene: Scene, s: ServiceFacts) -> Iterator[Block]:
    """Tell of each site whom it gains, who came second and why; then the curve and what would do for all."""
    assert s.plan is not None
    why = s.plan.grounds
    if why is None or not len(why.sheets.sites):
        return
    common = _common(why)
    yield _sheets(scene, s, why, common)
    yield from _common_notes(scene, s, common)
    if why.robustness is not None:
        key = "robust_near_note" if s.plan.curve == "minutes" else "robust_note"
        yield Paragraph(scene.words(key, cases=why.robustness.cases), "note")
    if len(why.curve):
        yield Paragraph(_curve_text(scene, s, why))
        key = {"sites": "curve_picture"}.get(s.plan.curve, f"curve_picture_{s.plan.curve}")
        told = {"service": s.service.name, "what": scene.words(f"curve_{s.plan.measure}")}
        yield Picture(f"curve.{s.service.id}", scene.words(key, **told))
    if why.shortfall is not None:
        yield Paragraph(_for_all(scene, s, why.shortfall))


def _common(why: Grounds) -> pd.DataFrame:
    """Return the rivals that are too dear for most sites: rival_id, sites (of how many), extra (yuan, at least)."""
    dear = why.sheets.rivals[why.sheets.rivals["why"] == "too_dear"]
    counted = dear.groupby("rival_id")["extra"].agg(["size", "min"]).reset_index()
    counted.columns = pd.Index(["rival_id", "sites", "extra"])
    often = (counted["sites"] >= _OFTEN) & (2 * counted["sites"] > len(why.sheets.sites))
    return counted[often]


def _common_notes(scene: Scene, s: ServiceFacts, common: pd.DataFrame) -> Iterator[Paragraph]:
    names = candidate_names(scene.study, s)
    for rival, n, extra in common.itertuples(index=False):
        name = names.get(rival, str(rival))
        yield Paragraph(scene.words("rival_common", name=name, n=n, extra=scene.money(float(extra))), "note")


def _sheets(scene: Scene, s: ServiceFacts, why: Grounds, common: pd.DataFrame) -> Table:
    assert s.plan is not None
    words = scene.words
    costed = "cost_per_person" in why.sheets.sites
    names = candidate_names(scene.study, s)
    rows = []
    for candidate, site in why.sheets.sites.iterrows():
        weights = [w for w in dict.fromkeys([s.service.weight, *_TOLD]) if f"newly_{w}" in why.sheets.sites]
        told = [f"{words.name('weight', w)} {words.count(site[f'newly_{w}'])}" for w in weights]
        rows.append(
            (
                names.get(candidate, str(candidate)),
                "\n".join(
                    [*told, *_minutes_told(scene, site), *_backed(scene, s, candidate), *_held(scene, s, candidate)]
                ),
                *((words.count(site["cost_per_person"]),) if costed else ()),
                _sure(scene, why, candidate),
                _rivals(scene, s, why.sheets.rivals, (candidate, set(common["rival_id"])), names),
            )
        )
    near = "mean_after" in why.sheets.sites
    price = "per_served" if near else "per_person"
    whom = "nearest_by_group" if near else {"cover": "newly_by_group"}.get(s.plan.measure, f"{s.plan.measure}_by_group")
    heads = ("site_name", whom, *((price,) if costed else ()), "sure", "rivals")
    return Table(
        caption=words("sheets_caption", service=s.service.name),
        columns=tuple(words(f"head_{h}") for h in heads),
        align="ll" + "r" * costed + "ll",
        widths=(1.6, 2.2, *((0.9,) if costed else ()), 1.0, 3.1),
        rows=tuple(rows),
    )


def _sure(scene: Scene, why: Grounds, candidate: Any) -> str:
    if why.robustness is None:
        return "—"
    share, verdict = why.robustness.share[candidate], why.robustness.verdict[candidate]
    return f"{scene.words('robust_' + verdict)}\n{scene.words.percent(float(share))}"


def _rivals(
    scene: Scene, s: ServiceFacts, rivals: pd.DataFrame, which: tuple[object, set[Any]], names: dict[Any, str]
) -> str:
    """Return the runners-up with what lost them the place, which is also what would change the choice.

    which: the site, and the rivals that a note tells once for all sites.
    """
    words, unit = scene.words, scene.words.unit(s.service.weight)
    candidate, common = which
    held = rivals[rivals["candidate_id"] == candidate]
    once = held["rival_id"].isin(common) & (held["why"] == "too_dear")
    rows: list[Any] = list(held[~once].itertuples())
    told = [
        words(
            f"rival_{_key(s, r.why, float(r.loss))}",
            name=names.get(r.rival_id, str(r.rival_id)),
            loss=number(float(r.people_minutes)) if r.why == "minutes" else _loss(scene, s, float(r.loss), unit),
            extra=scene.money(float(r.extra)),
        )
        for r in rows
    ]
    asked = s.service.siting
    must = asked is not None and candidate in asked.required
    instead = words("rival_required") if must else words("rival_see_note") if once.any() else "—"
    return "\n".join(told) or instead


def _backed(scene: Scene, s: ServiceFacts, candidate: Any) -> list[str]:
    """Return the communities whose people come to a second facility, of a plan that counts those."""
    assert s.plan is not None
    pairs = s.plan.sites["backed"].get(candidate)
    return [communities_text(pairs, scene.words, scene.words.unit(s.service.weight), most=_COMMUNITIES)] * isinstance(
        pairs, tuple
    )


def _held(scene: Scene, s: ServiceFacts, candidate: Any) -> list[str]:
    """Return by what title a site's room is held and what it costs a year, as far as it is said."""
    assert s.plan is not None
    site = s.plan.sites.loc[candidate]
    told = [] if missing(site["tenure"]) else [scene.words.name("tenure", site["tenure"])]
    if not missing(site["running"]):
        told.append(scene.words("sheet_running", cost=scene.money(float(site["running"]))))
    return [scene.words.listed(told)] if told else []


def _key(s: ServiceFacts, why: str, loss: float) -> str:
    """Return the words for why a rival lost: what fewer and farther mean goes by what the model counts."""
    assert s.plan is not None
    if why == "farther":
        return "center" if s.plan.model == "pcenter" else "farther_weighted" if s.plan.weighted else "farther"
    if why == "same" and s.plan.model in ("pmedian", "pcenter"):
        return f"same_{s.plan.model}"
    if why == "priority" and loss == 0:
        return "priority_same"
    return f"{why}_{s.plan.measure}" if why == "fewer" and s.plan.measure != "cover" else why


def _loss(scene: Scene, s: ServiceFacts, loss: float, unit: str) -> str:
    """Return people, people-minutes or minutes; a dash where nothing can be said."""
    assert s.plan is not None
    if missing(loss):
        return "—"
    return (
        number(loss) if s.plan.model == "pcenter" else scene.words.count(abs(loss), unit * (s.plan.model != "pmedian"))
    )


def _minutes_told(scene: Scene, site: Any) -> list[str]:
    """Return the mean and the largest minutes before and after, of a plan that counts minutes."""
    if "mean_after" not in site or missing(site["mean_after"]):
        return []
    keys = ("mean_before", "mean_after", "max_before", "max_after")
    values = {k: "—" if missing(site[k]) else f"{site[k]:.1f}" for k in keys}
    return [scene.words("sheet_minutes", **values)]


def _curve_text(scene: Scene, s: ServiceFacts, why: Grounds) -> str:
    assert s.plan is not None
    words, curve, unit = scene.words, why.curve, scene.words.unit(s.service.weight)
    if s.plan.curve == "minutes":
        return _minutes_text(scene, s, curve)
    total = s.plan.before.demand
    suffix = "_money" * (s.plan.curve == "money")
    marked = [
        ("curve_text", curve.iloc[-1]),
        *(("curve_knee", row) for _, row in curve[curve["knee"]].head(1).iterrows()),
    ]
    told = [
        words(
            key + suffix,
            n=int(row["sites"]),
            cost=scene.money(float(row["step"])),
            share=words.share(Share(float(row["covered"]), total), unit),
            what=words(f"curve_{s.plan.measure}"),
        )
        for key, row in marked
    ]
    return "".join(told)


def _minutes_text(scene: Scene, s: ServiceFacts, curve: Any) -> str:
    """Return how mean or largest minutes fall with the number of sites."""
    assert s.plan is not None
    words, known = scene.words, curve[curve["minutes"].notna()]
    last = known.iloc[-1]
    text = words(f"curve_{s.plan.minutes}", n=int(last["step"]), minutes=f"{last['minutes']:.1f}")
    for _, row in known[known["knee"]].iterrows():
        text += words("curve_minutes_knee", n=int(row["step"]), minutes=f"{row['minutes']:.1f}")
    return text


def _for_all(scene: Scene, s: ServiceFacts, short: Shortfall) -> str:
    """Return what it would take to cover everybody, who cannot be covered at all, and the standard that would do."""
    words, unit = scene.words, scene.words.unit(s.service.weight)
    key = "for_all" if short.proven else "for_all_unproven"
    text = words(key, n=short.sites)
    if short.money is not None:
        text += words("for_all_money", cost=scene.money(short.money))
    if short.unreached:
        text += words("for_all_unreached", people=words.count(short.people, unit), promise=scene.promise(s))
        if short.least_min is not None:
            text += words("for_all_least", minutes=number(short.least_min))
    return text
