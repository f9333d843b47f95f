"""Points that would lie in another unit, were their layer or the places in the datum they seem to be in."""

from collections.abc import Iterator
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from ..tables import LEVELS
from .finding import evidence_of
from .material import repaired
from .road_fit import DECLARED, INVERSE, moved

COLUMNS = ("service", "facility_id", "name", "from_id", "from_name", "to_id", "to_name", "datum")
_TRUE = {"gcj02": "gcj02", "bd09": "bd09", "not_gcj02": "wgs84", "not_bd09": "wgs84"}
_TRUE |= {"bd09_as_gcj02": "bd09", "gcj02_as_bd09": "gcj02"}  # what should be declared


def moves(points: gpd.GeoDataFrame, shapes: gpd.GeoDataFrame, answer: str) -> pd.DataFrame | None:
    """Return the points whose unit changes if they are in the datum `answer`: `from_id` and `to_id` by their index.

    Units are the coarsest level with two polygons or more; an id is missing outside all. None where there are no two.
    """
    level = next((n for n in LEVELS if (shapes["level"] == n).sum() > 1), None)
    units = shapes[shapes["level"] == level]
    if units.empty:
        return None
    tree = shapely.STRtree(units.geometry.to_numpy())
    ways = moved(shapely.get_coordinates(points.geometry.to_numpy()), points.crs, (DECLARED, answer))
    before, after = (_unit(tree, ways[name]) for name in (DECLARED, answer))
    ids = np.array([*units.index, None], dtype=object)  # -1, no unit, is the last
    changing: NDArray[np.bool_] = before != after
    table = {"from_id": ids[before[changing]], "to_id": ids[after[changing]]}
    return pd.DataFrame(table, index=points.index[changing])


def facilities_moving(findings: pd.DataFrame, facilities: gpd.GeoDataFrame, places: pd.DataFrame) -> pd.DataFrame:
    """Return the facilities that would change unit by the errors CR-01 found, a row each, in `COLUMNS`."""
    shapes = repaired(places)
    parts = [_of_finding(found, facilities, shapes) for found in _wrong(findings)]
    whole = pd.concat([pd.DataFrame(columns=list(COLUMNS), dtype=object), *parts])
    return whole.sort_values(["service", "facility_id"], kind="stable").reset_index(drop=True)


def _wrong(findings: pd.DataFrame) -> Iterator[tuple[str, Any, dict[str, str]]]:
    """Yield layer, service and evidence of what CR-01 is sure of."""
    for _, row in findings[(findings["code"] == "CR-01") & (findings["severity"] == "error")].iterrows():
        if row["layer"] in ("facilities", "places"):
            yield row["layer"], row["feature_id"], evidence_of(row["evidence"])


def _of_finding(
    found: tuple[str, Any, dict[str, str]], facilities: gpd.GeoDataFrame, shapes: gpd.GeoDataFrame
) -> pd.DataFrame:
    layer, service, evidence = found
    points = facilities if layer == "places" else facilities[facilities["service"] == service]
    if "rows" in evidence:
        points = points.loc[points.index.isin(evidence["rows"].split(","))]
    answer = evidence["answer"]
    table = moves(points, shapes, INVERSE[answer] if layer == "places" else answer)
    table = pd.DataFrame(columns=["from_id", "to_id"], dtype=object) if table is None else table
    names, known = shapes["name"], points.loc[table.index]
    return table.assign(
        service=known["service"],
        facility_id=table.index,
        name=known["name"],
        from_name=table["from_id"].map(names),
        to_name=table["to_id"].map(names),
        datum=_TRUE[answer],
    )


def _unit(tree: shapely.STRtree, xy: NDArray[np.float64]) -> NDArray[np.intp]:
    """Return the unit each point lies in; -1 for none."""
    unit = np.full(len(xy), -1)
    row, area = tree.query(shapely.points(xy), predicate="intersects")
    unit[row[::-1]] = area[::-1]
    return unit
