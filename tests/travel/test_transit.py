"""Public transport on the toy city, by hand: one block is one minute on foot."""

from dataclasses import replace
from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from planner.errors import NetworkError
from planner.layers import Pattern, Timetable, read_streets, read_transit
from planner.layers.conform import Layer
from planner.network import TRANSIT, WALK, build_network, headways, join_transit
from planner.travel import CAUSES, service_areas, transit_times, travel_times
from tests.toy_city import grid, points

ON_FOOT = replace(TRANSIT, speed_mps=100 / 60, stop_walk_m=200.0, departures=6)
WINDOW = (480.0, 540.0)
STOPS = points(w=(0, 0), m=(10, 0), e=(20, 0))


def line(stops, rides, *, headway=10.0, first=480.0, n=8, stated=True):
    """Return a line over positions of STOPS that rides so many minutes between them."""
    times = first + headway * np.arange(n)[:, None] + np.concatenate([[0.0], np.cumsum(rides)])
    told = headway if stated else float("nan")
    return Pattern(line="1", stops=np.array(stops), arrive=times, depart=times, headway_min=told)


def city(*lines, window=WINDOW, stops=STOPS):
    table = gpd.GeoDataFrame({"name": list(stops.index)}, index=stops.index, geometry=stops)
    return join_transit(grid(21), Timetable.from_patterns(table, lines), window=window)


def minutes(joined, origins, ends, **options):
    found = transit_times(joined, origins, ends, **({"mode": ON_FOOT, "cutoff_min": 30.0} | options))
    return {(o, d): pytest.approx(m, abs=1e-5) for o, d, m in found.to_frame().itertuples(index=False)}


def test_walk_wait_ride_walk():
    joined = city(line([0, 1, 2], [2, 3]))
    # 1 block to the stop, half of 10 minutes, 2 + 3 on board, 2 blocks from the stop; walking would be 23
    assert minutes(joined, points(o=(0, 1)), points(d=(20, 2))) == {("o", "d"): 1 + 5 + 5 + 2}
    # not boarding is better here: 3 blocks
    assert minutes(joined, points(o=(0, 1)), points(d=(2, 0))) == {("o", "d"): 3}


def test_rides_alone():
    mode = replace(ON_FOOT, transit_time="in_vehicle")
    joined = city(line([0, 1, 2], [2, 3]))
    assert minutes(joined, points(o=(0, 1)), points(d=(20, 2)), mode=mode) == {("o", "d"): 5}
    # three blocks from the stop is more than 200 m, so there is only the whole way on foot: 1 + 20 + 3
    assert minutes(joined, points(o=(0, 1)), points(d=(20, 3)), mode=mode) == {("o", "d"): 22}
    assert minutes(joined, points(o=(0, 1)), points(d=(20, 3)), mode=mode, cutoff_min=20.0) == {}


def test_free_walks_do_not_add_up():
    """Stops 200 m apart, a ride over the first 200 m: one may walk on from its end, but not from stop to stop."""
    stops = points(a=(0, 0), b=(2, 0), c=(4, 0), d=(6, 0))
    joined = city(line([0, 1], [1.0]), line([2, 3], [1.0], first=900.0), stops=stops)
    ends = points(y=(4, 0), z=(6, 0))
    # by the timetable the bus leaves at 8:00 sharp, and the 2 blocks from it are walked
    for reading, ride in (("in_vehicle", 1), ("timetable", 1 + 2)):
        mode = replace(ON_FOOT, transit_time=reading)
        assert minutes(joined, points(o=(0, 0)), ends, mode=mode) == {("o", "y"): ride, ("o", "z"): 6}


def test_by_the_timetable_the_median_of_the_departures():
    joined = city(line([0, 1, 2], [2, 3]))
    mode = replace(ON_FOOT, transit_time="timetable")
    # setting out at 8:00, 8:10 … one is at the stop a minute later and waits 9 for the next, each time: 1 + 9 + 5 + 2
    assert minutes(joined, points(o=(0, 1)), points(d=(20, 2)), mode=mode) == {("o", "d"): 17}
    # a departure every 5 minutes: waits 9, 4, 9, 4 …; half of the departures take 12 or less
    often = replace(mode, departures=12)
    assert minutes(joined, points(o=(0, 1)), points(d=(20, 2)), mode=often) == {("o", "d"): 12}


def test_changing_on_foot():
    stops = points(a=(0, 0), b=(9, 0), c=(11, 0), d=(20, 0))
    joined = city(line([0, 1], [2]), line([2, 3], [3], headway=6.0, n=12), stops=stops)
    # 5 wait, 2 ride, 2 blocks on foot, 3 wait, 3 ride
    assert minutes(joined, points(o=(0, 0)), points(z=(20, 0))) == {("o", "z"): 15}


def test_a_stop_beside_the_street_is_walked_to_each_time():
    stops = points(w=(0, -0.5), e=(20, -0.5))
    joined = city(line([0, 1], [4]), stops=stops)
    assert minutes(joined, points(o=(0, 0)), points(z=(20, 0))) == {("o", "z"): 0.5 + 5 + 4 + 0.5}


def test_a_stop_far_from_all_streets_is_ridden_through_only():
    stops = points(w=(0, 0), off=(10, -9), e=(20, 0))
    joined = city(line([0, 1, 2], [2, 3]), stops=stops)
    assert joined.stop_near.tolist() == [True, False, True]
    for reading in ("door_to_door", "in_vehicle", "timetable"):
        mode = replace(ON_FOOT, transit_time=reading)
        found = transit_times(joined, points(o=(0, 0)), points(z=(20, 0)), mode=mode, cutoff_min=30.0)
        assert found.minutes[0] <= 10  # 5 to wait at the most, 5 on board


def test_headways_are_counted_in_the_window_where_none_is_stated():
    table = city(line([0, 1], [2.0], headway=12.0, first=480.0, n=5, stated=False)).timetable
    # 8:00, 8:12 … 8:48: five departures in an hour
    assert headways(table, (480.0, 540.0))[0].tolist() == [12.0, pytest.approx(np.nan, nan_ok=True)]
    assert headways(table, (480.0, 510.0))[0][0] == 10.0  # three in half an hour
    assert np.isnan(headways(table, (600.0, 660.0))[0][0])  # nobody can board
    assert headways(table, (600.0, 660.0))[1][0] == 2.0
    stated = city(line([0, 1], [2.0], headway=12.0)).timetable
    assert headways(stated, (480.0, 510.0))[0][0] == 12.0


def test_a_line_that_does_not_run_then_carries_nobody():
    joined = city(line([0, 1, 2], [2, 3]), window=(900.0, 960.0))
    for reading in ("door_to_door", "in_vehicle", "timetable"):
        found = minutes(joined, points(o=(0, 0)), points(z=(20, 0)), mode=replace(ON_FOOT, transit_time=reading))
        assert found == {("o", "z"): 20}


def test_one_way_lines_carry_one_way():
    joined = city(line([0, 1, 2], [2, 3]))
    east, west = points(e=(20, 0)), points(w=(0, 0))
    assert minutes(joined, east, west) == {("e", "w"): 20}
    assert minutes(joined, east, west, direction="from") == {("e", "w"): 5 + 5}  # from west to east


def test_causes():
    joined = city(line([0, 1, 2], [2, 3]))
    origins = points(near=(0, 0), far=(0, 20), off=(10, 30))
    for reading in ("door_to_door", "in_vehicle", "timetable"):
        mode = replace(ON_FOOT, transit_time=reading)
        found = transit_times(joined, origins, points(z=(20, 0)), mode=mode, cutoff_min=16.0)
        assert [CAUSES[c] for c in found.causes] == ["", "too_far", "outside_streets"]


def test_nobody_and_nothing():
    joined = city(line([0, 1, 2], [2, 3]))
    some, none = points(o=(0, 0)), points(o=(0, 0)).iloc[:0]
    for reading in ("door_to_door", "in_vehicle", "timetable"):
        mode = replace(ON_FOOT, transit_time=reading)
        for a, b in ((none, some), (some, none)):
            for direction in ("to", "from"):
                assert len(transit_times(joined, a, b, mode=mode, cutoff_min=9.0, direction=direction)) == 0


def test_what_cannot_be_is_refused():
    for wrong in ({"stop_walk_m": 0.0}, {"departures": 0}, {"speed_mps": -1.0}):
        with pytest.raises(ValueError, match="transit"):
            replace(TRANSIT, **wrong)
    with pytest.raises(ValueError, match="backwards"):
        line([0, 1], [-1.0])
    with pytest.raises(ValueError, match="do not fit"):
        Pattern(line="1", stops=np.array([0]), arrive=np.zeros((1, 1)), depart=np.zeros((1, 1)))


def test_whoever_cannot_take_the_lines_refuses_instead_of_walking():
    joined = city(line([0, 1, 2], [2, 3]))
    ends = points(o=(0, 1))
    for reading in ("in_vehicle", "timetable"):
        with pytest.raises(NetworkError, match="transit_times"):
            travel_times(joined, ends, ends, mode=replace(ON_FOOT, transit_time=reading), cutoff_min=5)
    for network in (joined, grid(2)):
        with pytest.raises(NetworkError, match="transit_times"):
            service_areas(network, ends, mode=ON_FOOT)
        service_areas(network, ends, mode=WALK, bands_min=[1.0])
    with pytest.raises(NetworkError, match="form"):
        transit_times(joined, ends, ends, mode=ON_FOOT, cutoff_min=5, direction="form")


@pytest.mark.slow
def test_porto_alegre(shared_data):
    """A real city: everybody who walks there in time rides there in time, and the readings agree in what they must."""
    folder, crs = shared_data / "porto_alegre", "EPSG:31982"
    layers = [Layer(path=folder / f"poa_{f}.zip", datum=None, columns={}, crs=crs) for f in ("eptc", "trensurb")]
    streets = build_network(read_streets(Layer(path=folder / "poa_osm.pbf", datum=None, columns={}, crs=crs)))
    joined = join_transit(streets, read_transit(layers, on=date(2019, 5, 13)), window=(840.0, 900.0))
    cells = pd.read_csv(folder / "poa_hexgrid.csv", index_col="id").iloc[::8]
    homes = gpd.GeoSeries.from_xy(cells["lon"], cells["lat"], index=cells.index, crs=4326).to_crs(crs)
    market = gpd.GeoSeries.from_xy([-51.227811], [-30.027565], index=["public_market"], crs=4326).to_crs(crs)
    walked = travel_times(streets, homes, market, mode=TRANSIT.on_streets, cutoff_min=60).to_frame()
    reached = {
        reading: transit_times(joined, homes, market, mode=replace(TRANSIT, transit_time=reading), cutoff_min=60)
        for reading in ("door_to_door", "in_vehicle", "timetable")
    }
    for found in reached.values():
        both = walked.merge(found.to_frame(), on=["origin_id", "destination_id"], how="left")
        assert (both["minutes_y"] <= both["minutes_x"] + 1e-4).all()
        assert len(found) > 1.5 * len(walked)
        assert both["minutes_y"].mean() < 0.9 * both["minutes_x"].mean()
