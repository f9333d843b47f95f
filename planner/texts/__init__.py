"""Every sentence a user reads, by language, section and key."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

LANGUAGES = ("zh", "en")


@cache
def load(language: str) -> Mapping[str, Mapping[str, str]]:
    """Return section -> key -> sentence for `language` ("zh" or "en")."""
    source = files(__package__).joinpath(f"{language}.toml").read_text(encoding="utf-8")
    return MappingProxyType(tomllib.loads(source))


def say(language: str, section: str, key: str, /, **values: Any) -> str:
    """Return one sentence with its `{names}` filled in.

    Raises:
        KeyError: the section, the key or a value does not exist.
    """
    return load(language)[section][key].format(**values)


def money(language: str, yuan: float) -> str:
    """Return 万元, or thousands of yuan in English, as sentences and tables print them."""
    return f"{yuan / 10000:,.2f}" if language == "zh" else f"{yuan / 1000:,.1f}"


def amount(language: str, yuan: float) -> str:
    """Return money with its unit, exact to the yuan: 99.9999 万元, 8,000 元; in English thousands from 1,000 on."""
    large = 10_000 if language == "zh" else 1_000
    key, value = ("yuan_large", yuan / large) if abs(yuan) >= large else ("yuan_small", yuan)
    return say(language, "errors", key, value=f"{value:,.10g}")


def percent(share: float) -> str:
    """Return 73.8, a share in percent; never 100.0 of what is not all, never 0.0 of what is something."""
    shown = round(100 * share, 1)
    if share < 1 and shown == 100:
        shown = 99.9
    if share > 0 and shown == 0:
        shown = 0.1
    return f"{shown:.1f}"


def template() -> str:
    """Return the project file that `planner new` writes."""
    return files(__package__).joinpath("template.toml").read_text(encoding="utf-8")
