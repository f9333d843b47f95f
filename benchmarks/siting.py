"""How fast and how near the optimum siting is, beside spopt: `python benchmarks/siting.py [--large]`.

The instances are seeded: a city of 30 x 30 km, demand and candidates alike in 25 Gaussian clusters
(standard deviation 0.5 to 2.5 km) and, for a fifth of the points, uniform; weights are lognormal and
rounded up to whole people; a candidate covers what lies within 1,000 m in a straight line.
The first call compiles; it is done before the clock starts.
"""

import argparse
import platform
import time
import warnings
from collections.abc import Callable

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from planner.siting import LSCP, MCLP, Model, PCenter, Plan, PMedian, propose_sites
from planner.travel import TravelTimes

EXTENT_M, CLUSTERS, RADIUS_M = 30_000, 25, 1_000


def city(n_demand: int, n_candidates: int, seed: int = 0) -> tuple[NDArray, NDArray, pd.Series]:
    """Return demand and candidate coordinates in metres, and whole people by demand."""
    rng = np.random.default_rng(seed)
    centres = rng.uniform(0, EXTENT_M, (CLUSTERS, 2))
    spread = rng.uniform(500, 2500, CLUSTERS)

    def points(n: int) -> NDArray:
        of = rng.integers(0, CLUSTERS, n)
        clustered = rng.normal(centres[of], spread[of, None])
        loose = rng.random(n) < 0.2
        return np.clip(np.where(loose[:, None], rng.uniform(0, EXTENT_M, (n, 2)), clustered), 0, EXTENT_M)

    demand, candidates = points(n_demand), points(n_candidates)
    people = np.ceil(rng.lognormal(1.5, 1.0, n_demand)).astype(np.int64)
    return demand, candidates, pd.Series(people, index=pd.RangeIndex(n_demand, name="demand_id"))


def metres(demand: NDArray, candidates: NDArray, cutoff_m: float) -> TravelTimes:
    """Return the straight distances up to `cutoff_m`."""
    near = cKDTree(demand).sparse_distance_matrix(cKDTree(candidates), cutoff_m, output_type="coo_matrix")
    index = pd.RangeIndex(len(demand)), pd.RangeIndex(len(candidates))
    return TravelTimes.from_pairs(*index, near.row, near.col, near.data, cutoff_min=cutoff_m)


def timed(job: Callable[[], Plan]) -> tuple[Plan, float]:
    """Run once and return the result and the seconds."""
    start = time.perf_counter()
    result = job()
    return result, time.perf_counter() - start


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


def against_spopt(n_demand: int, n_candidates: int, models: list[Model], cutoff_m: float) -> None:
    """Print both objectives and times, and the ratio, one model a line."""
    demand, candidates, people = city(n_demand, n_candidates)
    matrix = np.linalg.norm(demand[:, None] - candidates[None], axis=2)
    covered = (matrix <= RADIUS_M).any(axis=1)
    kept, weights = matrix[covered], people[covered]  # spopt calls an LSCP with one uncoverable point infeasible
    times = metres(demand[covered], candidates, cutoff_m)
    weights = weights.set_axis(times.origins)
    for model in models:
        plan, ours = timed(lambda model=model: propose_sites(model, times, weights))
        objective, theirs = spopt_objective(model, np.minimum(kept, 1e9), weights)
        same = "same" if np.isclose(plan.objective, objective, rtol=1e-6) else f"{objective:,.1f}"
        ratio = theirs / ours
        print(
            f"{n_demand:>7,} x {n_candidates:<6,} {model!s:<52} {plan.objective:>14,.1f} {same:>9} {plan.status:<9}"
            f" {ours:7.2f} s {theirs:8.2f} s {ratio:6.0f}x"
        )


def large(n_demand: int, n_candidates: int, limit_s: float) -> None:
    """Print objective, bound and gap of ours alone where spopt gives no answer."""
    demand, candidates, people = city(n_demand, n_candidates)
    times = metres(demand, candidates, RADIUS_M)
    for p in (10, 50, 100):
        plan, ours = timed(lambda p=p: propose_sites(MCLP(RADIUS_M, p=p), times, people, time_limit_s=limit_s))
        print(
            f"{n_demand:>7,} x {n_candidates:<6,} MCLP p={p:<4} {plan.objective:>12,} bound {plan.bound:>12,.0f}"
            f" gap {100 * plan.gap:6.3f} % {plan.status:<9} {ours:6.1f} s"
        )


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--large", action="store_true", help="20,000 x 2,000 too, without spopt")
    parser.add_argument("--limit", type=float, default=20, help="seconds for each large plan")
    chosen = parser.parse_args()
    warnings.simplefilter("ignore")
    print(platform.platform(), platform.processor(), f"Python {platform.python_version()}, {EXTENT_M // 1000} km city")
    demand, candidates, people = city(20_000, 2_000, seed=1)
    propose_sites(MCLP(RADIUS_M, p=80), metres(demand, candidates, RADIUS_M), people, time_limit_s=0.2)
    demand, candidates, people = city(200, 30)
    for warm in (LSCP(1000), PMedian(3)):
        propose_sites(warm, metres(demand, candidates, 1e6), people)
    print(f"{'size':>16} {'model':<52} {'objective':>14} {'spopt':>9} {'status':<9} {'ours':>9} {'spopt':>10} ratio")
    against_spopt(
        2000, 500, [MCLP(RADIUS_M, p=10), MCLP(RADIUS_M, p=50), MCLP(RADIUS_M, p=100), LSCP(RADIUS_M)], RADIUS_M
    )
    against_spopt(200, 60, [PMedian(10), PCenter(10)], 1e6)
    if chosen.large:
        large(20_000, 2_000, chosen.limit)


if __name__ == "__main__":
    main()
