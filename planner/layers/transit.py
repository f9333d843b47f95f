"""Public transport from whatever a planner has: GTFS feeds or a table of lines, become one `Timetable`."""

from collections.abc import Sequence
from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd

from ..errors import TableError
from .conform import Layer
from .gtfs import is_feed, read_feed
from .line_table import read_lines
from .timetable import Pattern, Timetable


def read_transit(layers: Sequence[Layer], *, on: date) -> Timetable:
    """Read GTFS feeds (.zip or folders) or one table of lines; several feeds run side by side.

    Args:
        layers: one a file; GTFS is WGS 84 by definition.
        on: the day of service, of feeds; a table of lines runs every day.

    Raises:
        MissingFileError, TableError: no such file, a broken rule, or no service on that day.
    """
    tables = [layer for layer in layers if not is_feed(layer.path)]
    if tables and len(layers) > 1:
        raise TableError("one_file", path=", ".join(str(layer.path) for layer in layers), layer="transit")
    if tables:
        return read_lines(tables[0])
    feeds = [read_feed(layer, on=on, prefix=f"{i}:" if len(layers) > 1 else "") for i, layer in enumerate(layers, 1)]
    return feeds[0] if len(feeds) == 1 else _side_by_side(feeds)


def _side_by_side(feeds: Sequence[Timetable]) -> Timetable:
    stops = gpd.GeoDataFrame(pd.concat([feed.stops for feed in feeds]), crs=feeds[0].stops.crs)
    starts = np.cumsum([0, *(len(feed.stops) for feed in feeds[:-1])])
    patterns = []
    for feed, start in zip(feeds, starts, strict=True):
        held = (feed.pattern(p) for p in range(len(feed.line)))
        patterns += [Pattern(**vars(one) | {"stops": one.stops + start}) for one in held]
    return Timetable.from_patterns(stops, patterns)
