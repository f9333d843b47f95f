"""How it was done and from what: findings of the checks, method, parameters and inputs."""

from collections.abc import Iterator

from ...compiled import COMPILED
from ...monitoring import judge_claims
from ..blocks import Block, Heading, Paragraph, Table
from ..frames import findings_table
from ..provenance import inputs
from ..secret import without_numbers
from ..style import Words, number
from .scene import ROWS, Scene, layer_name, parameter_name, parameter_value


def checks(scene: Scene) -> Iterator[Block]:
    """Tell what the checks found."""
    counts, words = scene.facts.findings, scene.words
    if counts is None:
        return
    yield Heading(1, words("checks"))
    accepted = scene.facts.accepted
    if not sum(counts.values()) + accepted:
        yield Paragraph(words("no_findings"))
        yield from _claims(scene)
        return
    told = words("findings_text", **{k: words.count(n) for k, n in counts.items()})
    yield Paragraph(told + (words("findings_accepted", n=words.count(accepted)) if accepted else ""))
    table = without_numbers(findings_table(scene.study), scene.study)
    shown = table.sort_values("accepted", key=lambda a: a.notna() & (a != ""), kind="stable").head(ROWS)
    yield Table(
        caption=words("findings_caption", n=shown["n"].sum(), all=table["n"].sum()),
        columns=tuple(words(k) for k in ("code", "severity", "layer", "feature", "message")),
        align="lllll",
        widths=(0.8, 0.7, 1.2, 1.3, 4),
        rows=tuple(
            (
                str(r["code"]), words.name("severity", r["severity"]), layer_name(r["layer"], scene.names, words),
                words.name("feature", r["feature_id"]), _marked(r["message"], r["accepted"], words),
            )
            for _, r in shown.iterrows()
        ),
    )  # fmt: skip
    yield from _claims(scene)


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


def method(scene: Scene) -> Iterator[Block]:
    """Tell how minutes are counted and what the numbers cannot say."""
    if not scene.covered:
        return
    words, limits = scene.words, scene.study.project.limits
    yield Heading(1, words("method"))
    yield Paragraph(words("method_minutes"))
    yield Paragraph(words("method_snap", snap=number(limits.snap_max_m)))
    if len(edits := scene.study.street_edits):
        counts = edits["kind"].value_counts().sort_index()
        told = words.listed([f"{words.name('edit', kind)} {words.count(n)}" for kind, n in counts.items()])
        yield Paragraph(words("method_edits", n=words.count(len(edits)), told=told))
    yield Paragraph(words("method_nominal"))
    yield Paragraph(words("method_limits"))
    if any(s.plan and s.plan.indicative for s in scene.facts.services):
        yield Paragraph(words("indicative"))
    yield Paragraph(words("method_map"))
    if not COMPILED:
        yield Paragraph(words("not_compiled"))


def appendix(scene: Scene) -> Iterator[Block]:
    """List every parameter with its source and every input with its digest."""
    words, parameters = scene.words, scene.study.project.parameters
    yield Heading(1, words("appendix"))
    yield Table(
        caption=words("parameters_caption"),
        columns=tuple(words(k) for k in ("parameter", "value", "source", "confidence")),
        align="lrll",
        widths=(2.6, 1.5, 4.4, 1.1),
        rows=tuple(
            (
                parameter_name(p.key, scene.names, words), parameter_value(p.value, p.unit, words),
                scene.source(p.source), words.name("confidence", p.confidence),
            )
            for p in parameters
        ),
    )  # fmt: skip
    yield Table(
        caption=words("inputs_caption"),
        columns=tuple(words(k) for k in ("layer", "file", "rows", "datum", "sha256")),
        align="llrll",
        widths=(1.6, 2.4, 0.8, 0.9, 1.6),
        rows=tuple(
            (layer_name(i.layer, scene.names, words), i.path, words.count(i.rows), i.crs or "—", i.sha256[:12])
            for i in inputs(scene.study)
        ),
    )
