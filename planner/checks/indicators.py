"""Check of the indicator register: its figures against each other, and against what they are made of."""

from collections.abc import Iterator
from typing import Any

import pandas as pd

from ..monitoring import FIGURES, SCALES, Verdict, indicator_verdicts
from .finding import Finding, Term, check

FOLD = 50.0  # a figure so many times another of its row is one in another unit (judgement, V)
_GROWS = ("增", "超", "growth", "increase")  # shares that may pass 100 %


@check("RS-06", severity="warning", layer="indicators", rule="R58; R35")
def contradictory_indicator(indicators: pd.DataFrame) -> Iterator[Finding]:
    """An indicator that contradicts itself or those it is made of.

    A target year not after the base year (error), a share above 100 % or 1,000 ‰, base, target and actual 50 times
    apart (units mixed), two targets for one name, place and year (error). Where the register says what a figure is
    made of, it is computed again: `parts` (ids whose sum it is), `part` of `whole` (ids or numbers; error, a warning
    where only % and ‰ are mistaken), `growth_of` (the id whose growth a year it is, compounded). `measure` is the
    figure, `tolerance` what it is held against.
    """
    rows = indicators.astype(object).where(indicators.notna(), None)
    for indicator_id, row in zip(map(str, rows.index), rows.to_dict("records"), strict=True):
        yield from (_finding(indicator_id, row, *fault) for fault in (*_years(row), *_shares(row), *_folds(row)))
    yield from _twice(rows)
    for indicator_id, figure, verdict in indicator_verdicts(indicators):
        yield _recomputed(rows, indicator_id, figure, verdict)


Fault = tuple[str, float, float, dict[str, Any]]


def _years(row: dict[Any, Any]) -> Iterator[Fault]:
    year, base = row.get("year"), row.get("base_year")
    if year is not None and base is not None and year <= base:
        yield "year", float(year), float(base), {"year": int(year), "base_year": int(base)}


def _shares(row: dict[Any, Any]) -> Iterator[Fault]:
    unit, name = str(row.get("unit") or ""), str(row["name"])
    if unit not in ("%", "‰") or any(word in name for word in _GROWS):
        return
    for figure in FIGURES:
        if (value := row.get(figure)) is not None and value > SCALES[unit]:
            said = {"column": Term(f"figure_{figure}"), "value": value, "unit": unit, "limit": SCALES[unit]}
            yield "share", float(value), SCALES[unit], said


def _folds(row: dict[Any, Any]) -> Iterator[Fault]:
    """Compare the smallest and the largest figure of a row; growth from next to nothing counts no less."""
    held = sorted((float(v), f) for f in FIGURES if (v := row.get(f)) is not None and v > 0)
    if len(held) > 1 and held[-1][0] >= FOLD * held[0][0]:
        (low, small), (high, large) = held[0], held[-1]
        columns = {"column": Term(f"figure_{large}"), "other": Term(f"figure_{small}")}
        yield "fold", high, low, columns | {"value": high, "against": low, "times": high / low}


def _twice(rows: pd.DataFrame) -> Iterator[Finding]:
    """Yield indicators that give another target than an earlier one of the same name, unit, place and year."""
    seen: dict[tuple[str, ...], tuple[str, float]] = {}
    for indicator_id, row in sorted(zip(map(str, rows.index), rows.to_dict("records"), strict=True)):
        if (target := row.get("target")) is None:
            continue
        key = tuple(str(row.get(k) or "") for k in ("name", "place_id", "unit", "year"))
        first, known = seen.setdefault(key, (indicator_id, float(target)))
        if known != float(target):
            said = {"value": float(target), "against": known, "other": first, "unit": row.get("unit") or ""}
            yield _finding(indicator_id, row, "twice", float(target), known, said)


def _recomputed(rows: pd.DataFrame, indicator_id: str, figure: str, verdict: Verdict) -> Finding:
    row = rows.loc[indicator_id].to_dict()
    made_of = [row[c] for c in ("parts", "part", "whole", "growth_of") if row.get(c) is not None]
    said = {"column": Term(f"figure_{figure}"), "value": verdict.said.value, "against": verdict.recomputed.value}
    variant = "unit" if verdict.word == "unit" else verdict.kind
    said |= {"unit": verdict.unit, "parts": " / ".join(map(str, made_of))}
    return _finding(indicator_id, row, variant, verdict.said.value, verdict.recomputed.value, said)


def _finding(
    indicator_id: str, row: dict[Any, Any], variant: str, measure: float, against: float, said: dict[str, Any]
) -> Finding:
    return Finding(
        feature_id=indicator_id,
        variant=variant,
        severity="error" if variant in ("year", "twice", "sum", "ratio") else None,
        values={"name": row["name"], "id": indicator_id, **said},
        measure=measure,
        tolerance=against,
    )
