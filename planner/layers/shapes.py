"""Geometry that a table carries as text: a column of WKT, as a GIS writes it into a CSV or a sheet of Excel."""

import re
from pathlib import Path

import geopandas as gpd
import pandas as pd
import shapely

from ..errors import Fault, TableError
from .read import excel_rows

_WKT = re.compile(r"^\s*(MULTI)?(POINT|LINESTRING|POLYGON)\s*(Z|M|ZM)?\s*\(", re.IGNORECASE)
_EXAMPLE = "LINESTRING (118.78 32.04, 118.79 32.05)"


def shapes_in_text(raw: pd.DataFrame, path: Path) -> pd.DataFrame:
    """Return a table of texts with the first column that holds WKT as its geometry; without one as it is.

    Raises:
        TableError: cells of that column that are no WKT.
    """
    column = next((c for c in raw.columns if raw[c].str.match(_WKT).any()), None)
    if column is None:
        return raw
    texts = raw[column].where(raw[column] != "", None)
    shapes = shapely.from_wkt(texts.to_numpy(dtype=object), on_invalid="ignore")
    bad = texts.notna() & shapely.is_missing(shapes)
    if bad.any():
        values = {"path": path, "column": column, "rows": excel_rows(bad.index[bad]), "value": texts[bad].iloc[0][:40]}
        raise TableError(Fault("bad_value", values | {"expected": _EXAMPLE}))
    whole: pd.DataFrame = gpd.GeoDataFrame(raw.drop(columns=column), geometry=shapes)
    return whole
