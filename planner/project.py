"""planner.toml becomes a `Project`: frozen, strict, with every default filled in and named.

Precedence: command line, project file, preset. What a preset filled in is listed, with its source
and confidence, in `Project.parameters`.
"""

import tomllib
from collections.abc import Iterable
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    NonNegativeFloat,
    PositiveFloat,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from . import presets, texts
from .errors import Fault, MissingFileError, ProjectError

ModeName = Literal["walk", "bike", "drive"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, allow_inf_nan=False)

    @field_validator("*", mode="before")
    @classmethod
    def _no_flag(cls, value: Any, info: ValidationInfo) -> Any:
        """Refuse true and false where a number is meant: pydantic would read them as 1 and 0."""
        if isinstance(value, bool) and cls.model_fields[str(info.field_name)].annotation is not bool:
            raise PydanticCustomError("flag", "flag")
        return value


class Source(_Strict):
    """A file with its datum and the names its columns have: ours = theirs."""

    path: tuple[str, ...] = Field(min_length=1)
    datum: str | None = None
    columns: dict[str, str] = Field(default_factory=dict)
    sheet: str | None = None

    @field_validator("path", mode="before")
    @classmethod
    def _several(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else value


class Streets(Source):
    """The streets, and the csv that corrects their tags (way_id, key, value, reason)."""

    corrections: str | None = None


class Nominal(_Strict):
    """Every unit of `level` must have `at_least` facilities in service."""

    level: Literal["city", "county", "town", "community"]
    at_least: int = Field(default=1, ge=1)


class Siting(_Strict):
    """How many sites, or how much money, by which model."""

    model: Literal["mclp", "lscp", "p_median", "p_center"] = "mclp"
    p: int | None = Field(default=None, ge=1)
    budget: float | None = Field(default=None, gt=0)
    share: float = Field(default=1.0, gt=0, le=1)

    @model_validator(mode="after")
    def _enough(self) -> Self:
        if self.model == "mclp" and (self.p is None) == (self.budget is None):
            raise PydanticCustomError("p_or_budget", "p_or_budget")
        if self.model in ("p_median", "p_center") and self.p is None:
            raise PydanticCustomError("needs_p", "needs_p", {"model": self.model})
        return self


class Service(_Strict):
    """One service: where its facilities are, and what is promised."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    preset: str | None = None
    name: str
    mode: ModeName
    speed_mps: PositiveFloat
    kmh: dict[str, PositiveFloat] = Field(default_factory=dict)
    stairs_factor: float = Field(default=1.0, ge=1)
    parking_min: NonNegativeFloat = 0.0
    direction: Literal["to", "from"] = "to"
    standard_min: PositiveFloat
    cutoff_min: PositiveFloat
    weight: str
    nominal: Nominal | None = None
    facilities: Source
    candidates: Source | None = None
    exclusions: tuple[Source, ...] = ()
    siting: Siting | None = None

    @model_validator(mode="after")
    def _reaches(self) -> Self:
        if self.cutoff_min < self.standard_min:
            given = {"cutoff_min": f"{self.cutoff_min:g}", "standard_min": f"{self.standard_min:g}"}
            raise PydanticCustomError("cutoff_below_standard", "cutoff_below_standard", given)
        return self


class About(_Strict):
    """What the project is called, and what holds for all of it."""

    name: str = Field(pattern=r"^[\w\-]+$")
    title: str = ""
    language: Literal["zh", "en"] = "zh"
    crs: str
    date: date
    sample: bool = False
    map_approval: str = ""
    attribution: str = "© OpenStreetMap contributors, ODbL"

    @field_validator("crs")
    @classmethod
    def _metres(cls, value: str) -> str:
        from pyproj import CRS
        from pyproj.exceptions import CRSError

        try:
            crs = CRS.from_user_input(value)
        except CRSError as error:
            raise PydanticCustomError("crs_unknown", "crs_unknown") from error
        if not crs.is_projected or crs.axis_info[0].unit_name != "metre":
            raise PydanticCustomError("crs_not_metres", "crs_not_metres")
        return value


class Limits(_Strict):
    """Limits with a meaning; the defaults and their sources stand in presets/modes.toml."""

    snap_max_m: PositiveFloat
    snap_warn_m: PositiveFloat
    covered_from: float = Field(gt=0, le=1)
    partial_from: float = Field(gt=0, le=1)
    gap_reach_m: PositiveFloat
    gap_extent_m: PositiveFloat
    gap_people_min: float = Field(ge=0)


class Accepted(_Strict):
    """A finding the project accepts, why and since when; without feature_id the whole code."""

    code: str
    feature_id: str | None = None
    reason: str = Field(min_length=2)
    date: date


class Parameter(_Strict):
    """One number of the run: where it comes from and how sure it is (S, L, V; P: the project file)."""

    key: str
    value: float | str
    unit: str = ""
    source: str
    confidence: Literal["S", "L", "V", "P"]


class Project(_Strict):
    """Everything planner.toml says, defaults filled in."""

    about: About = Field(alias="project")
    streets: Streets
    places: Source | None = None
    demand: Source
    services: tuple[Service, ...] = Field(min_length=1)
    limits: Limits
    accept: tuple[Accepted, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    base: Path = Path()
    file: Path = Path("planner.toml")

    @model_validator(mode="after")
    def _once(self) -> Self:
        ids = [s.id for s in self.services]
        if len(set(ids)) < len(ids):
            raise PydanticCustomError("services_twice", "services_twice", {"ids": ", ".join(ids)})
        return self

    @property
    def name(self) -> str:
        """The folder of its runs."""
        return self.about.name

    @property
    def language(self) -> str:
        """The language of everything a reader sees: zh or en."""
        return self.about.language

    @property
    def crs(self) -> str:
        """The one projected CRS of all layers."""
        return self.about.crs

    @property
    def sources(self) -> dict[str, Source]:
        """Every input by the layer it feeds."""
        named: dict[str, Source] = {"streets": self.streets, "demand": self.demand}
        named |= {"places": self.places} if self.places else {}
        for service in self.services:
            named[f"facilities.{service.id}"] = service.facilities
            named |= {f"candidates.{service.id}": service.candidates} if service.candidates else {}
            named |= {f"exclusions.{service.id}.{i}": s for i, s in enumerate(service.exclusions, 1)}
        return named


def load_project(file: str | Path) -> Project:
    """Read a project file.

    Raises:
        MissingFileError: the file is not there.
        ProjectError: it is not TOML, has an unknown or missing key, or a value that cannot be; all at once.
    """
    path = Path(file)
    if not path.is_file():
        raise MissingFileError("missing_file", path=path, base=Path.cwd())
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError as error:
        raise ProjectError("toml_encoding", path=path) from error
    except tomllib.TOMLDecodeError as error:
        raise ProjectError("toml", path=path, detail=error) from error
    return parse_project(raw, file=path)


def parse_project(raw: dict[str, Any], *, file: Path = Path("planner.toml")) -> Project:
    """Turn a parsed planner.toml into a `Project`; paths in it are relative to the file's folder."""
    _refuse_reserved(raw, file)
    faults = list(_misshapen(raw, file))
    if faults:
        raise ProjectError(*faults)
    language = _language(raw)
    services, parameters = [], []
    for entry in raw.get("services", []) if isinstance(raw.get("services"), list) else []:
        filled, said = _fill(entry, language, file) if isinstance(entry, dict) else (entry, [])
        services.append(filled)
        parameters += said
    limits, said = _fill_limits(raw.get("limits", {}))
    filled = {"services": services} if services else {}
    whole = raw | filled | {"limits": limits, "parameters": [*parameters, *said]}
    try:
        return Project.model_validate(whole | {"base": file.parent.resolve(), "file": file})
    except ValidationError as error:
        raise ProjectError(*(_fault(e, file) for e in _own(error.errors()))) from None


_SHAPES: tuple[tuple[str, type, str], ...] = (
    *(("preset", str, "string_type"), ("mode", str, "string_type"), ("pace", str, "string_type")),
    *(("kmh", dict, "dict_type"), ("exclusions", list, "tuple_type")),
)


def _misshapen(raw: dict[str, Any], file: Path) -> Iterable[Fault]:
    """Yield what cannot even be filled in from presets, and paces that do not exist."""
    if not isinstance(raw.get("limits", {}), dict):
        yield _bad(("limits",), raw["limits"], "dict_type", {}, file)
    entries = raw.get("services")
    for i, entry in enumerate(entries if isinstance(entries, list) else []):
        for key, shape, said in _SHAPES if isinstance(entry, dict) else ():
            if key in entry and not isinstance(entry[key], shape):
                yield _bad(("services", i, key), entry[key], said, {}, file)
        yield from _unknown_pace(entry, ("services", i, "pace"), file)


def _unknown_pace(entry: Any, where: tuple[Any, ...], file: Path) -> Iterable[Fault]:
    if isinstance(entry, dict) and isinstance(entry.get("pace"), str):
        modes = [m for m in presets.load("modes").values() if "paces" in m]
        known = sorted({pace for mode in modes for pace in mode["paces"]})
        if entry["pace"] not in known:
            yield Fault(
                "unknown_pace",
                {"path": file, "pace": entry["pace"], "key": _dotted(where)} | {"hint": _hint(entry["pace"], known)},
            )


def _own(errors: list[Any]) -> list[Any]:
    """Leave out that a list is too short where its entries are already known to be wrong."""
    inner = {error["loc"][0] for error in errors if len(error["loc"]) > 1}
    return [e for e in errors if not (e["type"] == "too_short" and len(e["loc"]) == 1 and e["loc"][0] in inner)]


_RESERVED = ("parameters", "base", "file", "about")
_UNITS = {"speed_mps": "m/s", "standard_min": "min", "cutoff_min": "min", "parking_min": "min", "kmh": "km/h"}
_OFF = {"parking_min": 0.0, "stairs_factor": 1.0, "direction": "to"}
_NO_PARKING = {"value": 0.0, "source": "", "confidence": "V"}


def _refuse_reserved(raw: dict[str, Any], file: Path) -> None:
    wrong = [key for key in _RESERVED if key in raw]
    if wrong:
        raise ProjectError(*(_unknown((key,), file) for key in wrong))


def _language(raw: dict[str, Any]) -> str:
    about = raw.get("project")
    return "en" if isinstance(about, dict) and about.get("language") == "en" else "zh"


def _fill(entry: dict[str, Any], language: str, file: Path) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return one [[services]] entry with its preset filled in, and the parameters of it."""
    known = presets.load("services")
    name = entry.get("preset")
    if name is not None and name not in known:
        raise ProjectError("unknown_preset", path=file, preset=name, hint=_hint(str(name), known))
    preset = dict(known[name]) if name else {}
    origin = {"source": preset.pop("source", ""), "confidence": preset.pop("confidence", "V")}
    preset["name"] = preset["name"][language] if preset else entry.get("id", "")
    merged: dict[str, Any] = {"weight": "pop", "mode": "walk", "standard_min": 15} | preset | entry
    speed, by_class = _pace(merged)
    parking = presets.load("modes").get(merged["mode"], {}).get("parking_min", _NO_PARKING)
    merged = {"speed_mps": speed["speed_mps"], "kmh": by_class, "parking_min": parking["value"]} | merged
    merged.setdefault("cutoff_min", 2 * merged["standard_min"] if _number(merged["standard_min"]) else 30)
    origins = {"speed_mps": speed, "parking_min": origin if "parking_min" in preset else parking}
    said = [_said(entry, merged, key, origins.get(key, origin)) for key in _told(merged)]
    said += [_class_said(entry, merged, highway, speed) for highway in merged["kmh"]]
    merged["facilities"] = _source(merged, "facilities", also=("datum", "columns", "sheet"))
    if isinstance(merged.get("candidates"), str):
        merged["candidates"] = {"path": merged["candidates"]}
    merged["exclusions"] = [{"path": e} if isinstance(e, str) else e for e in merged.get("exclusions", [])]
    return merged, said


def _pace(merged: dict[str, Any]) -> tuple[dict[str, Any], dict[str, float]]:
    """Return the pace the service names, or its mode's first, and its speeds by highway class; drop the key."""
    mode = presets.load("modes").get(merged["mode"], {})
    paces = mode.get("paces", {})
    named = merged.pop("pace", "general")
    first = next(iter(paces.values()), {"speed_mps": 1.0, "source": "", "confidence": "V"})
    classes = mode.get(named, {}) if named in paces else {}
    factor = classes.get("congestion", {"value": 1.0})["value"]
    return paces.get(named) or paces.get("general") or first, {k: v * factor for k, v in classes.get("kmh", {}).items()}


def _told(merged: dict[str, Any]) -> list[str]:
    """Return the keys that the report lists: what always counts, and what was chosen off its default."""
    always = ["speed_mps", "standard_min", "cutoff_min", "mode", "weight"]
    return always + [k for k, off in _OFF.items() if merged.get(k, off) != off]


def _class_said(entry: dict[str, Any], merged: dict[str, Any], highway: str, origin: dict[str, Any]) -> dict[str, Any]:
    one = _said({}, {"id": merged.get("id"), "kmh": merged["kmh"][highway]}, "kmh", origin)
    own = {"source": "planner.toml", "confidence": "P"} if "kmh" in entry else {}
    return one | own | {"key": f"{one['key']}.{highway}"}


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


def _fill_limits(given: dict[str, Any]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
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


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


_AT: dict[str, type[BaseModel]] = {
    "project": About,
    "streets": Streets,
    "places": Source,
    "demand": Source,
    "services": Service,
    "limits": Limits,
    "accept": Accepted,
    "facilities": Source,
    "candidates": Source,
    "exclusions": Source,
    "siting": Siting,
    "nominal": Nominal,
}


def _fault(error: Any, file: Path) -> Fault:
    """Turn one pydantic error into a sentence with its key path."""
    where = tuple(error["loc"])
    if error["type"] == "extra_forbidden":
        return _unknown(where, file)
    values = {"path": file, "key": _dotted(where)}
    if error["type"] == "missing":
        return Fault("missing_key", values)
    return _bad(where, error["input"], error["type"], error.get("ctx", {}), file)


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

_MEANT = {"cutoff_below_standard": (("cutoff_min",), "cutoff_min"), "services_twice": (("services", "id"), "ids")}


def _bad(where: tuple[Any, ...], value: Any, kind: str, context: dict[str, Any], file: Path) -> Fault:
    """Say of one pydantic error type, with its context, what the value should have been."""
    known = texts.load("zh")["values"]
    kind = "date" if kind.startswith(("date", "time")) else _SAID_ALIKE.get(kind, kind)
    if kind in _MEANT:
        where, value = (*where, *_MEANT[kind][0]), context[_MEANT[kind][1]]
    said = {"expected": str(context.get("expected", "")).replace(" or ", ", ").replace("'", '"')}
    detail = Fault(kind if kind in known else "other", {**context, **said}, section="values")
    return Fault("bad_key", {"path": file, "key": _dotted(where), "value": _shown(value), "detail": detail})


def _unknown(where: tuple[Any, ...], file: Path) -> Fault:
    parents = [str(part) for part in where[:-1] if isinstance(part, str)]
    fields = _AT[parents[-1]].model_fields if parents and parents[-1] in _AT else dict.fromkeys(_TOP)
    names = [*fields, "datum", "columns", "pace"] if parents == ["services"] else list(fields)
    return Fault("unknown_key", {"path": file, "key": _dotted(where), "hint": _hint(str(where[-1]), names)})


_TOP = ("project", "streets", "places", "demand", "services", "limits", "accept")


def _hint(word: str, known: Any) -> str:
    """Return the known word that is most like it, or all of them."""
    close = get_close_matches(word, list(known), n=1, cutoff=0.5)
    return close[0] if close else " | ".join(known)


def _dotted(where: tuple[Any, ...]) -> str:
    """Return ("services", 0, "weight") as services[1].weight: counted as people count."""
    return "".join(f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in where).lstrip(".") or "project"


def _shown(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 60 else text[:57] + "..."
