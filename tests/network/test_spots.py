"""Gates and signals that stand at points of streets, on two streets and a crossing that one can count."""

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from planner.errors import TableError
from planner.layers.conform import Layer
from planner.layers.parts import SPOT_TAGS
from planner.layers.streets import read_streets, with_points
from planner.network import BIKE, DRIVE, WALK, build_network
from planner.travel import service_areas, travel_times
from tests.network.test_modes import ways
from tests.toy_city import CRS, DRIVE_1, WALK_1, points

LINE = ((0, 0), (100, 0), (200, 0), (300, 0))


def with_spot(streets, vertex, **tags):
    spots = pd.DataFrame([{tag: tags.get(tag, "") for tag in SPOT_TAGS}], index=[vertex], dtype=object)
    return replace(streets, spots=spots)


def passes(**tags):
    """Return who gets through a barrier in a street of 300 m, as w, b, d; a way round of 500 m is open to all."""
    around = (*LINE, (0, 100), (300, 100))
    network = build_network(with_spot(ways(([0, 1, 2, 3], {}), ([0, 4, 5, 3], {}), xy=around), 1, **tags))
    here, there = points(a=(0, 0)), points(z=(3, 0))
    modes = (replace(m, speed_mps=100 / 60, parking_min=0) for m in (WALK, BIKE, DRIVE))
    took = {m.name[0]: travel_times(network, here, there, mode=m, cutoff_min=60).minutes.tolist() for m in modes}
    assert all(minutes in ([3], [5]) for minutes in took.values())
    return "".join(name for name, minutes in took.items() if minutes == [3])


@pytest.mark.parametrize(
    ("tags", "who"),
    [
        ({"barrier": "gate"}, "wbd"),  # a gate that says nothing is open, as routers have it
        ({"barrier": "lift_gate"}, "wbd"),
        ({"barrier": "kerb"}, "wbd"),
        ({"barrier": "bollard"}, "wb"),
        ({"barrier": "bollard", "motor_vehicle": "yes"}, "wbd"),
        ({"barrier": "turnstile"}, "w"),
        ({"barrier": "gate", "access": "private"}, ""),
        ({"barrier": "gate", "access": "no", "foot": "yes"}, "w"),
        ({"barrier": "gate", "access": "private", "bicycle": "designated"}, "b"),
        ({"barrier": "lift_gate", "motor_vehicle": "private"}, "wb"),
        ({"barrier": "gate", "vehicle": "no"}, "w"),
        ({"barrier": "gate", "foot": "private"}, "bd"),
        ({"barrier": "gate", "foot": "no"}, "bd"),
        ({"barrier": "gate", "access": "customers"}, "wbd"),
        ({"highway": "crossing", "access": "private"}, "wbd"),  # no barrier
    ],
)
def test_whom_a_barrier_stops(tags, who):
    assert passes(**tags) == who


TOWN, YARD, BEHIND = (0, 0), (200, 0), (300, 0)
"""Where the main streets end, a compound, and one behind it."""


def walked(gates, *lines, bit=WALK):
    """Return minutes from the town at one a 100 m to the yard and behind it; None: not reached."""
    xy = (TOWN, (100, 0), YARD, (250, 0), BEHIND, (0, 100), (200, 100), (100, 100), (-900, 0))
    streets = ways(([8, 0], {}), *((line, {}) for line in lines), xy=xy)
    rows = [{tag: tags.get(tag, "") for tag in SPOT_TAGS} for tags in gates.values()]
    network = build_network(replace(streets, spots=pd.DataFrame(rows, index=list(gates), dtype=object)))
    mode = replace(bit, speed_mps=100 / 60, parking_min=0)
    ends = points(town=(0, 0), yard=(2, 0), behind=(3, 0))
    times = travel_times(network, ends.loc[["town"]], ends, mode=mode, cutoff_min=60).to_frame()
    minutes = times.set_index("destination_id")["minutes"].round(3)
    return tuple(minutes.get(name) for name in ("yard", "behind")), network.repairs["gates_with_keys"]


PRIVATE, SHUT = {"barrier": "gate", "access": "private"}, {"barrier": "gate", "access": "no"}
ALONG, ROUND = [0, 1, 2, 3, 4], [0, 5, 7, 6, 2]  # 300 m over the gates 1 and 3; 400 m to the yard over 7


@pytest.mark.parametrize(
    ("gates", "lines", "minutes", "keys"),
    [
        ({1: PRIVATE}, [ALONG], (2, 3), 1),  # a compound with one private gate is reached
        ({1: PRIVATE, 3: PRIVATE}, [ALONG], (2, 3), 2),  # gates in series
        ({1: PRIVATE}, [ALONG, ROUND], (4, 5), 0),  # a way round: no short cut, and the yard is reached by it
        ({1: PRIVATE, 7: {"barrier": "gate"}}, [ALONG, ROUND], (4, 5), 0),  # a public gate too: by that one only
        ({1: PRIVATE, 7: {"barrier": "gate"}, 3: PRIVATE}, [ALONG, ROUND], (4, 5), 1),
        ({1: PRIVATE, 7: PRIVATE}, [ALONG, ROUND], (2, 3), 2),  # no public gate: all keys of the residents'
        ({1: PRIVATE, 7: SHUT}, [ALONG, ROUND], (2, 3), 1),  # the other is locked to all
        ({1: SHUT}, [ALONG], (None, None), 0),
        ({1: {"barrier": "gate", "locked": "yes"}}, [ALONG], (2, 3), 1),  # locked: by its key
        ({1: {"barrier": "gate", "locked": "yes"}}, [ALONG, ROUND], (4, 5), 0),
        ({1: {"barrier": "gate", "locked": "yes", "access": "yes"}}, [ALONG, ROUND], (2, 3), 0),
        ({1: {"barrier": "gate", "access": "no", "foot": "private"}}, [ALONG], (None, None), 0),  # not by private alone
        ({1: {"barrier": "gate", "foot": "private"}}, [ALONG], (2, 3), 1),
        ({1: SHUT, 3: PRIVATE}, [ALONG], (None, None), 1),  # its owner has a key, and gets to the other and no farther
    ],
)
def test_residents_have_a_key_where_there_is_no_other_way(gates, lines, minutes, keys):
    assert walked(gates, *lines) == (minutes, keys)


def test_a_key_opens_no_bollard():
    """Wheels have a key of their own; what stops them by its kind stops them with private written on it too."""
    gate = {"barrier": "gate", "motor_vehicle": "private"}
    assert walked({1: gate}, ALONG, bit=DRIVE) == ((2, 3), 1)
    assert walked({1: gate | {"barrier": "bollard"}}, ALONG, bit=DRIVE) == ((None, None), 0)


def test_a_gate_is_reached_from_both_sides_and_passed_by_neither():
    """The bollard stands at 100 m of 300. Cars get 50 m to where they stand before it, walkers through it."""
    network = build_network(with_spot(ways(([0, 1, 2, 3], {}), xy=LINE), 1, barrier="bollard"))
    homes, end = points(before=(0.5, 0), at=(1, 0), behind=(1.5, 0)), points(west=(0, 0), east=(3, 0))
    minutes = {}
    for mode in (WALK_1, DRIVE_1):
        found = travel_times(network, homes, end, mode=mode, cutoff_min=60).to_frame()
        minutes[mode.name] = found.set_index(["origin_id", "destination_id"])["minutes"]
    stand, ends = {"before": 0.5, "at": 1, "behind": 1.5}, {"west": 0, "east": 3}
    walks = {(h, e): abs(x - z) for h, x in stand.items() for e, z in ends.items()}
    assert minutes["walk"].to_dict() == pytest.approx(walks)
    assert minutes["drive"]["before", "west"] == pytest.approx(0.5)
    assert minutes["drive"]["behind", "east"] == pytest.approx(1.5)
    assert not {("before", "east"), ("behind", "west")} & set(minutes["drive"].index)
    areas = service_areas(network, end.loc[["west"]], mode=DRIVE_1, bands_min=[10])
    assert areas.polygons["street_m"].tolist() == pytest.approx([100.0])
    assert network.length_m.sum() == pytest.approx(300)
    assert network.repairs["gate_pieces"] == 1


def test_a_gate_at_a_crossing_stops_every_turn():
    """Four arms of 100 m; cars stand before the bollard in the middle of them all, walkers cross."""
    cross = ((0, 0), (100, 0), (200, 0), (100, 100), (100, -100))
    network = build_network(with_spot(ways(([0, 1, 2], {}), ([3, 1, 4], {}), xy=cross), 1, barrier="block"))
    arms = points(w=(0, 0), e=(2, 0), n=(1, 1), s=(1, -1))
    on_foot = travel_times(network, arms, arms, mode=WALK_1, cutoff_min=60).to_frame()
    assert (on_foot["minutes"] == np.where(on_foot["origin_id"] == on_foot["destination_id"], 0, 2)).all()
    assert len(on_foot) == 16
    assert len(travel_times(network, arms, arms, mode=DRIVE_1, cutoff_min=60)) == 4  # each itself


@pytest.mark.parametrize(
    ("tags", "on_road", "on_path"),
    [
        ({"highway": "traffic_signals"}, 2 + 1, 2 + 1),
        (
            {"highway": "crossing", "crossing": "traffic_signals"},
            2,
            2 + 1,
        ),  # who walks along the road does not cross it
        ({"highway": "crossing", "crossing:signals": "yes"}, 2, 2 + 1),
        ({"highway": "crossing", "crossing": "zebra"}, 2, 2),
        ({"highway": "crossing"}, 2, 2),
    ],
)
def test_one_waits_at_signals_and_at_crossings_that_have_them(tags, on_road, on_path):
    """A road east to west and a footway south to north cross at the tag; a second tag far off says signals are told."""
    cross = ((0, 0), (100, 0), (200, 0), (100, 100), (100, -100), (900, 0), (999, 0))
    road, path, far = ([0, 1, 2], {"highway": "primary"}), ([3, 1, 4], {"highway": "footway"}), ([5, 6], {})
    streets = ways(road, path, far, xy=cross)
    spots = pd.concat([with_spot(streets, 1, **tags).spots, with_spot(streets, 5, highway="traffic_signals").spots])
    network = build_network(replace(streets, spots=spots))
    slow = replace(WALK_1, crossing_min=1.0)
    times = travel_times(network, points(w=(0, 0), n=(1, 1)), points(e=(2, 0), s=(1, -1)), mode=slow, cutoff_min=60)
    minutes = times.to_frame().set_index(["origin_id", "destination_id"])["minutes"]
    assert minutes["w", "e"] == pytest.approx(on_road)
    assert minutes["n", "s"] == pytest.approx(on_path)


def test_points_of_a_layer_are_put_on_the_vertices(tmp_path):
    line = gpd.GeoDataFrame({"highway": ["residential"]}, geometry=[shapely.LineString(LINE)], crs=CRS)
    line.to_file(tmp_path / "streets.gpkg")
    gates = gpd.GeoDataFrame(
        {"barrier": ["gate", "", ""], "access": ["no", "", ""], "ele": [None, 4.0, 14.0]},
        geometry=[shapely.Point(100.3, 0.3), shapely.Point(200, 0), shapely.Point(300, 0)],
        crs=CRS,
    )
    gates.to_file(tmp_path / "gates.gpkg")
    gates.set_geometry(gates.translate(0, 40)).to_file(tmp_path / "off.gpkg")
    told = [Layer(path=tmp_path / f"{n}.gpkg", datum=None, columns={}, crs=CRS) for n in ("streets", "gates", "off")]
    streets = with_points(read_streets(told[0]), told[1])
    network = build_network(streets)
    assert not len(travel_times(network, points(a=(0, 0)), points(z=(3, 0)), mode=WALK, cutoff_min=60))
    # heights are 4 m from 200 m back to the start, and rise 10 m in the last 100
    assert sorted(np.abs(network.grade).round(9)) == [0.0, 0.0, 0.1]
    with pytest.raises(TableError, match="40"):
        with_points(streets, told[2])
    with pytest.raises(TableError, match="barrier"):
        with_points(streets, told[0])
