"""Where stakes stand never leaves: not in the map, not in the report, not in the annex, unless asked for."""

import io
import re
import zipfile
from dataclasses import replace

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pytest
import shapely
from scipy.spatial import cKDTree

from planner.checks import Settings, run_checks
from planner.layers.crs import to_degrees
from planner.layers.datums import wgs84_to_gcj02
from planner.pipeline import run
from planner.project import load_project
from planner.report import write_outputs
from planner.report.secret import open_findings
from planner.tables import FINDINGS

from ..checks import toy, toy_names
from ..small_project import BLOCK_M, CRS, ORIGIN, TOML, N, degrees, places, write

BORDERS = """
[borders]
lines = {{path = "lines.csv", datum = "wgs84"}}
stakes = {{path = "stakes.csv", datum = "wgs84"}}
{more}
"""
SPOTS = ((3.217, 5.823), (5.517, 7.341), (8.913, 2.219))
"""Where stakes stand, in blocks: the first and the last far off every line, the second 0.3 m off the rim of a strip
that both communities have. Their digits stand nowhere else in the project."""
CODE = "320106320111"


def overlapping():
    """Return the places, the western community drawn 2 m too wide."""
    held = places()
    wide = np.column_stack(degrees([-0.5, 5.52, 5.52, -0.5], [-0.5, -0.5, N - 0.5, N - 0.5]))
    held.loc[1, "geometry"] = shapely.Polygon(wide)
    return held


def project(folder, more=""):
    file = write(folder, TOML + BORDERS.format(more=more), places=overlapping())
    code = CODE
    lines = {"line_id": ["L1"], "units": ["320106;320111"], "disputed": ["有"], "last_joint_inspection": ["2019-06-30"]}
    pd.DataFrame(lines).assign(length_agreed_km=1.1).to_csv(folder / "lines.csv", index=False)
    rows = {"number": [f"{code}00{i}Q" for i in (1, 2, 3)], "line_id": "L1", "state": ["damaged", "standing", "lost"]}
    lon, lat = degrees(*zip(*SPOTS, strict=True))
    pd.DataFrame(rows | {"lon": lon, "lat": lat}).to_csv(folder / "stakes.csv", index=False)
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


def stakes(metres=None):
    """Return where the stakes stand in WGS 84, in GCJ-02, both in degrees, and in metres, and what 2 m are there."""
    metres = np.add(ORIGIN, np.multiply(SPOTS, BLOCK_M)) if metres is None else metres
    wgs84 = np.column_stack(to_degrees(*metres.T, crs=CRS))
    return ((wgs84, 2e-5), (np.column_stack(wgs84_to_gcj02(*wgs84.T)), 2e-5), (metres, 2.0))


def holds(text: str) -> bool:
    """Return whether a text holds both numbers of a stake in any of the three."""
    numbers = np.unique([float(n) for n in re.findall(r"\d+\.\d+", text)])
    near = [(np.abs(spots[:, :, None] - numbers) < m).any(axis=2).all(axis=1).any() for spots, m in stakes()]
    return len(numbers) > 0 and any(near)


def holds_side_by_side(text: str, metres) -> bool:
    """Return whether two numbers in a row are those of one of many stakes, in any of the three and either order."""
    numbers = np.array([float(n) for n in re.findall(r"\d+(?:\.\d+)?", text)])
    pairs = np.column_stack([numbers[:-1], numbers[1:]])
    both = np.vstack([pairs, pairs[:, ::-1]])
    return any((cKDTree(spots).query(both, p=np.inf)[0] < m).any() for spots, m in stakes(metres))


def test_the_stake_is_found_damaged(secret):
    study, _ = secret
    found = study.findings.loc[study.findings["code"] == "BC-28"]
    assert list(found["feature_id"]) == [f"{CODE}001Q", f"{CODE}003Q"]
    assert found.geometry.notna().all(), "kept in the study itself"


def test_no_file_says_where_it_stands(secret):
    _, out = secret
    assert [name for name, text in texts_of(out).items() if holds(text)] == []


def test_the_geopackage_and_the_tables_do_not_either(secret):
    """No vertex of any layer is within 2 m of a stake; a finding that ran past one is a point elsewhere."""
    study, out = secret
    layers = {
        name: gpd.read_file(out / "layers.gpkg", layer=name) for name in gpd.list_layers(out / "layers.gpkg")["name"]
    }
    assert not {"stakes", "lines"} & set(layers)
    found = layers["findings"]
    assert found[found["code"] == "BC-28"].geometry.isna().all()
    assert {c.name for c in FINDINGS.columns} <= set(found), "also where nothing was accepted"
    metres = shapely.multipoints(stakes()[2][0])
    written = study.findings.set_index("code").geometry["BC-04"]
    assert shapely.distance(written, metres) < 1
    assert list(found[found["code"] == "BC-04"].geometry.geom_type) == ["Point"]
    assert shapely.distance(found.geometry.dropna().to_numpy(), metres).min() > 10
    assert shapely.contains(written, found[found["code"] == "BC-04"].geometry.iloc[0])
    for path in out.rglob("*.parquet"):
        if b"geometry" in path.read_bytes():
            layers[path.name] = gpd.read_parquet(path)
    assert {"streets", "places", "edges.parquet"} <= set(layers)
    for name, layer in layers.items():
        at = shapely.get_coordinates(layer.geometry.to_numpy())
        for spots, m in stakes():
            assert not (np.abs(at[:, None] - spots) < m).all(axis=2).any(), name


@pytest.fixture(scope="module")
def everywhere(secret):
    """Return a study of all that any check finds in its fixture, a stake on every vertex of all of it."""
    study, _ = secret
    fixtures = toy.TRIGGER | toy_names.TRIGGER | {"spike": (toy.Toy(places=toy.towns(toy.SPIKE)), None)}
    found = [
        run_checks(layers, network=network, settings=Settings(reach_m=toy.REACH.get(code, {})), on=toy.ON)
        for code, (layers, network) in fixtures.items()
    ]
    whole = pd.concat(found)
    placed = whole[whole.geometry.notna()]
    assert placed["code"].nunique() > 40
    spots = np.unique(shapely.get_coordinates(placed.geometry.to_numpy()), axis=0)
    rows = gpd.GeoDataFrame({"number": "x"}, index=range(len(spots)), geometry=shapely.points(spots), crs=CRS)
    borders = study.layers.borders | {"stakes": rows}
    return replace(study, layers=replace(study.layers, borders=borders), findings=whole), spots


def test_no_check_tells_where_what_it_found_is_but_by_its_geometry(everywhere):
    """A message is for people: longitude and latitude stand in columns, which secrecy can withhold."""
    found = everywhere[0].findings
    for _, row in found[found.geometry.notna()].iterrows():
        x, y = shapely.get_coordinates(row.geometry).T
        said = " ".join(row[["message_zh", "message_en", "evidence"]]).replace(",", "")
        for number in map(float, re.findall(r"\d+(?:\.\d+)?(?:e[+]\d+)?", said)):
            assert not (np.abs(x - number) < 10).any(), (row["code"], number)
            assert not (np.abs(y - number) < 10).any(), (row["code"], number)


def test_a_stake_on_every_spot_of_every_check_stays_secret(everywhere, tmp_path):
    study, spots = everywhere
    said = texts_of(write_outputs(study, tmp_path / "out"))
    assert [name for name, text in said.items() if holds_side_by_side(text, spots)] == []
    assert shapely.distance(open_findings(study).geometry.dropna().to_numpy(), shapely.multipoints(spots)).min() > 10


def test_what_a_sentence_says_of_a_stakes_place_is_blotted_out(everywhere):
    """Even where a check forgets itself: metres, degrees of either datum, and numbers rounded to six digits."""
    study, _ = everywhere
    row = study.findings[study.findings["code"] == "BC-28"].iloc[[0]]
    (wgs84, gcj02, metres) = (spots[0] for spots, _ in stakes(shapely.get_coordinates(row.geometry.to_numpy())))
    told = [
        f"{metres[0]:.2f} {metres[1]:,.1f}",
        f"{wgs84[0]:.5f} {wgs84[1]:.6f}",
        f"{gcj02[0]:.4f}°",
        f"{metres[1]:.6g}",
    ]
    said = "; ".join([*told, "3 根", "120.5 米", "32.0 公里", "1,200 人"])
    kept = open_findings(replace(study, findings=row.assign(message_zh=said, evidence=said))).iloc[0]
    assert kept["message_zh"] == "… …; … …; …°; …; 3 根; 120.5 米; 32.0 公里; 1,200 人"
    assert kept["evidence"] == kept["message_zh"]


def test_map_and_report_name_no_stake(secret, open_):
    """The table says how many there are, and where to look for them."""
    study, out = secret
    said = texts_of(out)
    assert {name for name, text in said.items() if CODE + "00" in text} == {"findings.csv", "annex.xlsx"}
    titles = study.findings.loc[study.findings["layer"] == "stakes", "code"].value_counts()
    assert titles["BC-28"] == 2
    assert "界桩损坏未修复（共2项，界桩编号从略" in said["report.html"]
    assert CODE + "001Q" in texts_of(open_[1])["report.html"]


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
    assert "界桩管理办法" in found.loc["BC-28", "rule"].iloc[0]
    assert f"number={CODE}001Q" in found.loc["BC-28", "evidence"].iloc[0]
    assert found.loc["BC-28", "lon_wgs84"].isna().all()
