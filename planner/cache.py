"""Streets on disk, parsed and built, keyed by a digest of what made them, so that a second run skips both.

The folder is the user's cache folder, or PLANNER_CACHE_DIR. Deleting it is always safe, and so is running twice at
once: an entry appears whole or not at all. One that is broken, cut short or of another version is made anew.
Arrays are mapped into memory: opening an entry costs the same whatever its size, and what nobody reads stays on disk.
"""

import hashlib
import json
import os
import shutil
import tempfile
import zlib
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from . import presets
from .errors import PlannerError
from .layers import Ways, read_streets
from .layers.conform import Layer
from .layers.parts import SPOT_TAGS
from .layers.read import sha256
from .network import StreetNetwork, build_network

_WAYS = "ways-6"  # raise it when reading streets or the record changes
_NETWORK = "network-5"  # raise it when building, the access rules or the record change
_OF_WAYS = ("way_id", "offsets", "vertex", "xy", "heights")
_BROKEN = (OSError, ValueError, KeyError, TypeError, IndexError, PlannerError)


def cached_streets(layer: Layer) -> Ways:
    """Read streets, or take them from the cache when the same file was read the same way before."""
    if not layer.path.is_file():
        return read_streets(layer)
    said = (layer.datum, layer.sheet, sorted(layer.columns.items()), layer.crs)
    told = (_WAYS, sha256(layer.path), layer.path.suffix, *said)
    place = _folder() / _key(repr(told).encode())
    try:
        return _ways(*_load(place))
    except _BROKEN:
        ways = read_streets(layer)
        _store(place, *_ways_parts(ways))
        return ways


def cached_network(ways: Ways) -> StreetNetwork:
    """Build the network, or take it from the cache when the same ways were built before.

    Raises:
        NetworkError: nothing is left to travel on.
    """
    key = digest_of(ways)
    network = load_network(key)
    if network is None:
        network = build_network(ways)
        _store(_folder() / key, *_network_parts(network))
    return network


def digest_of(ways: Ways) -> str:
    """Return the key of the network of these ways: their arrays, tags and CRS, and the version of the builder."""
    digest = hashlib.blake2b(f"{_NETWORK}\n{ways.crs}\n{presets.load('streets')}".encode(), digest_size=16)
    for array in (ways.way_id, ways.offsets, ways.vertex, ways.xy, ways.heights, ways.spots.index.to_numpy()):
        digest.update(f"{array.dtype}{array.shape}".encode())
        digest.update(np.ascontiguousarray(array).data)
    for tag, column in (*ways.tags.items(), *ways.spots.items()):
        digest.update(f"{tag}\x1e".encode())
        digest.update("\x1f".join(column.tolist()).encode())
    return digest.hexdigest()


def load_network(key: str) -> StreetNetwork | None:
    """Return the network stored under a key (`digest_of`), or None where there is none that is whole."""
    try:
        arrays, words = _load(_folder() / key)
        held: dict[str, Any] = {**arrays, **words}
        return StreetNetwork(**held)
    except _BROKEN:
        return None


def _folder() -> Path:
    import platformdirs

    return Path(os.environ.get("PLANNER_CACHE_DIR") or platformdirs.user_cache_dir("planner"))


def _key(told: bytes) -> str:
    return hashlib.blake2b(told, digest_size=16).hexdigest()


def _ways_parts(ways: Ways) -> tuple[dict[str, NDArray], dict[str, Any]]:
    """Return the record as arrays and words; a tag is its different values and which of them each way has."""
    arrays = {name: getattr(ways, name) for name in _OF_WAYS} | {"spots": ways.spots.index.to_numpy(dtype=np.int64)}
    arrays |= {f"spot {tag}": column.to_numpy(dtype=np.str_) for tag, column in ways.spots.items()}
    for tag, column in ways.tags.items():
        codes, values = pd.factorize(column)
        arrays |= {f"tag {tag}": codes.astype(np.int32), f"values {tag}": np.asarray(values, dtype=np.str_)}
    return arrays, {"crs": ways.crs, "declared": ways.declared, "tags": list(ways.tags)}


def _ways(arrays: Mapping[str, NDArray], words: Mapping[str, Any]) -> Ways:
    tags = {tag: arrays[f"values {tag}"].astype(object)[arrays[f"tag {tag}"]] for tag in words["tags"]}
    spots = pd.DataFrame({tag: arrays[f"spot {tag}"].astype(object) for tag in SPOT_TAGS}, index=arrays["spots"])
    given: dict[str, Any] = {name: arrays[name] for name in _OF_WAYS} | {"spots": spots}
    return Ways(**given, tags=pd.DataFrame(tags, dtype=object), crs=words["crs"], declared=words["declared"])


def _network_parts(network: StreetNetwork) -> tuple[dict[str, NDArray], dict[str, Any]]:
    held = {f.name: getattr(network, f.name) for f in fields(network)}
    arrays = {name: value for name, value in held.items() if isinstance(value, np.ndarray)}
    return arrays, {name: value for name, value in held.items() if name not in arrays}


def _store(place: Path, arrays: Mapping[str, NDArray], words: Mapping[str, Any]) -> None:
    """Write beside and rename; whoever comes second leaves the first. A full disk is no error."""
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=place.parent) as beside:
            whole = Path(beside) / "whole"
            whole.mkdir()
            for i, array in enumerate(arrays.values()):
                np.save(whole / f"{i}.npy", array, allow_pickle=False)
            record = {"arrays": {name: _checksum(array) for name, array in arrays.items()}, "words": dict(words)}
            (whole / "record.json").write_text(json.dumps(record), encoding="utf-8")
            shutil.rmtree(place, ignore_errors=True)
            whole.rename(place)
    except OSError:
        return


def _load(place: Path) -> tuple[dict[str, NDArray], dict[str, Any]]:
    record = json.loads((place / "record.json").read_text(encoding="utf-8"))
    arrays = {name: _mapped(place / f"{i}.npy", told) for i, (name, told) in enumerate(record["arrays"].items())}
    return arrays, record["words"]


def _mapped(file: Path, told: int) -> NDArray:
    """Map an array; numbers, on which minutes rest, must have the checksum told, names only the right size."""
    array = np.asarray(np.load(file, mmap_mode="r", allow_pickle=False))
    if _checksum(array) != told:
        raise ValueError(file)
    return array


def _checksum(array: NDArray) -> int:
    return zlib.crc32(np.ascontiguousarray(array).data) if array.dtype.kind in "iufb" else array.nbytes
