"""Checks of facilities: outside the unit they declare, codes that no unit has, recorded twice, many on one spot."""

import re
from collections.abc import Iterator
from functools import cache

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from .. import presets
from ..tables import IN_SERVICE, three
from .finding import Finding, check
from .material import Crowd

BORDER_TOLERANCE_M = presets.number("registers", "outside", "border_m")
SPOT_M = 1.0  # coordinates given to the metre: two records at one spot
NEAR_M = presets.number("registers", "twice", "alike_m")
SAME_NAME_M = presets.number("registers", "twice", "same_name_m")
ALIKE = presets.number("registers", "twice", "alike")
OWN_ALIKE = presets.number("registers", "twice", "own_alike")
_NUMERALS = re.compile(r"[0-9零〇一二三四五六七八九十百甲乙丙东南西北上下前后新老AB]")


@check("BC-14", severity="error", layer="facilities", rule="R45")
def outside_declared_unit(facilities: gpd.GeoDataFrame, shapes: gpd.GeoDataFrame) -> Iterator[Finding]:
    """A facility that stands outside the unit it declares.

    `measure` is the distance in metres to the declared unit. Within 50 m of its border (the drawing
    of the border and the fix of the point together) it is said as info. Facilities that declare a
    unit without a polygon, or none, are not judged. Where CR-01 is sure that the service or the places are in another
    datum, they are counted in one warning (`feature_id` is the service, `measure` their number): mend the datum first.
    """
    declared = _declared(facilities, shapes)
    points = declared.geometry.to_numpy()
    distance = shapely.distance(points, shapes["geometry"].reindex(declared["place_id"]).to_numpy())
    tree = shapely.STRtree(shapes.geometry.to_numpy())
    for position in np.flatnonzero(distance > 0.0):
        row = declared.iloc[position]
        variant, stands = _standing(tree, shapes, points[position], str(shapes.loc[row["place_id"], "level"]))
        yield Finding(
            feature_id=str(declared.index[position]),
            variant=variant,
            severity=None if distance[position] > BORDER_TOLERANCE_M else "info",
            values={
                "name": row["name"],
                "service": row["service"],
                "declared": shapes.loc[row["place_id"], "name"],
                "declared_id": row["place_id"],
                "stands": stands,
                "distance_m": distance[position],
            },
            measure=float(distance[position]),
            tolerance=BORDER_TOLERANCE_M,
            geometry=points[position],
        )


@check("FA-01", severity="warning", layer="facilities", rule="R45")
def duplicate(facilities: gpd.GeoDataFrame) -> Iterator[Finding]:
    """Two records of one service that look like one facility.

    The very same name within 500 m, a similar name (85 % of the letters, and 80 % of those left without words that
    belong to many: 陈奚里 and 陈喻里 differ however long what follows) within 50 m, or the same
    spot (1 m) under any name. Names that differ only in a number, a direction or old and new are a
    series, not a duplicate. A name that says nothing of its own (made of the words of presets/registers.toml
    alone, the name of the service, or the row's kind) is shared by many, and says nothing off the spot; nor
    does one that is found in three squares of 1 km. Of three or more on one spot
    FA-03 speaks. Records that are not in service do not count: a successor may stand where
    its forerunner stood. `feature_id` is the larger id, `measure` the distance in metres.
    """
    for _, group in _in_service(facilities).groupby("service", sort=True):
        crowded, shared = {i for spot in spots(group) for i in spot}, _shared(group)
        for i, j, distance in _close(group.geometry.to_numpy()):
            names = group["name"].iloc[i], group["name"].iloc[j]
            if distance <= SPOT_M and {i, j} <= crowded:
                continue
            if (variant := _alike(*names, distance, told=_plain(names[0]) not in shared)) is not None:
                yield Finding(
                    feature_id=str(group.index[j]),
                    variant=variant,
                    values={"a": names[0], "a_id": group.index[i], "b": names[1], "distance_m": distance},
                    measure=distance,
                    tolerance={"": SAME_NAME_M, "alike": NEAR_M, "spot": SPOT_M}[variant],
                    geometry=group.geometry.iloc[j],
                )


@check("FA-06", severity="warning", layer="places", rule="R45; GB/T 2260")
def unknown_unit(strays: pd.DataFrame, crowd: Crowd) -> Iterator[Finding]:
    """A declared place code that the table of places does not have.

    One finding a layer and code: `feature_id` is the code, `measure` how many points of demand, facilities or place
    names declare it, `people` those who live at such points. A name may be registered in a unit below those of the
    table. Points count where a polygon holds them, else in no place: a code of
    another year, a digit lost, or a place left out of the table.
    """
    for (layer, code), rows in strays.groupby(["layer", "place_id"], sort=True):
        living = None if crowd.weights is None or layer != "demand" else float(crowd.weights.reindex(rows.index).sum())
        told = {"code": code, "n": len(rows), "ids": three(rows.index), "people": living or 0.0}
        variant = "" if layer == "demand" else str(layer)
        yield Finding(feature_id=str(code), variant=variant, values=told, measure=float(len(rows)), people=living)


@check("FA-03", severity="warning", layer="facilities", rule="R55")
def one_spot(
    facilities: gpd.GeoDataFrame,
    seats: gpd.GeoDataFrame | None = None,
    shapes: gpd.GeoDataFrame | None = None,
) -> Iterator[Finding]:
    """Three or more records of one service on one spot (1 m): the geocoder gave up, or coordinates were copied.

    Where the spot is within 100 m of a seat or of the middle of a place, that is said: an address that cannot be
    found is often set to the middle of its city or district. Records that name one building (`building_id`) are let
    pass, and those not in service do not count. Records of several services on one spot are said as info, and as a
    warning where it is the middle of a place: a building may hold many, so say which one (`building_id`, or
    `shared_with` and `hub_id`). `feature_id` is the smallest id, `measure` the number of records.
    """
    limit = presets.load("registers")["spot"]
    near, least = float(limit["centre_m"]["value"]), float(limit["records"]["value"])
    for service, group in _in_service(facilities).groupby("service", sort=True):
        for spot in spots(group):
            at = group.geometry.iloc[spot[0]]
            middle = _middle(at, seats, shapes, near)
            listed = "、".join(map(str, group.index[spot[:3]])) + (" …" if len(spot) > 3 else "")
            yield Finding(
                feature_id=str(group.index[spot[0]]),
                variant="" if middle is None else "centre",
                values={"service": service, "n": len(spot), "ids": listed, "middle": middle or ""},
                measure=float(len(spot)),
                tolerance=least,
                geometry=at,
            )
    yield from _across(_in_service(facilities), seats, shapes)


def _across(
    running: gpd.GeoDataFrame, seats: gpd.GeoDataFrame | None, shapes: gpd.GeoDataFrame | None
) -> Iterator[Finding]:
    """Yield the spots of several services that no three records of one service share.

    One facility under several services, say to compare ways of getting there, is one record.
    """
    running = running[~pd.DataFrame({"id": running.index, "at": running.geometry.to_wkb()}).duplicated().to_numpy()]
    limit = presets.load("registers")["spot"]
    near, least = float(limit["centre_m"]["value"]), float(limit["records"]["value"])
    told = running.reindex(columns=["shared_with", "hub_id"]).notna().any(axis=1).to_numpy()
    for spot in spots(running):
        services = running["service"].iloc[spot].astype(str)
        if services.nunique() < 2 or services.value_counts().max() >= least or told[spot].any():
            continue
        at = running.geometry.iloc[spot[0]]
        middle = _middle(at, seats, shapes, near)
        listed = "、".join(map(str, running.index[spot[:3]])) + (" …" if len(spot) > 3 else "")
        yield Finding(
            feature_id=str(running.index[spot[0]]),
            variant="across" if middle is None else "across_centre",
            severity="info" if middle is None else None,
            values={
                "services": "、".join(sorted(set(services))),
                "n": len(spot),
                "ids": listed,
                "middle": middle or "",
            },
            measure=float(len(spot)),
            tolerance=least,
            geometry=at,
        )


def spots(group: gpd.GeoDataFrame) -> list[list[int]]:
    """Return the positions of records that share a spot, at least three of different buildings each."""
    least = int(presets.load("registers")["spot"]["records"]["value"])
    xy = np.floor(shapely.get_coordinates(group.geometry.to_numpy()) / SPOT_M).astype(np.int64)
    rows = pd.DataFrame(xy).reset_index(drop=True).groupby([0, 1], sort=True).indices
    building = group.get("building_id", pd.Series(None, index=group.index, dtype=object))
    held = (sorted(map(int, where)) for where in rows.values() if len(where) >= least)
    return [spot for spot in held if building.iloc[spot].isna().any() or len(set(building.iloc[spot])) > 1]


def _middle(
    at: shapely.Point, seats: gpd.GeoDataFrame | None, shapes: gpd.GeoDataFrame | None, near: float
) -> str | None:
    """Return the place whose seat or middle is there."""
    marks = []
    if seats is not None:
        marks += [(shapely.distance(at, g), str(i)) for i, g in zip(seats.index, seats.geometry, strict=True)]
    if shapes is not None:
        middles = np.column_stack([shapely.centroid(shapes.geometry), shapely.point_on_surface(shapes.geometry)])
        marks += list(zip(shapely.distance(at, middles).min(axis=1), shapes["name"].astype(str), strict=True))
    distance, name = min(marks, default=(np.inf, ""))
    return name if distance <= near else None


def _shared(group: gpd.GeoDataFrame) -> set[str]:
    """Return the names that say nothing of one facility: made of general words, a class, or borne far and wide."""
    plain = group["name"].map(_plain)
    classes = {_plain(c) for column in ("kind", "service") if column in group for c in group[column].dropna()}
    known = presets.load("services").get(str(group["service"].iloc[0]), {}).get("name", {})
    classes |= {_plain(n) for n in known.values()}
    generic = {name for name in set(plain) if name in classes or not _general_words().sub("", name)}
    for name, same in group.groupby(plain.to_numpy(), sort=True):
        cells = np.unique(np.floor(shapely.get_coordinates(same.geometry.to_numpy()) / (2 * SAME_NAME_M)), axis=0)
        if len(cells) >= 3:
            generic.add(str(name))
    return generic


@cache
def _general_words() -> re.Pattern[str]:
    """Return a pattern of the words that belong to many; a plural s with them."""
    words = sorted(presets.load("registers")["generic"]["words"], key=len, reverse=True)
    return re.compile("|".join(map(re.escape, (*(w.replace(" ", "") for w in words), "s"))))


def _plain(name: object) -> str:
    return re.sub(r"[\s()()]+", "", str(name)).casefold()


def _declared(facilities: gpd.GeoDataFrame, shapes: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    if "place_id" not in facilities.columns:
        return facilities.iloc[:0].assign(place_id=pd.Series(dtype=object))
    return facilities[facilities["place_id"].isin(shapes.index)].sort_index()


def _standing(tree: shapely.STRtree, shapes: gpd.GeoDataFrame, point: shapely.Point, level: str) -> tuple[str, str]:
    """Return the variant of the message and the unit of the level in which the point stands."""
    inside = np.sort(tree.query(point, predicate="intersects"))
    unit = next((i for i in inside if shapes["level"].iloc[i] == level), None)
    return ("nowhere", "") if unit is None else ("", f"{shapes['name'].iloc[unit]}({shapes.index[unit]})")


def _in_service(facilities: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    frame = facilities.sort_index()
    if "status" in frame.columns:
        frame = frame[frame["status"].isna() | (frame["status"] == IN_SERVICE)]
    return frame[frame["closed"].isna()] if "closed" in frame.columns else frame


def _close(points: NDArray[np.object_]) -> Iterator[tuple[int, int, float]]:
    """Return the pairs within the farthest distance of interest, in order, with the distance."""
    pairs = shapely.STRtree(points).query(points, predicate="dwithin", distance=SAME_NAME_M)
    for i, j in sorted(zip(*pairs.tolist(), strict=True)):
        if i < j:
            yield i, j, float(shapely.distance(points[i], points[j]))


def _alike(one: str, other: str, distance: float, *, told: bool) -> str | None:
    """Return the variant of the message for two records that look like one, else None.

    `told` says that the first name tells one facility from others.
    """
    a, b = (re.sub(r"\s+", "", str(name)) for name in (one, other))
    if a == b and told:
        return ""
    if distance <= NEAR_M and a != b and _hardly_differ(a, b):
        return "alike"
    return "spot" if distance <= SPOT_M else None


def _hardly_differ(a: str, b: str) -> bool:
    """Tell whether two names agree in nearly all letters, and in those of their own (陈奚里 and 陈喻里 do not).

    Any two names with one long generic part agree in most letters. Members of a series do not count.
    """
    from rapidfuzz.distance import Indel

    alike, own = Indel.normalized_similarity(a, b), Indel.normalized_similarity(*map(_own, (a, b)))
    return alike >= ALIKE and own >= OWN_ALIKE and _NUMERALS.sub("", a) != _NUMERALS.sub("", b)


def _own(name: str) -> str:
    """Return what a name has beside the words that belong to many."""
    return _general_words().sub("", name.casefold())
