"""Divisions by code and by name, with their dates: what stands, what was abolished or renamed, what became of it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property

import pandas as pd

from .. import presets

_WIDTHS = {2: "province", 4: "city", 6: "county", 9: "town", 12: "community"}


@dataclass(frozen=True, kw_only=True)
class Division:
    """A unit of the administrative division under one name.

    `until` is the day from which code and name no longer hold (None: they stand), `change` why
    (撤销, 更名, 撤县设区 …), `successor` the code that took over (empty: not known).
    """

    code: str
    name: str
    level: str
    since: date | None = None
    until: date | None = None
    change: str = ""
    successor: str = ""
    document: str = ""

    def stands(self, on: date) -> bool:
        """Tell whether the unit bears this name on a day."""
        return (self.since is None or self.since <= on) and (self.until is None or on < self.until)

    @property
    def stem(self) -> str:
        """The code without its zeros at the end: the prefix all units below it share."""
        return stem(self.code)


@dataclass(frozen=True, eq=False)
class Divisions:
    """All divisions known, those of the past among them. Compared and hashed by identity: they are many."""

    all: tuple[Division, ...]

    def on(self, day: date) -> "Divisions":
        """Return the divisions as they stood on a day."""
        return Divisions(tuple(d for d in self.all if d.stands(day)))

    def named(self, name: str, within: str = "") -> tuple[Division, ...]:
        """Return the divisions that bear or bore a name, below a code; those that stand come first."""
        found = (d for d in self._by_name.get(name, ()) if d.stem.startswith(stem(within)))
        return tuple(sorted(found, key=lambda d: (d.until is not None, d.code)))

    def get(self, code: str) -> Division | None:
        """Return the division that bears a code, the standing one where several did."""
        return next(iter(sorted(self.bearing(code), key=lambda d: d.until or date.max, reverse=True)), None)

    def bearing(self, code: str) -> tuple[Division, ...]:
        """Return the divisions that bear or bore a code."""
        return self._by_code.get(code, ())

    def successors(self, code: str) -> tuple[Division, ...]:
        """Return what became of a code, step by step, up to what stands."""
        path: list[Division] = []
        here = self.get(code)
        while here is not None and here.until is not None and here.successor not in ("", *(d.code for d in path)):
            here = self.get(here.successor)
            path += [here] if here else []
        return tuple(path)

    def joined(self, places: pd.DataFrame) -> "Divisions":
        """Return these and the coded places of a project; of one code and name the project's word holds."""
        own = tuple(_of_places(places))
        known = {(d.code, d.name) for d in own}
        return Divisions((*own, *(d for d in self.all if (d.code, d.name) not in known)))

    def of_level(self, *levels: str) -> Iterator[Division]:
        """Yield the divisions of some levels."""
        return (d for d in self.all if d.level in levels)

    @cached_property
    def _by_name(self) -> Mapping[str, tuple[Division, ...]]:
        return _grouped((d.name, d) for d in self.all)

    @cached_property
    def _by_code(self) -> Mapping[str, tuple[Division, ...]]:
        return _grouped((d.code, d) for d in self.all)


def stem(code: str) -> str:
    """Return a code without the zero pairs at its end: 320000 is 32, 320100 is 3201, 320116101 stays."""
    if len(code) != 6:
        return code
    return code[:2] if code.endswith("0000") else code[:4] if code.endswith("00") else code


def level_of(code: str) -> str:
    """Return the level of a division code: province, city, county, town or community."""
    return _WIDTHS.get(len(stem(code)), "community")


@cache
def official_divisions() -> Divisions:
    """Return provinces, cities and counties as of 2025-12-31, and those abolished or renamed since 1995."""
    return Divisions((*_standing(), *_gone()))


def _standing() -> Iterator[Division]:
    for row in presets.rows("divisions"):
        yield Division(code=row["code"], name=row["name"], level=level_of(row["code"]))


def _gone() -> Iterator[Division]:
    for row in presets.rows("division_changes"):
        yield Division(
            code=row["code"],
            name=row["name"],
            level=level_of(row["code"]),
            until=date(int(row["year"]), 12, 31),  # the table knows years; within the year both names are right
            change=row["change"],
            successor=row["successor"],
            document=row["document"],
        )


def _of_places(places: pd.DataFrame) -> Iterator[Division]:
    empty = pd.Series(None, index=places.index, dtype=object)
    since, until = (pd.to_datetime(places.get(c, empty)) for c in ("valid_from", "valid_to"))
    for code, name, level, start, end in zip(places.index, places["name"], places["level"], since, until, strict=True):
        if str(code).isdigit() and isinstance(name, str):
            low = "community" if level == "compound" else level
            yield Division(code=str(code), name=name, level=low, since=_day(start), until=_day(end))


def _day(stamp: pd.Timestamp) -> date | None:
    return None if pd.isna(stamp) else stamp.date()


def _grouped(pairs: Iterable[tuple[str, Division]]) -> Mapping[str, tuple[Division, ...]]:
    groups: dict[str, list[Division]] = {}
    for key, division in pairs:
        groups.setdefault(key, []).append(division)
    return {key: tuple(group) for key, group in groups.items()}
