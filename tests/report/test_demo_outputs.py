"""The demo's files: whole, small, and with every fact."""

from pathlib import Path

import pytest

from planner.pipeline import run
from planner.project import load_project
from planner.report import write_outputs

DEMO = Path(__file__).resolve().parents[2] / "data" / "planner.toml"


@pytest.mark.slow
def test_the_demo_writes_a_small_map_and_a_whole_report(tmp_path: Path):
    out = write_outputs(run(load_project(DEMO)), tmp_path / "demo")
    assert (out / "map.html").stat().st_size < 3_000_000
    page = (out / "report.html").read_text(encoding="utf-8")
    assert page.count("<img ") == 10  # four services, three plans with a map and a curve each
    assert page.count("示例数据,不得用于申报") >= 3
    assert "/142,979人）" in page  # everyone of 60 and over, as data/README.md has it
