"""The findings a project accepts: entries of [[accept]], and the rows of the csv that [accept] file names."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..errors import Fault, TableError
from ..layers.cells import read_date
from ..layers.read import read_frame

_COLUMNS = ("code", "reason", "date")


def with_file(given: Any, base: Path) -> Any:
    """Return the entries of `accept`, an entry that names a `file` replaced by the rows of it.

    The csv has the columns code, feature_id (empty: the whole code), reason and date. Entries that are not
    readable are left as they are, for the project's own faults name them.

    Raises:
        MissingFileError, TableError: the file is not there, lacks a column, or has a row without code, reason or date.
    """
    entries = [given] if isinstance(given, Mapping) else given
    if not isinstance(entries, list):
        return entries
    return [row for entry in entries for row in _rows(entry, base)]


def _rows(entry: Any, base: Path) -> list[Any]:
    if not isinstance(entry, Mapping) or set(entry) != {"file"} or not isinstance(entry["file"], str):
        return [entry]
    path = base / entry["file"]
    frame = read_frame(path)
    have = ", ".join(map(str, frame))
    lacking = [c for c in _COLUMNS if c not in frame]
    if lacking:
        raise TableError(*(Fault("missing_column", {"path": path, "column": c, "have": have}) for c in lacking))
    rows = [{k: v.strip() for k, v in row.items()} for row in frame.astype(str).to_dict("records")]
    dated = [read_date(row["date"]) for row in rows]
    bad = [str(i) for i, (row, day) in enumerate(zip(rows, dated, strict=True), 2) if not _whole(row) or day is None]
    if bad:
        raise TableError("accept_rows", path=path, rows=", ".join(bad[:3]) + (" …" if len(bad) > 3 else ""))
    return [
        {"code": row["code"], "feature_id": row.get("feature_id") or None, "reason": row["reason"], "date": day}
        for row, day in zip(rows, dated, strict=True)
    ]


def _whole(row: Mapping[Any, str]) -> bool:
    return bool(row["code"]) and len(row["reason"]) >= 2
