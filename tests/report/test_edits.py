"""What a scenario changed is told in words: every kind of edit, with the names that were read."""

from dataclasses import replace

from planner.pipeline import Study
from planner.report.edits import tell_edits
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

EDITS = (
    AddFacility(facility_id="n1", service="day_care", at=(118.8, 32.1), name="新站"),
    OpenCandidate(candidate_id="k2"),
    CloseFacility(facility_id="a"),
    MoveFacility(facility_id="n1", at=(118.9, 32)),
    AddStreet(way_id="w99", line=((0, 0), (1, 1))),
    ChangeSpeed(service="day_care", speed_mps=1.2),
    ScaleDemand(factor=1.5, weight="pop60", place_id="320101001"),
    ScaleDemand(factor=0.9),
)


def test_every_kind_of_edit_is_a_sentence(toy: Study):
    told = tell_edits(replace(toy, scenario=Scenario(*EDITS, name="甲"), unedited=toy.layers))
    assert told == (
        "新增日间照料中心“新站”（n1），位于（118.8, 32.1）",
        "在候选点“西南公房”（k2）新增日间照料中心",
        "关闭日间照料中心“甲中心”（a）",
        "日间照料中心“新站”（n1）迁至（118.9, 32）",
        "新增道路w99",
        "前往日间照料中心的步行速度改为1.2米/秒",
        "西街道的60岁及以上人口按1.5倍计",
        "全部区域的各类人口按0.9倍计",
    )


def test_the_present_state_has_no_edits(toy: Study):
    assert tell_edits(toy) == ()
    assert tell_edits(replace(toy, scenario=Scenario(name="空"), unedited=toy.layers)) == ()
