"""Checks of the register of names: where they lie, their class, their papers, what is protected, what is obsolete."""

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from .. import presets
from ..layers.crs import transformer
from ..names import Division, official_divisions, plain, split_name
from .book import Book, Entry, about, is_new, lacking
from .finding import Finding, check
from .wording import clash

ORDINANCE = "《地名管理条例》(国务院令第753号)"
OUTSIDE_M = presets.number("registers", "names", "names_outside_m")
ROUGH = 3  # decimals of a degree, some 100 m: fewer than four say only roughly where a thing is


@check("PN-19", severity="info", layer="names", rule=ORDINANCE + "第九条第九项")
def famous(book: Book) -> Iterator[Finding]:
    """A division named after a famous mountain, river or monument since the ordinance came into force (2022-05-01).

    Older ones (黄山市, 太湖县) stand. The words are list `famous` of presets/name_words.csv.
    """
    for entry in book.entries:
        if entry.kind == "division" and is_new(entry) and not entry.excused:
            specific = split_name(entry.key, "division").specific
            if word := book.rules.found("famous", specific, "division", entry.code):
                yield about(book, entry, word=word.word)


@check("PN-20", severity="info", layer="names", rule=ORDINANCE + "第九条第十项")
def derived(book: Book) -> Iterator[Finding]:
    """A station, bridge or other thing that is not called what the place it is named after is called.

    Judged where NAMES gives `named_after`: the id of another name, or a name. The specific part of that name must
    be in this one.
    """
    current = {e.id: e.key for e in book.entries}
    for entry, row in book.gazetteer:
        if "named_after" in row:
            source = current.get(str(row["named_after"]), plain(str(row["named_after"])))
            specific = split_name(source).specific or source
            if specific not in entry.key and source not in entry.key:
                yield about(book, entry, source=source)


@check("PN-23", severity="error", layer="names", rule="地名普查登记表:坐标;GB/T 17796-2009")
def misplaced(book: Book, names: gpd.GeoDataFrame, shapes: gpd.GeoDataFrame | None = None) -> Iterator[Finding]:
    """A name outside the unit it is registered in (error), without a place though others have one, or roughly placed.

    Outside counts from 50 m on: `measure` is the distance in m. Names without any geometry in the whole table are a
    list, and fine. Roughly placed (warning) is a point whose longitude and latitude both have fewer than four decimals.
    More than three names without a place are one warning: `measure` is their number.
    """
    if "geometry" not in names or names["geometry"].isna().all():
        return
    rough = _rough(names)
    units = {} if shapes is None else dict(zip(shapes.index, shapes.geometry, strict=True))
    yield from lacking(book, [e for e, _ in book.gazetteer if e.geometry is None], "missing", severity="warning")
    for entry in (e for e, _ in book.gazetteer if e.geometry is not None):
        unit = units.get(entry.code)
        distance = 0.0 if unit is None else float(unit.distance(entry.geometry))
        if distance > OUTSIDE_M:
            yield about(
                book, entry, measure=distance, tolerance=OUTSIDE_M, unit=book.called(entry.code), distance_m=distance
            )
        elif entry.id in rough:
            yield about(book, entry, variant="rough", severity="warning")


@check("PN-24", severity="error", layer="names", rule="GB/T 18521-2001;第二次全国地名普查地名分类")
def category(book: Book) -> Iterator[Finding]:
    """A class that is none of the census's, or that the generic part contradicts (某某河 as a building).

    Which generics contradict which class stands in presets/name_clashes.csv; streets called after bridges, ponds and
    gates (豆菜桥, 钓鱼台) are right.
    """
    for entry, row in book.gazetteer:
        if "kind" not in row:
            continue
        if entry.kind is None:
            yield about(book, entry, variant="unknown", given=str(row["kind"]))
        elif generic := clash(entry):
            yield about(book, entry, given=str(row["kind"]), generic=generic)


@check("PN-26", severity="error", layer="names", rule=ORDINANCE + "第五条;《地名管理条例实施办法》地名保护名录")
def protected(book: Book) -> Iterator[Finding]:
    """A protected name (column `protected`, or the project's list) that somebody proposes to change.

    Protection comes first: no other check suspects such a name.
    """
    for entry, row in book.gazetteer:
        word = book.rules.found("protected", entry.key, str(entry.kind), entry.code)
        proposed = "proposed" in row and plain(str(row["proposed"])) != entry.key
        if ("protected" in row or word) and (proposed or row.get("status") == "to_rename"):
            yield about(book, entry, reason=str(row.get("protected", word.word if word else "")))


@check("PN-30", severity="info", layer="names", rule=ORDINANCE + "第十二条至第十八条")
def papers(book: Book) -> Iterator[Finding]:
    """A name given since 2022-05-01 without the number or the day of its approval (info).

    An approval older than its application is an error. More than three names that lack one thing are one finding:
    `measure` is their number.
    """
    lack: dict[str, list[Entry]] = {"": [], "date": []}
    for entry, row in book.gazetteer:
        if "approved" in row and "applied" in row and row["approved"] < row["applied"]:
            days = {"approved": f"{row['approved']:%Y-%m-%d}", "applied": f"{row['applied']:%Y-%m-%d}"}
            yield about(book, entry, variant="before", severity="error", **days)
        elif is_new(entry) and not {"approval", "approved"} <= row.keys():
            lack["date" if "approval" in row else ""].append(entry)
    for variant, entries in lack.items():
        yield from lacking(book, entries, variant)


@check("PN-25", severity="warning", layer="names", rule=ORDINANCE + "第十八条;GB/T 2260")
def obsolete(book: Book, facilities: pd.DataFrame | None = None, on: pd.Timestamp | None = None) -> Iterator[Finding]:
    """A division that was abolished or renamed, in the address of a facility (港闸区: warning) or inside a name (info).

    The table of divisions abolished since 1995 stands in presets; a name counts only below the province it lay in,
    and not where a unit of that name still stands in the same city on the project's day. Units of PLACES with
    `valid_to` count too. Names of NAMES that are in use under a former name of the table (`former`)
    are found in addresses as well.
    """
    gone = _gone(book, date.max if on is None else on.date())
    for entry in book.entries:
        for division in _in(entry.key, entry.code, gone):
            if not (entry.layer == "places" and entry.key == plain(division.name)):
                yield about(book, entry, variant="inside", severity="info", **_told(division))
                break
    if facilities is None or "address" not in facilities:
        return
    former = _former(book)
    for facility_id, row in facilities[facilities["address"].notna()].iterrows():
        yield from _addressed(book, str(facility_id), row, gone, former)


def _addressed(
    book: Book, facility_id: str, row: "pd.Series[Any]", gone: dict[str, list[Division]], former: dict[str, Entry]
) -> Iterator[Finding]:
    address, code = plain(str(row["address"])), str(row.get("place_id") or "")
    known = {"name": row["name"], "id": facility_id}
    place: dict[str, Any] = {"feature_id": facility_id, "layer": "facilities", "geometry": row.get("geometry")}
    divisions = [d for d in _in(address, code, gone) if _meant(address, d)]
    if divisions:
        yield Finding(values=known | _told(divisions[0]), people=book.crowd.of(code) if code else None, **place)
        return
    old = next((n for n in former if n in address and former[n].key not in address), None)
    if old:
        yield Finding(variant="former", values=known | {"old": old, "now": former[old].name}, **place)


def _meant(address: str, division: Division) -> bool:
    """Tell whether an address means the abolished unit: its name stands at the front, or after a city or a province."""
    at = address.find(plain(division.name))
    return at == 0 or address[at - 1] in "省市州盟"


def _gone(book: Book, on: date) -> dict[str, list[Division]]:
    """Return the divisions that are past on a day by name, without those whose name stands in the same city then."""
    past = [d for d in book.divisions.all if d.until is not None and d.until <= on]
    standing = {(d.code[:4], d.name) for d in book.divisions.all if d.until is None or d.until > on}
    gone: dict[str, list[Division]] = {}
    for division in past:
        if len(division.name) > 2 and (division.code[:4], division.name) not in standing:
            gone.setdefault(plain(division.name), []).append(division)
    return gone


def _in(text: str, code: str, gone: dict[str, list[Division]]) -> Iterator[Division]:
    """Yield the divisions of the past named in a text, which lay in the city of `code`.

    Where there is none, those at the front whose name no division bears today.
    """
    for length in range(3, min(len(text), 12) + 1):
        for at in range(len(text) - length + 1):
            for division in gone.get(text[at : at + length], ()):
                told = code.isdigit() and code[:4] == division.code[:4]
                if told or (not code and at == 0 and not _stands(division.name)):
                    yield division


def _stands(name: str) -> bool:
    """Tell whether any city has a division of that name today (新城区)."""
    return any(other.until is None for other in official_divisions().named(name))


def _told(division: Division) -> dict[str, Any]:
    path = official_divisions().successors(division.code)
    until = "" if division.until is None else str(division.until.year)
    return {"old": division.name, "year": until, "change": division.change, "now": path[-1].name if path else "—"}


def _former(book: Book) -> dict[str, Entry]:
    """Return names in use by each of their former names."""
    pairs = ((old, e) for e, row in book.gazetteer for old in re.split("[,,、;;]", str(row.get("former", ""))))
    return {plain(old): e for old, e in pairs if len(old) > 2}


def _rough(names: gpd.GeoDataFrame) -> frozenset[str]:
    """Return the ids of points whose degrees both have fewer than four decimals, in WGS 84."""
    shapes = names["geometry"].to_numpy()
    points = np.flatnonzero(shapely.get_type_id(shapes) == 0)
    if names.crs is None or not len(points):
        return frozenset()
    back = transformer(names.crs, 4326)
    degrees = np.array(back.transform(shapely.get_x(shapes[points]), shapely.get_y(shapes[points])))
    scaled = degrees * 10**ROUGH
    flat = (np.abs(scaled - np.round(scaled)) < 1e-4).all(axis=0)
    return frozenset(str(i) for i in names.index[points[flat]])
