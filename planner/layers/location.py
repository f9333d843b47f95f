"""Where shapes lie by the datum they declare: without numbers, with swapped axes, in another system than declared."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS

from ..errors import Fault, TableError
from .axes import Bounds, axis_faults, meant, zoned_code
from .crs import FAR_M, convert_xy, declared_crs, off_m
from .read import excel_rows

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class Located:
    """What is said of where a file's shapes lie; `near` are bounds of what was read before, in the project's `crs`."""

    path: Path
    datum: str
    crs: str
    near: Bounds | None


def refuse_misplaced(shapes: NDArray[np.object_], said: Located, *, wanted: bool) -> None:
    """Refuse shapes that can not lie where they say; each is judged by the middle of its bounds.

    Raises:
        TableError: no numbers where a place is `wanted`, degrees out of range, swapped axes, another system.
    """
    west, south, east, north = shapely.bounds(shapes).T
    x, y = (west + east) / 2, (south + north) / 2
    nowhere = np.isnan(x) | np.isnan(y) | ((x == y) & (west == east))  # 0 and 0, 999 and 999: no place
    faults = [_of_rows("no_point", said, nowhere)] if wanted and nowhere.any() else []
    if not nowhere.all():
        faults += list(_faults(x, y, ~nowhere, said)) or list(_elsewhere(x, y, ~nowhere, said))
    if faults:
        raise TableError(*faults)


def _faults(x: Floats, y: Floats, lies: Mask, said: Located) -> Iterator[Fault]:
    crs: CRS = declared_crs(said.datum, said.path)
    yield from axis_faults(x[lies], y[lies], crs, said.path)
    if crs.is_geographic:
        swapped = lies & (np.abs(y) > 90) & (np.abs(x) <= 90)
        wild = lies & ((np.abs(x) > 180) | (np.abs(y) > 90)) & ~swapped
        if swapped.any():
            yield _of_rows("swapped", said, swapped)
        if wild.any():
            yield _not_degrees(x[wild], y[wild], wild, said)


def _elsewhere(x: Floats, y: Floats, lies: Mask, said: Located) -> Iterator[Fault]:
    """Say which rows lie far from the other layers as declared, and in which system they would lie among them."""
    if said.near is None:
        return
    there = convert_xy(np.column_stack([x, y]), datum=said.datum, crs=said.crs, path=said.path)
    far = lies & ~(off_m(there[:, 0], there[:, 1], said.near) <= FAR_M)
    found = meant(x[far], y[far], near=said.near, crs=said.crs) if far.any() else None
    if found is not None:
        key = "other_system" if far.sum() == lies.sum() else "mixed_systems"
        shown = {"n": int(far.sum()), "all": int(lies.sum()), "datum": said.datum, "km": int(FAR_M / 1000)}
        yield _of_rows(key, said, far, **shown, meant=found.said)


def _not_degrees(x: Floats, y: Floats, wild: Mask, said: Located) -> Fault:
    """Say that metres were said to be degrees, and which code they are in where it can be told."""
    found = None if said.near is None else meant(x, y, near=said.near, crs=said.crs)
    code = zoned_code(x, y)
    likely = found.code if found else said.crs if code is None else f"EPSG:{code}"
    return _of_rows("not_degrees", said, wild, code=likely)


def _of_rows(key: str, said: Located, rows: Mask, **values: object) -> Fault:
    return Fault(key, {"path": said.path, "rows": excel_rows(np.flatnonzero(rows)), **values})
