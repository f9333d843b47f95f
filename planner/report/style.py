"""How numbers, words and colours look, the same in every output."""

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from .. import texts
from ..coverage import Share
from ..project import Limits

logger = logging.getLogger(__name__)

# ColorBrewer BrBG, 5 classes, safe for colour-blind readers: poorly covered is brown, well covered is teal.
SHARE_COLOURS = ("#8c510a", "#d8b365", "#f3ead0", "#b3ddd8", "#35978f")
NO_DATA = "#e3e3e3"
GAP = "#b2185b"
SITE = "#08306b"
AREA = "#6a3d9a"
CLOSED = "#8a1c1c"
FACILITY = "#ffffff"
FACILITY_EDGE = "#1a1a1a"
NOT_COUNTED = "#9a9a9a"
STREET = {"major": "#6f6a64", "middle": "#8f8a84", "minor": "#a9a49e"}
STREET_WIDTH = {"major": 1.5, "middle": 0.9, "minor": 0.5}
_MAJOR = ("motorway", "trunk", "primary")
_MIDDLE = ("secondary", "tertiary")
CJK_FONTS = (
    *("Noto Sans CJK SC", "Source Han Sans SC", "Source Han Sans CN", "Microsoft YaHei", "SimHei"),
    *("PingFang SC", "Heiti SC", "WenQuanYi Micro Hei", "WenQuanYi Zen Hei", "Noto Sans CJK JP"),
)
FIRST_CJK = "\u2e80"
_FULL_WIDTH = {",": "，", ":": "：", ";": "；", "(": "（", ")": "）"}
_MARKS = re.compile(r"[,:;] |[()]|(?<=[^\x00-\x7f%])[,:;]|[,:;](?=[^\x00-\x7f])")


@dataclass(frozen=True)
class Words:
    """The sentences of one language, and how it writes numbers."""

    language: str

    def __call__(self, key: str, /, **values: Any) -> str:
        """Return a sentence of the section [report]."""
        return texts.say(self.language, "report", key, **values)

    def name(self, kind: str, value: Any) -> str:
        """Return the word for a value of a kind ("cause", "level" …), or the value itself."""
        if missing(value):
            return ""
        return texts.load(self.language)["report"].get(f"{kind}_{value}", str(value))

    def inside(self, kind: str, value: Any) -> str:
        """Return the word as it stands inside a sentence: English does not begin it with a capital there."""
        word = self.name(kind, value)
        return word[:1].lower() + word[1:]

    def unit(self, weight: str) -> str:
        """Return what a weight is counted in."""
        return texts.load(self.language)["report"].get(f"unit_{weight}", "")

    def count(self, value: float | None, unit: str = "") -> str:
        """Return 1,234 with its unit; a dash where nothing is known."""
        if value is None or missing(value):
            return "—"
        return f"{value:,.0f}" + (f"{self('space')}{unit}" if unit else "")

    def money(self, yuan: float | None) -> str:
        """Return 万元, or thousands of yuan in English; a dash where nothing is said."""
        if yuan is None or missing(yuan):
            return "—"
        return texts.money(self.language, yuan)

    def percent(self, share: float | None) -> str:
        """Return 73.8%; never 100.0% of what is not all, never 0.0% of what is something."""
        if share is None or missing(share):
            return "—"
        return f"{texts.percent(share)}%"

    def share(self, share: Share, unit: str = "") -> str:
        """Return a percentage with its numerator, denominator and unit."""
        if share.share is None:
            return "—"
        counted = f"{self.count(share.covered)}/{self.count(share.demand, unit)}"
        return self("share", percent=self.percent(share.share), counted=counted)

    def minutes(self, value: float | None, cutoff_min: float | None = None) -> str:
        """Return minutes with one decimal; beyond the cutoff where they are missing."""
        if value is None or missing(value):
            return self("beyond", cutoff=number(cutoff_min)) if cutoff_min else "—"
        return f"{value:.1f}"

    def typeset(self, text: str) -> str:
        """Return a sentence of another room with the full-width marks of Chinese print."""
        if self.language != "zh":
            return text
        return _MARKS.sub(lambda m: _FULL_WIDTH[m[0].strip()], text)

    def listed(self, items: Sequence[str]) -> str:
        """Join words as the language does."""
        return self("comma").join(items)


def missing(value: Any) -> bool:
    """Return whether a single value is None, NaN or pandas' NA."""
    return value is None or value is pd.NA or bool(value != value)  # noqa: PLR0124  NaN is not itself


def number(value: float | None) -> str:
    """Return 15 or 0.89: as few digits as say it."""
    return "" if value is None else f"{value:.10g}"


def share_breaks(limits: Limits) -> tuple[float, ...]:
    """Return where the five classes of coverage begin, the limits of the statuses among them."""
    low, high = limits.partial_from, limits.covered_from
    return (0.0, round(low / 2, 4), low, round((low + high) / 2, 4), high)


def share_class(share: float | None, breaks: Sequence[float]) -> int | None:
    """Return the class of a share, 0 the worst."""
    if share is None or missing(share):
        return None
    return int(np.searchsorted(np.asarray(breaks), share, side="right")) - 1


def class_labels(breaks: Sequence[float], words: Words) -> list[str]:
    """Return what a legend says of each class: its range and its status."""
    ends = [*breaks[1:], 1.0]
    status = ("uncovered", "uncovered", "partial", "partial", "covered")
    return [
        words("class_label", low=number(100 * a), high=number(100 * b), status=words.name("status", s))
        for a, b, s in zip(breaks, ends, status, strict=True)
    ]


def street_class(highway: str) -> str:
    """Return major, middle or minor; unknown streets are minor."""
    base = highway.removesuffix("_link")
    return "major" if base in _MAJOR else "middle" if base in _MIDDLE else "minor"


@cache
def chart_font() -> str | None:
    """Return a font of this machine that draws Chinese; None, said once, where there is none."""
    found = _known_font() or _new_font()
    if found is None:
        logger.warning(texts.say("zh", "report", "no_font"))
    return found


def _known_font() -> str | None:
    from matplotlib import font_manager

    known = {font.name for font in font_manager.fontManager.ttflist}
    return next((name for name in CJK_FONTS if name in known), None)


def _new_font() -> str | None:
    """Look for fonts that were installed after matplotlib made its list."""
    from matplotlib import font_manager

    listed = {font.fname for font in font_manager.fontManager.ttflist}
    for file in sorted(set(font_manager.findSystemFonts()) - listed):
        try:
            font_manager.fontManager.addfont(file)
        except (OSError, RuntimeError):  # not a font that can be read
            continue
    return _known_font()


def chart_language(language: str) -> str:
    """Return the language of words in pictures: English where no font draws Chinese."""
    return "en" if chart_font() is None else language


def drawable(text: str, instead: str = "") -> str:
    """Return what a picture can write: the text, or something else where no font draws its Chinese."""
    return text if chart_font() is not None or max(text, default="") < FIRST_CJK else instead
