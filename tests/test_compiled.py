"""Without numba a whole run finds the same; and the ways on which it may fail to load."""

import json
import os
import runpy
import subprocess
import sys
from importlib.abc import MetaPathFinder
from pathlib import Path

import pytest

from planner import compiled, texts
from planner.pipeline import run
from planner.project import load_project
from planner.report import write_outputs
from tests.small_project import write

ROOT = Path(__file__).resolve().parents[1]
WITHOUT = """
import sys, warnings
class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("numba", "llvmlite"):
            raise OSError("DLL load failed: blocked by this computer's policy")
sys.meta_path.insert(0, Refuse())
warnings.simplefilter("error")
from planner.cli import main
main()
"""


class Failing(MetaPathFinder):
    """A finder by which numba fails to load."""

    def __init__(self, error: type[Exception]) -> None:
        self.error = error

    def find_spec(self, name: str, *_: object) -> None:
        if name == "numba":
            raise self.error(name)


@pytest.mark.parametrize("error", [ImportError, ModuleNotFoundError, OSError, SystemError])
def test_however_numba_fails_functions_stay_as_they_are(monkeypatch, error):
    monkeypatch.delitem(sys.modules, "numba", raising=False)
    monkeypatch.setattr(sys, "meta_path", [Failing(error), *sys.meta_path])
    plain = runpy.run_path(compiled.__file__)
    assert not plain["COMPILED"]
    assert plain["njit"](cache=True)(sum) is sum
    assert plain["inner"](sum) is sum


@pytest.mark.slow
def test_a_whole_run_without_numba_finds_the_same(tmp_path):
    """Every table to the last byte; the run says once that it was slow, and so does its report."""
    file = write(tmp_path)
    usual = write_outputs(run(load_project(file)), tmp_path / "usual")
    alone = tmp_path / "alone"
    call = [sys.executable, "-c", WITHOUT, "run", str(file), "--out", str(alone)]
    quiet = os.environ | {"PYTHONPATH": str(ROOT), "PLANNER_CACHE_DIR": str(tmp_path / "streets")}
    done = subprocess.run(call, env=quiet, capture_output=True, text=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr
    sentence = texts.say("zh", "report", "not_compiled")
    assert done.stderr.count(sentence) == 1
    tables = sorted(p.name for p in (usual / "tables").iterdir())
    assert tables
    assert [n for n in tables if (usual / "tables" / n).read_bytes() != (alone / "tables" / n).read_bytes()] == []
    told, before = (json.loads((f / "run.json").read_text(encoding="utf-8")) for f in (alone, usual))
    assert told == before | {"compiled": False}
    assert (alone / "report.html").read_text(encoding="utf-8").count(sentence) == 1
    assert sentence not in (usual / "report.html").read_text(encoding="utf-8")
