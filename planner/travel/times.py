"""The table of minutes between demand and facilities: `TravelTimes`."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

CAUSES = ("", "too_far", "not_connected", "snapped_too_far", "outside_streets")
"""Why an origin reaches nothing within the cutoff; "" where nothing is known against it."""

SLACK_MIN = 1e-9  # what adding float64 minutes along a path may be off by
Ids = pd.Index | Sequence[str]


@dataclass(frozen=True, kw_only=True)
class TravelTimes:
    """Minutes from origins (demand) to destinations (facilities, candidates), complete up to a cutoff.

    Rows are origins in CSR form: the destinations of origin `i` are `indices[indptr[i]:indptr[i+1]]`,
    sorted, with `minutes` beside them. An absent pair is farther than the cutoff; a zero-minute pair
    is present; NaN and infinity never occur. Where only the nearest facility was asked for, a row has
    one entry at most and `nearest_only` is true.

    Shapes: indptr (origins + 1) int64; indices, minutes (pairs) int32 and float32: 8 bytes a pair.
    Minutes are rounded up to float32, so `minutes <= held(standard)` says what float64 would say, for every
    standard that float32 holds exactly (all whole and half minutes); for others it may let in 1e-6 min more.
    """

    origins: pd.Index
    destinations: pd.Index
    indptr: NDArray[np.int64]
    indices: NDArray[np.int32]
    minutes: NDArray[np.float32]
    cutoff_min: float
    nearest_only: bool = False
    causes: NDArray[np.int8] = field(default_factory=lambda: np.zeros(0, np.int8))

    def __post_init__(self) -> None:
        """Check the shapes and freeze the arrays.

        Raises:
            ValueError: arrays that do not fit each other, or a minute that is no number.
        """
        if len(self.causes) == 0:
            object.__setattr__(self, "causes", np.zeros(len(self.origins), np.int8))
        if len(self.indptr) != len(self.origins) + 1 or self.indptr[-1] != len(self.indices):
            raise ValueError("indptr does not fit origins and indices")
        if len(self.minutes) != len(self.indices) or len(self.causes) != len(self.origins):
            raise ValueError("minutes or causes do not fit")
        if not np.isfinite(self.minutes).all():
            raise ValueError("a minute is missing or infinite; leave the pair out instead")
        for array in (self.indptr, self.indices, self.minutes, self.causes):
            array.setflags(write=False)

    @classmethod
    def from_frame(
        cls,
        frame: pd.DataFrame,
        *,
        cutoff_min: float,
        origins: Ids | None = None,
        destinations: Ids | None = None,
    ) -> Self:
        """Read a frame with columns origin_id, destination_id, minutes (NaN or missing pair: farther).

        `origins` and `destinations` name ids that have no pair at all; any one unit may stand for
        minutes, and every `*_min` is then in that unit.
        """
        frame = frame[frame["minutes"].notna() & (frame["minutes"] <= cutoff_min)]
        rows = _index(origins, frame["origin_id"])
        columns = _index(destinations, frame["destination_id"])
        at = rows.get_indexer(pd.Index(frame["origin_id"])), columns.get_indexer(pd.Index(frame["destination_id"]))
        if (at[0] < 0).any() or (at[1] < 0).any():
            raise ValueError("frame has ids that origins or destinations do not name")
        return cls.from_pairs(rows, columns, at[0], at[1], frame["minutes"].to_numpy(), cutoff_min=cutoff_min)

    @classmethod
    def from_dense(
        cls, array: ArrayLike, *, cutoff_min: float, origins: Ids | None = None, destinations: Ids | None = None
    ) -> Self:
        """Read a matrix, origins x destinations; NaN, infinity and more than the cutoff are left out."""
        dense = np.asarray(array, dtype=np.float64)
        rows = pd.Index(range(dense.shape[0]) if origins is None else origins)
        columns = pd.Index(range(dense.shape[1]) if destinations is None else destinations)
        i, j = np.nonzero(np.isfinite(dense) & (dense <= cutoff_min))
        return cls.from_pairs(rows, columns, i, j, dense[i, j], cutoff_min=cutoff_min)

    @classmethod
    def from_pairs(
        cls,
        origins: pd.Index,
        destinations: pd.Index,
        rows: NDArray[np.integer],
        columns: NDArray[np.integer],
        minutes: NDArray[np.floating],
        *,
        cutoff_min: float,
    ) -> Self:
        """Take pairs as positions in `origins` and `destinations`, in any order, each at most once."""
        order = np.lexsort((columns, rows))
        indptr = np.zeros(len(origins) + 1, np.int64)
        np.cumsum(np.bincount(rows, minlength=len(origins)), out=indptr[1:])
        return cls(
            origins=origins,
            destinations=destinations,
            indptr=indptr,
            indices=columns[order].astype(np.int32),
            minutes=round_up(minutes[order]),
            cutoff_min=cutoff_min,
        )

    def __len__(self) -> int:
        """Return how many pairs are within the cutoff."""
        return len(self.indices)

    @property
    def rows(self) -> NDArray[np.int64]:
        """The origin of each pair, as a position."""
        return np.repeat(np.arange(len(self.origins)), np.diff(self.indptr))

    def within(self, standard_min: float) -> Self:
        """Keep the pairs within a shorter time.

        Raises:
            ValueError: a longer time than the cutoff, of which nothing is known.
        """
        if standard_min > self.cutoff_min:
            raise ValueError(f"times are known up to {self.cutoff_min}, not to {standard_min}")
        keep = self.minutes <= held(standard_min)
        indptr = np.concatenate([[0], np.cumsum(keep)])[self.indptr].astype(np.int64)
        return replace(
            self, indptr=indptr, indices=self.indices[keep], minutes=self.minutes[keep], cutoff_min=standard_min
        )

    def nearest(self) -> pd.DataFrame:
        """Return destination_id and minutes by origin_id; missing where nothing is within the cutoff.

        Ties go to the destination that comes first in `destinations`.
        """
        order = np.lexsort((self.indices, self.minutes, self.rows))
        has = np.diff(self.indptr) > 0
        first = order[self.indptr[:-1][has]]
        found = pd.DataFrame(
            {"destination_id": self.destinations[self.indices[first]], "minutes": self.minutes[first]},
            index=self.origins[has],
        )
        return found.reindex(self.origins).rename_axis("origin_id")

    def to_frame(self) -> pd.DataFrame:
        """Return every pair: origin_id, destination_id, minutes."""
        return pd.DataFrame(
            {
                "origin_id": self.origins[self.rows],
                "destination_id": self.destinations[self.indices],
                "minutes": self.minutes,
            }
        )


def round_up(minutes: NDArray[np.floating]) -> NDArray[np.float32]:
    """Return float32 minutes that compare with a standard as the float64 minutes do.

    Rounding to the nearest float32 could pull 15.0000003 down to 15; rounding up cannot, and
    15 + 1e-10, which is only float64 noise, stays 15.
    """
    exact = np.asarray(minutes, dtype=np.float64) - SLACK_MIN
    near = exact.astype(np.float32)
    up = np.nextafter(near, np.float32(np.inf))
    return np.maximum(np.where(near < exact, up, near), np.float32(0))


def held(standard_min: float) -> np.float32:
    """Return a standard as minutes are held, so that a minute exactly equal to it is within it."""
    return np.float32(round_up(np.array([standard_min]))[0])


def _index(ids: Ids | None, seen: "pd.Series[str]") -> pd.Index:
    return pd.Index(sorted(seen.unique()) if ids is None else ids)
