"""The numbers of the border checks: each has a source, and the tolerances are those of the formula."""

import pytest

from planner import presets
from planner.borders import BorderRules


def test_every_number_says_where_it_comes_from():
    rows = [row for group in presets.load("borders").values() for row in group.values()]
    assert all(row["source"] and row["confidence"] in "SLV" for row in rows)


@pytest.mark.parametrize(("scale", "sigma", "tolerance"), [(None, None, 8.246), (10_000, 0, 8.0), (50_000, 1, 40.05)])
def test_tolerance(scale, sigma, tolerance):
    # 2 sqrt(1 + 4^2) = 8.246; 2 x 0.4 mm x 10,000 = 8 m; 2 sqrt(1 + 20^2) = 40.05
    assert BorderRules.of().tolerance_m(scale, sigma) == pytest.approx(tolerance, abs=0.001)


def test_a_project_may_say_otherwise():
    rules = BorderRules.of(map_scale=50_000.0, patrol_months=6)
    # 2 sqrt(1 + 20^2)
    assert rules.tolerance_m() == pytest.approx(40.05, abs=0.01)
    assert rules.patrol_months == 6
    assert rules.years == BorderRules.of().years
