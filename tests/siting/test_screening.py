"""Every candidate passes or has its reason."""

import geopandas as gpd
import pandas as pd
import shapely

from planner.network import WALK, StreetNetwork
from planner.siting.candidates import street_candidates
from planner.siting.screening import REASONS, screen_candidates

CRS = "EPSG:4549"


def candidates(**columns):
    """Candidates a to e, 100 m apart on a line; e is a point on a street."""
    ids = pd.Index(list("abcde"), name="candidate_id")
    origin = ["given"] * 4 + ["street"]
    points = gpd.GeoSeries.from_xy([0, 100, 200, 300, 400], [0] * 5, index=ids, crs=CRS)
    return gpd.GeoDataFrame({"origin": origin} | columns, geometry=points, index=ids, crs=CRS)


def test_reasons_in_their_order():
    found = screen_candidates(
        candidates(area_m2=[500, 80, 90, None, None]),
        exclusions=gpd.GeoSeries([shapely.box(900, 0, 901, 1), shapely.box(100, -5, 150, 5)], crs=CRS),
        area_min_m2=100,
        existing=gpd.GeoSeries([shapely.Point(0, 40)], index=["f"], crs=CRS),
        spacing_m=50,
    )
    rejected = found.rejected
    # b touches the second polygon and is too small: the first reason counts. e has no area but only shows a street.
    assert rejected["reason"].to_dict() == {"a": "near_existing", "b": "excluded", "c": "too_small", "d": "no_area"}
    assert rejected["detail"].dropna().to_dict() == {"a": "f", "b": "2"}
    assert rejected["measure"].dropna().to_dict() == {"a": 40, "c": 90}
    assert rejected["limit"].dropna().to_dict() == {"a": 50, "c": 100, "d": 100}
    assert list(found.kept.index) == ["e"]
    assert set(rejected["reason"]) <= set(REASONS)


def test_generated_candidates_of_one_street_are_told_apart():
    # two blocks of 200 m each of 甲路, one of 乙路 and one without a name, all inside the gap
    nodes = pd.DataFrame({"x": [0, 200, 400, 600, 800], "y": [0.0] * 5}, index=list("pqrst"))
    names = ["甲路", "甲路", "乙路", ""]
    edges = pd.DataFrame({"from_id": list("pqrs"), "to_id": list("qrst"), "length_m": 200.0, "name": names})
    network = StreetNetwork.from_edges(nodes, edges, crs=CRS)
    gap = gpd.GeoDataFrame(geometry=[shapely.box(-10, -10, 900, 10)], crs=CRS)
    found = street_candidates(network, gap, mode=WALK)["name"]
    assert found.fillna("").tolist() == ["甲路-1", "甲路-2", "乙路", ""]


def test_all_pass_where_nothing_is_asked():
    found = screen_candidates(candidates())
    assert (len(found.kept), len(found.rejected)) == (5, 0)
    assert found.rejected.crs == found.kept.crs


def test_limits_themselves_are_enough():
    existing = gpd.GeoSeries([shapely.Point(0, 40)], index=["f"], crs=CRS)
    found = screen_candidates(candidates(area_m2=[100] * 5), area_min_m2=100, existing=existing, spacing_m=40)
    assert len(found.kept) == 5
