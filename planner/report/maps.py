"""Still maps for the report: coverage with its gaps, and the proposed sites. PNG, drawn by matplotlib."""

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import numpy as np

from ..pipeline import Study
from . import style
from .canvas import (
    WIDE_CM,
    Sheet,
    borders,
    figure_of,
    fill,
    foot,
    lay_streets,
    legend_at,
    opened,
    png,
    scale_bar,
    sheet_of,
    unit_names,
)
from .curves import draw_curve
from .facts import Facts, ServiceFacts
from .style import Words
from .system_map import system_picture

Pictures = Mapping[str, bytes]
_CURVE_CM = 5.6
_RANKED = 10  # gaps with their number, as in the report's table


def draw(study: Study, facts: Facts) -> dict[str, bytes]:
    """Return the pictures by name: coverage.<service>; sites.<service> and curve.<service> for a plan; system.<id>."""
    if all(s.coverage is None for s in facts.services) and not facts.systems:
        return {}  # a project that is only checked may have nothing to draw
    import matplotlib as mpl

    font = style.chart_font()
    family = [font] if font else []
    with mpl.rc_context({"font.family": [*family, "DejaVu Sans"], "axes.unicode_minus": False, "font.size": 8}):
        sheet = sheet_of(study, facts)
        pictures = {}
        for s in facts.services:
            if s.coverage is not None:
                pictures[f"coverage.{s.service.id}"] = _picture(study, facts, s, sheet, sites=False)
            if s.plan is not None:
                pictures[f"sites.{s.service.id}"] = _picture(study, facts, s, sheet, sites=True)
            if s.plan is not None and s.plan.grounds is not None:
                pictures[f"curve.{s.service.id}"] = _curve(study, s)
        for system in facts.systems:
            pictures[f"system.{system.id}"] = system_picture(study, facts, system, sheet)
    return pictures


def _curve(study: Study, s: ServiceFacts) -> bytes:
    figure = figure_of(WIDE_CM, _CURVE_CM)
    draw_curve(figure, s, Words(style.chart_language(study.project.language)))
    return png(figure)


def _picture(study: Study, facts: Facts, s: ServiceFacts, sheet: Sheet, *, sites: bool) -> bytes:
    words = Words(style.chart_language(study.project.language))
    figure, axes = opened(sheet)
    _shares(axes, study, facts, s, alpha=0.45 if sites else 0.85)
    lay_streets(axes, sheet)
    borders(axes, study)
    _gaps(axes, s)
    _facilities(axes, s)
    if sites:
        _sites(axes, s)
    else:
        _ranks(axes, s)
    unit_names(axes, study, facts)
    scale_bar(axes, sheet.box)
    _legend(figure, study, s, words, sites=sites)
    foot(figure, study, words)
    return png(figure)


def _shares(axes: Any, study: Study, facts: Facts, s: ServiceFacts, *, alpha: float) -> None:
    """Fill the smallest places by share; places without polygons become circles amid their people."""
    breaks = style.share_breaks(study.project.limits)
    classes = [style.share_class(x, breaks) for x in s.places["share"].reindex(facts.places.index)]
    colours = np.array([style.NO_DATA if c is None else style.SHARE_COLOURS[c] for c in classes])
    drawn = facts.places.geometry.notna().to_numpy()
    fill(axes, facts.places.geometry[drawn], colours[drawn].tolist(), alpha=alpha)
    bare = facts.places[~drawn]
    bare = bare[bare["label"].notna()]
    if len(bare):
        points = gpd.GeoSeries(bare["label"], crs=facts.places.crs)
        chosen = colours[facts.places.index.get_indexer(bare.index)]
        axes.scatter(points.x, points.y, s=60, c=chosen, edgecolors="#555555", linewidths=0.4, alpha=alpha, zorder=1.5)


def _gaps(axes: Any, s: ServiceFacts) -> None:
    if s.gaps is not None and len(s.gaps.shown):
        fill(
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
    name = style.drawable(s.service.name, instead=s.service.id)
    title = words("legend_share", service=name, weight=words.name("weight", s.service.weight))
    figure.legend(
        handles=[*shares, *blank, *signs] if filled else signs,
        title=title if filled else name, title_fontsize=8, fontsize=7.5, loc="upper left", bbox_to_anchor=legend_at(),
        frameon=False, borderpad=0, alignment="left", labelspacing=0.55,
    )  # fmt: skip
