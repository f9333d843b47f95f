"""The figures of the faulty copy: claims, indicators and published people, one planted example of each check."""

import geopandas as gpd
import pandas as pd

from makers.frame import SAMPLE

Planted = tuple[str, str, str]

_CLAIMS: tuple[tuple[dict[str, str], str, str], ...] = (
    ({"类型": "求和", "所称": "39,467", "分项": "25,097;14,370", "原文": "床位共39,467张"}, "", ""),
    ({"类型": "占比", "所称": "31.3", "计量单位": "%", "分子": "6.2万", "分母": "19.8万", "原文": "占31.3%"}, "", ""),
    (
        {"类型": "求和", "所称": "360", "分项": "230;120", "原文": "设施面积共360万平方米"},
        "RS-01",
        "230 加 120 不是 360",
    ),
    (
        {"类型": "占比", "所称": "40", "计量单位": "%", "分子": "2,527", "分母": "62,000", "原文": "千名老人床位达40%"},
        "RS-02",
        "把 ‰ 写成 %",
    ),
    (
        {"类型": "增幅", "所称": "7.87", "期初": "750", "期末": "1045", "年数": "5", "原文": "年均增幅7.87%"},
        "RS-03",
        "总增幅除以年数,称作年均增幅",
    ),
    (
        {"类型": "计数占比", "所称": "90.45", "计量单位": "%", "分母": "94", "原文": "94个街道镇覆盖90.45%"},
        "RS-04",
        "94 个单位凑不出 90.45 %",
    ),
    (
        {"类型": "占比", "所称": "1.24", "计量单位": "%", "分子": "3.28万", "同一口径": "低保", "原文": "占1.24%"},
        "",
        "",
    ),
    (
        {"类型": "占比", "所称": "0.51", "计量单位": "%", "分子": "2.35万", "同一口径": "低保", "原文": "占0.51%"},
        "RS-05",
        "与前一条的人口基数不同",
    ),
)
_INDICATORS: tuple[dict[str, object], ...] = (
    {"名称": "养老床位", "计量单位": "张", "基期值": 1200, "目标值": 1800, "现状值": 1500},
    {"名称": "护理型床位", "计量单位": "张", "基期值": 480, "目标值": 1080, "现状值": 750},
    {"名称": "护理型床位占比", "计量单位": "%", "基期值": 40, "目标值": 60, "现状值": 55, "分子": "SZ2", "分母": "SZ1"},
)  # fmt: skip


def figures() -> tuple[pd.DataFrame, pd.DataFrame, list[Planted]]:
    """Return claims, indicators, and what was planted in them."""
    ids = [f"SJ{i}" for i in range(1, len(_CLAIMS) + 1)]
    claims = pd.DataFrame([row for row, _, _ in _CLAIMS]).assign(编号=ids, 数据性质=SAMPLE)
    planted = [(code, claim, what) for claim, (_, code, what) in zip(ids, _CLAIMS, strict=True) if code]
    numbers = [f"SZ{i}" for i in range(1, len(_INDICATORS) + 1)]
    years = {"指标属性": "预期性", "基期年": 2020, "目标年": 2027, "来源": SAMPLE}
    indicators = pd.DataFrame(_INDICATORS).assign(指标编号=numbers, **years)
    # 750 of 1,500 are 50 %, not 55
    return claims, indicators, [*planted, ("RS-06", "SZ3", "现状值不是护理型床位除以床位")]


def published(places: gpd.GeoDataFrame, homes: pd.DataFrame) -> tuple[gpd.GeoDataFrame, list[Planted]]:
    """Publish the people of towns and district: of one town a tenth too many, of the district 2 % more."""
    frame = places.set_index("place_id", drop=False).assign(pop_official=None)
    towns = sorted(frame.index[frame["level"] == "town"])
    living = homes["总人口"].astype(int).groupby(homes["所属社区代码"].astype(str).str[: len(towns[0])]).sum()
    people = living.reindex(towns).astype(float)
    wrong = str(people.idxmin())
    people[wrong] = round(people[wrong] * 1.1) + 1
    frame.loc[towns, "pop_official"] = people
    district = str(frame.index[frame["level"] == "county"][0])
    frame.loc[district, "pop_official"] = round(people.sum() * 1.02)
    planted = [
        ("BC-10", district, "街道人口之和比区少 2 %"),
        ("RS-07", wrong, "公布人口比需求点多一成"),
    ]
    return frame.reset_index(drop=True), planted
