"""Did a code or a name of a division still stand on a day? By the official table of changes, with its dates."""

from datetime import date

from ..names import Division, official_divisions
from ..names.divisions import level_of


def abolished(code: str, on: date) -> Division | None:
    """Return the division that bore a code of six digits, where no division bears it on the day; None where one does.

    Codes the table does not know are not judged: it has every county, and none below.
    """
    held = official_divisions().bearing(code)
    if not held or any(d.stands(on) for d in held):
        return None
    return max(held, key=lambda d: d.until or date.min)


def former_name(name: str, code: str, level: str, on: date) -> Division | None:
    """Return the division that bore a name until before the day, where none of its city does on the day.

    Without a code of six digits the city is not known: then every division of the name must be gone.
    """
    known = [d for d in official_divisions().named(name) if d.level == level]
    if len(code) == 6 and code.isdigit() and level_of(code) == level:
        width = 4 if level == "county" else 2
        known = [d for d in known if d.code[:width] == code[:width]]
    if not known or any(d.stands(on) for d in known):
        return None
    return max(known, key=lambda d: d.until or date.min)


def bearer(name: str, code: str, level: str, on: date) -> Division | None:
    """Return the division of the same city (of a city: province) that bears a name on the day, where the code does not.

    None too where the code bears or bore that name, or several divisions share it.
    """
    width = 4 if level == "county" else 2
    known = [d for d in official_divisions().named(name) if d.level == level and d.code[:width] == code[:width]]
    if any(d.code == code for d in known):
        return None
    standing = [d for d in known if d.stands(on)]
    return standing[0] if len(standing) == 1 else None


def told(division: Division) -> dict[str, str]:
    """Return what messages say of a division of the past: its name, the year it ended, what it is now."""
    path = official_divisions().successors(division.code)
    year = "" if division.until is None else str(division.until.year)
    return {"old": division.name, "year": year, "now": f"{path[-1].name}({path[-1].code})" if path else "—"}
