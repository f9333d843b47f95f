"""Place the four facility layers and the candidate buildings, with gaps left on purpose."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from planner.layers.datums import wgs84_to_gcj02

from .frame import DEGREES, POINT_DIGITS, SAMPLE, chance, in_metres, to_degrees, to_metres

CANDIDATES = 180
_INSIDE_M = 12.0  # a facility stands this far inside the community it declares
_DOOR_M = (12.0, 30.0)  # and this far from the building whose yard it uses
_FIRST_DAY, _LAST_DAY = "2012-01-01", "2025-09-30"
_PLANNED, _CLOSED, _OPEN = "拟建", "停用", "在用"

Hole = tuple[float, float, float]


@dataclass(frozen=True, kw_only=True)
class Layer:
    """How one facility layer comes about.

    `apart_m` is the least distance between two; `holes` are circles (degrees, degrees, metres)
    where nothing in use stands, so that the demo has gaps to find; the last `planned` and
    `closed` rows do not count as supply.
    """

    prefix: str
    title: str
    count: int
    apart_m: float
    planned: int = 0
    closed: int = 0
    holes: tuple[Hole, ...] = ()


DAY_CARE = Layer(
    prefix="RJ",
    title="日间照料中心",
    count=54,
    apart_m=420.0,
    planned=2,
    closed=2,
    holes=(
        (114.2620, 30.5970, 750.0),
        (114.2975, 30.5975, 700.0),
        (114.2670, 30.5400, 750.0),
        (114.3180, 30.5835, 700.0),
        (114.2930, 30.5390, 650.0),
        (114.3160, 30.5480, 550.0),
    ),
)
MEAL_POINT = Layer(
    prefix="ZC",
    title="助餐点",
    count=80,
    apart_m=300.0,
    planned=2,
    closed=3,
    holes=(
        (114.2760, 30.5985, 700.0),
        (114.2580, 30.5520, 750.0),
        (114.3060, 30.5600, 650.0),
        (114.3180, 30.5360, 750.0),
        (114.2590, 30.5730, 550.0),
    ),
)
COLUMBARIUM = Layer(prefix="GH", title="公益性骨灰安放设施", count=5, apart_m=800.0)
SOCIAL_WORK_PREFIX, SOCIAL_WORK_TITLE = "SG", "社工站"
_TOWNS_WITHOUT = 4


def make_layer(layer: Layer, residents: pd.DataFrame, places: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return the common columns of a layer; at most one facility a community, in WGS 84."""
    random = chance(layer.title)
    yards = _yards(residents, places, random)
    weight = yards["六十岁以上"].to_numpy() * _outside(yards, layer.holes)
    chosen = _draw(yards, weight, layer.count, layer.apart_m, random)
    chosen = chosen.sort_values(["所属社区代码"], ignore_index=True)
    rows = _common_columns(chosen, layer.prefix, chosen["所属社区"] + layer.title)
    return _dates(rows, _statuses(layer, random), random)


def make_day_care(residents: pd.DataFrame, places: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return the day-care centres, their coordinates in GCJ-02 as web maps give them."""
    rows = make_layer(DAY_CARE, residents, places)
    random = chance("day care sizes")
    rows["建筑面积"] = random.integers(18, 90, len(rows)) * 10
    rows["床位"] = 5 + rows["建筑面积"] // 40
    rows["运营方式"] = random.choice(["公办", "公建民营", "民办"], len(rows), p=[0.3, 0.5, 0.2])
    lon, lat = wgs84_to_gcj02(rows["经度"].to_numpy(), rows["纬度"].to_numpy())
    return _finish(rows.assign(经度=np.round(lon, POINT_DIGITS), 纬度=np.round(lat, POINT_DIGITS)))


def make_meal_points(residents: pd.DataFrame, places: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return the meal points."""
    rows = make_layer(MEAL_POINT, residents, places)
    rows["建筑面积"] = chance("meal sizes").integers(4, 26, len(rows)) * 10
    rows["日供餐能力"] = rows["建筑面积"] * 8 // 10 // 10 * 10 + 20
    return _finish(rows)


def make_columbaria(residents: pd.DataFrame, places: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return the columbaria; CGCS2000 and WGS 84 agree to centimetres, so the numbers are the same."""
    rows = make_layer(COLUMBARIUM, residents, places)
    rows["格位"] = chance("niches").integers(8, 40, len(rows)) * 100
    rows["建筑面积"] = rows["格位"] // 5
    return _finish(rows)


def make_social_work(residents: pd.DataFrame, places: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the social-work stations: one a street office, a few offices without."""
    random = chance(SOCIAL_WORK_TITLE)
    yards = _yards(residents, places, random)
    yards = yards.assign(town=yards["所属社区代码"].str[:9])
    towns = np.sort(yards.town.unique())
    served = np.sort(random.choice(towns, len(towns) - _TOWNS_WITHOUT, replace=False))
    chosen = [_most_central(yards[yards.town == town]) for town in served]
    rows = yards.loc[chosen].reset_index(drop=True)
    town_name = rows.town.map(places.set_index("place_id").name)
    rows = _common_columns(rows, SOCIAL_WORK_PREFIX, town_name + SOCIAL_WORK_TITLE)
    rows = _dates(rows, [_OPEN] * len(rows), random)
    rows = _finish(rows.assign(社工人数=random.integers(2, 7, len(rows))))
    points = gpd.points_from_xy(rows.pop("经度"), rows.pop("纬度"))
    return gpd.GeoDataFrame(rows, geometry=points, crs=DEGREES)


def make_candidates(residents: pd.DataFrame, places: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return vacant public buildings all over the study area, holes included."""
    random = chance("candidates")
    yards = _yards(residents, places, random)
    chosen = _draw(yards, np.ones(len(yards)), CANDIDATES, 150.0, random, per_community=3)
    chosen = chosen.sort_values(["所属社区代码", "纬度", "经度"], ignore_index=True)
    serial = (chosen.groupby("所属社区代码").cumcount() + 1).astype(str)
    rows = pd.DataFrame({"编号": [f"HX{number:03d}" for number in range(1, len(chosen) + 1)]})
    rows["名称"] = chosen["所属社区"] + "闲置公房" + serial + "号"
    rows[["所属社区代码", "经度", "纬度"]] = chosen[["所属社区代码", "经度", "纬度"]]
    rows["建筑面积"] = random.integers(10, 80, len(rows)) * 10
    a_metre = random.integers(12, 26, len(rows)) * 100  # yuan for refitting a square metre
    rows["改造费用_元"] = rows["建筑面积"] * a_metre
    return rows.assign(数据性质=SAMPLE)


def _yards(residents: pd.DataFrame, places: gpd.GeoDataFrame, random: np.random.Generator) -> pd.DataFrame:
    """Move every building a few steps aside and keep what stays well inside its community."""
    xy = to_metres(residents["经度"].to_numpy(), residents["纬度"].to_numpy())
    turn = random.uniform(0.0, 2 * np.pi, len(xy))
    step = random.uniform(*_DOOR_M, len(xy))[:, None]
    lon, lat = to_degrees(xy + step * np.column_stack([np.cos(turn), np.sin(turn)]))
    metric = in_metres(places.set_index("place_id")[["geometry"]])
    inner = metric.geometry.buffer(-_INSIDE_M).loc[residents["所属社区代码"]].to_numpy()
    keep = shapely.contains(inner, shapely.points(to_metres(lon, lat)))
    moved = residents.assign(经度=lon, 纬度=lat)
    return pd.DataFrame(moved.loc[keep]).reset_index(drop=True)


def _draw(
    yards: pd.DataFrame,
    weight: NDArray[np.float64],
    count: int,
    apart_m: float,
    random: np.random.Generator,
    *,
    per_community: int = 1,
) -> pd.DataFrame:
    """Draw yards one by one by weight, leaving out what is too near or in a full community."""
    xy = to_metres(yards["经度"].to_numpy(), yards["纬度"].to_numpy())
    community = yards["所属社区代码"].to_numpy()
    weight, chosen = weight.astype(float), list[int]()
    for _ in range(count):
        pick = int(random.choice(len(yards), p=weight / weight.sum()))
        chosen.append(pick)
        weight = np.where(np.hypot(*(xy - xy[pick]).T) < apart_m, 0.0, weight)
        if (community[chosen] == community[pick]).sum() >= per_community:
            weight = np.where(community == community[pick], 0.0, weight)
    return yards.iloc[chosen]


def _outside(yards: pd.DataFrame, holes: tuple[Hole, ...]) -> NDArray[np.bool_]:
    xy = to_metres(yards["经度"].to_numpy(), yards["纬度"].to_numpy())
    keep = np.ones(len(xy), dtype=bool)
    for lon, lat, radius in holes:
        keep &= np.hypot(*(xy - to_metres(np.array([lon]), np.array([lat]))).T) > radius
    return keep


def _most_central(yards: pd.DataFrame) -> int:
    """Return the label of the yard nearest to where the people are; ties go to the first."""
    xy = to_metres(yards["经度"].to_numpy(), yards["纬度"].to_numpy())
    middle = np.average(xy, axis=0, weights=yards["总人口"])
    return int(yards.index[np.hypot(*(xy - middle).T).argmin()])


def _common_columns(chosen: pd.DataFrame, prefix: str, names: pd.Series) -> pd.DataFrame:
    rows = pd.DataFrame({"设施编号": [f"{prefix}{number:03d}" for number in range(1, len(chosen) + 1)]})
    rows["名称"] = names.to_numpy()
    columns = ["所属社区代码", "经度", "纬度"]
    rows[columns] = chosen[columns].to_numpy()
    return rows.astype({"经度": float, "纬度": float})


def _statuses(layer: Layer, random: np.random.Generator) -> list[str]:
    open_now = layer.count - layer.planned - layer.closed
    statuses = [_PLANNED] * layer.planned + [_CLOSED] * layer.closed + [_OPEN] * open_now
    return list(random.permutation(statuses))


def _dates(rows: pd.DataFrame, statuses: list[str], random: np.random.Generator) -> pd.DataFrame:
    """Give status and dates: what is planned has no opening day, what is closed has a last day."""
    days = np.arange(_FIRST_DAY, _LAST_DAY, dtype="datetime64[D]")
    opened = pd.Series(random.choice(days[: len(days) * 3 // 4], len(rows)))
    closed = pd.Series(random.choice(days[len(days) * 3 // 4 :], len(rows)))
    status = pd.Series(statuses)
    dates = {"启用日期": opened.where(status != _PLANNED), "停用日期": closed.where(status == _CLOSED)}
    written = {name: day.dt.strftime("%Y-%m-%d") for name, day in dates.items()}
    return rows.assign(状态=status, **written)


def _finish(rows: pd.DataFrame) -> pd.DataFrame:
    first = ["设施编号", "名称", "状态", "所属社区代码", "经度", "纬度"]
    last = ["启用日期", "停用日期"]
    middle = [column for column in rows if column not in first + last]
    return rows[first + middle + last].assign(数据性质=SAMPLE)
