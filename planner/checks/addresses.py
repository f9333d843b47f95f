"""Checks of addresses: levels that contradict each other, and one number in two places."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import geopandas as gpd
import pandas as pd

from ..names import Address, Divisions, misfit, parse_address
from ..network import StreetNetwork
from .book import Book
from .finding import Finding, check
from .house_numbers import ORDER_M, SIDE_M, stray_numbers

FAR_M = 500.0  # one number of one street farther apart than this is two


@check("PN-29", severity="warning", layer="facilities", rule="GB/T 23705-2009;GB/T 39609-2020")
def contradictory(facilities: pd.DataFrame, book: Book, network: StreetNetwork | None = None) -> Iterator[Finding]:
    """An address whose levels contradict each other, or the unit the facility declares, or the numbers of its street.

    A county that does not lie in the city named before it; a town that lies in another county; a county or town
    other than that of the declared `place_id`; the same street number more than 500 m apart (`measure` in m). Where
    the address names an abolished unit, PN-25 speaks. Information where a number is more than 50 m out of order along
    its street (`measure`: by how much), or on the side of the others' parity (`measure`: metres from the street's
    line): on streets that the network has by that name, with six numbers or more within 60 m of one piece of it, of
    which four in five follow the pattern; for the sides three odd and three even ones. Numbers in lanes pass.
    """
    if "address" not in facilities:
        return
    rows = facilities[facilities["address"].notna()]
    parsed = {str(i): parse_address(a, book.divisions) for i, a in rows["address"].items()}
    for facility_id, row in rows.iterrows():
        found = _against_table(str(row["address"]), book.divisions) or _against_declared(
            parsed[str(facility_id)], str(row.get("place_id") or ""), book.divisions
        )
        if found:
            variant, values = found
            yield _finding(str(facility_id), row, variant, **values)
    yield from _numbers_twice(rows, parsed)
    yield from _numbers_astray(rows, parsed, network)


def _against_table(text: str, known: Divisions) -> tuple[str, dict[str, str]] | None:
    """Return the first unit named that does not lie in the unit named just before it."""
    found = misfit(text, known)
    return None if found is None else ("level", {"below": found[0].name, "above": found[1].name})


def _against_declared(address: Address, declared: str, known: Divisions) -> tuple[str, dict[str, str]] | None:
    """Return the county or town of an address that is not the one of the declared unit."""
    here = known.get(address.code)
    if not declared.isdigit() or here is None or here.until is not None or here.level not in ("county", "town"):
        return None
    width = min(len(here.stem), len(declared))
    if width < 6 or declared[:width] == here.stem[:width]:
        return None
    unit = known.get(declared)
    return "declared", {"below": here.name, "above": f"{unit.name}({declared})" if unit else declared}


def _numbers_twice(rows: pd.DataFrame, parsed: dict[str, Address]) -> Iterator[Finding]:
    if "geometry" not in rows:
        return
    seen: dict[tuple[str, ...], tuple[str, Any]] = {}
    for facility_id, row in rows.sort_index().iterrows():
        one = parsed[str(facility_id)]
        if not (one.street and one.number and row["geometry"] is not None):
            continue
        key = (one.code, one.town, one.street, one.lane, one.number)
        first = seen.setdefault(key, (str(facility_id), row["geometry"]))
        distance = float(first[1].distance(row["geometry"]))
        if distance > FAR_M:
            values = {"address": one.street + one.lane + one.number, "other": first[0], "distance_m": distance}
            yield _finding(str(facility_id), row, "twice", measure=distance, tolerance=FAR_M, **values)


def _numbers_astray(rows: pd.DataFrame, parsed: dict[str, Address], network: StreetNetwork | None) -> Iterator[Finding]:
    if network is None or "geometry" not in rows:
        return
    for stray in stray_numbers(gpd.GeoDataFrame(rows), parsed, network):
        row, one = rows.loc[[stray.facility_id]].iloc[0], parsed[stray.facility_id]
        values = {"street": stray.street, "number": one.number, "n": stray.n, "share": stray.share}
        known = {"measure": stray.distance_m, "tolerance": ORDER_M if stray.how == "order" else SIDE_M}
        found = _finding(stray.facility_id, row, stray.how, distance_m=stray.distance_m, **known, **values)
        yield replace(found, severity="info")


def _finding(facility_id: str, row: "pd.Series[Any]", variant: str, **more: Any) -> Finding:
    known = {k: more.pop(k) for k in ("measure", "tolerance") if k in more}
    values = {"name": row["name"], "id": facility_id, **more}
    return Finding(feature_id=facility_id, variant=variant, values=values, geometry=row.get("geometry"), **known)
