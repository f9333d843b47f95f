"""The chapters of the report in the order in which they are told; each is a function of the `Scene`."""

from collections.abc import Callable, Iterator

from ..blocks import Block
from .basics import basics, grounds
from .borders import border_work
from .circle import circle
from .closing import appendix, materials, method
from .coverage import coverage, uncovered
from .findings import checks
from .gaps import gaps
from .scene import Scene
from .sites import sites
from .summary import conclusion, summary
from .systems import systems

__all__ = ["CHAPTERS", "CHECKED", "Scene"]

CHAPTERS: tuple[Callable[[Scene], Iterator[Block]], ...] = (
    *(summary, basics, grounds, coverage, circle, uncovered),
    *(gaps, sites, systems, checks, border_work, method, conclusion, appendix),
)
CHECKED: tuple[Callable[[Scene], Iterator[Block]], ...] = (checks, border_work, materials)
"""Of a project that is only checked, or of a run that stopped before coverage."""
