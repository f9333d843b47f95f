"""Checks of names against each other: the same, the same in sound, almost the same, and one thing under several."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
import shapely

from .. import presets
from ..names import Reading, official_divisions, read, sounds, split_name
from .book import Book, Entry, distance, is_new, spelt
from .finding import Finding, check

RULE = "《地名管理条例》(国务院令第753号)第九条"
NEAR_M = presets.number("registers", "names", "names_alike_m")
APART_M = presets.number("registers", "names", "street_parts_m")
_LINES = {"LineString", "MultiLineString"}
_BUILT = ("street", "compound", "building")
_SERIES = frozenset("一二三四五六七八九十百0123456789东西南北中上下前后左右内外甲乙丙丁大小新老")


@check("PN-13", severity="error", layer="places", rule=RULE)
def same_name(book: Book) -> Iterator[Finding]:
    """Two names of one class that agree inside the scope of the law.

    Towns in a province, communities in a county, streets, compounds and buildings in a built-up area (column
    `built_up` of NAMES, else the county). An error where one of them was given since the ordinance came into force
    (2022-05-01); older pairs are said as info: they are lawful, but nobody can join tables by name there. The same
    name in two counties is fine. One finding a group: `feature_id` is its smallest code, `measure` its size.
    Statistical pseudo-units (虚拟社区, towns numbered from 400) are no place names. Two records of one thing are
    left to PN-17, one name in two scripts to PN-16.
    """
    for scope, group in _groups(book.compared, (e.key for e in book.compared)):
        if len({spelt(e) for e in group}) == 1:
            severity = "error" if any(is_new(e) for e in group) else "info"
            yield _finding(book, group, scope, severity=severity, name=group[0].name)


@check("PN-14", severity="warning", layer="places", rule=RULE)
def homophone(book: Book) -> Iterator[Finding]:
    """Two differently written names that sound the same inside the scope of PN-13.

    Compared without tones; a warning where the tones agree too, else info. Divisions and committees not known to be
    named since the ordinance came into force (2022-05-01) are a fact to live with: info. Readings come from the
    override table of presets (六合 is Lùhé in Nanjing) and, where it is silent, from a library: those
    are marked as automatic in the message and may be wrong. `measure` counts the names.
    """
    compared = book.compared
    for scope, group in _groups(compared, sounds((e.key, e.code) for e in compared)):
        different = list({e.key: e for e in reversed(group)}.values())[::-1]
        if len(different) > 1:
            yield _sounding(book, different, [read(e.key, e.code) for e in different], scope)


@check("PN-15", severity="info", layer="names", rule=RULE)
def nearly_same(book: Book) -> Iterator[Finding]:
    """Two streets, compounds or buildings whose names hardly differ.

    Either they differ by 新, 大, 小, 老 or the city's name before the same specific part (of two and more
    characters; 铜陵 counts those as the same name), or by one character in a specific part of three and more, no
    farther apart than 3 km. Members of a series (新华路, 新华二路; 东, 西) pass. `measure` is the distance in m
    where it is known.
    """
    entries = [e for e in book.compared if e.kind in _BUILT]
    seen: set[tuple[str, str]] = set()
    for pair in (*_same_core(entries), *_one_apart(entries)):
        a, b = sorted(pair, key=lambda e: e.id)
        if (a.id, b.id) not in seen and a.key != b.key:
            seen.add((a.id, b.id))
            values = {"a": a.listed, "b": b.listed, "scope": book.called(str(a.scope))}
            yield Finding(feature_id=a.id, values=values, measure=distance(a, b), geometry=a.geometry)


@check("PN-16", severity="warning", layer="places", rule="《地名管理条例》(国务院令第753号)第十五条")
def many_names(book: Book) -> Iterator[Finding]:
    """One thing under several names, or one name written in several ways.

    Several current names with one `entity_id`; or records of one class in one county whose names differ only in
    script (椏溪, 桠溪). `feature_id` is the smallest id, `measure` the number of ways it is written.
    """
    for _, group in _groups(book.compared, (e.key for e in book.compared)):
        written = {spelt(e): e for e in reversed(group)}
        if len(written) > 1 and len({e.code[:6] for e in group}) == 1:
            yield _several(book, list(written.values())[::-1], "spelt")
    of_one: dict[str, list[Entry]] = {}
    for entry, row in book.gazetteer:
        if "entity_id" in row:
            of_one.setdefault(str(row["entity_id"]), []).append(entry)
    for group in of_one.values():
        if len({e.key for e in group}) > 1:
            yield _several(book, sorted(group, key=lambda e: e.id), "")


@check("PN-17", severity="error", layer="names", rule="地名普查登记规范:一地一名一条")
def recorded_twice(book: Book) -> Iterator[Finding]:
    """One thing recorded twice: the same name and class with one `entity_id`, or within 50 m of each other.

    Pieces of one line to be joined, and stops of one name (the two sides of a street) are said as info. `feature_id`
    is the record that should go, the one with the larger id; `measure` is the distance in m.
    """
    for first, second in book.twins:
        shapes = {e.geometry.geom_type for e in (first, second) if e.geometry is not None}
        variant = "pieces" if shapes and shapes <= _LINES else "stops" if first.kind == "transport" else ""
        yield Finding(
            feature_id=second.id,
            variant=variant,
            severity="info" if variant else None,
            values={"name": second.listed, "other": first.id},
            measure=distance(first, second),
            geometry=second.geometry,
        )


@check("PN-18", severity="info", layer="names", rule="GB 17733-2008")
def street_in_parts(book: Book) -> Iterator[Finding]:
    """A street drawn in parts more than 500 m apart under one name: perhaps two streets, perhaps a gap in the data.

    `measure` is the widest gap between neighbouring parts, in m.
    """
    for entry in book.entries:
        shape = entry.geometry
        if entry.kind == "street" and shape is not None and shape.geom_type == "MultiLineString":
            gap = _widest_gap(shapely.get_parts(shape))
            if gap > APART_M:
                values = {"name": entry.listed, "gap_m": gap}
                yield Finding(feature_id=entry.id, values=values, measure=gap, tolerance=APART_M, geometry=shape)


def _groups(entries: Sequence[Entry], keys: Iterable[str]) -> Iterator[tuple[str, list[Entry]]]:
    """Return the groups of two and more that agree in their key inside one scope and level, in order, ids sorted."""
    whole = [f"{e.layer}\0{e.level}\0{e.scope}\0{key}" for e, key in zip(entries, keys, strict=True)]
    groups: dict[str, list[Entry]] = {}
    for at in np.flatnonzero(pd.Series(whole, dtype=object).duplicated(keep=False)).tolist():
        groups.setdefault(whole[at], []).append(entries[at])
    for _, group in sorted(groups.items()):
        yield str(group[0].scope), sorted(group, key=lambda e: e.id)


def _finding(book: Book, group: Sequence[Entry], scope: str, **more: Any) -> Finding:
    severity, variant = more.pop("severity"), more.pop("variant", "")
    listed = "、".join(e.listed for e in group)
    return Finding(
        feature_id=group[0].id,
        layer=group[0].layer,
        variant=variant,
        severity=severity,
        values={"listed": listed, "n": len(group), "scope": book.called(scope), **more},
        measure=float(len(group)),
        people=book.people(*group),
        geometry=group[0].geometry,
    )


def _sounding(book: Book, group: Sequence[Entry], readings: Sequence[Reading], scope: str) -> Finding:
    equal = len({r.syllables for r in readings}) < len(readings)
    said = " / ".join(dict.fromkeys(" ".join(r.syllables) for r in readings))
    variant = "auto" if any(r.auto for r in readings) else ""
    settled = group[0].kind in ("division", "committee") and not any(map(is_new, group))
    severity = "warning" if equal and not settled else "info"
    return _finding(book, group, scope, severity=severity, variant=variant, sound=said)


def _several(book: Book, group: Sequence[Entry], variant: str) -> Finding:
    listed = "、".join(e.listed for e in group)
    return Finding(
        feature_id=group[0].id,
        layer=group[0].layer,
        variant=variant,
        values={"listed": listed, "n": len(group)},
        measure=float(len(group)),
        people=book.people(*group),
        geometry=group[0].geometry,
    )


def _core(entry: Entry, city: str) -> tuple[str, str]:
    """Return the specific part without 新, 大, 小, 老 and the city's name before it, and the generic."""
    parts = split_name(entry.key, str(entry.kind))
    core = parts.specific
    if city and core.startswith(city) and len(core) - len(city) >= 2:
        core = core[len(city) :]
    return (core[1:] if len(core) > 2 and core[0] in "新大小老" else core), parts.generic


def _same_core(entries: Iterable[Entry]) -> Iterator[tuple[Entry, Entry]]:
    cities = {d.stem: d.name.removesuffix("市") for d in official_divisions().of_level("city") if d.until is None}
    groups: dict[tuple[str, ...], list[Entry]] = {}
    for entry in entries:
        core, generic = _core(entry, cities.get(entry.code[:4], ""))
        if len(core) > 1:
            groups.setdefault((str(entry.kind), str(entry.scope), core, generic), []).append(entry)
    for group in groups.values():
        different = list({e.key: e for e in group}.values())
        yield from (p for p in combinations(different, 2) if not {e.key[0] for e in p} <= {*"新大小老"})


def _one_apart(entries: Iterable[Entry]) -> Iterator[tuple[Entry, Entry]]:
    """Return pairs that differ in one character of a long specific part and stand near each other."""
    groups: dict[tuple[str, ...], list[tuple[Entry, str]]] = {}
    for entry in entries:
        parts = split_name(entry.key, str(entry.kind))
        if len(parts.specific) > 2 and entry.geometry is not None:
            for at, character in enumerate(parts.specific):
                masked = f"{parts.specific[:at]}?{parts.specific[at + 1 :]}"
                key = (str(entry.kind), str(entry.scope), masked, parts.generic)
                groups.setdefault(key, []).append((entry, character))
    for group in (g for g in groups.values() if len(g) > 1):
        for (a, x), (b, y) in combinations(group, 2):
            apart = distance(a, b) if x != y and not {x, y} & _SERIES else None
            if apart is not None and apart < NEAR_M:
                yield a, b


def _widest_gap(parts: Any) -> float:
    """Return the longest link of the shortest chain that joins all parts, in m."""
    from scipy.sparse.csgraph import minimum_spanning_tree

    between = np.array([shapely.distance(part, parts) for part in parts])
    return float(minimum_spanning_tree(between).toarray().max())
