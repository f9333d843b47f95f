"""What people type into a cell becomes a number, a date or a choice; what had to be assumed for it is kept.

Unmistakable are a number with the unit of its column (20张, 1.2万人, 1:10000), a month or a year for a day (2019年5月),
degrees with minutes and seconds, and the signs of an empty cell (—, 不详). The rest stays unread, for a person to mend.
"""

import calendar
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from .. import presets
from ..tables import YES_NO, Column
from .leftovers import read_sexagesimal

DEGREES = ("lon", "lat", "card_lon", "card_lat")
PLACED = ("lon", "lat", "x", "y")
_EXCEL_DAY_0 = date(1899, 12, 30)
_PLAIN = r"[+-]?(?:\d{1,3}(?:,\d{3})+(?:\.\d*)?|\d+\.?\d*|\.\d+)"
_NUMBER = re.compile(rf"^{_PLAIN}([Ee][+-]?\d+)?$", re.ASCII)
_MEASURE = re.compile(rf"^(?P<ratio>1[:∶/])?(?P<number>{_PLAIN})(?P<wan>万)?(?P<unit>[^\d万]\S*)?$", re.ASCII)
_DAY = re.compile(r"^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})[日号]?(?:[ T].*)?$", re.ASCII)
_DIGITS = re.compile(r"^((?:19|20)\d\d)(\d\d)(\d\d)$", re.ASCII)
_MONTH = re.compile(r"^(\d{4})(?:年|[-/]|\.(?!1$))(\d{1,2})月?$", re.ASCII)  # 2019.1 may be what Excel left of 2019.10
_YEAR = re.compile(r"^((?:19|20)\d\d)年?$", re.ASCII)
_UNITLESS: Mapping[str, float] = {}


@dataclass(frozen=True, kw_only=True)
class Cells:
    """The values of a column, which cells could not be read, and what was assumed of which (unit, month, year …)."""

    read: "pd.Series[Any]"
    bad: "pd.Series[bool]"
    assumed: "pd.Series[str]"


def read_cells(column: Column, texts: "pd.Series[str]") -> Cells:
    """Return a declared column of texts as its kind says; the empty text is missing."""
    values = texts.map(_exact(column))
    left = (texts != "") & values.isna()
    found = {text: _assume(column, text) for text in texts[left].unique()}
    assumed = pd.Series("", index=texts.index, dtype=object)
    if found:
        assumed = pd.Series([found[t][1] if t in found else "" for t in texts], texts.index, dtype=object)
        values = pd.Series([found[t][0] if t in found else v for t, v in zip(texts, values, strict=True)], texts.index)
    bad = left & (assumed == "")
    if _is_number(column):
        values = values.astype(float)
        bad |= (values < column.least) if column.least is not None else False
        bad |= (values > column.most) if column.most is not None else False
    elif column.kind == "date":
        values = pd.Series(pd.to_datetime(values), index=texts.index)
    return Cells(read=values, bad=bad, assumed=assumed.mask(bad, ""))


def read_number(text: str, units: Mapping[str, float] = _UNITLESS) -> float:
    """Return a number typed by people: full-width digits, commas between thousands; NaN where it is none.

    `units` are the words that may follow it, each with what it multiplies by; "1:" among them allows a scale.
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    if _NUMBER.match(plain):
        number = float(plain.replace(",", ""))
        return number if np.isfinite(number) else float("nan")
    found = _MEASURE.match(re.sub(r"\s+", "", plain)) if units else None
    word = found["unit"] or "" if found else ""
    if found is None or (word and word not in units) or (found["ratio"] and "1:" not in units):
        return float("nan")
    return float(found["number"].replace(",", "")) * (10_000 if found["wan"] else 1) * units.get(word, 1.0)


def read_date(text: str) -> date | None:
    """Return 2020-1-5, 2020/01/05, 2020年1月5日, 20200105, 2020-01-05 00:00:00 or an Excel day number as a date."""
    plain = unicodedata.normalize("NFKC", text).strip()
    if found := _DAY.match(plain) or _DIGITS.match(plain):
        return _date(*(int(part) for part in found.groups()))
    serial = read_number(plain)
    return _EXCEL_DAY_0 + timedelta(days=int(serial)) if 20000 < serial < 80000 else None


def _is_number(column: Column) -> bool:
    return column.name in PLACED or column.kind in ("number", "count")


def _exact(column: Column) -> Callable[[str], Any]:
    """Return the reader of cells that need no assumption."""
    if _is_number(column):
        return read_number
    if column.kind == "date":
        return read_date
    return lambda text: _choice(column, text)


def _choice(column: Column, text: str) -> str | None:
    """Return one of the column's choices, under any name people give it; of yes and no also a count (2张)."""
    found = _meanings(column).get("".join(unicodedata.normalize("NFKC", text).split()))
    if found is not None or column.choices != YES_NO:
        return found
    n = read_number(text, presets.load("columns")["units"].get(column.name, _UNITLESS))
    return None if np.isnan(n) else "yes" if n > 0 else "no"


def _assume(column: Column, text: str) -> tuple[Any, str]:
    """Return the value of a cell that is not as it should be, and what was assumed for it; "" where it stays unread."""
    value: Any = None
    how = ""
    if column.kind == "date":
        value, how = _part_of_a_year(text, last=column.name in presets.load("columns")["ends"]["columns"])
    elif column.name in DEGREES:
        value, how = read_sexagesimal(text), "degrees"
    elif _is_number(column):
        number = read_number(text, presets.load("columns")["units"].get(column.name, _UNITLESS))
        value, how = (None if np.isnan(number) else number), "unit"
    if value is not None:
        return value, how
    return None, "blank" if _blank(column, text) else ""


def _part_of_a_year(text: str, *, last: bool) -> tuple[date | None, str]:
    """Return the first day of a month or a year; its `last` where the column says when something ends."""
    plain = "".join(unicodedata.normalize("NFKC", text).split())
    if found := _MONTH.match(plain):
        how, year, month = "month", int(found[1]), int(found[2])
    elif found := _YEAR.match(plain):
        how, year, month = "year", int(found[1]), 12 if last else 1
    else:
        return None, ""
    if _date(year, month, 1) is None:
        return None, ""
    return date(year, month, calendar.monthrange(year, month)[1] if last else 1), how


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


@cache
def _meanings(column: Column) -> Mapping[str, str]:
    known: Mapping[str, list[str]] = presets.load("columns")["values"].get(column.name, {})
    names = {alias: ours for ours, aliases in known.items() if ours in column.choices for alias in aliases}
    said = {ours: ours for ours in column.choices} | names
    return {"".join(unicodedata.normalize("NFKC", name).split()): ours for name, ours in said.items()}


def _blank(column: Column, text: str) -> bool:
    """Return whether a cell says that it is empty; of a number 无 may mean 0, so it does not."""
    words = presets.load("columns")["blanks"]
    counted = column.kind in ("number", "count") and column.name not in PLACED
    return text in words["any"] or (text in words["none"] and not counted)
