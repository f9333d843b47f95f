"""What a workbook has beside its records: totals, notes, a second header, cells that hold two things."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from ..errors import Fault
from .read import excel_rows

_TOTAL = re.compile(r"^(合\s*计|总\s*计|小\s*计|共\s*计|总数|total|sum)[::]?$", re.IGNORECASE)
_NOTE = re.compile(
    r"^(备?注\s*\d*[::.、]|说明|填表|填报|制表|审核|复核|负责人|单位负责人|数据来源|来源[::]|截至|以上|note)",
    re.IGNORECASE,
)
_NOTE_CELLS = 4  # a line of signatures has a few cells filled, a record more
_PAIR = re.compile(r"^[((]?\s*-?\d{1,3}\.\d+\s*[,,;; /]\s*-?\d{1,3}\.\d+\s*[))]?$")
_SEXAGESIMAL = re.compile(
    r"^(?P<before>东经|西经|北纬|南纬|[EWNS])?\s*(?P<degrees>\d{1,3}(?:\.\d+)?)\s*"
    r"(?:[°度]\s*(?:(?P<minutes>\d{1,2}(?:\.\d+)?)\s*(?:['’‘′]|分)\s*"
    r"(?:(?P<seconds>\d{1,2}(?:\.\d+)?)\s*(?:′′|''|\"|”|’’|秒)?)?)?)?\s*(?P<after>[EWNS])?$",
    re.IGNORECASE,
)
_SIGNS = str.maketrans({"º": "°", "˚": "°", "´": "'", "`": "'", "″": '"', "＇": "'"})
_BELOW_0 = ("西经", "南纬", "W", "S", "w", "s")


def without_leftovers(raw: pd.DataFrame, path: Path) -> tuple[pd.DataFrame, list[Fault]]:
    """Return a table of texts without the rows that are no records, and what they are.

    Empty rows, totals, notes, the header once more; the others keep their index, from 0.

    Rows are counted as Excel counts them. A total is a row whose first filled cell is 合计 and the like; a note one of
    few cells that begins with 注, 填表人 and the like.
    """
    cells = raw.to_numpy(dtype=object)
    filled = np.asarray(cells != "", dtype=bool)
    first = np.where(filled.any(axis=1), cells[np.arange(len(cells)), filled.argmax(axis=1)], "")
    total = np.array([bool(_TOTAL.match(text)) for text in first], dtype=bool)
    few = filled.sum(axis=1) <= min(_NOTE_CELLS, max(1, cells.shape[1] // 2))
    note = few & np.array([bool(_NOTE.match(text)) for text in first], dtype=bool)
    again = np.asarray(cells == np.array(list(raw.columns), dtype=object), dtype=bool).sum(axis=1) >= max(
        2, cells.shape[1] // 2
    )
    kinds = {"blank_rows": ~filled.any(axis=1), "total_rows": total, "note_rows": note & ~total, "header_again": again}
    held = {key: np.flatnonzero(mask) for key, mask in kinds.items()}
    faults = [
        Fault(key, {"path": path, "rows": excel_rows(rows), "text": first[rows[0]][:20]})
        for key, rows in held.items()
        if len(rows)
    ]
    return raw[~np.logical_or.reduce(list(kinds.values()))], faults


def header_faults(raw: pd.DataFrame, lacking: Sequence[str], usual: Iterable[str], path: Path) -> Iterator[Fault]:
    """Say where the columns that lack may be: in a second line of the header, or two of them in one cell."""
    if raw.empty:
        return
    words, names = set(raw.iloc[0].astype(str)), {*usual}
    if len(words & names) >= 1 and {"lon", "lat"} & {*lacking}:
        yield Fault("two_line_header", {"path": path, "names": ", ".join(sorted(words & names))})
        return
    if {"lon", "lat"} <= {*lacking}:
        for name in raw.columns:
            texts = raw[name].astype(str).map(lambda text: unicodedata.normalize("NFKC", text))
            given = texts[texts != ""]
            if len(given) and given.str.match(_PAIR).mean() > 0.5:
                yield Fault("one_coordinate", {"path": path, "column": name, "value": given.iloc[0]})
                return


def read_sexagesimal(text: str) -> float | None:
    """Return degrees of 118°47′49″, 东经118度47分49秒, 118°47.82′ or 118.797E; None where it is none of these."""
    found = _SEXAGESIMAL.match(unicodedata.normalize("NFKC", text.translate(_SIGNS)).strip())
    if found is None:
        return None
    degrees, minutes, seconds = (float(found[part] or 0) for part in ("degrees", "minutes", "seconds"))
    sign = -1.0 if {found["before"], found["after"]} & {*_BELOW_0} else 1.0
    return sign * (degrees + minutes / 60.0 + seconds / 3600.0) if minutes < 60 and seconds < 60 else None
