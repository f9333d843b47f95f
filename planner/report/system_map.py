"""The still map of a system: who belongs to whom, and who belongs to nobody."""

import textwrap
from typing import Any

import geopandas as gpd
import shapely

from ..pipeline import Study
from . import style
from .canvas import Sheet, borders, foot, lay_streets, legend_at, opened, png, scale_bar, unit_names
from .facts import Facts
from .style import Words
from .systems import SystemFacts

_LOOKS: dict[str, dict[str, Any]] = {
    "member": {"marker": "o", "s": 17, "c": style.FACILITY, "edgecolors": style.FACILITY_EDGE, "linewidths": 0.9},
    "loose": {"marker": "X", "s": 34, "c": style.GAP, "edgecolors": "white", "linewidths": 0.5},
    "lead": {"marker": "s", "s": 42, "c": style.AREA, "edgecolors": "white", "linewidths": 0.8},
    "top": {"marker": "D", "s": 60, "c": style.SITE, "edgecolors": "white", "linewidths": 0.8},
    "new": {"marker": "*", "s": 130, "c": style.SITE, "edgecolors": "white", "linewidths": 0.8},
}
"""How each role looks, the first below the others."""
_LETTERS = 24  # on a line beside the map; a Chinese one is as wide as two


def system_picture(study: Study, facts: Facts, system: SystemFacts, sheet: Sheet) -> bytes:
    """Draw the members of a system by role, and a line from each to the one it belongs to."""
    words = Words(style.chart_language(study.project.language))
    figure, axes = opened(sheet)
    lay_streets(axes, sheet)
    borders(axes, study)
    if system.links is not None:
        _links(axes, system.links)
    for order, (role, look) in enumerate(_LOOKS.items()):
        points = system.points.geometry[system.points["role"] == role]
        axes.scatter(points.x, points.y, zorder=5 + order, **look)
    unit_names(axes, study, facts)
    scale_bar(axes, sheet.box)
    _legend(figure, system)
    foot(figure, study, words)
    return png(figure)


def _links(axes: Any, links: gpd.GeoDataFrame) -> None:
    from matplotlib.collections import LineCollection

    lines = [shapely.get_coordinates(line) for line in links.geometry]
    axes.add_collection(LineCollection(lines, colors=style.AREA, linewidths=0.8, alpha=0.8, zorder=4))


def _legend(figure: Any, system: SystemFacts) -> None:
    """Name the roles that are there, the highest first; in letters that can be drawn."""
    from matplotlib.lines import Line2D

    there = set(system.points["role"])
    signs = [
        Line2D(
            [], [], linestyle="none", marker=look["marker"], mfc=look["c"], mec=look["edgecolors"],
            mew=look["linewidths"], markersize=look["s"] ** 0.5, label=_lines(system.roles[role], instead=role),
        )
        for role, look in reversed(_LOOKS.items())
        if role in there
    ]  # fmt: skip
    figure.legend(
        handles=signs, title=_lines(system.name, instead=system.id), title_fontsize=8, fontsize=7.5,
        loc="upper left", bbox_to_anchor=legend_at(), frameon=False, borderpad=0, alignment="left", labelspacing=0.9,
    )  # fmt: skip


def _lines(text: str, instead: str) -> str:
    """Return what can be drawn of a text, in lines that fit beside the map."""
    drawn = style.drawable(text, instead=instead)
    wide = max(drawn, default="") >= style.FIRST_CJK
    return textwrap.fill(drawn, _LETTERS // 2 if wide else _LETTERS)
