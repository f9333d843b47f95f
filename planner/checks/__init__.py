"""Check: questions we ask of the data. Findings describe; they never stop and never repair."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import geopandas as gpd

from ..borders import BorderRules
from ..names import Rules
from ..network import Mode
from . import (
    addresses,
    claims,
    codes,
    datum,
    extent,
    facilities,
    figures,
    indicators,
    inspections,
    ledger,
    lines,
    names,
    parts,
    polygons,
    records,
    rings,
    speeds,
    spelling,
    stake_care,
    stake_sites,
    stakes,
    streets,
    topology,
    wording,
)
from .axes import Axes, axes_of
from .book import with_book
from .datum import Verdict, datum_verdict
from .finding import CAP, Acceptance, Check, Finding, Term, accept, blocking, check, count, table
from .material import Reach, gather

_FILES = (
    *(rings, polygons, parts, figures, codes, lines, stakes, stake_sites, stake_care, inspections),
    *(addresses, claims, datum, extent, facilities, indicators, ledger, names, records),
    *(speeds, spelling, streets, topology, wording),
)
CHECKS: tuple[Check, ...] = tuple(
    sorted((c for file in _FILES for c in vars(file).values() if isinstance(c, Check)), key=lambda c: c.code)
)


def run_checks(  # noqa: PLR0913  # what a project says about its checks, each by name
    layers: Any,
    *,
    network: Any = None,
    reach_m: Mapping[str, Reach] | None = None,
    accepted: Iterable[Acceptance] = (),
    checks: Iterable[Check] = CHECKS,
    cap: int = CAP,
    on: date | None = None,
    rules: BorderRules | None = None,
    modes: Mapping[str, Mode] | None = None,
    snap_warn_m: float | None = None,
) -> gpd.GeoDataFrame:
    """Ask every check whose tables are there; return FINDINGS, worst first, with `rule` and geometry.

    Args:
        layers: the tables as read (places, facilities, demand, streets; any may be missing or empty) and their crs.
        network: the street network; without it the checks that need one do not run.
        reach_m: by service, how far its people would travel, and its name.
        accepted: what the project accepts, with a reason; such findings stay, and `count` leaves them out.
        checks: which to ask.
        cap: how many findings a code are listed; the rest are counted in one more.
        on: the day of the project; without it the checks of dates do not run.
        rules: numbers of the border checks, where they are not those of the presets.
        modes: by service, how it is reached, and how far a point may be from a street; without it on foot.
        snap_warn_m: from how far that is a warning, metres; without it the preset's.
    """
    tables = gather(layers, network, reach_m, on=on, rules=rules)
    tables |= ({"modes": modes} if modes else {}) | ({"snap_warn_m": snap_warn_m} if snap_warn_m else {})
    tables = with_book(tables, getattr(layers, "rules", None) or Rules())
    found = table(((one, one.run(tables)) for one in checks), crs=tables["crs"], cap=cap)
    return accept(found, accepted)


__all__ = [
    "CAP",
    "CHECKS",
    "Acceptance",
    "Axes",
    "Check",
    "Finding",
    "Reach",
    "Term",
    "Verdict",
    "accept",
    "axes_of",
    "blocking",
    "check",
    "count",
    "datum_verdict",
    "gather",
    "run_checks",
    "table",
]
