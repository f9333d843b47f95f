"""Names: what counts as the same, how they are said, and how far the law looks."""

import pandas as pd
import pytest

from planner.checks import run_checks
from planner.names import plain, read

from .toy import Toy, county, demand, places


def said(name: str, code: str = "") -> str:
    return " ".join(read(name, code).syllables)


@pytest.mark.parametrize(
    ("name", "code", "reading"),
    [
        ("六合区", "320116", "lù hé qū"),  # Nanjing
        ("六合街道", "420100001", "liù hé jiē dào"),  # the override holds in Nanjing only
        ("朝阳街道", "330502001", "cháo yáng jiē dào"),
        ("单县", "371722", "shàn xiàn"),
        ("六安市", "341500", "lù ān shì"),
        ("浒墅关镇", "", "xǔ shù guān zhèn"),
    ],
)
def test_readings(name, code, reading):
    assert said(name, code) == reading


def test_automatic_readings_are_marked():
    assert not read("单县", "371722").auto
    assert read("单县街道", "371722").auto, "街道 came from the library"
    assert read("新河村").auto


def test_toneless_keeps_the_dots_of_u():
    assert read("吕庄").toneless == "lü zhuang"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("椏溪街道", "桠溪街道"),
        ("龙山社区居民委员会", "龙山社区居委会"),
        ("中国(南京)软件谷", "中国（南京）软件谷"),
        ("大 桥社区", "大桥社区"),
    ],
)
def test_plain_folds_ways_of_writing_one_name(one, other):
    assert plain(one) == plain(other)


def test_old_pairs_are_info_and_new_ones_errors():
    rows = ("320116101201", "李庄村委会"), ("320116102201", "李庄村委会")
    assert list(run_checks(Toy(places=county(*rows)))["severity"]) == ["info"]
    new = county(*rows, valid_from=pd.to_datetime(["2010-01-01", "2023-03-01"]))
    assert list(run_checks(Toy(places=new))["severity"]) == ["error"]


def test_one_finding_a_group_with_its_people():
    frame = county(*((f"3201161{n}201", "李庄村委会") for n in ("01", "02", "03")))
    people = demand(("d1", 0, 0, 5), ("d2", 0, 0, 6), place_id=["320116101201", "320116103201"])
    found = run_checks(Toy(places=frame, demand=people)).iloc[0]
    assert (found["measure"], found["people"], found["feature_id"]) == (3, 11, "320116101201")
    assert "六合区" in found["message_zh"]


def test_the_same_name_in_two_counties_is_fine():
    frame = places(
        {"place_id": "320116", "name": "六合区", "level": "county"},
        {"place_id": "320117", "name": "溧水区", "level": "county"},
        {"place_id": "320116101201", "name": "李庄村委会", "level": "community", "parent_id": "320116"},
        {"place_id": "320117101201", "name": "李庄村委会", "level": "community", "parent_id": "320117"},
    )
    assert run_checks(Toy(places=frame)).empty


def test_towns_are_compared_inside_their_province():
    frame = places(
        {"place_id": "320117101", "name": "白马镇", "level": "town"},
        {"place_id": "321203101", "name": "白马镇", "level": "town"},
        {"place_id": "340421101", "name": "白马镇", "level": "town"},  # Anhui
    )
    found = run_checks(Toy(places=frame)).iloc[0]
    assert (found["code"], found["severity"], found["measure"]) == ("PN-13", "info", 2)


def test_pseudo_units_have_no_names_in_law():
    frame = county(("320116001498", "高新园虚拟社区"), ("320116002498", "高新园虚拟社区"))
    assert run_checks(Toy(places=frame)).empty
    frame = county(("320116401001", "农场社区"), ("320116402001", "农场社区"))
    assert run_checks(Toy(places=frame)).empty


def test_homophones_with_and_without_equal_tones():
    # xīn hé, xīn hé: the same tones; tāng wān, táng wān: not
    # committees not known to be new are a fact to live with
    new = pd.Timestamp("2023-05-01")
    rows = [("新河村委会", "新合村委会", new, "warning"), ("汤湾村委会", "塘湾村委会", new, "info")]
    for one, other, since, severity in (*rows, ("新河村委会", "新合村委会", pd.NaT, "info")):
        frame = county(("320116101201", one), ("320116102201", other)).assign(valid_from=since)
        found = run_checks(Toy(places=frame))
        assert list(found["code"] + found["severity"]) == [f"PN-14{severity}"]
        assert "自动注音" in found["message_zh"].iloc[0]


def test_names_that_cannot_be_placed_are_not_compared():
    frame = places(
        {"place_id": "a", "name": "李庄", "level": "community"}, {"place_id": "b", "name": "李庄", "level": "community"}
    )
    assert run_checks(Toy(places=frame)).empty
