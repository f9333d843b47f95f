"""p-median and p-center on random networks of the OR-Library's kind, against scipy's programs over all pairs."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse.csgraph import shortest_path

from planner.siting import PCenter, PMedian, propose_sites
from planner.siting.answer import Effort
from planner.siting.instance import Wishes, read_instance
from planner.siting.median_bound import search_median
from planner.siting.median_rows import rows_of
from planner.siting.median_swaps import improve
from planner.travel import TravelTimes

N = 24


def network(seed):
    """Return the shortest paths of a ring with 24 chords, lengths 1 to 100."""
    rng = np.random.default_rng(seed)
    lengths = np.zeros((N, N))
    ring = rng.permutation(N)
    pairs = [*zip(ring, np.roll(ring, 1), strict=True), *rng.integers(0, N, (N, 2))]
    for i, j in pairs:
        if i != j:
            lengths[i, j] = lengths[j, i] = rng.integers(1, 101)
    return shortest_path(lengths, directed=False)


def solved(costs, p, *, largest):
    """Solve with all pairs: columns x (N), z (N x N), and the largest cost."""
    z = N + N * N
    each = sparse.hstack([sparse.csr_matrix((N, N)), sparse.kron(sparse.identity(N), np.ones((1, N)))])
    follow = sparse.hstack([-sparse.kron(np.ones((N, 1)), sparse.identity(N)), sparse.identity(N * N)])
    served = sparse.hstack([sparse.csr_matrix((N, N)), sparse.kron(sparse.identity(N), np.ones((1, N)))]).multiply(
        np.concatenate([np.zeros(N), costs.ravel()])
    )
    sites = sparse.csr_matrix((np.ones(N), (np.zeros(N, int), np.arange(N))), shape=(1, z))
    matrix = sparse.vstack([each, follow, sites, served]).tocsr()
    top = sparse.csr_matrix(np.concatenate([np.zeros(N + N * N + 1), -np.ones(N)])[:, None])
    lower = np.concatenate([np.ones(N), np.full(N * N + 1 + N, -np.inf)])
    upper = np.concatenate([np.ones(N), np.zeros(N * N), [p], np.zeros(N)])
    found = milp(
        np.concatenate([np.zeros(N), np.zeros(N * N) if largest else costs.ravel(), [float(largest)]]),
        constraints=LinearConstraint(sparse.hstack([matrix, top]), lower, upper),
        bounds=Bounds(0, np.append(np.ones(z), np.inf)),
        integrality=np.concatenate([np.ones(N), np.zeros(N * N + 1)]),
        options={"mip_rel_gap": 0},
    )
    assert found.success
    return found.fun


@pytest.mark.parametrize(("seed", "p", "whole"), [(0, 3, True), (1, 5, True), (2, 8, False), (3, 12, True)])
def test_they_agree(seed, p, whole):
    matrix, rng = network(seed), np.random.default_rng(seed)
    weights = rng.integers(0, 9, N) if whole else rng.random(N)
    times = TravelTimes.from_dense(matrix, cutoff_min=10_000)
    people = pd.Series(weights, index=times.origins)
    median = propose_sites(PMedian(p), times, people)
    assert median.objective == pytest.approx(solved(matrix * weights[:, None], p, largest=False), rel=1e-6)
    center = propose_sites(PCenter(p), times, people)
    assert center.objective == pytest.approx(solved(matrix * (weights > 0)[:, None], p, largest=True), rel=1e-6)
    assert (median.status, median.gap, center.status, center.gap) == ("optimal", 0, "optimal", 0)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("limit_s", [0, 60])
def test_a_search_proves_no_more_than_is_true(seed, limit_s):
    """Cut short or not, against all choices of three of 24; every second person at a time that is not whole."""
    matrix = network(seed) + np.where(np.arange(N) % 2, 0.5, 0)[:, None]
    times = TravelTimes.from_dense(matrix, cutoff_min=10_000)
    instance = read_instance(times, pd.Series(1, index=times.origins), Wishes())
    least = min(matrix[:, list(chosen)].min(axis=1).sum() for chosen in combinations(range(N), 3))
    effort = Effort(time_limit_s=limit_s, seed=0)
    found = search_median(instance, np.arange(N) < 3, 3, whole=False, effort=effort)
    worth = matrix[:, found.chosen].min(axis=1).sum()
    assert found.bound <= least * (1 + 1e-6) <= worth * (1 + 2e-6)
    assert found.timed_out == (limit_s == 0)
    if limit_s:
        assert (found.bound, worth) == pytest.approx((least, least), rel=1e-6)


@pytest.mark.parametrize("seed", range(3))
def test_no_single_exchange_is_left_that_saves(seed):
    matrix, fixed, chosen = network(seed), np.arange(N) == 0, np.arange(N) < 2
    times = TravelTimes.from_dense(matrix, cutoff_min=10_000)
    rows, standing = rows_of(read_instance(times, pd.Series(1, index=times.origins), Wishes()))
    worth = improve(rows, np.full(N, 1e6), chosen, fixed, 5)
    assert np.isinf(standing).all()
    assert (chosen[0], chosen.sum()) == (True, 5)
    assert worth == matrix[:, chosen].min(axis=1).sum()
    for out in np.flatnonzero(chosen & ~fixed):
        kept = matrix[:, chosen & (np.arange(N) != out)].min(axis=1)
        assert (np.minimum(kept[:, None], matrix).sum(axis=0) >= worth).all()
