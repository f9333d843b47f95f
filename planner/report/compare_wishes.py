"""What two runs asked of their plans, where they asked for different things: `wish_rows`; one in words: `wish_text`."""

from collections.abc import Callable, Mapping
from typing import Any

from .compare_plans import Row, Sides
from .style import Words, number

Tell = Callable[[Any, Words], str]
COLUMNS = ("service", "wish", "before", "after")
_MOST_IDS = 8


def wish_rows(sides: Sides, services: list[str], words: Words) -> list[Row]:
    """Return service, what was asked, before and after, for each wish that the runs do not share."""
    rows = []
    for service in services:
        before, after = (_wishes(side.record["plan"].get(service)) for side in sides)
        for key in [*after, *(k for k in before if k not in after)]:
            if before.get(key) != after.get(key):
                told = (wish_text(key, asked.get(key), words) for asked in (before, after))
                rows.append((sides[1].names[service], words.name("wish", key), *told))
    return rows


def _wishes(plan: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the model and all that was asked of it; nothing where there is no plan."""
    return {} if plan is None else {"model": plan["model"], **plan["asked"]}


def wish_text(key: str, value: Any, words: Words) -> str:
    """Return a wish in words; a dash where nothing of the kind was asked."""
    if value is None or value in ([], {}):
        return "—"
    if isinstance(value, bool):
        return words("yes" if value else "no")
    return _TELL.get(key, _plainly)(value, words)


def _plainly(value: Any, words: Words) -> str:
    """Return a number, or the ids of a list."""
    if not isinstance(value, list):
        return number(value) if isinstance(value, int | float) else str(value)
    shown = words.listed([str(i) for i in value[:_MOST_IDS]])
    return shown + (words("system_and_more", n=len(value)) if len(value) > _MOST_IDS else "")


def _money_by_year(value: dict[str, float], words: Words) -> str:
    return words.listed([f"{year} {words.money(yuan)}" for year, yuan in value.items()])


def _share_by_year(value: dict[str, float], words: Words) -> str:
    return words.listed([f"{year} {words.percent(share)}" for year, share in value.items()])


def _at_least(value: dict[str, Any], words: Words) -> str:
    return words("wish_each", level=words.inside("level", value["level"]), n=value.get("at_least", 1))


def _quotas(value: list[dict[str, Any]], words: Words) -> str:
    return words.listed(
        [
            words(
                "wish_quota",
                kind=words(f"wish_{q['urban_rural']}") if q.get("urban_rural") else "",
                level=words.inside("level", q["level"]),
                share=words.percent(q.get("share", 1.0)),
            )
            for q in value
        ]
    )


def _priority(value: dict[str, Any], words: Words) -> str:
    factors = [f"{words.name('weight', w)} × {number(n)}" for w, n in value.get("factors", {}).items()]
    weak = len(value.get("weak", []))
    more = [words("wish_weak", n=weak, factor=number(1 + value.get("weak_factor", 0.0)))] if weak else []
    return words.listed([*factors, *more])


def _running(value: dict[str, Any], words: Words) -> str:
    """Return the tenure in words, and the rest as planner.toml has it."""
    tenure = [words.name("tenure", value["tenure"])] if "tenure" in value else []
    return words.listed([*tenure, *(f"{key} = {told}" for key, told in value.items() if key != "tenure")])


_TELL: Mapping[str, Tell] = {
    "model": lambda value, words: words.name("model", value),
    "budget": lambda value, words: words.money(value),
    "share": lambda value, words: words.percent(value),
    "first": lambda value, words: words.percent(value),
    "budgets": _money_by_year,
    "milestones": _share_by_year,
    "at_least": _at_least,
    "quotas": _quotas,
    "priority": _priority,
    "running": _running,
}
