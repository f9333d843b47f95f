"""Put people into synthetic buildings along real streets, district by district to the person."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.spatial import KDTree

from .frame import SAMPLE, chance, in_metres, lines_in_metres, share_out, to_degrees, to_metres

BUILDINGS = 9000
_HOME_STREETS = (
    "residential",
    "living_street",
    "tertiary",
    "secondary",
    "unclassified",
    "pedestrian",
)
_STEP_M = 12.0  # one trial plot this often along a street
_OFF_M = (10.0, 60.0)  # how far off its street a building stands
_CLEAR_M = 10.0  # and how far off any other street at least
_APART_M = 16.0
_FEWEST = 8  # nobody's household can be picked out of a building

# Middle lines of the two rivers (degrees); the blocks of the street map that they pass are water.
RIVERS = (
    ((114.262, 30.515), (114.277, 30.532), (114.2835, 30.553), (114.288, 30.565),
     (114.298, 30.575), (114.312, 30.590), (114.330, 30.614)),
    ((114.2866, 30.5665), (114.279, 30.5662), (114.2755, 30.5633), (114.270, 30.5633),
     (114.262, 30.5648), (114.250, 30.5664), (114.243, 30.5695)),
)  # fmt: skip

# Lakes, hills and large parks (degrees): nobody lives in their blocks.
_EMPTY = (
    (114.3250, 30.5680),
    (114.2530, 30.5600),
    (114.3065, 30.5385),
    (114.2715, 30.5590),
    (114.2660, 30.5855),
)

# Old cores (degrees) with reach in metres: Hankou's, Wuchang's and Hanyang's.
_CORES = (
    ((114.2840, 30.5800), 1900.0),
    ((114.2980, 30.5480), 1600.0),
    ((114.2660, 30.5520), 1200.0),
)

# Column: the census bands that make it up.
_GROUPS = {
    "六十岁以上": ("AGES_60-64", "AGES_65-69", "AGES_70-74", "AGES_75-79", "AGES_80-84", "AGES_85P"),
    "八十岁以上": ("AGES_80-84", "AGES_85P"),
    "儿童": ("AGES_0-14",),
}


def read_census(folder: Path) -> pd.DataFrame:
    """Read the 2020 census of all counties, indexed by code: POPU, HHLD_S, AGES_*."""
    files = ("population.csv", "households.csv", "ages.csv")
    tables = [pd.read_csv(folder / file, dtype={"CODE": str}, encoding="utf-8-sig") for file in files]
    return pd.concat([table.set_index("CODE").drop(columns="NAME") for table in tables], axis=1)


def count_people(clipped: gpd.GeoDataFrame, whole_m2: pd.Series, census: pd.DataFrame) -> pd.DataFrame:
    """Return each clipped district's totals in whole people, by code.

    A district keeps the part of its census population that it keeps of its area; ages and
    household size are the whole district's. `clipped` has place_id and geometry.
    """
    counts = census.loc[clipped.place_id.to_list()]
    inside = in_metres(clipped.set_index("place_id")).area / whole_m2
    totals = pd.DataFrame({"总人口": (counts.POPU * inside).round().astype(int)})
    for column, bands in _GROUPS.items():
        share = counts[list(bands)].astype(float).sum(axis=1)
        totals[column] = (totals.总人口 * share).round().astype(int)
    totals["户数"] = (totals.总人口 / counts.HHLD_S.astype(float)).round().astype(int)
    return totals


def make_residents(streets: gpd.GeoDataFrame, places: gpd.GeoDataFrame, totals: pd.DataFrame) -> pd.DataFrame:
    """Return the residential buildings with their people, in WGS 84, ordered by community."""
    homes = _choose_plots(streets, places)
    parts = [_settle(part, totals) for _, part in homes.groupby("county_id")]
    homes = pd.concat(parts).sort_values(["所属社区代码", "纬度", "经度"], ignore_index=True)
    homes.insert(0, "编号", [f"R{number:05d}" for number in range(1, len(homes) + 1)])
    homes["数据性质"] = SAMPLE
    people = list(totals.columns)
    return homes[["编号", "经度", "纬度", "所属社区代码", "所属社区", *people, "数据性质"]]


def empty_blocks(streets: gpd.GeoDataFrame) -> shapely.Geometry:
    """Return the blocks between streets where nobody lives, metres: rivers, lakes, hills, parks."""
    lines = shapely.union_all(in_metres(streets).geometry.to_numpy())
    rivers = lines_in_metres(RIVERS)
    nothing = shapely.MultiPoint(to_metres(*np.array(_EMPTY).T))
    blocks = gpd.GeoSeries(list(shapely.polygonize([lines]).geoms))
    return shapely.union_all(blocks[blocks.intersects(rivers.union(nothing))].to_numpy())


def _choose_plots(streets: gpd.GeoDataFrame, places: gpd.GeoDataFrame) -> pd.DataFrame:
    """Draw plots without replacement by density; the draws are as many as buildings."""
    random = chance("plots")
    plots = _trial_plots(streets, random)
    plots = plots[_is_buildable(plots, streets)]
    homes = _declare(plots, places)
    weight = _density(to_metres(homes.经度.to_numpy(), homes.纬度.to_numpy()), random)
    chosen = random.choice(len(homes), BUILDINGS, replace=False, p=weight / weight.sum())
    return homes.assign(weight=weight).iloc[np.sort(chosen)]


def _trial_plots(streets: gpd.GeoDataFrame, random: np.random.Generator) -> NDArray[np.float64]:
    """Return points beside streets with homes, in metres, none closer than `_APART_M`."""
    lines = in_metres(streets[streets.highway.isin(_HOME_STREETS)]).geometry.to_numpy()
    count = np.floor(shapely.length(lines) / _STEP_M).astype(int)
    line = np.repeat(lines, count)
    along = random.uniform(0.0, 1.0, len(line)) * shapely.length(line)
    here = shapely.get_coordinates(shapely.line_interpolate_point(line, along))
    turn = random.uniform(0.0, 2 * np.pi, len(line))
    away = random.uniform(*_OFF_M, len(line))
    plots: NDArray[np.float64] = here + away[:, None] * np.column_stack([np.cos(turn), np.sin(turn)])
    cell = np.floor(plots / _APART_M).astype(np.int64)
    return plots[np.sort(np.unique(cell, axis=0, return_index=True)[1])]


def _is_buildable(plots: NDArray[np.float64], streets: gpd.GeoDataFrame) -> NDArray[np.bool_]:
    """Tell which plots stand clear of every street and out of water and parks."""
    lines = shapely.STRtree(in_metres(streets).geometry.to_numpy())
    points = shapely.points(plots)
    hit = lines.query(points, predicate="dwithin", distance=_CLEAR_M)[0]
    clear: NDArray[np.bool_] = ~np.isin(np.arange(len(plots)), hit)
    empty = empty_blocks(streets)
    shapely.prepare(empty)
    dry: NDArray[np.bool_] = ~shapely.intersects(empty, points)
    return clear & dry


def _declare(plots: NDArray[np.float64], places: gpd.GeoDataFrame) -> pd.DataFrame:
    """Keep the plots inside the study area and say in which community and district each lies."""
    lon, lat = to_degrees(plots)
    points = gpd.GeoDataFrame(geometry=gpd.points_from_xy(lon, lat), crs=places.crs)
    communities = places[places.level == "community"]
    inside = gpd.sjoin(points, communities, predicate="within").sort_index()
    declared = pd.DataFrame({"经度": lon[inside.index], "纬度": lat[inside.index]})
    declared["所属社区代码"] = inside.place_id.to_numpy()
    declared["所属社区"] = inside.name.to_numpy()
    declared["county_id"] = inside.place_id.str[:6].to_numpy()
    return declared


def _density(xy: NDArray[np.float64], random: np.random.Generator) -> NDArray[np.float64]:
    """Return relative density: high in the old cores, and uneven as estates and workplaces are."""
    density = np.full(len(xy), 0.35)
    for centre, reach in _CORES:
        far = np.hypot(*(xy - to_metres(*np.array([centre]).T)).T)
        density += np.exp(-((far / reach) ** 2))
    estates = xy[random.choice(len(xy), 260, replace=False)]
    near = KDTree(estates).query(xy)[0]
    lively: NDArray[np.float64] = density * (0.25 + np.exp(-((near / 160.0) ** 2)))
    return lively


def _settle(homes: pd.DataFrame, totals: pd.DataFrame) -> pd.DataFrame:
    """Share a district's people out over its buildings; the columns sum to the totals."""
    county = homes.county_id.iloc[0]
    total = {str(name): int(count) for name, count in totals.loc[county].items()}
    random = chance(f"people {county}")
    size = homes.weight.to_numpy() ** 0.5 * random.lognormal(0.0, 0.5, len(homes))
    spare = total["总人口"] - _FEWEST * len(homes)
    people = _FEWEST + share_out(spare, size)
    old_part = 0.75 + 0.5 * random.beta(2, 2, len(homes))
    pop60 = share_out(total["六十岁以上"], people * old_part)
    pop80 = share_out(total["八十岁以上"], pop60 * (0.8 + 0.4 * random.random(len(homes))))
    child = share_out(total["儿童"], people * (1.75 - old_part / 1.25))
    households = share_out(total["户数"], people.astype(float))
    return homes.assign(总人口=people, 六十岁以上=pop60, 八十岁以上=pop80, 儿童=child, 户数=households)
