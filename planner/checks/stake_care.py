"""Checks of the care for stakes: state, who is responsible, what the card lacks, patrol, replacement."""

from collections.abc import Iterator
from typing import Any

import geopandas as gpd
import pandas as pd

from ..borders import BorderRules, Units
from .finding import Finding, Term, check
from .subjects import called, of_stake

RULE = "《行政区域界线界桩管理办法》"


@check("BC-28", severity="error", layer="stakes", rule=RULE)
def not_mended(register: gpd.GeoDataFrame, on: pd.Timestamp) -> Iterator[Finding]:
    """A stake that is damaged, moved or lost and whose repair is not planned, or was due before the project's date.

    Judged by `state` and `repair_due`. `measure` is how many days the repair is late.
    """
    if "state" not in register.columns:
        return
    due = register["repair_due"] if "repair_due" in register.columns else pd.Series(pd.NaT, index=register.index)
    for stake_id, stake in register[register["state"].isin(["damaged", "moved", "lost"])].iterrows():
        planned = due[stake_id]
        if pd.isna(planned) or planned < on:
            late = None if pd.isna(planned) else float((on - planned).days)
            values = {"state": Term(f"state_{stake['state']}"), "due": _day(planned)}
            yield of_stake(stake, values, variant="" if late is None else "late", measure=late)


@check("BC-29", severity="error", layer="stakes", rule=f"{RULE}; 《行政区域界线管理条例》第六条")
def nobody_responsible(register: gpd.GeoDataFrame, lines: gpd.GeoDataFrame, units: Units) -> Iterator[Finding]:
    """A stake that nobody is responsible for, or somebody who is not one of the two neighbours.

    Judged where the register has the column `responsible`: a code, or a text that begins with the name of a
    neighbour or of a unit inside it, full or short, with or without the units above (玄武区民政局, 南京市玄武区).
    Who it is can only be told of lines whose units can be (BC-15), a name only where theirs are known. Stakes of a
    line that the register does not have are left to BC-20.
    """
    if "responsible" not in register.columns:
        return
    held = register[register["standing"] & register["line_id"].isin(lines.index) & register["kind"].ne("junction")]
    who = held["responsible"].map(lambda said: "".join(said.split()) if isinstance(said, str) else "")
    for (line_id, said), stakes in held.groupby([held["line_id"], who], sort=True):
        line = lines.loc[line_id]
        if not said or _a_stranger(said, line, units):
            for _, stake in stakes.iterrows():
                yield of_stake(stake, {"who": said, "line": called(line)}, variant="" if said else "missing")


def _a_stranger(said: str, line: pd.Series, units: Units) -> bool:
    """Return whether a text surely names nobody of the units of a line."""
    sides = [line["a"], line["b"]]
    known = all(isinstance(s, str) and (said.isdigit() or units.name(s) is not None) for s in sides)
    return known and not any(units.within(said, s) for s in sides)


@check("BC-30", severity="warning", layer="stakes", rule=f"{RULE}; 界桩登记表")
def card_incomplete(register: gpd.GeoDataFrame, border_rules: BorderRules) -> Iterator[Finding]:
    """A stake with fewer than three witness objects, or without a photo.

    Judged by the columns that the register has. `measure` counts the witnesses.
    """
    for _, stake in register[register["standing"]].iterrows():
        few = "witnesses" in register.columns and not stake["witnesses"] >= border_rules.witnesses
        no_photo = "photo" in register.columns and stake["photo"] != "yes"
        if few or no_photo:
            variant = "both" if few and no_photo else "" if few else "photo"
            n = 0 if not few or pd.isna(stake["witnesses"]) else int(stake["witnesses"])
            values = {"n": n, "least": border_rules.witnesses}
            measured = {"measure": float(n), "tolerance": float(border_rules.witnesses)} if few else {}
            yield of_stake(stake, values, variant=variant, **measured)


@check("BC-31", severity="warning", layer="stakes", rule=RULE)
def not_patrolled(register: gpd.GeoDataFrame, border_rules: BorderRules, on: pd.Timestamp) -> Iterator[Finding]:
    """A stake whose last patrol is more than twelve months before the project's date, or that has none.

    Judged where the register has the column `last_patrol`; a patrol on the very day twelve months ago
    counts. `measure` is the days since.
    """
    if "last_patrol" not in register.columns:
        return
    oldest = on - pd.DateOffset(months=border_rules.patrol_months)
    for _, stake in register[register["standing"]].iterrows():
        last = stake["last_patrol"]
        if pd.isna(last) or last < oldest:
            days = None if pd.isna(last) else float((on - last).days)
            values = {"last": _day(last), "months": border_rules.patrol_months}
            yield of_stake(stake, values, variant="never" if days is None else "", measure=days)


@check("BC-33", severity="info", layer="stakes", rule=f"{RULE}; 新型界桩更换计划")
def old_stakes(register: gpd.GeoDataFrame, lines: gpd.GeoDataFrame) -> Iterator[Finding]:
    """How many stakes of a line are still of the old type.

    Judged by the column `model`; one finding a line that has old ones. `measure` is the share of new
    stakes in per cent.
    """
    if "model" not in register.columns:
        return
    held = register[register["standing"] & register["model"].notna() & register["line_id"].notna()]
    for line_id, group in held.groupby("line_id", sort=True):
        new = int(group["model"].eq("new").sum())
        if new < len(group):
            line = called(lines.loc[line_id]) if line_id in lines.index else str(line_id)
            values = {"line": line, "new": new, "all": len(group), "old": len(group) - new}
            yield Finding(
                feature_id=str(line_id), layer="lines", values=values, measure=100.0 * new / len(group), tolerance=100.0
            )


def _day(value: Any) -> str:
    return "" if pd.isna(value) else pd.Timestamp(value).date().isoformat()
