"""People travel to a facility; ambulances and deliveries from it. On one-way streets that is not the same."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from planner.project.defaults import filled_service
from planner.travel import travel_times
from tests.toy_city import DRIVE_1, WALK_1, grid, points

# Rows run east only, columns both ways. Every trip west is impossible; east is |dx| + |dy| blocks.
NET = grid(4, one_way_rows=True)
HOMES = points(west=(0, 1), middle=(1, 3), east=(3, 2))
CENTRES = points(w=(0, 0), e=(3, 0))


def table(direction, **options):
    times = travel_times(NET, HOMES, CENTRES, mode=DRIVE_1, cutoff_min=10, direction=direction, **options)
    return times.to_frame().set_index(["origin_id", "destination_id"])["minutes"].to_dict()


def test_to_and_from_differ_by_who_drives_east():
    assert table("to") == {("west", "w"): 1, ("west", "e"): 4, ("middle", "e"): 5, ("east", "e"): 2}
    assert table("from") == {("west", "w"): 1, ("middle", "w"): 4, ("east", "w"): 5, ("east", "e"): 2}


@pytest.mark.parametrize(("direction", "nearest"), [("to", ["w", "e", "e"]), ("from", ["w", "w", "e"])])
def test_the_nearest_is_the_nearest_in_that_direction(direction, nearest):
    times = travel_times(
        NET, HOMES, CENTRES, mode=DRIVE_1, cutoff_min=10, direction=direction, nearest_only=True
    ).nearest()
    assert list(times["destination_id"]) == nearest


def test_on_foot_there_is_no_direction():
    both = [
        travel_times(NET, HOMES, CENTRES, mode=WALK_1, cutoff_min=10, direction=d).to_frame() for d in ("to", "from")
    ]
    np.testing.assert_allclose(both[0]["minutes"], both[1]["minutes"])


def test_from_is_to_with_the_ends_changed_and_parking_counts_once():
    mode = replace(DRIVE_1, parking_min=1.0)
    there = travel_times(NET, HOMES, CENTRES, mode=mode, cutoff_min=10, direction="from").to_frame()
    back = travel_times(NET, CENTRES, HOMES, mode=mode, cutoff_min=10, direction="to").to_frame()
    back = back.rename(columns={"origin_id": "destination_id", "destination_id": "origin_id"})
    keys = ["origin_id", "destination_id"]
    assert there.set_index(keys)["minutes"].to_dict() == back.set_index(keys)["minutes"].to_dict()


def test_the_emergency_preset_drives_from_the_centre_within_15_to_30_minutes():
    """Domain notes R24: response from the centre by car, 15 to 30 min; the mark says that the numbers need checking."""
    filled, said = filled_service({"id": "e", "preset": "emergency", "facilities": "e.csv"}, "zh", Path("planner.toml"))
    assert (filled["mode"], filled["direction"], filled["parking_min"]) == ("drive", "from", 0)
    assert (filled["standard_min"], filled["cutoff_min"]) == (15, 30)
    assert {s["confidence"] for s in said if s["key"] == "services.e.standard_min"} == {"V"}
