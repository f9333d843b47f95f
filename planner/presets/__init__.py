"""Numbers with meaning, as data: each with its source and a confidence mark."""

import csv
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any


@cache
def load(name: str) -> Mapping[str, Any]:
    """Return the preset file `name`.toml, e.g. "services", "modes", "columns"."""
    return MappingProxyType(tomllib.loads(_text(f"{name}.toml")))


def number(name: str, group: str, key: str) -> float:
    """Return one number of the preset file `name`.toml, by its group and key."""
    return float(load(name)[group][key]["value"])


@cache
def rows(name: str) -> tuple[dict[str, str], ...]:
    """Return the rows of the preset table `name`.csv."""
    return tuple(csv.DictReader(_text(f"{name}.csv").splitlines()))


def _text(file: str) -> str:
    return files(__package__).joinpath(file).read_text(encoding="utf-8-sig")
