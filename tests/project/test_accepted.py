"""Accepted findings: entries of the project file and rows of a csv, side by side."""

from datetime import date

import pytest

from planner import load_project
from planner.errors import MissingFileError, ProjectError, TableError

from .. import small_project

HEAD = "code,feature_id,reason,date\n"


def project(folder, more, rows=None):
    file = small_project.write(folder)
    file.write_text(file.read_text(encoding="utf-8") + more, encoding="utf-8")
    if rows is not None:
        (folder / "accepted.csv").write_text(rows, encoding="utf-8")
    return load_project(file)


def test_a_file_stands_beside_entries(tmp_path):
    more = '[[accept]]\ncode = "NW-01"\nreason = "已核实"\ndate = 2026-01-01\n[[accept]]\nfile = "accepted.csv"\n'
    told = project(tmp_path, more, HEAD + "FA-01,f2,两家机构,2026/1/5\nNW-10,,边界外已核,2026-01-06\n").accept
    assert [(a.code, a.feature_id, a.date) for a in told] == [
        ("NW-01", None, date(2026, 1, 1)),
        ("FA-01", "f2", date(2026, 1, 5)),
        ("NW-10", None, date(2026, 1, 6)),
    ]


def test_a_file_alone(tmp_path):
    told = project(tmp_path, '[accept]\nfile = "accepted.csv"\n', HEAD + "FA-01,f2,两家机构,2026-01-05\n").accept
    assert [a.reason for a in told] == ["两家机构"]


def test_bad_files_are_told_with_their_rows(tmp_path):
    with pytest.raises(TableError, match="3"):
        project(
            tmp_path, '[accept]\nfile = "accepted.csv"\n', HEAD + "FA-01,f2,两家,2026-01-05\nFA-02,f2,,2026-01-05\n"
        )
    with pytest.raises(TableError, match="date"):
        project(tmp_path, '[accept]\nfile = "accepted.csv"\n', "code,reason\nFA-01,两家机构\n")
    with pytest.raises(MissingFileError):
        project(tmp_path, '[accept]\nfile = "nowhere.csv"\n')


def test_an_entry_of_neither_kind_is_refused(tmp_path):
    with pytest.raises(ProjectError):
        project(tmp_path, '[[accept]]\nfile = "accepted.csv"\ncode = "FA-01"\n', HEAD)
