"""Are the targets of a plan on their way? The indicator register, each status by a straight line to its target."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from ..tables import INDICATORS
from .claims import SCALES, Verdict, read_span, verdicts

FIGURES = ("base", "target", "actual")
DONE, ON_TRACK, BEHIND, MISSED = "done", "on_track", "behind", "missed"


def indicator_status(indicators: pd.DataFrame, *, on: date) -> pd.DataFrame:
    """Return INDICATORS with `status`: done, on_track, behind or missed; missing where it cannot be told.

    The path is a straight line from `base` at the end of `base_year` to `target` at the end of `year`; an
    indicator whose target lies below its base falls. Done is who has reached the target, missed who has not
    when its year is over. Without base and base_year nothing between can be told. Without a target: missing.

    Raises:
        TableError: the table breaks its contract.
    """
    INDICATORS.check(indicators)
    wanted = indicators.reindex(columns=["base", "base_year", "target", "year", "actual"]).astype(float)
    status = [_status(row, on) for row in wanted.to_dict("records")]
    return indicators.assign(status=pd.Series(status, index=indicators.index, dtype=object))


def _status(row: Mapping[Any, float], on: date) -> str | None:
    base, since, target, year, actual = (row[k] for k in ("base", "base_year", "target", "year", "actual"))
    if np.isnan(target) or np.isnan(actual):
        return None
    falls = base > target
    if (actual <= target) if falls else (actual >= target):
        return DONE
    if not np.isnan(year) and on > date(int(year), 12, 31):
        return MISSED
    if np.isnan(base) or np.isnan(since) or np.isnan(year) or year <= since:
        return None
    gone = (on - date(int(since), 12, 31)).days / (date(int(year), 12, 31) - date(int(since), 12, 31)).days
    path = base + (target - base) * min(max(gone, 0.0), 1.0)
    return ON_TRACK if ((actual <= path) if falls else (actual >= path)) else BEHIND


def indicator_verdicts(indicators: pd.DataFrame) -> Iterator[tuple[str, str, Verdict]]:
    """Yield id, figure (base, target, actual) and verdict of the figures that are not what they are made of.

    Judged by `judge_claims`: `parts` as a sum, `part` of `whole` as a ratio in the indicator's unit, `growth_of` as
    the compound growth a year of another from `base` to `target`. An id stands for the same figure of its row; what
    is neither an id nor a number, and what misses a number, is not judged.
    """
    records = zip(map(str, indicators.index), indicators.to_dict("records"), strict=True)
    rows = {i: {str(k): v for k, v in row.items() if pd.notna(v)} for i, row in records}
    made = {(i, f): claim for i, row in rows.items() for f in FIGURES if f in row and (claim := _claim(row, f, rows))}
    if made:
        claims = pd.DataFrame(list(made.values()), index=[f"{i}:{f}" for i, f in made]).rename_axis("claim_id")
        for (indicator_id, figure), verdict in zip(made, verdicts(claims), strict=True):
            if not verdict.holds:
                yield indicator_id, figure, verdict


def _claim(row: Mapping[str, Any], figure: str, rows: Mapping[str, Mapping[str, Any]]) -> dict[str, Any] | None:
    """Return a figure as a claim; None where the register does not say what it is made of, or not in full."""

    def value(of: object) -> str | None:
        found = rows[str(of)].get(figure) if str(of) in rows else of
        return f"{found:.12g}" if isinstance(found, float) else None if read_span(found) is None else str(found)

    said, unit = f"{float(row[figure]):.12g}", str(row.get("unit", ""))
    if "parts" in row:
        parts = [value(p.strip()) for p in str(row["parts"]).replace(";", ";").split(";")]
        return None if None in parts else {"kind": "sum", "said": said, "parts": ";".join(map(str, parts))}
    if "part" in row and "whole" in row and unit in SCALES:
        part, whole = value(row["part"]), value(row["whole"])
        known = part is not None and whole is not None and float(read_span(whole).value) > 0  # type: ignore[union-attr]
        return {"kind": "ratio", "said": said, "unit": unit, "part": part, "whole": whole} if known else None
    other = rows.get(str(row.get("growth_of", "")), {})
    if figure == "target" and {"base", "base_year", "target", "year"} <= other.keys() and other["base"] > 0:
        span = {"start": f"{other['base']:.12g}", "end": f"{other['target']:.12g}"}
        years = float(other["year"]) - float(other["base_year"])
        return {"kind": "growth", "said": said, **span, "years": years} if years > 0 else None
    return None
