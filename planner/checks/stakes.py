"""Checks of the numbers of stakes: form, line, repetition, gaps, order, and the partners of one number."""

from collections.abc import Iterator
from itertools import pairwise

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from ..borders import BorderRules
from ..borders.stakes import codes_of
from .figures import called
from .finding import Finding, check

RULE = "《行政区域界线界桩管理办法》; 界桩编号规则"
_PARTNERS = {"double": "AB", "triple": "CDE"}


@check("BC-20", severity="error", layer="stakes", rule=RULE)
def number_form(register: gpd.GeoDataFrame, lines: gpd.GeoDataFrame) -> Iterator[Finding]:
    """A stake whose number breaks the rule, names a line that the register does not have, or other units.

    The rule: code of the line (4, 8 or 12 digits), three digits along it, and Q single, A and B
    double, C, D and E triple; `[borders] number` in the project file holds another one. Full-width signs and blanks
    are no fault. Junction stakes are numbered otherwise and pass. `feature_id` is the number. Numbers that only
    count along the line a stake declares (12, 12号, 12(1), 12A) are understood, and said once a line (warning):
    there `feature_id` is the line, `measure` counts the stakes.
    """
    judged = register[register["kind"].ne("junction")]
    yield from _local(judged[judged["local"]], lines)
    for _, stake in judged[~judged["local"]].iterrows():
        line = lines.loc[stake["line_id"]] if stake["line_id"] in lines.index else None
        variant = None
        if not isinstance(stake["letter"], str):
            variant = "form"
        elif line is None:
            variant = "line"
        elif stake["code"] not in {str(line.name), *codes_of(line["units"])}:
            variant = "units"
        if variant:
            said = {"number": stake["number"], "code": stake["code"] if isinstance(stake["code"], str) else ""}
            values = said | {"line": "" if line is None else called(line)}
            yield Finding(feature_id=str(stake["number"]), variant=variant, values=values, geometry=stake.geometry)


def _local(stakes: gpd.GeoDataFrame, lines: gpd.GeoDataFrame) -> Iterator[Finding]:
    for line_id, group in stakes.groupby("line_id", sort=True):
        known = line_id in lines.index
        values = {"line": called(lines.loc[line_id]) if known else line_id, "n": len(group)}
        yield Finding(
            feature_id=str(line_id),
            variant="local" if known else "local_line",
            severity="warning" if known else None,
            values=values | {"number": group["number"].iloc[0]},
            measure=float(len(group)),
            geometry=shapely.multipoints(group.geometry.to_numpy()),
        )


@check("BC-21", severity="error", layer="stakes", rule=RULE)
def number_repeated(register: gpd.GeoDataFrame) -> Iterator[Finding]:
    """Two stakes with one number, or one place on the line numbered both as single and as double or triple.

    Scrapped stakes do not count: a new stake may bear the number of the old. Numbers that only count along a line are
    compared on it, partners of a set apart. `measure` counts the stakes.
    """
    held = register[register["standing"]]
    own = held["line_id"].astype(str) + "/" + held["seq"].astype(str) + held["letter"].astype(str)
    for _, group in held.groupby(held["number"].mask(held["local"], own), sort=True):
        if len(group) > 1:
            yield _repeated(group, "", {"number": group["number"].iloc[0], "n": len(group)})
    for (_, seq), group in _by_place(held):
        kinds = sorted(set(group["kind"].dropna()))
        if len(kinds) > 1:
            numbers = "、".join(sorted(group["number"].astype(str)))
            yield _repeated(group, "kinds", {"numbers": numbers, "seq": f"{int(seq):03d}", "n": len(group)})


@check("BC-22", severity="warning", layer="stakes", rule=RULE)
def number_missing(register: gpd.GeoDataFrame, lines: gpd.GeoDataFrame) -> Iterator[Finding]:
    """Numbers between 001 and the last that no stake of the line bears, not even a scrapped one.

    One finding a run of numbers. `feature_id` is the line, `measure` counts the numbers.
    """
    for line_id, group in _numbered(register).groupby("line_id", sort=True):
        have = set(group["seq"].astype(int))
        for first, last in _runs(sorted(set(range(1, max(have))) - have)):
            n = last - first + 1
            line = called(lines.loc[line_id]) if line_id in lines.index else str(line_id)
            values = {"line": line, "first": f"{first:03d}", "last": f"{last:03d}", "n": n}
            yield Finding(
                feature_id=str(line_id), variant="" if n > 1 else "one", values=values, measure=float(n), tolerance=0.0
            )


@check("BC-23", severity="error", layer="stakes", rule=RULE)
def number_order(
    register: gpd.GeoDataFrame, along: pd.DataFrame, lines: gpd.GeoDataFrame, border_rules: BorderRules
) -> Iterator[Finding]:
    """Numbers that do not rise along the line, or that run from east to west or from south to north.

    The first is an error, one finding a line, and names the fewest stakes without which the order
    holds; the second a warning. Numbers should run from west to east, or from north to south where
    the line is taller than wide. From three numbers on. `measure` counts the stakes.
    """
    places = _places(register, along)
    for line_id, group in places.groupby("line_id", sort=True):
        at, line = group.sort_values("seq"), called(lines.loc[line_id])
        stray = _out_of_order(at["along_m"].to_numpy(), border_rules.tolerance_m())
        if len(at) >= 3 and len(stray):
            numbers = "、".join(at["numbers"].iloc[s] for s in stray)
            values, measure = {"line": line, "numbers": numbers, "n": len(stray)}, float(len(stray))
            where = shapely.multipoints(at[["x", "y"]].iloc[stray].to_numpy())
            yield Finding(feature_id=str(line_id), values=values, measure=measure, tolerance=0.0, geometry=where)
        elif len(at) >= 3 and (way := _backwards(at)):
            yield Finding(
                feature_id=str(line_id), variant=way, severity="warning", values={"line": line}, measure=float(len(at))
            )


@check("BC-24", severity="error", layer="stakes", rule=RULE)
def partner_missing(register: gpd.GeoDataFrame) -> Iterator[Finding]:
    """A double stake without its A or B, or a triple without its C, D or E.

    Places whose numbers mix kinds are left to BC-21; a triple lettered A, B, C is told so. `feature_id` is
    the number of the first that is there, `measure` counts those that lack.
    """
    for _, group in _by_place(register[register["standing"]]):
        kinds = set(group["kind"].dropna())
        wanted = _PARTNERS.get(kinds.pop() if len(kinds) == 1 else "", "")
        lack = [letter for letter in wanted if letter not in set(group["letter"])]
        if lack:
            first = group.sort_values("number").iloc[0]
            anew = wanted == _PARTNERS["triple"] and bool(set(group["letter"]) & {*"AB"})
            stem = f"{first['seq']} " if first["local"] else str(first["number"])[:-1]
            said = "、".join(f"{stem}{letter}" for letter in lack)
            values = {"number": first["number"], "lack": said, "wanted": "、".join(wanted)}
            yield Finding(
                feature_id=str(first["number"]),
                variant="letters" if anew else "",
                values=values | {"have": "、".join(sorted(group["letter"].astype(str)))},
                measure=float(len(lack)),
                geometry=first.geometry,
            )


def _numbered(register: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    return register[register["seq"].notna() & register["line_id"].notna() & register["kind"].ne("junction")]


def _by_place(register: gpd.GeoDataFrame) -> Iterator[tuple[tuple[str, int], gpd.GeoDataFrame]]:
    return iter(_numbered(register).groupby(["line_id", "seq"], sort=True))


def _repeated(group: gpd.GeoDataFrame, variant: str, values: dict[str, object]) -> Finding:
    where = shapely.multipoints(group.geometry.to_numpy())
    number = str(min(group["number"].astype(str)))
    return Finding(feature_id=number, variant=variant, values=values, measure=float(len(group)), geometry=where)


def _runs(numbers: list[int]) -> list[tuple[int, int]]:
    """Return first and last of each run of consecutive numbers."""
    breaks = [i for i in range(1, len(numbers)) if numbers[i] != numbers[i - 1] + 1]
    edges = [0, *breaks, len(numbers)]
    return [(numbers[a], numbers[b - 1]) for a, b in pairwise(edges) if a < b]


def _places(register: gpd.GeoDataFrame, along: pd.DataFrame) -> pd.DataFrame:
    """Return one row a number of a line: metres along it, the stakes, and their middle."""
    held = _numbered(register[register["standing"]])
    at = along.loc[held.index]
    frame = held.assign(along_m=at["along_m"], x=held.geometry.x, y=held.geometry.y)
    frame = pd.DataFrame(frame[frame["along_m"].notna()].drop(columns="geometry"))
    keys = ["line_id", "seq"]
    places = frame.groupby(keys)[["along_m", "x", "y"]].mean()
    return places.assign(numbers=frame.groupby(keys)["number"].agg("/".join)).reset_index()


def _out_of_order(at: np.ndarray, tolerance_m: float) -> list[int]:
    """Return the fewest positions without which `at` rises or falls throughout; ties within the tolerance pass."""
    best: list[int] = list(range(len(at)))
    for values in (at, -at):
        kept = longest_rise(values, tolerance_m)
        rest = [i for i in range(len(at)) if i not in kept]
        best = rest if len(rest) < len(best) else best
    return best


def longest_rise(values: np.ndarray, tolerance_m: float, weights: np.ndarray | None = None) -> set[int]:
    """Return the positions of the longest subsequence that does not fall by more than a tolerance.

    With positive `weights` it is the heaviest.
    """
    weights = np.ones(len(values)) if weights is None else weights
    length, before = weights.astype(float), np.full(len(values), -1)
    for i in range(1, len(values)):
        fits = np.flatnonzero(values[:i] <= values[i] + tolerance_m)
        if len(fits):
            before[i] = fits[int(np.argmax(length[fits]))]
            length[i] += length[before[i]]
    kept, i = set(), int(np.argmax(length)) if len(values) else -1
    while i >= 0:
        kept.add(i)
        i = int(before[i])
    return kept


def _backwards(at: pd.DataFrame) -> str:
    """Return "east" or "south" where the numbers start there, else ""."""
    dx, dy = (float(at[c].iloc[-1] - at[c].iloc[0]) for c in ("x", "y"))
    if abs(dx) >= abs(dy):
        return "east" if dx < 0 else ""
    return "south" if dy > 0 else ""
