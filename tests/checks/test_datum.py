"""The datum of a layer: right where it can be told, silent where it cannot."""

from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pytest
import shapely

from planner.checks import datum_verdict, road_fit, run_checks, shift_search
from planner.layers import datums
from planner.layers.read import read_frame

from .toy import CITY, CRS, SIDE, X0, Y0, Toy, network, points, shifted, square, towns

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
    found = road_fit.road_fit(layer(shifted(SIDE, moved)), LINES)
    assert (found.best, found.sure) == (verdict, True)
    # the points stand 5 m beside the streets, and come back to within a millimetre
    assert found.medians_m[verdict] == pytest.approx(5.0, abs=1e-3)


@pytest.mark.parametrize(
    ("declared", "moved", "verdict"),
    [
        ("gcj02", lambda *xy: datums.gcj02_to_wgs84(*datums.wgs84_to_bd09(*xy)), "bd09_as_gcj02"),
        ("bd09", lambda *xy: datums.bd09_to_wgs84(*datums.wgs84_to_gcj02(*xy)), "gcj02_as_bd09"),
    ],
)
def test_one_shifted_datum_declared_as_the_other(declared, moved, verdict):
    """What is read as GCJ-02 is shifted back from it; BD-09 then stands off as the two differ."""
    at = points([f"f{i:02d}" for i in range(60)], shifted(SIDE, moved), service="day_care", name="甲")
    source = SimpleNamespace(layer="facilities.day_care", crs=declared)
    found = run_checks(Toy(facilities=at, inputs=(source,)), network=network(CITY)).iloc[0]
    assert (found["code"], found["severity"]) == ("CR-01", "error")
    assert f"answer={verdict}" in found["evidence"]
    assert road_fit.road_fit(layer(SIDE), LINES, declared=declared).best == "declared"


def test_a_clean_layer_is_as_declared():
    found = road_fit.road_fit(layer(SIDE), LINES)
    assert (found.best, found.sure, found.suspect) == ("declared", False, False)


def test_too_few_points_say_nothing():
    assert road_fit.road_fit(layer(SIDE[:49]), LINES) is None


def test_outside_china_no_map_is_shifted():
    points = gpd.GeoSeries(gpd.points_from_xy(*(SIDE + np.array([319_000.0, 6_399_000.0])).T, crs="EPSG:32632"))
    assert road_fit.road_fit(points, LINES) is None


def test_points_scattered_without_regard_to_streets_are_never_accused():
    rng = np.random.default_rng(3)
    for _ in range(10):
        found = road_fit.road_fit(layer(rng.uniform(1400, 3400, (60, 2))), LINES)
        assert not found.sure
        assert not found.suspect


def test_the_verdict_does_not_depend_on_the_order_of_the_points():
    points = layer(shifted(SIDE, datums.wgs84_to_gcj02))
    assert road_fit.road_fit(points, LINES) == road_fit.road_fit(points.iloc[::-1], LINES)


def test_demand_is_judged_like_facilities():
    people = points([f"d{i:02d}" for i in range(60)], shifted(SIDE, datums.wgs84_to_bd09), pop=1.0)
    found = run_checks(Toy(demand=people), network=network(CITY)).iloc[0]
    assert (found["code"], found["layer"], found["feature_id"]) == ("CR-01", "demand", None)
    assert found["tolerance"] == pytest.approx(5.0, abs=1e-3)
    assert "BD-09" in found["message_zh"]
    assert "单位" not in found["message_zh"], "nobody knows of any, so none is counted"


def test_the_shift_search_finds_the_shift_that_was_made():
    # 240 m east and 160 m south are whole steps of 20 m; to undo them the points go 240 m west and 160 m north
    found = shift_search.best_shift(SIDE + np.array([X0 + 240.0, Y0 - 160.0]), LINES)
    assert (found.east_m, found.north_m) == pytest.approx((-240.0, 160.0), abs=20.0)
    shifts = {"declared": np.zeros(2), "made": np.array([-240.0, 160.0])}
    assert found.names(shifts) == "made"
    assert found.names({"declared": np.zeros(2)}) is None


def test_a_regular_grid_has_no_best_shift():
    nodes = [(X0 + 100.0 * i, Y0 + 100.0 * j) for i in range(60) for j in (0, 59)]
    lines = [shapely.LineString([a, b]) for a, b in zip(nodes[::2], nodes[1::2], strict=True)]
    lines += [shapely.transform(s, lambda c: np.column_stack([c[:, 1] - Y0 + X0, c[:, 0] - X0 + Y0])) for s in lines]
    found = shift_search.best_shift(SIDE + np.array([X0 + 500.0, Y0 + 500.0]), np.array(lines, dtype=object))
    # any multiple of 100 m fits as well
    assert found.clear < shift_search.CLEAR


def _in_blocks(shift=None) -> tuple:
    """Sixteen towns of 500 m, and 80 points in them that say where they lie, moved by a shift."""
    blocks = towns(*(square(500.0 * i, 500.0 * j, 500.0) for i in range(4) for j in range(4)))
    xy = np.random.default_rng(1).uniform(20.0, 1980.0, (80, 2))
    ids = [f"t{4 * int(x // 500) + int(y // 500) + 1}" for x, y in xy]
    moved = xy if shift is None else shifted(xy, shift)
    return points([f"f{i:02d}" for i in range(80)], moved, service="day_care", name="甲", place_id=ids), blocks


@pytest.mark.parametrize(
    ("moved", "answer"),
    [(None, "declared"), (datums.wgs84_to_gcj02, "gcj02"), (datums.bd09_to_wgs84, "not_bd09")],
)
def test_declared_places_tell_the_datum(moved, answer):
    layer, blocks = _in_blocks(moved)
    found = datum_verdict(layer, places=blocks)
    assert (found.answer, found.by) == (answer, "places")
    # points moved back lie in their own blocks, all of them
    assert found.homes.shares[answer] == 1.0


def test_sound_points_tell_the_datum_of_their_places():
    layer, blocks = _in_blocks()
    there = blocks.set_geometry([_moved(g, datums.wgs84_to_gcj02) for g in blocks.geometry])
    found = datum_verdict(there, members=layer)
    assert (found.answer, found.by) == ("gcj02", "places")


def _moved(shape, shift):
    return shapely.transform(shape, lambda c: shifted(c - np.array([X0, Y0]), shift) + np.array([X0, Y0]))


def test_a_layer_moved_along_the_places_alone_says_how_many_change_their_place():
    layer, blocks = _in_blocks(datums.wgs84_to_gcj02)
    found = run_checks(Toy(facilities=layer, places=blocks), network=network(CITY))
    said = found[found["code"] == "CR-01"].iloc[0]
    # brute force: once moved back each point lies in the block it declares; those outside it now would change
    outside = sum(not blocks.geometry[row.place_id].covers(row.geometry) for row in layer.itertuples())
    assert 0 < outside < 80
    assert f"would_change_unit={outside}" in said["evidence"].split("; ")
    assert f"按此有 {outside} 个设施会换到另一单位。" in said["message_zh"]
    assert f" so. {outside} facilities would change unit. Check" in said["message_en"]
    assert "不在所报单位内" in said["message_zh"]
    # that they stand outside follows from the datum: it is said once, and nobody is sent out
    (counted,) = found[found["code"] == "BC-14"].to_dict("records")
    assert (counted["severity"], counted["feature_id"], counted["measure"]) == ("warning", "day_care", outside)


def test_landmarks_decide_from_three():
    layer = layer_of(shifted(SIDE[:5], datums.wgs84_to_gcj02))
    known = layer_of(SIDE[:5]).geometry
    assert datum_verdict(layer, landmarks=known).answer == "gcj02"
    assert datum_verdict(layer, landmarks=known.iloc[:2]).answer == "unknown"
    assert datum_verdict(layer_of(SIDE[:5]), landmarks=known).answer == "declared"


def layer_of(xy):
    return points([f"f{i}" for i in range(len(xy))], xy, name="甲")


CITIES = {"nanjing": 4549, "suzhou": 4549, "huzhou": 4549, "nantong": 4549, "fuyang": 4548, "wuhan": 4547}


@pytest.mark.parametrize("city", CITIES)
def test_real_borders_in_gcj02_are_recognised_and_their_twins_are_not_accused(city, shared_data):
    known = gpd.read_file(shared_data / "districts/six_cities_districts_wgs84.geojson").to_crs(CITIES[city])
    for file in sorted((shared_data / "borders").glob(f"{city}_[gw]*.geojson")):
        frame = gpd.read_file(file)
        frame = frame[frame["level"] == "district"].set_crs(4326, allow_override=True).to_crs(CITIES[city])
        frame = frame.set_geometry(shapely.make_valid(frame.geometry.to_numpy()))
        near = known[known.intersects(frame.union_all().buffer(-2000.0))]
        found = datum_verdict(frame, places=near)
        assert found.answer == ("gcj02" if "gcj02" in file.name else "declared"), file.name


def nanjing(shared_data):
    """The borders of Nanjing's districts in degrees, and the streets of its centre in metres."""
    borders = gpd.read_file(shared_data / "borders/nanjing_wgs84.geojson")
    ways = gpd.GeoDataFrame(read_frame(shared_data / "nanjing/osm_centre.geojson")).to_crs(CRS)
    streets = ways[(ways["highway"] != "") & (ways.geom_type == "LineString")]
    return borders[borders["level"] == "district"], streets.geometry.to_numpy()


@pytest.mark.parametrize(
    ("shift", "answer"),
    [
        (lambda lon, lat: (lon, lat), "declared"),
        (datums.wgs84_to_gcj02, "gcj02"),
        (datums.wgs84_to_bd09, "bd09"),
        (datums.gcj02_to_wgs84, "not_gcj02"),
    ],
)
def test_borders_that_run_along_streets_tell_their_datum(shift, answer, shared_data):
    borders, streets = nanjing(shared_data)
    moved = shapely.transform(borders.geometry.to_numpy(), lambda xy: np.column_stack(shift(*xy.T)))
    found = datum_verdict(borders.set_geometry(moved).to_crs(CRS), streets=streets)
    assert (found.answer, found.by) == (answer, "along")


def test_borders_of_nowhere_are_not_accused(shared_data):
    borders, streets = nanjing(shared_data)
    there = borders.to_crs(CRS)
    low, _, high, _ = there.total_bounds
    mirrored = shapely.transform(there.geometry.to_numpy(), lambda xy: xy * [-1, 1] + [low + high, 0])
    found = datum_verdict(there.set_geometry(mirrored), streets=streets)
    assert found.answer == "unknown"
    assert found.match is not None
