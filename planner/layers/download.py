"""Streets from OpenStreetMap through OSMnx: the only code that uses the network."""

from pathlib import Path

from ..errors import TableError
from .parts import SPOT_TAGS, TAGS


def download_streets(place: str, output: Path) -> None:
    """Save all streets of a place as GraphML, with the tags that access rules need.

    Raises:
        TableError: another suffix than .graphml, or OSMnx could not get the place.
    """
    if output.suffix != ".graphml":
        raise TableError("graphml", path=output)
    import osmnx
    from osmnx._errors import InsufficientResponseError, ResponseStatusCodeError
    from requests.exceptions import RequestException

    osmnx.settings.useful_tags_way = sorted({*osmnx.settings.useful_tags_way, *TAGS})
    osmnx.settings.useful_tags_node = sorted({*osmnx.settings.useful_tags_node, *SPOT_TAGS})
    try:
        graph = osmnx.graph_from_place(place, network_type="all", retain_all=True)
    except (RequestException, InsufficientResponseError, ResponseStatusCodeError, TypeError) as error:
        raise TableError("download", place=place, detail=str(error).splitlines()[0]) from error
    osmnx.save_graphml(graph, output)
