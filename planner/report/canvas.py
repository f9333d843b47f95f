"""What all still maps share: the sheet with its streets, outlines, names, scale bar and foot."""

import io
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS

from ..layers.crs import transformer
from ..pipeline import Study
from . import style
from .facts import Facts
from .secret import open_findings, open_lines
from .style import Words

WIDE_CM = 15.6  # the text block of an official paper
LEGEND_CM = 4.3
FOOT_CM = 0.5
_CM = 1 / 2.54
_HIGH_CM = 10.4  # at most, so that two stand on one page
_DPI = 160
_MOST_NAMES = 40
_MOST_EMPTY = 4.0  # times the box around the people; places larger than that leave them too small to see
_MARGIN = 0.03  # of the larger side, around the places
_LEAST_M = 50.0  # around a single point


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """What all pictures of a run share: the extent in metres, the size in cm, the streets as pixels."""

    box: tuple[float, float, float, float]
    wide_cm: float
    high_cm: float
    streets: NDArray[np.uint8]


def extent(study: Study, facts: Facts) -> tuple[float, float, float, float]:
    """Return west, south, east and north of what a map must show, in metres.

    The places where people live; the people themselves where their places reach far beyond them or have no polygons.
    Where nothing was measured all places; without polygons what there is else, but nothing that is secret.
    """
    west, south, east, north = _measured(study, facts) if study.measured else _checked(study)
    pad = max(_MARGIN * max(east - west, north - south), _LEAST_M)
    return float(west - pad), float(south - pad), float(east + pad), float(north + pad)


def _measured(study: Study, facts: Facts) -> NDArray[np.float64]:
    people = study.layers.demand.geometry.total_bounds
    lived_in = facts.places.geometry[facts.places.index.isin(study.layers.demand["place_id"])].dropna()
    places: NDArray[np.float64] = lived_in.total_bounds if len(lived_in) else people
    return places if _area(places) <= _MOST_EMPTY * _area(people) else people


def _checked(study: Study) -> NDArray[np.float64]:
    """Return the bounds of the places, else of people, facilities, names, open lines and findings, else of streets."""
    layers = study.layers
    tables = [layers.demand, layers.facilities, layers.names, open_lines(study), open_findings(study)]
    for held in ([layers.places], tables):
        shapes = [t.geometry for t in held if t is not None and "geometry" in t and t.geometry.notna().any()]
        if shapes:
            boxes = np.array([s.total_bounds for s in shapes])
            return np.concatenate([np.nanmin(boxes[:, :2], axis=0), np.nanmax(boxes[:, 2:], axis=0)])
    if len(layers.streets):
        return np.array(layers.streets.bounds)
    used = CRS(study.project.crs).area_of_use
    world = (-180.0, -80.0, 180.0, 80.0) if used is None else used.bounds
    return np.array(transformer(4326, study.project.crs).transform_bounds(*world))


def _area(box: NDArray[np.float64]) -> float:
    return float((box[2] - box[0]) * (box[3] - box[1]))


def sheet_of(study: Study, facts: Facts) -> Sheet:
    """Return the sheet of a run, its streets drawn."""
    box = extent(study, facts)
    wide = WIDE_CM - LEGEND_CM
    high = min(max(wide * (box[3] - box[1]) / (box[2] - box[0]), 8.0), _HIGH_CM)
    box = _fitted(box, wide / high)
    return Sheet(box=box, wide_cm=wide, high_cm=high, streets=_streets(study, box, wide, high))


def _fitted(box: tuple[float, float, float, float], ratio: float) -> tuple[float, float, float, float]:
    """Widen a box to the ratio of a picture."""
    west, south, east, north = box
    wide = max(east - west, (north - south) * ratio)
    high = wide / ratio
    x, y = (west + east) / 2, (south + north) / 2
    return x - wide / 2, y - high / 2, x + wide / 2, y + high / 2


def figure_of(wide_cm: float, high_cm: float) -> Any:
    """Return an empty picture of a size."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(wide_cm * _CM, high_cm * _CM), dpi=_DPI)
    FigureCanvasAgg(figure)
    return figure


def axes_of(figure: Any, at: tuple[float, float, float, float], box: tuple[float, float, float, float]) -> Any:
    """Return axes in metres at a part of the picture."""
    axes = figure.add_axes(at)
    axes.set_xlim(box[0], box[2])
    axes.set_ylim(box[1], box[3])
    axes.set_aspect("auto")
    axes.set_xticks([])
    axes.set_yticks([])
    return axes


def opened(sheet: Sheet) -> tuple[Any, Any]:
    """Return a new picture with the map's frame, and its axes."""
    high = sheet.high_cm + FOOT_CM
    figure = figure_of(WIDE_CM, high)
    at = (0.001, FOOT_CM / high, sheet.wide_cm / WIDE_CM, sheet.high_cm / high - 0.001)
    axes = axes_of(figure, at, sheet.box)
    for spine in axes.spines.values():
        spine.set(color="#777777", linewidth=0.6)
    return figure, axes


def lay_streets(axes: Any, sheet: Sheet) -> None:
    """Lay the streets over what is drawn."""
    west, south, east, north = sheet.box
    axes.imshow(sheet.streets, extent=(west, east, south, north), aspect="auto", interpolation="nearest", zorder=2)


def legend_at() -> tuple[float, float]:
    """Return where the legend begins: right of the map, at the top."""
    return 1 - (LEGEND_CM - 0.2) / WIDE_CM, 0.995


def _streets(study: Study, box: tuple[float, float, float, float], wide: float, high: float) -> NDArray[np.uint8]:
    """Draw the streets once; every picture lays the pixels over its colours."""
    from matplotlib.collections import LineCollection

    figure = figure_of(wide, high)
    figure.patch.set_alpha(0)
    axes = axes_of(figure, (0, 0, 1, 1), box)
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


def fill(axes: Any, shapes: gpd.GeoSeries, colours: Any, *, alpha: float, **how: Any) -> None:
    """Fill polygons with one colour, or one each."""
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


def borders(axes: Any, study: Study) -> None:
    """Draw the outlines of towns and what is above them."""
    places = study.layers.places
    for level, width in (("town", 0.5), ("county", 1.0), ("city", 1.2)):
        shapes = places.geometry[(places["level"] == level) & places.geometry.notna()]
        if len(shapes):
            fill(axes, shapes, "none", alpha=1, edgecolors="#4a4a4a", linewidths=width, zorder=3)


def unit_names(axes: Any, study: Study, facts: Facts) -> None:
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


def scale_bar(axes: Any, box: tuple[float, float, float, float]) -> None:
    """Draw a scale bar of a round length."""
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


def foot(figure: Any, study: Study, words: Words) -> None:
    """Write the credit of the streets and the mark of sample data."""
    about = study.project.about
    y = 0.12 * _CM / figure.get_figheight()
    figure.text(
        0.002,
        y,
        style.drawable(about.attribution, instead="© OpenStreetMap contributors, ODbL"),
        fontsize=6.5,
        color="#444444",
    )
    mark = words("sample") if about.sample else ""
    figure.text(0.998, y, mark, fontsize=7.5, color="#b00020", ha="right", weight="bold")


def png(figure: Any) -> bytes:
    """Return the picture with 128 colours: a third of the size, and nobody sees it."""
    from PIL import Image

    figure.canvas.draw()
    pixels = Image.fromarray(np.asarray(figure.canvas.buffer_rgba())).convert("RGB")
    result = io.BytesIO()
    pixels.quantize(128, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(
        result, "PNG", dpi=(_DPI, _DPI)
    )
    return result.getvalue()
