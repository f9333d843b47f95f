"""How long the main job takes, from the command to all files, and how much memory.

    uv run python benchmarks/main_job.py [--runs 3]

Each row is a fresh process. "first" starts with empty caches (parsed streets, compiled kernels and Python's own
bytecode), as after installation; "warm" has all three. The whole-Wuhan row needs the shared data beside the checkout.
"""

import argparse
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3)
    runs = parser.parse_args().runs
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, median of {runs}")
    print(f"{'job':<40}{'seconds':>10}{'CPU s':>10}{'peak MB':>10}{'goal s':>8}")
    with tempfile.TemporaryDirectory() as scratch:
        demo = ROOT / "data" / "planner.toml"
        show("demo, first time", lambda i: once(demo, Path(scratch), caches=f"empty{i}"), runs, 40)
        show("demo, warm", lambda _: once(demo, Path(scratch), caches="warm"), runs, 12)
        city = whole_city(Path(scratch))
        if city is not None:
            show("whole Wuhan (83k nodes), warm", lambda _: once(city, Path(scratch), caches="warm"), runs, 25)


def show(name: str, measure: Callable[[int], tuple[float, float, float]], runs: int, goal: int) -> None:
    """Measure, after one run that is not counted where caches are warm, and print a row."""
    if "warm" in name:
        measure(-1)
    measured = [measure(i) for i in range(runs)]
    seconds, worked = (statistics.median(m[k] for m in measured) for k in (0, 1))
    print(f"{name:<40}{seconds:>10.1f}{worked:>10.1f}{max(m[2] for m in measured):>10.0f}{goal:>8}", flush=True)


def once(project: Path, scratch: Path, *, caches: str) -> tuple[float, float, float]:
    """Run a project in a fresh process; return seconds, seconds of processor time and peak megabytes of it."""
    environment = os.environ | {
        "PLANNER_CACHE_DIR": str(scratch / caches / "streets"),
        "NUMBA_CACHE_DIR": str(scratch / caches / "kernels"),
        "PYTHONPYCACHEPREFIX": str(scratch / caches / "bytecode"),
    }
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # nobody's own machine compiles all its libraries at each start
    command = [sys.executable, "-m", "planner.cli", "run", str(project), "--out", str(scratch / "out")]
    begun = time.perf_counter()
    child = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    _, status, usage = os.wait4(child.pid, 0)
    seconds = time.perf_counter() - begun
    if os.waitstatus_to_exitcode(status):
        raise SystemExit(child.stderr.read().decode() if child.stderr else "the run failed")
    return seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def whole_city(scratch: Path) -> Path | None:
    """Write the demo's project with the streets of the whole city in place of the cut, where they are at hand."""
    found = next((p / "shared/data/wuhan/streets.parquet" for p in ROOT.parents if (p / "shared").exists()), None)
    if found is None or not found.exists():
        return None
    data = ROOT / "data"
    text = (data / "planner.toml").read_text(encoding="utf-8")
    text = text.replace('path = "streets/wuhan_core.parquet"\ndatum = "wgs84"\n', f'path = "{found}"\n')
    text = text.replace('corrections = "streets/corrections.csv"\n', "")
    for folder in ("boundaries", "demand", "facilities", "transit"):
        text = text.replace(f'"{folder}/', f'"{data / folder}/')
    file = scratch / "wuhan.toml"
    file.write_text(text.replace("wuhan_demo", "wuhan_whole"), encoding="utf-8")
    return file


if __name__ == "__main__":
    main()
