"""Make the demo city: real streets and districts of the core of Wuhan, all else synthetic.

Run from the root of the repository: `uv run python data/make_demo.py [--shared FOLDER]`, where
FOLDER holds wuhan/, districts/ and census/ (README.md says where they come from). Every draw is
seeded: two runs write the same bytes.
"""

import argparse
from pathlib import Path

import geopandas as gpd
import pandas as pd
from makers import facilities, lines, papers, places, residents, streets
from makers.frame import Place, write_csv, write_excel


def main() -> None:
    """Read the command line and make the demo."""
    parser = argparse.ArgumentParser(description="Make the data of the demo city.")
    parser.add_argument("--shared", type=Path, default=Path("../shared/data"))
    parser.add_argument("--out", type=Path, default=Path(__file__).parent)
    given = parser.parse_args()
    make_demo(Place(shared=given.shared, out=given.out))


def make_demo(place: Place) -> None:
    """Make every layer and write it, the list of sources last."""
    for folder in ("streets", "boundaries", "demand", "facilities", "transit"):
        (place.out / folder).mkdir(parents=True, exist_ok=True)
    ways = streets.cut_streets(place.shared / "wuhan/streets.parquet")
    _write_streets(ways, place.out / "streets")
    areas, people = _make_people(ways, place.shared)
    areas.to_file(place.out / "boundaries/places.geojson", driver="GeoJSON", engine="pyogrio", **_JSON)
    write_csv(people, place.out / "demand/residents.csv")
    _write_facilities(people, areas, place.out / "facilities")
    write_csv(lines.make_lines(ways, areas), place.out / "transit/lines.csv")
    papers.write_sources(place.out)


# RFC 7946 is WGS 84 by definition, so no crs member; seven decimals as everywhere.
_JSON = {"layer_options": {"RFC7946": "YES", "COORDINATE_PRECISION": "7", "WRITE_NAME": "NO"}}


def _write_streets(ways: gpd.GeoDataFrame, folder: Path) -> None:
    kept = ways[["way_id", "highway", "geometry"]]
    kept.to_parquet(folder / "wuhan_core.parquet", compression="zstd", index=False)
    write_csv(streets.close_tunnels(ways), folder / "corrections.csv", encoding="utf-8")


def _make_people(ways: gpd.GeoDataFrame, shared: Path) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    districts = places.read_districts(shared / "districts/six_cities_districts_wgs84.geojson")
    whole_m2, census = districts.set_index("place_id").whole_m2, residents.read_census(shared / "census")
    roughly = residents.count_people(districts, whole_m2, census)
    areas = places.make_places(districts, ways, roughly["总人口"])
    # Counted again on the outlines as written: new corners on a long straight border move it by
    # centimetres between degrees and metres, which is some people.
    totals = residents.count_people(areas[areas.level == "county"], whole_m2, census)
    return areas, residents.make_residents(ways, areas, totals)


def _write_facilities(people: pd.DataFrame, areas: gpd.GeoDataFrame, folder: Path) -> None:
    write_csv(facilities.make_day_care(people, areas), folder / "day_care.csv")
    write_csv(facilities.make_meal_points(people, areas), folder / "meal_points.csv", encoding="gbk")
    stations = facilities.make_social_work(people, areas)
    stations.to_file(folder / "social_work.geojson", driver="GeoJSON", engine="pyogrio", **_JSON)
    write_excel(facilities.make_columbaria(people, areas), folder / "columbaria.xlsx", sheet="设施")
    write_csv(facilities.make_candidates(people, areas), folder / "candidates.csv")


if __name__ == "__main__":
    main()
