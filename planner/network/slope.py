"""How steep streets are, and what that does to a pace on foot."""

import re

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .. import presets
from ..layers.streets import Ways
from .chains import SAME_GRADE, Runs

Floats = NDArray[np.float64]
_INCLINE = re.compile(r"^([+-]?\d+(?:\.\d+)?)\s*(%|°)$")


def hilly(ways: Ways) -> bool:
    """Return whether streets say anything of slopes."""
    return bool((~np.isnan(ways.heights)).any() or ("incline" in ways.tags and (ways.tags["incline"] != "").any()))


def grades(ways: Ways, runs: Runs) -> Floats:
    """Return rise over run of each step of lines, along them; 0 where nothing is known, and of a line's last vertex.

    grade = (height of the end - height of the start) / length    (1)
    Heights that are missing between two of a way are on the straight line between them; beyond the last known one it
    is level. A way without heights has the grade its `incline` tag says in % or degrees.
    """
    if not hilly(ways):
        return np.zeros(len(runs.vertex))
    step = np.append(np.linalg.norm(np.diff(ways.xy[runs.vertex], axis=0), axis=1), 0.0)
    height, last = _filled(ways.heights[runs.vertex], np.cumsum(step) - step, runs.offsets), runs.offsets[1:] - 1
    rise = np.append(np.diff(height), 0.0)
    told = np.repeat(_inclines(ways)[runs.way], np.diff(runs.offsets))
    grade = np.divide(rise, step, out=np.zeros(len(rise)), where=step > 0)  # (1)
    grade = np.where(np.isnan(grade), told, grade)
    grade[last] = 0.0
    return grade


def bends(grade: Floats, runs: Runs, n_vertices: int) -> NDArray[np.bool_]:
    """Return the vertices at which a line changes its grade."""
    inner = np.ones(len(grade), bool)
    inner[runs.offsets[:-1]] = inner[runs.offsets[1:] - 1] = False
    change = np.append(False, np.abs(np.diff(grade)) > SAME_GRADE) & inner
    found = np.zeros(n_vertices, bool)
    found[runs.vertex[change]] = True
    return found


def slowed(grade: Floats) -> Floats:
    """Return by how much longer a walk up or down a grade takes than one on the level.

    time / level time = exp(3.5 (|grade + 0.05| - 0.05))    (2)
    Source: W. Tobler 1993, Three presentations on geographical analysis and modeling, NCGIA technical report 93-1:
    speed = 6 exp(-3.5 |grade + 0.05|) km/h, here as a share of the speed on the level.
    """
    rule = presets.load("modes")["slope"]["walk"]
    best = rule["fastest_grade"]
    longer: Floats = np.exp(rule["steepness"] * (np.abs(grade - best) - abs(best)))  # (2)
    return longer


def _filled(height: Floats, along: Floats, offsets: NDArray[np.int64]) -> Floats:
    """Return heights with those that are missing put in between the known ones of their line."""
    line = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))
    known, place = ~np.isnan(height), np.arange(len(height))
    before = np.maximum.accumulate(np.where(known, place, -1))
    after = np.minimum.accumulate(np.where(known, place, len(height))[::-1])[::-1]
    behind = (before >= 0) & (line[before] == line)
    ahead = (after < len(height)) & (line[np.minimum(after, len(height) - 1)] == line)
    before, after = np.where(behind, before, after), np.where(ahead, after, before)
    some = behind | ahead
    low, high = np.where(some, before, 0), np.where(some, after, 0)
    share = np.divide(along - along[low], along[high] - along[low], out=np.zeros(len(height)), where=high > low)
    filled: Floats = np.where(some, height[low] + share * (height[high] - height[low]), np.nan)
    return filled


def _inclines(ways: Ways) -> Floats:
    """Return the grade that each way's `incline` tag says, 0 where it says none; "up" and "down" say none."""
    if "incline" not in ways.tags:
        return np.zeros(len(ways))
    codes, words = pd.factorize(ways.tags["incline"])
    return np.array([_incline(str(word)) for word in words])[codes]


def _incline(word: str) -> float:
    told = _INCLINE.match(word.strip())
    if told is None:
        return 0.0
    return float(told[1]) / 100 if told[2] == "%" else float(np.tan(np.radians(float(told[1]))))
