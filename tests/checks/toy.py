"""Fixtures of the checks: for every code one layer set that triggers it, and clean ones that trigger nothing.

A plain of squares in EPSG:4549, 1,000 m each, and a street grid of 100 m blocks around (500000, 3540000),
which is about 120.0E 32.0N, inside China's frame.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely
from shapely.geometry import LineString, Polygon, box

from planner.checks import Reach
from planner.layers import Ways, datums
from planner.layers.parts import SPOT_TAGS, TAGS
from planner.network import StreetNetwork, build_network

CRS = "EPSG:4549"
X0, Y0 = 500_000.0, 3_540_000.0


@dataclass(frozen=True, kw_only=True)
class Toy:
    """What `run_checks` reads of the layers."""

    places: Any = None
    facilities: Any = None
    demand: Any = None
    streets: Any = None
    borders: Any = None
    names: Any = None
    rules: Any = None
    strays: Any = None
    claims: Any = None
    indicators: Any = None
    assumed: Any = None
    inputs: Any = ()
    crs: str = CRS


ON = date(2026, 1, 1)
"""The day on which the fixtures are checked."""


def square(x: float, y: float, side: float = 1000.0, height: float | None = None) -> Polygon:
    """A square with its lower left corner x, y metres from the origin of the plain."""
    return box(X0 + x, Y0 + y, X0 + x + side, Y0 + y + (side if height is None else height))


def places(*rows: dict[str, Any]) -> gpd.GeoDataFrame:
    frame = pd.DataFrame(rows).set_index("place_id")
    frame = frame.assign(level=frame["level"].fillna("town") if "level" in frame else "town")
    if "parent_id" not in frame:
        frame["parent_id"] = None
    return gpd.GeoDataFrame(frame, geometry="geometry", crs=CRS) if "geometry" in frame else frame


def towns(*polygons: Any) -> gpd.GeoDataFrame:
    """Towns t1, t2 … without codes, so that only geometry is judged."""
    return places(*({"place_id": f"t{i}", "name": f"{i}镇", "geometry": p} for i, p in enumerate(polygons, start=1)))


def points(ids: list[str], xy: Any, **columns: Any) -> gpd.GeoDataFrame:
    xy = np.asarray(xy, dtype=float) + np.array([X0, Y0])
    return gpd.GeoDataFrame(pd.DataFrame(columns, index=ids), geometry=gpd.points_from_xy(*xy.T, crs=CRS))


def facilities(*rows: tuple[str, str, float, float], **columns: Any) -> gpd.GeoDataFrame:
    """Day-care centres (id, name, x, y)."""
    ids, names, x, y = zip(*rows, strict=True)
    return points(list(ids), np.column_stack([x, y]), service="day_care", name=list(names), **columns)


def demand(*rows: tuple[str, float, float, float], **columns: Any) -> gpd.GeoDataFrame:
    """Demand points (id, x, y, people)."""
    ids, x, y, people = zip(*rows, strict=True)
    return points(list(ids), np.column_stack([x, y]), pop=list(people), **columns)


def strays(*rows: tuple[str, str, str]) -> pd.DataFrame:
    """What declares a code no place has (id, layer, code)."""
    frame = pd.DataFrame(rows, columns=["feature_id", "layer", "place_id"], dtype=object)
    return frame.set_index("feature_id")


def assumed(*cells: dict[str, Any]) -> pd.DataFrame:
    """What was assumed of the beds of a register of facilities."""
    usual = {"layer": "facilities.day_care", "path": "养老.xlsx", "column": "床位(beds)", "how": "unit"}
    return pd.DataFrame([usual | {"n": 2, "rows": "2, 4", "text": "20张", "read": "20"} | cell for cell in cells])


def grid(n: int, *, block_m: float = 100.0, x: float = 0.0, y: float = 0.0, tag: str = "g") -> Any:
    """Nodes and edges of an n x n grid of blocks."""
    at = {(i, j): f"{tag}{i}_{j}" for i in range(n + 1) for j in range(n + 1)}
    nodes = {name: (X0 + x + i * block_m, Y0 + y + j * block_m) for (i, j), name in at.items()}
    links = [(at[i, j], at[i + 1, j]) for i in range(n) for j in range(n + 1)]
    links += [(at[i, j], at[i, j + 1]) for i in range(n + 1) for j in range(n)]
    return nodes, links


def network(*grids: Any) -> StreetNetwork:
    nodes = {k: v for g in grids for k, v in g[0].items()}
    links = [link for g in grids for link in g[1]]
    frame = pd.DataFrame(links, columns=["from_id", "to_id"], index=[f"e{i:05d}" for i in range(len(links))])
    lines = [LineString([nodes[a], nodes[b]]) for a, b in links]
    frame = frame.assign(length_m=shapely.length(lines), name="")
    return StreetNetwork.from_edges(pd.DataFrame(nodes, index=["x", "y"]).T, frame, crs=CRS)


def ways(*lines: Any, **tags: list[str]) -> Ways:
    """Ways w0, w1 … over points (x, y) from the origin of the plain; they meet where they share a point."""
    xy = np.concatenate([np.asarray(line, dtype=float) for line in lines])
    places, vertex = np.unique(xy, axis=0, return_inverse=True)
    frame = pd.DataFrame({tag: tags.get(tag, [""] * len(lines)) for tag in TAGS}, dtype=object)
    frame["highway"] = tags.get("highway", ["residential"] * len(lines))
    return Ways(
        way_id=np.array([f"w{i}" for i in range(len(lines))]),
        tags=frame,
        offsets=np.concatenate([[0], np.cumsum([len(line) for line in lines])]).astype(np.int64),
        vertex=vertex.reshape(-1).astype(np.int64),
        xy=places + np.array([X0, Y0]),
        crs=CRS,
        declared="wgs84",
    )


def street_grid(n: int, *, noded: bool = True) -> list[list[tuple[float, float]]]:
    """N streets east and n north, 100 m apart, inside a frame they all touch; noded: with a vertex at each crossing."""
    marks = [100.0 * i for i in range(n + 2)]
    rim = (marks[0], marks[-1])
    along = marks if noded else list(rim)
    frame = [[(x, y) for x in marks] for y in rim] + [[(x, y) for y in marks] for x in rim]
    return frame + [[(x, y) for x in along] for y in marks[1:-1]] + [[(x, y) for y in along] for x in marks[1:-1]]


def built(streets: Ways) -> tuple[Toy, StreetNetwork]:
    """What the checks of drawings ask: the ways, and the network of them."""
    return Toy(streets=streets), build_network(streets)


def _gated(*, around: bool) -> tuple[Toy, StreetNetwork]:
    """A private gate at (100, 0): the only way from the first way to the next, or not where a third leads round."""
    streets = ways([(0, 0), (100, 0), (200, 0)], *[[(0, 0), (0, 90), (200, 0)]] * around)
    spots = pd.DataFrame([dict.fromkeys(SPOT_TAGS, "") | {"barrier": "gate", "access": "private"}], dtype=object)
    spots.index = [int(np.flatnonzero((streets.xy == (X0 + 100, Y0)).all(axis=1))[0])]
    return built(replace(streets, spots=spots))


def crooked(n: int, *, block_m: float = 120.0, jitter_m: float = 30.0, seed: int = 1) -> Any:
    """A grid whose crossings are pushed about: no shift maps its streets on each other."""
    rng = np.random.default_rng(seed)
    nodes, links = grid(n, block_m=block_m)
    pushed = {name: tuple(np.add(xy, rng.uniform(-jitter_m, jitter_m, 2))) for name, xy in nodes.items()}
    return pushed, links


def beside_streets(nodes: Any, links: Any, n: int, *, low: float, high: float, seed: int = 2) -> np.ndarray:
    """Points 5 m beside the middles of n streets whose middles lie between low and high, from the origin."""
    ends = np.array([[nodes[a], nodes[b]] for a, b in links]) - np.array([X0, Y0])
    middle, along = ends.mean(axis=1), ends[:, 1] - ends[:, 0]
    inside = np.flatnonzero(((middle > low) & (middle < high)).all(axis=1))
    chosen = np.random.default_rng(seed).choice(inside, n, replace=False)
    across = np.column_stack([-along[:, 1], along[:, 0]]) / np.linalg.norm(along, axis=1, keepdims=True)
    return (middle + 5.0 * across)[chosen]


def shifted(xy: np.ndarray, shift: Callable[..., Any]) -> np.ndarray:
    """Move points of the plain as a shift of degrees moves them."""
    there = pyproj.Transformer.from_crs(CRS, 4326, always_xy=True)
    lon, lat = shift(*there.transform(*(xy + np.array([X0, Y0])).T))
    back = pyproj.Transformer.from_crs(4326, CRS, always_xy=True)
    return np.column_stack(back.transform(lon, lat)) - (X0, Y0)


def county(*names: tuple[str, str], **columns: Any) -> pd.DataFrame:
    """Villages (code, name) of one county, without polygons."""
    rows = [{"place_id": "320116", "name": "六合区", "level": "county", "parent_id": None}]
    rows += [{"place_id": c, "name": n, "level": "community", "parent_id": "320116"} for c, n in names]
    return places(*rows).assign(**{k: [None, *v] for k, v in columns.items()})


BOWTIE = Polygon([(X0, Y0), (X0 + 1000, Y0 + 1000), (X0 + 1000, Y0), (X0, Y0 + 1000)])
BLOCKS = 10
CITY = crooked(40)  # 4.8 km wide, nowhere 100 m from a street; its points keep 1.4 km from the rim
SIDE = beside_streets(*CITY, 60, low=1400.0, high=3400.0)
_IDS = [f"f{i:02d}" for i in range(60)]
_NAMES = [f"第{i}日间照料中心" for i in range(60)]


def _layer(xy: np.ndarray) -> gpd.GeoDataFrame:
    return points(_IDS, xy, service="day_care", name=_NAMES)


def _parted() -> gpd.GeoDataFrame:
    """A county of 2,000 x 1,000 m; its two towns lack a strip of 100 x 1,000 m."""
    return places(
        {"place_id": "c", "name": "某县", "level": "county", "geometry": square(0, 0, 2000, 1000)},
        {"place_id": "t1", "name": "甲镇", "parent_id": "c", "geometry": square(0, 0)},
        {"place_id": "t2", "name": "乙镇", "parent_id": "c", "geometry": square(1000, 0, 900, 1000)},
    )


def _tiled() -> gpd.GeoDataFrame:
    """The same, but the towns stop 6 m short, which is within the tolerance of 8 m."""
    frame = _parted()
    frame.loc["t2", "geometry"] = square(1000, 0, 994, 1000)
    return frame


def _coded(code: str, **fields: Any) -> pd.DataFrame:
    return places(
        {"place_id": "320116", "name": "六合区", "level": "county"},
        {"place_id": code, "level": "town", "parent_id": "320116"} | {"name": "竹镇镇"} | fields,
    )


def pair() -> gpd.GeoDataFrame:
    """Two counties of 40 x 40 km, 320106 west and 320111 east; their border runs at x = 0 from y = 40 km down to 0."""
    return counties(square(-40_000, 0, 40_000, 40_000), square(0, 0, 40_000, 40_000))


def counties(west: Any, east: Any) -> gpd.GeoDataFrame:
    return places(
        {"place_id": "320106", "name": "甲区", "level": "county", "geometry": west},
        {"place_id": "320111", "name": "乙区", "level": "county", "geometry": east},
    )


def line(*xy: tuple[float, float], line_id: str = "L1", units: str = "320106;320111", **fields: Any) -> Any:
    """A registered line; without points it is not drawn."""
    row = {"units": units, "name": "甲乙线"} | fields
    frame = pd.DataFrame({k: [v] for k, v in row.items()}, index=[line_id])
    shape = LineString(np.add(xy, (X0, Y0))) if xy else None
    return gpd.GeoDataFrame(frame, geometry=[shape], crs=CRS)


def stakes(*rows: tuple[str, float, float], **columns: Any) -> gpd.GeoDataFrame:
    """Stakes (number after the code of the line, x, y)."""
    numbers, x, y = zip(*rows, strict=True)
    numbers = [n if len(n) > 4 else f"320106320111{n}" for n in numbers]
    ids = [f"s:{i + 2}" for i in range(len(rows))]
    return points(ids, np.column_stack([x, y]), number=numbers, **columns)


DOWN = ((0.0, 40_000.0), (0.0, 0.0))  # the border of `pair`, as it is numbered: from north to south
ROW = (("001Q", 0.0, 35_000.0), ("002Q", 0.0, 25_000.0), ("003Q", 0.0, 15_000.0))


def register(*rows: tuple[str, float, float], drawn: Any = DOWN, **columns: Any) -> Toy:
    """A line from north to south and its stakes, without polygons."""
    return Toy(borders={"lines": line(*drawn), "stakes": stakes(*rows, **columns)})


def lines_alone(**fields: Any) -> Toy:
    return Toy(borders={"lines": line(*DOWN, **fields)})


def three(junction: tuple[float, float] | None = (0.0, 0.0)) -> Toy:
    """Three counties that meet in the origin, the lines between them, and a junction stake."""
    frame = pd.concat(
        [
            pair(),
            places(
                {"place_id": "320115", "name": "丙区", "level": "county"}
                | {"geometry": Polygon(np.add([(-4e4, 0), (-4e4, -4e4), (4e4, -4e4), (4e4, 0), (0, 0)], (X0, Y0)))}
            ),
        ]
    )
    sides = ("320106;320111", "320106;320115", "320111;320115")
    known = [line(line_id=f"L{i}", units=units) for i, units in enumerate(sides, start=1)]
    tables = {"lines": pd.concat(known)}
    if junction is not None:
        tables["stakes"] = stakes(("320106320111320115S", *junction), kind=["junction"])
    return Toy(places=frame, borders=tables)


def bricks(*pairs: str) -> Toy:
    """Towns t1 and t3 in the west, t2 and t4 half a step higher in the east, and lines between some of them."""
    frame = towns(*(square(x, y) for x, y in ((0, 0), (1000, 500), (0, 1000), (1000, 1500))))
    known = [line(line_id=f"L{p}", units=f"t{p[0]};t{p[1]}") for p in pairs]
    return Toy(places=frame, borders={"lines": pd.concat(known)})


def parted(*shapes: Any) -> gpd.GeoDataFrame:
    """Towns whose first has several parts."""
    return towns(shapely.multipolygons(list(shapes[0])), *shapes[1:])


def dated(value: str | None) -> list[Any]:
    return [pd.Timestamp(value) if value else pd.NaT]


def _figures(km2: float) -> gpd.GeoDataFrame:
    return towns(square(0, 0)).assign(area_km2=km2)


def _people(*pop: float, years: Any = None) -> pd.DataFrame:
    frame = county(("320116101201", "李庄村委会"), ("320116101202", "王庄村委会")).assign(pop_official=pop)
    return frame if years is None else frame.assign(pop_year=years)


SPIKE = Polygon(np.add([(0, 0), (1000, 0), (1000, 500), (2000, 501), (1000, 502), (1000, 1000), (0, 1000)], (X0, Y0)))
# the east border of the first town wanders up to 3 m into the second, in one bay of 500 m
WAVY = Polygon(np.add([(0, 0), (1000, 0), (1000, 250), (1003, 500), (1000, 750), (1000, 1000), (0, 1000)], (X0, Y0)))
RINGED = Polygon(square(0, 0).exterior, [square(400, 400, 100).exterior])
_SEAT = {"seats": points(["t1"], [(1060.0, 500.0)], name="甲镇政府")}
_AT_HOME = {"seats": points(["t1"], [(500.0, 500.0)], name="甲镇政府")}
_DAMAGED: dict[str, Any] = {"state": ["damaged", "standing", "standing"]}
_TRIPLE = (("001C", 10.0, 35_000.0), ("001D", -10.0, 35_000.0), ("001E", -10.0, 35_010.0))
_WORK = gpd.GeoDataFrame({"name": ["某大桥"]}, index=["w1"], geometry=[square(-50, 100, 100, 20)], crs=CRS)
_SHIFTED = tuple((f"{i:03d}Q", 80.0, 39_000.0 - 5000.0 * i) for i in range(1, 7))


def _card(dy: float) -> Toy:
    """A stake whose card says it stands dy metres north of where it stands."""
    back = pyproj.Transformer.from_crs(CRS, 4326, always_xy=True)
    lon, lat = back.transform(X0, Y0 + 35_000.0 + dy)
    return register(("001Q", 0.0, 35_000.0), card_lon=[lon], card_lat=[lat])


_TWO = towns(square(0, 0), square(1000, 0))
_GRID = network(grid(BLOCKS))
_NET = network(CITY)

TRIGGER: dict[str, tuple[Toy, Any]] = {
    "BC-01": (Toy(places=towns(BOWTIE)), None),
    "BC-02": (Toy(places=towns(square(0, 0), square(990, 0))), None),
    "BC-03": (
        Toy(places=towns(square(0, 0, 3000, 1000), *(square(x, 1000) for x in (0, 2000)), square(0, 2000, 3000, 1000))),
        None,
    ),
    "BC-04": (Toy(places=towns(WAVY, square(1000, 0))), None),
    "BC-05": (Toy(places=_parted()), None),
    "BC-06": (Toy(places=parted((square(0, 0), square(2000, 200, 100)), square(1000, 0))), None),
    "BC-07": (Toy(places=towns(RINGED, square(400, 400, 100))), None),
    "BC-08": (Toy(places=_figures(1.02)), None),
    "BC-09": (lines_alone(length_agreed_km=41.5), None),
    "BC-10": (Toy(places=_people(1000.0, 500.0, 490.0)), None),
    "BC-11": (Toy(places=_coded("320115105")), None),
    "BC-12": (Toy(places=_coded("320116105", kind="街道")), None),
    "BC-13": (Toy(places=towns(square(0, 0)), borders=_SEAT), None),
    "BC-15": (bricks("12", "13", "24", "34"), None),
    "BC-16": (Toy(places=pair(), borders={"lines": line((0.0, 40_000.0), (0.0, 50.0))}), None),
    "BC-17": (three((200.0, 0.0)), None),
    "BC-18": (Toy(places=towns(*(square(x, y) for x in (0, 1000) for y in (0, 1000)))), None),
    "BC-20": (register(("320106320111000X", 0.0, 35_000.0)), None),
    "BC-21": (register(*ROW, ("002Q", 0.0, 24_990.0)), None),
    "BC-22": (register(ROW[0], ("003Q", 0.0, 15_000.0)), None),
    "BC-23": (register(("001Q", 0.0, 35_000.0), ("002Q", 0.0, 15_500.0), ("003Q", 0.0, 25_000.0)), None),
    "BC-24": (register(("001A", -10.0, 35_000.0)), None),
    "BC-25": (register(*ROW[:2], ("003Q", 9.0, 15_000.0)), None),
    "BC-26": (register(("001A", 10.0, 35_000.0), ("001B", 30.0, 35_000.0)), None),
    "BC-27": (register(ROW[0], ("002Q", 0.0, 14_000.0)), None),
    "BC-28": (register(*ROW, **_DAMAGED), None),
    "BC-29": (register(*ROW, responsible=["320106", "320111", None]), None),
    "BC-30": (register(*ROW, witnesses=[3, 4, 2]), None),
    "BC-31": (register(*ROW, last_patrol=pd.to_datetime(["2025-01-01", "2025-12-01", "2024-12-31"])), None),
    "BC-32": (_card(2.5), None),
    "BC-33": (register(*ROW, model=["new", "old", "old"]), None),
    "BC-40": (lines_alone(last_joint_inspection=pd.Timestamp("2020-12-31")), None),
    "BC-41": (lines_alone(last_joint_inspection=pd.Timestamp("2024-05-01"), changed=pd.Timestamp("2024-07-01")), None),
    "BC-42": (lines_alone(redivided=pd.Timestamp("2024-12-31"), surveyed=pd.NaT), None),
    "BC-43": (lines_alone(map_scale=100_000.0), None),
    "BC-44": (Toy(borders={"lines": line(*DOWN), "works": _WORK}), None),
    "BC-45": (lines_alone(last_joint_inspection=pd.Timestamp("2026-01-02")), None),
    "BC-14": (Toy(places=_TWO, facilities=facilities(("f1", "甲中心", 1060, 500), place_id="t1")), None),
    "CR-01": (Toy(facilities=_layer(shifted(SIDE, datums.wgs84_to_gcj02))), _NET),
    "FA-01": (Toy(facilities=facilities(("f1", "幸福日间照料中心", 0, 0), ("f2", "幸福日间照料中心", 30, 0))), None),
    "FA-06": (Toy(strays=strays(("f1", "facilities", "320116999"))), None),
    "NW-01": (
        Toy(demand=demand(("d1", 500, 5, 10), ("d2", 2050, 5, 7))),
        network(grid(BLOCKS), grid(1, x=2000, tag="i")),
    ),
    "NW-02": (Toy(demand=demand(("d1", 500, -301, 10))), _GRID),
    "NW-03": (Toy(facilities=facilities(("f1", "甲中心", 500, -301))), _GRID),
    # two grids of 24 blocks, 2,400 m each: the larger piece is half the length
    "NW-04": (Toy(), network(grid(3), grid(3, x=2000, tag="i"))),
    # 5 x 5 streets: 25 crossings, none with a vertex, and a frame that joins them
    "NW-05": built(ways(*street_grid(5, noded=False))),
    "NW-06": built(ways([(0, 0), (100, 0), (200, 0), (100, 0), (0, 0)], [(200, 0), (200, 100)])),
    "NW-07": built(ways([(0, 0), (100, 0)], [(100, 0), (0, 0)], [(100, 0), (100, 100)])),
    # w1 ends 1.5 m south of w0; the way round is 100 + 98.5 m
    "NW-08": built(ways([(0, 0), (200, 0)], [(0, 0), (0, -100), (100, -100), (100, -1.5)])),
    "NW-09": built(ways([(0, 0), (100, 0)], [(100, 0), (100, 100)], maxspeed=["300", "30"])),
    "NW-10": (Toy(demand=demand(("d1", 100, 500, 10)), facilities=facilities(("f1", "甲中心", 900, 500))), _GRID),
    "NW-11": (
        Toy(
            places=towns(square(0, 0)),
            demand=demand(("d1", 500, 150, 10), ("d2", 500, 5, 10), place_id="t1"),
        ),
        network(grid(1, block_m=1000.0)),
    ),
    "NW-12": built(ways([(0, 0), (100, 0)], [(100, 0), (100, 100)], highway=["unclassified"] * 2)),
    "NW-13": built(ways([(0, 0), (100, 0)], [(100, 0), (100, 100)], incline=["41%", ""])),
    "NW-14": _gated(around=False),
    "PN-13": (Toy(places=county(("320116101201", "李庄村委会"), ("320116102201", "李庄村民委员会"))), None),
    "PN-14": (Toy(places=county(("320116101201", "新河村委会"), ("320116102201", "新合村委会"))), None),
}

_ROW = [("f1", "甲中心", 0.0, 0.0), ("f2", "乙中心", 300.0, 0.0), ("f3", "丙中心", 600.0, 0.0)]
_ONE_SPOT = facilities(*((f, name, 500.0, 400.0) for f, name, *_ in _ROW))


def _day(**dates: str | None) -> Toy:
    return Toy(facilities=facilities(_ROW[0], **{k: dated(v) for k, v in dates.items()}))


def _sized(**figures: float) -> Toy:
    return Toy(facilities=facilities(_ROW[0], **figures))


def claims(**rows: dict[str, Any]) -> Toy:
    """Claims by id."""
    return Toy(claims=pd.DataFrame.from_dict(rows, orient="index").rename_axis("claim_id"))


def indicators(*rows: dict[str, Any]) -> Toy:
    """Indicators i1, i2 … of a share in per cent from 2020 to 2025, but for what is said."""
    usual = {"unit": "%", "base": 40.0, "base_year": 2020.0, "target": 60.0, "year": 2025.0}
    named = [{"indicator_id": f"i{n}", "name": f"指标{n}", **usual, **row} for n, row in enumerate(rows, start=1)]
    return Toy(indicators=pd.DataFrame(named).set_index("indicator_id"))


def _published(people: float) -> Toy:
    """A town with so many published people and a demand point of 1,000."""
    town = towns(square(0, 0)).assign(pop_official=people)
    return Toy(places=town, demand=demand(("d1", 500, 500, 1000), place_id=["t1"]))


TRIGGER |= {
    "RS-01": (claims(c1={"kind": "sum", "said": "350", "parts": "230;110"}), None),
    "RS-02": (claims(c1={"kind": "ratio", "said": "78", "unit": "%", "part": "19,423", "whole": "25,097"}), None),
    "RS-03": (claims(c1={"kind": "growth", "said": "7.87", "start": "750", "end": "1045", "years": 5.0}), None),
    "RS-04": (claims(c1={"kind": "count", "said": "90.45", "unit": "%", "whole": "94"}), None),
    "RS-05": (
        claims(
            c1={"kind": "ratio", "said": "1.24", "unit": "%", "part": "3.28万", "group": "a"},
            c2={"kind": "ratio", "said": "0.51", "unit": "%", "part": "2.35万", "group": "a"},
        ),
        None,
    ),
    "RS-06": (indicators({"year": 2020.0}), None),
    "RS-07": (_published(1100.0), None),  # 1000 / 1100 - 1 = -9.1 %
    "FA-02": (_day(opened="2020-01-02", closed="2020-01-01"), None),
    "FA-03": (Toy(facilities=_ONE_SPOT), None),
    "FA-04": (_sized(beds=20.0, beds_nursing=21.0), None),
    "FA-05": (Toy(demand=demand(("d1", 0, 0, 10), pop60=11.0)), None),
    "FA-07": (Toy(assumed=assumed({})), None),
}

REACH = {"NW-10": {"day_care": Reach(300.0, 600.0)}}  # metres a service's people go within the standard, and at most
BESIDE = {"NW-11": {"NW-02"}}  # a home without a street is far from one

CLEAN: dict[str, tuple[Toy, Any]] = {
    "RS-01": (claims(c1={"kind": "sum", "said": "350", "parts": "230;120"}), None),
    "RS-02": (claims(c1={"kind": "ratio", "said": "77", "unit": "%", "part": "19,423", "whole": "25,097"}), None),
    "RS-03": (claims(c1={"kind": "growth", "said": "6.86", "start": "750", "end": "1045", "years": 5.0}), None),
    "RS-04": (claims(c1={"kind": "count", "said": "90.43", "unit": "%", "whole": "94"}), None),
    "RS-05": (
        claims(
            c1={"kind": "ratio", "said": "1.24", "unit": "%", "part": "3.28万", "group": "a"},
            c2={"kind": "ratio", "said": "0.51", "unit": "%", "part": "1.35万", "group": "a"},
        ),
        None,
    ),
    "RS-06": (indicators({}, {"name": "床位增长率", "target": 120.0}), None),
    "RS-07": (_published(1040.0), None),
    "BC-01": (Toy(places=_TWO), None),
    "BC-02": (Toy(places=_TWO), None),
    "BC-03": (Toy(places=towns(*(square(x, y) for x, y in ((0, 0), (1000, 500), (0, 1000), (1000, 1500))))), None),
    "BC-04": (Toy(places=towns(WAVY, square(1000, 0).difference(WAVY))), None),
    "BC-05": (Toy(places=_tiled()), None),
    "BC-06": (Toy(places=parted((square(0, 0), square(3000, 200, 100)), square(1000, 0))), None),  # an island
    "BC-07": (Toy(places=towns(square(0, 0), square(1000, 0))), None),
    "BC-08": (Toy(places=_figures(1.009)), None),  # 1 km2 drawn
    "BC-09": (lines_alone(length_agreed_km=41.0), None),  # 40 km drawn: 2.4 %
    "BC-10": (Toy(places=_people(1000.0, 500.0, 495.0)), None),
    "BC-11": (Toy(places=_coded("320116105")), None),
    "BC-12": (Toy(places=_coded("320116105", kind="镇")), None),
    "BC-13": (Toy(places=towns(square(0, 0)), borders=_AT_HOME), None),
    "BC-15": (bricks("12", "13", "23", "24", "34"), None),
    "BC-16": (Toy(places=pair(), borders={"lines": line((0.0, 40_000.0), (0.0, 9.0))}), None),
    "BC-17": (three((8.0, 0.0)), None),
    "BC-18": (three(None), None),
    "BC-20": (register(*ROW), None),
    "BC-21": (register(*ROW, ("002Q", 0.0, 24_990.0), state=["standing"] * 3 + ["scrapped"]), None),
    "BC-22": (register(*ROW, state=["standing", "scrapped", "standing"]), None),
    "BC-23": (register(*ROW), None),
    "BC-24": (register(*_TRIPLE), None),
    "BC-25": (register(*ROW[:2], ("003Q", 8.0, 15_000.0)), None),
    "BC-26": (register(("001A", 500.0, 35_000.0), ("001B", -500.0, 35_000.0)), None),
    "BC-27": (register(ROW[0], ("002Q", 0.0, 15_500.0)), None),
    "BC-28": (register(*ROW, **_DAMAGED, repair_due=pd.to_datetime(["2026-06-01", None, None])), None),
    "BC-29": (register(*ROW, responsible=["320106", "320111", "320106"]), None),
    "BC-30": (register(*ROW, witnesses=[3, 4, 3], photo=["yes"] * 3), None),
    "BC-31": (register(*ROW, last_patrol=pd.to_datetime(["2025-01-01", "2025-12-01", "2025-12-31"])), None),
    "BC-32": (_card(1.9), None),
    "BC-33": (register(*ROW, model=["new"] * 3), None),
    "BC-40": (lines_alone(last_joint_inspection=pd.Timestamp("2022-01-01")), None),
    "BC-41": (lines_alone(last_joint_inspection=pd.Timestamp("2024-07-01"), changed=pd.Timestamp("2024-05-01")), None),
    "BC-42": (lines_alone(redivided=pd.Timestamp("2025-01-01"), surveyed=pd.NaT), None),
    "BC-43": (lines_alone(map_scale=50_000.0, imagery="yes", vector="yes"), None),
    "BC-44": (Toy(borders={"lines": line(*DOWN), "works": _WORK.assign(agreement="协2025-1")}), None),
    "BC-45": (lines_alone(last_joint_inspection=pd.Timestamp("2026-01-01")), None),
    "BC-14": (Toy(places=_TWO, facilities=facilities(("f1", "甲中心", 1000, 500), place_id="t1")), None),
    "CR-01": (Toy(facilities=_layer(SIDE)), _NET),
    "FA-01": (Toy(facilities=facilities(("f1", "第一日间照料中心", 0, 0), ("f2", "第二日间照料中心", 30, 0))), None),
    "FA-06": (Toy(strays=strays()), None),
    "NW-01": (Toy(demand=demand(("d1", 500, 5, 10))), network(grid(BLOCKS), grid(1, x=2000, tag="i"))),
    "NW-02": (Toy(demand=demand(("d1", 500, -99, 10))), _GRID),
    "NW-03": (Toy(facilities=facilities(("f1", "甲中心", 500, -99))), _GRID),
    "NW-04": (Toy(), network(grid(5), grid(1, x=2000, tag="i"))),  # 60 of 64 blocks hang together
    "NW-05": built(ways(*street_grid(5))),
    "NW-06": built(ways([(0, 0), (100, 0), (100, 100), (0, 100), (0, 0)], [(0, 0), (-100, 0)])),  # round, not back
    "NW-07": built(ways([(0, 0), (100, 0)], [(0, 0), (50, 40), (100, 0)])),  # side by side
    # the end of a branch of 30 m, 1.5 m beside its own stem: streets lead there in 30 m
    "NW-08": built(ways([(0, 0), (100, 0)], [(0, 0), (29, 8), (30, 1.5)])),
    "NW-09": built(ways([(0, 0), (100, 0)], [(100, 0), (100, 100)], maxspeed=["CN:urban", "120"])),
    # the rim is 100 m off, the facility 60
    "NW-10": (Toy(demand=demand(("d1", 100, 500, 10)), facilities=facilities(("f1", "甲中心", 160, 500))), _GRID),
    "NW-11": (
        Toy(
            places=towns(square(0, 0)),
            demand=demand(("d1", 500, 95, 10), ("d2", 500, 5, 10), place_id="t1"),
        ),
        network(grid(1, block_m=1000.0)),
    ),
    "NW-12": built(ways([(0, 0), (100, 0)], [(100, 0), (100, 100)], highway=["unclassified", "path"])),
    "NW-13": built(ways([(0, 0), (9, 0)], [(9, 0), (9, 9)], incline=["-40%", "60%"], highway=["path", "steps"])),
    "NW-14": _gated(around=True),
    "PN-13": (Toy(places=county(("320116101201", "李庄村委会"), ("320116102201", "王庄村委会"))), None),
    "PN-14": (Toy(places=county(("320116101201", "新河村委会"), ("320116102201", "兴旺村委会"))), None),
}

CLEAN |= {
    "FA-02": (_day(opened="2020-01-01", closed=None), None),
    "FA-03": (Toy(facilities=facilities(*_ROW)), None),
    "FA-04": (_sized(beds=20.0, beds_nursing=20.0, area_m2=120.0, capacity=30.0), None),  # 6 m2 a bed
    "FA-05": (Toy(demand=demand(("d1", 0, 0, 10), pop60=10.0, pop80=10.0, child=0.0, households=10.0)), None),
    "FA-07": (Toy(assumed=assumed()), None),
}
