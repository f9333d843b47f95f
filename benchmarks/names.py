"""How fast names are compared, and whether planted faults are found: `python benchmarks/names.py`.

Speed: 600,000 names of villages, streets and compounds in 200 counties, drawn from 400 characters, so that
thousands agree and thousands sound alike. Goal: same names and homophones (PN-13, PN-14) in 60 s.

Planting: a clean county of 1,500 names whose specific parts all sound different, then 30 faults of kinds and
places drawn at random. Goal: every one found once, nothing else, and nothing on the clean county. The planter
knows nothing of the checks but their codes.
"""

import argparse
import os
import platform
import random
import resource
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely import MultiLineString, Point

from planner.checks import CHECKS, run_checks

COUNTY = "320116"
PN = [c for c in CHECKS if c.code.startswith("PN")]
CLASSES = (("街路巷", "路"), ("住宅区", "花园"), ("建筑物", "大厦"), ("居民点", "庄"))
# One character a syllable, each with one reading, and none that makes a word of the lists.
SYLLABLES = (
    "安白宝北彩昌春翠丹德鼎东恩方枫福岗光桂海寒河虹湖花辉吉建江锦晶久康兰丽莲林柳龙绿"
    "梅明木南宁浦清泉日荣瑞山松泰桃田文溪霞香秀雪雅杨叶银玉云泽竹紫"
)
TWINS = {"河": "禾", "康": "糠", "江": "疆", "林": "琳", "清": "青", "梅": "玫", "桃": "萄", "荣": "蓉"}


@dataclass(frozen=True)
class Toy:
    """What the checks read of a project."""

    names: Any = None
    places: Any = None
    facilities: Any = None
    demand: Any = None
    streets: Any = None
    crs: str = "EPSG:4549"


def clean_county(n: int, chance: random.Random) -> list[dict[str, Any]]:
    """Return n names of one county, no two of which sound alike, each on its own spot."""
    pairs = [a + b for a in SYLLABLES for b in SYLLABLES if a != b]
    words = chance.sample(pairs, n)
    rows = []
    for number, word in enumerate(words):
        kind, generic = CLASSES[number % len(CLASSES)]
        at = Point(500_000.123 + 4000 * (number % 40), 3_540_000.456 + 4000 * (number // 40))
        rows.append(
            {"name_id": f"n{number:05d}", "name": word + generic, "kind": kind, "place_id": COUNTY, "geometry": at}
        )
    return rows


Plant = Callable[[dict[str, Any], list[dict[str, Any]], random.Random], str | None]


def _set(**fields: Any) -> Plant:
    def plant(row: dict[str, Any], rows: list[dict[str, Any]], chance: random.Random) -> str:  # noqa: ARG001
        row |= fields
        return row["name_id"]

    return plant


def _reworded(kind: str, *names: str) -> Plant:
    def plant(row: dict[str, Any], rows: list[dict[str, Any]], chance: random.Random) -> str:  # noqa: ARG001
        row |= {"name": chance.choice(names).format(row["name"][:2]), "kind": kind}
        return row["name_id"]

    return plant


def _again(row: dict[str, Any], rows: list[dict[str, Any]], chance: random.Random, **fields: Any) -> str:  # noqa: ARG001
    rows.append(row | {"name_id": f"z{len(rows):05d}"} | fields)
    return rows[-1]["name_id"]


def _same_name(row: dict[str, Any], rows: list[dict[str, Any]], chance: random.Random) -> str:
    far = Point(row["geometry"].x + 3000.0, row["geometry"].y)
    _again(
        row,
        rows,
        chance,
        geometry=far,
        named=pd.Timestamp("2023-01-01"),
        approval="x",
        approved=pd.Timestamp("2023-01-01"),
    )
    return row["name_id"]


def _twin(row: dict[str, Any], rows: list[dict[str, Any]], chance: random.Random) -> str | None:
    at = next((i for i, c in enumerate(row["name"][:2]) if c in TWINS), None)
    if at is None:
        return None
    name = row["name"][:at] + TWINS[row["name"][at]] + row["name"][at + 1 :]
    _again(row, rows, chance, name=name, geometry=Point(row["geometry"].x + 3000.0, row["geometry"].y))
    return row["name_id"]


def _twice(row: dict[str, Any], rows: list[dict[str, Any]], chance: random.Random) -> str:
    return _again(row, rows, chance, geometry=Point(row["geometry"].x + 20.0, row["geometry"].y))


def _parts(row: dict[str, Any], rows: list[dict[str, Any]], chance: random.Random) -> str | None:  # noqa: ARG001
    if row["kind"] != "街路巷":
        return None
    x, y = row["geometry"].x, row["geometry"].y
    row["geometry"] = MultiLineString([[(x, y), (x + 50, y)], [(x + 900, y), (x + 950, y)]])
    return row["name_id"]


KINDS: dict[str, Plant] = {
    "PN-01": _reworded("住宅区", "{0}之光", "{0}未来"),
    "PN-02": _reworded("建筑物", "{0}大厦广场", "{0}公寓大楼"),
    "PN-03": _reworded("住宅区", "{0}別墅", "{0}華庭"),
    "PN-04": _reworded("住宅区", "{0}A花园", "{0}·公寓", "24{0}花园"),
    "PN-05": _reworded("住宅区", "{0}世界花园", "环球{0}花园"),
    "PN-06": lambda row, rows, chance: _reworded("建筑物", "{0}广场")(row | row, rows, chance) and _square(row),
    "PN-07": _reworded("住宅区", "{0}巴黎花园", "维也纳{0}公寓", "曼哈顿{0}花园"),
    "PN-08": _reworded("住宅区", "{0}普罗旺斯花园", "巴洛克{0}公寓"),
    "PN-09": _reworded("住宅区", "{0}皇庭小区", "帝都{0}花园"),
    "PN-12": _reworded("街路巷", "{0}万达路", "恒大{0}路"),
    "PN-13": _same_name,
    "PN-14": _twin,
    "PN-17": _twice,
    "PN-18": _parts,
    "PN-20": _set(named_after="某某古镇"),
    "PN-21": _set(pinyin="Somewhere Road"),
    "PN-23": _set(geometry=None),
    "PN-24": _set(kind="随便写的"),
    "PN-26": _set(protected="名录", proposed="新名"),
    "PN-27": _set(sign="别的名字"),
    "PN-30": _set(named=pd.Timestamp("2023-03-01")),
}


def _square(row: dict[str, Any]) -> str:
    row |= {"name": row["name"][:2] + "广场", "kind": "建筑物", "area_m2": 4000.0}
    return row["name_id"]


def planted_county(n: int, faults: int, seed: int) -> tuple[gpd.GeoDataFrame, list[tuple[str, str]]]:
    """Return a county with faults of drawn kinds in drawn rows, and what was planted: code and id, sorted."""
    chance = random.Random(seed)  # noqa: S311
    rows = clean_county(n, chance)
    planted: list[tuple[str, str]] = []
    free = chance.sample(range(n), n)
    while len(planted) < faults:
        code = chance.choice(sorted(KINDS))
        name_id = KINDS[code](rows[free.pop()], rows, chance)
        planted += [(code, name_id)] if name_id else []
    return frame(rows), sorted(planted)


def frame(rows: list[dict[str, Any]]) -> gpd.GeoDataFrame:
    """Return rows as NAMES."""
    table = pd.DataFrame(rows).set_index("name_id")
    return gpd.GeoDataFrame(table, geometry="geometry", crs="EPSG:4549")


def many_names(n: int, seed: int) -> pd.DataFrame:
    """Return n communities in 200 counties, in PLACES, of two and three drawn characters: thousands agree."""
    chance = random.Random(seed)  # noqa: S311
    from pypinyin_dict.pinyin_data import ktghz2013

    letters = [chr(c) for c in sorted(ktghz2013.pinyin_dict)][:4000:10]
    codes = [f"{32 + i // 100:02d}{i // 10 % 10 + 1:02d}{i % 10 + 1:02d}" for i in range(200)]
    rows = []
    for number in range(n):
        county, serial = codes[number % 200], number // 200
        name = "".join(chance.choices(letters, k=2 + number % 2)) + "村委会"
        rows.append((f"{county}{100 + serial // 300:03d}{200 + serial % 300:03d}", name, county))
    whole = pd.DataFrame(rows, columns=["place_id", "name", "parent_id"]).assign(level="community")
    counties = pd.DataFrame({"place_id": codes, "name": codes, "parent_id": None, "level": "county"})
    return pd.concat([counties, whole]).set_index("place_id")


def many_streets(n: int, seed: int) -> gpd.GeoDataFrame:
    """Return n streets, compounds, buildings and settlements of 200 counties, in NAMES, each a point of its county."""
    places = many_names(n, seed)
    chance = random.Random(seed)  # noqa: S311
    words = places["name"][200:].str[:-3]
    kinds = [CLASSES[chance.randrange(4)] for _ in range(n)]
    county = places["parent_id"][200:].astype(str)
    at = county.astype("category").cat.codes.to_numpy()
    spread = np.random.default_rng(seed).uniform(0.0, 40_000.0, (n, 2))
    shapes = gpd.points_from_xy(spread[:, 0] + 50_000.0 * (at % 15), spread[:, 1] + 50_000.0 * (at // 15))
    rows = {"name": words + [g for _, g in kinds], "kind": [k for k, _ in kinds], "place_id": county}
    return gpd.GeoDataFrame(rows, geometry=list(shapes), crs="EPSG:4549").rename_axis("name_id")


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--names", type=int, default=600_000)
    parser.add_argument("--counties", type=int, default=20, help="planted counties, each with its own seed")
    given = parser.parse_args()
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    found = missed = extra = 0
    for seed in range(given.counties):
        table, planted = planted_county(1500, 30, seed)
        findings = run_checks(Toy(names=table), checks=PN, cap=10_000)
        said = sorted(zip(findings["code"], findings["feature_id"], strict=True))
        found += sum(p in said for p in planted)
        missed += sum(p not in said for p in planted)
        extra += len(said) - sum(p in said for p in planted)
        if said != planted:
            print(seed, "missed", sorted(set(planted) - set(said)), "extra", sorted(set(said) - set(planted)))
    clean = 0
    for seed in range(given.counties):
        clean += len(run_checks(Toy(names=planted_county(1500, 0, seed)[0]), checks=PN))
    print(f"planted {found + missed}: found {found}, missed {missed}, said besides {extra}; on clean counties {clean}")
    for what, toy in (
        ("communities", Toy(places=many_names(given.names, seed=1))),
        ("names of four classes", Toy(names=many_streets(given.names, seed=1))),
    ):
        for codes in (("PN-13", "PN-14"), tuple(c.code for c in PN)):
            begun = time.process_time()
            findings = run_checks(toy, checks=[c for c in PN if c.code in codes], cap=10_000_000)
            seconds = time.process_time() - begun
            counts = findings["code"].value_counts().sort_index().to_dict()
            asked = " ".join(codes) if len(codes) == 2 else "all checks of names"
            print(f"{given.names:,} {what}, {asked}: {seconds:.1f} s of one core, goal 60 s; {counts}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1e6 if platform.system() == "Linux" else 1e9)
    print(f"largest memory {peak:.1f} GB")


if __name__ == "__main__":
    main()
