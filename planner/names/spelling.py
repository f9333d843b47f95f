"""Names in the Latin alphabet, by the rules of 1984 and GB 17733: words, capitals, apostrophes, digits, tones.

Source: 《中国地名汉语拼音字母拼写规则(汉语地名部分)》((84)中地字第17号); GB 17733-2008; GB/T 16159-2012.
"""

import re
from functools import cache

from .. import presets
from .parts import ALL_KINDS, Parts, split_name, street_section
from .plain import folded, plain, simplified
from .readings import is_han, read_letters, toneless

_MODIFIERS = "东西南北中前后左右上下新老旧小大"
_NUMERALS = "一二三四五六七八九十百"
_BASES = ("大街", "小街", "街", "路", "巷", "弄", "胡同", "河", "江", "村", "街道", "水库", "运河", "桥", "站", "旗")
_COUNTED = ("马路", "环路", "经路", "纬路", "号路", "道街", "条", "支路", "弄", "路", "街", "巷", "道")
_ORDINAL_WHOLE = re.compile(rf"^(?:第)?([{_NUMERALS}]{{1,3}})(马路|环路|经路|纬路|号路|道街|条|支路)$")
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
    whole = plain(name) if kind == "committee" else simplified(folded(name))
    words = list(_words(whole, kind))
    said = [s for s, _ in read_letters("".join(words), code)]
    spelt, at = [], 0
    for word in words:
        spelt.append(_word(word, said[at : at + len(word)], kind))
        at += len(word)
    return " ".join(spelt)


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
    return list(_words(folded(name), kind))


def _words(whole: str, kind: str) -> list[str]:
    if kind in _TOGETHER:
        return [whole]
    if kind == "street" and (section := street_section(whole))[1]:
        return [*_words(section[0], kind), *section[1]]
    parts = split_name(whole, kind)
    rest = whole[len(parts.whole) :]  # a second name in brackets
    if not parts.generic or not parts.specific:
        return [w for w in (parts.whole, rest) if w]
    if kind in ("street", ALL_KINDS) and (counted := _ordinal(parts, whole[: len(whole) - len(rest)])):
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
    if len(generic) > 1 and generic[0] in "东西南北中" and len(specific) == 1:
        return specific + generic[0], generic[1:]  # 江 + 东路 is 江东 + 路
    return specific, generic


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
