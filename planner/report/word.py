"""The report as a Word file in the form of official papers (GB/T 9704-2012): `write_report`, `document`."""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

from ..pipeline import Study
from .blocks import Block, Heading, Paragraph, Picture, Story, Table
from .facts import gather
from .files import still_zip
from .maps import draw
from .story import tell

_FONTS = {  # Chinese font, its Latin companion; named, never embedded
    "title": ("方正小标宋简体", "Times New Roman"),
    "chapter": ("黑体", "Times New Roman"),
    "section": ("楷体_GB2312", "Times New Roman"),
    "body": ("仿宋_GB2312", "Times New Roman"),
    "caption": ("黑体", "Times New Roman"),
    "cell": ("仿宋_GB2312", "Times New Roman"),
}
_LINE_PT = 28
_WIDE_MM = 156
_TWIPS_PER_MM = 1440 / 25.4
_SHORT_TABLE = 5  # rows that are kept on one page; more would leave white pages before pictures
_LONG_CELL = 40  # signs; tables with such cells are high, however few their rows
_KEPT_ROWS = 2  # of a longer table, at its beginning and its end
_SIDES = {"l": "left", "r": "right", "c": "center"}
_RED = RGBColor(0xB0, 0x00, 0x20)


def write_report(study: Study, path: str | Path) -> Path:
    """Write the Word report of a study to `path` and return the path."""
    facts = gather(study)
    Path(path).write_bytes(document(tell(study, facts), draw(study, facts)))
    return Path(path)


def document(story: Story, pictures: Mapping[str, bytes]) -> bytes:
    """Return the report as the bytes of a docx; the same story gives the same bytes."""
    paper = _Paper(story)
    paper.opening()
    for block in story.blocks:
        paper.add(block, pictures)
    held = io.BytesIO()
    paper.document.save(held)
    return still_zip(held.getvalue(), story.date)


class _Paper:
    """A document with official margins, styles, header and footer."""

    def __init__(self, story: Story) -> None:
        self.story = story
        self.document = Document()
        self._page()
        self._styles()
        self._properties()
        self._header()
        self._footer()

    def opening(self) -> None:
        """Write the title, what the paper is, the run and the marks."""
        self._line(self.story.title, "Title")
        self._line(self.story.subtitle, "Subtitle")
        if self.story.sample:
            self._line(self.story.sample, "Mark").runs[0].font.color.rgb = _RED
        self._line(self.story.run, "Origin")

    def add(self, block: Block, pictures: Mapping[str, bytes]) -> None:
        """Write one block."""
        match block:
            case Heading():
                self._line(block.text, f"Heading {block.level}")
            case Paragraph():
                self._line(block.text, "Note" if block.kind == "note" else "Normal")
            case Picture():
                self._picture(block, pictures)
            case Table():
                self._table(block)

    def _page(self) -> None:
        section = self.document.sections[0]
        section.page_width, section.page_height = Mm(210), Mm(297)
        section.top_margin, section.bottom_margin = Mm(37), Mm(35)
        section.left_margin, section.right_margin = Mm(28), Mm(26)
        section.header_distance, section.footer_distance = Mm(20), Mm(25)
        section.different_first_page_header_footer = False
        self.document.settings.odd_and_even_pages_header_footer = True

    def _styles(self) -> None:
        styles = self.document.styles
        _no_theme(styles.element)
        self._style("Normal", "body", 16, indent=2)
        self._style("Title", "title", 22, align="center", before=0, after=0, line=36)
        self._style("Subtitle", "section", 16, align="center", after=10)
        self._style("Heading 1", "chapter", 16, indent=2, keep=True, before=6)
        self._style("Heading 2", "section", 16, indent=2, keep=True)
        self._style("Caption", "caption", 12, align="center", keep=True, before=8, after=2, line=20)
        self._style("Note", "body", 11, indent=2, line=18, before=2)
        self._style("Mark", "chapter", 16, align="center")
        self._style("Origin", "body", 11, align="center", after=10, line=20)
        self._style("Unit", "cell", 10.5, align="right", keep=True, line=16)
        self._style("Cell", "cell", 10.5, line=None, tight=True)
        self._style("After", "cell", 1, line=1, after=6)  # fits below a table that fills its page
        self._style("Figure", "cell", 10.5, align="center", line=None, keep=True)

    def _style(self, name: str, font: str, size: float, **form: Any) -> None:
        """Set one paragraph style, making it where Word has none of the name."""
        from docx.enum.style import WD_STYLE_TYPE

        styles = self.document.styles
        style = styles[name] if name in [s.name for s in styles] else styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
        style.hidden, style.quick_style = False, True
        style.font.size, style.font.bold, style.font.italic = Pt(size), False, False
        style.font.color.rgb = RGBColor(0, 0, 0)
        _set_fonts(style.element, *_FONTS[font])
        _no_borders(style.element)
        _space(style.paragraph_format, size, form)

    def _properties(self) -> None:
        told = self.document.core_properties
        moment = datetime.combine(self.story.date, datetime.min.time())
        told.title, told.subject, told.comments = self.story.title, self.story.subtitle, self.story.run
        told.author = told.last_modified_by = "planner"
        told.keywords = "; ".join(t for t in (self.story.sample, self.story.notice) if t)
        told.language = "zh-CN" if self.story.language == "zh" else "en-US"
        told.created = told.modified = moment
        told.revision = 1

    def _header(self) -> None:
        section = self.document.sections[0]
        for header in (section.header, section.even_page_header):
            line = header.paragraphs[0]
            line.style = self.document.styles["Origin"]
            marks = [self.story.sample, self.story.notice]
            run = line.add_run("　".join(m for m in marks if m))
            if self.story.sample:
                run.font.color.rgb = _RED

    def _footer(self) -> None:
        """Write — 1 — on the outer side, and the run below it."""
        section = self.document.sections[0]
        sides = ((section.footer, WD_ALIGN_PARAGRAPH.RIGHT), (section.even_page_footer, WD_ALIGN_PARAGRAPH.LEFT))
        for footer, side in sides:
            line = footer.paragraphs[0]
            line.style = self.document.styles["Origin"]
            line.alignment = side
            for run in (line.add_run("— "), _field(line.add_run(), "PAGE"), line.add_run(" —")):
                run.font.size = Pt(14)
                run.font.name = "Times New Roman"
            below = footer.add_paragraph(f"{self.story.run}　{self.story.attribution}", style="Origin")
            below.runs[0].font.size = Pt(8)

    def _line(self, text: str, style: str) -> Any:
        return _runs(self.document.add_paragraph(style=style), text)

    def _picture(self, block: Picture, pictures: Mapping[str, bytes]) -> None:
        line = self.document.add_paragraph(style="Figure")
        shape = line.add_run().add_picture(io.BytesIO(pictures[block.key]), width=Mm(_WIDE_MM))
        shape._inline.docPr.set("descr", block.caption)  # noqa: SLF001  python-docx has no call for the alt text
        caption = self._line(block.caption, "Caption")
        caption.paragraph_format.keep_with_next = False

    def _table(self, block: Table) -> None:
        self._line(block.caption, "Caption")
        if block.unit:
            self._line(block.unit, "Unit")
        after = self.document.add_paragraph(style="After")
        after._p.addprevious(_table_xml(block, self.document.styles["Cell"].style_id))  # noqa: SLF001


def _table_xml(block: Table, style: str) -> Any:
    """Return a table as XML: python-docx's own cells take seconds for a long report."""
    widths = [round(_WIDE_MM * w / sum(block.widths) * _TWIPS_PER_MM) for w in block.widths]
    table = _tag("w:tbl")
    form = _tag("w:tblPr", table)
    _tag("w:tblW", form, w=sum(widths), type="dxa")
    _tag("w:jc", form, val="center")
    borders = _tag("w:tblBorders", form)
    for side in ("top", "left", "bottom", "right", "insideH", "insideV"):
        _tag(f"w:{side}", borders, val="single", sz=4, space=0, color="000000")
    _tag("w:tblLayout", form, type="fixed")
    grid = _tag("w:tblGrid", table)
    for width in widths:
        _tag("w:gridCol", grid, w=width)
    high = any(len(text) > _LONG_CELL for row in block.rows for text in row)
    short = len(block.rows) <= _SHORT_TABLE and not high
    _row_xml(table, block.columns, "c" * len(widths), widths, _Row(style=style, head=True, keep=True))
    for i, row in enumerate(block.rows, 1):
        last = i == len(block.rows)
        keep = short or i < _KEPT_ROWS or i > len(block.rows) - _KEPT_ROWS
        _row_xml(table, row, block.align, widths, _Row(style=style, total=block.total and last, keep=keep and not last))
    return table


@dataclass(frozen=True, kw_only=True)
class _Row:
    """How a row looks: a head is repeated on every page, a kept one stays with the next."""

    style: str
    head: bool = False
    total: bool = False
    keep: bool = False


def _row_xml(table: Any, texts: tuple[str, ...], align: str, widths: list[int], look: _Row) -> None:
    row = _tag("w:tr", table)
    form = _tag("w:trPr", row)
    _tag("w:cantSplit", form)
    if look.head:
        _tag("w:tblHeader", form)
    for text, side, width in zip(texts, align, widths, strict=True):
        cell = _tag("w:tc", row)
        cell_form = _tag("w:tcPr", cell)
        _tag("w:tcW", cell_form, w=width, type="dxa")
        if look.head:
            _tag("w:shd", cell_form, val="clear", color="auto", fill="EDEDED")
        _tag("w:vAlign", cell_form, val="center")
        for line in text.split("\n"):
            _cell_line(cell, line, _SIDES[side], look)


def _cell_line(cell: Any, text: str, side: str, look: _Row) -> None:
    line = _tag("w:p", cell)
    form = _tag("w:pPr", line)
    _tag("w:pStyle", form, val=look.style)
    if look.keep:
        _tag("w:keepNext", form)
    _tag("w:jc", form, val=side)
    run = _tag("w:r", line)
    if look.head or look.total:
        _tag("w:b", _tag("w:rPr", run))
    _tag("w:t", run).text = text


def _tag(name: str, parent: Any = None, **attributes: str | int) -> Any:
    """Return an element of Word's XML, put into its parent."""
    made = OxmlElement(name)
    for key, value in attributes.items():
        made.set(qn(f"w:{key}"), str(value))
    if parent is not None:
        parent.append(made)
    return made


def _runs(line: Any, text: str) -> Any:
    """Add a text to a paragraph; a line may end between a percentage and what it counts."""
    line.add_run(text.replace("%（", "%\u200b（"))
    return line


def _space(form: Any, size: float, wish: Mapping[str, Any]) -> None:
    """Set spacing, indent and alignment of a style."""
    line = wish.get("line", _LINE_PT)
    form.line_spacing_rule = WD_LINE_SPACING.EXACTLY if line else WD_LINE_SPACING.MULTIPLE
    form.line_spacing = (
        Pt(line) if line else 1.0 if wish.get("tight") else 1.15
    )  # exact spacing would clip cells and pictures
    form.space_before, form.space_after = Pt(wish.get("before", 0)), Pt(wish.get("after", 0))
    form.first_line_indent = Pt(size * wish.get("indent", 0))
    form.keep_with_next = wish.get("keep", False)
    form.widow_control = True
    sides = {"center": WD_ALIGN_PARAGRAPH.CENTER, "right": WD_ALIGN_PARAGRAPH.RIGHT}
    form.alignment = sides.get(wish.get("align", ""), WD_ALIGN_PARAGRAPH.LEFT)


def _set_fonts(style: Any, chinese: str, latin: str) -> None:
    """Name the Chinese and the Latin font and the language; python-docx sets neither East Asian one."""
    r_pr = style.get_or_add_rPr()
    fonts = r_pr.find(qn("w:rFonts"))
    if fonts is None:
        fonts = OxmlElement("w:rFonts")
        r_pr.insert(0, fonts)
    for name in list(fonts.attrib):
        del fonts.attrib[name]
    for key, font in (("ascii", latin), ("hAnsi", latin), ("cs", latin), ("eastAsia", chinese)):
        fonts.set(qn(f"w:{key}"), font)
    language = r_pr.find(qn("w:lang"))
    if language is None:
        language = OxmlElement("w:lang")
        r_pr.append(language)
    language.set(qn("w:val"), "en-US")
    language.set(qn("w:eastAsia"), "zh-CN")


def _no_theme(styles: Any) -> None:
    """Drop theme fonts, which win over named ones, and set Chinese as the document's language."""
    for fonts in styles.iter(qn("w:rFonts")):
        for name in [n for n in fonts.attrib if n.lower().endswith("theme")]:
            del fonts.attrib[name]
    for language in styles.iter(qn("w:lang")):
        language.set(qn("w:eastAsia"), "zh-CN")


def _no_borders(style: Any) -> None:
    p_pr = style.get_or_add_pPr()
    for border in p_pr.findall(qn("w:pBdr")):
        p_pr.remove(border)


def _field(run: Any, code: str) -> Any:
    for kind, text in (("begin", None), (None, code), ("end", None)):
        part = OxmlElement("w:fldChar" if kind else "w:instrText")
        if kind:
            part.set(qn("w:fldCharType"), kind)
        else:
            part.text = text
        run._r.append(part)  # noqa: SLF001  python-docx has no call for fields
    return run
