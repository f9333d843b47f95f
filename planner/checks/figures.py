"""Checks of figures: areas, lengths and people against what was published or agreed."""

from collections.abc import Iterator

import geopandas as gpd
import numpy as np
import pandas as pd

from .. import presets
from ..borders import BorderRules, area_m2, length_m
from .finding import Finding, check
from .material import Crowd, lineage
from .subjects import of_line

_LEVELS = ("city", "county", "town", "community")


@check("BC-08", severity="warning", layer="places", rule="R42; GB/T 17796-2009")
def area_differs(shapes: gpd.GeoDataFrame, border_rules: BorderRules, crs: str, crowd: Crowd) -> Iterator[Finding]:
    """A unit whose area is not the official figure (`area_km2`).

    Areas are those on the CGCS2000 ellipsoid, not of the map plane. From 0.5 % for cities and
    counties, 1 % for towns, 3 % for communities; an error from five times that. `measure` is the
    difference and `tolerance` the limit, both in per cent.
    """
    if "area_km2" not in shapes.columns:
        return
    held = shapes[(shapes["area_km2"] > 0) & shapes["level"].isin(_LEVELS)]
    drawn = area_m2(held.geometry.to_numpy(), crs=crs) / 1e6
    for (code, place), km2 in zip(held.iterrows(), drawn, strict=True):
        limit = float(getattr(border_rules, f"area_{place['level']}"))
        off = abs(km2 - place["area_km2"]) / place["area_km2"]
        if off > limit:
            values = {"name": place["name"], "id": code, "drawn": km2, "official": place["area_km2"], "off": off}
            yield Finding(
                feature_id=str(code),
                severity="error" if off > limit * border_rules.gross else None,
                values=values | {"limit": limit},
                measure=100.0 * off,
                tolerance=100.0 * limit,
                people=crowd.of(str(code)),
                geometry=place.geometry.representative_point(),
            )


@check("BC-09", severity="warning", layer="lines", rule="协议书; GB/T 17796-2009")
def length_differs(lines: gpd.GeoDataFrame, border_rules: BorderRules, crs: str) -> Iterator[Finding]:
    """A line whose length is not that of its agreement (`length_agreed_km`), from 3 %.

    Lengths are those on the ellipsoid. A line drawn in more detail is longer: compare like scales
    before correcting anything. `measure` is the difference and `tolerance` the limit, in per cent.
    """
    if "length_agreed_km" not in lines.columns:
        return
    held = lines[(lines["length_agreed_km"] > 0) & lines.geometry.notna()]
    for (_, line), metres in zip(held.iterrows(), length_m(held.geometry.to_numpy(), crs=crs), strict=True):
        off = abs(metres / 1000.0 - line["length_agreed_km"]) / line["length_agreed_km"]
        if off > border_rules.length:
            values = {"drawn": metres / 1000.0, "agreed": line["length_agreed_km"], "off": off}
            values |= {"limit": border_rules.length}
            yield of_line(line, values, measure=100.0 * off, tolerance=100.0 * border_rules.length)


@check("BC-10", severity="warning", layer="places", rule="R42; 统计口径")
def people_differ(places: pd.DataFrame, border_rules: BorderRules, crowd: Crowd) -> Iterator[Finding]:
    """A unit whose published people are not the sum of its children's, or of another year.

    Judged where the unit and all its children have `pop_official`; from 0.5 %. Where `pop_year`
    differs between them, that is said instead, for sums of two years mean nothing. `measure` is the
    difference and `tolerance` the limit, in per cent.
    """
    if "pop_official" not in places.columns:
        return
    parents, known = pd.Series(lineage(places), dtype=object), places["pop_official"].astype(float)
    for parent_id in sorted(set(parents)):
        children = places.loc[parents.index[parents == parent_id]]
        total, own = float(children["pop_official"].sum()), float(known[parent_id])
        if children["pop_official"].isna().any() or not own > 0:
            continue
        years = _years(pd.concat([children, places.loc[[parent_id]]]))
        off = abs(total - own) / own
        if off > border_rules.pop or len(years) > 1:
            values = {"name": places.loc[parent_id, "name"], "id": parent_id, "sum": total, "own": own, "off": off}
            yield Finding(
                feature_id=str(parent_id),
                variant="years" if len(years) > 1 else "",
                values=values | {"years": "、".join(years), "n": len(children), "limit": border_rules.pop},
                measure=100.0 * off,
                tolerance=100.0 * border_rules.pop,
                people=crowd.of(str(parent_id)),
            )


@check("RS-07", severity="warning", layer="places", rule="R55; 统计口径")
def demand_differs(places: pd.DataFrame, demand: gpd.GeoDataFrame, crowd: Crowd) -> Iterator[Finding]:
    """A unit whose demand points do not add up to its published people (`pop_official`), from 5 %.

    Judged where demand has `pop` and lies in places. Units below one that is said are left out where they are off by
    the same share: then it is the source, not the unit. `measure` is the difference and `tolerance` the limit, in
    per cent.
    """
    if "pop_official" not in places.columns or "pop" not in demand.columns or "place_id" not in demand.columns:
        return
    limit = float(presets.load("registers")["record"]["people_off"]["value"])
    parents, official = lineage(places), places["pop_official"].astype(float)
    known = {str(i): float(n) for i, n in official.items() if n > 0}
    summed = {i: total for i in known if (total := crowd.of(i)) is not None}
    off = {i: (total - known[i]) / known[i] for i, total in summed.items()}
    for place_id, share in off.items():
        above = off.get(str(parents.get(place_id)), 0.0)
        if abs(share) > limit and not (abs(above) > limit and abs(share - above) <= limit):
            total = summed[place_id]
            values = {"name": places.loc[place_id, "name"], "id": place_id, "sum": total, "own": known[place_id]}
            yield Finding(
                feature_id=place_id,
                variant="none" if total == 0 else "",
                values=values | {"off": abs(share), "limit": limit},
                measure=100.0 * abs(share),
                tolerance=100.0 * limit,
                people=total,
            )


def _years(places: pd.DataFrame) -> list[str]:
    years = places["pop_year"].dropna() if "pop_year" in places.columns else pd.Series(dtype=float)
    return [str(int(y)) for y in np.unique(years.to_numpy(dtype=float))]
