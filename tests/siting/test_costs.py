"""Money: estimates to the cent, costs of candidates, sources of funds."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner import presets
from planner.errors import TableError
from planner.siting.costs import candidate_costs, estimate, split_funds, unit_cost


def test_the_approval_of_lijiang():
    # 万元: building 458.01, other 60.95, equipment 35 -> reserve 5 % of 518.96 = 25.948 -> 25.95; total 579.91
    found = estimate(4_580_100, 350_000, 60.95 / 458.01, 0.05)
    assert (found.other, found.reserve, found.total) == (609_500, 259_500, 5_799_100)


def test_every_case_that_says_its_parts_adds_up():
    cases = [c for c in presets.rows("cost_cases") if c["reserve"]]
    assert cases
    for case in cases:
        parts = [int(case[p]) for p in ("building", "other", "reserve", "equipment")]
        assert sum(parts) == int(case["total"])


def test_every_number_says_where_it_is_from():
    for name in presets.load("costs")["unit"]:
        for number in unit_cost(name).numbers:
            assert number["source"]
            assert number["year"]
            assert number["region"]
            assert number["confidence"] in "SLV"
            assert number["low"] <= number["value"] <= number["high"]


def test_a_cost_by_area():
    # 300 m2 renovated: building 600,000; equipment 180,000; other 12 % = 72,000; reserve 5 % of 672,000 = 33,600
    found = unit_cost("renovation").of(300)
    assert (found.building, found.equipment, found.other, found.reserve) == (600_000, 180_000, 72_000, 33_600)
    with pytest.raises(TableError):
        unit_cost("renovation").of(None)
    assert unit_cost("meal_point").of().total == 80_000


def test_a_given_cost_counts_and_a_missing_one_is_made_from_the_area():
    candidates = pd.DataFrame({"cost": [1_000_000, None, None], "area_m2": [None, 100, None]}, index=list("abc"))
    found = candidate_costs(candidates, unit_cost("renovation"), area_m2=300)
    assert list(found["cost"]) == [1_000_000, 295_200, 885_600]  # 885,600 / 3 = 295,200
    assert list(found["estimated"]) == [False, True, True]
    with pytest.raises(TableError) as error:
        candidate_costs(candidates, unit_cost("renovation"))
    assert "c" in error.value.text("en")
    with pytest.raises(TableError):
        candidate_costs(candidates, None)


@given(st.integers(0, 10**9), st.lists(st.integers(1, 20), min_size=1, max_size=6))
def test_funds_add_up_to_the_yuan(total, parts):
    shares = {f"f{i}": part / sum(parts) for i, part in enumerate(parts)}
    found = split_funds(total, shares)
    assert found.sum() == total
    for name, share in shares.items():
        assert abs(found[name] - total * share) <= 200  # one step of rounding, and the odd yuan


def test_shares_must_make_the_whole():
    with pytest.raises(TableError, match="90"):
        split_funds(100, {"市级": 0.5, "区级": 0.4})
    with pytest.raises(TableError):
        split_funds(100, {"市级": 1.5, "区级": -0.5})
