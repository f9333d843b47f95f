"""Loops turned into machine code by numba; where it cannot be loaded they stay plain Python, and slow.

Nothing else in the package imports numba. What is too slow as plain Python asks `COMPILED` and goes another way
(`travel/by_scipy`, `travel/buffers`). With NUMBA_DISABLE_JIT=1 a run goes that way on purpose, to prove one before.
"""

import time
from collections.abc import Callable
from typing import Any, TypeVar

try:
    import numba
    from numba.core import event
except (ImportError, OSError, SystemError):  # not there; its library missing or blocked; a numpy it does not know
    COMPILED = False
else:
    COMPILED = not numba.config.DISABLE_JIT  # type: ignore[attr-defined]

if COMPILED:

    class _Stopwatch(event.Listener):
        """How long numba has been compiling in this process, what it is at now included."""

        def __init__(self) -> None:
            self._before, self._since, self._depth = 0.0, 0.0, 0

        def on_start(self, event: Any) -> None:  # noqa: ARG002  numba's signature
            self._since = time.monotonic() if self._depth == 0 else self._since
            self._depth += 1

        def on_end(self, event: Any) -> None:  # noqa: ARG002  numba's signature
            self._depth -= 1
            self._before += 0.0 if self._depth else time.monotonic() - self._since

        @property
        def seconds(self) -> float:
            return self._before + (time.monotonic() - self._since if self._depth else 0.0)

    _STOPWATCH = _Stopwatch()
    event.register("numba:compile", _STOPWATCH)  # type: ignore[no-untyped-call]

Function = TypeVar("Function", bound=Callable[..., Any])


def njit(**options: Any) -> Callable[[Function], Function]:
    """Return what compiles a function, with the options of `numba.njit`; or what leaves it as it is."""
    if not COMPILED:
        return lambda function: function
    compiler: Callable[[Function], Function] = numba.njit(**options)
    return compiler


def compiling_s() -> float:
    """Return the seconds that this process has spent compiling: no part of any search, and none in a second run."""
    return _STOPWATCH.seconds if COMPILED else 0.0


def inner(function: Function) -> Function:
    """Compile what only compiled functions call: into them, without an entrance from Python or a file of its own.

    Compiling is most of a first run. So a count that a loop raises begins as `np.int64(0)`: from a bare 0, whatever it
    is handed to is compiled twice, for the literal and for the number. And arrays are copied number by number
    (`travel.kernels.copied`): copying from slice to slice brings with it, compiled, the text of its error message.
    """
    return njit(nogil=True, no_cpython_wrapper=True, no_cfunc_wrapper=True, error_model="numpy")(function)
