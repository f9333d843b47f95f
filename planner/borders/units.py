"""Which unit a register of borders means: by its code, by its name, full or short, with or without the units above."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from ..names import official_divisions, plain, split_name
from ..names.divisions import Division, stem

_CODE = re.compile(r"[\w.]+", re.ASCII)
_BETWEEN = re.compile(r"[\s;,、/|~—–―-]+")  # of text in half width
_SHORT_LEAST = 2  # letters of a short name: 玄武 for 玄武区, never 叶 for 叶县


def unit_words(units: object) -> tuple[str, ...]:
    """Return codes or names in "320106;320111", "320106-320111" or "玄武区、栖霞区", in their order."""
    said = unicodedata.normalize("NFKC", units) if isinstance(units, str) else ""
    return tuple(word for word in _BETWEEN.split(said) if word)


@dataclass(frozen=True, eq=False)
class Units:
    """The units of PLACES by code and name; counties and above are known without it."""

    names: Mapping[str, str]
    parents: Mapping[str, str]

    @classmethod
    def of(cls, places: pd.DataFrame | None) -> "Units":
        """Return the units of PLACES; without it the official ones alone."""
        if places is None:
            return cls({}, {})
        said = (places[c].dropna() if c in places else pd.Series(dtype=object) for c in ("name", "parent_id"))
        return cls(*({str(code): str(value) for code, value in column.items()} for column in said))

    def code(self, word: str) -> str | None:
        """Return the code of the unit that a word names; None where none or more than one bears that name."""
        if word in self.names or _CODE.fullmatch(word):
            return word
        name = plain(word)
        found = self._by_name.get(name) or {d.code for d in official_divisions().named(name) if d.until is None}
        if len(found) != 1:
            found = {code for code in found or self._by_tail(name) if self.begins(name, code, whole=True)}
        return next(iter(found)) if len(found) == 1 else None

    def begins(self, text: str, code: str, *, whole: bool = False) -> bool:
        """Return whether a text begins with a unit's code or name, or is that and no more.

        玄武区民政局, 南京市玄武区民政局 and 玄武民政局 begin with 玄武区.
        """
        named = self.name(code)
        if named is None:
            return text.startswith(code)
        above = "".join(f"(?:{'|'.join(_forms(n))})?" for n in self._above(code))
        found = re.match(f"{above}(?:{'|'.join((re.escape(code), *_forms(named)))})", plain(text))
        return found is not None and (not whole or found.end() == len(plain(text)))

    def within(self, text: str, code: str) -> bool:
        """Return whether a text is the code, or begins with the name, of a unit or of one inside it."""
        if self.begins(text, code) or (text.isdigit() and text.startswith(stem(code))):
            return True
        inside = (d.code for d in official_divisions().all if d.until is None and _inside(d, code))
        return any(self.begins(text, below) for below in inside)

    def name(self, code: str) -> str | None:
        """Return what a unit is called; None where nobody knows."""
        official = official_divisions().get(code)
        return self.names.get(code, None if official is None else official.name)

    def _above(self, code: str) -> list[str]:
        """Return the names of the units above, the highest first."""
        path: list[str] = []
        here = self.parents.get(code)
        while here is not None and here not in path and here != code:
            path.insert(0, here)
            here = self.parents.get(here)
        if code.isdigit():
            over = (code[:digits].ljust(6, "0") for digits in (2, 4, 6))
            path = [*(c for c in over if c not in path and c != code), *path]
        return [name for c in path if (name := self.name(c)) is not None]

    @cached_property
    def _by_name(self) -> Mapping[str, set[str]]:
        """Codes of the project's units by full name, and by short names that are nobody's full one."""
        full: dict[str, set[str]] = {}
        for code, name in self.names.items():
            full.setdefault(plain(name), set()).add(code)
        short: dict[str, set[str]] = {}
        for name, codes in full.items():
            short.setdefault(_short(name), set()).update(codes)
        return short | full

    def _by_tail(self, name: str) -> Iterator[str]:
        """Yield codes of units whose name a name ends with: 南京市鼓楼区."""
        for at in range(1, len(name) - 1):
            yield from self._by_name.get(name[at:], ())
            yield from (d.code for d in official_divisions().named(name[at:]) if d.until is None)


def _inside(division: Division, code: str) -> bool:
    return division.code != code and division.stem.startswith(stem(code))


def _short(name: str) -> str:
    specific = split_name(name, "division").specific
    return specific if len(specific) >= _SHORT_LEAST else name


def _forms(name: str) -> list[str]:
    """Return a name and its short form as patterns, the longer first."""
    return [re.escape(form) for form in dict.fromkeys((plain(name), _short(plain(name))))]
