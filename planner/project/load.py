"""planner.toml becomes a `Project`: read, filled in, checked; every fault in one error."""

import tomllib
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from ..errors import MissingFileError, ProjectError
from .accepted import with_file
from .defaults import (
    filled_circle,
    filled_limits,
    filled_service,
    filled_transit,
    robustness_said,
    said_streets,
    told_borders,
    told_registers,
)
from .faults import fault_of, misshapen, missing_keys, unknown_key
from .schema import Project
from .siting import siting_faults
from .systems import filled_systems, system_faults

_RESERVED = ("parameters", "base", "file", "about")


def load_project(file: str | Path) -> Project:
    """Read a project file.

    Raises:
        MissingFileError: the file is not there.
        ProjectError: it is not TOML, has an unknown or missing key, or a value that cannot be; all at once.
    """
    return parse_project(read_toml(Path(file)), file=Path(file))


def read_toml(path: Path) -> dict[str, Any]:
    """Read a TOML file.

    Raises:
        MissingFileError: the file is not there.
        ProjectError: it is a folder, or not TOML.
    """
    if path.is_dir():
        raise ProjectError("is_folder", path=path)
    if not path.is_file():
        raise MissingFileError("missing_here", path=path, base=Path.cwd())
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError as error:
        raise ProjectError("toml_encoding", path=path) from error
    except tomllib.TOMLDecodeError as error:
        raise ProjectError("toml", path=path, detail=error) from error


def parse_project(raw: dict[str, Any], *, file: Path = Path("planner.toml")) -> Project:
    """Turn a parsed planner.toml into a `Project`; paths in it are relative to the file's folder."""
    _refuse_reserved(raw, file)
    faults = list(misshapen(raw, file))
    if faults:
        raise ProjectError(*faults)
    language = _language(raw)
    services: list[Any] = []
    parameters: list[Any] = []
    for entry in raw.get("services", []) if isinstance(raw.get("services"), list) else []:
        whole, said = filled_service(entry, language, file) if isinstance(entry, dict) else (entry, [])
        services.append(whole)
        parameters += said
    limits, said = filled_limits(raw.get("limits", {}))
    streets = raw.get("streets", {})
    said = [*(said_streets(streets) if isinstance(streets, dict) else ()), *said]
    filled: dict[str, Any] = {"services": services} if services else {}
    if "transit" in raw:
        filled["transit"], more = filled_transit(raw["transit"], _day(raw))
        said += more
    if "circle" in raw:
        filled["circle"], more = filled_circle(raw["circle"], lines="transit" in raw)
        said += more
    if "systems" in raw:
        filled["systems"], more = filled_systems(raw["systems"], language)
        said += more
    said += [*robustness_said(services), *told_borders(raw.get("borders"))]
    said += told_registers(facilities=bool(services), names="names" in raw)
    if "accept" in raw:
        filled["accept"] = with_file(raw["accept"], file.parent)
    whole = raw | filled | {"limits": limits, "parameters": [*parameters, *said]}
    try:
        project = Project.model_validate(whole | {"base": file.parent.resolve(), "file": file})
    except ValidationError as error:
        written = [e for e in error.errors() if e["loc"][:1] != ("parameters",)]
        raise ProjectError(*(fault_of(e, file) for e in written or error.errors())) from None
    _refuse_at_odds(project, file)
    if not project.sources:
        refuse_incomplete(project)
    return project


def _refuse_at_odds(project: Project, file: Path) -> None:
    """Refuse what each entry may say, but not beside the others."""
    faults = [
        *siting_faults(project.services, project.about.date, file),
        *system_faults(project.systems, project.services, file),
    ]
    if faults:
        raise ProjectError(*faults)


def refuse_incomplete(project: Project) -> None:
    """Refuse a project that lacks what is needed beyond a check.

    Raises:
        ProjectError: each of streets, demand and services that is not there.
    """
    if project.lacks:
        raise ProjectError(*missing_keys(project.lacks, project.file))


def _refuse_reserved(raw: dict[str, Any], file: Path) -> None:
    wrong = [key for key in _RESERVED if key in raw]
    if wrong:
        raise ProjectError(*(unknown_key((key,), file) for key in wrong))


def _day(raw: dict[str, Any]) -> Any:
    about = raw.get("project")
    return about.get("date") if isinstance(about, dict) else None


def _language(raw: dict[str, Any]) -> str:
    about = raw.get("project")
    return "en" if isinstance(about, dict) and about.get("language") == "en" else "zh"
