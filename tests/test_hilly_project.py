"""Heights and gates in planner.toml, from the points to the minutes and the report, on a town counted by hand."""

import math

import geopandas as gpd
import pandas as pd
import pytest

from planner import load_project, run, write_outputs
from tests.small_project import TOML, N, degrees, write

POINTS = TOML.replace('path = "streets.geojson"', 'path = "streets.geojson"\npoints = "points.geojson"')


def project(tmp_path, toml=POINTS, **gates):
    """Write a town that rises 10 m a block to the east, with gates at block coordinates written "x_y"."""
    file = write(tmp_path, toml)
    rows = [(i, j, 10.0 * i, gates.get(f"g{i}_{j}", "")) for i in range(N) for j in range(N)]
    table = pd.DataFrame(rows, columns=["i", "j", "ele", "access"])
    table["barrier"] = table["access"].where(table["access"] == "", "gate")
    places = gpd.points_from_xy(*degrees(table["i"], table["j"]), crs=4326)
    gpd.GeoDataFrame(table, geometry=places).to_file(tmp_path / "points.geojson", driver="GeoJSON")
    return load_project(file)


def minutes(study):
    return study.coverage["day_care"].minutes


def test_uphill_takes_longer_and_the_report_says_by_which_rule(tmp_path):
    level = minutes(run(project(tmp_path, TOML), until="coverage"))
    study = run(project(tmp_path))
    hilly = minutes(study)
    # d0000 walks one block east, a tenth uphill, and one north, level, to f1: Tobler makes the first exp(0.35) as long
    assert hilly["d0000"] == pytest.approx(level["d0000"] * (1 + math.exp(0.35)) / 2, rel=2e-3)
    rule = next(p for p in study.project.parameters if p.key == "walk.slope_rule")
    assert (rule.value, rule.confidence) == ("exp(3.5 (|i +0.05| -0.05))", "L")
    out = write_outputs(study, tmp_path / "out")
    assert "Tobler" in (out / "report.html").read_text(encoding="utf-8")
    assert pd.read_parquet(out / "tables" / "edges.parquet")["grade"].abs().max() == pytest.approx(0.1, rel=1e-3)
    off = run(
        project(tmp_path, POINTS.replace("standard_min = 5", "standard_min = 5\nslope = false")), until="coverage"
    )
    assert minutes(off)["d0000"] == pytest.approx(level["d0000"])
    said = {p.key: p.value for p in off.project.parameters}
    assert said["services.day_care.slope"] == "False"
    assert "walk.slope_rule" not in said


def test_who_lives_behind_gates_that_let_nobody_through_is_cut_off_and_a_key_opens_private_ones(tmp_path):
    # d0000 stands at the corner of the town, (0, 0): its two streets have a gate each
    shut = minutes(run(project(tmp_path, g1_0="no", g0_1="no"), until="coverage"))
    with_a_key = minutes(run(project(tmp_path, g1_0="private", g0_1="private"), until="coverage"))
    open_to_all = minutes(run(project(tmp_path, g1_0="private", g0_1="customers"), until="coverage"))
    assert pd.isna(shut["d0000"])
    assert with_a_key["d0000"] == pytest.approx(open_to_all["d0000"])
    assert open_to_all["d0000"] < 10
