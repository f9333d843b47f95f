"""The work on borders: when lines are inspected, what is patrolled and digitised, which stakes are old."""

from collections.abc import Iterator
from typing import Any

import pandas as pd

from ..blocks import Block, Heading, Paragraph, Table
from ..borders import border_tables
from .scene import Scene

_LINES = 30  # of a table of lines in the report; the annex has all


def border_work(scene: Scene) -> Iterator[Block]:
    """Tell the joint inspections, those overdue first, and how far patrol, drawing and stakes are, where it is known.

    None of it tells where a line or a stake is.
    """
    tables = {name: table for name, table in border_tables(scene.study).items() if len(table)}
    if "inspection_roster" not in tables:
        return
    words, roster = scene.words, tables["inspection_roster"]
    yield Heading(1, words("border_work"))
    counts = roster["status"].value_counts()
    told = {status: words.count(counts.get(status, 0)) for status in ("overdue", "due", "scheduled")}
    yield Paragraph(words("border_work_text", n=words.count(len(roster)), **told))
    yield _lines(scene, roster, "inspection_roster")
    for name, by, rising in (("patrolled", "portion", True), ("replacement", "to_replace", False)):
        if name in tables:
            yield _lines(scene, tables[name].sort_values(by, ascending=rising, kind="stable"), name)
    yield _drawn(scene, tables["digitised"])


def _lines(scene: Scene, table: pd.DataFrame, name: str) -> Table:
    """Return the first lines of a table of the annex, under the same headings."""
    words, shown = scene.words, table.head(_LINES)
    called = next((c for c in ("name", "units") if c in table and table[c].notna().any()), None)
    columns = [*([called] if called else ()), *_SHOWN[name]]
    key = "border_caption" if len(shown) == len(table) else "border_caption_part"
    return Table(
        caption=words(key, title=words(f"sheet_{name}"), n=len(shown), all=len(table)),
        columns=(words.name("column", "line_id"), *(words.name("column", c) for c in columns)),
        align="l" + "".join("r" if c in _NUMBERS else "l" for c in columns),
        widths=(1.6, *(1.8 if c == called else 1.3 if c in ("last", "due") else 1.0 for c in columns)),
        rows=tuple(
            (str(r["line_id"]), *(_cell(scene, c, r[c]) for c in columns)) for _, r in shown.iterrows()
        ),
    )  # fmt: skip


def _drawn(scene: Scene, table: pd.DataFrame) -> Table:
    words = scene.words
    return Table(
        caption=words("sheet_digitised"),
        columns=tuple(words.name("column", c) for c in ("digitised", "km", "portion")),
        align="lrr",
        widths=(2, 1, 1),
        rows=tuple(
            (r["digitised"], _cell(scene, "km", r["km"]), words.percent(r["portion"])) for _, r in table.iterrows()
        ),
    )


_SHOWN = {
    "inspection_roster": ("length_km", "last", "due", "status", "year"),
    "patrolled": ("length_m", "portion"),
    "replacement": ("stakes", "new", "to_replace", "cost"),
}
_NUMBERS = ("length_km", "year", "length_m", "portion", "stakes", "new", "to_replace", "cost")


def _cell(scene: Scene, column: str, value: Any) -> str:
    """Return one value as the report prints it; a dash where it is not known."""
    words = scene.words
    match value:
        case _ if pd.isna(value):
            return "—"
        case pd.Timestamp():
            return value.date().isoformat()
        case float() if column == "portion":
            return words.percent(value)
        case float() if column in ("length_km", "km"):
            return f"{value:,.2f}"
        case int() | float():
            return str(value) if column == "year" else words.count(value)
    return words.name("status", value) if column == "status" else str(value)
