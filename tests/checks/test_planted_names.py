"""Faults planted at random by a program that does not know the checks: each is found once, and nothing else."""

import pytest
from pypinyin import Style, lazy_pinyin

from benchmarks.names import KINDS, PN, Toy, clean_county, planted_county
from planner.checks import run_checks
from planner.names.readings import _library


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_thirty_planted_faults_are_found_once_each(seed):
    table, planted = planted_county(600, 30, seed)
    found = run_checks(Toy(names=table), checks=PN, cap=10_000)
    assert sorted(zip(found["code"], found["feature_id"], strict=True)) == planted


def test_every_kind_of_fault_is_planted_now_and_then():
    drawn = {code for seed in range(12) for code, _ in planted_county(600, 30, seed)[1]}
    assert drawn == {*KINDS}


@pytest.mark.parametrize("seed", [1, 2])
def test_a_county_without_faults_is_clean(seed):
    table, planted = planted_county(1500, 0, seed)
    assert planted == []
    assert len(table) == 1500
    assert run_checks(Toy(names=table), checks=PN).empty


def test_the_planter_s_names_all_sound_different():
    import random

    rows = clean_county(1500, random.Random(5))
    sounds = {tuple(lazy_pinyin(r["name"], style=Style.NORMAL)) for r in rows}
    assert len(sounds) == 1500


def test_names_read_by_letter_are_read_as_the_library_reads_them():
    for word in ("丹霞", "长江中路", "重庆", "银杏", "行云", "朝天宫", "乐山", "大厦", "六安", "解放", "a1路", "朴席"):
        assert tuple(_library(word)) == tuple(lazy_pinyin(word, style=Style.TONE))
