"""The demo's files: whole, small, and with every fact."""

from pathlib import Path

import numpy as np
import pytest

from planner.network import MODES
from planner.pipeline import Study, run
from planner.project import load_project
from planner.report import write_outputs
from planner.travel import search, travel_times

DEMO = Path(__file__).resolve().parents[2] / "data" / "planner.toml"


@pytest.fixture(scope="module")
def study() -> Study:
    return run(load_project(DEMO))


@pytest.mark.slow
def test_the_demo_writes_a_small_map_and_a_whole_report(study: Study, tmp_path: Path):
    out = write_outputs(study, tmp_path / "demo")
    assert (out / "map.html").stat().st_size < 3_000_000
    page = (out / "report.html").read_text(encoding="utf-8")
    assert page.count("<img ") == 10  # four services, three plans with a map and a curve each
    assert page.count("示例数据，不得用于申报") >= 3
    assert "/142,979人）" in page  # everyone of 60 and over, as data/README.md has it


@pytest.mark.slow
@pytest.mark.parametrize("service", ["day_care", "columbarium"])
@pytest.mark.parametrize("nearest_only", [True, False])
def test_scipy_finds_the_minutes_of_the_demo(study: Study, monkeypatch: pytest.MonkeyPatch, service, nearest_only):
    """On foot to the nearest and to all, and by car with parking: the same to the last bit."""
    asked = next(s for s in study.project.services if s.id == service)
    places = study.networks[asked.mode], study.layers.demand, study.facilities(service)
    wish = {"mode": MODES[asked.mode], "cutoff_min": asked.standard_min, "nearest_only": nearest_only}
    ours = travel_times(*places, **wish)
    monkeypatch.setattr(search, "COMPILED", False)
    theirs = travel_times(*places, **wish)
    assert len(ours) > 0
    for column in ("indptr", "indices", "minutes", "causes"):
        assert np.array_equal(getattr(ours, column), getattr(theirs, column))
