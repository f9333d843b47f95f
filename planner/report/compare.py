"""Two runs of one project side by side, read from their folders: `compare_runs`, `write_comparison`."""

import json
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely
from jinja2 import Environment

from ..coverage import Share
from ..errors import TableError
from ..project import Limits
from ..tables import LEVELS
from . import style
from .chapters.scene import parameter_name, parameter_value
from .compare_plans import plan_headline, plan_rows, points_text, system_rows
from .compare_wishes import COLUMNS as WISHES
from .compare_wishes import wish_rows
from .files import write_csv
from .pack import pack
from .run_folder import RunFolder, read_run
from .style import Words
from .webmap import bundled

_KEY = ("service", "mode", "place_id", "weight")
_SIMPLIFY_M = 5.0
COLUMNS = (
    *("service", "mode", "place_id", "name", "level", "weight", "demand_before", "demand_after"),
    *("covered_before", "covered_after", "share_before", "share_after", "points"),
    *("facilities_before", "facilities_after", "status_before", "status_after"),
)


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Two runs of one project.

    `table` has `COLUMNS`, one row a service, place and weight; `points` is the difference of the shares in percentage
    points. `facilities` are those of one run only, or that stand elsewhere: service, facility_id, name_, side (before,
    after). `parameters` are those that differ: key, before, after.
    """

    before: RunFolder
    after: RunFolder
    table: pd.DataFrame
    facilities: pd.DataFrame
    parameters: pd.DataFrame

    @property
    def labels(self) -> tuple[str, str]:
        """What the sides are called: a scenario by its name, what is beside one the present state, else the title.

        Two runs of one title are told apart by their folders.
        """
        scenarios = [side.scenario for side in (self.before, self.after)]
        sides = (self.before, self.after)
        if any(scenarios):
            words = Words(self.language)
            a, b = (s["name"] if s else words("compare_present") for s in scenarios)
        else:
            a, b = (side.title for side in sides)
        if a == b:
            a, b = (side.path.resolve().name for side in sides)
        return a, b

    @property
    def language(self) -> str:
        """The language of the later run."""
        return str(self.after.record["language"])

    @property
    def services(self) -> list[str]:
        """The services of both runs, in the order of the later one."""
        return [s for s in self.after.record["services"] if s in self.before.record["services"]]

    @property
    def changed(self) -> pd.DataFrame:
        """The smallest places whose status changed, by service, with the weight the service counts."""
        return self.local[self.local["status_before"] != self.local["status_after"]]

    @property
    def local(self) -> pd.DataFrame:
        """The rows of the smallest places, with the weight their service counts."""
        held = set(self.table["level"])
        smallest = next((level for level in reversed(LEVELS) if level in held), "")
        weight = self.table["service"].map({s: r["weight"] for s, r in self.after.record["services"].items()})
        return self.table[(self.table["level"] == smallest) & (self.table["weight"] == weight)]

    @property
    def wishes(self) -> list[tuple[str, ...]]:
        """What the plans were asked, where the runs differ: service, wish, before, after, in words."""
        return wish_rows((self.before, self.after), self.services, Words(self.language))

    @property
    def headlines(self) -> list[str]:
        """Two sentences a service: coverage before and after, and the same after the plans, where both have one."""
        words, sides = Words(self.language), (self.before, self.after)
        told = [(_headline(self, s, words), plan_headline(sides, s, words)) for s in self.services]
        return [sentence for pair in told for sentence in pair if sentence is not None]


def compare_runs(before: str | Path, after: str | Path) -> Comparison:
    """Read two runs' folders and say what is different.

    Raises:
        TableError: a folder that holds no run, runs of different projects, or without a service in common.
    """
    a, b = read_run(Path(before)), read_run(Path(after))
    names = [r.record["project"] for r in (a, b)]
    if names[0] != names[1]:
        raise TableError("compare_projects", a=names[0], b=names[1])
    if not set(a.record["services"]) & set(b.record["services"]):
        raise TableError("compare_services", a=", ".join(a.record["services"]), b=", ".join(b.record["services"]))
    return Comparison(before=a, after=b, table=_table(a, b), facilities=_one_sided(a, b), parameters=_differing(a, b))


def write_comparison(comparison: Comparison, out: str | Path) -> Path:
    """Write compare.html, compare.csv and compare_wishes.csv into `out` and return it."""
    folder = Path(out)
    folder.mkdir(parents=True, exist_ok=True)
    write_csv(comparison.table, folder / "compare.csv")
    write_csv(pd.DataFrame(comparison.wishes, columns=list(WISHES)), folder / "compare_wishes.csv")
    (folder / "compare.html").write_text(comparison_html(comparison), encoding="utf-8")
    return folder


def comparison_html(comparison: Comparison) -> str:
    """Return the page: headlines, coverage, wishes, plans, systems, places that changed, and twin maps."""
    words = Words(comparison.language)
    source = files(__package__).joinpath("compare.html.j2").read_text(encoding="utf-8")
    template = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True).from_string(source)
    sides = (comparison.before, comparison.after)
    data = json.dumps(_map_data(comparison, words), ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return template.render(
        c=comparison,
        w=words,
        sample=comparison.before.record["sample"] or comparison.after.record["sample"],
        rows=_rows(comparison, words),
        moved=_moved(comparison, words),
        facilities=_facilities(comparison, words),
        sites=[(service, name, words(f"compare_only_{side}")) for service, name, side in _sites(comparison)],
        plans=plan_rows(sides, comparison.services, words),
        systems=system_rows(sides, words),
        scenarios=[(s["name"], [e["told"] for e in s["edits"]]) for side in sides if (s := side.scenario)],
        parameters=_parameters(comparison, words),
        leaflet=bundled("leaflet.js"),
        leaflet_css=bundled("leaflet.css"),
        script=files(__package__).joinpath("compare.js").read_text(encoding="utf-8"),
        data=data.replace("</", "<\\/"),
    )


def _table(a: RunFolder, b: RunFolder) -> pd.DataFrame:
    both = a.coverage.merge(b.coverage, on=list(_KEY), how="outer", suffixes=("_before", "_after"), sort=False)
    both = both[both["service"].isin(set(a.record["services"]) & set(b.record["services"]))]
    names = {key: both[f"{key}_after"].fillna(both[f"{key}_before"]) for key in ("name", "level")}
    points = (100 * (both["share_after"] - both["share_before"])).round(4)
    statuses = {f"status_{side}": _status(both[f"share_{side}"], b.limits) for side in ("before", "after")}
    order = names["level"].map({level: i for i, level in enumerate(LEVELS)})
    whole = both.assign(**names, points=points, **statuses, _order=order)
    place = whole.sort_values(["service", "_order", "place_id", "weight"], kind="stable")
    return place.reindex(columns=list(COLUMNS)).reset_index(drop=True)


def _status(share: pd.Series, limits: Limits) -> pd.Series:
    """Return covered, partial or uncovered by the limits of the run; missing where nobody is there."""
    said = np.select(
        [share >= limits.covered_from, share >= limits.partial_from], ["covered", "partial"], default="uncovered"
    )
    return pd.Series(said, index=share.index, dtype=object).where(share.notna(), None)


def _one_sided(a: RunFolder, b: RunFolder) -> pd.DataFrame:
    """Return the facilities of one run only, and those that stand elsewhere, on both sides."""
    parts = []
    for side, own, other in (("before", a, b), ("after", b, a)):
        there = other.facilities.set_index("facility_id").geometry.reindex(own.facilities["facility_id"])
        same = own.facilities.geometry.to_numpy() == there.to_numpy()
        frame = own.facilities[~same]
        parts.append(frame[["service", "facility_id", "name"]].rename(columns={"name": "name_"}).assign(side=side))
    whole: pd.DataFrame = pd.concat(parts, ignore_index=True)
    return whole


def _differing(a: RunFolder, b: RunFolder) -> pd.DataFrame:
    values = [{p["key"]: p["value"] for p in r.record["parameters"]} for r in (a, b)]
    keys = [k for k in dict.fromkeys([*values[0], *values[1]]) if values[0].get(k) != values[1].get(k)]
    rows = [(k, values[0].get(k, "—"), values[1].get(k, "—")) for k in keys]
    return pd.DataFrame(rows, columns=["key", "before", "after"])


def _parameters(c: Comparison, words: Words) -> list[tuple[str, ...]]:
    """Return the parameters that differ as a reader calls them, with their units."""
    units = {p["key"]: p["unit"] for r in (c.before, c.after) for p in r.record["parameters"]}
    rows: list[Any] = list(c.parameters.itertuples())
    return [
        (
            parameter_name(r.key, c.after.names, words),
            *(parameter_value(v, units[r.key], words) for v in (r.before, r.after)),
        )
        for r in rows
    ]


def _service(c: Comparison, service: str) -> str:
    return str(c.after.record["services"].get(service, {}).get("name", service))


def _headline(c: Comparison, service: str, words: Words) -> str:
    sides = [r.record["services"][service] for r in (c.before, c.after)]
    weight = sides[1]["weight"]
    shares = [s["share"] for s in sides]
    points = points_text(np.nan if None in shares else 100 * (shares[1] - shares[0]))
    counted = [words.share(Share(s["covered"] or 0, s["demand"] or 0), words.unit(weight)) for s in sides]
    return words(
        "compare_headline",
        service=_service(c, service),
        weight=words.name("weight", weight),
        minutes=style.number(sides[1]["standard_min"]),
        before=counted[0],
        after=counted[1],
        points=points,
    )


def _rows(c: Comparison, words: Words) -> list[tuple[str, ...]]:
    """Return the rows of the highest level: service, place, weight, before, after, points, facilities."""
    top = c.table[c.table["level"] == next((v for v in LEVELS if v in set(c.table["level"])), "")]
    rows: list[Any] = list(top.rename(columns={"name": "name_"}).itertuples())
    return [
        (
            _service(c, r.service),
            str(r.name_),
            words.name("weight", r.weight),
            *(f"{words.percent(s)} {words.count(v)}/{words.count(d)}" for s, v, d in (
                (r.share_before, r.covered_before, r.demand_before), (r.share_after, r.covered_after, r.demand_after))),
            points_text(r.points),
            f"{words.count(r.facilities_before)} → {words.count(r.facilities_after)}",
        )
        for r in rows
    ]  # fmt: skip


def _moved(c: Comparison, words: Words) -> list[tuple[str, ...]]:
    rows: list[Any] = list(c.changed.rename(columns={"name": "name_"}).itertuples())
    return [
        (
            _service(c, r.service),
            str(r.name_),
            f"{words.name('status', r.status_before)} {words.percent(r.share_before)}",
            f"{words.name('status', r.status_after)} {words.percent(r.share_after)}",
            points_text(r.points),
        )
        for r in rows
    ]


def _facilities(c: Comparison, words: Words) -> list[tuple[str, ...]]:
    rows: list[Any] = list(c.facilities.itertuples())
    return [(_service(c, r.service), str(r.name_), words(f"compare_only_{r.side}")) for r in rows]


def _sites(c: Comparison) -> list[tuple[str, str, str]]:
    """Return the proposed sites of either run: service, name, and in which."""
    parts = [r.sites.assign(side=side) for side, r in (("before", c.before), ("after", c.after))]
    every = pd.concat([p for p in parts if len(p)] or parts[:1], ignore_index=True)
    every = every[every["service"].isin(c.services)]
    rows = []
    for (service, candidate), group in every.groupby(["service", "candidate_id"], sort=False):
        sides = set(group["side"])
        name = group["name"].iloc[0]
        told = "both" if len(sides) == 2 else next(iter(sides))
        rows.append((_service(c, str(service)), str(name if isinstance(name, str) else candidate), told))
    return rows


def _map_data(c: Comparison, words: Words) -> dict[str, Any]:
    """Return what the two maps draw: places with their share before and after, facilities and sites."""
    local = c.local
    places = c.after.places[c.after.places["place_id"].isin(local["place_id"])]
    places = places[places.geometry.notna() & ~places.geometry.is_empty]
    breaks = style.share_breaks(c.after.limits)
    shapes = shapely.simplify(places.geometry.to_numpy(), _SIMPLIFY_M)
    parts, owner = shapely.get_parts(shapes, return_index=True)
    rings = shapely.get_exterior_ring(parts)
    held = ~shapely.is_missing(rings)
    shares = {
        service: local[local["service"] == service].set_index("place_id")[["share_before", "share_after"]]
        .reindex(places["place_id"]).astype(float).round(4).astype(object)
        .where(lambda f: f.notna(), None).to_numpy().tolist()
        for service in c.services
    }  # fmt: skip
    return {
        "services": [[s, _service(c, s)] for s in c.services],
        "names": [str(n) for n in places["name"]],
        "rings": pack(rings[held], crs=str(places.crs)) if held.any() else "",
        "owners": owner[held].tolist(),
        "shares": shares,
        "points": [_points(c.before, c.services), _points(c.after, c.services)],
        "breaks": list(breaks),
        "colours": style.SHARE_COLOURS,
        "none": style.NO_DATA,
        "classes": style.class_labels(breaks, words),
        "credit": str(c.after.record.get("attribution", "")),
        "no_data": words("map_no_data"),
    }


def _points(run: RunFolder, services: list[str]) -> dict[str, list[list[float]]]:
    """Return the facilities of each service, as latitude and longitude."""
    if run.facilities.empty:
        return {s: [] for s in services}
    degrees = run.facilities.to_crs(4326)
    return {s: [[round(p.y, 5), round(p.x, 5)] for p in degrees.geometry[degrees["service"] == s]] for s in services}
