"""The map as one page that needs no network: `write_map`, `map_html`.

folium and branca assemble it; Leaflet comes from XStatic and is written into the page. What is not bundled is refused.
"""

import base64
import json
import re
from importlib.resources import files
from pathlib import Path
from typing import Any

import branca.element
import folium
import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from jinja2 import Template

from .. import texts
from ..layers.crs import to_degrees
from ..pipeline import Study
from ..tables import SMALLEST_CELL
from . import style
from .areas import drawn_areas
from .canvas import extent
from .edits import scenario_mark, tell_edits
from .facts import Facts, ServiceFacts, gather
from .frames import communities_text, findings_table
from .located import full_names
from .pack import pack
from .plan_facts import PlanFacts
from .provenance import run_id
from .secret import open_lines, without_numbers
from .style import Words, number
from .system_layers import system_layers

_SIMPLIFY_M = 2.0
_COMMUNITIES = 5
_LEAFLET = "leaflet"
_PREFIX = re.compile(r"prefix:'<a href=\"https://leafletjs\.com\".*?Leaflet</a>\"", re.DOTALL)
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_URL = re.compile(r"url\(([^)]*)\)")


def write_map(study: Study, path: str | Path) -> Path:
    """Write the map of a study to `path`, one file that asks for no other, and return the path."""
    Path(path).write_text(map_html(study, gather(study)), encoding="utf-8")
    return Path(path)


def map_html(study: Study, facts: Facts) -> str:
    """Return the map's page.

    Raises:
        ValueError: a script or style that is not bundled.
    """
    base = folium.Map(tiles=None, zoom_control=True, zoom_snap=0.25, max_zoom=19, zoom_animation=True)
    base.default_js = [(_LEAFLET, "leaflet.js")]
    base.default_css = [("leaflet_css", "leaflet.css")]
    base.add_child(_Panel(_data(study, facts)))
    figure: Any = base.get_root()
    figure.title = (study.project.about.title or study.project.name) + scenario_mark(
        study, Words(study.project.language)
    )
    _name_ids(figure)
    figure.render()
    _inline(figure)
    html: str = figure._template.render(this=figure, kwargs={"embedded": True})  # noqa: SLF001  render() would begin anew
    return html.replace("<html>", f'<html lang="{_language(study)}">', 1)


def _language(study: Study) -> str:
    return "zh-CN" if study.project.language == "zh" else "en"


class _Panel(branca.element.MacroElement):
    """The side panel, the script and the data."""

    _template = Template(
        "{% macro header(this, kwargs) %}<style>{{ this.css }}</style>{% endmacro %}"
        '{% macro html(this, kwargs) %}<aside id="panel"></aside>{% endmacro %}'
        "{% macro script(this, kwargs) %}{{ this.js }}\n"
        "plannerMap({{ this._parent.get_name() }}, {{ this.data }});{% endmacro %}"
    )

    def __init__(self, data: dict[str, Any]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "panel"
        self.css = _asset("webmap.css")
        self.js = _asset("webmap.js")
        self.data = _json(data)


def _asset(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


def _json(data: Any) -> str:
    """Return JSON that may stand in a script: no end tag, no line separators."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.replace("</", "<\\/").replace("<!--", "<\\!--").replace("\u2028", "").replace("\u2029", "")


def _name_ids(figure: Any) -> None:
    """Give every element a fixed id instead of a random one, so that equal maps are equal bytes."""
    waiting, n = [figure], 0
    while waiting:
        element = waiting.pop(0)
        element._id = f"{n:02d}"  # noqa: SLF001  branca draws it at random
        waiting += list(element._children.values())  # noqa: SLF001
        n += 1


def _inline(figure: Any) -> None:
    """Put the bundled code into every link of the page.

    Raises:
        ValueError: a link to something that is not bundled.
    """
    links: list[Any] = list(figure.header._children.values())  # noqa: SLF001
    for link in links:
        if isinstance(link, branca.element.Link):
            code: Any = bundled(link.url)  # text: the bytes branca expects would print as b'...'
            link.code = code


def bundled(url: str) -> str:
    """Return the text of a bundled script or style, by the end of its address.

    Raises:
        ValueError: it is not bundled.
    """
    from xstatic.pkg import jquery, leaflet

    name = url.rsplit("/", 1)[-1]
    leaflet_dir = Path(leaflet.BASE_DIR)
    match name:
        case "leaflet.js":
            code = (leaflet_dir / name).read_text(encoding="utf-8")
            code, flags = _PREFIX.subn("prefix:!1", code)  # the default credit draws a national flag
            if flags != 1:
                raise ValueError("leaflet.js: the default attribution is not where it was")
            return code.replace("//# sourceMappingURL=leaflet.js.map", "")
        case "leaflet.css":
            code = _COMMENT.sub("", (leaflet_dir / name).read_text(encoding="utf-8"))  # comments hold addresses
            return _URL.sub(lambda m: _data_uri(leaflet_dir, m[1]), code)
        case "jquery.min.js":
            return (Path(jquery.BASE_DIR) / name).read_text(encoding="utf-8")
    raise ValueError(f"{url} is not bundled; the map would need a network")


def _data_uri(folder: Path, target: str) -> str:
    image = folder / target.strip("'\"")
    if not image.is_file():
        return "none"
    return f"url(data:image/png;base64,{base64.b64encode(image.read_bytes()).decode()})"


def _data(study: Study, facts: Facts) -> dict[str, Any]:
    """Return everything the page shows."""
    about, words = study.project.about, Words(study.project.language)
    return {
        "title": about.title or about.name,
        "subtitle": words("map_subtitle" if study.measured else "map_subtitle_checked") + scenario_mark(study, words),
        "edits": list(tell_edits(study)),
        "date": words("map_date", date=about.date.isoformat()),
        "run": words("map_run", run=run_id(study)),
        "sample": words("sample") if about.sample else "",
        "notice": words("notice"),
        "approval": words("map_approval", number=about.map_approval or "＿＿＿＿＿＿"),
        "attribution": about.attribution,
        "bounds": _bounds(study, facts),
        "words": {k: words(f"map_{k}") for k in _WORDS} | {"colon": words("colon"), "comma": words("clause")},
        "breaks": style.share_breaks(study.project.limits),
        "classes": style.class_labels(style.share_breaks(study.project.limits), words),
        "colours": style.SHARE_COLOURS,
        "style": {
            "none": style.NO_DATA,
            "gap": style.GAP,
            "site": style.SITE,
            "off": style.NOT_COUNTED,
            "area": style.AREA,
            "closed": style.CLOSED,
        },
        "streets": _streets(study),
        "places": _places(study, facts),
        "services": [_service(study, s, words) for s in facts.services],
        "systems": system_layers(study, facts),
        "measured": study.measured,
        "lines": _lines(study),
        "findings": None if study.findings is None else _findings(study, words),
    }


_WORDS = (
    *("search", "layers", "labels", "streets", "fill", "facilities", "gaps", "sites", "findings", "legend", "few"),
    *("covered", "nearest", "minutes", "people", "cause", "newly", "cost", "rank", "in_service", "off", "gap", "site"),
    *("no_match", "services", "no_data", "coverage", "communities", "reset", "print", "nominal", "areas", "year"),
    *("systems", "zone", "link", "round", "no_areas", "borders", "unlocated", "no_findings"),
)


def _bounds(study: Study, facts: Facts) -> list[list[float]]:
    west, south, east, north = extent(study, facts)
    lon, lat = to_degrees(np.array([west, east]), np.array([south, north]), crs=study.project.crs)
    return [[_degree(lat[0]), _degree(lon[0])], [_degree(lat[1]), _degree(lon[1])]]


def _degree(value: float) -> float:
    return round(float(value), 5)


def _value(value: Any, digits: int = 0) -> float | int | None:
    """Return a number as JSON takes it; missing is null."""
    if style.missing(value):
        return None
    return round(float(value), digits) if digits else round(float(value))


def _streets(study: Study) -> list[dict[str, Any]]:
    """Return one packed multi-line a class, the smallest streets first."""
    network = next(iter(study.networks.values()), None)
    if network is None:
        return []
    classes = np.array([style.street_class(h) for h in network.highway.tolist()])
    lines = shapely.simplify(network.lines, _SIMPLIFY_M)
    return [
        {
            "colour": style.STREET[kind],
            "weight": style.STREET_WIDTH[kind],
            "lines": pack(lines[classes == kind], crs=network.crs),
        }
        for kind in ("minor", "middle", "major")
        if (classes == kind).any()
    ]


def _lines(study: Study) -> str:
    """Return the border lines of a register that is not secret, packed."""
    lines = open_lines(study)
    parts = shapely.get_parts([] if lines is None else lines.geometry.to_numpy())
    parts = parts[(shapely.get_type_id(parts) == shapely.GeometryType.LINESTRING) & ~shapely.is_empty(parts)]
    return pack(parts, crs=study.project.crs) if len(parts) else ""


def _places(study: Study, facts: Facts) -> dict[str, Any]:
    """Return every place with a name, its rings, and where a label stands; leaves are those that are filled."""
    places = study.layers.places.sort_index()
    polygons = places.geometry[places.geometry.notna() & ~places.geometry.is_empty]
    parts, owner = shapely.get_parts(polygons.to_numpy(), return_index=True)
    solid = shapely.get_type_id(parts) == shapely.GeometryType.POLYGON
    rings, part = shapely.get_rings(parts[solid], return_index=True)
    position = places.index.get_indexer(polygons.index)
    inside = places.geometry.representative_point()
    labels = facts.places["label"].reindex(places.index)
    labels = labels.where(labels.notna(), inside)
    return {
        "names": full_names(places).tolist(),
        "short": [str(n) for n in places["name"]],
        "levels": [str(v) for v in places["level"]],
        "leaf": [int(i in facts.places.index) for i in places.index],
        "at": _label_degrees(labels, study.project.crs),
        "rings": pack(rings, crs=study.project.crs) if len(rings) else "",
        "owners": np.column_stack([position[owner[solid][part]], part]).ravel().tolist(),
    }


def _label_degrees(labels: pd.Series, crs: str) -> list[list[float] | None]:
    held = labels.notna().to_numpy()
    points = gpd.GeoSeries(labels[held], crs=crs)
    lon, lat = to_degrees(points.x.to_numpy(), points.y.to_numpy(), crs=crs)
    pairs = iter([[_degree(a), _degree(b)] for a, b in zip(lat, lon, strict=True)])
    return [next(pairs) if h else None for h in held]


def _service(study: Study, s: ServiceFacts, words: Words) -> dict[str, Any]:
    table = s.places.reindex(study.layers.places.sort_index().index)
    unit = words.unit(s.service.weight)
    return {
        "id": s.service.id,
        "name": s.service.name,
        "promise": words(f"promise_{s.service.mode}", minutes=number(s.service.standard_min)),
        "weight": words.name("weight", s.service.weight),
        "unit": unit,
        "legend": words(
            "map_share_of",
            service=s.service.name,
            promise=words(f"promise_{s.service.mode}", minutes=number(s.service.standard_min)),
            weight=words.name("weight", s.service.weight),
        ),
        "cutoff": words("beyond", cutoff=number(s.service.cutoff_min)) if len(s.facilities) else "—",
        "share": _value(s.coverage.share, 4) if s.coverage else None,
        "headline": words.share(s.coverage, unit) if s.coverage else "",
        "walks": [words("headline_walk", metres=number(w.metres), share=words.share(w.share, unit)) for w in s.walks],
        "nominal": words.share(s.nominal.share, words.name("level", s.nominal.level)) if s.nominal else "",
        "after": words("map_after", share=words.share(s.plan.after, unit)) if s.plan else "",
        "stats": _stats(table),
        "facilities": _points(s, words),
        "areas": drawn_areas(study, s.service.id),
        "gaps": _gaps(s, words, study.project.crs),
        "sites": _sites(s.plan, words, unit) if s.plan else [],
    }  # fmt: skip


def _stats(table: pd.DataFrame) -> list[list[float | int | None] | None]:
    """Return demand, covered, share and minutes of each place; nothing of a place that is not shown."""
    rows = table[["demand", "covered", "share", "nearest_min"]].to_numpy(dtype=float).tolist()
    return [None if style.missing(d) else [_value(d), _value(c), _value(x, 4), _value(m, 1)] for d, c, x, m in rows]


def _points(s: ServiceFacts, words: Words) -> list[list[Any]]:
    """Return facilities as lat, lon, name, in service or not, and why not."""
    rows: list[list[Any]] = []
    for frame, counts in ((s.not_counted, 0), (s.facilities, 1)):
        lon, lat = to_degrees(frame.geometry.x.to_numpy(), frame.geometry.y.to_numpy(), crs=str(frame.crs))
        status = frame["status"] if "status" in frame else pd.Series(None, index=frame.index, dtype=object)
        why = ["" if counts else words.name("facility", v) for v in status]
        rows += [
            [_degree(a), _degree(b), str(n), counts, w] for a, b, n, w in zip(lat, lon, frame["name"], why, strict=True)
        ]
    return rows


def _gaps(s: ServiceFacts, words: Words, crs: str) -> dict[str, Any]:
    """Return the gaps' outlines packed, and what is told of each."""
    table = s.gaps.shown if s.gaps else None
    if table is None or table.empty:
        return {"rings": "", "owners": [], "about": []}
    parts, owner = shapely.get_parts(table.geometry.to_numpy(), return_index=True)
    outer = shapely.get_exterior_ring(parts)
    held = ~shapely.is_missing(outer)
    about = [
        [str(r.name), _value(r.demand), words.minutes(r.nearest_min), words.name("cause", r.cause), int(r.rank)]
        for r in table[["name", "demand", "nearest_min", "cause", "rank"]].itertuples(index=False)
    ]
    return {"rings": pack(outer[held], crs=crs), "owners": owner[held].tolist(), "about": about}


def _sites(plan: PlanFacts, words: Words, unit: str) -> list[dict[str, Any]]:
    rows = []
    for _, r in plan.sites.iterrows():
        pairs = r["communities"] if isinstance(r["communities"], tuple) else ()
        rows.append(
            {
                "at": [_degree(r["lat_wgs84"]), _degree(r["lon_wgs84"])],
                "rank": int(r["rank"]),
                "name": str(r["name"]),
                "place": str(r["place"]),
                "year": _value(r["phase"]),
                "newly": _value(r["newly"]),
                "cost": texts.amount(words.language, r["cost"]) if r["cost"] == r["cost"] else "",
                "communities": communities_text(pairs, words, unit, most=_COMMUNITIES),
            }
        )
    return rows


def _findings(study: Study, words: Words) -> list[list[Any]]:
    """Return findings, the worst first, as lat, lon, severity, code, message and the word of the severity.

    Without a place: those of whole layers, of what is secret, and on fewer than five people.
    """
    table = without_numbers(findings_table(study), study)
    people = pd.to_numeric(table["people"])
    placed = table["lat_wgs84"].notna() & ~((table["layer"] == "demand") & ~(people >= SMALLEST_CELL))
    rows = zip(placed, table["lat_wgs84"], table["lon_wgs84"], table["severity"], table["code"], strict=True)
    marks = [words("accepted_mark", reason=a) if isinstance(a, str) and a else "" for a in table["accepted"]]
    told = table["message"].astype(str) + pd.Series(marks, index=table.index, dtype=object)
    return [
        [_degree(lat) if at else None, _degree(lon) if at else None, s, str(c), m, words.name("severity", s)]
        for (at, lat, lon, s, c), m in zip(rows, told, strict=True)
    ]
