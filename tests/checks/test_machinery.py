"""The machinery: every check is documented and has fixtures; findings are a table, capped, ranked, accepted."""

import json
from collections.abc import Iterator
from datetime import date

import pandas as pd
import pytest

from planner import texts
from planner.checks import (
    CHECKS,
    Acceptance,
    Check,
    Finding,
    Settings,
    Term,
    accept,
    blocking,
    check,
    count,
    run_checks,
    table,
)
from planner.network import BIKE, DRIVE
from planner.tables import FINDINGS

from . import toy, toy_names, toy_variants
from .test_gazetteer_checks import TWELVE, along_the_street
from .toy import BESIDE, ON, REACH, Toy, demand, facilities, grid, network

TRIGGER = toy.TRIGGER | toy_names.TRIGGER
CLEAN = toy.CLEAN | toy_names.CLEAN
BY_CODE = {c.code: c for c in CHECKS}


def test_codes_are_unique_and_of_a_known_family():
    assert len(BY_CODE) == len(CHECKS)
    assert {c.code[:2] for c in CHECKS} <= {"BC", "PN", "FA", "CR", "NW", "RS"}


@pytest.mark.parametrize("code", BY_CODE)
def test_a_check_is_documented_and_has_fixtures(code):
    assert len(BY_CODE[code].doc.splitlines()) >= 3, "its docstring is its page in the docs"
    assert BY_CODE[code].rule
    assert code in TRIGGER
    assert code in CLEAN
    for language in texts.LANGUAGES:
        assert f"{code}_title" in texts.load(language)["checks"]


@pytest.mark.parametrize("code", TRIGGER)
def test_the_fixture_triggers_its_check_once_and_no_other(code):
    layers, network = TRIGGER[code]
    findings = run_checks(layers, network=network, settings=Settings(reach_m=REACH.get(code, {})), on=ON)
    held = findings[~findings["code"].isin(BESIDE.get(code, ()))]
    assert list(held["code"]) == [code], list(held["message_en"])


@pytest.mark.parametrize("code", CLEAN)
def test_the_clean_fixture_triggers_nothing(code):
    layers, network = CLEAN[code]
    findings = run_checks(layers, network=network, settings=Settings(reach_m=REACH.get(code, {})), on=ON)
    assert findings.empty, list(findings["message_en"])


def _all_said(monkeypatch) -> set[str]:
    """Return the sentences of texts [checks] that the fixtures make the checks say, all of them in both languages."""
    said, real = set(), texts.say
    monkeypatch.setattr(
        texts, "say", lambda lang, section, key, **more: said.add(key) or real(lang, section, key, **more)
    )
    for layers, net in (*TRIGGER.values(), *toy_variants.FIXTURES):
        run_checks(layers, network=net, on=ON, settings=Settings(reach_m=REACH["NW-10"]))
    wheels = Toy(facilities=facilities(("f1", "甲", 500, -800)))
    for mode in (BIKE, DRIVE):
        run_checks(wheels, network=network(grid(10)), settings=Settings(modes={"day_care": mode}))
    island, streets = TRIGGER["NW-01"]
    run_checks(island, network=streets, settings=Settings(modes={"day_care": BIKE, "columbarium": DRIVE}))
    along_the_street(TWELVE, late=[21], wrong=[33])
    table(toy_variants.by_hand())
    return said


def test_every_sentence_of_every_check_is_said_by_a_fixture(monkeypatch):
    """A variant that nothing makes a check say may lack a value, and then it is a crash that people find."""
    wanted = {key for key in texts.load("zh")["checks"] if not key.endswith("_title")}
    assert wanted - _all_said(monkeypatch) == set()


def test_languages_have_the_same_keys():
    assert set(texts.load("zh")["checks"]) == set(texts.load("en")["checks"])


def test_nothing_to_check_gives_an_empty_table_that_keeps_the_contract():
    findings = run_checks(Toy())
    assert findings.empty
    assert findings.index.name == "finding_id"
    FINDINGS.check(findings)
    assert str(findings.crs) == "EPSG:4549"
    assert json.loads(findings.to_json())["features"] == []


@check("BC-99", severity="warning", layer="places", rule="toy", blocks=True)
def _many(demand: object) -> Iterator[Finding]:  # noqa: ARG001
    """Find five things, of 1, 2, 3, 4 people and of nobody knows how many."""
    for n in (3, 1, None, 4, 2):
        values = {"name": "x", "id": n, "reason": Term("ring_cross")}
        yield Finding(feature_id=f"f{n}", values=values, people=n, severity="error" if n == 1 else None)


@pytest.fixture(autouse=True)
def _sentence(monkeypatch):
    """Lend the toy check the sentence of BC-01."""
    real = texts.say

    def say(language, section, key, **values):
        return real(language, section, key.replace("BC-99", "BC-01"), **values)

    monkeypatch.setattr(texts, "say", say)


def _found(cap: int = 100):
    return run_checks(Toy(demand=demand(("d1", 0, 0, 1))), checks=(_many,), cap=cap)


def test_a_check_runs_only_when_its_tables_are_there():
    assert isinstance(_many, Check)
    assert _many.needs == ("demand",)
    assert run_checks(Toy(), checks=(_many,)).empty


def test_worst_first_then_most_people_and_the_unknown_last():
    findings = _found()
    assert list(findings["feature_id"]) == ["f1", "f4", "f3", "f2", "fNone"]
    assert list(findings.index) == [f"BC-99-00{n}" for n in (1, 2, 3, 4, 5)]


def test_terms_are_said_in_the_language_of_the_message():
    first = _found().iloc[0]
    assert "自相交" in first["message_zh"]
    assert "crosses itself" in first["message_en"]


def test_beyond_the_cap_findings_are_counted_not_dropped():
    findings = _found(cap=2)
    assert list(findings.index) == ["BC-99-001", "BC-99-002", "BC-99-rest"]
    # five found, two listed
    assert findings.loc["BC-99-rest", "measure"] == 3.0
    assert "3" in findings.loc["BC-99-rest", "message_zh"]


def test_accepted_findings_stay_visible_and_stop_counting():
    findings = _found()
    assert count(findings) == {"error": 1, "warning": 4, "info": 0}
    assert len(blocking(findings, [_many])) == 1
    word = Acceptance(code="BC-99", feature_id="f1", reason="已核实", date=date(2026, 1, 2))
    kept = accept(findings, [word])
    assert len(kept) == 5
    assert kept.loc["BC-99-001", "accepted"] == "已核实(2026-01-02)"
    assert count(kept) == {"error": 0, "warning": 4, "info": 0}
    assert blocking(kept, [_many]).empty
    assert findings["accepted"].isna().all(), "the table that came in is as it was"
    assert count(accept(findings, [Acceptance(code="BC-99", reason="x", date=date(2026, 1, 2))]))["warning"] == 0


def test_a_severity_that_does_not_exist_is_refused():
    with pytest.raises(ValueError, match="BC-98"):
        check("BC-98", severity="fatal", layer="places", rule="x")


def test_table_takes_no_findings():
    assert table([], crs="EPSG:4549").empty


def _dated(code: str, name: str, on: date, **fields: object) -> list[tuple[str, str]]:
    row = {"place_id": code, "name": name, "level": "county"} | fields
    found = run_checks(Toy(places=toy.places(row)), on=on)
    return list(zip(found["code"], found["message_zh"], strict=True))


def test_an_abolished_code_is_told_from_the_day_it_no_longer_holds():
    # 国函〔2020〕79号: 港闸区 (320611) joined 崇川区 in 2020, 海门市 (320684) became 海门区 (320614)
    assert _dated("320611", "港闸区", date(2019, 12, 31)) == []
    ((code, said),) = _dated("320611", "港闸区", date(2021, 1, 1))
    assert code == "BC-11"
    assert "崇川区(320613)" in said
    assert _dated("320611", "港闸区", date(2021, 1, 1), valid_to=pd.Timestamp("2020-07-01")) == []
    assert _dated("320613", "崇川区", date(2021, 1, 1)) == []


def test_towns_below_an_abolished_county_are_told_once():
    rows = [{"place_id": f"32061100{n}", "name": f"{n}街道", "level": "town"} for n in (1, 2)]
    found = run_checks(Toy(places=toy.places(*rows)), on=date(2021, 1, 1))
    assert list(found["code"] + found["feature_id"]) == ["BC-11320611"]
    assert "有 2 个单位" in found["message_zh"].iloc[0]
    assert run_checks(Toy(places=toy.places(*rows)), on=date(2019, 12, 31)).empty


def test_a_former_name_is_told_after_the_change():
    assert _dated("c1", "海门市", date(2019, 12, 31)) == []
    ((code, said),) = _dated("c1", "海门市", date(2021, 1, 1))
    assert code == "BC-12"
    assert "海门区(320614)" in said
    assert [c for c, _ in _dated("320613", "港闸区", date(2021, 1, 1))] == ["BC-12"]
    # a name that another city still has is no former one without a code: 长安区 stands in Xi'an and Shijiazhuang
    assert _dated("c1", "长安区", date(2021, 1, 1)) == []
