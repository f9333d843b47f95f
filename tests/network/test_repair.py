"""Repairs: what each does to streets that can be counted, and what holds for any streets."""

import networkx as nx
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from planner.layers.conform import Layer
from planner.layers.streets import read_streets
from planner.network import WALK, build_network, repair_streets
from planner.network.crossings import crossings_at_grade, segments_of
from planner.network.loose_ends import loose_ends
from planner.network.repair import EDITS, way_lengths

from .drawings import drawings, walk_graph, ways

CENTIMETRE = 0.011


def pieces(streets):
    return len(set(build_network(streets).components(WALK)))


def test_a_crossing_gets_one_vertex_that_both_ways_have():
    cross = ways([(0, 0), (100, 0)], [(50, -50), (50, 50)])
    assert pieces(cross) == 2
    mended, edits = repair_streets(cross, node_crossings=True)
    assert pieces(mended) == 1
    assert list(edits["kind"]) == ["node_crossing"] * 2
    assert edits[["way_id", "other_way_id"]].to_numpy().tolist() == [["w0", "w1"], ["w1", "w0"]]
    assert edits[["x", "y"]].to_numpy() == pytest.approx(np.array([[50, 0], [50, 0]]))
    assert edits[["vertices_before", "vertices_after"]].to_numpy().tolist() == [[2, 3], [2, 3]]
    network = build_network(mended)
    assert sorted(network.length_m) == pytest.approx([50, 50, 50, 50])
    assert len(cross.xy) == 4, "the ways that came in are as they were"


def test_three_ways_through_one_place_get_one_vertex():
    mended, _ = repair_streets(
        ways([(0, 0), (100, 100)], [(0, 100), (100, 0)], [(50, 0), (50, 100)]), node_crossings=True
    )
    network = build_network(mended)
    assert len(network.node_id) == 7  # six ends and the middle
    assert len(network) == 6


def test_streets_one_upon_the_other_share_what_they_share():
    # w1 lies on w0 from 40 to 60: both its ends touch w0, and what both draw is merged when the network is built
    mended, edits = repair_streets(ways([(0, 0), (100, 0)], [(40, 0), (60, 0)]), node_crossings=True)
    assert set(edits["way_id"]) == {"w0"}
    network = build_network(mended)
    assert network.length_m == pytest.approx([100])
    assert network.repairs["merged_doubles"] == 1


def test_vertices_a_millimetre_apart_become_one():
    split = ways([(0, 0), (50, 0)], [(50.004, 0.003), (100, 0)])
    mended, edits = repair_streets(split, node_crossings=True)
    assert list(edits["kind"]) == ["join_vertices"]
    assert pieces(mended) == 1


def test_a_gap_is_closed_where_the_end_is_near_and_nothing_else():
    streets = ways([(0, 0), (200, 0)], [(100, 1.5), (100, 80)], [(150, 2.5), (150, 80)])
    mended, edits = repair_streets(streets, close_gaps_m=2.0)
    assert edits[["kind", "way_id", "other_way_id"]].to_numpy().tolist() == [["close_gap", "w1", "w0"]]
    assert (edits["length_before_m"][0], edits["length_after_m"][0]) == pytest.approx((78.5, 80.0))
    assert pieces(mended) == 2
    assert len(repair_streets(streets, close_gaps_m=3.0)[1]) == 2


def test_two_ends_that_look_at_each_other_get_one_link():
    mended, edits = repair_streets(ways([(0, 0), (50, 0)], [(51, 0), (100, 0)]), close_gaps_m=2.0)
    assert len(edits) == 1
    # one chain of 50 + 1 + 49 m
    assert build_network(mended).length_m.sum() == pytest.approx(100)


def test_the_end_of_a_branch_beside_its_stem_is_let_be():
    assert repair_streets(ways([(0, 0), (100, 0)], [(0, 0), (29, 8), (30, 1.5)]), close_gaps_m=2.0)[1].empty


@pytest.mark.parametrize(
    ("lines", "tags", "dropped"),
    [
        (([(0, 0), (9, 9)], [(0, 0), (9, 9)]), {}, 1),
        (([(0, 0), (9, 9)], [(9, 9), (0, 0)]), {}, 1),
        (([(0, 0), (9, 9)], [(9, 9), (0, 0)]), {"oneway": ["yes", "yes"]}, 0),  # one for each direction
        (([(0, 0), (9, 9)], [(0, 0), (9, 9)]), {"oneway": ["yes", "yes"]}, 1),
        (([(0, 0), (9, 9)], [(0, 0), (9, 9)]), {"name": ["甲路", "乙路"]}, 0),
        (([(0, 0), (9, 9)], [(0, 0), (5, 2), (9, 9)]), {}, 0),
    ],
)
def test_doubles(lines, tags, dropped):
    mended, edits = repair_streets(ways(*lines, **tags), drop_duplicates=True)
    assert (edits["kind"] == "drop_duplicate").sum() == dropped
    assert len(mended) == 2 - dropped


def test_steps_and_ways_without_length_are_dropped():
    mended, edits = repair_streets(ways([(0, 0), (0, 0), (9, 9)], [(5, 0), (5, 0)]), drop_duplicates=True)
    assert sorted(edits["way_id"]) == ["w0", "w1"]
    assert set(edits["kind"]) == {"drop_empty"}
    assert np.diff(mended.offsets).tolist() == [2]


def test_nothing_asked_is_nothing_done():
    streets = ways([(0, 0), (100, 0)], [(50, -50), (50, 50)])
    mended, edits = repair_streets(streets)
    assert mended is streets
    assert list(edits) == list(EDITS)
    assert edits.empty


asked = st.fixed_dictionaries(
    {"node_crossings": st.booleans(), "close_gaps_m": st.sampled_from([0.0, 2.0]), "drop_duplicates": st.booleans()}
)


@settings(max_examples=150, deadline=None)
@given(drawings(), asked)
def test_repairing_twice_is_repairing_once(streets, options):
    mended, _ = repair_streets(streets, **options)
    again, edits = repair_streets(mended, **options)
    assert edits.empty
    assert again is mended


@settings(max_examples=150, deadline=None)
@given(drawings())
def test_noding_leaves_nothing_open_and_keeps_the_length(streets):
    mended, edits = repair_streets(streets, node_crossings=True)
    assert len(crossings_at_grade(mended, segments_of(mended))) == 0
    slack = CENTIMETRE * (1 + 2 * len(edits))  # a vertex moves by a centimetre at most, and two steps with it
    assert way_lengths(mended).sum() == pytest.approx(way_lengths(streets).sum(), abs=slack)
    assert set(edits["kind"]) <= {"node_crossing", "join_vertices"}


@settings(max_examples=100, deadline=None)
@given(drawings(), asked)
def test_no_path_between_places_that_were_there_gets_longer(streets, options):
    mended, edits = repair_streets(streets, **options)
    before, after = walk_graph(streets), walk_graph(mended)
    assume(len(after))  # ways without any length are dropped, and then no place is left
    slack = CENTIMETRE * (1 + 2 * len(edits))
    home = {v: _same_place(mended, after, streets.xy[v]) for v in before}
    for source, lengths in nx.all_pairs_dijkstra_path_length(before, weight="length"):
        now = nx.single_source_dijkstra_path_length(after, home[source], weight="length")
        assert all(now[home[v]] <= length + slack for v, length in lengths.items())


def _same_place(mended, graph, xy):
    """Return the vertex that stands where one stood, to a few centimetres."""
    used = np.array(sorted(graph))
    return int(used[np.hypot(*(mended.xy[used] - xy).T).argmin()])


@settings(max_examples=100, deadline=None)
@given(drawings())
def test_closing_gaps_leaves_no_loose_end_and_joins_no_levels(streets):
    mended, edits = repair_streets(streets, close_gaps_m=2.0)
    assert len(loose_ends(mended, segments_of(mended), within_m=2.0)) == 0
    assert set(edits["kind"]) <= {"close_gap"}
    named = streets.tags.set_index(streets.way_id)["bridge"]
    assert (named[edits["way_id"]].to_numpy() == named[edits["other_way_id"]].to_numpy()).all()


def test_repairing_real_streets_joins_some_islands_and_shortens_nothing(shared_data):
    path = shared_data / "nanjing/osm_centre.geojson"
    streets = read_streets(Layer(path=path, datum=None, columns={}, crs="EPSG:4549"))
    mended, edits = repair_streets(streets, node_crossings=True, close_gaps_m=2.0, drop_duplicates=True)
    assert pieces(mended) < pieces(streets)
    assert {"node_crossing", "close_gap"} <= set(edits["kind"])
    assert build_network(mended).length_m.sum() == pytest.approx(build_network(streets).length_m.sum(), rel=1e-4)
