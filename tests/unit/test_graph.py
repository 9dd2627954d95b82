"""The graph of a flow: its order, what may begin, and what becomes of the rest."""

from __future__ import annotations

import time
from collections.abc import Mapping
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from haulier.core.graph import Frontier, cycles, downstream, ordered, upstream
from haulier.model.errors import Invalid
from haulier.model.graph import Node, Phase
from haulier.model.task import OVER, TaskState

DONE, FAILED, SKIPPED, BLOCKED = TaskState.DONE, TaskState.FAILED, TaskState.SKIPPED, TaskState.BLOCKED


def nodes(*written: str, **more: str) -> list[Node]:
    """`a`, `b<a` (b needs a), `c<a,b`; by keyword its `when`."""
    pairs = [one.partition("<")[::2] for one in written]
    return [Node(id, needs=tuple(filter(None, needs.split(","))), when=more.get(id, "")) for id, needs in pairs]


def ids(found: list[Node]) -> list[str]:
    return [node.id for node in found]


def yes(node: Node) -> bool:
    return True


def test_order_is_that_of_the_file_where_it_may_be() -> None:
    assert ids([*ordered(nodes("c<a", "a", "d", "b<c"))]) == ["a", "c", "d", "b"]
    assert ids([*ordered(nodes("a", "b", "c"))]) == ["a", "b", "c"]
    assert ids([*ordered(nodes("z<y", "y<x", "x"))]) == ["x", "y", "z"]


def test_a_cycle_is_shown_as_a_path() -> None:
    with pytest.raises(Invalid, match=r"b → d → c → b$"):
        ordered(nodes("a", "b<a,d", "c<b", "d<c"))
    assert cycles(nodes("a<a", "b<c", "c<b", "d<c")) == [("a", "a"), ("b", "c", "b")]


def test_downstream_and_upstream() -> None:
    graph = nodes("a", "b<a", "c<b", "d", "e<c,d")
    assert downstream(graph, ["b"]) == {"b", "c", "e"}
    assert downstream(graph, ["d", "c"]) == {"d", "c", "e"}
    assert upstream(graph, "e") == {"a", "b", "c", "d"} and upstream(graph, "a") == set()


def test_tasks_begin_when_what_they_need_is_done() -> None:
    frontier = Frontier(nodes("c<a,b", "a", "b"), {}, yes)
    assert ids(frontier.take()) == ["a", "b"] and frontier.take() == []
    frontier.ended("b", DONE)
    assert frontier.take() == []
    frontier.ended("a", DONE)
    assert ids(frontier.take()) == ["c"] and not frontier.is_over
    frontier.ended("c", DONE)
    assert frontier.is_over and frontier.failed == () and frontier.settled() == []


def test_a_failure_blocks_what_needs_it_at_once_and_nothing_else() -> None:
    frontier = Frontier(nodes("a", "b", "c<a,b", "d<c", "e<b"), {}, yes)
    frontier.take()
    frontier.ended("a", FAILED)
    assert frontier.settled() == [("c", BLOCKED, "a failed"), ("d", BLOCKED, "c was blocked")]
    frontier.ended("b", DONE)
    assert ids(frontier.take()) == ["e"] and frontier.settled() == []
    frontier.ended("e", DONE)
    assert frontier.is_over and frontier.failed == ("a", "c", "d")


def test_a_failure_that_is_allowed_is_as_good_as_done() -> None:
    frontier = Frontier([Node("a", allow_failure=True), Node("b", needs=("a",))], {}, yes)
    frontier.take()
    frontier.ended("a", FAILED)
    assert ids(frontier.take()) == ["b"] and frontier.failed == ()


def test_what_needs_something_skipped_is_skipped_and_blocked_if_something_failed() -> None:
    frontier = Frontier(nodes("a", "b", "c<a", "d<c,b", "e<c,b", a="false"), {}, lambda node: node.id != "a")
    assert ids(frontier.take()) == ["b"]
    assert frontier.settled() == [("a", SKIPPED, "not so: false"), ("c", SKIPPED, "a was skipped")]
    frontier.ended("b", FAILED)
    assert [(id, state) for id, state, _ in frontier.settled()] == [("d", BLOCKED), ("e", BLOCKED)]


def test_a_condition_is_looked_at_when_all_is_over_whatever_became_of_it_and_once() -> None:
    asked = []

    def when(node: Node) -> bool:
        asked.append(node.id)
        return True

    frontier = Frontier(nodes("a", "b", "c<a,b", c="x"), {}, when)
    frontier.take()
    frontier.ended("a", FAILED)
    assert frontier.settled() == [] and asked == []
    frontier.ended("b", DONE)
    assert ids(frontier.take()) == ["c"] and frontier.take() == [] and asked == ["c"]


def test_a_condition_that_makes_no_sense_fails_its_task() -> None:
    def when(node: Node) -> bool:
        raise Invalid("no output is called x")

    frontier = Frontier(nodes("a", "b<a", a="x"), {}, when)
    assert frontier.settled() == [("a", FAILED, "when: no output is called x"), ("b", BLOCKED, "a failed")]
    assert frontier.is_over


@pytest.mark.parametrize(("end", "turn", "never"), [(DONE, "good", "bad"), (FAILED, "bad", "good")])
def test_those_for_success_and_for_failure_have_their_turn_at_the_end(end: TaskState, turn: str, never: str) -> None:
    frontier = Frontier([Node("bad", phase=Phase.ON_FAILURE), Node("good", phase=Phase.ON_SUCCESS), *nodes("a"),
                         Node("bad2", needs=("bad",), phase=Phase.ON_FAILURE),
                         Node("good2", needs=("good",), phase=Phase.ON_SUCCESS)], {}, yes)
    assert ids(frontier.take()) == ["a"]
    frontier.ended("a", end)
    assert ids(frontier.take()) == [turn]
    assert {id: state for id, state, _ in frontier.settled()} == {never: SKIPPED, f"{never}2": SKIPPED}
    frontier.ended(turn, DONE)
    assert ids(frontier.take()) == [f"{turn}2"]
    frontier.ended(f"{turn}2", FAILED)
    assert frontier.is_over and f"{turn}2" in frontier.failed


def test_a_run_is_gone_on_with_where_it_was() -> None:
    graph = nodes("a", "b<a", "c", "d<a", "e<a", b="x")
    states = {"a": DONE, "b": TaskState.RUNNING, "c": TaskState.WAITING, "d": SKIPPED, "e": TaskState.QUEUED}

    def when(node: Node) -> bool:
        raise AssertionError("it had begun")

    frontier = Frontier(graph, states, when)
    assert ids(frontier.take()) == ["b", "c", "e"] and frontier.settled() == []


def test_a_run_that_is_over_has_nothing_to_say() -> None:
    graph = [*nodes("a"), Node("bad", phase=Phase.ON_FAILURE)]
    frontier = Frontier(graph, {"a": DONE, "bad": SKIPPED}, yes)
    assert frontier.is_over and frontier.take() == [] and frontier.settled() == []
    fresh = Frontier(graph, {"a": DONE}, yes)
    assert not fresh.is_over and fresh.settled() == [("bad", SKIPPED, "the flow did not fail")] and fresh.is_over


def test_what_was_cancelled_before_it_began_does_not() -> None:
    frontier = Frontier(nodes("a", "b"), {}, yes)
    frontier.ended("a", TaskState.CANCELLED)
    assert ids(frontier.take()) == ["b"] and frontier.failed == ("a",)


def test_a_thousand_tasks_in_layers_cost_little() -> None:
    graph = [Node(f"{layer}.{at}", needs=tuple(f"{layer - 1}.{near % 50}" for near in range(at, at + 3) if layer))
             for layer in range(20) for at in range(50)]
    began = time.process_time()
    ordered(graph)
    frontier = Frontier(graph, {}, yes)
    count = 0
    while not frontier.is_over:
        for node in frontier.take():
            count += 1
            frontier.ended(node.id, DONE)
    assert count == 1000 and time.process_time() - began < 1


@st.composite
def graphs(draw: st.DrawFn) -> list[Node]:
    found: list[Node] = []
    for at in range(draw(st.integers(1, 12))):
        phase = draw(st.sampled_from([Phase.MAIN, Phase.MAIN, Phase.MAIN, Phase.ON_SUCCESS, Phase.ON_FAILURE]))
        known = [node.id for node in found if node.phase in (phase, Phase.MAIN)]
        needs = draw(st.lists(st.sampled_from(known), unique=True, max_size=3)) if known else []
        found.append(Node(f"t{at}", needs=tuple(needs), phase=phase, allow_failure=draw(st.booleans()),
                          when=draw(st.sampled_from(["", "", "yes", "no"]))))
    return found[::-1] if draw(st.booleans()) else found


def expected(graph: list[Node], outcomes: Mapping[str, TaskState]) -> dict[str, TaskState]:
    """What the rules say, worked out from the end backwards and not step by step."""
    by_id = {node.id: node for node in graph}
    known: dict[str, TaskState] = {}

    def passed(id: str) -> bool:
        return state(id) is DONE or (state(id) is FAILED and by_id[id].allow_failure)

    def fate(node: Node) -> TaskState:
        if node.phase is not Phase.MAIN:
            bad = any(state(one.id) in (FAILED, BLOCKED) and not one.allow_failure
                      for one in graph if one.phase is Phase.MAIN)
            if bad is (node.phase is Phase.ON_SUCCESS):
                return SKIPPED
        if node.when:
            return outcomes[node.id] if node.when == "yes" else SKIPPED
        if any(state(need) in (FAILED, BLOCKED) and not passed(need) for need in node.needs):
            return BLOCKED
        return SKIPPED if any(state(need) is SKIPPED for need in node.needs) else outcomes[node.id]

    def state(id: str) -> TaskState:
        if id not in known:
            known[id] = fate(by_id[id])
        return known[id]

    return {node.id: state(node.id) for node in graph}


@settings(max_examples=150, deadline=None)
@given(graphs(), st.integers(0, 2**16))
def test_every_run_of_every_graph_follows_the_rules(graph: list[Node], seed: int) -> None:
    chance = Random(seed)
    outcomes = {node.id: chance.choice([DONE, DONE, FAILED]) for node in graph}
    states: dict[str, TaskState] = {}
    running: list[Node] = []
    frontier = Frontier(graph, {}, lambda node: node.when == "yes")
    while not frontier.is_over:
        for id, state, reason in frontier.settled():
            assert id not in states and reason
            states[id] = state
        for node in frontier.take():
            assert node.id not in states and node not in running
            assert all(states.get(need) in OVER for need in node.needs)
            running.append(node)
        if running and chance.random() < 0.1:       # killed, and gone on with
            known = states | {node.id: TaskState.RUNNING for node in running}
            frontier, running = Frontier(graph, known, lambda node: node.when == "yes"), []
        elif running:
            ended = running.pop(chance.randrange(len(running)))
            states[ended.id] = outcomes[ended.id]
            frontier.ended(ended.id, outcomes[ended.id])
    assert states == expected(graph, outcomes)
    forgiven = {node.id for node in graph if node.allow_failure}
    assert set(frontier.failed) == {id for id, state in states.items() if state in (FAILED, BLOCKED)} - forgiven


@settings(max_examples=40, deadline=None)
@given(graphs())
def test_every_graph_has_an_order(graph: list[Node]) -> None:
    seen: set[str] = set()
    for node in ordered(graph):
        assert seen.issuperset(node.needs)
        seen.add(node.id)
    assert seen == {node.id for node in graph}
