import sys
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from planner.errors import NetworkError
from planner.network import StreetNetwork
from planner.travel import service_areas
from tests.toy_city import BLOCK_M, CRS, DRIVE_1, WALK_1, grid, points

AREAS = sys.modules[service_areas.__module__]


def buffered(lines, metres=30.0):
    """Return the exact buffer: each piece for itself, then all together."""
    return shapely.union_all(shapely.buffer(shapely.get_parts(lines), metres, quad_segs=16))


@pytest.mark.parametrize("n", [1, 2, 3, 5])
def test_a_square_grid_gives_a_diamond(n):
    # published: reach n blocks of s from a crossing: 4 r^2 / s of street, and a diamond of area 2 r^2 around it
    at = points(f=(6, 6))
    areas = service_areas(grid(13), at, mode=WALK_1, bands_min=[n])
    reach = n * BLOCK_M
    assert areas.polygons["street_m"].tolist() == pytest.approx([4 * reach**2 / BLOCK_M])
    lines = areas.lines.geometry.iloc[0]
    assert lines.length == pytest.approx(4 * reach**2 / BLOCK_M)
    assert lines.convex_hull.area == pytest.approx(2 * reach**2)


def test_streets_are_cut_where_the_time_is_up_and_joined_from_both_ends():
    # one square block, 4 minutes round; from its corner 1.5 minutes reach 1.5 blocks either way: 3 of 4 blocks
    areas = service_areas(grid(2), points(f=(0, 0)), mode=WALK_1, bands_min=[1.5, 2])
    assert areas.polygons["street_m"].tolist() == pytest.approx([300, 400])
    far_corner = shapely.Point(BLOCK_M, BLOCK_M)
    assert areas.lines.geometry.iloc[0].distance(far_corner) == pytest.approx(50)
    # at 2.0 minutes the two ways meet in the far corner, and the block's yard stays a hole
    assert [len(p.interiors) for p in areas.polygons.geometry] == [0, 1]


def test_the_way_to_the_street_counts_and_so_does_parking():
    off = points(f=(1.5, -0.25))  # 0.25 minutes off the row y = 0, in the middle of a block
    walk = service_areas(grid(4), off, mode=WALK_1, bands_min=[0.5])
    assert walk.polygons["street_m"].tolist() == pytest.approx([2 * 0.25 * BLOCK_M])
    drive = service_areas(grid(4), off, mode=replace(DRIVE_1, parking_min=0.1), bands_min=[0.5])
    assert drive.polygons["street_m"].tolist() == pytest.approx([2 * 0.15 * BLOCK_M])


def test_one_way_streets_are_reached_from_the_side_people_come_from():
    net, at = grid(4, one_way_rows=True), points(f=(1.5, 0))
    # rows run east: people come from the west, half a block and then half a block more; vans leave to the east
    come = service_areas(net, at, mode=DRIVE_1, bands_min=[0.5]).lines.geometry.iloc[0]
    leave = service_areas(net, at, mode=DRIVE_1, bands_min=[0.5], direction="from").lines.geometry.iloc[0]
    assert come.bounds == pytest.approx((100, 0, 150, 0), abs=1e-5)
    assert leave.bounds == pytest.approx((150, 0, 200, 0), abs=1e-5)


@pytest.mark.parametrize("compiled", [True, False])
def test_a_facility_without_time_left_is_a_dot_and_one_off_the_streets_is_named(monkeypatch, compiled):
    monkeypatch.setattr(AREAS, "COMPILED", compiled)
    off = points(dot=(1, -0.5), away=(1, -9))
    areas = service_areas(grid(3), off, mode=WALK_1, bands_min=[0.5, 1])
    assert list(areas.without) == ["away"]
    assert areas.polygons["facility_id"].tolist() == ["dot", "dot"]
    dot = areas.polygons.geometry.iloc[0]
    assert areas.polygons["street_m"].iloc[0] == pytest.approx(0, abs=1e-6)
    assert dot.area == pytest.approx(np.pi * 30**2, rel=0.01)  # chords of a circle lie inside it
    nobody = service_areas(grid(3), off.iloc[1:], mode=WALK_1)
    assert len(nobody.polygons) == 0
    assert len(nobody.lines) == 0


@pytest.mark.parametrize("compiled", [True, False])
@pytest.mark.parametrize("dissolve", [False, True])
def test_areas_are_the_buffer_of_the_pieces(monkeypatch, dissolve, compiled):
    monkeypatch.setattr(AREAS, "COMPILED", compiled)
    ends = points(a=(2.3, 2), b=(7, 6.4), c=(7.2, 6), d=(11, 1))
    areas = service_areas(winding(12), ends, mode=WALK_1, bands_min=[1, 2.5, 4], dissolve=dissolve)
    polygons, lines = areas.polygons, areas.lines
    assert polygons.is_valid.all()
    assert lines.length.to_numpy() == pytest.approx(polygons["street_m"].to_numpy())
    for area, line in zip(polygons.geometry, lines.geometry, strict=True):
        truth = buffered(line)
        assert area.area == pytest.approx(truth.area, rel=0.005)
        assert area.symmetric_difference(truth).area < 0.01 * truth.area
        assert area.covers(line)
    for _, own in polygons.groupby(np.repeat(range(len(polygons) // 3), 3)):
        small, middle, large = own.geometry
        assert middle.covers(small)
        assert large.covers(middle)


def winding(n):
    """Return the grid with every street bent, as long as before."""
    net = grid(n)
    xy = net.node_xy
    middle = (xy[net.from_node] + xy[net.to_node]) / 2 + [13.0, 21.0]
    coords = np.stack([xy[net.from_node], middle, xy[net.to_node]], axis=1)
    length = np.linalg.norm(np.diff(coords, axis=1), axis=2).sum(axis=1)
    return replace(net, coords=coords.reshape(-1, 2), offsets=np.arange(len(net) + 1) * 3, length_m=length)


def test_14_99_15_and_15_01_nest():
    ends = points(a=(20.3, 20), b=(17, 22.4))
    polygons = service_areas(winding(41), ends, mode=WALK_1, bands_min=[15.01, 14.99, 15]).polygons
    assert polygons["band_min"].tolist() == [14.99, 15, 15.01] * 2
    for _, own in polygons.groupby("facility_id"):
        short, standard, long = own.geometry
        assert standard.covers(short)
        assert long.covers(standard)
        assert short.area < standard.area < long.area


def test_holes_hold_islands_and_rivers_are_not_jumped():
    # two rings of street around each other, joined by one bridge; a bank with a street nobody gets to
    inner = [(0, 0), (200, 0), (200, 200), (0, 200), (0, 0)]
    outer = [(-300, -300), (500, -300), (500, 500), (-300, 500), (-300, -300)]
    shapes = {"i": inner, "o": outer, "bridge": [(0, 0), (-300, -300)], "bank": [(600, -300), (600, 500)]}
    net = drawn(shapes)
    area = service_areas(net, at((10, 0)), mode=WALK_1, bands_min=[60]).polygons.geometry.iloc[0]
    assert len(area.interiors) == 2
    assert not area.intersects(shapely.LineString(shapes["bank"]))
    truth = buffered(shapely.MultiLineString([inner, outer, shapes["bridge"]]))
    assert area.symmetric_difference(truth).area < 0.005 * truth.area


def test_parts_apart_are_parts():
    shapes = {"a": [(0, 0), (100, 0)], "b": [(1000, 0), (1000, 90), (1090, 90)]}
    both = service_areas(drawn(shapes), at((0, 0), (1000, 0)), mode=WALK_1, bands_min=[5], dissolve=True)
    assert both.polygons.geom_type.tolist() == ["MultiPolygon"]
    assert len(both.polygons.geometry.iloc[0].geoms) == 2
    assert both.polygons["street_m"].tolist() == pytest.approx([280])


def test_an_area_larger_than_the_rows_painted_at_once():
    # 12 km of street in a zigzag: 2,400 rows of 400 columns on a lattice of 5 m, painted in parts
    zigzag = [(200.0 * (k % 2), 500.0 * k) for k in range(25)]
    wide = [(-9000.0, 6000.0), (9000.0, 6000.0)]
    net = drawn({"z": zigzag, "w": wide})
    areas = service_areas(net, at((0, 0), (-9000, 6000)), mode=WALK_1, bands_min=[40, 120, 200], dissolve=True)
    assert areas.polygons.is_valid.all()
    for area, line in zip(areas.polygons.geometry, areas.lines.geometry, strict=True):
        assert area.area == pytest.approx(buffered(line).area, rel=0.005)
    assert areas.polygons.geometry.iloc[2].covers(areas.polygons.geometry.iloc[1])


def at(*places):
    return gpd.GeoSeries(shapely.points(np.array(places, float)), index=[f"f{i}" for i in range(len(places))], crs=CRS)


def drawn(shapes):
    """Return streets drawn through coordinates; they meet at their ends."""
    ends = sorted({end for line in shapes.values() for end in (line[0], line[-1])})
    nodes = pd.DataFrame(ends, columns=["x", "y"], index=[f"{x} {y}" for x, y in ends], dtype=float)
    lines = [shapely.LineString(line) for line in shapes.values()]
    edges = pd.DataFrame({"geometry": lines}, index=list(shapes))
    edges["from_id"] = ["{} {}".format(*line[0]) for line in shapes.values()]
    edges["to_id"] = ["{} {}".format(*line[-1]) for line in shapes.values()]
    edges["length_m"] = [line.length for line in lines]
    return StreetNetwork.from_edges(nodes, edges, crs=CRS)


@pytest.mark.parametrize("bands", [[], [0], [-1, 5], [np.inf], [np.nan]])
def test_bands_are_above_zero(bands):
    with pytest.raises(NetworkError, match="bands_min"):
        service_areas(grid(2), points(f=(0, 0)), mode=WALK_1, bands_min=bands)


def test_the_buffer_is_above_zero():
    with pytest.raises(NetworkError, match="buffer_m"):
        service_areas(grid(2), points(f=(0, 0)), mode=WALK_1, buffer_m=0)
