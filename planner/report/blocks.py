"""The building blocks of the report: headings, paragraphs, tables and pictures, before they are Word or a page."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Heading:
    """A chapter (level 1) or a section of it (level 2), numbered as official papers do."""

    level: int
    text: str


@dataclass(frozen=True)
class Paragraph:
    """A paragraph; `kind` is body or note."""

    text: str
    kind: str = "body"


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table as text. `align` has l or r a column; `widths` are shares of the page; `total` marks the last row."""

    caption: str
    unit: str = ""
    columns: tuple[str, ...]
    align: str
    widths: tuple[float, ...]
    rows: tuple[tuple[str, ...], ...]
    total: bool = False


@dataclass(frozen=True)
class Picture:
    """A picture by its name in `Pictures`."""

    key: str
    caption: str


Block = Heading | Paragraph | Table | Picture


@dataclass(frozen=True, kw_only=True)
class Story:
    """The report: what stands on every page, and its blocks in order."""

    language: str
    title: str
    subtitle: str
    sample: str
    notice: str
    run: str
    date: Any
    attribution: str
    blocks: tuple[Block, ...] = field(default=())
