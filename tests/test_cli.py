import json
import subprocess
import sys
import time

import pytest
from typer.testing import CliRunner

from planner import cli
from tests.conftest import ROOT

runner = CliRunner()


def planner(*words, cwd=ROOT):
    return subprocess.run(
        [sys.executable, "-m", "planner.cli", *words], cwd=cwd, capture_output=True, text=True, check=False
    )


def test_help_names_every_command_in_both_languages():
    text = runner.invoke(cli.app, ["--help"]).output
    assert all(command in text for command in ("demo", "new", "streets", "check", "run"))
    assert "覆盖评估" in text
    assert "exit codes" in text


@pytest.mark.parametrize("command", ["demo", "new", "streets", "check", "run"])
def test_every_command_has_help(command):
    result = runner.invoke(cli.app, [command, "--help"])
    assert result.exit_code == 0
    assert "·" in result.output


def test_importing_and_helping_load_nothing_heavy():
    heavy = "{'geopandas', 'numba', 'sklearn', 'osmnx', 'matplotlib', 'scipy'}"
    code = f"import sys, planner, planner.cli; print(sorted({heavy} & set(sys.modules)))"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


def test_a_wrong_file_is_one_message_and_exit_code_2(tmp_path):
    result = planner("run", str(tmp_path / "nowhere.toml"))
    assert result.returncode == 2
    assert "找不到文件" in result.stderr
    assert "Traceback" not in result.stderr


def test_an_english_project_gets_english_errors(tmp_path):
    (tmp_path / "planner.toml").write_text('[project]\nname = "x"\nlanguage = "en"\ncolour = 1\n', encoding="utf-8")
    result = planner("check", str(tmp_path / "planner.toml"))
    assert result.returncode == 2
    assert "unknown key project.colour" in result.stderr


def test_an_unknown_stage_is_wrong_use():
    assert planner("run", "data/planner.toml", "--until", "lunch").returncode == 2


def test_an_early_stop_writes_only_where_it_is_told_to(tmp_path):
    result = planner("run", str(ROOT / "data/planner.toml"), "--until", "layers", cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    assert not list(tmp_path.iterdir())
    result = planner("run", "data/planner.toml", "--until", "layers", "--out", str(tmp_path / "early"))
    assert result.returncode == 0, result.stderr
    assert (tmp_path / "early" / "run.json").exists()


def test_a_folder_that_cannot_be_written_is_said_before_the_work(tmp_path):
    taken = tmp_path / "taken"
    taken.write_text("mine", encoding="utf-8")
    for out in (taken, taken / "below"):
        result = planner("run", "data/planner.toml", "--out", str(out))
        assert result.returncode == 2
        assert str(taken) in result.stderr
        assert len(result.stderr.strip().splitlines()) == 1
    assert planner("new", str(taken / "city")).returncode == 2
    assert taken.read_text(encoding="utf-8") == "mine"


def test_new_writes_a_project_that_is_read(tmp_path):
    from planner.project import load_project

    assert runner.invoke(cli.app, ["new", str(tmp_path / "city")]).exit_code == 0
    assert load_project(tmp_path / "city" / "planner.toml").services[0].id == "day_care"


def test_new_leaves_an_existing_project_alone(tmp_path):
    (tmp_path / "planner.toml").write_text("mine", encoding="utf-8")
    assert planner("new", str(tmp_path)).returncode == 2
    assert (tmp_path / "planner.toml").read_text(encoding="utf-8") == "mine"


def test_check_of_the_demo_is_clean(tmp_path):
    result = planner("check", "data/planner.toml", "--out", str(tmp_path / "checked"))
    assert result.returncode == 0, result.stderr
    assert "0 个错误" in result.stdout
    assert {"map.html", "report.docx"} <= {p.name for p in (tmp_path / "checked").iterdir()}


def test_demo_from_nothing_to_all_files(tmp_path):
    begun = time.perf_counter()
    result = planner("demo", "--out", str(tmp_path / "run"))
    assert result.returncode == 0, result.stderr
    assert time.perf_counter() - begun < 300  # a hang, not a benchmark: those are in benchmarks/
    told = json.loads((tmp_path / "run" / "run.json").read_text(encoding="utf-8"))
    assert set(told["services"]) == {"day_care", "meal_point", "columbarium", "social_work"}
