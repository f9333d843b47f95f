"""How it was done and from what: method, parameters and inputs."""

from collections.abc import Iterator

from ...compiled import COMPILED
from ..blocks import Block, Heading, Paragraph, Table
from ..provenance import inputs
from ..style import number
from .scene import Scene, layer_name, parameter_name, parameter_value


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
    yield _inputs(scene)


def materials(scene: Scene) -> Iterator[Block]:
    """List what was read, of a project that is only checked."""
    yield Heading(1, scene.words("materials"))
    yield _inputs(scene)


def _inputs(scene: Scene) -> Table:
    words = scene.words
    return Table(
        caption=words("inputs_caption"),
        columns=tuple(words(k) for k in ("layer", "file", "rows", "datum", "sha256")),
        align="llrll",
        widths=(1.6, 2.4, 0.8, 0.9, 1.6),
        rows=tuple(
            (layer_name(i.layer, scene.names, words), i.path, words.count(i.rows), i.crs or "—", i.sha256[:12])
            for i in inputs(scene.study)
        ),
    )
