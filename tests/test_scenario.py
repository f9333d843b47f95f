"""What if: edits made on copies, their faults all at once, and an empty scenario that changes nothing."""

from dataclasses import replace

import numpy as np
import pytest

from planner import apply_scenario, load_project, read_layers, run, write_outputs
from planner.errors import ProjectError, TableError
from planner.network import build_network
from planner.project import load_scenario
from planner.scenario import (
    AddFacility,
    AddStreet,
    ChangeSpeed,
    CloseFacility,
    MoveFacility,
    OpenCandidate,
    ScaleDemand,
    Scenario,
)

from .small_project import BLOCK_M, ORIGIN, write


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    return load_project(write(tmp_path_factory.mktemp("small")))


@pytest.fixture(scope="module")
def layers(project):
    return read_layers(project)


@pytest.fixture(scope="module")
def study(project):
    return run(project)


def at(x, y):
    return ORIGIN[0] + x * BLOCK_M, ORIGIN[1] + y * BLOCK_M


def test_facilities_open_close_and_move(layers):
    edited = apply_scenario(
        layers,
        Scenario(
            AddFacility(facility_id="f3", service="day_care", at=at(10, 10), name="三号"),
            CloseFacility(facility_id="f1"),
            MoveFacility(facility_id="f2", at=at(0, 5)),
            MoveFacility(facility_id="f3", at=at(9, 9)),
            OpenCandidate(candidate_id="c2"),
        ),
    )
    assert set(edited.facilities.index) == {"f2", "f3", "c2"}
    assert edited.facilities.geometry["f2"].coords[0] == at(0, 5)
    assert edited.facilities.geometry["f3"].coords[0] == at(9, 9)  # a later edit moves what an earlier one adds
    assert (edited.facilities["service"] == "day_care").all()
    # the layers given are as they were
    assert set(layers.facilities.index) == {"f1", "f2"}
    assert not layers.facilities.geometry["f2"].equals(edited.facilities.geometry["f2"])


def test_people_scale_in_a_place_and_all_below_it(layers):
    west = ScaleDemand(factor=2, weight="pop60", place_id="320102001001")
    edited = apply_scenario(layers, Scenario(west, ScaleDemand(factor=0.5, weight="pop", place_id="320102")))
    in_west = layers.demand["place_id"] == "320102001001"
    # 36 points of 10 people, 3 of them old; the west has 18 points: x = 0, 2, 4 of 0 .. 10
    assert in_west.sum() == 18
    assert edited.demand["pop60"].sum() == 18 * 6 + 18 * 3
    assert edited.demand["pop"].sum() == 180
    assert layers.demand["pop"].sum() == 360


def test_a_street_joins_what_it_meets(layers):
    # From the crossing (0, 0) to the middle of the piece between (1, 1) and (2, 1): 158 m instead of 250 m of grid.
    line = (at(0, 0), at(1.5, 1.0))
    edited = apply_scenario(layers, Scenario(AddStreet(way_id="new", line=line)))
    before, after = build_network(layers.streets), build_network(edited.streets)
    total = {n: float(network.length_m.sum()) for n, network in (("before", before), ("after", after))}
    assert total["after"] - total["before"] == pytest.approx(BLOCK_M * np.hypot(1.5, 1.0), abs=0.01)
    assert len(edited.streets) == len(layers.streets) + 1


def test_all_faults_of_all_edits_at_once(layers):
    wrong = Scenario(
        CloseFacility(facility_id="nope"),
        AddFacility(facility_id="f1", service="day_care", at=at(1, 1)),
        AddFacility(facility_id="f9", service="school", at=at(1, 1)),
        MoveFacility(facility_id="f1", at=(float("nan"), 0)),
        OpenCandidate(candidate_id="c9"),
        AddStreet(way_id="100", line=(at(0, 0), at(1, 1))),
        AddStreet(way_id="far", line=(at(90, 90), at(91, 91))),
        ChangeSpeed(service="day_care", speed_mps=0),
        ScaleDemand(factor=-1, weight="cats", place_id="nowhere"),
    )
    with pytest.raises(TableError) as error:
        apply_scenario(layers, wrong)
    assert "情景第 1 项（close_facility）" in error.value.text("zh")
    said = [fault.values["detail"].key for fault in error.value.faults]
    assert said == [
        *("scenario_facility", "scenario_twice", "scenario_service", "scenario_point", "scenario_candidate"),
        *("scenario_twice", "scenario_loose", "scenario_speed"),
        *("scenario_factor", "scenario_weight", "scenario_place"),
    ]
    assert "第 1 项" in str(error.value)


def test_an_empty_scenario_is_the_baseline_to_the_byte(project, study, tmp_path):
    assert apply_scenario(study.layers, Scenario()) is study.layers
    write_outputs(study, tmp_path / "a")
    write_outputs(run(project, scenario=Scenario(name="nothing")), tmp_path / "b")
    files = sorted(p.relative_to(tmp_path / "a") for p in (tmp_path / "a").rglob("*") if p.is_file())
    assert files
    for name in files:
        if name.name != "timings.json":
            assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes(), name


def test_a_plan_as_a_scenario_covers_what_the_plan_says(project, study):
    plan = study.plans["day_care"]
    after = run(project, until="coverage", scenario=Scenario.from_plan(plan)).coverage["day_care"]
    weight = study.service("day_care").weight
    assert after.share(weight).covered == plan.objective
    listed = Scenario.from_plan(plan, study.candidates["day_care"], service="day_care")
    assert set(apply_scenario(study.layers, listed).facilities.index) == {"f1", "f2", *plan.sites.index}
    with pytest.raises(TableError):
        Scenario.from_plan(plan, study.candidates["day_care"].iloc[:0], service="day_care")


def test_a_faster_walk_covers_no_less(project, study):
    fast = run(project, until="coverage", scenario=Scenario(ChangeSpeed(service="day_care", speed_mps=2.0)))
    weight = study.service("day_care").weight
    assert fast.coverage["day_care"].share(weight).covered > study.coverage["day_care"].share(weight).covered
    said = fast.parameters.set_index("key").loc["services.day_care.speed_mps"]
    assert (said["value"], said["confidence"]) == (2.0, "P")


FILE = """
name = "东北新点"
[[edit]]
do = "add_facility"
facility_id = "new"
service = "day_care"
at = [118.80, 32.07]
datum = "wgs84"

[[edit]]
do = "add_street"
way_id = "w"
line = [[0, 0], [1, 1]]

[[edit]]
do = "scale_demand"
factor = 1.1
"""


def test_a_scenario_file(tmp_path):
    file = tmp_path / "s.toml"
    file.write_text(FILE, encoding="utf-8")
    scenario = load_scenario(file)
    assert scenario.name == "东北新点"
    assert scenario.edits[0] == AddFacility(facility_id="new", service="day_care", at=(118.80, 32.07), datum="wgs84")
    assert scenario.edits[1] == AddStreet(way_id="w", line=((0, 0), (1, 1)))
    assert scenario.edits[2] == ScaleDemand(factor=1.1)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[[edit]]\ndo = "add_facilty"\n[[edit]]\ndo = "close_facility"', ["scenario_do", "scenario_key"]),
        ('[[edit]]\ndo = "close_facility"\nfacility_id = "a"\nwhy = "b"', ["scenario_key"]),
        ('[[edit]]\ndo = "scale_demand"\nfactor = "much"', ["scenario_key"]),
        ('edits = "x"', ["unknown_key"]),
        ("[[edit", ["toml"]),
    ],
)
def test_a_wrong_scenario_file_says_all_that_is_wrong(tmp_path, text, said):
    file = tmp_path / "s.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ProjectError) as error:
        load_scenario(file)
    assert [fault.key for fault in error.value.faults] == said
    assert not any(word in error.value.text("zh") for word in ("Field", "Input", "不对：？", "不对：写法不对"))


def test_points_may_come_with_a_datum(layers):
    lonlat = layers.facilities.geometry.to_crs(4326)["f1"]
    edit = MoveFacility(facility_id="f2", at=(lonlat.x, lonlat.y), datum="wgs84")
    moved = apply_scenario(layers, Scenario(edit)).facilities.geometry["f2"]
    assert moved.distance(layers.facilities.geometry["f1"]) < 0.01
    bad = replace(edit, datum="mars")
    with pytest.raises(TableError):
        apply_scenario(layers, Scenario(bad))


def test_edits_may_come_as_a_list():
    edits = [CloseFacility(facility_id="a"), CloseFacility(facility_id="b")]
    assert Scenario(edits).edits == Scenario(*edits).edits == tuple(edits)
