"""The map needs no network, shows what it should and nothing finer."""

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import folium
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Point

from planner.pipeline import Study
from planner.report import webmap, write_map
from planner.report.facts import gather
from planner.report.frames import communities_text
from planner.report.maps import draw
from planner.report.pack import PER_DEGREE, pack, unpack
from planner.report.style import Words
from planner.report.webmap import map_html

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@pytest.fixture(scope="module")
def page(out: Path) -> str:
    return (out / "map.html").read_text(encoding="utf-8")


def _data(page: str) -> dict:
    text = re.search(r"plannerMap\(map_\d+, (\{.*\})\);\s*</script>", page, re.DOTALL)[1]
    return json.loads(text)


def test_no_address_outside_the_page(page: str):
    tags = re.findall(r"<(?:script|link|img|a|iframe|image|use)\b[^>]*>", page)
    assert not [t for t in tags if re.search(r"\b(src|href)\s*=", t)]
    sheets = "".join(re.findall(r"<style>(.*?)</style>", page, re.DOTALL))
    assert not [u for u in re.findall(r"url\(([^)]*)\)", sheets) if not u.startswith("data:")]
    assert "@import" not in page
    left = set(re.findall(r"https?://[^\s\"'<>)]+", page)) - {"http://www.w3.org/2000/svg"}
    assert not [a for a in left if "leafletjs.com" not in a]  # its licence's comment names it


def test_no_flag_anywhere(page: str):
    assert "setPrefix(false)" in page
    assert 'class="leaflet-attribution-flag"' not in page


def test_what_is_not_bundled_is_refused():
    with pytest.raises(ValueError, match="not bundled"):
        webmap.bundled("https://example.org/markercluster.js")
    chart = folium.Map(tiles=None)
    figure = chart.get_root()
    figure.render()
    with pytest.raises(ValueError, match="not bundled"):
        webmap._inline(figure)


def test_marks_and_notices(page: str):
    data = _data(page)
    assert data["notice"] == "内部工作用图，未经审核不得公开"
    assert data["sample"] == "示例数据，不得用于申报"
    assert data["approval"].startswith("审图号")
    assert data["attribution"] == "© OpenStreetMap contributors, ODbL"


def test_a_name_cannot_end_the_script(page: str):
    assert "东北公房</script>" not in page
    assert _data(page)["services"][0]["sites"][0]["name"] == "东北公房</script>"


def test_small_cells_carry_no_numbers(page: str):
    data = _data(page)
    by_name = dict(zip(data["places"]["short"], data["services"][0]["stats"], strict=True))
    assert by_name["冬梅社区"] is None
    # 春晖社区 has the crossings with i, j <= 3, three old people each; of these 16 all but (2, 3), (3, 2) and
    # (3, 3) have i + j <= 4
    assert by_name["春晖社区"][:2] == [48, 39]


def test_people_are_not_in_the_map(page: str, toy: Study):
    assert "lonely" not in page
    assert not [i for i in toy.layers.demand.index if f'"{i}"' in page]


def test_every_service_has_its_own_layers(page: str):
    services = {s["id"]: s for s in _data(page)["services"]}
    assert set(services) == {"day_care", "columbarium"}
    assert services["day_care"]["headline"] == "18.4%（45/245人）"
    assert [f[3] for f in services["day_care"]["facilities"]] == [0, 1]
    assert services["columbarium"]["sites"] == []


def test_streets_are_packed_by_class(page: str):
    streets = _data(page)["streets"]
    assert len(streets) == 3
    assert sum(len(unpack(s["lines"])) for s in streets) == 2 * 9 * 8


def test_map_without_polygons_or_coverage(make: Callable[..., Study], tmp_path: Path):
    write_map(make(polygons=False, until="layers"), tmp_path / "map.html")
    data = _data((tmp_path / "map.html").read_text(encoding="utf-8"))
    assert data["places"]["rings"] == ""
    assert data["services"][0]["share"] is None
    assert all(at is not None for at in data["places"]["at"])


def _listed(text: str, folder: Path) -> str:
    """Give the two last communities as a list without polygons; 冬梅社区 is one building with two people."""
    pd.DataFrame(
        {"place_id": ["320101002001", "320101002002"], "name": ["秋实社区", "冬梅社区"], "level": "community"}
    ).to_csv(folder / "list.csv", index=False)
    demand = pd.read_csv(folder / "demand.csv")
    demand["place_id"] = ["320101002001"] * (len(demand) - 1) + ["320101002002"]
    demand.to_csv(folder / "demand.csv", index=False)
    return text.replace('path = "places.geojson"\ndatum = "EPSG:4549"', 'path = "list.csv"')


def test_a_listed_place_of_two_people_is_drawn_nowhere(make: Callable[..., Study]):
    study = make(change=_listed)
    facts = gather(study)
    at = dict(zip(facts.places["name"], facts.places["label"], strict=True))
    assert at["冬梅社区"] is None
    assert at["秋实社区"].distance(Point(500_400, 3_400_400)) < 1  # amid the 9 x 9 crossings
    places = _data(map_html(study, facts))["places"]
    shown = dict(zip(places["short"], places["at"], strict=True))
    assert shown["冬梅社区"] is None
    assert shown["秋实社区"] is not None
    draw(study, facts)  # and the pictures do without it


def test_communities_of_fewer_than_five_are_not_named():
    pairs = (("甲社区", 1200.0), ("乙社区", 5.0), ("丙社区", 4.0), ("丁社区", 1.0))
    assert communities_text(pairs, Words("zh"), "人") == "甲社区 1,200人；乙社区 5人；另有2个社区，各不足5人"
    assert communities_text(pairs[2:], Words("en"), "people") == "2 with fewer than 5 people each"
    assert communities_text(pairs, Words("zh"), "人", most=1) == "甲社区 1,200人等4个社区"


_coordinate = st.floats(min_value=-500_000, max_value=500_000)
_line = st.lists(st.tuples(_coordinate, _coordinate), min_size=2, max_size=6)


@settings(deadline=None, max_examples=30)
@given(st.lists(_line, min_size=1, max_size=5))
def test_packing_loses_less_than_a_metre(lines: list[list[tuple[float, float]]]):
    moved = [[(500_000 + x, 3_400_000 + y) for x, y in line] for line in lines]
    packed = unpack(pack(np.array([shapely.LineString(line) for line in moved]), crs="EPSG:4549"))
    from planner.layers.crs import to_degrees

    assert [len(line) for line in packed] == [len(line) for line in moved]
    for line, there in zip(moved, packed, strict=True):
        lon, lat = to_degrees(np.array(line)[:, 0], np.array(line)[:, 1], crs="EPSG:4549")
        assert np.abs(there - np.column_stack([lat, lon])).max() <= 0.5001 / PER_DEGREE


def _browser(page: Path, *options: str) -> str:
    """Run chromium with no network and return what it wrote."""
    command = [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--host-resolver-rules=MAP * ~NOTFOUND"]
    command += ["--window-size=1400,900", "--virtual-time-budget=5000", "--enable-logging=stderr", *options]
    done = subprocess.run([*command, page.as_uri()], capture_output=True, text=True, timeout=120, check=True)
    problems = [line for line in done.stderr.splitlines() if "CONSOLE" in line]
    assert not problems
    return done.stdout


@pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine")
def test_a_browser_draws_it_without_a_network(out: Path):
    shown = _browser(out / "map.html", "--dump-dom")
    assert "内部工作用图，未经审核不得公开" in shown
    assert "玩具城&lt;&amp;&gt;" in shown
    assert len(re.findall(r'class="leaflet-marker-icon site-icon', shown)) == 1
    assert "leaflet-attribution-flag" not in re.search(r'class="leaflet-control-attribution.*?</div>', shown)[0]


@pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine")
def test_it_prints_on_one_landscape_page(out: Path, tmp_path: Path):
    target = tmp_path / "map.pdf"
    _browser(out / "map.html", "--no-pdf-header-footer", f"--print-to-pdf={target}")
    content = target.read_bytes()
    assert len(re.findall(rb"/Type\s*/Page\b", content)) == 1
    box = [float(x) for x in re.search(rb"/MediaBox\s*\[([^\]]*)\]", content)[1].split()]
    assert box[2] > box[3]
