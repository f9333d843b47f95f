"""Whatever is wrong in a project gives one PlannerError that names file, row and remedy, in both languages."""

import re

import geopandas as gpd
import numpy as np
import pytest
import shapely

from planner.errors import NetworkError, PlannerError
from planner.pipeline import run
from planner.project import load_project
from tests import small_project as small
from tests.small_project import TOML


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("PLANNER_CACHE_DIR", str(tmp_path_factory.getbasetemp() / "cache"))


def cell(table, row, column, value):
    """Return the table with one cell changed; `row` as Excel counts."""
    table = table.astype(object)
    table.loc[row - 2, column] = value
    return table


def fault_of(folder, toml=TOML, *, until="layers", after=None, **tables):
    file = small.write(folder, toml, **tables)
    if after is not None:
        after(folder)
    with pytest.raises(PlannerError) as raised:
        run(load_project(file), until=until)
    return raised.value


def says(error, *parts):
    """The error says all parts in Chinese and in English, one line a fault, and is no pydantic or pandas talk."""
    for language in ("zh", "en"):
        text = error.text(language)
        assert all(str(part) in text for part in parts), text
        assert not re.search(r"Input should|Value error|validation error|Traceback|dtype|<class", text), text
    assert re.search(r"[\u4e00-\u9fff]", error.text("zh"))
    assert not re.search(r"[\u4e00-\u9fff]", re.sub(r'"[^"]*"', "", error.text("en"))) or "老人" in error.text("en")


def with_service(*lines):
    return TOML.replace("standard_min = 5\n", "standard_min = 5\n" + "\n".join(lines) + "\n")


TOML_FAULTS = {
    "unknown key": (TOML.replace("crs =", "crss ="), ("project.crss", "crs")),
    "unknown service key": (TOML.replace("standard_min", "standart_min"), ("services[1].standart_min", "standard_min")),
    "unknown siting key": (TOML.replace("{model", "{modell"), ("services[1].siting.modell", "model")),
    "unknown section": (TOML + "\n[demandd]\npath = 'x'\n", ("demandd", "demand")),
    "reserved": ("base = 'x'\n" + TOML, ("base",)),
    "text for a number": (
        TOML.replace("standard_min = 5", 'standard_min = "five"'),
        ("services[1].standard_min", "five"),
    ),
    "flag for a number": (TOML.replace("standard_min = 5", "standard_min = true"), ("services[1].standard_min",)),
    "not finite": (TOML.replace("cutoff_min = 10", "cutoff_min = inf"), ("services[1].cutoff_min",)),
    "half a site": (TOML.replace("p = 2", "p = 2.5"), ("services[1].siting.p", "2.5")),
    "number for text": (TOML.replace('name = "small"', "name = 5"), ("project.name",)),
    "a name that is a path": (TOML.replace('"small"', '"../up"'), ("project.name",)),
    "unknown mode": (with_service('mode = "wlak"'), ("services[1].mode", "wlak", "walk")),
    "a list for the mode": (with_service('mode = ["walk"]'), ("services[1].mode",)),
    "a list for the preset": (TOML.replace('preset = "day_care"', "preset = []"), ("services[1].preset",)),
    "unknown preset": (TOML.replace('preset = "day_care"', 'preset = "daycare"'), ("daycare", "day_care")),
    "unknown pace": (with_service('pace = "eldrly"'), ("services[1].pace", "eldrly", "elderly")),
    "a list for the pace": (with_service("pace = [1]"), ("services[1].pace",)),
    "a number for exclusions": (with_service("exclusions = 5"), ("services[1].exclusions",)),
    "a text for exclusions": (with_service('exclusions = "x.geojson"'), ("services[1].exclusions",)),
    "a list of limits": (TOML + "\n[[limits]]\nsnap_max_m = 3\n", ("limits",)),
    "unknown limit": (TOML + "\n[limits]\nsnap_max = 3\n", ("limits.snap_max", "snap_max_m")),
    "negative limit": (TOML + "\n[limits]\nsnap_max_m = -3\n", ("limits.snap_max_m", "-3")),
    "one service in single brackets": (TOML.replace("[[services]]", "[services]"), ("services", "[[services]]")),
    "a word for the project": ("project = 'x'\n" + TOML[TOML.index("[streets]") :], ("project",)),
    "a word for columns": (TOML.replace("[demand]", '[demand]\ncolumns = "x"'), ("demand.columns",)),
    "no path": (TOML.replace('path = "demand.csv"', "path = []"), ("demand.path",)),
    "a date that is none": (TOML.replace("2026-01-01", '"someday"'), ("project.date", "2026-01-31")),
    "degrees": (TOML.replace("EPSG:4549", "EPSG:4326"), ("project.crs", "EPSG:4326", "EPSG:4549")),
    "feet": (TOML.replace("EPSG:4549", "EPSG:2263"), ("project.crs", "EPSG:2263")),
    "no such crs": (TOML.replace("EPSG:4549", "EPSG:99999"), ("project.crs", "EPSG:99999")),
    "cutoff 0": (TOML.replace("cutoff_min = 10", "cutoff_min = 0"), ("services[1].cutoff_min",)),
    "cutoff below the standard": (TOML.replace("cutoff_min = 10", "cutoff_min = 3"), ("services[1].cutoff_min", "5")),
    "a model without its p": (
        TOML.replace('model = "mclp", p = 2', 'model = "p_median"'),
        ("services[1].siting", "p_median"),
    ),
    "p and budget": (TOML.replace("p = 2", "p = 2, budget = 9.0"), ("services[1].siting", "budget")),
    "a budget that the model does not heed": (
        TOML.replace('model = "mclp", p = 2', 'model = "p_median", p = 2, budget = 9.0'),
        ("services[1].siting.budget", "p_median"),
    ),
    "keys of other models, all at once": (
        TOML.replace("p = 2", "p = 2, share = 0.5, first = 0.2, carry_over = true, milestones_hard = true"),
        *[tuple(f"services[1].siting.{key}" for key in ("share", "first", "carry_over", "milestones_hard"))],
    ),
    "money of a year that is over": (
        TOML.replace("p = 2", "budgets = {2025 = 1, 2026 = 1}"),
        ("services[1].siting.budgets", "2025", "2026-01-01"),
    ),
    "the same service twice": (TOML + TOML[TOML.index("[[services]]") :], ("services.id", "day_care")),
    "broken": (TOML.replace("[streets]", "[streets"), ("line 8",)),
}


@pytest.mark.parametrize("case", TOML_FAULTS)
def test_project_file(tmp_path, case):
    toml, parts = TOML_FAULTS[case]
    error = fault_of(tmp_path, toml)
    says(error, "planner.toml", *parts)
    assert isinstance(error, ValueError)


def test_a_run_names_all_it_lacks_and_a_check_does_not_need_it(tmp_path):
    toml = TOML[: TOML.index("[streets]")] + TOML[TOML.index("[places]") : TOML.index("[demand]")]
    error = fault_of(tmp_path, toml, until="network")
    says(error, "planner.toml", "streets", "demand", "services")
    assert len(error.faults) == 3
    study = run(load_project(tmp_path / "planner.toml"), until="check")
    assert study.findings is not None
    assert not study.networks


def test_a_project_with_nothing_to_check_is_refused(tmp_path):
    error = fault_of(tmp_path, TOML[: TOML.index("[streets]")])
    says(error, "planner.toml", "streets", "demand", "services")


def test_all_faults_of_the_project_file_come_at_once(tmp_path):
    toml = TOML.replace("cutoff_min = 10", "cutoff_min = 0").replace('title = "小城"', "titel = 1")
    says(fault_of(tmp_path, toml), "services[1].cutoff_min", "project.titel")


def test_project_file_in_gbk(tmp_path):
    error = fault_of(tmp_path, after=lambda d: (d / "planner.toml").write_text(TOML, encoding="gbk"))
    says(error, "planner.toml", "UTF-8")


def test_project_file_that_is_not_there(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"nowhere\.toml"):
        load_project(tmp_path / "nowhere.toml")


def demand_is(path, more=""):
    return TOML.replace('path = "demand.csv"', f"path = {path}{more}")


LAYER_FAULTS = {
    "missing file": (demand_is('"nope.csv"'), {}, ("nope.csv",)),
    "a folder": (demand_is('"."'), {}, ()),
    "missing column": (TOML, {"demand": small.demand().drop(columns="lon")}, ("demand.csv", "lon", "lat")),
    "missing id column": (TOML, {"demand": small.demand().drop(columns="demand_id")}, ("demand.csv", "demand_id")),
    "a column that the project names": (
        TOML.replace("[demand]", '[demand]\ncolumns = {pop = "nope"}'),
        {},
        ("demand.csv", "nope", "pop60"),
    ),
    "empty demand": (TOML, {"demand": small.demand().iloc[:0]}, ("demand.csv",)),
    "empty facilities": (TOML, {"facilities": small.facilities().iloc[:0]}, ("facilities.csv",)),
    "text in a number column": (
        TOML,
        {"demand": cell(small.demand(), 5, "pop60", "x")},
        ("demand.csv", "5", "pop60", "x"),
    ),
    "fewer than nobody": (
        TOML,
        {"demand": cell(small.demand(), 5, "pop60", -4)},
        ("demand.csv", "5", "pop60", "-4", ">= 0"),
    ),
    "infinitely many": (TOML, {"demand": cell(small.demand(), 5, "pop60", "inf")}, ("demand.csv", "5", "pop60", "inf")),
    "text in a weight of one's own": (
        with_service('weight = "老人"'),
        {"demand": cell(small.demand().assign(老人=5), 5, "老人", "x")},
        ("demand.csv", "5", "老人", "x"),
    ),
    "fewer than nobody of one's own": (
        with_service('weight = "老人"'),
        {"demand": cell(small.demand().assign(老人=5), 5, "老人", -1)},
        ("demand.csv", "5", "老人", "-1"),
    ),
    "weight that is not there": (with_service('weight = "pop80"'), {}, ("demand.csv", "day_care", "pop80", "pop60")),
    "no longitude": (TOML, {"demand": cell(small.demand(), 7, "lon", "")}, ("demand.csv", "7")),
    "a word for a longitude": (
        TOML,
        {"demand": cell(small.demand(), 7, "lon", "abc")},
        ("demand.csv", "7", "lon", "abc"),
    ),
    "swapped": (
        TOML,
        {"demand": small.demand().rename(columns={"lon": "lat", "lat": "lon"})},
        ("demand.csv", "2, 3, 4", "36"),
    ),
    "outside": (TOML, {"demand": cell(small.demand(), 7, "lat", 39.9)}, ("demand.csv", "7", "100")),
    "another place": (TOML, {"demand": small.demand().assign(lat=lambda d: d["lat"] + 0.2)}, ("demand.csv",)),
    "metres said to be degrees": (
        TOML,
        {"demand": small.demand().assign(lon=386000.0, lat=3549000.0)},
        ("demand.csv", "2, 3, 4", "EPSG"),
    ),
    "no datum": (
        demand_is('"demand.csv"').replace('"demand.csv"\ndatum = "wgs84"', '"demand.csv"'),
        {},
        ("demand.csv", "datum"),
    ),
    "unknown datum": (
        TOML.replace('csv"\ndatum = "wgs84"', 'csv"\ndatum = "wsg84"'),
        {},
        ("demand.csv", "wsg84", "gcj02"),
    ),
    "repeated id": (TOML, {"demand": cell(small.demand(), 7, "demand_id", "d0000")}, ("demand.csv", "d0000", "2, 7")),
    "empty id": (TOML, {"demand": cell(small.demand(), 7, "demand_id", "")}, ("demand.csv", "7", "demand_id")),
    "the same file twice": (demand_is('["demand.csv", "demand.csv"]'), {}, ("demand.csv", "d0000")),
    "two street files": (
        TOML.replace('"streets.geojson"', '["streets.geojson", "b.geojson"]'),
        {},
        ("streets.geojson",),
    ),
    "unknown status": (
        TOML,
        {"facilities": small.facilities().assign(status="?")},
        ("facilities.csv", "2, 3", "status", "closed"),
    ),
    "places without a level, whose ids tell none": (
        TOML,
        {"places": small.places().drop(columns="level").assign(place_id=["a", "b", "c"])},
        ("places.geojson", "level"),
    ),
    "streets that are a table": (TOML.replace('"streets.geojson"', '"demand.csv"'), {}, ("demand.csv", "highway")),
    "streets under construction": (
        TOML,
        {"streets": small.streets().assign(highway="construction")},
        ("streets.geojson",),
    ),
    "streets that are points": (
        TOML,
        {"streets": gpd.GeoDataFrame({"highway": ["path"]}, geometry=[shapely.Point(118.8, 32.06)], crs=4326)},
        ("streets.geojson",),
    ),
    "a crs in metres of the wrong size": (
        TOML.replace("EPSG:4549", "EPSG:3857"),
        {},
        ("planner.toml", "EPSG:3857", "18.0%"),
    ),
    "the zone of another country": (TOML.replace("EPSG:4549", "EPSG:4534"), {}, ("planner.toml", "EPSG:4534")),
    "a crs without parameters": (TOML.replace("EPSG:4549", "EPSG:2385"), {}, ("EPSG:2385",)),
    "a format nobody reads": (demand_is('"planner.toml"'), {}, ("planner.toml", ".toml", ".csv")),
    "an exclusion that is not there": (with_service('exclusions = ["x.geojson"]'), {}, ("x.geojson",)),
}


@pytest.mark.parametrize("case", LAYER_FAULTS)
def test_layers(tmp_path, case):
    toml, tables, parts = LAYER_FAULTS[case]
    says(fault_of(tmp_path, toml, **tables), *parts)


def raw(name, text):
    return lambda folder: (folder / name).write_text(text, encoding="utf-8")


CSV = small.demand().to_csv(index=False)
BROKEN_FILES = {
    "nothing at all": (TOML, raw("demand.csv", ""), ("demand.csv",)),
    "a field too many": (TOML, raw("demand.csv", CSV.replace(",10,3\n", ",10,3,9\n", 1)), ("demand.csv", "2")),
    "a blank line counts as Excel counts it": (
        TOML,
        raw("demand.csv", cell(small.demand(), 7, "pop60", "x").to_csv(index=False).replace("\nd0002", "\n\nd0002")),
        ("demand.csv", "8", "pop60"),
    ),
    "streets that are no json": (TOML, raw("streets.geojson", "{not json"), ("streets.geojson",)),
    "osm cut short": (TOML.replace("streets.geojson", "s.osm"), raw("s.osm", "<osm"), ("s.osm",)),
    "a workbook that is none": (demand_is('"demand.xlsx"'), raw("demand.xlsx", "no zip"), ("demand.xlsx",)),
}


@pytest.mark.parametrize("case", BROKEN_FILES)
def test_broken_files(tmp_path, case):
    toml, after, parts = BROKEN_FILES[case]
    says(fault_of(tmp_path, toml, after=after), *parts)


def test_a_sheet_that_is_not_there(tmp_path):
    def save(folder):
        small.demand().to_excel(folder / "demand.xlsx", index=False)

    error = fault_of(tmp_path, demand_is('"demand.xlsx"', '\nsheet = "none"'), after=save)
    says(error, "demand.xlsx", "none")


def test_a_sheet_beside_a_file_that_has_none_is_refused(tmp_path):
    says(fault_of(tmp_path, demand_is('"demand.csv"', '\nsheet = "甲"')), "demand.csv", "sheet", "甲")


def test_a_point_without_geometry(tmp_path):
    def save(folder):
        shapes = [None, *shapely.points(small.demand()[["lon", "lat"]].to_numpy()[1:])]
        gpd.GeoDataFrame(small.demand()[["demand_id", "pop60"]], geometry=shapes, crs=4326).to_file(
            folder / "d.geojson"
        )

    says(fault_of(tmp_path, demand_is('"d.geojson"'), after=save), "d.geojson", "2")


def test_streets_without_length(tmp_path):
    dots = small.streets().assign(geometry=lambda s: [shapely.LineString([g.coords[0]] * 2) for g in s.geometry])
    error = fault_of(tmp_path, streets=dots, until="check")
    assert isinstance(error, NetworkError)
    says(error)


def test_streets_nobody_may_walk_on(tmp_path):
    error = fault_of(tmp_path, streets=small.streets().assign(highway="motorway"), until="check")
    assert isinstance(error, NetworkError)
    says(error, "walk")


def test_a_stage_that_is_not_there(tmp_path):
    project = load_project(small.write(tmp_path))
    with pytest.raises(PlannerError, match="netwrok"):
        run(project, until="netwrok")


def test_a_budget_without_costs(tmp_path):
    error = fault_of(tmp_path, TOML.replace("p = 2", "budget = 5.0"), until="sites")
    says(error, "day_care", "cost", "area_m2")
    error = fault_of(tmp_path, TOML.replace("p = 2", 'p = 2, funds = {"a" = 1.0}'), until="sites")
    says(error, "day_care", "cost")
    made = TOML.replace('candidates = {path = "candidates.csv", datum = "wgs84"}\n', "")
    assert made != TOML
    says(
        fault_of(tmp_path, made.replace("p = 2", "budget = 5.0"), until="sites"), "day_care", "unit_cost", "renovation"
    )


def study_of(folder, toml=TOML, **tables):
    return run(load_project(small.write(folder, toml, **tables)), until="sites")


def test_the_plain_project_runs(tmp_path):
    study = study_of(tmp_path)
    # Blocks take 100 m / 0.89 m/s / 60 = 1.873 min, so 5 min are 2 whole blocks (3.745; a third ends at 5.618).
    # Points stand on even crossings: within 2 blocks of (1, 1): (0,0) (0,2) (2,0) (2,2); of (4, 2): itself,
    # (2,2) (6,2) (4,0) (4,4). Together 8 points of 3 people.
    assert study.coverage["day_care"].share("pop60").covered == 8 * 3
    assert study.coverage["day_care"].share("pop60").demand == 36 * 3


def test_everything_closed_covers_nobody(tmp_path):
    study = study_of(tmp_path, facilities=small.facilities().assign(status="closed"))
    coverage = study.coverage["day_care"]
    assert coverage.share("pop60").covered == 0
    assert not coverage.covered.any()
    assert set(coverage.points["cause"]) == {"no_facility"}  # the streets are not to blame
    assert len(study.plans["day_care"].sites) == 2


def test_nobody_asks_for_anything(tmp_path):
    study = study_of(tmp_path, demand=small.demand().assign(pop60=0))
    assert study.coverage["day_care"].share("pop60").share is None
    assert len(study.gaps["day_care"].table) == 0
    assert len(study.plans["day_care"].sites) == 0


def test_one_point_and_one_facility(tmp_path):
    study = study_of(tmp_path, demand=small.demand().iloc[:1], facilities=small.facilities().iloc[:1])
    # from (0, 0) to (1, 1): two blocks at 0.89 m/s
    assert study.coverage["day_care"].minutes.tolist() == pytest.approx([200 / 0.89 / 60], abs=1e-3)


def test_candidates_may_have_the_ids_of_facilities(tmp_path):
    usual = study_of(tmp_path)
    named = study_of(tmp_path, candidates=small.candidates().assign(candidate_id=["f1", "f2", "f3"]))
    assert named.plans["day_care"].objective == usual.plans["day_care"].objective


def test_more_sites_than_candidates(tmp_path):
    plan = study_of(tmp_path, TOML.replace("p = 2", "p = 50")).plans["day_care"]
    assert set(plan.sites.index) == {"c1", "c2", "c3"}
    assert plan.status == "optimal"


def test_no_candidates_and_no_gaps(tmp_path):
    toml = TOML.replace('candidates = {path = "candidates.csv", datum = "wgs84"}\n', "")
    toml = toml.replace("standard_min = 5", "standard_min = 60").replace("cutoff_min = 10", "cutoff_min = 60")
    study = study_of(tmp_path, toml)
    assert study.coverage["day_care"].share("pop60").share == 1
    assert study.plans == {}


def test_without_places_and_with_places_that_have_no_polygons(tmp_path):
    no_places = TOML.replace('[places]\npath = "places.geojson"\ndatum = "wgs84"\n', "")
    assert len(study_of(tmp_path, no_places).by_place) == 0
    by_id = small.demand().assign(place_id=["320102001001", "320102001002"] * 18)
    listed = study_of(tmp_path, no_places, demand=by_id).by_place
    assert set(listed["place_id"]) == {"320102001001", "320102001002"}
    small.places().drop(columns="geometry").to_csv(tmp_path / "places.csv", index=False)
    table = study_of(tmp_path, TOML.replace('"places.geojson"\ndatum = "wgs84"', '"places.csv"'), demand=by_id).by_place
    whole = table[table["weight"] == "pop60"].set_index("place_id")["demand"]
    assert whole.to_dict() == {"320102": 108, "320102001001": 54, "320102001002": 54}


def test_a_trailing_comma_does_not_move_the_columns(tmp_path):
    usual = study_of(tmp_path).coverage["day_care"].minutes
    file = small.write(tmp_path)
    (tmp_path / "demand.csv").write_text(CSV.replace(",10,3\n", ",10,3,\n"), encoding="utf-8")
    assert run(load_project(file), until="coverage").coverage["day_care"].minutes.equals(usual)


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_semicolons_and_tabs(tmp_path, delimiter):
    usual = study_of(tmp_path).coverage["day_care"].minutes
    file = small.write(tmp_path)
    small.demand().to_csv(tmp_path / "demand.csv", sep=delimiter, index=False)
    assert run(load_project(file), until="coverage").coverage["day_care"].minutes.equals(usual)


def test_parents_in_a_circle_end(tmp_path):
    study = study_of(tmp_path, places=small.places().assign(parent_id=["320102001001", "320102", "320102"]))
    assert np.isfinite(study.by_place["demand"]).all()


def test_a_broken_cache_is_read_anew(tmp_path, monkeypatch):
    monkeypatch.setenv("PLANNER_CACHE_DIR", str(tmp_path / "cache"))
    file = small.write(tmp_path)
    before = run(load_project(file), until="layers").layers.streets
    for held in (tmp_path / "cache").glob("*/*.npy"):
        held.write_bytes(held.read_bytes()[:100])
    after = run(load_project(file), until="layers").layers.streets
    assert (before.xy == after.xy).all()
    assert (before.vertex == after.vertex).all()
    assert before.tags.equals(after.tags)
