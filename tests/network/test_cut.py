"""Cutting streets at points changes nothing but that there are nodes there."""

import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.network import WALK, snap
from planner.network.cut import cut_at
from tests.properties import worlds


@settings(deadline=None, max_examples=60)
@given(st.data(), worlds.networks())
def test_pieces_add_up_and_lie_where_the_edge_lay(data, network):
    stops, others = data.draw(worlds.points(network, "s", most=8)), data.draw(worlds.points(network, "p", most=8))
    at = snap(network, stops, mode=WALK)
    cut, node = cut_at(network, at.edge, at.offset_m)
    net = cut.network
    np.testing.assert_allclose(np.bincount(cut.of, weights=net.length_m), network.length_m, atol=1e-9)
    assert len(set(net.edge_id)) == len(net)
    assert len(set(net.node_id)) == len(net.node_id)
    assert (net.forward == network.forward[cut.of]).all()
    drawn = np.bincount(cut.of, weights=shapely.length(net.lines))
    np.testing.assert_allclose(drawn, shapely.length(network.lines), atol=1e-6)
    for e, line in enumerate(net.lines):
        first, last = shapely.get_coordinates(line)[[0, -1]]
        whole = network.lines[cut.of[e]]
        assert shapely.distance(shapely.Point(first), whole) < 1e-6
        assert shapely.distance(shapely.Point(last), whole) < 1e-6
    # each node is where its point snapped to, to the millimetre that counts as the end of an edge
    for k, n in enumerate(node):
        spot = shapely.line_interpolate_point(
            network.lines[at.edge[k]],
            at.offset_m[k] / network.length_m[at.edge[k]] if network.length_m[at.edge[k]] else 0.0,
            normalized=True,
        )
        assert shapely.distance(shapely.Point(net.node_xy[n]), spot) < 1.0 or network.length_m[at.edge[k]] < 1e-3
    before = snap(network, others, mode=WALK)
    after = cut.moved(before)
    assert (cut.of[after.edge] == before.edge).all()
    np.testing.assert_allclose(cut.begin_m[after.edge] + after.offset_m, before.offset_m, atol=1e-9)


def test_nothing_to_cut_changes_nothing():
    from tests.toy_city import grid

    net = grid(3)
    cut, node = cut_at(net, np.array([0, 0]), np.array([0.0, 100.0]))
    assert len(cut.network) == len(net)
    assert node.tolist() == [net.from_node[0], net.to_node[0]]
