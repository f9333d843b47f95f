"""Streets that are drawn twice, that go there and back, or that have no length."""

import numpy as np
from numpy.typing import NDArray

from ..layers.streets import Ways

Ints = NDArray[np.int64]


def there_and_back(ways: Ways) -> NDArray[np.bool_]:
    """Return the ways whose vertices read the same forwards and backwards: two-way streets drawn as one line."""
    counts = np.diff(ways.offsets)
    mirror = ways.vertex[mirrored(ways.offsets)]
    differs = np.add.reduceat(ways.vertex != mirror, ways.offsets[:-1])
    back: NDArray[np.bool_] = (differs == 0) & (counts >= 3)
    return back


def mirrored(offsets: Ints) -> Ints:
    """Return, for each place in the flat array, the place mirrored inside its line."""
    counts = np.diff(offsets)
    return np.repeat(offsets[:-1] + offsets[1:] - 1, counts) - np.arange(offsets[-1])


def repeated_ways(ways: Ways) -> Ints:
    """Return for each way the first way with the same vertices and tags, or -1 where it is that one.

    Drawn the other way round counts as the same, unless wheels may go in one direction only.
    """
    seen: dict[tuple[bytes, ...], int] = {}
    twin = np.full(len(ways), -1)
    tags = ["\x1f".join(row) for row in ways.tags.astype(str).itertuples(index=False)]
    either = ways.tags["oneway"].isin(["", "no", "false", "0"]) & (ways.tags["junction"] == "")
    either &= ~ways.tags["highway"].isin(["motorway"])
    for way, (low, high, two_way) in enumerate(zip(ways.offsets[:-1], ways.offsets[1:], either, strict=True)):
        line = ways.vertex[low:high]
        drawn = min(line.tobytes(), line[::-1].tobytes()) if two_way else line.tobytes()
        first = seen.setdefault((drawn, tags[way].encode()), way)
        twin[way] = first if first != way else -1
    return twin


def empty_steps(ways: Ways) -> Ints:
    """Return the places in `Ways.vertex` that repeat the vertex before them in their way."""
    again = np.append(False, ways.vertex[1:] == ways.vertex[:-1])
    again[ways.offsets[:-1]] = False
    return np.flatnonzero(again)
