"""What an OSM tag lets whom do, each on the smallest network that can tell."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from planner.layers import Ways
from planner.layers.parts import TAGS
from planner.network import BIKE, DRIVE, WALK, build_network
from planner.travel import travel_times
from tests.toy_city import CRS, DRIVE_1, WALK_1, grid, points

SQUARE = ((0, 0), (100, 0), (100, 100), (0, 100))


def ways(*drawn, xy=SQUARE):
    """Return streets over the vertices of a square, 0 to 3 against the clock: (vertices, tags) each."""
    rows = [{"highway": "residential"} | tags for _, tags in drawn]
    tags = pd.DataFrame([{tag: row.get(tag, "") for tag in TAGS} for row in rows])
    return Ways(
        way_id=np.array([f"w{i}" for i in range(len(drawn))]),
        tags=tags,
        offsets=np.cumsum([0, *(len(v) for v, _ in drawn)]),
        vertex=np.concatenate([v for v, _ in drawn]).astype(np.int64),
        xy=np.array(xy, dtype=float),
        crs=CRS,
        declared="wgs84",
    )


def allowed(**tags):
    """Return who may go along one street and who against it, as the letters w, b, d."""
    network = build_network(ways(([0, 1], tags)))
    along, against = network.forward[0], network.backward[0]
    if network.node_xy[network.from_node[0], 0] > 0:
        along, against = against, along
    return tuple("".join(m.name[0] for m in (WALK, BIKE, DRIVE) if bits & m.bit) for bits in (along, against))


@pytest.mark.parametrize(
    ("tags", "along", "against"),
    [
        ({}, "wbd", "wbd"),
        # classes
        ({"highway": "footway"}, "w", "w"),
        ({"highway": "steps"}, "w", "w"),
        ({"highway": "pedestrian"}, "w", "w"),
        # a class of other users alone is open on foot where foot says so (wiki, worldwide table; decision 8)
        ({"highway": "cycleway"}, "b", "b"),
        ({"highway": "cycleway", "foot": "designated"}, "wb", "wb"),
        ({"highway": "cycleway", "access": "yes"}, "b", "b"),
        ({"highway": "bridleway"}, "", ""),
        ({"highway": "busway", "foot": "yes"}, "w", "w"),
        ({"highway": "track"}, "wb", "wb"),
        ({"highway": "trunk"}, "wbd", "wbd"),
        ({"highway": "trunk", "motorroad": "yes"}, "d", "d"),
        ({"highway": "motorway"}, "d", ""),  # implies one-way; no feet, no bicycles
        ({"highway": "motorway", "oneway": "no"}, "d", "d"),
        ({"highway": "motorway", "foot": "yes"}, "d", ""),
        ({"motorroad": "yes"}, "d", "d"),
        # who is named
        ({"foot": "no"}, "bd", "bd"),
        ({"bicycle": "no"}, "wd", "wd"),
        ({"oneway": "yes", "bicycle": "dismount"}, "wbd", "wb"),  # pushed, as one walks
        ({"foot": "no", "bicycle": "dismount"}, "d", "d"),
        ({"highway": "footway", "bicycle": "dismount"}, "wb", "wb"),
        ({"highway": "steps", "ramp:bicycle": "yes"}, "wb", "wb"),
        ({"highway": "footway", "bicycle": "yes"}, "wb", "wb"),
        ({"highway": "trunk", "bicycle": "no"}, "wd", "wd"),
        ({"motor_vehicle": "no"}, "wb", "wb"),
        ({"motorcar": "no"}, "wb", "wb"),
        ({"vehicle": "no"}, "w", "w"),
        ({"vehicle": "no", "bicycle": "yes"}, "wb", "wb"),
        ({"highway": "pedestrian", "motor_vehicle": "yes"}, "wd", "wd"),
        # the compound behind a gate: walkers pass, wheels that are not named do not
        ({"access": "private"}, "w", "w"),
        ({"access": "private", "bicycle": "yes"}, "wb", "wb"),
        ({"access": "no", "motor_vehicle": "yes"}, "d", "d"),  # the more specific word wins
        ({"access": "no", "foot": "yes"}, "w", "w"),
        ({"access": "no", "foot": "destination"}, "w", "w"),  # lets some in again
        ({"highway": "cycleway", "foot": "destination"}, "b", "b"),  # but opens no class
        ({"highway": "pedestrian", "motor_vehicle": "delivery"}, "w", "w"),
        ({"access": "psv"}, "", ""),
        ({"foot": "private"}, "wbd", "wbd"),
        ({"foot": "use_sidepath"}, "wbd", "wbd"),
        ({"bicycle": "use_sidepath"}, "wbd", "wbd"),  # as fast on the path beside it
        ({"access": "private", "vehicle": "yes", "motor_vehicle": "no"}, "wb", "wb"),
        ({"motor_vehicle": "destination"}, "wbd", "wbd"),
        ({"highway": "footway", "access": "yes"}, "w", "w"),  # open to all who may use footways
        # one way
        ({"oneway": "yes"}, "wbd", "w"),
        ({"oneway": "-1"}, "w", "wbd"),
        ({"oneway": "reverse"}, "w", "wbd"),
        ({"junction": "roundabout"}, "wbd", "w"),
        ({"junction": "circular"}, "wbd", "w"),
        ({"junction": "roundabout", "oneway": "no"}, "wbd", "wbd"),
        ({"junction": "roundabout", "oneway": "-1"}, "w", "wbd"),
        ({"oneway:foot": "yes"}, "wbd", "bd"),
        ({"oneway": "yes", "oneway:foot": "-1"}, "bd", "w"),
        ({"oneway": "yes", "oneway:foot": "no"}, "wbd", "w"),
        # bicycles against the traffic
        ({"oneway": "yes", "oneway:bicycle": "no"}, "wbd", "wb"),
        ({"oneway": "yes", "cycleway": "opposite"}, "wbd", "wb"),
        ({"oneway": "yes", "cycleway": "opposite_lane"}, "wbd", "wb"),
        ({"oneway": "yes", "cycleway:left": "opposite_track"}, "wbd", "wb"),
        ({"oneway": "-1", "oneway:bicycle": "no"}, "wb", "wbd"),
        ({"oneway": "no", "oneway:bicycle": "yes"}, "wbd", "wd"),
        ({"oneway": "yes", "oneway:bicycle": "-1"}, "wd", "wb"),
        ({"oneway": "yes", "cycleway": "lane"}, "wbd", "w"),
    ],
)
def test_who_may_use_a_street(tags, along, against):
    assert allowed(**tags) == (along, against)


def test_a_roundabout_is_driven_round_and_walked_either_way():
    """Four sides of 100 m driven 0 -> 1 -> 2 -> 3: from corner 1 back to 0 it is three sides on wheels, one on foot."""
    network = build_network(ways(([0, 1, 2, 3, 0], {"junction": "roundabout"})))
    here, there = points(a=(1, 0)), points(f=(0, 0))
    found = {
        mode.name: travel_times(network, here, there, mode=mode, cutoff_min=10).minutes.tolist()
        for mode in (WALK_1, DRIVE_1)
    }
    assert found["drive"] == pytest.approx([3.0])
    assert found["walk"] == pytest.approx([1.0])


def test_a_bicycle_lane_against_the_traffic_is_a_shortcut():
    one_way = {"oneway": "yes", "cycleway": "opposite_lane"}
    network = build_network(ways(([0, 1], one_way), ([1, 2], {}), ([2, 3], {}), ([3, 0], {})))
    ride = replace(BIKE, speed_mps=WALK_1.speed_mps)
    here, there = points(a=(1, 0)), points(f=(0, 0))
    assert travel_times(network, here, there, mode=ride, cutoff_min=10).minutes.tolist() == pytest.approx([1.0])
    assert travel_times(network, here, there, mode=DRIVE_1, cutoff_min=10).minutes.tolist() == pytest.approx([3.0])


def test_a_bicycle_is_pushed_at_walking_pace_where_it_must():
    """100 m ridden, 100 m pushed: at 3 and 1 times the pace on foot. A lane beside the second is ridden, and wins."""
    pace = WALK.speed_mps * 60  # metres a minute
    pushed = ([1, 2], {"highway": "footway", "bicycle": "dismount"})
    ride, here, there = replace(BIKE, speed_mps=3 * WALK.speed_mps), points(a=(0, 0)), points(f=(1, 1))
    for lines, minutes in ((), 100 / (3 * pace) + 100 / pace), ((([2, 1], {}),), 200 / (3 * pace)):
        network = build_network(ways(([0, 1], {}), pushed, *lines))
        assert travel_times(network, here, there, mode=ride, cutoff_min=9).minutes.tolist() == pytest.approx([minutes])
    words = build_network(ways(([0, 1], {}), pushed)).to_frame().set_index("way")["forward"]
    assert words.to_dict() == {"w0": "walk bike drive", "w1": "walk push"}


def test_crossing_a_main_road_takes_its_time_and_walking_along_it_none():
    """The middle column x = 1 of a 3 x 3 grid is a primary road; crossing costs half a minute at either side."""
    net = grid(3)
    west, east = net.node_xy[net.from_node, 0], net.node_xy[net.to_node, 0]
    net = replace(net, highway=np.where((west == 100) & (east == 100), "primary", "residential"))
    slow = replace(WALK_1, crossing_min=1.0)
    origins, ends = points(across=(0, 0), along=(1, 0), turning=(0, 1)), points(f=(2, 0), g=(1, 2))
    got = travel_times(net, origins, ends, mode=slow, cutoff_min=10).to_frame()
    minutes = got.set_index(["origin_id", "destination_id"])["minutes"]
    assert minutes["across", "f"] == pytest.approx(2 + 1)
    assert minutes["along", "g"] == pytest.approx(2)
    assert minutes["turning", "g"] == pytest.approx(2 + 0.5)
    plain = travel_times(net, origins, ends, mode=WALK_1, cutoff_min=10).to_frame()
    assert (plain["minutes"] <= got["minutes"]).all()


def test_speed_and_waits_must_be_sensible():
    for wrong in ({"speed_mps": 0.0}, {"parking_min": -1.0}, {"crossing_min": -0.1}, {"kmh": {"steps": 0.0}}):
        with pytest.raises(ValueError, match="walk"):
            replace(WALK, **wrong)
