"""What stands on stakes and border lines is kept: no finding gives their place away, no report their numbers."""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from .. import texts
from ..pipeline import Study

SECRET_LAYERS = ("stakes", "lines")
_KEPT_M = 10.0  # what is nearer to a stake than this tells where it stands


def secret(study: Study) -> bool:
    """Return whether the project keeps stakes and lines to itself, as it does unless it says otherwise."""
    return study.project.borders is None or study.project.borders.secret


def open_findings(study: Study) -> gpd.GeoDataFrame | None:
    """Return the findings; where stakes and lines are secret, those on them without geometry.

    Of every other that comes within 10 m of a stake a point inside is left, or nothing where that is as near.
    """
    found = study.findings
    if found is None or not secret(study):
        return found
    shapes = found.geometry.to_numpy().copy()
    near = _near_a_stake(shapes, study)
    shapes[near] = shapely.point_on_surface(shapes[near])
    shapes[found["layer"].isin(SECRET_LAYERS).to_numpy() | _near_a_stake(shapes, study)] = None
    return found.set_geometry(gpd.GeoSeries(shapes, index=found.index, crs=found.crs))


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


def _near_a_stake(shapes: NDArray[np.object_], study: Study) -> NDArray[np.bool_]:
    near = np.zeros(len(shapes), bool)
    stakes = study.layers.borders.get("stakes")
    if stakes is not None and "geometry" in stakes:
        tree = shapely.STRtree(stakes.geometry.to_numpy())
        near[tree.query(shapes, predicate="dwithin", distance=_KEPT_M)[0]] = True
    return near
