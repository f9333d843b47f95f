"""Minutes on real streets against networkx on a graph drawn from the raw tags, vertex by vertex, by the OSM wiki."""

import json
import math
from dataclasses import replace
from functools import cache
from pathlib import Path

import geopandas as gpd
import networkx as nx
import numpy as np
import osmium
import pytest
import shapely
from pyproj import Transformer

from planner.layers.conform import Layer
from planner.layers.streets import read_streets
from planner.network import BIKE, DRIVE, WALK, build_network
from planner.travel import travel_times

MODES = {"walk": WALK, "bike": BIKE, "drive": replace(DRIVE, parking_min=0.0)}
# Key:highway: what is drawn, and is no street (yet)
NO_STREET = {"construction", "proposed", "platform", "corridor", "elevator", "bus_stop", "services", "rest_area"}
ROADS = {
    *("motorway", "trunk", "primary", "secondary", "tertiary", "unclassified", "residential", "living_street"),
    *("motorway_link", "trunk_link", "primary_link", "secondary_link", "tertiary_link", "service", "road"),
}
# Key:access, most specific last; what its words say
CHAIN = {
    "walk": ("access", "foot"),
    "bike": ("access", "vehicle", "bicycle"),
    "drive": ("access", "vehicle", "motor_vehicle", "motorcar"),
}
NOBODY = {"no", "agricultural", "forestry", "psv", "emergency"}
NO = NOBODY | {"private"}
YES, SOME = {"yes", "designated", "permissive"}, {"destination", "customers", "delivery", "permit", "residents"}
# OSM tags for routing/Access restrictions, worldwide: whose class it is not
NOT_ON_FOOT = {"cycleway", "bridleway", "busway", "bus_guideway"}
NOT_BY_BICYCLE = {"steps", "footway", "pedestrian", "bridleway", "busway", "bus_guideway"}
ONLY_ON_FOOT = {"stile", "turnstile", "kissing_gate", "full-height_turnstile"}  # Key:barrier
NO_CARS = ONLY_ON_FOOT | {"bollard", "block", "cycle_barrier", "chain", "planter", "jersey_barrier", "log", "debris"}


def from_osm(path):
    """Return (tags, [(key, place)]) of every highway, and the barriers by key."""
    ways, gates = [], {}
    for thing in osmium.FileProcessor(str(path)).with_locations():
        tags = {t.k: t.v for t in thing.tags}
        if thing.is_way() and "highway" in tags:
            ways.append((tags, [(n.ref, (n.lon, n.lat)) for n in thing.nodes if n.location.valid()]))
        elif thing.is_node() and "barrier" in tags:
            gates[thing.id] = tags
    return ways, gates


def from_geojson(path):
    ways = []
    for feature in json.loads(path.read_text(encoding="utf-8"))["features"]:
        tags = {k: str(v) for k, v in feature["properties"].items() if v is not None}
        shape = feature["geometry"]
        line = shape["coordinates"][0] if shape["type"] == "Polygon" else shape["coordinates"]
        if "highway" in tags and shape["type"] in ("Polygon", "LineString"):
            ways.append((tags, [((round(x * 1e7), round(y * 1e7)), (x, y)) for x, y, *_ in line]))
    return ways, {}


def may(tags, mode):
    """Return whether a way is open to a mode at all."""
    kind, motorway = tags["highway"], tags["highway"] in ("motorway", "motorway_link")
    if mode == "walk":
        closed = motorway or tags.get("motorroad") == "yes"
        return not closed and passes(tags, kind not in NOT_ON_FOOT, CHAIN[mode], NOBODY)
    if mode == "bike" and pushed(tags):
        return may(tags, "walk")
    return may_ride(tags, mode)


def may_ride(tags, mode):
    """Return whether wheels may roll on a way."""
    kind, motorway = tags["highway"], tags["highway"] in ("motorway", "motorway_link")
    if tags.get("area") == "yes":
        return False
    by_bicycle = not motorway and kind not in NOT_BY_BICYCLE and tags.get("motorroad") != "yes"
    return passes(tags, kind in ROADS if mode == "drive" else by_bicycle, CHAIN[mode])


def pushed(tags):
    """Return whether a bicycle is pushed there: Key:bicycle dismount, Key:ramp on steps nobody may ride."""
    ramp = tags["highway"] == "steps" and tags.get("ramp:bicycle") == "yes"
    return tags.get("bicycle") == "dismount" or (ramp and not may_ride(tags, "bike"))


def passes(tags, usual, chain, no=NO):
    """Read the keys from the last, the most specific, to the first."""
    for i, key in reversed(list(enumerate(chain))):
        if (word := tags.get(key)) in no:
            return False
        if word in YES:
            return True if key != "access" else usual
        if word in SOME:  # lets some in, over what is said before, but not over the class
            return usual or passes(tags, usual, chain[:i], no)
    return usual


def ways_open(tags, mode):
    """Return whether one may go along and against a way; walkers mind oneway:foot alone."""
    if mode == "walk" or (mode == "bike" and pushed(tags)):
        return tags.get("oneway:foot") != "-1", tags.get("oneway:foot") != "yes"
    told = tags.get(
        "oneway", "yes" if tags.get("junction") in ("roundabout", "circular") or tags["highway"] == "motorway" else "no"
    )
    along, against = told not in ("-1", "reverse"), told not in ("yes", "true", "1")
    if mode == "bike":
        own = tags.get("oneway:bicycle")
        if own in ("yes", "no", "-1"):
            return own != "-1", own != "yes"
        if any(tags.get(k, "").startswith("opposite") for k in ("cycleway", "cycleway:left", "cycleway:right")):
            return True, True
    return along, against


def stops(gate, mode):
    """Return whether a barrier stops a mode."""
    if mode == "walk":
        return not passes(gate, usual=True, chain=CHAIN[mode])
    return not passes(gate, gate["barrier"] not in (ONLY_ON_FOOT if mode == "bike" else NO_CARS), CHAIN[mode])


@cache
def city(path, crs):
    """Return the streets as we read and build them, and ways and gates as the file has them, in metres."""
    ways, gates = from_geojson(path) if path.suffix == ".geojson" else from_osm(path)
    flat = np.array([place for _, line in ways for _, place in line])
    xy = iter(zip(*Transformer.from_crs(4326, crs, always_xy=True).transform(*flat.T), strict=True))
    ways = [(tags, [(key, next(xy)) for key, _ in line]) for tags, line in ways]
    return build_network(read_streets(Layer(path=path, datum="wgs84", columns={}, crs=crs))), ways, gates


def shut_to(ways, gates, mode):
    """Return the gates a mode is stopped at: a private one is open between the largest part, all shut, and another."""
    shut = {key for key, tags in gates.items() if stops(tags, mode)}
    by_word = {key for key in shut if not stops({k: v for k, v in gates[key].items() if v != "private"}, mode)}
    graph, _ = drawn(ways, shut, mode)
    parts = sorted(nx.weakly_connected_components(graph), key=len, reverse=True)
    sides = [{place[0] for place in part if isinstance(place, tuple)} & by_word for part in parts]
    with_key = set()
    for number, small in enumerate(sides[1:], start=1):  # each part but the largest, and all that it has a gate to
        with_key |= {key for key in small if any(key in side for i, side in enumerate(sides) if i != number)}
    return shut - with_key


def drawn(ways, shut_at, mode):
    """Return arcs between vertices in metres, more for one that a bicycle is pushed.

    Who is stopped at a gate comes to a place of its own there.
    """
    graph, place = nx.DiGraph(), {}
    for number, (tags, line) in enumerate(ways):
        if tags["highway"] in NO_STREET or len(line) < 2 or not may(tags, mode):
            continue
        keys, xy = zip(*line, strict=True)
        slow = BIKE.speed_mps / WALK.speed_mps if mode == "bike" and pushed(tags) else 1.0
        along, against = (True, True) if keys == keys[::-1] and len(keys) > 2 else ways_open(tags, mode)
        shut = [key in shut_at for key in keys]
        for i in range(len(keys) - 1):
            a = (keys[i], number, i) if shut[i] else keys[i]
            b = (keys[i + 1], number, i + 1, "end") if shut[i + 1] else keys[i + 1]
            for u, v, goes in ((a, b, along), (b, a, against)):
                if goes and keys[i] != keys[i + 1]:  # a vertex twice in a row is no street
                    metres = math.dist(xy[i], xy[i + 1]) * slow
                    graph.add_edge(
                        u, v, weight=min(metres, graph.edges[u, v]["weight"]) if (u, v) in graph.edges else metres
                    )
            place |= {a: xy[i], b: xy[i + 1]}
    return graph, {
        key: xy for key, xy in place.items() if key in graph and not (isinstance(key, tuple) and len(key) > 2)
    }


def same_minutes(streets, ways, gates, mode, crs, *, share):
    """Compare minutes between vertices with networkx; at least a share of the pairs is connected."""
    graph, place = drawn(ways, shut_to(ways, gates, mode), mode)
    rng, keys = np.random.default_rng(7), sorted(place, key=str)
    origins, ends = ([keys[i] for i in rng.choice(len(keys), min(n, len(keys)), replace=False)] for n in (4, 150))
    spots = [
        gpd.GeoSeries([shapely.Point(place[k]) for k in some], index=[str(i) for i in range(len(some))], crs=crs)
        for some in (origins, ends)
    ]
    times = travel_times(streets, *spots, mode=MODES[mode], cutoff_min=1e5)
    found = np.full((len(origins), len(ends)), np.inf)
    found[times.rows, times.indices] = times.minutes
    truth = np.full_like(found, np.inf)
    for i, key in enumerate(origins):
        metres = nx.single_source_dijkstra_path_length(graph, key)
        truth[i] = [metres.get(end, np.inf) / MODES[mode].speed_mps / 60 for end in ends]
    assert np.isfinite(truth).mean() > share
    np.testing.assert_array_equal(np.isfinite(found), np.isfinite(truth))
    reached = np.isfinite(truth)
    np.testing.assert_allclose(found[reached], truth[reached], rtol=1e-4, atol=1e-3)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("file", "crs"),
    [
        pytest.param("gothenburg/ways.geojson", "EPSG:32632", marks=pytest.mark.slow),
        ("shanghai/shanghai.osm", "EPSG:4549"),
        pytest.param("porto_alegre/poa_osm.pbf", "EPSG:31982", marks=pytest.mark.slow),
    ],
)
def test_a_real_city(shared_data: Path, file, crs, mode):
    streets, ways, gates = city(shared_data / file, crs)
    same_minutes(streets, ways, gates, mode, crs, share=0.3)


KINDS = ("residential", "primary", "service", "footway", "cycleway", "path", "steps", "pedestrian", "trunk", "motorway")
KINDS += ("bridleway", "busway")
SAID = {
    "oneway": ("yes", "no", "-1", "reverse"),
    "junction": ("roundabout", "circular"),
    "oneway:bicycle": ("no", "yes", "-1"),
    "oneway:foot": ("no", "yes", "-1"),
    "cycleway": ("opposite", "opposite_lane", "lane"),
    "cycleway:left": ("opposite_track",),
    "access": ("private", "no", "yes", "destination", "psv", "agricultural"),
    "access:conditional": ("no @ (22:00-06:00)",),  # not read
    "foot": ("no", "yes", "use_sidepath", "private", "destination"),
    "bicycle": ("no", "yes", "dismount", "destination"),
    "motor_vehicle": ("no", "yes", "private", "delivery"),
    "vehicle": ("no", "yes"),
    "bridge": ("yes",),  # crosses without a vertex; what shares one is joined, whatever the layer
    "layer": ("1", "-1"),
    "motorroad": ("yes",),
    "ramp:bicycle": ("yes",),
    "area": ("yes",),
}
GATE = ({"barrier": "gate"}, {"barrier": "gate", "access": "private"}, {"barrier": "bollard"}, {"barrier": "stile"},
        {"barrier": "gate", "access": "no", "foot": "yes"}, {"barrier": "lift_gate", "motor_vehicle": "no"},
        {"barrier": "block", "motorcar": "yes"}, {"barrier": "gate", "access": "private", "motorcar": "no"},
        {"barrier": "gate", "vehicle": "private"}, {"barrier": "gate", "foot": "private"})  # fmt: skip


@pytest.mark.parametrize("seed", range(8))
def test_streets_nobody_would_draw(tmp_path, seed):
    """Ways that wander over 30 vertices, cross themselves, run in parallel and back, with tags and gates at random."""
    rng = np.random.default_rng(seed)
    spots = {int(n): (float(rng.uniform(120, 120.02)), float(rng.uniform(32, 32.02))) for n in range(1, 31)}
    file, gates = tmp_path / "wild.osm", dict(zip(rng.choice(30, len(GATE), replace=False) + 1, GATE, strict=True))
    with osmium.SimpleWriter(str(file)) as out:
        for ref, at in spots.items():
            out.add_node(osmium.osm.mutable.Node(id=ref, location=at, tags=gates.get(ref, {}), version=1))
        for number in range(40):
            refs = [int(r) for r in rng.integers(1, 31, int(rng.integers(2, 7)))]
            told = {key: str(rng.choice(words)) for key, words in SAID.items() if rng.random() < 0.12}
            kind = str(rng.choice(KINDS, p=[0.3, 0.1, 0.1, 0.1, *[0.05] * 8]))
            way = osmium.osm.mutable.Way(id=number + 1, nodes=refs, tags={"highway": kind} | told, version=1)
            out.add_way(way)
    streets, ways, found = city.__wrapped__(file, "EPSG:4549")
    assert len(found) == len(GATE)
    for mode in MODES:
        same_minutes(streets, ways, found, mode, "EPSG:4549", share=0.02)
