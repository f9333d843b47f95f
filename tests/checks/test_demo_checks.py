"""The demo is clean; its faulty copy holds one planted example of each check, and nothing else."""

import hashlib
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from planner import load_project, run
from planner.checks import CHECKS

DATA = Path(__file__).resolve().parents[2] / "data"


WHOLE = {"NW-04", "NW-12", "NW-13", "NW-14"}  # faults of a whole network, heights and gates, which the demo has not


def findings(file: Path) -> pd.DataFrame:
    found = run(load_project(file), until="check").findings
    assert found is not None
    return found


@pytest.fixture(scope="module")
def faulty() -> pd.DataFrame:
    return findings(DATA / "faulty/planner.toml")


@pytest.fixture(scope="module")
def planted() -> pd.DataFrame:
    return pd.read_csv(DATA / "faulty/planted.csv", dtype=str, encoding="utf-8-sig")


def test_the_demo_is_clean():
    found = findings(DATA / "planner.toml")
    assert set(found["severity"]) <= {"info"}
    # real streets: a viaduct or two without a tag, pieces drawn twice, a few people at the rim
    assert set(found["code"]) <= {"NW-05", "NW-07", "NW-10"}


def test_the_faulty_copy_holds_one_of_each_check(planted):
    assert set(planted["code"]) == {c.code for c in CHECKS} - WHOLE
    assert (planted["code"].value_counts().drop("NW-10") == 1).all()  # the rim is near to people of two services


def test_the_checks_find_exactly_what_was_planted(faulty, planted):
    found = sorted(zip(faulty["code"], faulty["feature_id"].fillna(""), strict=True))
    assert found == sorted(zip(planted["code"], planted["feature_id"].fillna(""), strict=True))


def test_planted_areas_and_people(faulty):
    at = faulty.set_index("code")
    # a square of 50 m x 50 m cut out astride a border
    assert at.loc["BC-03", "measure"] == pytest.approx(2500, abs=5)
    # half a circle of 40 m, drawn with 16 corners: 0.9745 of pi / 2 * 40^2 where the rim is straight
    assert at.loc["BC-05", "measure"] == pytest.approx(0.9745 * 3.14159 / 2 * 1600, rel=0.05)
    assert at.loc["NW-01", "people"] > 0
    assert at.loc["CR-01", "severity"] == "error"
    assert "GCJ-02" in at.loc["CR-01", "message_en"]


def test_the_faulty_copy_is_small():
    assert sum(f.stat().st_size for f in (DATA / "faulty").iterdir()) < 600_000


def test_the_script_makes_the_same_bytes_again(tmp_path):
    subprocess.run([sys.executable, DATA / "make_faulty.py", "--out", tmp_path], check=True)
    for made in tmp_path.iterdir():
        assert made.read_bytes() == (DATA / "faulty" / made.name).read_bytes(), made.name


def test_every_faulty_file_is_listed_with_its_digest():
    folder = DATA / "faulty"
    sources = pd.read_csv(folder / "sources.csv").set_index("path")
    kinds = {f.name for f in folder.iterdir() if f.suffix in (".csv", ".geojson", ".parquet")}
    assert set(sources.index) == kinds - {"planted.csv", "sources.csv"}
    for name, row in sources.iterrows():
        assert hashlib.sha256((folder / str(name)).read_bytes()).hexdigest() == row["sha256"]
