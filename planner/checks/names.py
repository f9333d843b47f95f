"""Checks of place names: the same name, and names that sound the same, inside the scope of the law."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

import pandas as pd

from .. import presets
from .finding import Finding, check
from .material import Crowd, ancestor, lineage

RULE = "《地名管理条例》(国务院令第753号)第九条"
IN_FORCE = pd.Timestamp("2022-05-01")  # older names that agree are a fact to live with, newer ones a fault
PSEUDO = re.compile(r"虚拟(社区|生活区)")
_GENERIC = re.compile(r"((社区|村)?[居村]委会|社区|街道|镇|乡|村)$")
_COMMITTEES = {"居民委员会": "居委会", "村民委员会": "村委会"}
_SCOPES = {"town": "province", "community": "county"}  # the law's scopes; levels above are national


@dataclass(frozen=True)
class Reading:
    """How a name is said: syllables with tones, and whether the library said so (`auto`) or the override table."""

    syllables: tuple[str, ...]
    auto: bool

    @property
    def toneless(self) -> str:
        """The syllables without their tones: the key by which homophones are found."""
        return " ".join(_toneless(s) for s in self.syllables)


@check("PN-13", severity="error", layer="places", rule=RULE)
def same_name(places: pd.DataFrame, crowd: Crowd) -> Iterator[Finding]:
    """Two communities or villages of one county, or two towns of one province, that share a name.

    An error where one of them was named since the ordinance came into force (2022-05-01); older pairs
    are said as info: they are lawful, but nobody can join tables by name there. The same name in two
    counties is fine. One finding a group: `feature_id` is its smallest code, `measure` its size.
    Statistical pseudo-units (虚拟社区, towns numbered from 400) are no place names.
    """
    for scope, group in _groups(_named(places), "key"):
        severity = "error" if _is_new(group) else "info"
        yield _finding(group, _called(scope, places), crowd, severity=severity, name=group["name"].iloc[0])


@check("PN-14", severity="warning", layer="places", rule=RULE)
def homophone(places: pd.DataFrame, crowd: Crowd) -> Iterator[Finding]:
    """Two differently written names that sound the same inside the scope of PN-13.

    Compared without tones; a warning where the tones agree too, else info. Readings come from the
    override table of presets (六合 is Lùhé in Nanjing) and, where it is silent, from a library: those
    are marked as automatic in the message and may be wrong. `measure` counts the names.
    """
    named = _named(places)
    readings = pd.Series(_readings(named["key"], named.index), index=named.index, dtype=object)
    named = named.assign(reading=readings, sound=readings.map(lambda r: r.toneless))
    for scope, group in _groups(named, "sound"):
        spelt = group.drop_duplicates("key")
        if len(spelt) > 1:
            equal = spelt["reading"].map(lambda r: r.syllables).nunique() < len(spelt)
            variant = "auto" if spelt["reading"].map(lambda r: r.auto).any() else ""
            said = " / ".join(dict.fromkeys(" ".join(r.syllables) for r in spelt["reading"]))
            severity = "warning" if equal else "info"
            where = _called(scope, places)
            yield _finding(group, where, crowd, severity=severity, variant=variant, sound=said)


def plain(name: str) -> str:
    """Return a name as it is compared: full-width folded, simplified, no spaces, one word for a committee."""
    folded = re.sub(r"\s+", "", unicodedata.normalize("NFKC", _simplified(name)))
    for long, short in _COMMITTEES.items():
        folded = re.sub(f"{long}$", short, folded)
    return folded


def read(name: str, code: str = "") -> Reading:
    """Return how a place name is said, by the override table first, by pypinyin where it is silent.

    `code` is the place's division code: some readings hold in one division only.
    """
    syllables: list[str] = []
    auto = False
    for word, known in _split(name, code):
        auto |= not known
        syllables += known.split() if known else _library(word)
    return Reading(tuple(syllables), auto)


def _named(places: pd.DataFrame) -> pd.DataFrame:
    """Return the towns and communities that have a name in law, with their key and their scope."""
    frame = pd.DataFrame(places)
    frame = frame[frame["level"].isin(_SCOPES) & frame["name"].notna()]
    pseudo = pd.Series({i: _is_pseudo(str(i), n) for i, n in frame["name"].items()}, dtype=bool)
    frame = frame[~pseudo.reindex(frame.index, fill_value=False)]
    parents = lineage(places)
    levels = {str(i): level for i, level in places["level"].items()}
    scopes = {i: _scope(str(i), level, levels, parents) for i, level in frame["level"].items()}
    return frame.assign(key=[plain(n) for n in frame["name"]], scope=pd.Series(scopes, dtype=object))


def _is_pseudo(code: str, name: str) -> bool:
    town = int(code[6:9]) if code.isdigit() and len(code) >= 9 else 0
    return bool(PSEUDO.search(name)) or town >= 400


def _scope(place_id: str, level: str, levels: dict[str, str], parents: dict[str, str]) -> str | None:
    """Return the division inside which the name must be unique; None where it cannot be known."""
    if _SCOPES[level] == "province":
        return place_id[:2] if place_id.isdigit() else ancestor(place_id, "city", levels, parents)
    county = ancestor(place_id, "county", levels, parents)
    return county or (place_id[:6] if place_id.isdigit() and len(place_id) == 12 else None)


def _called(scope: str, places: pd.DataFrame) -> str:
    return f"{places['name'].to_dict()[scope]}({scope})" if scope in places.index else scope


def _groups(named: pd.DataFrame, key: str) -> Iterator[tuple[str, pd.DataFrame]]:
    """Return the groups of two and more that agree in `key` inside one scope and level, with the scope."""
    twice = named[named.duplicated(["level", "scope", key], keep=False) & named["scope"].notna()]
    for (_, scope, _), group in twice.sort_index().groupby(["level", "scope", key], sort=True):
        yield str(scope), group


def _is_new(group: pd.DataFrame) -> bool:
    return "valid_from" in group.columns and bool((pd.to_datetime(group["valid_from"]) >= IN_FORCE).any())


def _finding(
    group: pd.DataFrame, scope: str, crowd: Crowd, *, severity: str, variant: str = "", **values: Any
) -> Finding:
    listed = "、".join(f"{name}({code})" for code, name in group["name"].items())
    people = [crowd.of(str(code)) for code in group.index]
    known = [p for p in people if p is not None]
    return Finding(
        feature_id=str(group.index[0]),
        variant=variant,
        severity=severity,
        values={"listed": listed, "n": len(group), "scope": scope, **values},
        measure=float(len(group)),
        people=sum(known) if known else None,
    )


def _readings(keys: Iterable[str], codes: Iterable[str]) -> list[Reading]:
    return [read(key, str(code)) for key, code in zip(keys, codes, strict=True)]


@cache
def _overrides() -> tuple[tuple[str, str, str], ...]:
    """Return (name, admin, reading), longest names first, those of one division before those of all."""
    rows = [(r["name"], r["admin"], r["reading"]) for r in presets.rows("place_readings")]
    return tuple(sorted(rows, key=lambda r: (-len(r[0]), -len(r[1]), r)))


@cache
def _by_letter() -> dict[str, tuple[tuple[str, str, str], ...]]:
    """Return the overrides by the first letter of their name."""
    letters = dict.fromkeys(name[0] for name, _, _ in _overrides())
    return {letter: tuple(r for r in _overrides() if r[0][0] == letter) for letter in letters}


def _split(name: str, code: str) -> Iterator[tuple[str, str]]:
    """Cut a name into words of the override table, with their readings, and the rest, with none."""
    start = at = 0
    while at < len(name):
        known = _override_at(name, at, code)
        if known is None:
            at += 1
            continue
        if start < at:
            yield name[start:at], ""
        yield known
        start = at = at + len(known[0])
    if start < len(name):
        yield name[start:], ""


def _override_at(name: str, at: int, code: str) -> tuple[str, str] | None:
    rows = _by_letter().get(name[at], ())
    hits = ((word, said) for word, admin, said in rows if name.startswith(word, at) and code.startswith(admin))
    return next(hits, None)


def _library(word: str) -> list[str]:
    """Read a word; its generic ending is read apart, for all names share a few."""
    cut = ending.start() if (ending := _GENERIC.search(word)) else len(word)
    return [s for part in (word[:cut], word[cut:]) if part for s in _pinyin(part)]


@lru_cache(maxsize=100_000)
def _pinyin(word: str) -> tuple[str, ...]:
    from pypinyin import Style, lazy_pinyin

    return tuple(lazy_pinyin(word, style=Style.TONE))


@lru_cache(maxsize=5_000)
def _toneless(syllable: str) -> str:
    """Drop the tone marks but keep the dots of ü."""
    bare = "".join(c for c in unicodedata.normalize("NFD", syllable) if c not in "\u0300\u0301\u0304\u030c")
    return unicodedata.normalize("NFC", bare)


@cache
def _converter() -> Any:
    from opencc import OpenCC

    return OpenCC("t2s")


def _simplified(name: str) -> str:
    said: str = _converter().convert(name)
    return said
