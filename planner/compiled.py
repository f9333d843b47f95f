"""Loops turned into machine code by numba; where it cannot be loaded they stay plain Python, and slow.

Nothing else in the package imports numba. What is too slow as plain Python asks `COMPILED` and goes another way
(`travel/by_scipy`, `travel/buffers`). With NUMBA_DISABLE_JIT=1 a run goes that way on purpose, to prove one before.
"""

from collections.abc import Callable
from typing import Any, TypeVar

try:
    import numba
except (ImportError, OSError, SystemError):  # not there; its library missing or blocked; a numpy it does not know
    COMPILED = False
else:
    COMPILED = not numba.config.DISABLE_JIT  # type: ignore[attr-defined]

Function = TypeVar("Function", bound=Callable[..., Any])


def njit(**options: Any) -> Callable[[Function], Function]:
    """Return what compiles a function, with the options of `numba.njit`; or what leaves it as it is."""
    if not COMPILED:
        return lambda function: function
    compiler: Callable[[Function], Function] = numba.njit(**options)
    return compiler


def inner(function: Function) -> Function:
    """Compile what only compiled functions call: into them, without an entrance from Python or a file of its own.

    Compiling is most of a first run. So a count that a loop raises begins as `np.int64(0)`: from a bare 0, whatever it
    is handed to is compiled twice, for the literal and for the number. And arrays are copied number by number
    (`travel.kernels.copied`): copying from slice to slice brings with it, compiled, the text of its error message.
    """
    return njit(nogil=True, no_cpython_wrapper=True, no_cfunc_wrapper=True, error_model="numpy")(function)
