"""Checks of where stakes stand: off their line, on the wrong side, far apart, and not where their card says."""

from collections.abc import Iterator

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from ..borders import BorderRules
from ..borders.ellipsoid import CGCS2000
from ..layers.crs import to_degrees
from .finding import Finding, Term, check
from .road_fit import DECLARED, datum_shifts, in_china
from .shift_search import AGREE_M
from .subjects import called, of_line, of_stake

RULE = "GB/T 17796-2009; 界桩登记表"
_STEPS = 20  # refits of a common shift; each drops what does not follow it


@check("BC-25", severity="error", layer="stakes", rule=RULE)
def off_the_line(
    register: gpd.GeoDataFrame, along: pd.DataFrame, lines: gpd.GeoDataFrame, border_rules: BorderRules
) -> Iterator[Finding]:
    """A single stake farther from its line than k sqrt(stake^2 + line^2), k = 2.

    The stake's error is its `sigma_m`, else 1 m; the line's is 0.4 mm at its scale: 8.2 m at 1:10 000,
    40 m at 1:50 000. Where at least five single stakes of a line stand off it and 60 % of all follow
    one shift within 30 %, that is said once for the line as a suspected datum, with its name where the
    shift is that of GCJ-02 or BD-09 within 60 m, and only stakes that do not follow it are listed. Moved
    and lost stakes are left to BC-28. `measure` is the distance in metres, of a line in several pieces to the nearest.
    Stakes that can not be judged are counted, once a line (info): of a line without a geometry, those that stand in
    a gap between two pieces of it, and those beyond the end of a line that was derived from polygons, which may lack
    the rest of it; neither order (BC-23) nor side (BC-26) of the first is known either.
    """
    held = register[register["standing"] & register["line_id"].isin(lines.index) & register["kind"].ne("junction")]
    yield from _unjudged(held[along.loc[held.index, "along_m"].isna()], lines, "undrawn")
    held = held[along.loc[held.index, "along_m"].notna()]
    for line_id, group in held.groupby("line_id", sort=True):
        line, at = lines.loc[line_id], along.loc[group.index]
        beyond = at["end"] & (not line["drawn"]) & (at["off_m"] > _limits(group, line, border_rules))
        unknown = at["off_m"].isna() | beyond
        yield from _unjudged(group[unknown], lines, "gap")
        single = group["kind"].eq("single") & ~_displaced(group) & ~unknown
        yield from _off(group[single], line, at[single], border_rules)


def _off(stakes: gpd.GeoDataFrame, line: pd.Series, at: pd.DataFrame, border_rules: BorderRules) -> Iterator[Finding]:
    """Yield the shift that stakes of a line have in common, and those that stand off it and do not follow that."""
    limit, off = _limits(stakes, line, border_rules), at["off_m"].to_numpy()
    shifted, shift = _common_shift(at, limit, border_rules)
    if shifted.any():
        yield _datum(stakes, line, at, shifted, shift, limit)
    for i in np.flatnonzero((off > limit) & ~shifted):
        values = {"line": called(line), "distance_m": float(off[i]), "limit_m": float(limit[i])}
        yield of_stake(stakes.iloc[i], values, measure=float(off[i]), tolerance=float(limit[i]))


@check("BC-26", severity="error", layer="stakes", rule=RULE)
def wrong_side(
    register: gpd.GeoDataFrame, along: pd.DataFrame, lines: gpd.GeoDataFrame, shapes: gpd.GeoDataFrame | None = None
) -> Iterator[Finding]:
    """Double stakes that do not stand on both sides of the line, A in the unit of the smaller code; triples all on one.

    Such stakes stand on the banks of a river or the edges of a road: they are tested by side, never
    by distance. Which unit A stands in is judged where both units have polygons and the number keeps the rule.
    `feature_id` is the number of the first of them, `measure` the distance in metres of the nearest from the line.
    """
    held = register[register["standing"] & register["kind"].isin(["double", "triple"]) & ~_displaced(register)]
    held = held[along.loc[held.index, "side"].notna()]
    for (line_id, _), group in held.groupby(["line_id", "seq"], sort=True):
        pair = group.sort_values("letter")
        if len(pair) < 2 or pair["letter"].duplicated().any():
            continue
        at, line = along.loc[pair.index], lines.loc[line_id]
        variant = "" if at["side"].nunique() < 2 else _swapped(pair, line, shapes)
        if variant is not None:
            numbers = "、".join(pair["number"].astype(str))
            sides = {side: _unit(line[side], shapes) for side in ("a", "b")}
            values = {"numbers": numbers, "line": called(line)} | sides
            near = float(at["off_m"].min())
            where = shapely.multipoints(pair.geometry.to_numpy())
            first = str(pair["number"].iloc[0])
            yield Finding(feature_id=first, variant=variant, values=values, measure=near, geometry=where)


@check("BC-27", severity="info", layer="stakes", rule=RULE)
def far_apart(
    register: gpd.GeoDataFrame, along: pd.DataFrame, lines: gpd.GeoDataFrame, border_rules: BorderRules
) -> Iterator[Finding]:
    """Two stakes of following numbers more than 20 km apart along the line.

    `feature_id` is the number of the first, `measure` the distance along the line in kilometres, on the ellipsoid; gaps
    between pieces of it count nothing, and between a ring (an exclave) and the rest nothing is said.
    """
    held = register[register["standing"] & register["seq"].notna()].assign(**along[["course", "along_m"]])
    held = held[held["along_m"].notna()].sort_values(["line_id", "seq", "number"]).drop_duplicates(["line_id", "seq"])
    for (line_id, _), group in held.groupby(["line_id", "course"], sort=True):
        km = group["along_m"].diff().abs().to_numpy() / 1000.0
        follows = group["seq"].diff().eq(1).fillna(value=False).to_numpy(dtype=bool)
        for i in np.flatnonzero(follows & (km > border_rules.spacing_km)):
            a, b = group.iloc[i - 1], group.iloc[i]
            said = {"a": a["number"], "b": b["number"], "line": called(lines.loc[line_id]), "km": float(km[i])}
            said |= {"limit_km": border_rules.spacing_km}
            yield of_stake(a, said, measure=float(km[i]), tolerance=border_rules.spacing_km)


@check("BC-32", severity="error", layer="stakes", rule=RULE)
def card_differs(register: gpd.GeoDataFrame, border_rules: BorderRules, crs: str) -> Iterator[Finding]:
    """A stake whose register card gives another position than the layer.

    Told apart: longitude and latitude of the card are swapped, the card gives no degrees of the earth, or the positions
    differ by more than twice the stake's error (1 m where it is not said). `measure` is the distance in metres, missing
    where the card's place is none.
    """
    if not {"card_lon", "card_lat"} <= set(register.columns):
        return
    held = register[register["card_lon"].notna() & register["card_lat"].notna() & register["standing"]]
    lon, lat = to_degrees(held.geometry.x.to_numpy(), held.geometry.y.to_numpy(), crs=crs)
    card = held[["card_lon", "card_lat"]].to_numpy(dtype=float)
    straight, turned = (_metres(lon, lat, *c) for c in (card.T, card[:, ::-1].T))
    limit = border_rules.k * _sigma(held, border_rules)
    for i in np.flatnonzero(~(straight <= limit)):
        known = bool(np.isfinite(straight[i]))
        swapped = turned[i] <= limit[i] + border_rules.stake_m
        values = {"distance_m": float(straight[i])} if known else {}
        yield of_stake(
            held.iloc[i],
            values | {"limit_m": float(limit[i])},
            variant="swapped" if swapped else "" if known else "degrees",
            measure=float(straight[i]) if known else None,
            tolerance=float(limit[i]),
        )


def _unjudged(stakes: gpd.GeoDataFrame, lines: gpd.GeoDataFrame, variant: str) -> Iterator[Finding]:
    """Yield by line how many of its stakes are not held against it."""
    for line_id, group in stakes.groupby("line_id", sort=True):
        where = shapely.multipoints(group.geometry.to_numpy())
        told = {"variant": variant, "severity": "info", "measure": float(len(group)), "geometry": where}
        yield of_line(lines.loc[line_id], {"n": len(group)}, **told)


def _displaced(register: gpd.GeoDataFrame) -> "pd.Series[bool]":
    if "state" not in register.columns:
        return pd.Series(data=False, index=register.index)
    away: pd.Series[bool] = register["state"].isin(["moved", "lost"])
    return away


def _sigma(stakes: gpd.GeoDataFrame, border_rules: BorderRules) -> np.ndarray:
    said = stakes["sigma_m"] if "sigma_m" in stakes.columns else pd.Series(np.nan, index=stakes.index)
    return said.fillna(border_rules.stake_m).to_numpy(dtype=float)


def _limits(stakes: gpd.GeoDataFrame, line: pd.Series, border_rules: BorderRules) -> np.ndarray:
    scale = line.get("map_scale")
    return np.array([border_rules.tolerance_m(scale, s) for s in _sigma(stakes, border_rules)])


def _common_shift(at: pd.DataFrame, limit: np.ndarray, border_rules: BorderRules) -> tuple[np.ndarray, np.ndarray]:
    """Return which stakes follow one shift of the whole line, and the shift (dx, dy) in metres.

    A shift v moves a stake off its line by v.n, n the line's normal there; so v is fitted to the
    distances along the normals, leaving out stakes that do not follow it, until nothing changes.
    """
    nobody, zero = np.zeros(len(at), dtype=bool), np.zeros(2)
    delta = at[["dx", "dy"]].to_numpy()
    off = np.hypot(*delta.T)
    far = off > limit
    if far.sum() < max(border_rules.datum_stakes, border_rules.datum_share * len(at)):
        return nobody, zero
    normal = delta / np.maximum(off, 1e-9)[:, None]
    follows, shift = far, zero
    for _ in range(_STEPS):
        shift = np.linalg.lstsq(normal[follows], off[follows], rcond=0.05)[0]
        slack = np.maximum(limit, border_rules.datum_spread * float(np.hypot(*shift)))
        fresh = np.abs(normal @ shift - off) <= slack
        if (fresh == follows).all() or fresh.sum() < border_rules.datum_stakes:
            follows = fresh
            break
        follows = fresh
    sure = (
        follows.sum() >= max(border_rules.datum_stakes, border_rules.datum_share * len(at))
        and np.hypot(*shift) > limit.max()
    )
    return (follows, shift) if sure else (nobody, zero)


def _datum(
    group: gpd.GeoDataFrame,
    line: pd.Series,
    at: pd.DataFrame,
    shifted: np.ndarray,
    shift: np.ndarray,
    limit: np.ndarray,
) -> Finding:
    distance = float(np.hypot(*shift))
    azimuth = float(np.degrees(np.arctan2(shift[0], shift[1])) % 360.0)
    really = _datum_of(group, shift)
    values = {"n": int(shifted.sum()), "all": len(at), "distance_m": distance, "azimuth": azimuth}
    return of_line(
        line,
        values | ({} if really is None else {"really": Term(f"datum_{really}")}),
        variant="datum" if really is None else "datum_known",
        measure=distance,
        tolerance=float(limit.max()),
        geometry=shapely.multipoints(group.geometry.to_numpy()[shifted]),
    )


def _datum_of(group: gpd.GeoDataFrame, shift: np.ndarray) -> str | None:
    """Return the datum whose shift brings the stakes back to their line, within 60 m; None where none does."""
    xy = shapely.get_coordinates(group.geometry.to_numpy())
    if not in_china(xy, group.crs):
        return None
    off = {h: float(np.hypot(*(s + shift))) for h, s in datum_shifts(xy, group.crs).items() if h != DECLARED}
    best = min(off, key=lambda name: off[name])
    return best if off[best] <= AGREE_M else None


def _swapped(pair: gpd.GeoDataFrame, line: pd.Series, shapes: gpd.GeoDataFrame | None) -> str | None:
    """Return "swapped" where A stands in the unit of the larger code and B in the other."""
    known = shapes is not None and {line["a"], line["b"]} <= set(shapes.index)
    if shapes is None or not known or list(pair["letter"]) != ["A", "B"] or pair["local"].any():
        return None
    first, second = pair.geometry.to_numpy()
    a, b = shapes.geometry[line["a"]], shapes.geometry[line["b"]]
    return "swapped" if shapely.intersects(b, first) and shapely.intersects(a, second) else None


def _unit(code: str, shapes: gpd.GeoDataFrame | None) -> str:
    return code if shapes is None or code not in shapes.index else f"{shapes['name'][code]}({code})"


def _metres(lon: np.ndarray, lat: np.ndarray, card_lon: np.ndarray, card_lat: np.ndarray) -> np.ndarray:
    """Return distances on the ellipsoid; missing where the card gives no degrees of the earth."""
    on_earth = (np.abs(card_lat) <= 90.0) & (np.abs(card_lon) <= 180.0)
    distance = np.full(len(lon), np.nan)
    distance[on_earth] = CGCS2000.inv(*(v[on_earth] for v in (lon, lat, card_lon, card_lat)))[2]
    return distance
