"""The registers of border work, and the numbers of its rules that a project may give."""

import re
from typing import Any

from pydantic import Field, NonNegativeFloat, PositiveFloat, field_validator
from pydantic_core import PydanticCustomError

from .sources import Source
from .strict import Strict


class Borders(Strict):
    """Registers of border lines, their stakes and inspections; `secret` keeps stakes out of all that is written.

    Where they stand is written nowhere then, and their numbers in findings.csv and the annex only. The numbers of the
    rules stand in presets/borders.toml with their sources; given here, they take their place.

    Lines come from a GIS file, or from Excel or CSV with a column of WKT ("LINESTRING (118.78 32.04, 118.79 32.05)" in
    the declared datum, as QGIS exports it); lines without geometry are taken from the polygons of their two units.
    """

    lines: Source | None = None
    stakes: Source | None = None
    inspections: Source | None = None
    tracks: Source | None = None
    works: Source | None = None
    seats: Source | None = None
    secret: bool = True
    number: str | None = None
    map_scale: PositiveFloat | None = None
    spacing_km: PositiveFloat | None = None
    patrol_months: int | None = Field(default=None, ge=1)
    witnesses: int | None = Field(default=None, ge=0)
    track_m: PositiveFloat | None = None
    cost_yuan: NonNegativeFloat | None = None

    @field_validator("lines", "stakes", "inspections", "tracks", "works", "seats", mode="before")
    @classmethod
    def _path(cls, value: Any) -> Any:
        return {"path": value} if isinstance(value, str) else value

    @field_validator("number")
    @classmethod
    def _three_groups(cls, value: str | None) -> str | None:
        try:
            held = value is None or re.compile(value).groups == 3
        except re.error:
            held = False
        if not held:
            raise PydanticCustomError("stake_number", "stake_number")
        return value

    @property
    def sources(self) -> dict[str, Source]:
        """The registers that are there, as borders.lines and so on."""
        held = {name: getattr(self, name) for name in ("lines", "stakes", "inspections", "tracks", "works", "seats")}
        return {f"borders.{name}": source for name, source in held.items() if source}

    @property
    def own(self) -> dict[str, float | str]:
        """The numbers that the project gives in place of the presets'."""
        named = ("number", "map_scale", "spacing_km", "patrol_months", "witnesses", "track_m", "cost_yuan")
        return {name: value for name in named if (value := getattr(self, name)) is not None}
