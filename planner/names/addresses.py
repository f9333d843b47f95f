"""Addresses: province, city, county, town, community, street, number, compound, building, unit, floor, room.

Read from left to right: divisions by name from the table, the rest by its generics and markers.
Source: the levels of GB/T 23705-2009 and GB/T 39609-2020 (区划, 街巷院落, 建筑门楼, 单元户室).
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, replace
from functools import cache, lru_cache

from .divisions import Division, Divisions, official_divisions, stem
from .plain import plain

_SEPARATORS = re.compile(r"(?<=[省市区县旗州盟镇乡村道路街巷里号幢栋元])[,,;;|]")
DIVISION_LEVELS = ("province", "city", "county", "town", "community")


@dataclass(frozen=True, kw_only=True)
class Address:
    """The levels of an address, each empty where it is not given; `code` is that of the lowest division known.

    `zone` is a functional zone above a town (江北新区盘城街道; a zone without one counts as the town); `lane` is a
    numbered or named way off the street (弄, 巷); `detail` is what no level takes.
    """

    province: str = ""
    city: str = ""
    county: str = ""
    zone: str = ""
    town: str = ""
    community: str = ""
    street: str = ""
    lane: str = ""
    number: str = ""
    compound: str = ""
    building: str = ""
    unit: str = ""
    floor: str = ""
    room: str = ""
    detail: str = ""
    code: str = ""

    @property
    def levels(self) -> dict[str, str]:
        """The levels that are given, highest first."""
        return {f.name: v for f in fields(self) if f.name != "code" and (v := getattr(self, f.name))}


def parse_address(text: str, divisions: Divisions | None = None, *, within: str = "") -> Address:
    """Cut an address into its levels. Short names (江苏, 南京) become full ones.

    `divisions` are the units known by name (towns and communities among them, where the project has a list);
    `within` is the code of the unit in which an address starts that names none.
    """
    known = divisions or official_divisions()
    address, rest = _divided(_SEPARATORS.sub("", plain(text)), known, within)
    for level, take in _LOWER:
        found = take(rest)
        if (
            found
            and not (level in ("zone", "town") and address.town)
            and not (level == "community" and address.community)
        ):
            address = replace(address, **{level: found})
            rest = rest[len(found) :]
    return replace(address, detail=rest)


def misfit(text: str, divisions: Divisions) -> tuple[Division, Division] | None:
    """Return a county or town named in an address and the unit named before it in which it does not lie.

    None where every unit lies in the one before it, or where the table holds no unit of that level there.
    """
    address, rest = _divided(_SEPARATORS.sub("", plain(text)), divisions, "")
    above, names = divisions.get(address.code), _index(divisions)
    if above is None or above.until is not None:
        return None
    for length in range(min(names.longest, len(rest)), 1, -1):
        for division, short in names.of(rest[:length]):
            deeper = DIVISION_LEVELS.index(division.level) > DIVISION_LEVELS.index(above.level)
            if not short and deeper and division.level in ("county", "town") and _has(divisions, division.level, above):
                return division, above
    return None


def _has(divisions: Divisions, level: str, above: Division) -> bool:
    return any(d.stem.startswith(above.stem) for d in divisions.of_level(level))


def format_address(address: Address) -> str:
    """Write an address in one line, highest level first; a city that is its own province is written once."""
    levels = address.levels
    if levels.get("city") == levels.get("province"):
        levels.pop("city", None)
    return "".join(levels.values())


def _divided(text: str, known: Divisions, within: str) -> tuple[Address, str]:
    """Take the divisions off the front of an address, each below the one before it."""
    if text.startswith("香港") and _taker(_DISTRICTS)(text[2:]):
        text = _HONG_KONG + text[2:]
    address, here = Address(code=within), stem(within)
    names = _index(known)
    for level in DIVISION_LEVELS:
        found = _at_front(text, names, level, here)
        if found is None:
            continue
        division, length = found
        address = replace(address, **{level: division.name}, code=division.code)
        text = text[length:]
        here = division.stem if division.until is None else here
        if level == "province" and division.name in _OWN_CITIES:
            address, text = replace(address, city=division.name), text.removeprefix(division.name)
    if address.province == _HONG_KONG and not address.county and (district := _taker(_DISTRICTS)(text)):
        address, text = replace(address, county=district), text.removeprefix(district)
    return address, text


_HONG_KONG = "香港特别行政区"
_DISTRICTS = (  # not in the ministry's table
    "^(?:中西|湾仔|东|南|油尖旺|深水埗|九龙城|黄大仙|观塘|荃湾|屯门|元朗|北|大埔|沙田|西贡|葵青|离岛)区"
)


_OWN_CITIES = ("北京市", "天津市", "上海市", "重庆市")


def _at_front(text: str, names: "_Index", level: str, here: str) -> tuple[Division, int] | None:
    """Return the division of a level an address begins with, below `here`, and how many letters it takes."""
    for length in range(min(names.longest, len(text)), 1, -1):
        for division, short in names.of(text[:length]):
            fits = division.level == level and division.stem.startswith(here)
            if fits and (not short or _confirmed(text[length:], names, division)):
                return division, length
    return None


def _confirmed(rest: str, names: "_Index", division: Division) -> bool:
    """Tell whether a short name is meant: 南京鼓楼区 is in Nanjing, 南京东路 need not be."""
    below = (n for length in range(2, min(names.longest, len(rest)) + 1) for n, _ in names.of(rest[:length]))
    return any(n.stem.startswith(division.stem) and n.stem != division.stem for n in below)


class _Index:
    """The divisions by full name, and by short name down to the city."""

    def __init__(self, known: Divisions) -> None:
        self.by_name: dict[str, list[tuple[Division, bool]]] = {}
        for division in sorted(known.all, key=lambda d: (d.until is not None, d.code)):
            for name, short in _names_of(division):
                self.by_name.setdefault(name, []).append((division, short))
        self.longest = max((len(n) for n in self.by_name), default=0)

    def of(self, name: str) -> list[tuple[Division, bool]]:
        return self.by_name.get(name, [])


@lru_cache(maxsize=8)
def _index(known: Divisions) -> _Index:
    return _Index(known)


_TAILS = re.compile("(壮族|回族|维吾尔)?(省|市|自治区|特别行政区)$")


def _names_of(division: Division) -> Iterator[tuple[str, bool]]:
    name = plain(division.name)
    yield name, False
    if division.level in ("province", "city") and len(short := _TAILS.sub("", name)) > 1 and short != name:
        yield short, True
    if division.level == "town" and name.endswith("街道"):
        yield name + "办事处", False


@cache
def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text)


def _taker(pattern: str) -> Callable[[str], str]:
    def take(rest: str) -> str:
        found = _pattern(pattern).match(rest)
        return found.group() if found else ""

    return take


_NUM = r"(?:\d+|[一二三四五六七八九十百]+)"
_NO_DIGIT = r"[^\d,,、;路街巷弄]"
_WAY = r"(?:高速公路|步行街|大道|大街|公路|胡同|马路|路|街(?!道)|巷|弄(?!堂口))"
_WAYS_AFTER = "[江海湖]?[东西南北中]?(?:路|街|巷|大道)"  # 镇海路 and 镇湖街道 begin with no town
_TOWN = (
    rf"^(?:{_NO_DIGIT}{{1,7}}?(?:街道办事处|街道|民族乡|[镇乡](?!镇|{_WAYS_AFTER})(?:镇|街道)?|苏木)"
    r"|[^\d,,、;]{1,7}?(?:街道办事处|街道(?!口))"
    r"|[^\d,,、;路街巷弄号]{2,12}?(?:工业园区|开发区|高新区|保税区|管理区|[农林牧]场)(?!路|街|大道|管委会|社区|小区|$)"
    r"|(?:[一二三四五六七八九十〇零]{1,4}|\d{1,3})团(?![结部]))"
)
_ZONE = (
    r"^[^\d,,、;路街巷弄号]{2,8}?(?:新区|开发区|高新区|工业园区|度假区|示范区)(?![路街镇]|大道|街道|管委会|社区|小区)"
    rf"(?={_NO_DIGIT}{{1,6}}?(?:街道|[镇乡](?!{_WAYS_AFTER})))"
)
_COMMUNITY = (
    rf"^(?:[^\d,,、;]{{1,8}}?(?:社区居委会|社区村委会|村委会|居委会)|{_NO_DIGIT}{{1,11}}?(?:社区(?!卫生|服务)|嘎查)"
    rf"|{_NO_DIGIT}{{1,6}}?(?<!新)村(?!(?:[东西南北中]?(?:路|街|巷|大道|大街)|小区|公寓|花园))|{_NUM}连)"
)
_STREET = (
    rf"^[^\d,,、;号]{{1,11}}?{_WAY}(?:[东西南北中]?[一二三四五六七八九十]?(?:段|延伸段)|[东西南北中](?=\d|$))?"
    r"|^[^\d,,、;号]{1,6}?[一二三四五六七八九十]条(?=[甲乙]?\d|$)"
    r"|^[^\d,,、;号]{0,4}?[一二三四五六七八]环(?:路|线)?[东西南北中]{0,2}段?(?=\d|$)"
    # streets of Tianjin and Hong Kong, and those called after what once stood there
    r"|^[^\d,,、;号]{1,8}?(?<![街隧通国省县轨])道[东西南北中]?(?=\d)"
    r"|^[^\d,,、;号村组]{1,5}?(?:桥|坊|廊|牌楼)(?=\d+(?:[-—]\d+)*号(?![楼院线]))"
    r"|^\d{1,3}(?:号路|马路)|^[GSXY]\d{1,4}(?:国道|省道|县道)?"
)
_LANE = (
    r"^(?:[^\d,,、;号幢栋单元室]{1,8}?(?:巷|弄|胡同|支路|里(?=\d+号(?!楼))|[小横后前][街巷]|[上下]塘(?=\d)|组(?!团))"
    r"|\d+弄(?:\d+支弄)?|\d+(?:巷|支弄|组(?!团)))"
)
_NUMBER = (
    r"^(?:附|甲|乙|临|特)?\d+(?:[-—~/]\d+)*(?:之(?:[一二三四五六七八九十]|\d+))?[甲乙丙丁]?号(?!楼|院)"
    r"(?:附\d+号|之(?:[一二三四五六七八九十]|\d+(?!号)))?"
)
_COMPOUND = (
    r"^(?:\d+号院|(?!.{0,3}单元|[一二三四五六七八九十百]+(?:幢|栋|号楼|层|楼))[^\d,,、;幢栋室]{2,14}?"
    r"(?=(?:\d+|[A-Z]\d*|[一二三四五六七八九十]+)(?:号楼|幢|栋|座|单元|期|号|区|组团|室|层|楼)|[甲乙丙丁]单元|$))"
    r"(?:[一二三四五六七八九十\d]+期|[A-Z一二三四五六七八九十东西南北]区)?"
)
_BUILDING = rf"^(?:{_NUM}|[A-Z]\d*|[甲乙丙丁东西南北])(?:号楼|幢|栋|座|号(?=\d|$))"
_UNIT = rf"^(?:{_NUM}|[A-Z]|[甲乙丙丁东西中])单元"
_FLOOR = rf"^(?:负?{_NUM}|B\d)(?:层|楼|F)"
_ROOM = r"^(?:[A-Z]?\d+[A-Z]?(?:[-—]\d+)?(?:室|房|户|号)?$|[东西中甲乙]户$)"

_LOWER: tuple[tuple[str, Callable[[str], str]], ...] = tuple(
    (level, _taker(pattern))
    for level, pattern in (
        *(
            ("zone", _ZONE),
            ("town", _TOWN),
            ("community", _COMMUNITY),
            ("street", _STREET),
            ("lane", _LANE),
            ("number", _NUMBER),
        ),
        *(("compound", _COMPOUND), ("building", _BUILDING), ("unit", _UNIT), ("floor", _FLOOR), ("room", _ROOM)),
    )
)
