"""The lists of domain notes 4.2: names that must never be accused, and names that must be suspected."""

import pandas as pd
import pytest

from planner import texts
from planner.checks import run_checks
from planner.names import Rules, Word

from .toy import Toy, places
from .toy_names import building, compound, names, street

NANJING, SUZHOU, NANTONG = "320106", "320508", "320613"
FINE = [
    *(street(n, place_id=NANJING) for n in ("中央路", "中华路", "中山路", "御道街", "王府大街")),
    {"name": "太平门", "kind": "纪念地旅游景点", "place_id": NANJING},
    *(street(n, place_id=SUZHOU) for n in ("太监弄", "干将路", "十全街")),
    {"name": "皇废基", "kind": "居民点", "place_id": SUZHOU},
    street("世纪大道", place_id=NANTONG),
    {"name": "南京禄口国际机场", "kind": "交通运输设施", "place_id": "320115"},
    building("白求恩国际和平医院"),
    {"name": "列宁公园", "kind": "纪念地旅游景点"},
    building("中国银行大厦"),
    street("五一路"),
    street("经五路"),
    street("长江路"),
    *(street(n, place_id="310101") for n in ("北京东路", "南京东路", "浙江中路", "西藏中路")),
    building("南京东方大厦", place_id=NANJING),
    building("教学楼"),
    compound("评事街小区9", place_id=NANJING),
    {"name": "南京公交46路", "kind": "交通运输设施"},
    {"name": "景德镇市", "kind": "行政区域"},
    *(street(n, place_id="510107") for n in ("人民南路四段", "一环路东五段", "二环路北一段")),
    street("宽窄巷子", place_id="510105"),
    building("南门国际大巴扎", place_id="650102"),
    *(street(n, place_id="810000") for n in ("彌敦道", "德輔道中", "皇后大道中")),  # another law is in force there
    building("中銀大廈", place_id="810001"),
    {"name": "新城区", "kind": "行政区域", "place_id": "150102"},  # one of 牡丹江 was abolished
    {"name": "乌鲁木齐市", "kind": "行政区域", "place_id": "650100", "pinyin": "Ürümqi Shì"},  # by the rules of 1976
    # the letters of GB/T 2260, as a standard map prints them
    *(
        {"name": n, "kind": k, "place_id": c, "pinyin": p}
        for n, k, c, p in (
            ("拉萨市", "行政区域", "540100", "Lhasa Shì"),
            ("呼和浩特市", "行政区域", "150100", "Hohhot Shi"),
            ("哈尔滨市", "行政区域", "230100", "HARBIN SHI"),
            ("阿勒泰市", "行政区域", "654301", "Altay Shì"),
            ("锡林浩特市", "行政区域", "152502", "Xilinhot Shì"),
            ("日喀则市", "行政区域", "540200", "Xigazê Shì"),
            ("额尔古纳河", "水系", "150784", "Ergun He"),
            ("喀什市", "行政区域", "653101", "Kāshí Shì"),
            ("喀什市", "行政区域", "653101", "Kaxgar Shì"),
            ("乌鲁木齐中路", "街路巷", "310106", "Wūlǔmùqí Zhōnglù"),  # Shanghai
            ("乌鲁木齐中路", "街路巷", "310101", "Ürümqi Zhōnglù"),
        )
    ),
    street("白马路", pinyin="Báimǎ Lù", sign="白马路", sign_pinyin="BAIMA LU"),
    street("大马路", pinyin="Dà Mǎlù"),
    *(
        street(n, pinyin=p)
        for n, p in (("南环路", "Nán Huánlù"), ("北环路", "Běihuán Lù"), ("西二环路", "Xī'èrhuán Lù"))
    ),
    street("庙后街", pinyin="Miàohòu Jiē"),
    {"name": "江北新区", "kind": "行政区域", "pinyin": "Jiāngběi Xīnqū"},
    street("东京大街", place_id="410203"),  # the capital of the Song was called so
    building("茅台大厦", place_id="520382"),
    {"name": "达尔罕苏木", "kind": "行政区域", "place_id": "150223", "pinyin": "Darhan Sum"},
    {"name": "堆龙德庆区", "kind": "行政区域", "place_id": "540103", "pinyin": "Doilungdêqên Qū"},
]
SUSPECTED = {
    "欧洲花园": "PN-05",
    "万国城": "PN-05",
    "龙御天下": "PN-05",
    "世界城": "PN-05",
    "24克拉": "PN-04",
    "曼哈顿·国际": "PN-07",
    "巴黎春天小区": "PN-07",
    "帝都华庭": "PN-09",
    "皇庭一号": "PN-09",
    "HOPE公寓": "PN-04",
    "普罗旺斯": "PN-08",
    "瓯海之光": "PN-01",
    "一瓶八斗": "PN-01",
    "郡未来": "PN-01",
    "蔚澜香醍": "PN-01",
}


def codes(*rows, **more) -> list[str]:
    return sorted(run_checks(Toy(names=names(*rows), **more))["code"])


@pytest.mark.parametrize("row", FINE, ids=[r["name"] for r in FINE])
def test_fine_names_are_not_accused(row):
    assert codes(row) == []


def test_fine_names_are_not_accused_where_their_class_is_not_said():
    rows = [{k: v for k, v in row.items() if k != "kind"} for row in FINE]
    assert codes(*rows) == []


def test_a_register_kept_in_traditional_characters_is_not_accused_name_by_name():
    rows = [street(f"{n}{g}") for n in ("彌敦", "軒尼詩", "亞皆老", "窩打老", "廣東") for g in ("道", "街", "里", "徑")]
    assert not {"PN-03"} & set(codes(*rows))
    assert codes(*rows[:5]).count("PN-03") == 5  # five names tell no script


@pytest.mark.parametrize(("name", "code"), SUSPECTED.items())
def test_irregular_names_are_suspected(name, code):
    found = run_checks(Toy(names=names(compound(name))))
    assert code in set(found["code"])
    if code in ("PN-05", "PN-07", "PN-08", "PN-09"):
        said = found.loc[found["code"] == code].iloc[0]
        assert said["severity"] != "error"
        assert "疑似" in said["message_zh"]
        assert "附件" in said["message_zh"], "the source of the word is named"
        assert "Suspected" in said["message_en"]


@pytest.mark.parametrize(
    ("row", "variant"),
    [
        (street("库尔班·吐鲁木路", place_id="653221"), "PN-04_person"),
        (
            {"name": "乌鲁木齐市", "kind": "行政区域", "place_id": "650100", "pinyin": "Wūlǔmùqí Shì"},
            "PN-21_transcribed",
        ),
    ],
)
def test_names_of_other_languages_are_only_mentioned(row, variant):
    (found,) = run_checks(Toy(names=names(row))).to_dict("records")
    assert found["severity"] == "info"
    said = {"name": row["name"], "id": "n1", "odd": "·", "given": row.get("pinyin"), "wanted": "Ürümqi Shì"}
    assert found["message_zh"] == texts.say("zh", "checks", variant, **said)


def test_what_a_place_of_the_project_is_called_is_no_brand():
    town = places({"place_id": "420101101", "name": "茅台镇", "level": "town"})
    rows = [street("茅台路", place_id="420101101")]
    assert codes(*rows) == ["PN-12"]
    assert codes(*rows, places=town) == []


def test_a_year_is_only_mentioned():
    found = run_checks(Toy(names=names(street("1912街区"))))
    assert list(zip(found["code"], found["severity"], strict=True)) == [("PN-04", "info")]


@pytest.mark.parametrize(
    "excuse",
    [
        {"approval": "宁民地〔2001〕9号"},
        {"protected": "南京市地名保护名录"},
        {"named": pd.Timestamp("1935-01-01")},
        {"name": "帝都华庭", "status": "renamed"},
        {"name": "帝都华庭", "status": "former"},
    ],
)
def test_approved_protected_old_and_replaced_names_are_left_alone(excuse):
    assert codes(compound("帝都华庭") | excuse) == []


def test_the_project_extends_the_lists():
    own = (Word("company", "某某集团"), Word("whitelist", "帝都华庭"), Word("feudal", "某王", frozenset({"street"})))
    rows = [compound("某某集团花园"), compound("帝都华庭"), street("某王路"), compound("某王花园")]
    assert codes(*rows, rules=Rules(own=own)) == ["PN-09", "PN-12"]
    assert codes(*rows) == ["PN-09"]


def test_leaders_are_found_only_by_the_project_s_own_list():
    from planner import presets

    assert not [r for r in presets.rows("name_words") if r["list"] == "leader"]


def test_sizes_of_a_local_rule():
    """广场 from 1 ha of land and 100,000 m2 of floors on: 0.4 ha is too little."""
    found = run_checks(Toy(names=names(building("新街口广场", area_m2=4000.0, floor_m2=200_000.0)))).iloc[0]
    assert (found["code"], found["measure"], found["tolerance"]) == ("PN-06", 4000.0, 10_000.0)
