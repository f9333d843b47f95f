"""The gazetteer of the faulty copy: one planted example of each check of names, and fine names beside them."""

from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from makers.frame import METRES, SAMPLE, chance

Planted = tuple[str, str, str]
NEW = {"named": "2023-06-01", "approved": "2023-06-01", "approval": "示例〔2023〕1号"}

# code, what is wrong, and the fields of the row
_WRONG: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("PN-01", "没有通名", {"name": "江城之光", "kind": "住宅区"}),
    ("PN-02", "通名重叠", {"name": "沿江大厦广场", "kind": "建筑物"}),
    ("PN-03", "繁体字", {"name": "湖畔別墅", "kind": "住宅区"}),
    ("PN-04", "拉丁字母", {"name": "HOPE公寓", "kind": "住宅区"}),
    ("PN-05", "夸大", {"name": "万国城", "kind": "住宅区", "irregular": "大", "applied": "2024-03-01"}),
    ("PN-06", "名为广场,占地4000平方米", {"name": "红桥广场", "kind": "建筑物", "area_m2": 4000}),
    ("PN-07", "外国地名", {"name": "巴黎春天小区", "kind": "住宅区", "irregular": "洋", "status": "待核"}),
    ("PN-08", "外语音译", {"name": "普罗旺斯花园", "kind": "住宅区"}),
    (
        "PN-09",
        "封建色彩",
        {"name": "帝都华庭", "kind": "住宅区", "irregular": "怪", "status": "拟改", "applied": "2024-05-01"},
    ),
    ("PN-10", "低俗", {"name": "土豪家园", "kind": "住宅区"}),
    ("PN-11", "项目名单里的人名", {"name": "示例人路", "kind": "街路巷"}),
    ("PN-12", "企业名", {"name": "万达路", "kind": "街路巷"}),
    ("PN-15", "与“堤角东湾路”相近", {"name": "新堤角路", "kind": "街路巷"}),
    ("PN-16", "一地两名", {"name": "银杏花园", "kind": "住宅区", "entity_id": "E1"}),
    ("PN-17", "与 DM015 重复", {"name": "同福里", "kind": "街路巷", "entity_id": "E2"}),
    ("PN-18", "画成相隔 800 米的两段", {"name": "两段路", "kind": "街路巷"}),
    ("PN-19", "以长江命名的新政区", {"name": "长江街道", "kind": "行政区域", **NEW}),
    ("PN-20", "站名与所在街道不同", {"name": "江滩站", "kind": "交通运输设施", "named_after": "后湖街道"}),
    ("PN-21", "拼音用了英文", {"name": "解放大道", "kind": "街路巷", "pinyin": "Jiefang Avenue"}),
    ("PN-22", "朝阳读错", {"name": "朝阳巷", "kind": "街路巷", "pinyin": "Zhāoyáng Xiàng"}),
    ("PN-23", "坐标在所报单位之外", {"name": "远处路", "kind": "街路巷"}),
    ("PN-24", "河登记成建筑物", {"name": "示例河", "kind": "建筑物"}),
    ("PN-26", "受保护而拟更名", {"name": "古井巷", "kind": "街路巷", "protected": "历史地名", "proposed": "明德巷"}),
    ("PN-27", "标牌写错", {"name": "胜利街", "kind": "街路巷", "sign": "胜利大街"}),
    ("PN-28", "没有标牌", {"name": "无牌路", "kind": "街路巷", "signs": 0, "length_m": 640}),
    ("PN-30", "新命名没有批准文号", {"name": "明德路", "kind": "街路巷", "named": "2023-05-01"}),
)
_FINE: tuple[dict[str, Any], ...] = (
    {"name": "堤角路", "kind": "街路巷"},
    {"name": "金杏花园", "kind": "住宅区", "entity_id": "E1"},
    {"name": "同福里", "kind": "街路巷", "entity_id": "E2"},
    {"name": "中山路", "kind": "街路巷", "pinyin": "Zhōngshān Lù", "sign": "中山路", "sign_pinyin": "ZHONGSHAN LU"},
    {"name": "中华路", "kind": "街路巷"},
    {"name": "江汉关旧址", "kind": "纪念地旅游景点", "protected": "红色地名", "meaning": "示例"},
    {
        "name": "皇家花园",
        "kind": "住宅区",
        "irregular": "怪",
        "status": "已更名",
        "approved": "2022-09-01",
        "applied": "2022-06-01",
    },
    {"name": "龙王庙", "kind": "居民点", "protected": "历史地名", "former": "龙王庙码头"},
)
FIRST_FINE = 900
_SAID_OF = {"PN-17": "DM902"}  # of two records of one name the later one is told


def plant_names(places: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, pd.DataFrame, list[Planted]]:
    """Return the gazetteer, the project's own words, and what was planted: each name inside its own community."""
    homes = places[(places["level"] == "community") & places.geometry.is_valid].sort_values("place_id")
    rows: list[dict[str, Any]] = []
    planted: list[Planted] = []
    for number, (code, what, fields) in enumerate(_WRONG, start=1):
        rows.append({"地名代码": f"DM{number:03d}", **fields})
        planted.append((code, _SAID_OF.get(code, f"DM{number:03d}"), what))
    rows += [{"地名代码": f"DM{FIRST_FINE + number:03d}", **fields} for number, fields in enumerate(_FINE)]
    frame = pd.DataFrame(rows).assign(place_id=[homes["place_id"].iloc[i % len(homes)] for i in range(len(rows))])
    shapes = [_inside(homes.geometry.iloc[i % len(homes)], i) for i in range(len(rows))]
    at = {code: i for i, (code, *_) in enumerate(_WRONG)}
    shapes[at["PN-18"]] = _two_parts(shapes[at["PN-18"]])
    shapes[at["PN-23"]] = shapes[(at["PN-23"] + len(homes) // 2) % len(homes)]
    frame.loc[at["PN-18"], "place_id"] = homes["place_id"].iloc[0][:6]
    renamed = {"name": "标准名称", "kind": "类别", "place_id": "所在政区代码", "pinyin": "汉语拼音", "status": "状态"}
    table = gpd.GeoDataFrame(frame.rename(columns=renamed).assign(数据性质=SAMPLE), geometry=shapes, crs=METRES)
    words = pd.DataFrame([{"list": "leader", "word": "示例人", "kinds": "", "admin": "", "source": "示例名单"}])
    return table, words, planted


def _inside(area: Any, seed: int) -> shapely.Point:
    """Return a point of an area, drawn by its number."""
    draw = chance(f"faulty name {seed}")
    west, south, east, north = area.bounds
    for _ in range(1000):
        point = shapely.Point(draw.uniform(west, east), draw.uniform(south, north))
        if area.buffer(-5.0).contains(point):
            return point
    return area.representative_point()


def _two_parts(point: shapely.Point) -> shapely.MultiLineString:
    parts = ((0.0, 60.0), (860.0, 920.0))
    return shapely.MultiLineString([[(point.x + a, point.y), (point.x + b, point.y)] for a, b in parts])
