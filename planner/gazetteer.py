"""The register of place names as tables: the place-name list, the ledger of the clean-up, the protected names."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import geopandas as gpd
import pandas as pd

from .names import kind_of, letters_only, likely_kind, main_part, official_divisions, romanise
from .names.parts import KINDS
from .tables import NAME_STATUSES, NAMES_IN_USE

LIST_COLUMNS = ("number", "name", "pinyin", "spelt_by", "kind", "place_id", "place", "former", "protected", "remark")
LEDGER_COLUMNS = ("place_id", "place", "irregular", "year", *NAME_STATUSES, "total")


def name_list(names: pd.DataFrame, places: pd.DataFrame) -> pd.DataFrame:
    """Return the place-name list by name_id: ordered by division code, class and pinyin, numbered from 1.

    Columns: number, name, pinyin, spelt_by ("register", or "auto" where the rules spelt it), kind (our word, see
    names.parts.KINDS; missing: unknown), place_id, place (the units above, highest first), former (former names
    and aliases), protected, remark. Names that are no longer in use are left out, and so are rows without a name.

    Source: the columns of 地名录 of the national census of place names.
    """
    held = names[names["name"].notna() & _in_use(names)]
    kinds = [_kind(row) for row in _rows(held)]
    codes = held.get("place_id", pd.Series(None, index=held.index, dtype=object)).fillna("")
    registered = held.get("pinyin", pd.Series(None, index=held.index, dtype=object))
    spelt = [romanise(main_part(n), k or "*", c) for n, k, c in zip(held["name"], kinds, codes, strict=True)]
    paths = {code: place_path(code, places) for code in dict.fromkeys(codes)}
    frame = pd.DataFrame(
        {
            "name": held["name"],
            "pinyin": registered.where(registered.notna(), pd.Series(spelt, index=held.index, dtype=object)),
            "spelt_by": ["register" if pd.notna(r) else "auto" for r in registered],
            "kind": pd.Series(kinds, index=held.index, dtype=object),
            "place_id": codes,
            "place": codes.map(paths),
            "former": [_joined(row) for row in _rows(held)],
            "protected": held.get("protected"),
            "remark": held.get("remark"),
        },
        index=held.index,
    )
    order = frame.assign(_kind=frame["kind"].map(_rank), _said=frame["pinyin"].map(letters_only), _id=frame.index)
    frame = frame.loc[order.sort_values(["place_id", "_kind", "_said", "name", "_id"]).index]
    return frame.assign(number=range(1, len(frame) + 1))[list(LIST_COLUMNS)].rename_axis("name_id")


def name_ledger(names: pd.DataFrame, places: pd.DataFrame) -> pd.DataFrame:
    """Return the ledger of the clean-up, counted by county, class of irregularity and year.

    Columns: place_id and place (the county; the city, or the unit given, where it is known to lie in none),
    irregular, year (of the approval, else of the application; missing: neither is known), one column for each
    status of NAMES, total. A missing status counts as `standard`. Judged are the names with `irregular`; the totals
    add up to their number.
    """
    frame = names[names["irregular"].notna()] if "irregular" in names else names.iloc[:0]
    if frame.empty:
        return pd.DataFrame(columns=list(LEDGER_COLUMNS))
    empty = pd.Series(pd.NaT, index=frame.index)
    day = frame.get("approved", empty).fillna(frame.get("applied", empty))
    codes = frame.get("place_id", pd.Series("", index=frame.index)).fillna("").map(partial(_county, places=places))
    status = frame.get("status", pd.Series(None, index=frame.index, dtype=object)).fillna("standard")
    keys = pd.DataFrame({"place_id": codes, "irregular": frame["irregular"], "year": day.dt.year.astype("Int64")})
    flags = {name: (status == name).astype(int) for name in NAME_STATUSES}
    counts = keys.assign(**flags, total=1).groupby([*keys], dropna=False, as_index=False).sum()
    counts["place"] = [place_path(code, places) for code in counts["place_id"]]
    return counts[list(LEDGER_COLUMNS)]


def protected_names(names: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the names that stand in a list of protected ones (heritage, red …), in use or not."""
    held = names[names["protected"].notna()] if "protected" in names else names.iloc[:0]
    return gpd.GeoDataFrame(held).sort_index()


def place_path(code: str, places: pd.DataFrame) -> str:
    """Return the units of a division code, highest first: 南京市六合区竹镇镇; empty where none is known."""
    path: list[str] = []
    here: str | None = code
    parents = places["parent_id"].to_dict() if "parent_id" in places else {}
    labels = places["name"].to_dict()
    while here in labels and len(path) < 6:
        path.insert(0, str(labels[here]))
        code, here = str(here), parents.get(here)
    official = official_divisions()
    above = [f"{code[:4]}00"] if len(code) > 4 and code.isdigit() else []
    above += [code[:6]] if len(code) > 6 and code.isdigit() else []
    found = [d.name for c in above if (d := official.get(c)) is not None and d.name not in path]
    own = official.get(code)
    return "".join([*found, *path] if path or own is None else [*found, own.name])


def _county(code: str, places: pd.DataFrame) -> str:
    """Return the county a code lies in, by the places, else by its digits; the code itself where there is none."""
    levels, parents = places["level"].to_dict(), places["parent_id"].to_dict() if "parent_id" in places else {}
    here, steps = code, 0
    while here in levels and steps < 6:
        if levels[here] == "county":
            return here
        here, steps = parents.get(here) or "", steps + 1
    return code[:6] if code.isdigit() and len(code) >= 6 else code


def _in_use(names: pd.DataFrame) -> "pd.Series[bool]":
    if "status" not in names:
        return pd.Series(data=True, index=names.index)
    return names["status"].isna() | names["status"].isin(NAMES_IN_USE)


def _rows(frame: pd.DataFrame) -> list[Mapping[str, Any]]:
    bare = pd.DataFrame(frame.drop(columns="geometry", errors="ignore"))
    return [dict(zip(map(str, bare.columns), row, strict=True)) for row in bare.itertuples(index=False, name=None)]


def _kind(row: Mapping[str, Any]) -> str | None:
    given = row.get("kind")
    return likely_kind(str(row["name"])) if pd.isna(given) else kind_of(str(given))


def _rank(kind: str | None) -> int:
    return KINDS.index(kind) if kind in KINDS else len(KINDS)


def _joined(row: Mapping[str, Any]) -> str | None:
    """Return aliases and former names in one cell."""
    said = [str(row[c]) for c in ("alias", "former") if c in row and not pd.isna(row[c])]
    return "、".join(said) or None
