"""Public transport and the circle in planner.toml, from the file to the tables, on a town counted by hand."""

import pandas as pd
import pytest

from planner import load_project, run, write_outputs
from planner.errors import NetworkError, ProjectError, TableError
from planner.pipeline.travel import circle_modes, mode_of
from planner.report.facts import gather
from planner.report.story import tell
from planner.scenario import ChangeSpeed, Scenario
from tests.small_project import TOML, degrees, write

LINES = """
[transit]
path = "lines.csv"
datum = "wgs84"
"""
CIRCLE = """
[circle]
walk_min = 3
bike_min = 2
far_min = 1
"""
RIDE = TOML.replace('preset = "day_care"', 'preset = "day_care"\nmode = "transit"\nspeed_mps = 1.6666666666666667')


def lines() -> pd.DataFrame:
    """Return one line along the lowest street, from its eastern end to the facility f1 in two minutes."""
    lon, lat = degrees([11, 1], [1, 1])
    common = {"line": "1", "first": "06:00", "last": "22:00", "headway_min": 4}
    return pd.DataFrame({"order": [1, 2], "stop": ["甲", "乙"], "lon": lon, "lat": lat, "ride_min": [2, None]} | common)


def project(tmp_path, toml=TOML + LINES + CIRCLE, table=None):
    file = write(tmp_path, toml)
    (lines() if table is None else table).to_csv(tmp_path / "lines.csv", index=False, encoding="utf-8-sig")
    return load_project(file)


def test_a_service_by_public_transport_is_a_mode_like_any_other(tmp_path):
    study = run(project(tmp_path, RIDE + LINES), until="sites")
    minutes = study.coverage["day_care"].minutes
    # d1002: one block to the stop at (11, 1) … one east, one south: 2 blocks; 2 to wait, 2 on board, at f1
    assert minutes["d1002"] == pytest.approx(2 + 2 + 2, abs=0.02)
    assert minutes["d0000"] == pytest.approx(2, abs=0.02)  # nobody waits for a bus to go round the corner
    assert study.coverage["day_care"].mode == "transit"
    assert len(study.plans["day_care"].sites) == 2


def test_in_the_vehicle_only(tmp_path):
    option = 'transit_time = "in_vehicle"\n'
    study = run(project(tmp_path, RIDE + LINES + option), until="coverage")
    assert study.coverage["day_care"].minutes["d1002"] == pytest.approx(2, abs=1e-3)


def test_the_circle_is_measured_and_written(tmp_path):
    study = run(project(tmp_path))
    circle = study.circles["day_care"]
    assert circle.far == "transit"
    people = {c: circle.share(c, "pop60").covered for c in "ABCD"}
    assert sum(people.values()) == 36 * 3  # 36 points, 3 people of sixty or more at each
    # on foot 3 min at 0.89 m/s are 160 m: all points lie two blocks or more from f1 at (1, 1), and from f2 at (4, 2)
    # all but the one that stands there
    assert people["A"] == 3
    out = write_outputs(study, tmp_path / "out")
    table = pd.read_csv(out / "tables" / "circle.csv")
    whole = table[table["place_id"].isna() & (table["band"] == 1)].set_index("class")
    assert whole["people"].to_dict() == people
    assert (whole["demand"] == 108).all()
    assert len(pd.read_excel(out / "annex.xlsx", sheet_name="三方式可达")) == len(table)
    assert "以驾车替代" not in (out / "report.html").read_text(encoding="utf-8")


def test_without_lines_the_car_goes_instead_and_the_report_says_so(tmp_path):
    study = run(project(tmp_path, TOML + CIRCLE))
    assert study.circles["day_care"].far == "drive"
    assert set(study.circle["mode"].dropna()) == {"walk", "bike", "drive"}
    said = [getattr(block, "text", "") for block in tell(study, gather(study)).blocks]
    assert any("没有公共交通数据" in text and "以驾车替代" in text for text in said)


def test_the_car_may_be_chosen_over_the_lines_there_are(tmp_path):
    study = run(project(tmp_path, TOML + LINES + CIRCLE + 'far = "drive"\n'))
    said = [getattr(block, "text", "") for block in tell(study, gather(study)).blocks]
    assert study.circles["day_care"].far == "drive"
    assert any("按项目设定" in text and "以驾车替代" in text for text in said)
    assert not any("没有公共交通数据" in text for text in said)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_matrix_is_told_in_nine_shares(tmp_path, language):
    toml = (TOML + LINES + CIRCLE + 'reading = "matrix"\n').replace("title =", f'language = "{language}"\ntitle =')
    study = run(project(tmp_path, toml))
    whole = study.circle[study.circle["place_id"].isna() & (study.circle["band"] == 1)]
    assert len(whole) == 9
    tables = [b for b in tell(study, gather(study)).blocks if getattr(b, "rows", None) and len(b.rows) == 3]
    assert any(len(b.columns) == 4 for b in tables)


def test_what_fills_in_is_named_with_its_source(tmp_path):
    said = {p.key: p for p in project(tmp_path).parameters}
    assert (said["circle.walk_min"].value, said["circle.walk_min"].confidence) == (3, "P")
    assert (said["circle.bike_mps"].value, said["circle.bike_mps"].confidence) == (3.33, "V")
    assert said["transit.window"].value == "07:00-09:00"
    assert "circle.drive_mps" not in said  # not used where there are lines
    assert "circle.drive_mps" in {p.key for p in project(tmp_path, TOML + CIRCLE).parameters}


def test_penalties_are_nothing_until_asked_for_and_then_printed(tmp_path):
    plain = project(tmp_path)
    assert plain.services[0].crossing_s == 0
    asked = TOML.replace("standard_min = 5", "standard_min = 5\ncrossing_s = 25\nstairs_factor = 1.5")
    said = {p.key: p.value for p in project(tmp_path, asked).parameters}
    assert said["services.day_care.crossing_s"] == 25
    assert said["services.day_care.stairs_factor"] == 1.5
    assert "services.day_care.crossing_s" not in {p.key for p in plain.parameters}


def test_stairs_slow_whoever_is_on_foot(tmp_path):
    slowed = project(tmp_path, TOML.replace("standard_min = 5", "standard_min = 5\nstairs_factor = 1.5"))
    service = slowed.services[0]
    on_foot = service.speed_mps * 3.6 / 1.5
    for mode, kmh in (("walk", on_foot), ("transit", on_foot), ("bike", None)):
        asked = mode_of(service.model_copy(update={"mode": mode}), slowed)
        assert asked.kmh.get("steps") == kmh


def test_congestion_slows_every_class(tmp_path):
    drive = TOML.replace('preset = "day_care"', 'preset = "institution"\npace = "by_class"')
    usual = project(tmp_path, drive).services[0].kmh
    jam = project(tmp_path, drive.replace('"by_class"', '"by_class"\ncongestion = 0.325')).services[0].kmh
    assert {k: 2 * v for k, v in jam.items()} == pytest.approx(dict(usual))  # 0.65 is the preset


BY_CLASS = TOML.replace('preset = "day_care"', 'preset = "institution"\npace = "by_class"')


def test_the_projects_own_classes_stand_over_the_presets(tmp_path):
    own = BY_CLASS.replace('"by_class"', '"by_class"\nkmh = {residential = 20}')
    usual, asked = (project(tmp_path, toml).services[0].kmh for toml in (BY_CLASS, own))
    assert asked == {**usual, "residential": 20}
    jam = project(tmp_path, own.replace('"by_class"', '"by_class"\ncongestion = 0.325')).services[0].kmh
    assert jam == pytest.approx({k: v / 2 for k, v in usual.items()} | {"residential": 20 * 0.325})


def test_a_scenario_slows_every_class_in_proportion(tmp_path):
    halved = Scenario(ChangeSpeed(service="day_care", speed_mps=6.94 / 2), name="jam")
    usual = run(project(tmp_path, BY_CLASS), until="coverage").coverage["day_care"].minutes
    slow = run(project(tmp_path, BY_CLASS), until="coverage", scenario=halved).coverage["day_care"].minutes
    assert (slow[slow.notna()] - 1).to_numpy() == pytest.approx(2 * (usual[slow.notna()] - 1).to_numpy())  # 1: parking


def test_stairs_and_signals_add_minutes_and_no_metres(tmp_path):
    walked = [
        run(project(tmp_path, toml), until="coverage").walked["day_care"].minutes
        for toml in (TOML, TOML.replace("standard_min = 5", "standard_min = 5\ncrossing_s = 60"))
    ]
    pd.testing.assert_series_equal(*walked)


def test_a_service_keeps_its_own_pace_in_the_circle(tmp_path):
    ridden = TOML.replace('preset = "day_care"', 'preset = "day_care"\nmode = "bike"\npace = "ebike"\nspeed_mps = 5.0')
    whole = run(project(tmp_path, ridden + CIRCLE), until="coverage")
    modes = circle_modes(whole.project.services[0], whole.project, whole.project.circle)
    assert (modes["bike"].speed_mps, modes["walk"].speed_mps) == (5.0, 1.11)
    assert {p.key: p.value for p in whole.project.parameters}["circle.walk_mps"] == 1.11


def test_what_does_not_run_in_the_window_is_refused_and_what_hardly_runs_is_told(tmp_path):
    early = LINES + 'window = ["02:00", "04:00"]\n'
    with pytest.raises(NetworkError, match="02:00-04:00"):
        run(project(tmp_path, RIDE + early), until="coverage")
    late = [lines().assign(line=name, first="23:00", last="23:30") for name in ("2", "3")]
    study = run(project(tmp_path, RIDE + LINES, table=pd.concat([lines(), *late])), until="coverage")
    assert any("只有 1 条线路" in said and "共 3 条" in said for said in study.cautions)
    # 07:00 to 09:00, every 4 minutes, both ways: the window ends before a bus at 09:00
    assert {p.key: p.value for p in study.project.parameters}["transit.running"] == "1/3 条线路，首站发车 60 班次"


@pytest.mark.parametrize(
    ("toml", "says"),
    [
        (RIDE, "day_care"),
        (TOML + LINES + 'window = ["09:00", "07:00"]\n', "window"),
        (TOML + LINES + 'window = ["9点", "10点"]\n', "window"),
        (TOML + LINES + 'windows = ["07:00", "09:00"]\n', "window"),
        (TOML + LINES + 'transit_time = "fast"\n', "in_vehicle"),
        (TOML + CIRCLE + 'reading = "both"\n', "matrix"),
        (TOML + CIRCLE + 'services = ["canteen"]\n', "canteen"),
        (TOML + CIRCLE + "radius = 5\n", "radius"),
        ("circle = 5\n" + TOML, "circle"),
        (BY_CLASS.replace('"by_class"', '"by_class"\nkmh = {residental = 20}'), "residential"),
        (BY_CLASS.replace('"by_class"', '"by_class"\nkmh = {residential = 900}'), "120 km/h"),
        (BY_CLASS.replace('"by_class"', '"by_class"\ncongestion = 65'), "0.65"),
        (TOML.replace("standard_min = 5", "standard_min = 5\ncongestion = 0.5"), "by_class"),
        (TOML.replace("standard_min = 5", 'standard_min = 5\npace = "ebike"'), "elderly"),
        (TOML.replace("standard_min = 5", "standard_min = 5\nspeed_mps = 300"), "10 km/h"),
    ],
)
def test_a_wrong_setting_is_named(tmp_path, toml, says):
    with pytest.raises(ProjectError, match=says):
        project(tmp_path, toml)


def test_lines_of_another_city_are_refused(tmp_path):
    with pytest.raises(TableError, match=r"lines\.csv"):
        run(project(tmp_path, table=lines().assign(lon=lambda t: t["lon"] + 1)), until="layers")
