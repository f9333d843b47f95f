"""Service areas as the page shows them: outlines packed, without what is too small to be seen."""

from typing import Any

import numpy as np
import shapely

from ..pipeline import Study
from .pack import pack

_SIMPLIFY_M = 4.0  # on a page a pixel is several metres
_SMALLEST_M2 = 10_000.0  # holes below a hectare, which is a block, are left out


def drawn_areas(study: Study, service: str) -> dict[str, Any]:
    """Return the bands in minutes, rings packed, and for each ring the band and part it belongs to; shells first."""
    areas = study.areas.get(service)
    if areas is None or areas.polygons.empty:
        return {"bands": [], "rings": "", "owners": []}
    shapes = shapely.simplify(areas.polygons.geometry.to_numpy(), _SIMPLIFY_M)
    parts, band = shapely.get_parts(shapes, return_index=True)
    rings, part = shapely.get_rings(parts, return_index=True)
    shell = np.diff(part, prepend=-1) > 0
    kept = shell | (shapely.area(shapely.polygons(rings)) >= _SMALLEST_M2)
    return {
        "bands": [round(float(b), 1) for b in areas.polygons["band_min"]],
        "rings": pack(rings[kept], crs=study.project.crs),
        "owners": np.column_stack([band[part], part])[kept].ravel().tolist(),
    }
