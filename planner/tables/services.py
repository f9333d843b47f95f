"""What a service is planned on: places, facilities, demand, candidates, lines of public transport."""

from .contract import Column, Table
from .words import LEVELS, LINE_KINDS, MOST_PEOPLE, ORIGINS, STATUSES

PLACES = Table(
    name="places",
    index=("place_id",),
    columns=(
        Column("name", required=True),
        Column("level", required=True, choices=LEVELS),
        Column("kind", note="街道, 镇, 乡 …; missing: not said"),
        Column("parent_id", note="missing: a place without a parent in the table"),
        Column("urban_rural", choices=("urban", "rural"), note="missing: not said"),
        Column("valid_from", "date", note="missing: since ever"),
        Column("valid_to", "date", note="missing: until today"),
        Column("area_km2", "number", least=0, note="the official figure; missing: not said"),
        Column("pop_official", "number", least=0, note="the published figure; missing: not said"),
        Column("pop_year", "count", note="the year of pop_official; missing: not said"),
    ),
    geometry="polygon",
    bare=True,
)

TENURES = ("owned", "rented", "free")

FACILITIES = Table(
    name="facilities",
    index=("facility_id",),
    columns=(
        Column("service", required=True),
        Column("name", required=True),
        Column("status", choices=STATUSES, note="missing: in service"),
        Column("level", choices=LEVELS),
        Column("place_id", note="the unit it declares; missing: declares none"),
        Column("capacity", "number", least=0),
        Column("area_m2", "number", least=0),
        Column("beds", "count", least=0),
        Column("beds_nursing", "count", least=0),
        Column("niches", "count", least=0),
        Column("niches_used", "count", least=0, note="missing: none is taken"),
        Column("operator"),
        Column("building_id"),
        Column("hub_id"),
        Column("shared_with"),
        Column("address"),
        Column("opened", "date", note="missing: open since ever"),
        Column("closed", "date", note="missing: not closed"),
    ),
    geometry="point",
)

DEMAND = Table(
    name="demand",
    index=("demand_id",),
    columns=(
        Column("place_id", note="missing: found from the polygons"),
        Column("pop", "number", least=0, most=MOST_PEOPLE),
        Column("pop60", "number", least=0, most=MOST_PEOPLE),
        Column("pop80", "number", least=0, most=MOST_PEOPLE),
        Column("child", "number", least=0, most=MOST_PEOPLE),
        Column("households", "number", least=0, most=MOST_PEOPLE),
    ),
    geometry="point",
)
WEIGHTS = ("pop", "pop60", "pop80", "child", "households")

CANDIDATES = Table(
    name="candidates",
    index=("candidate_id",),
    columns=(
        Column("name", note="missing: a generated point"),
        Column("cost", "number", least=0, note="yuan; missing: not said"),
        Column("capacity", "number", least=0),
        Column("niches", "count", least=0, note="of a columbarium"),
        Column("area_m2", "number", least=0),
        Column("place_id"),
        Column("responsible", note="the unit that is responsible; missing: not said"),
        Column("person", note="who answers for it there; missing: not said"),
        Column("tenure", choices=TENURES, note="missing: not said"),
        Column("rent", "number", least=0, note="yuan a year"),
        Column("staff", "number", least=0, note="yuan a year"),
        Column("subsidy", "number", least=0, note="yuan a year"),
        Column("beds", "count", least=0, note="for a subsidy by bed"),
        Column("meals", "number", least=0, note="a year, for a subsidy by meal"),
        Column("origin", required=True, choices=ORIGINS),
    ),
    geometry="point",
)

LINE_STOPS = Table(
    name="line_stops",
    index=("visit_id",),
    columns=(
        Column("line", required=True),
        Column("direction", note="missing: the line runs both ways over the same stops"),
        Column("kind", choices=LINE_KINDS, note="missing: bus"),
        Column("order", "number", required=True),
        Column("stop", required=True),
        Column(
            "first", required=True, note="clock time of the first departure from the first stop; one a line is enough"
        ),
        Column("last", required=True, note="of the last; before the first: after midnight"),
        Column("headway_min", "number", required=True, least=0, note="one a line is enough"),
        Column("ride_min", "number", least=0, note="to the next stop; missing: by distance and speed"),
        Column("speed_kmh", "number", least=0, note="to the next stop, stops included; missing: usual for the kind"),
    ),
    geometry="point",
)
