"""Make the tables of the demo's service systems: centres, kitchens, rooms, sites for niches. All synthetic.

Run from the root of the repository after make_demo.py: `uv run python data/make_systems.py`. Every draw is
seeded: two runs write the same bytes.
"""

import argparse
import hashlib
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
from makers.facilities import Layer, make_layer
from makers.frame import DEGREES, SAMPLE, chance, to_degrees, to_metres, write_csv
from makers.papers import MADE
from shapely import Polygon

_SITES = {"设施编号": "编号"}
_COMMON = ["设施编号", "名称", "状态", "所属社区代码", "经度", "纬度", "数据性质"]
_ZONES = (("武昌沿江水源保护区(示例)", 114.3010, 30.5680, 900.0), ("汉阳湖滨风景区(示例)", 114.2640, 30.5470, 800.0))
_FILES = {
    "district_centres.csv": "Service centres of districts for the elderly; two districts have none",
    "comprehensive.csv": "Comprehensive service centres for the elderly, the hubs",
    "kitchens.csv": "Central kitchens with meals a day",
    "kitchen_sites.csv": "Sites where a central kitchen could be",
    "rooms.csv": "Community rooms with their floor area",
    "niche_sites.csv": "Sites where niches could be built",
    "protected.geojson": "Protected areas in which no niches may be built, drawn as circles",
}


def main() -> None:
    """Read the command line and make the tables."""
    parser = argparse.ArgumentParser(description="Make the tables of the demo's service systems.")
    parser.add_argument("--demo", type=Path, default=Path(__file__).parent)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "systems")
    given = parser.parse_args()
    make_systems(given.demo, given.out)


def make_systems(demo: Path, out: Path) -> None:
    """Draw everything from the demo's residents and places, and write it, the list of sources last."""
    out.mkdir(parents=True, exist_ok=True)
    places = gpd.read_file(demo / "boundaries/places.geojson")
    code = {"所属社区代码": str}
    people = pd.read_csv(demo / "demand/residents.csv", dtype=code, encoding="utf-8-sig")
    for name, table in _tables(people, places).items():
        write_csv(table.assign(数据性质=SAMPLE), out / name)
    zones = gpd.GeoDataFrame({"名称": [z[0] for z in _ZONES], "数据性质": SAMPLE}, geometry=_circles(), crs=DEGREES)
    zones.to_file(out / "protected.geojson", driver="GeoJSON", engine="pyogrio")
    _write_sources(out)


def _tables(people: pd.DataFrame, places: gpd.GeoDataFrame) -> dict[str, pd.DataFrame]:
    """Return every table by the name of its file."""

    def drawn(prefix: str, title: str, count: int, apart_m: float) -> pd.DataFrame:
        layer = Layer(prefix=prefix, title=title, count=count, apart_m=apart_m)
        rows = make_layer(layer, people, places).assign(数据性质=SAMPLE)
        return rows[_COMMON[:-1]]

    kitchens, stoves = drawn("YF", "中央厨房", 2, 4000.0), drawn("YB", "厂房", 5, 1500.0)
    rooms, plots = drawn("YS", "社区用房", 90, 150.0), drawn("GB", "空地", 12, 700.0)
    room_m2 = chance("room sizes").integers(8, 60, len(rooms)) * 10
    niches = chance("niche sites").integers(10, 60, len(plots)) * 100
    bare = ["状态"]
    return {
        "district_centres.csv": _one_each(drawn("QZ", "区养老服务指导中心", 12, 1200.0), digits=6).head(3),
        "comprehensive.csv": _one_each(drawn("ZH", "综合为老服务中心", 40, 250.0), digits=9).head(13),
        "kitchens.csv": kitchens.assign(日服务能力=[2600, 1800]),
        "kitchen_sites.csv": stoves.assign(日服务能力=2000).drop(columns=bare).rename(columns=_SITES),
        "rooms.csv": rooms.assign(建筑面积=room_m2),
        "niche_sites.csv": plots.assign(格位=niches, 费用=niches * 1500).drop(columns=bare).rename(columns=_SITES),
    }


def _one_each(rows: pd.DataFrame, *, digits: int) -> pd.DataFrame:
    """Keep the first of each unit, whose code has so many digits."""
    return rows[~rows["所属社区代码"].str[:digits].duplicated()].reset_index(drop=True)


def _circles() -> list[Polygon]:
    middles = to_metres(np.array([z[1] for z in _ZONES]), np.array([z[2] for z in _ZONES]))
    turn = np.linspace(0.0, 2 * np.pi, 49)
    ring = np.column_stack([np.cos(turn), np.sin(turn)])
    return [Polygon(np.column_stack(to_degrees(m + z[3] * ring))) for m, z in zip(middles, _ZONES, strict=True)]


def _write_sources(out: Path) -> None:
    """Write down what each file is, under which licence, and its digest."""
    rows = [
        {
            "path": name,
            "what": what,
            "owner": "planner project",
            "link": "data/make_systems.py, from the files of the demo",
            "licence": "CC0-1.0 (示例数据,不得用于申报)",
            "date": MADE,
            "sha256": hashlib.sha256((out / name).read_bytes()).hexdigest(),
            "datum": "WGS84",
        }
        for name, what in _FILES.items()
    ]
    write_csv(pd.DataFrame(rows), out / "sources.csv", encoding="utf-8")


if __name__ == "__main__":
    main()
