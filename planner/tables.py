"""Every table between the stages: its columns, their units and their rules.

Ids are strings and are the index. Missing has one meaning, written in the column's note.
`Table.check` is called by each stage on what it takes from outside and on what it returns.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from .errors import Fault, TableError

Kind = Literal["text", "number", "count", "date", "flag"]
Shape = Literal["point", "line", "polygon", "any", "none"]

LEVELS = ("city", "county", "town", "community", "compound")
IN_SERVICE = "in_service"
STATUSES = (IN_SERVICE, "building", "planned", "closed")
ORIGINS = ("given", "street", "gap")
LINE_KINDS = ("bus", "metro")
SEVERITIES = ("error", "warning", "info")
YES_NO = ("yes", "no")
MOST_PEOPLE = 1e10
"""More than live on Earth: a number of people above it is a telephone number, a code, or a slip."""
SMALLEST_CELL = 5  # persons; map, report and messages show nothing finer (domain notes, R57)


@dataclass(frozen=True)
class Column:
    """One column: name (units at its end), kind, and what a missing value means."""

    name: str
    kind: Kind = "text"
    required: bool = False
    note: str = ""
    choices: tuple[str, ...] = ()
    least: float | None = None
    most: float | None = None


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table's contract. `geometry` is the shape it carries; `bare` says it may come without.

    `numbered` tables may come without ids: a row is then called by its file and its line.
    """

    name: str
    index: tuple[str, ...]
    columns: tuple[Column, ...]
    geometry: Shape = "none"
    bare: bool = False
    numbered: bool = False

    def column(self, name: str) -> Column | None:
        """Return the declared column, or None for one that is not declared."""
        return next((c for c in self.columns if c.name == name), None)

    def check(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return `frame` untouched if it keeps the contract.

        Raises:
            TableError: every missing column, repeated id and broken rule at once.
        """
        faults = [*self._columns(frame), *self._ids(frame), *self._values(frame)]
        if faults:
            raise TableError(*faults)
        return frame

    def empty(self) -> pd.DataFrame:
        """Return the table with no rows."""
        names = pd.MultiIndex.from_tuples([], names=self.index) if len(self.index) > 1 else pd.Index([], dtype=object)
        frame = pd.DataFrame({c.name: pd.Series(dtype=_DTYPES[c.kind]) for c in self.columns}, index=names)
        return frame.rename_axis(list(self.index)) if len(self.index) > 1 else frame.rename_axis(self.index[0])

    def _columns(self, frame: pd.DataFrame) -> Iterable[Fault]:
        wanted = [c.name for c in self.columns if c.required]
        wanted += ["geometry"] if self.geometry != "none" and not self.bare else []
        for name in wanted:
            if name not in frame.columns:
                yield Fault("table_column", {"table": self.name, "column": name, "have": ", ".join(map(str, frame))})

    def _ids(self, frame: pd.DataFrame) -> Iterable[Fault]:
        twice = frame.index[frame.index.duplicated()].unique()
        if len(twice):
            yield Fault("table_ids", {"table": self.name, "ids": three(twice), "n": len(twice)})

    def _values(self, frame: pd.DataFrame) -> Iterable[Fault]:
        for column in self.columns:
            if column.name in frame.columns and len(bad := _broken(column, frame[column.name])):
                ids = three(frame.index[bad])
                yield Fault("table_value", {"table": self.name, "column": column.name, "ids": ids, "n": len(bad)})


_DTYPES = {"text": "object", "number": "float64", "count": "float64", "date": "datetime64[s]", "flag": "bool"}


def three(ids: Iterable[object]) -> str:
    """Return at most three ids, for a message."""
    listed = [str(i) for i in ids]
    return ", ".join(listed[:3]) + (" …" if len(listed) > 3 else "")


def _broken(column: Column, values: pd.Series) -> list[int]:
    """Return the positions that break the column's rule."""
    bad = pd.Series(data=False, index=range(len(values)))
    known = values.notna().to_numpy()
    if column.choices:
        bad |= ~values.isin(column.choices).to_numpy() & known
    if column.kind in ("number", "count") and not pd.api.types.is_numeric_dtype(values):
        bad |= pd.to_numeric(values, errors="coerce").isna().to_numpy() & known
    elif column.least is not None:
        bad |= (values < column.least).to_numpy() & known
    return list(bad.index[bad])


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

LINES = Table(
    name="lines",
    index=("line_id",),
    columns=(
        Column("units", required=True, note="the codes of the two units it divides, e.g. 320106;320111"),
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
        Column("responsible", note="code or name of the unit that cares for it"),
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
        Column("area_m2", "number", least=0),
        Column("place_id"),
        Column("responsible", note="the unit that is responsible; missing: not said"),
        Column("person", note="who answers for it there; missing: not said"),
        Column("origin", required=True, choices=ORIGINS),
    ),
    geometry="point",
)

NAMES_IN_USE = ("standard", "review", "to_rename", "approved")
NAME_STATUSES = (*NAMES_IN_USE, "renamed", "former")

NAMES = Table(
    name="names",
    index=("name_id",),
    columns=(
        Column("name", required=True, note="a record without a name"),
        Column("kind", note="class of the census, as people write it; missing: not classed"),
        Column("place_id", note="the unit it lies in; missing: not said"),
        Column("pinyin", note="as registered; missing: not spelt"),
        Column("status", choices=NAME_STATUSES, note="missing: a standard name in use"),
        Column("proposed", note="the name it shall get; missing: no change is proposed"),
        Column("irregular", note="大, 洋, 怪 or 重 in the clean-up's ledger; missing: not in it"),
        Column("former", note="former names, divided by 、; missing: none known"),
        Column("alias", note="other names, divided by 、"),
        Column("entity_id", note="the thing it names; missing: not said"),
        Column("protected", note="list of protected names it stands in (heritage, red …); missing: none"),
        Column("approval", note="number of the approval; missing: not known"),
        Column("named", "date", note="when it was given; missing: not known"),
        Column("applied", "date"),
        Column("approved", "date"),
        Column("built_up", note="the built-up area it lies in; missing: its county counts"),
        Column("named_after", note="the place or the name_id it takes its name from"),
        Column("area_m2", "number", least=0),
        Column("floor_m2", "number", least=0),
        Column("length_m", "number", least=0),
        Column("signs", "count", least=0, note="missing: not counted"),
        Column("sign", note="what its sign says"),
        Column("sign_pinyin"),
        Column("meaning"),
        Column("history"),
        Column("remark"),
    ),
    geometry="any",
    bare=True,
)

PROPERTIES = ("binding", "expected")

INDICATORS = Table(
    name="indicators",
    index=("indicator_id",),
    columns=(
        Column("name", required=True),
        Column("place_id", note="missing: the whole project"),
        Column("unit"),
        Column("property", choices=PROPERTIES, note="约束性 or 预期性; missing: not said"),
        Column("base", "number", note="missing: not said"),
        Column("base_year", "count", note="base is that of its end; missing: the way is not judged"),
        Column("target", "number", note="missing: no target, no status"),
        Column("year", "count", note="by whose end the target is to be reached"),
        Column("actual", "number", note="on the project's day; missing: not known"),
        Column("parts", note="ids of the indicators whose sum it is, divided by ;"),
        Column("part", note="with whole: the id, or the number, it is a share of, in its unit"),
        Column("whole", note="the id, or the number, of the whole"),
        Column("growth_of", note="the id of the indicator whose growth a year it is, in %"),
        Column("source"),
    ),
)

CLAIM_KINDS = ("sum", "ratio", "growth", "count")

CLAIMS = Table(
    name="claims",
    index=("claim_id",),
    columns=(
        Column("kind", required=True, choices=CLAIM_KINDS),
        Column("said", required=True, note="the figure as printed, without its unit"),
        Column("unit", note="%, ‰ or /万; missing: a plain number, of a count %"),
        Column("parts", note="sum: the summands as printed, divided by ;"),
        Column("part", note="ratio: as printed, 6.2万 is less exact than 62000"),
        Column("whole", note="ratio, count; missing: not said"),
        Column("start", note="growth"),
        Column("end", note="growth"),
        Column("years", "number", least=0, note="growth a year over so many years; missing: growth in all"),
        Column("most", "count", least=1, note="count: the largest whole it may be of; missing: 120"),
        Column("group", note="claims of one group are of one whole"),
        Column("text", note="the sentence it stands in"),
    ),
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

TABLES = (
    *(PLACES, FACILITIES, DEMAND, CANDIDATES, NAMES, *BORDER_TABLES, LINE_STOPS, INDICATORS, CLAIMS),
    *(NODES, EDGES, COVERAGE, GAPS, SITES, FINDINGS),
)
