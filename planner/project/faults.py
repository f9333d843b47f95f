"""What is wrong with planner.toml, as sentences with a key path and, where it helps, the word that may be meant."""

from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from .. import presets, texts
from ..errors import Fault, hint
from .borders import Borders
from .defaults import walked
from .schema import About, Accepted, CircleRule, Limits, Service
from .siting import Nominal, PlaceQuota, PriorityRule, Running, Siting
from .sources import Gazetteer, Source, Streets, TransitSource
from .systems import KINDS

_AT: dict[str, type[BaseModel]] = {
    "project": About,
    "streets": Streets,
    "places": Source,
    "names": Gazetteer,
    "demand": Source,
    "services": Service,
    "transit": TransitSource,
    "circle": CircleRule,
    "limits": Limits,
    "borders": Borders,
    "lines": Source,
    "stakes": Source,
    "inspections": Source,
    "tracks": Source,
    "works": Source,
    "seats": Source,
    "indicators": Source,
    "claims": Source,
    "accept": Accepted,
    "facilities": Source,
    "candidates": Source,
    "exclusions": Source,
    "buildings": Source,
    "siting": Siting,
    "nominal": Nominal,
    "at_least": Nominal,
    "quotas": PlaceQuota,
    "priority": PriorityRule,
    "running": Running,
}
_TOP = (
    *("project", "streets", "places", "names", "demand", "services", "transit", "circle", "systems"),
    *("limits", "borders", "indicators", "claims", "accept"),
)
_SAID_ALIKE = {
    "flag": "float_type",
    "float_parsing": "float_type",
    "int_parsing": "int_type",
    "int_from_float": "int_type",
    "model_attributes_type": "dict_type",
    "model_type": "dict_type",
    "list_type": "tuple_type",
    "string_too_short": "too_short",
}

_MEANT = {
    "cutoff_below_standard": (("cutoff_min",), "cutoff_min"),
    "partial_above_covered": (("covered_from",), "covered_from"),
    "services_twice": (("services", "id"), "ids"),
    "needs_transit": (("services", "mode"), "ids"),
    "circle_services": (("circle", "services"), "ids"),
    "unload_too_long": (("unload_min",), "unload_min"),
}
_SHAPES: tuple[tuple[str, type, str], ...] = (
    *(("preset", str, "string_type"), ("mode", str, "string_type"), ("pace", str, "string_type")),
    *(("kmh", dict, "dict_type"), ("exclusions", list, "tuple_type")),
)


def misshapen(raw: dict[str, Any], file: Path) -> Iterable[Fault]:
    """Yield what cannot even be filled in from presets, and paces that do not exist."""
    for room in ("limits", "transit", "circle"):
        if not isinstance(raw.get(room, {}), dict):
            yield _bad((room,), raw[room], "dict_type", {}, file)
    entries = raw.get("services")
    for i, entry in enumerate(entries if isinstance(entries, list) else []):
        for key, shape, said in _SHAPES if isinstance(entry, dict) else ():
            if key in entry and not isinstance(entry[key], shape):
                yield _bad(("services", i, key), entry[key], said, {}, file)
        if isinstance(entry, dict):
            yield from _bad_speeds(entry, ("services", i), file)


def _bad_speeds(entry: dict[str, Any], where: tuple[Any, ...], file: Path) -> Iterable[Fault]:
    """Yield a pace that the service's mode does not know, a class that is misspelt, and a congestion of nothing."""
    known = presets.load("services").get(str(entry.get("preset")), {})
    mode = presets.load("modes").get(walked(str(entry.get("mode", known.get("mode", "walk")))), {})
    pace, own = entry.get("pace", known.get("pace")), entry.get("kmh", {})
    paces = mode.get("paces", {})
    if isinstance(entry.get("pace"), str) and paces and entry["pace"] not in paces:
        yield Fault(
            "unknown_pace", {"path": file, "pace": pace, "key": _dotted((*where, "pace"))} | {"hint": hint(pace, paces)}
        )
    classes = presets.load("modes")["drive"]["by_class"]["kmh"]
    for highway in own if isinstance(own, dict) else ():
        meant = get_close_matches(highway, classes, n=1, cutoff=0.8)
        if meant and highway not in classes:
            yield Fault("unknown_key", {"path": file, "key": _dotted((*where, "kmh", highway)), "hint": meant[0]})
    if "congestion" in entry:
        yield from _bad_congestion(entry["congestion"], bool(own) or pace in mode, (*where, "congestion"), file)


def _bad_congestion(value: Any, by_class: bool, where: tuple[Any, ...], file: Path) -> Iterable[Fault]:
    """Yield a congestion that multiplies nothing, or is no share of the free speed."""
    if not by_class:
        yield Fault("idle_key", {"path": file, "key": _dotted(where), "detail": said_of("no_classes", {})})
    elif isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= 1:
        yield _bad(where, value, "congestion", {}, file)


def missing_keys(keys: Iterable[str], file: Path) -> tuple[Fault, ...]:
    """Say of each key that the project file lacks it."""
    return tuple(Fault("missing_key", {"path": file, "key": key}) for key in keys)


def fault_of(error: Any, file: Path) -> Fault:
    """Turn one pydantic error into a sentence with its key path."""
    where = tuple(error["loc"])
    if error["type"] == "union_tag_not_found":
        return Fault("missing_key", {"path": file, "key": _dotted((*where, "kind"))})
    if error["type"] == "union_tag_invalid":
        known = {"expected": ", ".join(f"'{kind}'" for kind in KINDS)}
        return _bad((*where, "kind"), error["ctx"]["tag"], "literal_error", known, file)
    if error["type"] == "extra_forbidden":
        return unknown_key(where, file)
    values = {"path": file, "key": _dotted(where)}
    if error["type"] == "missing":
        return Fault("missing_key", values)
    return _bad(where, error["input"], error["type"], error.get("ctx", {}), file)


def _bad(where: tuple[Any, ...], value: Any, kind: str, context: dict[str, Any], file: Path) -> Fault:
    """Say of one pydantic error type where it is, and what the value should have been."""
    if kind == "composite_services":
        where, value = (*where, context["where"]), context["ids"]
    if kind == "too_fast":
        where, value = (*where, *context["at"].split(".")), f"{context['kmh']} km/h"
        context = {**context, "mode": Fault(context["mode"], {}, section="words")}
    if kind in _MEANT:
        where, value = (*where, *_MEANT[kind][0]), context[_MEANT[kind][1]]
    values = {"key": _dotted(where), "value": _shown(value), "detail": said_of(kind, context)}
    return Fault("bad_key", {"path": file} | values)


def said_of(kind: str, context: dict[str, Any]) -> Fault:
    """Say of one pydantic error type, with its context, what the value should have been."""
    known = texts.load("zh")["values"]
    kind = "date" if kind.startswith(("date", "time")) else _SAID_ALIKE.get(kind, kind)
    said = {"expected": str(context.get("expected", "")).replace(" or ", ", ").replace("'", '"')}
    return Fault(kind if kind in known else "other", {**context, **said}, section="values")


def unknown_key(where: tuple[Any, ...], file: Path) -> Fault:
    """Say that a key is not known, and which one may be meant."""
    parents = [str(part) for part in where[:-1] if isinstance(part, str)]
    rooms = {**_AT, **KINDS} if parents[:1] == ["systems"] else _AT
    model = rooms.get(parents[-1]) if parents else None
    fields = dict.fromkeys(_TOP) if model is None else model.model_fields
    names = [*fields, "datum", "columns", "pace", "congestion"] if parents == ["services"] else list(fields)
    return Fault("unknown_key", {"path": file, "key": _dotted(where), "hint": hint(str(where[-1]), names)})


def _dotted(where: tuple[Any, ...]) -> str:
    """Return ("services", 0, "weight") as services[1].weight: counted as people count.

    Of a system pydantic also names the kind, which is no key: ("systems", 0, "hubs", "p").
    """
    if where[:1] == ("systems",) and len(where) > 2 and where[2] in KINDS:
        where = (*where[:2], *where[3:])
    return "".join(f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in where).lstrip(".") or "project"


def _shown(value: Any) -> str:
    text = _toml(value) if isinstance(value, dict | list | tuple | bool) else str(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _toml(value: Any) -> str:
    """Return a value as a project file writes it."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {_toml(v)}" for key, v in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_toml, value)) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else str(value)
