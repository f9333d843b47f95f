"""Every table between the stages: its columns, their units and their rules.

Ids are strings and are the index. Missing has one meaning, written in the column's note.
`Table.check` is called by each stage on what it takes from outside and on what it returns.
"""

from .borders import BORDER_TABLES, INSPECTIONS, LINES, SEATS, STAKES, TRACKS, WORKS
from .contract import Column, Kind, Shape, Table, three
from .registers import CLAIM_KINDS, CLAIMS, INDICATORS, NAME_STATUSES, NAMES, NAMES_IN_USE, PROPERTIES
from .results import COVERAGE, EDGES, FINDINGS, GAPS, NODES, SITES
from .services import CANDIDATES, DEMAND, FACILITIES, LINE_STOPS, PLACES, WEIGHTS
from .words import IN_SERVICE, LEVELS, LINE_KINDS, MOST_PEOPLE, ORIGINS, SEVERITIES, SMALLEST_CELL, STATUSES, YES_NO

TABLES = (
    *(PLACES, FACILITIES, DEMAND, CANDIDATES, NAMES, *BORDER_TABLES, LINE_STOPS, INDICATORS, CLAIMS),
    *(NODES, EDGES, COVERAGE, GAPS, SITES, FINDINGS),
)

__all__ = [
    "BORDER_TABLES",
    "CANDIDATES",
    "CLAIMS",
    "CLAIM_KINDS",
    "COVERAGE",
    "DEMAND",
    "EDGES",
    "FACILITIES",
    "FINDINGS",
    "GAPS",
    "INDICATORS",
    "INSPECTIONS",
    "IN_SERVICE",
    "LEVELS",
    "LINES",
    "LINE_KINDS",
    "LINE_STOPS",
    "MOST_PEOPLE",
    "NAMES",
    "NAMES_IN_USE",
    "NAME_STATUSES",
    "NODES",
    "ORIGINS",
    "PLACES",
    "PROPERTIES",
    "SEATS",
    "SEVERITIES",
    "SITES",
    "SMALLEST_CELL",
    "STAKES",
    "STATUSES",
    "TABLES",
    "TRACKS",
    "WEIGHTS",
    "WORKS",
    "YES_NO",
    "Column",
    "Kind",
    "Shape",
    "Table",
    "three",
]
