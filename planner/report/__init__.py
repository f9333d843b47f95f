"""Show: the map, the report, the annex and the tables of a study."""

from .outputs import write_outputs
from .webmap import write_map
from .word import write_report

__all__ = ["write_map", "write_outputs", "write_report"]
