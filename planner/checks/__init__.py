"""Check: questions we ask of the data. Findings describe; they never stop and never repair."""

from collections.abc import Iterable
from datetime import date
from typing import Any

import geopandas as gpd

from ..names import Rules
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
    readings,
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
from .book import with_book
from .causes import under_their_cause
from .datum import Verdict, datum_verdict
from .finding import CAP, Acceptance, Check, Finding, Term, accept, blocking, check, count, table
from .material import Reach, Settings, gather

_FILES = (
    *(rings, polygons, parts, figures, codes, lines, stakes, stake_sites, stake_care, inspections),
    *(addresses, claims, datum, extent, facilities, indicators, ledger, names, readings, records),
    *(speeds, spelling, streets, topology, wording),
)
CHECKS: tuple[Check, ...] = tuple(
    sorted((c for file in _FILES for c in vars(file).values() if isinstance(c, Check)), key=lambda c: c.code)
)


def run_checks(
    layers: Any,
    *,
    network: Any = None,
    on: date | None = None,
    settings: Settings | None = None,
    accepted: Iterable[Acceptance] = (),
    checks: Iterable[Check] = CHECKS,
    cap: int = CAP,
) -> gpd.GeoDataFrame:
    """Ask every check whose tables are there; return FINDINGS, worst first, with `rule` and geometry.

    Args:
        layers: the tables as read (places, facilities, demand, streets; any may be missing or empty) and their crs.
        network: the street network; without it the checks that need one do not run.
        on: the day of the project; without it the checks of dates do not run.
        settings: how far and how people go, and numbers of the border checks, where they are not those of the presets.
        accepted: what the project accepts, with a reason; such findings stay, and `count` leaves them out.
        checks: which to ask.
        cap: how many findings a code are listed; the rest are counted in one more.
    """
    tables = gather(layers, network, on=on, settings=settings)
    tables = with_book(tables, getattr(layers, "rules", None) or Rules())
    found = under_their_cause((one, one.run(tables)) for one in checks)
    return accept(table(found, crs=tables["crs"], cap=cap), accepted)


__all__ = [
    "CAP",
    "CHECKS",
    "Acceptance",
    "Check",
    "Finding",
    "Reach",
    "Settings",
    "Term",
    "Verdict",
    "accept",
    "blocking",
    "check",
    "count",
    "datum_verdict",
    "gather",
    "run_checks",
    "table",
]
