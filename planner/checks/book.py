"""All names a project holds, in one list: those of its places and those of its gazetteer, ready to be compared."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import numpy as np
import pandas as pd
from shapely.geometry.base import BaseGeometry

from .. import presets
from ..names import Divisions, Rules, folded, folded_all, kind_of, likely_kind, official_divisions, split_name
from ..tables import NAMES_IN_USE
from .finding import Finding
from .material import Crowd, ancestor, lineage

PLACE_KINDS = {"city": "division", "county": "division", "town": "division", "community": "committee"}
IN_FORCE = pd.Timestamp("2022-05-01")  # older names that agree are a fact to live with, newer ones a fault
PSEUDO = re.compile(r"虚拟(社区|生活区)")
FEW = 3  # that lack one thing are named one by one
ONE_SPOT_M = presets.number("registers", "names", "names_one_spot_m")
_TRANSCRIBED = ("15", "54", "63", "65")
"""Where many names are transcriptions, beside autonomous units: Inner Mongolia, Tibet, Qinghai, Xinjiang."""
_OTHER_LAW = ("71", "81", "82")  # Taiwan, Hong Kong, Macao: the ordinance and the standards of names are not in force
_TOWNS = ("镇", "乡", "街道", "苏木")


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One name: the table it stands in, its class, the division code it is judged by, and how it is compared.

    `kind` is None where the class is unknown; a missing one is guessed from the generic part. `key` is
    `names.plain`; `scope` is the area within which
    the law wants no second one (None: it cannot be known, or the law has none); `since` is when it was given.
    """

    id: str
    layer: str
    name: str
    kind: str | None
    level: str
    code: str
    key: str
    scope: str | None
    since: pd.Timestamp | None
    approved: bool
    excused: bool
    geometry: BaseGeometry | None

    @property
    def transcribed(self) -> bool:
        """Whether it lies where names are taken from Mongolian, Tibetan, Uyghur and other languages."""
        return self.code.startswith(_TRANSCRIBED) or not _autonomous().isdisjoint((self.code[:4], self.code[:6]))

    @property
    def listed(self) -> str:
        """The name with its id, as messages list it."""
        return f"{self.name}({self.id})"


@dataclass(frozen=True)
class Book:
    """The names of PLACES and NAMES, and the rules they are judged by."""

    places: pd.DataFrame | None
    names: pd.DataFrame | None
    rules: Rules
    crowd: Crowd

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        """Every name in use, places first; a row without a name is left out."""
        return (*self._of_places(), *self._of_names())

    @cached_property
    def gazetteer(self) -> tuple[tuple[Entry, dict[str, Any]], ...]:
        """The names in use of NAMES with their rows."""
        entries = (e for e in self.entries if e.layer == "names")
        return tuple(zip(entries, known_cells(self._in_use), strict=True))

    @cached_property
    def twins(self) -> tuple[tuple[Entry, Entry], ...]:
        """The pairs of records of one thing: each later record with the first it repeats."""
        entities = {e.id: str(row["entity_id"]) for e, row in self.gazetteer if "entity_id" in row}
        groups: dict[tuple[str, str], list[Entry]] = {}
        for entry, _ in self.gazetteer:
            groups.setdefault((str(entry.kind), entry.key), []).append(entry)
        return tuple(pair for group in groups.values() if len(group) > 1 for pair in _repeated(group, entities))

    @cached_property
    def compared(self) -> tuple[Entry, ...]:
        """The names that the law wants once, without the second records of one thing."""
        twice = {second.id for _, second in self.twins}
        scoped = (e for e in self.entries if e.scope is not None and not _is_pseudo(e))
        return tuple(e for e in scoped if e.layer == "places" or e.id not in twice)

    @cached_property
    def divisions(self) -> Divisions:
        """The official divisions with the project's own places."""
        return official_divisions() if self.places is None else official_divisions().joined(self.places)

    @cached_property
    def called_after(self) -> frozenset[str]:
        """The specific parts of the names of the project's places: what is called after them needs no other source."""
        return frozenset(split_name(e.key, str(e.kind)).specific for e in self._of_places())

    def people(self, *entries: Entry) -> float | None:
        """Return who lives in the places named; None where nothing is known of them."""
        known = [p for e in entries if (p := self.crowd.of(e.id if e.layer == "places" else e.code)) is not None]
        return sum(known) if known else None

    def called(self, scope: str) -> str:
        """Return a scope as messages name it: with its name where the places or the official table have it."""
        if scope in self._called:
            return f"{self._called[scope]}({scope})"
        found = official_divisions().get(scope.ljust(6, "0")) if scope.isdigit() else None
        return f"{found.name}({scope})" if found else scope

    def _of_places(self) -> Iterator[Entry]:
        if self.places is None:
            return
        frame = pd.DataFrame(self.places.drop(columns="geometry", errors="ignore"))
        frame = frame[frame["name"].notna() & frame["level"].isin(PLACE_KINDS)]
        since = pd.to_datetime(frame.get("valid_from", pd.Series(pd.NaT, index=frame.index)))
        ids, names, levels = frame.index.tolist(), frame["name"].tolist(), frame["level"].tolist()
        keys = folded_all(names)
        for place_id, name, level, key, start in zip(ids, names, levels, keys, since.tolist(), strict=True):
            kind = PLACE_KINDS[level]
            yield Entry(
                id=str(place_id),
                layer="places",
                name=name,
                kind=kind,
                level=level,
                code=str(place_id),
                key=key,
                scope=self._scope(str(place_id), _ruled(kind, key), level),
                since=None if pd.isna(start) else start,
                approved=True,
                excused=self.rules.excused(key, kind, str(place_id)) is not None,
                geometry=None,
            )

    @cached_property
    def _in_use(self) -> pd.DataFrame:
        """The rows of NAMES that have a name, are in use, and lie where the ordinance is in force."""
        if self.names is None:
            return pd.DataFrame()
        frame = self.names[self.names["name"].notna()]
        if "place_id" in frame:
            frame = frame[~frame["place_id"].fillna("").astype(str).str.startswith(_OTHER_LAW)]
        return frame[frame["status"].isin(NAMES_IN_USE) | frame["status"].isna()] if "status" in frame else frame

    def _of_names(self) -> Iterator[Entry]:
        if self.names is None:
            return
        frame = self._in_use
        shapes = frame["geometry"].to_numpy() if "geometry" in frame else [None] * len(frame)
        keys, rows = folded_all(frame["name"]), known_cells(frame)
        for name_id, row, key, shape in zip(frame.index, rows, keys, shapes, strict=True):
            kind, code = _class_of(row, key), str(row.get("place_id", ""))
            level = "town" if kind == "division" and key.endswith(_TOWNS) else str(kind)
            yield Entry(
                id=str(name_id),
                layer="names",
                name=row["name"],
                kind=kind,
                level=level,
                code=code,
                key=key,
                scope=(row.get("built_up") if kind in _BUILT else None) or self._scope(code, _ruled(kind, key), level),
                since=row.get("named", row.get("approved")),
                approved="approval" in row,
                excused="protected" in row or self.rules.excused(key, str(kind), code) is not None,
                geometry=shape if shape is not None and not shape.is_empty else None,
            )

    def _scope(self, code: str, kind: str | None, level: str) -> str | None:
        """Return the area within which the law wants the name once."""
        wanted = self.rules.scope(str(kind))
        if wanted is None or (kind in ("division", "street_office") and level != "town") or not code:
            return None
        if wanted == "province":
            return code[:2] if code.isdigit() else self._above(code, "city")
        if wanted == "town":
            return self._above(code, "town") or (code[:9] if code.isdigit() and len(code) >= 9 else None)
        return self._above(code, "county") or (code[:6] if code.isdigit() and len(code) >= 6 else None)

    def _above(self, code: str, level: str) -> str | None:
        return ancestor(code, level, self._levels, self._parents)

    @cached_property
    def _levels(self) -> dict[str, str]:
        return (
            {}
            if self.places is None
            else dict(zip(map(str, self.places.index.tolist()), self.places["level"].tolist(), strict=True))
        )

    @cached_property
    def _called(self) -> dict[str, Any]:
        """Return the names of the places by their codes."""
        return {} if self.places is None else dict(zip(self._levels, self.places["name"].tolist(), strict=True))

    @cached_property
    def _parents(self) -> dict[str, str]:
        return {} if self.places is None else lineage(self.places)


def with_book(tables: dict[str, Any], rules: Rules) -> dict[str, Any]:
    """Return the tables with the book of their names, where there are any."""
    places, names = tables.get("places"), tables.get("names")
    return (
        tables if places is None and names is None else tables | {"book": Book(places, names, rules, tables["crowd"])}
    )


_BUILT = ("street", "compound", "building")


def _ruled(kind: str | None, key: str) -> str | None:
    """Return the class whose scope holds: the law names towns and townships, not the offices of streets."""
    return "street_office" if kind == "division" and key.endswith("街道") else kind


def _class_of(row: dict[str, Any], key: str) -> str | None:
    """Return the class of a name: the one given, else the one its generic part speaks of."""
    return kind_of(str(row["kind"])) if "kind" in row else likely_kind(key)


def spelt(entry: Entry) -> str:
    """Return a name as it is written: half-width, without spaces, in its own script."""
    return folded(entry.name).replace("民委员会", "委会")


def is_new(entry: Entry) -> bool:
    """Tell whether a name is known to be given since the ordinance came into force."""
    return entry.since is not None and entry.since >= IN_FORCE


def about(book: Book, entry: Entry, **more: Any) -> Finding:
    """Return a finding on one name; `variant`, `severity`, `measure` and `tolerance` are its own, the rest is told."""
    known = {k: more.pop(k) for k in ("variant", "severity", "measure", "tolerance") if k in more}
    return Finding(
        feature_id=entry.id,
        layer=entry.layer,
        values={"name": entry.name, "id": entry.id, **more},
        people=book.people(entry),
        geometry=entry.geometry,
        **known,
    )


def lacking(book: Book, entries: Sequence[Entry], variant: str, *, severity: str | None = None) -> Iterator[Finding]:
    """Yield a finding for each of a few names that lack a thing; of more than three one, of variant `…_many`.

    There `measure` is how many lack it, and no `feature_id` is said.
    """
    if len(entries) <= FEW:
        yield from (about(book, entry, variant=variant, severity=severity) for entry in entries)
        return
    values = {"n": len(entries), "all": len(book.gazetteer), "listed": "、".join(e.listed for e in entries[:FEW])}
    many = "_".join(filter(None, (variant, "many")))
    yield Finding(layer="names", variant=many, severity=severity, values=values, measure=float(len(entries)))


def known_cells(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a table without their geometry, each with the cells that say something."""
    bare = pd.DataFrame(frame.drop(columns="geometry", errors="ignore"))
    rows: list[dict[str, Any]] = [{} for _ in range(len(bare))]
    for name, column in bare.items():
        held = np.flatnonzero(column.notna().to_numpy())
        cells = column.iloc[held].to_numpy(dtype=object).tolist()
        for at, cell in zip(held.tolist(), cells, strict=True):
            rows[at][str(name)] = cell
    return rows


def distance(a: Entry, b: Entry) -> float | None:
    """Return the distance between two names in m; None where one of them has no geometry."""
    return None if a.geometry is None or b.geometry is None else float(a.geometry.distance(b.geometry))


@cache
def _autonomous() -> frozenset[str]:
    """Return the codes, without zeros at their end, of the autonomous prefectures, counties and banners."""
    return frozenset(d.stem for d in official_divisions().of_level("city", "county") if "自治" in d.name)


def _is_pseudo(entry: Entry) -> bool:
    """Tell whether a name is that of a statistical unit, which is no place name."""
    code = entry.code
    if entry.layer != "places":
        return False
    return (len(code) >= 9 and code.isdigit() and int(code[6:9]) >= 400) or bool(PSEUDO.search(entry.key))


def _repeated(group: list[Entry], entities: dict[str, str]) -> Iterator[tuple[Entry, Entry]]:
    """Yield the records of one name and class that repeat an earlier one, each with that one."""
    kept: list[Entry] = []
    for entry in sorted(group, key=lambda e: e.id):
        first = next((k for k in kept if _one_thing(k, entry, entities)), None)
        if first is None:
            kept.append(entry)
        else:
            yield first, entry


def _one_thing(a: Entry, b: Entry, entities: dict[str, str]) -> bool:
    one = a.id in entities and entities[a.id] == entities.get(b.id)
    if not one and not split_name(a.key, a.kind or "*").specific:
        return False  # two 教学楼 of one school
    apart = distance(a, b)
    return spelt(a) == spelt(b) and (one or (apart is not None and apart <= ONE_SPOT_M))
