"""Thirty defects of random kinds in a generated county: each is found once, and nothing else; clean, nothing."""

import numpy as np
import pandas as pd
import pytest

from planner.borders import BorderRules
from planner.checks import Settings, run_checks

from .planter import County, county, plant, tables
from .toy import ON, Toy

DEFECTS = 30
CODE = {
    "overlap": "BC-02", "gap": "BC-03", "sliver": "BC-03", "drawn_twice": "BC-04", "bowtie": "BC-01", "spike": "BC-01",
    "exclave": "BC-06", "wrong_code": "BC-11", "wrong_kind": "BC-12", "wrong_area": "BC-08", "unregistered": "BC-15",
    "wrong_length": "BC-09", "overdue": "BC-40", "moved_stake": "BC-25", "damaged_stake": "BC-28",
    "missing_stake": "BC-22", "double_number": "BC-21", "swapped_stakes": "BC-23", "unpatrolled": "BC-31",
    "old_datum": "BC-25",
}  # fmt: skip
# the planter numbers its lines plainly, and its county has no stakes' codes of two units
RULES = BorderRules.of(number=r"^(\d{4,5})(\d{3})([A-EQ])$")


def found_in(made: County) -> pd.DataFrame:
    places, borders = tables(made)
    found = run_checks(Toy(places=places, borders=borders), on=ON, settings=Settings(rules=RULES))
    return found[found["code"] != "BC-20"]


@pytest.mark.parametrize("seed", range(2))
def test_nothing_is_found_in_a_clean_county(seed):
    found = found_in(county(np.random.default_rng(seed)))
    assert found.empty, list(found["message_en"])[:5]


@pytest.mark.parametrize("seed", [0, 2, 3, 7])
def test_every_defect_is_found_once(seed):
    made = plant(county(np.random.default_rng(seed)), DEFECTS)
    assert len(made.planted) == DEFECTS
    found = found_in(made)
    want = sorted((CODE[kind], whom) for kind, whom in made.planted)
    have = sorted(zip(found["code"], found["feature_id"].astype(str), strict=True))
    assert have == want
