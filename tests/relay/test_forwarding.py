from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from room_server.relay.forwarding import EdgeLedger, Graph, refusal_of

names = st.sampled_from(["judge", "clerk", "party", "witness"])
graphs = st.builds(
    Graph,
    edges=st.frozensets(st.tuples(names, names).filter(lambda edge: edge[0] != edge[1])),
    muted=st.frozensets(st.tuples(names, st.sampled_from(["microphone", "camera"]))),
    recorded=st.frozensets(names),
    version=st.integers(0, 1000),
)


@given(graphs)
def test_graphs_round_trip(graph: Graph) -> None:
    assert Graph.from_json(graph.to_json()) == graph


def test_plain_sets_are_frozen() -> None:
    edges = {("judge", "party")}
    graph = Graph(edges=edges)  # type: ignore[arg-type]
    edges.add(("party", "judge"))
    assert graph.edges == {("judge", "party")}


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (None, "must be an object"),
        ({"edge": []}, "unknown keys"),
        ({"edges": [["a"]]}, "from, to"),
        ({"edges": [["a", 1]]}, "from, to"),
        ({"edges": {"a": "b"}}, "from, to"),
        ({"edges": [["a", "a"]]}, "itself"),
        ({"muted": "all"}, "participant, source"),
        ({"recorded": [1]}, "recorded"),
        ({"version": True}, "version"),
    ],
)
def test_bad_graphs_are_refused_with_what_is_wrong(value: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Graph.from_json(value)


@given(graphs, names, st.booleans())
def test_the_door_is_open_only_for_somebody(graph: Graph, name: str, paused: bool) -> None:
    tapped = name in graph.recorded
    refusal = refusal_of(graph, name, "microphone", paused=paused, tapped=tapped)
    somebody = tapped or any(sender == name for sender, _ in graph.edges)
    if (name, "microphone") in graph.muted:
        assert refusal == "muted"
    elif paused:
        assert refusal == "paused"
    else:
        assert refusal == (None if somebody else "no_edge")


def test_without_a_graph_the_door_is_shut() -> None:
    assert refusal_of(None, "judge", "microphone", paused=False, tapped=True) == "no_graph"


def test_the_ledger_books_refusals_for_everyone_present_who_got_nothing() -> None:
    ledger = EdgeLedger()
    graph = Graph(edges=frozenset({("judge", "party")}))
    ledger.settle("judge", offered=10, shut=3, receivers={"judge", "party", "waiting"}, graph=graph)
    assert ledger.refused == {("judge", "party"): 3, ("judge", "waiting"): 13}
    ledger.settle("judge", offered=2, shut=0, receivers={"party"}, graph=None)
    assert ledger.refused["judge", "party"] == 5


def test_the_ledger_names_every_edge_it_counted() -> None:
    ledger = EdgeLedger()
    ledger.forwarded["a", "b"] += 2
    ledger.forwarded_while_forbidden["b", "a"] += 1
    zero = {"forwarded": 0, "refused": 0, "retransmitted": 0, "forwarded_while_forbidden": 0}
    assert ledger.to_json() == {
        "a>b": {**zero, "forwarded": 2},
        "b>a": {**zero, "forwarded_while_forbidden": 1},
    }
