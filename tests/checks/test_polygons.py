"""Rings, overlaps, gaps, children, codes: areas are those of rectangles, worked out in the comments."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from shapely.geometry import Polygon

from planner.checks import run_checks

from .toy import BOWTIE, TRIGGER, X0, Y0, Toy, demand, places, square, towns


def only(layers: Toy) -> pd.Series:
    """Return the one finding there is."""
    findings = run_checks(layers)
    assert len(findings) == 1
    return findings.iloc[0]


def test_a_ring_is_located_and_its_people_counted():
    frame = towns(BOWTIE)
    people = demand(("d1", 100, 500, 30), ("d2", 900, 500, 12), place_id=["t1", "t1"])
    found = only(Toy(places=frame, demand=people))
    # the diagonals of a square of 1,000 m cross in its middle; 30 + 12 people live in t1
    assert (found.geometry.x, found.geometry.y) == (X0 + 500, Y0 + 500)
    assert found["people"] == 42
    assert frame.geometry.iloc[0].equals_exact(BOWTIE, 0), "the data are not repaired"


def test_an_overlap_is_measured_and_its_people_counted():
    people = demand(("d1", 995, 500, 8), ("d2", 500, 500, 100))
    found = only(Toy(places=towns(square(0, 0), square(990, 0)), demand=people))
    # 10 m x 1,000 m, wider than half of 8 m
    assert found["measure"] == pytest.approx(10_000)
    assert found["tolerance"] == 100
    assert found["people"] == 8
    assert found["feature_id"] == "t1"


def test_units_that_never_stood_together_do_not_overlap():
    frame = towns(square(0, 0), square(0, 0)).assign(
        valid_from=pd.to_datetime([None, "2020-07-05"]), valid_to=pd.to_datetime(["2020-07-05", None])
    )
    assert run_checks(Toy(places=frame)).empty
    assert only(Toy(places=frame.drop(columns=["valid_from", "valid_to"])))["code"] == "BC-02"


def test_levels_are_not_compared_with_each_other():
    frame = places(
        {"place_id": "c", "name": "某县", "level": "county", "geometry": square(0, 0, 2000, 1000)},
        {"place_id": "t1", "name": "甲镇", "parent_id": "c", "geometry": square(0, 0)},
        {"place_id": "t2", "name": "乙镇", "parent_id": "c", "geometry": square(1000, 0)},
    )
    assert run_checks(Toy(places=frame)).empty


def test_a_gap_between_units_is_an_error():
    found = only(TRIGGER["BC-03"][0])
    # four towns leave a square of 1,000 m in their middle
    assert found["measure"] == pytest.approx(1_000_000)
    assert found["severity"] == "error"
    assert "t1" in found["message_zh"]
    assert "t4" in found["message_zh"]


def test_a_thin_gap_is_a_sliver():
    # 2 m x 1,000 m between two halves, closed at both ends: 2,000 m2 / 2,004 m < 4 m
    frame = towns(square(0, -100, 2002, 100), square(0, 0), square(1002, 0), square(0, 1000, 2002, 100))
    found = only(Toy(places=frame))
    assert found["severity"] == "warning"
    assert found["measure"] == pytest.approx(2_000)


RING = Polygon(square(0, 0).exterior, [square(400, 400, 100).exterior])


def test_a_hole_of_one_unit_is_offered_as_an_enclave():
    found = only(Toy(places=towns(RING)))
    assert found["severity"] == "info"
    # 100 m x 100 m
    assert found["measure"] == pytest.approx(10_000)
    assert "飞地" in found["message_zh"]


def test_the_enclave_vanishes_when_its_unit_is_loaded():
    # what is left to say is that a whole unit lies inside another
    assert only(Toy(places=towns(RING, square(400, 400, 100))))["code"] == "BC-07"


def test_a_hole_that_the_parent_claims_is_a_hole():
    frame = places(
        {"place_id": "c", "name": "某县", "level": "county", "geometry": square(0, 0)},
        {"place_id": "t1", "name": "甲镇", "parent_id": "c", "geometry": RING},
    )
    assert only(Toy(places=frame))["message_en"].startswith("甲镇(t1) has a hole")


def test_a_hole_shared_with_the_parent_is_said_once_for_the_finest_level():
    frame = places(
        {"place_id": "c", "name": "某县", "level": "county", "geometry": RING},
        {"place_id": "t1", "name": "甲镇", "parent_id": "c", "geometry": RING},
    )
    found = only(Toy(places=frame))
    assert (found["feature_id"], found["severity"]) == ("t1", "info")


def test_ground_that_no_parent_claims_is_no_gap_between_its_children():
    left = Polygon([(X0, Y0), (X0 + 450, Y0), (X0 + 450, Y0 + 1000), (X0, Y0 + 1000)]).difference(square(400, 400, 100))
    right = square(450, 0, 550, 1000).difference(square(400, 400, 100))
    frame = places(
        {"place_id": "c", "name": "某县", "level": "county", "geometry": RING},
        {"place_id": "t1", "name": "甲镇", "parent_id": "c", "geometry": left},
        {"place_id": "t2", "name": "乙镇", "parent_id": "c", "geometry": right},
    )
    assert only(Toy(places=frame))["severity"] == "info"


def test_what_a_pinched_ring_leaves_out_is_a_hole_however_it_is_read():
    # the ring runs in from (0, 500) around a square and back: valid ground, but the ring touches itself
    pinched = Polygon(
        [
            (X0 + x, Y0 + y)
            for x, y in [(0, 500), (0, 0), (1000, 0), (1000, 1000), (0, 1000), (0, 500), (300, 600), (300, 400)]
        ]
    )
    found = run_checks(Toy(places=towns(pinched)))
    assert list(found["code"]) == ["BC-01", "BC-03"]
    # the triangle (0, 500), (300, 600), (300, 400): 200 x 300 / 2
    assert found["measure"].iloc[1] == pytest.approx(30_000)
    assert "to nobody" in found["message_en"].iloc[1]
    held = Polygon([(X0, Y0 + 500), (X0 + 300, Y0 + 600), (X0 + 300, Y0 + 400)])
    assert "part of" in run_checks(Toy(places=towns(pinched, held)))["message_en"].iloc[1]


def test_what_a_crossing_ring_leaves_out_is_left_to_the_ring_check():
    # the same bay, but the ring overshoots its entrance and makes a second, outer loop: readings differ
    ring = [(0, 600), (0, 1000), (1000, 1000), (1000, 0), (0, 0), (0, 400), (300, 600), (-100, 600), (300, 400)]
    crossed = Polygon([(X0 + x, Y0 + y) for x, y in ring])
    assert list(run_checks(Toy(places=towns(crossed)))["code"]) == ["BC-01"]


def _versions(waves):
    """Two towns of 2,000 m; the west ends at x = 1000, the east at a zigzag of 40 m about it, every 200 m."""
    corners = [(1000 + 40 * (-1) ** k, 100 + 200 * k) for k in range(waves)]
    zigzag = np.add([(1000, 0), *corners, (1000, 200 * waves)], (X0, Y0))
    rest = np.add([(1000, 2000), (2000, 2000), (2000, 0)], (X0, Y0))
    return towns(square(0, 0, 1000, 2000), shapely.Polygon([*zigzag, *rest]))


def test_a_border_in_two_versions_is_one_finding_with_counts_and_areas():
    found = run_checks(Toy(places=_versions(10)))
    assert list(found["code"]) == ["BC-04"]
    said = dict(part.split("=", 1) for part in found["evidence"].iloc[0].split("; "))
    assert (found["severity"].iloc[0], said["n"], said["gaps"]) == ("error", "5", "5")
    # between two crossings 200 m apart a triangle of 40 m: 4,000 m2, five each way; overlaps lose their tips
    assert float(said["gap_m2"]) == pytest.approx(20_000, rel=1e-6)
    assert float(said["area_m2"]) == pytest.approx(20_000, rel=0.05)


def test_an_overlap_and_a_gap_of_one_border_stay_two_findings():
    assert sorted(run_checks(Toy(places=_versions(2)))["code"]) == ["BC-02", "BC-03"]


def test_children_lack_and_exceed():
    lack = only(TRIGGER["BC-05"][0])
    # the children end 100 m before the county does, over 1,000 m
    assert lack["measure"] == pytest.approx(100_000, rel=1e-6)
    frame = TRIGGER["BC-05"][0].places.copy()
    frame.loc["t2", "geometry"] = square(1000, 0, 1050, 1000)
    # 50 m x 1,000 m beyond the county
    extra = only(Toy(places=frame))
    assert extra["measure"] == pytest.approx(50_000, rel=1e-6)
    assert "beyond" in extra["message_en"]


def test_a_partial_list_of_children_says_nothing():
    frame = TRIGGER["BC-05"][0].places.copy()
    frame.loc["t2", "geometry"] = square(1000, 0, -100, 1000)
    frame.loc["t1", "geometry"] = square(0, 0, 800, 1000)
    # together they cover 900 of 2,000 m
    assert run_checks(Toy(places=frame)).empty


@pytest.mark.parametrize(
    ("code", "name", "kind", "variant"),
    [
        ("320611001", "天生港镇街道", None, None),  # a street whose name holds 镇
        ("320611101", "天生港镇街道", None, "range"),
        ("320611105", "竹镇镇", None, None),  # a town that ends in 镇镇
        ("320611405", "江滨医院镇", None, None),  # a pseudo-unit: no rule
        ("320611002", "唐闸镇", "镇", "range"),
        ("320611201", "某乡", None, None),
        ("320611201000", "某乡", None, None),  # a statistical code, filled up with zeros
        ("32061", "某镇", None, "digits"),
        ("320612105", "某镇", None, "begin"),  # the parent is 320611
        ("jiangbei-1", "某镇", None, None),  # the project's own ids are its own business
    ],
)
def test_codes(code, name, kind, variant):
    frame = places(
        {"place_id": "320611", "name": "港闸区", "level": "county", "kind": None},
        {"place_id": code, "name": name, "level": "town", "kind": kind, "parent_id": "320611"},
    )
    findings = run_checks(Toy(places=frame))
    assert len(findings) == (variant is not None)
    assert all(variant in m for m in findings["message_en"])


def test_zones_have_statistical_codes_under_another_county():
    frame = places(
        {"place_id": "320613", "name": "崇川区", "level": "county"},
        {"place_id": "320671001", "name": "新开街道", "level": "town", "parent_id": "320613"},
    )
    assert run_checks(Toy(places=frame)).empty


def test_places_without_polygons_are_checked_by_code_and_name_alone():
    frame = pd.DataFrame(towns(square(0, 0), BOWTIE).drop(columns="geometry"))
    assert run_checks(Toy(places=frame)).empty


def test_a_missing_polygon_among_others_is_no_fault():
    frame = gpd.GeoDataFrame(towns(square(0, 0), square(1000, 0)))
    frame.loc["t2", "geometry"] = None
    assert run_checks(Toy(places=frame)).empty


def test_enclosed_ground_is_said_once_as_a_gap():
    left, right = (square(x, 0).difference(square(980, 480, 40)) for x in (0, 1000))
    frame = places(
        {"place_id": "c", "name": "某县", "level": "county", "geometry": square(0, 0, 2000, 1000)},
        {"place_id": "t1", "name": "甲镇", "parent_id": "c", "geometry": left},
        {"place_id": "t2", "name": "乙镇", "parent_id": "c", "geometry": right},
    )
    found = only(Toy(places=frame))
    # 40 m x 40 m astride the common border
    assert (found["code"], found["severity"]) == ("BC-03", "error")
    assert found["measure"] == pytest.approx(1_600)


def test_a_patch_counts_though_the_common_border_is_long():
    # 25 m x 50 m of t2, hanging on a strip of 0.5 m along a border of 5,000 m
    left = square(0, 0, 1000.5, 5000).union(square(1000, 2000, 25, 50))
    found = only(Toy(places=towns(left, square(1000, 0, 1000, 5000))))
    assert found["measure"] == pytest.approx(1_250)
