"""Checks of names in pinyin and on signs: PN-21, PN-22, PN-27, PN-28."""

import re
from collections.abc import Iterator

from ..names import (
    folded,
    is_transcribed,
    letters_only,
    main_part,
    other_spellings,
    read_letters,
    romanise,
    same_letters,
)
from ..names.readings import is_han, readings_of, toneless
from .book import Book, Entry, about
from .finding import Finding, check

SPELLING = "《中国地名汉语拼音字母拼写规则(汉语地名部分)》((84)中地字第17号)"
SIGNS = "GB 17733-2008"
_ENGLISH = re.compile(
    r"\b(road|street|avenue|lane|alley|district|county|city|town|township|village|community|river|lake|mountain|"
    r"bridge|park|square|plaza|building|north|south|east|west|middle|rd|st|ave)\b",
    re.IGNORECASE,
)


@check("PN-21", severity="warning", layer="names", rule=SPELLING)
def pinyin(book: Book) -> Iterator[Finding]:
    """Pinyin that is not spelt by the rules of 1984: words, capitals, apostrophes, digits; no English (Road).

    Compared with what `names.romanise` writes. Spellings without tones, and all in capitals as on signs, are fine.
    Other letters are a fault only where no reading of the character has them; where the override table of presets
    decides the reading, PN-22 speaks. Where names are taken from Mongolian, Tibetan or Uyghur, and in autonomous
    units, letters that no reading has may be those of the other language, by the rules of 1976: they are not judged
    there. Names whose standard spelling in another language is known (presets/transcriptions.csv: Ürümqi Shì, Harbin
    Shì) and that are spelt otherwise are only told (info).
    """
    for entry, row in book.gazetteer:
        if "pinyin" in row and (reason := _fault(entry, str(row["pinyin"]))):
            severity = "info" if reason == "transcribed" else None
            yield _finding(book, entry, reason, given=str(row["pinyin"]), severity=severity)


@check(
    "PN-22",
    severity="error",
    layer="names",
    rule="《地名管理条例》(国务院令第753号)第十六条;presets/place_readings.csv",
)
def reading(book: Book) -> Iterator[Finding]:
    """Pinyin that contradicts a reading the override table knows: 六合 in Nanjing is Lùhé, never Liùhé.

    The table is presets/place_readings.csv; a spelling without tones is compared without them.
    """
    for entry, row in book.gazetteer:
        if "pinyin" in row and (wrong := _overridden(entry, str(row["pinyin"]))):
            yield _finding(book, entry, "", given=str(row["pinyin"]), known=wrong)


@check("PN-27", severity="warning", layer="names", rule=SIGNS)
def sign(book: Book) -> Iterator[Finding]:
    """A sign that shows another name, or another spelling, than the standard one (columns `sign`, `sign_pinyin`).

    Capitals, and pinyin without tones, are allowed on signs.
    """
    for entry, row in book.gazetteer:
        if "sign" in row and folded(str(row["sign"])) != folded(entry.name):
            yield _finding(book, entry, "", given=str(row["sign"]))
        elif "sign_pinyin" in row:
            given, wanted = str(row["sign_pinyin"]), str(row.get("pinyin", _spelt(entry)))
            same = _same_words(given, wanted) or (wanted == _spelt(entry) and _in_order(entry, given))
            if not same:
                yield _finding(book, entry, "pinyin", given=given, wanted=wanted)


@check("PN-28", severity="info", layer="names", rule=SIGNS)
def no_sign(book: Book) -> Iterator[Finding]:
    """A street, compound or village that has no sign: `signs` is 0. Where the column is empty nothing is known.

    `measure` is the length of a street in m, where it is drawn or given (`length_m`).
    """
    for entry, row in book.gazetteer:
        if entry.kind in ("street", "compound", "settlement", "committee") and row.get("signs") == 0:
            drawn = entry.geometry.length if entry.geometry is not None and entry.kind == "street" else 0.0
            length = float(row.get("length_m", drawn)) or None
            yield _finding(book, entry, "" if length is None else "length", measure=length, length_m=length or 0.0)


def _fault(entry: Entry, given: str) -> str | None:
    """Return what is wrong with a spelling, as the variant of the message; None where it is right."""
    wanted = _spelt(entry)
    if _ENGLISH.search(given) and not _ENGLISH.search(wanted):
        return "english"
    if _in_order(entry, given):
        return None
    if is_transcribed(main_part(entry.name), entry.kind or "*", entry.code):
        return None if _same_words(given, wanted) else "transcribed"
    if not same_letters(given, wanted):
        return None if _overridden(entry, given) else _other_letters(entry, given, wanted)
    return "words" if not _same_words(given, wanted) else _wrong_tones(entry, given, wanted)


def _wrong_tones(entry: Entry, given: str, wanted: str) -> str | None:
    """Return "tones" for a spelling with tones that are no readings of its characters."""
    if given.lower() == toneless(given.lower()) or _bare(given) == _bare(wanted):
        return None
    return None if _overridden(entry, given) or _tones_fit(entry, given) else "tones"


def _other_letters(entry: Entry, given: str, wanted: str) -> str | None:
    """Return what is wrong with a spelling that has other letters than the wanted one."""
    if _may_be_read(entry, given):
        return "words" if re.search(r"\d", wanted) else None
    return None if entry.transcribed else "letters"


def _spelt(entry: Entry) -> str:
    return romanise(main_part(entry.name), entry.kind or "*", entry.code)


def _in_order(entry: Entry, given: str) -> bool:
    """Tell whether a spelling is one of those that are in order beside the one we write."""
    others = other_spellings(main_part(entry.name), entry.kind or "*", entry.code)
    return any(_same_words(given, other) for other in others if other != _spelt(entry))


def _bare(pinyin: str) -> str:
    """Return a spelling without capitals and spaces; the tones stay."""
    return re.sub(r"[\s'’-]", "", pinyin.lower())


def _same_words(given: str, wanted: str) -> bool:
    """Tell whether two spellings agree in words, capitals and apostrophes; all capitals are a sign's way."""
    a, b = (toneless(s.replace("’", "'").strip()).replace("ü", "u").replace("Ü", "U") for s in (given, wanted))
    return a == b.upper() if given.isupper() else a == b


def _overridden(entry: Entry, given: str) -> str | None:
    """Return the reading of the override table that a spelling contradicts; None where it contradicts none."""
    said = [(c, s, sure) for c, (s, sure) in _said(entry) if is_han(c)]
    runs = _matched([readings_of(c) | {s} for c, s, _ in said], letters_only(given))
    if runs is None:
        return None
    toned = given.lower() != toneless(given.lower())
    wrong = [
        s for (_, s, sure), heard in zip(said, runs, strict=True) if sure and toneless(s).replace("ü", "u") != heard
    ]
    if not wrong and toned and (known := [s for _, s, sure in said if sure]):
        wrong = [] if "".join(known) in _bare(given) else known
    return " ".join(s for _, s, sure in said if sure) if wrong else None


def _said(entry: Entry) -> list[tuple[str, tuple[str, bool]]]:
    name = main_part(entry.name)
    return list(zip(name, read_letters(name, entry.code), strict=True))


def _may_be_read(entry: Entry, given: str) -> bool:
    """Tell whether each character has a reading that makes up the given letters."""
    name = [c for c in main_part(entry.name) if is_han(c)]
    return _matched([readings_of(c) for c in name], letters_only(given)) is not None


def _tones_fit(entry: Entry, given: str) -> bool:
    """Tell whether the tones of a spelling are readings of its characters (neutral ones too)."""
    left = {""}
    text = _bare(given)
    for character in (c for c in main_part(entry.name) if is_han(c)):
        said = readings_of(character) | {toneless(r) for r in readings_of(character)}
        left = {head + s for head in left for s in said if text.startswith(head + s)}
    return text in left


def _matched(readings: list[frozenset[str] | set[str]], letters: str) -> list[str] | None:
    """Return the syllables, one a character, that make up the letters; None where they do not."""
    ways: dict[int, list[str]] = {0: []}
    plain = letters.replace("ü", "u")
    for said in readings:
        options = {toneless(r).replace("ü", "u") for r in said}
        ways = {
            at + len(s): [*path, s] for at, path in ways.items() for s in sorted(options) if plain.startswith(s, at)
        }
    return ways.get(len(plain))


def _finding(book: Book, entry: Entry, variant: str, **more: object) -> Finding:
    return about(book, entry, variant=variant, **({"wanted": _spelt(entry)} | more))
