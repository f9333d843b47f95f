"""What the checks of the data found, and which official figures do not hold."""

from collections.abc import Iterator

import pandas as pd

from ... import texts
from ...monitoring import judge_claims
from ..blocks import Block, Heading, Paragraph, Table
from ..frames import findings_table
from ..secret import without_numbers
from ..style import Words
from .scene import ROWS, Scene, layer_name

_OF_A_CHECK = 10  # findings of one check that the report of a check lists; tables/findings.csv has all


def checks(scene: Scene) -> Iterator[Block]:
    """Tell what the checks found; of a project that is only checked by check first, and then some of each."""
    counts, words = scene.facts.findings, scene.words
    if counts is None:
        return
    yield Heading(1, words("checks"))
    accepted = scene.facts.accepted
    if unmatched := scene.study.unmatched:
        yield Paragraph(words("unmatched", n=len(unmatched), which=words.listed(unmatched[:ROWS])))
    if not sum(counts.values()) + accepted:
        yield Paragraph(words("no_findings"))
        yield from _claims(scene)
        return
    told = words("findings_text", **{k: words.count(n) for k, n in counts.items()})
    yield Paragraph(told + (words("findings_accepted", n=words.count(accepted)) if accepted else ""))
    table = without_numbers(findings_table(scene.study), scene.study)
    table = table.sort_values("accepted", key=lambda a: a.notna() & (a != ""), kind="stable")
    if scene.study.measured:
        yield _listed(scene, table, table.head(ROWS))
    else:
        yield _by_check(scene, table)
        yield Paragraph(words("findings_kept"), "note")
        summed_up = table.index.astype(str).str.endswith("-rest")
        yield _listed(scene, table, table[(table.groupby("code").cumcount() < _OF_A_CHECK) | summed_up])
    yield from _claims(scene)


def _by_check(scene: Scene, table: pd.DataFrame) -> Table:
    """Return how many findings each check has, the worst first, and the rule it rests on."""
    words, language = scene.words, scene.words.language
    groups = table.groupby(["code", "severity"], sort=False)
    return Table(
        caption=words("by_check_caption"),
        columns=tuple(words(k) for k in ("code", "check", "severity", "count", "rule")),
        align="lllrl",
        widths=(0.8, 2.4, 0.7, 0.7, 3.4),
        rows=tuple(
            (
                str(code),
                texts.say(language, "checks", f"{code}_title"),
                words.name("severity", severity),
                words.count(group["n"].sum()),
                scene.source(group["rule"].iloc[0]),
            )
            for (code, severity), group in groups
        ),
    )


def _listed(scene: Scene, table: pd.DataFrame, shown: pd.DataFrame) -> Table:
    words = scene.words
    key = "findings_caption" if len(shown) < len(table) else "findings_caption_all"
    return Table(
        caption=words(key, n=shown["n"].sum(), all=table["n"].sum()),
        columns=tuple(words(k) for k in ("code", "severity", "layer", "feature", "message")),
        align="lllll",
        widths=(0.8, 0.7, 1.2, 1.3, 4),
        rows=tuple(
            (
                str(r["code"]), words.name("severity", r["severity"]), layer_name(r["layer"], scene.names, words),
                words.name("feature", r["feature_id"]), words.typeset(_marked(r["message"], r["accepted"], words)),
            )
            for _, r in shown.iterrows()
        ),
    )  # fmt: skip


def _claims(scene: Scene) -> Iterator[Block]:
    """List the official figures that were computed again, those that do not hold first."""
    claims, words = scene.study.layers.claims, scene.words
    if claims is None or claims.empty:
        return
    judged = judge_claims(claims)
    holds = judged["verdict"].isin(("ok", "implied"))
    yield Paragraph(words("claims_text", n=words.count(len(judged)), wrong=words.count(int((~holds).sum()))))
    shown = judged.assign(_holds=holds).sort_values("_holds", kind="stable").head(ROWS)
    yield Table(
        caption=words("claims_caption", n=len(shown), all=len(judged)),
        columns=tuple(words(k) for k in ("claim", "verdict")),
        align="ll",
        widths=(1.2, 6.8),
        rows=tuple((str(i), r[f"message_{words.language}"]) for i, r in shown.iterrows()),
    )


def _marked(message: str, accepted: object, words: Words) -> str:
    """Return the message, with the project's reason where it accepts the finding."""
    return f"{message}{words('accepted_mark', reason=accepted)}" if isinstance(accepted, str) and accepted else message
