"""Parsed streets on disk, keyed by a digest of what made them, so that a second run skips the parsing.

The folder is the user's cache folder, or PLANNER_CACHE_DIR. Deleting it is always safe.
"""

import hashlib
import os
import shutil
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from .layers import Ways, read_streets
from .layers.conform import Layer
from .layers.read import sha256

_FORMAT = "ways-2"  # raise it when reading streets or the record changes
_ARRAYS = ("way_id", "offsets", "vertex", "xy")
_WORDS = ("crs", "declared")


def cached_streets(layer: Layer) -> Ways:
    """Read streets, or take them from the cache when the same file was read the same way before."""
    if not layer.path.exists():
        return read_streets(layer)
    told = (_FORMAT, sha256(layer.path), layer.path.suffix, layer.datum, sorted(layer.columns.items()), layer.crs)
    place = _folder() / hashlib.sha256(repr(told).encode()).hexdigest()[:32]
    if (place / "ways.npz").exists():
        try:
            return _load(place)
        except (OSError, ValueError, KeyError, zipfile.BadZipFile):  # broken or cut short: read it anew
            shutil.rmtree(place, ignore_errors=True)
    ways = read_streets(layer)
    _store(ways, place)
    return ways


def _folder() -> Path:
    import platformdirs

    return Path(os.environ.get("PLANNER_CACHE_DIR") or platformdirs.user_cache_dir("planner"))


def _store(ways: Ways, place: Path) -> None:
    """Write beside and rename, so that a broken run leaves nothing half-written. A full disk is no error."""
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=place.parent) as beside:
            whole = Path(beside) / "whole"
            whole.mkdir()
            ways.tags.astype("category").to_parquet(whole / "tags.parquet")
            arrays = {name: getattr(ways, name) for name in (*_ARRAYS, *_WORDS)}
            np.savez(whole / "ways.npz", allow_pickle=False, **arrays)
            if not place.exists():
                shutil.move(whole, place)
    except OSError:
        return


def _load(place: Path) -> Ways:
    with (place / "ways.npz").open("rb") as stream, np.load(stream, allow_pickle=False) as held:
        record: dict[str, Any] = {name: held[name] for name in _ARRAYS} | {name: str(held[name]) for name in _WORDS}
    return Ways(tags=pd.read_parquet(place / "tags.parquet").astype(object), **record)
