"""The chart of what sites or money bring: `curve_picture`."""

from typing import Any

from . import style
from .facts import ServiceFacts
from .style import Words

_AXES = (0.1, 0.22, 0.87, 0.74)  # left, bottom, width, height; below is room for the label and its units


def draw_curve(figure: Any, s: ServiceFacts, words: Words) -> None:
    """Draw coverage over the number of sites, or over money, with the proven limit, the plan and the knee."""
    assert s.plan is not None
    assert s.plan.grounds is not None
    curve = s.plan.grounds.curve
    if s.plan.curve == "minutes":
        _draw_minutes(figure, s, words)
        return
    by_money = s.plan.curve == "money"
    scale = (10_000 if words.language == "zh" else 1_000) if by_money else 1
    total = s.plan.before.demand
    axes = figure.add_axes(_AXES)
    before = float((curve["covered"] - curve["gain"]).iloc[0])
    x, base = curve["step"] / scale, 100 * before / total if total else 0.0
    line: dict[str, Any] = {"marker": "o", "markersize": 3, "color": style.SITE, "linewidth": 1.2}
    axes.plot([0, *x], [base, *(100 * curve["share"])], label=words("curve_line"), **line)
    if total and curve["bound"].notna().any():
        axes.plot(x, 100 * curve["bound"] / total, linestyle=":", color="#666666", label=words("curve_bound"))
    spent = (s.plan.cost or 0.0) / scale if by_money else len(s.plan.sites)
    own = before + float(s.plan.sites["gain" if s.plan.twice is None else "newly_twice"].sum())
    axes.plot(spent, 100 * own / total if total else 0.0, "s", color=style.GAP, label=words("curve_plan"))
    for _, row in curve[curve["knee"]].iterrows():
        axes.axvline(
            row["step"] / scale, color="#999999", linewidth=0.8, linestyle="--", label=words("curve_knee_mark")
        )
    axes.set_xlim(left=0)
    axes.set_xlabel(words("curve_money" if by_money else "curve_sites"))
    axes.set_ylabel(words("curve_share", what=words(f"curve_{s.plan.measure}")))
    axes.grid(visible=True, color="#e5e5e5", linewidth=0.6)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, loc="lower right")


def _draw_minutes(figure: Any, s: ServiceFacts, words: Words) -> None:
    """Draw mean or largest minutes over the number of sites, with the proven limit, the plan and the knee."""
    assert s.plan is not None
    assert s.plan.grounds is not None
    curve = s.plan.grounds.curve
    axes = figure.add_axes(_AXES)
    line: dict[str, Any] = {"marker": "o", "markersize": 3, "color": style.SITE, "linewidth": 1.2}
    axes.plot(curve["step"], curve["minutes"], label=words("curve_line"), **line)
    if curve["bound"].notna().any():
        axes.plot(curve["step"], curve["bound"], linestyle=":", color="#666666", label=words("curve_least"))
    own = curve[curve["sites"] == len(s.plan.sites)].head(1)
    axes.plot(own["step"], own["minutes"], "s", color=style.GAP, label=words("curve_plan"))
    for step in curve.loc[curve["knee"], "step"]:
        axes.axvline(step, color="#999999", linewidth=0.8, linestyle="--", label=words("curve_knee_mark"))
    axes.set_xlim(left=0)
    axes.set_ylim(bottom=0)
    axes.set_xlabel(words("curve_sites"))
    axes.set_ylabel(words(f"curve_{s.plan.minutes}_axis"))
    axes.grid(visible=True, color="#e5e5e5", linewidth=0.6)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, loc="upper right")
