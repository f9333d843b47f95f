"""A town of 9 x 9 crossings, 100 m apart, two services: small enough to write in a second."""

import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from planner.pipeline import Study, run
from planner.project import load_project

BLOCK_M, SIDE = 100.0, 9
EAST, NORTH = 500_000.0, 3_400_000.0  # EPSG:4549

# A block a minute on foot (1.666… m/s x 60 = 100 m), so the standard of 4 minutes is 4 blocks.
TOML = """
[project]
name = "toy"
title = "玩具城<&>"
language = "{language}"
crs = "EPSG:4549"
date = 2026-01-01
sample = {sample}

[streets]
path = "streets.geojson"
datum = "EPSG:4549"

{places}

[demand]
path = "demand.csv"
datum = "EPSG:4549"

[limits]
gap_people_min = {people_min}

[[services]]
id = "day_care"
preset = "day_care"
speed_mps = 1.6666666666666667
standard_min = 4
cutoff_min = 12
facilities = "day_care.csv"
datum = "EPSG:4549"
candidates = {{path = "candidates.csv", datum = "EPSG:4549"}}
siting = {{model = "mclp", p = 1}}

[[services]]
id = "columbarium"
preset = "columbarium"
facilities = "columbaria.csv"
datum = "EPSG:4549"
"""
PLACES = '[places]\npath = "places.geojson"\ndatum = "EPSG:4549"'


def _feature(shape: dict, **properties: object) -> dict:
    return {"type": "Feature", "properties": properties, "geometry": shape}


def _streets() -> list[dict]:
    along = [BLOCK_M * i for i in range(SIDE)]
    rows = [[(x, y) for x in along] for y in along] + [[(x, y) for y in along] for x in along]
    kinds = ["primary", "secondary", *["residential"] * (len(rows) - 2)]
    return [
        _feature(
            {"type": "LineString", "coordinates": [[EAST + x, NORTH + y] for x, y in row]},
            way_id=f"w{i}",
            highway=kind,
            name=f"第{i}路",
        )
        for i, (row, kind) in enumerate(zip(rows, kinds, strict=True))
    ]


def _box(west: float, south: float, east: float, north: float) -> dict:
    ring = [(west, south), (east, south), (east, north), (west, north), (west, south)]
    return {"type": "Polygon", "coordinates": [[[EAST + x, NORTH + y] for x, y in ring]]}


def _places() -> list[dict]:
    """One city of two towns of two communities each; the last community has two people."""
    low, mid, far, high = -50.0, 350.0, 840.0, 850.0
    return [
        _feature(_box(low, low, high, high), place_id="320100", name="玩具市", level="city", parent_id=None),
        _feature(_box(low, low, mid, high), place_id="320101001", name="西街道", level="town", parent_id="320100"),
        _feature(_box(mid, low, high, high), place_id="320101002", name="东街道", level="town", parent_id="320100"),
        _feature(
            _box(low, low, mid, mid), place_id="320101001001", name="春晖社区", level="community", parent_id="320101001"
        ),
        _feature(
            _box(low, mid, mid, high),
            place_id="320101001002",
            name="=夏荷社区",
            level="community",
            parent_id="320101001",
        ),
        _feature(
            _box(mid, low, far, high),
            place_id="320101002001",
            name="秋实社区",
            level="community",
            parent_id="320101002",
        ),
        _feature(
            _box(far, low, high, high),
            place_id="320101002002",
            name="冬梅社区",
            level="community",
            parent_id="320101002",
        ),
    ]


def _demand() -> pd.DataFrame:
    """Ten people, three of them old, at every crossing, and two old people east of everything."""
    rows = [
        {"demand_id": f"{i}_{j}", "x": EAST + BLOCK_M * i, "y": NORTH + BLOCK_M * j, "pop": 10, "pop60": 3}
        for i in range(SIDE)
        for j in range(SIDE)
    ]
    rows.append({"demand_id": "lonely", "x": EAST + 845, "y": NORTH + 400, "pop": 2, "pop60": 2})
    return pd.DataFrame(rows)


def _points(kind: str, **at: tuple[float, float, str]) -> pd.DataFrame:
    rows = [{kind: i, "name": n, "x": EAST + BLOCK_M * x, "y": NORTH + BLOCK_M * y} for i, (x, y, n) in at.items()]
    return pd.DataFrame(rows)


def _write(folder: Path) -> None:
    for name, features in (("streets", _streets()), ("places", _places())):
        text = json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False)
        (folder / f"{name}.geojson").write_text(text, encoding="utf-8")
    _demand().to_csv(folder / "demand.csv", index=False)
    centres = _points("facility_id", a=(0, 0, "甲中心"), b=(8, 8, "乙中心")).assign(status=["在用", "拟建"])
    centres.to_csv(folder / "day_care.csv", index=False)
    _points("facility_id", c=(4, 4, "安息堂")).to_csv(folder / "columbaria.csv", index=False)
    _points("candidate_id", k1=(8, 8, "东北公房</script>"), k2=(0, 1, "西南公房")).to_csv(
        folder / "candidates.csv", index=False
    )


@pytest.fixture(scope="session")
def make(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Study]:
    """Make a study of the town: `until` a stage, in a language, with or without polygons.

    `change` gets the project file's text and its folder, and returns the text to use.
    """

    def made(
        *,
        until: str = "report",
        language: str = "zh",
        sample: bool = True,
        polygons: bool = True,
        people_min: int = 5,
        change: Callable[[str, Path], str] = lambda text, _: text,
    ) -> Study:
        folder = tmp_path_factory.mktemp("toy")
        _write(folder)
        places = PLACES if polygons else ""
        if not polygons:
            demand = _demand().assign(place_id=["320101001001", *["320101002001"] * (SIDE * SIDE)])
            demand.to_csv(folder / "demand.csv", index=False)
        text = TOML.format(language=language, sample=str(sample).lower(), places=places, people_min=people_min)
        (folder / "planner.toml").write_text(change(text, folder), encoding="utf-8")
        return run(load_project(folder / "planner.toml"), until=until)

    return made


@pytest.fixture(scope="session")
def toy(make: Callable[..., Study]) -> Study:
    return make()


@pytest.fixture(scope="session")
def out(toy: Study, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a whole run."""
    from planner.report import write_outputs

    return write_outputs(toy, tmp_path_factory.mktemp("runs") / "toy", timings={"layers": 0.5})
