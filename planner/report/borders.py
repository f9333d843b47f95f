"""The tables of border work in the annex: roster, patrol, digitising, stakes to replace, draft descriptions."""

import geopandas as gpd
import pandas as pd

from ..borders import (
    BorderRules,
    Units,
    border_lines,
    describe,
    digitised,
    patrolled,
    replacement,
    roster,
    stake_register,
)
from ..pipeline import Study
from .secret import secret
from .style import Words


def border_tables(study: Study) -> dict[str, pd.DataFrame]:
    """Return the tables by name; those whose registers are not there are left out.

    None holds a coordinate. Lines in dispute are left out of all but the roster while borders are secret.
    """
    held, project = study.layers.borders, study.project
    if "lines" not in held:
        return {}
    rules = BorderRules.of(**project.borders.own) if project.borders else BorderRules.of()
    shapes = study.layers.places[study.layers.places.geometry.notna()]
    lines = border_lines(held["lines"], shapes[shapes.is_valid], known=Units.of(study.layers.places))
    day, told = pd.Timestamp(project.about.date), _undisputed(lines, study)
    tables = {
        "inspection_roster": roster(lines, held.get("inspections"), on=day, crs=project.crs, rules=rules),
        "digitised": _worded_classes(digitised(lines, crs=project.crs), study),
    }
    if "tracks" in held:
        went = patrolled(told, held["tracks"], crs=project.crs, within_m=rules.track_m)
        tables["patrolled"] = went.assign(name=told.get("name"))
    register = stake_register(held["stakes"], lines, rules) if "stakes" in held else None
    if register is not None and "model" in register:
        tables["replacement"] = replacement(register, rules=rules)
    whole = {name: table.reset_index().rename(columns={"share": "portion"}) for name, table in tables.items()}
    legs = describe(told, register, _streets(study), crs=project.crs)
    return whole | {"line_description": _told(legs, study)}


def _undisputed(lines: gpd.GeoDataFrame, study: Study) -> gpd.GeoDataFrame:
    return lines[~lines["disputed"].eq("yes")] if secret(study) and "disputed" in lines else lines


def _worded_classes(table: pd.DataFrame, study: Study) -> pd.DataFrame:
    words = Words(study.project.language)
    return table.rename(index=lambda name: words.name("digitised", name))


def _streets(study: Study) -> gpd.GeoSeries:
    """Return the named streets of the network."""
    network = next(iter(study.networks.values()), None)
    if network is None:
        return gpd.GeoSeries([], index=pd.Index([], dtype=object), crs=study.project.crs)
    named = network.name != ""
    return gpd.GeoSeries(network.lines[named], index=network.name[named], crs=study.project.crs)


def _told(legs: pd.DataFrame, study: Study) -> pd.DataFrame:
    """Return the legs with the sentence of each in the project's language."""
    words = Words(study.project.language)
    starts = [_stop(s, words, "leg_start") for s in legs["start"]]
    ends = [_stop(s, words, "leg_end") for s in legs["end"]]
    texts = [
        words(
            "leg_crosses" if row["crosses"] else "leg",
            start=a,
            end=b,
            direction=words.name("direction", row["direction"]),
            length=words.count(row["length_m"]),
            crosses=row["crosses"],
        )
        for (_, row), a, b in zip(legs.iterrows(), starts, ends, strict=True)
    ]
    named = [words.name("direction", d) for d in legs["direction"]]
    return legs.assign(start=starts, end=ends, direction=named, text=texts)


def _stop(stake: object, words: Words, otherwise: str) -> str:
    return words("leg_stake", number=stake) if isinstance(stake, str) else words(otherwise)
