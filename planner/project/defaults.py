"""What planner.toml leaves out is filled in from presets, and named with its source and confidence."""

from pathlib import Path
from typing import Any

from pydantic import ValidationError

from .. import presets, texts
from ..errors import ProjectError, hint
from .siting import Running

_UNITS = {"speed_mps": "m/s", "standard_min": "min", "cutoff_min": "min", "parking_min": "min", "kmh": "km/h"}
_UNITS |= {"crossing_s": "s", "stop_walk_m": "m", "walk_min": "min", "bike_min": "min", "far_min": "min"}
_UNITS |= {"walk_mps": "m/s", "bike_mps": "m/s", "drive_mps": "m/s"}
_OFF = {"parking_min": 0.0, "stairs_factor": 1.0, "crossing_s": 0.0, "slope": True, "direction": "to"}
_OURS = ("cutoff_min", "mode", "weight")  # planner's own reading of a standard: its name must not stand beside them
_NO_PARKING = {"value": 0.0, "source": "", "confidence": "V"}


def filled_service(entry: dict[str, Any], language: str, file: Path) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return one [[services]] entry with its preset filled in, and the parameters of it."""
    known = presets.load("services")
    name = entry.get("preset")
    if name is not None and name not in known:
        raise ProjectError("unknown_preset", path=file, preset=name, hint=hint(str(name), known))
    preset = dict(known[name]) if name else {}
    origin = {"source": preset.pop("source", ""), "confidence": preset.pop("confidence", "V")}
    preset["name"] = preset["name"][language] if preset else entry.get("id", "")
    merged: dict[str, Any] = {"weight": "pop", "mode": "walk", "standard_min": 15} | preset | entry
    own = merged.get("kmh", {})
    crowded = merged.get("congestion")
    speed, by_class = _pace(merged)
    parking = presets.load("modes").get(merged["mode"], {}).get("parking_min", _NO_PARKING)
    merged = {"speed_mps": speed["speed_mps"], "kmh": by_class, "parking_min": parking["value"]} | merged
    merged.setdefault("cutoff_min", 2 * merged["standard_min"] if _number(merged["standard_min"]) else 30)
    ours = {key: {"source": texts.say(language, "values", f"ours_{key}"), "confidence": "L"} for key in _OURS}
    origins = {"speed_mps": speed, "parking_min": origin if "parking_min" in preset else parking} | ours
    said = [_said(entry, merged, key, origins.get(key, origin)) for key in _told(merged)]
    said += [_class_said(merged, highway, speed, own=highway in own, congestion=crowded) for highway in merged["kmh"]]
    said += _costs_said(merged) + _running_said(merged) + _priority_said(merged)
    merged["facilities"] = _source(merged, "facilities", also=("datum", "columns", "sheet"))
    if isinstance(merged.get("candidates"), str):
        merged["candidates"] = {"path": merged["candidates"]}
    merged["exclusions"] = [{"path": e} if isinstance(e, str) else e for e in merged.get("exclusions", [])]
    return merged, said


def _costs_said(merged: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the unit costs that make up for candidates without a cost, with source, year and region."""
    siting, costs = merged.get("siting"), presets.load("costs")
    name = siting.get("unit_cost") if isinstance(siting, dict) else None
    unit = costs["unit"].get(name) if isinstance(name, str) else None
    if unit is None:
        return []
    parts = {key: unit[key] for key in ("building", "equipment") if key in unit}
    rates = costs["rates"] if unit["per"] == "m2" else {}
    measure = {"m2": "元/m2", "site": "元/处"}[unit["per"]]
    return [
        {
            "key": f"services.{merged.get('id', '?')}.siting.{name}.{key}",
            "value": float(number["value"]),
            "unit": measure if key in parts else "",
            "source": _sourced(number),
            "confidence": number["confidence"],
        }
        for key, number in (parts | rates).items()
    ]


def _sourced(number: dict[str, Any]) -> str:
    """Return where a cost is from, with region and year."""
    return f"{number['source']}({number['region']},{number['year']}年)"


def _running_said(merged: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what a site costs a year: the project's own numbers, and those that the preset fills in."""
    siting = merged.get("siting")
    rule = siting.get("running") if isinstance(siting, dict) else None
    try:
        asked = Running.model_validate(rule)
    except ValidationError:
        return []  # of which the schema tells
    units = {"rent_m2": "元/m2·年", "staff": "元/年", "subsidy_bed": "元/床·年", "subsidy_meal": "元/餐"}
    own = {key: {"value": getattr(asked, key)} for key in units if getattr(asked, key) is not None}
    return [
        {
            "key": f"services.{merged.get('id', '?')}.siting.running.{key}",
            "value": float(number["value"]),
            "unit": units[key],
            "source": _sourced(number) if "source" in number else "planner.toml",
            "confidence": number.get("confidence", "P"),
        }
        for key, number in (own | asked.filled()).items()
    ]


def _priority_said(merged: dict[str, Any]) -> list[dict[str, Any]]:
    """Return how people are weighed where sites are chosen by priority."""
    siting = merged.get("siting")
    rule = siting.get("priority") if isinstance(siting, dict) else None
    if not isinstance(rule, dict):
        return []
    factors = rule.get("factors") or {merged.get("weight", "pop"): 1}
    told = [f"{name} × {factor}" for name, factor in factors.items()] if isinstance(factors, dict) else []
    weak = rule.get("weak_factor", 0)
    told += [f"weak × {1 + weak:g}"] if rule.get("weak") and _number(weak) else []
    own = {"source": "planner.toml", "confidence": "P"}
    return [{"key": f"services.{merged.get('id', '?')}.priority", "value": ", ".join(told), "unit": ""} | own]


def robustness_said(services: list[Any]) -> list[dict[str, Any]]:
    """Return what the robustness of sites is tried over, where a service asks for sites."""
    asked = [s.get("siting") for s in services if isinstance(s, dict)]
    if not any(isinstance(a, dict) and a.get("robustness", True) for a in asked):
        return []
    known = presets.load("robustness")
    return [
        {
            "key": f"robustness.{key}",
            "value": ", ".join(f"{v:g}" for v in grid["values"])
            if "values" in grid
            else f"± {100 * grid['spread']:g}%",
            "source": grid["source"],
            "confidence": grid["confidence"],
        }
        for key, grid in known.items()
        if "values" in grid or "spread" in grid
    ]


def _pace(merged: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the pace the service names, or its mode's first, and its speeds by highway class; drop the keys.

    Public transport is walked to at a walking pace. The project's own classes stand over the preset's. `congestion`
    multiplies all speeds by class; left out, the preset's multiplies the preset's own.
    """
    mode = presets.load("modes").get(walked(merged["mode"]), {})
    paces = mode.get("paces", {})
    named = merged.pop("pace", "general")
    first = next(iter(paces.values()), {"speed_mps": 1.0, "source": "", "confidence": "V"})
    classes = mode.get(named, {}) if named in paces else {}
    own, asked = merged.pop("kmh", {}), merged.pop("congestion", None)
    usual = asked if _number(asked) else classes.get("congestion", {"value": 1.0})["value"]
    by_class = {highway: kmh * usual for highway, kmh in classes.get("kmh", {}).items()}
    by_class |= {highway: kmh * asked if _number(asked) and _number(kmh) else kmh for highway, kmh in own.items()}
    return paces.get(named) or paces.get("general") or first, by_class


def walked(mode: str) -> str:
    """Return the mode whose paces count: public transport is walked to."""
    return "walk" if mode == "transit" else mode


def _told(merged: dict[str, Any]) -> list[str]:
    """Return the keys that the report lists: what always counts, and what was chosen off its default."""
    always = ["speed_mps", "standard_min", "cutoff_min", "mode", "weight"]
    return always + [k for k, off in _OFF.items() if merged.get(k, off) != off]


def _class_said(
    merged: dict[str, Any], highway: str, origin: dict[str, Any], *, own: bool, congestion: Any
) -> dict[str, Any]:
    """Return the speed of one class; what the project wrote of it, the class or the congestion, is named as its own."""
    said = _said({}, {"id": merged.get("id"), "kmh": merged["kmh"][highway]}, "kmh", origin)
    crowded = f"{'' if own else origin['source'] + '; '}planner.toml: congestion = {congestion}"
    ours = {"source": "planner.toml" if own and congestion is None else crowded, "confidence": "P"}
    return said | (ours if own or congestion is not None else {}) | {"key": f"{said['key']}.{highway}"}


def _said(entry: dict[str, Any], merged: dict[str, Any], key: str, origin: dict[str, Any]) -> dict[str, Any]:
    value = merged[key]
    own = key in entry or not origin.get("source")
    return {
        "key": f"services.{merged.get('id', '?')}.{key}",
        "value": float(value) if _number(value) else str(value),
        "unit": _UNITS.get(key, ""),
        "source": "planner.toml" if own else origin["source"],
        "confidence": "P" if own else origin["confidence"],
    }


def _source(merged: dict[str, Any], key: str, *, also: tuple[str, ...]) -> Any:
    """Return the layer as a table, taking up the datum and columns that stand beside it."""
    beside = {name: merged.pop(name) for name in also if name in merged}
    value = merged.get(key)
    if isinstance(value, dict):
        return beside | value
    return {"path": value} | beside if value is not None else value


def filled_limits(given: dict[str, Any]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return the limits with their presets filled in, and the parameters of them."""
    known = presets.load("modes")["limits"]
    filled = {key: preset["value"] for key, preset in known.items()} | given
    own = {"source": "planner.toml", "confidence": "P"}
    said = [
        {"key": f"limits.{key}", "value": value, "unit": "m" if key.endswith("_m") else ""}
        | (own if key in given else {k: known[key][k] for k in ("source", "confidence")})
        for key, value in filled.items()
        if key in known and _number(value)
    ]
    return filled, said


def filled_transit(given: dict[str, Any], day: Any) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return [transit] with its presets filled in, and the parameters of it; `day` is the project's."""
    known = {
        k: v for k, v in presets.load("modes")["transit"].items() if k in ("stop_walk_m", "window", "transit_time")
    }
    filled = {"date": day} | {key: preset["value"] for key, preset in known.items()} | given
    said = [_preset_said("transit", key, filled[key], given, known) for key in known]
    return filled, [*said, _preset_said("transit", "date", filled["date"], {"date": day}, {})]


def filled_circle(given: dict[str, Any], *, lines: bool) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return [circle] with its presets filled in, and the parameters that count; `lines`: there is a [transit]."""
    modes = presets.load("modes")
    known = dict(modes["circle"])
    known |= {"walk_mps": modes["walk"]["paces"]["general"], "bike_mps": modes["bike"]["paces"]["general"]}
    driving = {"drive_mps": modes["drive"]["paces"]["urban"], "parking_min": modes["drive"]["parking_min"]}
    known |= driving
    filled = {key: preset.get("value", preset.get("speed_mps")) for key, preset in known.items()} | given
    rides = lines and filled.get("far", "transit") == "transit"
    unused = {*driving} if rides else {"transit_time"}
    said = [_preset_said("circle", key, filled[key], given, known) for key in known if key not in unused]
    return filled, said


def _preset_said(
    room: str, key: str, value: Any, given: dict[str, Any], known: dict[str, dict[str, Any]]
) -> dict[str, Any]:
    own = {"source": "planner.toml", "confidence": "P"}
    origin = own if key in given else {k: known[key][k] for k in ("source", "confidence")}
    shown = "-".join(map(str, value)) if isinstance(value, list) else value if _number(value) else str(value)
    return {"key": f"{room}.{key}", "value": shown, "unit": _UNITS.get(key, "")} | origin


def told_borders(given: Any) -> list[dict[str, Any]]:
    """Return the numbers of the border checks as parameters, where a project has border registers."""
    if not isinstance(given, dict):
        return []
    own = {"source": "planner.toml", "confidence": "P"}
    rows = {k: row for group in presets.load("borders").values() for k, row in group.items()}
    return [
        {"key": f"borders.{key}", "value": given.get(key, row["value"]), "unit": row["unit"]}
        | (own if key in given else {k: row[k] for k in ("source", "confidence")})
        for key, row in rows.items()
        if isinstance(given.get(key, row["value"]), str | int | float)
    ]


def told_registers(*, facilities: bool, names: bool) -> list[dict[str, Any]]:
    """Return the numbers of the checks of registers as parameters: of facilities, of names, where there are any."""
    groups = ("record", "spot", "outside", "twice") * facilities + ("names",) * names
    return [
        {"key": f"registers.{group}.{key}"} | {k: row[k] for k in ("value", "unit", "source", "confidence")}
        for group in groups
        for key, row in presets.load("registers")[group].items()
    ]


def said_slope() -> dict[str, Any]:
    """Return the parameter that says how slopes slow a walk; for runs whose streets have any."""
    rule = presets.load("modes")["slope"]["walk"]
    value = f"exp({rule['steepness']:g} (|i {-rule['fastest_grade']:+g}| {rule['fastest_grade']:+g}))"
    return {"key": "walk.slope_rule", "value": value, "source": rule["source"], "confidence": rule["confidence"]}


def said_streets(given: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the parameter of closing gaps, where they are closed."""
    if "close_gaps" not in given.get("repair", ()):
        return []
    known = presets.load("streets")["doctor"]["gap_m"]
    origin = {"source": known["source"], "confidence": known["confidence"]}
    own = {"source": "planner.toml", "confidence": "P"}
    value = given.get("close_gaps_m", known["value"])
    said = {"key": "streets.close_gaps_m", "value": value, "unit": "m"} | (own if "close_gaps_m" in given else origin)
    return [said] if _number(value) else []


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
