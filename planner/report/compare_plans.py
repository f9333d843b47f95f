"""Plans and systems of two runs beside each other, as rows of a table: `plan_rows`, `system_rows`."""

from collections.abc import Iterator
from typing import Any

import pandas as pd

from ..coverage import Share
from .run_folder import RunFolder
from .style import Words, missing

Row = tuple[str, ...]  # service or system, what, before, after, change
Sides = tuple[RunFolder, RunFolder]
_MONEY = ("cost",)  # of what a system's record says; the rest are counts


def plan_rows(sides: Sides, services: list[str], words: Words) -> list[Row]:
    """Return sites, money and coverage of both plans, then what is covered and spent by the end of each year."""
    return [row for service in services for row in _plan(sides, service, words)]


def system_rows(sides: Sides, words: Words) -> list[Row]:
    """Return the numbers of the systems that both runs answered; of lists, how many they hold."""
    before, after = (side.record.get("systems", {}) for side in sides)
    rows = []
    for system in (i for i in after if i in before):
        for key in after[system]:
            label = words.name("record", key)
            pair = [_size(record[system].get(key)) for record in (before, after)]
            if label != key and any(v is not None for v in pair):
                money = key in _MONEY
                told = [words.money(v) if money else words.count(v) for v in pair]
                rows.append((sides[1].names[system], label, *told, _change(pair, words, money=money)))
    return rows


def plan_headline(sides: Sides, service: str, words: Words) -> str | None:
    """Return one sentence on the coverage after both plans; None where a run has no plan."""
    covered = [side.record.get("plan", {}).get(service, {}).get("covered_after") for side in sides]
    if any(n is None for n in covered):
        return None
    before, after, points = _covered(sides, service, covered, words)
    return words("compare_after_plan", service=sides[1].names[service], before=before, after=after, points=points)


def _plan(sides: Sides, service: str, words: Words) -> Iterator[Row]:
    plans = [side.record.get("plan", {}).get(service) for side in sides]
    if not any(plans):
        return
    name = sides[1].names[service]
    counts = [None if plan is None else float(len(plan["sites"])) for plan in plans]
    yield name, words("compare_plan_sites"), *map(words.count, counts), _change(counts, words)
    for key, of in (("budget", _budget), ("cost", _cost)):
        money = [of(side, service) for side in sides]
        if any(m is not None for m in money):
            yield name, words(f"compare_plan_{key}"), *map(words.money, money), _change(money, words, money=True)
    covered = [None if plan is None else plan.get("covered_after") for plan in plans]
    yield name, words("compare_plan_covered"), *_covered(sides, service, covered, words)
    yield from _years(sides, service, words)


def _years(sides: Sides, service: str, words: Words) -> Iterator[Row]:
    """Yield what is covered and spent by the end of each year of either plan."""
    tables = [side.phases[side.phases["service"] == service].set_index("year") for side in sides]
    name = sides[1].names[service]
    for year in sorted({y for table in tables for y in table.index}):
        covered, spent = ([table[key].get(year) for table in tables] for key in ("covered", "spent"))
        yield name, words("compare_year_covered", year=year), *_covered(sides, service, covered, words)
        told = map(words.money, spent)
        yield name, words("compare_year_spent", year=year), *told, _change(spent, words, money=True)


def _covered(sides: Sides, service: str, people: list[float | None], words: Words) -> tuple[str, str, str]:
    """Return both shares with their people, and the difference in percentage points."""
    services = [side.record["services"][service] for side in sides]
    unit = words.unit(services[1]["weight"])
    shares = [
        None if missing(n) or n is None or not s["demand"] else n / s["demand"]
        for n, s in zip(people, services, strict=True)
    ]
    told = [
        "—" if share is None else words.share(Share(share * s["demand"], s["demand"]), unit)
        for share, s in zip(shares, services, strict=True)
    ]
    before, after = shares
    points = "—" if before is None or after is None else words("points", n=points_text(100 * (after - before)))
    return told[0], told[1], points


def _budget(side: RunFolder, service: str) -> float | None:
    """Return what a plan might spend in all years; None where money is no limit."""
    years = side.phases.loc[side.phases["service"] == service, "budget"]
    asked = side.record.get("plan", {}).get(service, {}).get("asked", {})
    return float(years.sum()) if len(years) else asked.get("budget")


def _cost(side: RunFolder, service: str) -> float | None:
    """Return what all sites of a plan cost; None where one has no cost or there is none."""
    costs: pd.Series = side.sites.loc[side.sites["service"] == service, "cost"]
    return float(costs.sum()) if len(costs) and costs.notna().all() else None


def _size(value: Any) -> float | None:
    """Return a number as it is, and how many a list holds; None for what is neither."""
    if isinstance(value, list):
        return float(len(value))
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _change(pair: list[float | None], words: Words, *, money: bool = False) -> str:
    """Return the difference with its sign; a dash where one side says nothing."""
    before, after = pair
    if before is None or after is None or missing(before) or missing(after):
        return "—"
    told = words.money(abs(after - before)) if money else words.count(abs(after - before))
    if after == before:
        return "0"
    return f"{'+' if after > before else '-'}{told}"


def points_text(points: float) -> str:
    """Return +1.2, -1.2 or 0.0; a dash where there is nothing to compare."""
    if missing(points):
        return "—"
    return f"{points:+.1f}" if abs(points) >= 0.05 else "0.0"
