"""What stands on stakes and border lines is kept: `open_findings` gives no place to findings on them."""

import geopandas as gpd

from ..pipeline import Study

SECRET_LAYERS = ("stakes", "lines")


def secret(study: Study) -> bool:
    """Return whether the project keeps stakes and lines to itself, as it does unless it says otherwise."""
    return study.project.borders is None or study.project.borders.secret


def open_findings(study: Study) -> gpd.GeoDataFrame | None:
    """Return the findings; those on stakes and lines without geometry where they are secret."""
    found = study.findings
    if found is None or not secret(study):
        return found
    hidden = found["layer"].isin(SECRET_LAYERS).to_numpy()
    shapes = found.geometry.to_numpy().copy()
    shapes[hidden] = None
    return found.set_geometry(gpd.GeoSeries(shapes, index=found.index, crs=found.crs))
