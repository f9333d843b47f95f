"""The cache: what comes out is what went in, broken entries are made anew, and runs at once do no harm."""

from concurrent.futures import ProcessPoolExecutor
from dataclasses import fields, replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from planner import cache
from planner.layers.conform import Layer
from planner.layers.streets import Ways, read_streets
from planner.network import StreetNetwork, build_network

from .network.drawings import ways

CRS = "EPSG:4549"


@pytest.fixture(autouse=True)
def folder(monkeypatch, tmp_path) -> Path:
    monkeypatch.setenv("PLANNER_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


def streets() -> Ways:
    return ways([(0, 0), (50, 0), (100, 0)], [(50, 0), (50, 70)], name=["长江路", ""], maxspeed=["", "40"])


def file(tmp_path) -> Layer:
    shapes = [shapely.LineString([(120, 32), (120.001, 32)]), shapely.LineString([(120.001, 32), (120.001, 32.001)])]
    frame = gpd.GeoDataFrame({"highway": "residential", "name": ["长江路", None]}, geometry=shapes, crs=4326)
    frame.to_file(tmp_path / "streets.geojson")
    return Layer(path=tmp_path / "streets.geojson", datum=None, columns={}, crs=CRS)


def same(one: StreetNetwork | Ways, other: StreetNetwork | Ways) -> bool:
    for f in fields(one):
        a, b = getattr(one, f.name), getattr(other, f.name)
        if isinstance(a, pd.DataFrame):
            pd.testing.assert_frame_equal(a, b)
        elif isinstance(a, np.ndarray):
            np.testing.assert_array_equal(a, b)
            assert a.dtype == b.dtype
        else:
            assert a == b, f.name
    return True


def test_a_network_comes_back_as_it_was(monkeypatch):
    built = cache.cached_network(streets())
    assert same(built, build_network(streets()))
    monkeypatch.setattr(cache, "build_network", None)  # from here on only the cache can answer
    again = cache.cached_network(streets())
    assert same(again, built)
    assert not again.coords.flags.writeable


def test_ways_come_back_as_they_were(tmp_path, monkeypatch):
    layer = file(tmp_path)
    assert same(cache.cached_streets(layer), read_streets(layer))
    read = read_streets(layer)
    monkeypatch.setattr(cache, "read_streets", None)
    assert same(cache.cached_streets(layer), read)


def test_another_file_datum_or_tag_is_another_entry(tmp_path, folder):
    layer = file(tmp_path)
    cache.cached_streets(layer)
    cache.cached_streets(replace(layer, datum="gcj02"))
    assert len(list(folder.iterdir())) == 2
    one, other = streets(), streets()
    other.tags.loc[0, "foot"] = "no"
    moved = replace(one, xy=one.xy + 1)
    assert len({cache.digest_of(w) for w in (one, streets(), other, moved)}) == 3


@pytest.mark.parametrize("harm", ["cut", "rubbish", "flipped", "gone", "no record", "old record", "other record"])
def test_a_broken_entry_is_made_anew(folder, harm):
    cache.cached_network(streets())
    entry = next(folder.iterdir())
    record, array = entry / "record.json", max(entry.glob("*.npy"), key=lambda f: f.stat().st_size)
    numbers = next(f for f in entry.glob("*.npy") if np.load(f).dtype == np.float64)
    match harm:
        case "cut":
            array.write_bytes(array.read_bytes()[:-9])
        case "rubbish":
            array.write_bytes(b"rubbish")
        case "flipped":
            raw = bytearray(numbers.read_bytes())
            raw[-3] ^= 255
            numbers.write_bytes(raw)
        case "gone":
            array.unlink()
        case "no record":
            record.unlink()
        case "old record":
            record.write_text('{"arrays": {}, "words": {}}')
        case "other record":
            record.write_text("[]")
    assert same(cache.cached_network(streets()), build_network(streets()))
    assert cache.load_network(cache.digest_of(streets())) is not None, "it was written again"


def test_a_folder_that_cannot_be_written_is_no_error(monkeypatch, tmp_path):
    (tmp_path / "taken").write_text("a file, not a folder")
    monkeypatch.setenv("PLANNER_CACHE_DIR", str(tmp_path / "taken"))
    assert same(cache.cached_network(streets()), build_network(streets()))


def _once(_: int) -> int:
    return len(cache.cached_network(streets()))


def test_runs_at_once_do_no_harm(folder):
    with ProcessPoolExecutor(3) as pool:
        assert set(pool.map(_once, range(12))) == {len(build_network(streets()))}
    assert len(list(folder.iterdir())) == 1, "nothing half-written is left"
    assert cache.load_network(cache.digest_of(streets())) is not None
