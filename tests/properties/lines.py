"""Random lines over random streets, and the same questions answered by networkx."""

import geopandas as gpd
import networkx as nx
import numpy as np
from hypothesis import strategies as st

from planner.layers import Pattern, Timetable
from planner.network import join_transit
from planner.travel import travel_times
from tests.properties import worlds

WINDOW = (480.0, 540.0)
TRANSIT_100 = 100 / 60
minutes = st.one_of(st.just(0.0), st.integers(1, 24).map(lambda k: k / 4), st.floats(0.0, 6).map(lambda v: round(v, 3)))


@st.composite
def patterns(draw, n_stops, *, stated):
    """Return a line over 2 to 4 stops, with trips about the window; its headway is stated or not."""
    visits = draw(st.integers(2, 4))
    called = np.array([draw(st.integers(0, n_stops - 1)) for _ in range(visits)])
    rides = [draw(minutes) for _ in range(visits - 1)]
    headway = draw(st.sampled_from([4.0, 7.5, 10.0, 30.0]))
    first = draw(st.sampled_from([400.0, 470.0, 483.5, 530.0]))
    starts = first + headway * np.arange(draw(st.integers(1, 12)))
    times = starts[:, None] + np.concatenate([[0.0], np.cumsum(rides)])
    if draw(st.booleans()):  # some trips are late on the way, and overtaken
        times = times + np.cumsum([[draw(minutes) for _ in range(visits)] for _ in starts], axis=1)
    stay = draw(st.sampled_from([0.0, 0.5]))
    times = times + stay * np.arange(visits)
    return Pattern(
        line=f"l{draw(st.integers(0, 9))}",
        stops=called,
        arrive=times,
        depart=times + stay,
        headway_min=headway if stated else float("nan"),
    )


@st.composite
def cities(draw, *, stated=None, most_lines=3):
    """Return streets, a timetable on them, origins and destinations."""
    network = draw(worlds.networks(most_nodes=7, most_edges=12))
    stops = draw(worlds.points(network, "s", most=5))
    own = draw(st.booleans()) if stated is None else stated
    made = [draw(patterns(len(stops), stated=own)) for _ in range(draw(st.integers(1, most_lines)))]
    table = gpd.GeoDataFrame({"name": list(stops.index)}, index=stops.index, geometry=stops)
    return network, table, made, draw(worlds.points(network, "o")), draw(worlds.points(network, "d"))


def join(network, stops, made):
    return join_transit(network, Timetable.from_patterns(stops, made), window=WINDOW)


def by_headways(joined, origins, destinations, mode):
    """Return minutes from door to door on a graph drawn from scratch: split streets, platforms, places on board."""
    network, timetable = joined.streets, joined.timetable
    landing = worlds._landings(network, origins, "o", mode, 300.0)
    landing |= worlds._landings(network, destinations, "d", mode, 300.0)
    landing |= worlds._landings(network, timetable.stops.geometry, "s", mode, 300.0)
    graph = worlds._split(network, landing, mode)
    for key, (edge, offset, access) in landing.items():
        leg, spots = access / mode.speed_mps / 60, {worlds._spot(network, edge, offset)}
        if network.length_m[edge] <= worlds.END_M:
            spots |= {int(network.from_node[edge]), int(network.to_node[edge])}
        for spot in spots:
            if key[0] in "os":
                graph.add_edge(key, spot, weight=leg)
            if key[0] in "ds":
                graph.add_edge(spot, key, weight=leg)
    for p in range(len(timetable.line)):
        _add_line(graph, timetable.pattern(p), p)
    return _all_pairs(graph, origins, destinations)


def _add_line(graph, pattern, p):
    low, high = WINDOW
    for i, stop in enumerate(pattern.stops.tolist()):
        graph.add_edge(("board", p, i), ("s", stop), weight=0.0)
        if i + 1 == len(pattern.stops):
            continue
        leaving = [t for t in pattern.depart[:, i] if low <= t < high]
        legs = [
            b - a
            for t, a, b in zip(pattern.depart[:, i], *pattern.arrive[:, i : i + 2].T, strict=True)
            if low <= t < high or not leaving
        ]
        graph.add_edge(("board", p, i), ("board", p, i + 1), weight=sum(legs) / len(legs))
        if leaving:
            headway = (high - low) / len(leaving) if np.isnan(pattern.headway_min) else pattern.headway_min
            graph.add_edge(("s", stop), ("board", p, i), weight=headway / 2)


def _all_pairs(graph, origins, destinations):
    result = np.full((len(origins), len(destinations)), np.inf)
    for i in (i for i in range(len(origins)) if ("o", i) in graph):
        found = nx.single_source_dijkstra_path_length(graph, ("o", i))
        result[i] = [found.get(("d", j), np.inf) for j in range(len(destinations))]
    return result


def on_foot(network, a, b, mode, limit_min):
    """Return {(i, j): minutes} of walks within a limit."""
    found = travel_times(network, a, b, mode=mode.on_streets, cutoff_min=limit_min)
    pairs = zip(found.rows.tolist(), found.indices.tolist(), found.minutes.astype(float).tolist(), strict=True)
    return {(i, j): m for i, j, m in pairs}


def legs_of(joined, origins, destinations, mode, cutoff):
    """Return the walks: to stops, between stops (from a stop to itself in no time), from stops, and all the way."""
    stops = joined.timetable.stops.geometry.set_axis(range(len(joined.timetable.stops)))
    limit = mode.stop_walk_m / mode.speed_mps / 60
    network = joined.streets
    between = on_foot(network, stops, stops, mode, limit) | {(s, s): 0.0 for s in range(len(stops))}
    return (
        on_foot(network, origins, stops, mode, limit),
        between,
        on_foot(network, stops, destinations, mode, limit),
        on_foot(network, origins, destinations, mode, cutoff),
    )


def in_vehicle(joined, origins, destinations, mode, cutoff):
    """Return the least minutes on board, over a graph in which who walks has just alighted, or set out."""
    access, between, egress, direct = legs_of(joined, origins, destinations, mode, cutoff)
    graph, timetable = nx.MultiDiGraph(), joined.timetable
    for p in range(len(timetable.line)):
        line = nx.MultiDiGraph()
        _add_line(line, timetable.pattern(p), p)
        for a, b, data in line.edges(data=True):
            free = data["weight"] if a[0] == b[0] == "board" else 0.0
            graph.add_edge(
                *(("off" if a[0] == "board" else "up", n[1]) if n[0] == "s" else n for n in (a, b)), weight=free
            )
    graph.add_edges_from(((("off", a), ("up", b), {"weight": 0.0}) for a, b in between))
    graph.add_edges_from((("o", o), ("up", s), {"weight": 0.0}) for o, s in access)
    graph.add_edges_from((("off", s), ("d", d), {"weight": 0.0}) for s, d in egress)
    graph.add_edges_from((("o", o), ("d", d), {"weight": m}) for (o, d), m in direct.items())
    return _all_pairs(graph, origins, destinations)


def by_timetable(joined, origins, destinations, mode, cutoff):
    """Return median minutes: for each departure, a search over every event of every trip."""
    access, between, egress, direct = legs_of(joined, origins, destinations, mode, cutoff)
    timetable = joined.timetable
    calls = [
        (p, t, i, int(s), one.arrive[t, i], one.depart[t, i])
        for p in range(len(timetable.line))
        for one in [timetable.pattern(p)]
        for t in range(len(one.arrive))
        for i, s in enumerate(one.stops)
    ]
    events = nx.DiGraph()
    for p, t, i, s, arrive, _depart in calls:
        events.add_edge(("dep", p, t, i - 1), ("arr", p, t, i)) if i else None
        events.add_edge(("arr", p, t, i), ("dep", p, t, i)) if i else None
        for q, u, j, s2, _, leave in calls if i else ():
            if (s, s2) in between and leave >= arrive + between[s, s2]:
                events.add_edge(("arr", p, t, i), ("dep", q, u, j))
    low, high = WINDOW
    starts = [low + (high - low) / mode.departures * k for k in range(mode.departures)]
    taken = np.full((len(origins), len(destinations), len(starts)), np.inf)
    for (o, d), m in direct.items():
        taken[o, d] = m
    for o in range(len(origins)):
        for k, start in enumerate(starts):
            first = [
                ("dep", p, t, i) for p, t, i, s, _, leave in calls if (o, s) in access and leave >= start + access[o, s]
            ]
            events.add_edges_from((("start", o, k), event) for event in first)
            reached = nx.descendants(events, ("start", o, k)) if first else set()
            for p, t, i, s, arrive, _ in calls:
                if ("arr", p, t, i) in reached:
                    for d in range(len(destinations)):
                        if (s, d) in egress:
                            taken[o, d, k] = min(taken[o, d, k], arrive + egress[s, d] - start)
    return np.sort(taken, axis=2)[:, :, (len(starts) - 1) // 2]
