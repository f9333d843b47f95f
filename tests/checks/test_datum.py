"""The road fit: right where it can be, silent where it cannot."""

import geopandas as gpd
import numpy as np
import pytest

from planner.checks import datum, run_checks
from planner.layers import datums

from .toy import CITY, CRS, SIDE, X0, Y0, Toy, network, points, shifted

LINES = network(CITY).lines


def layer(xy: np.ndarray) -> gpd.GeoSeries:
    return gpd.GeoSeries(gpd.points_from_xy(*(xy + np.array([X0, Y0])).T, crs=CRS))


@pytest.mark.parametrize(
    ("moved", "verdict"),
    [
        (datums.wgs84_to_gcj02, "gcj02"),
        (datums.wgs84_to_bd09, "bd09"),
        (datums.gcj02_to_wgs84, "not_gcj02"),
        (datums.bd09_to_wgs84, "not_bd09"),
    ],
)
def test_each_datum_is_recognised(moved, verdict):
    found = datum.road_fit(layer(shifted(SIDE, moved)), LINES)
    assert (found.best, found.sure) == (verdict, True)
    # the points stand 5 m beside the streets, and come back to within a millimetre
    assert found.medians_m[verdict] == pytest.approx(5.0, abs=1e-3)


def test_a_clean_layer_is_as_declared():
    found = datum.road_fit(layer(SIDE), LINES)
    assert (found.best, found.sure, found.suspect) == ("declared", False, False)


def test_too_few_points_say_nothing():
    assert datum.road_fit(layer(SIDE[:49]), LINES) is None


def test_outside_china_no_map_is_shifted():
    points = gpd.GeoSeries(gpd.points_from_xy(*(SIDE + np.array([319_000.0, 6_399_000.0])).T, crs="EPSG:32632"))
    assert datum.road_fit(points, LINES) is None


def test_points_scattered_without_regard_to_streets_are_never_accused():
    rng = np.random.default_rng(3)
    for _ in range(10):
        found = datum.road_fit(layer(rng.uniform(1400, 3400, (60, 2))), LINES)
        assert not found.sure
        assert not found.suspect


def test_the_verdict_does_not_depend_on_the_order_of_the_points():
    points = layer(shifted(SIDE, datums.wgs84_to_gcj02))
    assert datum.road_fit(points, LINES) == datum.road_fit(points.iloc[::-1], LINES)


def test_demand_is_judged_like_facilities():
    people = points([f"d{i:02d}" for i in range(60)], shifted(SIDE, datums.wgs84_to_bd09), pop=1.0)
    found = run_checks(Toy(demand=people), network=network(CITY)).iloc[0]
    assert (found["code"], found["layer"], found["feature_id"]) == ("CR-01", "demand", None)
    assert found["tolerance"] == pytest.approx(5.0, abs=1e-3)
    assert "BD-09" in found["message_zh"]
