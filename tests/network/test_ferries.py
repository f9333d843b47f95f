"""A ferry takes people across, and stops nowhere in between."""

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pytest
import shapely

from planner.layers.conform import Layer
from planner.layers.streets import read_streets
from planner.network import BIKE, DRIVE, WALK, build_network, snap
from planner.network.crossings import open_crossings, segments_of
from planner.network.ferries import _minutes
from planner.travel import service_areas, travel_times
from tests.layers.test_street_formats import frame
from tests.layers.test_streets import osm

CRS = "EPSG:4549"
# a quay on either bank, 950 m apart (0.01 degrees of longitude at 32 N), and a bridge without a vertex across the ferry
PLACES = {1: (118.788, 32.06), 2: (118.79, 32.06), 3: (118.80, 32.06), 4: (118.802, 32.06)}
PLACES |= {5: (118.795, 32.05), 6: (118.795, 32.07)}
BOAT = {"route": "ferry", "duration": "00:08"}


def streets(path, **boat):
    ways = {1: ([1, 2], {"highway": "residential"}), 2: ([2, 3], BOAT | boat), 3: ([3, 4], {"highway": "residential"})}
    path = osm(path, PLACES, ways | {4: ([5, 6], {"highway": "primary"})})
    return read_streets(Layer(path=path, datum=None, columns={}, crs=CRS))


def spots(*places):
    return gpd.GeoSeries(shapely.points(np.array(places)), index=[f"p{i}" for i in range(len(places))], crs=CRS)


def across(network, ways, mode):
    """Return minutes from quay to quay, none where one does not get across."""
    ends = ways.vertex[ways.offsets[1] : ways.offsets[2]]
    here, there = (spots(ways.xy[v]) for v in ends)
    return travel_times(network, here, there, mode=mode, cutoff_min=99).minutes.tolist()


@pytest.mark.parametrize(
    ("boat", "mode", "minutes"),
    [
        ({}, WALK, [8 + 10]),  # its duration, and half of a usual headway of 20 minutes
        ({}, BIKE, [8 + 10]),
        ({}, DRIVE, []),  # a boat for people, unless it says motor_vehicle=yes
        ({"motor_vehicle": "yes"}, replace(DRIVE, parking_min=0.0), [8 + 10]),
        ({"foot": "no"}, WALK, []),
        ({"duration": ""}, WALK, None),  # at 10 km/h
    ],
)
def test_a_ferry_takes_its_time_and_the_wait(tmp_path, boat, mode, minutes):
    ways = streets(tmp_path / "s.osm", **boat)
    network = build_network(ways)
    wide = float(network.length_m[network.by_water].sum())
    assert wide == pytest.approx(945, abs=5)
    minutes = [wide / 10_000 * 60 + 10] if minutes is None else minutes
    assert across(network, ways, mode) == pytest.approx(minutes, abs=0.01)


def test_nobody_gets_on_in_the_middle_and_no_area_lies_on_the_water(tmp_path):
    ways = streets(tmp_path / "s.osm")
    network = build_network(ways)
    middle = (ways.xy[ways.vertex[ways.offsets[1]]] + ways.xy[ways.vertex[ways.offsets[2] - 1]]) / 2
    touched = snap(network, spots(middle), mode=WALK)
    assert network.highway[touched.edge].tolist() == ["primary"]
    home = spots(ways.xy[ways.vertex[0]])
    areas = service_areas(network, home, mode=WALK, bands_min=[40])
    land = network.length_m[~network.by_water & (network.highway != "primary")].sum()
    assert areas.polygons["street_m"].tolist() == pytest.approx([land])  # both banks, 3 + 18 + 3 minutes away
    assert len(open_crossings(ways, segments_of(ways))) == 0


@pytest.mark.parametrize(
    ("text", "minutes"),
    [("20", 20), ("0:20", 20), ("01:05", 65), ("00:20:30", 20.5), ("PT1H5M", 65), ("PT8M", 8), ("soon", 0), ("", 0)],
)
def test_durations_are_read_in_their_usual_forms(text, minutes):
    assert _minutes(text) == minutes


def test_a_ferry_of_a_line_file_is_one(tmp_path):
    lines = frame({1: ([1, 2], {"highway": "residential"}), 2: ([2, 3], BOAT)})
    lines.to_file(tmp_path / "s.geojson")
    read = read_streets(Layer(path=tmp_path / "s.geojson", datum=None, columns={}, crs=CRS))
    assert read.tags["highway"].tolist() == ["residential", "ferry"]
