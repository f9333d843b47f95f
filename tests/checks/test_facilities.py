"""Facilities: outside the unit they declare, recorded twice, on one spot, and records that cannot be."""

from datetime import date

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
        (
            "陈奚里老年人日间照料中心",
            "陈喻里老年人日间照料中心",
            27,
            False,
        ),  # 11 of 12 letters agree, 2 of 3 of their own
        ("东风社区日间照料中心", "西风社区日间照料中心", 40, False),  # a series
        ("和平助餐点", "养护院", 0.5, True),  # the same spot
        ("和平助餐点", "养护院", 1.5, False),
        ("中国银行", "中国银行", 200, False),  # a chain: the name says nothing of one branch
        ("restaurant", "Restaurant", 200, False),
        ("日间照料中心", "日间照料中心", 200, False),  # the service itself
        ("中国银行", "中国银行", 0.5, True),  # but two on one spot are one
        ("中国银行幸福路支行", "中国银行幸福路支行", 200, True),
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


def test_a_name_found_far_and_wide_is_a_chain():
    rows = [("f1", "老乡鸡", 0, 0), ("f2", "老乡鸡", 200, 0), ("f3", "老乡鸡", 3000, 0), ("f4", "老乡鸡", 0, 3000)]
    assert run_checks(Toy(facilities=facilities(*rows))).empty
    # without the two others nothing says that it is one
    assert list(run_checks(Toy(facilities=facilities(*rows[:2])))["code"]) == ["FA-01"]


SPOT = [(f"f{i}", name, 500.0, 500.0) for i, name in enumerate(("甲中心", "乙院", "丙站", "丁点"))]


def test_a_spot_at_the_middle_of_a_place_is_where_the_geocoder_gave_up():
    found = run_checks(Toy(places=TWO, facilities=facilities(*SPOT))).iloc[0]
    # the towns are squares of 1,000 m: the middle of the first is 500, 500
    assert (found["code"], found["measure"], found["feature_id"]) == ("FA-03", 4.0, "f0")
    assert "1镇的驻地或中心" in found["message_zh"]


def test_records_of_one_building_share_their_spot():
    layer = facilities(*SPOT)
    assert run_checks(Toy(facilities=layer.assign(building_id="b1"))).query("code == 'FA-03'").empty
    assert not run_checks(Toy(facilities=layer.assign(building_id=["b1", "b1", "b1", "b2"]))).empty


def test_services_that_share_a_spot_are_asked_for_their_building():
    layer = facilities(*SPOT[:3]).assign(service=["day_care", "meal_point", "meal_point"], name=["甲", "乙", "丙"])
    said = run_checks(Toy(facilities=layer)).query("code == 'FA-03'").iloc[0]
    assert (said["severity"], said["measure"]) == ("info", 3.0)
    assert "分属 day_care、meal_point" in said["message_zh"]
    # in the middle of a place it is the geocoder's doing
    middle = run_checks(Toy(places=TWO, facilities=layer)).query("code == 'FA-03'").iloc[0]
    assert middle["severity"] == "warning"
    # one facility under three services, to compare ways of getting there, is one record on its spot
    same = facilities(*SPOT[:1] * 3).assign(service=["a", "b", "c"])
    assert run_checks(Toy(facilities=same)).query("code == 'FA-03'").empty
    for known in ({"building_id": "b1"}, {"hub_id": "h1"}):
        assert run_checks(Toy(facilities=layer.assign(**known))).query("code == 'FA-03'").empty


@pytest.mark.parametrize(
    ("opened", "closed", "status", "said"),
    [
        ("2020-01-02", "2020-01-01", None, "早于启用日期"),
        ("2020-01-02", "2025-12-31", "in_service", "状态仍为在用"),
        ("2020-01-02", "2026-01-02", "in_service", None),  # closes tomorrow
        ("2026-01-02", None, None, "晚于评估日期"),
        ("2026-01-02", None, "building", None),
        ("2020-01-02", "2026-01-02", "closed", "却已是停用"),
        ("1899-12-31", None, None, "录入错误"),
    ],
)
def test_dates(opened, closed, status, said):
    layer = facilities(("f1", "甲中心", 0, 0), opened=pd.to_datetime([opened]), closed=pd.to_datetime([closed]))
    found = run_checks(Toy(facilities=layer.assign(status=[status])), on=date(2026, 1, 1))
    assert list(found["code"]) == ([] if said is None else ["FA-02"])
    assert said is None or said in found["message_zh"].iloc[0]


@pytest.mark.parametrize(
    ("figures", "said"),
    [
        ({"beds": 10.0, "beds_nursing": 11.0}, "多于床位总数"),
        ({"beds": 10.0, "area_m2": 59.0}, "每张床位仅合"),  # 5.9 m2
        ({"beds": 10.0, "area_m2": 5001.0}, "一般不大于"),
        ({"beds": 10.0, "area_m2": 5000.0, "beds_nursing": 10.0}, None),
        ({"capacity": 0.0}, "却为 0"),
        ({"capacity": 0.0, "status": "planned"}, None),
        ({"area_m2": 0.0}, "面积却为 0"),
        ({"beds": float("nan"), "area_m2": 30.0}, None),
    ],
)
def test_sizes(figures, said):
    found = run_checks(Toy(facilities=facilities(("f1", "甲中心", 0, 0), **figures)))
    assert list(found["code"]) == ([] if said is None else ["FA-04"])
    assert said is None or said in found["message_zh"].iloc[0]


@pytest.mark.parametrize(("part", "severity"), [("pop60", "error"), ("child", "error"), ("households", "warning")])
def test_no_part_is_larger_than_its_whole(part, severity):
    found = run_checks(Toy(demand=demand(("d1", 0, 0, 10), ("d2", 9, 9, 10), **{part: [10.4, 11.0]})))
    assert list(found["feature_id"]) == ["d2"]
    assert list(found["severity"]) == [severity]
