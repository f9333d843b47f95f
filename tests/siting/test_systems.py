"""The source plans' own systems against enumeration and by hand."""

import builtins
from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.errors import InfeasibleError, PlannerError, ProjectError, TableError
from planner.siting import Rules
from planner.siting.columbaria import Mortality, niche_needs, site_columbaria
from planner.siting.composite import Fitting, plan_composite
from planner.siting.hubs import HubRule, assign_hubs, overloaded
from planner.siting.kitchens import supply_points
from planner.siting.nesting import nest, nested_cover
from planner.siting.rooms import RoomRule, allot_rooms, area_needs
from planner.siting.rounds import delivery_rounds
from planner.travel import TravelTimes

FAR = np.nan


def table(rows, origins, destinations, cutoff_min=60):
    return TravelTimes.from_dense(rows, cutoff_min=cutoff_min, origins=list(origins), destinations=list(destinations))


STREETS = pd.Series({"n1": "east", "n2": "east", "n3": "west", "n4": "north"})
HUBS = pd.DataFrame({"street": ["east", "west"], "stands": True}, index=["H", "K"])
LEGS = table([[5, FAR], [15, 40], [10, 5], [9, 9]], ["n1", "n2", "n3", "n4"], ["H", "K"])


def test_hubs_take_stations_of_their_street_first():
    plan = assign_hubs(LEGS, STREETS, HUBS, rule=HubRule(stations_max=2, within_min=15))
    # n4 is in the north, which adjoins nothing: an orphan however near H is
    assert plan.assignment["hub_id"].dropna().to_dict() == {"n1": "H", "n2": "H", "n3": "K"}
    assert plan.orphans["cause"].to_dict() == {"n4": "no_hub"}
    assert plan.hubs["stations"].to_dict() == {"H": 2, "K": 1}
    assert plan.bare == ("north",)
    assert (plan.objective, plan.bound, plan.status, plan.gap) == (3, 3, "optimal", 0)


def test_hubs_full_far_and_adjoining():
    rule = HubRule(stations_max=1, within_min=14, adjoining=(("east", "north"),))
    plan = assign_hubs(LEGS, STREETS, HUBS.loc[["H"]], rule=rule)
    # n2 is 15 away, n3's street has no hub, H has room for one of n1 (5) and n4 (9): the nearer
    assert plan.orphans["cause"].to_dict() == {"n2": "too_far", "n3": "no_hub", "n4": "full"}
    assert plan.assignment.loc["n1", "minutes"] == 5


def test_new_hubs_and_overload():
    one = HubRule(stations_max=2, within_min=15, p=1)
    plan = assign_hubs(LEGS, STREETS, HUBS.assign(stands=[True, False]), rule=one)
    assert plan.opened == ("K",)
    assert overloaded(pd.Series({"n1": "H", "n2": "H", "n3": "H"}), stations_max=2).to_dict() == {"H": 3}
    with pytest.raises(InfeasibleError):
        assign_hubs(LEGS, STREETS, HUBS.assign(stands=False), rule=one)
    with pytest.raises(TableError):
        assign_hubs(LEGS, STREETS.drop("n1"), HUBS, rule=one)
    with pytest.raises(ProjectError):
        HubRule(stations_max=0, within_min=15)


def test_nobody_is_led_where_nobody_is_near():
    plan = assign_hubs(LEGS, STREETS, HUBS, rule=HubRule(stations_max=2, within_min=1))
    assert (plan.objective, plan.bound, plan.status, plan.gap) == (0, 0, "optimal", 0)
    assert set(plan.orphans["cause"]) == {"too_far", "no_hub"}


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 10**6))
def test_hubs_lead_as_many_as_can_be_led(seed):
    rng = np.random.default_rng(seed)
    legs = rng.integers(1, 25, (5, 3)).astype(float)
    streets = pd.Series(rng.choice(list("uv"), 8), index=[*"abcde", *"XYZ"])
    most = int(rng.integers(1, 4))
    hubs = pd.DataFrame({"street": streets[list("XYZ")], "stands": True})
    plan = assign_hubs(table(legs, "abcde", "XYZ"), streets, hubs, rule=HubRule(stations_max=most, within_min=15))

    best = max(
        sum(h is not None for h in choice)
        for choice in product([None, 0, 1, 2], repeat=5)
        if all(
            h is None or (legs[i, h] <= 15 and streets["abcde"[i]] == streets["XYZ"[h]]) for i, h in enumerate(choice)
        )
        and all(sum(h == k for h in choice) <= most for k in range(3))
    )
    assert plan.assignment["hub_id"].notna().sum() == plan.objective == plan.bound == best
    assert (plan.hubs["stations"] <= most).all()


PARENTS = {"v1": "t1", "v2": "t1", "v3": "t2", "v9": "t9", "t1": "c", "t2": "c", "t9": "d"}
CENTRES = pd.DataFrame(
    [
        ("county", "c", None),
        ("town", "t1", None),
        ("village", "v1", None),
        ("village", "v2", "T2"),  # declared under a centre of another town
        ("village", "v3", None),
        ("town", "t9", None),  # county d has no centre
        ("town", "t2", None),
    ],
    index=["C", "T1", "V1", "V2", "V3", "T9", "T2"],
    columns=["level", "place_id", "parent_id"],
)


def test_chains():
    nesting = nest(CENTRES.drop("T2"), PARENTS)
    assert nesting.links["parent_id"].dropna().to_dict() == {"T1": "C", "V1": "T1"}
    assert nesting.broken["broken"].to_dict() == {"T9": "no_parent", "V2": "elsewhere", "V3": "no_parent"}
    assert nesting.missing == ("d", "t2")
    whole = nest(CENTRES, PARENTS)
    assert whole.links.loc["V3", "parent_id"] == "T2"
    assert whole.counts.to_dict() == {"county": 1, "town": 3, "village": 3}
    assert whole.ratios["town"] == 3
    assert whole.ratios["village"] == 1


def test_chains_refuse():
    with pytest.raises(TableError):
        nest(CENTRES.assign(level="street"), PARENTS)
    with pytest.raises(TableError):
        nest(CENTRES.drop("T1"), {"v1": "t1", "t1": "v1"})


def test_fully_served_is_served_at_each_level():
    people = pd.Series([1, 2, 4], index=list("xyz"))
    flags = {
        "county": pd.Series([True, True, True], index=list("xyz")),
        "village": pd.Series([True, False], index=["z", "y"]),
    }
    cover = nested_cover(flags, people)
    # x is not in the village table: not covered there
    assert cover["people"].to_dict() == {"county": 7, "village": 4, "all": 4}
    assert cover.loc["all", "share"] == 4 / 7


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 10**6))
def test_composite_equals_enumeration(seed):
    rng = np.random.default_rng(seed)
    names, services = list("kmn"), ["care", "meal"]
    times = {t: table(rng.integers(1, 25, (4, 3)).astype(float), "abcd", names) for t in services}
    people = {t: pd.Series(rng.integers(0, 9, 4), index=list("abcd")) for t in services}
    fittings = {
        t: Fitting(standard_min=12, cost=float(rng.integers(1, 4)), area_m2=float(rng.integers(1, 5))) for t in services
    }
    buildings = pd.DataFrame({"setup_cost": rng.integers(0, 4, 3), "area_m2": rng.integers(1, 9, 3)}, index=names)
    budget, shared = float(rng.integers(1, 12)), 0.8
    apart = (("care", "meal"),) if seed % 3 == 0 else ()

    def worth(choice):
        """People covered, or None where money, area or a forbidden pair forbids it."""
        taken = [[t for t, up in zip(services, bits, strict=True) if up] for bits in choice]
        money = sum(
            buildings["setup_cost"].iloc[k] + sum(fittings[t].cost for t in s) for k, s in enumerate(taken) if s
        )
        areas = [sum(fittings[t].area_m2 for t in s) * (shared if len(s) >= 2 else 1) for s in taken]
        if (
            money > budget
            or (np.array(areas) > buildings["area_m2"] + 1e-9).any()
            or (apart and any(len(s) == 2 for s in taken))
        ):
            return None
        covered = 0
        for t in services:
            sites = [k for k, s in enumerate(taken) if t in s]
            near = times[t].to_frame().query("minutes <= 12")
            who = near[near["destination_id"].isin([names[k] for k in sites])]["origin_id"].unique()
            covered += people[t][who].sum()
        return covered

    best = max(v for v in map(worth, product(product([0, 1], repeat=2), repeat=3)) if v is not None)
    plan = plan_composite(times, people, fittings, buildings, budget=budget, shared=shared, apart=apart)
    assert plan.proven
    assert plan.objective == best == plan.covered.sum()
    assert plan.buildings["cost"].sum() <= budget
    assert (plan.buildings["area_m2"] <= buildings["area_m2"].reindex(plan.buildings.index) + 1e-9).all()


def test_composite_refuses():
    one = table([[5.0]], "a", "k")
    ask = ({"care": one}, {"care": pd.Series({"a": 1})}, {"care": Fitting(standard_min=12, cost=1, area_m2=1)})
    with pytest.raises(TableError):
        plan_composite(*ask, pd.DataFrame({"setup_cost": [1], "area_m2": [np.nan]}, index=["k"]), budget=9)
    with pytest.raises(TableError):
        plan_composite(
            *ask, pd.DataFrame({"setup_cost": [1], "area_m2": [1]}, index=["k"]), budget=9, apart=(("care", "x"),)
        )
    with pytest.raises(ProjectError):
        Fitting(standard_min=12, cost=-1, area_m2=1)


LINE = dict(zip("kabcdeK", [0, 2, 4, 6, -3, -5, 30], strict=True))
ROAD = table([[abs(x - y) for y in LINE.values()] for x in LINE.values()], LINE, LINE)
MEALS = pd.Series({"a": 10, "b": 20, "c": 30, "d": 10, "e": 90})


def test_kitchens_supply_the_most_meals():
    plan = supply_points(ROAD, MEALS, pd.Series({"k": 130, "K": 999}), kitchens=["k"], within_min=20, unload_min=5)
    # 160 meals are asked for, k cooks 130: without c (30), or without b and d, the rest fits. b and d are 4 + 3
    # minutes away and c 6, so leaving those two out saves more driving
    assert plan.meals == 130
    assert plan.unserved["cause"].to_dict() == {"b": "full", "d": "full"}
    near = supply_points(ROAD, MEALS, pd.Series({"k": 999}), kitchens=["k"], within_min=9, unload_min=5)
    # 4 minutes are left for driving: a, b and d
    assert near.unserved["cause"].to_dict() == {"c": "too_far", "e": "too_far"}


def test_kitchens_are_added_only_where_they_help():
    room = pd.Series({"k": 130, "K": 999, "a": 999})
    plan = supply_points(ROAD, MEALS, room, kitchens=["k"], candidates=["K", "a"], p=2, within_min=20, unload_min=5)
    assert plan.meals == 160
    assert list(plan.kitchens.index[plan.kitchens["new"]]) == ["a"]
    with pytest.raises(TableError):
        supply_points(ROAD, MEALS, pd.Series({"k": 1}), kitchens=["k", "z"])


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 10**6))
def test_kitchens_equal_enumeration(seed):
    rng = np.random.default_rng(seed)
    minutes, meals = rng.integers(5, 50, (4, 3)).astype(float), rng.integers(1, 30, 4)
    room, p = rng.integers(10, 60, 3), int(rng.integers(0, 3))
    plan = supply_points(
        table(minutes, "abcd", "KLM"), pd.Series(meals, index=list("abcd")), pd.Series(room, index=list("KLM")),
        kitchens=["K"], candidates=["L", "M"], p=p, within_min=40, unload_min=5,
    )  # fmt: skip
    best = max(
        sum(meals[i] for i, h in enumerate(choice) if h is not None)
        for choice in product([None, 0, 1, 2], repeat=4)
        if all(h is None or minutes[i, h] <= 35 for i, h in enumerate(choice))
        and all(sum(meals[i] for i, h in enumerate(choice) if h == k) <= room[k] for k in range(3))
        and len({h for h in choice if h} - {None}) <= p
    )
    assert (plan.meals, plan.proven) == (best, True)
    assert (plan.kitchens["meals"] <= plan.kitchens["capacity"]).all()


def test_rounds():
    plan = supply_points(ROAD, MEALS, pd.Series({"k": 200}), kitchens=["k"])
    rounds = delivery_rounds(plan, ROAD, van_meals=60, round_min=40, unload_min=5, iterations=300)
    assert rounds.groupby("point_id")["meals"].sum().to_dict() == MEALS.to_dict()
    loads = rounds.groupby(["kitchen_id", "round"])["meals"].sum()
    assert (loads <= 60).all()
    # 160 meals, 60 a van: three rounds at least. a, b and c lie one behind the other, 60 in all: one round does.
    # e asks for 90: one van full, and 30 with d on the way. 2 x 6 + 2 x 5 + 2 x 5 is the least driving.
    assert len(loads) == 3
    ends = rounds.groupby("round")["arrival_min"].max()
    farthest = rounds["point_id"].map(LINE).abs().groupby(rounds["round"]).max()
    assert 2 * farthest.sum() == 32
    assert (ends <= 40 - 5).all()
    again = delivery_rounds(plan, ROAD, van_meals=60, round_min=40, unload_min=5, iterations=300)
    pd.testing.assert_frame_equal(rounds, again)


def test_rounds_say_what_is_missing(monkeypatch):
    plan = supply_points(ROAD, MEALS, pd.Series({"k": 200}), kitchens=["k"])
    with pytest.raises(InfeasibleError):  # e is five minutes away, and unloading takes five more
        delivery_rounds(plan, ROAD, van_meals=60, round_min=9, iterations=50)
    imported = builtins.__import__

    def without(name, *args, **more):
        if name == "pyvrp":
            raise ImportError(name)
        return imported(name, *args, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(PlannerError, match=r"planner\[rounds\]"):
        delivery_rounds(plan, ROAD, van_meals=60, round_min=40)


def test_niches():
    needs = niche_needs(pd.Series({"u": 50_000, "v": 1_000, "w": 0}), pd.Series({"u": 875}), Mortality(deaths=0.007))
    # 50,000 x 7 per thousand x 20 years x 0.5 = 3,500; 175 a year: 875 free last five years
    assert needs.loc["u"].to_dict() == {"need": 3500, "free": 875, "shortfall": 2625, "years_left": 5}
    assert needs.loc["v", "shortfall"] == 70
    assert np.isnan(needs.loc["w", "years_left"])
    with pytest.raises(ProjectError):
        Mortality(deaths=7)


def test_columbaria_take_in_what_is_missing():
    times = table([[10, 40], [20, 5]], ["u", "v"], ["S", "T"])
    lack, niches = pd.Series({"u": 100, "v": 70}), pd.Series({"S": 120, "T": 500})
    one = site_columbaria(times, lack, niches, drive_min=30, p=1)
    # S reaches both but has 120 niches; T has room and reaches v only (70)
    assert (one.objective, list(one.sites.index)) == (120, ["S"])
    towns = Rules(places=pd.Series({"S": "u", "T": "v"}), at_least={"u": 1, "v": 1})
    assert site_columbaria(times, lack, niches, drive_min=30, p=2, rules=towns).objective == 170


def test_area_by_households():
    households = pd.Series({"u": 1_200, "v": 100, "w": 0})
    rooms = pd.DataFrame(
        [("u", "elderly", 200.0), ("u", "elderly", 60.0), ("v", "community", 45.0)],
        columns=["place_id", "purpose", "area_m2"],
    )
    needs = area_needs(households, rooms)
    # 1,200 households need 360 m2 for each purpose: 45 m2 too many for one do not help the other
    assert needs["shortfall_m2"].to_dict() == {
        ("u", "community"): 360, ("u", "elderly"): 100, ("v", "community"): 0, ("v", "elderly"): 30,
        ("w", "community"): 0, ("w", "elderly"): 0,
    }  # fmt: skip
    assert needs.loc[("u", "elderly"), "m2_per_100"] == pytest.approx(260 / 12)
    # a purpose that nobody has a room for is short everywhere
    assert area_needs(households, rooms, purposes=["child"]).loc[("v", "child"), "shortfall_m2"] == 30
    with pytest.raises(TableError):
        area_needs(households, rooms.assign(area_m2=[200, FAR, 45]))
    with pytest.raises(ProjectError):
        RoomRule(budget=-1)


def test_rooms_are_shared_by_neighbours():
    walks = table([[3, 6], [5, 2]], ["u", "v"], ["R", "S"])
    rooms = pd.DataFrame({"area_m2": [120, 90], "cost": [7, 5]}, index=["R", "S"])
    plan = allot_rooms(walks, pd.Series({"u": 100, "v": 30}), rooms, rule=RoomRule(budget=7))
    # R is within five minutes of both and gives all its 120 m2; S would reach v's 30 only
    assert (plan.objective, list(plan.sites.index)) == (120, ["R"])
    assert plan.assignment["weight"].sum() == 120
