"""The source plans' own systems: what a [[systems]] entry of each kind may say, and what must hold beside its keys."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Protocol, Self

from pydantic import (
    AfterValidator,
    Discriminator,
    Field,
    NonNegativeFloat,
    PositiveFloat,
    Tag,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from .. import presets, texts
from ..errors import Fault, hint
from .sources import Source
from .strict import Strict

PlaceLevel = Literal["city", "county", "town", "community"]


def _known_cost(name: str | None) -> str | None:
    known = presets.load("costs")["unit"]
    if name is not None and name not in known:
        raise PydanticCustomError("unit_cost_unknown", "unit_cost_unknown", {"known": ", ".join(known)})
    return name


UnitCostName = Annotated[str | None, AfterValidator(_known_cost)]


class _System(Strict):
    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    name: str = Field(min_length=1)

    @property
    def members(self) -> dict[str, str]:
        """The services it is made of, by the key that names them."""
        raise NotImplementedError

    @property
    def needs_candidates(self) -> dict[str, str]:
        """The services of which it takes candidates, by the key that asks for them."""
        return {}

    @property
    def travels_as(self) -> str | None:
        """The service as whose people the members travel to each other; None: they do not."""
        return None


class HubSystem(_System):
    """1+N: every station belongs to one hub of its own or an adjoining street, at most `stations_max` to a hub.

    `hubs` and `stations` are services; people go from station to hub as they go to the hubs' service, within
    `within_min`. `level` is that of the streets; with `adjoining` a hub may lead stations of a street that is not
    farther than `adjoin_m` metres. At most `p` candidates of the hubs' service are added, and then every street that
    has a candidate gets a hub.
    """

    kind: Literal["hubs"]
    hubs: str
    stations: str
    stations_max: int = Field(ge=1)
    within_min: PositiveFloat
    level: PlaceLevel = "town"
    adjoining: bool = True
    adjoin_m: NonNegativeFloat
    p: int = Field(default=0, ge=0)

    @property
    def members(self) -> dict[str, str]:
        """The services it is made of, by the key that names them."""
        return {"hubs": self.hubs, "stations": self.stations}

    @property
    def needs_candidates(self) -> dict[str, str]:
        """The services of which it takes candidates, by the key that asks for them."""
        return {"p": self.hubs} if self.p else {}

    @property
    def travels_as(self) -> str:
        """The service as whose people the members travel to each other."""
        return self.hubs


class NestingSystem(_System):
    """County, town, village: every station has its town centre, and every town centre its county centre.

    `county`, `town` and `village` are services. A facility's centre above it is the one its `hub_id` declares, else
    one in the same town or county. Fully served is who is within the standard of all three.
    """

    kind: Literal["nesting"]
    county: str
    town: str
    village: str

    @property
    def members(self) -> dict[str, str]:
        """The services it is made of, by the key that names them."""
        return {"county": self.county, "town": self.town, "village": self.village}


class RoomSystem(_System):
    """Floor area by households: what each community lacks of every kind of room, and which rooms make it up.

    `rooms` are services, one a purpose (elderly, community); their facilities and candidates have `area_m2`. Each is to
    have `m2_per_100` for 100 households (a column of the demand) in every place of `level`. With a `budget`, in yuan
    and for all purposes together, candidates are chosen whose area serves those within `walk_min`; what they cost is in
    their table, or made from `unit_cost`.
    """

    kind: Literal["rooms"]
    rooms: tuple[str, ...] = Field(min_length=1)
    level: Literal["town", "community", "compound"] = "community"
    m2_per_100: PositiveFloat
    walk_min: PositiveFloat
    budget: PositiveFloat | None = None
    unit_cost: UnitCostName = None

    @property
    def members(self) -> dict[str, str]:
        """The services it is made of, by the key that names them."""
        return {f"rooms[{n}]": service for n, service in enumerate(self.rooms, 1)}

    @property
    def needs_candidates(self) -> dict[str, str]:
        """The services of which it takes candidates, by the key that asks for them."""
        return self.members if self.budget else {}


class KitchenSystem(_System):
    """Central kitchens: each meal point gets its meals from one kitchen, by van, in time, within what it can cook.

    `kitchens` and `points` are services; vans go as the kitchens' service does, and `within_min` counts from the
    kitchen to the end of unloading (`unload_min`). `capacity` of kitchens is meals a day. A point asks for its own
    `capacity`, or with `meals = "people"` for `meals_rate` of the people within its standard whose nearest it is. At
    most `p` candidates of the kitchens' service are added. With `van_meals` the rounds are planned, each unloaded
    within `round_min`; that needs the extra planner[rounds].
    """

    kind: Literal["kitchens"]
    kitchens: str
    points: str
    meals: Literal["capacity", "people"] = "capacity"
    meals_rate: float = Field(gt=0, le=1)
    within_min: PositiveFloat
    unload_min: NonNegativeFloat
    p: int = Field(default=0, ge=0)
    van_meals: int | None = Field(default=None, ge=1)
    round_min: PositiveFloat | None = None

    @property
    def members(self) -> dict[str, str]:
        """The services it is made of, by the key that names them."""
        return {"kitchens": self.kitchens, "points": self.points}

    @property
    def needs_candidates(self) -> dict[str, str]:
        """The services of which it takes candidates, by the key that asks for them."""
        return {"p": self.kitchens} if self.p else {}

    @property
    def travels_as(self) -> str:
        """The service as whose people the members travel to each other."""
        return self.kitchens

    @model_validator(mode="after")
    def _in_time(self) -> Self:
        if (self.van_meals is None) != (self.round_min is None):
            raise PydanticCustomError("van_and_round", "van_and_round")
        limit = min(self.within_min, self.round_min or self.within_min)
        if self.unload_min >= limit:
            given = {"unload_min": f"{self.unload_min:g}", "limit": f"{limit:g}"}
            raise PydanticCustomError("unload_too_long", "unload_too_long", given)
        return self


class CompositeSystem(_System):
    """Several services in one building: which buildings to open, with which services, within money and floor area.

    `buildings` are candidates of their own: `cost` is what opening one costs whatever is in it, `area_m2` its floor
    area. `cost` and `area_m2` of the entry say what each service takes, by service. Two services or more in a building
    need the part `shared` of their areas together. Services `apart` from each other never share a building.
    """

    kind: Literal["composite"]
    services: tuple[str, ...] = Field(min_length=2)
    buildings: Source
    budget: PositiveFloat
    cost: dict[str, NonNegativeFloat]
    area_m2: dict[str, PositiveFloat]
    shared: float = Field(gt=0, le=1)
    apart: tuple[tuple[str, str], ...] = ()

    @property
    def members(self) -> dict[str, str]:
        """The services it is made of, by the key that names them."""
        return {f"services[{n}]": service for n, service in enumerate(self.services, 1)}

    @field_validator("buildings", mode="before")
    @classmethod
    def _path(cls, value: Any) -> Any:
        return {"path": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _every_service(self) -> Self:
        known, pairs = set(self.services), {service for pair in self.apart for service in pair}
        for key, named in (("cost", set(self.cost)), ("area_m2", set(self.area_m2)), ("apart", pairs | known)):
            if named != known:
                ids = ", ".join(sorted(named ^ known))
                raise PydanticCustomError("composite_services", "composite_services", {"where": key, "ids": ids})
        return self


class ColumbariumSystem(_System):
    """Columbaria: niches for so many years, how long the present ones last, and where to add some.

    `columbaria` is a service; its facilities have `niches` and `niches_used`, its candidates `niches`. A place of
    `level` needs people x `deaths` (a person and year) x `years` x `share`. With `p` sites or a `budget` in yuan,
    candidates outside the service's exclusions take in what is missing within `within_min`; with `one_each` every
    place of the level gets one, where it has none.
    """

    kind: Literal["columbaria"]
    columbaria: str
    level: Literal["county", "town", "community"] = "town"
    deaths: float = Field(gt=0, le=1)
    years: int = Field(ge=1)
    share: float = Field(gt=0, le=1)
    within_min: PositiveFloat
    p: int | None = Field(default=None, ge=1)
    budget: PositiveFloat | None = None
    unit_cost: UnitCostName = None
    one_each: bool = False

    @property
    def members(self) -> dict[str, str]:
        """The services it is made of, by the key that names them."""
        return {"columbaria": self.columbaria}

    @property
    def needs_candidates(self) -> dict[str, str]:
        """The services of which it takes candidates, by the key that asks for them."""
        return {"p" if self.p else "budget": self.columbaria} if self.p or self.budget else {}

    @model_validator(mode="after")
    def _one_limit(self) -> Self:
        if self.p is not None and self.budget is not None:
            raise PydanticCustomError("p_or_budget", "p_or_budget", {"model": self.kind})
        return self


def _kind(entry: Any) -> str | None:
    """Return the kind of an entry; pydantic's own way has no place for the manners of `Strict`."""
    kind = entry.get("kind") if isinstance(entry, Mapping) else getattr(entry, "kind", None)
    return kind if isinstance(kind, str) else None


System = Annotated[
    Annotated[HubSystem, Tag("hubs")]
    | Annotated[NestingSystem, Tag("nesting")]
    | Annotated[RoomSystem, Tag("rooms")]
    | Annotated[KitchenSystem, Tag("kitchens")]
    | Annotated[CompositeSystem, Tag("composite")]
    | Annotated[ColumbariumSystem, Tag("columbaria")],
    Discriminator(_kind),
]
KINDS: Mapping[str, type[_System]] = {
    "hubs": HubSystem,
    "nesting": NestingSystem,
    "rooms": RoomSystem,
    "kitchens": KitchenSystem,
    "composite": CompositeSystem,
    "columbaria": ColumbariumSystem,
}


_COUNTS: Mapping[tuple[str, str], Callable[[Mapping[str, Any]], bool]] = {
    ("hubs", "adjoin_m"): lambda entry: bool(entry.get("adjoining", True)),
    ("rooms", "walk_min"): lambda entry: "budget" in entry,
    ("columbaria", "within_min"): lambda entry: "p" in entry or "budget" in entry,
    ("kitchens", "meals_rate"): lambda entry: entry.get("meals") == "people",
}
"""Presets that count only where something else is asked for, and are not told elsewhere."""

_UNITS = {"budget": "元", "round_min": "min"}


def filled_systems(given: Any, language: str) -> tuple[Any, list[dict[str, Any]]]:
    """Return the [[systems]] with ids, names and presets filled in, and the parameters of them."""
    if not isinstance(given, list):
        return given, []
    pairs = [_filled(entry, language) if isinstance(entry, dict) else (entry, []) for entry in given]
    return [entry for entry, _ in pairs], [p for _, said in pairs for p in said]


def _filled(entry: dict[str, Any], language: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    kind = entry.get("kind")
    if not isinstance(kind, str) or kind not in KINDS:
        return entry, []
    known = presets.load("systems").get(kind, {})
    own = {"id": kind, "name": texts.say(language, "report", f"system_{kind}")}
    filled = own | {key: row["value"] for key, row in known.items()} | entry
    planned: dict[str, Any] = {"source": "planner.toml", "confidence": "P"}
    own_numbers = [
        planned | {"key": f"systems.{filled['id']}.{key}", "value": value, "unit": _UNITS.get(key, "")}
        for key, value in entry.items()
        if key not in known and isinstance(value, int | float) and not isinstance(value, bool)
    ]
    said = [
        {"key": f"systems.{filled['id']}.{key}", "value": filled[key], "unit": row.get("unit", "")}
        | (planned if key in entry else {k: row[k] for k in ("source", "confidence")})
        for key, row in known.items()
        if isinstance(filled[key], int | float | str) and _COUNTS.get((kind, key), bool)(filled)
    ]
    return filled, [*said, *own_numbers]


class _Service(Protocol):
    @property
    def id(self) -> str: ...
    @property
    def candidates(self) -> Any: ...


def system_faults(systems: Iterable[_System], services: Iterable[_Service], file: Path) -> Iterable[Fault]:
    """Yield ids and services that are used twice, and services or candidates that are asked for and not there."""
    known = {s.id: s for s in services}
    taken = set(known)
    for n, system in enumerate(systems, 1):
        at = f"systems[{n}]"
        if system.id in taken:
            yield Fault("system_id", {"path": file, "key": f"{at}.id", "id": system.id})
        taken.add(system.id)
        first: dict[str, str] = {}
        for key, service in system.members.items():
            if first.setdefault(service, key) != key:
                values = {"path": file, "key": f"{at}.{key}", "service": service, "other": first[service]}
                yield Fault("system_twice", values)
            if service not in known:
                values = {"path": file, "key": f"{at}.{key}", "service": service, "hint": hint(service, known)}
                yield Fault("system_service", values)
        for key, service in system.needs_candidates.items():
            if service in known and known[service].candidates is None:
                yield Fault("system_candidates", {"path": file, "key": f"{at}.{key}", "service": service})
