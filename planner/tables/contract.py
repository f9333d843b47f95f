"""What a table promises: its columns, their units and their rules, and the check that it keeps them."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from ..errors import Fault, TableError

Kind = Literal["text", "number", "count", "date", "flag"]
Shape = Literal["point", "line", "polygon", "any", "none"]


@dataclass(frozen=True)
class Column:
    """One column: name (units at its end), kind, and what a missing value means."""

    name: str
    kind: Kind = "text"
    required: bool = False
    note: str = ""
    choices: tuple[str, ...] = ()
    least: float | None = None
    most: float | None = None


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table's contract. `geometry` is the shape it carries; `bare` says it may come without.

    `numbered` tables may come without ids: a row is then called by its file and its line.
    """

    name: str
    index: tuple[str, ...]
    columns: tuple[Column, ...]
    geometry: Shape = "none"
    bare: bool = False
    numbered: bool = False

    def column(self, name: str) -> Column | None:
        """Return the declared column, or None for one that is not declared."""
        return next((c for c in self.columns if c.name == name), None)

    def check(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return `frame` untouched if it keeps the contract.

        Raises:
            TableError: every missing column, repeated id and broken rule at once.
        """
        faults = [*self._columns(frame), *self._ids(frame), *self._values(frame)]
        if faults:
            raise TableError(*faults)
        return frame

    def empty(self) -> pd.DataFrame:
        """Return the table with no rows."""
        names = pd.MultiIndex.from_tuples([], names=self.index) if len(self.index) > 1 else pd.Index([], dtype=object)
        frame = pd.DataFrame({c.name: pd.Series(dtype=_DTYPES[c.kind]) for c in self.columns}, index=names)
        return frame.rename_axis(list(self.index)) if len(self.index) > 1 else frame.rename_axis(self.index[0])

    def _columns(self, frame: pd.DataFrame) -> Iterable[Fault]:
        wanted = [c.name for c in self.columns if c.required]
        wanted += ["geometry"] if self.geometry != "none" and not self.bare else []
        for name in wanted:
            if name not in frame.columns:
                yield Fault("table_column", {"table": self.name, "column": name, "have": ", ".join(map(str, frame))})

    def _ids(self, frame: pd.DataFrame) -> Iterable[Fault]:
        twice = frame.index[frame.index.duplicated()].unique()
        if len(twice):
            yield Fault("table_ids", {"table": self.name, "ids": three(twice), "n": len(twice)})

    def _values(self, frame: pd.DataFrame) -> Iterable[Fault]:
        for column in self.columns:
            if column.name in frame.columns and len(bad := _broken(column, frame[column.name])):
                ids = three(frame.index[bad])
                yield Fault("table_value", {"table": self.name, "column": column.name, "ids": ids, "n": len(bad)})


_DTYPES = {"text": "object", "number": "float64", "count": "float64", "date": "datetime64[s]", "flag": "bool"}


def three(ids: Iterable[object]) -> str:
    """Return at most three ids, for a message."""
    listed = [str(i) for i in ids]
    return ", ".join(listed[:3]) + (" …" if len(listed) > 3 else "")


def _broken(column: Column, values: pd.Series) -> list[int]:
    """Return the positions that break the column's rule; a number that is not finite breaks any."""
    bad = pd.Series(data=False, index=range(len(values)))
    known = values.notna().to_numpy()
    if column.choices:
        bad |= ~values.isin(column.choices).to_numpy() & known
    if column.kind in ("number", "count"):
        numbers = pd.to_numeric(values, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
        bad |= ~np.isfinite(numbers) & known
        bad |= np.less(numbers, -np.inf if column.least is None else column.least)
    return list(bad.index[bad])
