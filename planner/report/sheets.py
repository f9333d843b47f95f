"""The annex: every table as a sheet of one Excel file, filterable, with Chinese headers."""

import io
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from ..pipeline import Study
from .borders import border_tables
from .chapters.scene import layer_name, parameter_name
from .edits import scenario_mark, tell_edits
from .facts import Facts
from .files import still_zip
from .frames import csv_tables
from .located import degrees
from .provenance import inputs, planner_version, run_id
from .style import Words, missing

_HEAD = PatternFill("solid", fgColor="DDEBE9")
_FORMATS: Mapping[str, str] = {
    **dict.fromkeys(("share", "nominal", "band", "portion"), "0.0%"),
    **dict.fromkeys(
        (
            "demand",
            "covered",
            "uncovered",
            "gain",
            "newly",
            "newly_twice",
            "served",
            "cost",
            "cost_per_person",
            *("rent", "staff", "subsidy", "running", "running_total"),
            "people",
            "n_demand",
            "area_m2",
        ),
        "#,##0",
    ),
    **dict.fromkeys(("nearest_min", "actual"), "0.0"),
    **dict.fromkeys(("lon_wgs84", "lat_wgs84", "lon_gcj02", "lat_gcj02"), "0.000000"),
    **dict.fromkeys(("opened", "closed", "last", "due"), "yyyy-mm-dd"),
}
_WORDED = {
    "kind": "edit",
    "level": "level",
    "mode": "mode",
    "reading": "reading",
    "class": "class",
    "weight": "weight",
    "status": "status",
    "cause": "cause",
    "reason": "reason",
    "area": "area",
    "why": "why",
    "verdict": "robust",
    "tenure": "tenure",
    "purpose": "purpose",
}
_LEAST_CHARS, _MOST_CHARS = 8, 70
_LINE_PT = 15
_A4 = 9  # what Excel calls the paper
_LOOKED_AT = 400  # rows that decide the width of a column


@dataclass(frozen=True)
class Sheet:
    """A sheet's name and its table; columns are named as in the contract and shown in the reader's words."""

    name: str
    table: pd.DataFrame


def annex(study: Study, facts: Facts) -> bytes:
    """Return the annex as the bytes of an xlsx; the same study gives the same bytes."""
    words = Words(study.project.language)
    book = Workbook(write_only=True)
    moment = datetime.combine(study.project.about.date, datetime.min.time())
    book.properties.title = study.project.about.title
    book.properties.creator = "planner"
    book.properties.created = book.properties.modified = moment
    book.properties.description = " ".join(_marks(study, words))
    for sheet in _sheets(study, facts, words):
        write_sheet(book, sheet, words, _marks(study, words))
    held = io.BytesIO()
    book.save(held)
    return still_zip(held.getvalue(), study.project.about.date)


def _marks(study: Study, words: Words) -> list[str]:
    return ([words("sample")] if study.project.about.sample else []) + [words("notice")]


def _sheets(study: Study, facts: Facts, words: Words) -> Iterator[Sheet]:
    yield Sheet(words("sheet_about"), _about(study, facts, words))
    told = {name: table for name, table in csv_tables(study, facts).items() if study.measured or len(table)}
    for name, table in told.items():
        shown = table.rename(columns={"gain": "served"}) if name == "sites" else table
        yield Sheet(words(f"sheet_{name}"), _worded(shown, facts, words))
    for name, table in ((n, t) for n, t in border_tables(study).items() if study.measured or len(t)):
        yield Sheet(words(f"sheet_{name}"), _worded(table, facts, words))
    if study.measured or len(study.layers.facilities):
        yield Sheet(words("sheet_facilities"), _worded(_facilities(study, words), facts, words, facility=True))
    if study.project.parameters:
        yield Sheet(words("sheet_parameters"), _parameters(study, facts, words))
    yield Sheet(words("sheet_inputs"), _inputs(study, facts, words))


def _about(study: Study, facts: Facts, words: Words) -> pd.DataFrame:
    """Return what the file is, a line each."""
    about = study.project.about
    lines = [
        *((words("about_mark"), mark) for mark in _marks(study, words)),
        (words("about_title"), about.title + scenario_mark(study, words)),
        *((words("about_scenario"), edit) for edit in tell_edits(study)),
        (words("about_run"), run_id(study)),
        (words("about_version"), planner_version()),
        (words("about_date"), about.date.isoformat()),
        (words("about_crs"), study.project.crs),
        (words("about_streets"), about.attribution),
    ]
    if study.measured:
        lines.append((words("about_share"), words("coverage_text")))
        lines.append((words("about_minutes"), words("method_minutes")))
        lines.append((words("about_sites"), words("indicative")))
    for s in facts.services:
        if s.coverage is not None:
            lines.append((s.service.name, words.share(s.coverage, words.unit(s.service.weight))))
    return pd.DataFrame(lines, columns=["item", "content"])


def _facilities(study: Study, words: Words) -> pd.DataFrame:
    every: gpd.GeoDataFrame = study.layers.facilities.sort_values("service", kind="stable")
    wanted = [
        "service",
        "name",
        "status",
        "place_id",
        "area_m2",
        "beds",
        "capacity",
        "niches",
        "operator",
        "opened",
        "closed",
    ]
    held = [c for c in wanted if c in every and every[c].notna().any()]
    where = degrees(every.geometry).reset_index(drop=True)
    counted = pd.Index([i for s in study.project.services for i in study.facilities(s.id).index])
    table = pd.DataFrame(every[held]).rename_axis("facility_id").reset_index()
    told = [words("yes") if c else words("no") for c in every.index.isin(counted)]
    return pd.concat([table.assign(counts=told), where.round(7)], axis=1)


def _parameters(study: Study, facts: Facts, words: Words) -> pd.DataFrame:
    services = facts.names
    rows = [
        {
            "parameter": parameter_name(p.key, services, words),
            "key": p.key,
            "value": p.value,
            "unit": words.name("unit", p.unit),
            "source": p.source,
            "confidence": words.name("confidence", p.confidence),
        }
        for p in study.project.parameters
    ]
    return pd.DataFrame(rows)


def _inputs(study: Study, facts: Facts, words: Words) -> pd.DataFrame:
    services = facts.names
    rows = [
        {
            "layer": layer_name(i.layer, services, words),
            "file": i.path,
            "rows": i.rows,
            "datum": i.crs,
            "sha256": i.sha256,
        }
        for i in inputs(study)
    ]
    return pd.DataFrame(rows)


def _worded(table: pd.DataFrame, facts: Facts, words: Words, *, facility: bool = False) -> pd.DataFrame:
    """Put the reader's words for codes; ids stay."""
    services = facts.names
    shown = table.copy()
    for column in ("service", "system"):
        if column in shown:
            shown[column] = shown[column].map(lambda s: services.get(s, s))
    for column, kind in _WORDED.items():
        if column in shown:
            words_of = "facility" if facility and column == "status" else kind
            shown[column] = [words.name(words_of, v) for v in shown[column]]
    for column in [*map(str, shown)]:
        if shown[column].map(lambda v: isinstance(v, bool | np.bool_)).any():
            shown[column] = ["" if missing(v) else words("yes") if v else words("no") for v in shown[column]]
    if "severity" in shown:
        shown["severity"] = [words.name("severity", v) for v in shown["severity"]]
    return shown


def write_sheet(book: Workbook, sheet: Sheet, words: Words, marks: list[str]) -> None:
    """Write one sheet: titles in the reader's words, a filter, widths that fit, and a printed page in landscape."""
    page = book.create_sheet(sheet.name)
    table = sheet.table
    titles = [words.name("column", c) for c in table.columns]
    texts = [_cells(table[c]) for c in table.columns]
    for i, (title, column) in enumerate(zip(titles, texts, strict=True), 1):
        page.column_dimensions[get_column_letter(i)].width = _width(title, column)
    page.freeze_panes = "A2"
    page.auto_filter.ref = f"A1:{get_column_letter(len(titles))}{len(table) + 1}"
    page.print_title_rows = "1:1"
    page.page_setup.orientation, page.page_setup.paperSize = "landscape", _A4
    page.page_setup.fitToWidth, page.page_setup.fitToHeight = 1, 0
    page.sheet_properties.pageSetUpPr.fitToPage = True
    page.oddHeader.center.text, page.oddFooter.center.text = "  ".join(marks), "&P / &N"
    page.append([_title(page, t) for t in titles])
    formats = [_FORMATS.get(str(c)) for c in table.columns]
    for i, row in enumerate(zip(*texts, strict=True), 2):
        lines = max(_lines(v) for v in row)
        if lines > 1:
            page.row_dimensions[i].height = _LINE_PT * lines + 2
        page.append([_cell(page, v, f) for v, f in zip(row, formats, strict=True)])


def _lines(value: Any) -> int:
    """Return how many lines a text takes in the widest column."""
    return -(-_chars(value) // (_MOST_CHARS - 2)) if isinstance(value, str) and len(value) > _MOST_CHARS / 2 - 2 else 1


def _cells(column: pd.Series) -> list[Any]:
    """Return plain Python values, None for what is missing."""
    if pd.api.types.is_datetime64_any_dtype(column):
        return [None if pd.isna(v) else v.to_pydatetime() for v in column]
    values = column.astype(object).where(column.notna(), None)
    return [_number(v) for v in values]


def _number(value: Any) -> Any:
    value = value.item() if hasattr(value, "item") else value
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _cell(page: Any, value: Any, form: str | None) -> Any:
    if isinstance(value, str) and value[:1] in "=+-@":  # a name is never a formula
        cell = WriteOnlyCell(page)
        cell.value = value
        cell.data_type = "s"
        return cell
    if _lines(value) > 1:
        cell = WriteOnlyCell(page, value=value)
        cell.alignment = Alignment(wrap_text=True, vertical="top")
        return cell
    if form is None or value is None:
        return value
    cell = WriteOnlyCell(page, value=value)
    cell.number_format = form
    return cell


def _title(page: Any, text: str) -> Any:
    cell = WriteOnlyCell(page, value=text)
    cell.font, cell.fill = Font(bold=True), _HEAD
    cell.alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)
    return cell


def _width(title: str, values: list[Any]) -> float:
    """Return a width in characters; Chinese ones count two."""
    longest = max([_chars(title) + 3, *(_chars(_shown(v)) for v in values[:_LOOKED_AT])])
    return float(min(max(longest + 2, _LEAST_CHARS), _MOST_CHARS))


def _shown(value: Any) -> str:
    if isinstance(value, datetime):
        return "2026-01-01"
    return f"{value:,.7g}" if isinstance(value, float) else "" if value is None else str(value)


def _chars(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)
