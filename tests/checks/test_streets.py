"""Islands and far snaps, on grids whose lengths and distances are counted in the comments."""

import pytest

from planner.checks import CHECKS, Finding, run_checks, table

from .toy import BLOCKS, TRIGGER, Toy, demand, facilities, grid, network

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


@pytest.mark.parametrize(("people", "zh", "en"), [(2.0, "不足5 人", "fewer than 5 people"), (5.0, "5 人", "5 people")])
def test_fewer_than_five_are_told_and_not_counted(people: float, zh: str, en: str):
    # nothing finer than five persons stands in map or report; the column `people` keeps the number
    island = next(c for c in CHECKS if c.code == "NW-01")
    values = {"length_m": 400.0, "n": 4, "people": people, "names": ""}
    found = table([(island, [Finding(values=values, people=people)])]).iloc[0]
    assert f"其上有 {zh}" in found["message_zh"]
    assert f"; {en} live" in found["message_en"]
    assert found["people"] == people
