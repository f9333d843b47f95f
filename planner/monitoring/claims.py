"""Do official figures agree with their own numbers? Sums, ratios, growth, units, and shares of whole counts."""

import math
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from .. import texts
from ..errors import Fault, TableError
from ..tables import CLAIMS

SCALES = {"": 1.0, "%": 100.0, "‰": 1000.0, "/万": 10_000.0}
MOST = 120  # towns and streets of a city: the largest of the five has 101 (domain research §3.4)
ALIKE = 0.05  # a figure this near, in another unit, is that figure with the wrong unit
_BIG = {"万": 1e4, "亿": 1e8}
_NUMBER = re.compile(r"^(-?\d+)(?:\.(\d+))?(万|亿)?$")


@dataclass(frozen=True)
class Span:
    """A figure with what its rounding hides: the value as printed, and the lowest and highest it may stand for."""

    value: float
    low: float
    high: float

    def meets(self, other: "Span") -> bool:
        """Tell whether the two may be the same number."""
        return self.low <= other.high * (1 + 1e-12) and other.low <= self.high * (1 + 1e-12)


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """How one claim fares: what it says, what its own numbers give, and the word for it (see `judge_claims`)."""

    claim_id: str
    kind: str
    text: str
    said: Span
    unit: str
    recomputed: Span
    word: str
    more: str = ""

    @property
    def holds(self) -> bool:
        """Whether nothing contradicts the claim."""
        return self.word in ("ok", "implied")

    @property
    def code(self) -> str:
        """The code of the check that speaks of it: RS-01 to RS-05."""
        return "RS-05" if self.word == "apart" else _CODES[self.kind]

    @property
    def variant(self) -> str:
        """The variant of its sentence in texts [checks]."""
        return "" if self.word in ("unlike", "no_count", "apart") else self.word

    @property
    def told(self) -> dict[str, Any]:
        """The values of its sentence."""
        quoted = f"{self.claim_id}“{self.text}”" if self.text else self.claim_id
        values = {"id": quoted, "said": self.said.value, "unit": self.unit, "found": self.recomputed.value}
        return values | {"more": self.more}


def judge_claims(claims: pd.DataFrame) -> pd.DataFrame:
    """Return for every claim what its own numbers give: `said`, `recomputed`, `verdict` and a sentence in zh and en.

    Kinds of claims (CLAIMS), all figures as printed, for "6.2万" hides more than 62000: sum (`parts` with ; between),
    ratio (`part` of `whole`, in `unit` %, ‰, /万), growth (`start` to `end`, a year over `years`, else in all), count
    (a rounded share of a whole number of `whole` units, or of at most `most`, else 120). Verdicts: ok; implied (a
    ratio without a whole: `recomputed` is the whole it implies); unlike; not_all ("100 %" of not all); unit (right
    in another unit); simple (a simple mean called growth a year); in_all (the growth of all years); no_count (no
    count gives that share); apart (claims of one `group` that imply different wholes).
    Source: domain research R.4.

    Raises:
        TableError: a claim lacks a number that its kind needs, or one cannot be read.
    """
    return pd.DataFrame([_told(one) for one in verdicts(claims)], columns=_VERDICT_COLUMNS).set_index("claim_id")


def verdicts(claims: pd.DataFrame) -> tuple[Verdict, ...]:
    """Return what `judge_claims` tells as records, in the order of the claims.

    Raises:
        TableError: a claim lacks a number that its kind needs, or one cannot be read.
    """
    CLAIMS.check(claims)
    records = zip(map(str, claims.index), claims.to_dict("records"), strict=True)
    rows = [(i, {k: v for k, v in row.items() if pd.notna(v)}) for i, row in records]
    faults = [fault for i, row in rows for fault in _unreadable(i, row)]
    if faults:
        raise TableError(*faults)
    judged = [
        Verdict(claim_id=i, kind=row["kind"], text=str(row.get("text", "")), **_JUDGES[row["kind"]](row))
        for i, row in rows
    ]
    return tuple(_grouped(judged, {i: str(row["group"]) for i, row in rows if "group" in row}))


def read_span(text: object) -> Span | None:
    """Return a printed figure: 1,207 stands for itself, 6.2万 for 61,500 to 62,500; None where it is none."""
    raw = f"{text:.12g}" if isinstance(text, float) else str(text)
    found = _NUMBER.match(unicodedata.normalize("NFKC", raw).replace(",", "").strip())
    if found is None:
        return None
    factor = _BIG.get(found[3] or "", 1.0)
    digits = len(found[2] or "")
    value = float(f"{found[1]}.{found[2] or 0}") * factor
    if not math.isfinite(value):
        return None
    half = 0.5 * 10.0**-digits * factor if digits or found[3] else 0.0
    return Span(value, value - half, value + half)


_VERDICT_COLUMNS = ["claim_id", "kind", "said", "recomputed", "verdict", "message_zh", "message_en"]
_CODES = {"sum": "RS-01", "ratio": "RS-02", "growth": "RS-03", "count": "RS-04"}
_NEEDS = {"sum": ("parts",), "ratio": ("part",), "growth": ("start", "end"), "count": ()}
_RANGES = {
    "sum": (),
    "ratio": (("whole", "claim_positive"),),
    "growth": (("start", "claim_positive"), ("end", "claim_not_negative")),
    "count": (("whole", "claim_counts"),),
}
_FITS: Mapping[str, Callable[[float], bool]] = {
    "claim_positive": lambda value: value > 0,
    "claim_not_negative": lambda value: value >= 0,
    "claim_counts": lambda value: value >= 1 and value == int(value),
}


def _unreadable(claim_id: str, row: Mapping[Any, Any]) -> Iterator[Fault]:
    for name in ("said", *_NEEDS[row["kind"]]):
        if name not in row:
            yield Fault("claim_lacks", {"id": claim_id, "kind": row["kind"], "column": name})
    for name in ("said", "part", "whole", "start", "end"):
        if name in row and read_span(row[name]) is None:
            yield Fault("claim_number", {"id": claim_id, "column": name, "value": row[name]})
    for part in str(row.get("parts", "0")).split(";"):
        if read_span(part) is None:
            yield Fault("claim_number", {"id": claim_id, "column": "parts", "value": part})
    if row.get("unit", "") not in SCALES:
        yield Fault("claim_number", {"id": claim_id, "column": "unit", "value": row["unit"]})
    for name, rule in _RANGES[row["kind"]]:
        if name in row and (span := read_span(row[name])) is not None and not _FITS[rule](span.value):
            yield Fault(rule, {"id": claim_id, "column": name, "value": row[name]})
    if row["kind"] == "ratio" and "whole" not in row and (span := read_span(row.get("said"))) and span.value <= 0:
        yield Fault("claim_positive", {"id": claim_id, "column": "said", "value": row["said"]})


def _said(row: Mapping[Any, Any]) -> Span:
    """Return what the claim says; of a share the last digit is rounded, even where it is a whole number."""
    span = _span(row["said"])
    whole_number = span.low == span.high and row["kind"] != "sum"
    return Span(span.value, span.value - 0.5, span.value + 0.5) if whole_number else span


def _span(text: object) -> Span:
    span = read_span(text)
    assert span is not None
    return span


def _sum(row: Mapping[Any, Any]) -> dict[str, Any]:
    said, parts = _said(row), [_span(p) for p in str(row["parts"]).split(";")]
    total = Span(*(sum(getattr(p, end) for p in parts) for end in ("value", "low", "high")))
    word = "ok" if total.meets(said) else "unlike"
    return {"said": said, "unit": "", "recomputed": total, "word": word}


def _ratio(row: Mapping[Any, Any]) -> dict[str, Any]:
    said, part, unit = _said(row), _span(row["part"]), str(row.get("unit", ""))
    scale = SCALES[unit]
    if "whole" not in row:
        implied = Span(part.value / said.value * scale, part.low / said.high * scale, part.high / said.low * scale)
        return {"said": said, "unit": unit, "recomputed": implied, "word": "implied"}
    whole = _span(row["whole"])
    share = Span(part.value / whole.value * scale, part.low / whole.high * scale, part.high / whole.low * scale)
    known = {"said": said, "unit": unit, "recomputed": share}
    if unit == "%" and said.value == 100 and part.high < whole.low:
        return known | {"word": "not_all"}
    if share.meets(said):
        return known | {"word": "ok"}
    meant = {u: share.value / scale * s for u, s in SCALES.items() if u not in ("", unit) and unit}
    other = next((u for u, value in meant.items() if abs(value - said.value) <= ALIKE * abs(said.value)), None)
    if other is None:
        return known | {"word": "unlike"}
    return known | {"word": "unit", "more": f"{meant[other]:.2f} {other}"}


def _growth(row: Mapping[Any, Any]) -> dict[str, Any]:
    said, start, end = _said(row), _span(row["start"]), _span(row["end"])
    years = float(row["years"]) if "years" in row else 1.0
    quotients = Span(end.value / start.value, max(end.low, 0.0) / start.high, end.high / start.low)
    ways = {
        "ok": _through(quotients, lambda q: 100.0 * (q ** (1.0 / years) - 1.0)),
        "simple": _through(quotients, lambda q: 100.0 * (q - 1.0) / years),
        "in_all": _through(quotients, lambda q: 100.0 * (q - 1.0)),
    }
    word = next((name for name, span in ways.items() if span.meets(said)), "unlike")
    return {"said": said, "unit": "%", "recomputed": ways["ok"], "word": word}


def _count(row: Mapping[Any, Any]) -> dict[str, Any]:
    """Return the counts k of N whose share rounds to what is said, the smallest N first."""
    said, unit = _said(row), str(row.get("unit", "%"))
    scale = SCALES[unit]
    wholes = [int(_span(row["whole"]).value)] if "whole" in row else range(1, int(row.get("most", MOST)) + 1)
    nearest = {n: round(said.value * n / scale) for n in wholes}
    fits = [f"{k}/{n}" for n, k in nearest.items() if said.low <= scale * k / n < said.high]
    best = min(nearest, key=lambda n: abs(scale * nearest[n] / n - said.value))
    share = scale * nearest[best] / best
    more = "、".join(fits[:8]) if fits else f"{nearest[best]}/{best}"
    word = "ok" if fits else "no_count"
    return {"said": said, "unit": unit, "recomputed": Span(share, share, share), "word": word, "more": more}


_JUDGES = {"sum": _sum, "ratio": _ratio, "growth": _growth, "count": _count}


def _through(quotients: Span, rate: Any) -> Span:
    return Span(rate(quotients.value), rate(quotients.low), rate(quotients.high))


def _grouped(judged: list[Verdict], groups: Mapping[str, str]) -> list[Verdict]:
    """Return the claims, those of one group that imply different wholes marked as apart; the first is the measure."""
    first: dict[str, Verdict] = {}
    kept = []
    for one in judged:
        group = groups.get(one.claim_id)
        if one.word == "implied" and group is not None:
            known = first.setdefault(group, one)
            if not known.recomputed.meets(one.recomputed):
                more = f"{known.claim_id}: {known.recomputed.value:,.0f}"
                kept.append(replace(one, word="apart", more=more))
                continue
        kept.append(one)
    return kept


def _told(one: Verdict) -> dict[str, Any]:
    section, key = ("claims", one.word) if one.word == "implied" else ("claims", f"{one.kind}_ok")
    if not one.holds:
        section, key = "checks", "_".join(filter(None, (one.code, one.variant)))
    said = {f"message_{language}": texts.say(language, section, key, **one.told) for language in texts.LANGUAGES}
    known = {"claim_id": one.claim_id, "kind": one.kind, "said": one.said.value, "recomputed": one.recomputed.value}
    return known | {"verdict": one.word} | said
