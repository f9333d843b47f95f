"""How a place name is said: the override table of presets first, a library where it is silent."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache

from .. import presets

_GENERIC = re.compile(r"((社区|村)?[居村]委会|社区|街道|镇|乡|村)$")
_HAN = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff]")
_ALL_HAN = re.compile(rf"{_HAN.pattern}+$")


@dataclass(frozen=True)
class Reading:
    """How a name is said: syllables with tones, and whether the library said so (`auto`) or the override table."""

    syllables: tuple[str, ...]
    auto: bool

    @property
    def toneless(self) -> str:
        """The syllables without their tones: the key by which homophones are found."""
        return " ".join(map(toneless, self.syllables))


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


def sounds(names: Iterable[tuple[str, str]]) -> list[str]:
    """Return `Reading.toneless` of many names with their division codes; a name of many divisions is read once."""
    known: dict[str, str] = {}
    said = []
    for name, code in names:
        if _any_override().search(name):
            said.append(read(name, code).toneless)
        else:
            if name not in known:
                known[name] = read(name).toneless
            said.append(known[name])
    return said


def read_letters(name: str, code: str = "") -> list[tuple[str, bool]]:
    """Return for every character its syllable, and whether the override table said it.

    What is no Chinese character stands for itself.
    """
    said: list[tuple[str, bool]] = []
    for word, known in _split(name, code):
        syllables = known.split() if known else _each(word)
        said += [(s, bool(known)) for s in syllables]
    return said


def readings_of(character: str) -> frozenset[str]:
    """Return all readings of one character, with tones."""
    from pypinyin import Style, pinyin

    return frozenset(pinyin(character, style=Style.TONE, heteronym=True)[0])


@lru_cache(maxsize=5_000)
def toneless(syllable: str) -> str:
    """Drop the tone marks but keep the dots of ü."""
    bare = "".join(c for c in unicodedata.normalize("NFD", syllable) if c not in "\u0300\u0301\u0304\u030c")
    return unicodedata.normalize("NFC", bare)


def is_han(character: str) -> bool:
    """Tell whether a character is a Chinese one."""
    return bool(_HAN.match(character))


def _each(word: str) -> list[str]:
    """Read a word character by character, in its context; what is no Chinese character stays."""
    said: list[str] = []
    for run in re.findall(rf"{_HAN.pattern}+|[^\u3400-\u9fff\U00020000-\U0003ffff]", word):
        said += _library(run) if is_han(run) else [run]
    return said


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


@cache
def _any_override() -> re.Pattern[str]:
    return re.compile("|".join(re.escape(name) for name, _, _ in _overrides()))


def _split(name: str, code: str) -> Iterator[tuple[str, str]]:
    """Cut a name into words of the override table, with their readings, and the rest, with none."""
    if not _any_override().search(name):
        yield name, ""
        return
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


def _pinyin(word: str) -> Iterator[str]:
    """Read a word with the library, phrase by phrase: names share them, so that each is read once."""
    from pypinyin.seg import mmseg, simpleseg

    for phrase in mmseg.seg.cut(word) if _ALL_HAN.match(word) else simpleseg.seg(word):
        yield from _phrase(phrase)


@lru_cache(maxsize=100_000)
def _phrase(phrase: str) -> tuple[str, ...]:
    from pypinyin import Style, lazy_pinyin

    return tuple(lazy_pinyin(phrase, style=Style.TONE))
