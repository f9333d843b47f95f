"""Optima that others have published."""

import numpy as np
import pandas as pd
import pytest
from scipy.sparse.csgraph import shortest_path

from planner.siting import LSCP, MCLP, PCenter, PMedian, propose_sites
from planner.travel import TravelTimes

FLOAT32 = 2.0**-23  # minutes are kept as float32, rounded up


@pytest.fixture(scope="module")
def san_francisco(shared_data):
    """205 census tracts, 16 stores, road distance in metres (spopt's test set)."""
    folder = shared_data / "benchmarks" / "sf"
    pairs = pd.read_csv(
        folder / "SF_network_distance_candidateStore_16_censusTract_205_new.csv", dtype={1: str, 2: str}
    )
    pairs.columns = ["minutes", "destination_id", "origin_id", "people"]
    people = pairs.drop_duplicates("origin_id").set_index("origin_id")["people"]
    return TravelTimes.from_frame(pairs, cutoff_min=1e6), people


# peers.md and sources.csv of the shared data: spopt's published results
@pytest.mark.parametrize(
    ("model", "objective"),
    [
        (LSCP(5000), 8),
        (LSCP(8000), 3),
        (MCLP(5000, p=4), 875_247),
        (PMedian(4), 2_848_268_129.7145),
        (PCenter(4), 7403.063810849859),
    ],
)
def test_san_francisco(san_francisco, model, objective):
    times, people = san_francisco
    assert people.sum() == 955_113
    plan = propose_sites(model, times, people)
    assert plan.objective == (objective if isinstance(objective, int) else pytest.approx(objective, rel=FLOAT32))
    assert plan.status == "optimal"
    assert plan.gap == 0


def test_points_and_people_are_two_shares(san_francisco):
    times, people = san_francisco
    plan = propose_sites(MCLP(5000, p=4), times, people)
    # spopt prints 184 of 205 tracts; the people are 91.6381 %
    assert len(plan.assignment) == 184
    assert round(100 * plan.objective / plan.people, 4) == 91.6381


MEDIAN = (5819, 4093, 4250, 3034, 1355, 7824, 5631, 4445, 2734, 1255)
CENTER = (127, 98, 93, 74, 48, 84, 64, 55, 37, 20)


def or_library(path):
    """Read a pmed file: the matrix of shortest paths, and p. A repeated edge overwrites the earlier one."""
    (n, _, p), *edges = ([int(word) for word in line.split()] for line in path.read_text().splitlines() if line.strip())
    lengths = np.zeros((n, n))
    for i, j, length in edges:
        lengths[i - 1, j - 1] = lengths[j - 1, i - 1] = length  # the last line wins; a street loader keeps the minimum
    return shortest_path(lengths, directed=False), p


@pytest.mark.slow
@pytest.mark.parametrize("k", range(1, 11))
def test_or_library(shared_data, k):
    matrix, p = or_library(shared_data / "benchmarks" / "pmed" / f"pmed{k}.txt")
    times = TravelTimes.from_dense(matrix, cutoff_min=10_000)
    everyone = pd.Series(1, index=range(len(matrix)))
    median = propose_sites(PMedian(p), times, everyone)
    center = propose_sites(PCenter(p), times, everyone)
    assert (median.objective, median.status) == (MEDIAN[k - 1], "optimal")
    assert (center.objective, center.status) == (CENTER[k - 1], "optimal")
