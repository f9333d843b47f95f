"""The three-level atlas of place names as one offline page: city, district and street sheets, and an index."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from jinja2 import Environment

from ..names import letters_only
from ..pipeline import Study
from .provenance import planner_version
from .registers import listed, worded
from .style import Words

WIDTH, HEIGHT, EDGE = 960.0, 660.0, 24.0  # of a sheet, in pixels
COLUMNS, ROWS = 8, 6  # of its grid, by which the index finds a name
LETTER = 12.0  # a label's size in pixels
LINE = 15.0  # from one line of labels to the next
SIGN = 3.0  # half a sign, which no label covers
LEVELS = ("city", "county", "town")
_MOST_LABELS = {"city": 120, "county": 250, "town": 400}
_SYMBOLS = {
    **dict.fromkeys(("division", "committee", "settlement"), "place"),
    **dict.fromkeys(("street", "transport"), "way"),
    **dict.fromkeys(("compound", "building", "unit", "area", "facility"), "built"),
    **dict.fromkeys(("water", "terrain", "sea"), "nature"),
    "scenic": "scenic",
}


@dataclass(frozen=True, kw_only=True)
class _View:
    """How metres become pixels of one sheet."""

    west: float
    north: float
    scale: float

    def pixels(self, xy: Any) -> Any:
        """Return pixels of coordinates, two columns each."""
        return np.column_stack(
            [(xy[:, 0] - self.west) * self.scale + EDGE, (self.north - xy[:, 1]) * self.scale + EDGE]
        )


def atlas_html(study: Study) -> str:
    """Return the atlas. A sheet shows the units below its own, and the names in it; it asks for no other file."""
    words = Words(study.project.language)
    plain = listed(study)
    names = worded(plain, words).assign(code=lambda f: f["place_id"])
    names = names.assign(symbol=_symbols(plain), point=_points(study, names.index))
    sheets = list(_sheets(study, names, words))
    source = files(__package__).joinpath("atlas.html.j2").read_text(encoding="utf-8")
    template = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True).from_string(source)
    about = study.project.about
    marks = ([words("sample")] if about.sample else []) + [words("notice")]
    return template.render(
        language=study.project.language,
        title=about.title,
        words=words,
        marks=marks,
        date=about.date.isoformat(),
        approval=about.map_approval,
        attribution=about.attribution,
        version=planner_version(),
        sheets=sheets,
        index=list(_index(names, sheets)),
        legend=dict.fromkeys([*_SYMBOLS.values(), "red", "heritage"]),
        size=(WIDTH, HEIGHT),
    )


def _symbols(names: pd.DataFrame) -> list[str]:
    """Return the sign of each name: protected ones have their own, red ones a star."""
    signs = []
    for kind, kept in zip(names["kind"], names["protected"], strict=True):
        red = isinstance(kept, str) and ("红色" in kept or kept == "red")
        signs.append("red" if red else "heritage" if isinstance(kept, str) else _SYMBOLS.get(str(kind), "built"))
    return signs


def _points(study: Study, ids: pd.Index) -> list[Any]:
    """Return a point of each name in the project CRS; None where it has no geometry."""
    names = study.layers.names
    if names is None or "geometry" not in names:
        return [None] * len(ids)
    shapes = names["geometry"].reindex(ids).to_numpy()
    return [None if shape is None or shapely.is_empty(shape) else shapely.point_on_surface(shape) for shape in shapes]


def _sheets(study: Study, names: pd.DataFrame, words: Words) -> Iterator[dict[str, Any]]:
    places = study.layers.places
    chains = {code: _chain(code, places) for code in names["code"].unique()}
    for level in LEVELS:
        for code, row in places[places["level"] == level].sort_index().iterrows():
            inside = names[[str(code) in chains[c] for c in names["code"]]]
            if len(inside):
                yield _sheet(str(code), row, inside, places, words)


def _chain(code: str, places: pd.DataFrame) -> tuple[str, ...]:
    """Return a code and all above it: by the places, and by the digits where they end."""
    parents = places["parent_id"].to_dict() if "parent_id" in places else {}
    chain, here = [code], parents.get(code)
    while isinstance(here, str) and here not in chain:
        chain.append(here)
        here = parents.get(here)
    digits = [c for c in (code[:9], code[:6], code[:4] + "00") if code.isdigit() and len(c) < len(code) + 3]
    return (*chain, *digits)


def _sheet(code: str, row: Any, inside: pd.DataFrame, places: gpd.GeoDataFrame, words: Words) -> dict[str, Any]:
    below = places[places["parent_id"] == code] if "parent_id" in places else places.iloc[:0]
    shapes = [s for s in (row.get("geometry"), *below.get("geometry", [])) if s is not None]
    placed = inside[inside["point"].notna()]
    view = _view([*shapes, *placed["point"]])
    drawn: dict[str, Any] = {"paths": [], "signs": [], "labels": [], "grid": {}}
    if view is not None:
        pixels = view.pixels(shapely.get_coordinates(placed["point"].to_numpy())) if len(placed) else np.empty((0, 2))
        drawn["paths"] = [_path(s, view) for s in shapes]
        drawn["signs"] = [
            {"x": x, "y": y, "sign": s} for (x, y), s in zip(pixels.round(1), placed["symbol"], strict=True)
        ]
        drawn["labels"] = _labels(placed, pixels, _units(below, view), _MOST_LABELS[row["level"]])
        drawn["grid"] = {i: _cell(x, y) for i, (x, y) in zip(placed.index, pixels, strict=True)}
    kinds = inside["kind"].value_counts().sort_index()
    return {
        "code": code,
        "name": row["name"],
        "level": words.name("level", row["level"]),
        "depth": LEVELS.index(row["level"]),
        "count": len(inside),
        "placed": len(placed),
        "kinds": [(kind, int(n)) for kind, n in kinds.items()],
        "children": [(str(i), n) for i, n in below["name"].items()],
        **drawn,
    }


def _view(shapes: Sequence[Any]) -> _View | None:
    if not shapes:
        return None
    west, south, east, north = shapely.total_bounds(np.array(shapes, dtype=object))
    wide, high = max(east - west, 100.0), max(north - south, 100.0)
    scale = min((WIDTH - 2 * EDGE) / wide, (HEIGHT - 2 * EDGE) / high)
    return _View(
        west=west - (WIDTH - 2 * EDGE - wide * scale) / 2 / scale,
        north=north + (HEIGHT - 2 * EDGE - high * scale) / 2 / scale,
        scale=scale,
    )


def _path(shape: Any, view: _View) -> str:
    """Return a polygon's rings as an SVG path, thinned to half a pixel."""
    thin = shapely.simplify(shape, 0.5 / view.scale)
    rings = [
        r for part in shapely.get_parts(thin) if part.geom_type == "Polygon" for r in (part.exterior, *part.interiors)
    ]
    lines = (view.pixels(shapely.get_coordinates(r)).round(1) for r in rings)
    return " ".join("M" + "L".join(f"{x:g},{y:g}" for x, y in line) + "Z" for line in lines)


def _units(below: gpd.GeoDataFrame, view: _View) -> list[tuple[str, float, float]]:
    """Return the names of the units below, with where they are written."""
    if "geometry" not in below:
        return []
    held = below[below["geometry"].notna()]
    if held.empty:
        return []
    pixels = view.pixels(shapely.get_coordinates(shapely.point_on_surface(held["geometry"].to_numpy())))
    return [(name, float(x), float(y)) for name, (x, y) in zip(held["name"], pixels, strict=True)]


def _labels(
    placed: pd.DataFrame, pixels: Any, units: list[tuple[str, float, float]], most: int
) -> list[dict[str, Any]]:
    """Return labels that cover neither each other nor a sign: protected names first, then units, then the others."""
    taken = [(float(x) - SIGN, float(y) - SIGN, float(x) + SIGN, float(y) + SIGN) for x, y in pixels]
    labels: list[dict[str, Any]] = []
    kept = placed["symbol"].isin(["red", "heritage"]).to_numpy()
    for at in np.flatnonzero(kept):
        _beside(labels, taken, placed.iloc[at], pixels[at])
    for name, x, y in units:
        tries = ((x, y), (x, y + 18), (x, y - 18))
        any(_put(labels, taken, text=name, x=a, y=b, size=LETTER + 2, css="unit", anchor="middle") for a, b in tries)
    for at in np.flatnonzero(~kept)[: most * 3]:
        if len(labels) < most:
            _beside(labels, taken, placed.iloc[at], pixels[at])
    return labels


def _beside(labels: list[dict[str, Any]], taken: list[Any], name: Any, xy: Any) -> None:
    """Write a name right or left of its sign, else a line lower or higher: names of one spot stand below each other."""
    x, y = xy
    for line in (4.0, 4.0 + LINE, 4.0 - LINE):
        for at, anchor in ((x + 6, "start"), (x - 6, "end")):
            if _put(labels, taken, text=name["name"], x=at, y=y + line, size=LETTER, css=name["symbol"], anchor=anchor):
                return


def _put(labels: list[dict[str, Any]], taken: list[Any], **label: Any) -> bool:
    """Add a label where its box is free and on the sheet; say whether it was."""
    wide = label["size"] * len(label["text"])
    left = label["x"] - wide * {"start": 0.0, "middle": 0.5, "end": 1.0}[label["anchor"]]
    box = (left, label["y"] - label["size"], left + wide, label["y"] + 2)
    clash = any(box[0] < t[2] and t[0] < box[2] and box[1] < t[3] and t[1] < box[3] for t in taken)
    free = not clash and box[0] >= 0 and box[2] <= WIDTH and box[1] >= 0 and box[3] <= HEIGHT
    if free:
        taken.append(box)
        labels.append(label | {"x": round(float(label["x"]), 1), "y": round(float(label["y"]), 1)})
    return free


def _cell(x: float, y: float) -> str:
    """Return the cell of the grid: A1 is the upper left one."""
    column, row = int(x / WIDTH * COLUMNS), int(y / HEIGHT * ROWS)
    return f"{'ABCDEFGH'[min(max(column, 0), COLUMNS - 1)]}{min(max(row, 0), ROWS - 1) + 1}"


def _index(names: pd.DataFrame, sheets: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield the index by first letter: every name with its pinyin, class, and its lowest sheet and cell."""
    lowest: dict[Any, tuple[str, str, str]] = {}
    for sheet in sheets:  # city sheets first, so that the last one written is the lowest
        for name_id in sheet["grid"]:
            lowest[name_id] = (sheet["code"], sheet["name"], sheet["grid"][name_id])
    ordered = names.assign(_said=names["pinyin"].map(letters_only)).sort_values(["_said", "name"])
    letters = ordered["_said"].str[:1].str.upper()
    for letter, group in ordered.groupby(letters.where(letters.str.isalpha(), "#"), sort=True):
        entries = [
            {"name": r.name_, "pinyin": r.pinyin, "kind": r.kind, "place": r.place, "sheet": lowest.get(r.id_)}
            for r in group.assign(name_=group["name"], id_=group.index).itertuples()
        ]
        yield {"letter": letter, "entries": entries}
