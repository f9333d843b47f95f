"""Still maps for the report: coverage with its gaps, and the proposed sites. PNG, drawn by matplotlib."""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from ..pipeline import Study
from . import style
from .curves import draw_curve
from .facts import Facts, ServiceFacts
from .style import Words

Pictures = Mapping[str, bytes]
_CM = 1 / 2.54
_CURVE_CM = 5.6
_WIDE_CM = 15.6  # the text block of an official paper
_HIGH_CM = 10.4  # at most, so that two stand on one page
_LEGEND_CM = 4.3
_FOOT_CM = 0.5
_DPI = 160
_MOST_NAMES = 40
_RANKED = 10  # gaps with their number, as in the report's table
_MOST_EMPTY = 4.0  # times the box around the people; places larger than that leave them too small to see
_MARGIN = 0.03  # of the larger side, around the places


@dataclass(frozen=True, kw_only=True)
class _Sheet:
    """What all pictures of a run share: the extent in metres, the size in cm, the streets as pixels."""

    box: tuple[float, float, float, float]
    wide_cm: float
    high_cm: float
    streets: NDArray[np.uint8]


def draw(study: Study, facts: Facts) -> dict[str, bytes]:
    """Return the pictures by name: coverage.<service>; sites.<service> and curve.<service> for a plan."""
    import matplotlib as mpl

    font = style.chart_font()
    family = [font] if font else []
    with mpl.rc_context({"font.family": [*family, "DejaVu Sans"], "axes.unicode_minus": False, "font.size": 8}):
        sheet = _sheet(study, facts)
        pictures = {}
        for s in facts.services:
            if s.coverage is not None:
                pictures[f"coverage.{s.service.id}"] = _picture(study, facts, s, sheet, sites=False)
            if s.plan is not None:
                pictures[f"sites.{s.service.id}"] = _picture(study, facts, s, sheet, sites=True)
            if s.plan is not None and s.plan.grounds is not None:
                pictures[f"curve.{s.service.id}"] = _curve(study, s)
    return pictures


def _curve(study: Study, s: ServiceFacts) -> bytes:
    figure = _figure(_WIDE_CM, _CURVE_CM)
    draw_curve(figure, s, Words(style.chart_language(study.project.language)))
    return _png(figure)


def extent(study: Study, facts: Facts) -> tuple[float, float, float, float]:
    """Return west, south, east and north of what a map must show, in metres.

    The places where people live; the people themselves where their places reach far beyond them or have no polygons.
    """
    people = study.layers.demand.geometry.total_bounds
    lived_in = facts.places.geometry[facts.places.index.isin(study.layers.demand["place_id"])].dropna()
    places = lived_in.total_bounds if len(lived_in) else people
    west, south, east, north = places if _area(places) <= _MOST_EMPTY * _area(people) else people
    pad = _MARGIN * max(east - west, north - south, 1.0)
    return float(west - pad), float(south - pad), float(east + pad), float(north + pad)


def _area(box: NDArray[np.float64]) -> float:
    return float((box[2] - box[0]) * (box[3] - box[1]))


def _sheet(study: Study, facts: Facts) -> _Sheet:
    box = extent(study, facts)
    wide = _WIDE_CM - _LEGEND_CM
    high = min(max(wide * (box[3] - box[1]) / (box[2] - box[0]), 8.0), _HIGH_CM)
    box = _fitted(box, wide / high)
    return _Sheet(box=box, wide_cm=wide, high_cm=high, streets=_streets(study, box, wide, high))


def _fitted(box: tuple[float, float, float, float], ratio: float) -> tuple[float, float, float, float]:
    """Widen a box to the ratio of a picture."""
    west, south, east, north = box
    wide = max(east - west, (north - south) * ratio)
    high = wide / ratio
    x, y = (west + east) / 2, (south + north) / 2
    return x - wide / 2, y - high / 2, x + wide / 2, y + high / 2


def _figure(wide_cm: float, high_cm: float) -> Any:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(wide_cm * _CM, high_cm * _CM), dpi=_DPI)
    FigureCanvasAgg(figure)
    return figure


def _axes(figure: Any, at: tuple[float, float, float, float], box: tuple[float, float, float, float]) -> Any:
    axes = figure.add_axes(at)
    axes.set_xlim(box[0], box[2])
    axes.set_ylim(box[1], box[3])
    axes.set_aspect("auto")
    axes.set_xticks([])
    axes.set_yticks([])
    return axes


def _streets(study: Study, box: tuple[float, float, float, float], wide: float, high: float) -> NDArray[np.uint8]:
    """Draw the streets once; every picture lays the pixels over its colours."""
    from matplotlib.collections import LineCollection

    figure = _figure(wide, high)
    figure.patch.set_alpha(0)
    axes = _axes(figure, (0, 0, 1, 1), box)
    axes.set_axis_off()
    network = next(iter(study.networks.values()), None)
    if network is not None:
        classes = np.array([style.street_class(h) for h in network.highway.tolist()])
        inside = shapely.intersects(network.lines, shapely.box(*box))
        for kind in ("minor", "middle", "major"):
            lines = [shapely.get_coordinates(line) for line in network.lines[inside & (classes == kind)]]
            axes.add_collection(
                LineCollection(lines, colors=style.STREET[kind], linewidths=0.55 * style.STREET_WIDTH[kind], alpha=0.75)
            )
    figure.canvas.draw()
    pixels: NDArray[np.uint8] = np.asarray(figure.canvas.buffer_rgba()).copy()
    return pixels


def _picture(study: Study, facts: Facts, s: ServiceFacts, sheet: _Sheet, *, sites: bool) -> bytes:
    words = Words(style.chart_language(study.project.language))
    high = sheet.high_cm + _FOOT_CM
    figure = _figure(_WIDE_CM, high)
    at = (0.001, _FOOT_CM / high, sheet.wide_cm / _WIDE_CM, sheet.high_cm / high - 0.001)
    axes = _axes(figure, at, sheet.box)
    for spine in axes.spines.values():
        spine.set(color="#777777", linewidth=0.6)
    _shares(axes, study, facts, s, alpha=0.45 if sites else 0.85)
    west, south, east, north = sheet.box
    axes.imshow(sheet.streets, extent=(west, east, south, north), aspect="auto", interpolation="nearest", zorder=2)
    _borders(axes, study)
    _gaps(axes, s)
    _facilities(axes, s)
    if sites:
        _sites(axes, s)
    else:
        _ranks(axes, s)
    _names(axes, study, facts)
    _scale_bar(axes, sheet.box)
    _legend(figure, study, s, words, sites=sites)
    _foot(figure, study, words, high)
    return _png(figure)


def _shares(axes: Any, study: Study, facts: Facts, s: ServiceFacts, *, alpha: float) -> None:
    """Fill the smallest places by share; places without polygons become circles amid their people."""
    breaks = style.share_breaks(study.project.limits)
    classes = [style.share_class(x, breaks) for x in s.places["share"].reindex(facts.places.index)]
    colours = np.array([style.NO_DATA if c is None else style.SHARE_COLOURS[c] for c in classes])
    drawn = facts.places.geometry.notna().to_numpy()
    _fill(axes, facts.places.geometry[drawn], colours[drawn].tolist(), alpha=alpha)
    bare = facts.places[~drawn]
    bare = bare[bare["label"].notna()]
    if len(bare):
        points = gpd.GeoSeries(bare["label"], crs=facts.places.crs)
        chosen = colours[facts.places.index.get_indexer(bare.index)]
        axes.scatter(points.x, points.y, s=60, c=chosen, edgecolors="#555555", linewidths=0.4, alpha=alpha, zorder=1.5)


def _fill(axes: Any, shapes: gpd.GeoSeries, colours: Any, *, alpha: float, **how: Any) -> None:
    from matplotlib.collections import PathCollection

    paths = [_path(shape) for shape in shapes]
    drawn: dict[str, Any] = {"edgecolors": "#ffffff", "linewidths": 0.3, "zorder": 1} | how
    axes.add_collection(PathCollection(paths, facecolors=colours, alpha=alpha, **drawn))


def _path(shape: Any) -> Any:
    """Return a polygon with its holes as one path."""
    from matplotlib.path import Path

    rings = [
        np.asarray(ring.coords)[:, :2]
        for part in shapely.get_parts(shape)
        if part.geom_type == "Polygon"
        for ring in (part.exterior, *part.interiors)
    ]
    return Path.make_compound_path(*(Path(ring, closed=True) for ring in rings)) if rings else Path(np.empty((0, 2)))


def _borders(axes: Any, study: Study) -> None:
    """Draw the outlines of towns and what is above them."""
    places = study.layers.places
    for level, width in (("town", 0.5), ("county", 1.0), ("city", 1.2)):
        shapes = places.geometry[(places["level"] == level) & places.geometry.notna()]
        if len(shapes):
            _fill(axes, shapes, "none", alpha=1, edgecolors="#4a4a4a", linewidths=width, zorder=3)


def _gaps(axes: Any, s: ServiceFacts) -> None:
    if s.gaps is not None and len(s.gaps.shown):
        _fill(
            axes,
            s.gaps.shown.geometry,
            "none",
            alpha=1,
            edgecolors=style.GAP,
            linewidths=1.0,
            zorder=4,
            linestyles="--",
        )


def _ranks(axes: Any, s: ServiceFacts) -> None:
    """Number the gaps that the report lists."""
    from matplotlib import patheffects

    halo = [patheffects.withStroke(linewidth=2, foreground="white")]
    table = s.gaps.shown.head(_RANKED) if s.gaps is not None else None
    for row in table.itertuples() if table is not None else ():
        point = row.geometry.representative_point()
        axes.text(
            point.x, point.y, str(row.rank), color=style.GAP, ha="center", va="center_baseline",
            fontsize=8, weight="bold", zorder=7, path_effects=halo,
        )  # fmt: skip


def _facilities(axes: Any, s: ServiceFacts) -> None:
    if len(s.not_counted):
        points = s.not_counted.geometry
        axes.scatter(points.x, points.y, s=14, marker="x", c=style.NOT_COUNTED, linewidths=1, zorder=5)
    points = s.facilities.geometry
    axes.scatter(points.x, points.y, s=17, c=style.FACILITY, edgecolors=style.FACILITY_EDGE, linewidths=0.9, zorder=6)


def _sites(axes: Any, s: ServiceFacts) -> None:
    assert s.plan is not None
    sites = s.plan.sites
    points = sites.geometry
    axes.scatter(points.x, points.y, s=120, marker="o", c=style.SITE, edgecolors="white", linewidths=1, zorder=8)
    for x, y, rank in zip(points.x, points.y, sites["rank"], strict=True):
        axes.text(
            x, y, str(rank), color="white", ha="center", va="center_baseline", fontsize=7.5, zorder=9, weight="bold"
        )


def _names(axes: Any, study: Study, facts: Facts) -> None:
    """Write the names of the highest level with several units."""
    from matplotlib import patheffects

    halo = [patheffects.withStroke(linewidth=2.2, foreground="white")]
    units = study.layers.places.loc[facts.parts.index]
    if len(units) > _MOST_NAMES:
        return
    for name, point in zip(units["name"], units.geometry.representative_point(), strict=True):
        if point is not None and not point.is_empty:
            text = style.drawable(str(name))
            axes.text(point.x, point.y, text, ha="center", va="center", fontsize=8.5, zorder=7, path_effects=halo)


def _scale_bar(axes: Any, box: tuple[float, float, float, float]) -> None:
    from matplotlib import patheffects

    wide = box[2] - box[0]
    length = max(n * 10**k for k in range(1, 6) for n in (1, 2, 5) if n * 10**k <= wide / 4)
    x, y = box[0] + 0.03 * wide, box[1] + 0.025 * (box[3] - box[1])
    halo = [patheffects.withStroke(linewidth=3, foreground="white")]
    axes.plot(
        [x, x + length], [y, y], color="#111111", linewidth=2.2, solid_capstyle="butt", zorder=10, path_effects=halo
    )
    text = f"{length // 1000} km" if length >= 1000 else f"{length} m"
    axes.text(
        x + length / 2, y + 0.008 * wide, text, ha="center", va="bottom", fontsize=7, zorder=10, path_effects=halo
    )


def _legend(figure: Any, study: Study, s: ServiceFacts, words: Words, *, sites: bool) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    filled = bool(s.places["share"].notna().any())
    labels = style.class_labels(style.share_breaks(study.project.limits), words)
    shares = [Patch(facecolor=c, label=t) for c, t in zip(style.SHARE_COLOURS, labels, strict=True)][::-1]
    blank = [Line2D([], [], linestyle="none", label=" ")]
    point: dict[str, Any] = {"linestyle": "none", "markersize": 5}
    signs: list[Any] = [Line2D([], [], marker="o", mfc="w", mec="k", label=words("legend_facility"), **point)]
    if len(s.not_counted):
        signs.append(Line2D([], [], marker="x", mec=style.NOT_COUNTED, label=words("legend_not_counted"), **point))
    if s.gaps is not None and len(s.gaps.shown):
        signs.append(
            Line2D(
                [],
                [],
                color=style.GAP,
                linestyle="--",
                linewidth=1,
                label=words("legend_gap" if sites else "legend_gap_rank"),
            )
        )
    if sites:
        signs.append(Line2D([], [], marker="o", color=style.SITE, label=words("legend_site"), linestyle="none"))
    left = 1 - (_LEGEND_CM - 0.2) / _WIDE_CM
    name = style.drawable(s.service.name, instead=s.service.id)
    title = words("legend_share", service=name, weight=words.name("weight", s.service.weight))
    figure.legend(
        handles=[*shares, *blank, *signs] if filled else signs,
        title=title if filled else name, title_fontsize=8, fontsize=7.5, loc="upper left", bbox_to_anchor=(left, 0.995),
        frameon=False, borderpad=0, alignment="left", labelspacing=0.55,
    )  # fmt: skip


def _foot(figure: Any, study: Study, words: Words, high: float) -> None:
    about = study.project.about
    y = 0.12 / high
    figure.text(
        0.002,
        y,
        style.drawable(about.attribution, instead="© OpenStreetMap contributors, ODbL"),
        fontsize=6.5,
        color="#444444",
    )
    mark = words("sample") if about.sample else ""
    figure.text(0.998, y, mark, fontsize=7.5, color="#b00020", ha="right", weight="bold")


def _png(figure: Any) -> bytes:
    """Return the picture with 128 colours: a third of the size, and nobody sees it."""
    from PIL import Image

    figure.canvas.draw()
    pixels = Image.fromarray(np.asarray(figure.canvas.buffer_rgba())).convert("RGB")
    result = io.BytesIO()
    pixels.quantize(128, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(
        result, "PNG", dpi=(_DPI, _DPI)
    )
    return result.getvalue()
