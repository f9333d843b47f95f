"""Every example of docs/systems.md is a project file that can be read."""

import re
import tomllib

import pytest

from planner.project import parse_project
from planner.project.systems import KINDS

from ..conftest import ROOT
from ..small_project import TOML

PAGE = (ROOT / "docs/systems.md").read_text(encoding="utf-8")
EXAMPLES = [tomllib.loads(code) for code in re.findall(r"```toml\n(.*?)```", PAGE, flags=re.DOTALL)]


def test_every_kind_has_its_example():
    assert [entry["kind"] for one in EXAMPLES for entry in one["systems"]] == list(KINDS)


@pytest.mark.parametrize("example", EXAMPLES, ids=[e["systems"][0]["kind"] for e in EXAMPLES])
def test_examples_are_read(example):
    raw = tomllib.loads(TOML)
    values = [v for entry in example["systems"] for v in entry.values()]
    named = {v for one in values for v in (one if isinstance(one, list) else [one]) if isinstance(v, str)}
    more = {"facilities": "f.csv", "datum": "wgs84", "candidates": {"path": "c.csv", "datum": "wgs84"}}
    services = [{"id": name} | more for name in sorted(named) if name not in KINDS]
    project = parse_project(raw | {"services": services} | example)
    assert [s.kind for s in project.systems] == [e["kind"] for e in example["systems"]]
    told = {p.key.rsplit(".", 1)[0] for p in project.parameters if p.key.startswith("systems.")}
    assert told <= {f"systems.{s.id}" for s in project.systems}
