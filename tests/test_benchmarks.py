"""The benchmarks run on toys, so that the tables of docs/benchmarks.md can always be printed anew."""

import sys

import pytest

from benchmarks import checks, names, service_areas, siting, travel
from benchmarks.cities import city


@pytest.mark.parametrize(
    ("script", "asked", "said"),
    [
        (travel, ["--sizes", "5200"], "planner"),
        (checks, ["--units", "40", "--vertices", "40"], "the same: True"),
        (names, ["--names", "400", "--counties", "1"], "missed 0, said besides 0; on clean counties 0"),
    ],
)
def test_a_script_prints_its_table(script, asked, said, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", [script.__name__, *asked])
    script.main()
    assert said in capsys.readouterr().out


def test_service_areas_print_their_table(capsys):
    service_areas.polygons("toy", city(400), n=4)
    assert "buffer each, union" in capsys.readouterr().out


def test_an_instance_of_siting_prints_its_row(capsys):
    siting.show("toy", siting.MCLP(1000, p=3), siting.straight(400, 30))
    assert "optimal" in capsys.readouterr().out
