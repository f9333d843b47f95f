"""Borders as they are: lines in pieces, units by name, bureaus, cards without a place, dates to come."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from planner.checks import run_checks
from planner.errors import TableError
from planner.tables import FINDINGS

from .toy import CRS, ON, ROW, X0, Y0, Toy, line, lines_alone, pair, register, stakes, three

NAMED = pair().assign(name=["鼓楼区", "浦口区"])


def said(layers: Toy) -> list[tuple[str, str]]:
    """Return code and feature of all findings, and that no table holds what is no number."""
    found = run_checks(layers, on=ON)
    assert np.isfinite(found[["measure", "tolerance"]].fillna(0.0).to_numpy(dtype=float)).all()
    assert not found["evidence"].str.contains("inf|nan").any()
    return list(zip(found["code"], found["feature_id"], strict=True))


def pieces(*spans):
    """Return the line from north to south in pieces, metres north of the origin."""
    shape = shapely.multilinestrings([[(X0, Y0 + a), (X0, Y0 + b)] for a, b in spans])
    return line().set_geometry([shape], crs=CRS)


def test_stakes_of_a_line_in_pieces_are_checked():
    cut = pieces((40_000, 30_000), (29_880, 0))
    rows = (*ROW, ("004Q", 12.0, 10_000.0))
    assert said(Toy(borders={"lines": cut, "stakes": stakes(*rows)})) == [("BC-25", "320106320111004Q")]
    swapped = (("001Q", 0.0, 35_000.0), ("002Q", 0.0, 16_000.0), ("003Q", 0.0, 25_000.0), ("004Q", 0.0, 10_000.0))
    assert said(Toy(borders={"lines": cut, "stakes": stakes(*swapped)})) == [("BC-23", "L1")]


def test_what_can_not_be_judged_is_said():
    found = run_checks(register(*ROW, drawn=()), on=ON)
    assert list(found["code"] + found["severity"] + found["feature_id"]) == ["BC-25infoL1"]
    assert found["measure"].iloc[0] == 3.0
    assert "3 根" in found["message_zh"].iloc[0]
    gap = {"lines": pieces((40_000, 30_000), (29_000, 0)), "stakes": stakes(*ROW, ("004Q", 70.0, 29_500.0))}
    found = run_checks(Toy(borders=gap), on=ON)
    assert "断开" in found.set_index("code").loc["BC-25", "message_zh"]
    assert list(found["code"]) == ["BC-23", "BC-25"], "its place among the others is known"


def test_a_stake_beyond_a_border_that_polygons_share_in_part_is_not_accused():
    """Where one county draws the southern half 30 m aside, the common border ends in the middle."""
    a, b = pair().geometry
    aside = shapely.box(X0 - 30.0, Y0, X0, Y0 + 20_000.0)
    rows = (*ROW[:2], ("003Q", 9.0, 21_000.0), ("004Q", 0.0, 15_000.0))
    layers = Toy(
        places=pair().set_geometry([a.difference(aside), b]), borders={"lines": line(), "stakes": stakes(*rows)}
    )
    found = run_checks(layers, on=ON)
    at = found[found["code"] == "BC-25"].set_index("feature_id")
    assert dict(at["severity"]) == {"320106320111003Q": "error", "L1": "info"}
    assert at.loc["L1", "measure"] == 1.0


def test_the_ends_of_all_pieces_must_lie_on_the_border():
    assert said(Toy(places=pair(), borders={"lines": pieces((40_000, 20_000), (19_999, 0))})) == []
    assert said(Toy(places=pair(), borders={"lines": pieces((40_000, 20_000), (19_000, 0))})) == [("BC-16", "L1")]
    found = run_checks(Toy(places=pair(), borders={"lines": pieces((40_000, 20_000), (19_000, 0))}), on=ON)
    # 20,000 m and 19,000 m from the ends of the border, which runs from 40,000 to 0
    assert found["measure"].iloc[0] == 20_000.0
    assert "2 个端点" in found["message_zh"].iloc[0]


@pytest.mark.parametrize("units", ["鼓楼区;浦口区", "浦口区—鼓楼区", "南京市鼓楼区、浦口"])
def test_units_by_name_are_those_by_code(units):
    rows = stakes(*ROW, responsible=["鼓楼区民政局", "浦口区", "320111"])
    assert said(Toy(places=NAMED, borders={"lines": line((0, 40_000), (0, 0), units=units), "stakes": rows})) == []


@pytest.mark.parametrize("units", ["320106;320111;320115", "320106", "甲区;320111", "甲区;乙区", "320106;320106"])
def test_units_unknown_are_one_error_and_nothing_that_hangs_on_them(units):
    layers = three()
    lines = pd.concat([line(units=units, line_id="L1"), layers.borders["lines"].iloc[1:]])
    rows = stakes(*ROW, ("320106320111320115S", 0.0, 0.0), kind=[None] * 3 + ["junction"], responsible="建邺区民政局")
    frame = layers.places.assign(name=["鼓楼区", "浦口区", "江宁区"])
    assert said(Toy(places=frame, borders={"lines": lines, "stakes": rows})) == [("BC-15", "L1")]


@pytest.mark.parametrize(
    ("who", "codes"),
    [
        ("鼓楼区民政局", []),
        ("鼓楼区民政局区划地名科", []),
        ("南京市鼓楼区民政局", []),
        ("鼓楼民政局", []),
        ("浦口区", []),
        ("320106", []),
        ("320115", ["BC-29"]),
        ("建邺区民政局", ["BC-29"]),
        ("民政局", ["BC-29"]),
    ],
)
def test_a_bureau_of_a_neighbour_is_responsible(who, codes):
    layers = register(*ROW, responsible=["320106", "浦口区", who])
    found = run_checks(Toy(places=NAMED, borders=layers.borders), on=ON)
    assert list(found["code"]) == codes


def _card(lon: float, lat: float) -> pd.DataFrame:
    return run_checks(register(("001Q", 0.0, 35_000.0), card_lon=[lon], card_lat=[lat]), on=ON)


def test_a_card_without_a_place_has_no_distance():
    lon, lat = gpd.GeoSeries([shapely.Point(X0, Y0 + 35_000.0)], crs=CRS).to_crs(4326).iloc[0].coords[0]
    assert _card(lon, lat).empty
    for card, word in (((lat, lon), "写反"), ((12_000.0, lat), "不是经纬度")):
        found = _card(*card)
        assert list(found["code"]) == ["BC-32"]
        assert word in found["message_zh"].iloc[0]
        assert found["measure"].isna().all()
        assert "distance_m" not in found["evidence"].iloc[0]


def test_no_finding_has_a_measure_that_is_infinite():
    table = run_checks(register(*ROW, witnesses=[3, 3, 2]), on=ON)
    with pytest.raises(TableError, match="measure"):
        FINDINGS.check(table.assign(measure=np.inf))


def test_dates_to_come_are_told_and_count_for_nothing():
    future, past = pd.Timestamp("2062-05-05"), pd.Timestamp("2020-05-05")
    assert said(lines_alone(last_joint_inspection=future)) == [("BC-45", "L1")], "nor that it has none"
    done = pd.DataFrame({"line_id": ["L1"] * 2, "kind": "joint", "inspected": [past, future]}, index=["i1", "i2"])
    layers = Toy(borders={"lines": line((0, 40_000), (0, 0)), "inspections": done})
    # 2020 counts: overdue since 2025
    assert said(layers) == [("BC-40", "L1"), ("BC-45", "i2")]
    surveyed = lines_alone(redivided=pd.Timestamp("2024-01-01"), surveyed=pd.Timestamp("2026-01-02"))
    assert said(surveyed) == [("BC-45", "L1"), ("BC-42", "L1")]
    patrolled = register(*ROW, last_patrol=pd.to_datetime(["2025-12-01", "2026-01-01", "2026-01-02"]))
    assert said(patrolled) == [("BC-45", "320106320111003Q")]
