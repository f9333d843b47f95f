"""Hand a mixed-integer program to HiGHS as arrays and take the answer with its proof."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ..errors import SolverError

Outcome = Literal["optimal", "feasible", "infeasible", "unknown"]

_THREADS = 1  # the same everywhere: HiGHS keeps one scheduler a process
_TOLERANCE = 1e-9  # of rows, so that a budget is kept to a part in a thousand million
_CLOSE = 1e-9  # relative gap that counts as proven where the objective is not a whole number
_MOST_NODES = 2**31 - 1  # what HiGHS can count
_ENTRIES = 2e6  # matrix entries of the nodes solved in a second; a cautious round number
_PLAIN = {"presolve": "off", "mip_heuristic_effort": 0.0, "mip_heuristic_run_feasibility_jump": False}
_WHOLE_GAP = 0.999  # absolute gap that proves a whole-numbered objective


@dataclass(frozen=True, kw_only=True)
class Program:
    """Minimise or maximise cost'x over row_lower <= A x <= row_upper, lower (or 0) <= x <= upper.

    `A` is row-wise CSR. The first `n_integer` columns are whole numbers. `whole` says that the
    objective of every solution is a whole number.
    """

    cost: NDArray[np.float64]
    upper: NDArray[np.float64]
    row_lower: NDArray[np.float64]
    row_upper: NDArray[np.float64]
    indptr: NDArray[np.int64]
    indices: NDArray[np.int32]
    values: NDArray[np.float64]
    n_integer: int
    maximise: bool
    whole: bool
    lower: NDArray[np.float64] | None = None


@dataclass(frozen=True, kw_only=True)
class Solved:
    """What HiGHS says: values of the integer columns (missing without a solution), bound, and whether it ran late.

    `rest` are the values of the other columns, `prices` the duals of the rows where no column is whole.
    """

    outcome: Outcome
    values: NDArray[np.float64] | None
    bound: float
    timed_out: bool = False
    rest: NDArray[np.float64] | None = None
    prices: NDArray[np.float64] | None = None


def solve(
    program: Program,
    *,
    time_limit_s: float,
    seed: int,
    work_s: float | None = None,
    start: NDArray[np.float64] | None = None,
    any_do: bool = False,
    plain: bool = False,
) -> Solved:
    """Solve `program`, from `start` (values of the integer columns) where there is one.

    `work_s`: seconds that the nodes counted out are about worth; by default the time limit, which a rerun
    may give otherwise. With `any_do` the first solution ends the search. `plain` leaves out presolve and
    heuristics, which cost more than they save where the program is small and the start good.

    Raises:
        SolverError: HiGHS refused the program or ended in a state that says nothing.
    """
    import highspy

    highs: Any = highspy.Highs()  # type: ignore[no-untyped-call]
    options = _options(program, time_limit_s, seed, any_do=any_do) | (_PLAIN if plain else {})
    options["mip_max_nodes"] = _nodes(program, time_limit_s if work_s is None else work_s)
    for name, value in options.items():
        highs.setOptionValue(name, value)
    _pass(highs, program)
    if start is not None:
        columns = np.arange(program.n_integer, dtype=np.int32)
        highs.setSolution(program.n_integer, columns, start.astype(np.float64))
    highs.run()
    if highs.getModelStatus() == highspy.HighsModelStatus.kNotset:
        # Somebody else in the process used HiGHS with other threads, and it does nothing then.
        highspy.Highs.resetGlobalScheduler(True)  # noqa: FBT003  no name in the C++ signature
        highs.run()
    if highs.getModelStatus() == highspy.HighsModelStatus.kSolveError and not plain:
        # What presolve left out came back a little beyond the strict tolerance; without presolve it does not.
        return solve(
            program, time_limit_s=time_limit_s, seed=seed, work_s=work_s, start=start, any_do=any_do, plain=True
        )
    return _read(highs, program, highspy.HighsModelStatus)


def _options(program: Program, time_limit_s: float, seed: int, *, any_do: bool) -> dict[str, Any]:
    gap = np.inf if any_do else _WHOLE_GAP if program.whole else 1e-6
    return {
        "output_flag": False,
        "threads": _THREADS,
        "parallel": "off",
        "random_seed": seed,
        "time_limit": float(time_limit_s),
        "mip_rel_gap": 0.0 if program.whole else _CLOSE,
        "mip_abs_gap": gap,
        "primal_feasibility_tolerance": _TOLERANCE,
        "mip_feasibility_tolerance": _TOLERANCE,
    }


def _nodes(program: Program, time_limit_s: float) -> int:
    """Return how many nodes may be solved: about what fits into the time, counted so that reruns agree."""
    nodes = time_limit_s * _ENTRIES / max(len(program.indices), 1)
    return int(min(max(nodes, 1), _MOST_NODES))


def _pass(highs: Any, program: Program) -> None:
    kinds = np.zeros(len(program.cost), np.int32)
    kinds[: program.n_integer] = 1
    by_rows, sense = 2, -1 if program.maximise else 1
    sizes = len(program.cost), len(program.row_lower), len(program.indices)
    lower = np.zeros(len(program.cost)) if program.lower is None else program.lower
    bounds = program.cost, lower, program.upper, program.row_lower, program.row_upper
    matrix = program.indptr[:-1].astype(np.int32), program.indices, program.values
    status = highs.passModel(*sizes, by_rows, sense, 0.0, *bounds, *matrix, kinds)
    if status.name == "kError":
        raise SolverError("solver_refused", status=status.name)


def _read(highs: Any, program: Program, statuses: Any) -> Solved:
    status, info = highs.getModelStatus(), highs.getInfo()
    if status == statuses.kInfeasible:
        return Solved(outcome="infeasible", values=None, bound=np.nan)
    if status not in (statuses.kOptimal, statuses.kTimeLimit, statuses.kSolutionLimit, statuses.kModelEmpty):
        raise SolverError("solver_status", status=highs.modelStatusToString(status))
    found = np.isfinite(info.objective_function_value) and info.primal_solution_status == 2
    solution = highs.getSolution()
    columns = np.asarray(solution.col_value)
    values = np.round(columns[: program.n_integer]) if found else None
    outcome: Outcome = "optimal" if status == statuses.kOptimal else "feasible" if found else "unknown"
    timed_out = status == statuses.kTimeLimit
    return Solved(
        outcome=outcome,
        values=values,
        bound=float(info.mip_dual_bound),
        timed_out=timed_out,
        rest=columns[program.n_integer :],
        prices=None if program.n_integer else np.asarray(solution.row_dual),
    )
