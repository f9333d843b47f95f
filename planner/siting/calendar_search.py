"""Good calendars fast, without proof: greedy by year, then annealing over sites and years at once."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..compiled import njit
from .calendar import Calendar, Phasing
from .kernels import Graph

_HOT, _COLD = 0.15, 0.001  # temperature at start and end, in what an average site is worth
_RUNS = 2  # side by side, each with its own random numbers; the better one counts
_NEAR = 0.7  # part of the exchanges that stay among neighbours: candidates that share demand
_SWAP, _TRADE, _MOVE, _ADD = 0.55, 0.70, 0.85, 0.97  # cumulative chances of the moves; the rest drops a site
_SLACK = 1e-12  # of a limit, for float noise


class _Walk(NamedTuple):
    """Where annealing stands: the state (year, count, first), money spent by year, and what is taken of the total.

    `built` lists the candidates that stand in some year, `place` says where each stands in it, `size` how many.
    """

    state: Graph
    spent: NDArray
    taken: NDArray
    built: NDArray
    place: NDArray
    size: NDArray


def greedy_calendar(task: Phasing, calendar: Calendar) -> Calendar:
    """Add, year by year, the site that brings most people-years for its money while that can be paid."""
    filled = calendar.copy()
    _greedy(task.graph, _money(task), filled)
    return filled


def anneal_calendar(task: Phasing, calendar: Calendar, *, work: float, seed: int) -> Calendar:
    """Swap sites, trade and move years, add and drop at random; return the best calendar seen, filled greedily.

    work: cover entries to touch before each of two runs ends; about 10^8 a second.

    Source: Kirkpatrick, Gelatt and Vecchi (1983), Science 220; moves on covers: Murray and Church (1996).
    """
    never = task.horizon.never
    if not (calendar < never).any() or len(task.cover) == 0:
        return calendar.copy()
    graph, money = task.graph, _money(task)

    def run(stream: int) -> Calendar:
        rng = np.random.default_rng((seed, stream))
        best: Calendar = _anneal(graph, money, task.required, calendar, work, rng)
        return greedy_calendar(task, best)

    with ThreadPoolExecutor(_RUNS) as pool:
        return max(pool.map(run, range(_RUNS)), key=task.worth)


def _money(task: Phasing) -> tuple[Any, ...]:
    """Return costs, the limits a year (cumulative with carry-over), whether so, takes and total."""
    horizon = task.horizon
    limits = horizon.saved if horizon.carry_over else horizon.budgets
    return task.costs, limits * (1 + _SLACK), horizon.carry_over, horizon.takes, horizon.total * (1 + _SLACK)


@njit(cache=True, nogil=True, forceinline=True)
def _fits(limits: NDArray, carry: bool, spent: NDArray) -> bool:
    paid = 0.0
    for y in range(len(limits)):
        paid = paid + spent[y] if carry else spent[y]
        if paid > limits[y]:
            return False
    return True


@njit(cache=True, nogil=True)
def _shift(graph: Graph, state: Graph, j: int, to: int) -> float:
    """Give candidate `j` another year; return the people-years that brings."""
    column, rows, weights = graph[2], graph[3], graph[4]
    year, count, first = state
    old, never = year[j], count.shape[1]
    won = 0.0
    for e in range(column[j], column[j + 1]):
        i = rows[e]
        before = first[i]
        now = before
        if to < never:
            count[i, to] += 1
            now = min(now, to)
        if old < never:
            count[i, old] -= 1
            if count[i, old] == 0 and now == old:
                while now < never and count[i, now] == 0:
                    now += 1
        first[i] = now
        won += weights[i] * (before - now)
    year[j] = to
    return won


@njit(cache=True, nogil=True)
def _gain(graph: Graph, first: NDArray, j: int, year: int) -> float:
    """Return the people-years that a candidate would bring in a year."""
    column, rows, weights = graph[2], graph[3], graph[4]
    won = 0.0
    for e in range(column[j], column[j + 1]):
        late = first[rows[e]] - year
        if late > 0:
            won += weights[rows[e]] * late
    return won


@njit(cache=True, nogil=True)
def _begin(graph: Graph, money: Graph, calendar: NDArray) -> tuple[Graph, NDArray, float]:
    """Return the state (year, count, first) of a calendar, what it spends by year, and what it takes of the total."""
    costs, limits, _, takes, _ = money
    never = len(limits)
    year = np.full(len(calendar), never, np.int64)
    count = np.zeros((len(graph[4]), never), np.int16)
    first = np.full(len(graph[4]), never, np.int16)
    state = (year, count, first)
    spent, taken = np.zeros(never), 0.0
    for j in range(len(calendar)):
        if calendar[j] < never:
            _shift(graph, state, j, calendar[j])
            spent[calendar[j]] += costs[j]
            taken += takes[j]
    return state, spent, taken


@njit(cache=True, nogil=True)
def _greedy(graph: Graph, money: Graph, calendar: NDArray) -> None:
    costs, limits, carry, takes, total = money
    state, spent, taken = _begin(graph, money, calendar)
    year, _, first = state
    never = len(limits)
    for y in range(never):
        while True:
            best, best_won = -1, 0.0
            for j in range(len(year)):
                if year[j] < never or taken + takes[j] > total:
                    continue
                spent[y] += costs[j]
                fits = _fits(limits, carry, spent)
                spent[y] -= costs[j]
                if not fits:
                    continue
                won = _gain(graph, first, j, y)
                if won > 0 and (best < 0 or won * costs[best] > best_won * costs[j] * (1 + 1e-12)):
                    best, best_won = j, won
            if best < 0:
                break
            spent[y] += costs[best]
            taken += takes[best]
            _shift(graph, state, best, y)
    _advance(graph, money, state, spent)
    calendar[:] = year


@njit(cache=True, nogil=True)
def _advance(graph: Graph, money: Graph, state: Graph, spent: NDArray) -> None:
    """Bring sites forward while the money of an earlier year allows it and somebody gains."""
    costs, limits, carry = money[0], money[1], money[2]
    year = state[0]
    for j in range(len(year)):
        old = year[j]
        for y in range(old if old < len(limits) else 0):
            spent[old] -= costs[j]
            spent[y] += costs[j]
            if _fits(limits, carry, spent):
                if _shift(graph, state, j, y) > 0:
                    break
                _shift(graph, state, j, old)
            spent[old] += costs[j]
            spent[y] -= costs[j]


@njit(cache=True, nogil=True)
def _pick(graph: Graph, year: NDArray, r: int, never: int, rng: Any) -> int:
    """Return a candidate that stands in no year, mostly one that shares demand with `r`; -1 where the draw fails."""
    indptr, indices, column, rows = graph[0], graph[1], graph[2], graph[3]
    if rng.random() < _NEAR and column[r + 1] > column[r]:
        i = rows[column[r] + int(rng.random() * (column[r + 1] - column[r]))]
        b = indices[indptr[i] + int(rng.random() * (indptr[i + 1] - indptr[i]))]
    else:
        b = int(rng.random() * len(year))
    return b if year[b] == never else -1


@njit(cache=True, nogil=True)
def _propose(graph: Graph, state: Graph, required: NDArray, built: NDArray, n: int, rng: Any) -> tuple[int, ...]:
    """Return a move as (candidate, its new year, another, its new year); -1 for none."""
    year, never = state[0], state[1].shape[1]
    chance = rng.random()
    r = built[int(rng.random() * n)]
    if chance < _SWAP:
        b = _pick(graph, year, r, never, rng)
        return (r, never, b, year[r]) if b >= 0 and not required[r] else (-1, 0, -1, 0)
    if chance < _TRADE:
        s = built[int(rng.random() * n)]
        return (r, year[s], s, year[r]) if year[s] != year[r] else (-1, 0, -1, 0)
    y = int(rng.random() * never)
    if chance < _MOVE:
        return (r, y, -1, 0) if y != year[r] else (-1, 0, -1, 0)
    if chance < _ADD:
        return _pick(graph, year, r, never, rng), y, -1, 0
    return (-1, 0, -1, 0) if required[r] else (r, never, -1, 0)


@njit(cache=True, nogil=True, forceinline=True)
def _pay(money: Graph, spent: NDArray, j: int, old: int, new: int) -> float:
    """Book the cost of `j` from one year to another; return what that takes of the total."""
    costs, limits, takes = money[0], money[1], money[3]
    taken = 0.0
    if old < len(limits):
        spent[old] -= costs[j]
        taken -= takes[j]
    if new < len(limits):
        spent[new] += costs[j]
        taken += takes[j]
    return taken


@njit(cache=True, nogil=True, forceinline=True)
def _unpaid(money: Graph, spent: NDArray, move: Graph, old: Graph) -> None:
    """Book a move back."""
    r, r_to, b, b_to = move
    _pay(money, spent, r, r_to, old[0])
    if b >= 0:
        _pay(money, spent, b, b_to, old[1])


@njit(cache=True, nogil=True, forceinline=True)
def _paid(money: Graph, walk: _Walk, move: Graph, old: Graph) -> float:
    """Book a move; return what it takes of the total, infinite and with nothing booked where the money does not do."""
    r, r_to, b, b_to = move
    takes = _pay(money, walk.spent, r, old[0], r_to) + (_pay(money, walk.spent, b, old[1], b_to) if b >= 0 else 0.0)
    if walk.taken[0] + takes > money[4] or not _fits(money[1], money[2], walk.spent):
        _unpaid(money, walk.spent, move, old)
        return np.inf
    return takes


@njit(cache=True, nogil=True, forceinline=True)
def _won(graph: Graph, state: Graph, move: Graph, old: Graph, least: float) -> float:
    """Make a move that wins `least`; return what it wins, which is less than that where it is not made."""
    r, r_to, b, b_to = move
    new = b >= 0 and old[1] == state[1].shape[1]  # a newcomer is weighed before it is put down
    won = _shift(graph, state, r, r_to)
    if b >= 0:
        won += _gain(graph, state[2], b, b_to) if new else _shift(graph, state, b, b_to)
    if won < least:
        _shift(graph, state, r, old[0])
        if b >= 0 and not new:
            _shift(graph, state, b, old[1])
    elif new:
        _shift(graph, state, b, b_to)
    return won


@njit(cache=True, nogil=True, forceinline=True)
def _list(walk: _Walk, j: Any, never: int) -> None:
    """Keep `built` to the candidates that stand in some year."""
    year, built, place, size = walk.state[0], walk.built, walk.place, walk.size
    if year[j] < never and place[j] < 0:
        built[size[0]], place[j] = j, size[0]
        size[0] += 1
    elif year[j] == never and place[j] >= 0:
        size[0] -= 1
        last = built[size[0]]
        built[place[j]], place[last] = last, place[j]
        place[j] = -1


@njit(cache=True, nogil=True)
def _set_out(graph: Graph, money: Graph, calendar: NDArray) -> tuple[_Walk, float]:
    """Return the walk that starts at a calendar, and what the calendar is worth."""
    state, spent, taken = _begin(graph, money, calendar)
    n, never = len(calendar), len(money[1])
    built, place = np.full(n, -1, np.int64), np.full(n, -1, np.int64)
    walk = _Walk(state, spent, np.array([taken]), built, place, np.zeros(1, np.int64))
    value = 0.0
    for i in range(len(state[2])):
        value += graph[4][i] * (never - state[2][i])
    for j in range(n):
        _list(walk, j, never)
    return walk, value


@njit(cache=True, nogil=True)
def _anneal(graph: Graph, money: Graph, required: NDArray, calendar: NDArray, work: float, rng: Any) -> NDArray:
    column, never = graph[2], len(money[1])
    walk, value = _set_out(graph, money, calendar)
    year, size = walk.state[0], walk.size
    best: NDArray = year.copy()
    best_value = value
    hot, cold = _HOT * value / max(size[0], 1), _COLD * value / max(size[0], 1)  # of required sites alone none moves
    done, tries = 0.0, 0
    while done < work and tries < 50 * work and size[0] > 0 and hot > 0:
        tries += 1
        done += 1.0
        move = _propose(graph, walk.state, required, walk.built, size[0], rng)
        r, b = move[0], move[2]
        if r < 0:
            continue
        old = (year[r], never if b < 0 else year[b])
        takes = _paid(money, walk, move, old)
        if takes == np.inf:
            continue
        least = hot * (cold / hot) ** min(done / work, 1.0) * np.log(max(rng.random(), 1e-300))
        won = _won(graph, walk.state, move, old, least)
        done += column[r + 1] - column[r] + (column[b + 1] - column[b] if b >= 0 else 0)
        if won < least:
            _unpaid(money, walk.spent, move, old)
            continue
        walk.taken[0] += takes
        value += won
        _list(walk, r, never)
        if b >= 0:
            _list(walk, b, never)
        if value > best_value * (1 + 1e-13):
            best_value = value
            best[:] = year
    return best
