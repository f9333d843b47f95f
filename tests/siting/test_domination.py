"""What a cover can do without, against the enumeration of all choices; and that blocks are nested."""

from itertools import combinations, pairwise

import numpy as np
import pytest

from planner.siting.covers import Cover
from planner.siting.domination import dominated, essential
from planner.siting.maximal import covered
from planner.siting.partition import nested_blocks

N = 9


def random_cover(seed):
    """Return 12 rows of 1 to 4 of 9 candidates; candidates 7 and 8 cover what 0 and 1 do."""
    rng = np.random.default_rng(seed)
    sets = {frozenset(rng.choice(N - 2, rng.integers(1, 5), replace=False).tolist()) for _ in range(12)}
    sets = sorted(sorted(s | {j + 7 for j in (0, 1) if j in s}) for s in sets)
    return Cover(
        indptr=np.concatenate([[0], np.cumsum([len(s) for s in sets])]).astype(np.int64),
        indices=np.concatenate([np.array(s) for s in sets]).astype(np.int32),
        weights=rng.integers(1, 20, len(sets)).astype(float),
        size=N,
    )


def choices():
    for n in range(N + 1):
        for chosen in combinations(range(N), n):
            mask = np.zeros(N, bool)
            mask[list(chosen)] = True
            yield mask


def covers_all(cover, mask):
    return covered(cover, mask) == cover.total


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("priced", [False, True])
def test_what_is_left_out_changes_no_best(seed, priced):
    cover = random_cover(seed)
    costs = np.random.default_rng(seed).integers(1, 4, N).astype(float) if priced else np.ones(N)
    rest = essential(cover, costs)
    assert len(rest) <= len(cover)
    least = min(costs[mask].sum() for mask in choices() if covers_all(cover, mask))
    enough = [mask for mask in choices() if covers_all(rest, mask)]
    assert min(costs[mask].sum() for mask in enough) == least
    used = np.diff(rest.columns[0]) > 0
    assert all(covers_all(cover, mask) for mask in enough if not mask[~used].any())
    gone = dominated(cover, costs)
    assert gone[7] or gone[0]  # the same rows: one of them, the dearer or the later
    assert not (costs[7] < costs[0] and not gone[0])
    for limit in (2.0, 4.0):
        within = [mask for mask in choices() if costs[mask].sum() <= limit]
        best = max(covered(cover, mask) for mask in within)
        assert max(covered(cover, mask) for mask in within if not mask[gone].any()) == best


def test_blocks_are_nested_and_keep_the_mass():
    cover = random_cover(3)
    masses = np.array([2.0, 3.0, 5.0, 9.0])
    blocks = nested_blocks(cover, np.ones(N), masses)
    for mass, block in zip(masses, blocks, strict=True):
        assert np.bincount(block).max() <= mass
    for fine, coarse in pairwise(blocks):
        assert all(len(set(coarse[fine == b])) == 1 for b in set(fine))
    # a mass for all joins whatever shares demand, directly or through others
    near = {frozenset(s) for s in np.split(cover.indices, cover.indptr[1:-1])}
    for s in near:
        assert len(set(blocks[-1][list(s)])) == 1
