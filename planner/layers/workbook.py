"""What a sheet of Excel says without writing it into cells: a value merged down several rows stands in the first."""

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pandas as pd

_ANY_MERGED = re.compile(rb"<mergeCell[ /]")
MERGED = "merged"  # attrs of a frame: column -> positions of the rows below the first of each merged block


def fill_merged(frame: pd.DataFrame, path: Path, sheet: str | None) -> pd.DataFrame:
    """Return a frame of texts with the value of cells merged down a column in every row of theirs.

    Row `i` of the frame is row `i + 2` of the sheet. `attrs["merged"]` holds the filled rows by column. Cells merged
    across columns, and those of the header, stay as they are.
    """
    cells, filled = frame.to_numpy(dtype=object, copy=True), dict[str, list[int]]()
    for column, first, last in _merged_down(path, sheet):
        if column < frame.shape[1] and first < len(frame) and cells[first, column] != "":
            rows = range(first + 1, min(last + 1, len(frame)))
            cells[rows, column] = cells[first, column]
            filled.setdefault(str(frame.columns[column]), []).extend(rows)
    whole = pd.DataFrame(cells, columns=frame.columns, index=frame.index) if filled else frame
    whole.attrs[MERGED] = {name: sorted(rows) for name, rows in filled.items()}
    return whole


def _merged_down(path: Path, sheet: str | None) -> Iterator[tuple[int, int, int]]:
    """Yield column, first and last row (from 0, below the header) of each block merged down one column."""
    with zipfile.ZipFile(path) as parts:
        sheets = [name for name in parts.namelist() if name.startswith("xl/worksheets/")]
        if not any(_ANY_MERGED.search(parts.read(name)) for name in sheets):
            return  # most have none, and openpyxl reads the whole sheet to tell
    book = openpyxl.load_workbook(path)
    for block in (book[sheet] if sheet else book.worksheets[0]).merged_cells.ranges:
        if block.min_col == block.max_col and block.min_row > 1:
            yield block.min_col - 1, block.min_row - 2, block.max_row - 2
