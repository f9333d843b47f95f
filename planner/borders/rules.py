"""The numbers of the border checks, from presets/borders.toml unless a project says otherwise."""

from dataclasses import dataclass, fields
from math import hypot
from typing import Any

from .. import presets


@dataclass(frozen=True, kw_only=True)
class BorderRules:
    """Tolerances, periods and shares. Lengths end in their unit; shares are of one."""

    k: float
    map_mm: float
    map_scale: float
    stake_m: float
    number: str
    spacing_km: float
    patrol_months: int
    witnesses: int
    cost_yuan: float
    datum_share: float
    datum_spread: float
    datum_stakes: int
    years: int
    warn_months: int
    survey_months: int
    track_m: float
    worst_scale: float
    area_city: float
    area_county: float
    area_town: float
    area_community: float
    gross: float
    length: float
    pop: float

    @classmethod
    def of(cls, **own: Any) -> "BorderRules":
        """Return the presets' numbers, with a project's own in their place."""
        groups = presets.load("borders")
        flat = {f"{'datum_' * (g == 'datum')}{k}": v["value"] for g, rows in groups.items() for k, v in rows.items()}
        return cls(**{f.name: own.get(f.name, flat[f.name]) for f in fields(cls)})

    def line_m(self, map_scale: float | None = None) -> float:
        """Return the standard error in metres of a line drawn at 1:`map_scale`; missing: the rule's scale."""
        scale = self.map_scale if map_scale is None or not map_scale > 0 else map_scale
        return self.map_mm * scale / 1000.0

    def tolerance_m(self, map_scale: float | None = None, stake_m: float | None = None) -> float:
        """Return k sqrt(stake^2 + line^2) in metres: how far a stake may stand from its line.

        Source: GB/T 17796-2009 as read in practice; 8.2 m at 1:10 000, 40 m at 1:50 000.
        """
        own = self.stake_m if stake_m is None or not stake_m >= 0 else stake_m
        return self.k * hypot(own, self.line_m(map_scale))
