"""What all parts of the demo city share: the two boxes, the systems, the seed, the ways to write."""

import csv
import zipfile
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely
from numpy.typing import NDArray
from shapely import Polygon

SEED = 420100  # the division code of Wuhan, so that nobody has to look for a meaning
SAMPLE = "示例数据"
METRES = "EPSG:4547"  # CGCS2000 / 3-degree Gauss-Kruger CM 114E
DEGREES = "EPSG:4326"
DIGITS = 7  # decimals of a degree in streets and boundaries, about 1 cm
POINT_DIGITS = 6  # decimals of a degree of buildings, about 10 cm

# Degrees, west south east north. The study box is the street box less 1,000 m (the longer
# walking distance of the standard), so that nobody in it is cut off by the edge of the map.
STREET_BOX = (114.243, 30.522, 114.335, 30.612)
STUDY_BOX = (114.2535, 30.5311, 114.3245, 30.6029)

STILL = (1980, 1, 1, 0, 0, 0)  # the one time stamp in every Excel file, so that bytes repeat

Degrees = NDArray[np.float64]
_TO_METRES = pyproj.Transformer.from_crs(DEGREES, METRES, always_xy=True)


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where the script reads and writes: the shared data's folder and the demo's own."""

    shared: Path
    out: Path


def chance(part: str) -> np.random.Generator:
    """Return the random numbers of one part, so that a change in one leaves the others alone."""
    return np.random.default_rng([SEED, zlib.crc32(part.encode())])


def to_metres(lon: Degrees, lat: Degrees) -> NDArray[np.float64]:
    """Project degrees to metres in `METRES`, one row a point."""
    return np.column_stack(_TO_METRES.transform(lon, lat))


def to_degrees(xy: NDArray[np.float64]) -> tuple[Degrees, Degrees]:
    """Turn rows of metres in `METRES` into longitudes and latitudes, rounded as buildings are."""
    lon, lat = _TO_METRES.transform(xy[:, 0], xy[:, 1], direction="INVERSE")
    return np.round(lon, POINT_DIGITS), np.round(lat, POINT_DIGITS)


def lines_in_metres(lonlat: Iterable[Sequence[tuple[float, float]]]) -> shapely.MultiLineString:
    """Project polylines given in degrees."""
    return shapely.MultiLineString([to_metres(*np.array(line).T) for line in lonlat])


def in_metres(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the frame in `METRES`."""
    return frame.to_crs(METRES)


def study_area() -> Polygon:
    """Return the study box in degrees."""
    return shapely.box(*STUDY_BOX)


def share_out(total: int, weights: NDArray[np.float64]) -> NDArray[np.int64]:
    """Split a whole number in proportion to weights by largest remainders; ties go to the first."""
    exact = total * weights / weights.sum()
    whole: NDArray[np.int64] = np.floor(exact).astype(np.int64)
    order = np.lexsort((np.arange(len(weights)), whole - exact))
    whole[order[: total - int(whole.sum())]] += 1
    return whole


def write_csv(rows: pd.DataFrame, path: Path, *, encoding: str = "utf-8-sig") -> None:
    """Write a table with Unix line ends."""
    text = rows.to_csv(index=False, lineterminator="\n", quoting=csv.QUOTE_MINIMAL)
    path.write_bytes(text.encode(encoding))


def write_excel(rows: pd.DataFrame, path: Path, *, sheet: str) -> None:
    """Write a table to a workbook whose bytes do not depend on the hour."""
    made = BytesIO()
    rows.to_excel(made, index=False, sheet_name=sheet)
    with zipfile.ZipFile(made) as source, zipfile.ZipFile(path, "w") as target:
        for item in source.infolist():
            if item.filename != "docProps/core.xml":
                _copy_member(source.read(item), item.filename, target)
        _copy_member(_core_properties(), "docProps/core.xml", target)


def _copy_member(content: bytes, name: str, target: zipfile.ZipFile) -> None:
    member = zipfile.ZipInfo(name, date_time=STILL)
    member.compress_type = zipfile.ZIP_DEFLATED
    target.writestr(member, content)


def _core_properties() -> bytes:
    """Return a workbook's properties without the two times that openpyxl stamps."""
    return (
        b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<cp:coreProperties xmlns:cp='
        b'"http://schemas.openxmlformats.org/package/2006/metadata/core-properties"/>'
    )
