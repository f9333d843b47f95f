"""From ways to a network: what meets, who may go where, what is folded, merged and joined; networkx is the judge."""

import itertools

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings

from planner.errors import NetworkError
from planner.network import BIKE, DRIVE, WALK, build_network

from .drawings import drawings, network_graph, walk_graph, ways

BOTH = DRIVE.bit | BIKE.bit


def wheels(**tags):
    """Return who of wheels may go along and against one way."""
    network = build_network(ways([(0, 0), (100, 0)], **{key: [value] for key, value in tags.items()}))
    west = network.node_xy[network.from_node[0], 0] < 50
    masks = (int(network.forward[0]), int(network.backward[0]))
    return masks if west else masks[::-1]


def test_ways_meet_where_they_share_a_vertex_and_only_there():
    # w1 crosses w0 at a vertex of both, w2 crosses w0 at none
    network = build_network(ways([(0, 0), (50, 0), (100, 0)], [(50, -50), (50, 0), (50, 50)], [(75, -50), (75, 50)]))
    assert len(network.node_id) == 7
    assert sorted(network.length_m) == pytest.approx([50, 50, 50, 50, 100])
    assert len(set(network.components(WALK))) == 2


def test_a_way_that_crosses_itself_is_cut_there():
    eight = [(0, 0), (50, 50), (100, 100), (100, 0), (50, 50), (0, 100)]
    network = build_network(ways(eight))
    # two arms, and a loop of 2 x sqrt(50^2 + 50^2) + 100
    assert sorted(network.length_m) == pytest.approx([50 * 2**0.5, 50 * 2**0.5, 100 * 2**0.5 + 100])


@pytest.mark.parametrize(
    ("tags", "along", "against"),
    [
        ({}, BOTH, BOTH),
        ({"oneway": "yes"}, BOTH, 0),
        ({"oneway": "-1"}, 0, BOTH),
        ({"oneway": "reverse"}, 0, BOTH),
        ({"oneway": "no"}, BOTH, BOTH),
        ({"junction": "roundabout"}, BOTH, 0),
        ({"junction": "roundabout", "oneway": "-1"}, 0, BOTH),
        ({"highway": "motorway"}, DRIVE.bit, 0),
        ({"highway": "motorway", "oneway": "no"}, DRIVE.bit, DRIVE.bit),
    ],
)
def test_one_way_is_for_wheels_in_the_direction_told(tags, along, against):
    forth, back = wheels(**tags)
    assert (forth & BOTH, back & BOTH) == (along, against)
    on_foot = 0 if tags.get("highway") == "motorway" else WALK.bit
    assert (forth & WALK.bit, back & WALK.bit) == (on_foot, on_foot)


def test_there_and_back_is_a_two_way_street():
    network = build_network(ways([(0, 0), (50, 9), (100, 0), (50, 9), (0, 0)], oneway=["yes"]))
    assert (len(network), network.repairs["folded_ways"]) == (1, 1)
    assert network.forward[0] & BOTH == network.backward[0] & BOTH == BOTH
    assert network.length_m == pytest.approx([2 * np.hypot(50, 9)])


def test_a_round_is_not_there_and_back():
    network = build_network(ways([(0, 0), (100, 0), (100, 100), (0, 0)], oneway=["yes"]))
    assert network.repairs["folded_ways"] == 0
    assert network.length_m.sum() == pytest.approx(200 + 100 * 2**0.5)
    assert not (network.backward & BOTH).any()


def test_a_street_drawn_once_for_each_direction_is_open_both_ways():
    network = build_network(ways([(0, 0), (100, 0)], [(100, 0), (0, 0)], oneway=["yes", "yes"]))
    assert len(network) == 1
    assert network.forward[0] & network.backward[0] & BOTH == BOTH


def test_parallel_streets_are_kept_and_the_shorter_one_counts():
    bow = build_network(
        ways([(0, 0), (100, 0)], [(0, 0), (50, 60), (100, 0)], [(0, 0), (-10, 0)], [(100, 0), (110, 0)])
    )
    graph = network_graph(bow, WALK.bit)
    ends = {tuple(xy): n for n, xy in enumerate(bow.node_xy.tolist())}
    assert graph.number_of_edges(ends[0.0, 0.0], ends[100.0, 0.0]) == 2
    assert nx.dijkstra_path_length(graph, ends[-10.0, 0.0], ends[110.0, 0.0], weight="length") == pytest.approx(120)


def test_names_and_classes_are_not_joined_across():
    network = build_network(ways([(0, 0), (50, 0)], [(50, 0), (100, 0)], name=["甲路", "乙路"]))
    assert sorted(network.name) == ["乙路", "甲路"]
    assert len(build_network(ways([(0, 0), (50, 0)], [(50, 0), (100, 0)]))) == 1


def test_nothing_to_travel_on_is_an_error():
    with pytest.raises(NetworkError):
        build_network(ways([(5, 5), (5, 5)]))


@settings(max_examples=150, deadline=None)
@given(drawings())
def test_building_keeps_every_distance_on_foot_and_every_component(streets):
    before = walk_graph(streets)
    if not any(data["length"] for *_, data in before.edges(data=True)):
        return
    network = build_network(streets)
    after = network_graph(network, WALK.bit)
    at = {tuple(np.round(xy, 6)): n for n, xy in enumerate(network.node_xy)}
    kept = {v: at[tuple(np.round(streets.xy[v], 6))] for v in before if tuple(np.round(streets.xy[v], 6)) in at}
    for v, lengths in nx.all_pairs_dijkstra_path_length(before, weight="length"):
        if v in kept:
            now = nx.single_source_dijkstra_path_length(after, kept[v], weight="length")
            assert {u for u in lengths if u in kept} == {u for u in kept if kept[u] in now}
            assert all(now[kept[u]] == pytest.approx(lengths[u], abs=1e-6) for u in lengths if u in kept)
    label = network.components(WALK)
    assert len(set(label)) == nx.number_connected_components(nx.Graph(after))


@settings(max_examples=100, deadline=None)
@given(drawings())
def test_wheels_go_where_the_arcs_of_the_ways_go(streets):
    """A node reaches by car exactly the nodes that it reaches along the drawn arcs."""
    arcs = nx.DiGraph()
    for way, (low, high) in enumerate(zip(streets.offsets[:-1], streets.offsets[1:], strict=True)):
        line = streets.vertex[low:high].tolist()
        folded = line == line[::-1] and len(line) > 2
        for a, b in itertools.pairwise(line):
            arcs.add_edge(a, b)
            if folded or streets.tags["oneway"][way] != "yes":
                arcs.add_edge(b, a)
    if all(a == b for a, b in arcs.edges):
        return
    network = build_network(streets)
    graph = network_graph(network, DRIVE.bit)
    at = {tuple(np.round(xy, 6)): n for n, xy in enumerate(network.node_xy)}
    kept = {v: at[tuple(np.round(streets.xy[v], 6))] for v in arcs if tuple(np.round(streets.xy[v], 6)) in at}
    for v, n in kept.items():
        reached = nx.descendants(arcs, v) | {v}
        assert {kept[u] for u in reached if u in kept} == (nx.descendants(graph, n) | {n})
