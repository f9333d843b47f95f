"""One mistake in a sound table of codes gives one finding; what is lawful and odd gives none."""

from datetime import date

import pandas as pd
import pytest

from planner.checks import CHECKS, run_checks

from .toy import Toy

JUDGED = [one for one in CHECKS if one.code in ("BC-11", "BC-12")]
COUNTIES = {"320102": "玄武区", "320104": "秦淮区", "320105": "建邺区", "320116": "六合区"}
SOUND = [("320100", "南京市", "city", None)]
SOUND += [(code, name, "county", "320100") for code, name in COUNTIES.items()]
SOUND += [(f"{code}{n:03d}", f"{chr(0x4E00 + n)}街道", "town", code) for code in COUNTIES for n in (1, 2, 3)]
# by MCA and NBS lists: a city without counties, counties right under a province, zones, a 地区's districts, 兵团, 三沙
LAWFUL = [
    ("441900003", "东城街道", "town", "441900"), ("441900101", "石碣镇", "town", "441900"),
    ("429004", "仙桃市", "county", "429000"), ("429021", "神农架林区", "county", "429000"),
    ("659001", "石河子市", "county", "659000"), ("460302", "西沙区", "county", "460300"),
    ("320571", "苏州工业园区", "county", "320500"), ("320671", "南通经济技术开发区", "county", "320600"),
    ("232761", "加格达奇区", "county", "232700"), ("310151", "崇明区", "county", "310100"),
    ("152201", "乌兰浩特市", "county", "152200"), ("810001", "中西区", "county", "810000"),
    ("441900", "东莞市", "county", None), ("460400", "儋州市", "county", None),
    ("320101", "市辖区", "county", "320100"), ("320671001", "小海街道", "town", "320671"),
    ("710101", "中正区", "county", "710100"), ("500243", "彭水苗族土家族自治县", "county", "500200"),
]  # fmt: skip


def found(rows):
    frame = pd.DataFrame(rows, columns=["place_id", "name", "level", "parent_id"], dtype=object).set_index("place_id")
    findings = run_checks(Toy(places=frame), checks=JUDGED, on=date(2026, 1, 1))
    return list(zip(findings["code"], findings["severity"], findings["feature_id"], strict=True))


def changed(whom, **fields):
    names = ("code", "name", "level", "parent")
    return [tuple((dict(zip(names, row, strict=True)) | fields).values()) if row[0] == whom else row for row in SOUND]


def test_sound_and_lawful_codes_pass():
    assert found(SOUND) == []
    assert found(LAWFUL) == []
    filled = [(c.ljust(12, "0"), n, level, p and p.ljust(12, "0")) for c, n, level, p in (*SOUND, *LAWFUL)]
    assert found(filled) == []


MISTAKES = {
    "a digit dropped": (changed("320102003", code="32010203"), "BC-11", "error", "32010203"),
    "a county's digit dropped": (changed("320105", code="32015"), "BC-11", "error", "32015"),
    "the letter O": (changed("320102003", code="32010200O"), "BC-11", "error", "32010200O"),
    "a blank": (changed("320102003", code="320102 003"), "BC-11", "error", "320102 003"),
    "full-width": (changed("320102003", code="\uff1320102003"), "BC-11", "error", "\uff1320102003"),
    "a decimal point": (changed("320102003", code="320102003.0"), "BC-11", "error", "320102003.0"),
    "another county's": (changed("320102003", code="320104009"), "BC-11", "error", "320104009"),
    "the wrong parent": (changed("320102003", parent="320116"), "BC-11", "error", "320102003"),
    "no parent": (changed("320102003", parent=None), "BC-11", "warning", "320102003"),
    "a county skipped": (changed("320102003", parent="320100"), "BC-11", "error", "320102003"),
    "its own parent": (changed("320102", parent="320102"), "BC-11", "error", "320102"),
    "a county missing": ([row for row in SOUND if row[0] != "320102"], "BC-11", "warning", "320102"),
    "another's name": (changed("320102", name="雨花台区"), "BC-11", "error", "320102"),
    "a unit nobody knows": (changed("320105", code="320119", name="石湫区"), "BC-11", "warning", "320119"),
    "a city among counties": ([*SOUND, ("320600", "南通市", "county", None)], "BC-11", "error", "320600"),
    "another's code": (changed("320105", code="320119"), "BC-11", "error", "320119"),
    "a former name": (changed("320116", name="六合县"), "BC-12", "error", "320116"),
    "a kind out of range": (changed("320102003", name="三镇"), "BC-11", "error", "320102003"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_one_mistake_is_one_finding(mistake):
    rows, *whom = MISTAKES[mistake]
    assert found(rows) == [tuple(whom)]
