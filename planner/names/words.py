"""The word lists names are judged by: shipped ones from presets, the project's own on top."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

from .. import presets

LISTS = (
    "grand",
    "foreign",
    "loanword",
    "feudal",
    "vulgar",
    "company",
    "famous",
    "date",
    "leader",
    "whitelist",
    "protected",
)
LAWS = ("2022", "1986")


@dataclass(frozen=True)
class Word:
    """One entry of a list: the word, the classes and the division (code prefix) it holds for, where it comes from."""

    list: str
    word: str
    kinds: frozenset[str] = frozenset()
    admin: str = ""
    source: str = ""
    confidence: str = "S"

    def holds(self, kind: str, code: str) -> bool:
        """Tell whether the entry speaks of names of this class in this division."""
        return (not self.kinds or kind in self.kinds) and code.startswith(self.admin)


@dataclass(frozen=True, kw_only=True)
class Rules:
    """What names of a project are judged by: the law's year (its scopes), and the project's own words.

    `own` may extend every list; `leader` (leaders' names) and `protected` are empty unless the project fills them.
    """

    law: str = "2022"
    own: tuple[Word, ...] = field(default=())

    def found(self, which: str, text: str, kind: str, code: str) -> Word | None:
        """Return the longest word of a list in a text, for this class and division; None where there is none."""
        pattern = self._patterns.get(which)
        if pattern is None or not pattern.search(text):
            return None
        hits = (w for w in self._lists[which] if w.word in text and w.holds(kind, code))
        return next(hits, None)

    def excused(self, text: str, kind: str, code: str) -> Word | None:
        """Return the whitelisted or protected word that a name contains; such names are never suspected."""
        return self.found("protected", text, kind, code) or self.found("whitelist", text, kind, code)

    def scope(self, kind: str) -> str | None:
        """Return the level within which names of a class must differ: province, county, town or built_up."""
        return self._scopes.get(kind)

    def least_size(self, generic: str, code: str) -> dict[str, str] | None:
        """Return the row of the least sizes that a generic promises."""
        rows = (r for r in presets.rows("name_sizes") if r["generic"] == generic and code.startswith(r["admin"]))
        return next(rows, None)

    @cached_property
    def _scopes(self) -> dict[str, str]:
        return {r["kind"]: r["scope"] for r in presets.rows("name_scopes") if r["law"] == self.law}

    @cached_property
    def _patterns(self) -> dict[str, re.Pattern[str]]:
        """Return, for every list that has words, what finds any of them."""
        return {name: re.compile("|".join(re.escape(w.word) for w in ws)) for name, ws in self._lists.items() if ws}

    @cached_property
    def _lists(self) -> dict[str, tuple[Word, ...]]:
        """Return the words of every list, the longest first."""
        words = sorted((*_shipped(), *self.own), key=lambda w: (-len(w.word), w.word))
        return {name: tuple(w for w in words if w.list == name) for name in LISTS}


def words_of(rows: Iterable[dict[str, str]]) -> Iterator[Word]:
    """Read rows of list, word, kinds, admin, source, confidence; what is missing is empty."""
    for row in rows:
        kinds = frozenset(k for k in (row.get("kinds") or "").split("|") if k)
        texts = (row.get("admin") or "", row.get("source") or row.get("reason") or "", row.get("confidence") or "S")
        yield Word(row["list"], row["word"], kinds, *texts)


def _shipped() -> Iterator[Word]:
    yield from words_of(presets.rows("name_words"))
    yield from words_of({"list": "whitelist"} | r for r in presets.rows("name_whitelist"))
