"""The network doctor in a run: what blocks, what is repaired and written down, and where streets are missing."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from planner import load_project, run, write_outputs
from planner.coverage import street_data_by_place
from planner.errors import NetworkError, ProjectError

from . import small_project as small
from .checks.toy import demand, network, places, square

REPAIR = small.TOML.replace('path = "streets.geojson"', 'path = "streets.geojson"\nrepair = ["node_crossings"]')


def unnoded() -> gpd.GeoDataFrame:
    """The small town's streets without the vertices where they cross."""
    frame = small.streets()
    ends = [shapely.LineString(shapely.get_coordinates(line)[[0, -1]]) for line in frame.geometry]
    return frame.set_geometry(ends, crs=4326)


def test_streets_that_do_not_meet_stop_a_run(tmp_path):
    file = small.write(tmp_path, streets=unnoded())
    found = run(load_project(file), until="check").findings
    assert {"NW-04", "NW-05"} <= set(found.loc[found["severity"] == "error", "code"])
    with pytest.raises(NetworkError) as stopped:
        run(load_project(file))
    assert "repair" in str(stopped.value)


def test_repaired_they_give_the_minutes_of_the_sound_town_and_the_edits_are_listed(tmp_path):
    (tmp_path / "sound").mkdir()
    (tmp_path / "broken").mkdir()
    sound = run(load_project(small.write(tmp_path / "sound")))
    study = run(load_project(small.write(tmp_path / "broken", REPAIR, streets=unnoded())))
    mine, theirs = study.coverage["day_care"].minutes, sound.coverage["day_care"].minutes
    assert mine.to_numpy() == pytest.approx(theirs.to_numpy(), abs=1e-3, nan_ok=True)
    # 12 x 12 crossings; the 4 corners had a vertex, the other 40 of the rim are ends on a street, 100 are of two ways
    assert len(study.street_edits) == 40 + 2 * 100
    out = write_outputs(study, tmp_path / "out")
    table = pd.read_csv(out / "tables/street_edits.csv", dtype={"way_id": str, "other_way_id": str})
    assert len(table) == len(study.street_edits)
    assert set(table["kind"]) == {"node_crossing"}
    assert table["lon_wgs84"].between(118.7, 118.9).all()
    assert "240" in (out / "report.html").read_text(encoding="utf-8")
    assert "street_edits.csv" in (out / "report.html").read_text(encoding="utf-8")
    bare = write_outputs(sound, tmp_path / "bare")
    assert len(pd.read_csv(bare / "tables/street_edits.csv")) == 0


def test_gaps_are_closed_as_far_as_told_and_the_number_is_a_parameter(tmp_path):
    told = 'path = "streets.geojson"\nrepair = ["close_gaps"]\nclose_gaps_m = 4.5'
    file = small.write(tmp_path, small.TOML.replace('path = "streets.geojson"', told))
    parameters = run(load_project(file), until="check").parameters.set_index("key")
    assert parameters.loc["streets.close_gaps_m", ["value", "confidence"]].tolist() == [4.5, "P"]


@pytest.mark.parametrize("wrong", ['repair = ["all"]', 'repair = "close_gaps"', "close_gaps_m = -1"])
def test_repairs_that_do_not_exist(tmp_path, wrong):
    told = f'path = "streets.geojson"\n{wrong}'
    file = small.write(tmp_path, small.TOML.replace('path = "streets.geojson"', told))
    with pytest.raises(ProjectError):
        load_project(file)


def west_half() -> gpd.GeoDataFrame:
    """The small town's streets but for those of the eastern community, beyond column 6."""
    frame = small.streets()
    kept = [shapely.LineString(c[c[:, 0] <= small.degrees(6.2, 0)[0]]) if len(c) else None for c in map(
        shapely.get_coordinates, frame.geometry) if (c[:, 0] <= small.degrees(6.2, 0)[0]).sum() > 1]  # fmt: skip
    return gpd.GeoDataFrame({"osm_id": range(len(kept)), "highway": "residential"}, geometry=kept, crs=4326)


def test_where_streets_are_missing_nothing_is_said_of_the_service(tmp_path):
    study = run(load_project(small.write(tmp_path, streets=west_half())), until="coverage")
    told = study.uncovered.set_index("place_id")
    # homes stand at columns 0, 2 … 10; streets end at column 6: in the east 12 of 18 homes are 200 m or more off
    assert told.loc["320102001002", ["status", "cause"]].tolist() == ["no_data", "sparse_streets"]
    assert told.loc["320102001001", "status"] in ("partial", "uncovered")
    named = study.findings[study.findings["code"] == "NW-11"]
    assert named["feature_id"].tolist() == ["320102001002"]
    whole = run(load_project(small.write(tmp_path)), until="coverage")
    assert "no_data" not in set(whole.uncovered["status"])


def test_street_data_is_counted_by_place_and_above():
    """A town of two villages of 1 km2, one with all four sides of its square, one with none."""
    table = places(
        {"place_id": "t", "name": "镇", "level": "town", "geometry": square(0, 0, 2000, 1000)},
        {"place_id": "a", "name": "甲", "level": "community", "parent_id": "t", "geometry": square(0, 0)},
        {"place_id": "b", "name": "乙", "level": "community", "parent_id": "t", "geometry": square(1000, 0)},
    )
    homes = demand(("d1", 500, 150, 30), ("d2", 500, 50, 30), ("d3", 1900, 500, 40), place_id=["a", "a", "b"])
    corners = {n: (500_000.0 + x, 3_540_000.0 + y) for n, x, y in (("p", 100, 100), ("q", 900, 100), ("r", 900, 900))}
    streets = network((corners, [("p", "q"), ("q", "r")]))
    found = street_data_by_place(streets, homes, np.array([150.0, 50.0, 1000.0]), table, weight="pop")
    assert found["people"].to_dict() == {"a": 60, "b": 40, "t": 100}
    assert found["far"].to_dict() == {"a": 30, "b": 40, "t": 70}
    # 800 + 800 m in village a, and in the town of 2 km2
    assert found["km_per_km2"].to_dict() == pytest.approx({"a": 1.6, "b": 0.0, "t": 0.8})
    assert found["short"].to_dict() == {"a": True, "b": True, "t": True}
    near = street_data_by_place(streets, homes, np.array([150.0, 50.0, 50.0]), table, weight="pop")
    # 30 of 100 far: a fifth, and 0.8 km a km2 is thin
    assert near["short"].to_dict() == {"a": True, "b": False, "t": True}
