"""A run's folder read back: `read_run`."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from ..errors import TableError
from ..project import Limits

NEEDED = ("run.json", "tables/coverage_by_place.csv", "tables/sites.csv", "tables/phases.csv", "layers.gpkg")


@dataclass(frozen=True, kw_only=True)
class RunFolder:
    """What a run's folder says: its record, coverage by place, sites, years of plans, places and facilities."""

    path: Path
    record: dict[str, Any]
    coverage: pd.DataFrame
    sites: pd.DataFrame
    phases: pd.DataFrame
    places: gpd.GeoDataFrame
    facilities: gpd.GeoDataFrame

    @property
    def limits(self) -> Limits:
        """The limits of the run, as its record says them."""
        told = {p["key"]: p["value"] for p in self.record["parameters"]}
        return Limits(**{name: told[f"limits.{name}"] for name in Limits.model_fields})

    @property
    def scenario(self) -> dict[str, Any] | None:
        """The name of the scenario and its edits; None where nothing was changed."""
        told: dict[str, Any] | None = self.record.get("scenario")
        return told

    @property
    def title(self) -> str:
        """What the project is called."""
        return str(self.record.get("title") or self.record["project"])

    @property
    def names(self) -> dict[str, str]:
        """The names of services and systems by id."""
        told = {**self.record["services"], **self.record.get("systems", {})}
        return {i: str(one.get("name", i)) for i, one in told.items()}


def read_run(path: Path) -> RunFolder:
    """Read the folder of a run.

    Raises:
        TableError: it holds no run, or one whose record cannot be read.
    """
    missing = [name for name in NEEDED if not (path / name).is_file()]
    if missing:
        raise TableError("compare_no_run", path=path, missing=", ".join(missing))
    ids = {"place_id": str, "candidate_id": str, "facility_id": str}
    try:
        record = json.loads((path / "run.json").read_text(encoding="utf-8"))
        tables = [pd.read_csv(path / name, dtype=ids, encoding="utf-8-sig") for name in NEEDED[1:4]]
        layers = [gpd.read_file(path / "layers.gpkg", layer=name) for name in ("places", "facilities")]
        known = {"project", "services", "parameters", "language", "sample"} <= set(record)
    except (ValueError, OSError, KeyError) as error:
        raise TableError("compare_no_run", path=path, missing=str(error)) from error
    if not known:
        raise TableError("compare_no_run", path=path, missing="run.json: project, services, parameters")
    frames = dict(zip(("coverage", "sites", "phases"), tables, strict=True))
    run = RunFolder(path=path, record=record, places=layers[0], facilities=layers[1], **frames)
    try:
        run.limits  # noqa: B018  a record of another version may lack some
    except (KeyError, ValueError) as error:
        raise TableError("compare_no_run", path=path, missing=f"run.json: {error}") from error
    return run
