"""Names in the Latin alphabet, by the rules of 1984 and GB 17733: words, capitals, apostrophes, digits, tones.

Words of other languages are spelt by them (see `transcriptions`).

Source: 《中国地名汉语拼音字母拼写规则(汉语地名部分)》((84)中地字第17号); GB 17733-2008; GB/T 16159-2012.
"""

import re
from collections.abc import Iterator
from functools import cache
from itertools import product

from .. import presets
from .parts import ALL_KINDS, Parts, split_name, street_section
from .plain import folded, plain, simplified
from .readings import is_han, read_letters, toneless
from .transcriptions import transcriptions

_MODIFIERS = "东西南北中前后左右上下新老旧小大"
_NUMERALS = "一二三四五六七八九十百"
_QUALIFIERS = _MODIFIERS + _NUMERALS + "第内外"
_BASES = ("大街", "小街", "街", "路", "巷", "弄", "胡同", "河", "江", "村", "街道", "水库", "运河", "桥", "站", "旗")
_COUNTED = ("马路", "环路", "经路", "纬路", "号路", "道街", "条", "支路", "弄", "路", "街", "巷", "道")
_ORDINAL_WHOLE = re.compile(rf"^(?:第)?([{_NUMERALS}]{{1,3}})(马路|环路|经路|纬路|号路|道街|条|支路)$")
_LENDING = re.compile("[^大公铁][路街巷]$")
_RING = re.compile(rf"^([东西南北中内外]?)(?:第)?([{_NUMERALS}])环([东西南北中]?)(路|高架路|高架|快速路)$")
_GRID = re.compile(rf"^([经纬])([{_NUMERALS}]{{1,3}})$")
_SERIES = re.compile(rf"^(.*[^{_NUMERALS}第].*[^{_NUMERALS}第]|.[^{_NUMERALS}第])([{_NUMERALS}]{{1,2}})$")
_BANNERS = re.compile("^(.+)(左翼|右翼|联合)([前中后]?)$")
_TOGETHER = ("settlement",)  # natural villages are one word: Wángcūn
_VOWELS = "aāáǎàoōóǒòeēéěè"


def romanise(name: str, kind: str = ALL_KINDS, code: str = "") -> str:
    """Return a Chinese place name in pinyin with tones, e.g. Lùhé Qū, Zhōngshān Běilù, 2 Mǎlù, Xī'ān Shì, Wángcūn.

    `kind` is the class of the name, `code` its division code (some readings hold in one division only). Chinese
    characters the library cannot read stay as they are.
    """
    return " ".join(_standard(word, by_rule, code) for word, by_rule in _by_rule(name, kind, code))


def other_spellings(name: str, kind: str = ALL_KINDS, code: str = "") -> tuple[str, ...]:
    """Return the spellings of a name that are in order beside `romanise`, most often none.

    A word of another language by any of its standard spellings, outside its region by the Chinese rule too;
    a ring road in letters (西二环路 as Xī'èrhuán Lù); one character before a generic of two in one word with its
    first (南环路 as Nánhuán Lù).
    """
    words = _by_rule(name, kind, code)
    options = [transcriptions(word, code) or (by_rule, *transcriptions(word)) for word, by_rule in words]
    known = [" ".join(words) for words in product(*options)]
    known += [" ".join(_spelt(words, kind, code)) for words in _loose_words(simplified(folded(name)), kind)]
    return tuple(dict.fromkeys(known))


def is_transcribed(name: str, kind: str = ALL_KINDS, code: str = "") -> bool:
    """Tell whether the standard spelling of a name in this division is that of another language."""
    return any(_standard(word, by_rule, code) != by_rule for word, by_rule in _by_rule(name, kind, code))


def _by_rule(name: str, kind: str, code: str) -> list[tuple[str, str]]:
    """Return the words of a name with their spelling by the rules for Chinese names."""
    words = _words(plain(name) if kind == "committee" else simplified(folded(name)), kind)
    return list(zip(words, _spelt(words, kind, code), strict=True))


def _spelt(words: list[str], kind: str, code: str) -> list[str]:
    said = [s for s, _ in read_letters("".join(words), code)]
    ends = [sum(map(len, words[:n])) for n in range(len(words) + 1)]
    return [_word(word, said[ends[n] : ends[n + 1]], kind) for n, word in enumerate(words)]


def _standard(word: str, by_rule: str, code: str) -> str:
    """Return a word as its own language spells it, where that differs by more than tones from the Chinese rule."""
    first = next(iter(transcriptions(word, code)), by_rule)
    return by_rule if same_letters(first, by_rule) else first


def letters_only(pinyin: str) -> str:
    """Return the bare letters of a spelling: no tones, spaces, capitals or marks; ü may be written v."""
    bare = toneless(pinyin.lower().replace("v", "ü").replace("u:", "ü"))
    return re.sub(r"[^a-zü0-9]", "", bare)


def same_letters(one: str, other: str) -> bool:
    """Tell whether two spellings have the same letters; u stands for ü where one of them has no ü (LU on signs)."""
    a, b = letters_only(one), letters_only(other)
    return a.replace("ü", "u") == b.replace("ü", "u")


def segments(name: str, kind: str = ALL_KINDS) -> list[str]:
    """Return the words a name is written in, in Chinese: 中山北路 is 中山 + 北路."""
    return _words(folded(name), kind)


def _words(whole: str, kind: str) -> list[str]:
    if kind in _TOGETHER:
        return [whole]
    if kind == "street" and (section := street_section(whole))[1]:
        return [*_words(section[0], kind), *section[1]]
    parts = split_name(whole, kind)
    rest = whole[len(parts.whole) :]  # a second name in brackets
    if not parts.generic or not parts.specific:
        return [w for w in (parts.whole, rest) if w]
    if kind in ("street", ALL_KINDS) and (counted := _ring(whole) or _ordinal(parts, whole[: len(whole) - len(rest)])):
        return [*counted, *([rest] if rest else [])]
    specific, generic = _modified(parts)
    banners = _BANNERS.match(specific) if parts.generic == "旗" else None
    stems = [banners[1], banners[2]] if banners else [specific]
    generic = banners[3] + generic if banners else generic
    people = re.findall(".+?族", parts.people) or ([parts.people] if parts.people else [])
    return [w for w in (*stems, *people, generic, rest) if w]


def _modified(parts: Parts) -> tuple[str, str]:
    """Let a modifier of one syllable join its generic: 中山北 + 路 is 中山 + 北路, but 江东 + 路 stays."""
    specific, generic = parts.specific, parts.generic
    if not parts.people and len(specific) > 2 and generic in _BASES and specific[-1] in _MODIFIERS:
        return specific[:-1], specific[-1] + generic
    if _lends(specific, generic):
        return specific + generic[0], generic[1:]
    return specific, generic


def _lends(specific: str, generic: str) -> bool:
    """Tell whether a generic of two characters gives its first to the specific part: 江 + 东路 is 江东 + 路.

    A street of three characters is two and one (白马 + 路, 厅后 + 街) but where the first counts or compares (二马路);
    马路 is a generic after such words only.
    """
    if not _LENDING.match(generic) or all(c in _QUALIFIERS for c in specific):
        return False
    return len(specific) == 1 or generic == "马路"


def _ring(whole: str) -> list[str] | None:
    """Return the words of a ring road: 西二环路 is 西 + 2 + 环路, 二环北路 is 2 + 环 + 北路; None where it is none."""
    found = _RING.match(whole)
    if found is None:
        return None
    side, number, part, generic = found.groups()
    tail = ["环" + generic] if generic == "路" and not part else ["环", part + generic]
    return [*([side] if side else []), number, *tail]


def _loose_words(whole: str, kind: str) -> Iterator[list[str]]:
    """Yield the other ways in which the words of a street may be cut."""
    if kind not in ("street", ALL_KINDS):
        return
    if found := _RING.match(whole):
        side, number, part, generic = found.groups()
        yield from [[f"{side}{number}环", part + generic]] if side or part else []
    parts = split_name(whole, kind)
    if len(parts.specific) == 1 and parts.specific not in _NUMERALS and _LENDING.match(parts.generic):
        yield [parts.specific + parts.generic[0], parts.generic[1]]


def _ordinal(parts: Parts, whole: str) -> list[str] | None:
    """Return the words of a numbered street: 二马路 is 2 + 马路, 经五路 is 经 + 5 + 路; None where it is none."""
    if parts.specific in _dates() or parts.specific.rstrip("路") in _dates():
        return None
    if found := _ORDINAL_WHOLE.match(whole):
        return [found[1], found[2]]
    found = _GRID.match(parts.specific) or _SERIES.match(parts.specific)
    if found and parts.generic in _COUNTED and (len(found[1]) > 1 or found[1] in "经纬"):
        return [found[1], found[2], parts.generic]
    return None


def _word(word: str, syllables: list[str], kind: str) -> str:
    """Write one word: digits for ordinals, an apostrophe before a vowel, one capital."""
    if kind in ("street", ALL_KINDS) and word and all(c in _NUMERALS for c in word) and word not in _dates():
        return str(_number(word))
    spelt = ""
    for at, (character, syllable) in enumerate(zip(word, syllables, strict=True)):
        if character == "儿" and at == len(word) - 1 and at > 0 and kind == "street":
            spelt += "r"
            continue
        mark = "'" if spelt and is_han(character) and spelt[-1].isalpha() and syllable[0] in _VOWELS else ""
        spelt += mark + syllable
    return spelt[:1].upper() + spelt[1:]


def _number(word: str) -> int:
    """Return a Chinese numeral below a thousand."""
    value = digit = 0
    for character in word:
        if character in "十百":
            value += (digit or 1) * (10 if character == "十" else 100)
            digit = 0
        else:
            digit = _NUMERALS.index(character) + 1
    return value + digit


@cache
def _dates() -> frozenset[str]:
    """Return numerals that are days or words, not ordinals, e.g. 五一."""
    return frozenset(r["word"] for r in presets.rows("name_words") if r["list"] == "date")
