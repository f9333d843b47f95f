"""Distances others published: libpysal's geodanet (streets, schools and crimes of a part of a US city, in feet).

Expected values: spaghetti's documentation and our own reading of the same data, snap legs left out.
"""

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from planner.network import WALK, StreetNetwork
from planner.travel import service_areas, travel_times

examples = pytest.importorskip("libpysal.examples")
FOOT_A_MINUTE = replace(WALK, speed_mps=1 / 60, snap_max_m=1e9)  # one unit of length takes one minute
CRS = "EPSG:4549"


@pytest.fixture(scope="module")
def streets():
    lines = read("streets")
    ends = shapely.get_coordinates(
        np.concatenate([shapely.get_point(lines, 0), shapely.get_point(lines, -1)])
    )  # firsts, then lasts
    spots, number = np.unique(ends.round(6), axis=0, return_inverse=True)
    first, last = number.reshape(2, -1)
    edges = pd.DataFrame({"from_id": first, "to_id": last, "length_m": shapely.length(lines), "geometry": lines})
    return StreetNetwork.from_edges(pd.DataFrame(spots, columns=["x", "y"]), edges, crs=CRS)


def read(name):
    return gpd.read_file(examples.get_path(f"{name}.shp")).geometry.to_numpy()


def on_streets(network, shapes):
    """Move points to the nearest place on a street, so that no leg is counted."""
    edge = shapely.STRtree(network.lines).nearest(shapes)
    lines = network.lines[edge]
    feet = shapely.line_interpolate_point(lines, shapely.line_locate_point(lines, shapes))
    return gpd.GeoSeries(feet, index=[str(i) for i in range(len(feet))], crs=CRS), shapely.distance(feet, shapes)


def test_geodanet(streets):
    bends = len(streets.coords) - 2 * len(streets)  # published counts take every vertex for a crossing
    assert (len(streets) + bends, len(streets.node_id) + bends) == (303, 230)
    assert streets.length_m.sum() == pytest.approx(104414.092, abs=1e-2)
    assert len(np.unique(streets.components(WALK))) == 1
    schools, _ = on_streets(streets, read("schools"))
    crimes, legs = on_streets(streets, read("crimes"))
    assert legs.mean() == pytest.approx(90.2601, abs=1e-3)
    times = travel_times(streets, crimes, schools, mode=FOOT_A_MINUTE, cutoff_min=20000)
    assert len(times) == len(crimes) * len(schools)
    assert times.minutes.mean() == pytest.approx(3484.0425, abs=0.01)
    assert times.minutes.max() == pytest.approx(8471.398, abs=0.01)
    nearest = times.nearest()
    assert nearest["minutes"].mean() == pytest.approx(1500.0327, abs=0.01)
    assert nearest["minutes"].max() == pytest.approx(3234.1507, abs=0.01)
    counts = nearest["destination_id"].value_counts().reindex(schools.index)
    assert counts.tolist() == [16, 62, 45, 75, 35, 9, 40, 5]


@pytest.mark.parametrize(("feet", "crimes_near"), [(500, 21), (1000, 73), (1500, 173), (2000, 212)])
def test_crimes_within_feet_of_a_school(streets, feet, crimes_near):
    schools, _ = on_streets(streets, read("schools"))
    crimes, _ = on_streets(streets, read("crimes"))
    times = travel_times(streets, crimes, schools, mode=FOOT_A_MINUTE, cutoff_min=feet, nearest_only=True)
    assert len(times) == crimes_near
    area = service_areas(streets, schools, mode=FOOT_A_MINUTE, bands_min=[feet], dissolve=True)
    assert area.lines.geometry.iloc[0].buffer(1e-3).covers(crimes.to_numpy()).sum() == crimes_near
