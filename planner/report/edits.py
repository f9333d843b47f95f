"""What a scenario changed, in the reader's words: `tell_edits`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..layers import Layers
from ..pipeline import Study
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
)
from .style import Words, missing, number


@dataclass(frozen=True, kw_only=True)
class _Names:
    """The names that edits use: of services by id, and of facilities, candidates and places as they were read."""

    services: Mapping[str, str]
    layers: Layers
    scenario: Scenario

    def facility(self, facility_id: str) -> tuple[str, str]:
        """Return the service and the name of a facility; of one that an earlier edit added, as that says."""
        if facility_id in self.layers.facilities.index:
            row = self.layers.facilities.loc[facility_id]
            return self.service(row["service"]), "" if missing(row.get("name")) else str(row["name"])
        added = (e for e in self.scenario.edits if isinstance(e, AddFacility) and e.facility_id == facility_id)
        return next(((self.service(e.service), e.name) for e in added), ("", ""))

    def service(self, service: Any) -> str:
        """Return the name of a service."""
        return self.services.get(service, str(service))

    def candidate(self, edit: OpenCandidate) -> tuple[str, str]:
        """Return the service and the name of a candidate."""
        for service, table in self.layers.candidates.items():
            if edit.service in (None, service) and edit.candidate_id in table.index:
                name = table.loc[edit.candidate_id].get("name")
                return self.service(service), "" if missing(name) else str(name)
        return self.service(edit.service), ""

    def place(self, place_id: str | None) -> str:
        """Return the name of a place, empty for everywhere."""
        return "" if place_id is None else str(self.layers.places["name"].get(place_id, place_id))


def tell_edits(study: Study) -> tuple[str, ...]:
    """Return one phrase an edit of the study's scenario, in its order; none without a scenario."""
    if study.scenario is None or study.unedited is None:
        return ()
    words = Words(study.project.language)
    services = {s.id: s.name for s in study.project.services}
    names = _Names(services=services, layers=study.unedited, scenario=study.scenario)
    modes = {s.id: words.name("mode", s.mode) for s in study.project.services}
    return tuple(_told(edit, names, modes, words) for edit in study.scenario.edits)


def _told(edit: Edit, names: _Names, modes: Mapping[str, str], words: Words) -> str:  # noqa: PLR0911  one a kind
    match edit:
        case AddFacility():
            called = _called(edit.name, edit.facility_id, words)
            return words("scenario_add_facility", service=names.service(edit.service), what=called, at=_at(edit.at))
        case OpenCandidate():
            service, name = names.candidate(edit)
            return words("scenario_open_candidate", service=service, what=_called(name, edit.candidate_id, words))
        case CloseFacility():
            service, name = names.facility(edit.facility_id)
            return words("scenario_close_facility", service=service, what=_called(name, edit.facility_id, words))
        case MoveFacility():
            service, name = names.facility(edit.facility_id)
            called = _called(name, edit.facility_id, words)
            return words("scenario_move_facility", service=service, what=called, at=_at(edit.at))
        case AddStreet():
            return words("scenario_add_street", what=_called(edit.name, edit.way_id, words))
        case ChangeSpeed():
            mode = modes.get(edit.service, "")
            service = names.service(edit.service)
            return words("scenario_change_speed", service=service, mode=mode, speed=number(edit.speed_mps))
        case ScaleDemand():
            whom = words("scenario_everybody") if edit.weight is None else words.inside("weight", edit.weight)
            where = names.place(edit.place_id) or words("scenario_everywhere")
            return words("scenario_scale_demand", place=where, weight=whom, factor=number(edit.factor))


def _called(name: str, own_id: str, words: Words) -> str:
    """Return the name with the id, the id alone where there is no other name."""
    return words("scenario_named", name=name, id=own_id) if name and name != own_id else own_id


def _at(point: tuple[float, float]) -> str:
    return ", ".join(number(x) for x in point)


def scenario_mark(study: Study, words: Words) -> str:
    """Return what follows a title of a scenario's outputs; nothing of the present state."""
    if study.scenario is None or not study.scenario.edits:
        return ""
    return words("scenario_mark", name=study.scenario.name or words("scenario_unnamed"))
