"""Where stakes stand never leaves: not in the map, not in the report, not in the annex, unless asked for."""

import io
import re
import zipfile

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pytest

from planner.pipeline import run
from planner.project import load_project
from planner.report import write_outputs

from ..small_project import TOML, degrees, write

BORDERS = """
[borders]
lines = {{path = "lines.csv", datum = "wgs84"}}
stakes = {{path = "stakes.csv", datum = "wgs84"}}
{more}
"""
LON, LAT = degrees(3.217, 5.823)
"""A stake that is far off every line, in degrees; its digits stand nowhere else in the project."""


def project(folder, more=""):
    west, south, east, north = (*degrees(0, 0), *degrees(11, 11))
    file = write(folder, TOML + BORDERS.format(more=more))
    code = "320106320111"
    lines = {"line_id": ["L1"], "units": ["320106;320111"], "disputed": ["有"], "last_joint_inspection": ["2019-06-30"]}
    pd.DataFrame(lines).assign(length_agreed_km=1.1).to_csv(folder / "lines.csv", index=False)
    rows = {"number": [f"{code}001Q", f"{code}002Q"], "line_id": "L1", "state": ["damaged", "standing"]}
    pd.DataFrame(rows | {"lon": [LON, (west + east) / 2], "lat": [LAT, (south + north) / 2]}).to_csv(
        folder / "stakes.csv", index=False
    )
    return file


def outputs(folder, more=""):
    study = run(load_project(project(folder, more)))
    return study, write_outputs(study, folder / "out")


@pytest.fixture(scope="module")
def secret(tmp_path_factory):
    return outputs(tmp_path_factory.mktemp("secret"))


@pytest.fixture(scope="module")
def open_(tmp_path_factory):
    return outputs(tmp_path_factory.mktemp("open"), "secret = false")


def texts_of(out) -> dict[str, str]:
    """Return what every file says, archives unpacked."""
    said = {}
    for path in sorted(p for p in out.rglob("*") if p.is_file() and p.suffix in (".html", ".json", ".csv")):
        said[path.name] = path.read_text(encoding="utf-8-sig")
    for name in ("report.docx", "annex.xlsx"):
        with zipfile.ZipFile(io.BytesIO((out / name).read_bytes())) as book:
            said[name] = "\n".join(
                book.read(n).decode("utf-8", "replace") for n in book.namelist() if n.endswith("xml")
            )
    return said


def holds(text: str) -> bool:
    """Return whether a text holds the stake's degrees to 1e-4, or its metres."""
    numbers = {float(n) for n in re.findall(r"\d+\.\d+", text)}
    return any(abs(n - LON) < 1e-4 for n in numbers) and any(abs(n - LAT) < 1e-4 for n in numbers)


def test_the_stake_is_found_damaged(secret):
    study, _ = secret
    assert list(study.findings.loc[study.findings["code"] == "BC-28", "feature_id"]) == ["320106320111001Q"]
    assert study.findings.loc[study.findings["code"] == "BC-28"].geometry.notna().all(), "kept in the study itself"


def test_no_file_says_where_it_stands(secret):
    _, out = secret
    assert [name for name, text in texts_of(out).items() if holds(text)] == []


def test_the_geopackage_does_not_either(secret):
    _, out = secret
    layers = gpd.list_layers(out / "layers.gpkg")["name"]
    assert not {"stakes", "lines"} & set(layers)
    found = gpd.read_file(out / "layers.gpkg", layer="findings")
    assert found[found["code"] == "BC-28"].geometry.isna().all()


def test_who_asks_for_it_gets_it(open_):
    _, out = open_
    said = texts_of(out)
    assert holds(said["map.html"])
    assert holds(said["findings.csv"])
    assert {"stakes"} <= set(gpd.list_layers(out / "layers.gpkg")["name"])


def test_the_annex_has_the_tables_of_border_work(secret, open_):
    names = ["界线联检任务表", "界线数字化", "走向说明草稿"]
    for _, out in (secret, open_):
        book = openpyxl.load_workbook(out / "annex.xlsx", read_only=True)
        assert set(names) <= set(book.sheetnames)
        rows = list(book["界线联检任务表"].iter_rows(values_only=True))
        # inspected on 2019-06-30, due on 2024-06-30, so overdue on 2026-01-01 and to be done in 2026
        row = dict(zip(rows[0], rows[1], strict=True))
        assert row["应检日期"].date().isoformat() == "2024-06-30"
        assert (row["状态"], row["年份"]) == ("逾期", 2026)


def test_findings_carry_rule_and_evidence(secret):
    _, out = secret
    found = pd.read_csv(out / "tables/findings.csv", encoding="utf-8-sig").set_index("code")
    assert "界桩管理办法" in found.loc["BC-28", "rule"]
    assert "number=320106320111001Q" in found.loc["BC-28", "evidence"]
    assert np.isnan(found.loc["BC-28", "lon_wgs84"])
