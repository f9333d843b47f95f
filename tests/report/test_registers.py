"""The place-name list, the atlas and the layer of protected names, as a run with [names] writes them."""

import io
import re
from dataclasses import replace
from itertools import combinations

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pyogrio
import pytest
from shapely import Point, box

from planner import load_project, run, write_outputs
from planner.errors import TableError
from planner.layers import read_layers
from planner.report import outputs
from planner.report.atlas import _labels, atlas_html
from planner.report.registers import names_workbook

from .. import small_project

NAMES = pd.DataFrame(
    {
        "地名代码": ["n1", "n2", "n3", "n4"],
        "标准名称": ["中山路", "安乐花园", "古井", "示例人路"],
        "类别": ["街路巷", "住宅区", "纪念地旅游景点", "街路巷"],
        "所在政区代码": ["320102001001", "320102001002", "320102001001", "320102"],
        "保护名录": ["", "", "红色地名", ""],
        "不规范类型": ["", "怪", "", ""],
        "状态": ["", "已更名", "", ""],
        "命名时间": ["", "", "1950-01-01", ""],
        "汉语拼音": ["Zhongshan Road", "", "", "Shiliren Lu"],
    }
)
SECTION = '[names]\npath = "names.csv"\ndatum = "wgs84"\nwords = "words.csv"\n\n[demand]'


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    folder = tmp_path_factory.mktemp("named")
    file = small_project.write(folder, small_project.TOML.replace("[demand]", SECTION))
    lon, lat = small_project.degrees([2, 8, 3, 5], [2, 3, 5, 5])
    NAMES.assign(东经=lon, lon=lon, lat=lat).to_csv(folder / "names.csv", index=False, encoding="utf-8-sig")
    (folder / "words.csv").write_text("list,word\nleader,示例人\n", encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def study(project):
    return run(load_project(project))


@pytest.fixture(scope="module")
def out(study, tmp_path_factory):
    return write_outputs(study, tmp_path_factory.mktemp("out") / "run")


def test_the_run_reads_the_names_and_judges_them(study):
    assert list(study.layers.names.index) == ["n1", "n2", "n3", "n4"]
    assert [i.layer for i in study.layers.inputs].count("names") == 1
    assert [i.layer for i in study.layers.inputs].count("words") == 1
    of_names = [c for c in study.findings["code"] if c.startswith("PN")]
    # the project's own list names a leader; Road is English; 示例 is read as shì and lì, which Shili may be
    assert of_names == ["PN-11", "PN-21"]


def test_files_are_written_only_with_names(out, study):
    for name in ("names.xlsx", "atlas.html", "tables/names.csv", "tables/name_ledger.csv"):
        assert (out / name).is_file(), name
    assert outputs._gazetteer(study).keys() == {
        "names.xlsx",
        "atlas.html",
        "tables/names.csv",
        "tables/name_ledger.csv",
    }
    assert outputs._gazetteer(replace(study, layers=replace(study.layers, names=None))) == {}


def test_the_workbook(study):
    book = openpyxl.load_workbook(io.BytesIO(names_workbook(study)))
    assert book.sheetnames == ["地名录", "保护名录", "标准化台账"]
    head, *rows = book["地名录"].iter_rows(values_only=True)
    assert head[:6] == ("序号", "名称", "汉语拼音", "拼音来源", "类别", "所在政区")
    # the renamed compound is no name in use; 320102 comes before its communities; zhong after gu by class
    assert [r[1] for r in rows] == ["示例人路", "中山路", "古井"]
    # the list is printed: what a check doubts is marked, and the coordinates say their datum
    assert head[-3:] == ("核对", "经度（WGS84）", "纬度（WGS84）")
    assert [r[-3] for r in rows] == [None, "汉语拼音拼写不合规则 PN-21", None]
    # 118.797 E, 32.06 N: whole minutes, 118°48′ and 32°04′
    assert all(re.fullmatch(r"118°\d\d′", str(r[-2])) and re.fullmatch(r"32°\d\d′", str(r[-1])) for r in rows)
    assert [r[1] for r in book["保护名录"].iter_rows(min_row=2, values_only=True)] == ["古井"]
    ledger = list(book["标准化台账"].iter_rows(min_row=2, values_only=True))
    assert len(ledger) == 1
    assert ledger[0][2] == "怪"
    assert ledger[0][-1] == 1
    assert names_workbook(study) == names_workbook(study)


def test_the_atlas_is_one_offline_page_whose_links_lead_somewhere(study):
    page = atlas_html(study)
    ids = set(re.findall(r'id="([^"]+)"', page))
    links = re.findall(r'href="#([^"]+)"', page)
    assert links
    assert {*links} <= ids
    assert not re.findall(r'(?:src|href)="(?!#)', page), "it asks for no other file"
    assert "内部工作用图" in page
    index = page[page.rindex("地名索引") :]
    for name in ("中山路", "古井", "示例人路"):
        assert name in index
    assert "安乐花园" not in page, "a name that was replaced is no longer in use"
    assert 'class="red"' in page
    assert page == atlas_html(study)


def test_the_layer_of_protected_names(out):
    layers = {name for name, _ in pyogrio.list_layers(out / "layers.gpkg")}
    assert {"names", "protected_names"} <= layers
    kept = gpd.read_file(out / "layers.gpkg", layer="protected_names")
    assert list(kept["name"]) == ["古井"]


def test_a_wrong_word_list_is_one_clear_error(project, tmp_path):
    for name in project.parent.iterdir():
        (tmp_path / name.name).write_bytes(name.read_bytes())
    (tmp_path / "words.csv").write_text("list,word\nliders,某人\n", encoding="utf-8")
    with pytest.raises(TableError, match="liders"):
        read_layers(load_project(tmp_path / "planner.toml"))
    (tmp_path / "words.csv").write_text("word\n某人\n", encoding="utf-8")
    with pytest.raises(TableError, match="list"):
        read_layers(load_project(tmp_path / "planner.toml"))


def test_names_of_one_spot_are_written_below_each_other():
    names = pd.DataFrame({"name": ["甲路", "乙路", "丙路", "丁路"], "symbol": "way"})
    pixels = np.array([(300.0, 300.0)] * 3 + [(322.0, 300.0)])
    labels = _labels(names, pixels, [("某镇", 300.0, 340.0)], 10)
    assert {label["text"] for label in labels} == {"甲路", "乙路", "丙路", "丁路", "某镇"}
    left = {"start": 0.0, "middle": 0.5, "end": 1.0}
    boxes = []
    for label in labels:
        wide = label["size"] * len(label["text"])
        west = label["x"] - wide * left[label["anchor"]]
        boxes.append(box(west, label["y"] - label["size"], west + wide, label["y"] + 2))
    assert not any(a.intersection(b).area for a, b in combinations(boxes, 2))
    assert not any(a.contains(Point(xy)) for a in boxes for xy in pixels)
