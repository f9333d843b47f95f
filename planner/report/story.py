"""What the report says, before it is a Word file or a page: `tell(study, facts) -> Story`.

Every number comes from `Facts`; both renderings read the same blocks, so they cannot differ.
"""

from collections.abc import Iterator

from ..pipeline import Study
from .blocks import Block, Heading, Picture, Story, Table
from .chapters import CHAPTERS, CHECKED, Scene
from .edits import scenario_mark
from .facts import Facts
from .provenance import planner_version, run_id
from .style import Words


def tell(study: Study, facts: Facts) -> Story:
    """Return the report of a study; chapters that would have nothing to say are left out."""
    about, words = study.project.about, Words(study.project.language)
    scene = Scene(study=study, facts=facts, words=words)
    chapters = CHAPTERS if study.measured else CHECKED
    blocks = (block for chapter in chapters for block in chapter(scene))
    return Story(
        language=about.language,
        title=about.title or about.name,
        subtitle=words("subtitle" if study.measured else "subtitle_checked") + scenario_mark(study, words),
        sample=words("sample") if about.sample else "",
        notice=words("notice"),
        run=words("run", run=run_id(study), version=planner_version(), date=about.date.isoformat()),
        date=about.date,
        attribution=words("attribution", attribution=about.attribution),
        blocks=tuple(_numbered(blocks, words)),
    )


def _numbered(blocks: Iterator[Block], words: Words) -> Iterator[Block]:
    """Number chapters, sections, tables and pictures in the order in which they come."""
    chapter = section = table = picture = 0
    for block in blocks:
        match block:
            case Heading(level=1):
                chapter, section = chapter + 1, 0
                yield Heading(1, words("chapter", n=words.name("numeral", chapter), text=block.text))
            case Heading():
                section += 1
                n = words.name("numeral", section)
                yield Heading(2, words("section", chapter=chapter, n=n, text=block.text))
            case Table():
                table += 1
                yield Table(**vars(block) | {"caption": words("table", n=table, text=block.caption)})
            case Picture():
                picture += 1
                yield Picture(block.key, words("picture", n=picture, text=block.caption))
            case _:
                yield block
