"""Islands and far snaps, on grids whose lengths and distances are counted in the comments."""

from dataclasses import replace

import pytest

from planner.checks import CHECKS, Finding, Settings, run_checks, table
from planner.network import DRIVE, TRANSIT, WALK

from .toy import BLOCKS, TRIGGER, Toy, built, demand, facilities, grid, network, ways

GRID = network(grid(BLOCKS))


def test_an_island_has_a_length_and_people():
    layers, streets = TRIGGER["NW-01"]
    found = run_checks(layers, network=streets).iloc[0]
    # one block has four sides of 100 m; d2, with 7 people, stands beside it
    assert (found["measure"], found["people"]) == (pytest.approx(400), 7)
    assert found["severity"] == "warning"
    assert found.geometry.length == pytest.approx(400)


def test_the_main_network_is_the_longest_not_the_most_peopled():
    layers = Toy(demand=demand(("d1", 500, 5, 1), ("d2", 2050, 5, 1000)))
    found = run_checks(layers, network=network(grid(BLOCKS), grid(1, x=2000, tag="i")))
    assert list(found["people"]) == [1000]


@pytest.mark.parametrize(("metres", "severity"), [(100, None), (101, "warning"), (300, "warning"), (301, "error")])
def test_far_snaps(metres, severity):
    wanted = [] if severity is None else [severity]
    people = run_checks(Toy(demand=demand(("d1", 500, -metres, 9))), network=GRID)
    assert list(people["severity"]) == wanted
    assert list(people["people"]) == [9] * len(wanted)
    sites = run_checks(Toy(facilities=facilities(("f1", "甲", 500, -metres))), network=GRID)
    assert list(sites["severity"]) == wanted
    assert all(sites["measure"] == metres)


def test_points_where_nobody_lives_bother_nobody():
    assert run_checks(Toy(demand=demand(("d1", 500, -400, 0))), network=GRID).empty


@pytest.mark.parametrize(("metres", "severity"), [(50, None), (51, "warning"), (80, "warning"), (81, "error")])
def test_far_is_what_the_project_says(metres, severity):
    modes = {"day_care": replace(WALK, snap_max_m=80.0)}
    layers = Toy(demand=demand(("d1", 500, -metres, 9)), facilities=facilities(("f1", "甲", 500, -metres)))
    found = run_checks(layers, network=GRID, settings=Settings(modes=modes, snap_warn_m=50.0))
    assert list(found["severity"]) == ([] if severity is None else [severity] * 2)


# a road of 1 km, and a footway of 700 m south from its middle; cars reach the footway's end from 700 m off
ROAD = built(ways([(0, 0), (500, 0), (1000, 0)], [(500, 0), (500, -700)], highway=["residential", "footway"]))[1]


def test_each_mode_in_use_is_asked():
    layers = Toy(demand=demand(("d1", 500, -700, 9)), facilities=facilities(("f1", "甲", 500, -700)))
    assert run_checks(layers, network=ROAD, settings=Settings(modes={"day_care": WALK})).empty
    driven = run_checks(layers, network=ROAD, settings=Settings(modes={"day_care": DRIVE, "meal_point": TRANSIT}))
    assert sorted(driven["code"]) == ["NW-02", "NW-03"]
    assert set(driven["measure"]) == {700}
    assert all("drivable" in text for text in driven["message_en"])
    # the facility is of a service on foot, the people are of both
    both = run_checks(layers, network=ROAD, settings=Settings(modes={"day_care": WALK, "columbaria": DRIVE}))
    assert list(both["code"]) == ["NW-02"]


def test_an_island_of_one_mode():
    # a road, a footway from its end, and a road of 300 m beyond: on foot they hang together, by car they do not
    lines = [(0, 0), (1000, 0)], [(1000, 0), (1400, 0)], [(1400, 0), (1700, 0)]
    roads = built(ways(*lines, highway=["residential", "footway", "residential"]))[1]
    layers = Toy(demand=demand(("d1", 1600, 5, 7), ("d2", 500, 5, 1)))
    assert run_checks(layers, network=roads, settings=Settings(modes={"a": WALK})).empty
    found = run_checks(layers, network=roads, settings=Settings(modes={"a": WALK, "b": DRIVE}))
    assert found.loc[found["code"] == "NW-01", ["measure", "people"]].to_numpy().tolist() == [[300, 7]]


def test_an_island_of_several_modes_is_told_once():
    # a road, and apart from it another of 300 m with a path of 50 m; d2 stands on the road, d3 at the end of the path
    lines = [(0, 0), (1000, 0)], [(1400, 0), (1700, 0)], [(1700, 0), (1700, 50)]
    roads = built(ways(*lines, highway=["residential", "residential", "footway"]))[1]
    layers = Toy(demand=demand(("d1", 500, 5, 9), ("d2", 1600, 5, 7), ("d3", 1700, 49, 5)))
    found = run_checks(layers, network=roads, settings=Settings(modes={"a": WALK, "b": DRIVE, "c": TRANSIT}))
    found = found[found["code"] == "NW-01"]
    assert found[["measure", "people"]].to_numpy().tolist() == [[350, 12]]
    assert "main walkable and drivable network" in found["message_en"].iloc[0]
    assert "可步行、可行车道路" in found["message_zh"].iloc[0]


def test_a_lane_too_narrow_for_cars_is_nothing_unusual():
    layers = Toy(demand=demand(("d1", 500, -250, 9)))
    assert run_checks(layers, network=ROAD, settings=Settings(modes={"a": DRIVE})).empty


@pytest.mark.parametrize(("people", "zh", "en"), [(2.0, "不足5 人", "fewer than 5 people"), (5.0, "5 人", "5 people")])
def test_fewer_than_five_are_told_and_not_counted(people: float, zh: str, en: str):
    # nothing finer than five persons stands in map or report; the column `people` keeps the number
    island = next(c for c in CHECKS if c.code == "NW-01")
    values = {"length_m": 400.0, "n": 4, "people": people, "names": "", "id": "w1", "mode": "步行"}
    found = table([(island, [Finding(values=values, people=people)])]).iloc[0]
    assert f"其上有 {zh}" in found["message_zh"]
    assert f"; {en} live" in found["message_en"]
    assert found["people"] == people
