"""Checks of division codes and of the kind of a unit, told by its name and by what the table says."""

import re
from collections.abc import Hashable, Iterator, Mapping
from functools import cache
from typing import Any

import pandas as pd

from ..names import Division, official_divisions
from . import dated
from .finding import Finding, check
from .hierarchy import bare, missing_parents, odd_codes, odd_parents, under_abolished, zone
from .material import Crowd

_DIGITS = {"city": (2, 4, 6), "county": (6,), "town": (9,), "community": (12,)}
_RANGES = {"街道": (1, 99), "镇": (100, 199), "乡": (200, 399), "民族乡": (200, 399)}  # GB/T 10114-2003
_COUNTIES = {
    "区": (1, 20),
    "县": (21, 80),
    "自治县": (21, 80),
    "旗": (21, 80),
    "自治旗": (21, 80),
    "市": (81, 99),
}  # GB/T 2260
_MUNICIPALITIES = ("11", "12", "31", "50")  # their districts go on from 51
_OFFICES = "11"  # Beijing
_SUMS = ("市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划")  # rows of the statistics that add up others
PSEUDO_FROM = 400  # farms, parks, prisons: statistical units that the standard does not know
_SUFFIXES = (
    "街道",
    "自治县",
    "自治旗",
    "林区",
    "特区",
    "民族乡",
    "地区",
    "镇",
    "乡",
    "县",
    "区",
    "市",
    "旗",
    "盟",
    "州",
)
_ALIKE = {  # what a name may end in, by the kind the table says
    "民族乡": {"乡"},
    "市辖区": {"区"},
    "县级市": {"市"},
    "地级市": {"市"},
    "街道办事处": {"街道"},
    "自治州": {"州"},
}


@check("BC-11", severity="error", layer="places", rule="GB/T 2260; GB/T 10114-2003")
def code_does_not_fit(places: pd.DataFrame, crowd: Crowd, on: pd.Timestamp | None = None) -> Iterator[Finding]:
    """A division code of the wrong length for its level, outside its parent's, or of the wrong range for its kind.

    Only codes of digits are judged: a project may use its own ids. Statistical codes of development
    zones (county digits 70 to 79 and their towns) and pseudo-units (town digits from 400) have no
    code in the standards; their parent is what the table says, and they pass. A unit's kind is the
    longest legal suffix of its name (天生港镇街道 is a street, 竹镇镇 a town), else what `kind` says;
    that the two agree is BC-12. Districts end in 01 to 20, counties 21 to 80, county cities 81 to 99;
    streets 001 to 099, towns 100 to 199, townships 200 to 399. Where the project has a date, a code of six digits that
    was abolished before it is named with its successor, and a county or city whose code is not the one its name bears
    on that day (玄武区 as 320103), and one that the official table never had under its code (a warning: it may be newer
    than the table, of 2025-12-31; a city without counties may stand among counties, 东莞). Units of the past
    (`valid_to`) are not judged so.
    What only the whole table shows: a code with letters or blanks among codes of digits; a parent that is the unit
    itself, or its child, or skips a county of the table; no parent where nine in ten of the level have one, and a
    parent that is missing though its sisters are there (both warnings; there `feature_id` is the missing code), and
    towns whose code begins with that of a county abolished before the project's date, which is not in the table itself
    (`feature_id` is the county's code).
    """
    wanted = pd.DataFrame(places).reindex(columns=["name", "level", "kind", "parent_id", "valid_to"])
    told: set[str] = set()
    for code, place in zip(wanted.index.astype(str), wanted.to_dict("records"), strict=True):
        if code.isascii() and code.isdigit() and (found := _fault(code, place, on)):
            variant, values = found
            told.add(code)
            values = {"id": code, "name": place["name"], **values}
            severity = "warning" if variant == "unknown" else None
            yield Finding(feature_id=code, variant=variant, severity=severity, values=values, people=crowd.of(code))
    below = list(under_abolished(wanted, on))
    told |= {code for code, *_ in below}
    for code, severity, variant, values in below:
        yield Finding(feature_id=code, severity=severity, variant=variant, values={"id": code} | values)
    for code, severity, variant, more in (*odd_codes(wanted), *odd_parents(wanted), *missing_parents(wanted)):
        miswritten = variant == "orphans" and any(len(t) < 9 and t[:4] == code[:4] for t in told)
        if code not in told and not miswritten:
            values = {"id": code, "name": wanted["name"].get(code, code)} | more
            yield Finding(feature_id=code, severity=severity, variant=variant, values=values, people=crowd.of(code))


def _fault(code: str, place: Mapping[Hashable, Any], on: pd.Timestamp | None) -> tuple[str, dict[str, Any]] | None:
    """Return the variant of the message and its values for a unit whose code does not fit; BC-12 tells former names."""
    found = _code_fault(code, place) or _gone(code, place, on)
    if found is not None and found[0] == "kind" and on is not None and _formerly(code, place, on):
        return None
    return found or _other(code, place, on) or _unknown(code, place, on)


def _other(code: str, place: Mapping[Hashable, Any], on: pd.Timestamp | None) -> tuple[str, dict[str, Any]] | None:
    """Return the variant and values for a county or city whose name belongs to another code of its city or province."""
    if on is None or len(bare(code)) > 6 or _of_the_past(place, on) or place["level"] not in ("county", "city"):
        return None
    true = dated.bearer(str(place["name"]), code[:6], str(place["level"]), on.date())
    return None if true is None else ("other", {"wanted": true.code})


@check("BC-12", severity="error", layer="places", rule="GB/T 10114-2003; 《行政区划管理条例》(国务院令第704号)")
def kind_and_name_differ(places: pd.DataFrame, crowd: Crowd, on: pd.Timestamp | None = None) -> Iterator[Finding]:
    """A unit whose name ends like one kind while the table says another (某某街道 typed as 镇), or is a former one.

    The longest legal suffix decides: 天生港镇街道 is a 街道, 竹镇镇 a 镇. Judged where the table says a
    kind that the law knows and the name ends in a legal suffix; 回族乡 is a 乡 as well as a 民族乡.
    Where the project has a date, a county or city that still bears a name which no unit of its city bore on that day
    (海门市 after 2020) is told, unless its code is of that time too: then BC-11 speaks.
    """
    wanted = pd.DataFrame(places).reindex(columns=["name", "level", "kind", "valid_to"])
    for code, place in zip(wanted.index.astype(str), wanted.to_dict("records"), strict=True):
        kind, told = place["kind"], suffix(str(place["name"]))
        legal = kind in _SUFFIXES or kind in _ALIKE
        if place["level"] in _DIGITS and place["level"] != "community" and legal and told and not _agree(kind, told):
            values = {"name": place["name"], "id": code, "kind": kind, "told": told}
            yield Finding(feature_id=code, values=values, people=crowd.of(code))
        elif on is not None and not _gone(code, place, on) and (old := _formerly(code, place, on)):
            values = {"name": place["name"], "id": code, **dated.told(old)}
            yield Finding(feature_id=code, variant="former", values=values, people=crowd.of(code))


def suffix(name: str) -> str:
    """Return the longest legal suffix of a name, brackets at its end left out; "" where there is none."""
    plain = re.sub(r"[((][^))]*[))]$", "", name.strip())
    return next((s for s in sorted(_SUFFIXES, key=len, reverse=True) if plain.endswith(s) and plain != s), "")


def _agree(kind: str, told: str) -> bool:
    return kind == told or told in _ALIKE.get(kind, set()) or (kind == "乡" and told == "民族乡")


def _gone(code: str, place: Mapping[Hashable, Any], on: pd.Timestamp | None) -> tuple[str, dict[str, Any]] | None:
    """Return the variant of the message and its values for a code that was abolished by a day."""
    if on is None or len(code) != 6 or _of_the_past(place, on):
        return None
    old = dated.abolished(code, on.date())
    return None if old is None else ("abolished", dated.told(old))


def _formerly(code: str, place: Mapping[Hashable, Any], on: pd.Timestamp) -> Division | None:
    if place["level"] not in ("county", "city") or _of_the_past(place, on):
        return None
    return dated.former_name(str(place["name"]), code, str(place["level"]), on.date())


def _of_the_past(place: Mapping[Hashable, Any], on: pd.Timestamp) -> bool:
    return bool(pd.notna(place["valid_to"]) and pd.Timestamp(place["valid_to"]) <= on)


def _code_fault(place_id: str, place: Mapping[Hashable, Any]) -> tuple[str, dict[str, Any]] | None:
    """Return the variant of the message and its values, or None for a code that fits."""
    level, code = place["level"], bare(place_id)
    if len(code) not in _DIGITS.get(level, (len(code),)) and not (level == "county" and _undivided(place_id)):
        values = {"digits": len(code), "wanted": _DIGITS[level][-1], "bare": code}
        return "length" if code == place_id else "filled", values
    parent = place.get("parent_id")
    if isinstance(parent, str) and parent.isdigit() and not zone(code) and not code.startswith(bare(parent)):
        return "parent", {"parent": parent}
    kind = _kind_of(place["name"]) or place.get("kind")
    if level == "town" and kind in _RANGES and not _in_range(code, kind):
        return "kind", {"kind": kind, "number": code[6:9]}
    if level == "county" and not _county_fits(code, suffix(str(place["name"]))):
        return "kind", {"kind": suffix(str(place["name"])), "number": code[4:6]}
    return None


def _undivided(code: str) -> bool:
    """Tell whether a code is that of a city without counties, which may stand among counties (东莞 441900)."""
    city = official_divisions().get(code[:6])
    if city is None or city.level != "city":
        return False
    return not any(d.stem.startswith(city.stem) for d in official_divisions().of_level("county") if d.until is None)


def _unknown(code: str, place: Mapping[Hashable, Any], on: pd.Timestamp | None) -> tuple[str, dict[str, Any]] | None:
    """Return the variant and values for a county or city that the official table never had under this code.

    The table has no counties of Hong Kong, Macao and Taiwan; zones, districts of a 地区, and rows that sum up (市辖区)
    are in none.
    """
    stem = bare(code)
    judged = place["level"] in ("county", "city") and 4 <= len(stem) <= 6 and stem[:2] in _tabled()
    if on is None or not judged or _of_the_past(place, on):
        return None
    listed = not (zone(stem) or _of_prefecture(stem) or str(place["name"]) in _SUMS)
    return ("unknown", {}) if listed and official_divisions().get(stem.ljust(6, "0")) is None else None


@cache
def _tabled() -> frozenset[str]:
    """Return the provinces whose counties the official table has."""
    return frozenset(d.code[:2] for d in official_divisions().of_level("county"))


def _county_fits(code: str, told: str) -> bool:
    """Return whether the last two digits of a county's code suit its kind.

    Counties right under a province (digits 90), zones, and kinds the standard gives no range pass.
    """
    if told not in _COUNTIES or len(code) != 6 or code[2:4] == "90" or zone(code):
        return True
    low, high = _COUNTIES[told]
    number = int(code[4:6])
    later = told == "区" and code[:2] in _MUNICIPALITIES and number > 50
    later |= told == "区" and _of_prefecture(code)
    of_prefecture = told == "市" and 21 <= int(code[2:4]) <= 50 and number <= 20  # cities under 地区, 州, 盟
    return low <= number <= high or later or of_prefecture


def _of_prefecture(code: str) -> bool:
    """Return whether it is a code of a district that a 地区 has set up, which the official list lacks (加格达奇区)."""
    return len(code) == 6 and 21 <= int(code[2:4]) <= 50 and 61 <= int(code[4:]) <= 69


def _kind_of(name: str) -> str:
    """Return the longest legal suffix: 天生港镇街道 is a 街道, 竹镇镇 is a 镇."""
    return next((kind for kind in sorted(_RANGES, key=len, reverse=True) if str(name).endswith(kind)), "")


def _in_range(code: str, kind: str) -> bool:
    """Return whether a town's number suits its kind; pseudo-units, from 400, have no rule.

    Towns of Beijing that are also 地区办事处 keep the number of a street.
    """
    low, high = _RANGES[kind]
    number = int(code[6:9])
    return number >= PSEUDO_FROM or low <= number <= high or (code.startswith(_OFFICES) and number < low)
