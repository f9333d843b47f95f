"""The exceptions of planner.

PlannerError
 ├─ ProjectError      (ValueError)         planner.toml says something that cannot be
 ├─ MissingFileError  (FileNotFoundError)  an input file is not there
 ├─ TableError        (ValueError)         an input table breaks a rule of `tables`
 ├─ NetworkError      (ValueError)         streets that cannot be routed on
 ├─ OutputError       (OSError)            a folder or file cannot be written
 ├─ InfeasibleError   (ValueError)         no choice of sites does what was asked
 └─ SolverError       (RuntimeError)       the solver stopped without an answer

An error carries faults (keys and values), not sentences; the sentences stand in `texts`, so the
same error can be read in Chinese and in English. All faults that were found are in one error.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from . import texts


@dataclass(frozen=True)
class Money:
    """An amount in yuan, which a fault says with its unit as its language writes money."""

    yuan: float


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong: the key of its sentence in texts [errors], and the values for it.

    A value may be `Money`, a `Fault` of another section, or a tuple of them, so that it is said in the same language.
    """

    key: str
    values: dict[str, Any]
    section: str = "errors"

    def text(self, language: str = "zh") -> str:
        """Return what is wrong, where, and what to do about it."""
        said = {name: _said(value, language) for name, value in self.values.items()}
        return texts.say(language, self.section, self.key, **said)


def _said(value: Any, language: str) -> Any:
    if isinstance(value, tuple):
        return texts.say(language, "errors", "between").join(str(_said(one, language)) for one in value)
    if isinstance(value, Money):
        return texts.amount(language, value.yuan)
    return value.text(language) if isinstance(value, Fault) else value


def hint(word: str, known: Iterable[str]) -> str:
    """Return the known word that is most like a wrong one, or all of them."""
    words = list(known)
    close = get_close_matches(word, words, n=1, cutoff=0.5)
    return close[0] if close else " | ".join(words)


class PlannerError(Exception):
    """Something the user can mend. `str()` is Chinese; `text("en")` is English."""

    def __init__(self, /, *what: str | Fault, **values: Any) -> None:
        """Take `Fault`s, or one key with its values."""
        self.faults = tuple(Fault(w, values) if isinstance(w, str) else w for w in what)
        super().__init__(self.faults)

    def text(self, language: str = "zh") -> str:
        """Return every fault, one a line."""
        return "\n".join(fault.text(language) for fault in self.faults)

    def __str__(self) -> str:
        return self.text()


class ProjectError(PlannerError, ValueError):
    """The project file says something that cannot be."""


class MissingFileError(PlannerError, FileNotFoundError):
    """An input file is not there."""


class TableError(PlannerError, ValueError):
    """An input table breaks a rule of `tables`."""


class NetworkError(PlannerError, ValueError):
    """Streets that cannot be routed on."""


class OutputError(PlannerError, OSError):
    """A folder or file cannot be written."""


class InfeasibleError(PlannerError, ValueError):
    """No choice of sites does what was asked."""


class SolverError(PlannerError, RuntimeError):
    """The solver stopped without an answer."""
