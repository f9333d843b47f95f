"""The folder of a run: its files, their columns, their bytes."""

import hashlib
import json
import re
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest

from planner.errors import OutputError
from planner.pipeline import Study
from planner.report import outputs, write_outputs
from planner.report.frames import COLUMNS

FILES = {
    *("run.json", "timings.json", "map.html", "report.docx", "report.html", "annex.xlsx", "layers.gpkg"),
    *(f"tables/{name}.csv" for name in COLUMNS),
    *("tables/demand.parquet", "tables/edges.parquet", "tables/snaps.parquet"),
}
# as docs/design.md section 4 has them; what we add stands after
CONTRACT = {
    "coverage_by_place": "place_id, name, level, service, mode, weight, demand, covered, share, facilities, nominal",
    "uncovered_places": "place_id, name, level, service, weight, demand, uncovered, share, status, cause, nearest_min",
    "gaps": (
        "gap_id, service, rank, name, place_id, weight, demand, n_demand, nearest_min, cause, lon_wgs84, lat_wgs84"
    ),
    "sites": ("candidate_id, service, rank, phase, gain, cost, place_id, lon_wgs84, lat_wgs84, lon_gcj02, lat_gcj02"),
    "findings": "code, severity, layer, feature_id, message, people, measure, tolerance, lon_wgs84, lat_wgs84",
    "street_edits": (
        "kind, way_id, other_way_id, length_before_m, length_after_m, vertices_before, vertices_after, "
        "lon_wgs84, lat_wgs84"
    ),
    "indicators": "indicator_id, name, place_id, unit, property, base, target, year, actual, status, source",
}
SAMPLE = "示例数据，不得用于申报"


def _files(folder: Path) -> set[str]:
    return {str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file()}


def _digests(folder: Path) -> dict[str, str]:
    return {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in _files(folder)}


def _table(out: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(out / "tables" / f"{name}.csv", encoding="utf-8-sig", dtype={"place_id": str})


def test_exactly_the_files_of_the_contract(out: Path):
    assert _files(out) == FILES
    assert not [p for p in out.parent.iterdir() if p.name != out.name]


@pytest.mark.parametrize("name", list(CONTRACT))
def test_columns_of_the_contract_in_its_order(out: Path, name: str):
    wanted = CONTRACT[name].split(", ")
    assert list(_table(out, name).columns)[: len(wanted)] == wanted
    assert (out / "tables" / f"{name}.csv").read_bytes().startswith(b"\xef\xbb\xbf")


def test_demand_table_holds_what_each_point_got(out: Path):
    table = gpd.read_parquet(out / "tables" / "demand.parquet")
    wanted = ["demand_id", "place_id", "pop", "pop60"]
    per_service = [f"{s}_{c}" for s in ("day_care", "columbarium") for c in ("min", "facility", "covered", "cause")]
    assert list(table.columns) == [*wanted, *per_service, "note", "geometry"]
    row = table.set_index("demand_id").loc["2_2"]
    assert (row["day_care_min"], row["day_care_facility"], row["day_care_covered"]) == (4.0, "a", True)
    far = table.set_index("demand_id").loc["8_8"]  # 16 blocks are 16 minutes, beyond the cutoff of twelve
    assert pd.isna(far["day_care_min"])
    assert far["day_care_cause"] == "too_far"


def test_edges_and_snaps_let_anyone_recompute(out: Path):
    edges = gpd.read_parquet(out / "tables" / "edges.parquet")
    assert list(edges.columns)[:6] == ["edge_id", "from_id", "to_id", "length_m", "forward", "backward"]
    assert len(edges) == 2 * 9 * 8
    snaps = pd.read_parquet(out / "tables" / "snaps.parquet")
    assert list(snaps.columns) == ["point_id", "layer", "mode", "edge_id", "offset_m", "access_m", "note"]
    assert snaps["edge_id"].isin(edges["edge_id"]).all()


def test_run_json_has_the_keys_of_the_contract(out: Path):
    run = json.loads((out / "run.json").read_text(encoding="utf-8"))
    keys = {"planner_version", "project", "crs", "inputs", "parameters", "services", "plan", "findings"}
    assert keys <= set(run)
    assert set(run["inputs"][0]) >= {"path", "sha256", "rows", "crs"}
    assert set(run["parameters"][0]) == {"key", "value", "unit", "source", "confidence"}
    day_care = run["services"]["day_care"]
    assert (day_care["covered"], day_care["demand"], day_care["facilities"]) == (45, 245, 1)
    assert run["plan"]["day_care"]["sites"] == ["k1"]
    assert run["plan"]["day_care"]["objective"] == 90
    # the toy's streets end nearer to people than they would walk, with one facility among them: NW-10
    assert run["findings"] == {"error": 0, "warning": 1, "info": 0}


def test_timings_hold_the_stages_and_the_writers(out: Path):
    timings = json.loads((out / "timings.json").read_text(encoding="utf-8"))
    assert timings["layers"] == 0.5
    assert "write.map.html" in timings


def test_sites_say_who_gains_and_where_on_a_chinese_web_map(out: Path):
    site = _table(out, "sites").iloc[0]
    assert site["communities"] == "秋实社区 45人"
    assert pd.isna(site["cost"])  # no candidate has one
    # GCJ-02 lies some hundred metres off in this part of China
    assert 1e-3 < abs(site["lon_gcj02"] - site["lon_wgs84"]) < 1e-2


def test_places_sum_to_the_whole(out: Path):
    rows = _table(out, "coverage_by_place")
    rows = rows[(rows["service"] == "day_care") & (rows["weight"] == "pop60")].set_index("level")
    assert rows.loc["community", "covered"].sum() == rows.loc["city", "covered"] == 45


def test_geopackage_has_the_layers(out: Path):
    names = {str(name) for name, _ in pyogrio.list_layers(out / "layers.gpkg")}
    areas = {"area_day_care", "area_columbarium"}
    assert names == {"places", "facilities", "streets", "candidates", "gaps", "sites", "findings"} | areas
    places = gpd.read_file(out / "layers.gpkg", layer="places")
    assert places.crs.to_epsg() == 4549
    assert "day_care_share" in places


def test_two_runs_write_the_same_bytes(toy: Study, out: Path, tmp_path: Path):
    again = _digests(write_outputs(toy, tmp_path / "again"))
    first = _digests(out)
    assert {n for n in FILES if again[n] != first[n]} == {"timings.json"}


def test_a_failed_run_leaves_the_last_one_as_it_was(toy: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    folder = write_outputs(toy, tmp_path / "run")
    before = _digests(folder)

    def broken(*_: object) -> bytes:
        raise OSError("disk full")

    monkeypatch.setattr(outputs, "annex", broken)
    with pytest.raises(OutputError, match="disk full"):
        write_outputs(toy, folder)
    assert _digests(folder) == before
    assert [p.name for p in tmp_path.iterdir()] == ["run"]


def test_a_failed_swap_puts_the_old_files_back(toy: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    folder = write_outputs(toy, tmp_path / "run")
    before = _digests(folder)
    replace = Path.replace

    def locked(self: Path, target: Path) -> Path:
        if self.parent.name == "whole" and self.name == "report.docx":
            raise PermissionError("open in Word")
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", locked)
    with pytest.raises(OutputError, match="open in Word"):
        write_outputs(toy, folder)
    assert _digests(folder) == before


def test_a_new_run_replaces_the_old_and_spares_other_files(toy: Study, tmp_path: Path):
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / "mine.txt").write_text("keep")
    (folder / "map.html").write_text("old")
    write_outputs(toy, folder)
    assert _files(folder) == FILES | {"mine.txt"}
    assert len((folder / "map.html").read_text(encoding="utf-8")) > 1000


@pytest.mark.parametrize("until", ["layers", "check", "network", "coverage"])
def test_a_run_stopped_early_writes_every_file(make: Callable[..., Study], tmp_path: Path, until: str):
    folder = write_outputs(make(until=until), tmp_path / until)
    assert _files(folder) == FILES
    assert _table(folder, "gaps").empty
    assert len(_table(folder, "coverage_by_place")) == (0 if until != "coverage" else 28)


def test_places_without_polygons(make: Callable[..., Study], tmp_path: Path):
    folder = write_outputs(make(polygons=False), tmp_path / "bare")
    assert _files(folder) == FILES
    assert set(_table(folder, "coverage_by_place")["place_id"]) == {"320101001001", "320101002001"}


def test_english_twin(make: Callable[..., Study], tmp_path: Path):
    folder = write_outputs(make(language="en"), tmp_path / "en")
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "18.4% (45/245 people)" in page
    told = re.findall(r"<(?:h2[^>]*|h3|th|figcaption|caption)>([^<]*)<", page)
    assert len(told) > 30
    assert not [t for t in told if re.search("[\u4e00-\u9fff]", t)]


def test_sample_mark_in_every_output_for_readers(out: Path):
    import docx
    import openpyxl

    assert SAMPLE in json.loads((out / "run.json").read_text(encoding="utf-8"))["notice"]
    for name in ("map.html", "report.html"):
        assert SAMPLE in (out / name).read_text(encoding="utf-8")
    section = docx.Document(str(out / "report.docx")).sections[0]
    assert SAMPLE in section.header.paragraphs[0].text
    assert SAMPLE in section.even_page_header.paragraphs[0].text
    for sheet in openpyxl.load_workbook(out / "annex.xlsx"):
        assert SAMPLE in sheet.oddHeader.center.text


def test_no_sample_mark_on_real_data(make: Callable[..., Study], tmp_path: Path):
    folder = write_outputs(make(sample=False), tmp_path / "real")
    for name in ("map.html", "report.html", "run.json"):
        assert SAMPLE not in (folder / name).read_text(encoding="utf-8")


def test_every_output_credits_the_streets(out: Path):
    credit = "© OpenStreetMap contributors, ODbL"
    for name in ("map.html", "report.html", "run.json"):
        assert credit in (out / name).read_text(encoding="utf-8")


def test_sample_mark_in_every_table_and_layer(out: Path):
    for path in sorted((out / "tables").glob("*.csv")):
        table = pd.read_csv(path, encoding="utf-8-sig")
        assert table.columns[-1] == "note", path.name
        assert (table["note"] == SAMPLE).all()
    for name in ("demand", "edges", "snaps"):
        assert (pd.read_parquet(out / "tables" / f"{name}.parquet")["note"] == SAMPLE).all()
    for name, _ in pyogrio.list_layers(out / "layers.gpkg"):
        assert (gpd.read_file(out / "layers.gpkg", layer=str(name))["note"] == SAMPLE).all(), name
    assert _table(out, "indicators")["source"].str.endswith(SAMPLE).all()


def test_no_mark_and_no_column_for_it_on_real_data(make: Callable[..., Study], tmp_path: Path):
    folder = write_outputs(make(sample=False), tmp_path / "real")
    assert list(_table(folder, "gaps").columns) == CONTRACT["gaps"].split(", ")
    assert list(pd.read_parquet(folder / "tables" / "snaps.parquet").columns)[-1] == "access_m"
    assert SAMPLE not in (folder / "tables" / "indicators.csv").read_text(encoding="utf-8-sig")


def _absolute(text: str, folder: Path) -> str:
    """Name the demand by where it lies inside the project, and the streets by where they lie outside of it."""
    elsewhere = folder.parent / f"{folder.name}-elsewhere"
    elsewhere.mkdir()
    shutil.copy(folder / "streets.geojson", elsewhere / "roads.geojson")
    text = text.replace('"streets.geojson"', f'"{(elsewhere / "roads.geojson").as_posix()}"')
    return text.replace('"demand.csv"', f'"{(folder / "demand.csv").as_posix()}"')


def test_no_output_tells_where_the_files_lie(make: Callable[..., Study], tmp_path: Path):
    study = make(change=_absolute)
    folder = write_outputs(study, tmp_path / "absolute")
    run = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    paths = {i["layer"]: i["path"] for i in run["inputs"]}
    assert (paths["streets"], paths["demand"]) == ("roads.geojson", "demand.csv")
    here = study.project.base.parent.as_posix().encode()
    for path in (p for p in folder.rglob("*") if p.is_file()):
        held = path.read_bytes()
        if path.suffix in (".docx", ".xlsx"):
            with zipfile.ZipFile(path) as packed:
                held = b"".join(packed.read(name) for name in packed.namelist())
        assert here not in held, path.name


def test_snaps_hold_the_candidates_that_were_made_from_streets(make: Callable[..., Study]):
    def without(text: str, _: Path) -> str:
        return text.replace('candidates = {path = "candidates.csv", datum = "EPSG:4549"}\n', "")

    study = make(change=without)
    made = study.snaps[study.snaps["layer"] == "candidates.day_care"]
    assert len(made) > 0
    assert set(made["point_id"]) == set(study.candidates["day_care"].index)
    given = make().snaps
    assert sorted(given.loc[given["layer"] == "candidates.day_care", "point_id"]) == ["k1", "k2"]
