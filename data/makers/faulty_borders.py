"""Faults planted in the borders of the faulty copy: units that do not fit, and registers of lines and stakes.

The lines and stakes are made up along the outline of the district; the neighbours' codes are real, what is said
of their borders is not.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely import LineString, Polygon
from shapely.ops import substring

from .frame import METRES, SAMPLE, to_degrees

Planted = tuple[str, str, str]
DISTRICT = "420102"
NEIGHBOURS = ("420103", "420104", "420105", "420106", "420107", "420111")
SPACING_KM = 0.8  # what the faulty project file sets
STAKES = 9  # on a line
_NEW = {"kind": "社区", "level": "community", "urban_rural": "urban", "sample": True, "note": "埋有错误的示例"}


@dataclass
class Registers:
    """The tables of border work as they are written, and what was planted in them."""

    lines: gpd.GeoDataFrame
    stakes: pd.DataFrame
    works: gpd.GeoDataFrame
    seats: pd.DataFrame
    planted: list[Planted] = field(default_factory=list)


def plant_units(frame: gpd.GeoDataFrame, free: set[str]) -> tuple[gpd.GeoDataFrame, list[Planted]]:
    """Plant BC-04, 06, 07, 08, 10, 11, 12 and 18 in places; return them with the new units."""
    corners, four = _four(frame, free)
    planted = [_strip(frame, free), _exclave(frame, free), _area(frame, free), *_kinds(frame)]
    enclosed, island = _enclosed(frame, free)
    rows = gpd.GeoDataFrame(pd.DataFrame([*enclosed, *corners]), geometry="geometry", crs=METRES)
    rows = rows.set_index("place_id", drop=False).reindex(columns=frame.columns)
    whole = pd.concat([frame, rows.dropna(axis=1, how="all")])
    return gpd.GeoDataFrame(whole, geometry="geometry", crs=METRES), [*planted, island, four]


def plant_registers(frame: gpd.GeoDataFrame, free: set[str]) -> Registers:
    """Make the registers: one line a neighbour, nine stakes a line, and one fault of each kind."""
    arcs = list(_arcs(frame.geometry[DISTRICT]))
    lines, planted = _lines(arcs), []
    stakes = pd.concat([_row_of_stakes(code, arc) for (code, arc) in zip(lines["line_id"], arcs, strict=True)])
    stakes, in_stakes = _spoil(stakes.reset_index(drop=True), arcs)
    more, junction, in_lines = _inner_lines(frame, free)
    lines, of_lines = _spoil_lines(lines, arcs)
    whole = gpd.GeoDataFrame(pd.concat([lines, more], ignore_index=True), geometry="geometry", crs=METRES)
    planted += [*in_stakes, *in_lines, *of_lines]
    middle = shapely.line_interpolate_point(arcs[5], 0.3, normalized=True)
    works = gpd.GeoDataFrame(
        {"工程编号": ["KJ001"], "名称": ["示例过江管道"]}, geometry=[middle.buffer(30)], crs=METRES
    )
    seats, seat = _seats(frame, free)
    planted += [("BC-44", "KJ001", "跨越界线,没有协议编号"), seat]
    table = pd.concat([stakes, junction], ignore_index=True)
    return Registers(
        lines=whole, stakes=_written(table), works=works.assign(数据性质=SAMPLE), seats=seats, planted=planted
    )


def _pairs(frame: gpd.GeoDataFrame, free: set[str]) -> Iterator[tuple[str, str, LineString]]:
    """Yield free neighbours of one town with the longest stretch of their common border."""
    for one in sorted(free):
        for other in sorted(i for i in free if i > one and i[:9] == one[:9]):
            shared = frame.geometry[one].intersection(frame.geometry[other])
            if shared.length > 150.0:
                merged = shapely.line_merge(shared)
                yield one, other, max(shapely.get_parts(merged), key=lambda p: p.length)


def _strip(frame: gpd.GeoDataFrame, free: set[str]) -> Planted:
    one, other, border = next(_pairs(frame, free))
    stretch = substring(border, border.length / 2 - 30, border.length / 2 + 30)
    frame.loc[one, "geometry"] = shapely.union(frame.geometry[one], stretch.buffer(1.5, cap_style="flat"))
    free -= {one, other}
    return "BC-04", one, f"与 {frame.name[other]} 的共用界线有 60 m 画偏 1.5 m"


def _roomy(frame: gpd.GeoDataFrame, free: set[str]) -> tuple[str, Polygon]:
    """Return the free community with most room, and a square of 40 m in it."""
    circle = {i: shapely.maximum_inscribed_circle(frame.geometry[i], 1.0) for i in sorted(free)}
    one = max(circle, key=lambda i: circle[i].length)
    centre = shapely.get_coordinates(circle[one])[0]
    return one, shapely.box(*(centre - 20.0), *(centre + 20.0))


def _exclave(frame: gpd.GeoDataFrame, free: set[str]) -> Planted:
    host, square = _roomy(frame, free)
    town = sorted(i for i in free - {host} if i[:9] == host[:9])
    far = max(town, key=lambda i: frame.geometry[i].distance(square))
    frame.loc[host, "geometry"] = shapely.difference(frame.geometry[host], square)
    frame.loc[far, "geometry"] = shapely.union(frame.geometry[far], square)
    free -= {host, far}
    return "BC-06", far, f"在 {frame.name[host]} 里有一块飞地"


def _enclosed(frame: gpd.GeoDataFrame, free: set[str]) -> tuple[list[dict[str, object]], Planted]:
    host, square = _roomy(frame, free)
    frame.loc[host, "geometry"] = shapely.difference(frame.geometry[host], square)
    free -= {host}
    code = f"{host[:9]}090"
    row = {"place_id": code, "name": "岛洲社区", "parent_id": host[:9], "geometry": square} | _NEW
    return [row], ("BC-07", code, f"整个被 {frame.name[host]} 包围")


def _four(frame: gpd.GeoDataFrame, free: set[str]) -> tuple[list[dict[str, object]], Planted]:
    """Carve four small communities out of one, so that they meet in one point."""
    host, square = _roomy(frame, free)
    frame.loc[host, "geometry"] = shapely.difference(frame.geometry[host], square)
    free -= {host}
    west, south, east, north = square.bounds
    x, y = (west + east) / 2, (south + north) / 2
    quarters = (shapely.box(west, south, x, y), shapely.box(x, south, east, y))
    quarters += (shapely.box(west, y, x, north), shapely.box(x, y, east, north))
    names = ("东角社区", "西隅社区", "甫里社区", "浦阳社区")
    rows = [
        {"place_id": f"{host[:9]}{i:03d}", "name": name, "parent_id": host[:9], "geometry": quarter} | _NEW
        for i, name, quarter in zip(range(91, 95), names, quarters, strict=True)
    ]
    return rows, ("BC-18", str(rows[0]["place_id"]), "四个社区交于一点")


def _area(frame: gpd.GeoDataFrame, free: set[str]) -> Planted:
    one = max(free)
    frame["area_km2"] = None
    frame.loc[one, "area_km2"] = round(frame.geometry[one].area * 1.1 / 1e6, 4)
    return "BC-08", one, "公布面积多出 10 %"


def _kinds(frame: gpd.GeoDataFrame) -> list[Planted]:
    towns = sorted(frame.index[frame["level"] == "town"])
    first, last = towns[0], towns[-1]
    frame.loc[first, ["name", "kind"]] = [str(frame.name[first]).replace("街道", "镇"), "镇"]
    frame.loc[last, "kind"] = "镇"
    return [("BC-11", first, "街道的代码,名称却是镇"), ("BC-12", last, "名称是街道,类别却写成镇")]


def _arcs(district: Polygon) -> Iterator[LineString]:
    """Yield six stretches of the district's outline, each from west to east or from north to south."""
    ring = district.exterior
    for i in range(len(NEIGHBOURS)):
        arc = substring(ring, i / len(NEIGHBOURS), (i + 1) / len(NEIGHBOURS), normalized=True)
        (x0, y0), (x1, y1) = arc.coords[0], arc.coords[-1]
        forward = x1 > x0 if abs(x1 - x0) >= abs(y1 - y0) else y1 < y0
        yield arc if forward else arc.reverse()


def _lines(arcs: list[LineString]) -> gpd.GeoDataFrame:
    columns = {
        "line_id": [f"{DISTRICT}{n}" for n in NEIGHBOURS],
        "name": [f"示例界线{i}" for i in range(1, len(arcs) + 1)],
        "level": "county",
        "units": [f"{DISTRICT};{n}" for n in NEIGHBOURS],
        "last_joint_inspection": "2024-05-20",
        "map_scale": 10000,
        "length_agreed_km": [round(a.length / 1000, 2) for a in arcs],
    }
    empty = dict.fromkeys(("changed", "redivided", "surveyed"))
    return gpd.GeoDataFrame(columns | empty, geometry=arcs, crs=METRES)


def _spoil_lines(lines: gpd.GeoDataFrame, arcs: list[LineString]) -> tuple[gpd.GeoDataFrame, list[Planted]]:
    lines = lines.copy()
    lines.loc[0, "last_joint_inspection"] = "2020-06-30"
    lines.loc[1, "changed"] = "2025-07-01"
    lines.loc[2, "redivided"] = "2024-01-15"
    lines.loc[3, "map_scale"] = 100000
    lines.loc[4, "length_agreed_km"] = round(arcs[4].length / 1000 * 1.1, 2)
    said = ("上次联检 2020-06-30", "河道变化后未检查", "区划调整后未勘界", "比例尺 1:100000", "协议长度多出 10 %")
    codes = ("BC-40", "BC-41", "BC-42", "BC-43", "BC-09")
    return lines, [(c, str(i), s) for c, i, s in zip(codes, lines["line_id"], said, strict=False)]


def _row_of_stakes(code: str, arc: LineString) -> pd.DataFrame:
    """Return nine single stakes on a line, none of them at its ends, nothing wrong with any."""
    at = shapely.line_interpolate_point(arc, np.linspace(0.05, 0.95, STAKES), normalized=True)
    xy = shapely.get_coordinates(at)
    columns = {"界桩编号": [f"{code}{i:03d}Q" for i in range(1, STAKES + 1)], "x": xy[:, 0], "y": xy[:, 1]}
    fine = {
        "状态": "完好",
        "桩型": "新型",
        "管护责任方": DISTRICT,
        "最近巡查日期": "2025-09-01",
        "方位物数": 3,
        "照片": "有",
    }
    return pd.DataFrame(columns | fine).assign(登记表经度=None, 登记表纬度=None)


def _spoil(stakes: pd.DataFrame, arcs: list[LineString]) -> tuple[pd.DataFrame, list[Planted]]:
    """Spoil stakes of the six lines, each fault on a stake of its own."""

    def row(line: int, seq: int) -> int:
        return line * STAKES + seq - 1

    planted: list[Planted] = []

    def spoil(code: str, at: int, what: str, **values: object) -> None:
        planted.append((code, str(stakes.loc[at, "界桩编号"]), what))
        for name, value in values.items():
            stakes.loc[at, name] = value

    spoil("BC-28", row(0, 2), "损坏,没有修复计划", 状态="损坏")
    spoil("BC-29", row(0, 4), "没有管护责任方", 管护责任方=None)
    spoil("BC-30", row(0, 6), "只有一个方位物", 方位物数=1)
    spoil("BC-31", row(0, 8), "两年没有巡查", 最近巡查日期="2023-12-31")
    spoil("BC-45", row(0, 9), "巡查日期写成 2052 年", 最近巡查日期="2052-09-01")
    lon, lat = to_degrees(stakes.loc[[row(1, 2)], ["x", "y"]].to_numpy(dtype=float))
    spoil("BC-32", row(1, 2), "登记表的经纬度写反", 登记表经度=lat[0], 登记表纬度=lon[0])
    dx, dy = _across(arcs[1], 0.05 + 0.9 * 4 / (STAKES - 1))
    at = row(1, 5)
    spoil("BC-25", at, "偏离界线 60 m", x=stakes.loc[at, "x"] + 60 * dx, y=stakes.loc[at, "y"] + 60 * dy)
    number = str(stakes.loc[row(1, 8), "界桩编号"])
    stakes.loc[row(1, 8), "界桩编号"] = number[:-1] + "A"
    planted.append(("BC-24", number[:-1] + "A", "缺 B 桩"))
    swapped = [row(2, 4), row(2, 5)]
    stakes.loc[swapped, ["x", "y"]] = stakes.loc[swapped[::-1], ["x", "y"]].to_numpy()
    old = stakes.index[stakes["界桩编号"].str.startswith(f"{DISTRICT}{NEIGHBOURS[3]}")][:4]
    stakes.loc[old, "桩型"] = "旧型"
    planted += [
        ("BC-23", f"{DISTRICT}{NEIGHBOURS[2]}", "第 4、5 号桩对调"),
        ("BC-33", f"{DISTRICT}{NEIGHBOURS[3]}", "四根旧型桩"),
        ("BC-20", "420102-7", "编号写法不对"),
    ]
    last = stakes.loc[row(4, 9)].copy()
    odd = last.copy()
    odd["界桩编号"] = "420102-7"
    twice = stakes.loc[row(4, 3)].copy()
    planted.append(("BC-21", str(twice["界桩编号"]), "登记了两次"))
    pair = _one_side(stakes.loc[row(5, 3)].copy(), _across(arcs[5], 0.05 + 0.9 * 2 / (STAKES - 1)))
    planted.append(("BC-26", str(pair[0]["界桩编号"]), "两根桩在界线同一侧"))
    planted.append(("BC-22", f"{DISTRICT}{NEIGHBOURS[3]}", "缺 006 号"))
    gone = [row(3, 6), row(5, 3)]
    kept = stakes.drop(index=gone)
    whole = pd.concat([kept, pd.DataFrame([odd, twice, *pair])], ignore_index=True)
    whole, far = _far(whole)
    return whole, [*planted, far]


def _far(stakes: pd.DataFrame) -> tuple[pd.DataFrame, Planted]:
    """Drop the middle stakes of the last line and number on, so that two that follow are far apart."""
    code = f"{DISTRICT}{NEIGHBOURS[5]}"
    names = [f"{code}{i:03d}Q" for i in (5, 6, 7)]
    kept = stakes[~stakes["界桩编号"].isin(names)].copy()
    renamed = {f"{code}{i:03d}Q": f"{code}{i - 3:03d}Q" for i in (8, 9)}
    kept["界桩编号"] = kept["界桩编号"].replace(renamed)
    return kept, ("BC-27", f"{code}004Q", f"与下一根相距超过 {SPACING_KM:g} km")


def _across(arc: LineString, share: float) -> tuple[float, float]:
    """Return the unit normal of a line at a share of its length."""
    a, b = (shapely.line_interpolate_point(arc, arc.length * share + d) for d in (-5.0, 5.0))
    dx, dy = b.x - a.x, b.y - a.y
    return -dy / np.hypot(dx, dy), dx / np.hypot(dx, dy)


def _one_side(stake: pd.Series, across: tuple[float, float]) -> list[pd.Series]:
    pair = []
    for letter, off in (("A", 20.0), ("B", 40.0)):
        one = stake.copy()
        one["界桩编号"] = str(stake["界桩编号"])[:-1] + letter
        one["x"], one["y"] = stake["x"] + off * across[0], stake["y"] + off * across[1]
        pair.append(one)
    return pair


def _inner_lines(frame: gpd.GeoDataFrame, free: set[str]) -> tuple[gpd.GeoDataFrame, pd.DataFrame, list[Planted]]:
    """Register lines between communities: two that are no neighbours, one drawn short, three that meet."""
    rows: list[dict[str, object]] = []

    def add(code: str, a: str, b: str, shape: LineString | None = None) -> None:
        fixed = {"level": "community", "last_joint_inspection": "2024-05-20", "map_scale": 10000}
        rows.append({"line_id": code, "name": code, "units": f"{a};{b}", "geometry": shape} | fixed)

    units, spot = _triple(frame, free)
    for i, (a, b) in enumerate(((0, 1), (0, 2), (1, 2)), start=1):
        add(f"SJ{i}", units[a], units[b])
    free -= set(units)
    one, other, border = next(_pairs(frame, free))
    add("DX1", one, other, substring(border, 0, border.length - 60.0))
    free -= {one, other}
    one = min(free)
    far = max(sorted(free), key=lambda i: frame.geometry[i].distance(frame.geometry[one]))
    add("YL1", one, far)
    stake = {"界桩编号": "420102SJ", "类型": "交会点", "x": spot.x + 120.0, "y": spot.y, "状态": "完好"}
    fine = {"管护责任方": DISTRICT, "最近巡查日期": "2025-09-01", "方位物数": 3, "照片": "有", "桩型": "新型"}
    planted = [
        ("BC-17", "-".join(sorted(units)), "三交点界桩登记在 120 m 外"),
        ("BC-16", "DX1", "界线短 60 m"),
        ("BC-15", "YL1", "两个社区并不相邻"),
    ]
    return gpd.GeoDataFrame(rows, geometry="geometry", crs=METRES), pd.DataFrame([stake | fine]), planted


def _triple(frame: gpd.GeoDataFrame, free: set[str]) -> tuple[list[str], shapely.Point]:
    """Return three free communities that meet in one point and share a border each with each, and the point."""
    ids = sorted(free)
    shapes = frame.geometry
    for a in ids:
        for b in (i for i in ids if i > a and shapes[a].intersection(shapes[i]).length > 20.0):
            both = shapes[a].intersection(shapes[b])
            for c in (i for i in ids if i > b):
                meet = shapely.intersection(both, shapes[c])
                sides = min(shapes[a].intersection(shapes[c]).length, shapes[b].intersection(shapes[c]).length)
                if meet.geom_type == "Point" and not meet.is_empty and sides > 20.0:
                    return [a, b, c], meet
    raise ValueError("no three communities meet")


def _seats(frame: gpd.GeoDataFrame, free: set[str]) -> tuple[pd.DataFrame, Planted]:
    """Place the seats of four communities, one of them in another."""
    ids = sorted(free)[:4]
    points = [frame.geometry[i].representative_point() for i in ids]
    points[0] = points[-1]
    lon, lat = to_degrees(np.array([[p.x, p.y] for p in points]))
    table = pd.DataFrame({"代码": ids, "名称": [f"{frame.name[i]}居委会" for i in ids], "经度": lon, "纬度": lat})
    return table.assign(数据性质=SAMPLE), ("BC-13", ids[0], "驻地写成了别处")


def _written(stakes: pd.DataFrame) -> pd.DataFrame:
    lon, lat = to_degrees(stakes[["x", "y"]].to_numpy(dtype=float))
    return stakes.drop(columns=["x", "y"]).assign(经度=lon, 纬度=lat, 数据性质=SAMPLE)
