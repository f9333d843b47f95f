"""Gaps where demand is given as coarse cells: neighbours still find each other, and the outline is around cells."""

import geopandas as gpd
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.coverage import measure_coverage
from planner.gaps import GapRule, find_gaps, spaced_reach
from planner.layers.conform import Layer
from planner.layers.streets import read_streets
from planner.network import WALK, build_network
from planner.travel import travel_times

from ..toy_city import BLOCK_M, WALK_1, grid, points

SIDE = 31
STREETS = grid(SIDE)


def _covered(cells: gpd.GeoSeries, people: float, centre: tuple[float, float], standard: float):
    demand = pd.DataFrame({"pop": people}, index=cells.index)
    times = travel_times(STREETS, cells, points(f=centre), mode=WALK_1, cutoff_min=standard)
    return measure_coverage(times, demand, standard_min=standard)


def _cells(every: int) -> gpd.GeoSeries:
    return points(**{f"{i}_{j}": (i, j) for i in range(0, SIDE, every) for j in range(0, SIDE, every)})


def test_cells_wider_apart_than_the_reach_are_joined():
    # cells every 400 m, beyond the reach of 300: twice 400 m joins each to its neighbours
    cells = _cells(4)
    coverage = _covered(cells, 60.0, (0, 0), 4.0)
    gaps = find_gaps(coverage, cells, STREETS, weight="pop")
    assert gaps.reach_m == 800
    assert (gaps.table["n_demand"] >= 2).all()
    assert gaps.scattered == 0
    # 8 x 8 cells less the corner's three within four blocks of (0, 0): itself, (4, 0) and (0, 4)
    assert gaps.table["demand"].sum() == 60 * (64 - 3)
    # no gap is wider than 1,600 m: of points 400 m apart, at most 5 x 5 less corners; so there are several
    assert len(gaps.table) > 61 / 25


def test_an_outline_is_half_a_cell_around_the_middles_of_cells():
    cells = _cells(4)
    gaps = find_gaps(_covered(cells, 60.0, (0, 0), 4.0), cells, STREETS, weight="pop")
    outlines = gaps.table.droplevel("service").geometry
    for cell, gap in gaps.gap_of.dropna().items():
        assert outlines[gap].buffer(1).contains(cells[cell].buffer(2 * BLOCK_M - 5))


def test_fine_demand_keeps_the_rules_reach():
    cells = _cells(1)
    assert find_gaps(_covered(cells, 1.0, (0, 0), 4.0), cells, STREETS, weight="pop").reach_m == 300


@pytest.mark.parametrize(
    ("spacing", "reach"),
    [
        (0, 300),
        (140, 300),
        (350, 700),
        (750, 1500),
        (5000, 1600),
    ],  # twice, not below the reach nor beyond the extent
)
def test_the_reach_goes_with_the_spacing(spacing: float, reach: float):
    assert spaced_reach(GapRule(reach_m=300, extent_m=1600), spacing) == reach


@settings(deadline=None, max_examples=20)
@given(every=st.integers(2, 9), people=st.floats(1, 200), standard=st.floats(1, 30), x=st.integers(0, 30))
def test_gaps_and_scattered_are_all_that_is_uncovered(every: int, people: float, standard: float, x: int):
    cells = _cells(every)
    coverage = _covered(cells, people, (x, 15), standard)
    gaps = find_gaps(coverage, cells, STREETS, weight="pop")
    uncovered = coverage.demand.loc[~coverage.covered, "pop"].sum()
    assert gaps.table["demand"].sum() + gaps.scattered == pytest.approx(uncovered)


@pytest.mark.slow
def test_hexagons_of_porto_alegre_join(shared_data):
    """Cells of about 350 m: gaps are areas of several cells, and nobody is lost."""
    folder, crs = shared_data / "porto_alegre", "EPSG:31982"
    streets = build_network(read_streets(Layer(path=folder / "poa_osm.pbf", datum=None, columns={}, crs=crs)))
    table = pd.read_csv(folder / "poa_hexgrid.csv", index_col="id")
    cells = gpd.GeoSeries.from_xy(table["lon"], table["lat"], index=table.index, crs=4326).to_crs(crs)
    clinics = cells[table["healthcare"] > 0]
    times = travel_times(streets, cells, clinics, mode=WALK, cutoff_min=15)
    coverage = measure_coverage(times, table[["population"]].rename(columns={"population": "pop"}), standard_min=15)
    gaps = find_gaps(coverage, cells, streets, weight="pop")
    assert 600 < gaps.reach_m < 800  # twice a spacing of 300 to 400 m
    held = coverage.demand.loc[~coverage.covered, "pop"]
    assert gaps.table["demand"].sum() + gaps.scattered == pytest.approx(held.sum())
    joined = gaps.table[gaps.table["n_demand"] > 1]  # neighbours found each other
    assert joined["demand"].sum() > 0.5 * held.sum()
    assert len(gaps.table) < (held >= GapRule().people_min).sum() / 2  # one a cell it would have been
