"""The source plans' own systems, a section each."""

from collections.abc import Iterator

from ..blocks import Block, Heading, Paragraph
from .scene import Scene


def systems(scene: Scene) -> Iterator[Block]:
    """Tell of each system who belongs to whom, what is missing, and how good the answer is."""
    if not scene.facts.systems:
        return
    yield Heading(1, scene.words("systems"))
    yield Paragraph(scene.words("systems_text"))
    for system in scene.facts.systems:
        yield Heading(2, system.name)
        yield from system.blocks
