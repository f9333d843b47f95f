"""Fixtures of the checks of names: for every code one gazetteer that triggers it, and one that is clean."""

from typing import Any

import geopandas as gpd
import pandas as pd
from shapely import MultiLineString, Point

from planner.names import Rules, Word

from .toy import CRS, X0, Y0, Toy, facilities, places, square

UNIT = "320116"  # 六合区 of Nanjing


def names(*rows: dict[str, Any], place_id: str = UNIT) -> gpd.GeoDataFrame:
    """A gazetteer of one county; rows without `name_id` are n1, n2 and so on."""
    filled = [{"name_id": f"n{i}", "place_id": place_id, **row} for i, row in enumerate(rows, start=1)]
    frame = pd.DataFrame(filled).set_index("name_id")
    for column in ("named", "applied", "approved"):
        if column in frame:
            frame[column] = pd.to_datetime(frame[column])
    return gpd.GeoDataFrame(frame, geometry="geometry", crs=CRS) if "geometry" in frame else gpd.GeoDataFrame(frame)


def compound(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "kind": "住宅区", **more}


def street(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "kind": "街路巷", **more}


def building(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "kind": "建筑物", **more}


def at(x: float, y: float) -> Point:
    return Point(X0 + x + 0.123, Y0 + y + 0.456)  # no round number of degrees


def one(*rows: dict[str, Any], **more: Any) -> tuple[Toy, None]:
    return Toy(names=names(*rows), **more), None


def addressed(*addresses: str, apart_m: float = 0.0, place_id: str | None = None) -> tuple[Toy, None]:
    """Facilities with addresses, in a project that has one village of Nanjing as its place."""
    rows = [(f"f{i}", f"第{i}日间照料中心", i * apart_m, 0.0) for i in range(len(addresses))]
    home = places({"place_id": "320116101201", "name": "大侯村", "level": "community"})
    return Toy(places=home, facilities=facilities(*rows, address=list(addresses), place_id=place_id)), None


def _lines(gap_m: float) -> MultiLineString:
    starts = (0.0, 100.0 + gap_m)
    return MultiLineString([[(X0 + x, Y0), (X0 + x + 100.0, Y0)] for x in starts])


_COUNTY = places({"place_id": UNIT, "name": "六合区", "level": "county", "geometry": square(0, 0)})
_LEADER = Rules(own=(Word("leader", "张某某", source="项目名单"),))
_NEW = pd.Timestamp("2023-06-01")
_PAPERS = {"approval": "宁民地〔2023〕1号", "named": _NEW, "approved": _NEW}

TRIGGER: dict[str, tuple[Toy, Any]] = {
    "PN-01": one(compound("瓯海之光")),
    "PN-02": one(building("鼓楼大厦广场")),
    "PN-03": one(compound("湖滨別墅")),
    "PN-04": one(compound("24克拉公寓")),
    "PN-05": one(compound("万国城")),
    "PN-06": one(building("新街口广场", area_m2=4000.0)),
    "PN-07": one(compound("巴黎春天小区")),
    "PN-08": one(compound("普罗旺斯花园")),
    "PN-09": one(compound("帝都华庭")),
    "PN-10": one(compound("土豪家园")),
    "PN-11": one(street("张某某路"), rules=_LEADER),
    "PN-12": one(street("万达路")),
    "PN-15": one(street("江浦路"), street("新江浦路")),
    "PN-16": one({"name": "桠溪", "kind": "居民点"}, {"name": "椏溪", "kind": "居民点"}),
    "PN-17": one(street("人民路", geometry=at(0, 0)), street("人民路", geometry=at(30, 0))),
    "PN-18": one(street("人民路", geometry=_lines(600.0))),
    "PN-19": one({"name": "泰山镇", "kind": "行政区域", **_PAPERS}, rules=Rules()),
    "PN-20": one({"name": "下关站", "kind": "交通运输设施", "named_after": "龙池街道"}),
    "PN-21": one(street("中山北路", pinyin="Zhongshan North Road")),
    "PN-22": one({"name": "六合区", "kind": "行政区域", "pinyin": "Liùhé Qū"}),
    "PN-23": one(street("人民路", geometry=at(1200, 500)), places=_COUNTY),
    "PN-24": one(building("滁河")),
    "PN-25": addressed("南京市六合县雄州街道1号", place_id="320116101201"),
    "PN-26": one(street("御道街", protected="南京市地名保护名录", proposed="明德路")),
    "PN-27": one(street("人民路", sign="人民大街")),
    "PN-28": one(street("人民路", signs=0.0, length_m=800.0)),
    "PN-29": addressed("南京市浦口区江浦街道1号", place_id="320116101201"),
    "PN-30": one(street("明德路", named=_NEW)),
}

CLEAN: dict[str, tuple[Toy, Any]] = {
    "PN-01": one(compound("瓯海花园"), {"name": "瓯海之光", "kind": "单位"}),
    "PN-02": one(building("鼓楼大厦"), {"name": "竹镇镇", "kind": "行政区域"}),
    "PN-03": one(compound("湖滨别墅")),
    "PN-04": one(street("G312国道"), street("2马路"), compound("第一公寓")),
    "PN-05": one(street("中央路"), street("中华路"), compound("万国城", approval="宁民地〔2001〕9号")),
    "PN-06": one(building("新街口广场", area_m2=10_000.0, floor_m2=100_000.0)),
    "PN-07": one({"name": "列宁公园", "kind": "纪念地旅游景点"}, building("白求恩国际和平医院")),
    "PN-08": one(compound("罗家花园"), compound("普罗旺斯花园", protected="名录")),
    "PN-09": one(street("王府大街", place_id="320106"), street("太监弄", place_id="320508")),
    "PN-10": one(compound("幸福家园")),
    "PN-11": one(street("张某某路"), rules=Rules()),
    "PN-12": one(street("绿地大道")),
    "PN-15": one(street("新华路"), street("新华二路"), street("江浦东路"), street("江浦西路")),
    "PN-16": one({"name": "桠溪", "kind": "居民点"}, {"name": "桠溪", "kind": "居民点", "place_id": "320118"}),
    "PN-17": one(street("人民路", geometry=at(0, 0)), street("解放路", geometry=at(30, 0))),
    "PN-18": one(street("人民路", geometry=_lines(400.0))),
    "PN-19": one({"name": "泰山镇", "kind": "行政区域", "named": pd.Timestamp("1984-01-01")}),
    "PN-20": one({"name": "龙池站", "kind": "交通运输设施", "named_after": "龙池街道"}),
    "PN-21": one(street("中山北路", pinyin="Zhōngshān Běilù"), street("中山东路", pinyin="ZHONGSHAN DONGLU")),
    "PN-22": one({"name": "六合区", "kind": "行政区域", "pinyin": "Luhe Qu"}),
    "PN-23": one(street("人民路", geometry=at(1040, 500)), places=_COUNTY),
    "PN-24": one({"name": "滁河", "kind": "陆地水系"}, building("滁河大厦")),
    "PN-25": addressed("南京市六合区雄州街道1号", place_id="320116101201"),
    "PN-26": one(street("御道街", protected="南京市地名保护名录"), street("明德路", proposed="厚德路")),
    "PN-27": one(street("人民路", sign="人民路", sign_pinyin="RENMIN LU")),
    "PN-28": one(street("人民路", signs=2.0), street("解放路")),
    "PN-29": addressed("南京市六合区雄州街道1号", "六合区雄州街道2号", apart_m=900.0, place_id="320116101201"),
    "PN-30": one(street("明德路", **_PAPERS)),
}
