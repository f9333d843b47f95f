"""The stake register with what the numbers say: line, place on it, kind."""

from collections.abc import Mapping

import geopandas as gpd
import pandas as pd

from .numbers import KINDS, read_numbers
from .rules import BorderRules
from .units import unit_words

_CODE_DIGITS = (2, 4, 6)  # of a province, a city and a county in a line's code


def stake_register(
    stakes: gpd.GeoDataFrame, lines: pd.DataFrame | None, rules: BorderRules | None = None
) -> gpd.GeoDataFrame:
    """Return the stakes with `code`, `seq`, `letter` from their numbers, `kind` and `line_id`, in their order.

    The three are missing where the number can not be read; `local` tells those that keep no rule and were read on the
    line they declare (see `read_numbers`). `line_id` is the declared one, by id or by name, else the line that the code
    names. `standing` tells stakes that still count (not scrapped).
    """
    frame = _with_line_ids(stakes, lines)
    frame = frame.assign(**read_numbers(frame, (rules or BorderRules.of()).number))
    declared = frame["line_id"] if "line_id" in frame else pd.Series(None, index=frame.index, dtype=object)
    named = frame["code"].map(_lines_by_code(lines)) if lines is not None else frame["code"]
    kind = frame["kind"] if "kind" in frame else pd.Series(None, index=frame.index, dtype=object)
    state = frame["state"] if "state" in frame else pd.Series(None, index=frame.index, dtype=object)
    return frame.assign(
        line_id=declared.where(declared.notna(), named),
        kind=kind.where(kind.notna(), frame["letter"].map(KINDS)),
        standing=state.ne("scrapped"),
    )


def _with_line_ids(stakes: gpd.GeoDataFrame, lines: pd.DataFrame | None) -> gpd.GeoDataFrame:
    """Return the stakes with the ids of lines they declare by a name that one line bears."""
    if lines is None or "name" not in lines or "line_id" not in stakes:
        return stakes
    names = lines["name"][~lines["name"].duplicated(keep=False) & lines["name"].notna()]
    ids = dict(zip(names, names.index.astype(str), strict=True))
    told = stakes["line_id"]
    return stakes.assign(line_id=told.where(told.isin(lines.index), told.map(ids).where(told.isin(ids.keys()), told)))


def codes_of(units: object) -> set[str]:
    """Return the codes a line may have in a stake's number: those of its units or of what they lie in."""
    pair = unit_words(units)
    if len(pair) != 2:
        return set()
    a, b = sorted(pair)
    return {a[:n] + b[:n] for n in _CODE_DIGITS if a[:n] != b[:n]}


def halves(code: str) -> tuple[str, str]:
    """Return the codes of the two units, six digits each, that the code of a line names: 3234 is 320000 and 340000."""
    half = len(code) // 2
    return code[:half].ljust(6, "0"), code[half:].ljust(6, "0")


def _lines_by_code(lines: pd.DataFrame) -> Mapping[str, str]:
    """Return line ids by the codes that stakes may carry; a code that two lines might have names none."""
    found: dict[str, str | None] = {}
    for line_id, units in lines["units"].items():
        for code in {str(line_id), *codes_of(units)}:
            found[code] = None if code in found and found[code] != line_id else str(line_id)
    exact = {str(i): str(i) for i in lines.index}
    return {code: line for code, line in found.items() if line is not None} | exact
