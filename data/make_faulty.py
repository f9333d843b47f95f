"""Make the faulty copy of the demo: one district, one planted example of each check, nothing else wrong.

Run from the root of the repository after make_demo.py: `uv run python data/make_faulty.py`. Every draw
is seeded: two runs write the same bytes. `planted.csv` says what was planted where; the checks know
nothing of this script.
"""

import argparse
import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import shapely
from makers.drawing import plant_drawing
from makers.faulty_borders import Registers, plant_registers, plant_units
from makers.faulty_figures import figures, published
from makers.faulty_names import plant_names
from makers.frame import METRES, SAMPLE, chance, in_metres, to_degrees, write_csv
from makers.papers import MADE
from shapely import Point, Polygon

from planner.layers.datums import wgs84_to_gcj02

DISTRICT = "420102"
ISLET = "420102001099"  # a community without polygon, in the river
NOWHERE = "420102099001"  # a code that no community has
MARGIN_M = 900.0  # streets beyond the district: farther than GCJ-02 moves a point
HOMES = 500
MEALS = 60
Planted = tuple[str, str, str]
_FILES = {
    "places.geojson": "One real district outline, synthetic street offices and communities, with planted faults",
    "streets.parquet": "Streets of the district and its surroundings, with planted faults of drawing",
    "residents.csv": "Residential buildings with people, and one planted in the river",
    "day_care.csv": "Day-care centres, one with a wrong unit, one recorded twice",
    "meal_points.csv": "Meal points in a datum the project file does not declare",
    "social_work.csv": "Social-work stations, and one planted in the river",
    "lines.geojson": "Made-up register of border lines along the district, with planted faults",
    "stakes.csv": "Made-up stakes on them, with planted faults",
    "works.geojson": "Made-up works across a line without an agreement",
    "seats.csv": "Made-up seats of communities, one in another community",
    "names.geojson": "Synthetic place names, one planted fault of each kind among them",
    "claims.csv": "Official figures with the numbers they rest on, five of them wrong",
    "indicators.csv": "Made-up indicators, one of which is not what it is made of",
    "name_words.csv": "The project's own words for judging names",
}
_JSON = {"layer_options": {"RFC7946": "YES", "COORDINATE_PRECISION": "7", "WRITE_NAME": "NO"}}


def main() -> None:
    """Read the command line and make the copy."""
    parser = argparse.ArgumentParser(description="Make the faulty copy of the demo city.")
    parser.add_argument("--demo", type=Path, default=Path(__file__).parent)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "faulty")
    given = parser.parse_args()
    make_faulty(given.demo, given.out)


def make_faulty(demo: Path, out: Path) -> None:
    """Cut the district out of the demo, plant the faults, and write both."""
    out.mkdir(parents=True, exist_ok=True)
    places, ways, homes = _places(demo), _ways(demo), _homes(demo)
    places, registers, in_places = _plant_places(places)
    ways, homes, on_streets = _plant_streets(places, ways, homes)
    places, in_people = published(places, homes)
    claims, indicators, in_figures = figures()
    layers, in_facilities = _plant_facilities(demo, places, ways)
    gazetteer, own_words, in_names = plant_names(places)
    gazetteer.to_crs(4326).to_file(out / "names.geojson", driver="GeoJSON", engine="pyogrio", **_JSON)
    write_csv(own_words, out / "name_words.csv")
    places.to_crs(4326).to_file(out / "places.geojson", driver="GeoJSON", engine="pyogrio", **_JSON)
    degrees = ways.to_crs(4326)
    exact = shapely.transform(degrees.geometry.to_numpy(), lambda c: np.round(c, 7))
    degrees.set_geometry(exact, crs=4326).to_parquet(out / "streets.parquet", compression="zstd", index=False)
    registers.lines.to_crs(4326).to_file(out / "lines.geojson", driver="GeoJSON", engine="pyogrio", **_JSON)
    registers.works.to_crs(4326).to_file(out / "works.geojson", driver="GeoJSON", engine="pyogrio", **_JSON)
    layers |= {"stakes": registers.stakes, "seats": registers.seats, "claims": claims, "indicators": indicators}
    for name, table in {"residents": homes, **layers}.items():
        write_csv(table, out / f"{name}.csv")
    faults = in_places + on_streets + in_people + in_facilities + in_names + in_figures
    planted = pd.DataFrame(faults, columns=["code", "feature_id", "what"])
    write_csv(planted.sort_values(["code", "feature_id"]), out / "planted.csv")
    _write_sources(out)


def _write_sources(out: Path) -> None:
    """Write down what each file is, under which licence, and its digest."""
    rows = [
        {
            "path": name,
            "what": what,
            "owner": "© OpenStreetMap contributors" if name == "streets.parquet" else "planner project",
            "link": "data/make_faulty.py, from the files of the demo",
            "licence": "ODbL-1.0" if name == "streets.parquet" else "CC0-1.0 (示例数据,不得用于申报)",
            "date": MADE,
            "sha256": hashlib.sha256((out / name).read_bytes()).hexdigest(),
            "datum": "GCJ-02" if name in ("day_care.csv", "meal_points.csv") else "WGS84",
        }
        for name, what in _FILES.items()
    ]
    write_csv(pd.DataFrame(rows), out / "sources.csv", encoding="utf-8")


def _places(demo: Path) -> gpd.GeoDataFrame:
    places = in_metres(gpd.read_file(demo / "boundaries/places.geojson"))
    places = places[places["place_id"].str.startswith(DISTRICT)].reset_index(drop=True)
    places.loc[places["level"] == "county", "parent_id"] = None
    return places.assign(valid_from=None, sample=True, note="埋有错误的示例")


def _ways(demo: Path) -> gpd.GeoDataFrame:
    """Return the streets of the district and its surroundings, of these the largest component."""
    ways = in_metres(gpd.read_parquet(demo / "streets/wuhan_core.parquet"))
    district = _places(demo).query("level == 'county'").geometry.iloc[0]
    ways = ways[ways.intersects(district.buffer(MARGIN_M))].reset_index(drop=True)
    ends = [tuple(tuple(np.round(p, 2)) for p in shapely.get_coordinates(g)[[0, -1]]) for g in ways.geometry]
    main = max(nx.connected_components(nx.Graph(ends)), key=len)
    return ways[[a in main for a, _ in ends]].reset_index(drop=True)


def _homes(demo: Path) -> pd.DataFrame:
    homes = pd.read_csv(demo / "demand/residents.csv", dtype={"所属社区代码": str}, encoding="utf-8-sig")
    homes = homes[homes["所属社区代码"].str.startswith(DISTRICT)]
    return homes.sample(HOMES, random_state=chance("faulty homes").integers(2**31)).sort_values("编号")


def _plant_places(places: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, Registers, list[Planted]]:
    """Plant faults in rings, borders, codes, names and registers, each in communities of its own."""
    frame = places.set_index("place_id", drop=False)
    free = set(frame.index[frame["level"] == "community"])
    planted: list[Planted] = []
    steps: tuple[Callable[..., Planted], ...] = (_overlap, _gap, _bump, _spike, _same_name, _homophone)
    for plant in steps:
        planted.append(plant(frame, free))
    frame, in_units = plant_units(frame, free)
    registers = plant_registers(frame, free)
    islet = frame.loc[[min(i for i in frame.index if i.startswith(ISLET[:9]) and i != ISLET[:9])]]
    islet = islet.assign(place_id=ISLET, name="江心洲社区", parent_id=ISLET[:9], geometry=None)
    whole = pd.concat([frame, islet], ignore_index=True)
    return whole, registers, [*planted, *in_units, *registers.planted]


def _borders(frame: gpd.GeoDataFrame, free: set[str]) -> Iterator[tuple[str, str, Polygon]]:
    """Return pairs of free communities of one town, with a square of 50 m astride their border and in no third."""
    ids = sorted(free)
    for one in ids:
        for other in (i for i in ids if i > one and i[:9] == one[:9]):
            shared = frame.geometry[one].intersection(frame.geometry[other])
            if shared.length > 150.0:
                middle = shapely.line_interpolate_point(shapely.line_merge(shared), 0.5, normalized=True)
                square = shapely.box(middle.x - 25, middle.y - 25, middle.x + 25, middle.y + 25)
                if shapely.union(frame.geometry[one], frame.geometry[other]).contains(square):
                    yield one, other, square


def _overlap(frame: gpd.GeoDataFrame, free: set[str]) -> Planted:
    one, other, square = next(_borders(frame, free))
    frame.loc[one, "geometry"] = shapely.union(frame.geometry[one], square)
    free -= {one, other}
    return "BC-02", one, f"占去 {frame.name[other]} 的一角"


def _gap(frame: gpd.GeoDataFrame, free: set[str]) -> Planted:
    one, other, square = next(_borders(frame, free))
    for side in (one, other):
        frame.loc[side, "geometry"] = shapely.difference(frame.geometry[side], square)
    free -= {one, other}
    return "BC-03", one, f"与 {frame.name[other]} 之间挖去 50 m x 50 m"


def _bump(frame: gpd.GeoDataFrame, free: set[str]) -> Planted:
    """Let a community at the rim of the district reach 40 m beyond it."""
    rim = frame.geometry[DISTRICT].exterior
    stretch = {i: frame.geometry[i].exterior.intersection(rim.buffer(0.05)).length for i in sorted(free)}
    one = max(stretch, key=lambda i: stretch[i])
    touching = shapely.line_merge(rim.intersection(frame.geometry[one].buffer(0.05)))
    longest = max(shapely.get_parts(touching), key=lambda part: part.length)
    bump = shapely.line_interpolate_point(longest, 0.5, normalized=True).buffer(40.0, quad_segs=4)
    frame.loc[one, "geometry"] = shapely.union(frame.geometry[one], bump)
    free -= {one}
    return "BC-05", one[:9], f"{frame.name[one]} 伸出街道界线 40 m"


def _spike(frame: gpd.GeoDataFrame, free: set[str]) -> Planted:
    """Run a ring from one of its corners into the community and back."""
    one = min(free)
    corners = shapely.get_coordinates(frame.geometry[one].exterior)
    inside = shapely.get_coordinates(frame.geometry[one].representative_point())
    spiked = np.vstack([corners[:2], (corners[1] + inside) / 2.0, corners[1:]])
    frame.loc[one, "geometry"] = Polygon(spiked)
    free -= {one}
    return "BC-01", one, "边界线伸进社区又原路折回"


def _same_name(frame: gpd.GeoDataFrame, free: set[str]) -> Planted:
    one, other = min(free), max(free)
    frame.loc[other, ["name", "valid_from"]] = [frame.loc[one, "name"], "2023-06-01"]
    free -= {one, other}
    return "PN-13", one, f"{other} 于2023年取了同样的名称"


def _homophone(frame: gpd.GeoDataFrame, free: set[str]) -> Planted:
    one, other = min(free), max(free)
    frame.loc[[one, other], "name"] = ["新河社区", "新合社区"]
    free -= {one, other}
    return "PN-14", one, f"与 {other} 同音"


def _plant_streets(
    places: gpd.GeoDataFrame, ways: gpd.GeoDataFrame, homes: pd.DataFrame
) -> tuple[gpd.GeoDataFrame, pd.DataFrame, list[Planted]]:
    """Plant a street that leads nowhere before one house, and one house far from any street."""
    house = homes.iloc[len(homes) // 2]
    at = gpd.GeoSeries([Point(house["经度"], house["纬度"])], crs=4326).to_crs(METRES).iloc[0]
    clear = at.distance(shapely.union_all(ways.geometry.to_numpy()))
    stub = shapely.LineString([(at.x - 4, at.y + clear / 3), (at.x + 4, at.y + clear / 3)])
    island = gpd.GeoDataFrame({"way_id": ["x00001"], "highway": ["residential"]}, geometry=[stub], crs=METRES)
    older = homes.index[len(homes) // 4]
    homes = homes.assign(六十岁以上=homes["六十岁以上"].mask(homes.index == older, homes["总人口"] + 5))
    river = house.copy()
    river["编号"] = "RX001"
    river["所属社区代码"] = ISLET
    river["经度"], river["纬度"] = _far_point(places, ways)
    lost = pd.concat([homes, river.to_frame().T], ignore_index=True).assign(数据性质=SAMPLE)
    drawn, faults = plant_drawing(ways)
    ways = pd.concat([drawn, island.assign(maxspeed="")], ignore_index=True)
    planted = [
        *faults,
        ("NW-01", "x00001", f"{house['编号']} 门前一段不连路网的路"),
        ("NW-02", "RX001", "居民楼落在江心"),
        ("FA-05", str(homes["编号"][older]), "老年人口多于总人口"),
        *(("NW-10", service, f"道路只读到区界外 {MARGIN_M:.0f} m") for service in ("day_care", "social_work")),
        ("NW-11", ISLET, "江心洲社区没有道路"),
    ]
    return ways, lost, planted


def _far_point(places: gpd.GeoDataFrame, ways: gpd.GeoDataFrame) -> tuple[float, float]:
    """Return, in degrees, the point of the district that is farthest from any street, on a lattice of 20 m."""
    district = places.set_index("place_id").geometry[DISTRICT]
    west, south, east, north = district.bounds
    xy = np.stack(np.meshgrid(np.arange(west, east, 20.0), np.arange(south, north, 20.0)), axis=-1).reshape(-1, 2)
    xy = xy[shapely.contains_xy(district, *xy.T)]
    tree = shapely.STRtree(ways.geometry.to_numpy())
    distance = tree.query_nearest(shapely.points(xy), return_distance=True, all_matches=False)[1]
    lon, lat = to_degrees(xy[[int(np.argmax(distance))]])
    return float(lon[0]), float(lat[0])


def _plant_facilities(
    demo: Path, places: gpd.GeoDataFrame, ways: gpd.GeoDataFrame
) -> tuple[dict[str, pd.DataFrame], list[Planted]]:
    """Plant a wrong unit, a double record, a lost station of no unit, and a layer in another datum than is said."""
    day_care = _read(demo / "facilities/day_care.csv")
    day_care["所属社区代码"] = _elsewhere(day_care["所属社区代码"])
    in_records = _plant_records(day_care)
    twice = day_care.iloc[[1]].assign(设施编号="RX002")
    twice["名称"] = twice["名称"].str.replace("社区日间照料中心", "社区老人日间照料中心", regex=False)
    twice["经度"] = [f"{float(lon) + 0.0001:.6f}" for lon in twice["经度"]]  # some 10 m
    stations = in_metres(gpd.read_file(demo / "facilities/social_work.geojson"))
    stations = stations[stations["所属社区代码"].str.startswith(DISTRICT)]
    lon, lat = to_degrees(shapely.get_coordinates(stations.geometry.to_numpy()))
    work = pd.DataFrame(stations.drop(columns="geometry")).assign(经度=lon, 纬度=lat)
    lost = work.iloc[[0]].assign(设施编号="SX001", 名称="江心社工站", 所属社区代码=NOWHERE)
    lost["经度"], lost["纬度"] = _far_point(places, ways)
    stations_at = _addresses(work)
    copied = work.iloc[[2, 2]].assign(设施编号=["SX002", "SX003"], 名称=["沙洲社工站", "柳堤社工站"], 所属社区代码=None)
    layers = {
        "day_care": pd.concat([day_care, twice], ignore_index=True),
        "social_work": pd.concat([work.assign(地址=stations_at), lost, copied], ignore_index=True),
        "meal_points": _meals(places, ways),
    }
    planted = [
        *in_records,
        ("FA-03", work["设施编号"].iloc[2], "三个社工站抄了同一个坐标"),
        ("BC-14", day_care["设施编号"].iloc[0], "所报社区不是所在社区"),
        ("FA-01", "RX002", f"{day_care['设施编号'].iloc[1]} 换个名称又报一次"),
        ("FA-06", NOWHERE, "社工站 SX001 申报的社区代码不在单位表里"),
        ("NW-03", "SX001", "社工站落在江心"),
        ("PN-25", work["设施编号"].iloc[0], "地址里是1998年撤销的黄陂县"),
        ("PN-29", work["设施编号"].iloc[1], "地址在江汉区,却申报在江岸区"),
        ("CR-01", "meal_point", "坐标是 GCJ-02,项目文件写成 wgs84"),
    ]
    return layers, planted


def _plant_records(day_care: pd.DataFrame) -> list[Planted]:
    """Let one centre close before it opens, one have 3 m2 a bed, and one write its beds with their unit."""
    ids = day_care["设施编号"]
    day_care.loc[2, ["启用日期", "停用日期"]] = ["2019-05-01", "2018-05-01"]
    day_care.loc[3, "建筑面积"] = str(3 * int(day_care["床位"][3]))
    day_care.loc[4, "床位"] = f"{day_care['床位'][4]}张"
    return [
        ("FA-02", ids[2], "停用日期早于启用日期"),
        ("FA-04", ids[3], "每张床位3平方米"),
        ("FA-07", "床位(beds)", f"{ids[4]} 的床位连单位一起填"),
    ]


def _addresses(work: pd.DataFrame) -> list[str]:
    """Let the first station stand in a county abolished in 1998, the second in another district than it declares."""
    fine = [f"武汉市江岸区示例路{i}号" for i in range(1, len(work) + 1)]
    return ["武汉市黄陂县前川街1号", "武汉市江汉区民权路2号", *fine[2:]]


def _read(path: Path) -> pd.DataFrame:
    table = pd.read_csv(path, dtype=str, encoding="utf-8-sig")
    return table[table["所属社区代码"].str.startswith(DISTRICT) & (table["状态"] == "在用")].reset_index(drop=True)


def _elsewhere(declared: "pd.Series[str]") -> "pd.Series[str]":
    """Let the first facility declare the unit of the last."""
    wrong = declared.copy()
    wrong.iloc[0] = declared.iloc[-1]
    return wrong


def _meals(places: gpd.GeoDataFrame, ways: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return meal points 12 m beside streets, in GCJ-02; read as WGS 84 they still lie within 90 m of a street."""
    middle = shapely.line_interpolate_point(ways.geometry.to_numpy(), 0.5, normalized=True)
    xy = shapely.get_coordinates(middle) + chance("faulty meals").normal(0.0, 8.0, (len(middle), 2))
    lon, lat = wgs84_to_gcj02(*to_degrees(xy))
    stand = gpd.GeoSeries(gpd.points_from_xy(lon, lat, crs=4326)).to_crs(METRES).to_numpy()
    tree = shapely.STRtree(ways.geometry.to_numpy())
    near = tree.query_nearest(stand, return_distance=True, all_matches=False)[1] < 90.0
    near &= shapely.contains_xy(places.set_index("place_id").geometry[DISTRICT], *xy.T)
    rows = np.sort(chance("faulty choice").choice(np.flatnonzero(near), MEALS, replace=False))
    names = [f"示例助餐点{i:02d}号" for i in range(1, MEALS + 1)]
    ids = [f"ZX{i:03d}" for i in range(1, MEALS + 1)]
    columns = {"设施编号": ids, "名称": names, "经度": lon[rows].round(6), "纬度": lat[rows].round(6)}
    return pd.DataFrame(columns).assign(状态="在用", 数据性质=SAMPLE)


if __name__ == "__main__":
    main()
