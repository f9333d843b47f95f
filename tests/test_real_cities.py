"""The whole job on cities as OpenStreetMap holds them, and every minute of it found again by networkx."""

import json
from itertools import pairwise
from pathlib import Path

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pytest

from planner.layers.read import read_frame
from planner.pipeline import Study, run
from planner.project import Service, load_project
from planner.report import write_outputs

SNAP_MAX_M = 300.0
MINUTES_OFF = 1e-4  # float32 minutes rounded up, and lengths as parquet holds them

AMENITIES = {
    "meal_point": ("restaurant", "fast_food", "cafe", "bar", "pub"),
    "child_home": ("school", "childcare", "university", "library"),
    "nursing_station": ("hospital", "pharmacy"),
    "social_work": ("townhall", "police", "post_office", "courthouse", "bank"),
}
NANJING = """
[project]
name = "nanjing"
title = "南京市中心城区"
crs = "EPSG:4549"
date = 2026-01-01

[streets]
path = "{osm}"
datum = "wgs84"

[places]
path = "places.geojson"
datum = "wgs84"

[demand]
path = "buildings.geojson"
datum = "wgs84"
"""
SERVICE = """
[[services]]
id = "{id}"
facilities = "{id}.geojson"
datum = "wgs84"
columns = {{facility_id = "osm_id", name = "名称"}}
mode = "{mode}"
weight = "{weight}"
standard_min = 15
siting = {{model = "mclp", p = 3}}
{more}
"""
SLOWED = 'pace = "elderly"\ncrossing_s = 25\nstairs_factor = 2'


def points(frame: gpd.GeoDataFrame) -> gpd.GeoSeries:
    return frame.to_crs("EPSG:4549").centroid.to_crs(4326)


def write(frame: gpd.GeoDataFrame, file: Path) -> None:
    frame.to_file(file, driver="GeoJSON")


def residents(buildings: gpd.GeoDataFrame, districts: gpd.GeoDataFrame, census: Path) -> gpd.GeoDataFrame:
    """Spread the people of each district over its buildings by ground area."""
    people, ages = (
        pd.read_csv(census / f"{name}.csv", dtype=str, encoding="utf-8-sig").set_index("CODE").loc["320102":"320118"]
        for name in ("population", "ages")
    )
    people = people["POPU"].astype(float).to_dict()
    old = ages[["AGES_60-64", "AGES_65P"]].astype(float).sum(axis=1).to_dict()
    area = buildings.to_crs("EPSG:4549").area
    code = gpd.sjoin(gpd.GeoDataFrame(geometry=points(buildings)), districts[["place_id", "geometry"]])["place_id"]
    code, area = code[~code.index.duplicated()], area.loc[code.index]
    pop = area / area.groupby(code).transform("sum") * [people[c] for c in code]
    shapes = points(buildings).loc[code.index]
    columns = {"demand_id": code.index, "place_id": code, "pop": pop, "pop60": pop * [old[c] for c in code]}
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=4326)


@pytest.fixture(scope="module")
def nanjing(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Study, Path]:
    folder = tmp_path_factory.mktemp("nanjing")
    source = shared_data / "nanjing/osm_centre.geojson"
    osm = gpd.GeoDataFrame(read_frame(source).replace("", None))
    districts = gpd.read_file(shared_data / "districts/six_cities_districts_wgs84.geojson")
    districts = districts.set_crs(4326, allow_override=True)  # WGS 84 / CGCS2000, sources.csv
    districts = districts.assign(place_id=districts["gb"].astype(str).str[3:], level="county")
    districts = districts[districts["place_id"].str.startswith("3201")]
    write(districts[["place_id", "name", "level", "geometry"]], folder / "places.geojson")
    buildings = osm[
        osm["building"].notna() & osm["boundary"].isna() & osm.geom_type.isin(["Polygon", "MultiPolygon"])
    ].set_index("id")
    write(residents(buildings, districts, shared_data / "census"), folder / "buildings.geojson")
    for service, kinds in AMENITIES.items():
        chosen = osm[osm["amenity"].isin(kinds)]
        table = pd.DataFrame({"osm_id": chosen["id"], "名称": chosen["name"].fillna(chosen["amenity"])})
        write(gpd.GeoDataFrame(table, geometry=points(chosen)), folder / f"{service}.geojson")
    text = NANJING.format(osm=source.as_posix())
    modes = ["walk", "walk", "drive", "walk"]
    for service, mode in zip(AMENITIES, modes, strict=True):
        weight = "pop" if service == "child_home" else "pop60"
        more = SLOWED if service == "meal_point" else ""
        text += SERVICE.format(id=service, mode=mode, weight=weight, more=more)
    (folder / "planner.toml").write_text(text, encoding="utf-8")
    study = run(load_project(folder / "planner.toml"))
    return study, write_outputs(study, folder / "out")


def streets(tables: Path, asked: Service) -> tuple[nx.DiGraph, dict[tuple[str, str], str]]:
    """Return a graph in which every snapped point is a node of its own, at its offset on its edge.

    Arcs carry minutes against the direction of travel, so that one search from the facilities serves all.
    """
    edges = pd.read_parquet(tables / "edges.parquet")
    snaps = pd.read_parquet(tables / "snaps.parquet")
    snaps = snaps[(snaps["mode"] == asked.mode) & (snaps["access_m"] <= SNAP_MAX_M)]
    graph, name = nx.DiGraph(), {}
    held = dict(list(snaps.groupby("edge_id")))
    for e, takes in zip(edges.itertuples(), minutes(edges, asked), strict=True):
        stops = [(0.0, str(e.from_id)), (1.0, str(e.to_id))]
        for p in held[e.edge_id].itertuples() if e.edge_id in held else ():
            foot = f"foot {p.layer} {p.point_id}"
            name[p.layer, p.point_id] = f"point {p.layer} {p.point_id}"
            stops.append((float(p.offset_m) / float(e.length_m) if e.length_m else 0.0, foot))
            _join(graph, foot, name[p.layer, p.point_id], p.access_m / asked.speed_mps / 60, both=True)
        stops.sort()
        for (a, u), (b, v) in pairwise(stops):
            if asked.mode in str(e.forward).split():
                _join(graph, v, u, (b - a) * takes)
            if asked.mode in str(e.backward).split():
                _join(graph, u, v, (b - a) * takes)
    return graph, name


def minutes(edges: pd.DataFrame, asked: Service) -> "pd.Series[float]":
    """Return how long each edge takes, as outputs/README.md says."""
    kmh = edges["highway"].map(dict(asked.kmh)).fillna(asked.speed_mps * 3.6)
    kmh = kmh.where(edges["highway"] != "steps", kmh / asked.stairs_factor)
    return edges["length_m"] / (kmh / 3.6 * 60) + edges["waits"] * asked.crossing_s / 120


def _join(graph: nx.DiGraph, u: str, v: str, minutes: float, *, both: bool = False) -> None:
    for a, b in ((u, v), (v, u)) if both else ((u, v),):
        known = graph.get_edge_data(a, b)
        graph.add_edge(a, b, minutes=min(minutes, known["minutes"]) if known else minutes)


@pytest.mark.parametrize("service", AMENITIES)
def test_every_minute_of_nanjing_is_found_again(nanjing: tuple[Study, Path], service: str):
    study, out = nanjing
    asked = study.service(service)
    graph, name = streets(out / "tables", asked)
    layer = f"facilities.{service}"
    sources = {n for (where, _), n in name.items() if where == layer}
    limit = asked.cutoff_min - asked.parking_min
    reached = nx.multi_source_dijkstra_path_length(graph, sources, cutoff=limit + 1, weight="minutes")
    demand = pd.read_parquet(out / "tables" / "demand.parquet").set_index("demand_id")
    ours = demand[f"{service}_min"]
    assert len(ours) > 2000
    theirs = ours.index.map(lambda i: reached.get(name.get(("demand", i), ""), np.inf) + asked.parking_min)
    theirs = pd.Series(np.asarray(theirs, float), index=ours.index)
    near = theirs <= asked.cutoff_min - MINUTES_OFF
    assert ours[theirs > asked.cutoff_min + MINUTES_OFF].isna().all()
    assert near.sum() > 100
    np.testing.assert_allclose(ours[near].to_numpy(float), theirs[near].to_numpy(), atol=MINUTES_OFF)
    told = json.loads((out / "run.json").read_text(encoding="utf-8"))["services"][service]
    sure = (theirs - asked.standard_min).abs() > MINUTES_OFF
    weight = demand[asked.weight]
    assert told["covered"] == pytest.approx(
        weight[theirs <= asked.standard_min].sum(), abs=weight[~sure].sum() + 1e-6 * weight.sum()
    )


def test_waits_and_stairs_are_among_what_was_found_again(nanjing: tuple[Study, Path]):
    edges = pd.read_parquet(nanjing[1] / "tables/edges.parquet")
    assert (edges["waits"] > 0).any()
    assert (edges["highway"] == "steps").any()


def test_nanjing_is_told_in_chinese_to_the_end(nanjing: tuple[Study, Path]):
    study, out = nanjing
    assert all(len(plan.sites) for plan in study.plans.values())
    gaps = pd.read_csv(out / "tables" / "gaps.csv")
    named = gaps["name"].str.contains("路|街|巷|大道|旁|附近|区")
    assert named.all()
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "南京市中心城区" in page
    assert "示例数据" not in page


GOTHENBURG = """
[project]
name = "gothenburg"
language = "en"
crs = "EPSG:3006"
date = 2026-01-01

[streets]
path = "{ways}"
datum = "wgs84"

[demand]
path = "demand.csv"
datum = "wgs84"

[[services]]
id = "day_care"
preset = "day_care"
facilities = "facilities.csv"
datum = "wgs84"
siting = {{model = "mclp", p = 2}}
"""


def test_gothenburg_with_its_footways_runs_to_the_end(shared_data: Path, tmp_path: Path):
    ways = gpd.read_file(shared_data / "gothenburg/ways.geojson", columns=["highway"])
    rng = np.random.default_rng(7)
    centre = ways.geometry.representative_point().sample(600, random_state=7)
    at = pd.DataFrame({"lon": centre.x.to_numpy(), "lat": centre.y.to_numpy()})
    at.assign(demand_id=[f"d{i}" for i in range(600)], pop60=rng.integers(1, 20, 600)).to_csv(
        tmp_path / "demand.csv", index=False
    )
    at.head(8).assign(facility_id=[f"f{i}" for i in range(8)], name=[f"Centre {i}" for i in range(8)]).to_csv(
        tmp_path / "facilities.csv", index=False
    )
    (tmp_path / "planner.toml").write_text(
        GOTHENBURG.format(ways=(shared_data / "gothenburg/ways.geojson").as_posix()), encoding="utf-8"
    )
    study = run(load_project(tmp_path / "planner.toml"))
    assert len(ways) == 20_227  # sources.csv
    nobody_walks = ways["highway"].isin(["construction", "platform"])  # waiting areas and building sites
    assert len(study.layers.streets) == (~nobody_walks).sum()
    covered = study.coverage["day_care"].share("pop60")
    assert 0 < covered.covered < covered.demand
    assert len(study.plans["day_care"].sites) == 2
    out = write_outputs(study, tmp_path / "out")
    edges = pd.read_parquet(out / "tables" / "edges.parquet")
    assert {"footway", "steps", "cycleway"} <= set(edges["highway"])
