"""Bounds and prices against the enumeration of all choices."""

from itertools import combinations, pairwise

import numpy as np
import pytest

from planner.siting.annealing import Search, anneal
from planner.siting.blocks import block_bounds
from planner.siting.covers import Cover, without
from planner.siting.heuristic import greedy_cover, swap_cover
from planner.siting.maximal import covered
from planner.siting.volume import volume

N = 14


def random_cover(seed):
    """Return 40 rows with 1 to 5 neighbouring of 14 candidates on a ring: local overlap, as in a street."""
    rng = np.random.default_rng(seed)
    sets = sorted({tuple(sorted((rng.integers(N) + np.arange(rng.integers(1, 6))) % N)) for _ in range(40)})
    lengths = [len(s) for s in sets]
    return Cover(
        indptr=np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        indices=np.concatenate(sets).astype(np.int32),
        weights=rng.integers(1, 50, len(sets)).astype(float),
        size=N,
    )


def masks(costs, limit):
    """All choices within the limit."""
    for n in range(N + 1):
        for chosen in combinations(range(N), n):
            mask = np.zeros(N, bool)
            mask[list(chosen)] = True
            if costs[mask].sum() <= limit:
                yield mask


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("priced", [False, True])
def test_no_choice_beats_the_bounds(seed, priced):
    cover = random_cover(seed)
    rng = np.random.default_rng(100 + seed)
    costs = rng.integers(1, 5, N).astype(float) if priced else np.ones(N)
    limit = 9.0 if priced else 4.0
    values = [(covered(cover, mask), mask) for mask in masks(costs, limit)]
    most = max(value for value, _ in values)
    found = greedy_cover(cover, costs, np.zeros(N, bool), limit=limit)
    found = swap_cover(cover, costs, found, limit=limit)
    prices = volume(cover, costs, limit, covered(cover, found))
    assert most <= prices.bound + 1e-6
    # whatever the work, blocks never prove more than is true, and growing them never loses anything
    for work in (1e9, 1e5, 0.0):
        stages = list(block_bounds(cover, costs, limit, prices, found=found, work=work))
        bounds = [prices.bound, *(stage.bound for stage in stages)]
        assert most - 1e-6 <= min(bounds)
        assert all(later <= earlier + 1e-5 for earlier, later in pairwise(bounds))
    # all candidates in one block: the exact optimum at the price nu of the limit
    whole = list(block_bounds(cover, costs, limit, prices, found=found, work=1e9))[-1]
    toll = prices.nu * costs
    at_nu = max(covered(cover, mask) - toll[mask].sum() for mask in masks(costs, np.inf))
    assert whole.bound == pytest.approx(at_nu + prices.nu * limit, rel=1e-6)
    # what the prices settle holds in every choice that covers more than half of the best
    least = most / 2
    dropped, taken = prices.settled(costs, least)
    for value, mask in values:
        if value > least + 1e-6:
            assert not mask[dropped].any()
            assert mask[taken].all()


def test_what_is_left_adds_up():
    cover = random_cover(0)
    taken, dropped = np.zeros(N, bool), np.zeros(N, bool)
    taken[3], dropped[7] = True, True
    rest = without(cover, dropped, taken)
    for other in range(N):
        mask = np.zeros(N, bool)
        mask[other] = True
        both = covered(cover, mask | taken) - covered(cover, taken)
        assert (covered(rest, mask) if other != 7 else 0) == (both if other != 7 else 0)
    assert len({tuple(rest.indices[a:b]) for a, b in zip(rest.indptr, rest.indptr[1:], strict=False)}) == len(rest)


def test_the_same_work_proves_the_same():
    """Blocks are solved side by side; neither bound nor choice may depend on which is done first."""
    cover = random_cover(3)
    costs = np.ones(N)
    found = greedy_cover(cover, costs, np.zeros(N, bool), limit=4.0)
    prices = volume(cover, costs, 4.0, covered(cover, found))
    first, again = (list(block_bounds(cover, costs, 4.0, prices, found=found, work=3e5)) for _ in range(2))
    assert [stage.bound for stage in first] == [stage.bound for stage in again]
    assert all((a.union == b.union).all() for a, b in zip(first, again, strict=True))
    tries = [anneal(cover, costs, found, limit=4.0, search=Search(work=1e5, seed=1)) for _ in range(2)]
    assert (tries[0] == tries[1]).all()


def test_an_alarm_ends_the_proof_and_the_bound_still_holds():
    cover = random_cover(4)
    costs = np.ones(N)
    found = greedy_cover(cover, costs, np.zeros(N, bool), limit=4.0)
    prices = volume(cover, costs, 4.0, covered(cover, found))
    stages = list(block_bounds(cover, costs, 4.0, prices, found=found, work=1e9, alarm=np.ones(1, bool)))
    most = max(covered(cover, mask) for mask in masks(costs, 4.0))
    assert all(stage.bound >= most - 1e-6 for stage in stages)
