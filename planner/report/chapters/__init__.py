"""The chapters of the report in the order in which they are told; each is a function of the `Scene`."""

from collections.abc import Callable, Iterator

from ..blocks import Block
from .basics import basics, grounds
from .circle import circle
from .closing import appendix, checks, method
from .coverage import coverage, uncovered
from .gaps import gaps
from .scene import Scene
from .sites import sites
from .summary import conclusion, summary
from .systems import systems

__all__ = ["CHAPTERS", "Scene"]

CHAPTERS: tuple[Callable[[Scene], Iterator[Block]], ...] = (
    *(summary, basics, grounds, coverage, circle, uncovered),
    *(gaps, sites, systems, checks, method, conclusion, appendix),
)
