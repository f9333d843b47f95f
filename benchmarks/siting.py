"""How fast and how near the optimum siting is, one table a question.

    uv run python benchmarks/siting.py [published networks spopt medium streets huge sets years]

published  San Francisco and OR-Library pmed1-10 against the optima that others found
networks   p-median and p-center on random networks of 300 to 900 points, as OR-Library's pmed11-40 are made
spopt      2,000 x 500 beside spopt and CBC, both built from the same arrays
medium     MCLP, 20,000 x 2,000 in a straight line, p = 10, 50, 100
streets    MCLP on Wuhan's streets, 82,891 x 5,000, 1,000 m walked, p = 10 to 300
huge       MCLP, 200,000 x 5,000 in a straight line, p = 10, 50, 100
sets       LSCP, 20,000 x 2,000
years      MCLP with a budget in each of five years, 50,000 x 2,000, beside the ranking cut into slices

The instances are described in benchmarks/covers.py. Compiling is done before the clock starts.
"""

import argparse
import os
import platform
import resource
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks.covers import RADIUS_M, Instance, city, metres, network, or_library, san_francisco, shared, wuhan
from planner.siting import LSCP, MCLP, Model, PCenter, Plan, PMedian, phase_plan, propose_sites

MEDIANS = (5819, 4093, 4250, 3034, 1355, 7824, 5631, 4445, 2734, 1255)
CENTERS = (127, 98, 93, 74, 48, 84, 64, 55, 37, 20)
NETWORKS = (
    (300, 100),
    (500, 5),
    (500, 10),
    (600, 10),
    (600, 60),
    (600, 200),
    (700, 5),
    (700, 70),
    (800, 80),
    (800, 10),
    (900, 90),
    (900, 10),
)
FRANCISCO = (
    (LSCP(5000), 8),
    (LSCP(8000), 3),
    (MCLP(5000, p=4), 875_247),
    (PMedian(4), 2848268129.7145),
    (PCenter(4), 7403.0638),
)


def timed(job: Callable[[], Plan]) -> tuple[Plan, float]:
    """Run once and return the result and the seconds."""
    start = time.perf_counter()
    result = job()
    return result, time.perf_counter() - start


def show(name: str, model: Model, instance: Instance, *, limit_s: float = 60) -> None:
    """Solve and print one line: objective, bound, gap, seconds."""
    plan, seconds = timed(lambda: propose_sites(model, *instance, time_limit_s=limit_s))
    print(
        f"{name:<34}{plan.objective:>14,.1f}{plan.bound:>14,.1f}{100 * plan.gap:>9.4f} %"
        f"  {plan.status:<9}{seconds:7.2f} s{' by the clock' * plan.timed_out}",
        flush=True,
    )


def published() -> None:
    """Print ours beside the optima that others found."""
    folder = needed()
    for model, optimum in FRANCISCO:
        show(f"San Francisco, {optimum:,.4f}", model, san_francisco(folder))
    for k, (median, center) in enumerate(zip(MEDIANS, CENTERS, strict=True), 1):
        times, p = or_library(folder, k)
        everyone = pd.Series(1, index=times.origins)
        show(f"pmed{k} median, {median}", PMedian(p), (times, everyone))
        show(f"pmed{k} center, {center}", PCenter(p), (times, everyone))


def networks() -> None:
    """Print p-median and p-center on networks of OR-Library's kind."""
    for n, p in NETWORKS:
        times = network(n, seed=1000 * n + p)
        everyone = pd.Series(1, index=times.origins)
        show(f"{n} points, p={p}, median", PMedian(p), (times, everyone))
        show(f"{n} points, p={p}, center", PCenter(p), (times, everyone))


def medium() -> None:
    """Print MCLP at 20,000 x 2,000."""
    maximal("20,000 x 2,000", straight(20_000, 2_000), (10, 50, 100), 20)


def streets() -> None:
    """Print MCLP on Wuhan's streets."""
    maximal("Wuhan 82,891 x 5,000", wuhan(needed(), 5_000), (10, 50, 100, 300), 20)


def huge() -> None:
    """Print MCLP at 200,000 x 5,000."""
    maximal("200,000 x 5,000", straight(200_000, 5_000), (10, 50, 100), 60)


def sets() -> None:
    """Print LSCP at 20,000 x 2,000."""
    show("20,000 x 2,000 LSCP", LSCP(RADIUS_M), straight(20_000, 2_000), limit_s=40)


def years() -> None:
    """Print five years of 40 million for 50,000 x 2,000: one problem, and beside it a ranking cut into slices.

    A site costs 3 to 10 million yuan, evenly drawn.
    """
    times, people = straight(50_000, 2_000)
    drawn = np.random.default_rng(5).integers(30, 101, len(times.destinations)) * 100_000
    costs = pd.Series(drawn, index=times.destinations)
    for carry_over in (False, True):
        budgets = dict.fromkeys(range(2026, 2031), 40_000_000.0)
        model = MCLP(RADIUS_M, budget=sum(budgets.values()))
        start = time.perf_counter()
        plan = phase_plan(model, times, people, budgets=budgets, costs=costs, carry_over=carry_over, time_limit_s=60)
        seconds, kept = time.perf_counter() - start, "carried over" if carry_over else "a year alone"
        print(
            f"50,000 x 2,000, 5 years, {kept:<14}{plan.objective:>14,.0f}{plan.bound:>14,.0f}{100 * plan.gap:>9.4f} %"
            f"  {plan.status:<9}{seconds:7.2f} s",
            flush=True,
        )


def maximal(name: str, instance: Instance, ps: tuple[int, ...], limit_s: float) -> None:
    """Print MCLP of one instance for several p, and the peak of memory."""
    print(f"{name}: {len(instance[0]):,} pairs, {instance[1].sum():,} people")
    for p in ps:
        show(f"{name} p={p}", MCLP(instance[0].cutoff_min, p=p), instance, limit_s=limit_s)
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.2f} GB")


def straight(n_demand: int, n_candidates: int) -> Instance:
    """Return a seeded city with its straight distances."""
    demand, candidates, people = city(n_demand, n_candidates)
    return metres(demand, candidates, RADIUS_M), people


def spopt() -> None:
    """Print both objectives and times, and the ratio, one model a line."""
    covers = [*(MCLP(RADIUS_M, p=p) for p in (10, 50, 100)), LSCP(RADIUS_M)]
    for model in covers:
        against_spopt(model, *city(2000, 500), RADIUS_M)
    for model in (PMedian(10), PCenter(10)):
        against_spopt(model, *city(200, 60), 1e6)


def against_spopt(model: Model, demand: NDArray, candidates: NDArray, people: pd.Series, cutoff_m: float) -> None:
    """Print one line; demand that nothing covers is left out, for spopt calls an LSCP with it infeasible."""
    matrix = np.linalg.norm(demand[:, None] - candidates[None], axis=2)
    covered = (matrix <= RADIUS_M).any(axis=1)
    times = metres(demand[covered], candidates, cutoff_m)
    weights = people[covered].set_axis(times.origins)
    plan, ours = min((timed(lambda: propose_sites(model, times, weights)) for _ in range(3)), key=lambda run: run[1])
    objective, theirs = spopt_objective(model, np.minimum(matrix[covered], 1e9), weights)
    same = "same" if np.isclose(plan.objective, objective, rtol=1e-6) else f"{objective:,.1f}"
    size = f"{len(demand):,} x {len(candidates)} {type(model).__name__} p={getattr(model, 'p', '')}"
    print(f"{size:<34}{plan.objective:>14,.1f}{same:>14}{ours:8.3f} s{theirs:8.2f} s{theirs / ours:7.0f}x", flush=True)


def spopt_objective(model: Model, matrix: NDArray, people: pd.Series) -> tuple[float, float]:
    """Solve with spopt and CBC; return the objective and the seconds, building included."""
    from pulp import PULP_CBC_CMD
    from spopt import locate

    solver, start = PULP_CBC_CMD(msg=False), time.perf_counter()
    weights = people.to_numpy()
    match model:
        case MCLP(standard_min, p=int(p)):
            made = locate.MCLP.from_cost_matrix(matrix, weights, standard_min, p_facilities=p)
        case LSCP(standard_min):
            made = locate.LSCP.from_cost_matrix(matrix, standard_min)
        case PMedian(p):
            made = locate.PMedian.from_cost_matrix(matrix, weights, p_facilities=p)
        case PCenter(p):
            made = locate.PCenter.from_cost_matrix(matrix, p_facilities=p)
    made.solve(solver)
    return float(made.problem.objective.value()), time.perf_counter() - start


def needed() -> Path:
    """Return the folder of real data."""
    folder = shared()
    if folder is None:
        raise SystemExit("this table needs the shared data beside the checkout")
    return folder


def warm_up() -> None:
    """Compile what will be called."""
    demand, candidates, people = city(20_000, 2_000, seed=1)
    propose_sites(MCLP(RADIUS_M, p=80), metres(demand, candidates, RADIUS_M), people, time_limit_s=0.2)
    demand, candidates, people = city(200, 30)
    for model in (MCLP(RADIUS_M, p=3), LSCP(1000), PMedian(3), PCenter(3)):
        propose_sites(model, metres(demand, candidates, 1e6), people)


TABLES = {job.__name__: job for job in (published, networks, spopt, medium, streets, huge, sets, years)}


def main() -> None:
    """Print the tables that were asked for, all by default."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tables", nargs="*", default=list(TABLES), choices=list(TABLES))
    chosen = parser.parse_args().tables
    warnings.simplefilter("ignore")
    print(platform.platform(), f"{os.cpu_count()} cores, Python {platform.python_version()}")
    warm_up()
    for name in chosen:
        print(f"\n{name}")
        TABLES[name]()


if __name__ == "__main__":
    main()
