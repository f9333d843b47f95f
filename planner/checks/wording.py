"""Checks of the wording of names: their parts, their characters, and what the notice of 2018 calls 大洋怪重."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Any

from .. import presets
from ..names import Word, folded, main_part, official_divisions, plain, segments, split_name, street_section
from ..names.plain import simplified
from ..names.readings import is_han
from .book import Book, Entry, about, is_new, spelt
from .finding import Finding, check

ORDINANCE = "《地名管理条例》(国务院令第753号)第九条"
NOTICE = "《关于进一步清理整治不规范地名的通知》(民政部等六部门,2018)附件"
LONGEST = 12  # characters; GB 17733 plates and local rules want names short (V)
OLD_BEFORE = 1986  # names in use before the first ordinance are history, not fashion
_NEEDS_GENERIC = ("division", "committee", "street", "compound", "building")
_BUILT = ("street", "compound", "building")
_STACKED = frozenset(
    ("小区", "花园", "公寓", "广场", "大厦", "大楼", "家园", "花苑", "山庄", "别墅", "中心", "新村", "苑", "商厦")
)
_FOREIGN_SOUND = re.compile(
    "[阿埃奥巴贝比布达德迪多厄尔菲弗格哈霍吉卡凯科克库拉莱兰雷里利林卢鲁罗洛玛曼梅蒙米莫姆纳内尼诺欧帕佩普奇乔萨塞桑瑟莎斯索塔泰特提图托瓦威维沃西希夏雅亚伊伊英尤约泽扎]{4,}"
)
_YEAR = re.compile("(1[89]|20)\\d\\d")
_ROAD = re.compile(r"^(第?\d{1,3}(号|马)?|[经纬]\d{1,3}|[GSXYC]\d{1,4}|[^\dA-Za-z]{2,}\d{1,3}号?)$")
# A building's number, which is no name; so is a bare one after a generic (小区9).
_NUMBER = re.compile(r"第?([\dA-Z][\dA-Z、,-]{0,8}|[一二三四五六七八九十]+)(号楼|幢|栋|座|期|号院?|区|馆)$")
_BARE_NUMBER = re.compile(r"(?<=小区|花园|公寓|新村|家园|大厦|广场)\d{1,3}$")
# What stands in every school and yard is no name either.
_FUNCTION = re.compile(
    "^(第?[一二三四五六七八九十\\d]*)(教学|办公|宿舍|实验|综合|行政|门诊|住院|图书|培训)(大?楼|馆)$|"
    "(食堂|办公室|小卖部|门卫|传达室|值班室|配电房|车库|仓库|厕所)$"
)
_LINE = re.compile(r"\d{1,4}(?=路|号线|线|号口|号出口|号航站楼|号门|号码头)|[A-Z]\d{0,2}(?=口|出口|线|航站楼)")
REGISTER_MIN = 20  # fewer names do not tell in which script a register is kept
_DOTS = frozenset("·•")
_SYMBOLS = frozenset("·•-—.&+*/_#@'\"~!?,,、:;")


@check("PN-01", severity="warning", layer="names", rule=ORDINANCE)
def incomplete(book: Book, names: Any = None) -> Iterator[Finding]:
    """No name at all, one without the generic part its class demands, or a street or building of over 12 characters.

    Divisions, committees, streets, compounds and buildings need one (瓯海之光 has none); the
    generic of any class will do: old streets are called after bridges and ponds (豆菜桥). A section of a street needs
    none of its own (人民南路四段). A street or building that
    is not known to be named since 2022-05-01 is only mentioned (info), for many old ones have none (杨公井, 估衣廊).
    Numbers of buildings and what stands in every yard (教学楼, 食堂) are no names, and of names in Latin letters PN-04
    speaks. `measure` is the length in characters.
    """
    if names is not None:
        for name_id in names.index[names["name"].isna()]:
            yield Finding(feature_id=str(name_id), values={"name": str(name_id)}, variant="empty")
    for entry, _ in book.gazetteer:
        named = _named(entry) if entry.kind in _NEEDS_GENERIC else ""
        length = len(main_part(entry.name))
        if not any(map(is_han, named)):
            continue
        if length > LONGEST and entry.kind in _BUILT:
            yield about(book, entry, variant="long", n=length, measure=float(length))
        elif not split_name(street_section(named)[0]).generic and not split_name(entry.key).generic:
            old = entry.kind in ("street", "building") and not is_new(entry)
            yield about(book, entry, severity="info" if old else None, measure=float(length))


@check("PN-02", severity="warning", layer="names", rule=ORDINANCE)
def stacked(book: Book) -> Iterator[Finding]:
    """Nothing but a generic part, or one generic upon another (某某大厦广场, 某某苑公寓).

    Judged are compounds and buildings; of streets only the same generic twice. A generic that has become part of
    the name passes: 竹镇镇, 景德镇市, 五四路街道.
    """
    for entry, _ in book.gazetteer:
        if entry.kind not in _BUILT:
            continue
        parts = split_name(entry.key, entry.kind)
        if not parts.specific and parts.generic:
            yield from [about(book, entry, variant="only")] if _named(entry) else []
            continue
        below = split_name(parts.specific, "compound" if entry.kind != "street" else "street")
        twice = below.specific and below.generic == parts.generic != ""
        both = (
            len(below.specific) > 1
            and below.generic in _STACKED
            and parts.generic in _STACKED
            and entry.kind != "street"
        )
        if twice or both:
            yield about(book, entry, generics=f"{below.generic} + {parts.generic}")


@check(
    "PN-03", severity="error", layer="names", rule="《通用规范汉字表》(国发〔2013〕23号);《国家通用语言文字法》第十七条"
)
def characters(book: Book) -> Iterator[Finding]:
    """Characters outside the table of 8,105: an error where they are traditional or variant forms (別墅), else info.

    Characters of the table's third level are said as info for compounds and buildings, whose names one is free to
    choose: level three was made for old place names. Divisions and committees are approved as they stand (濛河社区) and
    only mentioned.
    A name that stands beside its other script is left to PN-16, and a register of 20 and more names most of which are
    written so is kept in that script.
    """
    if _in_old_script(book):
        return
    written: dict[tuple[str, str | None, str], set[str]] = {}
    for entry in book.entries:
        written.setdefault((entry.layer, entry.scope, entry.key), set()).add(spelt(entry))
    for entry in book.entries:
        if len(written[entry.layer, entry.scope, entry.key]) > 1:
            continue
        wrong = [c for c in folded(entry.name) if is_han(c) and c not in _standard()]
        old = [c for c in wrong if plain(c) != c]
        if wrong:
            fault = bool(old) and entry.kind not in ("division", "committee") and not entry.excused
            known = {"variant": "variant", "better": plain(entry.name)} if fault else {"severity": "info"}
            yield about(book, entry, characters="".join(wrong), **known)
        elif entry.layer == "names" and entry.kind in ("compound", "building"):
            rare = "".join(c for c in entry.key if c in _level3())
            yield from [about(book, entry, variant="rare", severity="info", characters=rare)] if rare else []


def _in_old_script(book: Book) -> bool:
    """Tell whether most names are written in traditional characters."""
    names = [spelt(entry) for entry in book.entries]
    return len(names) >= REGISTER_MIN and 2 * sum(simplified(n) != n for n in names) > len(names)


@check("PN-04", severity="error", layer="names", rule=NOTICE + ":怪")
def symbols(book: Book) -> Iterator[Finding]:
    """Digits, Latin letters or marks in the specific part (24克拉, HOPE公寓, 曼哈顿·国际).

    Numbered roads pass (2马路, 经5路, G312), and so do lines and exits (46路, 1号线, 4号口). A year (1912街区) is
    said as info: show what it commemorates. So is what stands in names of other classes than streets,
    compounds and buildings: stations and hotels are called as their owners wish (南京林业大学·新庄). And so is
    the dot in a name of the four regions and autonomous units that PN-21 knows: it stands in names of
    persons (库尔班·吐鲁木路). Divisions, committees and units are not judged: their marks stand in brackets or
    in a firm's name.
    """
    for entry, _ in book.gazetteer:
        if entry.kind not in ("street", "compound", "building", "settlement", "scenic", "transport", None):
            continue
        named = _named(entry)
        specific = split_name(
            _LINE.sub("", named) if entry.kind in ("transport", None) else named, entry.kind or "*"
        ).specific
        odd = [c for c in unicodedata.normalize("NFKC", specific) if c in _SYMBOLS or (c.isascii() and c.isalnum())]
        if not odd or entry.excused or (entry.kind in ("street", "transport", None) and _ROAD.match(specific)):
            continue
        year, person = _YEAR.fullmatch("".join(odd)), entry.transcribed and {*odd} <= _DOTS
        mild = year or person or entry.kind not in _BUILT
        variant = "year" if year else "person" if person else ""
        yield about(book, entry, variant=variant, severity="info" if mild else None, odd="".join(odd))


@check("PN-05", severity="warning", layer="names", rule=NOTICE + ":大")
def grand(book: Book) -> Iterator[Finding]:
    """A suspicion of 大: a word of the whole world or nation for a compound, a building or a street (世界城, 万国城).

    Words, their classes and their sources stand in presets/name_words.csv. Names that are approved, whitelisted,
    protected or older than 1986 are never suspected: 中央路, 中华路, 中山路. A person decides, not the tool.
    """
    yield from _suspected(book, "grand")


@check("PN-06", severity="warning", layer="names", rule=NOTICE + ":大(通名层级)")
def oversized(book: Book) -> Iterator[Finding]:
    """A generic part that promises more than there is: 广场 on less than 1 ha or with less than 100,000 m2 of floors.

    Judged where NAMES gives `area_m2` or `floor_m2`; the least sizes are local rules, in presets/name_sizes.csv.
    `measure` and `tolerance` are the size and the least one in m2.
    """
    for entry, row in book.gazetteer:
        if entry.kind not in ("compound", "building") or entry.excused:
            continue
        promised = book.rules.least_size(split_name(entry.key, entry.kind).generic, entry.code)
        for column in ("area_m2", "floor_m2") if promised else ():
            least = float((promised or {})[column] or 0)
            if column in row and row[column] < least:
                values = {"size_m2": float(row[column]), "least_m2": least, "source": (promised or {})["source"]}
                yield about(book, entry, variant=column, measure=float(row[column]), tolerance=least, **values)
                break


@check("PN-07", severity="warning", layer="names", rule=NOTICE + ":洋")
def foreign(book: Book) -> Iterator[Finding]:
    """A suspicion of 洋: a foreign place or person in the name of a compound, a building or a street (巴黎春天小区).

    The longest word counts. Names of commemoration and friendship pass (白求恩, 列宁公园), and so does what PN-05
    says of names that are approved, whitelisted, protected or old.
    """
    yield from _suspected(book, "foreign")


@check("PN-08", severity="info", layer="names", rule=NOTICE + ":洋")
def loanword(book: Book) -> Iterator[Finding]:
    """A suspicion of 洋: a foreign word in Chinese characters (普罗旺斯), by list or by its sound.

    By sound: four and more characters in a row that transcriptions use, in a compound or a building, not where the
    local names are transcriptions themselves (Inner Mongolia, Tibet, Qinghai, Xinjiang, autonomous units).
    """
    yield from _suspected(book, "loanword")
    for entry, _ in book.gazetteer:
        if entry.kind not in ("compound", "building") or entry.transcribed or _passes(entry):
            continue
        listed = any(_word(book, entry, which) for which in ("loanword", "foreign", "grand"))
        if not listed and (found := _FOREIGN_SOUND.search(split_name(entry.key, entry.kind).specific)):
            yield about(book, entry, variant="sound", word=found.group())


@check("PN-09", severity="warning", layer="names", rule=NOTICE + ":怪")
def feudal(book: Book) -> Iterator[Finding]:
    """A suspicion of 怪: a feudal word in the name of a compound or a building (皇庭一号, 帝都华庭).

    Historic names pass: 御道街, 王府大街, 太监弄, 皇废基. Words with confidence V are only mentioned (info).
    """
    yield from _suspected(book, "feudal")


@check("PN-10", severity="warning", layer="names", rule=NOTICE + ":怪;" + ORDINANCE)
def vulgar(book: Book) -> Iterator[Finding]:
    """A suspicion of 怪: a vulgar or ambiguous word in the name of a compound, a building or a street.

    The list shipped is short and has confidence V, so that it only mentions (info); the project's own words extend it.
    """
    yield from _suspected(book, "vulgar")


@check("PN-11", severity="error", layer="names", rule=ORDINANCE + "第四项")
def leaders(book: Book) -> Iterator[Finding]:
    """The name of a leader, past or present, in any name.

    No such list is shipped: the check runs on the words of list `leader` that the project supplies ([names] words).
    """
    yield from _suspected(book, "leader", severity="error")


@check("PN-12", severity="warning", layer="names", rule=ORDINANCE + "第六项")
def company(book: Book) -> Iterator[Finding]:
    """A company or brand in the name of a street, a compound or a building (万达路).

    A warning for streets; a firm's own building or compound is only mentioned (info). Words that are also ordinary
    ones (绿地, 龙湖) are not on the list shipped, and what a place of the project is called passes (茅台路 where 茅台镇
    is).
    """
    for finding in _suspected(book, "company"):
        if finding.values["word"] in book.called_after:
            continue
        street = finding.values["kind"] == "street"
        yield finding if street else replace(finding, severity="info")


def _suspected(book: Book, which: str, *, severity: str | None = None) -> Iterator[Finding]:
    for entry, _ in book.gazetteer:
        if (which == "leader" or not _passes(entry)) and (word := _word(book, entry, which)) is not None:
            weak = "info" if word.confidence in ("L", "V") and which in ("feudal", "vulgar") else severity
            values = {"word": word.word, "source": f"{word.source}〔{word.confidence}〕", "kind": entry.kind}
            yield about(book, entry, severity=weak, **values)


def _word(book: Book, entry: Entry, which: str) -> Word | None:
    """Return the word of a list in a name; one whose class cannot be told is judged as a compound."""
    kind = entry.kind or "compound"
    found = book.rules.found(which, entry.key, kind, entry.code)
    if found is None or any(found.word in part for part in _pieces(entry.key, kind)):
        return found
    return None


def _pieces(key: str, kind: str) -> list[str]:
    """Return the pieces of a name across which no word is read: 北京 + 东路 holds no 京东, nor does 南京 + 东方大厦."""
    if kind == "street":
        return segments(key, kind)
    city = _cities().match(key)
    return [city.group(), key[city.end() :]] if city and city.end() < len(key) else [key]


@cache
def _cities() -> re.Pattern[str]:
    """Return a pattern of the names of provinces and cities at the front of a name, without their generics."""
    names = {split_name(d.name, "division").specific for d in official_divisions().of_level("province", "city")}
    return re.compile("|".join(sorted((n for n in names if len(n) > 1), key=len, reverse=True)))


def _passes(entry: Entry) -> bool:
    old = entry.since is not None and entry.since.year < OLD_BEFORE
    return entry.excused or entry.approved or old


def _named(entry: Entry) -> str:
    """Return a name without the number of a building at its end; empty where it is nothing else, or no name."""
    named = _BARE_NUMBER.sub("", _NUMBER.sub("", main_part(entry.name)))
    return "" if entry.kind in ("compound", "building") and _FUNCTION.search(named) else named


def clash(entry: Entry) -> str | None:
    """Return the generic by which a name belongs to another class than the declared one (XX河 as a building)."""
    generic = split_name(entry.key).generic
    rows = (r["generics"].split("|") for r in presets.rows("name_clashes") if r["kind"] == entry.kind)
    return generic if any(generic in row for row in rows) else None


@cache
def _standard() -> frozenset[str]:
    """Return the 8,105 characters of the table, from the library that reads them."""
    from pypinyin_dict.pinyin_data import ktghz2013

    return frozenset(chr(c) for c in ktghz2013.pinyin_dict)


@cache
def _level3() -> frozenset[str]:
    return frozenset(r["character"] for r in presets.rows("characters_level3"))
