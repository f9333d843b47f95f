"""Classes and shares of the 5-10-15 circle, counted by hand."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner import measure_circle
from planner.coverage import circle_by_place
from planner.travel import TravelTimes

IDS = ["a", "b", "c", "d", "e", "f"]
FAR = np.nan
# people are powers of two, so that a sum names who is in it
DEMAND = pd.DataFrame(
    {"place_id": ["west", "west", "west", "east", "east", "east"], "pop": [1, 2, 4, 8, 16, 32]}, index=IDS, dtype=object
).astype({"pop": float})
#         a     b     c    d     e    f
WALK = [15.0, 15.1, 40.0, 2.0, FAR, FAR]
BIKE = [6.0, 10.0, 10.5, 1.0, 9.1, FAR]
DRIVE = [3.0, 4.0, 5.0, 2.0, 5.0, 5.4]


def times(minutes, cutoff=60.0):
    return TravelTimes.from_dense(np.array(minutes)[:, None], cutoff_min=cutoff, origins=IDS, destinations=["x"])


def three(far="drive"):
    return {"walk": times(WALK), "bike": times(BIKE), far: times(DRIVE)}


def places():
    return gpd.GeoDataFrame(
        {"name": ["市", "西", "东"], "level": ["city", "town", "town"], "parent_id": [None, "city", "city"]},
        index=pd.Index(["city", "west", "east"], name="place_id"),
        geometry=[None] * 3,
        crs="EPSG:4549",
    )


def test_everybody_is_in_the_first_class_that_fits():
    circle = measure_circle(three(), DEMAND)
    # a: 15.0 on foot is within; b: 15.1 is not, 10.0 by bicycle is; c: car 5.0; d on foot; e bicycle; f: 5.4 by car
    assert circle.classes.to_dict() == dict(zip(IDS, "ABCABD", strict=True))
    people = {c: circle.share(c, "pop").covered for c in "ABCD"}
    assert people == {"A": 1 + 8, "B": 2 + 16, "C": 4, "D": 32}
    assert circle.share("A", "pop").demand == 63


def test_about_fifteen_minutes_is_a_band():
    circle = measure_circle(three(), DEMAND)
    at = {band: {c: circle.share(c, "pop", band=band).covered for c in "ABCD"} for band in circle.bands}
    assert circle.bands == pytest.approx((0.9, 1.0, 1.1))
    # 13.5 / 9 / 4.5: only d on foot; a 6.0 by bicycle; b 4.0 by car; c, e (9.1, 5.0) and f nowhere
    assert at[0.9] == {"A": 8, "B": 1, "C": 2, "D": 4 + 16 + 32}
    # 16.5 / 11 / 5.5: b on foot too; c 10.5 by bicycle, e 9.1; f 5.4 by car
    assert at[1.1] == {"A": 1 + 2 + 8, "B": 4 + 16, "C": 32, "D": 0}


def test_the_matrix_has_nine_shares():
    circle = measure_circle(three(), DEMAND, reading="matrix")
    table = circle_by_place(circle, places())
    whole = table[table["place_id"].isna() & (table["band"] == 1)]
    got = {(r["mode"], r["minutes"]): r["people"] for _, r in whole.iterrows()}
    assert got == {
        ("walk", 5): 8, ("walk", 10): 8, ("walk", 15): 1 + 8,
        ("bike", 5): 8, ("bike", 10): 1 + 2 + 8 + 16, ("bike", 15): 1 + 2 + 4 + 8 + 16,
        ("drive", 5): 1 + 2 + 4 + 8 + 16, ("drive", 10): 63, ("drive", 15): 63,
    }  # fmt: skip
    assert circle.within("bike", 10, "pop").covered == 27


def test_the_reading_changes_only_what_it_says():
    one, other = (
        circle_by_place(measure_circle(three(), DEMAND, reading=r), places()) for r in ("respective", "matrix")
    )
    assert list(one) == list(other)
    keys = ["service", "place_id", "name", "level", "weight", "band", "demand"]
    pd.testing.assert_frame_equal(
        one[keys].drop_duplicates(ignore_index=True), other[keys].drop_duplicates(ignore_index=True)
    )
    assert measure_circle(three(), DEMAND).table.equals(measure_circle(three(), DEMAND, reading="matrix").table)


@pytest.mark.parametrize("reading", ["respective", "matrix"])
def test_places_add_up_to_what_is_above_them(reading):
    table = circle_by_place(measure_circle(three(), DEMAND, reading=reading), places())
    item = ["class", "mode", "minutes"]
    here = table[table["band"] == 1].assign(**{c: table[c].astype(object).fillna("-") for c in item})
    towns = here[here["level"] == "town"].groupby(item)[["people", "demand"]].sum()
    for level in (here["level"] == "city", here["place_id"].isna()):
        pd.testing.assert_frame_equal(
            here[level].set_index(item)[["people", "demand"]].sort_index(), towns, check_index_type=False
        )
    np.testing.assert_allclose(here["share"], here["people"] / here["demand"])


def test_people_by_class_and_place():
    table = circle_by_place(measure_circle(three(), DEMAND), places()).set_index(["place_id", "class"])
    assert [table.loc[("west", c), "people"] for c in "ABCD"] == [1, 2, 4, 0]
    assert [table.loc[("east", c), "people"] for c in "ABCD"] == [8, 16, 0, 32]


def test_what_class_c_goes_by():
    assert measure_circle(three(), DEMAND).far == "drive"
    assert measure_circle(three("transit"), DEMAND).far == "transit"
    assert list(measure_circle(three("transit"), DEMAND).minutes) == ["walk", "bike", "transit"]


def test_demand_in_no_place_counts_in_all():
    lost = DEMAND.assign(place_id=["west", None, "west", "east", "east", "east"])
    table = circle_by_place(measure_circle(three(), lost), places())
    whole = table[table["place_id"].isna() & (table["band"] == 1)]
    city = table[table["place_id"] == "city"]
    assert whole["demand"].unique() == [63]
    assert city["demand"].unique() == [61]


def test_what_cannot_be_measured_is_refused():
    with pytest.raises(ValueError, match="bike"):
        measure_circle({"walk": times(WALK), "drive": times(DRIVE)}, DEMAND)
    short = three() | {"walk": times(WALK, cutoff=16.0)}
    with pytest.raises(ValueError, match=r"16\.5"):
        measure_circle(short, DEMAND)
    assert measure_circle(short, DEMAND, tolerance=0.0).bands == (1.0,)
    with pytest.raises(ValueError, match=r"drive: times are known up to 5\.5, not to 16\.5"):
        measure_circle(three() | {"drive": times(DRIVE, cutoff=5.5)}, DEMAND, reading="matrix")
    with pytest.raises(ValueError, match="same points"):
        measure_circle(three(), DEMAND.drop(index="a"))


minutes = st.lists(st.one_of(st.just(FAR), st.floats(0, 30)), min_size=6, max_size=6)


@given(minutes, minutes, minutes, st.floats(0.1, 0.9))
def test_faster_times_never_lower_a_class(walk, bike, drive, quicker):
    slow = {"walk": times(walk), "bike": times(bike), "drive": times(drive)}
    fast = {mode: times(np.array(m) * quicker) for mode, m in (("walk", walk), ("bike", bike), ("drive", drive))}
    before, after = measure_circle(slow, DEMAND), measure_circle(fast, DEMAND)
    assert (after.classes.to_numpy() <= before.classes.to_numpy()).all()
    whole = sum(before.share(c, "pop").covered for c in "ABCD")
    assert whole == before.share("A", "pop").demand
