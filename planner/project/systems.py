"""The source plans' own systems: what a [[systems]] entry of each kind may say, and what must hold beside its keys."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Protocol, Self

from pydantic import Discriminator, Field, NonNegativeFloat, PositiveFloat, Tag, model_validator
from pydantic_core import PydanticCustomError

from .. import presets, texts
from ..errors import Fault, hint
from .strict import Strict

PlaceLevel = Literal["city", "county", "town", "community"]


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
    have `m2_per_100` for 100 of `households` in every place of `level`. With a `budget`, in yuan and for all purposes
    together, candidates are chosen whose area serves those within `walk_min`; what they cost is in their table, or
    made from `unit_cost`.
    """

    kind: Literal["rooms"]
    rooms: tuple[str, ...] = Field(min_length=1)
    level: Literal["town", "community", "compound"] = "community"
    households: str = "households"
    m2_per_100: PositiveFloat
    walk_min: PositiveFloat
    budget: PositiveFloat | None = None
    unit_cost: str | None = None

    @property
    def members(self) -> dict[str, str]:
        """The services it is made of, by the key that names them."""
        return {f"rooms[{n}]": service for n, service in enumerate(self.rooms, 1)}

    @property
    def needs_candidates(self) -> dict[str, str]:
        """The services of which it takes candidates, by the key that asks for them."""
        return self.members if self.budget else {}

    @model_validator(mode="after")
    def _known_cost(self) -> Self:
        known = presets.load("costs")["unit"]
        if self.unit_cost is not None and self.unit_cost not in known:
            raise PydanticCustomError("unit_cost_unknown", "unit_cost_unknown", {"known": ", ".join(known)})
        return self


def _kind(entry: Any) -> str | None:
    """Return the kind of an entry; pydantic's own way has no place for the manners of `Strict`."""
    kind = entry.get("kind") if isinstance(entry, Mapping) else getattr(entry, "kind", None)
    return kind if isinstance(kind, str) else None


System = Annotated[
    Annotated[HubSystem, Tag("hubs")] | Annotated[NestingSystem, Tag("nesting")] | Annotated[RoomSystem, Tag("rooms")],
    Discriminator(_kind),
]
KINDS: Mapping[str, type[_System]] = {"hubs": HubSystem, "nesting": NestingSystem, "rooms": RoomSystem}


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
    planned = {"source": "planner.toml", "confidence": "P"}
    said = [
        {"key": f"systems.{filled['id']}.{key}", "value": filled[key], "unit": row.get("unit", "")}
        | (planned if key in entry else {k: row[k] for k in ("source", "confidence")})
        for key, row in known.items()
        if isinstance(filled[key], int | float | str)
    ]
    return filled, said


class _Service(Protocol):
    @property
    def id(self) -> str: ...
    @property
    def candidates(self) -> Any: ...


def system_faults(systems: Iterable[_System], services: Iterable[_Service], file: Path) -> Iterable[Fault]:
    """Yield ids that are used twice, services that are not there, and candidates that are asked for and not there."""
    known = {s.id: s for s in services}
    taken = set(known)
    for n, system in enumerate(systems, 1):
        at = f"systems[{n}]"
        if system.id in taken:
            yield Fault("system_id", {"path": file, "key": f"{at}.id", "id": system.id})
        taken.add(system.id)
        for key, service in system.members.items():
            if service not in known:
                values = {"path": file, "key": f"{at}.{key}", "service": service, "hint": hint(service, known)}
                yield Fault("system_service", values)
        for key, service in system.needs_candidates.items():
            if service in known and known[service].candidates is None:
                yield Fault("system_candidates", {"path": file, "key": f"{at}.{key}", "service": service})
