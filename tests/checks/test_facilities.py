"""Facilities: outside the unit they declare, and recorded twice."""

import pandas as pd
import pytest

from planner.checks import run_checks

from .toy import TRIGGER, Toy, demand, facilities, square, strays, towns

TWO = towns(square(0, 0), square(1000, 0))


def test_the_distance_to_the_declared_unit():
    found = run_checks(TRIGGER["BC-14"][0]).iloc[0]
    # t1 ends at x = 1,000; the facility stands at 1,060
    assert found["measure"] == pytest.approx(60)
    assert found["severity"] == "error"
    assert "2镇(t2)" in found["message_zh"]


def test_within_the_tolerance_it_is_info():
    layer = facilities(("f1", "甲中心", 1049, 500), place_id="t1")
    assert list(run_checks(Toy(places=TWO, facilities=layer))["severity"]) == ["info"]


def test_outside_every_unit():
    layer = facilities(("f1", "甲中心", 500, -200), place_id="t1")
    assert "no unit" in run_checks(Toy(places=TWO, facilities=layer))["message_en"].iloc[0]


def test_who_declares_nothing_or_a_unit_without_polygon_is_not_judged():
    layer = facilities(("f1", "甲", 5000, 500), ("f2", "乙", 6000, 500), place_id=[None, "t9"])
    assert run_checks(Toy(places=TWO, facilities=layer)).empty
    assert run_checks(Toy(places=TWO, facilities=layer.drop(columns="place_id"))).empty


@pytest.mark.parametrize(
    ("one", "other", "metres", "found"),
    [
        ("幸福日间照料中心", "幸福日间照料中心", 499, True),
        ("幸福日间照料中心", "幸福日间照料中心", 501, False),
        ("幸福社区日间照料中心", "幸福里社区日间照料中心", 40, True),
        ("幸福社区日间照料中心", "幸福里社区日间照料中心", 60, False),
        ("东风社区日间照料中心", "西风社区日间照料中心", 40, False),  # a series
        ("和平助餐点", "养护院", 0.5, True),  # the same spot
        ("和平助餐点", "养护院", 1.5, False),
    ],
)
def test_pairs(one, other, metres, found):
    layer = facilities(("f1", one, 0, 0), ("f2", other, metres, 0))
    findings = run_checks(Toy(facilities=layer))
    assert list(findings["feature_id"]) == (["f2"] if found else [])
    assert not found or findings["measure"].iloc[0] == pytest.approx(metres)


def test_services_may_share_a_roof_and_successors_a_spot():
    layer = facilities(("f1", "幸福中心", 0, 0), ("f2", "幸福中心", 0, 0))
    assert run_checks(Toy(facilities=layer.assign(service=["day_care", "meal_point"]))).empty
    assert run_checks(Toy(facilities=layer.assign(status=["closed", None]))).empty
    assert run_checks(Toy(facilities=layer.assign(closed=pd.to_datetime(["2020-01-01", None])))).empty


def test_people_whose_code_no_place_has():
    homes = demand(("d1", 0, 0, 7), ("d2", 10, 0, 5), ("d3", 20, 0, 1))
    lost = strays(("d1", "demand", "9"), ("d2", "demand", "9"), ("f1", "facilities", "9"))
    found = run_checks(Toy(demand=homes, strays=lost)).sort_values("measure")
    # a facility, of nobody; two points, of 7 + 5 people
    assert found["measure"].tolist() == [1, 2]
    assert found["people"].isna().tolist() == [True, False]
    assert found["people"].iloc[1] == 12
