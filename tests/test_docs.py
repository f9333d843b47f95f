"""The documentation says what the code does."""

import re
import runpy

import pytest

from tests.conftest import ROOT

PAGES = runpy.run_path(str(ROOT / "scripts" / "docs"))["PAGES"]


@pytest.mark.parametrize("name", PAGES)
def test_made_pages_are_up_to_date(name):
    held = (ROOT / "docs" / name).read_text(encoding="utf-8")
    assert held == PAGES[name](), "run: uv run python scripts/docs"


@pytest.mark.parametrize("readme", ["README.md", "README.zh.md"])
def test_readme_names_commands_and_files_that_exist(readme):
    text = (ROOT / readme).read_text(encoding="utf-8")
    from planner.cli import app

    commands = {c.name or c.callback.__name__ for c in app.registered_commands}
    assert set(re.findall(r"planner (demo|new|streets|check|run|compare)\b", text)) <= commands
    for link in re.findall(r"\]\(([^)#]+)\)", text):
        if not link.startswith("http"):
            assert (ROOT / link).exists(), link


@pytest.mark.parametrize("readme", ["README.md", "README.zh.md"])
def test_readme_code_runs(readme, monkeypatch):
    monkeypatch.chdir(ROOT)
    text = (ROOT / readme).read_text(encoding="utf-8")
    for code in re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL):
        exec(compile(code, readme, "exec"), {})


def test_decisions_are_numbered_without_holes():
    numbers = [int(p.name[:4]) for p in sorted((ROOT / "docs" / "decisions").glob("*.md"))]
    assert numbers == list(range(1, len(numbers) + 1))


def test_every_decision_fits_a_page():
    for page in (ROOT / "docs" / "decisions").glob("*.md"):
        assert len(page.read_text(encoding="utf-8").splitlines()) < 60, page.name


def test_the_project_file_is_told_in_words():
    page = (ROOT / "docs/project_file.md").read_text(encoding="utf-8")
    assert not re.search(
        r"Literal|Annotated|Optional|FieldInfo|tuple\[|dict\[|NoneType|datetime|\bstr\b|\bNone\b", page
    )
    assert "`pace`" in page
    assert "| speed_mps | number > 0 | from the preset |" in page
