"""A register of which a part is in another datum: which part, who would change unit; silence where there is none."""

import numpy as np
import pytest

from planner.checks import run_checks
from planner.checks.mixed import mixed_run
from planner.checks.moves import facilities_moving
from planner.layers import datums

from .toy import CITY, Toy, beside_streets, network, points, shifted, square, towns

NET = network(CITY)
SIDE = beside_streets(*CITY, 200, low=1400.0, high=3400.0)
FIFTH = np.arange(200) >= 160  # 40 of 200: the last delivery
WEST = SIDE[:, 0] < np.sort(SIDE[:, 0])[40]  # the 40 farthest west: one district


def register(part, shift, **columns):
    xy = np.where(part[:, None], shifted(SIDE, shift), SIDE)
    return points([f"f{i:03d}" for i in range(200)], xy, service="day_care", name="甲", **columns)


@pytest.mark.parametrize(
    ("shift", "answer"),
    [(datums.wgs84_to_gcj02, "gcj02"), (datums.wgs84_to_bd09, "bd09"), (datums.gcj02_to_wgs84, "not_gcj02")],
)
def test_the_last_fifth_of_a_register_is_told_with_its_rows(shift, answer):
    found = mixed_run(register(FIFTH, shift), NET.lines)
    assert (found.answer, found.order) == (answer, "rows")
    # a row at either end may fit both datums by chance
    assert len({*found.rows} ^ {f"f{i:03d}" for i in range(160, 200)}) <= 3
    assert found.fit.medians_m[answer] == pytest.approx(5.0, abs=0.5)


def test_one_district_of_a_register_in_any_order_is_told_by_the_units():
    places = np.where(WEST, "t1", "t2")
    found = mixed_run(register(WEST, datums.wgs84_to_gcj02, place_id=places), NET.lines)
    assert (found.answer, found.order) == ("gcj02", "places")
    assert len({*found.rows} ^ {f"f{i:03d}" for i in np.flatnonzero(WEST)}) <= 3


def test_nothing_is_said_of_registers_in_one_datum_or_beside_no_street():
    assert mixed_run(register(FIFTH & False, datums.wgs84_to_gcj02), NET.lines) is None
    assert mixed_run(register(FIFTH | True, datums.wgs84_to_gcj02), NET.lines) is None  # all of it: no mixture
    rng = np.random.default_rng(5)
    for _ in range(5):
        anywhere = points([f"f{i}" for i in range(200)], rng.uniform(1400, 3400, (200, 2)), service="s", name="甲")
        assert mixed_run(anywhere, NET.lines) is None


def test_what_a_bureau_reads_and_who_would_change_unit():
    halves = towns(square(0, 0, 2400, 4800), square(2400, 0, 2400, 4800))
    layer = register(FIFTH, datums.wgs84_to_gcj02)
    found = run_checks(Toy(facilities=layer, places=halves), network=NET)
    said = found[found["code"] == "CR-01"].iloc[0]
    assert (said["severity"], said["feature_id"]) == ("error", "day_care")
    assert "200 个设施混有两种坐标：登记表里连续的" in said["message_zh"]
    assert "f199" in said["message_zh"]
    moving = facilities_moving(found, layer, halves)
    # brute force: true x against where it stands; the border is at x = 2400
    stands, true = layer.geometry.x.to_numpy() - 500_000.0, SIDE[:, 0]
    crossing = [f"f{i:03d}" for i in np.flatnonzero(FIFTH) if (stands[i] < 2400) != (true[i] < 2400)]
    assert crossing
    assert list(moving["facility_id"]) == crossing
    assert set(moving["from_id"] + moving["to_id"]) == {"t2t1"}  # GCJ-02 lies east of the truth here
    assert set(moving["datum"]) == {"gcj02"}
    assert f"按此有 {len(crossing)} 个设施会换到另一单位" in said["message_zh"]
