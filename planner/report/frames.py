"""The tables of a run as users get them: the columns of the contract, in its order."""

from collections.abc import Mapping
from typing import TypeVar

import geopandas as gpd
import numpy as np
import pandas as pd

from .. import texts
from ..checks.moves import COLUMNS as MOVING
from ..checks.moves import facilities_moving
from ..coverage.circle import COLUMNS as CIRCLE_COLUMNS
from ..layers.crs import to_degrees
from ..monitoring import indicator_status
from ..pipeline import Study
from ..tables import SMALLEST_CELL
from .facts import Facts, ServiceFacts
from .plan_tables import SITE_SHEETS, SLICED, rivals, site_sheets, sliced
from .provenance import run_id
from .secret import open_findings
from .style import Words, missing

T = TypeVar("T", bound=pd.DataFrame)
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "coverage_by_place": (
        *("place_id", "name", "level", "service", "mode", "weight", "demand", "covered", "share"),
        *("facilities", "nominal"),
    ),
    "uncovered_places": (
        *("place_id", "name", "level", "service", "weight", "demand", "uncovered", "share", "status", "cause"),
        "nearest_min",
    ),
    "circle": CIRCLE_COLUMNS,
    "gaps": (
        *("gap_id", "service", "rank", "name", "place_id", "weight", "demand", "n_demand", "nearest_min", "cause"),
        *("lon_wgs84", "lat_wgs84"),
    ),
    "sites": (
        *("candidate_id", "service", "rank", "phase", "gain", "cost", "place_id"),
        *("lon_wgs84", "lat_wgs84", "lon_gcj02", "lat_gcj02"),
        *("name", "newly", "newly_twice", "communities", "robustness", "responsible", "person"),
        *("building", "equipment", "other", "reserve", "estimated"),
        *("tenure", "rent", "staff", "subsidy", "running", "running_total"),
    ),
    "phases": (
        *("service", "year", "budget", "available", "spent", "left", "sites", "gain", "covered", "share", "demand"),
        *("milestone", "met"),
    ),
    "funds": ("service", "year", "fund", "amount", "purpose"),
    "rivals": (
        "service",
        "candidate_id",
        "order",
        "rival_id",
        "loss",
        "people_minutes",
        "cost",
        "extra",
        "why",
        "name",
        "rival",
    ),
    "site_sheets": SITE_SHEETS,
    "sliced": SLICED,
    "curve": ("service", "step", "sites", "cost", "covered", "gain", "share", "bound", "knee", "minutes", "saved_min"),
    "priority": ("service", "area", "place_id", "name", "weight", "weighted", "unweighted", "difference"),
    "rejected_candidates": (
        *("candidate_id", "service", "reason", "message", "detail", "measure", "limit"),
        *("lon_wgs84", "lat_wgs84"),
    ),
    "findings": (
        *("code", "severity", "layer", "feature_id", "message", "people", "measure", "tolerance"),
        *("lon_wgs84", "lat_wgs84", "accepted", "rule", "evidence"),
    ),
    "facilities_moving": MOVING,
    "street_edits": (
        *("kind", "way_id", "other_way_id", "length_before_m", "length_after_m"),
        *("vertices_before", "vertices_after", "lon_wgs84", "lat_wgs84"),
    ),
    "indicators": (
        *("indicator_id", "name", "place_id", "unit", "property", "base", "target", "year", "actual", "status"),
        "source",
    ),
}
_DIGITS = {
    "share": 6,
    "robustness": 4,
    "bound": 2,
    "band": 3,
    "nominal": 6,
    "nearest_min": 2,
    "cost_per_person": 2,
    **dict.fromkeys(("mean_before", "mean_after", "max_before", "max_after"), 2),
    "lon_wgs84": 7,
    "lat_wgs84": 7,
    "lon_gcj02": 7,
    "lat_gcj02": 7,
}


def csv_tables(study: Study, facts: Facts) -> dict[str, pd.DataFrame]:
    """Return every CSV of a run by its name; a stage that did not run leaves a header alone."""
    tables = {
        "coverage_by_place": study.by_place,
        "uncovered_places": study.uncovered,
        "circle": study.circle,
        "gaps": _joined([_gaps(s) for s in facts.services]),
        "sites": _joined([_sites(s, Words(study.project.language)) for s in facts.services]),
        "phases": _joined([_phases(s) for s in facts.services]),
        "funds": _joined([_funds(s) for s in facts.services]),
        "site_sheets": _joined([site_sheets(study, s) for s in facts.services]),
        "rivals": _joined([rivals(study, s) for s in facts.services]),
        "sliced": _joined([sliced(s) for s in facts.services]),
        "curve": _joined([_curve(s) for s in facts.services]),
        "priority": _joined([_priority(s) for s in facts.services]),
        "rejected_candidates": _joined([_rejected(study, s.service.id) for s in facts.services]),
        "findings": findings_table(study),
        "facilities_moving": _moving(study),
        "street_edits": _edits(study),
        "indicators": _indicators(study, facts),
    }
    more = tuple(str(c) for c in tables["site_sheets"] if c not in SITE_SHEETS)  # a column a weight that the demand has
    columns = {**COLUMNS, "site_sheets": (*SITE_SHEETS, *more)}
    whole = {name: _shaped(table, columns[name]) for name, table in tables.items()}
    return whole | _systems(facts)


def _systems(facts: Facts) -> dict[str, pd.DataFrame]:
    """Return the tables of the systems that were asked for; two of one kind stand below each other."""
    names = list(dict.fromkeys(name for system in facts.systems for name in system.tables))
    parts = {name: [s.tables[name] for s in facts.systems if name in s.tables] for name in names}
    return {name: _shaped(_joined([*tables]), tuple(tables[0].columns)) for name, tables in parts.items()}


def _moving(study: Study) -> pd.DataFrame:
    """Return the facilities that would change unit where a layer is in another datum than declared."""
    if study.findings is None:
        return pd.DataFrame(columns=list(MOVING))
    return facilities_moving(study.findings, study.layers.facilities, study.layers.places)


def _edits(study: Study) -> pd.DataFrame:
    """Return the edits of the streets, each with its place in degrees."""
    edits = study.street_edits
    if edits.empty:
        return pd.DataFrame()
    lon, lat = to_degrees(edits["x"].to_numpy(), edits["y"].to_numpy(), crs=study.layers.crs)
    lengths = edits[["length_before_m", "length_after_m"]].round(2)
    return edits.assign(lon_wgs84=lon, lat_wgs84=lat, **lengths)


def demand_table(study: Study) -> gpd.GeoDataFrame:
    """Return demand.parquet: weights, and by service the minutes, the facility, covered and the cause."""
    demand = study.layers.demand
    weights = [c for c in demand if c not in ("place_id", "geometry") and pd.api.types.is_numeric_dtype(demand[c])]
    table = demand[["place_id", *weights]].copy() if "place_id" in demand else demand[weights].assign(place_id=None)
    for service, coverage in study.coverage.items():
        points = coverage.points.reindex(table.index)
        table[f"{service}_min"] = points["minutes"]
        table[f"{service}_facility"] = points["facility_id"]
        table[f"{service}_covered"] = points["covered"]
        table[f"{service}_cause"] = points["cause"]
    whole = gpd.GeoDataFrame(table, geometry=demand.geometry, crs=demand.crs)
    return whole.rename_axis("demand_id").reset_index()


def edges_table(study: Study) -> gpd.GeoDataFrame:
    """Return edges.parquet: every edge, its length, the modes allowed along and against its drawing, and its waits."""
    network = next(iter(study.networks.values()), None)
    columns = [
        "edge_id",
        "from_id",
        "to_id",
        "length_m",
        "forward",
        "backward",
        "speed_kmh",
        "waits",
        "name",
        "highway",
    ]
    if network is None:
        empty = pd.DataFrame({c: pd.Series(dtype=object) for c in columns})
        return gpd.GeoDataFrame(empty, geometry=gpd.GeoSeries([], crs=study.project.crs))
    grade = ["grade"] if network.hilly else []
    return network.to_frame().reset_index()[[*columns, *grade, "geometry"]]


def snaps_table(study: Study) -> pd.DataFrame:
    """Return snaps.parquet: where every point touches the streets."""
    columns = ["point_id", "layer", "mode", "edge_id", "offset_m", "access_m"]
    return study.snaps.reindex(columns=columns)


def findings_table(study: Study) -> pd.DataFrame:
    """Return the findings in the project's language, the worst first, then those that touch most people."""
    found = open_findings(study)
    if found is None or found.empty:
        return pd.DataFrame(columns=list(COLUMNS["findings"]))
    table = pd.DataFrame(found.drop(columns="geometry")).assign(message=found[f"message_{study.project.language}"])
    middle = found.geometry.representative_point()
    there = (~middle.is_empty & middle.notna()).to_numpy()
    lon, lat = np.full(len(found), np.nan), np.full(len(found), np.nan)
    if there.any():
        lon[there], lat[there] = to_degrees(middle.x[there], middle.y[there], crs=study.project.crs)
    return table.assign(lon_wgs84=lon, lat_wgs84=lat)


def communities_text(pairs: object, words: Words, unit: str, *, most: int | None = None) -> str:
    """Return "春晖社区 1,200人; …", or "" where nobody is newly covered.

    Communities of fewer than five people are counted and not named. `most` are named; how many there are is said then.
    """
    if not isinstance(pairs, tuple):
        return ""
    told = [(name, people) for name, people in pairs if people >= SMALLEST_CELL]
    text = words("semicolon").join(f"{name} {words.count(people, unit)}" for name, people in told[:most])
    if most is not None and len(told) > most:
        return text + words("and_more", n=len(pairs) - most, all=len(pairs))
    if few := len(pairs) - len(told):
        text += words("and_few" if told else "only_few", n=few, unit=unit)
    return text


def _gaps(facts: ServiceFacts) -> pd.DataFrame | None:
    if facts.gaps is None:
        return None
    table = pd.DataFrame(facts.gaps.table.drop(columns="geometry"))
    return table.assign(service=facts.service.id, weight=facts.service.weight).rename_axis("gap_id").reset_index()


def _sites(facts: ServiceFacts, words: Words) -> pd.DataFrame | None:
    if facts.plan is None:
        return None
    sites, unit = facts.plan.sites, words.unit(facts.service.weight)
    told = [communities_text(pairs, words, unit) for pairs in sites["communities"]]
    table = pd.DataFrame(sites.drop(columns="geometry")).assign(service=facts.service.id, communities=told)
    return table.rename_axis("candidate_id").reset_index()


def _phases(facts: ServiceFacts) -> pd.DataFrame | None:
    if facts.plan is None or facts.plan.years is None:
        return None
    return facts.plan.years.reset_index().assign(service=facts.service.id)


def _curve(facts: ServiceFacts) -> pd.DataFrame | None:
    """Return the curve of a plan that has grounds."""
    if facts.plan is None or facts.plan.grounds is None:
        return None
    why = facts.plan.grounds
    curve = why.curve.rename(columns={"gain": "saved_min"}) if "minutes" in why.curve else why.curve
    return curve.assign(service=facts.service.id)


def _funds(facts: ServiceFacts) -> pd.DataFrame | None:
    """Return what each source of funds pays, by year where there are years: for building, and for running."""
    if facts.plan is None:
        return None
    every = {"building": facts.plan.funds, "running": facts.plan.running_funds}
    long = [
        table.rename_axis("year").reset_index().melt(id_vars="year", var_name="fund", value_name="amount").assign(
            purpose=purpose
        ).sort_values("year", kind="stable")
        for purpose, table in every.items() if table is not None
    ]  # fmt: skip
    if not long:
        return None
    funds = pd.concat(long, ignore_index=True).assign(service=facts.service.id)
    return funds.assign(**{key: funds[key].where(funds[key] != "", None) for key in ("year", "fund")})


def _priority(facts: ServiceFacts) -> pd.DataFrame | None:
    """Return the plan by priority beside the one that counts all alike."""
    if facts.plan is None or facts.plan.beside is None:
        return None
    return facts.plan.beside.table.assign(service=facts.service.id)


def _rejected(study: Study, service: str) -> pd.DataFrame | None:
    """Return the candidates of a service that may not be proposed, each with its reason as a key and as a sentence."""
    table = study.rejected.get(service)
    if table is None or table.empty:
        return None
    lon, lat = to_degrees(table.geometry.x, table.geometry.y, crs=study.project.crs)
    numbers = [
        {"detail": row.detail, "measure": f"{row.measure:,.0f}", "limit": f"{row.limit:,.0f}"}
        for row in table.itertuples()
    ]
    said = [
        texts.say(study.project.language, "rejected", key, **values)
        for key, values in zip(table["reason"], numbers, strict=True)
    ]
    told = pd.DataFrame(table.drop(columns="geometry")).assign(
        service=service, message=said, lon_wgs84=lon, lat_wgs84=lat
    )
    return told.rename_axis("candidate_id").reset_index()


def _indicators(study: Study, facts: Facts) -> pd.DataFrame:
    """Return the project's indicators, then coverage and nominal coverage of each service, without a target."""
    words, roots = Words(study.project.language), study.layers.places
    tops = roots.index[~roots["parent_id"].isin(roots.index)]
    mark = words("semicolon") + words("sample") if study.project.about.sample else ""
    common = {
        "place_id": tops[0] if len(tops) == 1 else None,
        "unit": "%",
        "property": words("property_expected"),
        "year": study.project.about.date.year,
        "source": words("indicator_source", run=run_id(study)) + mark,
    }
    rows = []
    for s in facts.services:
        name = s.service.name
        if s.coverage is not None and s.coverage.share is not None:
            text = words("indicator_coverage", service=name, minutes=f"{s.service.standard_min:g}")
            rows.append(common | {"indicator_id": f"{s.service.id}.coverage", "name": text, "actual": s.coverage.share})
        if s.nominal is not None:
            text = words("indicator_nominal", service=name, level=words.name("level", s.nominal.level))
            rows.append(
                common | {"indicator_id": f"{s.service.id}.nominal", "name": text, "actual": s.nominal.share.share}
            )
    table = pd.DataFrame(rows, columns=[*COLUMNS["indicators"]])
    own = table.assign(actual=(100 * table["actual"].astype(float)).round(4))
    return _joined([_registered(study, words), own])


def _registered(study: Study, words: Words) -> pd.DataFrame | None:
    """Return the project's register of indicators with the status of each."""
    register = study.layers.indicators
    if register is None:
        return None
    table = indicator_status(register, on=study.project.about.date).reset_index()
    if "property" in table:
        said = table["property"].map(lambda p: words(f"property_{p}"), na_action="ignore")
        table = table.assign(property=said)
    return table


def marked(table: T, study: Study) -> T:
    """Return a table with the mark of sample data as its last column `note`, before the geometry; else as it is.

    A note that the data brought along stays behind the mark.
    """
    if not study.project.about.sample:
        return table
    shaped = isinstance(table, gpd.GeoDataFrame) and table.columns[-1] == table.geometry.name
    words = Words(study.project.language)
    mark, own = words("sample"), table.get("note", pd.Series(None, index=table.index, dtype=object))
    told = [mark if missing(o) or mark in str(o) else f"{mark}{words('semicolon')}{o}" for o in own]
    table = table.drop(columns="note", errors="ignore").copy()
    table.insert(len(table.columns) - shaped, "note", pd.Series(told, index=table.index, dtype=object))
    return table


def _joined(tables: list[pd.DataFrame | None]) -> pd.DataFrame:
    held = [t for t in tables if t is not None and len(t)]
    return pd.concat([t.dropna(axis=1, how="all") for t in held], ignore_index=True) if held else pd.DataFrame()


def _shaped(table: pd.DataFrame, columns: tuple[str, ...]) -> pd.DataFrame:
    """Return the contract's columns in its order, rounded as they are written."""
    table = table.reindex(columns=list(columns)).reset_index(drop=True)
    digits = {c: d for c, d in _DIGITS.items() if c in table}
    return table.assign(**{c: table[c].astype("float64").round(d) for c, d in digits.items()})
