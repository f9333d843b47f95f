"""Whom a finding on borders is about: what a line is called, and the finding of a line or of a stake."""

from typing import Any

import pandas as pd

from .finding import Finding


def called(line: pd.Series) -> str:
    """Return what a line is called: its name and its id."""
    name = line.get("name")
    return f"{name}({line.name})" if isinstance(name, str) and name else str(line.name)


def of_line(line: pd.Series, values: dict[str, Any] | None = None, **told: Any) -> Finding:
    """Return the finding of a row of lines, which `{line}` of its message names, at the line unless told otherwise."""
    told = {"geometry": line.get("geometry")} | told
    return Finding(feature_id=str(line.name), values={"line": called(line)} | (values or {}), **told)


def of_stake(stake: pd.Series, values: dict[str, Any] | None = None, **told: Any) -> Finding:
    """Return the finding of a row of the register, which `{number}` of its message names, at the stake."""
    number = str(stake["number"])
    return Finding(feature_id=number, values={"number": number} | (values or {}), geometry=stake["geometry"], **told)
