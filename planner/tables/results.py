"""What the stages hand on: nodes, edges, coverage, gaps, sites, findings."""

from .contract import Column, Table
from .words import SEVERITIES

NODES = Table(name="nodes", index=("node_id",), columns=(), geometry="point")

EDGES = Table(
    name="edges",
    index=("edge_id",),
    columns=(
        Column("from_id", required=True),
        Column("to_id", required=True),
        Column("length_m", "number", required=True, least=0),
        Column("way", note="the way it was cut from"),
        Column("name", note="missing: the street has no name in the source"),
        Column("highway"),
    ),
    geometry="line",
)

COVERAGE = Table(
    name="coverage",
    index=("service", "mode", "demand_id"),
    columns=(
        Column("facility_id", note="the nearest; missing: none within the cutoff"),
        Column("minutes", "number", least=0, note="missing: farther than the cutoff"),
        Column("covered", "flag", required=True),
        Column("cause", note="missing: covered"),
    ),
)

GAPS = Table(
    name="gaps",
    index=("service", "gap_id"),
    columns=(
        Column("rank", "count", required=True),
        Column("name", required=True),
        Column("demand", "number", required=True, least=0),
        Column("n_demand", "count", required=True, least=1),
        Column("place_id", note="missing: in no place"),
        Column("nearest_min", "number", note="median of its demand; missing: half of it lies beyond the cutoff"),
        Column("cause", required=True),
    ),
    geometry="polygon",
)

SITES = Table(
    name="sites",
    index=("candidate_id",),
    columns=(
        Column("service", required=True),
        Column("rank", "count", required=True),
        Column("robustness", "number", least=0, note="part of the cases it is chosen in; missing: not measured"),
        Column("phase", "count", note="the year it is built in; missing: the plan has no years"),
        Column("gain", "number", required=True),
        Column("cost", "number", note="yuan; missing: not said"),
    ),
    geometry="point",
)

FINDINGS = Table(
    name="findings",
    index=("finding_id",),
    columns=(
        Column("code", required=True),
        Column("severity", required=True, choices=SEVERITIES),
        Column("layer", required=True),
        Column("feature_id"),
        Column("measure", "number", note="missing: nothing was measured"),
        Column("tolerance", "number"),
        Column("message_zh", required=True),
        Column("message_en", required=True),
        Column("people", "number", note="missing: not counted"),
        Column("accepted", note="the project's reason for accepting it; missing: not accepted"),
        Column("evidence", note="what the message rests on, name=value"),
    ),
)
