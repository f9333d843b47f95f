"""Numbers of stakes read, lines found by their codes, and the draft of a description."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from shapely.geometry import LineString, Point

from planner.borders import along, border_lines, describe, stake_register
from planner.borders.units import unit_words

CRS = "EPSG:4549"
X, Y = 5e5, 3.54e6


def line(units="320106;320111", *xy):
    shape = LineString(np.add(xy or [(0, 10_000), (0, 0)], (X, Y)))
    return border_lines(gpd.GeoDataFrame({"units": [units]}, index=["L1"], geometry=[shape], crs=CRS), None)


def stakes(*rows, **columns):
    numbers, x, y = zip(*rows, strict=True)
    frame = {"number": numbers} | columns
    return gpd.GeoDataFrame(frame, geometry=gpd.points_from_xy(np.add(x, X), np.add(y, Y)), crs=CRS)


@pytest.mark.parametrize("said", ["320106;320111", "320106、320111", "320106-320111", "320106,320111", "320106 320111"])
def test_units_as_people_write_them(said):
    assert unit_words(said) == ("320106", "320111")


@pytest.mark.parametrize(
    ("number", "units", "code", "seq", "kind"),
    [
        ("3234015Q", "320000;340000", "3234", 15, "single"),  # the Jiangsu-Anhui line, as the trade numbers it
        ("3234015A", "320000;340000", "3234", 15, "double"),
        ("32013205001C", "320100;320500", "32013205", 1, "triple"),
        ("320106320111099Q", "320106;320111", "320106320111", 99, "single"),
    ],
)
def test_numbers(number, units, code, seq, kind):
    row = stake_register(stakes((number, 0, 0)), line(units)).iloc[0]
    assert (row["code"], row["seq"], row["kind"], row["line_id"]) == (code, seq, kind, "L1")


def test_a_number_against_the_rule_has_no_parts():
    row = stake_register(stakes(("3234-15", 0, 0), ("320106320111001Q", 0, 0)), line()).iloc[0]
    assert row[["code", "seq", "letter", "line_id"]].isna().all()


@pytest.mark.parametrize(
    ("numbers", "kinds", "letters"),
    [
        (["1", "2号", "NO.3", "第4号桩", "005"], None, "QQQQQ"),
        (["3(1)", "3(2)"], "double", "AB"),
        (["3-1", "3-2", "3-3"], "triple", "CDE"),
        (["3A", "3B", "3C"], "triple", "CDE"),  # a triple whose letters begin anew
        (["3A", "3B"], None, "AB"),
        (["3", "3"], "double", "AB"),  # 同号双立: one number, two stakes
    ],
)
def test_numbers_that_only_count_along_the_line_declared(numbers, kinds, letters):
    told = {"line_id": "L1"} | ({} if kinds is None else {"kind": kinds})
    found = stake_register(stakes(*((n, 0, 0) for n in numbers), **told), line())
    assert "".join(found["letter"]) == letters
    assert list(found["seq"]) == ([1, 2, 3, 4, 5] if kinds is None and len(numbers) == 5 else [3] * len(numbers))
    assert found["local"].all()


def test_a_local_number_without_a_line_is_read_as_nothing():
    assert stake_register(stakes(("1号", 0, 0)), line())["seq"].isna().all()


def test_full_width_numbers_are_the_same_and_lines_are_found_by_name():
    row = stake_register(stakes(("３２０１０６ ３２０１１１ ００１ｑ", 0, 0)), line()).iloc[0]
    assert (row["number"], row["seq"], row["local"]) == ("320106320111001Q", 1, False)
    named = stake_register(stakes(("1", 0, 0), line_id="甲乙线"), line().assign(name="甲乙线")).iloc[0]
    assert (named["line_id"], named["seq"]) == ("L1", 1)


def test_where_stakes_stand_to_their_line():
    # the line runs south; east of it is its left
    register = stake_register(stakes(("320106320111001A", 30, 7000), ("320106320111001B", -40, 6000)), line())
    at = along(register, line())
    assert list(at["along_m"]) == pytest.approx([3000.0, 4000.0], rel=1e-5)  # the plane is true to scale there
    assert list(at["off_m"]) == [30.0, 40.0]
    assert list(at["side"]) == [1.0, -1.0]


def test_the_description_of_a_line():
    lines = line("320106;320111", (0, 0), (10_000, 0), (10_000, -5000))
    register = stake_register(
        stakes(("320106320111001Q", 0, 0), ("320106320111002Q", 10_000, 0), ("320106320111003Q", 10_000, -5000)), lines
    )
    roads = gpd.GeoSeries(
        [LineString(np.add([(x, -50), (x, 50)], (X, Y))) for x in (8000, 3000, 3100)],
        index=["乙路", "甲路", "甲路"],
        crs=CRS,
    )
    legs = describe(lines, register, roads, crs=CRS)
    # east on the central meridian's parallel, then south; the plane is true to scale there, within 2 parts in a million
    assert list(legs["direction"]) == ["e", "s"]
    assert list(legs["length_m"]) == pytest.approx([10_000, 5000], rel=1e-5)
    assert list(legs["crosses"]) == ["甲路、乙路", ""]
    assert list(legs["start"]) == ["320106320111001Q", "320106320111002Q"]
    assert not any("geometry" in c or c in ("x", "y", "lon", "lat") for c in legs)


def test_a_line_without_stakes_is_told_from_turn_to_turn():
    legs = describe(line("a;b", (0, 0), (10_000, 0), (10_000, -5000)), crs=CRS)
    assert list(legs["direction"]) == ["e", "s"]
    assert legs["start"].isna().all()


def test_a_line_that_is_not_drawn_is_the_border_of_its_units():
    west, east = shapely.box(X - 1000, Y, X, Y + 1000), shapely.box(X, Y, X + 1000, Y + 1000)
    shapes = gpd.GeoDataFrame(index=["320106", "320111"], geometry=[west, east], crs=CRS)
    found = border_lines(line().assign(geometry=[None]), shapes)
    assert not found["drawn"].iloc[0]
    assert found.geometry.iloc[0].length == 1000.0
    assert found.geometry.iloc[0].distance(Point(X, Y + 500)) == 0.0
