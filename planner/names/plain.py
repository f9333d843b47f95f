"""Names as they are compared: one width, one script, no stray spaces, one word for a committee."""

import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from typing import Any

_COMMITTEES = re.compile("(居|村)民委员会$")
_CLOSING = frozenset(")]】〕》」")
_BRACKETS = re.compile(r"[(\[【〔《「].*?[)\]】〕》」]$")


def folded(name: str) -> str:
    """Return a name in half-width characters without spaces; its script stays."""
    return "".join(unicodedata.normalize("NFKC", name).split())


def plain(name: str) -> str:
    """Return a name as it is compared: simplified, half-width, no spaces, one word for a committee."""
    return _COMMITTEES.sub(r"\1委会", folded(_converter().convert(name)))


def folded_all(names: Iterable[str]) -> list[str]:
    """Return `plain` of many names; the converter is called once, which is ten times as fast."""
    lines = ["".join(name.split()) for name in names]
    if not lines:
        return []
    whole: str = _converter().convert("\n".join(lines))
    return [_COMMITTEES.sub(r"\1委会", unicodedata.normalize("NFKC", line)) for line in whole.split("\n")]


def main_part(name: str) -> str:
    """Return a name without the second name in brackets at its end: 三星镇(叠石桥家纺产业园区) is 三星镇."""
    short = folded(name)
    return (_BRACKETS.sub("", short) or short) if short[-1:] in _CLOSING else short


def simplified(name: str) -> str:
    """Return a name in simplified characters."""
    said: str = _converter().convert(name)
    return said


@cache
def _converter() -> Any:
    from opencc import OpenCC

    return OpenCC("t2s")
