"""A name is a specific part and a generic part (专名, 通名): cut by the longest generic of its class."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from .. import presets
from .plain import main_part

_PEOPLES: list[str] = presets.load("columns")["peoples"]["names"]
_PEOPLE = re.compile("((?:(?:" + "|".join(sorted(_PEOPLES, key=len, reverse=True)) + ")族)+)$")
_SHORT_PEOPLE = re.compile("(蒙古|达斡尔|鄂温克|鄂伦春|回|彝|土|哈萨克|维吾尔|锡伯|塔吉克|柯尔克孜)$")
_ETHNIC_UNITS = ("自治州", "自治县", "自治旗", "自治区", "区", "乡", "苏木")
_SECTION = re.compile("^(.+(?:路|街|道))(?:([东南西北中]?)([一二三四五六七八九十]{1,2})(段)|([东南西北中]))$")
ALL_KINDS = "*"


@dataclass(frozen=True)
class Parts:
    """The parts of a name: 宽甸 + 满族 + 自治县. `generic` is empty where none was found."""

    specific: str
    people: str
    generic: str

    @property
    def whole(self) -> str:
        """The name put together again."""
        return self.specific + self.people + self.generic


def split_name(name: str, kind: str = ALL_KINDS) -> Parts:
    """Cut a name of a class (see presets/generics.csv; "*" is any) into its parts.

    The longest generic that leaves something before it wins: 竹镇镇 is 竹镇 + 镇, 天生港镇街道 is 天生港镇 + 街道.
    A name that is nothing but a generic has an empty specific part. A second name in brackets is left out.
    """
    whole = main_part(name)
    known = _generics().get(kind, frozenset())
    for length in range(min(_LONGEST, len(whole)), 0, -1):
        generic = whole[len(whole) - length :]
        if generic in known:
            return _peopled(whole[:-length], generic) if length < len(whole) else Parts("", "", generic)
    return Parts(whole, "", "")


def street_section(name: str) -> tuple[str, list[str]]:
    """Return a street and the words of its section, mostly none: 一环路东五段 is 一环路 with 东, 五, 段."""
    found = _SECTION.match(name)
    return (name, []) if found is None else (found[1], [word for word in found.groups()[1:] if word])


def kinds_of(generic: str) -> frozenset[str]:
    """Return the classes that use a generic; none where it is not known."""
    return _kinds().get(generic, frozenset())


def kind_of(text: str | None) -> str | None:
    """Return our word for a class of names as people write it (居民点, 22200 …); None where it is none."""
    return None if text is None else _aliases().get(text.strip())


def likely_kind(name: str) -> str | None:
    """Return the class that a name's generic part speaks of, the more usual one of several; None without a generic."""
    kinds = kinds_of(split_name(name).generic)
    return next((k for k in _LIKELY if k in kinds), None)


def _peopled(specific: str, generic: str) -> Parts:
    """Take the nationality out of the specific part of an autonomous unit."""
    if generic in _ETHNIC_UNITS and (found := _PEOPLE.search(specific)) and found.start() > 0:
        return Parts(specific[: found.start()], found.group(), generic)
    if generic.startswith("自治") and (found := _SHORT_PEOPLE.search(specific)) and found.start() > 1:
        return Parts(specific[: found.start()], found.group(), generic)
    return Parts(specific, "", generic)


_LONGEST = 8


@cache
def _kinds() -> Mapping[str, frozenset[str]]:
    return {r["generic"]: frozenset(r["kinds"].split("|")) for r in presets.rows("generics")}


@cache
def _generics() -> Mapping[str, frozenset[str]]:
    """Return the generics by class, and all of them under "*"."""
    by_kind: dict[str, set[str]] = {ALL_KINDS: set(_kinds())}
    for generic, kinds in _kinds().items():
        for kind in kinds:
            by_kind.setdefault(kind, set()).add(generic)
    return {kind: frozenset(words) for kind, words in by_kind.items()}


@cache
def _aliases() -> Mapping[str, str]:
    known: Mapping[str, list[str]] = presets.load("columns")["values"]["name_kind"]
    return {alias: kind for kind, aliases in known.items() for alias in (kind, *aliases)}


_LIKELY = ("street", "division", "committee", "transport", "scenic", "water", "terrain", "compound", "building")
# The less accused one of several classes comes first: a gate is a sight before it is a building.

KINDS = (
    *("division", "committee", "settlement", "street", "compound", "building", "transport"),
    *("water", "terrain", "sea", "facility", "scenic", "unit", "area"),
)
"""The classes of names: the census's twelve, with streets, compounds and buildings told apart."""
