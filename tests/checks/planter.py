"""Plant border defects of random kinds in random places of a generated county. Knows nothing of the checks.

The county is a honeycomb of towns with crooked borders that agree vertex for vertex, a register of the lines
between them, and stakes on the lines. Each defect has ground of its own, so that none hides another. What was
planted is said in words of the trade (kind, and the units or numbers concerned); the test translates.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely import LineString, Polygon
from shapely.ops import substring

CRS = "EPSG:4549"
ORIGIN = np.array([500_000.0, 3_540_000.0])
CELL_M = 4000.0
STAKES = 7
Edge = tuple[int, int]


@dataclass
class County:
    """Towns by number, their borders by pair, and the registers; `planted` lists (kind, whom)."""

    rng: np.random.Generator
    towns: dict[int, Polygon]
    borders: dict[Edge, LineString]
    lines: pd.DataFrame
    stakes: pd.DataFrame
    facts: pd.DataFrame
    free_towns: set[int] = field(default_factory=set)
    free_borders: set[Edge] = field(default_factory=set)
    planted: list[tuple[str, str]] = field(default_factory=list)

    def town(self, *, apart: bool = True) -> int:
        """Draw a free town, and take its neighbours out of the draw too."""
        chosen = int(self.rng.choice(sorted(self.free_towns)))
        near = {t for pair in self.borders if chosen in pair for t in pair} if apart else set()
        self.free_towns -= {chosen, *near}
        self.free_borders -= {pair for pair in self.borders if chosen in pair}
        return chosen

    def border(self, *, shape: bool) -> Edge:
        """Draw a free border; one whose towns are reshaped takes them and all that touches them."""
        held = [p for p in sorted(self.free_borders) if not shape or set(p) <= self.free_towns]
        chosen = held[int(self.rng.integers(len(held)))]
        self.free_borders -= {chosen}
        if shape:
            near = {t for pair in self.borders if set(pair) & set(chosen) for t in pair}
            self.free_towns -= near
            self.free_borders -= {pair for pair in self.borders if set(pair) & set(chosen)}
        return chosen

    def line_id(self, edge: Edge) -> str:
        """Return the line of a border."""
        return f"{code(edge[0])}-{code(edge[1])}"


def code(town: int) -> str:
    """Return the division code of a town: from 320999100 on, a hundred a county."""
    return f"{320999 - town // 100}{100 + town % 100}"


def county(rng: np.random.Generator, *, wide: int = 12, high: int = 12) -> County:
    """Return a county without a defect: bricks that meet by threes, with borders bent at random."""
    corners: dict[tuple[int, int], np.ndarray] = {}

    def corner(i: int, j: int) -> np.ndarray:
        jitter = rng.uniform(-0.12, 0.12, 2) * CELL_M
        return corners.setdefault((i, j), ORIGIN + np.array([i * CELL_M / 2, j * CELL_M]) + jitter)

    legs: dict[frozenset[tuple[int, int]], np.ndarray] = {}

    def leg(a: tuple[int, int], b: tuple[int, int]) -> np.ndarray:
        key = frozenset((a, b))
        if key not in legs:
            legs[key] = _bent(rng, corner(*min(a, b)), corner(*max(a, b)))
        return legs[key] if a == min(a, b) else legs[key][::-1]

    towns, sides = {}, {}
    for row in range(high):
        for column in range(wide):
            x = 2 * column + row % 2
            path = [(x, row), (x + 1, row), (x + 2, row), (x + 2, row + 1), (x + 1, row + 1), (x, row + 1), (x, row)]
            number = row * wide + column
            towns[number] = Polygon(np.vstack([leg(a, b)[:-1] for a, b in pairwise(path)]))
            for a, b in pairwise(path):
                sides.setdefault(frozenset((a, b)), []).append(number)
    pairs: dict[Edge, list[np.ndarray]] = {}
    for key, owners in sides.items():
        if len(owners) == 2:
            pairs.setdefault((min(owners), max(owners)), []).append(legs[key])
    borders = {p: shapely.line_merge(shapely.multilinestrings(list(map(LineString, s)))) for p, s in pairs.items()}
    borders = {p: _directed(b) for p, b in sorted(borders.items())}
    facts = pd.DataFrame({"name": [f"{_word(i)}镇" for i in towns], "kind": "镇"}, index=list(towns))
    made = County(rng, towns, borders, _lines(borders), _stakes(borders), facts)
    made.free_towns, made.free_borders = set(towns), set(borders)
    return made


def plant(made: County, n: int) -> County:
    """Plant n defects, their kinds drawn at random; each kind at least once while n allows."""
    kinds = list(KINDS)
    made.rng.shuffle(kinds)
    drawn = [*kinds[:n], *made.rng.choice(kinds, max(n - len(kinds), 0))]
    shaped = [k for k in drawn if k in SHAPED]  # these need most room, so they choose first
    for kind in [*shaped, *(k for k in drawn if k not in SHAPED)]:
        made.planted.append((kind, KINDS[kind](made)))
    return made


def tables(made: County) -> tuple[gpd.GeoDataFrame, dict[str, gpd.GeoDataFrame]]:
    """Return the places and the registers as the program reads them."""
    facts = made.facts.assign(level="town", parent_id=None)
    shapes = [made.towns[i] for i in facts.index]
    index = pd.Index([made.facts["code"].get(i) if "code" in made.facts else code(i) for i in facts.index])
    places = gpd.GeoDataFrame(facts.drop(columns="code", errors="ignore").set_axis(index), geometry=shapes, crs=CRS)
    drawn = {made.line_id(pair): border for pair, border in made.borders.items()}
    lines = gpd.GeoDataFrame(made.lines, geometry=[drawn[i] for i in made.lines.index], crs=CRS)
    stakes = made.stakes.set_axis([f"s{i}" for i in range(len(made.stakes))])
    where = gpd.points_from_xy(stakes["x"], stakes["y"])
    return places, {
        "lines": lines,
        "stakes": gpd.GeoDataFrame(stakes.drop(columns=["x", "y"]), geometry=where, crs=CRS),
    }


def _word(i: int) -> str:
    """Return a name of two letters that no other town has and that sounds like no other."""
    first, second = "东南西北金木水火土", "山川河海林田石桥塔"
    third = "" if i < 81 else "上下前后"[i // 81 - 1]
    return third + first[i // 9 % 9] + second[i % 9]


def _bent(rng: np.random.Generator, a: np.ndarray, b: np.ndarray, n: int = 8) -> np.ndarray:
    t = np.linspace(0.0, 1.0, n + 1)[:, None]
    off = np.concatenate([[0.0], rng.uniform(-60.0, 60.0, n - 1), [0.0]])[:, None]
    along = (b - a) / np.hypot(*(b - a))
    return np.round(a + (b - a) * t + off * np.array([-along[1], along[0]]), 3)


def _directed(border: LineString) -> LineString:
    """Return a border from west to east, or from north to south where it is taller than wide."""
    (x0, y0), (x1, y1) = border.coords[0], border.coords[-1]
    forward = x1 > x0 if abs(x1 - x0) >= abs(y1 - y0) else y1 < y0
    return border if forward else border.reverse()


def _lines(borders: dict[Edge, LineString]) -> pd.DataFrame:
    index = [f"{code(a)}-{code(b)}" for a, b in borders]
    units = [f"{code(a)};{code(b)}" for a, b in borders]
    length = [round(b.length / 1000.0, 3) for b in borders.values()]
    last = pd.Timestamp("2024-03-01")
    return pd.DataFrame({"units": units, "length_agreed_km": length, "last_joint_inspection": last}, index=index)


def _stakes(borders: dict[Edge, LineString]) -> pd.DataFrame:
    """Return single stakes along every border, half a metre off at most, numbered in its direction."""
    rows = []
    for n, ((a, b), border) in enumerate(borders.items()):
        for i, share in enumerate(np.linspace(0.06, 0.94, STAKES), start=1):
            spot = shapely.line_interpolate_point(border, share, normalized=True)
            number = f"{1000 + n}{i:03d}Q"
            rows.append({"number": number, "line_id": f"{code(a)}-{code(b)}", "x": spot.x + 0.3, "y": spot.y - 0.3})
    fine = {"state": "standing", "last_patrol": pd.Timestamp("2025-10-01"), "witnesses": 4, "repair_due": pd.NaT}
    return pd.DataFrame(rows).assign(**fine)


def _middle(made: County, edge: Edge, share: float) -> shapely.Point:
    return shapely.line_interpolate_point(made.borders[edge], share, normalized=True)


def _share(made: County) -> float:
    """Draw a place on a border, well away from its ends."""
    return float(made.rng.uniform(0.3, 0.7))


def _block(made: County, edge: Edge) -> Polygon:
    half = float(made.rng.uniform(15.0, 60.0))
    return _middle(made, edge, _share(made)).buffer(half, quad_segs=int(made.rng.integers(2, 9)))


def _names(edge: Edge) -> str:
    return min(map(code, edge))


def overlap(made: County) -> str:
    """One town takes a patch of its neighbour, who keeps it too."""
    edge = made.border(shape=True)
    one = int(made.rng.choice(edge))
    made.towns[one] = shapely.union(made.towns[one], _block(made, edge))
    return _names(edge)


def gap(made: County) -> str:
    """A patch between two towns is left out by both."""
    edge = made.border(shape=True)
    block = _block(made, edge)
    for town in edge:
        made.towns[town] = shapely.difference(made.towns[town], block)
    return _names(edge)


def sliver(made: County) -> str:
    """A strip of one to three metres along a border is left out."""
    edge = made.border(shape=True)
    border, half = made.borders[edge], float(made.rng.uniform(0.5, 1.5))
    strip = substring(border, 0.3 * border.length, 0.6 * border.length).buffer(half, cap_style="flat")
    made.towns[edge[0]] = shapely.difference(made.towns[edge[0]], strip)
    return _names(edge)


def drawn_twice(made: County) -> str:
    """One town draws a stretch of the border up to two metres inside its neighbour."""
    edge = made.border(shape=True)
    border, width = made.borders[edge], float(made.rng.uniform(0.5, 2.0))
    strip = substring(border, 0.35 * border.length, 0.55 * border.length).buffer(width, cap_style="flat")
    made.towns[edge[0]] = shapely.union(made.towns[edge[0]], strip)
    return _names(edge)


def bowtie(made: County) -> str:
    """Two vertices of a ring change places, far enough apart to make it cross itself."""
    town = made.town()
    ring = shapely.get_coordinates(made.towns[town])[:-1]
    while True:
        i = int(made.rng.integers(2, len(ring) - 3))
        swapped = ring.copy()
        swapped[[i, i + 1]] = swapped[[i + 1, i]]
        if not Polygon(swapped).is_valid:
            break
    made.towns[town] = Polygon(swapped)
    return code(town)


def spike(made: County) -> str:
    """The pen slips: a needle into a neighbour's direction, out of the county where there is none."""
    rim = {t for t in made.free_towns if _outer(made, t) is not None}
    made_of = set(made.free_towns)
    made.free_towns = rim
    town = made.town()
    made.free_towns = made_of & made.free_towns | (made_of - rim - _near(made, town))
    ring, i = shapely.get_coordinates(made.towns[town])[:-1], int(_outer(made, town) or 0)
    a, b = ring[i], ring[(i + 1) % len(ring)]
    out = np.array([b[1] - a[1], a[0] - b[0]]) / np.hypot(*(b - a))
    needle = [(a + b) / 2 - 0.2 * (b - a) / np.hypot(*(b - a)), (a + b) / 2 + 150.0 * out, (a + b) / 2]
    made.towns[town] = Polygon(np.vstack([ring[: i + 1], needle, ring[i + 1 :]]))
    return code(town)


def _near(made: County, town: int) -> set[int]:
    return {t for pair in made.borders if town in pair for t in pair} | {town}


def _outer(made: County, town: int) -> int | None:
    """Return a vertex of a town from which an edge runs along the outside of the county, or None."""
    shared = shapely.union_all([b for pair, b in made.borders.items() if town in pair])
    ring = shapely.get_coordinates(made.towns[town])
    middle = shapely.points((ring[:-1] + ring[1:]) / 2)
    off = np.flatnonzero(shapely.distance(middle, shared) > 1000.0)
    return int(off[len(off) // 2]) if len(off) else None


def exclave(made: County) -> str:
    """A square in the middle of one town belongs to another one."""
    host = made.town()
    owner = made.town()
    spot = made.towns[host].representative_point()
    half = float(made.rng.uniform(50.0, 300.0))
    square = shapely.box(spot.x - half, spot.y - half, spot.x + half, spot.y + half)
    made.towns[host] = shapely.difference(made.towns[host], square)
    made.towns[owner] = shapely.union(made.towns[owner], square)
    return code(owner)


def wrong_code(made: County) -> str:
    """A town bears the number of a street."""
    town = made.town(apart=False)
    codes = made.facts.get("code", pd.Series({i: code(i) for i in made.facts.index}))
    new = f"320999{int(made.rng.integers(1, 99)):03d}"
    if new in set(codes):
        return wrong_code(made)
    made.facts["code"] = codes.where(codes.index != town, new)
    _rename(made, code(town), new)
    return new


def _rename(made: County, old: str, new: str) -> None:
    made.lines["units"] = made.lines["units"].str.replace(old, new, regex=False)


def wrong_kind(made: County) -> str:
    """A town that the table calls a township."""
    town = made.town(apart=False)
    made.facts.loc[town, "kind"] = "街道"
    return code(town)


def wrong_area(made: County) -> str:
    """An official area two to eight per cent off."""
    town = made.town()
    if "area_km2" not in made.facts:
        made.facts["area_km2"] = np.nan
    off = 1.0 + made.rng.choice([-1, 1]) * made.rng.uniform(0.02, 0.08)
    made.facts.loc[town, "area_km2"] = made.towns[town].area / 1e6 * off
    return code(town)


def unregistered(made: County) -> str:
    """A line is not in the register, and nor are its stakes."""
    edge = made.border(shape=False)
    near = [p for p in made.free_borders if set(p) & set(edge)]
    made.free_borders -= set(near)
    made.lines = made.lines.drop(index=made.line_id(edge))
    made.stakes = made.stakes[made.stakes["line_id"] != made.line_id(edge)].reset_index(drop=True)
    return "-".join(sorted(map(code, edge)))


def wrong_length(made: County) -> str:
    """An agreed length five to twenty per cent off."""
    line = made.line_id(made.border(shape=False))
    made.lines.loc[line, "length_agreed_km"] *= 1.0 + made.rng.choice([-1, 1]) * made.rng.uniform(0.05, 0.2)
    return line


def overdue(made: County) -> str:
    """A joint inspection more than five years ago."""
    line = made.line_id(made.border(shape=False))
    days = int(made.rng.integers(1, 2000))
    made.lines.loc[line, "last_joint_inspection"] = pd.Timestamp("2020-12-31") - pd.Timedelta(days=days)
    return line


def _draw_stake(made: County, *, inner: bool = True) -> int:
    line = made.line_id(made.border(shape=False))
    rows = made.stakes.index[made.stakes["line_id"] == line]
    return int(rows[int(made.rng.integers(1, STAKES - 1))]) if inner else int(rows[0])


def moved_stake(made: County) -> str:
    """A stake 15 to 300 m off its line."""
    at = _draw_stake(made)
    a, b = (made.stakes.loc[at + d, ["x", "y"]].to_numpy(dtype=float) for d in (-1, 1))
    across = np.array([-(b - a)[1], (b - a)[0]]) / np.hypot(*(b - a))
    off = float(made.rng.choice([-1, 1]) * made.rng.uniform(150.0, 300.0))
    made.stakes.loc[at, ["x", "y"]] = made.stakes.loc[at, ["x", "y"]].to_numpy(dtype=float) + off * across
    return str(made.stakes.loc[at, "number"])


def damaged_stake(made: County) -> str:
    """A stake is broken, and nobody plans to mend it."""
    at = _draw_stake(made)
    made.stakes.loc[at, "state"] = "damaged"
    return str(made.stakes.loc[at, "number"])


def missing_stake(made: County) -> str:
    """A number is skipped."""
    at = _draw_stake(made)
    line = str(made.stakes.loc[at, "line_id"])
    made.stakes = made.stakes.drop(index=at).reset_index(drop=True)
    return line


def double_number(made: County) -> str:
    """A stake is registered twice."""
    at = _draw_stake(made)
    made.stakes = pd.concat([made.stakes, made.stakes.loc[[at]]], ignore_index=True)
    return str(made.stakes.loc[at, "number"])


def swapped_stakes(made: County) -> str:
    """Two stakes that follow each other have changed numbers."""
    at = _draw_stake(made)
    pair = [at, at + 1]
    made.stakes.loc[pair, ["x", "y"]] = made.stakes.loc[pair[::-1], ["x", "y"]].to_numpy()
    return str(made.stakes.loc[at, "line_id"])


def unpatrolled(made: County) -> str:
    """A stake that was last seen over a year ago."""
    at = _draw_stake(made)
    days = int(made.rng.integers(0, 900))
    made.stakes.loc[at, "last_patrol"] = pd.Timestamp("2024-12-31") - pd.Timedelta(days=days)
    return str(made.stakes.loc[at, "number"])


def old_datum(made: County) -> str:
    """All stakes of a line are in an older datum: 60 to 120 m off in one direction."""
    line = made.line_id(made.border(shape=False))
    rows = made.stakes.index[made.stakes["line_id"] == line]
    a, b = (made.stakes.loc[r, ["x", "y"]].to_numpy(dtype=float) for r in (rows[0], rows[-1]))
    turn = np.arctan2(*(b - a)[::-1]) + np.pi / 2 + made.rng.uniform(-0.5, 0.5)
    shift = made.rng.uniform(60.0, 120.0) * np.array([np.cos(turn), np.sin(turn)])
    made.stakes.loc[rows, ["x", "y"]] = made.stakes.loc[rows, ["x", "y"]].to_numpy(dtype=float) + shift
    return line


KINDS: dict[str, Callable[[County], str]] = {
    one.__name__: one
    for one in (
        *(overlap, gap, sliver, drawn_twice, bowtie, spike, exclave, wrong_code, wrong_kind, wrong_area),
        *(unregistered, wrong_length, overdue, moved_stake, damaged_stake, missing_stake, double_number),
        *(swapped_stakes, unpatrolled, old_datum),
    )
}
SHAPED = {"overlap", "gap", "sliver", "drawn_twice", "bowtie", "spike", "exclave"}
