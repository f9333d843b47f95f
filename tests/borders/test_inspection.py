"""Due dates, the roster, patrol, digitising and replacement, on lines that can be counted by hand."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import LineString

from planner.borders import BorderRules, border_lines, digitised, due_dates, patrolled, replacement, roster

CRS = "EPSG:4549"
ON = pd.Timestamp("2026-01-01")


def lines(*km: float, **columns) -> gpd.GeoDataFrame:
    ids = [f"L{i}" for i in range(len(km))]
    shapes = [LineString([(5e5, 3.54e6), (5e5 + 1000 * k, 3.54e6)]) for k in km]
    frame = gpd.GeoDataFrame({"units": "320106;320111"} | columns, index=ids, geometry=shapes, crs=CRS)
    return border_lines(frame, None)


@pytest.mark.parametrize(
    ("last", "due"),
    [
        ("2019-06-30", "2024-06-30"),
        ("2020-02-29", "2025-02-28"),
        ("2024-02-29", "2029-02-28"),
        ("2019-02-28", "2024-02-28"),
    ],
)
def test_due_on_the_same_day_five_years_on(last, due):
    found = due_dates(lines(1, last_joint_inspection=pd.to_datetime([last])), None, on=ON)
    assert found["due"].iloc[0] == pd.Timestamp(due)


def test_the_later_of_register_and_inspections_counts():
    held = pd.DataFrame(
        {"line_id": ["L0", "L0", "L1"], "kind": ["joint", "yearly", "joint"]}
        | {"inspected": pd.to_datetime(["2023-05-01", "2025-05-01", "2018-05-01"])}
    )
    found = due_dates(lines(1, 1, last_joint_inspection=pd.to_datetime(["2020-01-01", "2021-01-01"])), held, on=ON)
    assert list(found["last"]) == [pd.Timestamp("2023-05-01"), pd.Timestamp("2021-01-01")]


@given(st.lists(st.tuples(st.integers(1, 400), st.integers(0, 9)), min_size=1, max_size=40))
def test_the_roster_keeps_the_law(rows):
    km, ago = zip(*rows, strict=True)
    last = pd.Series([ON - pd.DateOffset(years=a) for a in ago])
    table = roster(lines(*km, last_joint_inspection=last.to_numpy()), None, on=ON, crs=CRS)
    # nobody waits longer than the law allows, unless it is too late already
    due = table["due"].dt.year
    assert (table["year"] <= due.clip(lower=2026)).all()
    assert table["year"].between(2026, 2030).all()
    assert len(table) == len(km)


def test_the_roster_is_balanced():
    # ten lines of 10 km, all inspected last year and so due in 2030: two a year
    table = roster(lines(*[10.0] * 10, last_joint_inspection=pd.Timestamp("2025-06-01")), None, on=ON, crs=CRS)
    assert list(table.groupby("year").size()) == [2, 2, 2, 2, 2]
    assert set(table["status"]) == {"scheduled"}


def test_overdue_comes_first():
    last = pd.to_datetime(["2020-06-01", None, "2021-06-01"])
    table = roster(lines(1, 2, 3, last_joint_inspection=last), None, on=ON, crs=CRS)
    assert dict(table["status"]) == {"L0": "overdue", "L1": "overdue", "L2": "due"}
    assert set(table["year"]) == {2026}


@pytest.mark.parametrize(("beside_m", "share"), [(90.0, 1.0), (110.0, 0.0)])
def test_a_track_beside_a_line(beside_m, share):
    track = LineString([(4.99e5, 3.54e6 + beside_m), (5.12e5, 3.54e6 + beside_m)])
    found = patrolled(lines(10), gpd.GeoDataFrame(geometry=[track], crs=CRS), crs=CRS)
    assert found["share"].iloc[0] == share


def test_a_track_along_half_a_line():
    track = LineString([(5e5, 3.54e6), (5e5 + 4900.0, 3.54e6)])
    found = patrolled(lines(10), gpd.GeoDataFrame(geometry=[track], crs=CRS), crs=CRS)
    # 4,900 m and the 100 m that its end reaches ahead
    assert found["share"].iloc[0] == pytest.approx(0.5, abs=1e-4)


def test_kilometres_by_class_sum_to_all_lines():
    frame = lines(10, 20, 30, 40, vector=["yes", "no", None, "no"], imagery=["yes", "yes", "no", None])
    table = digitised(frame, crs=CRS)
    # drawn lines without a word have a vector; the scale of the plane there is 1
    assert dict(table["km"].round(1)) == {"both": 10.0, "vector": 30.0, "imagery": 20.0, "neither": 40.0}
    assert table["share"].sum() == pytest.approx(1.0)


def test_replacement():
    frame = gpd.GeoDataFrame(
        {"line_id": ["L0"] * 4, "model": ["new", "old", None, "old"], "standing": [True, True, True, False]},
        geometry=gpd.points_from_xy(*np.zeros((2, 4))),
    )
    row = replacement(frame, rules=BorderRules.of(cost_yuan=1000.0)).loc["L0"]
    # the scrapped one does not count; what nobody knows is not new
    assert (row["stakes"], row["new"], row["to_replace"], row["cost"]) == (3, 1, 2, 2000.0)
