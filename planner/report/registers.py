"""The place-name list and the ledger as one Excel file, and their tables as CSV."""

import io
import sys
from collections.abc import Iterator
from datetime import datetime
from types import SimpleNamespace

import geopandas as gpd
import pandas as pd
from openpyxl import Workbook

from .. import texts
from ..checks import CHECKS, Acceptance, run_checks
from ..gazetteer import name_ledger, name_list
from ..pipeline import Study
from .files import still_zip
from .located import degrees
from .sheets import Sheet, write_sheet
from .style import Words

_SHEET_NAME = 31  # characters Excel allows
_FORBIDDEN = str.maketrans(dict.fromkeys("[]:*?/\\", "_"))


def listed(study: Study) -> pd.DataFrame:
    """Return the place-name list with longitude and latitude in whole minutes, as a public list gives them.

    `check` names the checks that doubt how a name is written or spelt (PN-22;PN-21); empty where none does.
    """
    names = study.layers.names
    if names is None:
        return pd.DataFrame()
    frame = name_list(names, study.layers.places)
    where, doubts = located(names).reindex(frame.index), _doubted(study)
    minutes = {column: where[column].map(_minutes) for column in ("lon_wgs84", "lat_wgs84")}
    return frame.assign(check=frame.index.map(doubts).astype(object), **minutes)


def _doubted(study: Study) -> dict[str, str]:
    """Return the codes of the checks that doubt a name's writing or spelling, by name_id; what is accepted is left out.

    The checks are asked again, for the findings of a run list a hundred of a code only.
    """
    names, layers = study.layers.names, study.layers
    places = pd.DataFrame(layers.places.drop(columns="geometry", errors="ignore"))
    asked = SimpleNamespace(names=names, places=places, rules=layers.rules, crs=layers.crs)
    accepted = [Acceptance(**word.model_dump()) for word in study.project.accept]
    spelling = [one for one in CHECKS if one.code in ("PN-03", "PN-21", "PN-22")]
    found = run_checks(asked, on=study.project.about.date, accepted=accepted, checks=spelling, cap=sys.maxsize)
    found = found[found["accepted"].isna() & (found["layer"] == "names")].sort_values("code")
    return {str(i): ";".join(dict.fromkeys(codes)) for i, codes in found.groupby("feature_id")["code"]}


def located(names: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return one longitude and latitude a name, in WGS 84; missing where it has no geometry."""
    if "geometry" not in names:
        return pd.DataFrame({"lon_wgs84": pd.NA, "lat_wgs84": pd.NA}, index=names.index)
    held = names[names["geometry"].notna()]
    points = gpd.GeoSeries(held["geometry"].to_numpy(), index=held.index, crs=names.crs).representative_point()
    return degrees(points).set_axis(held.index).reindex(names.index)


def names_workbook(study: Study) -> bytes:
    """Return the xlsx: the list of the whole project, of each county, protected names, and the ledger."""
    words = Words(study.project.language)
    book = Workbook(write_only=True)
    moment = datetime.combine(study.project.about.date, datetime.min.time())
    book.properties.title = f"{study.project.about.title} {words('sheet_names')}"
    book.properties.creator = "planner"
    book.properties.created = book.properties.modified = moment
    marks = ([words("sample")] if study.project.about.sample else []) + [words("notice")]
    for sheet in _sheets(study, words):
        write_sheet(book, sheet, words, marks)
    held = io.BytesIO()
    book.save(held)
    return still_zip(held.getvalue(), study.project.about.date)


def ledger(study: Study) -> pd.DataFrame:
    """Return the ledger of the clean-up."""
    names = study.layers.names
    return pd.DataFrame() if names is None else name_ledger(names, study.layers.places)


def _sheets(study: Study, words: Words) -> Iterator[Sheet]:
    whole = worded(listed(study), words).rename(columns={"kind": "name_kind"})
    yield Sheet(words("sheet_names"), whole.drop(columns="place_id"))
    counties = study.layers.places[study.layers.places["level"] == "county"]
    for code, name in counties["name"].items():
        part = whole[[_below(c, str(code), study.layers.places) for c in whole["place_id"]]]
        if len(part) and len(counties) > 1:
            part = part.assign(number=range(1, len(part) + 1)).drop(columns="place_id")
            yield Sheet(f"{name} {code}".translate(_FORBIDDEN)[:_SHEET_NAME], part)
    kept = whole[whole["protected"].notna()]
    yield Sheet(words("sheet_protected"), kept.assign(number=range(1, len(kept) + 1)).drop(columns="place_id"))
    yield Sheet(words("sheet_ledger"), ledger(study).rename(columns={"former": "former_status"}))


def worded(frame: pd.DataFrame, words: Words) -> pd.DataFrame:
    """Put the reader's words for the classes, for who spelt a name and for what doubts it."""
    kinds = [words("kind_missing") if pd.isna(k) else words.name("kind", k) for k in frame["kind"]]
    doubts = frame["check"].map(
        lambda codes: words.listed([_title(c, words) for c in codes.split(";")]), na_action="ignore"
    )
    return frame.assign(kind=kinds, spelt_by=[words.name("spelt", s) for s in frame["spelt_by"]], check=doubts)


def _title(code: str, words: Words) -> str:
    """Return what a check is called, with its code."""
    return f"{texts.say(words.language, 'checks', f'{code}_title')} {code}"


def _below(code: str, county: str, places: pd.DataFrame) -> bool:
    parents = places["parent_id"].to_dict()
    here: str | None = code
    for _ in range(6):
        if here == county:
            return True
        here = parents.get(here)
    return code.startswith(county) and county.isdigit()


def _minutes(value: float) -> str | None:
    """Return degrees in whole minutes: 118°48′."""
    if pd.isna(value):
        return None
    whole = round(value * 60)
    return f"{whole // 60}°{whole % 60:02d}′"
