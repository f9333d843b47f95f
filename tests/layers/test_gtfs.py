"""GTFS feeds: small ones written here, and the two of Porto Alegre against gtfs-kit."""

import zipfile
from datetime import date

import numpy as np
import pytest

from planner.errors import TableError
from planner.layers import read_transit
from planner.layers.conform import Layer

CRS = "EPSG:31982"
MONDAY, TUESDAY, SUNDAY = date(2026, 1, 5), date(2026, 1, 6), date(2026, 1, 11)
FEED = {
    "stops": "stop_id,stop_name,stop_lat,stop_lon\n"
    "A,Alfa,-30.00,-51.20\nB,Beta,-30.01,-51.20\nC,Gama,-30.03,-51.20\nZ,Zero,0,0\n",
    "routes": "route_id,route_short_name,route_long_name,route_type\nr1,11,Linha onze,3\n",
    "trips": "route_id,service_id,trip_id\nr1,week,t1\nr1,week,t2\nr1,sun,t3\n",
    "stop_times": (
        "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
        "t1,08:00:00,08:00:00,A,1\nt1,,,B,5\nt1,08:06:00,08:06:00,C,9\n"
        "t2,24:10:00,24:10:00,A,1\nt2,24:12:00,24:13:30,B,2\nt2,24:16:00,24:16:00,C,3\n"
        "t3,09:00:00,09:00:00,C,1\nt3,09:06:00,09:06:00,A,2\n"
    ),
    "calendar": (
        "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date\n"
        "week,1,1,1,1,1,0,0,20260101,20261231\nsun,0,0,0,0,0,0,1,20260101,20261231\n"
    ),
}

OFTEN = "trip_id,start_time,end_time,headway_secs\n"


def feed(tmp_path, *, folder=False, name="feed.zip", **changes):
    """Write a feed, zipped or as a folder; a file that is None is left out."""
    files = {k: v for k, v in (FEED | changes).items() if v is not None}
    path = tmp_path / (name.removesuffix(".zip") if folder else name)
    if folder:
        path.mkdir()
        for stem, text in files.items():
            (path / f"{stem}.txt").write_text(text, encoding="utf-8-sig")
        return path
    with zipfile.ZipFile(path, "w") as target:
        for stem, text in files.items():
            target.writestr(f"gtfs/{stem}.txt", text)
    return path


def read(*paths, on=MONDAY):
    return read_transit([Layer(path=p, datum=None, columns={}, crs=CRS) for p in paths], on=on)


@pytest.mark.parametrize("folder", [False, True])
def test_the_trips_of_one_day(tmp_path, folder):
    found = read(feed(tmp_path, folder=folder))
    assert found.line.tolist() == ["11"]
    assert list(found.stops["name"]) == ["Alfa", "Beta", "Gama"]  # Zero is not called at
    one = found.pattern(0)
    # between A and C at 8:00 and 8:06, B lies a third of the way: 0.01 of 0.03 degrees
    np.testing.assert_allclose(one.arrive[0], [480, 482, 486], atol=1e-3)
    assert one.arrive[1].tolist() == [1450, 1452, 1456]
    assert one.depart[1].tolist() == [1450, 1453.5, 1456]
    assert np.isnan(one.headway_min)


def test_the_calendar_and_its_exceptions(tmp_path):
    told = "service_id,date,exception_type\nweek,20260106,2\nsun,20260106,1\n"
    assert len(read(feed(tmp_path), on=SUNDAY)) == 1
    changed = feed(tmp_path, name="b.zip", calendar_dates=told)
    assert len(read(changed, on=MONDAY)) == 2
    assert read(changed, on=TUESDAY).stops["name"].tolist() == ["Alfa", "Gama"]  # Tuesday runs as Sunday
    only = feed(tmp_path, name="c.zip", calendar=None, calendar_dates=told)
    assert len(read(only, on=TUESDAY)) == 1


def test_frequencies_run_a_trip_again_and_again(tmp_path):
    often = OFTEN + "t1,07:00:00,07:30:00,600\nt1,10:00:00,10:20:00,1200\n"
    one = read(feed(tmp_path, frequencies=often)).pattern(0)
    assert one.depart[:, 0].tolist() == [420, 430, 440, 600, 1450]  # the end of a window is no departure
    np.testing.assert_allclose(np.diff(one.arrive, axis=1)[:4], [[2, 4]] * 4, atol=1e-3)


def test_what_a_feed_may_leave_out_and_what_runs_past_midnight(tmp_path):
    bare = read(feed(tmp_path, routes=None, calendar_dates="", frequencies="", transfers="from_stop_id\nA\n"))
    assert (bare.line.tolist(), len(bare)) == (["r1"], 2)
    late = read(feed(tmp_path, name="b.zip", frequencies=OFTEN + "t1,23:50:00,24:20:00,600\n")).pattern(0)
    assert late.depart[:, 0].tolist() == [1430, 1440, 1450, 1450]  # t2 too leaves at 24:10


def test_trips_that_overtake_stand_apart(tmp_path):
    quick = FEED["stop_times"].replace("24:1", "08:0")  # t2 leaves A at 8:00 too and is at C at 8:06
    quick = quick.replace("t2,08:06:00,08:06:00,C", "t2,08:03:50,08:03:50,C")
    found = read(feed(tmp_path, stop_times=quick))
    assert np.diff(found.trips).tolist() == [1, 1]
    for p in range(len(found.line)):
        assert (np.diff(found.pattern(p).depart, axis=0) >= 0).all()


def test_two_feeds_run_side_by_side(tmp_path):
    other = FEED["stop_times"].replace("24:1", "23:1")
    both = read(feed(tmp_path), feed(tmp_path, name="b.zip", stop_times=other))
    assert len(both) == 4
    assert both.stops.index.tolist() == ["1:A", "1:B", "1:C", "2:A", "2:B", "2:C"]
    assert both.pattern(1).stops.tolist() == [3, 4, 5]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"stops": None}, r"stops\.txt"),
        ({"calendar": None}, r"calendar\.txt"),
        ({"trips": "route_id,trip_id\nr1,t1\n"}, "service_id"),
        ({"stop_times": FEED["stop_times"].replace("08:00:00,08:00:00", ",")}, "t1"),
        ({"stop_times": FEED["stop_times"].replace("08:06:00,08:06:00", "8h06,8h06")}, "t1"),
        ({"stop_times": FEED["stop_times"].replace("24:16:00,24:16:00", "24:11:00,24:11:00")}, "t2"),
        ({"stop_times": FEED["stop_times"].replace(",B,5", ",Q,5")}, "Q"),
        ({"stops": FEED["stops"].replace("-30.01", "north")}, "B"),
        ({"stops": FEED["stops"].replace("-30.01", "")}, "B"),
        ({"stop_times": FEED["stop_times"] + "t1,08:09\n"}, r"stop_times\.txt.* 10 .*stop_id"),  # a row cut short
        ({"stop_times": FEED["stop_times"].replace("\nt2,24:10", "\nt9,24:10")}, r"stop_times\.txt.* 5 .*trip_id"),
        ({"trips": FEED["trips"].replace("week", "sun") + "r1,week,t4\n"}, "1 个班次"),  # nobody rides
        ({"calendar": FEED["calendar"].replace("monday", "mon")}, "monday"),
        ({"calendar": FEED["calendar"].replace("20261231\nsun", "2026-12-31\nsun")}, r"calendar\.txt.* 2 .*end_date"),
        ({"calendar_dates": "service_id,exception_type\nweek,1\n"}, r"calendar_dates\.txt.*date"),
        ({"calendar_dates": "service_id,date,exception_type\nweek,20260105,3\n"}, "exception_type"),
        ({"calendar_dates": "service_id,date,exception_type\nweek,5.1.2026,2\n"}, r"calendar_dates\.txt.* 2 .*date"),
        ({"frequencies": "trip_id,start_time,end_time\nt1,07:00:00,07:30:00\n"}, "headway_secs"),
        ({"frequencies": OFTEN + "t1,07:00:00,07:30:00,0\n"}, "headway_secs"),
        ({"frequencies": OFTEN + "t1,07:00:00,07:30:00,ten\n"}, "headway_secs"),
        ({"frequencies": OFTEN + "t1,7h,07:30:00,600\n"}, "end_time"),
        ({"frequencies": OFTEN + "t1,08:00:00,07:30:00,600\n"}, "end_time"),
        ({"frequencies": OFTEN + "t9,07:00:00,07:30:00,600\n"}, "trip_id"),
    ],
)
def test_a_broken_feed_is_one_clear_error(tmp_path, changes, says):
    with pytest.raises(TableError, match=says):
        read(feed(tmp_path, **changes))


def test_a_day_without_service_names_the_days_that_have_one(tmp_path):
    with pytest.raises(TableError, match="2026-01-01 至 2026-12-31"):
        read(feed(tmp_path), on=date(2025, 6, 2))


def test_what_is_no_zip_is_said(tmp_path):
    (tmp_path / "bad.zip").write_bytes(b"no zip")
    with pytest.raises(TableError, match=r"bad\.zip"):
        read(tmp_path / "bad.zip")


@pytest.mark.parametrize(("name", "on"), [("poa_eptc", date(2019, 5, 13)), ("poa_trensurb", date(2019, 5, 12))])
def test_real_feeds_against_gtfs_kit(shared_data, name, on):
    """The same trips, stops and given times as another reader finds."""
    gtfs_kit = pytest.importorskip("gtfs_kit")
    path = shared_data / "porto_alegre" / f"{name}.zip"
    theirs = gtfs_kit.read_feed(path, dist_units="m")
    day = f"{on:%Y%m%d}"
    trips, calls = theirs.get_trips(date=day), theirs.get_stop_times(date=day)
    ours = read(path, on=on)
    assert len(ours) == len(trips)
    assert set(ours.stops.index) == set(calls["stop_id"])
    assert len(ours.arrive) == len(calls)
    seconds = calls["departure_time"].dropna()
    given = {round(gtfs_kit.helpers.timestr_to_seconds(t) / 60, 6) for t in seconds[seconds != ""]}
    assert given <= set(np.round(ours.depart, 6))
    first = ours.depart[ours.times].min() * 60
    assert first == min(gtfs_kit.helpers.timestr_to_seconds(t) for t in seconds[seconds != ""])
