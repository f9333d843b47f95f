"""Checks of speeds and slopes that stand in the street data."""

import re
from collections.abc import Iterator

import numpy as np
import shapely

from ..layers import Ways
from ..network import StreetNetwork
from .finding import Finding, check
from .topology import number

_KMH_PER_MPH = 1.609344
_KMH_PER_KNOT = 1.852
_NUMBER = re.compile(r"^(-?\d+(?:\.\d+)?)\s*(km/h|kmh|kph|mph|knots)?$", re.IGNORECASE)
_WORD = re.compile(r"^(none|signals?|variable|walk|national|living_street|default|implicit|[A-Z]{2}(-[A-Z]{2,3})?:.+)$")


@check("NW-09", severity="warning", layer="streets", rule="presets/streets.toml doctor.highest_kmh")
def impossible_speed(network: StreetNetwork, streets: Ways | None = None) -> Iterator[Finding]:
    """A speed that no street has: zero, negative, or above 130 km/h.

    Of `maxspeed` tags a warning, for times do not rest on them; of speeds given with the edges (`speed_kmh`), on which
    they do, an error. `feature_id` is the way, `measure` the speed in km/h. Miles and knots are converted, words such
    as "none" or "CN:urban" pass; a tag that is neither is information.
    """
    yield from _tagged(streets) if streets is not None and "maxspeed" in streets.tags else ()
    given = network.speed_kmh
    for edge in np.flatnonzero(~np.isnan(given) & ~_possible(given)):
        yield _finding(str(network.way[edge]), float(given[edge]), "given", "error")


@check("NW-13", severity="warning", layer="streets", rule="presets/streets.toml doctor.steepest")
def too_steep(network: StreetNetwork) -> Iterator[Finding]:
    """Streets steeper than streets are: 40 % up or down.

    One finding: `measure` is the steepest grade, `feature_id` its way. From 1 % of the length on a warning, less is
    information. Heights of another unit, a terrain model under bridges and above tunnels, or noise between near
    vertices; on foot such streets take far too long. Steps are let pass.
    """
    grade = np.where(network.highway == "steps", 0.0, np.abs(network.grade))
    steep = grade > number("steepest")
    if not steep.any():
        return
    worst, share = int(grade.argmax()), float(network.length_m[steep].sum() / network.length_m.sum())
    way, steepest = str(network.way[worst]), number("steepest")
    yield Finding(
        feature_id=way,
        severity="warning" if share >= number("steep_share") else "info",
        values={"n": int(steep.sum()), "share": share, "steepest": steepest, "id": way, "grade": float(grade[worst])},
        measure=float(grade[worst]),
        tolerance=steepest,
        geometry=shapely.multilinestrings(network.lines[steep]),
    )


def read_kmh(text: str) -> float | None:
    """Return the speed that one value of a maxspeed tag says, in km/h: NaN of a known word, None of anything else."""
    if _WORD.match(text):
        return float("nan")
    told = _NUMBER.match(text)
    if told is None:
        return None
    unit = (told[2] or "").lower()
    return float(told[1]) * {"mph": _KMH_PER_MPH, "knots": _KMH_PER_KNOT}.get(unit, 1.0)


def _tagged(streets: Ways) -> Iterator[Finding]:
    tag = streets.tags["maxspeed"]
    for value in sorted(set(tag) - {""}):
        speeds = [read_kmh(part.strip()) for part in re.split(r"[;|,]", value) if part.strip()]
        known = [s for s in speeds if s is not None and not np.isnan(s)]
        wrong = [s for s in known if not _possible(np.array([s]))[0]]
        for way in streets.way_id[(tag == value).to_numpy()] if wrong or None in speeds else ():
            if wrong:
                yield _finding(str(way), wrong[0], "", None)
            else:
                yield Finding(feature_id=str(way), severity="info", variant="word", values={"id": way, "text": value})


def _possible(kmh: np.ndarray) -> np.ndarray:
    return (kmh > 0) & (kmh <= number("highest_kmh"))


def _finding(way: str, kmh: float, variant: str, severity: str | None) -> Finding:
    highest = number("highest_kmh")
    values = {"id": way, "kmh": kmh, "highest": highest}
    return Finding(feature_id=way, variant=variant, severity=severity, values=values, measure=kmh, tolerance=highest)
