"""Fixtures of what else the checks may say: with those of `toy` and `toy_names` every sentence is said once."""

from types import MappingProxyType
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import Transformer
from shapely.geometry import LineString, MultiLineString, Point, Polygon

from planner.checks import CHECKS, Check, Finding, Verdict, datum
from planner.checks import names as of_names
from planner.checks.book import Book
from planner.checks.border_fit import Match
from planner.checks.causes import under_their_cause
from planner.checks.containment import Homes
from planner.checks.material import Crowd
from planner.checks.mixed import Run
from planner.checks.road_fit import HYPOTHESES, Fit
from planner.layers import datums
from planner.names import Reading, Rules
from planner.network import StreetNetwork

from . import toy
from .toy import (
    CRS,
    RINGED,
    ROW,
    SPIKE,
    X0,
    Y0,
    Toy,
    assumed,
    bricks,
    built,
    claims,
    county,
    demand,
    facilities,
    grid,
    indicators,
    line,
    lines_alone,
    network,
    parted,
    places,
    points,
    register,
    shifted,
    square,
    stakes,
    strays,
    three,
    towns,
    ways,
)  # fmt: skip
from .toy_names import addressed, at, building, compound, names, one, street

_NEW = {"named": pd.Timestamp("2023-06-01")}
_ROUGH = Point(*Transformer.from_crs(4326, CRS, always_xy=True).transform(118.84, 32.34))  # two decimals
_LINE = LineString([(X0, Y0), (X0 + 100, Y0)])


def ring(*xy: tuple[float, float]) -> Polygon:
    return Polygon(np.add(xy, (X0, Y0)))


PINCHED = ring((0, 500), (0, 0), (1000, 0), (1000, 1000), (0, 1000), (0, 500), (300, 600), (300, 400))
BAY = ring((0, 500), (300, 600), (300, 400))
TWICE = ring((0, 0), (500, 0), (500.005, 0), (1000, 0), (1000, 1000), (0, 1000))
_ZIGZAG = [(1000 + 40 * (-1) ** k, 100 + 200 * k) for k in range(10)]
_EAST = ring((1000, 0), *_ZIGZAG, (1000, 2000), (2000, 2000), (2000, 0))
_SLIVER = (square(0, -100, 2002, 100), square(0, 0), square(1002, 0), square(0, 1000, 2002, 100))


def _family(county: Any, *towns_: Any) -> Any:
    rows = [{"place_id": f"t{i}", "name": f"{i}镇", "parent_id": "c", "geometry": g} for i, g in enumerate(towns_, 1)]
    return places({"place_id": "c", "name": "某县", "level": "county", "geometry": county}, *rows)


POLYGONS = [
    *(Toy(places=towns(*shapes)) for shapes in ((SPIKE,), (TWICE,), (RINGED,), (PINCHED,), (PINCHED, BAY), _SLIVER)),
    Toy(places=towns(square(0, 0, 1000, 2000), _EAST)),
    Toy(places=_family(square(0, 0), RINGED)),
    Toy(places=_family(square(0, 0, 2000, 1000), square(0, 0), square(1000, 0, 1050, 1000))),
    Toy(places=parted((square(0, 0), square(1900, 200, 5)), square(1000, 0))),
    Toy(places=towns(Polygon(square(0, 0).exterior, [square(2000, 0, 100).exterior]))),  # a hole outside its shell
    Toy(places=towns(ring((0, 0), (9, 9), (0, 0), (0, 0)), square(1000, 0))),  # too few points
    Toy(places=towns(Polygon(square(0, 0).exterior, [ring((0, 500), (500, 0), (1000, 500), (500, 1000)).exterior]))),
    Toy(places=towns(shapely.multipolygons([square(0, 0), square(100, 100, 100)]))),  # a part inside another
    Toy(
        places=county(("320116101201", "甲村委会"), ("320116101202", "乙村委会")).assign(
            pop_official=[9.0, 4, 5], pop_year=[2020, 2020, 2021.0]
        )
    ),
]

_COUNTIES = {"320102": "玄武区", "320104": "秦淮区", "320105": "建邺区", "320116": "六合区"}
_SOUND = [("320100", "南京市", "city", None)]
_SOUND += [(code, name, "county", "320100") for code, name in _COUNTIES.items()]
_SOUND += [(f"{code}{n:03d}", f"{n}街道", "town", code) for code in _COUNTIES for n in (1, 2, 3)]


def _divisions(*more: tuple[str, str, str, str | None], without: str = "") -> Toy:
    rows = [row for row in _SOUND if row[0] != without and row[0] not in {m[0] for m in more}] + list(more)
    columns = ["place_id", "name", "level", "parent_id"]
    return Toy(places=pd.DataFrame(rows, columns=columns, dtype=object).set_index("place_id"))


CODES = [
    _divisions(
        ("32010203", "九街道", "town", "320102"),  # length
        ("320600", "南通市", "county", None),  # filled
        ("320119", "石湫区", "county", "320100"),  # unknown
        ("320103", "白下区", "county", "320100"),  # abolished
        ("320102004", "四镇", "town", "320102"),  # kind
        ("32010200O", "零街道", "town", "320102"),  # digits
        ("320102005", "五街道", "town", "320100"),  # skips
        ("320104", "秦淮区", "county", "320104"),  # circle
    ),
    _divisions(("320102003", "三街道", "town", None)),
    _divisions(("320102", "雨花台区", "county", "320100")),  # other
    _divisions(without="320102"),
    _divisions(*((f"32010300{n}", f"{n}街道", "town", None) for n in (1, 2))),
    _divisions(("320116", "六合县", "county", "320100")),
]


def _card_turned() -> Toy:
    """A stake whose card has longitude and latitude swapped."""
    true = toy._card(0.0).borders
    return Toy(
        borders=true | {"stakes": true["stakes"].rename(columns={"card_lon": "card_lat", "card_lat": "card_lon"})}
    )


_SIX = [(f"{i:03d}Q", 39_000.0 - 5000.0 * i) for i in range(1, 7)]
_BENT = ((0.0, 40_000.0), (0.0, 0.0), (40_000.0, 0.0))
_ON_IT = [(0.0, 35_000.0 - 10_000.0 * i) for i in range(4)] + [(5_000.0 + 10_000.0 * i, 0.0) for i in range(4)]
_GCJ = shifted(np.array(_ON_IT), datums.wgs84_to_gcj02)
_TURNED = register(("001A", 10.0, 35_000.0), ("001B", -10.0, 35_000.0)).borders
_SOUTH = (("001Q", 0.0, 5_000.0), ("002Q", 0.0, 15_000.0), ("003Q", 0.0, 25_000.0))
_ACROSS = ((0.0, 0.0), (40_000.0, 0.0))

_AHEAD = pd.Timestamp("2062-05-05")
_GAP = MultiLineString([[(X0, Y0 + a), (X0, Y0 + b)] for a, b in ((40_000, 30_000), (29_000, 0))])
_IN_TWO = line().set_geometry([_GAP], crs=CRS)


def _done(**when: pd.Timestamp) -> gpd.GeoDataFrame:
    rows = {"line_id": ["L1"], "kind": ["joint"]} | {column: [day] for column, day in when.items()}
    return gpd.GeoDataFrame(rows, geometry=[LineString([(X0, Y0), (X0, Y0 + 9_000)])], index=["i1"], crs=CRS)


BORDERS = [
    bricks("12", "13", "23", "24", "34", "14"),
    Toy(places=three().places, borders=three().borders | {"stakes": pd.concat([three().borders["stakes"]] * 2)}),
    register(("320106320999001Q", 0.0, 35_000.0)),
    register(("320106320115001Q", 0.0, 35_000.0), line_id=["L1"]),
    register(("第001号桩", 0.0, 35e3), ("第002号桩", 0.0, 25e3), line_id=["L1"] * 2),
    register(("第001号桩", 0.0, 35e3), ("第002号桩", 0.0, 25e3), line_id=["L9"] * 2),
    register(*ROW, ("002A", -10.0, 25_000.0), ("002B", 10.0, 25_000.0)),
    register(ROW[0], ("004Q", 0.0, 15_000.0)),
    register(*_SOUTH),
    register(*((f"00{n}Q", 35_000.0 - 10_000.0 * n, 0.0) for n in (1, 2, 3)), drawn=_ACROSS),
    register(("001A", 10.0, 35e3), ("001B", -10.0, 35e3), ("001C", -10.0, 35_010.0), kind=["triple"] * 3),
    register(*((n, 80.0, y) for n, y in _SIX)),
    register(*((f"{i:03d}Q", x, y) for i, (x, y) in enumerate(_GCJ.tolist(), start=1)), drawn=_BENT),
    Toy(places=toy.pair(), borders=_TURNED),
    register(*ROW, state=["damaged", "moved", "lost"], repair_due=pd.to_datetime(["2025-06-01"] * 3)),
    register(*ROW, responsible=["320106", "320111", "320999"]),
    register(*ROW, witnesses=[3, 4, 2], photo=["yes", "no", "no"]),
    register(*ROW, last_patrol=pd.to_datetime(["2025-12-01", None, "2025-12-01"])),
    _card_turned(),
    lines_alone(last_joint_inspection=pd.NaT, last_joint=pd.NaT),
    lines_alone(last_joint_inspection=pd.Timestamp("2021-03-01")),
    lines_alone(map_scale=10_000.0, vector="no"),
    lines_alone(map_scale=10_000.0, imagery="no"),
    lines_alone(units="320106"),
    register(*ROW, drawn=()),
    register(("001Q", 0.0, 35_000.0), card_lon=[12_000.0], card_lat=[32.0]),
    Toy(borders={"lines": _IN_TWO, "stakes": stakes(*ROW, ("004Q", 70.0, 29_500.0))}),
    lines_alone(last_joint_inspection=_AHEAD, changed=_AHEAD, redivided=_AHEAD, surveyed=_AHEAD),
    register(ROW[0], last_patrol=[_AHEAD]),
    Toy(borders={"lines": line(*toy.DOWN), "inspections": _done(inspected=_AHEAD), "tracks": _done(patrolled=_AHEAD)}),
]

_THREE = [("f1", "甲", 0.0, 0.0), ("f2", "乙", 0.0, 0.0), ("f3", "丙", 0.0, 0.0)]
_SPOT = facilities(*((f, n, 400.0, 400.0) for f, n, *_ in _THREE))
_SEATS = {"seats": points(["t1"], [(400.0, 400.0)], name="甲镇政府")}
_MIXED = _SPOT.assign(service=["day_care", "meals", "library"])
_SIZES = {
    "beds": [20.0, 10, 20],
    "capacity": [30.0, 0, 30],
    "area_m2": [60.0, 200, 20_000],
    "status": ["in_service"] * 3,
}
_APART = [("f1", "甲", 0.0, 0.0), ("f2", "乙", 300.0, 0.0), ("f3", "丙", 600.0, 0.0)]
_DAYS = {
    "opened": pd.to_datetime(["1880-01-01", None, "2030-01-01", None]),
    "closed": pd.to_datetime([None, "2020-01-01", None, "2030-01-01"]),
    "status": ["in_service", "in_service", "in_service", "closed"],
}

REGISTERS = [
    Toy(places=toy.towns(square(0, 0), square(1000, 0)), facilities=facilities(("f1", "甲", 500, -300), place_id="t1")),
    Toy(facilities=facilities(("f1", "幸福社区日间照料中心", 0, 0), ("f2", "幸福里社区日间照料中心", 30, 0))),
    Toy(facilities=facilities(("f1", "和平助餐点", 0, 0), ("f2", "养护院", 0.5, 0))),
    Toy(facilities=facilities(*_APART, ("f4", "丁", 900.0, 0.0), **_DAYS)),
    Toy(facilities=_MIXED),
    Toy(facilities=_MIXED, borders=_SEATS),
    Toy(facilities=_SPOT, borders=_SEATS),
    Toy(facilities=facilities(*_APART, **_SIZES)),
    Toy(facilities=facilities(*_APART, area_m2=[0.0, 100, 100], status="in_service")),
    Toy(demand=demand(("d1", 0, 0, 100), pop60=[10.0], pop80=[11.0], child=[101.0], households=[102.0])),
    Toy(strays=strays(("d1", "demand", "320116999"), ("n1", "names", "999999"))),
    Toy(assumed=assumed(*({"how": how} for how in ("month", "year", "degrees", "blank", "merged", "nameless")))),
    Toy(assumed=assumed(*({"column": f"列{n}"} for n in range(101)))),  # one more than are listed
    Toy(
        places=towns(square(0, 0), square(2000, 0)).assign(pop_official=[1000.0, 500.0]),
        demand=demand(("d1", 500, 500, 1000), place_id=["t1"]),
    ),
]

_MADE = {"base": 40.0, "target": 50.0, "actual": 45.0}
PARTS = [
    {"name": "甲", "unit": "人", "base": 100.0, "target": 200.0},
    {"name": "乙", "unit": "人", "base": 10.0, "target": 20.0},
]
FIGURES = [
    claims(
        c1={"kind": "ratio", "said": "100", "unit": "%", "part": "99", "whole": "105"},
        c2={"kind": "ratio", "said": "40.8", "unit": "%", "part": "2527", "whole": "6.2万"},
        c3={"kind": "growth", "said": "280", "start": "1800", "end": "6840", "years": 5.0},
        c4={"kind": "growth", "said": "9.9", "start": "750", "end": "1045", "years": 5.0},
    ),
    indicators({"target": 120.0}, {"name": "床位", "unit": "张", "base": 10.0, "target": 20_000.0}),
    indicators({"name": "甲", "target": 60.0}, {"name": "甲", "target": 70.0}),
    indicators(
        *PARTS, {"name": "合计", "unit": "人", "base": 200.0, "target": 220.0, "actual": 210.0, "parts": "i1;i2"}
    ),
    indicators(*PARTS, {"name": "占比", "base": 30.0, "target": 20.0, "part": "i2", "whole": "i1"}),
    indicators({"name": "床位占比", "base": None, "target": None, "actual": 40.8, "part": "2527", "whole": "62000"}),
    indicators(*PARTS, {"name": "年增", "base": None, "target": 40.0, "growth_of": "i1"}),
]

_ONE_STREET = ({"a": (X0, Y0), "b": (X0 + 1000, Y0)}, [("a", "b")])
_NODES = pd.DataFrame(_ONE_STREET[0], index=["x", "y"]).T
_EDGE = pd.DataFrame({"from_id": ["a"], "to_id": ["b"], "length_m": [1000.0], "speed_kmh": [300.0]}, index=["e0"])
_FAST = StreetNetwork.from_edges(_NODES, _EDGE, crs=CRS)
_CROWD = demand(*((f"d{i}", 10.0 * i, 400.0, 9.0) for i in range(20)))
_FAR = demand(("d1", 500, 400, 9), ("d2", 600, 400, 9), ("d3", 700, 400, 2))
STREETS = [
    (
        Toy(demand=demand(("d1", 500, 5, 10), ("d2", 2050, 5, 3))),
        built(ways([(0, 0), (1000, 0)], [(1000, 0), (1000, 900)], [(2000, 0), (2090, 0)], name=["", "", "孤路"]))[1],
    ),
    (Toy(facilities=facilities(("f1", "甲", 500, -150))), network(grid(10))),
    (Toy(demand=_FAR), network(_ONE_STREET)),
    (Toy(demand=_FAR.assign(place_id="t1"), places=towns(None)), network(_ONE_STREET)),
    built(ways([(0, 0), (100, 0)], [(100, 0), (100, 100)], maxspeed=["快", "30"])),
    built(ways(*toy.street_grid(5), [(150, 150), (250, 180)])),
    (Toy(demand=_CROWD), network(_ONE_STREET)),
    (Toy(), _FAST),
]

NAMES = [
    one(
        {"name": None, "kind": "街路巷"},
        street("南京市六合区雄州街道延安北路一号路"),
        building("教育大厦"),
        street("路"),
    ),
    one(
        {"name": "㑇溪村", "kind": "居民点"},
        compound("亍花园"),
        street("库尔班·吐鲁木路", place_id="653221"),
        street("1912街区"),
    ),
    (Toy(places=places({"place_id": "320116101", "name": "濛河镇", "level": "town"})), None),
    one(street("人民路", geometry=_ROUGH)),
    one(
        building("新街口广场", area_m2=20_000.0, floor_m2=50_000.0),
        compound("维多利亚花园"),
        compound("阿尔卡迪亚花园"),
    ),
    one(street("长乐路"), street("常乐路")),
    one(compound("银城花园", entity_id="e1"), compound("金城花园", entity_id="e1")),
    one(
        *[street("人民路", geometry=_LINE)] * 2, *[{"name": "下关站", "kind": "交通运输设施", "geometry": at(0, 0)}] * 2
    ),
    one(
        street("人民路", pinyin="Rémín Lù"),
        street("民生路", pinyin="Mìnshēng Lù"),
        street("中山北路", pinyin="Zhōngshān Běi Lù"),
    ),
    one(*(street(f"{n}德路", geometry=None) for n in "明厚崇立"), street("人民路", geometry=at(0, 0))),
    one(street("明德路", geometry=None), street("人民路", geometry=at(0, 0)), {"name": "某物", "kind": "天外"}),
    one({"name": "乌鲁木齐市", "kind": "行政区域", "place_id": "650100", "pinyin": "Wūlǔmùqí Shì"}),
    one(street("人民路", sign="人民路", sign_pinyin="BAIMA LU"), street("解放路", signs=0.0)),
    one(street("六合县路"), *(street(f"{n}德路", approval="x", **_NEW) for n in "明厚崇立")),
    one(
        street("明德路", approval="x", **_NEW),
        street("厚德路", applied=pd.Timestamp("2023-05-01"), approved=pd.Timestamp("2023-04-01"), approval="x"),
    ),
    one(*(street(f"{n}德路", **_NEW) for n in "明厚崇立")),
    addressed("南京市崇川区青年路1号", place_id="320116101201"),
    addressed("南京市六合区雄州路1号", "六合区雄州路1号", apart_m=900.0),
]


def _former() -> Toy:
    base = addressed("六合区反修路8号")[0]
    return Toy(places=base.places, facilities=base.facilities, names=names(street("明德路", former="反修路")))


FIXTURES = [*NAMES, *STREETS, *((t, None) for t in (*POLYGONS, *CODES, *BORDERS, *REGISTERS, *FIGURES, _former()))]
"""Layers and network of each."""

_MEDIANS = MappingProxyType(dict.fromkeys(HYPOTHESES, 50.0) | {"gcj02": 5.0})


def _fit(best: str, *, sure: bool) -> Fit:
    share = 1.0 if sure else 0.5
    return Fit(best=best, share=share, ratio=2.0, medians_m=_MEDIANS, placebo_m=90.0, n=60)


def _judged(layer: str) -> list[Finding]:
    """What CR-01 says of a layer: by streets, by declared places, by the run of borders, and when it cannot tell."""
    verdicts = [Verdict(answer=h, by="streets", fit=_fit(h, sure=True)) for h in HYPOTHESES if h != "declared"]
    verdicts += [
        Verdict(answer="unknown", fit=Fit(best="gcj02", share=1.0, ratio=1.4, medians_m=_MEDIANS, placebo_m=90.0, n=60))
    ]
    homes = Homes(best="gcj02", shares=dict.fromkeys(HYPOTHESES, 0.5), n=60)
    verdicts += [Verdict(answer="gcj02", by="places", homes=homes)]
    if layer == "places":
        match = Match(
            east_m=0.0, north_m=0.0, share=0.5, clear=2.0, shares=dict.fromkeys(HYPOTHESES, 0.1), best="gcj02", n=600
        )
        verdicts += [Verdict(answer="gcj02", by="along", match=match)]
    service = "day_care" if layer == "facilities" else None
    return [f for v in verdicts for f in datum._finding(layer, service, v, 3)]


def of_datums() -> list[Finding]:
    """What CR-01 says, from verdicts made by hand: a layer that earns each takes seconds."""
    some = facilities(*_APART)
    runs = [Run(answer="gcj02", order=o, rows=some.index[:2], fit=_fit("gcj02", sure=True)) for o in ("rows", "places")]
    mixed = [datum._mixed("day_care", some, run, 3) for run in runs]
    return [*mixed, *(f for layer in ("facilities", "demand", "places") for f in _judged(layer))]


def by_hand() -> list[tuple[Check, list[Finding]]]:
    """What only layers that take seconds, or no register, would make the checks say."""
    checks = {one.code: one for one in CHECKS}
    towns_ = towns(square(0, 0), square(1000, 0))
    outside = list(checks["BC-14"].find(facilities(("f1", "甲", 1060, 500), place_id="t1"), towns_))
    gazetteer = one(street("六安路"), street("陆安路"))[0].names
    book = Book(None, gazetteer, Rules(), Crowd(None, None))
    readings = [Reading(("lù", "ān", "lù"), auto=False)] * 2  # no two names of the override table sound the same
    sounding = of_names._sounding(book, list(book.entries), readings, "320116")
    found = under_their_cause([(checks["CR-01"], of_datums()), (checks["BC-14"], outside)])
    return [*((c, list(f)) for c, f in found), (checks["PN-14"], [sounding])]
