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


def template() -> str:
    """Return the project file that `planner new` writes."""
    return files(__package__).joinpath("template.toml").read_text(encoding="utf-8")
