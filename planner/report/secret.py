"""What stands on stakes and border lines is kept: no finding gives their place away, no report their numbers."""

import re

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from .. import texts
from ..layers.crs import to_degrees
from ..layers.datums import wgs84_to_gcj02
from ..pipeline import Study

SECRET_LAYERS = ("stakes", "lines")
_KEPT_M = 10.0  # what is nearer to a stake than this tells where it stands
_KEPT_DEG = 1e-4  # 10 m
_DECIMALS = 4  # of degrees that tell a place to 10 m
_NUMBER = re.compile(r"\d[\d,]*(?:\.(\d+))?(?:e[+-]?\d+)?")
_TEXTS = ("message_zh", "message_en", "evidence")


def secret(study: Study) -> bool:
    """Return whether the project keeps stakes and lines to itself, as it does unless it says otherwise."""
    return study.project.borders is None or study.project.borders.secret


def open_findings(study: Study) -> gpd.GeoDataFrame | None:
    """Return the findings; where stakes and lines are secret, those on them without geometry.

    Of every other that comes within 10 m of a stake a point inside is left, or nothing where that is as near.
    Whatever check made it, no message and no evidence of either keeps a number that is an easting, northing, longitude
    or latitude (WGS 84 or GCJ-02) of the stakes it comes near to: "…" stands in its place.
    """
    found = study.findings
    if found is None or not secret(study):
        return found
    shapes = found.geometry.to_numpy().copy()
    row, stake = _near(shapes, study)
    near = np.unique(row)
    shapes[near] = shapely.point_on_surface(shapes[near])
    shapes[np.unique(_near(shapes, study)[0])] = None
    shapes[found["layer"].isin(SECRET_LAYERS).to_numpy()] = None
    told = found.set_geometry(gpd.GeoSeries(shapes, index=found.index, crs=found.crs))
    return _without_places(told, row, stake, study) if len(row) else told


def open_lines(study: Study) -> gpd.GeoDataFrame | None:
    """Return the border lines that are drawn in a register; None where there are none, or where they are secret."""
    lines = None if secret(study) else study.layers.borders.get("lines")
    return None if lines is None or "geometry" not in lines else lines[lines["geometry"].notna()]


def without_numbers(table: pd.DataFrame, study: Study) -> pd.DataFrame:
    """Return a table of findings by finding_id as a report may print it: without numbers of stakes that are secret.

    Findings of one check on stakes become one row that says how many and where they are named. A new column `n` counts
    what each row stands for.
    """
    table = table.assign(n=1)
    on_stakes = (table["layer"] == "stakes") & ~table.index.astype(str).str.endswith("-rest")
    if not secret(study) or not on_stakes.any():
        return table
    same = [table[c].fillna("") for c in ("code", "severity", "accepted")]
    counts = table["n"].where(on_stakes, 0).groupby(same).transform("sum")
    first = ~on_stakes | ~pd.concat(same, axis=1).where(on_stakes).duplicated()
    held = table[first].copy()
    for finding_id in held.index[on_stakes[first]]:
        title = texts.say(study.project.language, "checks", f"{held.loc[finding_id, 'code']}_title")
        n = int(counts[finding_id])
        held.loc[finding_id, "message"] = texts.say(study.project.language, "report", "stakes_kept", title=title, n=n)
        held.loc[finding_id, ["n", "feature_id"]] = n, None
    return held


def _without_places(
    found: gpd.GeoDataFrame, row: NDArray[np.intp], stake: NDArray[np.intp], study: Study
) -> gpd.GeoDataFrame:
    """Return findings whose sentences keep no coordinate of the stakes they are near to."""
    x, y = shapely.get_coordinates(study.layers.borders["stakes"].geometry.to_numpy()[stake]).T
    wgs84 = to_degrees(x, y, crs=study.project.crs)
    metres, degrees = np.column_stack([x, y]), np.column_stack([*wgs84, *wgs84_to_gcj02(*wgs84)])
    found = found.copy()
    for position in np.unique(row):
        mine = row == position
        for column in _TEXTS:
            said = found[column].iloc[position]
            found.iloc[position, found.columns.get_loc(column)] = _kept(said, metres[mine], degrees[mine])
    return found


def _kept(said: str, metres: NDArray[np.float64], degrees: NDArray[np.float64]) -> str:
    """Return a sentence with "…" for each number that is one of some coordinates, within 10 m."""

    def tells(number: re.Match[str]) -> str:
        value = float(number[0].replace(",", ""))
        fine = len(number[1] or "") >= _DECIMALS and (np.abs(degrees - value) < _KEPT_DEG).any()
        return "…" if fine or (np.abs(metres - value) < _KEPT_M).any() else number[0]

    return _NUMBER.sub(tells, said)


def _near(shapes: NDArray[np.object_], study: Study) -> NDArray[np.intp]:
    """Return positions of shapes and of the stakes within 10 m of them, shape (2, pairs)."""
    stakes = study.layers.borders.get("stakes")
    if stakes is None or "geometry" not in stakes:
        return np.empty((2, 0), dtype=np.intp)
    tree = shapely.STRtree(stakes.geometry.to_numpy())
    pairs: NDArray[np.intp] = tree.query(shapes, predicate="dwithin", distance=_KEPT_M)
    return pairs
