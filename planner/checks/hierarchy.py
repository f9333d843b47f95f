"""What codes and parents say only when the whole table is read: what is no code, who is above whom, who is missing."""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pandas as pd

from . import dated

Fault = tuple[str, str, str, dict[str, Any]]
"""Whom it is about, severity, the variant of the message, its values."""
MOST = 0.9  # of a level's units do it; the odd one out has made a mistake
_LIKE_A_CODE = re.compile(r"^(?=.*\d{3})[\dOoIl\s.\-]{5,}$", re.ASCII)


def odd_codes(places: pd.DataFrame) -> Iterator[Fault]:
    """Yield what was meant as a code and is none, among units of a level that nearly all have codes of digits."""
    codes = pd.Series(places.index.astype(str), index=places.index)
    digits = codes.str.fullmatch(r"[0-9]+")
    usual = digits.groupby(places["level"].to_numpy()).transform("mean") >= MOST
    meant = codes.str.normalize("NFKC").str.match(_LIKE_A_CODE)
    for code in codes[usual & ~digits & meant]:
        yield code, "error", "digits", {}


def odd_parents(places: pd.DataFrame) -> Iterator[Fault]:
    """Yield units without a parent among units that have one, and parents that skip a unit of the table.

    A circle of parents is one as well. Codes of development zones, whose parent is what the table says, pass.
    """
    codes, above = set(places.index), places["parent_id"].to_dict()
    for level, group in places.groupby("level", sort=False):
        has = group["parent_id"].notna()
        for code in group.index[~has] if has.mean() >= MOST else ():
            yield code, "warning", "no_parent", {}
        for code, parent in group["parent_id"][has].items():
            over = str(code)[:6]
            if parent == code or above.get(parent) == code:
                yield str(code), "error", "circle", {"parent": parent}
            elif (
                level == "town"
                and len(str(code)) == 9
                and over in codes
                and over != parent
                and over.startswith(bare(str(parent)))
            ):
                yield str(code), "error", "skips", {"parent": parent, "wanted": over}


def missing_parents(places: pd.DataFrame) -> Iterator[Fault]:
    """Yield each parent that is not in the table though a sister of it is, with how many units name it.

    A county is missed where another of its city stands in the table, a town where another of its county does; so units
    of a neighbour, loaded without what is above them, are let pass, and so are zones, which no official list has.
    """
    codes = [bare(str(i)) for i in places.index]
    under = Counter((level, code[:n]) for level, code in zip(places["level"], codes, strict=True) for n in (6, 9))
    sisters = {code[:-2] if len(code) == 6 else code[:-3] for code in codes if len(code) in (6, 9)}
    told = places["parent_id"].dropna()
    for parent, units in told[~told.isin(places.index)].groupby(told).groups.items():
        code = bare(str(parent))
        alike = len(code) in (6, 9) and (code[:-2] if len(code) == 6 else code[:-3]) in sisters
        if alike and not zone(code) and under[places.loc[units[0], "level"], code] == len(units):
            yield str(parent), "warning", "orphans", {"name": places.loc[min(units), "name"], "n": len(units)}


def under_abolished(places: pd.DataFrame, on: pd.Timestamp | None) -> Iterator[Fault]:
    """Yield each county code abolished by a day that towns and communities of the table still begin with.

    Where the table has the county itself, it is told of instead; units of the past (`valid_to`) pass.
    """
    if on is None:
        return
    past = pd.to_datetime(places["valid_to"]) <= on
    low = places[places["level"].isin(("town", "community")) & ~past.to_numpy()]
    codes = pd.Series(low.index.astype(str), index=low.index)
    codes = codes[codes.str.fullmatch(r"[0-9]{9}|[0-9]{12}")]
    for county, units in codes.groupby(codes.str[:6].to_numpy()):
        if county not in places.index and (old := dated.abolished(str(county), on.date())):
            values = {"name": low.loc[units.min(), "name"], "n": len(units), **dated.told(old)}
            yield str(county), "error", "below", values


def bare(code: str) -> str:
    """Return a code without the zeros that fill it up: 320116000000 is 320116, 320100 is 3201."""
    code = re.sub(r"(000|000000)$", "", code) if len(code) == 12 else code
    return re.sub(r"(00|0000)$", "", code) if len(code) == 6 else code


def zone(code: str) -> bool:
    """Return whether it is a statistical code of a development zone, which stands outside the standard."""
    return len(code) >= 6 and code[4] == "7"
