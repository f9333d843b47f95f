"""A scenario file becomes a `Scenario`: strict, with every fault in one error.

name = "新增两处"

[[edit]]
do = "add_facility"          # add_facility, open_candidate, close_facility, move_facility,
facility_id = "new-1"        # add_street, change_speed, scale_demand
service = "day_care"
at = [114.28, 30.58]
datum = "wgs84"
"""

import dataclasses
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from ..errors import Fault, ProjectError, hint
from ..scenario import (
    AddFacility,
    AddStreet,
    ChangeSpeed,
    CloseFacility,
    Edit,
    MoveFacility,
    OpenCandidate,
    ScaleDemand,
    Scenario,
    edit_key,
)
from .faults import said_of
from .load import read_toml

_KINDS = (AddFacility, OpenCandidate, CloseFacility, MoveFacility, AddStreet, ChangeSpeed, ScaleDemand)
EDITS: dict[str, type] = {edit_key(kind): kind for kind in _KINDS}


def load_scenario(file: str | Path) -> Scenario:
    """Read a scenario file; its name is the file's where it gives none.

    Raises:
        MissingFileError: the file is not there.
        ProjectError: it is not TOML, or an edit has an unknown, missing or wrong key; all at once.
    """
    path = Path(file)
    raw = read_toml(path)
    entries = raw.get("edit", [])
    if set(raw) - {"name", "edit"} or not isinstance(entries, list) or not isinstance(raw.get("name", ""), str):
        wrong = next(iter(set(raw) - {"name", "edit"}), "edit")
        raise ProjectError("unknown_key", path=path, key=wrong, hint="name | [[edit]]")
    faults = [fault for n, entry in enumerate(entries, 1) for fault in _faults(path, n, entry)]
    if faults:
        raise ProjectError(*faults)
    return Scenario(*[_edit(entry) for entry in entries], name=raw.get("name", "") or path.stem)


def _edit(entry: dict[str, Any]) -> Edit:
    given = {key: value for key, value in entry.items() if key != "do"}
    made: Edit = TypeAdapter(EDITS[entry["do"]]).validate_python(given)
    return made


def _faults(path: Path, n: int, entry: Any) -> Iterable[Fault]:
    """Yield what is wrong with one [[edit]]."""
    do = entry.get("do") if isinstance(entry, dict) else entry
    if do not in EDITS:
        yield Fault("scenario_do", {"path": path, "n": n, "do": do, "known": " | ".join(EDITS)})
        return
    names = [f.name for f in dataclasses.fields(EDITS[do])]
    about = {"path": path, "n": n, "do": do, "known": ", ".join(names)}
    for key in sorted(set(entry) - {"do", *names}):
        what = Fault("scenario_no_key", {"hint": hint(key, names)})
        yield Fault("scenario_key", about | {"key": key, "what": what})
    try:
        _edit(entry)
    except ValidationError as error:
        for one in error.errors():
            key = ".".join(str(part) for part in one["loc"])
            yield Fault("scenario_key", about | {"key": key, "what": said_of(one["type"], one.get("ctx", {}))})
