"""A sharper bound on maximal covering: blocks of candidates solved exactly, tied together by prices.

Cut the candidates into blocks b. With the prices l and nu of `volume`,

    U = sum_i (w_i - l_i) + nu * limit + sum_b G_b                                          (1)
    G_b = F_b - sum over rows i that b alone covers of (w_i - l_i)                          (2)
    F_b = max over S within b of  cov_b(S) - nu * sum_{j in S} c_j                          (3)

bounds every plan; in (3) a row that b alone covers weighs w_i, any other l_i. Single candidates as blocks
give the LP bound, one block for all gives the optimum at nu. G_b does not depend on how the rest is cut, so
where a block joins smaller ones the lesser of its own G and their sum counts: growing blocks never loses
anything, and each part of the city has the largest blocks that branch and bound could close there.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from .annealing import polish
from .branching import branch, worth_of
from .covers import Cover, merged, restricted
from .kernels import Mask
from .partition import nested_blocks
from .volume import Prices

MASSES = (
    2.0,
    4.0,
    6.0,
    9.0,
    13.0,
    18.0,
    25.0,
    35.0,
    50.0,
    70.0,
    100.0,
)  # sites a block: larger ones prove more and cost more
_TRACE = 1e-3  # so that candidates which the LP never takes still join their neighbours
_MOVES = 60_000  # random exchanges that look for a good choice in a block
_THREADS = 2  # blocks are independent: the answer does not depend on it
_EASE = 0.5  # of what is unproven of a block that did not close, this part is let go at a second try
_FIRST = 0.4  # part of the work of a stage for all its blocks alike; the rest is for those still open


@dataclass(frozen=True, kw_only=True)
class Block:
    """Candidates `inside`, the proven `credit` (2), the best choice found as positions, and its `worth` in (3).

    `slack` is the sum in (2). `done` is the work spent on it.
    """

    inside: NDArray[np.int64]
    credit: float
    slack: float
    chosen: NDArray[np.int64]
    worth: float
    done: float = 0.0

    @property
    def closed(self) -> bool:
        """Whether no choice in the block is better than the one found."""
        return self.credit + self.slack <= self.worth + 1e-6 * max(abs(self.worth), 1.0)


@dataclass(frozen=True, kw_only=True)
class Stage:
    """The bound (1), and the union of the best choices in the blocks, which need not keep the limit."""

    bound: float
    union: Mask


@dataclass(frozen=True, kw_only=True)
class _Ground:
    """What all blocks share."""

    cover: Cover
    toll: NDArray[np.float64]
    prices: Prices
    found: Mask
    alarm: NDArray[np.bool_]


def block_bounds(
    cover: Cover,
    costs: NDArray[np.float64],
    limit: float,
    prices: Prices,
    *,
    found: Mask,
    work: float,
    alarm: NDArray[np.bool_] | None = None,
) -> Iterator[Stage]:
    """Yield bounds that never rise, from blocks in which the LP would place ever more sites.

    found: starts each block's search. work: cover entries to touch in all; a block that is not closed by
    then counts with what is proven of its parts. alarm: a flag that ends the work early.
    """
    ground = _Ground(
        cover=cover,
        toll=prices.nu * costs,
        prices=prices,
        found=found,
        alarm=np.zeros(1, bool) if alarm is None else alarm,
    )
    labels = nested_blocks(cover, prices.often + _TRACE, np.array(MASSES))
    blocks = _singles(ground)
    base = float((cover.weights - prices.rows).sum()) + prices.nu * limit
    for turn, label in enumerate(labels):
        blocks, done = _joined(ground, blocks, label, work / (len(labels) - turn))
        work -= done
        union = np.zeros(cover.size, bool)
        union[np.concatenate([block.chosen for block in blocks])] = True
        yield Stage(bound=base + sum(block.credit for block in blocks), union=union)
        if work <= 0 or len(blocks) == 1:
            return


def _singles(ground: _Ground) -> list[Block]:
    """Return each candidate as a block: it is taken where the people it covers are worth its toll."""
    cover, prices = ground.cover, ground.prices
    alone = np.flatnonzero(np.diff(cover.indptr) == 1)
    slack = np.bincount(
        cover.indices[cover.indptr[alone]], weights=(cover.weights - prices.rows)[alone], minlength=cover.size
    )
    worth = prices.values + slack - ground.toll
    nobody = np.zeros(0, np.int64)
    return [
        Block(
            inside=np.array([j]),
            credit=max(float(worth[j]), 0.0) - float(slack[j]),
            slack=float(slack[j]),
            chosen=np.array([j]) if worth[j] > 0 else nobody,
            worth=max(float(worth[j]), 0.0),
        )
        for j in np.flatnonzero(np.diff(cover.columns[0]) > 0)
    ]


def _joined(ground: _Ground, parts: list[Block], label: NDArray[np.int64], work: float) -> tuple[list[Block], float]:
    """Join blocks of one label and solve what is new or still open; return them and the work done."""
    groups: dict[int, list[Block]] = {}
    for part in parts:
        groups.setdefault(int(label[part.inside[0]]), []).append(part)
    kept = [group[0] for group in groups.values() if len(group) == 1 and group[0].closed]
    todo = [group for group in groups.values() if len(group) > 1 or not group[0].closed]
    solved = _all_solved(ground, [_sum(ground, group) for group in todo], 0.0, _FIRST * work)
    done = sum(block.done for block in solved)
    still = [n for n, block in enumerate(solved) if not block.closed]
    again = _all_solved(ground, [solved[n] for n in still], _EASE, work - done)
    for n, block in zip(still, again, strict=True):
        solved[n] = block
    return kept + solved, done + sum(block.done for block in again)


def _sum(ground: _Ground, group: list[Block]) -> Block:
    """Return the block that joins others, with what they prove of it."""
    inside = np.sort(np.concatenate([part.inside for part in group]))
    rows, _, own = _touched(ground.cover, inside)
    slack = float((ground.cover.weights - ground.prices.rows)[rows[own]].sum())
    chosen = np.concatenate([part.chosen for part in group])
    credit = sum(part.credit for part in group)
    return Block(inside=inside, credit=credit, slack=slack, chosen=chosen, worth=-np.inf)


def _touched(
    cover: Cover, inside: NDArray[np.int64]
) -> tuple[NDArray[np.int64], tuple[NDArray[np.int64], NDArray[np.int32]], Mask]:
    """Return the rows of a block, its pairs as (row, candidate) of the block, and which rows it alone covers."""
    indptr, rows = cover.columns
    lengths = indptr[inside + 1] - indptr[inside]
    ends = np.cumsum(lengths)
    at = np.arange(ends[-1]) + np.repeat(indptr[inside] - (ends - lengths), lengths)
    order = np.argsort(rows[at], kind="stable")
    touched, local, counts = np.unique(rows[at][order], return_inverse=True, return_counts=True)
    columns = np.repeat(np.arange(len(inside), dtype=np.int32), lengths)[order]
    own = counts == (cover.indptr[touched + 1] - cover.indptr[touched])
    return touched, (local, columns), own


def _part(ground: _Ground, inside: NDArray[np.int64]) -> tuple[Cover, NDArray[np.float64]]:
    """Return the cover of a block, weighted as in (3), and the prices of its rows."""
    rows, (local, columns), own = _touched(ground.cover, inside)
    prices = ground.prices.rows[rows]
    weights = np.where(own, ground.cover.weights[rows], prices)
    return merged(local, columns, len(inside), weights, prices)


def _all_solved(ground: _Ground, blocks: list[Block], ease: float, work: float) -> list[Block]:
    """Solve blocks side by side, each with the part of the work that its size is of all."""
    lengths = np.diff(ground.cover.columns[0])
    sizes = np.array([float(lengths[block.inside].sum()) for block in blocks])
    shares = work * sizes / max(sizes.sum(), 1.0)
    with ThreadPoolExecutor(_THREADS) as pool:
        return list(pool.map(lambda block, share: _solved(ground, block, ease, share), blocks, shares))


def _solved(ground: _Ground, block: Block, ease: float, work: float) -> Block:
    """Sharpen one block: polish, root, reduce, branch.

    ease: part of what is still unproven that need not be proven; 0 asks for all.
    """
    if ground.alarm[0]:
        return block
    floor = (
        block.worth + ease * (block.credit + block.slack - block.worth)
        if ease and np.isfinite(block.worth)
        else -np.inf
    )
    part, rows = _part(ground, block.inside)
    toll = ground.toll[block.inside]
    bound, chosen, done = _solve_block(part, rows, toll, _start(ground, block, part), floor, work, ground.alarm)
    worth = worth_of(part.graph, toll, chosen)
    return replace(
        block,
        credit=min(block.credit, bound - block.slack),
        chosen=block.inside[chosen],
        worth=worth,
        done=done,
    )


def _start(ground: _Ground, block: Block, part: Cover) -> Mask:
    """Return the better of the parts' choices and of the plan found, both within the block."""
    chosen = np.isin(block.inside, block.chosen)
    found = ground.found[block.inside]
    toll = ground.toll[block.inside]
    return max((found, chosen), key=lambda choice: worth_of(part.graph, toll, choice))


def _solve_block(
    part: Cover,
    rows: NDArray[np.float64],
    toll: NDArray[np.float64],
    start: Mask,
    floor: float,
    work: float,
    alarm: NDArray[np.bool_],
) -> tuple[float, Mask, float]:
    """Return the proven bound on (3) of one block, its best choice, and the work done."""
    if len(part) == 0:
        return 0.0, np.zeros(part.size, bool), 0.0
    moves = min(_MOVES, 300 * part.size)
    lower = polish(part.graph, toll, start, moves, np.random.default_rng(0))
    bound, best, root, values, prices, done = branch(part.graph, toll, rows, lower, floor, 0.0, alarm)
    done += 20.0 * moves
    reduced = values - toll
    worth = worth_of(part.graph, toll, best)
    kept = np.flatnonzero((reduced >= 0) | (root + reduced > max(worth, floor)))
    if bound <= max(worth, floor) * (1 + 1e-9) or len(kept) == 0 or work <= done:
        return float(bound), best, done
    rest, fewer = restricted(part, kept, prices)
    if best[kept].sum() < best.sum():
        rest, fewer, kept = part, prices, np.arange(part.size)
    bound, choice, _, _, _, more = branch(rest.graph, toll[kept], fewer, best[kept], floor, work - done, alarm)
    union = np.zeros(part.size, bool)
    union[kept[choice]] = True
    return float(max(bound, worth)), union, done + more
