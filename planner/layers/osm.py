"""Streets out of OpenStreetMap's own files, .osm and .osm.pbf: ways, and the gates, signals and heights on them."""

import re
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from ..errors import TableError
from .parts import SPOT_TAGS, TAGS, Parts, is_street, with_ferries

_NOWHERE = "x999y999"  # what a node without a place is read as
_OPL_CODE = re.compile(r"%([0-9a-f]+)%")


def from_osm(path: Path) -> Parts:
    """Read ways with a highway tag or route=ferry, and nodes with tags of `SPOT_TAGS`; node ids are the vertex keys."""
    lines = _as_lines(path)
    fields = [line.split(" ") for line in lines if line[0] == "w"]
    points = [line.split(" ", 2)[:2] for line in lines if line[0] == "n"]
    tags = with_ferries(_tags_told([told for _, told, _ in fields], TAGS))
    drawn = [nodes[1:] for _, _, nodes in fields]
    numbers = ",".join(drawn).replace("xy", _NOWHERE).replace("x", ",").replace("y", ",").replace("n", "")
    flat = np.fromstring(numbers, sep=",").reshape(-1, 3)
    way = np.repeat(np.arange(len(fields)), [nodes.count(",") + 1 for nodes in drawn])
    known = flat[:, 1] <= 180
    counts = np.bincount(way[known], minlength=len(fields))
    kept = (counts > 1) & is_street(tags["highway"]).to_numpy()
    flat = flat[known & kept[way]]
    return Parts(
        way_id=[line[0][1:] for line, keep in zip(fields, kept, strict=True) if keep],
        tags=tags[kept],
        counts=counts[kept],
        key=flat[:, 0].astype(np.int64),
        xy=flat[:, 1:],
        datum="wgs84",
        spots=_tags_told([told for _, told in points], SPOT_TAGS),
        spot_key=np.array([int(ref[1:]) for ref, _ in points], dtype=np.int64),
    )


def _as_lines(path: Path) -> list[str]:
    """Let osmium write streets as text, a line each ("w1 Thighway=path Nn1x8.1y47.2,n2x8.2y47.3"), and tagged nodes.

    Nothing but C++ touches the other nodes then: one line a way in Python instead of one object a node.
    Source: OPL file format manual, osmcode.org; a node without a place says "xy".
    """
    import osmium

    with tempfile.TemporaryDirectory() as beside:
        out = Path(beside) / "streets"
        told = osmium.io.File(str(out), "opl,add_metadata=none,locations_on_ways=true")
        places = osmium.NodeLocationsForWays(osmium.index.create_map("flex_mem"))
        places.ignore_errors()
        kept = osmium.filter.KeyFilter("highway", "route"), osmium.filter.KeyFilter("barrier", "highway", "ele")
        kept[0].enable_for(osmium.osm.WAY)
        kept[1].enable_for(osmium.osm.NODE)
        try:
            with osmium.io.Reader(str(path), osmium.osm.NODE | osmium.osm.WAY) as file, osmium.SimpleWriter(told) as to:
                osmium.apply(file, places, *kept, to)
        except RuntimeError as error:
            raise TableError("unreadable", path=path, detail=error) from error
        text = out.read_text(encoding="utf-8")
    # a way without nodes has a field less
    return [line for line in text.split("\n") if line[:1] == "n" or line.count(" ") == 2]


def _tags_told(told: Sequence[str], names: Sequence[str]) -> pd.DataFrame:
    """Return the named tags of lines such as "Thighway=path,name=A%20%B", "" where one is absent."""
    columns = {tag: [""] * len(told) for tag in names}
    for i, tags in enumerate(told):
        for pair in tags[1:].split(","):
            key, _, value = pair.partition("=")
            key = _plain(key) if "%" in key else key
            if key in columns:
                columns[key][i] = _plain(value) if "%" in value else value
    return pd.DataFrame(columns, dtype=object)


def _plain(value: str) -> str:
    return _OPL_CODE.sub(lambda code: chr(int(code[1], 16)), value)
