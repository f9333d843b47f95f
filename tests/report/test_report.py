"""The Word report, its page and the annex say what the facts say."""

import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import docx
import openpyxl
import pytest
from docx.oxml.ns import qn
from docx.shared import Mm

from planner.pipeline import Study
from planner.report import style, write_report
from planner.report.blocks import Table
from planner.report.facts import gather
from planner.report.frames import COLUMNS
from planner.report.maps import draw
from planner.report.story import tell
from planner.report.style import Words


@pytest.fixture(scope="module")
def paper(out: Path) -> docx.document.Document:
    return docx.Document(str(out / "report.docx"))


@pytest.fixture(scope="module")
def page(out: Path) -> str:
    return (out / "report.html").read_text(encoding="utf-8")


def _words(paper: docx.document.Document) -> str:
    cells = [c.text for t in paper.tables for row in t.rows for c in row.cells]
    return "\n".join([p.text.replace("\u200b", "") for p in paper.paragraphs] + cells)


def _quoted(study: Study) -> list[str]:
    """Return every share that the facts hold, as it is written."""
    words, quoted = Words("zh"), []
    for s in gather(study).services:
        unit = words.unit(s.service.weight)
        quoted += [words.share(s.coverage, unit), *(words.share(w.share, unit) for w in s.walks)]
        quoted += [words.share(s.nominal.share, "个")] if s.nominal else []
        quoted += [words.count(s.gaps.uncovered), words.count(s.gaps.in_gaps), words.count(s.gaps.scattered)]
        quoted += [words.share(s.plan.before, unit), words.share(s.plan.after, unit)] if s.plan else []
    return quoted


def test_page_and_paper_quote_every_fact(toy: Study, page: str, paper: docx.document.Document):
    told = _words(paper)
    assert [q for q in _quoted(toy) if q not in page] == []
    assert [q for q in _quoted(toy) if q not in told] == []


def test_page_and_paper_say_the_same(toy: Study, page: str, paper: docx.document.Document):
    story = tell(toy, gather(toy))
    tables = [b for b in story.blocks if isinstance(b, Table)]
    assert len(paper.tables) == len(tables) == page.count("<table>")
    assert [t.rows[0].cells[0].text for t in paper.tables] == [t.columns[0] for t in tables]


def test_every_percentage_says_of_what(page: str):
    text = re.sub(r"<(style|td|th|figure|colgroup)\b.*?</\1>", "", page, flags=re.DOTALL)
    bare = re.findall(r".{12}\d%(?!（[\d,]+/[\d,]+)", text)
    # a change is told from … to …, and the limits of the statuses are not shares of anybody
    assert [b for b in bare if not re.search("覆盖率由|不低于", b)] == []


def test_chinese_fonts_are_named_everywhere(paper: docx.document.Document):
    styles = paper.styles.element
    assert not [a for f in styles.iter(qn("w:rFonts")) for a in f.attrib if a.lower().endswith("theme")]
    assert {lang.get(qn("w:eastAsia")) for lang in styles.iter(qn("w:lang"))} == {"zh-CN"}
    used = {p.style.name for p in paper.paragraphs} | {"Cell"}
    for name in used:
        fonts = paper.styles[name].element.rPr.find(qn("w:rFonts"))
        assert fonts.get(qn("w:eastAsia")), name


def test_form_of_official_papers(paper: docx.document.Document):
    section = paper.sections[0]
    sides = (section.top_margin, section.bottom_margin, section.left_margin, section.right_margin)
    assert [round(side / Mm(1)) for side in sides] == [37, 35, 28, 26]
    assert paper.styles["Normal"].font.size.pt == 16
    assert paper.styles["Title"].font.size.pt == 22
    assert "PAGE" in section.footer._element.xml
    for table in paper.tables:
        assert table.rows[0]._tr.find(f".//{qn('w:tblHeader')}") is not None


def test_two_map_pictures_at_least(page: str, paper: docx.document.Document):
    assert len(paper.inline_shapes) == 4  # two services, one plan with its map and curve
    assert page.count('src="data:image/png;base64,') == 4
    asked = re.findall(r"""(?:src|href)\s*=\s*["']([^"']+)""", page)
    assert not [a for a in asked if not a.startswith(("data:", "#"))]


def test_run_and_date_in_the_properties(out: Path, paper: docx.document.Document):
    assert paper.core_properties.created.isoformat().startswith("2026-01-01")
    with zipfile.ZipFile(out / "report.docx") as held:
        assert {i.date_time for i in held.infolist()} == {(2026, 1, 1, 0, 0, 0)}


def test_chapters_without_content_are_left_out(make: Callable[..., Study], tmp_path: Path):
    write_report(make(until="layers"), tmp_path / "r.docx")
    told = _words(docx.Document(str(tmp_path / "r.docx")))
    assert "数据检查报告" in told  # no coverage was measured
    assert "数据来源" in told
    assert "现状评估" not in told
    assert "选址建议" not in told
    assert "检查发现" not in told  # nothing was checked either


def test_gap_table_adds_up_even_where_small_ones_are_hidden(make: Callable[..., Study]):
    # the lonely two are a gap of their own when gaps may be that small; the table must not name it
    study = make(people_min=1)
    facts = gather(study)
    gaps = facts.services[0].gaps
    assert len(gaps.table) == len(gaps.shown) + int((gaps.table["demand"] < 5).sum())
    tables = [b for b in tell(study, facts).blocks if isinstance(b, Table) and "缺口" in b.caption]
    numbers = [float(row[2].replace(",", "")) for row in tables[0].rows]
    assert sum(numbers[:-1]) == numbers[-1] == 200


def test_annex_has_every_table_filterable(out: Path):
    book = openpyxl.load_workbook(out / "annex.xlsx")
    assert len(book.sheetnames) == 1 + len(COLUMNS) + 3
    for sheet in book:
        assert sheet.freeze_panes == "A2"
        assert sheet.auto_filter.ref.startswith("A1:")
        assert not sheet.merged_cells.ranges
    head = [c.value for c in book["覆盖明细"][1]]
    assert head[:3] == ["区划代码", "名称", "级别"]
    assert "参数" in book.sheetnames


def test_a_name_in_the_annex_is_never_a_formula(out: Path):
    sheet = openpyxl.load_workbook(out / "annex.xlsx")["覆盖明细"]
    cells = [c for row in sheet.iter_rows() for c in row if c.value == "=夏荷社区"]
    assert cells
    assert {c.data_type for c in cells} == {"s"}


def test_one_warning_where_no_font_draws_chinese(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(style, "CJK_FONTS", ("No Such Font",))
    style.chart_font.cache_clear()
    try:
        assert style.chart_font() is None
        assert style.chart_font() is None
        assert len(caplog.records) == 1
        assert "fonts-noto-cjk" in caplog.text
    finally:
        style.chart_font.cache_clear()


def test_typeset_changes_marks_and_not_numbers():
    assert Words("zh").typeset("共 118,625 人(82.97%), 即: 多数; 见 a:b") == "共 118,625 人（82.97%），即：多数；见 a:b"
    assert Words("en").typeset("a, b (c)") == "a, b (c)"


def test_pictures_without_a_chinese_font_are_in_english(toy: Study, monkeypatch: pytest.MonkeyPatch):
    # matplotlib warns of each sign a font lacks, and warnings are errors here
    monkeypatch.setattr(style, "CJK_FONTS", ("No Such Font",))
    style.chart_font.cache_clear()
    try:
        assert draw(toy, gather(toy))
    finally:
        style.chart_font.cache_clear()
