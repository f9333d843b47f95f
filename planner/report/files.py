"""File formats that would carry a clock, written without one."""

import io
import re
import zipfile
from datetime import date, datetime
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyogrio

from ..gazetteer import protected_names
from ..pipeline import Study
from .facts import Facts
from .frames import marked
from .secret import SECRET_LAYERS, open_findings, secret

_MODIFIED = re.compile(rb"(<dcterms:(created|modified)[^>]*>)[^<]*(</dcterms)")


def write_csv(table: pd.DataFrame, path: Path) -> None:
    """Write a CSV as Excel opens it: UTF-8 with BOM, Windows line ends."""
    table.to_csv(path, index=False, encoding="utf-8-sig", float_format="%.10g", lineterminator="\r\n")


def still_zip(content: bytes, on: date) -> bytes:
    """Return a docx or xlsx whose entries and properties all carry one date, so that equal content is equal bytes."""
    stamp = max((on.year, on.month, on.day, 0, 0, 0), (1980, 1, 1, 0, 0, 0))
    written = f"{on.isoformat()}T00:00:00Z".encode()
    result = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(result, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            body = old.read(name)
            if name == "docProps/core.xml":
                body = _MODIFIED.sub(rb"\g<1>" + written + rb"\g<3>", body)
            entry = zipfile.ZipInfo(name, stamp)
            entry.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(entry, body)
    return result.getvalue()


def write_geopackage(study: Study, facts: Facts, path: Path) -> None:
    """Write the layers as one GeoPackage: places, streets, facilities, candidates, gaps, sites, findings, names.

    `area_<service>` holds what lies within a third, two thirds and all of each service's standard; `system_<id>` the
    members of a system, `system_<id>_links` who belongs to whom.
    """
    on = datetime.combine(study.project.about.date, datetime.min.time())
    before = pyogrio.get_gdal_config_option("OGR_CURRENT_DATE")
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": on.strftime("%Y-%m-%dT%H:%M:%SZ")})
    try:
        for name, layer in _layers(study, facts).items():
            if len(layer):
                marked(layer, study).to_file(
                    path, layer=name, driver="GPKG", engine="pyogrio", mode="a" if path.exists() else "w"
                )
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": before})


def _layers(study: Study, facts: Facts) -> dict[str, gpd.GeoDataFrame]:
    layers = {"places": _places(study, facts), "facilities": _plain(study.layers.facilities)}
    network = next(iter(study.networks.values()), None)
    if network is not None:
        columns = ["name", "highway", "length_m", "forward", "backward"]
        layers["streets"] = _plain(network.to_frame()[[*columns, "geometry"]])
    named = {s.service.id: s for s in facts.services}
    layers["candidates"] = _stacked(dict(study.candidates), study)
    layers["gaps"] = _stacked({k: s.gaps.table for k, s in named.items() if s.gaps}, study)
    sites = {k: s.plan.sites.drop(columns="communities") for k, s in named.items() if s.plan}
    layers["sites"] = _stacked(sites, study)
    found = open_findings(study)
    layers["findings"] = found.reset_index() if found is not None else layers["sites"].iloc[:0]
    if not secret(study):
        layers |= {n: _plain(t) for n, t in study.layers.borders.items() if n in SECRET_LAYERS and "geometry" in t}
    if (names := study.layers.names) is not None and "geometry" in names and names["geometry"].notna().any():
        layers["names"] = _plain(names[names["geometry"].notna()])
        kept = protected_names(names)
        layers["protected_names"] = _plain(kept[kept["geometry"].notna()])
    for system in facts.systems:
        layers |= {f"system_{system.id}": _plain(system.points), f"system_{system.id}_links": _plain(system.links)}
    return layers | {f"area_{name}": areas.polygons for name, areas in study.areas.items()}


def _places(study: Study, facts: Facts) -> gpd.GeoDataFrame:
    """Return the places with the share covered by each service, as `<service>_share`."""
    places = study.layers.places.copy()
    for s in facts.services:
        if not study.by_place.empty:
            rows = study.by_place[(study.by_place["service"] == s.service.id)]
            shares = rows[rows["weight"] == s.service.weight].set_index("place_id")["share"]
            places[f"{s.service.id}_share"] = shares.reindex(places.index)
    return _plain(places)


def _stacked(layers: dict[str, gpd.GeoDataFrame], study: Study) -> gpd.GeoDataFrame:
    held = [layer.assign(service=name).reset_index() for name, layer in layers.items() if len(layer)]
    if not held:
        return gpd.GeoDataFrame(geometry=gpd.GeoSeries([], crs=study.project.crs))
    return _plain(gpd.GeoDataFrame(pd.concat(held, ignore_index=True), crs=study.project.crs))


def _plain(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return ids as a column, and columns that hold nothing left out."""
    frame = frame if isinstance(frame.index, pd.RangeIndex) else frame.reset_index()
    return frame.drop(columns=[c for c in frame if c != "geometry" and frame[c].isna().all()])
