"""Checks of the gazetteer: scopes and dates, doubles, series, pinyin, addresses, papers."""

from datetime import date

import pandas as pd
import pytest

from planner.checks import CHECKS, run_checks
from planner.names import Rules
from planner.network import build_network

from .toy import Toy, facilities, places, ways
from .toy_names import addressed, at, compound, names, one, street


def found(toy, **options) -> list[tuple[str, str, str]]:
    frame = run_checks(toy[0], **options)
    whom = [i if isinstance(i, str) else None for i in frame["feature_id"]]
    return list(zip(frame["code"], frame["severity"], whom, strict=True))


def test_streets_are_compared_inside_their_built_up_area():
    new = {"named": pd.Timestamp("2023-01-01"), "approved": pd.Timestamp("2023-01-01"), "approval": "x"}
    assert found(one(street("人民路"), street("人民路", **new))) == [("PN-13", "error", "n1")]
    assert found(one(street("人民路"), street("人民路"))) == [("PN-13", "info", "n1")]
    assert found(one(street("人民路", built_up="主城"), street("人民路", built_up="新城"))) == []
    assert found(one(street("人民路"), street("人民路", place_id="320117"))) == []
    # a street and a compound of one name are no pair of one class
    assert found(one({"name": "银城", "kind": "小区"}, {"name": "银城", "kind": "建筑物"})) == []


def test_the_law_of_1986_looks_inside_the_town():
    rows = [street("人民路", place_id="320116101"), street("人民路", place_id="320116102")]
    assert found(one(*rows)) == [("PN-13", "info", "n1")]
    assert found(one(*rows, rules=Rules(law="1986"))) == []


def test_names_no_longer_used_are_not_compared():
    assert found(one(street("人民路"), street("人民路", status="former"))) == []


def test_doubles_are_one_name_recorded_twice():
    rows = [compound("银城花园", entity_id="e1"), compound("银城花园", entity_id="e1")]
    assert found(one(*rows)) == [("PN-17", "error", "n2")]
    far = [street("人民路", geometry=at(0, 0)), street("人民路", geometry=at(60, 0))]
    assert found(one(*far)) == [("PN-13", "info", "n1")], "60 m is no longer one spot"


def test_one_thing_under_two_names():
    rows = [compound("银城花园", entity_id="e1"), compound("金城花园", entity_id="e1")]
    assert ("PN-16", "warning", "n1") in found(one(*rows))


def test_near_names_of_three_letters_only_when_near():
    rows = [("紫金山路", 0.0), ("紫荆山路", 1000.0)]  # one sound: PN-14 speaks too
    near = found(one(*(street(n, geometry=at(x, 0)) for n, x in rows)))
    assert ("PN-15", "info", "n1") in near
    far = found(one(*(street(n, geometry=at(4 * x, 0)) for n, x in rows)))
    assert "PN-15" not in {code for code, *_ in far}


@pytest.mark.parametrize(
    ("name", "kind", "given", "code"),
    [
        ("中山北路", "街路巷", "Zhōngshān Běi Lù", "PN-21"),  # words
        ("中山北路", "街路巷", "zhongshan beilu", "PN-21"),  # capitals
        ("西安路", "街路巷", "Xian Lu", "PN-21"),  # apostrophe
        ("二马路", "街路巷", "Er Malu", "PN-21"),  # digits
        ("人民路", "街路巷", "Renmin Road", "PN-21"),  # English
        ("人民路", "街路巷", "Rémín Lù", "PN-21"),  # letters
        ("人民路", "街路巷", "Rènmín Lù", "PN-21"),  # tones
        ("六合区", "行政区域", "Liuhe Qu", "PN-22"),
        ("六合区", "行政区域", "Liùhé Qū", "PN-22"),
        ("六合区", "行政区域", "Lùhé Qū", None),
        ("六合区", "行政区域", "LUHE QU", None),
        ("人民路", "街路巷", "Renmin Lu", None),
        ("绿地大道", "街路巷", "Lvdi Dadao", "PN-21"),  # v is how one types ü, not how one writes it
        ("重阳路", "街路巷", "Zhòngyáng Lù", None),  # 重 is read either way: the tool does not know better
    ],
)
def test_pinyin(name, kind, given, code):
    assert [c for c, *_ in found(one({"name": name, "kind": kind, "pinyin": given}))] == ([code] if code else [])


def test_addresses():
    village = "320116101201"
    assert found(addressed("南京市六合区竹镇镇大侯村1号", place_id=village)) == []
    assert found(addressed("南京市崇川区青年路1号", place_id=village)) == [("PN-29", "warning", "f0")]
    twice = addressed("南京市六合区雄州路1号", "六合区雄州路1号", apart_m=900.0)
    assert found(twice) == [("PN-29", "warning", "f1")]
    # 六合县 became 六合区 in 2002; a road named after it is no address of it
    assert found(addressed("南京市六合县雄州路1号", place_id=village)) == [("PN-25", "warning", "f0")]
    assert found(addressed("南京市六合区六合县志馆路1号", place_id=village)) == []
    # before that it was its address
    assert found(addressed("南京市六合县雄州路1号", place_id=village), on=date(2001, 6, 1)) == []


BEND = ways([(0, 0), (600, 0)], [(600, 0), (600, 400)], name=["雄州路"] * 2)
"""A street of 1,000 m, east and then north: on its left lies the north, and then the west."""


DIVIDED = ways(
    [(0, 8), (592, 8), (592, 400), (608, 400)], [(608, 400), (608, -8), (0, -8), (0, 8)], name=["雄州路"] * 2
)
"""The same street as two carriageways, 16 m apart, that meet at its ends: one line that comes back."""


def along_the_street(numbers, *, wrong=(), late=(), lane="", drawn=BEND):
    """Facilities on the numbers, 8 m a number from the street's beginning, 12 m off it, odd ones on the left.

    Those `wrong` are on the other side; those `late` 200 m farther on.
    """
    rows = []
    for number in numbers:
        at, left = 8.0 * number + 200.0 * (number in late), 12.0 * (1 if (number % 2 == 1) != (number in wrong) else -1)
        rows.append((f"f{number:02d}", f"第{number}中心", *((at, left) if at < 600 else (600 - left, at - 600))))
    address = [f"南京市六合区雄州路{lane}{n}号" for n in numbers]
    home = places({"place_id": "320116101201", "name": "大侯村", "level": "community"})
    held = facilities(*rows, address=address, place_id="320116101201")
    return found((Toy(places=home, facilities=held), None), network=build_network(drawn), checks=PN_29)


PN_29 = [check for check in CHECKS if check.code == "PN-29"]
TWELVE = (3, 4, 9, 10, 21, 30, 33, 50, 61, 80, 95, 96)


@pytest.mark.parametrize(
    ("numbers", "more", "strays"),
    [
        (TWELVE, {}, []),
        (TWELVE, {"wrong": [33, 96]}, ["f33", "f96"]),  # before the bend and behind it; 10 of 12 follow
        (TWELVE, {"wrong": [33, 96, 4]}, []),  # 9 of 12: no clear pattern
        (TWELVE, {"late": [21]}, ["f21"]),  # at 368 m, beyond 33 at 264 m
        (TWELVE, {"late": [61]}, []),  # at 688 m, before 95 at 760 m
        (TWELVE, {"late": [80], "wrong": [80]}, ["f80", "f80"]),  # at 840 m, beyond 96 at 768 m
        (TWELVE[:6], {"wrong": [9]}, ["f09"]),
        (TWELVE[:5], {"wrong": [9]}, []),  # five numbers
        ((3, 9, 21, 33, 61, 95), {"wrong": [9]}, []),  # odd ones alone
        (TWELVE, {"wrong": [33], "lane": "3弄"}, []),
        (TWELVE, {"drawn": DIVIDED}, []),
        (TWELVE, {"drawn": DIVIDED, "late": [21]}, ["f21"]),
        (TWELVE, {"drawn": DIVIDED, "wrong": [33, 96]}, ["f33", "f96"]),
    ],
)
def test_numbers_of_a_street_go_in_order_and_on_two_sides(numbers, more, strays):
    assert along_the_street(numbers, **more) == [("PN-29", "info", f) for f in strays]


def test_a_number_a_little_out_of_order_passes():
    """Of 3 odd and 4 even numbers 6 follow: 10 at 280 m stands beyond 30 at 240 m, or 26 at 208 m, or 28 at 224 m."""
    passes = {second: along_the_street((3, 10, 9, 21, second, 50, 60), late=[10]) for second in (30, 28, 26)}
    assert passes == {30: [], 28: [("PN-29", "info", "f10")], 26: [("PN-29", "info", "f10")]}


def test_former_names_in_addresses():
    gazetteer = names(street("明德路", former="幸福路、反修路"))
    base = addressed("六合区反修路8号")[0]
    toy = Toy(places=base.places, facilities=base.facilities, names=gazetteer)
    assert found((toy, None)) == [("PN-25", "warning", "f0")]


def test_papers():
    day = pd.Timestamp
    early = street("明德路", applied=day("2023-05-01"), approved=day("2023-04-01"), approval="x")
    assert found(one(early)) == [("PN-30", "error", "n1")]
    old = street("明德路", named=day("2020-05-01"))
    assert found(one(old)) == []
    new = [street(f"{n}德路", named=day("2023-05-01")) for n in "明厚崇立"]
    assert found(one(*new[:3])) == [("PN-30", "info", f"n{n}") for n in (1, 2, 3)]
    assert found(one(*new)) == [("PN-30", "info", None)]


def test_protection_comes_first():
    rows = [compound("帝都华庭", protected="名录", status="to_rename"), compound("皇家花园", protected="名录")]
    assert found(one(*rows)) == [("PN-26", "error", "n1")]


def test_places_of_a_gazetteer():
    rough = at(0, 0)
    from pyproj import Transformer
    from shapely import Point

    x, y = Transformer.from_crs(4326, "EPSG:4549", always_xy=True).transform(118.84, 32.34)
    rows = [street("人民路", geometry=Point(x, y)), street("解放路", geometry=rough), street("明德路", geometry=None)]
    assert found(one(*rows)) == [("PN-23", "warning", "n1"), ("PN-23", "warning", "n3")]
    more = [*rows, *(street(f"{n}华路", geometry=None) for n in "新光振")]  # n3 to n6 lack one: more than three
    assert found(one(*more)) == [("PN-23", "warning", "n1"), ("PN-23", "warning", None)]
    told = run_checks(one(*more)[0])
    assert told["measure"].iloc[1] == 4
    assert told["message_zh"].iloc[1].startswith("6 条地名中有 4 条没有坐标(如 明德路(n3)、")


def test_empty_names():
    assert found(one({"name": None, "kind": "街路巷"}, street("人民路"))) == [("PN-01", "warning", "n1")]
