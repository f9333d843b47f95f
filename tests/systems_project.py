"""A made-up county of two towns and four villages, for the systems of the source plans; nothing in it is real.

A grid of 12 x 12 crossings 100 m apart, walked at one block a minute. The towns are the west and the east half, the
villages their southern and northern quarters; one person stands at every second crossing.
"""

import json
import re
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from . import small_project as small

HEAD = small.TOML[: small.TOML.index("[[services]]")]
COUNTY, WEST, EAST = "320102", "320102001", "320102002"
HALF, END = (small.N - 1) / 2, small.N - 0.5


def on_the_map(folder: Path) -> dict[str, Any]:
    """Return what the map of a run's folder draws of its first system."""
    page = (folder / "map.html").read_text(encoding="utf-8")
    text = re.search(r"plannerMap\(map_\d+, (\{.*\})\);\s*</script>", page, re.DOTALL)
    assert text is not None
    first: dict[str, Any] = json.loads(text[1])["systems"][0]
    return first


def service(name: str, *more: str) -> str:
    """Return the entry of a service that is walked to at one block a minute."""
    lines = [f'id = "{name}"', f'facilities = "{name}.csv"', 'datum = "wgs84"', f"speed_mps = {100 / 60}"]
    return "\n".join(["[[services]]", *lines, "standard_min = 5", *more, ""])


def places() -> gpd.GeoDataFrame:
    """Return the county, its two towns and their two villages each."""
    boxes = {
        COUNTY: ("甲县", "county", None, (-0.5, -0.5, END, END)),
        WEST: ("西镇", "town", COUNTY, (-0.5, -0.5, HALF, END)),
        EAST: ("东镇", "town", COUNTY, (HALF, -0.5, END, END)),
        WEST + "001": ("西南村", "community", WEST, (-0.5, -0.5, HALF, HALF)),
        WEST + "002": ("西北村", "community", WEST, (-0.5, HALF, HALF, END)),
        EAST + "001": ("东南村", "community", EAST, (HALF, -0.5, END, HALF)),
        EAST + "002": ("东北村", "community", EAST, (HALF, HALF, END, END)),
    }
    rings = [[(w, s), (e, s), (e, n), (w, n)] for *_, (w, s, e, n) in boxes.values()]
    shapes = [shapely.Polygon(np.column_stack(small.degrees(*zip(*ring, strict=True)))) for ring in rings]
    columns = ("name", "level", "parent_id")
    data = {c: [row[i] for row in boxes.values()] for i, c in enumerate(columns)}
    return gpd.GeoDataFrame({"place_id": list(boxes)} | data, geometry=shapes, crs=4326)


def points(index: str, **at: tuple[float, float]) -> pd.DataFrame:
    """Return named points at block coordinates, e.g. a=(0, 2)."""
    lon, lat = small.degrees(*zip(*at.values(), strict=True))
    return pd.DataFrame({index: list(at), "name": [f"{i}处" for i in at], "lon": lon, "lat": lat})


def write(folder: Path, systems: str, services: dict[str, str], **tables: pd.DataFrame) -> Path:
    """Write the project; services by name with what their entries say more, tables by the name of their csv."""
    toml = HEAD + "\n".join(service(name, more) for name, more in services.items()) + "\n" + systems
    file = small.write(folder, toml, places=places())
    for name, table in tables.items():
        table.to_csv(folder / f"{name}.csv", index=False, encoding="utf-8-sig")
    return file
