"""The machinery of the checks: what a check is, what it finds, and how findings become a table.

A check is a generator of `Finding`s under `@check(...)`. Its parameters name the tables it needs
(see `material`); it runs when they are there. It never raises and never repairs. The decorator only
wraps the function into a `Check` record: nothing is registered behind the reader's back, the list of
checks is the tuple `CHECKS` in this folder's `__init__`.
"""

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely.geometry.base import BaseGeometry

from .. import texts
from ..tables import FINDINGS, SEVERITIES, SMALLEST_CELL

CAP = 100  # findings listed a code; the rest are counted in one summary finding


@dataclass(frozen=True)
class Term:
    """A value of a message that is itself a sentence of texts [checks], said in the message's language."""

    key: str
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing a check found.

    `variant` picks the sentence `CODE_variant`; without it, `CODE`. `layer` and `severity` are the
    check's own where missing, `feature_id` missing means the whole layer. `evidence` is what the
    message rests on, by name; without it, the values of the message. Where it is stands in `geometry` alone.
    """

    feature_id: str | None = None
    layer: str | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    variant: str = ""
    severity: str | None = None
    measure: float | None = None
    tolerance: float | None = None
    people: float | None = None
    geometry: BaseGeometry | None = None
    evidence: Mapping[str, Any] | None = None


@dataclass(frozen=True, kw_only=True)
class Check:
    """A question we ask of the data: its code, its weight, the rule it cites, and how it is answered."""

    code: str
    severity: str
    layer: str
    blocks: bool
    rule: str
    find: Callable[..., Iterator[Finding]]

    @property
    def doc(self) -> str:
        """Its page in the docs: the docstring of the generator."""
        return inspect.getdoc(self.find) or ""

    @property
    def needs(self) -> tuple[str, ...]:
        """The tables without which it does not run: the parameters that have no default."""
        parameters = inspect.signature(self.find).parameters.values()
        return tuple(p.name for p in parameters if p.default is inspect.Parameter.empty)

    def run(self, tables: Mapping[str, Any]) -> list[Finding]:
        """Return what it finds, or nothing where a table it needs is not there."""
        if any(name not in tables for name in self.needs):
            return []
        wanted = inspect.signature(self.find).parameters
        return list(self.find(**{name: tables[name] for name in wanted if name in tables}))


@dataclass(frozen=True, kw_only=True)
class Acceptance:
    """The project's word that a finding may stay: which, why, and since when. No feature: all of the code."""

    code: str
    reason: str
    date: date
    feature_id: str | None = None

    def covers(self, findings: pd.DataFrame) -> "pd.Series[bool]":
        """Return which of the findings it speaks of."""
        same = findings["code"] == self.code
        return same if self.feature_id is None else same & (findings["feature_id"] == self.feature_id)


def check(
    code: str, *, severity: str, layer: str, rule: str, blocks: bool = False
) -> Callable[[Callable[..., Iterator[Finding]]], Check]:
    """Make a check of a generator function.

    `layer` is the table the findings' `feature_id` belongs to; `rule` is the clause or standard it
    rests on; `blocks` marks an error with which nothing may be computed.
    """
    if severity not in SEVERITIES:
        raise ValueError(f"{code}: severity is one of {', '.join(SEVERITIES)}, not {severity}")

    def wrap(find: Callable[..., Iterator[Finding]]) -> Check:
        return Check(code=code, severity=severity, layer=layer, blocks=blocks, rule=rule, find=find)

    return wrap


def table(found: Iterable[tuple[Check, Sequence[Finding]]], *, crs: Any = None, cap: int = CAP) -> gpd.GeoDataFrame:
    """Return FINDINGS: worst first, then by people, code and feature; ids are stable for the same data."""
    rows = [row for one, findings in found for row in _rows(one, findings, cap)]
    frame = pd.DataFrame(rows, columns=["finding_id", *_COLUMNS]).astype({"people": "float64"})
    rank = frame["severity"].map(SEVERITIES.index)
    frame = frame.assign(_rank=rank, _people=-frame["people"].fillna(-1.0), _id=frame["feature_id"].fillna("~"))
    frame = frame.sort_values(["_rank", "_people", "code", "_id", "finding_id"], kind="stable")
    frame = frame.drop(columns=["_rank", "_people", "_id"]).set_index("finding_id")
    FINDINGS.check(frame)
    return gpd.GeoDataFrame(frame, geometry="geometry", crs=crs)


def accept(findings: gpd.GeoDataFrame, accepted: Iterable[Acceptance]) -> gpd.GeoDataFrame:
    """Write reason and date beside the findings that the project accepts; they stay in the table."""
    findings = findings.copy()
    for word in accepted:
        findings.loc[word.covers(findings), "accepted"] = f"{word.reason}({word.date.isoformat()})"
    return findings


def count(findings: pd.DataFrame) -> dict[str, int]:
    """Return how many findings of each severity stand that the project has not accepted."""
    open_ = findings.loc[findings["accepted"].isna(), "severity"].value_counts()
    return {severity: int(open_.get(severity, 0)) for severity in SEVERITIES}


def blocking(findings: gpd.GeoDataFrame, checks: Iterable[Check]) -> gpd.GeoDataFrame:
    """Return the errors, not accepted, of checks with which nothing may be computed."""
    codes = {one.code for one in checks if one.blocks}
    return findings[findings["code"].isin(codes) & (findings["severity"] == "error") & findings["accepted"].isna()]


_COLUMNS = (*(c.name for c in FINDINGS.columns), "rule", "geometry")


def _rows(one: Check, findings: Sequence[Finding], cap: int) -> Iterator[dict[str, Any]]:
    ranked = sorted(findings, key=lambda f: _order(one, f))
    for number, finding in enumerate(ranked[:cap], start=1):
        yield _row(one, finding, f"{one.code}-{number:03d}", "_".join(filter(None, (one.code, finding.variant))))
    if rest := ranked[cap:]:
        worst = min((f.severity or one.severity for f in rest), key=SEVERITIES.index)
        values = {"n": len(rest), "listed": cap, "title": Term(f"{one.code}_title")}
        summary = Finding(severity=worst, values=values, measure=float(len(rest)))
        yield _row(one, summary, f"{one.code}-rest", "rest")


def _order(one: Check, finding: Finding) -> tuple[int, float, str, str, float]:
    rank = SEVERITIES.index(finding.severity or one.severity)
    people = -1.0 if finding.people is None else finding.people
    return rank, -people, finding.feature_id or "~", finding.variant, finding.measure or 0.0


def _row(one: Check, finding: Finding, finding_id: str, key: str) -> dict[str, Any]:
    said = {f"message_{language}": _say(language, key, finding.values) for language in texts.LANGUAGES}
    return {
        "finding_id": finding_id,
        "code": one.code,
        "severity": finding.severity or one.severity,
        "layer": finding.layer or one.layer,
        "feature_id": finding.feature_id,
        "measure": finding.measure,
        "tolerance": finding.tolerance,
        **said,
        "people": finding.people,
        "accepted": None,
        "evidence": _evidence(finding),
        "rule": one.rule,
        "geometry": finding.geometry,
    }


def _evidence(finding: Finding) -> str:
    """Return "name=value; name=value"; numbers to six digits, sentences left out."""
    values = finding.values if finding.evidence is None else finding.evidence  # noqa: PD011
    told = {k: f"{v:.6g}" if isinstance(v, float | np.floating) else str(v) for k, v in values.items()}
    return "; ".join(f"{k}={told[k]}" for k, v in values.items() if not isinstance(v, Term) and told[k] != "")


def evidence_of(text: str) -> dict[str, str]:
    """Return what a finding's evidence says, by name."""
    return dict(part.split("=", 1) for part in text.split("; ") if "=" in part)


_PEOPLE = ("people", "far")  # the values of a message that count persons


def _say(language: str, key: str, values: Mapping[str, Any]) -> str:
    said = {k: _say(language, v.key, v.values) if isinstance(v, Term) else v for k, v in values.items()}
    few = [k for k in _PEOPLE if k in values and 0 < float(values[k]) < SMALLEST_CELL]
    said |= dict.fromkeys(few, _Few(texts.say(language, "checks", "few")))
    return texts.say(language, "checks", key, **said)


class _Few(str):
    """A word in the place of a count of persons that is too small to be told; the format of a number is passed over."""

    __slots__ = ()

    def __format__(self, _: str) -> str:
        return str(self)
