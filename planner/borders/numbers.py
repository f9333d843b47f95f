"""What the number of a stake says: by the rule, or as counties write it on one line: 12, 12号, 12(1), 12-2, 12A."""

import re
import unicodedata

import geopandas as gpd
import pandas as pd

_LOCAL = re.compile(r"^(?:NO\.?|第)?(\d{1,3})(?:[-(/]?([1-3A-E])\)?)?(?:#|号)?(?:界?桩)?$", re.ASCII)
_LETTERS = {"single": "Q", "double": "AB", "triple": "CDE"}
KINDS = {letter: kind for kind, letters in _LETTERS.items() for letter in letters}


def read_numbers(stakes: gpd.GeoDataFrame, rule: str) -> pd.DataFrame:
    """Return by stake `number` (full-width signs and blanks mended), `code`, `seq`, `letter`, and if it is `local`.

    All but the number are missing where it can not be told. A local number counts on the line that the stake declares
    (`line_id`), so `code` is missing; its letter is that of the kind declared, else Q. Partners are told by 1, 2, 3 or
    A, B, C behind the number, or, where two or three of one kind bear the very same one, by their order.
    """
    number = pd.Series([_plain(n) for n in stakes["number"]], index=stakes.index, dtype=object)
    said = [re.match(rule, n) for n in number]
    parts = [m.groups() if m else (None, None, None) for m in said]
    frame = pd.DataFrame(parts, columns=["code", "seq", "letter"], index=stakes.index, dtype=object)
    frame = frame.assign(number=number, local=False)
    if "line_id" in stakes:
        frame = _with_local(frame, stakes)
    return frame.assign(seq=pd.array([None if s is None else int(s) for s in frame["seq"]], dtype="Int64"))


def _plain(number: object) -> str:
    return "".join(unicodedata.normalize("NFKC", str(number)).split()).upper()


def _with_local(frame: pd.DataFrame, stakes: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return the frame with the numbers of stakes that keep no rule but tell their line, read as local ones."""
    kind = stakes["kind"] if "kind" in stakes else pd.Series(None, index=stakes.index, dtype=object)
    held = frame["seq"].isna() & stakes["line_id"].notna() & kind.ne("junction")
    found = frame.loc[held, "number"].map(_LOCAL.match).dropna()
    seq, mark = found.map(lambda m: m[1]), found.map(lambda m: m[2] or "")
    place = [stakes["line_id"].loc[found.index], seq.astype(float), kind.loc[found.index].fillna("")]
    order = pd.Series(range(len(found)), index=found.index).groupby(place).rank().astype(int)
    least = mark.groupby(place).transform("min")
    letters = {i: _letter(kind[i], mark[i], least[i], order[i]) for i in found.index}
    read = frame.index.isin(found.index)
    return frame.assign(
        seq=frame["seq"].mask(read, seq.reindex(frame.index)),
        letter=frame["letter"].mask(read, pd.Series(letters, dtype=object).reindex(frame.index)),
        local=read,
    )


def _letter(kind: object, mark: str, least: str, order: int) -> str:
    """Return the rule's letter of a local number: the `mark` behind it counts, or the stake's order among its like.

    `least` is the first mark among its like: triples may be marked C, D, E or anew from A.
    """
    letters = _LETTERS.get(str(kind), "Q" if not mark else "AB" if least in "12AB" else "CDE")
    if mark and least in letters:
        return mark
    nth = max("123".find(mark), "ABC".find(mark)) + 1 if mark else order
    return letters[min(nth, len(letters)) - 1]
