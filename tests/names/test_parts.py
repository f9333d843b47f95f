"""A name is cut into its specific and generic part, by class."""

import pytest

from planner.names import Parts, folded, kind_of, likely_kind, main_part, plain, split_name
from planner.names.parts import KINDS
from planner.names.plain import folded_all


@pytest.mark.parametrize(
    ("name", "kind", "specific", "people", "generic"),
    [
        ("六合区", "division", "六合", "", "区"),
        ("竹镇镇", "division", "竹镇", "", "镇"),
        ("天生港镇街道", "division", "天生港镇", "", "街道"),  # a street office whose name holds 镇
        ("景德镇市", "division", "景德镇", "", "市"),
        ("宽甸满族自治县", "division", "宽甸", "满族", "自治县"),
        ("古砦仫佬族乡", "division", "古砦", "仫佬族", "乡"),
        ("新疆维吾尔自治区", "division", "新疆", "维吾尔", "自治区"),
        ("西藏自治区", "division", "西藏", "", "自治区"),
        ("龙山社区居民委员会", "committee", "龙山", "", "社区居民委员会"),
        ("汉中门大街", "street", "汉中门", "", "大街"),
        ("梅园新村", "compound", "梅园", "", "新村"),
        ("紫金山", "terrain", "紫金", "", "山"),
        ("瓯海之光", "compound", "瓯海之光", "", ""),
        ("小区", "compound", "", "", "小区"),
        ("三星镇(叠石桥家纺产业园区)", "division", "三星", "", "镇"),
    ],
)
def test_parts(name, kind, specific, people, generic):
    assert split_name(name, kind) == Parts(specific, people, generic)
    assert split_name(name, kind).whole == main_part(name)


def test_the_census_names_its_classes():
    # the twelve classes of the second census
    census = """海域 陆地水系 陆地地形 行政区域 群众自治组织 非行政区域
        居民点 交通运输设施 水利电力通信设施 纪念地旅游景点 建筑物 单位"""
    kinds = [kind_of(word) for word in census.split()]
    assert len({*kinds}) == 12
    assert {*kinds} <= {*KINDS}
    assert kind_of("22200") == "settlement"
    assert kind_of("随便") is None
    assert kind_of(None) is None


@pytest.mark.parametrize(
    ("name", "kind"),
    [("中山路", "street"), ("阳光花园", "compound"), ("金鹰大厦", "compound"), ("滁河", "water")],
)
def test_a_missing_class_is_guessed(name, kind):
    assert likely_kind(name) in (kind, "building")


def test_without_a_generic_part_no_class_is_guessed():
    assert likely_kind("龙御天下") is None


def test_folding():
    assert folded("ＨＯＰＥ 公寓　") == "HOPE公寓"
    assert plain("臺州　路") == "台州路"
    assert main_part("三星镇(叠石桥家纺产业园区)") == "三星镇"
    names = ["滸墅關鎮", "乾安縣", "厙頭村", "范 县", "龙山村民委员会"]
    # OpenCC keeps 乾 where it is not dry
    assert folded_all(names) == ["浒墅关镇", "乾安县", "厍头村", "范县", "龙山村委会"] == [plain(n) for n in names]
    assert folded_all([]) == []
