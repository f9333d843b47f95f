"""The wheel alone runs the demo: data, texts, presets and page parts travel in it."""

import os
import subprocess
import sys
import zipfile

import pytest

from tests.conftest import ROOT


@pytest.mark.slow
def test_the_wheel_runs_the_demo_outside_a_checkout(tmp_path):
    built = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert built.returncode == 0, built.stderr
    wheel = next(tmp_path.glob("*.whl"))
    assert wheel.stat().st_size < 5_000_000
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")
    there = tmp_path / "elsewhere"
    there.mkdir()
    code = "import planner, sys; assert 'site' in planner.__file__; from planner.cli import main; main()"
    ran = subprocess.run(
        [sys.executable, "-c", code, "demo", "--faulty", "--out", "out"],
        cwd=there, env=os.environ | {"PYTHONPATH": str(tmp_path / "site")}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 1, ran.stderr  # the faulty copy has errors, and they are found
    assert (there / "out" / "map.html").exists()
