"""What the report says where there is little to say, and from whom its numbers are."""

import re
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from planner.pipeline import Study
from planner.report.blocks import Heading, Paragraph, Picture, Table
from planner.report.facts import gather
from planner.report.frames import csv_tables
from planner.report.maps import draw
from planner.report.provenance import run_record
from planner.report.story import tell

PLACES = '[places]\npath = "places.geojson"\ndatum = "EPSG:4549"'
CANDIDATES = 'candidates = {path = "candidates.csv", datum = "EPSG:4549"}'


def _lines(study: Study) -> list[str]:
    """Return every heading, paragraph, caption and row of the report."""
    lines = []
    for block in tell(study, gather(study)).blocks:
        match block:
            case Heading() | Paragraph():
                lines.append(block.text)
            case Picture():
                lines.append(block.caption)
            case Table():
                lines += [block.caption, *(" | ".join(row) for row in block.rows)]
    return lines


def _without_places(text: str, _: Path) -> str:
    return text.replace(PLACES, "")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_project_without_places_is_told_in_whole_sentences(make: Callable[..., Study], language: str):
    study = make(language=language, change=_without_places)
    text = "\n".join(_lines(study))
    assert not re.search(r"，含，|按社区|个社区|with  and|level community|\ban? of 0\b|在有服务对象的0", text)
    # 81 crossings and the lonely two; nobody is assigned to a unit
    area = {
        "zh": "共82个需求点（居民楼）。没有提供行政单元",
        "en": "82 demand points (residential buildings). No admin",
    }
    assert area[language] in text
    assert "18.4%" in text
    assert draw(study, gather(study))  # pictures without classes of places


def _all_near(text: str, folder: Path) -> str:
    """Leave the one crossing beside the centre and the hall."""
    demand = pd.read_csv(folder / "demand.csv")
    demand[demand["demand_id"] == "1_1"].to_csv(folder / "demand.csv", index=False)
    return text.replace("gap_people_min = 5", "gap_people_min = 1")


def test_where_all_are_covered_nothing_is_called_worst(make: Callable[..., Study]):
    text = "\n".join(_lines(make(change=_all_near)))
    assert "宜优先补齐" not in text
    assert "均能在标准时间内到达" in text


def test_where_some_are_not_the_worst_is_named(toy: Study):
    # day care covers 45 of 245; everyone is by car within thirty minutes of the hall
    assert any("日间照料中心的步行4分钟覆盖率最低" in line for line in _lines(toy))


def _nobody_old(text: str, folder: Path) -> str:
    pd.read_csv(folder / "demand.csv").assign(pop60=0).to_csv(folder / "demand.csv", index=False)
    return text


def test_nobody_to_serve_is_said_and_no_share_is_printed(make: Callable[..., Study]):
    text = "\n".join(_lines(make(change=_nobody_old)))
    assert "评估范围内没有60岁及以上人口，不计算覆盖率" in text
    assert "人口占—" not in text
    assert "—可及" not in text


def _too_small(text: str, folder: Path) -> str:
    pd.read_csv(folder / "candidates.csv").assign(area_m2=10).to_csv(folder / "candidates.csv", index=False)
    return text.replace('model = "mclp", p = 1', 'model = "mclp", p = 1, area_min_m2 = 500')


def test_a_siting_without_candidates_is_told_and_recorded(make: Callable[..., Study]):
    study = make(change=_too_small)
    facts = gather(study)
    assert any("2个候选点全部不符合条件（面积" in line for line in _lines(study))
    plan = run_record(study, facts)["plan"]["day_care"]
    assert (plan["sites"], plan["status"], plan["objective"]) == ([], "no_candidates", None)
    assert len(csv_tables(study, facts)["rejected_candidates"]) == 2


def _none_standing(text: str, folder: Path) -> str:
    pd.read_csv(folder / "day_care.csv").assign(status="拟建").to_csv(folder / "day_care.csv", index=False)
    return text


def test_without_a_facility_in_service_nobody_is_called_too_far(make: Callable[..., Study]):
    study = make(change=_none_standing)
    text = "\n".join(_lines(study))
    assert "目前没有在用设施" in text
    assert set(study.coverage["day_care"].points["cause"]) == {"no_facility"}
    assert "距离过远" not in text
    assert "| 超过12 |" not in text  # minutes beyond the cutoff of twelve would be of a facility that is not there


def test_minutes_and_metres_are_told_apart(toy: Study):
    # 4 minutes x 60 s x 1.667 m/s = 400 m
    assert any("4分钟×1.666666667米/秒≈400米" in line for line in _lines(toy))


def test_only_what_a_standard_says_carries_its_name(toy: Study):
    said = {p.key: p for p in toy.project.parameters}
    for service in ("day_care", "columbarium"):
        for key in ("cutoff_min", "mode", "weight"):
            parameter = said[f"services.{service}.{key}"]
            assert not re.search(r"GB|50180|规范", parameter.source)
            assert parameter.confidence in "PL"
    assert said["services.day_care.cutoff_min"].source == "planner.toml"  # the toy's own
    assert said["services.columbarium.cutoff_min"].source.startswith("planner 预设")


def test_english_begins_no_word_with_a_capital_inside_a_sentence(make: Callable[..., Study]):
    text = "\n".join(line for line in _lines(make(language="en")))
    assert not re.search(r"[a-z,:] (People of|All people)", "\n".join(t for t in text.split("\n") if " | " not in t))
    assert not re.search(r"\b1 (gaps|sites|new sites|errors|warnings)\b", text)


def test_english_says_where_a_source_is_chinese(make: Callable[..., Study]):
    study = make(language="en")
    tables = [b for b in tell(study, gather(study)).blocks if isinstance(b, Table) and "Source" in b.columns]
    assert tables
    for table in tables:
        at = table.columns.index("Source")
        for row in table.rows:
            assert row[at].endswith("(in Chinese)") == bool(re.search("[\u4e00-\u9fff]", row[at]))
