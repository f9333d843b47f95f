"""Files as they are found become frames of text: any format, any of the usual Chinese encodings."""

import codecs
import csv
import hashlib
import re
import warnings
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import geopandas as gpd
import pandas as pd

from ..errors import MissingFileError, TableError
from ..tables import three
from .workbook import fill_merged

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_BREAK = re.compile(r"(?<=[!-~])[\t\r\n]+(?=[!-~])")
VECTOR = (".geojson", ".json", ".gpkg", ".shp", ".fgb")


def read_frame(path: Path, *, sheet: str | None = None) -> pd.DataFrame:
    """Read one file; a GeoDataFrame where it holds geometry, else text columns as they stand.

    Rows keep the file's order, so row `i` is line `i + 2` as Excel counts.

    Raises:
        MissingFileError: no such file.
        TableError: a format that is not read, a broken file, or a file without rows.
    """
    refuse_missing(path)
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise TableError("format", path=path, suffix=path.suffix, known=" ".join(_READERS))
    try:
        frame = reader(path, sheet)
    except TableError:
        raise
    except (csv.Error, ValueError, OSError, RuntimeError, KeyError, SyntaxError, BadZipFile) as error:
        raise unreadable(path, error) from error
    if frame.empty:
        raise TableError("empty_layer", path=path)
    return frame.reset_index(drop=True)


def refuse_missing(path: Path) -> None:
    """Refuse a path where there is no file.

    Raises:
        MissingFileError: nothing is there.
        TableError: a folder is there.
    """
    if path.is_dir():
        raise TableError("is_folder", path=path)
    if not path.is_file():
        raise MissingFileError("missing_file", path=path)


def unreadable(path: Path, error: Exception) -> TableError:
    """Return the error that a file is broken, with the first line of what a library says of it."""
    said = next(iter(str(error).splitlines()), "") or type(error).__name__
    return TableError("unreadable", path=path, detail=f"{type(error).__name__} {said}" if len(said) < 12 else said)


def plain(texts: pd.Series) -> pd.Series:
    """Return texts stripped, without control characters (Unicode Cc); a break between Latin letters is a blank."""
    texts = texts.str.replace(_BREAK, " ", regex=True).str.replace(_CONTROL, "", regex=True)
    return texts.str.strip()


def excel_rows(positions: Iterable[Any]) -> str:
    """Return at most three rows, counted as Excel counts them, and how many there are where there are more."""
    rows = [str(i + 2) for i in positions]
    return ", ".join(rows[:3]) + (f" … ({len(rows)})" if len(rows) > 3 else "")


def sha256(path: Path) -> str:
    """Return the digest of a file's bytes, or of the names and digests of what lies in a folder."""
    if path.is_dir():
        inside = "".join(f"{file.name} {sha256(file)}\n" for file in sorted(path.iterdir()) if file.is_file())
        return hashlib.sha256(inside.encode()).hexdigest()
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def encoding_of(path: Path) -> str:
    """Return utf-8-sig where the bytes are UTF-8, else gb18030, which holds GBK and GB2312."""
    try:
        path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        return "gb18030"
    return "utf-8-sig"


def _csv(path: Path, sheet: str | None) -> pd.DataFrame:
    _refuse_sheet(path, sheet)
    with path.open(encoding=encoding_of(path), newline="") as stream:
        rows = list(csv.reader(stream, delimiter=_delimiter(path)))
    if not rows:
        return pd.DataFrame()
    names, width = _header(rows[0]), len(rows[0])
    long = [str(i + 2) for i, row in enumerate(rows[1:]) if any(cell.strip() for cell in row[width:])]
    if long:
        raise TableError("too_many_fields", path=path, rows=three(long))
    return _tidy(pd.DataFrame([row[:width] + [""] * (width - len(row)) for row in rows[1:]], columns=names, dtype=str))


def _refuse_sheet(path: Path, sheet: str | None) -> None:
    if sheet is not None:
        raise TableError("sheetless", path=path, sheet=sheet, suffix=path.suffix)


def _delimiter(path: Path) -> str:
    """Return what the first line is divided by: comma, semicolon or tab."""
    with path.open(encoding=encoding_of(path)) as stream:
        first = stream.readline()
    return max(",;\t", key=first.count)


def _header(cells: list[str]) -> list[str]:
    """Return names that differ: a repeated or empty one gets its position."""
    names = plain(pd.Series(cells, dtype=object)).tolist()
    return [n if n and n not in names[:i] else f"{n}#{i + 1}" for i, n in enumerate(names)]


def _excel(path: Path, sheet: str | None) -> pd.DataFrame:
    with pd.ExcelFile(path) as book:
        names = [str(name) for name in book.sheet_names]
        if sheet is not None and sheet not in names:
            raise TableError("no_sheet", path=path, sheet=sheet, have=", ".join(names))
        frame = pd.read_excel(book, dtype=str, sheet_name=sheet or 0, keep_default_na=False)
    header = [f"#{i + 1}" if str(name).startswith("Unnamed: ") else str(name) for i, name in enumerate(frame.columns)]
    return fill_merged(_tidy(frame.set_axis(header, axis=1)), path, sheet)


def _vector(path: Path, sheet: str | None) -> pd.DataFrame:
    """Read with GDAL; a shapefile that names no encoding is tried as UTF-8, then as GBK."""
    import pyogrio

    names = [] if sheet is None else [str(name) for name, _ in pyogrio.list_layers(path)]
    if sheet is not None and sheet not in names:
        raise TableError("no_sheet", path=path, sheet=sheet, have=", ".join(names))
    kwargs: dict[str, str] = {} if sheet is None else {"layer": sheet}
    if path.suffix.lower() == ".shp" and not path.with_suffix(".cpg").exists():
        kwargs["encoding"] = _dbf_encoding(path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # GDAL names unclosed rings; "fix" closes them
        return _texts(pyogrio.read_dataframe(path, on_invalid="fix", **kwargs))


def _dbf_encoding(path: Path) -> str:
    """Tell UTF-8 from GBK by the field names and the records; the descriptors between hold raw lengths."""
    raw = path.with_suffix(".dbf").read_bytes()
    start = int.from_bytes(raw[8:10], "little")
    names = [raw[at : at + 11].split(b"\0")[0] for at in range(32, start - 1, 32)]
    try:
        for name in names:  # ten bytes at most, so the last character may be cut in two
            codecs.getincrementaldecoder("utf-8")().decode(name, final=False)
        raw[start:].decode("utf-8")
    except UnicodeDecodeError:
        return "gb18030"
    return "utf-8"


def _parquet(path: Path, sheet: str | None) -> pd.DataFrame:
    import pyarrow.parquet as pq

    _refuse_sheet(path, sheet)
    if b"geo" in (pq.read_schema(path).metadata or {}):
        return _texts(gpd.read_parquet(path).reset_index())
    return _texts(pd.read_parquet(path))


def _texts(frame: pd.DataFrame) -> pd.DataFrame:
    """Turn every column but the geometry into text; missing becomes the empty string."""
    shape = frame.geometry.name if isinstance(frame, gpd.GeoDataFrame) else None
    columns = {str(c).strip(): _text(frame[c]) for c in frame.columns if c != shape}
    if shape is None:
        return pd.DataFrame(columns)
    shapes: pd.DataFrame = gpd.GeoDataFrame(columns, geometry=frame.geometry.to_numpy(), crs=frame.crs)
    return shapes


def _text(values: pd.Series) -> pd.Series:
    if pd.api.types.is_float_dtype(values) and (values.dropna() % 1 == 0).all():
        values = values.astype("Int64")
    return plain(values.astype(object).where(values.notna(), "").astype(str))


def _tidy(frame: pd.DataFrame) -> pd.DataFrame:
    """Strip names and cells, and drop lines that are wholly empty at the end."""
    frame = frame.fillna("").astype(str)
    frame = pd.DataFrame({name: plain(frame.iloc[:, i]) for i, name in enumerate(_header(list(frame.columns)))})
    filled = (frame != "").any(axis=1)
    return frame.loc[: filled[filled].index.max()] if filled.any() else frame.iloc[:0]


_READERS: dict[str, Callable[[Path, str | None], pd.DataFrame]] = {
    ".csv": _csv,
    ".xlsx": _excel,
    ".parquet": _parquet,
    **dict.fromkeys(VECTOR, _vector),
}
