"""The registers of border lines: the lines, their stakes, inspections, tracks, works and seats."""

from .contract import Column, Table
from .words import LEVELS, YES_NO

LINES = Table(
    name="lines",
    index=("line_id",),
    columns=(
        Column("units", required=True, note="codes or names of the two units it divides, e.g. 320106;320111"),
        Column("name"),
        Column("level", choices=LEVELS, note="of the units it divides; missing: told by their codes"),
        Column("length_agreed_km", "number", least=0, note="missing: the agreement gives none"),
        Column("last_joint_inspection", "date", note="missing: no record here; see inspections"),
        Column("changed", "date", note="last change of river, road or ground on it; missing: none known"),
        Column("redivided", "date", note="last division change that touches it; missing: none"),
        Column("surveyed", "date", note="the survey after it; missing: none"),
        Column("map_scale", "number", least=1, note="50000 stands for 1:50 000; missing: not said"),
        Column("vector", choices=YES_NO, note="missing: yes where it has a geometry"),
        Column("imagery", choices=YES_NO, note="missing: not said"),
        Column("hot", choices=YES_NO, note="missing: no"),
        Column("disputed", choices=YES_NO, note="missing: no"),
    ),
    geometry="line",
    bare=True,
)

STAKES = Table(
    name="stakes",
    index=("stake_id",),
    columns=(
        Column("number", required=True, note="as it stands on the stake"),
        Column("line_id", note="missing: told by the number"),
        Column("kind", choices=("single", "double", "triple", "junction"), note="missing: told by the number"),
        Column("state", choices=("standing", "damaged", "moved", "lost", "scrapped"), note="missing: standing"),
        Column("model", choices=("new", "old"), note="missing: not said"),
        Column("sigma_m", "number", least=0, note="standard error of its position; missing: the rule's"),
        Column("responsible", note="code or name of the unit that cares for it; its bureau will do"),
        Column("last_patrol", "date", note="missing: never, where the column is there"),
        Column("repair_due", "date", note="when it is to be mended; missing: not planned"),
        Column("witnesses", "count", least=0, note="objects its card measures it from"),
        Column("photo", choices=YES_NO),
        Column("card_lon", "number", note="longitude on its register card, degrees"),
        Column("card_lat", "number", note="latitude on its register card, degrees"),
    ),
    geometry="point",
    numbered=True,
)

INSPECTIONS = Table(
    name="inspections",
    index=("inspection_id",),
    columns=(
        Column("line_id", required=True),
        Column("kind", required=True, choices=("joint", "yearly", "extra")),
        Column("inspected", "date", required=True),
    ),
    numbered=True,
)

TRACKS = Table(
    name="tracks",
    index=("track_id",),
    columns=(Column("patrolled", "date", note="missing: not said"),),
    geometry="line",
    numbered=True,
)

WORKS = Table(
    name="works",
    index=("work_id",),
    columns=(Column("name", required=True), Column("agreement", note="missing: no agreement across the line")),
    geometry="polygon",
    numbered=True,
)

SEATS = Table(
    name="seats",
    index=("place_id",),
    columns=(Column("name"),),
    geometry="point",
)
BORDER_TABLES = (LINES, STAKES, INSPECTIONS, TRACKS, WORKS, SEATS)
