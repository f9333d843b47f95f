"""What every chapter of the report is told from, and the phrases that several of them use."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ...pipeline import Study
from ..facts import Facts, ServiceFacts
from ..style import Words, number

ROWS = 10  # of a long list in the report; the annex has all
_CHINESE = re.compile("[\u4e00-\u9fff]")
NOBODY = 0.5  # people; less is noise of adding up


@dataclass(frozen=True, kw_only=True)
class Scene:
    """A study with its facts, in the words of one language."""

    study: Study
    facts: Facts
    words: Words

    @property
    def names(self) -> dict[str, str]:
        """The names of services and systems by id."""
        return self.facts.names

    @property
    def covered(self) -> list[ServiceFacts]:
        """The services whose coverage was measured."""
        return [s for s in self.facts.services if s.coverage is not None]

    def promise(self, s: ServiceFacts) -> str:
        """Return the standard in words: within so many minutes on foot or by car."""
        key = f"promise_{s.service.mode}"
        return self.words(key, minutes=number(s.service.standard_min))

    def nobody(self, s: ServiceFacts) -> str:
        """Say that nobody lives here whom a service is for."""
        return self.words("nobody", service=s.service.name, weight=self.words.inside("weight", s.service.weight))

    def near(self, s: ServiceFacts, minutes: float | None) -> str:
        """Return the minutes to the nearest facility: beyond the cutoff where missing, a dash where there is none."""
        return self.words.minutes(minutes, s.service.cutoff_min if len(s.facilities) else None)

    def money(self, yuan: float | None) -> str:
        """Return 万元, or thousands of yuan in English; a dash where nothing is said."""
        return self.words.money(yuan)

    def source(self, source: str) -> str:
        """Return where a number comes from, as it is printed."""
        if source == "planner.toml":
            return self.words("own_source")
        chinese = self.words.language != "zh" and _CHINESE.search(source) is not None
        return self.words.typeset(source) + (self.words("in_chinese") if chinese else "")


def parameter_value(value: float | str, unit: str, words: Words) -> str:
    """Return "0.89 m/s", or the word for a mode or a weight, or for each of those that a priority weighs."""
    if isinstance(value, str) and " × " in value:
        pairs = (one.split(" × ") for one in value.split(", "))
        return words.listed([f"{words.name('area', words.name('weight', who))} × {n}" for who, n in pairs])
    if isinstance(value, str):
        return words.name("weight", words.name("reading", words.name("mode", value)))
    return f"{number(value)} {words.name('unit', unit)}".strip()


def parameter_name(key: str, services: dict[str, str], words: Words) -> str:
    """Return what a parameter is called: the service or system and what is set."""
    parts: Sequence[str] = key.split(".")
    name = words.name("parameter", parts[-1])
    if parts[0] in ("transit", "circle"):
        return f"{words.name('layer', parts[0])}·{name}"
    if parts[0] == "systems":
        return f"{services.get(parts[1], parts[1])}·{words.name('system_parameter', parts[-1])}"
    return f"{services.get(parts[1], parts[1])}·{name}" if parts[0] == "services" else name


def layer_name(layer: object, services: dict[str, str], words: Words) -> str:
    """Return "设施·日间照料中心" for facilities.day_care."""
    kind, *rest = str(layer).split(".")
    return "·".join([words.name("layer", kind), *(services.get(part) or words.name("layer", part) for part in rest)])
