"""Divide the study area: real districts, synthetic street offices and communities inside them."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.cluster.vq import kmeans2
from scipy.spatial import KDTree
from shapely import Polygon

from .frame import DEGREES, DIGITS, SAMPLE, chance, in_metres, study_area, to_metres
from .names import fresh_names

CITY = "420100"
CUT = "界线裁剪至示例范围"
_GRID = 10.0**-DIGITS
_PEOPLE_A_COMMUNITY = 3600
_COMMUNITIES_A_TOWN = 10
_HOME_STREETS = ("residential", "living_street", "tertiary", "pedestrian", "unclassified")
_COLUMNS = ("place_id", "name", "level", "kind", "parent_id", "urban_rural", "sample", "note")


def make_places(districts: gpd.GeoDataFrame, streets: gpd.GeoDataFrame, people: pd.Series) -> gpd.GeoDataFrame:
    """Return the four levels in one table; children tile their parents to the last vertex.

    `districts` come from `read_districts`, `people` are their inhabitants inside the study area.
    """
    seeds = _seeds(districts, _home_points(streets), people)
    communities = _name(_outline(districts, seeds))
    towns = communities.dissolve("town_id", as_index=False)
    counties = communities.dissolve("county_id", as_index=False)
    city = gpd.GeoDataFrame(geometry=[communities.union_all()], crs=DEGREES)
    parts = [
        _city_rows(city),
        _county_rows(counties, districts),
        _town_rows(towns),
        _community_rows(communities),
    ]
    places = gpd.GeoDataFrame(pd.concat(parts, ignore_index=True), crs=DEGREES)
    return places[[*_COLUMNS, "geometry"]]


def read_districts(source: Path) -> gpd.GeoDataFrame:
    """Read the districts that meet the study box, clipped to it.

    Returns place_id, name, whole_m2 (the district's area in and out of the box), geometry.
    """
    whole = gpd.read_file(source).to_crs(DEGREES)
    whole = whole[whole.intersects(study_area())].reset_index(drop=True)
    cut = whole.geometry.intersection(study_area(), grid_size=_GRID)
    clipped = gpd.GeoDataFrame(geometry=cut, crs=DEGREES)
    clipped["place_id"] = whole["gb"].astype(str).str.removeprefix("156")
    clipped["name"] = whole["name"]
    clipped["whole_m2"] = in_metres(whole).area
    return clipped.sort_values("place_id", ignore_index=True)


def _home_points(streets: gpd.GeoDataFrame) -> NDArray[np.float64]:
    """Return the starting points of streets with homes inside the study box, degrees."""
    homes = streets[streets.highway.isin(_HOME_STREETS)]
    ends = shapely.get_coordinates(shapely.get_point(homes.geometry.to_numpy(), 0))
    inside = shapely.contains_xy(study_area(), ends)
    return np.unique(ends[inside], axis=0)


def _seeds(districts: gpd.GeoDataFrame, homes: NDArray[np.float64], people: pd.Series) -> pd.DataFrame:
    """Place communities where streets are, and group them to towns; positions in whole metres."""
    parts = []
    for district in districts.itertuples():
        inside = homes[shapely.contains_xy(district.geometry, homes)]
        count = max(8, round(people[district.place_id] / _PEOPLE_A_COMMUNITY))
        centres = _cluster(to_metres(*inside.T), count, f"communities {district.place_id}")
        towns = max(2, round(count / _COMMUNITIES_A_TOWN))
        heads = _cluster(centres, towns, f"towns {district.place_id}")
        part = pd.DataFrame(centres, columns=["x", "y"])
        part["county_id"] = district.place_id
        part["town"] = KDTree(heads).query(centres)[1]
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


def _cluster(points: NDArray[np.float64], count: int, part: str) -> NDArray[np.float64]:
    centres: NDArray[np.float64] = kmeans2(points, count, seed=chance(part), minit="++", iter=30)[0]
    return np.round(centres)


def _outline(districts: gpd.GeoDataFrame, seeds: pd.DataFrame) -> gpd.GeoDataFrame:
    """Return one polygon a seed: its Voronoi cell inside its district, all noded on one grid.

    A piece cut off from the rest of its cell goes to the neighbour it shares most border with.
    """
    faces = _faces(districts, seeds)
    while True:
        loose = _loose_faces(faces)
        if not loose:
            break
        faces.loc[loose[0], "seed"] = _best_neighbour(faces, loose[0])
    cells = faces.dissolve("seed")[["geometry"]]
    return cells.join(seeds).reset_index(drop=True)


def _faces(districts: gpd.GeoDataFrame, seeds: pd.DataFrame) -> gpd.GeoDataFrame:
    lines = [district.boundary for district in districts.geometry]
    for district in districts.itertuples():
        mine = seeds[seeds.county_id == district.place_id]
        lines.append(_voronoi_edges(mine).intersection(district.geometry))
    noded = shapely.union_all([shapely.union_all(line) for line in lines], grid_size=_GRID)
    faces = gpd.GeoDataFrame(geometry=list(shapely.polygonize([noded]).geoms), crs=DEGREES)
    inner = faces.representative_point()
    faces["county_id"] = gpd.sjoin(gpd.GeoDataFrame(geometry=inner), districts[["place_id", "geometry"]]).place_id
    faces["seed"] = [_nearest_seed(seeds, county, point) for county, point in zip(faces.county_id, inner, strict=True)]
    return faces


def _voronoi_edges(seeds: pd.DataFrame) -> shapely.Geometry:
    """Return the Voronoi edges of seeds in degrees, reaching beyond the study box."""
    corners = shapely.MultiPoint(to_metres(*np.array(study_area().exterior.coords).T))
    points = shapely.MultiPoint(seeds[["x", "y"]].to_numpy())
    edges = shapely.voronoi_polygons(points, extend_to=corners.buffer(5000), only_edges=True)
    return gpd.GeoSeries([edges], crs="EPSG:4547").to_crs(DEGREES).iloc[0]


def _nearest_seed(seeds: pd.DataFrame, county: str, point: shapely.Point) -> int:
    mine = seeds[seeds.county_id == county]
    here = to_metres(np.array([point.x]), np.array([point.y]))
    return int(mine.index[KDTree(mine[["x", "y"]]).query(here)[1][0]])


def _loose_faces(faces: gpd.GeoDataFrame) -> list[int]:
    """Return the faces that do not hang together with the largest face of their seed."""
    loose: list[int] = []
    for _, group in faces.groupby("seed"):
        whole = shapely.union_all(group.geometry.to_numpy())
        if not isinstance(whole, Polygon):
            body = max(whole.geoms, key=lambda part: float(part.area))
            loose += [int(i) for i in group.index[~group.representative_point().within(body)]]
    return loose


def _best_neighbour(faces: gpd.GeoDataFrame, loose: int) -> int:
    others = faces[(faces.county_id == faces.county_id[loose]) & (faces.seed != faces.seed[loose])]
    shared = shapely.length(shapely.intersection(others.geometry, faces.geometry[loose]))
    return int(others.seed.to_numpy()[shared.argmax()])


def _name(cells: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Number towns in a district and communities in a town from north to south, and name them."""
    cells = cells.copy()
    heads = cells.groupby(["county_id", "town"]).y.mean().rename("head").reset_index()
    heads = heads.sort_values(["county_id", "head"], ascending=[True, False])
    heads["town_id"] = heads.county_id + _serial(heads.groupby("county_id").cumcount())
    cells = cells.merge(heads, on=["county_id", "town"])
    cells = cells.sort_values(["town_id", "y", "x"], ascending=[True, False, True], ignore_index=True)
    cells["place_id"] = cells.town_id + _serial(cells.groupby("town_id").cumcount())
    names = fresh_names(len(cells) + len(heads))
    cells["name"] = names[: len(cells)]
    towns = dict(zip(sorted(heads.town_id), names[len(cells) :], strict=True))
    cells["town_name"] = cells.town_id.map(towns)
    return cells.drop(columns=["x", "y", "town", "head"])


def _serial(numbers: pd.Series) -> pd.Series:
    return (numbers + 1).astype(str).str.zfill(3)


def _city_rows(city: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    return _rows(city, place_id=CITY, name="武汉市", level="city", kind="市", note=CUT)


def _county_rows(counties: gpd.GeoDataFrame, districts: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    codes = counties.county_id
    names = codes.map(districts.set_index("place_id").name)
    base = counties[["geometry"]].assign(parent_id=CITY)
    return _rows(base, place_id=codes, name=names, level="county", kind="市辖区", note=CUT)


def _town_rows(towns: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    base = towns[["geometry"]].assign(parent_id=towns.county_id, sample=True)
    name = towns.town_name + "街道"
    return _rows(base, place_id=towns.town_id, name=name, level="town", kind="街道", note=SAMPLE)


def _community_rows(cells: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    base = cells[["geometry"]].assign(parent_id=cells.town_id, sample=True)
    name = cells.name + "社区"
    return _rows(base, place_id=cells.place_id, name=name, level="community", kind="社区", note=SAMPLE)


def _rows(base: gpd.GeoDataFrame, **columns: object) -> gpd.GeoDataFrame:
    """Complete a level's rows: urban, without a parent and not a sample unless said."""
    filled = {"parent_id": None, "sample": False, "urban_rural": "urban"} | columns
    return base.assign(**{name: value for name, value in filled.items() if name not in base})
