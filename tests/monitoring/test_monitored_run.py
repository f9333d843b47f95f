"""A project with an indicator register and claims: read under Chinese headings, written beside our own rows."""

import pandas as pd
import pytest

from planner import load_project, run, write_outputs
from planner.errors import ProjectError

from .. import small_project

MORE = """
[indicators]
path = "indicators.csv"

[claims]
path = "claims.csv"

[accept]
file = "accepted.csv"
"""
ACCEPTED = """code,feature_id,reason,date
FA-04,,旧表无容量,2026/1/2
"""
INDICATORS = """指标编号,名称,计量单位,属性,基期值,基期年,目标值,目标年,现状值,来源
a1,护理型床位占比,%,约束性,50,2020,60,2030,56,规划
a2,每万人社工数,人,预期性,10,2020,20,2030,11,规划
"""
CLAIMS = """编号,类型,所称,计量单位,分子,分母
c1,占比,78,%,"19,423","25,097"
c2,占比,31.3,%,6.2,19.8
"""


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    folder = tmp_path_factory.mktemp("monitored")
    facilities = small_project.facilities()
    facilities["capacity"] = [0, *[20] * (len(facilities) - 1)]  # FA-04, accepted
    file = small_project.write(folder, facilities=facilities)
    file.write_text(file.read_text(encoding="utf-8") + MORE, encoding="utf-8")
    (folder / "indicators.csv").write_text(INDICATORS, encoding="utf-8-sig")
    (folder / "accepted.csv").write_text(ACCEPTED, encoding="utf-8")
    (folder / "claims.csv").write_text(CLAIMS, encoding="gbk")
    return write_outputs(run(load_project(file)), folder / "out")


def test_indicators_stand_before_our_own(out):
    table = pd.read_csv(out / "tables/indicators.csv", encoding="utf-8-sig").set_index("indicator_id")
    # on 2026-01-01, 1827 of 3652 days are over: the path is at 55.0 and 15.0
    assert table["status"].to_dict()["a1"] == "on_track"
    assert table["status"].to_dict()["a2"] == "behind"
    assert table.loc["a1", "property"] == "约束性"
    assert list(table.index[:2]) == ["a1", "a2"]
    assert "day_care.coverage" in table.index


def test_claims_are_judged(out):
    table = pd.read_csv(out / "tables/claims.csv", encoding="utf-8-sig").set_index("claim_id")
    assert table["verdict"].to_dict() == {"c1": "unlike", "c2": "ok"}


def test_the_annex_says_the_status_in_words(out):
    sheets = pd.read_excel(out / "annex.xlsx", sheet_name=None)
    told = {str(v) for sheet in sheets.values() for v in sheet.to_numpy().ravel()}
    assert {"达到序时进度", "滞后"} <= told


def test_a_finding_accepted_in_a_file_stays_and_is_marked(out):
    table = pd.read_csv(out / "tables/findings.csv", encoding="utf-8-sig").set_index("code")
    assert table.loc["FA-04", "accepted"] == "旧表无容量(2026-01-02)"
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "（已认可：旧表无容量（2026-01-02））" in page
    open_ = table[table["accepted"].isna()]["severity"].value_counts()
    assert f"警告{open_.get('warning', 0)}项" in page, "what is accepted does not count"
    assert "另有1项已由项目认可" in page


def test_a_claim_that_does_not_hold_is_a_finding_and_stands_in_the_report(out):
    table = pd.read_csv(out / "tables/findings.csv", encoding="utf-8-sig").set_index("feature_id")
    assert table.loc["c1", ["code", "severity"]].to_list() == ["RS-02", "error"]
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "对2条数字按其自身所列数据重算，其中1条不符" in page
    assert "c2:按所列数字算得 31.31%" in page


def test_an_unknown_key_is_refused(tmp_path):
    file = small_project.write(tmp_path)
    file.write_text(
        file.read_text(encoding="utf-8") + MORE.split("[accept]", maxsplit=1)[0].replace("path", "file", 1),
        encoding="utf-8",
    )
    with pytest.raises(ProjectError):
        load_project(file)
