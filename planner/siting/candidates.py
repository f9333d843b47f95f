"""Where sites might be: points on streets inside gaps, for services without a list of candidates."""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from ..network import Mode, StreetNetwork
from ..tables import CANDIDATES

SPACING_M = 150.0


def street_candidates(
    network: StreetNetwork, gaps: gpd.GeoDataFrame, *, mode: Mode, spacing_m: float = SPACING_M
) -> gpd.GeoDataFrame:
    """Return CANDIDATES at the middle of usable streets inside the gaps, thinned to one a cell of `spacing_m`.

    They are indications of where to look for a building (示意点位), not addresses; `origin` says street. Several on one
    street are numbered after its name, from 1.
    """
    usable = np.flatnonzero(network.open_to(mode))
    middles = shapely.line_interpolate_point(network.lines[usable], 0.5, normalized=True)
    inside = np.zeros(len(usable), bool)
    for area in gaps.geometry:
        inside |= shapely.contains_xy(area, shapely.get_x(middles), shapely.get_y(middles))
    edges, points = usable[inside], middles[inside]
    cell = np.floor(np.column_stack([shapely.get_x(points), shapely.get_y(points)]) / spacing_m)
    _, first = np.unique(cell, axis=0, return_index=True)
    first.sort()
    ids = pd.Index([f"street-{network.edge_id[e]}" for e in edges[first]], name="candidate_id", dtype=object)
    columns = {"name": _apart(pd.Series(network.name[edges[first]], index=ids, dtype=object).replace("", None))}
    frame = gpd.GeoDataFrame(
        pd.DataFrame(columns | {"origin": "street"}, index=ids), geometry=points[first], crs=network.crs
    )
    CANDIDATES.check(frame)
    return frame


def _apart(names: pd.Series) -> pd.Series:
    """Return the names, those that occur more than once with a number behind each."""
    shared = names.notna() & names.duplicated(keep=False)
    numbers = names[shared].groupby(names[shared]).cumcount() + 1
    return names.mask(shared, names + "-" + numbers.astype(str))
