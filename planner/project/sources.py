"""The files a project reads: where they are, their datum, what their columns are called."""

import datetime as dt
import re
from typing import Any, Literal

from pydantic import Field, PositiveFloat, field_validator
from pydantic_core import PydanticCustomError

from .. import presets
from .strict import Strict

TransitTime = Literal["door_to_door", "in_vehicle", "timetable"]
Repair = Literal["node_crossings", "close_gaps", "drop_duplicates"]
_CLOCK = re.compile(r"^([01]?\d|2\d):[0-5]\d$")


class Source(Strict):
    """A file with its datum and the names its columns have: ours = theirs."""

    path: tuple[str, ...] = Field(min_length=1)
    datum: str | None = None
    columns: dict[str, str] = Field(default_factory=dict)
    sheet: str | None = None

    @field_validator("path", mode="before")
    @classmethod
    def _several(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else value


class Streets(Source):
    """The streets, the csv that corrects their tags (way_id, key, value, reason), and what to mend in their drawing.

    `points`: gates (`barrier`, and whom they let pass), signals (`highway = traffic_signals` or `crossing`) and heights
    (`ele`) on the vertices of streets that do not come from .osm or .osm.pbf, which carry them.
    `repair`: node_crossings splits streets where they cross on one level, close_gaps joins ends that stop within
    `close_gaps_m` metres of another street, drop_duplicates drops what is drawn twice. Every edit is listed in
    tables/street_edits.csv.
    """

    corrections: str | None = None
    points: Source | None = None
    repair: tuple[Repair, ...] = ()
    close_gaps_m: float = Field(default=presets.load("streets")["doctor"]["gap_m"]["value"], gt=0, le=20)

    @field_validator("points", mode="before")
    @classmethod
    def _path(cls, value: Any) -> Any:
        return {"path": value} if isinstance(value, str) else value


class Gazetteer(Source):
    """The register of place names, the year of the ordinance whose scopes hold, and the project's own word lists.

    `words` is a csv of list, word, kinds, admin, source: it extends the lists of presets/name_words.csv, and holds
    those that are never shipped (leader, protected).
    """

    law: Literal["2022", "1986"] = "2022"
    words: str | None = None


class TransitSource(Source):
    """Public transport: one table of lines, or GTFS feeds (zip or folder).

    Headways are counted in the window of the day.

    `date`: the day of service of a feed; left out: the project's. `transit_time`: which minutes count for services by
    transit; `stop_walk_m` limits each walk beside a ride in the readings in_vehicle and timetable, `departures` are
    those of timetable.
    """

    date: dt.date
    window: tuple[str, str]
    transit_time: TransitTime
    stop_walk_m: PositiveFloat
    departures: int = Field(default=12, ge=1)

    @field_validator("window")
    @classmethod
    def _in_order(cls, value: tuple[str, str]) -> tuple[str, str]:
        if not all(_CLOCK.match(clock) for clock in value) or _minutes(value[0]) >= _minutes(value[1]):
            raise PydanticCustomError("window", "window")
        return value

    @property
    def minutes(self) -> tuple[float, float]:
        """The window in minutes after midnight."""
        return _minutes(self.window[0]), _minutes(self.window[1])


def _minutes(clock: str) -> float:
    hours, minutes = clock.split(":")
    return 60.0 * int(hours) + int(minutes)
